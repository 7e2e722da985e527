//! Laying clips one after another, and choosing between copying and encoding.

use std::ops::Range;

use storyreel_mp4::Tags;

use super::majority::most;
use super::{Codec, EncodeReason, Fit, Join, PictureFormat, Segment, Timeline, Treatment, codec_of, sound};
use crate::clip::{ClipFacts, VideoFacts};
use crate::keyword::Keyword as _;
use crate::units::{Digest, Rate, ShotId, Size};

/// Codecs whose coded pictures are copied as they are, where the storyboard names none.
const COPIED: [Codec; 3] = [Codec::H264, Codec::Hevc, Codec::Av1];

/// What a film is to be, whatever its clips are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Pixels across and down.
    pub size: Size,
    /// Frames per second.
    pub rate: Rate,
    /// How its pictures are coded; as in most of its clips when absent.
    pub codec: Option<Codec>,
}

/// One clip to be laid, in film order.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPiece {
    /// The shot it shows.
    pub shot: ShotId,
    /// The clip's bytes.
    pub clip: Digest,
    /// The clip as measured.
    pub facts: ClipFacts,
    /// How it should meet the piece before; the first piece always starts the film.
    pub join: Join,
    /// How it fills a film of another shape.
    pub fit: Fit,
    /// What is left out at its beginning and its end, in frames of the clip, where a seam is mended. Only of a clip
    /// that has the film's rate, and never all of it.
    pub trim: (u64, u64),
    /// See [`Segment::grade`].
    pub grade: Option<[f32; 3]>,
    /// Whether subtitles are painted onto some of its frames.
    pub burned: bool,
}

impl ClipPiece {
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

/// Lays `pieces` one after another into a film of `shape`.
///
/// Every clip that is coded as the film is copied; each of the others is encoded, and its treatment says why. A
/// transition overlaps two segments and makes the film shorter by its length; one that is longer than what its clips
/// have to give, because a clip came out shorter than it was asked for, is shortened to that.
/// Music, sounds, chapters, subtitles, loudness and all tags but the title are left empty for the caller to fill in.
///
/// # Errors
/// There is nothing to lay, or the size is odd.
pub fn lay(title: &str, shape: Shape, pieces: Vec<ClipPiece>) -> Result<Timeline, LayProblem> {
    let Shape { size, rate, .. } = shape;
    if !size.is_even() {
        return Err(LayProblem::OddSize(size));
    }
    let (format, treatments) = treatments(shape, &pieces);
    let mut segments: Vec<Segment> = Vec::with_capacity(pieces.len());
    for (piece, treatment) in pieces.into_iter().zip(treatments) {
        let frames = piece.frames();
        let ClipPiece { shot, clip, facts, join, fit, grade, .. } = piece;
        let length = film_frames(&facts.video, rate, frames.end - frames.start);
        let join = fitted(join, segments.last(), length);
        let end = segments.last().map_or(0, |last| last.at + last.length);
        let mut segment = Segment { shot, clip, frames, facts, at: 0, length, join, fit, treatment, grade };
        segment.at = end - segment.overlap();
        segments.push(segment);
    }
    if segments.is_empty() {
        return Err(LayProblem::Empty);
    }
    let sound = sound::format(&segments);
    let tags = Tags { title: title.to_owned(), ..Tags::default() };
    let music = None;
    let sounds = Vec::new();
    let chapters = Vec::new();
    let subtitles = None;
    let loudness = None;
    Ok(Timeline { size, rate, format, segments, sound, music, sounds, chapters, subtitles, loudness, tags })
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

/// How the film's pictures are coded, and for every piece whether it is copied.
fn treatments(shape: Shape, pieces: &[ClipPiece]) -> (PictureFormat, Vec<Treatment>) {
    let mut model = majority(shape, pieces);
    let usual = model.map(|model| &model.facts.video);
    let codec = shape.codec.or_else(|| usual.and_then(codec_of)).unwrap_or(Codec::H264);
    let format = PictureFormat::beside(codec, usual);
    let mut reasons = obstacles(pieces, shape, format, model);
    let encodes = reasons.iter().any(Option::is_some)
        || pieces.iter().skip(1).any(|piece| matches!(piece.join, Join::Transition { .. }))
        || pieces.iter().any(|piece| piece.trim != (0, 0) || piece.grade.is_some() || piece.burned);
    // What is encoded can stand beside copies of its own kind, and beside nothing else.
    if encodes && model.is_some_and(|model| !format.is_of(&model.facts.video)) {
        model = pieces.iter().find(|piece| format.is_of(&piece.facts.video));
        reasons = obstacles(pieces, shape, format, model);
    }
    (format, reasons.into_iter().map(|reason| reason.map_or(Treatment::Copy, Treatment::Encode)).collect())
}

/// For every piece what keeps it from being copied beside `model`.
fn obstacles(
    pieces: &[ClipPiece],
    shape: Shape,
    format: PictureFormat,
    model: Option<&ClipPiece>,
) -> Vec<Option<EncodeReason>> {
    pieces.iter().map(|piece| obstacle(&piece.facts.video, shape, format, model)).collect()
}

/// The first clip of the kind that fills the most frames, among those that could be copied at all.
fn majority(shape: Shape, pieces: &[ClipPiece]) -> Option<&ClipPiece> {
    let candidates = pieces.iter().filter(|piece| is_candidate(&piece.facts.video, shape));
    let weighed = candidates.map(|piece| (piece, piece.facts.video.frames));
    most(weighed, |one, other| one.facts.video.joins_by_copy(&other.facts.video))
}

/// Whether `video` could be copied into a film of `shape`, whatever the other clips are.
fn is_candidate(video: &VideoFacts, shape: Shape) -> bool {
    let codec = codec_of(video);
    let wanted = match shape.codec {
        Some(wanted) => codec == Some(wanted),
        None => codec.is_some_and(|codec| COPIED.contains(&codec)),
    };
    wanted && misfit(video, shape).is_none()
}

/// What keeps `video` out of a film of `shape` in any codec.
#[must_use]
pub fn misfit(video: &VideoFacts, Shape { size, rate, .. }: Shape) -> Option<EncodeReason> {
    if video.size != size {
        return Some(EncodeReason::Size(video.size, size));
    }
    if video.rate != rate {
        return Some(EncodeReason::Rate(video.rate, rate));
    }
    video.is_loose().then_some(EncodeReason::Loose)
}

/// What keeps `video` from being copied into the film, whose format is `format`, beside `model`.
fn obstacle(
    video: &VideoFacts,
    shape: Shape,
    format: PictureFormat,
    model: Option<&ClipPiece>,
) -> Option<EncodeReason> {
    if let Some(reason) = misfit(video, shape) {
        return Some(reason);
    }
    let usual = model.map(|model| &model.facts.video);
    if video.codec != format.codec.keyword() {
        return Some(EncodeReason::Codec(video.codec.clone(), format.codec.keyword().to_owned()));
    }
    let pixels = usual.map_or(format.pixels, |usual| &usual.pixels);
    if video.pixels != pixels {
        return Some(EncodeReason::Pixels(video.pixels.clone(), pixels.to_owned()));
    }
    let model = model.filter(|model| !model.facts.video.joins_by_copy(video))?;
    Some(EncodeReason::Parameters(model.shot.clone()))
}
