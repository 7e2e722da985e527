//! Whether and when something is tried again. No I/O and no clock.

use std::time::Duration;

use crate::job::{AttemptFailure, Intent};
use crate::provider::provider_by_id;
use crate::provider::reply::{Charged, ErrorKind, ProviderError, Retry};

/// Orders of one shot that a service turns away before it is given up: with growing pauses they span about four
/// minutes, longer than the overloads that services document.
const ORDERS: u32 = 8;

/// Tasks of one shot that may end without a clip before a person has to look.
const TASKS: u32 = 2;

/// How often a poll may come back unreadable before the task is left alone; it can be fetched later.
const UNREADABLE: u32 = 3;

/// The pause before the order that was turned away `tries` times (from 1) is sent again; `None`: never.
///
/// Only an order that certainly made no task is sent again.
#[must_use]
pub fn order_again(error: &ProviderError, tries: u32) -> Option<Duration> {
    if error.charged != Charged::No || tries >= ORDERS {
        return None;
    }
    pause(error, tries)
}

/// The pause before an order with a key of ours, sent `times` times (from 1), is sent again; `None`: never. With its key it
/// is one order, so that also one of which nobody knows whether it arrived is sent again.
#[must_use]
pub fn send_again(error: &ProviderError, times: u32) -> Option<Duration> {
    let is_unanswered = error.charged != Charged::No && error.kind != ErrorKind::Request;
    let may_pass = is_unanswered || error.retry != Retry::Never;
    if times >= ORDERS || !may_pass || error.kind.stops_the_provider() {
        return None;
    }
    match error.retry {
        Retry::After(asked) => Some(asked.max(Duration::from_secs(1))),
        _ => Some(growing(times)),
    }
}

/// How long after an order its key is trusted to be known at the service, in seconds: it is kept for 24 hours, and clocks
/// differ.
const KEY_LIFE: u64 = 20 * 3600;

/// Whether an order of which nobody knows whether it arrived is the same order when it is sent again `now`, in seconds since
/// 1970 as `ordered_at`: it bears a key, and the service cannot have forgotten it.
#[must_use]
pub fn has_living_key(intent: &Intent, ordered_at: u64, now: u64) -> bool {
    let has_key = provider_by_id(&intent.provider).is_some_and(|provider| provider.has_order_keys);
    let is_young = ordered_at <= now + 3600 && now.saturating_sub(ordered_at) <= KEY_LIFE;
    has_key && !intent.marker.is_empty() && is_young
}

/// Whether a task that ended without a clip is ordered once more: those that failed by chance and cost nothing.
#[must_use]
pub fn task_again(error: &ProviderError, orders: u32) -> bool {
    is_by_chance(error.kind.word(), error.charged) && orders < TASKS
}

/// The same for a shot whose tasks of earlier runs ended so: what nobody watches must not order for ever.
#[must_use]
pub fn task_again_after(failures: &[AttemptFailure]) -> bool {
    failures.len() < TASKS as usize && failures.iter().all(|failure| is_by_chance(&failure.kind, failure.charged))
}

fn is_by_chance(kind: &str, charged: Charged) -> bool {
    let by_chance = [ErrorKind::Expired, ErrorKind::OutputRefused];
    charged == Charged::No && by_chance.iter().any(|chance| chance.word() == kind)
}

/// The pause after a poll that failed `times` times in a row (from 1); `None`: polling is no use. Strange replies are
/// counted by themselves.
///
/// Polls cost nothing, so all but the hopeless ones are repeated until the deadline.
#[must_use]
pub fn poll_again(error: &ProviderError, times: u32) -> Option<Duration> {
    match is_strange(error) {
        true if times >= UNREADABLE => None,
        true => Some(growing(times)),
        false => pause(error, times),
    }
}

/// Whether a reply was whole and still means nothing known, which seldom passes by itself. Pages of gateways and torn
/// replies do.
#[must_use]
pub fn is_strange(error: &ProviderError) -> bool {
    error.kind == ErrorKind::Unreadable && error.retry == Retry::Never
}

fn pause(error: &ProviderError, tries: u32) -> Option<Duration> {
    match error.retry {
        Retry::Never => None,
        Retry::After(asked) => Some(asked.max(Duration::from_secs(1))),
        Retry::Backoff => Some(growing(tries)),
    }
}

/// 2, 4, 8 … seconds, at most a minute.
fn growing(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.clamp(1, 6)).min(Duration::from_mins(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, retry: Retry, charged: Charged) -> ProviderError {
        ProviderError::new("ark", kind, retry, charged, "x")
    }

    #[test]
    fn an_order_is_repeated_only_when_it_certainly_made_no_task() {
        let seconds = Duration::from_secs;
        let limited = error(ErrorKind::RateLimited, Retry::After(seconds(7)), Charged::No);
        assert_eq!(order_again(&limited, 1), Some(seconds(7)));
        assert_eq!(order_again(&limited, ORDERS), None);
        let busy = error(ErrorKind::Server, Retry::Backoff, Charged::No);
        assert_eq!((1..=7).map(|n| order_again(&busy, n)).collect::<Vec<_>>(), {
            [2, 4, 8, 16, 32, 60, 60].map(|n| Some(seconds(n)))
        });
        for charged in [Charged::Unknown, Charged::Yes(None)] {
            assert_eq!(order_again(&error(ErrorKind::Network, Retry::Backoff, charged), 1), None);
        }
        assert_eq!(order_again(&error(ErrorKind::Refused, Retry::Never, Charged::No), 1), None);
        let long = error(ErrorKind::RateLimited, Retry::After(seconds(3000)), Charged::No);
        assert_eq!(order_again(&long, 1), Some(seconds(3000)), "the deadline decides what is too long");
    }

    #[test]
    fn a_task_that_failed_by_chance_is_ordered_once_more() {
        let expired = error(ErrorKind::Expired, Retry::Never, Charged::No);
        assert!(task_again(&expired, 1) && !task_again(&expired, 2));
        assert!(!task_again(&error(ErrorKind::Expired, Retry::Never, Charged::Unknown), 1));
        assert!(!task_again(&error(ErrorKind::Failed, Retry::Never, Charged::No), 1));
    }

    #[test]
    fn earlier_tasks_count_by_what_is_written_of_them() {
        let failure =
            |kind: ErrorKind, charged| AttemptFailure { kind: kind.word().to_owned(), charged, message: String::new() };
        let expired = failure(ErrorKind::Expired, Charged::No);
        assert!(task_again_after(&[]) && task_again_after(std::slice::from_ref(&expired)));
        assert!(!task_again_after(&[expired.clone(), expired]));
        assert!(!task_again_after(&[failure(ErrorKind::OutputRefused, Charged::Yes(None))]));
        assert!(!task_again_after(&[failure(ErrorKind::Failed, Charged::No)]));
    }

    #[test]
    fn polls_go_on_but_not_without_hope() {
        assert!(poll_again(&error(ErrorKind::Network, Retry::Backoff, Charged::No), 99).is_some());
        assert!(poll_again(&error(ErrorKind::Unreadable, Retry::Never, Charged::No), 2).is_some());
        assert!(poll_again(&error(ErrorKind::Unreadable, Retry::Never, Charged::No), 3).is_none());
        assert!(poll_again(&error(ErrorKind::Unreadable, Retry::Backoff, Charged::No), 99).is_some());
        assert!(poll_again(&error(ErrorKind::NoTask, Retry::Never, Charged::No), 1).is_none());
    }
}
