//! What a run does is written down beside its film, for the schedule of the report.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use storyreel_core::event::Event;
use storyreel_core::index::BoardIndex;

use crate::engine::Board;
use crate::report::run::{FILE, Recorder, RunSummary};
use crate::store::{Store, write_whole};

/// A clock and a recorder beside it.
pub(in crate::cli) struct RunLog {
    started: Instant,
    started_at: SystemTime,
    recorder: Recorder,
}

impl RunLog {
    pub(in crate::cli) fn begin() -> Self {
        Self { started: Instant::now(), started_at: SystemTime::now(), recorder: Recorder::default() }
    }

    pub(in crate::cli) fn record(&mut self, event: &Event) {
        self.recorder.hear(event, self.started.elapsed());
    }

    /// Keeps what was done for every film. Losing it costs a picture, so a failure to write is none.
    pub(in crate::cli) fn save(&self, store: &Store, boards: &[Board]) {
        let began = self.started_at.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
        for (at, board) in BoardIndex::all(boards.len()).zip(boards) {
            let file = log_file(store, &board.output);
            if let Some(run) = self.recorder.run(at, began, self.started.elapsed(), || earlier_run(&file)) {
                let folder = file.parent().map(fs::create_dir_all);
                let _ = folder.transpose().and_then(|_| write_whole(&file, run.text().as_bytes(), true));
            }
        }
    }
}

/// The last run for the film at `output`.
pub(super) fn last_run(store: &Store, output: &Path) -> Option<RunSummary> {
    RunSummary::read(&fs::read_to_string(log_file(store, output)).ok()?)
}

fn log_file(store: &Store, output: &Path) -> PathBuf {
    store.film_folder(output).join(FILE)
}

fn earlier_run(file: &Path) -> Option<RunSummary> {
    let text = fs::read_to_string(file).ok()?;
    RunSummary::read(&text)
}
