//! A window that moves over a picture: sub-pixel resampling in fixed point, in loops a compiler can vectorise.
//!
//! Samples are lifted to 8.6 bits, so every product fits the high half of a 16-bit multiplication; weights have 15
//! bits, so a slow move shifts each pixel a little in every step and never jumps.

use super::yuv::{Plane, YuvPicture};

/// The part of a source picture that fills the output: its corner and the source pixels to one output pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Viewport {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) step: f64,
}

impl Viewport {
    /// The view that shows the source pixel for pixel.
    pub(super) const WHOLE: Self = Self { x: 0.0, y: 0.0, step: 1.0 };

    /// The view that magnifies `scale` times around the middle of a `width` by `height` picture.
    pub(super) fn zoom(width: usize, height: usize, scale: f64) -> Self {
        let step = 1.0 / scale;
        Self { x: width as f64 * (1.0 - step) / 2.0, y: height as f64 * (1.0 - step) / 2.0, step }
    }
}

/// Resamples through a view; keeps its tables and rows between frames.
#[derive(Default)]
pub(super) struct Sampler {
    columns: Axis,
    rows: Axis,
    blend: Vec<i16>,
}

impl Sampler {
    /// Fills `out` with what `view` shows of `source`.
    pub(super) fn sample(&mut self, source: &YuvPicture, view: Viewport, out: &mut YuvPicture) {
        if view == Viewport::WHOLE && source.planes[0].data.len() == out.planes[0].data.len() {
            out.clone_from(source);
            return;
        }
        for (n, (from, to)) in source.planes.iter().zip(&mut out.planes).enumerate() {
            // Chroma planes are half as large; the pixels to a pixel stay the same.
            let part = if n == 0 { 1.0 } else { 0.5 };
            self.plane(from, Viewport { x: view.x * part, y: view.y * part, step: view.step }, to);
        }
    }

    fn plane(&mut self, from: &Plane, view: Viewport, to: &mut Plane) {
        if from.data.is_empty() || to.data.is_empty() {
            return;
        }
        self.columns.aim(view.x, view.step, from.width, to.width);
        self.rows.aim(view.y, view.step, from.height, to.height);
        self.blend.resize(from.width + 1, 0);
        for (n, row) in to.data.chunks_exact_mut(to.width).enumerate() {
            let y = self.rows.index[n];
            let weight = self.rows.weight[n];
            let below = (y + 1).min(from.height - 1);
            blend_rows(from.row(y), from.row(below), weight, &mut self.blend);
            self.blend[from.width] = self.blend[from.width - 1];
            for &(start, end, first) in &self.columns.runs {
                let span = end - start;
                let weights = &self.columns.weight[start..end];
                blend_columns(&self.blend[first..][..=span], weights, &mut row[start..end]);
            }
        }
    }
}

/// For each output position along one axis: the source sample before it and the share of the one after it.
#[derive(Default)]
struct Axis {
    index: Vec<usize>,
    /// 0 to 32767 for 0 to 1.
    weight: Vec<i16>,
    /// Stretches (start, end, first source index) in which the source index grows by one with each output position.
    runs: Vec<(usize, usize, usize)>,
}

impl Axis {
    fn aim(&mut self, corner: f64, step: f64, from: usize, to: usize) {
        self.index.clear();
        self.weight.clear();
        self.runs.clear();
        for n in 0..to {
            let at = ((n as f64 + 0.5).mul_add(step, corner) - 0.5).clamp(0.0, (from - 1) as f64);
            let index = at as usize;
            self.index.push(index);
            self.weight.push(((at - index as f64) * 32_767.0) as i16);
            match self.runs.last_mut() {
                Some((start, end, first)) if *first + (n - *start) == index => *end = n + 1,
                _ => self.runs.push((n, n + 1, index)),
            }
        }
    }
}

/// `out[i]` = `top[i]` towards `bottom[i]`, in 1/64 of a level.
fn blend_rows(top: &[u8], bottom: &[u8], weight: i16, out: &mut [i16]) {
    for ((&a, &b), out) in top.iter().zip(bottom).zip(out) {
        let a = i16::from(a);
        let b = i16::from(b);
        *out = (a << 6).wrapping_add(high_half((b - a) << 7, weight));
    }
}

/// `out[i]` = `row[i]` towards `row[i + 1]`, rounded to whole levels.
fn blend_columns(row: &[i16], weights: &[i16], out: &mut [u8]) {
    let after = &row[1..];
    for (((&a, &b), &weight), out) in row.iter().zip(after).zip(weights).zip(out) {
        *out = (a.wrapping_add(high_half((b.wrapping_sub(a)) << 1, weight)).wrapping_add(32) >> 6) as u8;
    }
}

/// The high 16 bits of the product: one instruction on every processor with vectors.
fn high_half(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> 16) as i16
}

#[cfg(test)]
mod tests {
    use image::RgbImage;
    use storyreel_core::units::Size;

    use super::*;

    fn ramp(size: Size) -> YuvPicture {
        YuvPicture::from_rgb(&RgbImage::from_fn(size.width, size.height, |x, y| {
            image::Rgb([(x * 3) as u8, (y * 5) as u8, (x + y) as u8])
        }))
    }

    #[test]
    fn a_whole_view_is_exact_and_the_slow_path_agrees_with_it() {
        let source = ramp(Size::new(62, 34));
        let mut fast = YuvPicture::new(Size::new(62, 34));
        let mut slow = fast.clone();
        Sampler::default().sample(&source, Viewport::WHOLE, &mut fast);
        Sampler::default().sample(&source, Viewport { x: 1e-12, ..Viewport::WHOLE }, &mut slow);
        for n in 0..3 {
            assert!(fast.planes[n].data == source.planes[n].data);
            assert!(slow.planes[n].data == source.planes[n].data);
        }
    }

    #[test]
    fn half_way_between_two_samples_is_their_mean() {
        let mut across = [0; 2];
        let mut down = [0; 1];
        blend_columns(&[0, 100 << 6, 200 << 6], &[16_384, 16_384], &mut across);
        assert_eq!(across, [50, 150]);
        blend_rows(&[255], &[0], 16_384, &mut down);
        assert!((down[0] - (127 << 6) - 32).abs() <= 1, "{down:?}");
    }

    #[test]
    fn views_beyond_the_edges_repeat_them() {
        let source = ramp(Size::new(16, 16));
        let mut out = YuvPicture::new(Size::new(8, 8));
        Sampler::default().sample(&source, Viewport { x: -100.0, y: 400.0, step: 3.0 }, &mut out);
        assert_eq!(out.planes[0].data[0], source.planes[0].row(15)[0]);
    }
}
