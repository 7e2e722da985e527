//! From a storyboard, its lock, its store and its film on disk to the values that the page shows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storyreel_core::film::{Film, InputSource, Make};
use storyreel_core::graph::svg;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::plan::{Action, KnownClips as _, Plan, Step};
use storyreel_core::sanitize::clean;
use storyreel_core::storyboard::Subtitles;
use storyreel_core::timeline::Timeline;
use storyreel_core::timeline::seam::SeamFinding;
use storyreel_exchange::exchange::{self, CutList, url};

use super::stills::{End, Stills};
use super::watch;
use crate::cli::context::{Context, folder_of};
use crate::cli::exit;
use crate::cli::film_timeline::film_timeline;
use crate::cli::load::Loaded;
use crate::cli::plan::starts;
use crate::engine;
use crate::engine::seams::{self, FilmSeam};
use crate::report::run::{RunSummary, ShotOutcome};
use crate::report::schedule::{Bar, Schedule};
use crate::report::{FilmReport, MadeFilm, ShotView};

/// The clip of every shot that the store holds: the one of the plan, else the one that the lock names.
pub(super) fn clips(loaded: &Loaded, plan: &Plan, lock: &Lock) -> Vec<Option<ClipRecord>> {
    let older = |step: &Step| lock.shots.get(&step.shot).filter(|taken| loaded.store.has(&taken.clip)).cloned();
    plan.steps.iter().map(|step| kept(step).or_else(|| older(step))).collect()
}

/// How the film lies in time, by the clips that the plan keeps, and what was seen at its seams.
pub(super) fn timeline(
    context: &Context,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<(Timeline, Vec<(usize, FilmSeam)>), u8> {
    film_timeline(context, loaded, plan.steps.iter().map(kept))
}

/// The findings at seams: those of the film on disk, which was listened to, else what was seen.
fn findings(loaded: &Loaded, seen: Vec<(usize, FilmSeam)>, is_made: bool) -> Vec<(usize, SeamFinding)> {
    let heard = seams::kept(&loaded.store.film_folder(&loaded.output())).filter(|_| is_made).unwrap_or_default();
    let best = |(at, seam): (usize, FilmSeam)| {
        let same = |other: &&FilmSeam| (&other.from, &other.to) == (&seam.from, &seam.to);
        (at, heard.iter().find(same).map_or_else(|| seam.finding.clone(), |heard| heard.finding.clone()))
    };
    seen.into_iter().map(best).collect()
}

fn kept(step: &Step) -> Option<ClipRecord> {
    match &step.action {
        Action::Reuse(taken) => Some((**taken).clone()),
        _ => None,
    }
}

pub(super) fn film_report<'a>(
    context: &Context,
    loaded: &'a Loaded,
    plan: &'a Plan,
    clips: &[Option<ClipRecord>],
    page: &Path,
    embed: bool,
) -> Result<FilmReport<'a>, u8> {
    let (timeline, seams) = timeline(context, loaded, plan)?;
    let fault = |error: io::Error| {
        context.complain(&format!("error: cannot read what the page is to hold: {error}"));
        exit::INTERNAL
    };
    let media = MediaPlacement::new(page, embed).map_err(fault)?;
    let mut stills = Stills::of_clips(context, loaded, clips.iter().flatten());
    let shots = views(loaded, clips, &media, &mut stills).map_err(fault)?;
    let run = watch::last(&loaded.store, &loaded.output());
    let made = made(loaded, plan, &timeline, run.as_ref(), &media).map_err(fault)?;
    let seams = findings(loaded, seams, made.as_ref().is_some_and(|film| film.current));
    let happened = run.as_ref().filter(|run| !run.shots.is_empty());
    let happened = happened.map(|run| Schedule::of_run(&loaded.film, plan, run));
    let expected = Some(expected(&loaded.film, plan)).filter(|schedule| !schedule.bars.is_empty());
    let mut sketch = loaded.graph.sketch(&loaded.film);
    sketch.title = clean(&sketch.title);
    let graph = svg::draw(&sketch);
    let (storyboard, film) = (loaded.file_name(), &loaded.film);
    let schedules = happened.into_iter().chain(expected).collect();
    Ok(FilmReport { storyboard, film, plan, timeline, graph, made, shots, seams, schedules, pictures: stills.pictures })
}

/// What there is of every shot.
fn views(
    loaded: &Loaded,
    clips: &[Option<ClipRecord>],
    media: &MediaPlacement,
    stills: &mut Stills,
) -> io::Result<Vec<ShotView>> {
    let board = loaded.board();
    let raw = board.shots.as_ref().map_or(&[][..], |shots| &shots.value[..]);
    let view = |(at, taken): (usize, &Option<ClipRecord>)| {
        let clip = taken.as_ref().map(|taken| media.url(&loaded.store.object(&taken.clip))).transpose()?;
        let frame = |end| stills.frame(&taken.as_ref()?.clip, end);
        let (first, last) = (frame(End::First), frame(End::Last));
        let notes = raw.get(at).and_then(|shot| shot.notes.as_ref()).map(|notes| notes.value.clone());
        let inputs = inputs(loaded, at, clips, stills);
        Ok(ShotView { taken: taken.clone(), clip, first, last, inputs, notes })
    };
    clips.iter().enumerate().map(view).collect()
}

/// The pictures of what a shot starts from.
fn inputs(loaded: &Loaded, at: usize, clips: &[Option<ClipRecord>], stills: &mut Stills) -> Vec<Option<usize>> {
    let mut given = |file: &storyreel_core::film::File| stills.given(&loaded.folder.join(&file.path), &file.digest);
    let sources: Vec<&InputSource> = match &loaded.film.shots[at].make {
        Make::Still(file) => return vec![given(file)],
        Make::Prompt(render) => render.inputs.roles().map(|(_, source)| source).collect(),
        Make::Card { .. } | Make::Footage { .. } => return Vec::new(),
    };
    let shown = sources.into_iter().map(|source| match source {
        InputSource::File(file) => stills.given(&loaded.folder.join(&file.path), &file.digest),
        InputSource::Remote(_) => None,
        InputSource::LastFrame(of) => stills.frame(&clips[*of].as_ref()?.clip, End::Last),
        InputSource::FirstFrame(of) | InputSource::Clip(of) => stills.frame(&clips[*of].as_ref()?.clip, End::First),
    });
    shown.collect()
}

fn made(
    loaded: &Loaded,
    plan: &Plan,
    timeline: &Timeline,
    run: Option<&RunSummary>,
    media: &MediaPlacement,
) -> io::Result<Option<MadeFilm>> {
    let output = loaded.output();
    let Ok(facts) = fs::metadata(&output) else { return Ok(None) };
    let reel = CutList { film: &loaded.film, timeline, clips: &vec![None; loaded.film.shots.len()], sounds: &[] };
    let taken: Option<Vec<ClipRecord>> = plan.steps.iter().map(kept).collect();
    let of_these = |taken: Vec<ClipRecord>| {
        engine::is_made(&loaded.store, &loaded.film, &taken.iter().collect::<Vec<_>>(), &output)
    };
    // What is burnt into the picture would be read twice.
    let shown_twice = loaded.film.subtitles == Subtitles::Burn;
    let captions = exchange::vtt::write(&reel);
    Ok(Some(MadeFilm {
        url: media.url(&output)?,
        bytes: facts.len(),
        current: taken.is_some_and(of_these),
        captions: if shown_twice || !captions.contains("-->") { String::new() } else { captions },
        assembly: run.and_then(|run| run.film.clone()).filter(|film| film.done),
    }))
}

/// What a render is expected to do now.
fn expected(film: &Film, plan: &Plan) -> Schedule {
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let starts = starts(film, plan);
    let end =
        |at: usize| starts.iter().find(|(shot, _)| *shot == at).map(|(_, from)| ms(*from + plan.steps[at].expected));
    let bar = |&(at, from): &(usize, std::time::Duration)| {
        let (step, from) = (&plan.steps[at], ms(from));
        let to = from + ms(step.expected);
        let maker = match &film.shots[at].make {
            Make::Prompt(render) => render.provider.id,
            _ => "storyreel",
        };
        Bar {
            name: step.shot.to_string(),
            maker: maker.to_owned(),
            ready: step.needs.iter().filter_map(|&need| end(need)).max().unwrap_or(0).min(from),
            from,
            making: from,
            fetching: to,
            to,
            outcome: ShotOutcome::Stored,
            said: None,
            critical: plan.critical_path.contains(&step.shot),
        }
    };
    let mut bars: Vec<Bar> = starts.iter().map(bar).collect();
    bars.sort_by_key(|bar| bar.from);
    let took = bars.iter().map(|bar| bar.to).max().unwrap_or(0);
    Schedule { happened: false, took, bars, warnings: Vec::new() }
}

/// How the page finds media files: beside it, or within it.
struct MediaPlacement {
    /// The folder of the page.
    folder: PathBuf,
    embed: bool,
}

impl MediaPlacement {
    fn new(page: &Path, embed: bool) -> io::Result<Self> {
        let folder = folder_of(page);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder: fs::canonicalize(folder)?, embed })
    }

    fn url(&self, file: &Path) -> io::Result<String> {
        if self.embed {
            return Ok(format!("data:video/mp4;base64,{}", STANDARD.encode(fs::read(file)?)));
        }
        Ok(url::relative(&self.folder, &fs::canonicalize(file)?))
    }
}
