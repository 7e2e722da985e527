//! Goal: over 200 tasks, the time between the end of a task and the look that notices it is at most a quarter of that of
//! the two customary loops (a look every 10 s; pauses of 10 s doubling to 60 s), with no more looks than the first.
//!
//! Time is simulated, nothing is sent: the pace and the history are those that run, the history is empty at first and
//! learns only from what was noticed. Four tasks run at once. Lengths lie in the ranges documented for `BytePlus ModelArk`
//! (read 2026-11-20), gathered around the middle; a sixth of the tasks each:
//!
//! | task | seconds |
//! | --- | --- |
//! | 2.0, 480p, 5 s | 79 to 121 |
//! | 2.5, 480p, 5 s | 247 to 368 |
//! | 2.0, 720p, 5 s | 120 to 300 |
//! | 2.0, 1080p, 5 s | 120 to 300 |
//! | 2.0, 720p, 15 s | 243 to 297 (about 270) |
//! | 2.5, 720p, an extension | 148 to 250 |
//!
//! For information the same with lengths spread evenly over the ranges, where knowing them to the second would give just
//! a quarter, and with a service that is half as fast again or takes twice as long as documented.

use std::time::Duration;

use storyreel_core::catalog::Resolution;
use storyreel_core::polling::history::{History, TaskKind};
use storyreel_core::polling::pace::Pace;
use storyreel_core::provider::PollBounds;

use crate::random::Random;
use crate::table::{Row, median, print, quantile};

const TASKS: usize = 200;
const AT_ONCE: usize = 4;
const BOUNDS: PollBounds = PollBounds { first: 10, longest: 60, per_second: 20 };

/// Model, whether it extends a clip, height, seconds of the clip; shortest and longest task in seconds.
const CLASSES: [(&str, bool, Resolution, u32, usize, usize); 6] = [
    ("dreamina-seedance-2-0-260128", false, Resolution::P480, 5, 79, 121),
    ("dreamina-seedance-2-5-260628", false, Resolution::P480, 5, 247, 368),
    ("dreamina-seedance-2-0-260128", false, Resolution::P720, 5, 120, 300),
    ("dreamina-seedance-2-0-260128", false, Resolution::P1080, 5, 120, 300),
    ("dreamina-seedance-2-0-260128", false, Resolution::P720, 15, 243, 297),
    ("dreamina-seedance-2-5-260628", true, Resolution::P720, 5, 148, 250),
];

/// How lengths lie in their range.
#[derive(Clone, Copy)]
enum Spread {
    Even,
    /// The mean of three even ones: a hill.
    Gathered,
    /// Even, times a factor.
    Other(f64),
}

fn tasks(random: &mut Random, spread: Spread) -> Vec<(TaskKind, f64)> {
    let one = |random: &mut Random| random.below(1_000_000) as f64 / 1e6;
    let tasks = (0..TASKS).map(|_| {
        let (model, extends, resolution, seconds, least, most) = CLASSES[random.below(CLASSES.len())];
        let service = "byteplus".to_owned();
        let kind = TaskKind { provider: service, model: model.to_owned(), extends, resolution, seconds: Some(seconds) };
        let (part, factor) = match spread {
            Spread::Even => (one(random), 1.0),
            Spread::Gathered => ((one(random) + one(random) + one(random)) / 3.0, 1.0),
            Spread::Other(factor) => (one(random), factor),
        };
        (kind, (least as f64 + part * (most - least) as f64) * factor)
    });
    tasks.collect()
}

/// What one way of looking gave: the delay of each task in seconds, and looks in all.
#[derive(Default)]
struct Looked {
    delays: Vec<f64>,
    looks: usize,
}

impl Looked {
    /// Looks at a task of `length` seconds after the pauses of `pause`. Returns when it was noticed and how long before
    /// that it was found running.
    fn at(&mut self, length: f64, mut pause: impl FnMut(f64) -> f64) -> (f64, f64) {
        let (mut now, mut before) = (0.0, 0.0);
        loop {
            let next = now + pause(now);
            self.looks += 1;
            before = if now > 0.0 { now } else { before };
            now = next;
            if now >= length {
                self.delays.push(now - length);
                return (now, now - before);
            }
        }
    }

    fn mean(&self) -> f64 {
        self.delays.iter().sum::<f64>() / self.delays.len() as f64
    }
}

fn ours(random: &mut Random, tasks: &[(TaskKind, f64)]) -> Looked {
    let mut looked = Looked::default();
    let mut history = History::default();
    let mut lanes = [0.0_f64; AT_ONCE];
    // Noticed at, and what is learnt then.
    let mut noticed: Vec<(f64, TaskKind, f64)> = Vec::new();
    for (kind, length) in tasks {
        let lane = (0..AT_ONCE).min_by(|a, b| lanes[*a].total_cmp(&lanes[*b])).unwrap_or(0);
        let start = lanes[lane];
        noticed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let known = noticed.partition_point(|(at, ..)| *at <= start);
        for (_, kind, length) in noticed.drain(..known) {
            history.note(&kind, Duration::from_secs_f64(length));
        }
        let pace = Pace::new(BOUNDS, &history.lengths(kind));
        let (end, gap) = looked.at(*length, |now| {
            let jitter = random.below(2001) as f64 / 1000.0 - 1.0;
            pace.next(Duration::from_secs_f64(now), None, jitter).as_secs_f64()
        });
        lanes[lane] = start + end;
        noticed.push((start + end, kind.clone(), end - gap / 2.0));
    }
    looked
}

/// A look every ten seconds.
fn steady(tasks: &[(TaskKind, f64)]) -> Looked {
    let mut looked = Looked::default();
    for (_, length) in tasks {
        looked.at(*length, |_| 10.0);
    }
    looked
}

/// Pauses of 10 s doubling to 60 s.
fn doubling(tasks: &[(TaskKind, f64)]) -> Looked {
    let mut looked = Looked::default();
    for (_, length) in tasks {
        let mut pause = 5.0;
        looked.at(*length, |_| {
            pause = f64::min(pause * 2.0, 60.0);
            pause
        });
    }
    looked
}

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 20 } else { 100 };
    let mut rows = Vec::new();
    let mut random = Random::new(3);
    for (name, spread) in [
        ("documented", Spread::Gathered),
        ("spread evenly", Spread::Even),
        ("1.5 times as fast", Spread::Other(1.0 / 1.5)),
        ("twice as slow", Spread::Other(2.0)),
    ] {
        let runs: Vec<[Looked; 3]> = (0..rounds)
            .map(|_| {
                let tasks = tasks(&mut random, spread);
                [ours(&mut random, &tasks), steady(&tasks), doubling(&tasks)]
            })
            .collect();
        rows.extend(compared(name, &runs, matches!(spread, Spread::Gathered)));
    }
    let heading =
        format!("poll: {rounds} rounds of {TASKS} tasks in simulated time; from the end of a task to its notice");
    print(&heading, ["storyreel", "loop"], &rows)
}

fn compared(name: &str, runs: &[[Looked; 3]], goal: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let seconds = |value: f64| format!("{value:.2} s");
    for (at, against) in [(1, "10 s"), (2, "10 to 60 s")] {
        let ratios = || runs.iter().map(|run| run[0].mean() / run[at].mean());
        let means = |side: usize| median(runs.iter().map(|run| run[side].mean()));
        let row = |what: &str, ours, theirs, ratio, limit: f64| Row {
            what: format!("{name}, {against}: {what}"),
            ours,
            theirs,
            ratio,
            goal: goal.then_some(limit),
        };
        rows.push(row("mean delay", seconds(means(0)), seconds(means(at)), median(ratios()), 0.25));
        let worst = quantile(ratios(), 1.0);
        let mut worst = row("mean delay, worst round", String::new(), String::new(), worst, 0.25);
        worst.goal = None;
        rows.push(worst);
        let late = |side: usize| quantile(runs.iter().flat_map(|run| run[side].delays.iter().copied()), 0.95);
        let mut tail = row("delay of 95 of 100", seconds(late(0)), seconds(late(at)), late(0) / late(at), 0.0);
        tail.goal = None;
        rows.push(tail);
        let looks = |side: usize| median(runs.iter().map(|run| run[side].looks as f64 / TASKS as f64));
        let ratio = median(runs.iter().map(|run| run[0].looks as f64 / run[at].looks as f64));
        let mut looks = row("looks a task", format!("{:.1}", looks(0)), format!("{:.1}", looks(at)), ratio, 1.0);
        looks.goal = looks.goal.filter(|_| at == 1);
        rows.push(looks);
    }
    rows
}
