//! Who may pay for a recipe. No clock takes part: a right is given once, and never lapses.
//!
//! A *token* is a file of the store that can be created once. Creating token `n` of a recipe is the only right to submit
//! its attempt `n`, and the run that holds it says in its journal what became of it. Attempt `n + 1` is open only when
//! attempt `n` is known to be over without a clip.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::fact::AttemptRange;
use crate::job::{JobState, RunId};
use crate::money::Money;
use crate::units::Digest;

/// A token that was found in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The attempt, from 1.
    pub attempt: u32,
    /// Who took it; `None` where its file cannot be read.
    pub holder: Option<Holder>,
}

/// What a token says of its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The run that may submit.
    pub run: RunId,
    /// The service's id.
    pub provider: String,
    /// The service's own id for the model.
    pub model: String,
    /// The most that it is expected to cost; `None`: not known.
    pub estimate: Option<Money>,
}

impl Holder {
    /// The text of the token's file. The run and the `nonce` together make it unlike any other.
    #[must_use]
    pub fn text(&self, nonce: &str) -> String {
        let estimate = self.estimate.map_or_else(|| "unknown".to_owned(), |estimate| estimate.text());
        format!(
            "run: {}\nservice: {}\nmodel: {}\nestimate: {estimate}\nnonce: {nonce}\n",
            self.run,
            one_line(&self.provider),
            one_line(&self.model)
        )
    }

    /// Reads what [`Holder::text`] writes; `None` where it is not whole.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        // The nonce stands last: where it is, all is.
        fields.get("nonce")?;
        Some(Self {
            run: fields.get("run")?.parse().ok()?,
            provider: (*fields.get("service")?).to_owned(),
            model: (*fields.get("model")?).to_owned(),
            estimate: match *fields.get("estimate")? {
                "unknown" => None,
                amount => Some(amount.parse().ok()?),
            },
        })
    }
}

/// What is known of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It goes on: what it has not written yet may still come.
    Living,
    /// It is over, and its journal holds all that it ever wrote.
    Ended,
    /// It is over or was never here, and its journal is missing or damaged.
    Doubtful,
    /// It is of another machine, which nobody can ask: it may go on, or be over.
    Elsewhere,
}

/// What may be done for a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// The clip is in the store.
    Have(Digest),
    /// Try to take the token of this attempt; whoever creates it may submit.
    Take(u32),
    /// Another run is at it, or this one is.
    Wait {
        /// Which.
        run: RunId,
    },
    /// A run of another machine is at it, and has not said what came of it. It is waited for; where it stays silent the
    /// service's list may show its task. It is never ordered again by itself: the machine may only be slow.
    Silent {
        /// The attempt.
        attempt: u32,
        /// When it was taken is not known here, and by whom it was is only a name.
        run: Option<RunId>,
    },
    /// It is paid: look at the task and fetch the clip, which costs nothing.
    Collect {
        /// The attempt.
        attempt: u32,
        /// Where the task is, whatever the storyboard names now.
        provider: String,
        /// The task.
        task: String,
    },
    /// It may be paid and nobody can tell: the service's list or the user must.
    Ask {
        /// The attempt.
        attempt: u32,
        /// Why that is not known.
        why: String,
    },
    /// It is paid, and its clip is not in the store although it was, or although its service was asked for it. Fetch it
    /// again, which costs nothing. Where the service has forgotten the task, only the user opens the next attempt.
    Again {
        /// The attempt that was paid.
        attempt: u32,
        /// Where its task was.
        provider: String,
        /// The task.
        task: String,
        /// What the service said, where it did not know the task when it was last asked.
        forgotten: Option<String>,
    },
}

/// All that bears on a recipe. Tokens must be read before the journals are: a run begins its journal before it takes a
/// token, so that a token whose run is not in the journals is a fault and not a race.
pub struct Evidence<'a> {
    /// Tokens in the store.
    pub tokens: &'a [Token],
    /// The states of its attempts, from all journals.
    pub states: &'a BTreeMap<u32, JobState>,
    /// What is known of a run.
    pub life: &'a dyn Fn(&RunId) -> Life,
    /// Whether an object is in the store.
    pub has: &'a dyn Fn(&Digest) -> bool,
    /// The run that asks.
    pub own: &'a RunId,
    /// The attempts that it may take.
    pub range: AttemptRange,
}

/// What may be done. Where several attempts are open, the one that gives the clip for nothing goes first, and doubt goes
/// before money.
#[must_use]
pub fn right(evidence: &Evidence<'_>) -> Right {
    let attempts: BTreeSet<u32> =
        evidence.tokens.iter().map(|token| token.attempt).chain(evidence.states.keys().copied()).collect();
    let last = attempts.last().copied().unwrap_or(0);
    let open = attempts.iter().filter_map(|&attempt| evidence.open(attempt, attempt == last));
    open.max_by_key(urgency).unwrap_or_else(|| Right::Take(evidence.range.next(attempts.iter().copied())))
}

const fn urgency(right: &Right) -> u8 {
    match right {
        Right::Have(_) => 6,
        Right::Collect { .. } => 5,
        Right::Wait { .. } => 4,
        // What another machine may be at goes before what is unclear here: a list that shows nothing would let that be
        // ordered anew beside it.
        Right::Silent { .. } => 3,
        Right::Ask { .. } => 2,
        Right::Again { .. } => 1,
        Right::Take(_) => 0,
    }
}

/// Why nobody knows what became of a token of which nothing is written.
#[must_use]
pub fn doubt(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!("the journal of the run `{}` is missing or damaged", holder.run),
        None => "its spend token is missing or cannot be read".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

impl Right {
    fn ask(attempt: u32, why: impl Into<String>) -> Self {
        Self::Ask { attempt, why: why.into() }
    }

    fn wait(run: &RunId) -> Self {
        Self::Wait { run: run.clone() }
    }
}

impl Evidence<'_> {
    fn lives(&self, run: &RunId) -> bool {
        (self.life)(run) == Life::Living
    }

    fn is_elsewhere(&self, run: &RunId) -> bool {
        (self.life)(run) == Life::Elsewhere
    }

    /// What an attempt leaves to be done; nothing where it is over without a clip.
    fn open(&self, attempt: u32, is_last: bool) -> Option<Right> {
        let state = self.states.get(&attempt).unwrap_or(&JobState::Idle);
        match state {
            JobState::Idle => self.unwritten(attempt),
            JobState::Submitting { intent } | JobState::Unclear { intent, .. } if self.is_elsewhere(&intent.run) => {
                Some(Right::Silent { attempt, run: Some(intent.run.clone()) })
            }
            JobState::Submitting { intent } if self.lives(&intent.run) => Some(Right::wait(&intent.run)),
            JobState::Submitting { .. } => {
                Some(Right::ask(attempt, "the run that submitted it ended before the answer came"))
            }
            JobState::Unclear { intent, .. }
            | JobState::Lost { intent }
            | JobState::Submitted { intent, .. }
            | JobState::Delivered { intent, .. }
                if intent.run != *self.own && self.lives(&intent.run) =>
            {
                Some(Right::wait(&intent.run))
            }
            JobState::Unclear { why, .. } => Some(Right::ask(attempt, why)),
            JobState::Submitted { intent, task } | JobState::Delivered { intent, task, .. } => {
                Some(Right::Collect { attempt, provider: intent.provider.clone(), task: task.clone() })
            }
            JobState::Stored { stored, .. } | JobState::Forgotten { stored: Some(stored), .. }
                if (self.has)(&stored.clip) =>
            {
                Some(Right::Have(stored.clip))
            }
            JobState::Stored { intent, task, .. } if is_last => {
                Some(Right::Again { attempt, provider: intent.provider.clone(), task: task.clone(), forgotten: None })
            }
            JobState::Forgotten { intent, task, why, .. } if is_last => Some(Right::Again {
                attempt,
                provider: intent.provider.clone(),
                task: task.clone(),
                forgotten: Some(why.clone()),
            }),
            JobState::Stored { .. }
            | JobState::Forgotten { .. }
            | JobState::Void { .. }
            | JobState::Failed { .. }
            | JobState::Lost { .. } => None,
        }
    }

    /// A token of which nothing is written. Its run would have written before it sent.
    fn unwritten(&self, attempt: u32) -> Option<Right> {
        let token = self.tokens.iter().find(|token| token.attempt == attempt);
        let holder = token.and_then(|token| token.holder.as_ref());
        let Some(known) = holder else {
            // A token that cannot be read is nobody's: another machine's run may go on with it.
            let is_shared = self.range != AttemptRange::OWN && self.range.shared_number(attempt).is_some();
            let silent = Right::Silent { attempt, run: None };
            return Some(if is_shared { silent } else { Right::ask(attempt, doubt(None)) });
        };
        match (self.life)(&known.run) {
            Life::Living => Some(Right::wait(&known.run)),
            Life::Ended => None,
            Life::Doubtful => Some(Right::ask(attempt, doubt(holder))),
            Life::Elsewhere => Some(Right::Silent { attempt, run: Some(known.run.clone()) }),
        }
    }
}

#[cfg(test)]
mod tests;
