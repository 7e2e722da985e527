//! Shots that are left to their services in a run that waits for nothing: a later run goes on with them.

use std::time::Duration;

use storyreel_core::index::TaskId;
use storyreel_core::polling::next_run;
use storyreel_core::sanitize::chain;
use storyreel_core::scheduler::Scheduler;
use storyreel_core::units::{Digest, spoken};

use super::failure::ShotFailure;
use super::session::Session;
use crate::journal::Journal;

impl Session<'_, '_> {
    /// Whether a failure only says that a run that waits for nothing has done what it can for a shot.
    pub(super) fn is_left(&self, failure: &ShotFailure) -> bool {
        !self.ports.patience.for_tasks && failure.passes()
    }

    /// Leaves the shot of a task, and those that wait for the same clip.
    pub(super) fn leave(
        &mut self,
        task: TaskId,
        recipe: &Digest,
        failure: &ShotFailure,
        waiting: Vec<TaskId>,
        scheduler: &mut Scheduler,
    ) {
        let next = Journal::now() + self.until_next_run(task, recipe, failure).as_secs();
        let reason = match failure {
            ShotFailure::Deadline { said: None, .. } => "under way at its service".to_owned(),
            ShotFailure::Deadline { said: Some(said), .. } => format!("under way at its service (last answer: {said})"),
            ShotFailure::NotOrdered { error, pause, .. } => {
                format!("not ordered yet: {error}; it asks to wait {}", spoken(*pause))
            }
            ShotFailure::Elsewhere(_) => "another run is making it".to_owned(),
            failure => chain(failure),
        };
        for duplicate in waiting {
            let key = self.key(self.tasks[duplicate]);
            self.progress.under_way(key, reason.clone(), next);
            scheduler.put_off(duplicate);
        }
        let key = self.key(self.tasks[task]);
        self.progress.under_way(key, reason, next);
        scheduler.leave(task);
    }

    /// How long from now another run is useful for a shot.
    fn until_next_run(&self, task: TaskId, recipe: &Digest, failure: &ShotFailure) -> Duration {
        let expected = self.render(self.tasks[task]).map_or(Duration::ZERO, |render| self.pacing.expected(render));
        let ordered = self.ledger.latest(*recipe).and_then(|id| self.ledger.attempt(id));
        match (failure, ordered) {
            (ShotFailure::Deadline { .. }, Some((attempt, _))) => {
                let elapsed = Journal::now().saturating_sub(attempt.ordered_at);
                next_run(Duration::from_secs(elapsed), expected)
            }
            (ShotFailure::Ordered | ShotFailure::Deadline { .. }, _) => next_run(Duration::ZERO, expected),
            (ShotFailure::NotOrdered { pause, .. } | ShotFailure::NotAnswered { pause, .. }, _) => {
                next_run(Duration::ZERO, *pause)
            }
            _ => next_run(Duration::ZERO, Duration::ZERO),
        }
    }
}
