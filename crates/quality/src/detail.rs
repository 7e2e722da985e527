//! How sharp a picture is.
//!
//! Light that steps from one pixel to the next makes a large second difference there; blurred, the same step has the same
//! height over more pixels and a small second difference. So the energy of second differences is related to that of
//! differences over twelve pixels (after Crete, Dolmiere, Ladret and Nicolas 2007, who relate a picture to its blurred
//! self; and Marziliano, Dufaux, Winkler and Ebrahimi 2002, who measure the width of edges). Only where there are edges:
//! grain on plain areas is sharp at any focus.

use super::sampled::SampledPicture;

/// Columns of a block.
const BLOCK: usize = 32;

/// Pixels to either side over which an edge is bent, if it is sharp. One would depend on how the edge falls between pixels.
const NEAR: usize = 2;

/// Pixels to either side over which the height of an edge is measured.
const REACH: usize = 6;

/// The least mean square of differences of a block that has an edge: steps of 16 levels over a third of it.
const EDGE: f32 = 80.0;

/// Fewer blocks with edges than this say nothing.
const FEWEST: usize = 24;

/// How sharp the edges of a picture are, the less the softer; `None` where it has hardly any.
pub(super) fn sharpness(picture: SampledPicture<'_>) -> Option<f32> {
    let mut count = 0;
    let mut bends = 0.0;
    let mut rises = 0.0;
    for row in picture.rows() {
        let mut start = REACH;
        while start + BLOCK + REACH <= row.len() {
            let block = energy(row, start);
            if block.rises > EDGE * BLOCK as f32 {
                count += 1;
                bends += block.bends;
                rises += block.rises;
            }
            start += BLOCK;
        }
    }
    (count >= FEWEST).then(|| bends / rises)
}

/// Sums of squares over a block.
struct Energy {
    /// Of second differences.
    bends: f32,
    /// Of differences.
    rises: f32,
}

/// The energy of the block that begins at `start`; none where it is not whole.
fn energy(row: &[u8], start: usize) -> Energy {
    // Of known length, so that the compiler computes many columns at once.
    let block = |from: usize| row.get(from..).and_then(<[u8]>::first_chunk::<BLOCK>);
    let columns = [start, start - NEAR, start + NEAR, start - REACH, start + REACH].map(block);
    let [Some(here), Some(left), Some(right), Some(before), Some(behind)] = columns else {
        return Energy { bends: 0.0, rises: 0.0 };
    };
    let mut bends = 0;
    let mut rises = 0;
    for at in 0..BLOCK {
        let bend = 2 * i32::from(here[at]) - i32::from(left[at]) - i32::from(right[at]);
        let rise = i32::from(behind[at]) - i32::from(before[at]);
        bends += bend * bend;
        rises += rise * rise;
    }
    Energy { bends: bends as f32, rises: rises as f32 }
}
