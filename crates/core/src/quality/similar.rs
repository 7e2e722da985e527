//! Pictures that show the same, whatever their light.

use super::picture::CELLS;

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
pub(super) fn shifted(a: &[u8], b: &[u8], right: i32, down: i32) -> Option<f32> {
    let (side, step) = SQUARE;
    let mut shared = 0.0;
    let mut all = 0.0;
    for y in (0..=CELLS.1 - side).step_by(step) {
        for x in (0..=CELLS.0 - side).step_by(step) {
            let other = (x as i32 + right, y as i32 + down);
            let inside = other.0 >= 0
                && other.1 >= 0
                && other.0 as usize + side <= CELLS.0
                && other.1 as usize + side <= CELLS.1;
            if inside {
                let (covariance, weight) = square(a, b, (x, y), (other.0 as usize, other.1 as usize));
                shared += covariance;
                all += weight;
            }
        }
    }
    (all > PLAIN).then(|| shared / all)
}

/// The covariance of a square of both pictures, and the mean of its variances.
fn square(a: &[u8], b: &[u8], of_a: (usize, usize), of_b: (usize, usize)) -> (f32, f32) {
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
    // the weaker spread, so that what is plain in one of them counts little.
    let weight = spread_a.max(spread_b);
    let correlation = (ab - a * b + PLAIN / 8.0) / (spread_a * spread_b + PLAIN / 8.0);
    (correlation * weight, weight)
}
