//! Stretches in which nothing is to be seen.

use super::FaultKind;
use super::fault::{ClipFault, stretches};
use super::picture::PictureLook;
use super::series::ClipLook;

/// A picture is black if all but a two hundredth of it is darker than this, of 219 levels above black.
///
/// ffmpeg's `blackdetect` asks for 98 % below 22 levels, and calls a night with one small light black.
const DARK: f32 = 13.0;

/// Black that lasts less than this is a blink, in seconds.
const LEAST: f32 = 0.25;

/// A fade at either end of a clip may leave it black for so long.
const AFTER_FADE: f32 = 1.0;

/// A step to black takes less than this, in seconds; a fade takes more.
const STEP: f32 = 0.3;

/// Black stretches; but not the black end of a fade at the beginning or the end of the clip.
pub(super) fn black(look: &ClipLook, end: f32) -> Vec<ClipFault> {
    let seen = &look.seen;
    let mut faults = Vec::new();
    for found in stretches(seen, |seen| seen.at, end, LEAST, |n| is_black(&seen[n].look)) {
        let from = seen[found.start].at;
        let until = seen.get(found.end).map_or(end, |seen| seen.at);
        let is_end = found.end == seen.len() && fades(look, found.start, -1);
        let is_beginning = found.start == 0 && fades(look, found.end - 1, 1);
        if (is_end || is_beginning) && until - from <= AFTER_FADE {
            continue;
        }
        faults.push(ClipFault::new(FaultKind::Black, from..until, 0.5 + (until - from) / 2.0));
    }
    faults
}

/// Whether nothing is to be seen in a picture.
pub(super) fn is_black(look: &PictureLook) -> bool {
    look.quantiles[4] < DARK
}

/// Whether the light goes to or comes from the black picture `at` slowly; `step` leads to the pictures that are seen.
fn fades(look: &ClipLook, at: usize, step: isize) -> bool {
    let mut light = look.seen[at].look.light;
    let mut place = at;
    while let Some(next) = place.checked_add_signed(step).and_then(|next| look.seen.get(next).map(|seen| (next, seen)))
    {
        // Once the light no longer rises by much, the fade is over.
        if next.1.look.light < light * 1.03 + 0.5 {
            break;
        }
        light = next.1.look.light;
        place = next.0;
    }
    (look.seen[place].at - look.seen[at].at).abs() > STEP
}
