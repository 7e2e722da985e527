//! What a media file is in detail: what services ask of it beside its kind.

use crate::clip::Colours;
use crate::keyword::keywords;
use crate::units::{Rate, Size};

keywords! {
    /// The format of a media file, by its content.
    pub enum FileFormat ("a format") {
        /// An MPEG-4 file with a picture.
        Mp4 = "mp4",
        /// A `QuickTime` file.
        Mov = "mov",
        /// An MPEG-4 file with sound alone.
        M4a = "m4a",
        /// Matroska or `WebM`.
        Mkv = "mkv",
        /// WAVE.
        Wav = "wav",
        /// MPEG layer III.
        Mp3 = "mp3",
        /// FLAC.
        Flac = "flac",
        /// Ogg.
        Ogg = "ogg",
        /// A picture of a format that services take.
        Picture = "picture",
        /// A GIF or PNG picture that moves: a clip, or the picture that it begins with.
        Animation = "animation",
        /// A WebP picture that moves.
        MovingWebp = "webp-animation",
        /// OpenType or TrueType.
        Font = "font",
        /// Another one.
        Other = "other",
    }
}

/// The picture of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoDetails {
    /// Its pixels as they are seen: upright and square.
    pub size: Size,
    /// Its frames a second.
    pub rate: Rate,
    /// Its codec, as ffmpeg names it.
    pub codec: String,
    /// Its colours.
    pub colours: Colours,
    /// Whether each picture holds two fields.
    pub is_interlaced: bool,
    /// How many tracks of sound the file has, and which of them is heard, counted from 0.
    pub sounds: usize,
    /// See [`Self::sounds`].
    pub heard: usize,
}
