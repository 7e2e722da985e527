//! Clips to film: laid out, compared with what is on disk, put together only if it differs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::{Board, Ports};
use crate::event::{Event, Way};
use crate::film::{Film, Inputs, Make, Source};
use crate::lock::Taken;
use crate::media::MediaError;
use crate::store::StoreError;
use crate::storyboard::{Chapters, TransitionKind};
use crate::timeline::{Chapter, Join, LayProblem, Piece, Reason, Timeline, Treatment, lay};

/// A film on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// Its length.
    pub length: Duration,
    /// Its size in bytes.
    pub bytes: u64,
    /// How it was made.
    pub way: Way,
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
    /// The folder of the film cannot be made.
    #[error("cannot create the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The user stopped it; the film that was there before is untouched.
    #[error("interrupted")]
    Interrupted,
}

/// Puts the film of `board` together from its clips, unless it is on disk already.
pub(super) async fn assemble(
    at: usize,
    board: &Board,
    taken: &[&Taken],
    ports: &mut Ports<'_>,
) -> Result<Assembled, AssembleError> {
    let timeline = timeline(&board.film, taken)?;
    let length = Duration::from_secs_f64(timeline.rate.seconds(timeline.frames()));
    let digest = timeline.digest();
    let stamp = |file: &Path| identity(file).map(|identity| format!("{digest} {identity}"));
    let done = |way| {
        let bytes = fs::metadata(&board.output).map(|facts| facts.len()).unwrap_or_default();
        Assembled { length, bytes, way }
    };
    if let Some(stamp) = stamp(&board.output)
        && ports.store.film_stamp(&board.output).is_some_and(|known| known == stamp)
    {
        return Ok(done(Way::UpToDate));
    }
    (ports.say)(&Event::FilmStarted { board: at });
    let folder = board.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| AssembleError::Folder { path: folder.to_owned(), source })?;
    let work = ports.store.workspace()?;
    let store = ports.store;
    let say = &mut *ports.say;
    let clip = |digest: &crate::units::Digest| store.object(digest);
    let progress = |fraction| say(&Event::FilmMoved { board: at, fraction });
    let ffmpeg = ports.studio.ffmpeg();
    tokio::select! {
        made = ffmpeg.assemble(&timeline, clip, work.path(), &board.output, progress) => { made?; }
        Some(()) = ports.stops.recv() => return Err(AssembleError::Interrupted),
    }
    if let Some(stamp) = stamp(&board.output) {
        ports.store.stamp_film(&board.output, &stamp)?;
    }
    Ok(done(way(&timeline)))
}

/// Size and time of the film on disk: if it was changed since, it is made again.
fn identity(file: &Path) -> Option<String> {
    let facts = fs::metadata(file).ok()?;
    let time = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", facts.len(), time.as_nanos()))
}

fn timeline(film: &Film, taken: &[&Taken]) -> Result<Timeline, LayProblem> {
    let pieces = film.shots.iter().zip(taken).enumerate().map(|(index, (shot, taken))| Piece {
        shot: shot.id.clone(),
        clip: taken.clip,
        facts: taken.facts.clone(),
        join: join(film, index),
    });
    let mut timeline = lay(&film.title, film.size, film.rate, pieces.collect())?;
    timeline.chapters = chapters(film, &timeline);
    Ok(timeline)
}

/// A shot that begins on the last frame of the shot before it in the film continues that one.
fn join(film: &Film, index: usize) -> Join {
    let shot = &film.shots[index];
    if shot.join.kind != TransitionKind::Cut {
        return Join::Transition { kind: shot.join.kind, frames: film.rate.frames(shot.join.length) };
    }
    let continues = match &shot.make {
        Make::Prompt(render) => match &render.inputs {
            Inputs::Frames { first: Source::LastFrame(other), .. } => other + 1 == index,
            _ => false,
        },
        _ => false,
    };
    if continues { Join::Chained { seam: shot.join.seam } } else { Join::Cut }
}

fn chapters(film: &Film, timeline: &Timeline) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for (shot, segment) in film.shots.iter().zip(&timeline.segments) {
        let title = match film.chapters {
            Chapters::None => return Vec::new(),
            Chapters::Shots => shot.id.to_string(),
            // A shot without a scene belongs to the scene before it.
            Chapters::Scenes => match (&shot.scene, chapters.last()) {
                (Some(scene), last) if last.is_none_or(|last| last.title != **scene) => scene.to_string(),
                (None, None) => film.title.clone(),
                _ => continue,
            },
        };
        chapters.push(Chapter { at: segment.at, title });
    }
    chapters
}

/// The reason that is told is one that made a clip unfit, not one that a fit clip suffers from.
fn way(timeline: &Timeline) -> Way {
    let reasons = timeline.segments.iter().filter_map(|segment| match &segment.treatment {
        Treatment::Copy => None,
        Treatment::Encode(reason) => Some((matches!(reason, Reason::Company(_)), &segment.shot, reason)),
    });
    let first = reasons.min_by_key(|(suffers, ..)| *suffers);
    first.map_or(Way::Copied, |(_, shot, reason)| Way::Encoded(format!("{shot}: {reason}")))
}
