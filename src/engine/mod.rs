//! The only place where the planned film meets files, ffmpeg and services.
//!
//! One loop owns the scheduler, the locks and what is said to the outside; workers own nothing shared and talk to it.

mod assemble;
mod assembly_notes;
mod authorize;
mod backoff;
mod bad_takes;
mod clip_score;
mod delivery;
mod failure;
mod film_queue;
mod films;
mod follow;
mod frames;
mod handover;
mod leave;
mod ledger;
mod message;
mod pacing;
mod paid_job;
mod purchase;
mod quality;
mod reconcile;
pub mod recover;
mod run;
mod run_progress;
pub mod seams;
mod session;
mod start;
mod subtitle_floor;
mod subtitles;
mod voices;
mod worker;
mod worker_context;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use assemble::{AssembleError, FilmFile, is_made, mended};
pub use run::render;

use storyreel_core::budget::Cap;
use storyreel_core::event::ShotKey;
use storyreel_core::film::Film;
use storyreel_core::graph::ShotGraph;
use storyreel_core::lock::Lock;
use storyreel_core::plan::Plan;
use storyreel_core::provider::reply::ProviderError;
use storyreel_core::units::ShotId;
use storyreel_media::studio::Studio;
use storyreel_providers::Renderer;

use crate::store::{Store, StoreError};

/// One storyboard of a batch, ready to be made.
#[derive(Debug)]
pub struct Board {
    /// The folder that paths of the storyboard are relative to.
    pub folder: PathBuf,
    /// The film.
    pub film: Arc<Film>,
    /// Who needs whom.
    pub graph: ShotGraph,
    /// What is done to every shot.
    pub plan: Plan,
    /// What the film was made of so far.
    pub lock: Lock,
    /// Where the lock is kept.
    pub lock_file: PathBuf,
    /// The film's file.
    pub output: PathBuf,
    /// The shots that may be made; `None`: all.
    pub only: Option<Vec<ShotId>>,
    /// What the clips are made for.
    pub target: BoardTarget,
}

/// What the clips of a board are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardTarget {
    /// The film is made of them.
    Film,
    /// They are further takes: the lock keeps them beside those of which the film is made.
    Take,
}

/// What the engine works with.
pub struct Ports<'a> {
    /// Clips and receipts.
    pub store: &'a Store,
    /// Painters and ffmpeg.
    pub studio: Arc<Studio>,
    /// Who renders, by id.
    pub providers: BTreeMap<&'static str, Arc<dyn Renderer>>,
    /// Tasks at once on this machine.
    pub processors: usize,
    /// Stop at the first failure instead of going on with what does not need it.
    pub fail_fast: bool,
    /// The most that the run may spend.
    pub cap: Cap,
    /// Whether what was bought before and is neither here nor at its service is bought again.
    pub rebuy: bool,
    /// How long it waits for others.
    pub patience: Patience,
    /// Interrupts: the first drains, the second ends the run.
    pub stops: tokio::sync::mpsc::UnboundedReceiver<()>,
}

/// How long a run waits for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Whether tasks are waited for until they are done. Otherwise they are looked at once and left to their services.
    pub for_tasks: bool,
    /// How long a shot that another run is making is waited for.
    pub for_runs: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunOutcome {
    /// Shots made in this run.
    pub made: usize,
    /// Shots found in the store.
    pub reused: usize,
    /// Shots that failed.
    pub failed: usize,
    /// Shots not tried because another failed or the run was stopped.
    pub blocked: usize,
    /// Shots whose order has an unknown outcome.
    pub unclear: usize,
    /// Shots that would have cost more than may be spent.
    pub over_cap: usize,
    /// What went wrong, shot by shot.
    pub troubles: Vec<Trouble>,
    /// The shots that were to be made and were not.
    pub not_made: Vec<ShotKey>,
    /// Failed shots that another run was still making when the patience was over.
    pub elsewhere: usize,
    /// Shots that were left to their services.
    pub under_way: usize,
    /// When the next run is useful, in seconds since 1970; `None` where none is needed.
    pub next: Option<u64>,
    /// Films that could not be put together although their shots are there.
    pub films_failed: usize,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

/// What went wrong with a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The shot.
    pub key: ShotKey,
    /// What went wrong.
    pub message: String,
    /// What the service said, when it was one.
    pub error: Option<ProviderError>,
}

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lock cannot be written, so what is made would be forgotten.
    #[error("cannot write the lock file `{}`", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
