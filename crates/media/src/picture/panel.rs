//! The caption panel under an animatic's picture: who and where, the prompt, the words spoken, the technical line.
//! It is opaque and always as high at one frame size, so that it covers the panel of a frame handed over.

use image::RgbImage;
use storyreel_core::units::Size;

use super::canvas::{ACCENT, Area, GROUND, Rgb, even};
use super::clock::{self, Clock, ClockPlace};
use super::fonts::FontLibrary;
use super::text;
use super::typeset::{Block, Face, InkSpan, Sizes};
use super::yuv::YuvPicture;
use super::{Sheet, bar};

/// Text to read first.
const BRIGHT: Rgb = [0xf2, 0xf3, 0xf5];
/// The prompt.
const BODY: Rgb = [0xd8, 0xdb, 0xe0];
/// Text to read last. Contrast to the ground is 5.6 to 1.
const QUIET: Rgb = [0x8b, 0x93, 0x9e];

/// The words spoken themselves.
const SPEECH: Rgb = [0xf6, 0xd9, 0xa4];

/// Measures of one frame size, in pixels. `unit` is 1 at 1280x720 and grows with the root of the area.
#[derive(Clone, Copy)]
pub(super) struct PanelLayout {
    pub(super) unit: f32,
    /// Rows of the picture area, even: the panel has the others.
    pub(super) picture: u32,
    pub(super) panel: u32,
    pub(super) margin: f32,
    /// Whether prompt and dialogue fit side by side.
    wide: bool,
    /// Where the prompt begins, from the panel's top; even.
    body_top: f32,
    body_height: f32,
    foot_top: f32,
}

impl PanelLayout {
    pub(super) fn of(size: Size) -> Self {
        let width = size.width as f32;
        let height = size.height as f32;
        let unit = (width * height).sqrt() / 960.0;
        let panel = ((height * 0.345 / 2.0).round() as u32 * 2).min(size.height);
        let body_top = even(62.0 * unit);
        let foot_top = panel as f32 - 42.0 * unit;
        let margin = even((width * 0.033).max(22.0 * unit));
        let body_height = (foot_top - 10.0 * unit - body_top).max(1.0);
        let wide = width - 2.0 * margin > 3.2 * panel as f32;
        Self { unit, picture: size.height - panel, panel, margin, wide, body_top, body_height, foot_top }
    }

    /// A size in pixels that never falls below what can be read.
    fn type_size(&self, at_720p: f32, least: f32) -> f32 {
        (at_720p * self.unit).max(least)
    }
}

/// A finished panel.
pub(super) struct Panel {
    /// The whole panel with its first page.
    pub(super) ground: YuvPicture,
    /// The rows from [`Panel::page_top`] down, once for each page; empty when there is one page.
    pub(super) pages: Vec<YuvPicture>,
    /// The row of the panel where pages begin; even.
    pub(super) page_top: usize,
    pub(super) clock: Clock,
}

impl Panel {
    pub(super) fn paint(fonts: &mut FontLibrary, sheet: &Sheet, measures: &PanelLayout) -> Self {
        let mut image = RgbImage::from_pixel(sheet.size.width, measures.panel, image::Rgb(GROUND));
        let clock = head(fonts, &mut image, sheet, measures);
        let body = PanelBody::new(fonts, sheet, measures);
        let page_top = (measures.body_top as u32).min(measures.panel) & !1;
        let blank = image.clone();
        let count = body.pages().min(sheet.frames.max(1) as usize);
        let mut pages: Vec<YuvPicture> = Vec::new();
        for page in 0..count {
            let mut turned = blank.clone();
            body.draw(fonts, &mut turned, page);
            foot(fonts, &mut turned, sheet, measures, page, count);
            if page == 0 {
                image.clone_from(&turned);
            }
            if count > 1 {
                let part = image::imageops::crop_imm(&turned, 0, page_top, turned.width(), measures.panel - page_top);
                pages.push(YuvPicture::from_rgb(&part.to_image()));
            }
        }
        Self { ground: YuvPicture::from_rgb(&image), pages, page_top: page_top as usize, clock }
    }
}

/// Number, shot and scene on the left, the clocks on the right.
fn head(fonts: &mut FontLibrary, image: &mut RgbImage, sheet: &Sheet, measures: &PanelLayout) -> Clock {
    let width = sheet.size.width as f32;
    let unit = measures.unit;
    let size = measures.type_size(21.0, 12.0);
    let top = even(bar::height(unit) as f32 + 15.0 * unit);
    let format = clock::Format { size: measures.type_size(18.0, 11.0), now: BRIGHT, total: QUIET, film: ACCENT };
    let clock =
        Clock::paint(fonts, image, sheet, format, ClockPlace { right: width - measures.margin, top, line: size });
    let number = sheet.number.as_deref().map(text::clean_line).filter(|number| !number.is_empty());
    let mut spans: Vec<InkSpan> = Vec::new();
    spans.extend(number.map(|number| InkSpan::new(format!("{number}  "), Face::Bold, ACCENT)));
    spans.push(InkSpan::new(text::clean_line(&sheet.shot), Face::Bold, BRIGHT));
    let scene = sheet.scene.as_deref().map(text::clean_line).filter(|scene| !scene.is_empty());
    spans.extend(scene.map(|scene| InkSpan::new(format!("  ·  {scene}"), Face::Regular, QUIET)));
    let mut name = Block::new(fonts, &spans, Some(cosmic_text::Align::Left));
    name.lay_line(fonts, size, clock.left() - measures.margin - 16.0 * unit);
    name.draw(fonts, image, (measures.margin, top), 0..1);
    clock
}

/// The technical line, and which page this is.
fn foot(
    fonts: &mut FontLibrary,
    image: &mut RgbImage,
    sheet: &Sheet,
    measures: &PanelLayout,
    page: usize,
    count: usize,
) {
    let size = measures.type_size(15.0, 10.5);
    let right = sheet.size.width as f32 - measures.margin;
    let mut room = right - measures.margin;
    if count > 1 {
        let mark = [InkSpan::new(format!("{}/{count}", page + 1), Face::Regular, QUIET)];
        let mut mark = Block::new(fonts, &mark, Some(cosmic_text::Align::Left));
        mark.lay_line(fonts, size, room);
        mark.draw_all(fonts, image, (right - mark.width(), measures.foot_top));
        room -= mark.width() + 12.0 * measures.unit;
    }
    let caption = [InkSpan::new(text::clean_line(&sheet.caption), Face::Regular, QUIET)];
    let mut caption = Block::new(fonts, &caption, Some(cosmic_text::Align::Left));
    caption.lay_line(fonts, size, room);
    caption.draw(fonts, image, (measures.margin, measures.foot_top), 0..1);
}

/// The prompt and the dialogue: side by side in wide frames, one above the other in narrow ones.
struct PanelBody {
    parts: Vec<PagedText>,
}

/// Text in its box, a page at a time.
struct PagedText {
    block: Block,
    area: Area,
    lines_to_a_page: usize,
    /// A speech mark in front.
    mark: Option<Block>,
}

/// An area in whole pixels.
fn area(left: f32, top: f32, width: f32, height: f32) -> Area {
    Area {
        left: left.round() as i32,
        top: top.round() as i32,
        width: width.max(1.0) as i32,
        height: height.max(1.0) as i32,
    }
}

impl PanelBody {
    fn new(fonts: &mut FontLibrary, sheet: &Sheet, measures: &PanelLayout) -> Self {
        let spoken = dialogue(&sheet.dialogue);
        let prompt = text::clean(&sheet.prompt);
        let room = sheet.size.width as f32 - 2.0 * measures.margin;
        let left = measures.margin;
        let top = measures.body_top;
        let height = measures.body_height;
        let mut parts = Vec::new();
        if spoken.is_empty() {
            // Lines across a whole wide frame would be too long to read back from.
            let width = if measures.wide { room * 0.82 } else { room };
            parts.push(PagedText::prompt(fonts, prompt, area(left, top, width, height), measures));
        } else if prompt.is_empty() {
            parts.push(PagedText::speech(fonts, &spoken, area(left, top, room, height), measures));
        } else if measures.wide {
            let gutter = 44.0 * measures.unit;
            let first = (room - gutter) * 0.58;
            parts.push(PagedText::prompt(fonts, prompt, area(left, top, first, height), measures));
            let rest = area(left + first + gutter, top, room - gutter - first, height);
            let mut speech = PagedText::speech(fonts, &spoken, rest, measures);
            // Both columns begin on one baseline, though their sizes differ.
            let lower = parts[0].block.first_baseline() - speech.block.first_baseline();
            speech.area.top += lower.max(0.0).round() as i32;
            parts.push(speech);
        } else {
            let speech = PagedText::speech(fonts, &spoken, area(left, top, room, height * 0.42), measures);
            let needed = speech.lines_to_a_page as f32 * speech.block.leading();
            let gap = 12.0 * measures.unit;
            let rest = height - needed - gap;
            parts.push(PagedText::prompt(fonts, prompt, area(left, top, room, rest), measures));
            let below = parts[0].lines_to_a_page as f32 * parts[0].block.leading();
            let moved = Area { top: (top + below + gap).round() as i32, ..speech.area };
            parts.push(PagedText { area: moved, ..speech });
        }
        Self { parts }
    }

    /// How many pages the longest part takes.
    fn pages(&self) -> usize {
        self.parts.iter().map(PagedText::pages).max().unwrap_or(1)
    }

    /// Draws page `page` of [`Self::pages`]; shorter parts turn their pages more slowly.
    fn draw(&self, fonts: &mut FontLibrary, image: &mut RgbImage, page: usize) {
        let all = self.pages();
        for part in &self.parts {
            part.draw(fonts, image, page * part.pages() / all);
        }
    }
}

impl PagedText {
    fn prompt(fonts: &mut FontLibrary, prompt: String, area: Area, measures: &PanelLayout) -> Self {
        // Narrow frames leave more height for each character.
        let largest = if measures.wide { 27.0 } else { 33.0 };
        let sizes = Sizes { largest: measures.type_size(largest, 14.0), smallest: measures.type_size(17.0, 12.0) };
        let block = Block::new(fonts, &[InkSpan::new(prompt, Face::Regular, BODY)], None);
        Self::fitted(fonts, block, area, sizes)
    }

    fn speech(fonts: &mut FontLibrary, spoken: &[InkSpan], area: Area, measures: &PanelLayout) -> Self {
        let largest = if measures.wide { 24.0 } else { 28.0 };
        let sizes = Sizes { largest: measures.type_size(largest, 13.0), smallest: measures.type_size(17.0, 12.0) };
        let indent = (26.0 * measures.unit) as i32;
        let inner = Area { left: area.left + indent, width: (area.width - indent).max(1), ..area };
        let block = Block::new(fonts, spoken, None);
        let mut part = Self::fitted(fonts, block, inner, sizes);
        let mut mark = Block::new(fonts, &[InkSpan::new("“", Face::Bold, ACCENT)], Some(cosmic_text::Align::Left));
        mark.lay(fonts, part.block.size() * 1.9, 8.0 * part.block.size());
        part.mark = Some(mark);
        part
    }

    fn fitted(fonts: &mut FontLibrary, mut block: Block, area: Area, sizes: Sizes) -> Self {
        block.fit_words(fonts, sizes, area.width as f32, area.height as f32);
        let on_page = ((area.height as f32 / block.leading()) as usize).max(1);
        let pages = block.lines().div_ceil(on_page).max(1);
        let lines_to_a_page = block.lines().div_ceil(pages).max(1);
        Self { block, area, lines_to_a_page, mark: None }
    }

    fn pages(&self) -> usize {
        self.block.lines().div_ceil(self.lines_to_a_page).max(1)
    }

    fn draw(&self, fonts: &mut FontLibrary, image: &mut RgbImage, page: usize) {
        let left = self.area.left as f32;
        let top = self.area.top as f32;
        if let Some(mark) = &self.mark {
            let rise = (mark.leading() - self.block.leading()) / 2.0 - self.block.size() * 0.36;
            mark.draw_all(fonts, image, (left - self.block.size() * 1.12, top - rise));
        }
        let first = page * self.lines_to_a_page;
        self.block.draw(fonts, image, (left, top), first..first + self.lines_to_a_page);
    }
}

/// The lines spoken, each on its own line with its speaker set off.
fn dialogue(lines: &[String]) -> Vec<InkSpan> {
    let mut spans: Vec<InkSpan> = Vec::new();
    for line in lines.iter().map(|line| text::clean_line(line)).filter(|line| !line.is_empty()) {
        let end = if spans.is_empty() { "" } else { "\n" };
        // A speaker is a name: a colon far into the line belongs to what is said.
        match line.split_once(": ").filter(|(speaker, _)| speaker.chars().count() <= 32) {
            Some((speaker, words)) => {
                let direction = text::direction_mark(speaker, words).map(String::from).unwrap_or_default();
                spans.push(InkSpan::new(format!("{end}{direction}{speaker}  "), Face::Bold, ACCENT));
                spans.push(InkSpan::new(words, Face::Italic, SPEECH));
            }
            None => spans.push(InkSpan::new(format!("{end}{line}"), Face::Italic, SPEECH)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the first letter of the name and the last sign of the words of a line of dialogue stand.
    fn ends(fonts: &mut FontLibrary, line: &str) -> [f32; 2] {
        let spans = dialogue(&[line.to_owned()]);
        let name = spans[0].text.find(char::is_alphabetic).expect("a name has letters");
        let last = spans[0].text.len() + spans[1].text.len() - 1;
        let mut block = Block::new(fonts, &spans, None);
        block.lay(fonts, 20.0, 900.0);
        [name, last].map(|byte| block.left_of(byte).expect("it is drawn"))
    }

    #[test]
    fn a_line_from_right_to_left_ends_on_the_left_whatever_its_speaker_is_called() {
        let mut fonts = FontLibrary::new();
        if !fonts.missing("שלום").is_empty() {
            // Without a font, signs stand for the letters, and they have no direction.
            return;
        }
        for line in ["Mara: שלום עולם!", "שרה: שלום עולם!"] {
            let [name, stop] = ends(&mut fonts, line);
            assert!(stop < name, "{line}: the end stands at {stop}, the name at {name}");
        }
        for line in ["שרה: One more night.", "Mara: One more night.", "Mara: He said שלום."] {
            let [name, stop] = ends(&mut fonts, line);
            assert!(name < stop, "{line}: the end stands at {stop}, the name at {name}");
        }
    }
}
