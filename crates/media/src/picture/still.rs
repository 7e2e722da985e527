//! A still image as a shot: it moves slowly, on every frame.

use storyreel_core::timeline::Fit;
use storyreel_core::units::{Rate, Size};

use super::motion::{Sampler, Viewport};
use super::yuv::{Plane, YuvPicture};
use super::{PaintedClip, Still, plate};

/// How much larger than the frame the picture is kept, so that there is somewhere to move to.
const SPARE: f64 = 0.08;

/// How much finer than the frame the picture is kept. Between two samples of a picture as fine as the frame, detail is
/// half as strong as on them, so a slow move would make it pulse.
const FINE: f64 = 2.0;

/// A painted [`Still`].
pub(super) struct StillReel {
    size: Size,
    rate: Rate,
    frames: u64,
    source: YuvPicture,
    views: [Viewport; 2],
    sampler: Sampler,
    shown: YuvPicture,
    /// The frame in `shown`.
    painted: Option<u64>,
}

impl StillReel {
    pub(super) fn new(still: &Still) -> Self {
        let size = still.size;
        let large = Size::new(grown(size.width), grown(size.height));
        let image = if still.image.width() == 0 || still.image.height() == 0 {
            super::backdrop::draw(&still.seed, large)
        } else {
            match still.fit {
                Fit::Crop => plate::cover(&still.image, large).into_owned(),
                Fit::Letterbox => plate::whole(&[&still.image], large),
            }
        };
        let mut source = YuvPicture::from_rgb(&image);
        source.planes.iter_mut().for_each(soften);
        Self {
            size,
            rate: still.rate,
            frames: still.frames,
            source,
            views: views(&still.seed, still.fit, size, large),
            sampler: Sampler::default(),
            shown: YuvPicture::new(size),
            painted: None,
        }
    }
}

impl PaintedClip for StillReel {
    fn size(&self) -> Size {
        self.size
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn paint(&mut self, n: u64, out: &mut [u8]) {
        if self.painted != Some(n) {
            let last = self.frames.saturating_sub(1);
            let along = if last == 0 { 0.0 } else { n.min(last) as f64 / last as f64 };
            let [from, to] = self.views;
            let view = Viewport {
                x: (to.x - from.x).mul_add(along, from.x),
                y: (to.y - from.y).mul_add(along, from.y),
                step: (to.step - from.step).mul_add(along, from.step),
            };
            self.sampler.sample(&self.source, view, &mut self.shown);
            self.painted = Some(n);
        }
        self.shown.copy_rows(out, self.size, 0);
    }
}

/// A length of the frame as it is kept: larger, finer and even.
fn grown(side: u32) -> u32 {
    ((f64::from(side) * (1.0 + SPARE) * FINE / 2.0).round() as u32 * 2).max(2)
}

/// The mean of three samples, in which the middle one counts twice.
fn mean(before: u8, middle: u8, after: u8) -> u8 {
    ((u16::from(before) + 2 * u16::from(middle) + u16::from(after) + 2) / 4) as u8
}

/// Takes away what is finer than a frame can show, with the weights 1, 2, 1 across and down: moving, it would flicker.
fn soften(plane: &mut Plane) {
    let width = plane.width;
    let height = plane.height;
    let mut above = plane.data[..width].to_vec();
    for y in 0..height {
        let (row, rest) = plane.data[y * width..].split_at_mut(width);
        // Below the last row it repeats itself.
        let below = if rest.is_empty() { row.to_vec() } else { rest[..width].to_vec() };
        for ((pixel, above), below) in row.iter_mut().zip(&mut above).zip(below) {
            let kept = *pixel;
            *pixel = mean(*above, kept, below);
            *above = kept;
        }
        let mut before = row[0];
        for x in 0..width {
            let kept = row[x];
            row[x] = mean(before, kept, row[(x + 1).min(width - 1)]);
            before = kept;
        }
    }
}

/// A window of `size` in a larger picture.
struct WindowRoom {
    size: Size,
    large: Size,
}

impl WindowRoom {
    /// The window with `step` pixels to one of the frame; `x` and `y` place it within the room that is left: 0 at one edge,
    /// 1 at the other.
    fn view(&self, step: f64, x: f64, y: f64) -> Viewport {
        Viewport {
            x: (f64::from(self.large.width) - f64::from(self.size.width) * step) * x,
            y: (f64::from(self.large.height) - f64::from(self.size.height) * step) * y,
            step,
        }
    }
}

/// Where the move begins and ends: a push-in, a pull-out, or a pan with a slight push-in. What is to be seen whole is not
/// panned over.
fn views(seed: &[u8; 32], fit: Fit, size: Size, large: Size) -> [Viewport; 2] {
    let room = WindowRoom { size, large };
    let across = f64::from(large.width) / f64::from(size.width);
    let down = f64::from(large.height) / f64::from(size.height);
    let step = across.min(down);
    let whole = room.view(step, 0.5, 0.5);
    // Never pixel for pixel: there, all of the picture would grow sharp at once.
    let close = room.view(step / (1.0 + 0.9 * SPARE), 0.5, 0.5);
    let near = step / (1.0 + 0.65 * SPARE);
    let nearer = step / (1.0 + 0.9 * SPARE);
    let moves = if fit == Fit::Letterbox { 3 } else { 6 };
    match seed[0] % moves {
        0 | 1 => [whole, close],
        2 => [close, whole],
        3 => [room.view(near, 0.0, 0.5), room.view(nearer, 1.0, 0.5)],
        4 => [room.view(near, 1.0, 0.5), room.view(nearer, 0.0, 0.5)],
        _ => [room.view(near, 0.5, 1.0), room.view(nearer, 0.5, 0.0)],
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use image::{Rgb, RgbImage};

    use super::*;
    use crate::picture::yuv::frame_len;

    const SIZE: Size = Size::new(320, 180);

    /// Four seconds: the faster of the moves that stills make, and slower than a pixel a frame all the same.
    const FRAMES: u64 = 96;

    /// Pixels from crest to crest of the waves whose places are measured.
    const WAVE: f64 = 24.0;

    /// The luma of every frame of a still that shows `grey`, for one of the kinds of moves.
    fn moved(kind: u8, grey: impl Fn(u32, u32) -> u8) -> Vec<Vec<u8>> {
        let image = RgbImage::from_fn(346, 194, |x, y| Rgb([grey(x, y); 3]));
        let mut reel = StillReel::new(&Still {
            size: SIZE,
            rate: Rate::FILM,
            frames: FRAMES,
            image,
            fit: Fit::Crop,
            seed: [kind; 32],
        });
        let mut out = vec![0; frame_len(SIZE)];
        let mut frames = Vec::new();
        for n in 0..FRAMES {
            reel.paint(n, &mut out);
            frames.push(out[..(SIZE.width * SIZE.height) as usize].to_vec());
        }
        frames
    }

    #[test]
    fn a_photo_that_is_not_cropped_is_seen_whole_through_every_move() {
        // Green edges above and below a red photo that stands upright in a lying frame.
        let red = Rgb([200, 20, 20]);
        let green = Rgb([20, 200, 20]);
        let image = RgbImage::from_fn(400, 600, |_, y| if (20..580).contains(&y) { red } else { green });
        for kind in 0..6 {
            for (fit, is_whole) in [(Fit::Letterbox, true), (Fit::Crop, false)] {
                let image = image.clone();
                let mut reel =
                    StillReel::new(&Still { size: SIZE, rate: Rate::FILM, frames: 2, image, fit, seed: [kind; 32] });
                let mut out = vec![0; frame_len(SIZE)];
                for n in 0..2 {
                    reel.paint(n, &mut out);
                    let middle: Vec<u8> = (0..180).map(|y| out[y * 320 + 160]).collect();
                    // Green is lighter than red.
                    let above = middle[..60].iter().any(|luma| *luma > 110);
                    let below = middle[120..].iter().any(|luma| *luma > 110);
                    assert_eq!(above && below, is_whole, "{kind} {fit:?} {n}: {middle:?}");
                }
            }
        }
    }

    /// How far around a point waves are looked at, in pixels.
    const REACH: usize = 24;

    /// For every distance from the point: its weight, and the cosine and sine of the wave there.
    fn kernel() -> Vec<[f64; 3]> {
        let mut kernel = Vec::new();
        for n in 0..=2 * REACH {
            let distance = n as f64 - REACH as f64;
            let weight = (TAU * distance / (4 * REACH) as f64).cos().powi(2);
            let angle = TAU * distance / WAVE;
            kernel.push([weight, angle.cos(), angle.sin()]);
        }
        kernel
    }

    /// The height of the waves at a pixel.
    fn wave(at: u32) -> f64 {
        50.0 * (TAU * f64::from(at) / WAVE).sin()
    }

    /// How far a wave moved along `axis`: from frame to frame by less than half of itself.
    fn moved_by(pair: &[[f64; 2]], axis: usize) -> f64 {
        (pair[1][axis] - pair[0][axis] + 1.5 * WAVE) % WAVE - WAVE / 2.0
    }

    /// Noise, the same everywhere.
    fn noise(x: u32, y: u32) -> u8 {
        let mixed = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
        64 + (mixed >> 25) as u8
    }

    /// Where the waves around a point stand, across and down, in pixels: by their phase.
    fn place(luma: &[u8], (left, top): (usize, usize), kernel: &[[f64; 3]]) -> [f64; 2] {
        let mut sums = [[0.0; 2]; 2];
        for (row, down) in luma.chunks(SIZE.width as usize).skip(top - REACH).zip(kernel) {
            for (&level, across) in row[left - REACH..].iter().zip(kernel) {
                let level = (f64::from(level) - 126.0) * down[0] * across[0];
                for (sum, wave) in sums.iter_mut().zip([across, down]) {
                    sum[0] += level * wave[1];
                    sum[1] += level * wave[2];
                }
            }
        }
        sums.map(|[cos, sin]| sin.atan2(cos) * WAVE / TAU)
    }

    #[test]
    fn a_slow_move_is_smooth_to_a_fraction_of_a_pixel() {
        let kernel = kernel();
        for kind in 0..6 {
            let frames = moved(kind, |x, y| (128.0 + wave(x) + wave(y)) as u8);
            let mut farthest = 0.0_f64;
            for point in [(60, 40), (160, 90), (260, 140)] {
                let places: Vec<[f64; 2]> = frames.iter().map(|luma| place(luma, point, &kernel)).collect();
                for axis in 0..2 {
                    let steps: Vec<f64> = places.windows(2).map(|pair| moved_by(pair, axis)).collect();
                    let jerk = steps.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
                    assert!(jerk < 0.03, "move {kind} at {point:?}: it jerks by {jerk:.3} pixels");
                    farthest = farthest.max(steps.iter().sum::<f64>().abs());
                }
            }
            assert!(farthest > 4.0, "move {kind}: nothing moves further than {farthest:.1} pixels");
        }
    }

    #[test]
    fn detail_does_not_pulse_as_it_moves() {
        // What changes from frame to frame is the sampling.
        for kind in 0..6 {
            let sharpness: Vec<f64> = moved(kind, noise)
                .iter()
                .map(|luma| {
                    let rows = luma.chunks(SIZE.width as usize);
                    rows.flat_map(|row| row.windows(2)).map(|pair| f64::from(pair[0].abs_diff(pair[1])).powi(2)).sum()
                })
                .collect();
            let change = sharpness.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).abs()).fold(0.0, f64::max);
            let (least, most) =
                sharpness.iter().fold((f64::MAX, 0.0_f64), |(least, most), s| (least.min(*s), most.max(*s)));
            assert!(change < 0.05 && most < 1.5 * least, "move {kind}: {change:.3}, {least:.0} to {most:.0}");
        }
    }
}
