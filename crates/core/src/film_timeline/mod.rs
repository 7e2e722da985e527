//! A film and the clips of its shots become a timeline: every clip in its place, with titles, subtitles and sounds.

mod cues;
mod sounds;
mod tags;
mod wrap;

use std::borrow::Cow;
use std::time::Duration;

pub use cues::{ReadingSpeed, cues, cues_in, spoken_times, too_fast};
pub use sounds::{HeardSound, heard_sounds};

use crate::clip::VideoFacts;
use crate::film::{Film, InputSource, Inputs, Make, MusicSpec, Shot};
use crate::index::ShotIndex;
use crate::language::LanguageTag;
use crate::lock::ClipRecord;
use crate::sanitize::clean;
use crate::storyboard::{self, Chapters, TransitionKind};
use crate::timeline::cue::{SubtitleTrack, Subtitles, apart};
use crate::timeline::{
    Chapter, ClipPiece, Join, LayProblem, Music, SAMPLE_RATE, Shape, SoundFormat, Timeline, Under, lay, most,
};
use crate::units::{Rate, Size};

/// Lays the film from `clips`, one for every shot that it shows or more, as it stands before anything is measured at its seams.
///
/// # Errors
/// The clips do not make a film.
pub fn timeline(film: &Film, clips: &[&ClipRecord]) -> Result<Timeline, LayProblem> {
    let film = in_format_of_clips(film, clips);
    lay_pieces(&film, clips, pieces(&film, clips))
}

/// The film with the pixels and the rate that most of its clips have, cards and stills aside, where the storyboard leaves them
/// open: what a whole film must be brought to is never what hardly any clip is.
#[must_use]
pub fn in_format_of_clips<'a>(film: &'a Film, clips: &[&ClipRecord]) -> Cow<'a, Film> {
    let videos = own_videos(film, clips);
    let sizes = videos.iter().map(|video| (video.size, video.frames));
    let evenly_spaced = videos.iter().filter(|video| !video.is_loose());
    let rates = evenly_spaced.map(|video| (video.rate, video.frames));
    let common_size = most(sizes, Size::eq).filter(|size| size.is_even() && !film.given.size);
    let common_rate = most(rates, Rate::eq).filter(|_| !film.given.rate);
    let size = common_size.unwrap_or(film.size);
    let rate = common_rate.unwrap_or(film.rate);
    if size == film.size && rate == film.rate {
        return Cow::Borrowed(film);
    }
    Cow::Owned(Film { size, rate, ..film.clone() })
}

/// The pictures of the clips that are rendered or footage.
fn own_videos<'a>(film: &Film, clips: &[&'a ClipRecord]) -> Vec<&'a VideoFacts> {
    let with_clips = film.shown().iter().zip(clips);
    let own = with_clips.filter(|(shot, _)| matches!(shot.make, Make::Prompt(_) | Make::Footage { .. }));
    own.map(|(_, clip)| &clip.facts.video).collect()
}

/// The clips as pieces that can be laid, as far as the film shows them.
#[must_use]
pub fn pieces(film: &Film, clips: &[&ClipRecord]) -> Vec<ClipPiece> {
    let shown = film.shown();
    let with_clips = shown.iter().zip(clips);
    ShotIndex::all(shown.len()).zip(with_clips).map(|(index, (shot, clip))| piece(film, index, shot, clip)).collect()
}

fn piece(film: &Film, index: ShotIndex, shot: &Shot, clip: &ClipRecord) -> ClipPiece {
    ClipPiece {
        shot: shot.id.clone(),
        clip: clip.clip,
        facts: clip.facts.clone(),
        join: join(film, index),
        fit: shot.fit,
        trim: trim(shot, clip),
        grade: None,
        burned: film.subtitles == storyboard::Subtitles::Burn && !shot.dialogue.is_empty(),
    }
}

/// The frames that a shot leaves out at the beginning and the end of its clip. One at least is shown.
fn trim(shot: &Shot, clip: &ClipRecord) -> (u64, u64) {
    let video = &clip.facts.video;
    let whole = video.frames.saturating_sub(1);
    let from = nearest_frame(shot.trim.from, video.rate).min(whole);
    let to = shot.trim.to.map_or(video.frames, |to| nearest_frame(to, video.rate)).clamp(from + 1, video.frames.max(1));
    (from, video.frames.saturating_sub(to))
}

fn nearest_frame(at: Duration, rate: Rate) -> u64 {
    (at.as_secs_f64() / rate.seconds(1)).round() as u64
}

/// Lays `pieces`, and beside them everything else that the film asks for.
///
/// # Errors
/// The pieces do not make a film.
pub fn lay_pieces(film: &Film, clips: &[&ClipRecord], pieces: Vec<ClipPiece>) -> Result<Timeline, LayProblem> {
    let shape = Shape { size: film.size, rate: film.rate, codec: film.codec };
    let mut timeline = lay(&film.title, shape, pieces)?;
    timeline.set_colours(film.colours);
    timeline.tags = tags::tags(film, clips);
    timeline.chapters = chapters(film, &timeline);
    timeline.subtitles = subtitles(film, &timeline);
    timeline.music = film.music.as_ref().map(|spec| music(spec, film.rate));
    timeline.sounds = heard_sounds(film, &timeline).into_iter().map(|heard| heard.placed).collect();
    if timeline.music.is_some() || !timeline.sounds.is_empty() {
        timeline.sound = timeline.sound.or(Some(SoundFormat { rate: SAMPLE_RATE, channels: 2 }));
    }
    timeline.loudness = film.loudness.filter(|_| timeline.sound.is_some());
    Ok(timeline)
}

/// How a shot follows the one before it.
fn join(film: &Film, index: ShotIndex) -> Join {
    let join = film.shots[index].join;
    if join.kind != TransitionKind::Cut {
        return Join::Transition { kind: join.kind, frames: film.rate.frames(join.length) };
    }
    if is_seamless(film, index) { Join::Chained { seam: join.seam } } else { Join::Cut }
}

/// Whether a shot shows the frame on which it begins right after the shot before it has shown the same.
fn is_seamless(film: &Film, index: ShotIndex) -> bool {
    let Some(before) = index.before() else { return false };
    continues(film, index) && film.shots[before].trim.to.is_none() && film.shots[index].trim.from.is_zero()
}

/// Whether a shot begins on the last frame of the shot before it in the film.
fn continues(film: &Film, index: ShotIndex) -> bool {
    let Make::Prompt(render) = &film.shots[index].make else { return false };
    match &render.inputs {
        Inputs::Frames { first: InputSource::LastFrame(other), .. } => other.0 + 1 == index.0,
        _ => false,
    }
}

fn music(spec: &MusicSpec, rate: Rate) -> Music {
    Music {
        file: spec.file.digest,
        gain_db: spec.gain_db,
        under: if spec.duck { Under::Duck } else { Under::Stay },
        fade_in: rate.frame_at(spec.fade_in),
        fade_out: rate.frame_at(spec.fade_out),
        from: spec.from,
        to: spec.to,
        repeat: spec.repeat,
    }
}

/// The subtitles that become part of the film's file.
fn subtitles(film: &Film, timeline: &Timeline) -> Option<Subtitles> {
    match film.subtitles {
        storyboard::Subtitles::None | storyboard::Subtitles::Sidecar => None,
        storyboard::Subtitles::Embed => {
            Some(subtitle_tracks(film, timeline)).filter(|tracks| !tracks.is_empty()).map(Subtitles::Tracks)
        }
        storyboard::Subtitles::Burn => {
            subtitle_tracks(film, timeline).into_iter().next().map(|track| Subtitles::Burned(track.cues))
        }
    }
}

/// What is read of a film, in each of its languages in their order; one that no line has words in is left out.
#[must_use]
pub fn subtitle_tracks(film: &Film, timeline: &Timeline) -> Vec<SubtitleTrack> {
    let languages: Vec<Option<LanguageTag>> = match film.languages.as_slice() {
        [] => vec![None],
        languages => languages.iter().cloned().map(Some).collect(),
    };
    let mut tracks = Vec::new();
    for language in languages {
        let cues = apart(&cues_in(film, timeline, language.as_ref()));
        if !cues.is_empty() {
            tracks.push(SubtitleTrack { language, cues });
        }
    }
    tracks
}

fn chapters(film: &Film, timeline: &Timeline) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for (shot, segment) in film.shown().iter().zip(&timeline.segments) {
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
