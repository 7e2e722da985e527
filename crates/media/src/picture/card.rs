//! A title card: a large balanced title, a fine rule, and smaller lines below, on a ground.

use std::sync::Arc;

use cosmic_text::Align;
use image::RgbImage;
use storyreel_core::storyboard::CardAlign;
use storyreel_core::units::{Rate, Size};

use super::canvas::{self, Area};
use super::card_ink::{self, CardInk, least_contrast};
use super::fonts::FontLibrary;
use super::text;
use super::typeset::{Block, Face, InkSpan, Sizes};
use super::yuv::{self, YuvPicture};
use super::{CardContrast, PaintedClip, TitleCard};

/// How long the text takes to appear, in seconds.
const FADE: f64 = 0.4;

/// The share of the width that lies outside of words that begin or end at a side: the title-safe area.
const MARGIN: f32 = 0.08;

/// A painted [`TitleCard`] whose words stand still.
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
        let mut image = card_ink::ground(card);
        let ink = CardInk::of(card, &image);
        let empty = YuvPicture::from_rgb(&image);
        lettering(fonts, &mut image, card, &ink);
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

/// Whether all words of the card have room on it. Words that roll have: of a text that is too long to be set they lack some.
pub(super) fn fits(fonts: &mut FontLibrary, card: &TitleCard) -> bool {
    let texts = [Some(&card.text), card.subtitle.as_ref()].into_iter().flatten().chain(&card.lines);
    if texts.into_iter().any(|text| text.chars().count() > text::LONGEST) {
        return false;
    }
    card.is_rolling || CardWords::set(fonts, card, &CardInk::USUAL).complete
}

/// How well the words of a card stand out where they do so least.
pub(super) fn contrast(fonts: &mut FontLibrary, card: &TitleCard) -> CardContrast {
    let ground = card_ink::ground(card);
    let ink = CardInk::of(card, &ground);
    let words = CardWords::set(fonts, card, &ink);
    let CardSize { width, height, .. } = CardSize::of(card);
    let mut top = (height - words.height()) / 2.0;
    let rule = words.rule();
    let mut least = [(words.title, ink.title), (words.small, ink.small)].into_iter().map(|(words, colour)| {
        let words = words?;
        let long = words.block.width();
        let left = placed(card.align, width, long);
        let area = Area { left: left as i32, top: top as i32, width: long as i32, height: words.height() as i32 };
        top += words.height() + rule;
        // Words that roll pass over all of the height.
        let area = if card.is_rolling { Area { top: 0, height: height as i32, ..area } } else { area };
        Some(least_contrast(&ground, area, colour))
    });
    CardContrast { large: least.next().flatten(), small: least.next().flatten() }
}

/// The share of the height that words may fill on a crowded card: the title-safe area.
pub(super) const SAFE: f32 = 0.88;

/// The words of a card, set.
struct CardWords {
    title: Option<SetWords>,
    small: Option<SetWords>,
    /// The space above and below the rule between the two.
    gap: f32,
    /// Whether no word is cut off.
    complete: bool,
}

/// Text that was fitted to a box.
struct SetWords {
    block: Block,
    room: f32,
}

impl CardWords {
    fn set(fonts: &mut FontLibrary, card: &TitleCard, ink: &CardInk) -> Self {
        let spacious = Self::spacious(fonts, card, ink);
        if spacious.complete {
            return spacious;
        }
        Self::crowded(fonts, card, ink).unwrap_or(spacious)
    }

    /// The usual card: a large title, and a small line below it.
    fn spacious(fonts: &mut FontLibrary, card: &TitleCard, ink: &CardInk) -> Self {
        let size = CardSize::of(card);
        let unit = size.unit;
        let below = small_block(fonts, card, ink);
        let share = if below.is_some() { 0.50 } else { 0.66 };
        let sizes = Sizes { largest: 92.0 * unit, smallest: (20.0 * unit).max(11.0) };
        let title = title_block(fonts, card, ink);
        let title = title.map(|block| SetWords::fit(fonts, block, sizes, size.width * 0.80, size.height * share));
        let title_size = title.as_ref().map_or(sizes.largest, |title| title.block.size());
        let largest = (title_size * 0.46).clamp(17.0 * unit, 32.0 * unit);
        let sizes = Sizes { largest, smallest: (15.0 * unit).max(10.0) };
        let small = below.map(|block| SetWords::fit(fonts, block, sizes, size.width * 0.70, size.height * 0.22));
        let gap = (26.0 * unit).max(title_size * 0.42);
        Self::of(title, small, gap)
    }

    /// A card with more words: the title gives way to the lines below it, and both are smaller. `None` where even the
    /// smallest letters have no room.
    fn crowded(fonts: &mut FontLibrary, card: &TitleCard, ink: &CardInk) -> Option<Self> {
        let size = CardSize::of(card);
        let unit = size.unit;
        let width = size.width * 0.84;
        let room = size.height * SAFE;
        let smallest = (14.0 * unit).max(6.0);
        let mut below = small_block(fonts, card, ink);
        let gap = if below.is_some() { 16.0 * unit } else { 0.0 };
        let mut title = title_block(fonts, card, ink);
        let least = below.as_mut().map_or(0.0, |block| block.height_at(fonts, smallest, width));
        let least_title = title.as_mut().map_or(0.0, |block| block.height_at(fonts, smallest, width));
        if least + least_title + 2.0 * gap > room {
            return None;
        }
        let title_room = if below.is_some() { size.height * 0.34 } else { room };
        let title_room = title_room.max(least_title).min(room - 2.0 * gap - least);
        let sizes = Sizes { largest: (60.0 * unit).max(smallest), smallest };
        let title = title.map(|block| SetWords::fit(fonts, block, sizes, width, title_room));
        let taken = title.as_ref().map_or(0.0, |title| title.height() + 2.0 * gap);
        let sizes = Sizes { largest: (32.0 * unit).max(smallest), smallest };
        let small = below.map(|block| SetWords::fit(fonts, block, sizes, width, room - taken));
        Some(Self::of(title, small, gap))
    }

    fn of(title: Option<SetWords>, small: Option<SetWords>, gap: f32) -> Self {
        let complete = [&title, &small].into_iter().flatten().all(SetWords::is_complete);
        Self { title, small, gap, complete }
    }

    /// The space that the rule takes, where there is one.
    fn rule(&self) -> f32 {
        if self.title.is_some() && self.small.is_some() { self.gap * 2.0 } else { 0.0 }
    }

    fn height(&self) -> f32 {
        let words: f32 = [&self.title, &self.small].into_iter().flatten().map(SetWords::height).sum();
        words + self.rule()
    }
}

impl SetWords {
    /// Fits text to a box, with lines of about equal length.
    fn fit(fonts: &mut FontLibrary, mut block: Block, sizes: Sizes, width: f32, room: f32) -> Self {
        block.fit_words(fonts, sizes, width, room);
        if block.height() <= room {
            block.balance(fonts, width);
        }
        Self { block, room }
    }

    fn is_complete(&self) -> bool {
        self.block.height() <= self.room
    }

    /// The lines that the box has room for.
    fn lines(&self) -> usize {
        self.block.lines().min(((self.room / self.block.leading()) as usize).max(1))
    }

    fn height(&self) -> f32 {
        self.lines() as f32 * self.block.leading()
    }

    /// Draws it with its top at `y`; what is beyond the box ends in an ellipsis.
    fn draw(&mut self, fonts: &mut FontLibrary, image: &mut RgbImage, align: CardAlign, y: f32) {
        if !self.is_complete() {
            self.block.cut(fonts, self.room);
        }
        let left = placed(align, image.width() as f32, self.block.measure());
        self.block.draw(fonts, image, (left, y), 0..self.lines());
    }
}

/// The left edge of something of a length in pixels in a picture of a width.
pub(super) fn placed(align: CardAlign, width: f32, length: f32) -> f32 {
    match align {
        CardAlign::Left => width * MARGIN,
        CardAlign::Center => (width - length) / 2.0,
        CardAlign::Right => width * (1.0 - MARGIN) - length,
    }
}

/// Measures of a card in pixels. `unit` is 1 at 1280x720 and grows with the root of the area.
pub(super) struct CardSize {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) unit: f32,
}

impl CardSize {
    pub(super) fn of(card: &TitleCard) -> Self {
        let width = card.size.width as f32;
        let height = card.size.height as f32;
        Self { width, height, unit: (width * height).sqrt() / 960.0 }
    }
}

fn in_line(align: CardAlign) -> Align {
    match align {
        CardAlign::Left => Align::Left,
        CardAlign::Center => Align::Center,
        CardAlign::Right => Align::Right,
    }
}

/// The family of the card's own font, where it has one.
fn family(fonts: &mut FontLibrary, card: &TitleCard) -> Option<Arc<str>> {
    card.font.as_ref().map(|font| fonts.adopt_given(font))
}

pub(super) fn title_block(fonts: &mut FontLibrary, card: &TitleCard, ink: &CardInk) -> Option<Block> {
    let title = Some(text::clean(&card.text)).filter(|text| !text.is_empty())?;
    let family = family(fonts, card);
    let span = [InkSpan::new(title, Face::Bold, ink.title)];
    Some(Block::in_family(fonts, &span, Some(in_line(card.align)), family.as_ref()).tight())
}

pub(super) fn small_block(fonts: &mut FontLibrary, card: &TitleCard, ink: &CardInk) -> Option<Block> {
    let words = small_words(card)?;
    let family = family(fonts, card);
    let span = [InkSpan::new(words, Face::Regular, ink.small)];
    Some(Block::in_family(fonts, &span, Some(in_line(card.align)), family.as_ref()))
}

/// The small line and the further ones, with a space between the two.
fn small_words(card: &TitleCard) -> Option<String> {
    let subtitle = card.subtitle.as_deref().map(text::clean).filter(|text| !text.is_empty());
    let lines: Vec<String> = card.lines.iter().map(|line| text::clean_line(line)).collect();
    let first = lines.iter().position(|line| !line.is_empty());
    let Some(first) = first else { return subtitle };
    let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(first);
    let lines = lines[first..=last].join("\n");
    Some(match subtitle {
        Some(subtitle) => format!("{subtitle}\n\n{lines}"),
        None => lines,
    })
}

fn lettering(fonts: &mut FontLibrary, image: &mut RgbImage, card: &TitleCard, ink: &CardInk) {
    let CardSize { height, unit, .. } = CardSize::of(card);
    let mut words = CardWords::set(fonts, card, ink);
    let rule = words.rule();
    let mut y = (height - words.height()) / 2.0;
    if let Some(title) = &mut words.title {
        title.draw(fonts, image, card.align, y);
        y += title.height();
    }
    if rule > 0.0 {
        draw_rule(image, card.align, (y + words.gap) as i32, unit, ink);
        y += rule;
    }
    if let Some(small) = &mut words.small {
        small.draw(fonts, image, card.align, y);
    }
}

/// The fine line between title and what is below it.
pub(super) fn draw_rule(image: &mut RgbImage, align: CardAlign, top: i32, unit: f32, ink: &CardInk) {
    let length = (72.0 * unit).round();
    let thick = (2.0 * unit).round().max(1.0) as i32;
    let left = placed(align, image.width() as f32, length) as i32;
    canvas::fill(image, Area { left, top, width: length as i32, height: thick }, ink.rule);
}
