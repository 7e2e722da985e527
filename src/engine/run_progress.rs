//! What is said of a run while it goes on, and the outcome that is counted with it.

use std::collections::BTreeSet;
use std::time::Duration;

use storyreel_core::event::{Bill, Charge, DRIFT, Event, FrameFrom, ShotKey};
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::{chain, count};
use storyreel_core::text::listed;
use storyreel_core::units::ShotId;

use super::failure::{Refusal, ShotFailure};
use super::{RunOutcome, Trouble};

/// What is said to the outside, and what it comes to.
pub(super) struct RunProgress<'p> {
    say: &'p mut (dyn FnMut(&Event) + Send),
    pub(super) outcome: RunOutcome,
    /// Shots whose clips are not what was asked for.
    differ: Vec<ShotKey>,
}

/// How a clip came that has just been stored.
#[derive(Debug, Clone, Default)]
pub(super) struct ClipArrival {
    /// How long it took; `None` when it was there already.
    pub(super) took: Option<Duration>,
    /// Where its last frame comes from, when others start on it.
    pub(super) last_frame: Option<FrameFrom>,
    /// What it cost in this run.
    pub(super) charge: Option<Charge>,
}

impl<'p> RunProgress<'p> {
    pub(super) fn new(say: &'p mut (dyn FnMut(&Event) + Send)) -> Self {
        Self { say, outcome: RunOutcome::default(), differ: Vec::new() }
    }

    pub(super) fn say(&mut self, event: &Event) {
        (self.say)(event);
    }

    pub(super) fn warn(&mut self, message: String) {
        self.say(&Event::Warned { message });
    }

    /// Counts the clip of a shot and says that it is in the store.
    pub(super) fn stored(&mut self, key: ShotKey, clip: &ClipRecord, arrival: ClipArrival) {
        if arrival.took.is_some() {
            self.outcome.made += 1;
        } else {
            self.outcome.reused += 1;
        }
        let ClipArrival { took, last_frame, charge } = arrival;
        let paid = charge.as_ref().and_then(|charge| charge.paid.known());
        let estimated = charge.and_then(|charge| charge.estimated).map(|(_, most)| most);
        self.say(&Event::ShotStored {
            key,
            clip: clip.clip,
            frames: clip.facts.video.frames,
            rate: clip.facts.video.rate,
            took,
            last_frame,
            paid,
            estimated,
            differs: clip.differs.clone(),
        });
    }

    /// Warns of how a clip differs from what was asked for.
    pub(super) fn differs(&mut self, key: ShotKey, differences: Vec<String>) {
        if differences.is_empty() {
            return;
        }
        for what in differences {
            self.warn(format!("{}: the clip differs from what was asked for: {what}", key.shot));
        }
        self.differ.push(key);
    }

    pub(super) fn failed(&mut self, key: ShotKey, failure: &ShotFailure) {
        let message = chain(failure);
        let error = failure.provider_error().cloned();
        self.outcome.failed += 1;
        self.outcome.unclear += usize::from(failure.asks());
        self.outcome.elsewhere += usize::from(matches!(failure, ShotFailure::Elsewhere(_)));
        self.outcome.over_cap += usize::from(matches!(failure, ShotFailure::Refused(Refusal::OverLimit(_))));
        self.outcome.troubles.push(Trouble { key: key.clone(), message: message.clone(), error: error.clone() });
        self.say(&Event::ShotFailed { key, message, error: error.map(Box::new) });
    }

    /// Counts a shot that is left to its service, and says when another run is useful for it.
    pub(super) fn under_way(&mut self, key: ShotKey, reason: String, next: u64) {
        self.outcome.under_way += 1;
        self.outcome.next = Some(self.outcome.next.map_or(next, |earlier| earlier.min(next)));
        self.say(&Event::ShotUnderWay { key, reason, next });
    }

    /// Counts a shot that is not made because of the shot `by`.
    pub(super) fn blocked(&mut self, key: ShotKey, by: ShotId) {
        self.outcome.blocked += 1;
        self.say(&Event::ShotBlocked { key, by });
    }

    /// Says how the run ended and what it cost.
    pub(super) fn finished(&mut self, took: Duration, bill: Bill) {
        self.warn_of_drift(&bill);
        let RunOutcome { made, reused, failed, blocked, under_way, next, .. } = self.outcome;
        // Only where shots were left to their services are there some that were not even begun.
        let to_come = self.outcome.not_made.len().saturating_sub(failed + blocked + under_way);
        let to_come = if under_way > 0 { to_come } else { 0 };
        let differ = std::mem::take(&mut self.differ);
        self.say(&Event::Finished { made, reused, failed, blocked, under_way, to_come, next, differ, took, bill });
    }

    /// Says of every service whose bills are far from their estimates what that comes to, and what to do.
    fn warn_of_drift(&mut self, all: &Bill) {
        let providers: BTreeSet<&str> = all.0.iter().map(|charge| charge.provider).collect();
        for provider in providers {
            let of_provider = all.0.iter().filter(|charge| charge.provider == provider);
            let bill = Bill(of_provider.cloned().collect());
            if let Some(message) = drift_message(provider, &bill) {
                self.warn(message);
            }
        }
    }
}

/// What to say of the bills of a service, where some are far from their estimates.
fn drift_message(provider: &str, bill: &Bill) -> Option<String> {
    let drifting = bill.0.iter().filter(|charge| charge.drifts());
    let shots: Vec<&str> = drifting.map(|charge| charge.key.shot.as_str()).collect();
    if shots.is_empty() {
        return None;
    }
    let billed = bill.billed();
    let (_, most) = bill.estimated();
    Some(format!(
        "`{provider}` billed {} of {} more than {DRIFT} % away from the estimate ({}), in total {billed} for {most} \
         estimated: see what it asks now, and set that under `providers.{provider}.prices`",
        shots.len(),
        count(bill.0.len(), "clip"),
        listed(shots.iter().copied(), 12),
    ))
}
