//! The running timecodes: that of the shot, and that of the film before it. Every digit has a cell of its own, so nothing
//! moves but the digits that change.

use image::RgbImage;
use storyreel_core::time_code::{TimeCode, nominal};
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
    /// The time of the film.
    pub(super) film: Rgb,
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

/// Painted clocks: their digits, and where in the panel they go.
pub(super) struct Clock {
    rate: Rate,
    shot: RunningTime,
    /// The time of the film, with the frame at which the shot begins.
    film: Option<(i64, RunningTime)>,
    /// Where all of it begins.
    left: f32,
    top: usize,
}

/// One of the times.
struct RunningTime {
    digits: Vec<YuvPicture>,
    /// Left edges of the cells, one for each character.
    cells: Vec<usize>,
}

/// The space before the time of the shot, in sizes of its type.
const APART: f32 = 1.6;

impl Clock {
    /// Draws what stands still.
    pub(super) fn paint(
        fonts: &mut FontLibrary,
        image: &mut RgbImage,
        sheet: &Sheet,
        format: Format,
        place: ClockPlace,
    ) -> Self {
        let row = ClockRow { widths: CellWidths::of(fonts, format), format, place };
        let last = sheet.frames.saturating_sub(1);
        let total = format!(" / {}", timecode(sheet.rate, last));
        let total_left = (place.right as i32 & !1) - row.length(&total);
        row.still(fonts, image, &total, total_left, format.total);
        let now = timecode(sheet.rate, last);
        let mut left = total_left - row.length(&now);
        let shot = row.running(fonts, image, &now, left, format.now);
        let mut film = None;
        if let Some(begin) = sheet.film_frame {
            let text = film_timecode(sheet.rate, film_frame(begin, last));
            left -= even(format.size * APART) as i32 + row.length(&text);
            film = Some((begin, row.running(fonts, image, &text, left, format.film)));
            let label = [InkSpan::new("film", Face::Regular, format.total)];
            let mut label = Block::new(fonts, &label, Some(cosmic_text::Align::Left));
            label.lay(fonts, format.size, 8.0 * format.size);
            left -= even(label.width() + format.size * 0.5) as i32;
            let down = (place.line * 1.36 - label.leading()) / 2.0;
            label.draw_all(fonts, image, (left as f32, place.top + down));
        }
        let top = (place.top + cell_shift(place.line, row.height())).max(0.0) as usize & !1;
        Self { rate: sheet.rate, shot, film, left: left.max(0) as f32, top }
    }

    /// The left edge of the clocks in pixels.
    pub(super) fn left(&self) -> f32 {
        self.left
    }

    /// Writes the times at which frame `n` begins into a frame whose panel begins at row `panel`.
    pub(super) fn show(&self, n: u64, out: &mut [u8], size: Size, panel: usize) {
        self.shot.show(&timecode(self.rate, n), out, size, panel + self.top);
        if let Some((begin, film)) = &self.film {
            film.show(&film_timecode(self.rate, film_frame(*begin, n)), out, size, panel + self.top);
        }
    }

    /// The rectangle that changes: left, top in the panel, width, height.
    #[cfg(test)]
    pub(super) fn area(&self) -> [usize; 4] {
        let [luma, ..] = &self.shot.digits[0].planes;
        let first = self.film.as_ref().map_or(&self.shot, |(_, film)| film);
        let left = first.cells[0];
        let last = self.shot.cells[self.shot.cells.len() - 1];
        [left, self.top, last + luma.width - left, luma.height]
    }
}

impl RunningTime {
    fn show(&self, text: &str, out: &mut [u8], size: Size, top: usize) {
        for (c, &left) in text.chars().zip(&self.cells) {
            let Some(cell) = c.to_digit(10).and_then(|digit| self.digits.get(digit as usize)) else { continue };
            let [luma, ..] = &cell.planes;
            if left + luma.width <= size.width as usize && top + luma.height <= size.height as usize {
                cell.copy_at(out, size, left, top);
            }
        }
    }
}

/// The line that the clocks stand in.
struct ClockRow {
    widths: CellWidths,
    format: Format,
    place: ClockPlace,
}

impl ClockRow {
    /// How long a text is in pixels.
    fn length(&self, text: &str) -> i32 {
        text.chars().map(|c| self.widths.advance(c).cast_signed()).sum()
    }

    /// The height of a cell in pixels.
    fn height(&self) -> f32 {
        even(self.format.size * 1.2).max(2.0)
    }

    /// Draws text that does not change.
    fn still(&self, fonts: &mut FontLibrary, image: &mut RgbImage, text: &str, left: i32, colour: Rgb) {
        let mut at = left;
        for c in text.chars() {
            let block = character(fonts, c, colour, self.format.size);
            self.cell(c, at).draw(fonts, image, &block);
            at += self.widths.advance(c).cast_signed();
        }
    }

    /// Draws what stands between the digits of a time, and keeps the digits.
    fn running(
        &self,
        fonts: &mut FontLibrary,
        image: &mut RgbImage,
        text: &str,
        left: i32,
        colour: Rgb,
    ) -> RunningTime {
        let mut at = left;
        let mut cells = Vec::new();
        for c in text.chars() {
            cells.push(at.max(0) as usize & !1);
            if !c.is_ascii_digit() {
                let block = character(fonts, c, colour, self.format.size);
                self.cell(c, at).draw(fonts, image, &block);
            }
            at += self.widths.advance(c).cast_signed();
        }
        let digits = ('0'..='9').map(|digit| self.digit(fonts, digit, colour)).collect();
        RunningTime { digits, cells }
    }

    fn cell(&self, c: char, left: i32) -> CharacterCell {
        let width = self.widths.advance(c) as f32;
        CharacterCell { left: left as f32, top: self.place.top, width, line: self.place.line }
    }

    fn digit(&self, fonts: &mut FontLibrary, digit: char, colour: Rgb) -> YuvPicture {
        let line = self.place.line;
        let mut cell = RgbImage::from_pixel(self.widths.digit, self.height() as u32, image::Rgb(GROUND));
        let block = character(fonts, digit, colour, self.format.size);
        let top = -cell_shift(line, self.height());
        CharacterCell { left: 0.0, top, width: self.widths.digit as f32, line }.draw(fonts, &mut cell, &block);
        YuvPicture::from_rgb(&cell)
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

/// The frame of the film that frame `n` of a clip is which begins at `begin`; the first one for what the film leaves out.
fn film_frame(begin: i64, n: u64) -> u64 {
    begin.saturating_add_unsigned(n).max(0).cast_unsigned()
}

/// Frame `n` of a film as `HH:MM:SS:FF`, counted in the same way.
fn film_timecode(rate: Rate, n: u64) -> String {
    let frames_per_second = nominal(rate);
    let code = TimeCode { frames: n, frames_per_second, drops_frames: false }.to_string();
    if frames_per_second > 100 { wide_number(&code, n % frames_per_second) } else { code }
}

/// A time code whose last number has three digits always, so that its cells stay where they are.
fn wide_number(code: &str, number: u64) -> String {
    let (before, _) = code.rsplit_once(':').unwrap_or((code, ""));
    format!("{before}:{number:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_film_counts_hours_and_keeps_its_width() {
        assert_eq!(film_timecode(Rate::FILM, 24 * 3_661 + 5), "01:01:01:05");
        assert_eq!([film_frame(-48, 12), film_frame(-48, 50), film_frame(96, 4)], [0, 2, 100]);
        for n in [0, 119, 120 * 7 + 99] {
            assert_eq!(film_timecode(Rate { num: 120, den: 1 }, n).len(), 12);
        }
    }

    #[test]
    fn timecodes_count_frames_within_the_second() {
        assert_eq!(timecode(Rate::FILM, 0), "00:00:00");
        assert_eq!(timecode(Rate::FILM, 24 * 61 + 23), "01:01:23");
        assert_eq!(timecode(Rate { num: 24_000, den: 1001 }, 24), "00:01:00");
        assert_eq!(timecode(Rate { num: 120, den: 1 }, 119), "00:00:119");
    }
}
