//! One paid attempt at a clip, as the fold of what was written down about it.
//!
//! A *record* is a fact about an attempt, the *state* of the attempt is what all its records say together, and nothing
//! else stores job state. Facts of one attempt may come from several runs, on several machines: whoever knows the task
//! may collect it. So a fact that is written twice, or after a better one, changes nothing; only facts that contradict each
//! other are refused. Time plays no part in the fold.

pub mod fact;
pub mod line;
mod state;
pub mod time;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::catalog::UnitPrice;
use crate::money::Money;
use crate::provider::reply::{Charged, Delivery};
use crate::units::{Digest, ShotId};
pub use state::{IllegalRecord, JobState, fold, settle};

/// The name of one run of the program, and of its journal: `20261121T011631Z-4711-5f3a9c02`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Arc<str>);

impl RunId {
    /// The name as text: letters, digits and `-`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = BadRunId;

    fn from_str(text: &str) -> Result<Self, BadRunId> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain && (1..=80).contains(&text.len()) { Ok(Self(text.into())) } else { Err(BadRunId) }
    }
}

/// Text that names no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a run is 1 to 80 letters, digits and `-`")]
pub struct BadRunId;

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// One attempt at a recipe: what is reserved, ordered, billed and written down is so under this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptId {
    /// The identity of what is to be rendered.
    pub recipe: Digest,
    /// Counted from 1; each has its own right to be paid for.
    pub attempt: u32,
}

impl AttemptId {
    /// A fact about this attempt.
    #[must_use]
    pub const fn entry(self, record: Record) -> Entry {
        Entry { recipe: self.recipe, attempt: self.attempt, record }
    }
}

/// Which attempt a record is about, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The identity of what is to be rendered.
    pub recipe: Digest,
    /// Counted from 1; each has its own right to be paid for.
    pub attempt: u32,
    /// The fact.
    pub record: Record,
}

/// What is to be submitted: everything needed to find the task again when its answer is lost, and to hold its clip and
/// its bill against what was ordered, whoever fetches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The shot for which it is first rendered.
    pub shot: ShotId,
    /// The service's id.
    pub provider: String,
    /// The service's own id for the model.
    pub model: String,
    /// The mark by which the service's list shows the task; empty where the service takes none.
    pub marker: String,
    /// The most that it is expected to cost; `None`: not known, which is never zero.
    pub estimate: Option<Money>,
    /// Tokens expected, where the price goes by them.
    pub tokens: Option<u64>,
    /// What one unit costs; `None`: not known.
    pub price: Option<UnitPrice>,
    /// The picture on which the clip is to begin, where it is kept in the store.
    pub first_frame: Option<Digest>,
    /// The picture on which the clip is to end, where it is kept in the store.
    pub last_frame: Option<Digest>,
    /// Whether another shot starts on the clip's last frame.
    pub hands_on: bool,
    /// Whether somebody speaks in it.
    pub speaks: bool,
    /// The clip at the head of the chain to which it belongs, where it is not the head itself.
    pub head: Option<Digest>,
    /// Whether it was read from a lock: another store ordered it, and its service has shown the task before.
    pub from_lock: bool,
    /// The run that submits.
    pub run: RunId,
}

/// A clip that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The clip.
    pub clip: Digest,
    /// Its last frame, where that was kept.
    pub last_frame: Option<Digest>,
    /// Frames of the clip, counted.
    pub frames: u64,
    /// Size of the clip in bytes.
    pub bytes: u64,
}

/// Why an attempt gave no clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFailure {
    /// The word of the service error's kind, for example `refused`.
    pub kind: String,
    /// Whether it costs money all the same.
    pub charged: Charged,
    /// The service's own words.
    pub message: String,
}

/// A fact about an attempt. None has a place for a key, a header or a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Written and synced before the request goes out.
    Submitting(Box<Intent>),
    /// A lock says that another store bought it, and as which task.
    Bought {
        /// What was bought.
        intent: Box<Intent>,
        /// The task's id at the service of the intent.
        task: String,
    },
    /// The request provably was not sent, or the service refused it without charge. It uses the attempt up: sending
    /// again is another attempt.
    Unsent {
        /// Why.
        why: String,
    },
    /// Whether the service took the request is not known.
    Unclear {
        /// Why.
        why: String,
    },
    /// The user says that the service never took it.
    AssumedLost,
    /// The user says which task it became.
    AssumedTask {
        /// The task's id at the service of the intent.
        task: String,
    },
    /// The service took the request.
    Submitted {
        /// The service's id.
        provider: String,
        /// The task's id there.
        task: String,
    },
    /// Finished at the service. The addresses live for a day and may stand here, but never in a lock.
    Delivered(Box<Delivery>),
    /// Over without a clip.
    Failed(AttemptFailure),
    /// The clip is in the store.
    Stored(Stored),
    /// The clip is not in the store, and its service does not know the task any more.
    Forgotten {
        /// The service's own words.
        why: String,
    },
    /// The user says that the clip cannot be had any more.
    GivenUp,
}

impl Record {
    /// The word that names the kind of record in a journal.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Submitting(_) => "submitting",
            Self::Bought { .. } => "bought",
            Self::Unsent { .. } => "unsent",
            Self::Unclear { .. } => "unclear",
            Self::AssumedLost => "assumed_lost",
            Self::AssumedTask { .. } => "assumed_task",
            Self::Submitted { .. } => "submitted",
            Self::Delivered(_) => "delivered",
            Self::Failed(_) => "failed",
            Self::Stored(_) => "stored",
            Self::Forgotten { .. } => "forgotten",
            Self::GivenUp => "given_up",
        }
    }

    /// Where the record stands in the life of an attempt. Records of several journals are folded in this order: the
    /// clocks of two machines do not agree, causes and effects do.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Submitting(_) | Self::Bought { .. } => 0,
            Self::Unclear { .. } => 1,
            // What was unclear may turn out never to have been taken: the service's list shows no such task.
            Self::Unsent { .. } => 2,
            Self::AssumedLost => 3,
            Self::AssumedTask { .. } => 4,
            Self::Submitted { .. } => 5,
            Self::Delivered(_) => 6,
            Self::Failed(_) => 7,
            Self::Stored(_) => 8,
            Self::Forgotten { .. } => 9,
            // The user's last word.
            Self::GivenUp => 10,
        }
    }
}

#[cfg(test)]
mod tests;
