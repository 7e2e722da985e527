//! A storyboard on paper: panels with a picture and its words, some a page, as a PDF. Words that have no room beside their
//! picture stand whole on pages at the end.

use std::collections::HashMap;
use std::rc::Rc;

use cosmic_text::LayoutGlyph;
use cosmic_text::fontdb::ID;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size as PaperSize, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Data, Document};

use super::canvas::Rgb;
use super::fonts::FontLibrary;
use super::text;
use super::typeset::{Block, Face, InkSpan, Sizes};
use super::{PaperBoard, PaperPanel, PaperPicture, PaperSheet};

/// What is left free at the edges: printers reach no further than about 12 mm.
const MARGIN: f32 = 36.0;

/// The height of the title and of what stands under the panels.
const HEAD: f32 = 34.0;
const FOOT: f32 = 18.0;

/// Between panels.
const GAP: f32 = 18.0;

const INK: Rgb = [0x16, 0x18, 0x1c];
const SOFT: Rgb = [0x5c, 0x60, 0x68];
const NUMBER: Rgb = [0x9a, 0x5b, 0x00];
const LINE: Rgb = [0xc4, 0xc7, 0xcc];
const EMPTY: Rgb = [0xee, 0xef, 0xf1];

/// Sizes of the words of a panel: below 7 points print is hard to read.
const WORDS: Sizes = Sizes { largest: 10.5, smallest: 7.0 };

/// The size of words on the pages at the end.
const WHOLE: f32 = 9.0;

/// Where something stands on a page, in points from its upper left corner.
#[derive(Clone, Copy)]
struct Place {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

/// How the panels stand on a page.
struct PageLayout {
    width: f32,
    height: f32,
    columns: usize,
    rows: usize,
    /// Whether the words stand beside the picture rather than below it.
    is_beside: bool,
}

impl PageLayout {
    fn of(board: &PaperBoard) -> Self {
        let is_upright = board.shape.height > board.shape.width;
        let (columns, rows, is_lying) = match board.per_page {
            0 | 1 => (1, 1, true),
            2 => (1, 2, false),
            3 => (1, 3, false),
            _ => (3, 2, true),
        };
        let is_beside = rows == 3 || is_upright;
        // In points of a 72nd of an inch.
        let (short, long) = match board.sheet {
            PaperSheet::A4 => (595.28, 841.89),
            PaperSheet::Letter => (612.0, 792.0),
        };
        let (width, height) = if is_lying { (long, short) } else { (short, long) };
        Self { width, height, columns, rows, is_beside }
    }

    /// How many panels a page has.
    const fn panels(&self) -> usize {
        self.columns * self.rows
    }

    /// Where panel `n` of a page stands.
    fn place(&self, n: usize) -> Place {
        let columns = self.columns as f32;
        let rows = self.rows as f32;
        let width = (self.width - 2.0 * MARGIN - GAP * (columns - 1.0)) / columns;
        let height = (self.height - 2.0 * MARGIN - HEAD - FOOT - GAP * (rows - 1.0)) / rows;
        Place {
            left: MARGIN + (n % self.columns) as f32 * (width + GAP),
            top: MARGIN + HEAD + (n / self.columns) as f32 * (height + GAP),
            width,
            height,
        }
    }

    /// Where the picture of a panel and its words stand.
    fn parts(&self, panel: Place, shape: f32) -> PanelParts {
        if self.is_beside {
            let width = (panel.width * 0.52).min(panel.height * shape);
            let gap = 14.0;
            let words = Place { left: panel.left + width + gap, width: panel.width - width - gap, ..panel };
            return PanelParts { picture: Place { width, ..panel }, words };
        }
        let height = (panel.width / shape).min(panel.height * if self.panels() == 1 { 0.74 } else { 0.62 });
        let gap = 8.0;
        let words = Place { top: panel.top + height + gap, height: panel.height - height - gap, ..panel };
        PanelParts { picture: Place { height, ..panel }, words }
    }
}

#[derive(Clone, Copy)]
struct PanelParts {
    picture: Place,
    words: Place,
}

/// The bytes of the PDF; why it could not be written, where that is so.
pub(super) fn write(fonts: &mut FontLibrary, board: &PaperBoard) -> Result<Vec<u8>, String> {
    let layout = PageLayout::of(board);
    let shape = board.shape.width.max(1) as f32 / board.shape.height.max(1) as f32;
    let mut long = Vec::new();
    for panel in &board.panels {
        let words = layout.parts(layout.place(0), shape).words;
        if !PanelWords::set(fonts, panel, words).is_whole() {
            long.push(panel);
        }
    }
    let ends = whole_words(fonts, &long, &layout);
    let pages = board.panels.len().div_ceil(layout.panels()).max(1);
    let mut paper = Paper { fonts, faces: HashMap::new(), board, layout: &layout, pages: pages + ends.len() };
    let mut document = Document::new();
    let metadata = Metadata::new().title(text::clean_line(&board.title)).producer("storyreel".to_owned());
    document.set_metadata(metadata);
    for page in 0..pages {
        let panels = board.panels.iter().skip(page * layout.panels()).take(layout.panels());
        paper.page(&mut document, page, |paper, surface| {
            for (n, panel) in panels.enumerate() {
                paper.panel(surface, panel, layout.parts(layout.place(n), shape));
            }
        })?;
    }
    for (n, parts) in ends.iter().enumerate() {
        paper.page(&mut document, pages + n, |paper, surface| {
            for part in parts {
                paper.block(surface, &part.block, (MARGIN, part.top), part.lines.clone());
            }
        })?;
    }
    document.finish().map_err(|error| format!("{error:?}"))
}

/// Lines of a text on a page at the end.
struct WholePart {
    block: Rc<Block>,
    top: f32,
    lines: std::ops::Range<usize>,
}

/// The words of the panels that had no room for them, page by page.
fn whole_words(fonts: &mut FontLibrary, panels: &[&PaperPanel], layout: &PageLayout) -> Vec<Vec<WholePart>> {
    let mut pages: Vec<Vec<WholePart>> = Vec::new();
    let bottom = layout.height - MARGIN - FOOT;
    let mut y = bottom;
    for panel in panels {
        let mut spans = vec![InkSpan::new(format!("{}  ", text::clean_line(&panel.number)), Face::Bold, NUMBER)];
        spans.push(InkSpan::new(format!("{}\n", text::clean_line(&panel.name)), Face::Bold, INK));
        spans.extend(words_of(panel));
        let mut block = Block::new(fonts, &spans, None);
        block.lay(fonts, WHOLE, layout.width - 2.0 * MARGIN);
        let block = Rc::new(block);
        let mut next = 0;
        while next < block.lines() {
            // A heading does not stand alone at the bottom.
            let least = if next == 0 { 3.0 } else { 1.0 };
            if y + least * block.leading() > bottom {
                pages.push(Vec::new());
                y = MARGIN + HEAD;
            }
            let room = (((bottom - y) / block.leading()) as usize).max(1);
            let lines = next..(next + room).min(block.lines());
            next = lines.end;
            let height = lines.len() as f32 * block.leading();
            if let Some(page) = pages.last_mut() {
                page.push(WholePart { block: Rc::clone(&block), top: y, lines });
            }
            y += height;
        }
        y += GAP;
    }
    pages
}

/// What stands below the heading of a panel.
fn words_of(panel: &PaperPanel) -> Vec<InkSpan> {
    let mut spans = Vec::new();
    let add = |spans: &mut Vec<InkSpan>, text: String, face, colour| {
        if !text.is_empty() {
            spans.push(InkSpan::new(text, face, colour));
        }
    };
    let paragraph = |spans: &Vec<InkSpan>| if spans.is_empty() { "" } else { "\n" };
    let words = text::clean(&panel.words);
    add(&mut spans, words, Face::Regular, INK);
    for line in &panel.dialogue {
        let before = paragraph(&spans);
        let speaker = line.speaker.as_deref().map(text::clean_line).unwrap_or_default();
        let between = if speaker.is_empty() { "" } else { "  " };
        add(&mut spans, format!("{before}{speaker}{between}"), Face::Bold, NUMBER);
        add(&mut spans, text::clean_line(&line.words), Face::Italic, INK);
        for subtitle in &line.subtitles {
            add(&mut spans, format!("\n{}  ", text::clean_line(&subtitle.language)), Face::Regular, SOFT);
            add(&mut spans, text::clean_line(&subtitle.words), Face::Regular, INK);
        }
    }
    if let Some(notes) = panel.notes.as_deref().map(text::clean).filter(|notes| !notes.is_empty()) {
        let before = paragraph(&spans);
        add(&mut spans, format!("{before}{notes}"), Face::Regular, SOFT);
    }
    spans
}

/// The words of a panel, set for their place.
struct PanelWords {
    head: Block,
    times: Block,
    body: Option<Block>,
    room: f32,
}

impl PanelWords {
    fn set(fonts: &mut FontLibrary, panel: &PaperPanel, place: Place) -> Self {
        let number = InkSpan::new(format!("{}  ", text::clean_line(&panel.number)), Face::Bold, NUMBER);
        let name = InkSpan::new(text::clean_line(&panel.name), Face::Bold, INK);
        let mut spans = vec![number, name];
        let scene = panel.scene.as_deref().map(text::clean_line).filter(|scene| !scene.is_empty());
        spans.extend(scene.map(|scene| InkSpan::new(format!("  ·  {scene}"), Face::Regular, SOFT)));
        let mut head = Block::new(fonts, &spans, Some(cosmic_text::Align::Left));
        head.lay_line(fonts, 11.0, place.width);
        let times = [InkSpan::new(text::clean_line(&panel.times), Face::Regular, SOFT)];
        let mut times = Block::new(fonts, &times, Some(cosmic_text::Align::Left));
        times.lay_line(fonts, 8.0, place.width);
        let room = place.height - head.height() - times.height() - 4.0;
        let spans = words_of(panel);
        let mut body = (!spans.is_empty()).then(|| Block::new(fonts, &spans, None));
        if let Some(body) = &mut body {
            body.fit(fonts, WORDS, place.width, room);
        }
        Self { head, times, body, room }
    }

    fn is_whole(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.height() <= self.room)
    }
}

/// What is being written.
struct Paper<'a> {
    fonts: &'a mut FontLibrary,
    /// The fonts that are used, as they are embedded.
    faces: HashMap<ID, Option<Font>>,
    board: &'a PaperBoard,
    layout: &'a PageLayout,
    pages: usize,
}

impl Paper<'_> {
    fn page(
        &mut self,
        document: &mut Document,
        number: usize,
        fill: impl FnOnce(&mut Self, &mut Surface<'_>),
    ) -> Result<(), String> {
        let settings = PageSettings::from_wh(self.layout.width, self.layout.height).ok_or("the page has no size")?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        self.head(&mut surface, number);
        fill(self, &mut surface);
        surface.finish();
        page.finish();
        Ok(())
    }

    /// The title above, and which page it is below.
    fn head(&mut self, surface: &mut Surface<'_>, number: usize) {
        let width = self.layout.width - 2.0 * MARGIN;
        let title = InkSpan::new(text::clean_line(&self.board.title), Face::Bold, INK);
        let under = InkSpan::new(format!("   {}", text::clean_line(&self.board.under)), Face::Regular, SOFT);
        let mut block = Block::new(self.fonts, &[title, under], Some(cosmic_text::Align::Left));
        block.lay_line(self.fonts, 11.0, width);
        self.block(surface, &block, (MARGIN, MARGIN), 0..1);
        rule(surface, Place { left: MARGIN, top: MARGIN + HEAD - 12.0, width, height: 0.75 }, LINE);
        let page = [InkSpan::new(format!("{} / {}", number + 1, self.pages), Face::Regular, SOFT)];
        let mut block = Block::new(self.fonts, &page, Some(cosmic_text::Align::Right));
        block.lay(self.fonts, 8.0, width);
        self.block(surface, &block, (MARGIN, self.layout.height - MARGIN - FOOT + 6.0), 0..1);
    }

    fn panel(&mut self, surface: &mut Surface<'_>, panel: &PaperPanel, parts: PanelParts) {
        picture(surface, panel.picture.as_ref(), parts.picture);
        let words = PanelWords::set(self.fonts, panel, parts.words);
        let Place { left, top, .. } = parts.words;
        self.block(surface, &words.head, (left, top), 0..1);
        self.block(surface, &words.times, (left, top + words.head.height()), 0..1);
        let is_whole = words.is_whole();
        let Some(body) = &words.body else { return };
        let y = top + words.head.height() + words.times.height() + 4.0;
        if is_whole {
            self.block(surface, body, (left, y), 0..body.lines());
            return;
        }
        let lines = ((words.room / body.leading()) as usize).saturating_sub(1);
        self.block(surface, body, (left, y), 0..lines);
        let more = [InkSpan::new("… whole on the last pages", Face::Italic, SOFT)];
        let mut more = Block::new(self.fonts, &more, Some(cosmic_text::Align::Left));
        more.lay_line(self.fonts, WORDS.smallest, parts.words.width);
        self.block(surface, &more, (left, (lines as f32).mul_add(body.leading(), y)), 0..1);
    }

    /// Writes lines of a text with their upper left corner at a place.
    fn block(&mut self, surface: &mut Surface<'_>, block: &Block, at: (f32, f32), lines: std::ops::Range<usize>) {
        for line in block.set_lines(at.1, lines) {
            // Words of scripts that run from the right come from their last letter on.
            let mut seen: Vec<&LayoutGlyph> = line.glyphs.iter().collect();
            seen.sort_by(|one, other| one.x.total_cmp(&other.x));
            let mut glyphs = seen.as_slice();
            while let Some(first) = glyphs.first() {
                let is_alike =
                    |glyph: &&&LayoutGlyph| glyph.font_id == first.font_id && glyph.color_opt == first.color_opt;
                let count = glyphs.iter().take_while(is_alike).count();
                let (run, rest) = glyphs.split_at(count);
                glyphs = rest;
                let Some(face) = self.face(first.font_id) else { continue };
                let colour = first.color_opt.map_or(INK, |colour| [colour.r(), colour.g(), colour.b()]);
                surface.set_fill(Some(fill(colour)));
                let nexts = run.iter().skip(1).map(Some).chain([None]);
                let drawn: Vec<KrillaGlyph> =
                    run.iter().zip(nexts).map(|(glyph, next)| krilla_glyph(glyph, next.copied())).collect();
                let start = Point::from_xy(at.0 + first.x, line.baseline);
                surface.draw_glyphs(start, &drawn, face, line.text, first.font_size, false);
            }
        }
    }

    /// A font as it is embedded; `None` for one that cannot be.
    fn face(&mut self, id: ID) -> Option<Font> {
        if let Some(face) = self.faces.get(&id) {
            return face.clone();
        }
        let data = self.fonts.face_data(id);
        let face = data.and_then(|(bytes, index)| Font::new(Data::from(bytes), index));
        self.faces.insert(id, face.clone());
        face
    }
}

/// A glyph with its measures in sizes of its type; the next one stands where it was set.
fn krilla_glyph(glyph: &LayoutGlyph, next: Option<&LayoutGlyph>) -> KrillaGlyph {
    let advance = next.map_or(glyph.w, |next| next.x - glyph.x);
    let size = glyph.font_size.max(0.1);
    let range = glyph.start..glyph.end;
    let id = GlyphId::new(u32::from(glyph.glyph_id));
    KrillaGlyph::new(id, advance / size, glyph.x_offset, glyph.y_offset, 0.0, range, None)
}

fn fill([red, green, blue]: Rgb) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

/// A filled rectangle.
fn rule(surface: &mut Surface<'_>, place: Place, colour: Rgb) {
    let Some(rect) = Rect::from_xywh(place.left, place.top, place.width, place.height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    let Some(path) = path.finish() else { return };
    surface.set_fill(Some(fill(colour)));
    surface.draw_path(&path);
}

/// A picture whole in its place, on a light ground where it has another shape or is not there.
fn picture(surface: &mut Surface<'_>, picture: Option<&PaperPicture>, place: Place) {
    rule(surface, place, EMPTY);
    let Some(picture) = picture else { return };
    let Ok(image) = Image::from_jpeg(Data::from(picture.jpeg.clone()), true) else { return };
    let (width, height) = image.size();
    let scale = (place.width / width.max(1) as f32).min(place.height / height.max(1) as f32);
    let wide = width as f32 * scale;
    let tall = height as f32 * scale;
    let Some(size) = PaperSize::from_wh(wide, tall) else { return };
    let left = place.left + (place.width - wide) / 2.0;
    let top = place.top + (place.height - tall) / 2.0;
    surface.push_transform(&Transform::from_translate(left, top));
    surface.draw_image(image, size);
    surface.pop();
}
