//! Pictures that show the same, whatever their light.

use super::sampled::CELLS;

/// Side of the squares that are compared, in cells, and the step from one to the next.
const SQUARE: (usize, usize) = (8, 4);

/// The least variance that counts as structure, in levels squared.
const PLAIN: f32 = 9.0;

/// How alike the structure of two pictures is, from -1 to 1: the third factor of SSIM (Wang, Bovik, Sheikh and Simoncelli
/// 2004) alone, weighed by how much structure there is. Light and contrast may differ. `None` where both are plain.
pub(super) fn structure(a: &[u8], b: &[u8]) -> Option<f32> {
    shifted(a, b, 0, 0)
}

/// The structure that two pictures share where the second is the first, moved by so many cells.
pub(super) fn shifted(a: &[u8], b: &[u8], right: isize, down: isize) -> Option<f32> {
    let (side, step) = SQUARE;
    let mut shared = 0.0;
    let mut all = 0.0;
    for y in (0..=CELLS.1 - side).step_by(step) {
        for x in (0..=CELLS.0 - side).step_by(step) {
            let from = x.checked_add_signed(right).filter(|from| from + side <= CELLS.0);
            let below = y.checked_add_signed(down).filter(|below| below + side <= CELLS.1);
            if let Some(other) = from.zip(below) {
                let square = square(a, b, (x, y), other);
                shared += square.shared;
                all += square.weight;
            }
        }
    }
    (all > PLAIN).then(|| shared / all)
}

/// A square of both pictures.
struct Square {
    /// What they share, weighed.
    shared: f32,
    /// How much it weighs.
    weight: f32,
}

fn square(a: &[u8], b: &[u8], of_a: (usize, usize), of_b: (usize, usize)) -> Square {
    let mut sums = [0_i32; 5];
    for row in 0..SQUARE.0 {
        let from_a = (of_a.1 + row) * CELLS.0 + of_a.0;
        let from_b = (of_b.1 + row) * CELLS.0 + of_b.0;
        for column in 0..SQUARE.0 {
            let level_a = i32::from(a[from_a + column]);
            let level_b = i32::from(b[from_b + column]);
            sums[0] += level_a;
            sums[1] += level_b;
            sums[2] += level_a * level_a;
            sums[3] += level_b * level_b;
            sums[4] += level_a * level_b;
        }
    }
    let count = (SQUARE.0 * SQUARE.0) as f32;
    let [a, b, aa, bb, ab] = sums.map(|sum| sum as f32 / count);
    let spread_a = (aa - a * a).max(0.0).sqrt();
    let spread_b = (bb - b * b).max(0.0).sqrt();
    // Normalised square by square, so that light that differs in strength from place to place is no structure; weighed by
    // the larger spread, so that what is plain in both counts little.
    let weight = spread_a.max(spread_b);
    let correlation = (ab - a * b + PLAIN / 8.0) / (spread_a * spread_b + PLAIN / 8.0);
    Square { shared: correlation * weight, weight }
}
