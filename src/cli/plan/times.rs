//! How long renders take, by what earlier renders of this store took, else by what is documented.

use std::time::Duration;

use storyreel_core::film::Render;
use storyreel_core::plan::{Documented, TimeFrom, Times};

use crate::store::Store;
use storyreel_core::polling::history::{History, TaskKind};

/// The lengths that a store remembers.
pub(super) struct LearntTimes(History);

impl LearntTimes {
    pub(super) fn of(store: &Store) -> Self {
        Self(History::read(&store.history()))
    }
}

impl Times for LearntTimes {
    fn expected(&self, render: &Render) -> (Duration, TimeFrom) {
        match self.0.usual(&TaskKind::of(render)) {
            Some(usual) => (usual, TimeFrom::History),
            None => Documented.expected(render),
        }
    }
}
