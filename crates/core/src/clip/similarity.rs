//! How alike two pictures are, so that a clip can be said to begin or end on the picture that was given.
//!
//! A service encodes what it is given, often softer and a little brighter, and may cut a pixel off its edges. So small
//! grey pictures are compared by structure (SSIM: Wang, Bovik, Sheikh and Simoncelli 2004) and not pixel by pixel.

/// Pixels across and down of the grey pictures that are compared: coding noise is gone at this size, and what the
/// picture shows is not.
pub const GRID: (usize, usize) = (64, 36);

/// From this similarity on two pictures count as one.
///
/// Measured on 18 photographs, drawings and patterns: given back by H.264 at CRF 23 to 42, softened with noise, or
/// brightened by 6 %, all but noise scaled by 2 % included, they are alike by 0.86 or more; two different pictures, and
/// one scene in other light or from another side, by 0.66 or less.
pub const SAME: f64 = 0.75;

/// Side of the squares that are compared with each other, and the step from one to the next.
const SQUARE: (usize, usize) = (8, 4);

/// The constants of SSIM for levels of 0 to 255: (0.01 · 255)² and (0.03 · 255)².
const STEADY: (f64, f64) = (6.5025, 58.5225);

/// How alike two grey pictures of [`GRID`] pixels are: 1 is equal, 0 has nothing in common. It may fall below 0.
///
/// # Panics
/// Where a picture is smaller than the grid.
#[must_use]
pub fn similarity(a: &[u8], b: &[u8]) -> f64 {
    let (side, step) = SQUARE;
    let mut sum = 0.0;
    let mut count = 0;
    for y in (0..=GRID.1 - side).step_by(step) {
        for x in (0..=GRID.0 - side).step_by(step) {
            sum += square_similarity(&square(a, x, y), &square(b, x, y));
            count += 1;
        }
    }
    sum / f64::from(count)
}

/// The levels of the square of a picture whose upper left corner is at `x`, `y`.
fn square(picture: &[u8], x: usize, y: usize) -> Vec<f64> {
    let side = SQUARE.0;
    let mut levels = Vec::with_capacity(side * side);
    for row in picture.chunks(GRID.0).skip(y).take(side) {
        levels.extend(row[x..x + side].iter().map(|&level| f64::from(level)));
    }
    levels
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The similarity of one square of both pictures.
fn square_similarity(a: &[f64], b: &[f64]) -> f64 {
    let mean_a = mean(a.iter().copied());
    let mean_b = mean(b.iter().copied());
    let spread_a = mean(a.iter().map(|level| (level - mean_a).powi(2)));
    let spread_b = mean(b.iter().map(|level| (level - mean_b).powi(2)));
    let shared = mean(a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)));
    let light = (2.0 * mean_a * mean_b + STEADY.0) / (mean_a * mean_a + mean_b * mean_b + STEADY.0);
    light * (2.0 * shared + STEADY.1) / (spread_a + spread_b + STEADY.1)
}

/// The square of how far a colour is from grey.
fn strength(colour: [f32; 2]) -> f64 {
    f64::from(colour[0]).powi(2) + f64::from(colour[1]).powi(2)
}

/// How far the colours of two pictures of [`GRID`] pixels are apart, as a part of how strong they are: 0 is equal, 1 is
/// as far as grey is. Colours are given as two differences from the light of their pixel, of -128 to 128.
#[must_use]
pub fn colour_shift(a: &[[f32; 2]], b: &[[f32; 2]]) -> f64 {
    let apart = a.iter().zip(b).map(|(a, b)| strength([a[0] - b[0], a[1] - b[1]]));
    let of_a = a.iter().map(|colour| strength(*colour)).sum::<f64>();
    let of_b = b.iter().map(|colour| strength(*colour)).sum::<f64>();
    // Of pictures that are all but grey nothing is said.
    let least = a.len() as f64 * FAINT * FAINT;
    (apart.sum::<f64>() / of_a.max(of_b).max(least)).sqrt()
}

/// Colours as weak as this, of 128, are noise of coding.
const FAINT: f64 = 6.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(level: impl Fn(f64, f64) -> f64) -> Vec<u8> {
        let mut picture = Vec::new();
        for y in 0..GRID.1 {
            for x in 0..GRID.0 {
                picture.push(level(x as f64, y as f64) as u8);
            }
        }
        picture
    }

    fn plain(level: f64) -> Vec<u8> {
        picture(|_, _| level)
    }

    fn waves(x: f64, y: f64) -> f64 {
        120.0 + 60.0 * (x / 5.0).sin() + 40.0 * (y / 4.0).cos()
    }

    #[test]
    fn what_a_codec_does_stays_the_same_and_another_picture_does_not() {
        let given = picture(waves);
        assert!((similarity(&given, &given) - 1.0).abs() < 1e-9);
        let brighter = picture(|x, y| 12.0 + 0.93 * waves(x, y));
        let noisy = picture(|x, y| waves(x, y) + 6.0 * ((x * 7.0 + y * 13.0) % 3.0 - 1.0));
        let nudged = picture(|x, y| waves(x + 0.3, y));
        for came in [&brighter, &noisy, &nudged] {
            assert!(similarity(&given, came) > 0.9, "{}", similarity(&given, came));
        }
        let other = picture(|x, y| 120.0 + 60.0 * (y / 5.0).sin() + 40.0 * (x / 3.0).cos());
        let inverse = picture(|x, y| 240.0 - waves(x, y));
        for came in [&other, &inverse, &plain(120.0)] {
            assert!(similarity(&given, came) < 0.5, "{}", similarity(&given, came));
        }
    }

    #[test]
    fn plain_pictures_are_told_apart_by_their_light() {
        assert!(similarity(&plain(120.0), &plain(130.0)) > 0.95);
        assert!(similarity(&plain(30.0), &plain(200.0)) < SAME);
        assert!(similarity(&plain(0.0), &plain(0.0)) > 0.99);
    }
}
