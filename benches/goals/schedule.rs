//! Goal: 1,000 shots under a limit are done within 3 % of the better of two lower bounds (the longest chain; all work
//! shared out over the limit) on the median graph, and never later than in the order of the storyboard.
//!
//! Time is simulated by the scheduler that runs, so the numbers are exact and equal on every machine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use storyreel_core::index::TaskId;
use storyreel_core::scheduler::{ScheduledTask, Scheduler};

use crate::random::Random;
use crate::table::{Row, print, quantile};

const SHOTS: usize = 1000;
/// The parents of a task among those before it.
type Shape = fn(&mut Random, usize) -> Vec<usize>;

const SHAPES: [(&str, Shape); 4] = [("chains", chains), ("fans", fans), ("layers", layers), ("mixed", mixed)];

/// Chains of about eight shots.
fn chains(random: &mut Random, at: usize) -> Vec<usize> {
    if at > 0 && random.percent(88) { vec![at - 1] } else { Vec::new() }
}

/// Many shots that begin on one frame.
fn fans(random: &mut Random, at: usize) -> Vec<usize> {
    if at.is_multiple_of(25) {
        at.checked_sub(25).filter(|_| random.percent(50)).into_iter().collect()
    } else {
        vec![at - at % 25]
    }
}

/// Layers of 50, each shot leaning on one to three of the layer before.
fn layers(random: &mut Random, at: usize) -> Vec<usize> {
    let layer = at / 50;
    if layer == 0 {
        return Vec::new();
    }
    (0..=random.below(3)).map(|_| (layer - 1) * 50 + random.below(50)).collect()
}

/// Half of the shots alone, the rest leaning on any two before.
fn mixed(random: &mut Random, at: usize) -> Vec<usize> {
    if at == 0 || random.percent(50) {
        return Vec::new();
    }
    let near = at.min(40);
    (0..=random.below(2)).map(|_| at - 1 - random.below(near)).collect()
}

fn graph(random: &mut Random, shape: Shape) -> Vec<ScheduledTask> {
    let tasks = (0..SHOTS).map(|at| {
        let mut parents = shape(random, at);
        parents.sort_unstable();
        parents.dedup();
        // Services take one to three minutes for most shots, and now and then ten.
        let seconds = if random.percent(5) { 180 + random.below(420) } else { 40 + random.below(140) };
        ScheduledTask {
            ordered: false,
            parents: parents.into_iter().map(TaskId).collect(),
            lane: 0,
            expected: Duration::from_secs(seconds as u64),
        }
    });
    tasks.collect()
}

/// The better of the lower bounds of any schedule.
fn bound(tasks: &[ScheduledTask], limit: usize) -> f64 {
    let mut ends = vec![0.0_f64; tasks.len()];
    for (at, task) in tasks.iter().enumerate() {
        let begin = task.parents.iter().map(|&parent| ends[parent]).fold(0.0, f64::max);
        ends[at] = begin + task.expected.as_secs_f64();
    }
    let work: f64 = tasks.iter().map(|task| task.expected.as_secs_f64()).sum();
    ends.into_iter().fold(work / limit as f64, f64::max)
}

/// How long all tasks take when of those that are ready the first in the storyboard starts first.
fn storyboard_order(tasks: &[ScheduledTask], limit: usize) -> Duration {
    let mut ends: Vec<Option<Duration>> = vec![None; tasks.len()];
    let mut running: BinaryHeap<Reverse<Duration>> = BinaryHeap::new();
    let mut now = Duration::ZERO;
    let mut first = 0;
    loop {
        while first < tasks.len() && ends[first].is_some() {
            first += 1;
        }
        let has_ended = |task: TaskId| ends[task].is_some_and(|end| end <= now);
        let is_ready = |task: &usize| ends[*task].is_none() && tasks[*task].parents.iter().all(|p| has_ended(*p));
        let next = if running.len() < limit { (first..tasks.len()).find(is_ready) } else { None };
        if let Some(task) = next {
            let end = now + tasks[task].expected;
            ends[task] = Some(end);
            running.push(Reverse(end));
            continue;
        }
        match running.pop() {
            Some(Reverse(end)) => now = end,
            None => return now,
        }
    }
}

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let graphs = if short { 100 } else { 400 };
    let (mut rows, mut worse) = (Vec::new(), 0);
    let (mut all_ours, mut all_theirs) = (Vec::new(), Vec::new());
    let mut random = Random::new(2);
    for (name, shape) in SHAPES {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..graphs {
            let (tasks, limit) = (graph(&mut random, shape), 2 + random.below(15));
            let least = bound(&tasks, limit);
            let took = Scheduler::new(tasks.clone(), &[limit]).simulate();
            let in_order = storyboard_order(&tasks, limit);
            worse += usize::from(took > in_order);
            ours.push(took.as_secs_f64() / least);
            theirs.push(in_order.as_secs_f64() / least);
        }
        rows.push(row(&format!("{name}: median"), &ours, &theirs, 0.5));
        all_ours.extend(ours);
        all_theirs.extend(theirs);
    }
    for (name, part) in [("all: 90 of 100", 0.9), ("all: worst", 1.0), ("all: median", 0.5)] {
        rows.push(row(name, &all_ours, &all_theirs, part));
    }
    if let Some(median) = rows.last_mut() {
        median.goal = Some(1.03);
    }
    let (ours, theirs) = (format!("{worse} graphs"), format!("{} graphs", all_ours.len()));
    rows.push(Row {
        what: "later than storyboard order".to_owned(),
        ours,
        theirs,
        ratio: worse as f64,
        goal: Some(0.0),
    });
    let heading =
        format!("schedule: {} graphs of {SHOTS} shots, 2 to 16 at once; time over the lower bound", all_ours.len());
    print(&heading, ["storyreel", "storyboard order"], &rows)
}

/// A quantile of the time over the bound; the ratio is ours, since the bound is 1.
fn row(what: &str, ours: &[f64], theirs: &[f64], part: f64) -> Row {
    let over = |values: &[f64]| quantile(values.iter().copied(), part);
    let percent = |value: f64| format!("+{:.2} %", (value - 1.0) * 100.0);
    let (what, ratio) = (what.to_owned(), over(ours));
    Row { what, ours: percent(ratio), theirs: percent(over(theirs)), ratio, goal: None }
}
