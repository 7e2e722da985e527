//! How often tasks are polled: by what the storyboard says, and by how long tasks took, in this run and before.

use std::time::Duration;

use storyreel_core::film::{ProviderSpec, Render};
use storyreel_core::polling::Polling;
use storyreel_core::polling::history::{History, TaskKind};

use crate::store::Store;

/// What is known of how long tasks take.
#[derive(Default)]
pub(super) struct Pacing(History);

impl Pacing {
    /// What the runs before this one have learnt.
    pub(super) fn read(store: &Store) -> Self {
        Self(History::read(&store.history()))
    }

    /// How often the task of a render is polled, and when it is left alone: as the storyboard says, else as the service
    /// documents.
    pub(super) fn polling(&self, render: &Render, spec: Option<&ProviderSpec>) -> Polling {
        let known = self.0.lengths(&TaskKind::of(render));
        Polling { known, ..Polling::of(render.provider, spec) }
    }

    /// How long the task of a render takes by all likelihood.
    pub(super) fn expected(&self, render: &Render) -> Duration {
        self.0.expected(&TaskKind::of(render))
    }

    /// Notes how long the task of a render took, for this run and those to come.
    pub(super) fn note(&mut self, render: &Render, length: Duration, store: &Store) {
        self.0.note(&TaskKind::of(render), length);
        store.keep_history(&self.0.text());
    }
}
