//! A title card: a large balanced title, a fine rule, a subtitle, on a dark ground.

use cosmic_text::Align;
use image::RgbImage;
use storyreel_core::units::{Rate, Size};

use super::canvas::{self, Area, Rgb};
use super::fonts::FontLibrary;
use super::text;
use super::typeset::{Block, Face, InkSpan, Sizes};
use super::yuv::{self, YuvPicture};
use super::{PaintedClip, TitleCard};

/// The ground in the middle and in the corners. Neither is black: a film never opens on nothing. They differ in
/// brightness alone, because chroma is too coarse to fade in the dark without rings.
const GROUND: [Rgb; 2] = [[0x24, 0x27, 0x2f], [0x11, 0x14, 0x1c]];
const TITLE: Rgb = [0xf5, 0xf3, 0xee];
const SUBTITLE: Rgb = [0xae, 0xb2, 0xbb];
const RULE: Rgb = [0xf0, 0xb3, 0x4e];

/// How long the text takes to appear, in seconds.
const FADE: f64 = 0.4;

/// A painted [`TitleCard`].
pub(super) struct CardReel {
    size: Size,
    rate: Rate,
    frames: u64,
    fade: u64,
    empty: YuvPicture,
    full: YuvPicture,
}

impl CardReel {
    pub(super) fn new(fonts: &mut FontLibrary, card: &TitleCard) -> Self {
        let mut image = ground(card.size);
        let empty = YuvPicture::from_rgb(&image);
        lettering(fonts, &mut image, card);
        let per_second = f64::from(card.rate.num) / f64::from(card.rate.den.max(1));
        // On a very short card the text still stands longer than it fades.
        let fade = ((FADE * per_second).round() as u64).min(card.frames / 3);
        let size = card.size;
        let rate = card.rate;
        let frames = card.frames;
        Self { size, rate, frames, fade, empty, full: YuvPicture::from_rgb(&image) }
    }
}

impl PaintedClip for CardReel {
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
        if n >= self.fade {
            self.full.copy_rows(out, self.size, 0);
            return;
        }
        self.empty.copy_rows(out, self.size, 0);
        let at = n as f64 / self.fade as f64;
        let share = (at * at * 2.0f64.mul_add(-at, 3.0) * 256.0).round() as u16;
        for ((into, _), full) in yuv::split(out, self.size).into_iter().zip(&self.full.planes) {
            yuv::mix(into, &full.data, share);
        }
    }
}

/// A soft light in the middle of the dark, its steps spread so that no rings show.
fn ground(size: Size) -> RgbImage {
    let width = size.width as f32;
    let height = size.height as f32;
    RgbImage::from_fn(size.width, size.height, |x, y| {
        let dx = (x as f32 + 0.5) / width - 0.5;
        let dy = (y as f32 + 0.5) / height - 0.46;
        let away = (dx * dx + dy * dy * 1.3).mul_add(2.2, 0.0).min(1.0);
        let share = away * (2.0 - away);
        // Interleaved gradient noise (Jimenez, 2014): a threshold without visible structure.
        let threshold = (52.982_918 * (0.067_110_56 * x as f32 + 0.005_837_15 * y as f32).fract()).fract();
        image::Rgb(std::array::from_fn(|n| {
            let from = f32::from(GROUND[0][n]);
            let to = f32::from(GROUND[1][n]);
            ((to - from).mul_add(share, from) + threshold) as u8
        }))
    })
}

fn lettering(fonts: &mut FontLibrary, image: &mut RgbImage, card: &TitleCard) {
    let width = card.size.width as f32;
    let height = card.size.height as f32;
    let unit = (width * height).sqrt() / 960.0;
    let title = text::clean(&card.text);
    let subtitle = card.subtitle.as_deref().map(text::clean).filter(|text| !text.is_empty());
    let mut top = Block::new(fonts, &[InkSpan::new(title.clone(), Face::Bold, TITLE)], Some(Align::Center)).tight();
    let room = width * 0.80;
    let share = if subtitle.is_some() { 0.50 } else { 0.66 };
    let sizes = Sizes { largest: 92.0 * unit, smallest: (20.0 * unit).max(11.0) };
    fit(fonts, &mut top, sizes, room, height * share);
    let below = subtitle.map(|subtitle| {
        let mut block = Block::new(fonts, &[InkSpan::new(subtitle, Face::Regular, SUBTITLE)], Some(Align::Center));
        let largest = (top.size() * 0.46).clamp(17.0 * unit, 32.0 * unit);
        let sizes = Sizes { largest, smallest: (15.0 * unit).max(10.0) };
        fit(fonts, &mut block, sizes, width * 0.70, height * 0.22);
        block
    });
    let gap = (26.0 * unit).max(top.size() * 0.42);
    let rule = if below.is_some() && !title.is_empty() { gap * 2.0 } else { 0.0 };
    let title_height = if title.is_empty() { 0.0 } else { shown(&top, height * share) as f32 * top.leading() };
    let below_height = below.as_ref().map_or(0.0, |block| shown(block, height * 0.22) as f32 * block.leading());
    let mut y = (height - title_height - rule - below_height) / 2.0;
    centred(fonts, image, &top, y, height * share);
    y += title_height;
    if rule > 0.0 {
        let length = (72.0 * unit).round() as i32;
        let thick = (2.0 * unit).round().max(1.0) as i32;
        let left = (width as i32 - length) / 2;
        canvas::fill(image, Area { left, top: (y + gap) as i32, width: length, height: thick }, RULE);
        y += rule;
    }
    if let Some(block) = &below {
        centred(fonts, image, block, y, height * 0.22);
    }
}

/// Fits text to a box, with lines of about equal length; what does not fit even at the smallest size is cut.
fn fit(fonts: &mut FontLibrary, block: &mut Block, sizes: Sizes, width: f32, height: f32) {
    block.fit_words(fonts, sizes, width, height);
    if block.height() > height {
        block.cut(fonts, height);
    } else {
        block.balance(fonts, width);
    }
}

fn shown(block: &Block, height: f32) -> usize {
    block.lines().min(((height / block.leading()) as usize).max(1))
}

fn centred(fonts: &mut FontLibrary, image: &mut RgbImage, block: &Block, y: f32, height: f32) {
    let left = (image.width() as f32 - block.measure()) / 2.0;
    block.draw(fonts, image, (left, y), 0..shown(block, height));
}
