//! Why a shot could not be made, in words that say what to do.

use std::time::Duration;

use super::message::Refusal;
use crate::media::MediaError;
use crate::provider::Ticket;
use crate::service::reply::ServiceError;
use crate::store::StoreError;
use crate::studio::StudioError;
use crate::units::spoken;

/// Why a shot could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Studio(#[from] StudioError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`{0}` changed while the film was being made; run the command again")]
    InputChanged(String),
    #[error("the clip is not what was asked for: {0}")]
    NotAsAsked(String),
    #[error("{0}")]
    Refused(Refusal),
    #[error(
        "{0}; nobody knows whether the order was accepted, so it is not sent again by itself: `storyreel status` says \
         what to do"
    )]
    Unclear(ServiceError),
    #[error("task {task} is not done after {}{}; it is not given up: run the same command again to fetch it", spoken(*after), last_words(said.as_deref()))]
    Deadline { task: String, after: Duration, said: Option<String> },
    #[error(
        "it could not be ordered within its deadline of {}: {error}; it asks to wait {} more; nothing was ordered: run \
         the same command again later",
        spoken(*after),
        spoken(*pause)
    )]
    NotOrdered { after: Duration, pause: Duration, error: ServiceError },
    #[error("another run is still making it after {}; run the same command again", spoken(*.0))]
    Elsewhere(Duration),
    #[error("it needs the shot `{0}`, which is not made; make that one first")]
    Needs(String),
    #[error("the provider `{0}` is not set up")]
    NotSetUp(&'static str),
}

fn last_words(said: Option<&str>) -> String {
    said.map_or_else(String::new, |said| format!(" (the last that was heard: {said})"))
}

impl Failure {
    /// A task that is not done when its time is over, with the last words of its service.
    pub(super) fn deadline(ticket: &Ticket, after: Duration, said: Option<String>) -> Self {
        Self::Deadline { task: ticket.0.clone(), after, said }
    }

    /// Whether the user has to decide before anything more is done for the shot.
    pub(super) const fn asks(&self) -> bool {
        matches!(self, Self::Unclear(_) | Self::Refused(Refusal::Unclear(_) | Refusal::Forgotten(_)))
    }
}
