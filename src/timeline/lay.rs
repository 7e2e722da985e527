//! Laying clips one after another, and choosing between copying and encoding.

use std::ops::Range;

use super::{Join, Reason, Segment, Timeline, Treatment, sound};
use crate::clip::{ClipFacts, VideoFacts};
use crate::mp4::Tags;
use crate::units::{Digest, Rate, ShotId, Size};

/// Codecs whose coded pictures are copied into MP4 as they are.
const COPIED: [&str; 3] = ["h264", "hevc", "av1"];

/// One clip to be laid, in film order.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The shot it shows.
    pub shot: ShotId,
    /// The clip's bytes.
    pub clip: Digest,
    /// The clip as measured.
    pub facts: ClipFacts,
    /// How it should meet the piece before; the first piece always starts the film.
    pub join: Join,
    /// What is left out at its beginning and its end, in frames of the clip, where a seam is mended. Only of a clip
    /// that has the film's rate, and never all of it.
    pub trim: (u64, u64),
    /// See [`Segment::grade`].
    pub grade: Option<[f32; 3]>,
    /// Whether subtitles are painted onto some of its frames.
    pub burned: bool,
}

impl Piece {
    /// The frames that are used.
    fn frames(&self) -> Range<u64> {
        self.trim.0..self.facts.video.frames - self.trim.1
    }
}

/// Why pieces cannot be laid into a film.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayProblem {
    /// There are no pieces.
    #[error("a film needs at least one clip")]
    Empty,
    /// H.264 with 4:2:0 colour has no odd dimensions.
    #[error("a film's width and height are even numbers of pixels, not {0}")]
    OddSize(Size),
}

/// Lays `pieces` one after another into a film of `size` and `rate`.
///
/// Every clip that is like most of the film is copied; each of the others is encoded, and its treatment says why. A
/// transition overlaps two segments and makes the film shorter by its length; one that is longer than what its clips
/// have to give, because a clip came out shorter than it was asked for, is shortened to that.
/// Music, narration, chapters, subtitles, loudness and all tags but the title are left empty for the caller to fill in.
///
/// # Errors
/// There is nothing to lay, or `size` is odd.
pub fn lay(title: &str, size: Size, rate: Rate, pieces: Vec<Piece>) -> Result<Timeline, LayProblem> {
    let even = |side: u32| side > 0 && side.is_multiple_of(2);
    if !even(size.width) || !even(size.height) {
        return Err(LayProblem::OddSize(size));
    }
    let treatments = treatments(size, rate, &pieces);
    let mut segments: Vec<Segment> = Vec::with_capacity(pieces.len());
    for (piece, treatment) in pieces.into_iter().zip(treatments) {
        let frames = piece.frames();
        let Piece { shot, clip, facts, join, grade, .. } = piece;
        let length = film_frames(&facts.video, rate, frames.end - frames.start);
        let join = fitted(join, segments.last(), length);
        let end = segments.last().map_or(0, |last| last.at + last.length);
        let mut segment = Segment { shot, clip, frames, facts, at: 0, length, join, treatment, grade };
        segment.at = end - segment.overlap();
        segments.push(segment);
    }
    if segments.is_empty() {
        return Err(LayProblem::Empty);
    }
    let sound = sound::format(&segments);
    let tags = Tags { title: title.to_owned(), ..Tags::default() };
    let (music, narration, chapters, subtitles, loudness) = (None, Vec::new(), Vec::new(), None, None);
    Ok(Timeline { size, rate, segments, sound, music, narration, chapters, subtitles, loudness, tags })
}

/// The join of a segment of `length` frames after `before`, which has only the frames to give that no earlier
/// transition uses.
fn fitted(join: Join, before: Option<&Segment>, length: u64) -> Join {
    let Some(before) = before else { return Join::Start };
    match join {
        Join::Start => Join::Cut,
        Join::Transition { kind, frames } => match frames.min(before.length - before.overlap()).min(length) {
            0 => Join::Cut,
            frames => Join::Transition { kind, frames },
        },
        Join::Cut | Join::Chained { .. } => join,
    }
}

/// How many frames at `rate` last as long as `frames` of the clip, rounded to the nearest, at least one.
fn film_frames(video: &VideoFacts, rate: Rate, frames: u64) -> u64 {
    if video.rate == rate {
        return frames;
    }
    let exact = u128::from(frames) * u128::from(video.rate.den) * u128::from(rate.num);
    let unit = u128::from(video.rate.num) * u128::from(rate.den);
    u64::try_from((exact + unit / 2) / unit).unwrap_or(u64::MAX).max(1)
}

fn treatments(size: Size, rate: Rate, pieces: &[Piece]) -> Vec<Treatment> {
    let found = |model: Option<&Piece>| -> Vec<Option<Reason>> {
        pieces.iter().map(|piece| obstacle(&piece.facts.video, size, rate, model)).collect()
    };
    let model = majority(size, rate, pieces);
    let mut reasons = found(model);
    // What is encoded is H.264 of 8 bits: it can stand beside copies of the same, and beside nothing else.
    let encodes = reasons.iter().any(Option::is_some)
        || pieces.iter().skip(1).any(|piece| matches!(piece.join, Join::Transition { .. }))
        || pieces.iter().any(|piece| piece.trim != (0, 0) || piece.grade.is_some() || piece.burned);
    if encodes && model.is_some_and(|model| !is_usual(&model.facts.video)) {
        reasons = found(pieces.iter().find(|piece| is_usual(&piece.facts.video)));
        for (reason, piece) in reasons.iter_mut().zip(pieces) {
            let video = &piece.facts.video;
            let unlike = || match video.codec.as_str() {
                "h264" => Reason::Pixels(video.pixels.clone(), USUAL.1.to_owned()),
                _ => Reason::Codec(video.codec.clone(), USUAL.0.to_owned()),
            };
            *reason = reason.take().or_else(|| (!is_usual(video)).then(unlike));
        }
    }
    reasons.into_iter().map(|reason| reason.map_or(Treatment::Copy, Treatment::Encode)).collect()
}

/// The codec and pixel format that are encoded here.
const USUAL: (&str, &str) = ("h264", "yuv420p");

fn is_usual(video: &VideoFacts) -> bool {
    (video.codec.as_str(), video.pixels.as_str()) == USUAL
}

/// The first clip of the kind that fills the most frames, among those that could be copied at all.
fn majority(size: Size, rate: Rate, pieces: &[Piece]) -> Option<&Piece> {
    let mut kinds: Vec<(&Piece, u64)> = Vec::new();
    for piece in pieces.iter().filter(|piece| obstacle(&piece.facts.video, size, rate, None).is_none()) {
        let video = &piece.facts.video;
        match kinds.iter_mut().find(|(model, _)| model.facts.video.joins_by_copy(video)) {
            Some((_, frames)) => *frames += video.frames,
            None => kinds.push((piece, video.frames)),
        }
    }
    // The earliest kind wins a tie, so that the choice does not depend on the order of comparison.
    kinds.into_iter().rev().max_by_key(|(_, frames)| *frames).map(|(piece, _)| piece)
}

/// What keeps `video` from being copied into the film beside `model`.
fn obstacle(video: &VideoFacts, size: Size, rate: Rate, model: Option<&Piece>) -> Option<Reason> {
    if video.size != size {
        return Some(Reason::Size(video.size, size));
    }
    if video.rate != rate {
        return Some(Reason::Rate(video.rate, rate));
    }
    if video.is_loose() {
        return Some(Reason::Loose);
    }
    let usual = model.map(|model| &model.facts.video);
    let codec = usual.map_or("h264", |usual| &usual.codec);
    if !COPIED.contains(&video.codec.as_str()) || usual.is_some_and(|usual| usual.codec != video.codec) {
        return Some(Reason::Codec(video.codec.clone(), codec.to_owned()));
    }
    let (model, usual) = (model?, usual?);
    if usual.pixels != video.pixels {
        return Some(Reason::Pixels(video.pixels.clone(), usual.pixels.clone()));
    }
    (!usual.joins_by_copy(video)).then(|| Reason::Parameters(model.shot.clone()))
}
