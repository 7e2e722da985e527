//! When to poll a task next. No I/O, no clock and no chance of its own, so its properties are tested by the thousand and
//! its gain is measured in simulated time.
//!
//! Polls are laid where tasks end. By the rule of optimal inspection (Keller, *Optimum checking schedules for systems
//! subject to random failure*, 1974) the delay is least for a number of polls when their rate is proportional to the
//! square root of the hazard: the chance that a task that still runs ends now. The hazard is that of the lengths known of
//! tasks like this one, smoothed. Beyond all known lengths the pauses grow with the time by which the task is late.

use std::time::Duration;

use crate::provider::PollBounds;

/// The pause of the customary loop, in seconds: official samples poll every 10 or 30 s (`BytePlus`, read 2026-11-20).
const CUSTOMARY: f64 = 10.0;

/// Polls for each root of hazard: no more than the customary loop spends on tasks as documented.
const EAGERNESS: f64 = 2.8;

/// The shortest pause, in seconds.
const SHORTEST: f64 = 1.0;

/// A late task is polled again after this part of the time by which it is late.
const LATE: f64 = 1.0 / 8.0;

/// The part of the shortest known length in which no task is polled: services grow faster, too.
const QUIET: f64 = 0.9;

/// For so many seconds the rate of polls is taken to be the same.
const STEP: f64 = 0.5;

/// A length of a task that is known, with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedLength {
    /// Seconds from submit to end.
    pub seconds: f64,
    /// How much it counts; a task just like this one has 1.
    pub weight: f64,
}

impl WeightedLength {
    fn is_usable(&self) -> bool {
        let numbers = [self.seconds, self.weight];
        numbers.iter().all(|number| number.is_finite() && *number > 0.0)
    }
}

/// The times at which a task is polled.
#[derive(Debug, Clone)]
pub struct Pace {
    known: Vec<WeightedLength>,
    /// No poll earlier, in seconds.
    first: f64,
    /// No pause longer, in seconds.
    longest: f64,
    /// Up to here no task has ended, in seconds: nothing is gained by a poll before.
    quiet: f64,
    /// Hardly any task takes longer, in seconds.
    end: f64,
    /// By how much each known length is spread, in seconds.
    spread: f64,
}

impl Pace {
    /// The pace for a task like those of `known`; lengths and weights that are not above 0 do not count. Without any
    /// the customary pause is kept.
    #[must_use]
    pub fn new(bounds: PollBounds, known: &[WeightedLength]) -> Self {
        let known: Vec<WeightedLength> = known.iter().copied().filter(WeightedLength::is_usable).collect();
        let first = (bounds.first as f64).max(SHORTEST);
        let longest = (bounds.longest as f64).max(first);
        let spread = spread(&known);
        let shortest_known = known.iter().map(|known| known.seconds).reduce(f64::min);
        let longest_known = known.iter().map(|known| known.seconds).fold(0.0, f64::max);
        Self {
            // Only lengths that were seen justify a poll before what the provider asks for.
            first: shortest_known.map_or(first, |shortest| first.min(shortest.max(SHORTEST))),
            longest,
            quiet: shortest_known.unwrap_or_default() * QUIET,
            end: longest_known + 3.0 * spread,
            spread,
            known,
        }
    }

    /// The same, with no pause longer than `longest`: what a user asks for counts for more than what is learnt.
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Self {
        let longest = longest.as_secs_f64().max(SHORTEST);
        Self { longest, first: self.first.min(longest), quiet: 0.0, ..self }
    }

    /// How long to wait before the next poll of a task that was submitted `elapsed` ago. `asked` is the pause that the
    /// service asked for in its last answer; no poll comes before it is over. `jitter` from -1 to 1 moves the poll by up
    /// to a tenth of the pause, so that tasks submitted together are not polled together.
    #[must_use]
    pub fn next(&self, elapsed: Duration, asked: Option<Duration>, jitter: f64) -> Duration {
        let now = elapsed.as_secs_f64();
        let moved = 1.0 + if jitter.is_finite() { jitter.clamp(-1.0, 1.0) / 10.0 } else { 0.0 };
        let longest = self.longest.max(self.quiet - now);
        let pause = ((self.after(now) - now) * moved).max(self.first - now).clamp(SHORTEST, longest);
        Duration::from_secs_f64(pause).max(asked.unwrap_or_default())
    }

    /// The time up to which one more poll is due than at `now`, before bounds.
    fn after(&self, now: f64) -> f64 {
        let mut time = now.max(self.quiet);
        let mut due = 1.0;
        loop {
            let step = (time / STEP).floor();
            let rate = self.rate((step + 0.5) * STEP);
            let end = (step + 1.0) * STEP;
            if due <= rate * (end - time) {
                return time + due / rate;
            }
            due -= rate * (end - time);
            time = end;
        }
    }

    /// Polls a second at `time`.
    fn rate(&self, time: f64) -> f64 {
        let wanted =
            if self.known.is_empty() { 1.0 / CUSTOMARY } else { self.hazard(time.min(self.end)).sqrt() * EAGERNESS };
        let late = (time - self.end) * LATE;
        wanted.min(1.0 / late.max(SHORTEST)).max(1.0 / self.longest)
    }

    /// The chance in a second that a task ends that runs at `time`. Each known length is spread by a logistic kernel,
    /// whose distribution needs no table.
    fn hazard(&self, time: f64) -> f64 {
        let mut ending = 0.0;
        let mut running = 0.0;
        for known in &self.known {
            let ended = 1.0 / (1.0 + ((known.seconds - time) / self.spread).exp());
            ending += known.weight * ended * (1.0 - ended) / self.spread;
            running += known.weight * (1.0 - ended);
        }
        if running > 0.0 { ending / running } else { 0.0 }
    }
}

/// The scale of the kernel, in seconds: Silverman's rule for its width, seven ninths of it because lengths end sharply;
/// a hundredth of the mean at least, because a few equal lengths do not make a certainty.
fn spread(known: &[WeightedLength]) -> f64 {
    if known.is_empty() {
        return 0.0;
    }
    let weight: f64 = known.iter().map(|known| known.weight).sum();
    let squared_weights: f64 = known.iter().map(|known| known.weight.powi(2)).sum();
    let weighted: f64 = known.iter().map(|known| known.weight * known.seconds).sum();
    let mean = weighted / weight;
    let squared_distances: f64 = known.iter().map(|known| known.weight * (known.seconds - mean).powi(2)).sum();
    let deviation = (squared_distances / weight).sqrt();
    let count = weight.powi(2) / squared_weights;
    let width = (0.7 * deviation * count.powf(-0.2)).max(mean / 100.0);
    // A logistic curve of scale 1 has a standard deviation of pi over the root of 3.
    width * 3.0_f64.sqrt() / std::f64::consts::PI
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: PollBounds = PollBounds { first: 10, longest: 60, per_second: 20 };

    fn known(lengths: &[f64]) -> Vec<WeightedLength> {
        lengths.iter().map(|seconds| WeightedLength { seconds: *seconds, weight: 1.0 }).collect()
    }

    /// Polls of a task that never ends, up to `until` seconds.
    fn polls(pace: &Pace, until: u64) -> Vec<f64> {
        let mut now = Duration::ZERO;
        let mut times = Vec::new();
        while now < Duration::from_secs(until) {
            now += pace.next(now, None, 0.0);
            times.push(now.as_secs_f64());
        }
        times
    }

    fn count_within(times: &[f64], span: std::ops::Range<f64>) -> usize {
        times.iter().filter(|time| span.contains(*time)).count()
    }

    /// The time of the poll after one at `at`.
    fn poll_after(pace: &Pace, at: f64) -> f64 {
        at + pace.next(Duration::from_secs_f64(at), None, 0.0).as_secs_f64()
    }

    #[test]
    fn polls_are_dense_where_tasks_end_and_rare_elsewhere() {
        let lengths: Vec<f64> = (0..20).map(|at| 80.0 + 2.0 * f64::from(at)).collect();
        let times = polls(&Pace::new(BOUNDS, &known(&lengths)), 2000);
        assert!(count_within(&times, 0.0..70.0) <= 3, "{times:?}");
        assert!(count_within(&times, 80.0..120.0) >= 15, "{times:?}");
        assert!(
            count_within(&times, 1000.0..2000.0) <= 18,
            "a task that is very late is polled every minute: {times:?}"
        );
    }

    #[test]
    fn a_longest_pause_that_is_asked_for_counts_for_more_than_what_is_learnt() {
        let pace = Pace::new(BOUNDS, &known(&[80.0, 90.0]));
        assert!(pace.next(Duration::ZERO, None, 0.0) > Duration::from_secs(30));
        let times = polls(&pace.at_most(Duration::from_secs(2)), 200);
        let mut before = 0.0;
        for time in times {
            assert!(time - before <= 2.0 + 1e-6, "{before} {time}");
            before = time;
        }
    }

    #[test]
    fn without_history_the_customary_pause_is_kept() {
        let times = polls(&Pace::new(BOUNDS, &[]), 60);
        assert_eq!(times[..3], [10.0, 20.0, 30.0]);
    }

    #[test]
    fn short_tasks_justify_an_early_poll_and_services_a_late_one() {
        let pace = Pace::new(BOUNDS, &known(&[1.5, 2.0, 2.5]));
        assert!(pace.next(Duration::ZERO, None, 0.0) < Duration::from_secs(3));
        let asked = Some(Duration::from_secs(90));
        assert_eq!(pace.next(Duration::ZERO, asked, 0.0), Duration::from_secs(90));
    }

    fn paces() -> impl Strategy<Value = (PollBounds, Vec<WeightedLength>)> {
        let lengths = proptest::collection::vec((-1.0..4000.0_f64, 0.0..2.0_f64), 0..60);
        (lengths, 0..30_u64, 0..120_u64).prop_map(|(lengths, first, longest)| {
            let known = lengths.into_iter().map(|(seconds, weight)| WeightedLength { seconds, weight }).collect();
            (PollBounds { first, longest, per_second: 1 }, known)
        })
    }

    proptest! {
        #[test]
        fn every_pause_is_within_bounds((bounds, known) in paces(), at in 0.0..9000.0_f64, jitter in -2.0..2.0_f64) {
            let now = Duration::from_secs_f64(at);
            let pace = Pace::new(bounds, &known);
            let seen = known.iter().filter(|known| known.seconds > 0.0 && known.weight > 0.0);
            let quiet = seen.map(|known| known.seconds * QUIET).reduce(f64::min).unwrap_or_default() - at;
            let longest = bounds.longest.max(bounds.first).max(1) as f64;
            let pause = pace.next(now, None, jitter).as_secs_f64();
            prop_assert!(pause >= 1.0 && pause <= longest.max(quiet) + 1e-6, "{pause}");
            let pause = pace.at_most(Duration::from_secs(3)).next(now, None, jitter).as_secs_f64();
            prop_assert!((1.0..=3.0 + 1e-6).contains(&pause), "{pause}");
        }

        #[test]
        fn no_poll_comes_before_it_is_wanted_or_justified((bounds, known) in paces(), jitter in -1.0..1.0_f64) {
            let seen = known.iter().filter(|known| known.seconds > 0.0 && known.weight > 0.0);
            let shortest = seen.map(|known| known.seconds).fold(f64::INFINITY, f64::min);
            let first = Pace::new(bounds, &known).next(Duration::ZERO, None, jitter).as_secs_f64();
            prop_assert!(first >= shortest.min(bounds.first as f64) - 1e-6, "{first}");
        }

        #[test]
        fn a_later_time_has_no_earlier_poll((bounds, known) in paces(), at in 0.0..9000.0_f64, more in 0.0..100.0_f64) {
            let pace = Pace::new(bounds, &known);
            prop_assert!(poll_after(&pace, at) <= poll_after(&pace, at + more) + 1e-6);
        }

        #[test]
        fn polls_stay_within_the_budget((bounds, known) in paces()) {
            // In the mean over the known lengths, and apart from those that the longest pause forces.
            let pace = Pace::new(bounds, &known);
            let usable: Vec<&WeightedLength> = known.iter().filter(|known| known.seconds > 0.0 && known.weight > 0.0).collect();
            let weight: f64 = usable.iter().map(|known| known.weight).sum();
            let longest = usable.iter().map(|known| known.seconds).fold(0.0, f64::max);
            let times = polls(&pace, longest.ceil() as u64);
            let mut spent = 0.0;
            let mut allowed = 0.0;
            for known in usable {
                // Those before its end, and the one that finds it.
                let count = 1.0 + count_within(&times, 0.0..known.seconds.ceil()) as f64;
                spent += known.weight / weight * count;
                let forced = known.seconds / bounds.longest.max(bounds.first).max(1) as f64;
                allowed += known.weight / weight * (known.seconds / CUSTOMARY).max(forced);
            }
            prop_assert!(spent <= allowed * 1.25 + 3.0, "{spent} polls, {allowed} allowed");
        }
    }
}
