//! Paints video frames in memory, as planar I420 (8 bits, BT.709, limited range): the animatic that stands in for a
//! paid model, title cards, and still images with a slow move. Text is set here and nowhere else, so any text is safe.
//!
//! Nothing here knows files or encoders. The one thing it reads is the system's fonts, and only for texts that hold
//! characters the bundled font lacks. Equal input gives equal bytes wherever the same fonts are installed.

mod backdrop;
mod bar;
mod canvas;
mod card;
mod card_ink;
mod clock;
mod contact;
mod fonts;
mod motion;
mod panel;
mod paper;
mod plate;
mod roll;
mod sheet;
mod still;
mod subtitle;
mod text;
mod typeset;
mod yuv;

use std::sync::Arc;

use image::RgbImage;
use storyreel_core::storyboard::CardAlign;
use storyreel_core::timeline::Fit;
use storyreel_core::units::{Digest, Rate, Size};

/// The animatic of one shot: its picture, moving slowly, over a caption panel that tells what will be seen.
pub struct Sheet {
    /// The frame size; both sides are even.
    pub size: Size,
    /// The frame rate.
    pub rate: Rate,
    /// How many frames, at least one.
    pub frames: u64,
    /// The shot's id.
    pub shot: String,
    /// The shot's number on the board.
    pub number: Option<String>,
    /// The frame of the film at which the shot's clip begins: below zero where the film begins with a later part of it.
    pub film_frame: Option<i64>,
    /// The scene the shot belongs to.
    pub scene: Option<String>,
    /// What the model will be asked for.
    pub prompt: String,
    /// The lines spoken, such as `Mara: One more night.`
    pub dialogue: Vec<String>,
    /// A small technical line, such as `seedance-2.0 · 720p · 5 s · first frame`.
    pub caption: String,
    /// What the shot begins with.
    pub start: BackgroundPlate,
    /// What the shot ends with: its last frame is exactly this plate.
    pub end: Option<BackgroundPlate>,
    /// Decides the backdrop.
    pub seed: [u8; 32],
}

/// The picture a shot begins or ends with. An image without pixels counts as [`BackgroundPlate::Backdrop`].
pub enum BackgroundPlate {
    /// Nothing is given: a landscape drawn from the seed.
    Backdrop,
    /// The user's image, seen whole over a blurred copy of itself.
    Given(RgbImage),
    /// The last frame of the shot before. It fills the frame, and frame 0 shows it pixel for pixel above the panel.
    Handover(RgbImage),
    /// Reference images, each seen whole; the first 16 are shown.
    Mosaic(Vec<RgbImage>),
}

/// A title card.
pub struct TitleCard {
    /// The frame size; both sides are even.
    pub size: Size,
    /// The frame rate.
    pub rate: Rate,
    /// How many frames, at least one.
    pub frames: u64,
    /// The title. Line ends in it are kept.
    pub text: String,
    /// A smaller line below.
    pub subtitle: Option<String>,
    /// Further small lines; an empty one is a space.
    pub lines: Vec<String>,
    /// Whether the words roll up through the picture and come to rest.
    pub is_rolling: bool,
    /// What the words stand on, if not the usual ground.
    pub ground: Option<CardFill>,
    /// The colour of the words as red, green and blue, if not one that suits the ground.
    pub color: Option<[u8; 3]>,
    /// The font, if not the bundled one.
    pub font: Option<CardFont>,
    /// Where the lines stand.
    pub align: CardAlign,
}

impl TitleCard {
    /// A title, and perhaps a line below it, on the usual ground.
    #[must_use]
    pub const fn plain(size: Size, rate: Rate, frames: u64, text: String, subtitle: Option<String>) -> Self {
        Self {
            size,
            rate,
            frames,
            text,
            subtitle,
            lines: Vec::new(),
            is_rolling: false,
            ground: None,
            color: None,
            font: None,
            align: CardAlign::Center,
        }
    }
}

/// What the words of a card stand on.
pub enum CardFill {
    /// One colour as red, green and blue.
    Colour([u8; 3]),
    /// A picture, which fills the frame.
    Picture(RgbImage),
}

/// A font of the user's.
#[derive(Clone)]
pub struct CardFont {
    digest: Digest,
    bytes: Arc<Vec<u8>>,
}

impl CardFont {
    /// The font in the bytes of a file; `None` where these are no font.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        fonts::is_font(&bytes).then(|| Self { digest: Digest::of(&bytes), bytes: Arc::new(bytes) })
    }
}

/// How well the words of a card stand out from their ground where they do so least: a ratio from 1 to 21 (WCAG 2.2, "contrast
/// ratio"). `None` where there are no such words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardContrast {
    /// That of the large words.
    pub large: Option<f64>,
    /// That of the small words.
    pub small: Option<f64>,
}

/// A still image that fills the frame and moves slowly.
pub struct Still {
    /// The frame size; both sides are even.
    pub size: Size,
    /// The frame rate.
    pub rate: Rate,
    /// How many frames, at least one.
    pub frames: u64,
    /// The image.
    pub image: RgbImage,
    /// How it fills a frame of another shape: cropped evenly, or seen whole over a blurred copy of itself.
    pub fit: Fit,
    /// Chooses the move: push-in, pull-out or a pan.
    pub seed: [u8; 32],
}

/// A subtitle to be laid over the pictures of a film.
pub struct Subtitle {
    /// The frame size of the film; both sides are even.
    pub size: Size,
    /// The lines, kept as they are where the picture is wide enough for them.
    pub lines: Vec<String>,
    /// The row of the film's picture from which on other words stand: the subtitle lies above it.
    pub floor: Option<u32>,
}

/// Where the words of an animatic of this size begin: it has its picture above this row, and its caption panel below.
#[must_use]
pub fn animatic_words_top(size: Size) -> u32 {
    panel::PanelLayout::of(size).picture
}

/// A painted strip of a picture, as wide as the picture, that other pictures shine through.
pub struct Strip {
    /// Where its top row lies in the picture; even.
    pub top: u32,
    /// How many rows it has; even.
    pub height: u32,
    /// Its planes: luma, blue and red difference at half the width and height, and how much each pixel covers of what
    /// lies under it.
    pub bytes: Vec<u8>,
}

/// One or two frames of every shot of a film on one picture.
pub struct ContactSheet {
    /// The film's title.
    pub title: String,
    /// A smaller line below.
    pub under: String,
    /// Pixels of the film, for its shape.
    pub shape: Size,
    /// The shots in film order.
    pub shots: Vec<ContactFrames>,
}

/// A shot on a [`ContactSheet`].
pub struct ContactFrames {
    /// Its drawing, which stands before its frames.
    pub board: Option<RgbImage>,
    /// One or two of its frames, those that are made.
    pub frames: Vec<Option<RgbImage>>,
    /// Its name.
    pub name: String,
    /// A smaller line below.
    pub under: String,
}

/// A storyboard on paper.
pub struct PaperBoard {
    /// The film's title.
    pub title: String,
    /// What stands beside it.
    pub under: String,
    /// How many panels a page has: 1, 2, 3 or 6.
    pub per_page: u8,
    /// The size of the pages.
    pub sheet: PaperSheet,
    /// Pixels of the film, for the shape of the pictures.
    pub shape: Size,
    /// The shots in film order.
    pub panels: Vec<PaperPanel>,
}

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperSheet {
    /// 210 by 297 mm (ISO 216).
    A4,
    /// 8.5 by 11 inches (ANSI/ASME Y14.1), as in North America.
    Letter,
}

/// A shot on paper.
pub struct PaperPanel {
    /// Its drawing or a frame of it.
    pub picture: Option<PaperPicture>,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The scene it belongs to.
    pub scene: Option<String>,
    /// When it is seen, and for how long.
    pub times: String,
    /// What is seen.
    pub words: String,
    /// What is said.
    pub dialogue: Vec<PaperLine>,
    /// Notes for people.
    pub notes: Option<String>,
}

/// A picture on paper.
pub struct PaperPicture {
    /// The bytes of a JPEG file.
    pub jpeg: Vec<u8>,
}

/// A spoken line on paper.
pub struct PaperLine {
    /// Who speaks.
    pub speaker: Option<String>,
    /// The words.
    pub words: String,
    /// What is read of it in other languages.
    pub subtitles: Vec<PaperSubtitle>,
}

/// What is read of a spoken line in a language.
pub struct PaperSubtitle {
    /// The tag of the language.
    pub language: String,
    /// The words.
    pub words: String,
}

/// A painted clip: call `paint(n, out)` for each `n` below `frames()`, in order.
pub trait PaintedClip: Send {
    /// The frame size.
    fn size(&self) -> Size;

    /// The frame rate.
    fn rate(&self) -> Rate;

    /// How many frames there are.
    fn frames(&self) -> u64;

    /// Paints frame `n` into `out`, which has `width * height * 3 / 2` bytes: luma, then blue and red difference.
    fn paint(&mut self, n: u64, out: &mut [u8]);
}

/// The fonts, and the glyphs drawn so far. It is worth keeping one for each thread; the system's fonts are scanned when
/// a text first needs them, once for each painter.
pub struct Painter {
    fonts: fonts::FontLibrary,
}

impl Default for Painter {
    fn default() -> Self {
        Self::new()
    }
}

impl Painter {
    /// A painter with the bundled font.
    #[must_use]
    pub fn new() -> Self {
        Self { fonts: fonts::FontLibrary::new() }
    }

    /// Prepares an animatic.
    pub fn sheet(&mut self, sheet: &Sheet) -> Box<dyn PaintedClip> {
        Box::new(sheet::SheetReel::new(&mut self.fonts, sheet))
    }

    /// Prepares a title card.
    pub fn card(&mut self, card: &TitleCard) -> Box<dyn PaintedClip> {
        if card.is_rolling {
            return Box::new(roll::RollReel::new(&mut self.fonts, card));
        }
        Box::new(card::CardReel::new(&mut self.fonts, card))
    }

    /// Whether a title card has room for all of its words.
    pub fn card_fits(&mut self, card: &TitleCard) -> bool {
        card::fits(&mut self.fonts, card)
    }

    /// How well the words of a title card stand out from their ground.
    pub fn card_contrast(&mut self, card: &TitleCard) -> CardContrast {
        card::contrast(&mut self.fonts, card)
    }

    /// Prepares a still image.
    pub fn still(&mut self, still: &Still) -> Box<dyn PaintedClip> {
        Box::new(still::StillReel::new(still))
    }

    /// Paints a subtitle.
    pub fn subtitle(&mut self, subtitle: &Subtitle) -> Strip {
        subtitle::paint(&mut self.fonts, subtitle)
    }

    /// Paints a contact sheet.
    pub fn contact_sheet(&mut self, sheet: &ContactSheet) -> RgbImage {
        contact::paint(&mut self.fonts, sheet)
    }

    /// The bytes of a storyboard on paper, as a PDF. Equal boards give equal bytes.
    ///
    /// # Errors
    /// Why no PDF can be made of it: a font that is damaged.
    pub fn storyboard_pdf(&mut self, board: &PaperBoard) -> Result<Vec<u8>, String> {
        paper::write(&mut self.fonts, board)
    }

    /// The characters of `text` that no available font can draw, each once, in the order of the text.
    pub fn missing(&mut self, text: &str) -> Vec<char> {
        self.fonts.missing(&text::clean(text))
    }
}

#[cfg(test)]
mod tests;
