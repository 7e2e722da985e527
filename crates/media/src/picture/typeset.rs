//! Sets text: styled spans to lines that fit a box, and lines to pixels. Owns sizes and line breaks, not places.

use std::ops::Range;
use std::sync::Arc;

use cosmic_text::{
    Align, Attrs, Buffer, CacheKeyFlags, Color, Ellipsize, EllipsizeHeightLimit, Family, LayoutGlyph, Metrics, Shaping,
    Style, Weight, Wrap,
};
use image::RgbImage;

use super::canvas::{self, Rgb};
use super::fonts::{BUNDLED, FontLibrary};

/// Line height in font sizes: open enough for accents, Chinese and Arabic.
const LEADING: f32 = 1.36;

/// The same for large titles.
const TIGHT: f32 = 1.18;

/// Height of capitals in font sizes (Inter's own metrics: 2048 of 2816 units).
const CAPITALS: f32 = 0.727;

/// Sizes tried between the largest and the smallest.
const STEPS: u32 = 12;

/// What widths may be off by, in pixels, because they are sums of fractions.
const ROUNDING: f32 = 0.5;

/// How a span is drawn.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pub(super) face: Face,
    pub(super) colour: Rgb,
}

/// The faces of the bundled family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Italic,
}

/// Clean text (see [`super::text`]) in one ink.
pub(super) struct InkSpan {
    pub(super) text: String,
    pub(super) ink: Ink,
}

impl InkSpan {
    pub(super) fn new(text: impl Into<String>, face: Face, colour: Rgb) -> Self {
        Self { text: text.into(), ink: Ink { face, colour } }
    }
}

/// The sizes a text may have, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) largest: f32,
    pub(super) smallest: f32,
}

impl Sizes {
    /// The size at one of [`STEPS`] steps from the largest to the smallest.
    fn at_step(self, step: u32) -> f32 {
        let ratio = (self.smallest / self.largest).min(1.0);
        self.largest * ratio.powf(step as f32 / STEPS as f32)
    }
}

/// A line as it is set.
pub(super) struct SetLine<'a> {
    /// The row on which its letters stand.
    pub(super) baseline: f32,
    /// The paragraph to which the places of its glyphs refer.
    pub(super) text: &'a str,
    pub(super) glyphs: &'a [LayoutGlyph],
}

/// Shaped text that can be broken into lines at any size and width.
pub(super) struct Block {
    buffer: Buffer,
    size: f32,
    /// Line height in font sizes.
    leading: f32,
}

impl Block {
    /// Shapes the spans. `align` is none for the natural side: left, or right for Arabic and Hebrew.
    pub(super) fn new(fonts: &mut FontLibrary, spans: &[InkSpan], align: Option<Align>) -> Self {
        Self::in_family(fonts, spans, align, None)
    }

    /// The same in a family of [`FontLibrary::adopt_given`], as far as that has the letters.
    pub(super) fn in_family(
        fonts: &mut FontLibrary,
        spans: &[InkSpan],
        align: Option<Align>,
        family: Option<&Arc<str>>,
    ) -> Self {
        let runs: Vec<_> = spans.iter().map(|span| (span.ink, fonts.runs(&span.text, family))).collect();
        let mut buffer = Buffer::new_empty(Metrics::new(16.0, 16.0 * LEADING));
        buffer.set_wrap(Wrap::WordOrGlyph);
        let pieces = runs
            .iter()
            .flat_map(|(ink, runs)| runs.iter().map(|run| (run.text.as_str(), attributes(*ink, &run.family))));
        let plain = Attrs::new().family(Family::Name(BUNDLED));
        buffer.set_rich_text(pieces, &plain, Shaping::Advanced, align);
        Self { buffer, size: 16.0, leading: LEADING }
    }

    /// Sets lines closer together, as suits a large title.
    pub(super) fn tight(mut self) -> Self {
        self.leading = TIGHT;
        self
    }

    /// Breaks the text at `size` into lines of at most `width` pixels.
    pub(super) fn lay(&mut self, fonts: &mut FontLibrary, size: f32, width: f32) {
        self.size = size.max(1.0);
        let metrics = Metrics::new(self.size, self.leading());
        self.buffer.set_metrics_and_size(metrics, Some(width.max(1.0)), None);
        self.buffer.shape_until_scroll(&mut fonts.system, false);
        #[cfg(test)]
        self.buffer.lines.iter().for_each(|line| fonts.laid += line.text().len());
    }

    /// The height of the text in pixels when it is broken at this size and width.
    pub(super) fn height_at(&mut self, fonts: &mut FontLibrary, size: f32, width: f32) -> f32 {
        self.lay(fonts, size, width);
        self.height()
    }

    /// Sets the text as one line of at most `width` pixels, cut with an ellipsis.
    pub(super) fn lay_line(&mut self, fonts: &mut FontLibrary, size: f32, width: f32) {
        self.buffer.set_wrap(Wrap::None);
        self.buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(1)));
        self.lay(fonts, size, width);
    }

    /// Lays the text at the largest of `sizes` at which it fits `width` by `height` pixels, else at the smallest.
    pub(super) fn fit(&mut self, fonts: &mut FontLibrary, sizes: Sizes, width: f32, height: f32) {
        let mut fits = STEPS;
        let mut too_large = None;
        let mut low = 0;
        while low < fits {
            let middle = u32::midpoint(low, fits);
            self.lay(fonts, sizes.at_step(middle), width);
            if self.height() <= height && !self.overflows(width) {
                fits = middle;
            } else {
                too_large = Some(middle);
                low = middle + 1;
            }
        }
        if too_large.is_some() || self.size.to_bits() != sizes.at_step(fits).to_bits() {
            self.lay(fonts, sizes.at_step(fits), width);
        }
    }

    /// The same with every word whole, where any size allows that; else words are broken.
    pub(super) fn fit_words(&mut self, fonts: &mut FontLibrary, sizes: Sizes, width: f32, height: f32) {
        self.buffer.set_wrap(Wrap::Word);
        self.fit(fonts, sizes, width, height);
        if self.overflows(width) {
            self.buffer.set_wrap(Wrap::WordOrGlyph);
            self.fit(fonts, sizes, width, height);
        }
    }

    /// Whether a word that is kept whole is longer than `width` pixels.
    fn overflows(&self, width: f32) -> bool {
        self.width() > width + ROUNDING
    }

    /// Cuts text laid higher than `height` pixels at its last line, with an ellipsis.
    pub(super) fn cut(&mut self, fonts: &mut FontLibrary, height: f32) {
        let lines = ((height / self.leading()) as usize).max(1);
        self.buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(lines)));
        self.lay(fonts, self.size, self.measure());
    }

    /// Narrows the lines as far as their number allows, so that they come out about equally long.
    pub(super) fn balance(&mut self, fonts: &mut FontLibrary, width: f32) {
        let lines = self.lines();
        let mut low = width / lines.max(1) as f32 * 0.8;
        let mut high = width;
        for _ in 0..7 {
            let middle = f32::midpoint(low, high);
            self.lay(fonts, self.size, middle);
            if self.lines() > lines || self.overflows(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.lay(fonts, self.size, high);
    }

    /// The number of lines.
    pub(super) fn lines(&self) -> usize {
        self.buffer.layout_runs().count()
    }

    /// The distance between lines in pixels.
    pub(super) fn leading(&self) -> f32 {
        self.size * self.leading
    }

    /// The height of all lines in pixels.
    pub(super) fn height(&self) -> f32 {
        self.lines() as f32 * self.leading()
    }

    /// The font size in pixels.
    pub(super) fn size(&self) -> f32 {
        self.size
    }

    /// How far the first baseline lies below the top, in pixels.
    pub(super) fn first_baseline(&self) -> f32 {
        f32::midpoint(self.leading(), self.size * CAPITALS)
    }

    /// The length of the longest line in pixels.
    pub(super) fn width(&self) -> f32 {
        self.buffer.layout_runs().map(|run| run.line_w).fold(0.0, f32::max)
    }

    /// The width lines were broken at.
    pub(super) fn measure(&self) -> f32 {
        self.buffer.size().0.unwrap_or_default()
    }

    /// Where the glyph of the first line that draws byte `at` begins, in pixels.
    #[cfg(test)]
    pub(super) fn left_of(&self, at: usize) -> Option<f32> {
        let run = self.buffer.layout_runs().next()?;
        run.glyphs.iter().find(|glyph| (glyph.start..glyph.end).contains(&at)).map(|glyph| glyph.x)
    }

    /// The given lines, the first of them with its top at `y`.
    pub(super) fn set_lines(&self, y: f32, lines: Range<usize>) -> impl Iterator<Item = SetLine<'_>> {
        let start = lines.start;
        let count = lines.len();
        self.buffer.layout_runs().skip(start).take(count).enumerate().map(move |(row, run)| {
            // Baselines stand on a grid of their own: the engine's would move with the fonts used in each line.
            let middle = (row as f32 + 0.5).mul_add(self.leading(), y);
            SetLine { baseline: middle + self.size * CAPITALS / 2.0, text: run.text, glyphs: run.glyphs }
        })
    }

    /// Draws the given lines, the first of them with its upper left corner at (`x`, `y`).
    pub(super) fn draw(&self, fonts: &mut FontLibrary, image: &mut RgbImage, (x, y): (f32, f32), lines: Range<usize>) {
        for line in self.set_lines(y, lines) {
            let baseline = line.baseline.round();
            for glyph in line.glyphs {
                let place = glyph.physical((x, baseline), 1.0);
                let colour = glyph.color_opt.map_or([255; 3], |c| [c.r(), c.g(), c.b()]);
                if let Some(picture) = fonts.glyphs.get_image(&mut fonts.system, place.cache_key) {
                    canvas::glyph(image, (place.x, place.y), picture, colour);
                }
            }
        }
    }

    /// Draws every line.
    pub(super) fn draw_all(&self, fonts: &mut FontLibrary, image: &mut RgbImage, at: (f32, f32)) {
        self.draw(fonts, image, at, 0..usize::MAX);
    }
}

fn attributes(ink: Ink, family: &str) -> Attrs<'_> {
    let [r, g, b] = ink.colour;
    let weight = if ink.face == Face::Bold { Weight::BOLD } else { Weight::NORMAL };
    // Other scripts have no italic of their own; a slanted imitation reads worse than the upright.
    let slanted = ink.face == Face::Italic && family == BUNDLED;
    let style = if slanted { Style::Italic } else { Style::Normal };
    Attrs::new()
        .family(Family::Name(family))
        .weight(weight)
        .style(style)
        .color(Color::rgb(r, g, b))
        .cache_key_flags(CacheKeyFlags::DISABLE_HINTING)
}
