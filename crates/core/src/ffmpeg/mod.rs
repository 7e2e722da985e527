//! What ffmpeg and ffprobe are told: their arguments, as pure functions from values to lists.
//!
//! No other module spells an option of theirs. Files are named by [`file_url`], so that no path of the user's can be read
//! as an option, a protocol or a pattern; what a storyboard says reaches a filter as numbers only.

mod clip;
mod colour;
mod encoder;
mod filter;
mod frame;
mod input;
mod list;
mod look;
mod probe;
mod run;
mod sound;
#[cfg(test)]
mod tests;

pub use clip::{ClipQuality, FootageCut, FootageSound, FootageStart, SOUND_LEAD, add_sound, cut_clip, encode_painted};
pub use filter::{SourcePicture, limited_gain};
pub use frame::{FrameView, WantedFrame, decode_all, decode_ends, decode_sound, list_frames, one_frame, view_frames};
pub use input::{with_format, with_formats};
pub use list::file_url;
pub use look::{ClipPass, look_through};
pub use probe::{probe_clip, probe_film, probe_length, probe_time_code};
pub use run::{FilmRun, Footage, OverlayPlate, encode_run};
pub use sound::{
    decode_clip, decode_laid_sound, decode_music, decode_packets, decode_speech, encode_sound, measure_loudness,
};

/// What every ffmpeg is told first: it logs errors only and never reads the terminal.
pub const COMMON: [&str; 3] = ["-loglevel", "error", "-nostdin"];

/// Has either program print its version.
pub const VERSION: &str = "-version";

/// Has ffmpeg list its encoders.
pub const LIST_ENCODERS: &str = "-encoders";

/// Has ffmpeg list its filters.
pub const LIST_FILTERS: &str = "-filters";
