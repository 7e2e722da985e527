//! Another shot that begins inside a clip: at once, or by a dissolve.
//!
//! Two shots are two pictures that show unlike things, before and after, and between them nothing (a cut) or mixtures of
//! both (a dissolve, whose frames are sums of the two: Fernando, Canagarajah and Bull 1999). A camera that whips shows what
//! it passes: pictures that are neither, and that the camera's movement explains.

use std::ops::Range;

use super::FaultKind;
use super::fault::ClipFault;
use super::sampled::CELLS;
use super::series::{ClipLook, Seen};
use super::similar::{shifted, structure};

/// Pictures that share less structure than this show unlike things.
const UNLIKE: f32 = 0.4;

/// Pictures of one shot share this much more with their neighbours than those at a cut.
const LEAP: f32 = 0.25;

/// What two pictures share where one is the other, moved.
const MOVED: f32 = 0.62;

/// The longest dissolve, in seconds.
const LONGEST: f32 = 2.2;

/// The least spread of light that makes a picture more than plain: a fade is no dissolve.
const PLAIN: f32 = 4.0;

/// How strong the contrast of one shot may be, as a part of that of the other: beyond it, one is fading.
const CONTRAST: Range<f32> = 0.2..5.0;

/// What is left of a picture between two shots once the best mixture of both is taken off it, as a part of how far the
/// shots are from each other.
const REST: f32 = 0.06;

/// Cuts and dissolves.
pub(super) fn cuts(look: &ClipLook) -> Vec<ClipFault> {
    let seen = &look.seen;
    let alike: Vec<f32> = seen.windows(2).map(|two| alike(&two[0], &two[1])).collect();
    let mut faults = Vec::new();
    let mut at = 0;
    while at < alike.len() {
        let found = if is_cut(seen, &alike, at) { Some(at + 1) } else { dissolve_end(seen, &alike, at) };
        if let Some(end) = found {
            faults.push(ClipFault::new(FaultKind::Cut, seen[at].at..seen[end].at, 1.0));
            at = end;
        } else {
            at += 1;
        }
    }
    faults
}

/// How much structure two pictures share; all of it where there is none.
fn alike(a: &Seen, b: &Seen) -> f32 {
    structure(&a.look.cells, &b.look.cells).unwrap_or(1.0)
}

/// Whether another shot begins right behind picture `at`.
fn is_cut(seen: &[Seen], alike: &[f32], at: usize) -> bool {
    let here = alike[at];
    if here > UNLIKE || is_plain(&seen[at]) || is_plain(&seen[at + 1]) {
        return false;
    }
    let before = at.checked_sub(1).map_or(1.0, |before| alike[before]);
    let after = alike.get(at + 1).copied().unwrap_or(1.0);
    if before.min(after) < here + LEAP {
        return false;
    }
    !returns(seen, at, at + 1) && !is_moved(&seen[at], &seen[at + 1])
}

/// Whether what is seen before `from` comes again soon after `to`: something passed.
fn returns(seen: &[Seen], from: usize, to: usize) -> bool {
    let earlier = &seen[from];
    let soon = seen[to + 1..].iter().take_while(|later| later.at - seen[to].at < 0.35);
    soon.into_iter().any(|later| alike(earlier, later) > UNLIKE + LEAP)
}

/// Whether one picture is the other, seen by a camera that turned.
fn is_moved(a: &Seen, b: &Seen) -> bool {
    let across = CELLS.0.cast_signed() * 5 / 8;
    let down = CELLS.1.cast_signed() / 2;
    let mut most = 0.0_f32;
    for y in (-down..=down).step_by(2) {
        for x in -across..=across {
            most = most.max(shifted(&a.look.cells, &b.look.cells, x, y).unwrap_or_default());
        }
    }
    most > MOVED
}

fn is_plain(seen: &Seen) -> bool {
    spread(&seen.look.cells) < PLAIN
}

fn spread(cells: &[u8]) -> f32 {
    let mean = mean(cells);
    let squares = cells.iter().map(|level| (f32::from(*level) - mean).powi(2));
    (squares.sum::<f32>() / cells.len() as f32).sqrt()
}

/// The first picture of another shot into which picture `at` dissolves.
fn dissolve_end(seen: &[Seen], alike_next: &[f32], at: usize) -> Option<usize> {
    if is_plain(&seen[at]) || alike_next[at] > 0.985 {
        return None;
    }
    let strength = spread(&seen[at].look.cells);
    for end in at + 2..seen.len() {
        if seen[end].at - seen[at].at > LONGEST {
            return None;
        }
        // One picture between tells most of what is no dissolve, and costs least.
        let middle = &seen[usize::midpoint(at, end)].look.cells;
        if mixture(&seen[at].look.cells, middle, &seen[end].look.cells).rest > REST {
            continue;
        }
        let contrast = spread(&seen[end].look.cells) / strength;
        if is_plain(&seen[end]) || !CONTRAST.contains(&contrast) || alike(&seen[at], &seen[end]) > UNLIKE {
            continue;
        }
        if is_mixture(&seen[at..=end]) {
            return Some(whole_dissolve(seen, at, end));
        }
    }
    None
}

/// The last picture up to which the dissolve goes on.
fn whole_dissolve(seen: &[Seen], at: usize, mut end: usize) -> usize {
    while end + 1 < seen.len() && seen[end + 1].at - seen[at].at <= LONGEST && is_mixture(&seen[at..=end + 1]) {
        end += 1;
    }
    end
}

/// Whether the pictures between the first and the last are mixtures of both, with more and more of the last.
fn is_mixture(seen: &[Seen]) -> bool {
    let [first, between @ .., last] = seen else { return false };
    let mut parts = Vec::new();
    for picture in between {
        let mixture = mixture(&first.look.cells, &picture.look.cells, &last.look.cells);
        if mixture.rest > REST {
            return false;
        }
        parts.push(mixture.part);
    }
    let rises = parts.windows(2).all(|two| two[1] > two[0] - 0.04);
    let mixed = parts.iter().filter(|part| (0.12..0.88).contains(*part)).count();
    rises && mixed >= 1 && mixed * 2 >= parts.len()
}

/// A picture as a mixture of two others.
struct Mixture {
    /// How much of the second is in it.
    part: f32,
    /// The square of what is neither, as a part of the square by which the two differ.
    rest: f32,
}

fn mixture(first: &[u8], picture: &[u8], last: &[u8]) -> Mixture {
    // Without their mean light: a fade changes that alone, and whatever moves in it would pass for a mixture.
    let light = [first, picture, last].map(mean);
    let mut along = 0.0;
    let mut whole = 0.0;
    let mut apart = 0.0;
    for ((a, x), b) in first.iter().zip(picture).zip(last) {
        let here = f32::from(*a) - light[0];
        let way = f32::from(*b) - light[2] - here;
        let gone = f32::from(*x) - light[1] - here;
        along += way * gone;
        whole += way * way;
        apart += gone * gone;
    }
    let whole = whole.max(1.0);
    // The squares of the best mixture's distance from the first, and of what is left, add up.
    Mixture { part: along / whole, rest: (apart - along * along / whole).max(0.0) / whole }
}

fn mean(cells: &[u8]) -> f32 {
    cells.iter().map(|level| u32::from(*level)).sum::<u32>() as f32 / cells.len() as f32
}
