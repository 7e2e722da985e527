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

/// The shortest time until a run is worth its start, and the longest time for which a task is left alone.
const RUNS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(15));

/// How long from now another run is useful, for a task that was ordered `elapsed` ago and is expected to take `expected`:
/// when it is done by all likelihood; a late one after an eighth of its time so far.
#[must_use]
pub fn next_run(elapsed: Duration, expected: Duration) -> Duration {
    let early = expected.saturating_sub(elapsed);
    let pause = if early.is_zero() { elapsed / 8 } else { early };
    pause.clamp(RUNS.0, RUNS.1.max(early))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_comes_when_the_task_is_done() {
        let seconds =
            |elapsed, expected| next_run(Duration::from_secs(elapsed), Duration::from_secs(expected)).as_secs();
        assert_eq!(seconds(0, 210), 210);
        assert_eq!(seconds(150, 210), 60);
        assert_eq!(seconds(200, 210), 60, "no run for a few seconds");
        assert_eq!(seconds(800, 210), 100, "a late task is left alone for longer");
        assert_eq!(seconds(100_000, 210), 900);
        assert_eq!(seconds(0, 7200), 7200, "what takes long is not looked at before");
        assert_eq!(seconds(u64::MAX / 2, 0), 900);
    }
}
