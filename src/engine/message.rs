//! What workers and the loop say to each other: workers ask for authorization before they order, and have every step
//! written down before they take the next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use storyreel_core::event::{Event, LONG_PAUSE, ShotKey, Stage};
use storyreel_core::index::TaskId;
use storyreel_core::job::{AttemptId, Intent};
use storyreel_core::lock::ClipRecord;
use storyreel_core::provider::reply::{Delivery, ProviderError};
use storyreel_core::units::Digest;
use storyreel_providers::Ticket;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::failure::{Refusal, ShotFailure};
use crate::journal::Journal;

/// What a worker sends to the loop.
pub(super) enum Message {
    /// Something for the outside.
    Say(Event),
    /// May this task be ordered?
    Authorize {
        /// The task of the scheduler.
        task: TaskId,
        /// What would be ordered.
        order: OrderRequest,
        /// Where the answer is waited for.
        answer: oneshot::Sender<Authorization>,
    },
    /// A step of a paid job, to be on disk before the worker goes on.
    Note {
        /// Which attempt.
        attempt: AttemptId,
        /// What happened.
        step: PaidStep,
        /// Answered when it is on disk.
        written: oneshot::Sender<Result<(), String>>,
    },
}

/// What a worker wants to order, beside what the plan says.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderRequest {
    /// The mark that the order would bear.
    pub(super) marker: String,
    /// The picture on which the clip is to begin, where it is in the store.
    pub(super) first_frame: Option<Digest>,
    /// The picture on which the clip is to end, where it is in the store.
    pub(super) last_frame: Option<Digest>,
    /// Whether its inputs are at hand; without them only what was ordered before is fetched.
    pub(super) may_order: bool,
    /// An attempt with a lost answer that the service's list does not show: it may be ordered again.
    pub(super) not_listed: Option<u32>,
    /// Whether the service was asked in this run for what it sold before, and no longer knows it.
    pub(super) forgotten: bool,
    /// Whether others were waited for as long as the user wants.
    pub(super) has_waited: bool,
}

/// An attempt at a recipe that is paid for.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    /// What was ordered.
    pub(super) intent: Arc<Intent>,
    /// Whether its service has shown the task before: one that does not know it has forgotten it.
    pub(super) was_shown: bool,
    /// When it was ordered, in seconds since 1970: for people alone.
    pub(super) ordered_at: u64,
}

/// An order with an unknown outcome.
#[derive(Debug)]
pub(super) struct Lost {
    /// Which.
    pub(super) attempt: Attempt,
    /// All tasks that are known of other orders, by their ids.
    pub(super) known: BTreeSet<String>,
    /// Why the outcome is not known.
    pub(super) why: String,
    /// Whether it may be ordered again where the service's list does not show it. An order of another machine may still
    /// be on its way.
    pub(super) may_repeat: bool,
}

/// The answer to a worker that asks for authorization.
#[derive(Debug)]
pub(super) enum Authorization {
    /// It may order, as this attempt of its recipe; the intent is on disk and the money reserved.
    Order(Attempt),
    /// It was ordered before: the task is looked at and its clip fetched.
    Collect {
        /// Which.
        attempt: Attempt,
        /// The task.
        ticket: Ticket,
    },
    /// It was ordered before with an unknown outcome: the service's list may tell.
    Unclear(Lost),
    /// Its clip is in the store by now.
    Found(Box<ClipRecord>),
    /// Another process is ordering it right now: ask again in a while.
    Wait,
    /// It may not, and why.
    Refused(Refusal),
}

/// A step of a paid job.
#[derive(Debug, Clone)]
pub(super) enum PaidStep {
    /// No task was made, nothing is owed.
    Unsent(String),
    /// The service has the order under this name.
    Submitted {
        /// The service's id.
        provider: &'static str,
        /// Its name for the task.
        ticket: Ticket,
    },
    /// The clip is finished.
    Delivered(Box<Delivery>),
    /// The task ended without a clip.
    Failed(ProviderError),
    /// The clip is in the store, with its receipt.
    Stored(Box<ClipRecord>),
    /// Nobody knows whether there is a task.
    Unclear(String),
    /// The service no longer knows the task, and its clip is not here.
    Forgotten(String),
}

/// A worker's end of the line to the loop.
#[derive(Clone)]
pub(super) struct Messenger {
    pub(super) task: TaskId,
    pub(super) key: ShotKey,
    pub(super) line: UnboundedSender<Message>,
}

/// How long a shot that another process is ordering is left alone before it is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(2);

impl Messenger {
    /// Says what the shot does now.
    pub(super) fn moved(&self, stage: Stage, fraction: Option<f32>) {
        self.say(Event::ShotMoved { key: self.key.clone(), stage, fraction });
    }

    /// Says something to the outside.
    pub(super) fn say(&self, event: Event) {
        // The loop outlives its workers; when it ends early nobody is left to listen.
        let _ = self.line.send(Message::Say(event));
    }

    /// Says that the shot waits, unless it is too short to be noticed.
    pub(super) fn say_waits(&self, pause: Duration, reason: &str) {
        if pause > LONG_PAUSE {
            let until = Journal::now() + pause.as_secs();
            self.say(Event::ShotWaits { key: self.key.clone(), pause, until, reason: reason.to_owned() });
        }
    }

    /// Waits, and says so.
    pub(super) async fn wait(&self, pause: Duration, reason: &str) {
        self.say_waits(pause, reason);
        tokio::time::sleep(pause).await;
    }

    /// Asks for authorization until there is an answer that is not "wait", for as long as `patience` after `began`.
    pub(super) async fn authorize(
        &self,
        order: &OrderRequest,
        began: Instant,
        patience: Duration,
    ) -> Result<Authorization, ShotFailure> {
        let mut said = false;
        let mut order = order.clone();
        loop {
            let (answer, answered) = oneshot::channel();
            let _ = self.line.send(Message::Authorize { task: self.task, order: order.clone(), answer });
            match answered.await.unwrap_or(Authorization::Refused(Refusal::Stopping)) {
                Authorization::Wait if order.has_waited => return Err(ShotFailure::Elsewhere(patience)),
                Authorization::Wait if began.elapsed() >= patience => order.has_waited = true,
                Authorization::Wait => {
                    if !std::mem::replace(&mut said, true) {
                        self.say_waits(patience.saturating_sub(began.elapsed()), "another run is making it");
                    }
                    tokio::time::sleep(ASK_AGAIN.min(patience.saturating_sub(began.elapsed()))).await;
                }
                Authorization::Refused(refusal) => return Err(ShotFailure::Refused(refusal)),
                answer => return Ok(answer),
            }
        }
    }

    /// Has a step written down. A step that cannot be written ends the shot: what is paid must not be forgotten.
    pub(super) async fn note(&self, attempt: AttemptId, step: PaidStep) -> Result<(), ShotFailure> {
        let (written, done) = oneshot::channel();
        let _ = self.line.send(Message::Note { attempt, step, written });
        let result = done.await.unwrap_or_else(|_| Err("the run ended".to_owned()));
        result.map_err(|why| ShotFailure::Refused(Refusal::Unwritten(why)))
    }
}
