//! How often and how long a task is polled.

pub mod history;
pub mod pace;

use std::time::Duration;

use crate::film::ProviderSpec;
use crate::polling::pace::WeightedLength;
use crate::provider::{PollBounds, Provider};

/// How often and how long a task is polled.
#[derive(Debug, Clone)]
pub struct Polling {
    /// How often its service allows.
    pub bounds: PollBounds,
    /// The longest pause between polls that the storyboard asks for.
    pub longest: Option<Duration>,
    /// How long tasks like it took before.
    pub known: Vec<WeightedLength>,
    /// When it is left alone.
    pub deadline: Duration,
}

/// How long a task is waited for when nothing else is said: what the official samples wait.
pub const DEADLINE: Duration = Duration::from_mins(30);

impl Polling {
    /// What a service documents, where the storyboard does not ask for something else.
    #[must_use]
    pub fn of(provider: &Provider, spec: Option<&ProviderSpec>) -> Self {
        let first = spec.and_then(|spec| spec.first_poll).unwrap_or(provider.poll.first);
        let longest = spec.and_then(|spec| spec.longest_pause);
        Self {
            bounds: PollBounds { first, longest: longest.unwrap_or(provider.poll.longest), ..provider.poll },
            longest: longest.map(Duration::from_secs),
            known: Vec::new(),
            deadline: spec.and_then(|spec| spec.deadline).map_or(DEADLINE, Duration::from_secs),
        }
    }
}
