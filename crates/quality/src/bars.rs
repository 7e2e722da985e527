//! Black bars that are not there all the time.

use super::FaultKind;
use super::fault::{ClipFault, stretches};
use super::picture::{Bars, PictureLook};
use super::series::ClipLook;

/// The least part of the height or the width that a bar takes at either side.
const LEAST: f32 = 0.025;

/// Bars that are there for less than this may be chance, in seconds.
const SHORTEST: f32 = 0.3;

/// Pictures darker than this say nothing of bars, in levels above black.
const UNLIT: f32 = 8.0;

/// Bars that come or go, or that the first frame which was given has not.
pub(super) fn bars(look: &ClipLook, end: f32, given: Option<&PictureLook>) -> Vec<ClipFault> {
    let mut faults = side(look, end, given.map(|given| given.bars.above), |bars| bars.above);
    faults.extend(side(look, end, given.map(|given| given.bars.side), |bars| bars.side));
    faults
}

fn side(look: &ClipLook, end: f32, given: Option<f32>, of: fn(&Bars) -> f32) -> Vec<ClipFault> {
    let seen = &look.seen;
    let lit = seen.iter().filter(|seen| seen.look.light > UNLIT);
    let least = lit.map(|seen| of(&seen.look.bars)).chain(given).fold(1.0, f32::min);
    let more = |n: usize| of(&seen[n].look.bars) - least;
    let mut faults = Vec::new();
    for found in stretches(seen, |seen| seen.at, end, SHORTEST, |n| more(n) >= LEAST) {
        let from = seen[found.start].at;
        let until = seen.get(found.end).map_or(end, |seen| seen.at);
        let widest = found.map(more).fold(0.0, f32::max);
        faults.push(ClipFault::new(FaultKind::Bars, from..until, 0.45 + 4.0 * widest));
    }
    faults
}
