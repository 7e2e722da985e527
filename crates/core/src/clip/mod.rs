//! What a clip is, as measured: the facts that joins, locks and checks rely on.

mod colour;
mod parameters;
pub mod similarity;

pub use colour::{ColourTags, Colours, Primaries, Transfer};
pub use parameters::{StreamKind, StreamParameters};

use crate::units::{Rate, Size};

/// The facts of one media file that holds a picture, as read from the file itself and never from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipFacts {
    /// The picture.
    pub video: VideoFacts,
    /// The sound, when there is any.
    pub audio: Option<AudioFacts>,
    /// Size of the file in bytes.
    pub bytes: u64,
}

/// The picture stream of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFacts {
    /// Codec name as ffmpeg writes it, for example `h264`.
    pub codec: String,
    /// Pixels across and down.
    pub size: Size,
    /// Pixel format as ffmpeg writes it, for example `yuv420p`.
    pub pixels: String,
    /// Frames per second.
    pub rate: Rate,
    /// Frames in the stream, counted, above zero.
    pub frames: u64,
    /// How its pictures were coded.
    pub parameters: StreamParameters,
}

/// The sound stream of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFacts {
    /// Codec name as ffmpeg writes it, for example `aac`.
    pub codec: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels, above zero.
    pub channels: u32,
}

impl VideoFacts {
    /// Whether the coded pictures of `self` and `other` can stand in one stream without encoding anything again.
    #[must_use]
    pub fn joins_by_copy(&self, other: &Self) -> bool {
        self.codec == other.codec
            && self.size == other.size
            && self.pixels == other.pixels
            && self.rate == other.rate
            && self.parameters.agree_with(&other.parameters)
    }

    /// Whether the pictures cannot be copied whatever their neighbours are.
    #[must_use]
    pub fn is_loose(&self) -> bool {
        self.parameters.kind == StreamKind::Loose
    }
}
