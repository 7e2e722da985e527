//! Stretches in which nothing moves, not even grain.

use super::FaultKind;
use super::black::is_black;
use super::fault::{ClipFault, stretches};
use super::series::ClipLook;

/// Up to so many levels the pixels of blocks that change most differ by coding alone.
///
/// ffmpeg's `freezedetect` takes the mean over all pixels, 0.26 levels at its default of -60 dB and 1.4 at the -45 dB that
/// `finalde/spec_coding` found in generated clips; a small thing that moves before a still background has less than that.
const STILL: f32 = 1.4;

/// The changes, mean and most, up to which a picture is the same but for a keyframe, which is coded anew.
const RENEWED: (f32, f32) = (2.2, 5.0);

/// A clip that rests for less than this slows down or starts, in seconds.
const LEAST: f32 = 0.55;

/// Stretches in which every picture is the one before; black ones are another matter.
pub(super) fn frozen(look: &ClipLook, end: f32) -> Vec<ClipFault> {
    let seen = &look.seen;
    let is_still = |n: usize| n > 0 && seen[n].change.most < STILL;
    // One picture that is coded anew between still ones is still.
    let rests = |n: usize| {
        let change = seen[n].change;
        let is_renewed = n > 1 && change.mean < RENEWED.0 && change.most < RENEWED.1;
        is_still(n) || is_renewed && is_still(n - 1) && (n + 1 == seen.len() || is_still(n + 1))
    };
    let mut faults = Vec::new();
    // What rests begins with the picture before the first that is the same.
    let begins = |n: usize| rests(n) || n + 1 < seen.len() && rests(n + 1);
    for found in stretches(seen, |seen| seen.at, end, LEAST, begins) {
        let from = seen[found.start].at;
        // The first picture that moves again is seen only after it moved.
        let until = seen.get(found.end).map_or(end, |seen| seen.at);
        let is_black = seen[found].iter().any(|seen| is_black(&seen.look));
        if !is_black {
            faults.push(ClipFault::new(FaultKind::Frozen, from..until, 0.35 + 0.4 * (until - from)));
        }
    }
    faults
}
