//! How long runs take: the scheduler of the run itself, in simulated time.

use std::time::Duration;

use storyreel_core::film::Film;
use storyreel_core::index::{ShotIndex, TaskId};
use storyreel_core::plan::{Action, Plan, RunTime};
use storyreel_core::scheduler::lanes::Lanes;
use storyreel_core::scheduler::{ScheduledTask, Scheduler};

/// Shots of a film in which nothing is ordered from which on its time is the theoretical bound: the scheduler comes
/// within 3 % of that with so many (`cargo bench -- schedule`), and to simulate them would be a tenth of the plan.
const SIMULATED: usize = 1000;

/// The time of runs on this machine.
pub(in crate::cli) struct SimulatedTime;

impl RunTime for SimulatedTime {
    fn of_shots(&self, film: &Film, plan: &Plan, wanted: &dyn Fn(ShotIndex) -> bool) -> Duration {
        let lanes = Lanes::of(&[film], processors());
        if plan.steps.len() > SIMULATED && plan.steps.iter().all(|step| step.time_from.is_none()) {
            let wanted = ShotIndex::all(plan.steps.len()).filter(|shot| wanted(*shot));
            let work: Duration = wanted.map(|shot| plan.steps[shot].expected).sum();
            let lanes = u32::try_from(lanes.limits[0]).unwrap_or(u32::MAX).max(1);
            return plan.critical_time.max(work / lanes);
        }
        let made = made_shots(plan, wanted);
        scheduler(film, plan, &lanes, &made).simulate()
    }

    fn of_films(&self, films: &[(&Film, &Plan)]) -> Duration {
        let all: Vec<&Film> = films.iter().map(|(film, _)| *film).collect();
        let lanes = Lanes::of(&all, processors());
        let mut tasks = Vec::new();
        for (film, plan) in films {
            add_tasks(film, plan, &lanes, &made_shots(plan, &|_| true), &mut tasks);
        }
        Scheduler::new(tasks, &lanes.limits).simulate()
    }
}

/// When a render is expected to take up a shot.
pub(in crate::cli) struct Start {
    /// The shot.
    pub(in crate::cli) shot: ShotIndex,
    /// The time since the run began.
    pub(in crate::cli) after: Duration,
}

/// When a render is expected to take up each shot that is to be made.
pub(in crate::cli) fn starts(film: &Film, plan: &Plan) -> Vec<Start> {
    let made = made_shots(plan, &|_| true);
    let starts = scheduler(film, plan, &Lanes::of(&[film], processors()), &made).starts();
    made.into_iter().zip(starts).map(|(shot, after)| Start { shot, after }).collect()
}

/// The shots that are `wanted` and to be made.
fn made_shots(plan: &Plan, wanted: &dyn Fn(ShotIndex) -> bool) -> Vec<ShotIndex> {
    let mut made = Vec::new();
    for shot in ShotIndex::all(plan.steps.len()) {
        let is_reused = matches!(plan.steps[shot].action, Action::Reuse(_) | Action::Shared);
        if wanted(shot) && !is_reused {
            made.push(shot);
        }
    }
    made
}

/// The scheduler of these shots: a task each, in that order.
fn scheduler(film: &Film, plan: &Plan, lanes: &Lanes, made: &[ShotIndex]) -> Scheduler {
    let mut tasks = Vec::with_capacity(made.len());
    add_tasks(film, plan, lanes, made, &mut tasks);
    Scheduler::new(tasks, &lanes.limits)
}

/// Adds a task for each of these shots.
fn add_tasks(film: &Film, plan: &Plan, lanes: &Lanes, made: &[ShotIndex], tasks: &mut Vec<ScheduledTask>) {
    let mut task_of = vec![None; plan.steps.len()];
    for (task, &shot) in TaskId::all(tasks.len() + made.len()).skip(tasks.len()).zip(made) {
        task_of[shot] = Some(task);
    }
    for &shot in made {
        let step = &plan.steps[shot];
        let parents = step.needs.iter().filter_map(|&need| task_of[need]).collect();
        tasks.push(ScheduledTask {
            parents,
            lane: lanes.lane(&film.shots[shot]),
            expected: step.expected,
            ordered: step.is_ordered(),
        });
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
