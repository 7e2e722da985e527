//! The running timecode. Every digit has a cell of its own, so nothing moves but the digits that change.

use image::RgbImage;
use storyreel_core::units::{Rate, Size};

use super::Sheet;
use super::canvas::{GROUND, Rgb, even};
use super::fonts::FontLibrary;
use super::typeset::{Block, Face, InkSpan};
use super::yuv::YuvPicture;

/// Size and colours of the digits.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) size: f32,
    pub(super) now: Rgb,
    pub(super) total: Rgb,
}

/// A painted clock: its digits, and where in the panel they go.
pub(super) struct Clock {
    rate: Rate,
    digits: Vec<YuvPicture>,
    /// Left edges of the cells of the running time, one for each character of it.
    cells: Vec<usize>,
    top: usize,
}

impl Clock {
    /// Draws what stands still, right-aligned at `right`; lines of type of size `line` begin at `top`, even.
    pub(super) fn paint(
        fonts: &mut FontLibrary,
        image: &mut RgbImage,
        sheet: &Sheet,
        format: Format,
        (right, top, line): (f32, f32, f32),
    ) -> Self {
        let total = timecode(sheet.rate, sheet.frames.saturating_sub(1));
        let (wide, narrow) = cell_widths(fonts, format);
        let text = format!("{total} / {total}");
        let advance = |c: char| if c.is_ascii_digit() { wide } else { narrow };
        let mut at = (right as i32 & !1) - text.chars().map(|c| advance(c).cast_signed()).sum::<i32>();
        let mut cells = Vec::new();
        for (n, c) in text.chars().enumerate() {
            let running = n < total.len();
            if running {
                cells.push(at.max(0) as usize & !1);
            }
            if !running || !c.is_ascii_digit() {
                let colour = if running { format.now } else { format.total };
                centred(fonts, image, (c, colour), format.size, (at as f32, top, advance(c) as f32, line));
            }
            at += advance(c).cast_signed();
        }
        let digits = ('0'..='9').map(|digit| {
            let height = even(format.size * 1.2).max(2.0);
            let mut cell = RgbImage::from_pixel(wide, height as u32, image::Rgb(GROUND));
            let shift = cell_shift(line, height);
            centred(fonts, &mut cell, (digit, format.now), format.size, (0.0, -shift, wide as f32, line));
            YuvPicture::from_rgb(&cell)
        });
        let digits: Vec<YuvPicture> = digits.collect();
        let height = even(format.size * 1.2).max(2.0);
        Self { rate: sheet.rate, digits, cells, top: (top + cell_shift(line, height)).max(0.0) as usize & !1 }
    }

    /// The left edge of the clock in pixels.
    pub(super) fn left(&self) -> f32 {
        self.cells.first().map_or(0.0, |&at| at as f32)
    }

    /// Writes the time at which frame `n` begins into a frame whose panel begins at row `panel`.
    pub(super) fn show(&self, n: u64, out: &mut [u8], size: Size, panel: usize) {
        for (c, &left) in timecode(self.rate, n).chars().zip(&self.cells) {
            let Some(cell) = c.to_digit(10).and_then(|digit| self.digits.get(digit as usize)) else { continue };
            let [luma, ..] = &cell.planes;
            let top = panel + self.top;
            if left + luma.width <= size.width as usize && top + luma.height <= size.height as usize {
                cell.copy_at(out, size, left, top);
            }
        }
    }

    /// The rectangle that changes: left, top in the panel, width, height.
    #[cfg(test)]
    pub(super) fn area(&self) -> [usize; 4] {
        let [luma, ..] = &self.digits[0].planes;
        let left = self.cells[0];
        [left, self.top, self.cells[self.cells.len() - 1] + luma.width - left, luma.height]
    }
}

/// How far below the line's top the cell of a digit begins; even.
fn cell_shift(line: f32, height: f32) -> f32 {
    even((line * 1.36 - height) / 2.0)
}

/// Even widths for a digit and for what stands between digits.
fn cell_widths(fonts: &mut FontLibrary, format: Format) -> (u32, u32) {
    let widest = ('0'..='9').map(|digit| shape(fonts, (digit, format.now), format.size).width()).fold(0.0, f32::max);
    (((widest / 2.0).ceil() as u32 * 2).max(2), (even(format.size * 0.36) as u32).max(2))
}

fn shape(fonts: &mut FontLibrary, (c, colour): (char, Rgb), size: f32) -> Block {
    let span = InkSpan::new(c.to_string(), Face::Regular, colour);
    let mut block = Block::new(fonts, &[span], Some(cosmic_text::Align::Left));
    block.lay(fonts, size, 4.0 * size);
    block
}

/// Draws one character in the middle of a cell given by left, top, width and the size of the line it stands in.
fn centred(
    fonts: &mut FontLibrary,
    image: &mut RgbImage,
    c: (char, Rgb),
    size: f32,
    (left, top, width, line): (f32, f32, f32, f32),
) {
    let block = shape(fonts, c, size);
    let down = (line * 1.36 - block.leading()) / 2.0;
    block.draw_all(fonts, image, (left + (width - block.width()) / 2.0, top + down));
}

/// Frame `n` as `MM:SS:FF`. Frames are counted in the nearest whole number to the second, without dropping any.
fn timecode(rate: Rate, n: u64) -> String {
    let per_second = ((u64::from(rate.num) + u64::from(rate.den) / 2) / u64::from(rate.den.max(1))).max(1);
    let seconds = n / per_second;
    let digits = if per_second > 100 { 3 } else { 2 };
    format!("{:02}:{:02}:{:0digits$}", seconds / 60, seconds % 60, n % per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timecodes_count_frames_within_the_second() {
        assert_eq!(timecode(Rate::FILM, 0), "00:00:00");
        assert_eq!(timecode(Rate::FILM, 24 * 61 + 23), "01:01:23");
        assert_eq!(timecode(Rate { num: 24_000, den: 1001 }, 24), "00:01:00");
        assert_eq!(timecode(Rate { num: 120, den: 1 }, 119), "00:00:119");
    }
}
