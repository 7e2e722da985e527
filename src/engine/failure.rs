//! Why a shot could not be made, in words that say what to do.

use std::time::Duration;

use storyreel_core::plan::ClipStop;
use storyreel_core::provider::reply::ProviderError;
use storyreel_core::units::spoken;
use storyreel_media::media::MediaError;
use storyreel_media::studio::StudioError;
use storyreel_providers::Ticket;

use crate::store::StoreError;

/// Why a task is not ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The run is coming to its end.
    Stopping,
    /// The service turned another shot away in a way that holds for all.
    ProviderStopped,
    /// It would cost more than may be spent.
    OverLimit(String),
    /// An earlier order has an unknown outcome.
    Unclear(String),
    /// It is frozen, has changed, and its clip is not here.
    Frozen,
    /// It was only to be fetched, and there is nothing to fetch.
    Gone,
    /// It is paid, its clip is not here, and its service no longer knows the task, in these words.
    Forgotten(String),
    /// A server of the user's own has twice not kept what was ordered there, which costs nothing.
    NotKept(String),
    /// The order could not be written down.
    Journal(String),
    /// What came of an order could not be written down.
    Unwritten(String),
    /// Its earlier tasks ended without a clip, the last in these words, and nobody watches this run.
    FailedBefore(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stopping => f.write_str("the run was stopped before it was ordered"),
            Self::ProviderStopped => f.write_str("its service refused another shot"),
            Self::OverLimit(why) => write!(f, "not ordered: it {why}"),
            Self::Unclear(why) => write!(
                f,
                "an earlier order may have been accepted ({why}), so it is not sent again by itself: `storyreel status` \
                 says what to do"
            ),
            Self::Forgotten(why) => write!(
                f,
                "it was bought before, its clip is not in the store, and its service no longer knows the task ({why}): \
                 `--rebuy` buys it again; `storyreel status` says what else can be done"
            ),
            Self::NotKept(why) => write!(
                f,
                "its server did not answer, or forgot the job, twice ({why}): look at the server, and run the same command \
                 again; it costs nothing"
            ),
            Self::Frozen => f.write_str(
                "it is frozen, it has changed since, and its clip is not in the store: bring the store in which it was made \
                 here, or remove `frozen`, and it is made again",
            ),
            Self::Gone => f.write_str("its earlier order failed; run the same command again to order it"),
            Self::FailedBefore(why) => write!(
                f,
                "its earlier order ended without a clip ({why}), and a run that waits for nothing orders no more by itself: \
                 change the shot, or run `render` without `--no-wait`"
            ),
            Self::Journal(why) => write!(f, "the order could not be recorded, so it was not sent: {why}"),
            Self::Unwritten(why) => write!(
                f,
                "what came of its order cannot be recorded: {why}; fix the disk and run the same command again: \
                 it finds out, and orders nothing twice"
            ),
        }
    }
}

/// Why a shot could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShotFailure {
    #[error(transparent)]
    Service(#[from] ProviderError),
    #[error(transparent)]
    Studio(#[from] StudioError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`{0}` changed while the film was being made; run the command again")]
    InputChanged(String),
    #[error("{0}")]
    Stopped(ClipStop),
    #[error("the clip is not what was asked for: {0}")]
    NotAsAsked(String),
    #[error("{0}")]
    Refused(Refusal),
    #[error(
        "{0}; nobody knows whether the order was accepted, so it is not sent again by itself: `storyreel status` says \
         what to do"
    )]
    Unclear(ProviderError),
    #[error(
        "task {task} is not finished after {}{}; run the same command again to fetch it",
        spoken(*after), last_words(said.as_deref())
    )]
    Deadline { task: String, after: Duration, said: Option<String> },
    #[error(
        "it could not be ordered within its deadline of {}: {error}; it asks to wait {} more; nothing was ordered: run \
         the same command again later",
        spoken(*after),
        spoken(*pause)
    )]
    NotOrdered { after: Duration, pause: Duration, error: ProviderError },
    #[error(
        "nobody can say yet whether its order was accepted: {error}; run the same command again, which sends it with the same \
         key, so that it stays one order"
    )]
    NotAnswered { pause: Duration, error: ProviderError },
    #[error("another run is still making it after {}; run the same command again", spoken(*.0))]
    Elsewhere(Duration),
    #[error("ordered; a later run fetches it")]
    Ordered,
    #[error("its task ended without a clip and is ordered again by the next run: {0}")]
    OrderLater(ProviderError),
    #[error("it needs the shot `{0}`, which is not made yet; make that one first")]
    Needs(String),
    #[error("the provider `{0}` is not set up")]
    NotSetUp(&'static str),
}

fn last_words(said: Option<&str>) -> String {
    said.map_or_else(String::new, |said| format!(" (last answer: {said})"))
}

impl ShotFailure {
    /// A task that is not done when its time is over, with the last words of its service.
    pub(super) fn deadline(ticket: &Ticket, after: Duration, said: Option<String>) -> Self {
        Self::Deadline { task: ticket.0.clone(), after, said }
    }

    /// What the service said, when it was one.
    pub(super) const fn provider_error(&self) -> Option<&ProviderError> {
        match self {
            Self::Service(error)
            | Self::Unclear(error)
            | Self::NotOrdered { error, .. }
            | Self::NotAnswered { error, .. }
            | Self::OrderLater(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same command, run again later, goes on where this one stopped.
    pub(super) const fn passes(&self) -> bool {
        matches!(
            self,
            Self::Ordered
                | Self::OrderLater(_)
                | Self::Deadline { .. }
                | Self::NotOrdered { .. }
                | Self::NotAnswered { .. }
                | Self::Elsewhere(_)
        )
    }

    /// Whether the user has to decide before anything more is done for the shot.
    pub(super) const fn asks(&self) -> bool {
        matches!(self, Self::Unclear(_) | Self::Refused(Refusal::Unclear(_) | Refusal::Forgotten(_) | Refusal::Frozen))
    }
}
