//! How a film's pictures are coded: what may be copied into it, and how the rest is encoded beside that.

use storyreel_mp4::Ids;

use crate::clip::{Colours, Primaries, Transfer, VideoFacts};
use crate::keyword::Keyword as _;
use crate::storyboard::Codec;

/// The codec and pixel format of what is encoded for a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFormat {
    /// The codec.
    pub codec: Codec,
    /// The pixel format as ffmpeg writes it.
    pub pixels: &'static str,
    /// The ids of its parameter sets.
    pub ids: Ids,
    /// The colours.
    pub colours: Colours,
}

/// 4:2:0 of 8 bits: what every player shows.
const USUAL: &str = "yuv420p";

/// What every screen shows.
const USUAL_COLOURS: Colours = Colours { primaries: Primaries::Bt709, transfer: Transfer::Video };

/// 4:2:0 of 10 bits: what models deliver as HEVC.
const DEEP: &str = "yuv420p10le";

impl PictureFormat {
    /// H.264 of 8 bits.
    pub const H264: Self = Self { codec: Codec::H264, pixels: USUAL, ids: Ids::Film, colours: USUAL_COLOURS };

    /// The format for a film in `codec` among whose clips `model` is the usual one, if there is one.
    #[must_use]
    pub fn beside(codec: Codec, model: Option<&VideoFacts>) -> Self {
        let offered = offered(codec);
        let usual = model.filter(|model| model.codec == codec.keyword()).map(|model| model.pixels.as_str());
        let pixels = offered.iter().copied().find(|pixels| usual == Some(pixels)).unwrap_or(offered[0]);
        Self { codec, pixels, ids: Ids::Film, colours: USUAL_COLOURS }
    }

    /// The same with these colours; those that are brighter than the usual range need more bits.
    #[must_use]
    pub fn with_colours(self, colours: Colours) -> Self {
        let deep = offered(self.codec).iter().copied().find(|pixels| *pixels != USUAL);
        let pixels = deep.filter(|_| colours.is_hdr()).unwrap_or(self.pixels);
        Self { pixels, colours, ..self }
    }

    /// Whether `video` is in this format.
    #[must_use]
    pub fn is_of(self, video: &VideoFacts) -> bool {
        self.codec.keyword() == video.codec && self.pixels == video.pixels
    }

    /// Bits of each sample: 8 or 10.
    #[must_use]
    pub fn depth(self) -> u32 {
        if self.pixels == USUAL { 8 } else { 10 }
    }

    /// Levels of this format to one of 8 bits.
    #[must_use]
    pub fn levels(self) -> i32 {
        1 << (self.depth() - 8)
    }

    /// ffmpeg's name for the container in which runs are kept, which is that of the film.
    #[must_use]
    pub const fn container(self) -> &'static str {
        match self.codec {
            Codec::Prores => "mov",
            Codec::H264 | Codec::Hevc | Codec::Av1 => "mp4",
        }
    }
}

/// The codec of `video`, where it is one of a film's.
#[must_use]
pub fn codec_of(video: &VideoFacts) -> Option<Codec> {
    Codec::from_keyword(&video.codec)
}

/// The pixel formats that are encoded in a codec, the usual one first.
const fn offered(codec: Codec) -> &'static [&'static str] {
    match codec {
        Codec::H264 => &[USUAL],
        Codec::Hevc | Codec::Av1 => &[USUAL, DEEP],
        Codec::Prores => &["yuv422p10le"],
    }
}

/// ffmpeg's name for the encoder of a codec.
#[must_use]
pub const fn encoder_name(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "libx264",
        Codec::Hevc => "libx265",
        Codec::Av1 => "libsvtav1",
        Codec::Prores => "prores_ks",
    }
}
