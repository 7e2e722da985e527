//! A card whose words roll up through the picture and come to rest.

use image::RgbImage;
use storyreel_core::units::{Rate, Size};

use super::canvas::even;
use super::card::{CardSize, SAFE, draw_rule, placed, small_block, title_block};
use super::card_ink::{self, CardInk};
use super::fonts::FontLibrary;
use super::typeset::Block;
use super::yuv::{self, Plane, YuvPicture, chroma_of, luma_of};
use super::{PaintedClip, TitleCard};

/// How long the words rest at the end, and how long they take to come to rest, in seconds.
const REST: f64 = 1.0;

/// The share of the width that lines may fill.
const ROOM: f32 = 0.84;

/// A painted [`TitleCard`] whose words roll.
pub(super) struct RollReel {
    size: Size,
    rate: Rate,
    frames: u64,
    ground: YuvPicture,
    strips: Vec<WordStrip>,
    /// The height of all words in pixels.
    height: f32,
}

impl RollReel {
    pub(super) fn new(fonts: &mut FontLibrary, card: &TitleCard) -> Self {
        let ground = card_ink::ground(card);
        let ink = CardInk::of(card, &ground);
        let mut column = WordColumn { width: card.size.width, strips: Vec::new(), height: 0.0 };
        column.set(fonts, card, &ink);
        Self {
            size: card.size,
            rate: card.rate,
            frames: card.frames,
            ground: YuvPicture::from_rgb(&ground),
            strips: column.strips,
            height: column.height,
        }
    }

    /// The row at which the words begin in frame `n`: below the picture at first. They move evenly, slow down, and rest where
    /// all of them stand in the middle, or the last of them at the bottom.
    fn top(&self, n: u64) -> f64 {
        let height = f64::from(self.size.height);
        let safe = height * f64::from(SAFE);
        let words = f64::from(self.height);
        let end = if words <= safe { (height - words) / 2.0 } else { f64::midpoint(height, safe) - words };
        let frames = self.frames as f64;
        let second = f64::from(self.rate.num) / f64::from(self.rate.den.max(1)) * REST;
        let moving = frames - second.min(frames / 4.0);
        let slowing = second.min(moving / 3.0);
        let speed = (height - end) / (moving - slowing / 2.0);
        let at = (n + 1) as f64;
        let slow = (at - (moving - slowing)).clamp(0.0, slowing);
        let even = at.min(moving - slowing);
        height - speed * (even + slow - slow * slow / (2.0 * slowing))
    }
}

impl PaintedClip for RollReel {
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
        self.ground.copy_rows(out, self.size, 0);
        let top = self.top(n);
        for strip in &self.strips {
            strip.lay(out, self.size, top);
        }
    }
}

/// The words one below the other.
struct WordColumn {
    width: u32,
    strips: Vec<WordStrip>,
    height: f32,
}

impl WordColumn {
    fn set(&mut self, fonts: &mut FontLibrary, card: &TitleCard, ink: &CardInk) {
        let CardSize { width, unit, .. } = CardSize::of(card);
        let title = title_block(fonts, card, ink);
        let small = small_block(fonts, card, ink);
        let gap = 30.0 * unit;
        let has_both = title.is_some() && small.is_some();
        if let Some(mut title) = title {
            title.lay(fonts, 60.0 * unit, width * ROOM);
            self.add(fonts, card, &title);
        }
        if has_both {
            let strip = WordStrip::of(self.width, self.height + gap, 4.0 * unit, |image, y| {
                draw_rule(image, card.align, y as i32, unit, ink);
            });
            self.strips.extend(strip);
            self.height += 2.0 * gap;
        }
        if let Some(mut small) = small {
            small.lay(fonts, 30.0 * unit, width * ROOM);
            self.add(fonts, card, &small);
        }
    }

    fn add(&mut self, fonts: &mut FontLibrary, card: &TitleCard, block: &Block) {
        let left = placed(card.align, self.width as f32, block.measure());
        for line in 0..block.lines() {
            let top = (line as f32).mul_add(block.leading(), self.height);
            let strip = WordStrip::of(self.width, top, block.leading(), |image, y| {
                block.draw(fonts, image, (left, y), line..line + 1);
            });
            self.strips.extend(strip);
        }
        self.height += block.height();
    }
}

/// A painted line: what it adds to a picture, and how much it covers of it.
struct WordStrip {
    /// Its left edge; even.
    left: usize,
    /// Its top in the column; even.
    top: i64,
    /// Luma, blue and red, each already lessened by how little it covers.
    planes: [Plane; 3],
    /// How much each sample covers, from 0 to 255: of luma, and of the other two.
    cover: [Plane; 2],
}

impl WordStrip {
    /// What `draw` draws at a row of a picture, as the line of a column that begins at `top`. Letters may reach half a line
    /// beyond their own. `None` where nothing is drawn.
    fn of(width: u32, top: f32, leading: f32, mut draw: impl FnMut(&mut RgbImage, f32)) -> Option<Self> {
        let pad = even(leading / 2.0) + 2.0;
        let begin = even(top - pad);
        let rows = even(2.0f32.mul_add(pad, leading) + 2.0);
        let mut black = RgbImage::new(width, rows as u32);
        let mut white = RgbImage::from_pixel(width, rows as u32, image::Rgb([0xff; 3]));
        draw(&mut black, top - begin);
        draw(&mut white, top - begin);
        let mut cover = Vec::with_capacity(black.pixels().len());
        for (black, white) in black.pixels().zip(white.pixels()) {
            let through = (0..3).map(|n| white.0[n].saturating_sub(black.0[n])).max();
            cover.push(255 - through.unwrap_or_default());
        }
        let width = width as usize;
        let columns = || cover.iter().enumerate().filter(|(_, cover)| **cover > 0).map(|(at, _)| at % width);
        let left = columns().min()? & !1;
        let right = (columns().max()? + 2) & !1;
        Some(Self::cut(&black, &cover, left, right.min(width), begin as i64))
    }

    /// The columns from `left` to `right` of words on black.
    fn cut(black: &RgbImage, cover: &[u8], left: usize, right: usize, top: i64) -> Self {
        let rows = black.height() as usize;
        let whole = black.width() as usize;
        let width = right - left;
        let mut luma = Plane { width, height: rows, data: Vec::with_capacity(width * rows) };
        let mut covers = luma.clone();
        for y in 0..rows {
            for x in left..right {
                let own = u32::from(cover[y * whole + x]);
                // Luma of black is 16: where nothing is covered, nothing is added.
                let level = u32::from(luma_of(black.get_pixel(x as u32, y as u32).0)) + (16 * own + 127) / 255;
                luma.data.push((level - 16).min(255) as u8);
                covers.data.push(own as u8);
            }
        }
        let empty = Plane { width: width / 2, height: rows / 2, data: Vec::with_capacity(width * rows / 4) };
        let [mut blue, mut red, mut chroma_cover] = [empty.clone(), empty.clone(), empty];
        for y in (0..rows / 2 * 2).step_by(2) {
            for x in (left..right / 2 * 2).step_by(2) {
                let square = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
                let mut sums = [0_i32; 3];
                let mut own = 0;
                for (x, y) in square {
                    let pixel = black.get_pixel(x as u32, y as u32).0;
                    (0..3).for_each(|n| sums[n] += i32::from(pixel[n]));
                    own += i32::from(cover[y * whole + x]);
                }
                let own = (own + 2) / 4;
                let (b, r) = chroma_of(sums);
                let grey = (128 * own + 127) / 255 - 128;
                blue.data.push((i32::from(b) + grey).clamp(0, 255) as u8);
                red.data.push((i32::from(r) + grey).clamp(0, 255) as u8);
                chroma_cover.data.push(own as u8);
            }
        }
        Self { left, top, planes: [luma, blue, red], cover: [covers, chroma_cover] }
    }

    /// Lays the line over a frame in which the column begins at row `column`, which may lie between two.
    fn lay(&self, out: &mut [u8], size: Size, column: f64) {
        for (n, (into, stride)) in yuv::split(out, size).into_iter().enumerate() {
            let scale = if n == 0 { 1.0 } else { 2.0 };
            let cover = &self.cover[usize::from(n > 0)];
            let left = if n == 0 { self.left } else { self.left / 2 };
            lay_plane(into, stride, &self.planes[n], cover, left, (column + self.top as f64) / scale);
        }
    }
}

/// Lays samples over a plane from row `top` on, which may lie between two: then each row is the mix of two.
fn lay_plane(into: &mut [u8], stride: usize, plane: &Plane, cover: &Plane, left: usize, top: f64) {
    let first = top.floor();
    let share = ((top - first) * 256.0).round() as u32;
    let first = first as i64;
    let rows = (into.len() / stride.max(1)).cast_signed() as i64;
    let nothing = vec![0; plane.width];
    for row in first.max(0)..(first + plane.height.cast_signed() as i64 + 1).min(rows) {
        let below = usize::try_from(row - first).unwrap_or_default();
        let line = |plane: &Plane, at: Option<usize>| match at {
            Some(at) if at < plane.height => plane.row(at).to_vec(),
            _ => nothing.clone(),
        };
        let lower = line(plane, Some(below));
        let upper = line(plane, below.checked_sub(1));
        let lower_cover = line(cover, Some(below));
        let upper_cover = line(cover, below.checked_sub(1));
        let out = &mut into[row as usize * stride + left..][..plane.width];
        for (x, sample) in out.iter_mut().enumerate() {
            let mixed = |lower: u8, upper: u8| (u32::from(lower) * (256 - share) + u32::from(upper) * share + 128) >> 8;
            let covered = mixed(lower_cover[x], upper_cover[x]);
            let kept = (u32::from(*sample) * (255 - covered) + 127) / 255;
            *sample = (kept + mixed(lower[x], upper[x])).min(255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Painter, TitleCard};
    use super::*;

    fn card(lines: usize) -> TitleCard {
        let lines = (0..lines).map(|n| format!("Line {n}")).collect();
        let size = Size::new(320, 180);
        let words = TitleCard::plain(size, Rate::FILM, 96, "Credits".to_owned(), None);
        TitleCard { lines, is_rolling: true, ..words }
    }

    #[test]
    fn words_enter_from_below_move_evenly_and_rest_with_all_or_the_last_of_them_seen() {
        for lines in [2, 40] {
            let reel = RollReel::new(&mut FontLibrary::new(), &card(lines));
            let height = f64::from(reel.size.height);
            assert!(reel.top(0) < height && reel.top(0) > height - 20.0);
            let steps: Vec<f64> = (1..96).map(|n| reel.top(n - 1) - reel.top(n)).collect();
            assert!(steps.iter().all(|step| *step > -1e-9), "never back");
            assert!(steps[..40].iter().all(|step| (step - steps[0]).abs() < 1e-6), "evenly");
            assert!(steps[72..].iter().all(|step| step.abs() < 1e-9), "it rests");
            let bottom = reel.top(95) + f64::from(reel.height);
            assert!(bottom <= height * 0.95, "{lines} lines end at {bottom}");
            assert!(lines < 10 || reel.top(95) < 0.0);
        }
    }

    /// A roll at rest shows the same words as a card that stands still: laid over a ground they keep their colours.
    #[test]
    fn a_line_between_two_rows_keeps_its_light() {
        let mut reel = RollReel::new(&mut FontLibrary::new(), &card(3));
        let mut frame = vec![0; yuv::frame_len(reel.size)];
        let luma = 320 * 180;
        let mut sums = Vec::new();
        for n in [40, 41, 42, 43] {
            reel.paint(n, &mut frame);
            sums.push(frame[..luma].iter().map(|level| f64::from(*level)).sum::<f64>() / luma as f64);
            assert!(frame[..luma].iter().any(|level| *level > 150), "words are seen");
        }
        reel.strips.clear();
        reel.paint(40, &mut frame);
        let ground = frame[..luma].iter().map(|level| f64::from(*level)).sum::<f64>() / luma as f64;
        assert!(sums.iter().all(|sum| (sum - sums[0]).abs() < (sums[0] - ground) * 0.2), "{sums:?} over {ground}");
        // Neither light nor colour of the ground changes beside the words.
        assert!(Painter::new().card_fits(&card(3)));
    }
}
