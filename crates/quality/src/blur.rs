//! Pictures that are softer than the first.

use super::FaultKind;
use super::fault::{ClipFault, stretches};
use super::picture::PictureLook;
use super::series::ClipLook;
use super::similar::structure;

/// A picture is soft if its detail is below this part of the first one's.
const SOFT: f32 = 0.55;

/// A camera that moves or a thing that passes blurs for less than this, in seconds.
const LEAST: f32 = 0.7;

/// Pictures that share less structure with the first show something else.
const SAME: f32 = 0.6;

/// The pictures at the beginning whose detail stands for the clip's own, in seconds.
const BEGINNING: f32 = 0.35;

/// Pictures that are softer than the frame that was given, or else than those at the beginning.
pub(super) fn blur(look: &ClipLook, end: f32, given: Option<&PictureLook>) -> Vec<ClipFault> {
    let seen = &look.seen;
    let beginning = seen.iter().filter(|seen| seen.at < BEGINNING).filter_map(|seen| seen.look.detail);
    let own = middle(beginning.collect());
    let given = given.and_then(|given| given.detail);
    let Some(sharp) = [own, given].into_iter().flatten().reduce(f32::max) else { return Vec::new() };
    let part = |n: usize| seen[n].look.detail.map(|detail| detail / sharp);
    let first = &seen[0].look.cells;
    // Where something else is seen, its detail says nothing of the first picture's.
    let is_comparable = |n: usize| structure(first, &seen[n].look.cells).is_some_and(|alike| alike > SAME);
    let is_soft = |n: usize| part(n).is_some_and(|part| part < SOFT) && is_comparable(n);
    let mut faults = Vec::new();
    for found in stretches(seen, |seen| seen.at, end, LEAST, is_soft) {
        // What gets sharp again was out of focus for a while: a choice.
        if found.end < seen.len() {
            continue;
        }
        let from = seen[found.start].at;
        let softest = found.filter_map(part).fold(1.0, f32::min);
        faults.push(ClipFault::new(FaultKind::Blur, from..end, 0.25 + (SOFT - softest) * 1.8));
    }
    faults
}

/// The value in the middle.
pub(super) fn middle(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}
