//! How sharp a picture is.
//!
//! Light that steps from one pixel to the next makes a large second difference there; blurred, the same step has the same
//! height over more pixels and a small second difference. So the energy of second differences is related to that of
//! differences over twelve pixels (after Crete, Dolmiere, Ladret and Nicolas 2007, who relate a picture to its blurred
//! self; and Marziliano, Dufaux, Winkler and Ebrahimi 2002, who measure the width of edges). The sharpest of the strong
//! edges count: a picture in which anything is sharp is sharp, and one that is out of focus is so everywhere.

use super::picture::SampledPicture;

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

/// How sharp the edges of a picture are: the less the softer; `None` where
/// it has hardly any.
pub(super) fn sharpness(picture: SampledPicture<'_>) -> Option<f32> {
    let mut blocks = Vec::new();
    for row in picture.rows() {
        let mut start = REACH;
        while start + BLOCK + REACH <= row.len() {
            blocks.extend(block_sharpness(row, start));
            start += BLOCK;
        }
    }
    if blocks.len() < FEWEST {
        return None;
    }
    blocks.sort_by(f32::total_cmp);
    Some(blocks[blocks.len() * 4 / 5])
}

/// The sharpness of the block that begins at `start`, if it has an edge.
fn block_sharpness(row: &[u8], start: usize) -> Option<f32> {
    let mut fine = 0;
    let mut coarse = 0;
    for at in start..start + BLOCK {
        let here = i32::from(row[at]);
        let bend = 2 * here - i32::from(row[at - NEAR]) - i32::from(row[at + NEAR]);
        let rise = i32::from(row[at + REACH]) - i32::from(row[at - REACH]);
        fine += bend * bend;
        coarse += rise * rise;
    }
    let coarse = coarse as f32;
    (coarse > EDGE * BLOCK as f32).then(|| fine as f32 / coarse)
}
