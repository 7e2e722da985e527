//! What workers and the loop say to each other: workers ask leave before they order, and have every step written down
//! before they take the next.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::worker::Failure;
use crate::event::{Event, ShotKey, Stage};
use crate::lock::Taken;
use crate::money::Money;
use crate::provider::Ticket;
use crate::service::reply::{Delivery, ServiceError};

/// What a worker tells the loop.
pub(super) enum Word {
    /// Something for the outside.
    Say(Event),
    /// May this task be ordered?
    Leave {
        /// The task of the scheduler.
        task: usize,
        /// The mark that the order would bear.
        marker: String,
        /// Whether a new order is meant, too; without it only what was ordered before is fetched.
        may_order: bool,
        /// Where the answer is waited for.
        answer: oneshot::Sender<Verdict>,
    },
    /// A step of a paid job, to be on disk before the worker goes on.
    Note {
        /// The task of the scheduler.
        task: usize,
        /// Which attempt of its recipe.
        attempt: u32,
        /// What happened.
        step: PaidStep,
        /// Answered when it is on disk.
        written: oneshot::Sender<Result<(), String>>,
    },
}

/// An attempt at a recipe that is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Counted from 1.
    pub(super) number: u32,
    /// The most that it was expected to cost when it was ordered; `None`: not known.
    pub(super) estimated: Option<Money>,
    /// Whether its task is so old that a service which does not know it has forgotten it.
    pub(super) old: bool,
}

/// The answer to a worker that asks leave.
#[derive(Debug)]
pub(super) enum Verdict {
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
    Unclear {
        /// Which.
        attempt: Attempt,
        /// The mark that the order bore; empty where none is known.
        marker: String,
        /// When it was about to be sent, in seconds since 1970.
        since: u64,
        /// Why the outcome is not known.
        why: String,
    },
    /// Its clip is in the store by now.
    Found(Box<Taken>),
    /// Another process is ordering it right now: ask again in a while.
    Wait,
    /// It may not, and why.
    Refused(Refusal),
}

/// Why a task is not ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The run is coming to its end.
    Stopping,
    /// The service turned another shot away in a way that holds for all.
    ServiceStopped,
    /// It would cost more than may be spent.
    Cap(String),
    /// An earlier order has an unknown outcome.
    Unclear(String),
    /// It was only to be fetched, and there is nothing to fetch.
    Gone,
    /// It is paid, its clip is not here, and its service no longer knows the task, in these words.
    Forgotten(String),
    /// The order could not be written down.
    Journal(String),
    /// What came of an order could not be written down.
    Unwritten(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stopping => f.write_str("the run was stopped before it was ordered"),
            Self::ServiceStopped => f.write_str("its service turned another shot away"),
            Self::Cap(why) => write!(f, "not ordered: {why}"),
            Self::Unclear(why) => write!(
                f,
                "an earlier order may have been accepted ({why}), so it is not sent again by itself: `storyreel status` \
                 says what to do"
            ),
            Self::Forgotten(why) => write!(
                f,
                "it is paid, its clip is not in the store, and its service no longer knows the task ({why}); it is not bought \
                 again by itself: `storyreel status` says what to do"
            ),
            Self::Gone => f.write_str("its earlier order came to nothing; run the same command again to order it"),
            Self::Journal(why) => write!(f, "the order cannot be written down, so it is not sent: {why}"),
            Self::Unwritten(why) => write!(
                f,
                "what came of its order cannot be written down: {why}; when the disk is well, run the same command again: \
                 it finds out, and orders nothing twice"
            ),
        }
    }
}

/// A step of a paid job.
#[derive(Debug, Clone)]
pub(super) enum PaidStep {
    /// No task was made, nothing is owed.
    Unsent(String),
    /// The service has the order under this name.
    Submitted(Ticket),
    /// The clip is finished.
    Delivered(Box<Delivery>),
    /// The task ended without a clip.
    Failed(ServiceError),
    /// Nobody knows whether there is a task.
    Unclear(String),
    /// The service no longer knows the task, and its clip is not here.
    Forgotten(String),
}

/// A worker's end of the line.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) task: usize,
    pub(super) key: ShotKey,
    pub(super) line: UnboundedSender<Word>,
}

/// How long a shot that another process is ordering is left alone before it is asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(2);

impl Desk {
    /// Says what the shot does now.
    pub(super) fn moved(&self, stage: Stage, fraction: Option<f32>) {
        self.say(Event::ShotMoved { key: self.key.clone(), stage, fraction });
    }

    /// Says something to the outside.
    pub(super) fn say(&self, event: Event) {
        // The loop outlives its workers; when it ends early nobody is left to listen.
        let _ = self.line.send(Word::Say(event));
    }

    /// Asks leave to order until there is an answer that is not "wait".
    pub(super) async fn leave(&self, marker: &str, may_order: bool) -> Result<Verdict, Failure> {
        loop {
            let (answer, answered) = oneshot::channel();
            let (task, marker) = (self.task, marker.to_owned());
            let _ = self.line.send(Word::Leave { task, marker, may_order, answer });
            match answered.await.unwrap_or(Verdict::Refused(Refusal::Stopping)) {
                Verdict::Wait => tokio::time::sleep(ASK_AGAIN).await,
                Verdict::Refused(refusal) => return Err(Failure::Refused(refusal)),
                verdict => return Ok(verdict),
            }
        }
    }

    /// Has a step written down. A step that cannot be written ends the shot: what is paid must not be forgotten.
    pub(super) async fn note(&self, attempt: u32, step: PaidStep) -> Result<(), Failure> {
        let (written, done) = oneshot::channel();
        let _ = self.line.send(Word::Note { task: self.task, attempt, step, written });
        let result = done.await.unwrap_or_else(|_| Err("the run ended".to_owned()));
        result.map_err(|why| Failure::Refused(Refusal::Unwritten(why)))
    }
}
