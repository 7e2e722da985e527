//! How often and how long a task is looked at.

use std::time::Duration;

use storyreel_core::film::ProviderSpec;
use storyreel_core::provider::{PollBounds, Provider};

use super::pace::{Allowance, WeightedLength};

/// How often and how long a task is looked at.
#[derive(Debug, Clone)]
pub(super) struct Polling {
    /// How often its service allows.
    pub(super) bounds: PollBounds,
    /// The longest pause between looks that the storyboard asks for.
    pub(super) longest: Option<Duration>,
    /// How long tasks like it took before.
    pub(super) known: Vec<WeightedLength>,
    /// What its service's tasks have left over of looks.
    pub(super) allowance: Allowance,
    /// When it is left alone.
    pub(super) deadline: Duration,
}

/// How long a task is waited for when nothing else is said: what the official samples wait.
pub(super) const DEADLINE: Duration = Duration::from_mins(30);

impl Polling {
    /// What a service documents, where the storyboard does not ask for something else.
    pub(super) fn of(service: &Provider, wish: Option<&ProviderSpec>) -> Self {
        let first = wish.and_then(|wish| wish.first_look).unwrap_or(service.poll.first);
        let longest = wish.and_then(|wish| wish.longest_pause);
        Self {
            bounds: PollBounds { first, longest: longest.unwrap_or(service.poll.longest), ..service.poll },
            longest: longest.map(Duration::from_secs),
            known: Vec::new(),
            allowance: Allowance::default(),
            deadline: wish.and_then(|wish| wish.deadline).map_or(DEADLINE, Duration::from_secs),
        }
    }
}
