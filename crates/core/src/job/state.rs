//! How an attempt stands: the fold of its records.

use std::sync::Arc;

use super::{AttemptFailure, Intent, Record, Stored};
use crate::provider::reply::{Charged, Delivery};

/// How one attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum JobState {
    /// Nothing is written of it.
    #[default]
    Idle,
    /// The request may go out at any moment, or went out.
    Submitting {
        /// What is submitted.
        intent: Arc<Intent>,
    },
    /// It was never sent, or refused without charge.
    Void {
        /// What was to be submitted.
        intent: Arc<Intent>,
        /// Why it was not.
        why: String,
    },
    /// Whether the service took it is not known: only the service's list or the user can say.
    Unclear {
        /// What was submitted, perhaps.
        intent: Arc<Intent>,
        /// Why that is not known.
        why: String,
    },
    /// The user says that the service never took it, or that its clip cannot be had any more.
    Lost {
        /// What was to be submitted.
        intent: Arc<Intent>,
    },
    /// The service works on it.
    Submitted {
        /// What was submitted.
        intent: Arc<Intent>,
        /// The task at the service of the intent.
        task: String,
    },
    /// Paid and finished; the clip is yet to be fetched.
    Delivered {
        /// What was submitted.
        intent: Arc<Intent>,
        /// The task at the service of the intent.
        task: String,
        /// What the service says of the clip.
        delivery: Box<Delivery>,
    },
    /// Over without a clip.
    Failed {
        /// What was submitted.
        intent: Arc<Intent>,
        /// The task, if there was one.
        task: Option<String>,
        /// What the service said of the clip before it was lost, or what another run got.
        delivery: Option<Box<Delivery>>,
        /// Why, and whether it costs.
        failure: AttemptFailure,
    },
    /// Its clip was put into the store.
    Stored {
        /// What was submitted.
        intent: Arc<Intent>,
        /// The task at the service of the intent.
        task: String,
        /// What the service said of the clip.
        delivery: Box<Delivery>,
        /// What came.
        stored: Stored,
    },
    /// It is paid, its clip was not here when it was wanted, and the service does not know the task any more: only the
    /// user can say whether it is bought again.
    Forgotten {
        /// What was submitted.
        intent: Arc<Intent>,
        /// The task that the service knew.
        task: String,
        /// What came, where it ever did.
        stored: Option<Stored>,
        /// The service's own words.
        why: String,
    },
}

/// Records that cannot all be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record `{record}` contradicts what is written before it: the attempt is `{state}`")]
pub struct IllegalRecord {
    /// The word of the state.
    pub state: &'static str,
    /// The word of the record.
    pub record: &'static str,
}

/// The state that all `records` of an attempt give, in whatever order and from however many runs they come.
pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<JobState, IllegalRecord> {
    let mut records: Vec<&Record> = records.into_iter().collect();
    records.sort_by_key(|record| record.rank());
    records.into_iter().try_fold(JobState::Idle, JobState::apply)
}

/// Like [`fold`], for records that may contradict each other: such an attempt is unclear, so that nothing is paid for
/// it, until the user says that it is lost.
#[must_use]
pub fn settle(records: &[&Record]) -> JobState {
    let contradiction = match fold(records.iter().copied()) {
        Ok(state) => return state,
        Err(contradiction) => contradiction,
    };
    let intent = records.iter().find_map(|record| match record {
        Record::Submitting(intent) | Record::Bought { intent, .. } => Some(Arc::new((**intent).clone())),
        _ => None,
    });
    match intent {
        Some(intent) if records.contains(&&Record::AssumedLost) => JobState::Lost { intent },
        Some(intent) => JobState::Unclear { intent, why: contradiction.to_string() },
        None => JobState::Idle,
    }
}

impl JobState {
    /// The state after one more record. What is known already, or better, stays.
    pub fn apply(self, record: &Record) -> Result<Self, IllegalRecord> {
        let illegal = IllegalRecord { state: self.word(), record: record.word() };
        match record {
            Record::Submitting(intent) => self.submitting(intent),
            Record::Bought { intent, task } => self.bought(intent, task),
            Record::Unsent { why } => self.unsent(why),
            Record::Unclear { why } => self.unclear(why),
            Record::AssumedLost => self.assumed_lost(),
            Record::AssumedTask { task } => self.submitted(None, task),
            Record::Submitted { provider, task } => self.submitted(Some(provider), task),
            Record::Delivered(delivery) => self.delivered(delivery),
            Record::Failed(failure) => self.failed(failure),
            Record::Stored(stored) => self.stored(stored),
            Record::Forgotten { why } => self.forgotten(why),
            Record::GivenUp => self.given_up(),
        }
        .ok_or(illegal)
    }

    fn submitting(self, record: &Intent) -> Option<Self> {
        match self {
            Self::Idle => Some(Self::Submitting { intent: Arc::new(record.clone()) }),
            state => (state.intent() == Some(record)).then_some(state),
        }
    }

    fn bought(self, record: &Intent, task: &str) -> Option<Self> {
        match self {
            Self::Idle => Some(Self::Submitted { intent: Arc::new(record.clone()), task: task.to_owned() }),
            state => (state.intent() == Some(record) && state.task() == Some(task)).then_some(state),
        }
    }

    fn unsent(self, why: &str) -> Option<Self> {
        match self {
            Self::Submitting { intent } | Self::Unclear { intent, .. } => {
                Some(Self::Void { intent, why: why.to_owned() })
            }
            Self::Void { .. } => Some(self),
            _ => None,
        }
    }

    fn unclear(self, why: &str) -> Option<Self> {
        match self {
            Self::Submitting { intent } => Some(Self::Unclear { intent, why: why.to_owned() }),
            Self::Idle | Self::Void { .. } => None,
            known => Some(known),
        }
    }

    fn assumed_lost(self) -> Option<Self> {
        match self {
            Self::Submitting { intent } | Self::Unclear { intent, .. } => Some(Self::Lost { intent }),
            Self::Idle => None,
            known => Some(known),
        }
    }

    /// A task that turns up after the user gave it up is a fact, and is collected.
    fn submitted(self, provider: Option<&str>, task: &str) -> Option<Self> {
        if provider.is_some_and(|provider| self.intent().is_none_or(|intent| intent.provider != provider)) {
            return None;
        }
        match self {
            Self::Submitting { intent } | Self::Unclear { intent, .. } | Self::Lost { intent } => {
                Some(Self::Submitted { intent, task: task.to_owned() })
            }
            known => (known.task() == Some(task)).then_some(known),
        }
    }

    /// Of two deliveries the one that the service changed last has the addresses that live longest.
    fn delivered(self, new: &Delivery) -> Option<Self> {
        match self {
            Self::Submitted { intent, task } => Some(Self::Delivered { intent, task, delivery: Box::new(new.clone()) }),
            Self::Delivered { intent, task, delivery } => {
                let newer = new.updated_at >= delivery.updated_at;
                let delivery = if newer { Box::new(new.clone()) } else { delivery };
                Some(Self::Delivered { intent, task, delivery })
            }
            Self::Failed { intent, task: Some(task), delivery, failure } => {
                let delivery = delivery.or_else(|| Some(Box::new(new.clone())));
                Some(Self::Failed { intent, task: Some(task), delivery, failure })
            }
            Self::Stored { .. } | Self::Forgotten { .. } => Some(self),
            _ => None,
        }
    }

    fn failed(self, failure: &AttemptFailure) -> Option<Self> {
        let failure = failure.clone();
        match self {
            // Without a task, a charge that nobody can tell is an unclear submit and not a failed one.
            Self::Submitting { intent } if failure.charged != Charged::Unknown => {
                Some(Self::Failed { intent, task: None, delivery: None, failure })
            }
            Self::Submitted { intent, task } => {
                Some(Self::Failed { intent, task: Some(task), delivery: None, failure })
            }
            Self::Delivered { intent, task, delivery } => {
                Some(Self::Failed { intent, task: Some(task), delivery: Some(delivery), failure })
            }
            Self::Failed { intent, task, delivery, failure: known } => {
                let failure = if weight(failure.charged) > weight(known.charged) { failure } else { known };
                Some(Self::Failed { intent, task, delivery, failure })
            }
            Self::Stored { .. } | Self::Forgotten { .. } => Some(self),
            _ => None,
        }
    }

    fn stored(self, stored: &Stored) -> Option<Self> {
        match self {
            Self::Delivered { intent, task, delivery }
            | Self::Failed { intent, task: Some(task), delivery: Some(delivery), .. } => {
                Some(Self::Stored { intent, task, delivery, stored: stored.clone() })
            }
            Self::Forgotten { intent, task, why, .. } => {
                Some(Self::Forgotten { intent, task, stored: Some(stored.clone()), why })
            }
            Self::Stored { .. } => Some(self),
            _ => None,
        }
    }

    fn forgotten(self, why: &str) -> Option<Self> {
        let why = why.to_owned();
        match self {
            Self::Submitted { intent, task } | Self::Delivered { intent, task, .. } => {
                Some(Self::Forgotten { intent, task, stored: None, why })
            }
            Self::Stored { intent, task, stored, .. } => {
                Some(Self::Forgotten { intent, task, stored: Some(stored), why })
            }
            Self::Failed { .. } | Self::Void { .. } | Self::Lost { .. } | Self::Forgotten { .. } => Some(self),
            _ => None,
        }
    }

    fn given_up(self) -> Option<Self> {
        match self {
            Self::Idle => None,
            Self::Void { .. } | Self::Failed { .. } => Some(self),
            state => state.shared_intent().map(|intent| Self::Lost { intent: Arc::clone(intent) }),
        }
    }

    /// The word for programs and messages.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Submitting { .. } => "submitting",
            Self::Void { .. } => "void",
            Self::Unclear { .. } => "unclear",
            Self::Lost { .. } => "lost",
            Self::Submitted { .. } => "submitted",
            Self::Delivered { .. } => "delivered",
            Self::Failed { .. } => "failed",
            Self::Stored { .. } => "stored",
            Self::Forgotten { .. } => "forgotten",
        }
    }

    /// What is or was to be submitted; `None` while nothing is written.
    #[must_use]
    pub fn intent(&self) -> Option<&Intent> {
        self.shared_intent().map(AsRef::as_ref)
    }

    /// The same, shared.
    #[must_use]
    pub const fn shared_intent(&self) -> Option<&Arc<Intent>> {
        match self {
            Self::Idle => None,
            Self::Submitting { intent }
            | Self::Void { intent, .. }
            | Self::Unclear { intent, .. }
            | Self::Lost { intent }
            | Self::Submitted { intent, .. }
            | Self::Delivered { intent, .. }
            | Self::Failed { intent, .. }
            | Self::Stored { intent, .. }
            | Self::Forgotten { intent, .. } => Some(intent),
        }
    }

    /// The task at the service of the intent, once it is known.
    #[must_use]
    pub fn task(&self) -> Option<&str> {
        match self {
            Self::Submitted { task, .. }
            | Self::Delivered { task, .. }
            | Self::Stored { task, .. }
            | Self::Forgotten { task, .. } => Some(task),
            Self::Failed { task, .. } => task.as_deref(),
            _ => None,
        }
    }

    /// Whether the service has shown the task before, so that one which does not know it has forgotten it.
    #[must_use]
    pub fn was_shown(&self) -> bool {
        let shown = matches!(self, Self::Delivered { .. } | Self::Stored { .. } | Self::Forgotten { .. });
        shown || self.intent().is_some_and(|intent| intent.from_lock)
    }

    /// What the service says of the clip, once it has said so.
    #[must_use]
    pub fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Delivered { delivery, .. } | Self::Stored { delivery, .. } => Some(delivery),
            Self::Failed { delivery, .. } => delivery.as_deref(),
            _ => None,
        }
    }

    /// Whether something of it is still to be done or decided.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Submitting { .. }
                | Self::Unclear { .. }
                | Self::Submitted { .. }
                | Self::Delivered { .. }
                | Self::Forgotten { .. }
        )
    }
}

const fn weight(charged: Charged) -> u8 {
    match charged {
        Charged::No => 0,
        Charged::Unknown => 1,
        Charged::Yes(None) => 2,
        Charged::Yes(Some(_)) => 3,
    }
}
