//! Files that hold pictures and sound: measuring, making, taking frames from and joining them with ffmpeg.
//!
//! ffmpeg runs as a child process that dies with the future that waits for it. Nothing here knows of shots, plans or
//! money. Outputs appear under their names only when they are complete.

mod assemble;
mod demuxer;
mod encode;
mod error;
mod excerpts;
mod extent;
mod find;
mod footage;
mod frames;
mod fresh;
mod index;
mod judge;
mod laid_sound;
mod listen;
mod loudness;
mod music;
mod packets;
mod pcm;
mod pictures;
mod plays;
mod probe;
mod renumber;
mod run;
mod settle;
mod sound;
mod source;
mod speech;
mod splice;
mod verify;
mod words;

use std::path::PathBuf;

pub use assemble::{AssembledFilm, AssemblyPaths};
pub use encode::{Cut, FrameSource, PaintFrame, PaintedSound};
pub use error::MediaError;
pub use find::{Inspection, program_on_path};
pub use footage::Taking;
pub use frames::ClipView;
pub use judge::JudgedAgainst;
pub use plays::PlayedPicture;
pub use speech::{Utterance, speak};

/// The ffmpeg and ffprobe that do the work. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    ffmpeg: PathBuf,
    ffprobe: PathBuf,
}
