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

/// Whether all words of the card have room on it.
pub(super) fn fits(fonts: &mut FontLibrary, card: &TitleCard) -> bool {
    CardWords::set(fonts, card).complete
}

/// The share of the height that words may fill on a crowded card: the title-safe area.
const SAFE: f32 = 0.88;

/// The words of a card, set.
struct CardWords {
    title: Option<SetWords>,
    subtitle: Option<SetWords>,
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
    fn set(fonts: &mut FontLibrary, card: &TitleCard) -> Self {
        let spacious = Self::spacious(fonts, card);
        if spacious.complete {
            return spacious;
        }
        Self::crowded(fonts, card).unwrap_or(spacious)
    }

    /// The usual card: a large title, and a small line below it.
    fn spacious(fonts: &mut FontLibrary, card: &TitleCard) -> Self {
        let size = CardSize::of(card);
        let unit = size.unit;
        let below = subtitle_block(fonts, card);
        let share = if below.is_some() { 0.50 } else { 0.66 };
        let sizes = Sizes { largest: 92.0 * unit, smallest: (20.0 * unit).max(11.0) };
        let title = title_block(fonts, card);
        let title = title.map(|block| SetWords::fit(fonts, block, sizes, size.width * 0.80, size.height * share));
        let title_size = title.as_ref().map_or(sizes.largest, |title| title.block.size());
        let largest = (title_size * 0.46).clamp(17.0 * unit, 32.0 * unit);
        let sizes = Sizes { largest, smallest: (15.0 * unit).max(10.0) };
        let subtitle = below.map(|block| SetWords::fit(fonts, block, sizes, size.width * 0.70, size.height * 0.22));
        let gap = (26.0 * unit).max(title_size * 0.42);
        Self::of(title, subtitle, gap)
    }

    /// A card with more words: the title gives way to the lines below it, and both are smaller. `None` where even the
    /// smallest letters have no room.
    fn crowded(fonts: &mut FontLibrary, card: &TitleCard) -> Option<Self> {
        let size = CardSize::of(card);
        let unit = size.unit;
        let width = size.width * 0.84;
        let room = size.height * SAFE;
        let smallest = (14.0 * unit).max(6.0);
        let mut below = subtitle_block(fonts, card);
        let gap = if below.is_some() { 16.0 * unit } else { 0.0 };
        let mut title = title_block(fonts, card);
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
        let subtitle = below.map(|block| SetWords::fit(fonts, block, sizes, width, room - taken));
        Some(Self::of(title, subtitle, gap))
    }

    fn of(title: Option<SetWords>, subtitle: Option<SetWords>, gap: f32) -> Self {
        let complete = [&title, &subtitle].into_iter().flatten().all(SetWords::is_complete);
        Self { title, subtitle, gap, complete }
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

    /// Draws it in the middle; what is beyond the box ends in an ellipsis.
    fn draw(&mut self, fonts: &mut FontLibrary, image: &mut RgbImage, y: f32) {
        if !self.is_complete() {
            self.block.cut(fonts, self.room);
        }
        let left = (image.width() as f32 - self.block.measure()) / 2.0;
        self.block.draw(fonts, image, (left, y), 0..self.lines());
    }
}

/// Measures of a card in pixels. `unit` is 1 at 1280x720 and grows with the root of the area.
struct CardSize {
    width: f32,
    height: f32,
    unit: f32,
}

impl CardSize {
    fn of(card: &TitleCard) -> Self {
        let width = card.size.width as f32;
        let height = card.size.height as f32;
        Self { width, height, unit: (width * height).sqrt() / 960.0 }
    }
}

fn title_block(fonts: &mut FontLibrary, card: &TitleCard) -> Option<Block> {
    let title = Some(text::clean(&card.text)).filter(|text| !text.is_empty())?;
    Some(Block::new(fonts, &[InkSpan::new(title, Face::Bold, TITLE)], Some(Align::Center)).tight())
}

fn subtitle_block(fonts: &mut FontLibrary, card: &TitleCard) -> Option<Block> {
    let subtitle = card.subtitle.as_deref().map(text::clean).filter(|text| !text.is_empty())?;
    Some(Block::new(fonts, &[InkSpan::new(subtitle, Face::Regular, SUBTITLE)], Some(Align::Center)))
}

fn lettering(fonts: &mut FontLibrary, image: &mut RgbImage, card: &TitleCard) {
    let CardSize { width, height, unit } = CardSize::of(card);
    let mut words = CardWords::set(fonts, card);
    let rule = if words.title.is_some() && words.subtitle.is_some() { words.gap * 2.0 } else { 0.0 };
    let title_height = words.title.as_ref().map_or(0.0, SetWords::height);
    let below_height = words.subtitle.as_ref().map_or(0.0, SetWords::height);
    let mut y = (height - title_height - rule - below_height) / 2.0;
    if let Some(title) = &mut words.title {
        title.draw(fonts, image, y);
    }
    y += title_height;
    if rule > 0.0 {
        let length = (72.0 * unit).round() as i32;
        let thick = (2.0 * unit).round().max(1.0) as i32;
        let left = (width as i32 - length) / 2;
        canvas::fill(image, Area { left, top: (y + words.gap) as i32, width: length, height: thick }, RULE);
        y += rule;
    }
    if let Some(subtitle) = &mut words.subtitle {
        subtitle.draw(fonts, image, y);
    }
}
