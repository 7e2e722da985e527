//! A contact sheet: one or two frames of every shot on one picture, each with its name and time.

use cosmic_text::Align;
use image::RgbImage;
use image::imageops::{self, FilterType};
use storyreel_core::units::Size;

use super::canvas::{self, Area, Rgb};
use super::fonts::FontLibrary;
use super::text;
use super::typeset::{Block, Face, InkSpan};
use super::{ContactFrames, ContactSheet};

const GROUND: Rgb = [0x12, 0x14, 0x19];
/// What shows beside a drawing of another shape.
const PAPER: Rgb = [0x2a, 0x2d, 0x35];
const EMPTY: Rgb = [0x1e, 0x21, 0x29];
const NAME: Rgb = [0xf1, 0xee, 0xe8];
const SOFT: Rgb = [0xa3, 0xa7, 0xaf];
const RULE: Rgb = [0xf0, 0xb3, 0x4e];

/// Pixels between the pictures of a shot, between shots, and round the whole.
const SEAM: u32 = 4;
const GAP: u32 = 30;
const MARGIN: u32 = 64;

/// The length of a frame's longer side in pixels, by how many shots there are at most: a sheet of two hundred shots
/// still opens in every viewer, and its names can still be read.
const SIDES: [(usize, u32); 4] = [(12, 380), (40, 270), (100, 210), (usize::MAX, 160)];

/// The shape that sheets come near to: a little wider than a page lying down.
const SHAPE: f64 = 1.45;

/// Where everything goes, in pixels.
struct SheetLayout {
    frame: Size,
    columns: u32,
    /// Pictures of a shot side by side: its two frames, and before them its drawing where a shot has one.
    across: u32,
    /// Font size of names.
    type_size: f32,
    /// Height of a cell, words included.
    cell: u32,
    head: u32,
    whole: Size,
}

impl SheetLayout {
    fn of(sheet: &ContactSheet) -> Self {
        let shots = sheet.shots.len().max(1);
        let side = SIDES.iter().find(|(most, _)| shots <= *most).map_or(160, |(_, side)| *side);
        let wide = f64::from(sheet.shape.width.max(1));
        let high = f64::from(sheet.shape.height.max(1));
        let scale = f64::from(side) / wide.max(high);
        let frame = Size::new(((wide * scale).round() as u32).max(60), ((high * scale).round() as u32).max(24));
        let type_size = (side as f32 / 15.0).clamp(14.0, 24.0);
        let cell = frame.height + (type_size * 3.1) as u32;
        let head = MARGIN + (type_size * 4.6) as u32;
        let shots = shots as u32;
        let across = if sheet.shots.iter().any(|shot| shot.board.is_some()) { 3 } else { 2 };
        let mut best = Self { frame, columns: 1, across, type_size, cell, head, whole: frame }.in_columns(1, shots);
        for columns in 2..=shots {
            let other = best.in_columns(columns, shots);
            if other.off_shape() < best.off_shape() {
                best = other;
            }
        }
        best
    }

    /// The same with so many shots side by side.
    fn in_columns(&self, columns: u32, shots: u32) -> Self {
        let rows = shots.div_ceil(columns);
        let width = 2 * MARGIN + columns * (self.shot_width() + GAP) - GAP;
        let height = self.head + rows * (self.cell + GAP) - GAP + MARGIN;
        Self { columns, whole: Size::new(width, height), ..*self }
    }

    /// How far the sheet is from [`SHAPE`].
    fn off_shape(&self) -> f64 {
        (f64::from(self.whole.width) / f64::from(self.whole.height) / SHAPE).ln().abs()
    }

    /// The width of a shot: its pictures and what is between them.
    fn shot_width(&self) -> u32 {
        self.across * (self.frame.width + SEAM) - SEAM
    }

    /// How far right of a shot's left edge its frames begin.
    fn frames_left(&self) -> u32 {
        (self.across - 2) * (self.frame.width + SEAM)
    }

    /// The upper left corner of a shot.
    fn corner(&self, shot: usize) -> (u32, u32) {
        let column = shot as u32 % self.columns;
        let row = shot as u32 / self.columns;
        (MARGIN + column * (self.shot_width() + GAP), self.head + row * (self.cell + GAP))
    }
}

pub(super) fn paint(fonts: &mut FontLibrary, sheet: &ContactSheet) -> RgbImage {
    let measures = SheetLayout::of(sheet);
    let mut image = RgbImage::from_pixel(measures.whole.width, measures.whole.height, image::Rgb(GROUND));
    let room = (measures.whole.width - 2 * MARGIN) as f32;
    let left = MARGIN as f32;
    let size = measures.type_size;
    let title = InkSpan::new(text::clean_line(&sheet.title), Face::Bold, NAME);
    line(fonts, &mut image, title, size * 1.8, left, left - size * 0.6, room);
    let under = InkSpan::new(text::clean_line(&sheet.under), Face::Regular, SOFT);
    line(fonts, &mut image, under, size, left, left + size * 2.0, room);
    for (n, shot) in sheet.shots.iter().enumerate() {
        cell(fonts, &mut image, &measures, measures.corner(n), shot);
    }
    image
}

fn cell(
    fonts: &mut FontLibrary,
    image: &mut RgbImage,
    measures: &SheetLayout,
    (left, top): (u32, u32),
    shot: &ContactFrames,
) {
    let width = measures.frame.width;
    let height = measures.frame.height;
    if let Some(board) = &shot.board {
        let ground = area((left, top), measures.frame);
        canvas::fill(image, ground, PAPER);
        whole(image, board, ground);
    }
    for (n, frame) in shot.frames.iter().take(2).enumerate() {
        let x = left + measures.frames_left() + n as u32 * (width + SEAM);
        match frame {
            Some(frame) => {
                let ground = area((x, top), measures.frame);
                canvas::fill(image, ground, [0, 0, 0]);
                whole(image, frame, ground);
            }
            None => empty(fonts, image, measures, (x, top)),
        }
    }
    let size = measures.type_size;
    let room = measures.shot_width() as f32;
    let x = left as f32;
    let y = (top + height) as f32 + size * 0.45;
    canvas::fill(
        image,
        Area { left: left.cast_signed(), top: (y + size * 0.2) as i32, width: 3, height: (size * 2.2) as i32 },
        RULE,
    );
    let name = InkSpan::new(text::clean_line(&shot.name), Face::Bold, NAME);
    line(fonts, image, name, size, x + 12.0, y, room - 12.0);
    let under = InkSpan::new(text::clean_line(&shot.under), Face::Regular, SOFT);
    line(fonts, image, under, size * 0.82, x + 12.0, y + size * 1.3, room - 12.0);
}

fn area((left, top): (u32, u32), Size { width, height }: Size) -> Area {
    let [left, top, width, height] = [left, top, width, height].map(u32::cast_signed);
    Area { left, top, width, height }
}

/// The whole of `frame` in the middle of `area`.
fn whole(image: &mut RgbImage, frame: &RgbImage, area: Area) {
    let wide = f64::from(frame.width().max(1));
    let high = f64::from(frame.height().max(1));
    let scale = (f64::from(area.width) / wide).min(f64::from(area.height) / high);
    let width = ((wide * scale).round() as u32).max(1);
    let height = ((high * scale).round() as u32).max(1);
    let small = imageops::resize(frame, width, height, FilterType::CatmullRom);
    let x = (area.width - small.width().cast_signed()) / 2;
    let y = (area.height - small.height().cast_signed()) / 2;
    imageops::replace(image, &small, i64::from(area.left + x), i64::from(area.top + y));
}

fn empty(fonts: &mut FontLibrary, image: &mut RgbImage, measures: &SheetLayout, (x, top): (u32, u32)) {
    let width = measures.frame.width;
    let height = measures.frame.height;
    canvas::fill(image, area((x, top), measures.frame), EMPTY);
    let size = measures.type_size * 0.8;
    let mut block = Block::new(fonts, &[InkSpan::new("not made yet", Face::Regular, SOFT)], Some(Align::Center));
    block.lay_line(fonts, size, width as f32);
    block.draw_all(fonts, image, (x as f32, top as f32 + (height as f32 - block.height()) / 2.0));
}

/// One line of text at (left, top), cut where the room ends.
fn line(fonts: &mut FontLibrary, image: &mut RgbImage, words: InkSpan, size: f32, left: f32, top: f32, room: f32) {
    let mut block = Block::new(fonts, &[words], Some(Align::Left));
    block.lay_line(fonts, size, room);
    block.draw_all(fonts, image, (left, top));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(shots: usize, shape: Size) -> ContactSheet {
        let mut frames = Vec::new();
        for n in 0..shots {
            frames.push(ContactFrames {
                board: None,
                frames: match n {
                    1 => vec![Some(red(200)), None],
                    2 => vec![Some(red(200))],
                    _ => vec![Some(red(200)), Some(red(100))],
                },
                name: format!("{n} 灯台"),
                under: "0:00.0 · 5 s".to_owned(),
            });
        }
        let title = "守灯人".to_owned();
        let under = "8 shots".to_owned();
        ContactSheet { title, under, shape, shots: frames }
    }

    fn red(level: u8) -> RgbImage {
        RgbImage::from_pixel(48, 27, image::Rgb([level, 0, 0]))
    }

    /// A colour of a frame of a shot, below its middle.
    fn middle(image: &RgbImage, measures: &SheetLayout, shot: usize, frame: u32) -> Rgb {
        let (x, y) = measures.corner(shot);
        let at = x + measures.frames_left() + frame * (measures.frame.width + SEAM) + measures.frame.width / 2;
        image.get_pixel(at, y + measures.frame.height / 2 + measures.frame.height / 4).0
    }

    #[test]
    fn every_shot_has_its_place_on_a_sheet_of_sensible_shape() {
        for shape in [Size::new(1280, 720), Size::new(720, 1280), Size::new(2520, 1080)] {
            for shots in [1, 3, 8, 40, 100, 200] {
                let measures = SheetLayout::of(&sheet(shots, shape));
                let Size { width, height } = measures.whole;
                let (x, y) = measures.corner(shots - 1);
                assert!(x + measures.shot_width() + MARGIN <= width, "{shots} of {shape}");
                assert!(y + measures.cell + MARGIN <= height, "{shots} of {shape}");
                assert!(width < 6_000 && height < 6_000, "{shots} of {shape}: {width}x{height}");
                let ratio = f64::from(width) / f64::from(height);
                assert!(shots < 8 || (0.8..2.4).contains(&ratio), "{shots} of {shape}: {width}x{height}");
            }
        }
    }

    #[test]
    fn a_drawing_stands_before_the_frames_and_makes_room_for_itself_in_every_row() {
        let mut sheet = sheet(3, Size::new(1280, 720));
        sheet.shots[0].board = Some(RgbImage::from_pixel(32, 18, image::Rgb([0, 0, 200])));
        let measures = SheetLayout::of(&sheet);
        let image = paint(&mut FontLibrary::new(), &sheet);
        for shot in [0, 1] {
            let (x, y) = measures.corner(shot);
            let drawn = image.get_pixel(x + measures.frame.width / 2, y + measures.frame.height / 2).0;
            assert_eq!(drawn, if shot == 0 { [0, 0, 200] } else { GROUND });
            assert_eq!(middle(&image, &measures, shot, 0), [200, 0, 0]);
        }
    }

    #[test]
    fn frames_and_words_are_painted_where_they_belong() {
        let sheet = sheet(3, Size::new(1280, 720));
        let mut fonts = FontLibrary::new();
        let measures = SheetLayout::of(&sheet);
        let image = paint(&mut fonts, &sheet);
        assert_eq!(middle(&image, &measures, 0, 0), [200, 0, 0]);
        assert_eq!(middle(&image, &measures, 0, 1), [100, 0, 0]);
        assert_eq!(middle(&image, &measures, 1, 1), EMPTY);
        assert_eq!([middle(&image, &measures, 2, 0), middle(&image, &measures, 2, 1)], [[200, 0, 0], GROUND]);
        let (x, y) = measures.corner(2);
        let below = y + measures.frame.height;
        let bright = (x + 12..x + 200).flat_map(|x| (below..y + measures.cell).map(move |y| (x, y)));
        assert!(bright.filter(|&(x, y)| image.get_pixel(x, y).0[2] > 0xd0).count() > 40, "no name is to be seen");
    }
}
