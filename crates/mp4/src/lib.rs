//! The index of an MP4 file (ISO/IEC 14496-12), read from bytes and written to bytes.
//!
//! A film is joined by copying coded pictures and sound as they are and writing one new index over them; this module
//! computes both indexes and opens no file. Whatever it reads may be hostile: every length is checked before it is
//! believed, and no table is larger than the bytes that spell it.

pub mod aac;
pub mod avc;
mod avc_slice;
mod bits;
mod boxes;
mod file_boxes;
mod hevc;
mod hevc_slice;
mod nal_units;
mod parameter_sets;
mod picture_format;
mod read;
mod renumber;
mod sample_entry;
mod time_code;
mod write;
mod xmp;

pub use file_boxes::{FileBox, FileBoxes};
pub use parameter_sets::{Ids, ParameterSets};
pub use picture_format::{Chroma, CodedFormat, depth};
pub use read::{Mp4Fault, is_fragmented, read};
pub use renumber::Renumber;
pub use sample_entry::{avc_record, begins, size};
pub use time_code::{TimeCodeTrack, time_code};
pub use write::{Chunk, Coding, Movie, NewSample, NewTrack, Tags, text_sample};
pub use xmp::xmp_packet;

/// What a track holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackKind {
    /// Pictures.
    Picture,
    /// Sound.
    Sound,
    /// Anything else.
    Other,
}

/// One track of a file as its index describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// What it holds.
    pub kind: TrackKind,
    /// Ticks per second, above zero.
    pub timescale: u32,
    /// How the samples are coded: the one sample entry with its head; `None` where there are several or none.
    pub entry: Option<Vec<u8>>,
    /// The samples in decoding order; none of sound that is not packed.
    pub samples: Vec<Sample>,
    /// Where tick zero of the track is shown, in its own ticks: below zero by what an edit list hides at the
    /// beginning. `None` where the edit list does more than move the track.
    pub origin: Option<i64>,
    /// The tick from which an edit list shows nothing more; `None` where it shows all.
    pub shown_until: Option<i64>,
    /// Whether its pictures are shown neither turned nor mirrored.
    pub upright: bool,
}

/// One coded picture or packet of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Its first byte in the file.
    pub offset: u64,
    /// Its size in bytes.
    pub size: u32,
    /// When it is shown, in ticks, before any edit list.
    pub shown: i64,
    /// How long it lasts, in ticks.
    pub duration: u32,
    /// Whether decoding can begin with it.
    pub sync: bool,
}

#[cfg(test)]
mod tests;
