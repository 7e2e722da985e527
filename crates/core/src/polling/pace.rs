//! When to look at a task next. No I/O, no clock and no chance of its own, so its properties are tested by the thousand
//! and its gain is measured in simulated time.
//!
//! Looks are laid where tasks end. By the rule of optimal inspection (Keller, *Optimum checking schedules for systems
//! subject to random failure*, 1974) the delay is least for a number of looks when their density is proportional to the
//! square root of the hazard: the chance that a task that still runs ends now. The hazard is that of the lengths known
//! of tasks like this one, smoothed; the scale follows a allowance that all tasks of a service share, filled with the looks of a loop that looks
//! every ten seconds. Beyond all known lengths the pauses grow with the time by which the task is late.

use std::time::Duration;

use crate::provider::PollBounds;

/// The pause of the customary loop, in seconds: official samples poll every 10 or 30 s (`BytePlus`, read 2026-11-20). It
/// sets how many looks may be spent.
const CUSTOMARY: f64 = 10.0;

/// Looks for each root of hazard: what spends the looks of the customary loop on tasks as documented.
const EAGERNESS: f64 = 2.8;

/// The part of the allowed looks that is aimed at.
const AIM: f64 = 0.98;

/// The shortest pause, in seconds.
const SHORTEST: f64 = 1.0;

/// A late task is looked at again after this part of the time by which it is late.
const LATE: f64 = 1.0 / 8.0;

/// The part of the shortest known length in which no task is looked at: services grow faster, too.
const QUIET: f64 = 0.9;

/// Steps in which known lengths are laid out.
const CELLS: usize = 800;

/// A length of a task that is known, with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedLength {
    /// Seconds from submit to end.
    pub seconds: f64,
    /// How much it counts; a task just like this one has 1.
    pub weight: f64,
}

/// Looks spent and looks that the customary loop would have spent, over all tasks of a service: what one task does not
/// need, another may.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Allowance {
    spent: f64,
    allowed: f64,
}

impl Allowance {
    /// Notes a task that ended after `length`, and the looks that it took.
    pub fn note(&mut self, length: Duration, looks: u32) {
        self.spent += f64::from(looks);
        self.allowed += (length.as_secs_f64() / CUSTOMARY).ceil();
    }

    /// Looks for each root of hazard: more when looks are left, fewer when too many were spent.
    fn eagerness(self) -> f64 {
        let left = (self.allowed * AIM + 100.0) / (self.spent + 100.0);
        EAGERNESS * left.powi(8).clamp(0.2, 5.0)
    }
}

/// The times at which a task is looked at.
#[derive(Debug, Clone)]
pub struct Pace {
    /// No look earlier, in seconds.
    first: f64,
    /// No pause longer, in seconds.
    longest: f64,
    /// Up to here no task has ended, in seconds: nothing is gained by a look before.
    quiet: f64,
    /// Looks due up to the end of each cell.
    due: Vec<f64>,
    /// Seconds in a cell.
    cell: f64,
    /// The pause at the end of the last cell, in seconds.
    last: f64,
}

impl Pace {
    /// The pace for a task like those of `known`; lengths and weights that are not above 0 do not count. Without any
    /// the customary pause is kept.
    #[must_use]
    pub fn new(bounds: PollBounds, known: &[WeightedLength], allowance: Allowance) -> Self {
        let known: Vec<WeightedLength> =
            known.iter().copied().filter(|known| usable(known.seconds) && usable(known.weight)).collect();
        let first = (bounds.first as f64).max(SHORTEST);
        let longest = (bounds.longest as f64).max(first);
        let shortest = known.iter().map(|known| known.seconds).fold(f64::INFINITY, f64::min);
        if known.is_empty() {
            let last = CUSTOMARY.clamp(SHORTEST, longest);
            return Self { first, longest, quiet: 0.0, due: Vec::new(), cell: 0.0, last };
        }
        let hazard = Hazard::of(&known);
        let cell = hazard.end / CELLS as f64;
        let points: Vec<(f64, f64)> = (0..CELLS).map(|at| hazard.at((at as f64 + 0.5) * cell)).collect();
        let quiet = shortest * QUIET;
        let density = |root: f64, scale: f64| (root * scale).clamp(1.0 / longest, 1.0 / SHORTEST);
        let scale = allowance.eagerness();
        let mut sum = 0.0;
        let due: Vec<f64> = (points.iter().zip(0_u32..))
            .map(|((root, _), at)| {
                let looks = if (f64::from(at) + 1.0) * cell < quiet { root * scale } else { density(*root, scale) };
                sum += looks * cell;
                sum
            })
            .collect();
        let last = 1.0 / density(points[CELLS - 1].0, scale);
        // Only lengths that were seen justify a look before the service's own wish.
        Self { first: first.min(shortest.max(SHORTEST)), longest, quiet, due, cell, last }
    }

    /// The same, with no pause longer than `longest`: what a user asks for counts for more than what is learnt.
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Self {
        let longest = longest.as_secs_f64().max(SHORTEST);
        Self { longest, first: self.first.min(longest), quiet: 0.0, ..self }
    }

    /// How long to wait before the next look at a task that was submitted `elapsed` ago. `asked` is the pause that the
    /// service asked for in its last answer; no look comes before it is over. `jitter` from -1 to 1 moves the look by up
    /// to a tenth of the pause, so that tasks submitted together are not looked at together.
    #[must_use]
    pub fn next(&self, elapsed: Duration, asked: Option<Duration>, jitter: f64) -> Duration {
        let now = elapsed.as_secs_f64();
        let moved = 1.0 + if jitter.is_finite() { jitter.clamp(-1.0, 1.0) / 10.0 } else { 0.0 };
        let pause = (self.after(now) - now) * moved;
        let longest = self.longest.max(self.quiet - now);
        let pause = pause.max(self.first - now).clamp(SHORTEST, longest);
        Duration::from_secs_f64(pause).max(asked.unwrap_or_default())
    }

    /// The time of the look after `now`, in seconds since the submit, before bounds.
    fn after(&self, now: f64) -> f64 {
        let end = self.cell * self.due.len() as f64;
        if now >= end {
            return now + self.last.max((now - end) * LATE).min(self.longest);
        }
        let wanted = self.due_at(now) + 1.0;
        let all = self.due.last().copied().unwrap_or_default();
        if wanted >= all {
            return end + (wanted - all) * self.last;
        }
        let at = self.due.partition_point(|due| *due < wanted);
        let before = if at == 0 { 0.0 } else { self.due[at - 1] };
        (at as f64 + (wanted - before) / (self.due[at] - before)) * self.cell
    }

    /// Looks due up to `now`, which lies within the cells.
    fn due_at(&self, now: f64) -> f64 {
        let at = ((now / self.cell) as usize).min(self.due.len() - 1);
        let before = if at == 0 { 0.0 } else { self.due[at - 1] };
        before + (self.due[at] - before) * (now / self.cell - at as f64)
    }
}

fn usable(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// Known lengths as a smooth curve: each is spread by a logistic kernel, whose distribution needs no table.
struct Hazard<'a> {
    known: &'a [WeightedLength],
    /// Scale of the kernel, in seconds.
    spread: f64,
    /// Where the curve ends: hardly any task like these takes longer, in seconds.
    end: f64,
}

impl<'a> Hazard<'a> {
    fn of(known: &'a [WeightedLength]) -> Self {
        let sum = |of: &dyn Fn(&WeightedLength) -> f64| known.iter().map(of).sum::<f64>();
        let weight = sum(&|known| known.weight);
        let mean = sum(&|known| known.weight * known.seconds) / weight;
        let deviation = (sum(&|known| known.weight * (known.seconds - mean).powi(2)) / weight).sqrt();
        let count = weight.powi(2) / sum(&|known| known.weight.powi(2));
        // Silverman's rule for the width of a kernel, seven ninths of it because lengths end sharply; a hundredth of the mean
        // at least, because a few equal lengths do not make a certainty. A logistic curve of scale 1 has a standard
        // deviation of pi over the root of 3.
        let width = (0.7 * deviation * count.powf(-0.2)).max(mean / 100.0);
        let spread = width * 3.0_f64.sqrt() / std::f64::consts::PI;
        let longest = known.iter().map(|known| known.seconds).fold(0.0, f64::max);
        Self { known, spread, end: longest + 3.0 * spread }
    }

    /// The square root of the hazard at `time`, and the part of tasks that still run.
    fn at(&self, time: f64) -> (f64, f64) {
        let (mut density, mut alive, mut weight) = (0.0, 0.0, 0.0);
        for known in self.known {
            let late = 1.0 / (1.0 + ((known.seconds - time) / self.spread).exp());
            density += known.weight * late * (1.0 - late) / self.spread;
            alive += known.weight * (1.0 - late);
            weight += known.weight;
        }
        (if alive > 0.0 { (density / alive).sqrt() } else { 0.0 }, alive / weight)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: PollBounds = PollBounds { first: 10, longest: 60, per_second: 20 };

    fn known(lengths: &[f64]) -> Vec<WeightedLength> {
        lengths.iter().map(|seconds| WeightedLength { seconds: *seconds, weight: 1.0 }).collect()
    }

    /// Looks at a task that never ends, up to `until` seconds.
    fn looks(pace: &Pace, until: u64) -> Vec<f64> {
        let (mut now, mut times) = (Duration::ZERO, Vec::new());
        while now < Duration::from_secs(until) {
            now += pace.next(now, None, 0.0);
            times.push(now.as_secs_f64());
        }
        times
    }

    #[test]
    fn looks_are_dense_where_tasks_end_and_rare_elsewhere() {
        let lengths: Vec<f64> = (0..20).map(|at| 80.0 + 2.0 * f64::from(at)).collect();
        let times = looks(&Pace::new(BOUNDS, &known(&lengths), Allowance::default()), 2000);
        let within = |from: f64, to: f64| times.iter().filter(|time| (from..to).contains(*time)).count();
        assert!(within(0.0, 70.0) <= 3, "{times:?}");
        assert!(within(80.0, 120.0) >= 15, "{times:?}");
        assert!(within(1000.0, 2000.0) <= 18, "a task that is very late is looked at every minute: {times:?}");
    }

    #[test]
    fn a_longest_pause_that_is_asked_for_counts_for_more_than_what_is_learnt() {
        let pace = Pace::new(BOUNDS, &known(&[80.0, 90.0]), Allowance::default());
        assert!(pace.next(Duration::ZERO, None, 0.0) > Duration::from_secs(30));
        let times = looks(&pace.at_most(Duration::from_secs(2)), 200);
        let mut before = 0.0;
        for time in times {
            assert!(time - before <= 2.0 + 1e-6, "{before} {time}");
            before = time;
        }
    }

    #[test]
    fn without_history_the_customary_pause_is_kept() {
        let times = looks(&Pace::new(BOUNDS, &[], Allowance::default()), 60);
        assert_eq!(times[..3], [10.0, 20.0, 30.0]);
    }

    #[test]
    fn short_tasks_justify_an_early_look_and_services_a_late_one() {
        let pace = Pace::new(BOUNDS, &known(&[1.5, 2.0, 2.5]), Allowance::default());
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
            let pace = Pace::new(bounds, &known, Allowance::default());
            let seen = known.iter().filter(|known| known.seconds > 0.0 && known.weight > 0.0);
            let quiet = seen.map(|known| known.seconds * QUIET).reduce(f64::min).unwrap_or_default() - at;
            let longest = bounds.longest.max(bounds.first).max(1) as f64;
            let pause = pace.next(now, None, jitter).as_secs_f64();
            prop_assert!(pause >= 1.0 && pause <= longest.max(quiet) + 1e-6, "{pause}");
            let pause = pace.at_most(Duration::from_secs(3)).next(now, None, jitter).as_secs_f64();
            prop_assert!((1.0..=3.0 + 1e-6).contains(&pause), "{pause}");
        }

        #[test]
        fn no_look_comes_before_it_is_wanted_or_justified((bounds, known) in paces(), jitter in -1.0..1.0_f64) {
            let seen = known.iter().filter(|known| known.seconds > 0.0 && known.weight > 0.0);
            let shortest = seen.map(|known| known.seconds).fold(f64::INFINITY, f64::min);
            let first = Pace::new(bounds, &known, Allowance::default()).next(Duration::ZERO, None, jitter).as_secs_f64();
            prop_assert!(first >= shortest.min(bounds.first as f64) - 1e-6, "{first}");
        }

        #[test]
        fn a_later_time_has_no_earlier_look((bounds, known) in paces(), at in 0.0..9000.0_f64, more in 0.0..100.0_f64) {
            let pace = Pace::new(bounds, &known, Allowance::default());
            let next = |at: f64| at + pace.next(Duration::from_secs_f64(at), None, 0.0).as_secs_f64();
            prop_assert!(next(at) <= next(at + more) + 1e-6);
        }

        #[test]
        fn looks_stay_within_the_budget((bounds, known) in paces()) {
            // In the mean over the known lengths, and apart from those that the longest pause forces.
            let pace = Pace::new(bounds, &known, Allowance::default());
            let usable: Vec<&WeightedLength> = known.iter().filter(|known| known.seconds > 0.0 && known.weight > 0.0).collect();
            let weight: f64 = usable.iter().map(|known| known.weight).sum();
            let mut spent = 0.0;
            let mut allowed = 0.0;
            for known in usable {
                let count = looks(&pace, known.seconds.ceil() as u64).len() as f64;
                spent += known.weight / weight * count;
                let forced = known.seconds / bounds.longest.max(bounds.first).max(1) as f64;
                allowed += known.weight / weight * (known.seconds / CUSTOMARY).max(forced);
            }
            prop_assert!(spent <= allowed * 1.25 + 3.0, "{spent} looks, {allowed} allowed");
        }
    }
}
