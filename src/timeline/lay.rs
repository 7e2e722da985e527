//! Laying clips one after another, and choosing between copying and encoding.

use super::{Join, LOOSE, Reason, Segment, Timeline, Treatment};
use crate::clip::{ClipFacts, VideoFacts};
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
/// The picture is copied when all clips are alike and fit the film. Otherwise every clip is encoded to one format:
/// parts with unlike parameter sets cannot share a stream, and each segment's treatment says what made it so.
/// Music, chapters and loudness are left empty for the caller to fill in.
///
/// # Errors
/// There is nothing to lay, or `size` is odd.
pub fn lay(title: &str, size: Size, rate: Rate, pieces: Vec<Piece>) -> Result<Timeline, LayProblem> {
    let even = |side: u32| side > 0 && side.is_multiple_of(2);
    if !even(size.width) || !even(size.height) {
        return Err(LayProblem::OddSize(size));
    }
    let treatments = treatments(size, rate, &pieces);
    let mut at = 0;
    let mut segments = Vec::with_capacity(pieces.len());
    for (Piece { shot, clip, facts, join }, treatment) in pieces.into_iter().zip(treatments) {
        let length = film_frames(&facts.video, rate);
        let join = if segments.is_empty() { Join::Start } else { join };
        segments.push(Segment { shot, clip, frames: 0..facts.video.frames, facts, at, length, join, treatment });
        at += length;
    }
    if segments.is_empty() {
        return Err(LayProblem::Empty);
    }
    Ok(Timeline { size, rate, segments, music: None, chapters: Vec::new(), loudness: None, title: title.to_owned() })
}

/// How many frames at `rate` last as long as the clip, rounded to the nearest, at least one.
fn film_frames(video: &VideoFacts, rate: Rate) -> u64 {
    if video.rate == rate {
        return video.frames;
    }
    let exact = u128::from(video.frames) * u128::from(video.rate.den) * u128::from(rate.num);
    let unit = u128::from(video.rate.num) * u128::from(rate.den);
    u64::try_from((exact + unit / 2) / unit).unwrap_or(u64::MAX).max(1)
}

fn treatments(size: Size, rate: Rate, pieces: &[Piece]) -> Vec<Treatment> {
    let model = majority(size, rate, pieces);
    let own: Vec<Option<Reason>> = pieces.iter().map(|piece| obstacle(&piece.facts.video, size, rate, model)).collect();
    let Some(odd) = own.iter().position(Option::is_some) else {
        return vec![Treatment::Copy; pieces.len()];
    };
    let company = || Reason::Company(pieces[odd].shot.clone());
    own.into_iter().map(|reason| Treatment::Encode(reason.unwrap_or_else(company))).collect()
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
    if video.parameters.starts_with(LOOSE) {
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
