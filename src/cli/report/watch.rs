//! What a run does is written down beside its film, for the schedule of the report.

use std::fs;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use storyreel_core::event::Event;

use crate::engine::Board;
use crate::report::run::{FILE, Recorder, RunSummary};
use crate::store::{Store, write_whole};

/// A clock and a recorder beside it.
pub(in crate::cli) struct Watch {
    began: Instant,
    at: SystemTime,
    recorder: Recorder,
}

impl Watch {
    pub(in crate::cli) fn begin() -> Self {
        Self { began: Instant::now(), at: SystemTime::now(), recorder: Recorder::default() }
    }

    pub(in crate::cli) fn hear(&mut self, event: &Event) {
        self.recorder.hear(event, self.began.elapsed());
    }

    /// Keeps what was done for every film. Losing it costs a picture, so a failure to write is none.
    pub(in crate::cli) fn keep(&self, store: &Store, boards: &[Board]) {
        let began = self.at.duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
        for (at, board) in boards.iter().enumerate() {
            let file = file(store, &board.output);
            let older = || fs::read_to_string(&file).ok().and_then(|text| RunSummary::read(&text));
            if let Some(run) = self.recorder.run(at, began, self.began.elapsed(), older) {
                let folder = file.parent().map(fs::create_dir_all);
                let _ = folder.transpose().and_then(|_| write_whole(&file, run.text().as_bytes(), true));
            }
        }
    }
}

/// The last run for the film at `output`.
pub(super) fn last(store: &Store, output: &std::path::Path) -> Option<RunSummary> {
    RunSummary::read(&fs::read_to_string(file(store, output)).ok()?)
}

fn file(store: &Store, output: &std::path::Path) -> PathBuf {
    store.film_folder(output).join(FILE)
}
