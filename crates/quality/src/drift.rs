//! Light, colour, contrast and detail against the head of a chain of shots.

use super::FaultKind;
use super::blur::middle;
use super::fault::ClipFault;
use super::picture::PictureLook;
use super::series::ClipLook;

/// The end of a clip is what the next shot of the chain starts on, in seconds.
const END: f32 = 0.6;

/// Levels by which the colour differences may move.
const COLOUR: f32 = 4.5;

/// Levels by which the light in the middle of the picture's tones may move. Shots of one scene differ by up to 18
/// (`zenstory-ai/drama-skills`: matched, flagged above 20).
const LIGHT: f32 = 20.0;

/// By what factor the range of tones may get wider or narrower.
const RANGE: f32 = 1.28;

/// By what factor detail may change.
const DETAIL: f32 = 2.2;

/// How far the end of a clip is from the head of its chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drift {
    /// Levels between the middle tones.
    pub(super) light: f32,
    /// Levels between the mean colours.
    pub(super) colour: f32,
    /// The range of tones as a part of that of the head.
    pub(super) range: f32,
    /// The detail as a part of that of the head.
    pub(super) detail: f32,
}

/// How far the last pictures are from `head`.
pub(super) fn drift(look: &ClipLook, head: &PictureLook, end: f32) -> Option<Drift> {
    let last: Vec<&PictureLook> = look.seen.iter().filter(|seen| seen.at >= end - END).map(|seen| &seen.look).collect();
    let last = if last.is_empty() { vec![&look.seen.last()?.look] } else { last };
    let of = |value: fn(&PictureLook) -> f32| middle(last.iter().map(|look| value(look)).collect());
    let blue = of(|look| look.colour[0])? - head.colour[0];
    let red = of(|look| look.colour[1])? - head.colour[1];
    let range = |look: &PictureLook| (look.quantiles[3] - look.quantiles[1]).max(4.0);
    let light = |look: &PictureLook| look.light;
    let detail = middle(last.iter().filter_map(|look| look.detail).collect());
    Some(Drift {
        light: of(light)? - light(head),
        colour: blue.hypot(red),
        range: of(range)? / range(head),
        detail: detail.zip(head.detail).map_or(1.0, |(now, then)| now / then),
    })
}

/// What has drifted too far.
pub(super) fn drifted(look: &ClipLook, head: &PictureLook, end: f32) -> Vec<ClipFault> {
    let Some(drift) = drift(look, head, end) else { return Vec::new() };
    let part = |size: f32, limit: f32| size / limit;
    let colour = part(drift.colour, COLOUR).max(part(drift.light.abs(), LIGHT));
    let widened = part(drift.range.ln().abs(), RANGE.ln());
    let softened = part(drift.detail.ln().abs(), DETAIL.ln());
    let kinds = [(FaultKind::ColourDrift, colour), (FaultKind::StructureDrift, widened.max(softened))];
    let over = kinds.into_iter().filter(|(_, size)| *size > 1.0);
    over.map(|(kind, size)| ClipFault::new(kind, 0.0..end, 0.25 * size)).collect()
}
