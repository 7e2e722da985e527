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

/// Where a clock goes, in pixels.
#[derive(Clone, Copy)]
pub(super) struct ClockPlace {
    /// Its right edge.
    pub(super) right: f32,
    /// Where its line begins; even.
    pub(super) top: f32,
    /// The size of the type on that line.
    pub(super) line: f32,
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
    /// Draws what stands still.
    pub(super) fn paint(
        fonts: &mut FontLibrary,
        image: &mut RgbImage,
        sheet: &Sheet,
        format: Format,
        place: ClockPlace,
    ) -> Self {
        let ClockPlace { right, top, line } = place;
        let total = timecode(sheet.rate, sheet.frames.saturating_sub(1));
        let widths = CellWidths::of(fonts, format);
        let text = format!("{total} / {total}");
        let mut at = (right as i32 & !1) - text.chars().map(|c| widths.advance(c).cast_signed()).sum::<i32>();
        let mut cells = Vec::new();
        for (n, c) in text.chars().enumerate() {
            let running = n < total.len();
            if running {
                cells.push(at.max(0) as usize & !1);
            }
            if !running || !c.is_ascii_digit() {
                let colour = if running { format.now } else { format.total };
                let block = character(fonts, c, colour, format.size);
                CharacterCell { left: at as f32, top, width: widths.advance(c) as f32, line }
                    .draw(fonts, image, &block);
            }
            at += widths.advance(c).cast_signed();
        }
        let digits = ('0'..='9').map(|digit| {
            let height = even(format.size * 1.2).max(2.0);
            let mut cell = RgbImage::from_pixel(widths.digit, height as u32, image::Rgb(GROUND));
            let block = character(fonts, digit, format.now, format.size);
            let top = -cell_shift(line, height);
            CharacterCell { left: 0.0, top, width: widths.digit as f32, line }.draw(fonts, &mut cell, &block);
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
struct CellWidths {
    digit: u32,
    sign: u32,
}

impl CellWidths {
    fn of(fonts: &mut FontLibrary, format: Format) -> Self {
        let mut widest = 0.0_f32;
        for digit in '0'..='9' {
            widest = widest.max(character(fonts, digit, format.now, format.size).width());
        }
        let digit = ((widest / 2.0).ceil() as u32 * 2).max(2);
        let sign = (even(format.size * 0.36) as u32).max(2);
        Self { digit, sign }
    }

    fn advance(&self, c: char) -> u32 {
        if c.is_ascii_digit() { self.digit } else { self.sign }
    }
}

fn character(fonts: &mut FontLibrary, c: char, colour: Rgb, size: f32) -> Block {
    let span = InkSpan::new(c.to_string(), Face::Regular, colour);
    let mut block = Block::new(fonts, &[span], Some(cosmic_text::Align::Left));
    block.lay(fonts, size, 4.0 * size);
    block
}

/// The place of one character, in pixels.
struct CharacterCell {
    left: f32,
    top: f32,
    width: f32,
    /// The size of the type on the line that it stands in.
    line: f32,
}

impl CharacterCell {
    /// Draws one character in the middle.
    fn draw(&self, fonts: &mut FontLibrary, image: &mut RgbImage, block: &Block) {
        let down = (self.line * 1.36 - block.leading()) / 2.0;
        block.draw_all(fonts, image, (self.left + (self.width - block.width()) / 2.0, self.top + down));
    }
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
