//! `storyreel export`: the film for other tools.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::film::Film;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::plan::{Action, KnownClips as _, Plan};
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::text::{Severity, listed};
use storyreel_exchange::exchange::{self, Clip, CutList, MediaFile, Role, Sound, url};

use super::args::{self, ExportFormat};
use super::context::{Context, folder_of};
use super::film_timeline::film_timeline;
use super::load::Loaded;
use super::plan::planned;
use super::trust;
use super::{Done, exit, print};
use crate::store::{insist_on_file, write_whole};

/// The latest take that is looked for in the store.
const MOST_TAKES: u32 = 9_999;

pub(super) fn export(context: &Context, wish: &args::Export) -> Done {
    let loaded = Loaded::open(context, &wish.storyboard)?;
    trust::refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    loaded.warn(context, Severity::Warning);
    if let Some(output) = &wish.output {
        spare_sources(context, &loaded, &wish.storyboard, output)?;
    }
    for file in wish.output.iter().chain(&wish.copy_media) {
        trust::refuse_link(context, &loaded.root(), file)?;
    }
    if let Some(output) = &wish.output {
        insist_on_file(output).map_err(|error| {
            let shown = clean(&output.to_string_lossy());
            context.complain(&format!("error: cannot write `{shown}`: {error}"));
            context.complain("help: without `-o` it goes to standard output");
            exit::USAGE
        })?;
    }
    if wish.copy_media.is_some() && !wish.to.names_media() {
        context.complain("error: `--copy-media` is for `otio` and `edl`: the other formats name no clips");
        return Err(exit::USAGE);
    }
    let (plan, lock) = planned(context, &loaded)?;
    let fault = |what: String| {
        context.complain(&format!("error: {}", clean(&what)));
        exit::INTERNAL
    };
    let media = ClipLinks::new(wish, &loaded).map_err(|error| fault(format!("cannot use the folder: {error}")))?;
    // An edit decision list has one clip for a shot.
    let takes = if wish.to == ExportFormat::Otio { takes(&loaded, &plan, &lock) } else { Takes::new() };
    let clips = clips(&plan, takes, &media).map_err(|error| fault(format!("cannot copy a clip: {error}")))?;
    warn_of_gaps(context, &loaded, &clips);
    let clip = |clip: &Option<Clip>| clip.as_ref().map(|clip| clip.taken.clone());
    let (timeline, _) = film_timeline(context, &loaded, clips.iter().map(clip))?;
    let sounds = sounds(&loaded.film, &loaded.folder, &media);
    let reel = CutList { film: &loaded.film, timeline: &timeline, clips: &clips, sounds: &sounds };
    let text = written(context, &reel, wish.to);
    match &wish.output {
        None => print(&text),
        Some(output) => {
            let folder = folder_of(output);
            let wrote = fs::create_dir_all(&folder).and_then(|()| write_whole(output, text.as_bytes(), true));
            wrote.map_err(|error| fault(format!("cannot write `{}`: {error}", output.display())))?;
            context.note(&format!("wrote {}", clean(&output.display().to_string())));
            Ok(exit::DONE)
        }
    }
}

fn written(context: &Context, reel: &CutList<'_>, format: ExportFormat) -> String {
    match format {
        ExportFormat::Otio => exchange::otio::write(reel),
        ExportFormat::Srt => exchange::srt::write(reel),
        ExportFormat::Vtt => exchange::vtt::write(reel),
        ExportFormat::Chapters => exchange::ffmetadata::write(reel),
        ExportFormat::Edl => {
            let edl = exchange::edl::write(reel);
            edl.warnings.iter().for_each(|warning| context.note(&format!("warning: {}", clean(warning))));
            edl.text
        }
    }
}

/// A slip of the hand must not replace the storyboard or its lock.
fn spare_sources(context: &Context, loaded: &Loaded, storyboard: &Path, output: &Path) -> Result<(), u8> {
    let same = |file: &Path| match (fs::canonicalize(file), fs::canonicalize(output)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    if same(storyboard) || same(&loaded.lock_file()) {
        context.complain(&format!("error: `{}` is the storyboard or its lock; give another name", output.display()));
        return Err(exit::USAGE);
    }
    Ok(())
}

fn warn_of_gaps(context: &Context, loaded: &Loaded, clips: &[Option<Clip>]) {
    let gaps: Vec<&str> = loaded
        .film
        .shots
        .iter()
        .zip(clips)
        .filter(|(_, clip)| clip.is_none())
        .map(|(shot, _)| shot.id.as_str())
        .collect();
    if !gaps.is_empty() {
        let many = gaps.len() > 1;
        context.note(&format!(
            "warning: {} {} not made yet and {} as long as planned: {}",
            count(gaps.len(), "shot"),
            if many { "are" } else { "is" },
            if many { "stand" } else { "stands" },
            listed(gaps.iter().copied(), 12)
        ));
    }
}

/// How other tools find the clips.
struct ClipLinks<'a> {
    loaded: &'a Loaded,
    /// The folder of the file that is written, to which URLs are relative.
    folder: Option<PathBuf>,
    /// Where clips are copied to.
    copies: Option<PathBuf>,
}

impl<'a> ClipLinks<'a> {
    fn new(wish: &args::Export, loaded: &'a Loaded) -> io::Result<Self> {
        let made = |folder: &Path| fs::create_dir_all(folder).and_then(|()| fs::canonicalize(folder));
        let folder = wish.output.as_deref().map(folder_of).map(|folder| made(&folder)).transpose()?;
        let copies = wish.copy_media.as_deref().map(made).transpose()?;
        Ok(Self { loaded, folder, copies })
    }

    /// The clip's file for `shot`, copied where that is wished.
    fn clip(&self, shot: &str, taken: &ClipRecord) -> io::Result<MediaFile> {
        let object = self.loaded.store.object(&taken.clip);
        let Some(folder) = &self.copies else { return Ok(self.file(&object)) };
        // Clips are MP4, and editors go by the ending.
        let copy = folder.join(format!("{shot}-{}.mp4", taken.clip.short()));
        if fs::metadata(&copy).map(|facts| facts.len()).ok() != Some(taken.facts.bytes) {
            insist_on_file(&copy)?;
            let unfinished = tempfile::NamedTempFile::new_in(folder)?;
            // A copy and no link: what an editor does to its file must not reach the store.
            fs::copy(&object, unfinished.path())?;
            unfinished.persist(&copy).map_err(|error| error.error)?;
        }
        Ok(self.file(&copy))
    }

    fn file(&self, path: &Path) -> MediaFile {
        let real = fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
        let url = match &self.folder {
            Some(folder) => url::relative(folder, &real),
            None => url::absolute(&real),
        };
        MediaFile { name: clean(&path.file_name().unwrap_or_default().to_string_lossy()), url }
    }
}

/// Other takes of shots, by the place of the shot in the film.
type Takes = BTreeMap<usize, Vec<ClipRecord>>;

/// The clip of every shot that is made and in the store.
fn clips(plan: &Plan, mut takes: Takes, media: &ClipLinks<'_>) -> io::Result<Vec<Option<Clip>>> {
    let mut clips = Vec::with_capacity(plan.steps.len());
    for (at, step) in plan.steps.iter().enumerate() {
        let Action::Reuse(taken) = &step.action else {
            clips.push(None);
            continue;
        };
        let shot = step.shot.as_str();
        let others = takes.remove(&at).unwrap_or_default().into_iter();
        clips.push(Some(Clip {
            taken: (**taken).clone(),
            file: media.clip(shot, taken)?,
            others: others
                .map(|other| media.clip(shot, &other).map(|file| (other, file)))
                .collect::<io::Result<_>>()?,
        }));
    }
    Ok(clips)
}

/// Other takes in the store, by shot: the same recipe with another number.
fn takes(loaded: &Loaded, plan: &Plan, lock: &Lock) -> Takes {
    let mut film = loaded.film.clone();
    let mut found = Takes::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let own = film.shots[at].take;
        let clip = |other: usize| match &plan.steps[other].action {
            Action::Reuse(taken) => Some(taken.clip),
            _ => lock.shots.get(&plan.steps[other].shot).map(|taken| taken.clip),
        };
        let mut others = Vec::new();
        for take in (1..=MOST_TAKES).filter(|take| *take != own) {
            film.shots[at].take = take;
            let Some(recipe) = Recipe::of(&film, at, &clip).map(|recipe| recipe.digest()) else { break };
            // The take does not count in what is painted here.
            if Some(recipe) == step.recipe {
                break;
            }
            let receipt = loaded.store.receipt(&recipe);
            let receipt = receipt.filter(|taken| loaded.store.has(&taken.clip));
            // Takes below the current one may have been cleaned away; beyond it the first gap is the end.
            if receipt.is_none() && take > own {
                break;
            }
            others.extend(receipt);
        }
        film.shots[at].take = own;
        if !others.is_empty() {
            found.insert(at, others);
        }
    }
    found
}

/// The music that is laid under the film, and the narration over it.
fn sounds(film: &Film, folder: &Path, media: &ClipLinks<'_>) -> Vec<Sound> {
    let frames = |length: Duration| if length.is_zero() { 0 } else { film.rate.frames(length) };
    let file = |path: &str| media.file(&folder.join(path));
    let gain_db = |gain: f32| (gain != 0.0).then(|| f64::from(gain));
    let music = film.music.iter().map(|wish| Sound {
        role: Role::Music,
        file: file(&wish.file.path),
        gain_db: gain_db(wish.gain_db),
        at: 0,
        from: frames(wish.from),
        // What is repeated lasts as long as the film.
        length: wish.to.filter(|_| !wish.repeat).map(|to| frames(to.saturating_sub(wish.from))),
    });
    let narration = film.narration.iter().map(|wish| Sound {
        role: Role::Narration,
        file: file(&wish.file.path),
        gain_db: gain_db(wish.gain_db),
        at: frames(wish.at),
        from: frames(wish.from),
        length: wish.to.map(|to| frames(to.saturating_sub(wish.from))),
    });
    music.chain(narration).collect()
}
