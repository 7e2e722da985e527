//! Clips to film: laid out, compared with what is on disk, put together only if it differs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use storyreel_core::event::{AssemblyKind, Event};
use storyreel_core::film::{File, Film};
use storyreel_core::film_timeline;
use storyreel_core::index::BoardIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::clean;
use storyreel_core::timeline::cue::Subtitles;
use storyreel_core::timeline::{LayProblem, Timeline};
use storyreel_core::units::Digest;
use storyreel_media::media::{AssembledFilm, AssemblyPaths, Ffmpeg, MediaError};
use storyreel_media::studio::{Studio, StudioError};

use super::assembly_notes::{assembly_kind, notes};
use super::seams::{self, FilmSeam};
use super::subtitle_floor::subtitle_floors;
use crate::store::{Store, StoreError};

/// A film on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmFile {
    /// Its length.
    pub length: Duration,
    /// Its size in bytes.
    pub bytes: u64,
    /// How it was made.
    pub way: AssemblyKind,
}

/// A film that could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// The clips do not make a film.
    #[error(transparent)]
    Lay(#[from] LayProblem),
    /// ffmpeg failed, or the film could not be written.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The words could not be painted.
    #[error(transparent)]
    Studio(#[from] StudioError),
    /// The subtitles beside the film cannot be read, written or removed. The film itself is made.
    #[error("the film is made, but its subtitles in `{}` are not", path.display())]
    Subtitles {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder of the film cannot be made.
    #[error("cannot create the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A film that is to be put together.
pub(super) struct FilmOrder {
    pub(super) board: BoardIndex,
    pub(super) film: Arc<Film>,
    /// The folder of the storyboard.
    pub(super) folder: PathBuf,
    pub(super) output: PathBuf,
    /// A clip for every shot that it shows.
    pub(super) clips: Vec<ClipRecord>,
    pub(super) store: Store,
    pub(super) studio: Arc<Studio>,
}

impl FilmOrder {
    /// Puts the film together from its clips, unless it is on disk already.
    pub(super) async fn assemble(
        &self,
        clips: &[&ClipRecord],
        say: &mut (dyn FnMut(&Event) + Send),
    ) -> Result<FilmFile, AssembleError> {
        // What is measured at seams follows from the clips, so the film is known by the clips and what is asked of them.
        let laid = film_timeline::timeline(&self.film, clips)?;
        let store = &self.store;
        if let Some(film) = film_on_disk(store, &laid, &self.output) {
            return Ok(film);
        }
        // Of two runs that make the same film one waits, and then finds it made.
        let held = store.hold_film(&self.output).await?;
        if let Some(film) = film_on_disk(store, &laid, &self.output) {
            return Ok(film);
        }
        say(&Event::FilmStarted { board: self.board });
        make_folder_of(&self.output)?;
        store.bring_quietly(clips.iter().map(|record| record.clip))?;
        // A damaged clip must not become part of a film that looks whole.
        for record in clips {
            store.check(&record.clip)?;
        }
        let finished = self.run(clips, say).await?;
        let timeline = &finished.timeline;
        if let Some(stamp) = stamp(&laid.digest(), &self.output) {
            store.stamp_film(&self.output, &format!("{stamp} {}", timeline.frames()))?;
        }
        drop(held);
        Ok(film_file(timeline, timeline.frames(), assembly_kind(timeline, &finished.made, clips), &self.output))
    }

    async fn run(
        &self,
        clips: &[&ClipRecord],
        say: &mut (dyn FnMut(&Event) + Send),
    ) -> Result<FinishedAssembly, AssembleError> {
        let ffmpeg = self.studio.ffmpeg();
        let work = self.store.workspace()?;
        let kept = self.store.film_folder(&self.output);
        let (timeline, seams) = mended(&self.film, clips, ffmpeg, &self.store).await?;
        let plates = match &timeline.subtitles {
            Some(Subtitles::Burned(cues)) => {
                let floors = subtitle_floors(&self.film, &timeline, cues);
                self.studio.subtitles(cues, floors, timeline.size, timeline.rate, work.path()).await?
            }
            _ => Vec::new(),
        };
        let paths = AssemblyPaths { work: work.path(), kept: &kept, out: &self.output, plates: &plates };
        let made = ffmpeg
            .assemble(
                &timeline,
                |digest| self.path_of(digest),
                paths,
                |fraction| say(&Event::FilmMoved { board: self.board, fraction }),
            )
            .await?;
        let seams = seams::heard(seams, &made.heard);
        seams::record(&kept, &seams);
        if let (Some(loudness), Some(target)) = (made.softer, timeline.loudness) {
            let title = clean(&self.film.title);
            let message =
                format!("{title}: its loudness is {loudness:.1} LUFS, not {target}: more gain would distort its peaks");
            say(&Event::Warned { message });
        }
        for message in notes(&timeline, &made, &seams) {
            say(&Event::FilmNoted { board: self.board, message });
        }
        Ok(FinishedAssembly { timeline, made })
    }

    /// Where the bytes of this digest are: music and sounds lie beside the storyboard, clips in the store.
    fn path_of(&self, digest: &Digest) -> PathBuf {
        match sound_files(&self.film).find(|file| file.digest == *digest) {
            Some(file) => self.folder.join(&file.path),
            None => self.store.object(digest),
        }
    }
}

/// A film that was put together, as it was laid.
struct FinishedAssembly {
    timeline: Timeline,
    made: AssembledFilm,
}

fn make_folder_of(film: &Path) -> Result<(), AssembleError> {
    let folder = film.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| AssembleError::Folder { path: folder.to_owned(), source })
}

fn film_file(timeline: &Timeline, frames: u64, way: AssemblyKind, output: &Path) -> FilmFile {
    let length = Duration::from_secs_f64(timeline.rate.seconds(frames));
    let bytes = fs::metadata(output).map(|facts| facts.len()).unwrap_or_default();
    FilmFile { length, bytes, way }
}

fn sound_files(film: &Film) -> impl Iterator<Item = &File> {
    let music = film.music.iter().map(|music| &music.file);
    let sounds = film.narration.iter().chain(film.shown().iter().flat_map(|shot| &shot.sounds));
    music.chain(sounds.map(|sound| &sound.file))
}

/// Whether the film at `output` is the one that these clips make, one for every shot.
#[must_use]
pub fn is_made(store: &Store, film: &Film, clips: &[&ClipRecord], output: &Path) -> bool {
    let timeline = film_timeline::timeline(film, clips);
    timeline.is_ok_and(|timeline| film_on_disk(store, &timeline, output).is_some())
}

/// The film on disk, if it is the one that was laid like this.
fn film_on_disk(store: &Store, timeline: &Timeline, output: &Path) -> Option<FilmFile> {
    let known = store.film_stamp(output)?;
    let frames = frames_of_same_film(&known, &stamp(&timeline.digest(), output)?)?;
    Some(film_file(timeline, frames, AssemblyKind::UpToDate, output))
}

fn stamp(digest: &Digest, file: &Path) -> Option<String> {
    identity(file).map(|identity| format!("{digest} {identity}"))
}

/// The frames of the film that a stamp was made for, where it begins as it should.
fn frames_of_same_film(known: &str, stamp: &str) -> Option<u64> {
    known.strip_prefix(stamp)?.strip_prefix(' ')?.parse().ok()
}

/// Size and time of the film on disk: if it was changed since, it is made again.
fn identity(file: &Path) -> Option<String> {
    let facts = fs::metadata(file).ok()?;
    let time = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", facts.len(), time.as_nanos()))
}

/// Lays the film of `film` as it is made from `clips`, one for every shot: with its seams mended, and what was seen at
/// each, by the place of the later shot. A seam that was measured is not measured again. One whose clips are not both in
/// the store stands as it would be laid.
///
/// # Errors
/// The clips do not make a film, or ffmpeg cannot look at a seam.
pub async fn mended(
    film: &Film,
    clips: &[&ClipRecord],
    ffmpeg: &Ffmpeg,
    store: &Store,
) -> Result<(Timeline, Vec<(usize, FilmSeam)>), AssembleError> {
    let film = film_timeline::in_format_of_clips(film, clips);
    let mut pieces = film_timeline::pieces(&film, clips);
    let seams = seams::mend(ffmpeg, store, film.rate, clips, &mut pieces).await?;
    Ok((film_timeline::lay_pieces(&film, clips, pieces)?, seams))
}
