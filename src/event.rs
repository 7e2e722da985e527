//! What execution tells the outside: reporters draw these and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use crate::money::{Money, Sums};
use crate::service::reply::ServiceError;
use crate::units::{Digest, ShotId};

/// A shot of one storyboard of the batch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShotKey {
    /// Index of the storyboard in the order given on the command line.
    pub board: usize,
    /// The shot.
    pub shot: ShotId,
}

/// What a shot that is being made is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The request is on its way.
    Submitting,
    /// Accepted, not begun.
    Queued,
    /// Being made.
    Rendering,
    /// The finished clip is on its way here.
    Fetching,
    /// Measured against what was asked.
    Verifying,
}

impl Stage {
    /// One word for people and for JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitting => "submitting",
            Self::Queued => "queued",
            Self::Rendering => "rendering",
            Self::Fetching => "fetching",
            Self::Verifying => "verifying",
        }
    }
}

/// Where the last frame of a clip comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameFrom {
    /// The service made it beside the clip.
    Service,
    /// It was decoded from the clip.
    Clip,
}

impl FrameFrom {
    /// One word for JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Clip => "clip",
        }
    }
}

/// How a film was put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The film on disk was already this one.
    UpToDate,
    /// Every picture was copied as the clips hold it.
    Copied,
    /// Pictures were encoded again, and why.
    Encoded(String),
}

/// What was expected to be paid and what was, over a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// The estimates of what was bought.
    pub estimated: Sums,
    /// What the services counted.
    pub billed: Sums,
    /// Clips bought whose price is not known.
    pub unknown: usize,
}

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run begins.
    Started {
        /// Titles of the storyboards, in batch order.
        titles: Vec<String>,
        /// Shots in all storyboards.
        shots: usize,
        /// Of these, shots that must be made.
        to_make: usize,
        /// Expected length of the whole run.
        expected: Duration,
    },
    /// A shot is taken up.
    ShotStarted {
        /// Which.
        key: ShotKey,
        /// Who makes it: a provider id, or `local`.
        maker: String,
        /// Expected length of the work.
        expected: Duration,
    },
    /// A shot moved on.
    ShotMoved {
        /// Which.
        key: ShotKey,
        /// What it does now.
        stage: Stage,
        /// Part done, 0 to 1, where known.
        fraction: Option<f32>,
    },
    /// A shot's clip is in the store.
    ShotStored {
        /// Which.
        key: ShotKey,
        /// The clip.
        clip: Digest,
        /// Frames in the clip.
        frames: u64,
        /// How long it took; `None` when the clip was there already.
        took: Option<Duration>,
        /// Where the last frame comes from that other shots start on; `None` when there is none.
        last_frame: Option<FrameFrom>,
        /// What it cost in this run, as far as the service says.
        paid: Option<Money>,
    },
    /// A shot failed; the run goes on with what does not need it.
    ShotFailed {
        /// Which.
        key: ShotKey,
        /// What went wrong, and what to do.
        message: String,
        /// What the service said, when it was one.
        error: Option<Box<ServiceError>>,
    },
    /// A shot cannot be made because another one failed.
    ShotBlocked {
        /// Which.
        key: ShotKey,
        /// The failed shot that it waits for.
        by: ShotId,
    },
    /// A film is being put together.
    FilmStarted {
        /// Index of the storyboard.
        board: usize,
    },
    /// A film moved on.
    FilmMoved {
        /// Index of the storyboard.
        board: usize,
        /// Part done, 0 to 1.
        fraction: f32,
    },
    /// Something that was decided in putting a film together.
    FilmNoted {
        /// Index of the storyboard.
        board: usize,
        /// What, and why.
        message: String,
    },
    /// A film is on disk, checked.
    FilmDone {
        /// Index of the storyboard.
        board: usize,
        /// The file.
        output: PathBuf,
        /// Its length.
        length: Duration,
        /// Its size in bytes.
        bytes: u64,
        /// How it was made.
        way: Way,
    },
    /// A film could not be put together.
    FilmFailed {
        /// Index of the storyboard.
        board: usize,
        /// What went wrong, and what to do.
        message: String,
    },
    /// The first interrupt: running shots finish, none is begun.
    Draining {
        /// Shots still running.
        running: usize,
    },
    /// Something worth knowing that stops nothing.
    Warned {
        /// What.
        message: String,
    },
    /// The run is over.
    Finished {
        /// Shots made in this run.
        made: usize,
        /// Shots found in the store.
        reused: usize,
        /// Shots that failed.
        failed: usize,
        /// Shots not tried because another failed or the run was stopped.
        blocked: usize,
        /// How long the run took.
        took: Duration,
        /// What it cost.
        bill: Bill,
    },
}
