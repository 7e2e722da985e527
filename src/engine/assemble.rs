//! Clips to film: laid out, compared with what is on disk, put together only if it differs.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use storyreel_core::clip::VideoFacts;
use storyreel_core::event::{AssemblyKind, Event};
use storyreel_core::film::{Film, InputSource, Inputs, Make, MusicSpec, NarrationSpec};
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::{self, clean};
use storyreel_core::storyboard::{self, Chapters, TransitionKind};
use storyreel_core::timeline::cue::Subtitles;
use storyreel_core::timeline::{
    Chapter, ClipPiece, Join, LayProblem, Music, Narration, SAMPLE_RATE, Segment, Shape, SoundFormat, Timeline, Under,
    lay, most,
};
use storyreel_core::units::{Digest, Rate, Size};
use storyreel_media::media::{self, AssemblyPaths, Ffmpeg, MediaError};
use storyreel_media::studio::StudioError;

use super::seams::{self, FilmSeam};
use super::{Board, Ports, label, subtitles};
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
    #[error("the film is made, but not its subtitles in `{}`", path.display())]
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
    /// The user stopped it; the film that was there before is untouched.
    #[error("interrupted")]
    Interrupted,
}

/// Puts the film of `board` together from its clips, unless it is on disk already.
pub(super) async fn assemble(
    at: usize,
    board: &Board,
    taken: &[&ClipRecord],
    ports: &mut Ports<'_>,
) -> Result<FilmFile, AssembleError> {
    // What is measured at seams follows from the clips, so the film is known by the clips and what is wished of them.
    let laid = timeline(&board.film, taken)?;
    let digest = laid.digest();
    let size = || fs::metadata(&board.output).map(|facts| facts.len()).unwrap_or_default();
    let seconds = |frames| Duration::from_secs_f64(laid.rate.seconds(frames));
    let store = ports.store;
    let there = || {
        let frames = found(store, &digest, &board.output)?;
        Some(FilmFile { length: seconds(frames), bytes: size(), way: AssemblyKind::UpToDate })
    };
    if let Some(there) = there() {
        return Ok(there);
    }
    // Of two runs that make the same film one waits, and then finds it made.
    let held = store.hold_film(&board.output).await?;
    if let Some(there) = there() {
        return Ok(there);
    }
    (ports.say)(&Event::FilmStarted { board: at });
    let folder = board.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| AssembleError::Folder { path: folder.to_owned(), source })?;
    let work = store.workspace()?;
    // A damaged clip must not become part of a film that looks whole.
    taken.iter().try_for_each(|taken| store.check(&taken.clip).map(drop))?;
    let kept = store.film_folder(&board.output);
    let studio = Arc::clone(&ports.studio);
    let making = async {
        let (timeline, seams) = mended(&board.film, taken, studio.ffmpeg(), store).await?;
        let say = &mut *ports.say;
        let plates = match &timeline.subtitles {
            Some(Subtitles::Burned(cues)) => {
                studio.subtitles(cues, (timeline.size, timeline.rate), work.path()).await?
            }
            _ => Vec::new(),
        };
        let places = AssemblyPaths { work: work.path(), kept: &kept, out: &board.output, plates: &plates };
        // Music and narration lie beside the storyboard, clips in the store.
        let sounds = board.film.music.iter().map(|music| &music.file);
        let sounds: Vec<_> = sounds.chain(board.film.narration.iter().map(|part| &part.file)).collect();
        let clip = |digest: &Digest| match sounds.iter().find(|file| file.digest == *digest) {
            Some(file) => board.folder.join(&file.path),
            None => store.object(digest),
        };
        let progress = |fraction| say(&Event::FilmMoved { board: at, fraction });
        let made = studio.ffmpeg().assemble(&timeline, clip, places, progress).await?;
        let seams = seams::heard(seams, &made.heard);
        seams::record(&kept, &seams);
        if let (Some(loudness), Some(target)) = (made.softer, timeline.loudness) {
            let message = format!(
                "{}: its loudness is {loudness:.1} LUFS, not {target}: its peaks allow no more that would not be heard",
                sanitize::clean(&board.film.title)
            );
            say(&Event::Warned { message });
        }
        for message in notes(&timeline, &made, &seams) {
            say(&Event::FilmNoted { board: at, message });
        }
        Ok::<_, AssembleError>((timeline, made))
    };
    let (timeline, made) = tokio::select! {
        made = making => made?,
        Some(()) = ports.stops.recv() => return Err(AssembleError::Interrupted),
    };
    if let Some(stamp) = stamp(&digest, &board.output) {
        ports.store.stamp_film(&board.output, &format!("{stamp} {}", timeline.frames()))?;
    }
    drop(held);
    Ok(FilmFile { length: seconds(timeline.frames()), bytes: size(), way: way(&timeline, &made) })
}

/// Whether the film at `output` is the one that these clips make, one for every shot.
#[must_use]
pub fn is_made(store: &Store, film: &Film, taken: &[&ClipRecord], output: &Path) -> bool {
    timeline(film, taken).is_ok_and(|timeline| found(store, &timeline.digest(), output).is_some())
}

/// The frames of the film on disk, if it is the one of this digest.
fn found(store: &Store, digest: &Digest, output: &Path) -> Option<u64> {
    same_film(&store.film_stamp(output)?, &stamp(digest, output)?)
}

fn stamp(digest: &Digest, file: &Path) -> Option<String> {
    identity(file).map(|identity| format!("{digest} {identity}"))
}

/// The frames of the film that a stamp was made for, where it begins as it should.
fn same_film(known: &str, stamp: &str) -> Option<u64> {
    known.strip_prefix(stamp)?.strip_prefix(' ')?.parse().ok()
}

/// Size and time of the film on disk: if it was changed since, it is made again.
fn identity(file: &Path) -> Option<String> {
    let facts = fs::metadata(file).ok()?;
    let time = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", facts.len(), time.as_nanos()))
}

/// Lays the film from the clips that `taken` names, one for every shot, as it stands before anything is measured at
/// its seams.
///
/// # Errors
/// The clips do not make a film.
pub fn timeline(film: &Film, taken: &[&ClipRecord]) -> Result<Timeline, LayProblem> {
    let film = as_made(film, taken);
    laid_timeline(&film, taken, pieces(&film, taken))
}

/// The film with the pixels and the rate that most of its rendered clips came with, where the storyboard leaves them
/// open: what a whole film must be brought to is never what hardly any clip is.
fn as_made<'a>(film: &'a Film, taken: &[&ClipRecord]) -> Cow<'a, Film> {
    let rendered = film.shots.iter().zip(taken).filter(|(shot, _)| matches!(shot.make, Make::Prompt(_)));
    let videos: Vec<&VideoFacts> = rendered.map(|(_, taken)| &taken.facts.video).collect();
    let size = most(videos.iter().map(|video| (video.size, video.frames)), Size::eq).filter(|size| size.is_even());
    let regular = videos.iter().filter(|video| !video.is_loose());
    let rate = most(regular.map(|video| (video.rate, video.frames)), Rate::eq);
    let size = size.filter(|_| !film.given.size).unwrap_or(film.size);
    let rate = rate.filter(|_| !film.given.rate).unwrap_or(film.rate);
    if (size, rate) == (film.size, film.rate) {
        return Cow::Borrowed(film);
    }
    Cow::Owned(Film { size, rate, ..film.clone() })
}

/// Lays the film of `film` as it is made from the clips that `taken` names, one for every shot: with its seams mended, and
/// what was seen at each, by the place of the later shot. A seam that was measured is not measured again. One whose clips
/// are not both in the store stands as it would be laid.
///
/// # Errors
/// The clips do not make a film, or ffmpeg cannot look at a seam.
pub async fn mended(
    film: &Film,
    taken: &[&ClipRecord],
    ffmpeg: &Ffmpeg,
    store: &Store,
) -> Result<(Timeline, Vec<(usize, FilmSeam)>), AssembleError> {
    let film = as_made(film, taken);
    let mut pieces = pieces(&film, taken);
    let seams = seams::mend(ffmpeg, store, film.rate, taken, &mut pieces).await?;
    Ok((laid_timeline(&film, taken, pieces)?, seams))
}

fn pieces(film: &Film, taken: &[&ClipRecord]) -> Vec<ClipPiece> {
    let piece = |(index, (shot, taken)): (usize, (&storyreel_core::film::Shot, &&ClipRecord))| ClipPiece {
        shot: shot.id.clone(),
        clip: taken.clip,
        facts: taken.facts.clone(),
        join: join(film, index),
        fit: shot.fit,
        trim: (0, 0),
        grade: None,
        burned: film.subtitles == storyboard::Subtitles::Burn && !shot.dialogue.is_empty(),
    };
    film.shots.iter().zip(taken).enumerate().map(piece).collect()
}

fn laid_timeline(film: &Film, taken: &[&ClipRecord], pieces: Vec<ClipPiece>) -> Result<Timeline, LayProblem> {
    let shape = Shape { size: film.size, rate: film.rate, codec: film.codec };
    let mut timeline = lay(&film.title, shape, pieces)?;
    timeline.tags = label::tags(film, taken);
    timeline.chapters = chapters(film, &timeline);
    timeline.subtitles = subtitles::inside(film, &timeline);
    timeline.music = film.music.as_ref().map(|wish| music(wish, film.rate));
    timeline.narration = film.narration.iter().map(narration).collect();
    if timeline.music.is_some() || !timeline.narration.is_empty() {
        timeline.sound = timeline.sound.or(Some(SoundFormat { rate: SAMPLE_RATE, channels: 2 }));
    }
    timeline.loudness = film.loudness.filter(|_| timeline.sound.is_some());
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
            Inputs::Frames { first: InputSource::LastFrame(other), .. } => other + 1 == index,
            _ => false,
        },
        _ => false,
    };
    if continues { Join::Chained { seam: shot.join.seam } } else { Join::Cut }
}

fn music(wish: &MusicSpec, rate: Rate) -> Music {
    let frames = |length: Duration| if length.is_zero() { 0 } else { rate.frames(length) };
    Music {
        file: wish.file.digest,
        gain_db: wish.gain_db,
        under: if wish.duck { Under::Duck } else { Under::Stay },
        fade_in: frames(wish.fade_in),
        fade_out: frames(wish.fade_out),
        from: wish.from,
        to: wish.to,
        repeat: wish.repeat,
    }
}

fn narration(wish: &NarrationSpec) -> Narration {
    let NarrationSpec { gain_db, at, from, to, fade_in, fade_out, .. } = *wish;
    Narration { file: wish.file.digest, gain_db, at, from, to, fade_in, fade_out }
}

fn chapters(film: &Film, timeline: &Timeline) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for (shot, segment) in film.shots.iter().zip(&timeline.segments) {
        let title = match film.chapters {
            Chapters::None => return Vec::new(),
            Chapters::Shots => shot.id.to_string(),
            // A shot without a scene belongs to the scene before it.
            Chapters::Scenes => match (shot.scene.as_deref().map(clean), chapters.last()) {
                (Some(scene), last) if last.is_none_or(|last| last.title != scene) => scene,
                (None, None) => clean(&film.title),
                _ => continue,
            },
        };
        chapters.push(Chapter { at: segment.at, title });
    }
    chapters
}

/// What is told: how many frames were encoded again, and why.
fn way(timeline: &Timeline, made: &media::AssembledFilm) -> AssemblyKind {
    let number = |count: usize, what: &str| (count > 0).then(|| sanitize::count(count, what));
    let blends = timeline.segments.iter().filter(|segment| segment.overlap() > 0).count();
    let trimmed = |segment: &&Segment| segment.frames.start > 0 || segment.grade.is_some();
    let seams = timeline.segments.iter().filter(trimmed).count();
    let shot = |(n, reason): &(usize, String)| format!("{}: {reason}", timeline.segments[*n].shot);
    let burned = match &timeline.subtitles {
        Some(Subtitles::Burned(cues)) => cues.len(),
        _ => 0,
    };
    let many = [number(blends, "transition"), number(seams, "seam"), number(burned, "subtitle")];
    let mut why: Vec<String> = many.into_iter().flatten().collect();
    why.extend(made.reasons.iter().take(MOST_REASONS).map(shot));
    let more = made.reasons.len().saturating_sub(MOST_REASONS);
    why.extend((more > 0).then(|| format!("{more} more")));
    match made.encoded {
        0 => AssemblyKind::Copied,
        frames => AssemblyKind::Encoded(format!("{frames} of {} frames ({})", made.frames, why.join("; "))),
    }
}

/// Reasons that fit on a line.
const MOST_REASONS: usize = 3;

/// Everything that was decided: for every join and every clip which way was taken and why, and for every seam what was
/// found.
fn notes(timeline: &Timeline, made: &media::AssembledFilm, seams: &[FilmSeam]) -> Vec<String> {
    let mut notes = Vec::new();
    for (n, (segment, way)) in timeline.segments.iter().zip(&made.ways).enumerate() {
        if let Some(before) = n.checked_sub(1).map(|n| &timeline.segments[n]) {
            notes.push(format!("{} to {}: {}", before.shot, segment.shot, crossing(segment.join)));
        }
        let frames = |count: u64| sanitize::count(count as usize, "frame");
        let way = match *way {
            (0, 0) => "shown in transitions alone".to_owned(),
            (copied, 0) => format!("{} copied", frames(copied)),
            (0, encoded) => format!("{} encoded", frames(encoded)),
            (copied, encoded) => format!("{} copied, {encoded} encoded beside a join", frames(copied)),
        };
        let why = made.reasons.iter().chain(&made.decoded).filter(|(place, _)| *place == n);
        let why = why.map(|(_, why)| why.as_str());
        notes.push(format!(
            "{}: {}",
            segment.shot,
            [way.as_str()].into_iter().chain(why).collect::<Vec<_>>().join("; ")
        ));
    }
    notes.extend(seams.iter().map(seam_note));
    notes
}

/// What a join does to the picture.
fn crossing(join: Join) -> String {
    match join {
        Join::Start | Join::Cut => "cut".to_owned(),
        Join::Chained { seam } => format!("one continues the other, seam {seam}"),
        Join::Transition { kind, frames } => format!("{kind}, {} encoded", sanitize::count(frames as usize, "frame")),
    }
}

fn seam_note(seam: &FilmSeam) -> String {
    let (finding, mend) = (&seam.finding, seam.finding.mend);
    let graded = if mend.grade.is_some() { ", colours matched" } else { "" };
    format!(
        "{} to {}: {} repeated, {} and {} slow; {} and {} left out{graded}; score {:.0}, was {:.0}",
        seam.from,
        seam.to,
        sanitize::count(finding.duplicates as usize, "frame"),
        finding.slow_before,
        finding.slow_after,
        mend.drop_before,
        mend.drop_after,
        finding.after.total,
        finding.before.total
    )
}
