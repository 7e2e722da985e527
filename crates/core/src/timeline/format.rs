//! How a film's pictures are coded: what may be copied into it, and how the rest is encoded beside that.

use storyreel_mp4::{Ids, avc};

use super::args::keyframe_gap;
use crate::clip::VideoFacts;
use crate::keyword::Keyword as _;
use crate::storyboard::Codec;
use crate::units::Rate;

/// The codec and pixel format of what is encoded for a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFormat {
    /// The codec.
    pub codec: Codec,
    /// The pixel format as ffmpeg writes it.
    pub pixels: &'static str,
    /// The ids of its parameter sets.
    pub ids: Ids,
}

/// 4:2:0 of 8 bits: what every player shows.
const USUAL: &str = "yuv420p";

/// 4:2:0 of 10 bits: what models deliver as HEVC.
const DEEP: &str = "yuv420p10le";

impl PictureFormat {
    /// H.264 of 8 bits.
    pub const H264: Self = Self { codec: Codec::H264, pixels: USUAL, ids: Ids::Film };

    /// The format for a film in `codec` among whose clips `model` is the usual one, if there is one.
    #[must_use]
    pub fn beside(codec: Codec, model: Option<&VideoFacts>) -> Self {
        let offered = offered(codec);
        let usual = model.filter(|model| model.codec == codec.keyword()).map(|model| model.pixels.as_str());
        let pixels = offered.iter().copied().find(|pixels| usual == Some(pixels)).unwrap_or(offered[0]);
        Self { codec, pixels, ids: Ids::Film }
    }

    /// Whether `video` is in this format.
    #[must_use]
    pub fn is_of(self, video: &VideoFacts) -> bool {
        self.codec.keyword() == video.codec && self.pixels == video.pixels
    }

    /// Levels of this format to one of 8 bits.
    #[must_use]
    pub fn levels(self) -> i32 {
        if self.pixels == USUAL { 1 } else { 4 }
    }

    /// What ffmpeg's `overlay` calls this pixel format.
    pub(super) fn blending(self) -> &'static str {
        match self.pixels {
            "yuv420p10le" => "yuv420p10",
            "yuv422p10le" => "yuv422p10",
            _ => "yuv420",
        }
    }

    /// The arguments that encode a film's pictures at `rate`.
    ///
    /// One thread: the encoders' output may depend on the number of threads, and the same inputs must give the same
    /// film on any machine. Runs are encoded side by side instead. The quality of each is above what can be told from
    /// the source.
    #[must_use]
    pub fn encoder(self, rate: Rate) -> String {
        let gap = keyframe_gap(rate);
        let Self { codec, pixels, ids } = self;
        match codec {
            // Copied pictures keep their parameter sets in the same stream, and encoders use the id 0 unless told
            // otherwise: with an id of its own neither overwrites the other's.
            Codec::H264 => format!(
                "-c:v libx264 -preset veryfast -crf 16 -threads 1 -x264-params stitchable=1:sps-id={} -g {gap}",
                avc::id(ids)
            ),
            // The same is done to HEVC afterwards (`storyreel_mp4::Renumber`), which knows no weights of references. No messages
            // of the encoder's own, no text about its settings in the stream; and the place of colours between pixels
            // is set, for it differs from clip to clip and all runs share one parameter set.
            Codec::Hevc => format!(
                "-c:v libx265 -pix_fmt {pixels} -preset faster -crf 18 -threads 1 -tag:v hvc1 -x265-params \
                 pools=none:frame-threads=1:wpp=0:weightp=0:open-gop=0:chromaloc=0:info=0:log-level=error:keyint={gap}"
            ),
            Codec::Av1 => {
                format!("-c:v libsvtav1 -pix_fmt {pixels} -preset 8 -crf 22 -threads 1 -svtav1-params lp=1 -g {gap}")
            }
            Codec::Prores => {
                format!("-c:v prores_ks -profile:v hq -vendor apl0 -pix_fmt {pixels} -threads 1")
            }
        }
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
