//! What can go wrong with ffmpeg and with media files.

use std::io;
use std::path::{Path, PathBuf};

use storyreel_core::units::Size;

/// A fault of ffmpeg, of a media file or of the disk.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A program is nowhere on the `PATH`.
    #[error("`{program}` is not on the PATH: {fix}")]
    Missing {
        /// The program's name.
        program: &'static str,
        /// How to get it on this platform.
        fix: &'static str,
    },
    /// A path that was given for a program does not lead to one.
    #[error("`{}` is not a program that can be run", .0.display())]
    NotAProgram(PathBuf),
    /// The program is there but older than what is needed.
    #[error("{version} is too old, 5.1 or later is needed: {fix}")]
    TooOld {
        /// The program with its version, as it says itself.
        version: String,
        /// How to get a newer one on this platform.
        fix: &'static str,
    },
    /// A program could not be started.
    #[error("could not start `{}`", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended in failure.
    #[error("could not {task} `{}`: {status}: {tail}", file.display())]
    Failed {
        /// What was being done, as in "could not {task}".
        task: &'static str,
        /// The file it was done to.
        file: PathBuf,
        /// The exit status in words.
        status: String,
        /// The end of what the program wrote to standard error.
        tail: String,
    },
    /// Reading or writing a file failed.
    #[error("could not {task} `{}`", file.display())]
    File {
        /// What was being done, as in "could not {task}".
        task: &'static str,
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file without a video stream.
    #[error("`{}` holds no picture", .0.display())]
    NoPicture(PathBuf),
    /// A video stream without frames.
    #[error("`{}` holds a picture stream without frames", .0.display())]
    NoFrames(PathBuf),
    /// A file that is cut short or corrupt.
    #[error("`{}` is damaged: {what}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A cut that begins after the footage ends.
    #[error("`{}` lasts {length:.3} s, so it cannot be used from {from:.3} s on", file.display())]
    PastEnd {
        /// The footage.
        file: PathBuf,
        /// Length of its picture in seconds.
        length: f64,
        /// Where the cut begins, in seconds.
        from: f64,
    },
    /// A cut that ends before it begins, or a picture of no frames.
    #[error("`{}` would hold no frames", .0.display())]
    Nothing(PathBuf),
    /// 4:2:0 colour has no odd dimensions.
    #[error("width and height are even numbers of pixels, not {0}")]
    OddSize(Size),
    /// The painter of frames panicked.
    #[error("painting the frames of `{}` stopped half-way", .0.display())]
    Painter(PathBuf),
    /// The assembled film is not what its timeline says; it was discarded.
    #[error("the film `{}` came out wrong and was discarded: {what}", file.display())]
    Wrong {
        /// The film.
        file: PathBuf,
        /// What differs.
        what: String,
    },
}

impl MediaError {
    /// A closure for `map_err` on file operations.
    pub(super) fn file(task: &'static str, file: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::File { task, file, source }
    }
}

/// A file in which something is missing or wrong.
pub(super) fn damaged(file: &Path, what: impl Into<String>) -> MediaError {
    MediaError::Damaged { file: file.to_owned(), what: what.into() }
}
