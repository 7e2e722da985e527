//! The progress bar along the upper edge of the panel.

use storyreel_core::units::Size;

use super::canvas::Rgb;
use super::canvas::{ACCENT, even};
use super::yuv::{self, split};

/// What is still to come.
const TRACK: Rgb = [0x2b, 0x2f, 0x37];

/// The bar's height in pixels: even, at least two.
pub(super) fn height(unit: f32) -> usize {
    (even(4.0 * unit) as usize).max(2)
}

/// Draws the bar at rows `top` to `top + height` of the frame: frame `n` of `frames` is being shown.
pub(super) fn show(out: &mut [u8], size: Size, top: usize, height: usize, n: u64, frames: u64) {
    let width = size.width as usize;
    let done = ((n + 1).min(frames) as u128 * width as u128 / u128::from(frames.max(1))) as usize;
    let height = height.min((size.height as usize).saturating_sub(top));
    let colours = [ACCENT, TRACK].map(|rgb| {
        let (blue, red) = yuv::chroma_of(rgb.map(|c| 4 * i32::from(c)));
        [yuv::luma_of(rgb), blue, red]
    });
    for (plane, (data, stride)) in split(out, size).into_iter().enumerate() {
        let part = if plane == 0 { 1 } else { 2 };
        for row in data[top / part * stride..][..height / part * stride].chunks_exact_mut(stride.max(1)) {
            let (left, right) = row.split_at_mut(done / part);
            left.fill(colours[0][plane]);
            right.fill(colours[1][plane]);
        }
    }
}
