//! What each model family can do, the exact sizes it delivers and what its clips cost, as data. Facts read 2026-11-20.

mod declared;
mod family;
mod price;
mod render_spec;

pub(crate) use family::nearest_ratio;

pub use declared::{ANY_REFERENCES, DeclaredFamily, declared_family};
pub use family::{DEFAULT_FAMILY, DEFAULT_SECONDS, FAMILIES, ModelFamily, ReferenceLimits, family};
pub use price::{BillableRender, Estimate, Price, PriceUnit, UnitPrice, estimate, tokens_of};
pub use render_spec::RenderSpec;

use crate::keyword::keywords;

keywords! {
    /// Picture height class.
    pub enum Resolution ("a resolution") {
        /// About 0.4 megapixels.
        P480 = "480p",
        /// About 0.9 megapixels.
        P720 = "720p",
        /// About 1 megapixel.
        P768 = "768p",
        /// About 2 megapixels.
        P1080 = "1080p",
        /// About 3.7 megapixels.
        K2 = "2k",
        /// About 8 megapixels.
        K4 = "4k",
    }
}

keywords! {
    /// Picture shape.
    pub enum Ratio ("a ratio") {
        /// Cinema wide.
        W21H9 = "21:9",
        /// Television.
        W16H9 = "16:9",
        /// Classic.
        W4H3 = "4:3",
        /// Square.
        W1H1 = "1:1",
        /// Portrait.
        W3H4 = "3:4",
        /// Phone, upright.
        W9H16 = "9:16",
        /// The shape of the first picture given, or the model's choice.
        Adaptive = "adaptive",
    }
}

keywords! {
    /// The part that an input plays in a render, in the order in which inputs are sent.
    pub enum InputRole ("the role of an input") {
        /// The picture on which the clip begins.
        FirstFrame = "first_frame",
        /// The picture on which it ends.
        LastFrame = "last_frame",
        /// A picture to lean on.
        ReferenceImage = "reference_image",
        /// A clip to lean on.
        ReferenceVideo = "reference_video",
        /// A sound to lean on.
        ReferenceAudio = "reference_audio",
    }
}

keywords! {
    /// What a render starts from. The three kinds exclude each other on every service.
    pub enum Mode ("a mode") {
        /// Words only.
        Text = "text",
        /// A first frame.
        FirstFrame = "first_frame",
        /// A first and a last frame.
        FirstLast = "first_last",
        /// Pictures, clips and sounds to lean on.
        Reference = "reference",
    }
}

keywords! {
    /// Whether the clips of a model have sound.
    pub enum SoundAbility ("a sound ability") {
        /// Never.
        None = "none",
        /// Always: it cannot be switched off.
        Always = "always",
        /// As a shot asks.
        Choice = "choice",
    }
}

impl Mode {
    /// In words for a sentence: `a first frame`.
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            Self::Text => "words alone",
            Self::FirstFrame => "a first frame",
            Self::FirstLast => "a first and a last frame",
            Self::Reference => "references",
        }
    }

    /// In words for a table: `first frame`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::FirstFrame => "first frame",
            Self::FirstLast => "first + last frame",
            Self::Reference => "references",
        }
    }
}

/// Limits of a picture that is sent to a model: formats jpeg, png, webp, bmp, tiff, gif; below 30 MB; sides of 300 to
/// 6,000 pixels; width through height 0.4 to 2.5 (`BytePlus` "Dreamina Seedance 2.5" tutorial, September 2026).
pub mod image_limits {
    /// Bytes, exclusive.
    pub const BYTES: u64 = 30_000_000;
    /// Shortest and longest side in pixels.
    pub const SIDES: (u32, u32) = (300, 6000);
    /// Least and greatest width through height, in tenths.
    pub const SHAPE_TENTHS: (u32, u32) = (4, 25);
}

/// Limits of clips and sounds given as references (same source as [`image_limits`]): mp4 and mov with H.264 or H.265, wav
/// and mp3.
pub mod reference_limits {
    /// Fewest and most pixels of a clip's frame.
    pub const VIDEO_PIXELS: (u64, u64) = (407_696, 8_295_044);
    /// Fewest and most frames a second of a clip.
    pub const VIDEO_RATES: (u32, u32) = (24, 60);
    /// Bytes of a clip.
    pub const VIDEO_BYTES: u64 = 200_000_000;
    /// Bytes of a sound.
    pub const AUDIO_BYTES: u64 = 15_000_000;
}

/// Limits of a whole request (same source as [`image_limits`]).
pub mod request_limits {
    /// Bytes of its body, files in it included as they are sent.
    pub const BYTES: u64 = 64_000_000;
}
