//! The films that wait to be put together.

use std::collections::VecDeque;

use storyreel_core::index::BoardIndex;
use tokio::task::JoinSet;

use super::assemble::{AssembleError, FilmFile};

/// The films of a run that are whole and not made yet, and the one that is being made.
#[derive(Default)]
pub(super) struct FilmQueue {
    pub(super) waiting: VecDeque<BoardIndex>,
    pub(super) running: JoinSet<FilmEnd>,
}

impl FilmQueue {
    /// Whether every film that can be made is.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    /// Ends the film that is being made, and makes none after it. The films that were there before are untouched.
    pub(super) async fn stop(&mut self) {
        self.waiting.clear();
        self.running.shutdown().await;
    }
}

/// What a film ends with.
pub(super) struct FilmEnd {
    pub(super) board: BoardIndex,
    pub(super) result: Result<FilmFile, AssembleError>,
}
