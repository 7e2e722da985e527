//! What a service that is busy asks of one order holds for all orders of a run there: they wait, and come back spread over
//! some seconds. So several machines with one account do not storm a service that has turned one of them away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use storyreel_core::provider::reply::{ErrorKind, ProviderError};
use tokio::time::Instant;

/// The longest time over which orders that were held come back: the pause itself, where it is shorter.
const SPREAD: Duration = Duration::from_secs(10);

/// The services that are left alone, and until when.
#[derive(Debug, Clone, Default)]
pub(super) struct Backoff {
    held: Arc<Mutex<HashMap<&'static str, HeldService>>>,
}

#[derive(Debug, Clone)]
struct HeldService {
    until: Instant,
    pause: Duration,
    error: ProviderError,
}

impl Backoff {
    /// Leaves a service alone that has turned an order away because too many come.
    pub(super) fn hold(&self, provider: &'static str, pause: Duration, error: &ProviderError) {
        if error.kind != ErrorKind::RateLimited {
            return;
        }
        let new = HeldService { until: Instant::now() + pause, pause, error: error.clone() };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = held.get(provider).is_none_or(|known| known.until < new.until);
        if longest {
            held.insert(provider, new);
        }
    }

    /// How long an order has to wait, and what the service said; nothing where it may go. `chance`, from 0 to 1, spreads
    /// those that wait, so that they do not all come at once.
    pub(super) fn pause(&self, provider: &str, chance: f64) -> Option<(Duration, ProviderError)> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let hold = held.get(provider)?.clone();
        let left = hold.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            held.remove(provider);
            return None;
        }
        Some((left + hold.pause.min(SPREAD).mul_f64(chance), hold.error))
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::provider::reply::{Charged, Retry};

    use super::*;

    fn error(kind: ErrorKind) -> ProviderError {
        ProviderError::new("ark", kind, Retry::Backoff, Charged::No, "busy")
    }

    #[tokio::test(start_paused = true)]
    async fn one_refusal_holds_all_orders_of_its_service_and_no_others() {
        let backoff = Backoff::default();
        let other = backoff.clone();
        let seconds = Duration::from_secs;
        assert!(other.pause("ark", 0.0).is_none());
        backoff.hold("ark", seconds(8), &error(ErrorKind::RateLimited));
        assert_eq!(other.pause("ark", 0.0).map(|(pause, _)| pause), Some(seconds(8)));
        assert_eq!(other.pause("ark", 0.5).map(|(pause, _)| pause), Some(seconds(12)), "they come back spread");
        assert!(other.pause("byteplus", 0.0).is_none());
        // A shorter pause of another order does not shorten it, a longer one does lengthen it.
        backoff.hold("ark", seconds(1), &error(ErrorKind::RateLimited));
        tokio::time::advance(seconds(5)).await;
        assert_eq!(other.pause("ark", 0.0).map(|(pause, _)| pause), Some(seconds(3)));
        backoff.hold("ark", seconds(60), &error(ErrorKind::RateLimited));
        assert_eq!(other.pause("ark", 1.0).map(|(pause, _)| pause), Some(seconds(70)));
        tokio::time::advance(seconds(60)).await;
        assert!(other.pause("ark", 1.0).is_none());
        // What is about one order alone holds no other.
        backoff.hold("ark", seconds(60), &error(ErrorKind::Refused));
        assert!(other.pause("ark", 0.0).is_none());
    }
}
