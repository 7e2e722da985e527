//! Where other tools find the media of a film.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::film::{File, Film, Make, MediaKind, Shot};
use storyreel_core::film_timeline::{HeardSound, heard_sounds};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{Action, Plan};
use storyreel_core::sanitize::clean;
use storyreel_core::time_code::TimeCode;
use storyreel_core::timeline::Timeline;
use storyreel_core::units::Rate;
use storyreel_exchange::exchange::{Clip, FootageFile, MediaFile, Role, Sound, clip_name, url};
use storyreel_media::media::Ffmpeg;
use storyreel_media::time_code::time_code;

use super::Takes;
use crate::cli::args::{self, ExportFormat};
use crate::cli::context::{Context, folder_of};
use crate::cli::load::Loaded;
use crate::store::{Store, insist_on_file};

/// How other tools find the clips.
pub(super) struct ClipLinks<'a> {
    loaded: &'a Loaded,
    /// The folder of the file that is written, to which URLs are relative.
    folder: Option<PathBuf>,
    /// Where clips are copied to.
    copies: Option<PathBuf>,
}

impl<'a> ClipLinks<'a> {
    pub(super) fn new(args: &args::Export, loaded: &'a Loaded) -> io::Result<Self> {
        // Premiere finds files by whole paths alone.
        let beside = args.output.as_deref().filter(|_| args.to != ExportFormat::Xmeml);
        let folder = beside.map(folder_of).map(|folder| made_folder(&folder)).transpose()?;
        let copies = args.copy_media.as_deref().map(made_folder).transpose()?;
        Ok(Self { loaded, folder, copies })
    }

    /// Clips where they are.
    pub(super) const fn in_place(loaded: &'a Loaded) -> Self {
        Self { loaded, folder: None, copies: None }
    }

    pub(super) const fn store(&self) -> &Store {
        &self.loaded.store
    }

    /// The file of a clip of `shot`, copied if the user asked for copies.
    fn clip_file(&self, shot: &Shot, taken: &ClipRecord) -> io::Result<MediaFile> {
        let object = self.loaded.store.object(&taken.clip);
        // Clips are MP4, and editors go by the ending.
        let other = if taken.take == shot.take { String::new() } else { format!("-take{}", taken.take) };
        let name = format!("{}{other}-{}.mp4", readable_name(shot), taken.clip.short());
        let take = if taken.take == shot.take { String::new() } else { format!(" take {}", taken.take) };
        let called = format!("{}{take}", clip_name(shot));
        self.linked_file(&object, &name, called, taken.facts.bytes)
    }

    /// Where the footage of `shot` lies in its file: an editor finds there what the film left out. `None` where the file was
    /// not measured.
    async fn footage(
        &self,
        shot: &Shot,
        taken: &ClipRecord,
        time_codes: &mut TimeCodes,
    ) -> io::Result<Option<LinkedFootage>> {
        let Make::Footage { file, from, .. } = &shot.make else { return Ok(None) };
        let Some(Ok(media)) = self.loaded.media.get(&file.path) else { return Ok(None) };
        let (MediaKind::Video(Some(length)), Some(video)) = (media.kind, &media.video) else { return Ok(None) };
        let path = self.loaded.folder.join(&file.path);
        let from = video.rate.frame_at(*from);
        // What was measured may end before the last frame does.
        let used = video.rate.frames(Duration::from_secs_f64(taken.facts.video.rate.seconds(taken.facts.video.frames)));
        let frames = video.rate.frames(length).max(from + used);
        let time_code = time_codes.of(&path, video.rate).await;
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let name = format!("{}-{}.{}", readable_name(shot), file.digest.short(), clean(&ending));
        Ok(Some(LinkedFootage {
            file: self.linked_file(&path, &name, clip_name(shot), media.bytes)?,
            footage: FootageFile { rate: video.rate, frames, from, time_code },
        }))
    }

    /// A file of so many bytes that is `called` so; or its copy, which is known by its own name.
    fn linked_file(&self, path: &Path, name: &str, called: String, bytes: u64) -> io::Result<MediaFile> {
        let Some(folder) = &self.copies else { return Ok(MediaFile { name: called, ..self.media_file(path) }) };
        let copy = folder.join(name);
        insist_on_file(&copy).map_err(|error| io::Error::other(format!("`{}`: {error}", copy.display())))?;
        if fs::metadata(&copy).map(|facts| facts.len()).ok() != Some(bytes) {
            let unfinished = tempfile::NamedTempFile::new_in(folder)?;
            // A copy and no link: what an editor does to its file must not reach the store.
            fs::copy(path, unfinished.path())?;
            unfinished.persist(&copy).map_err(|error| error.error)?;
        }
        Ok(self.media_file(&copy))
    }

    /// A sound file of the user's, copied if the user asked for copies.
    fn sound_file(&self, file: &File) -> io::Result<MediaFile> {
        let path = self.loaded.folder.join(&file.path);
        let stem = clean(&path.file_stem().unwrap_or_default().to_string_lossy());
        let ending = clean(&path.extension().unwrap_or_default().to_string_lossy());
        let name = format!("{stem}-{}.{ending}", file.digest.short());
        let called = clean(&path.file_name().unwrap_or_default().to_string_lossy());
        let bytes = fs::metadata(&path).map(|facts| facts.len()).unwrap_or_default();
        self.linked_file(&path, &name, called, bytes)
    }

    fn media_file(&self, path: &Path) -> MediaFile {
        let real = fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
        let url = match &self.folder {
            Some(folder) => url::relative(folder, &real),
            None => url::absolute(&real),
        };
        MediaFile { name: clean(&path.file_name().unwrap_or_default().to_string_lossy()), url }
    }
}

/// A folder that is made where it is not there, by its true path.
fn made_folder(folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder).and_then(|()| fs::canonicalize(folder))
}

/// The time codes of footage, each read once however many shots are cut from the file.
struct TimeCodes {
    /// Without it those of MP4 and `QuickTime` files alone are read.
    ffmpeg: Option<Ffmpeg>,
    known: HashMap<PathBuf, Option<TimeCode>>,
}

impl TimeCodes {
    async fn of(&mut self, footage: &Path, rate: Rate) -> Option<TimeCode> {
        if let Some(known) = self.known.get(footage) {
            return *known;
        }
        let read = time_code(footage, rate, self.ffmpeg.as_ref()).await;
        self.known.insert(footage.to_owned(), read);
        read
    }
}

/// A footage file, and where a clip lies in it.
struct LinkedFootage {
    file: MediaFile,
    footage: FootageFile,
}

/// The clip of every shot that is made and in the store.
pub(super) async fn linked_clips(
    context: &Context,
    plan: &Plan,
    mut takes: Takes,
    media: &ClipLinks<'_>,
) -> io::Result<Vec<Option<Clip>>> {
    let mut time_codes = TimeCodes { ffmpeg: context.ffmpeg().ok(), known: HashMap::new() };
    let mut clips = Vec::with_capacity(plan.steps.len());
    for (at, step) in ShotIndex::all(plan.steps.len()).zip(&plan.steps) {
        let Action::Reuse(record) = &step.action else {
            clips.push(None);
            continue;
        };
        let shot = &media.loaded.film.shots[at];
        let (file, footage) = match media.footage(shot, record, &mut time_codes).await? {
            Some(linked) => (linked.file, Some(linked.footage)),
            None => (media.clip_file(shot, record)?, None),
        };
        let mut others = Vec::new();
        for other in takes.remove(&at).unwrap_or_default() {
            let file = media.clip_file(shot, &other)?;
            others.push((other, file));
        }
        clips.push(Some(Clip { taken: (**record).clone(), file, others, footage }));
    }
    Ok(clips)
}

/// What a file of a shot is called: the number first, so that a folder has the order of the film.
fn readable_name(shot: &Shot) -> String {
    let digits = shot.number.find(|c: char| !c.is_ascii_digit()).unwrap_or(shot.number.len());
    let (count, rest) = shot.number.split_at(digits);
    let rest: String = rest.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("{count:0>4}{rest}-{}", shot.id)
}

/// The music that is laid under the film, and the narration and sounds over it.
pub(super) fn linked_sounds(film: &Film, timeline: &Timeline, media: &ClipLinks<'_>) -> io::Result<Vec<Sound>> {
    let mut sounds = Vec::new();
    if let Some(music) = &film.music {
        // What is repeated lasts as long as the film.
        let length = music.to.filter(|_| !music.repeat).map(|to| to.saturating_sub(music.from));
        sounds.push(Sound {
            role: Role::Music,
            shot: None,
            file: media.sound_file(&music.file)?,
            gain_db: changed_gain(music.gain_db),
            at: 0,
            from: film.rate.frame_at(music.from),
            length: length.map(|length| film.rate.frame_at(length)),
        });
    }
    for HeardSound { spec, shot, placed } in heard_sounds(film, timeline) {
        let length = placed.to.map(|to| to.saturating_sub(placed.from));
        sounds.push(Sound {
            role: if shot.is_some() { Role::Effect } else { Role::Narration },
            shot: shot.cloned(),
            file: media.sound_file(&spec.file)?,
            gain_db: changed_gain(placed.gain_db),
            at: timeline.rate.frame_at(placed.at),
            from: timeline.rate.frame_at(placed.from),
            length: length.map(|length| timeline.rate.frame_at(length)),
        });
    }
    Ok(sounds)
}

/// The gain of a sound; `None` where it stays as it is.
fn changed_gain(gain_db: f32) -> Option<f64> {
    (gain_db != 0.0).then(|| f64::from(gain_db))
}
