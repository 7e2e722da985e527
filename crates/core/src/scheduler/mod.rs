//! Which task starts next. No I/O and no clock, so its properties are tested by the thousand, and the plan's expected
//! time comes from the very code that runs.

pub mod lanes;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::index::TaskId;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledTask {
    /// Tasks that must be finished before.
    pub parents: Vec<TaskId>,
    /// The lane that it runs in: tasks of one lane share a limit.
    pub lane: usize,
    /// How long it is expected to take.
    pub expected: Duration,
    /// Whether a service works on it already: it is looked at before anything is begun that is new there.
    pub ordered: bool,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Start this task; its place in its lane is taken.
    Start(TaskId),
    /// Wait until a running task finishes.
    Wait,
    /// Nothing is left.
    Done,
}

/// Readiness and order of tasks under a limit for each lane.
#[derive(Debug, Clone)]
pub struct Scheduler {
    tasks: Vec<ScheduledTask>,
    children: Vec<Vec<TaskId>>,
    /// Unfinished parents; tasks that will never run are at `usize::MAX`.
    waiting: Vec<usize>,
    rank: Vec<u128>,
    ready: Vec<BinaryHeap<ReadyTask>>,
    free: Vec<usize>,
    /// Tasks of each lane that were left to their service, which goes on with them.
    left: Vec<usize>,
    running: usize,
    open: usize,
}

const NEVER: usize = usize::MAX;

/// A task whose parents are finished. The greatest starts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ReadyTask {
    ordered: bool,
    rank: u128,
    task: Reverse<TaskId>,
}

impl Scheduler {
    /// A scheduler for `tasks`, whose parents have no cycle, with `limits` tasks at once in each lane (at least one).
    ///
    /// The longest remaining chain goes first. That rule is good and not perfect: now and then the order of the
    /// storyboard ends sooner, so both are tried in simulated time and the better one is taken.
    #[must_use]
    pub fn new(tasks: Vec<ScheduledTask>, limits: &[usize]) -> Self {
        let by_chain = Self::ranked(tasks.clone(), limits, chains(&tasks));
        let in_order = vec![0; tasks.len()];
        let by_order = Self::ranked(tasks, limits, in_order);
        if by_order.clone().simulate() < by_chain.clone().simulate() { by_order } else { by_chain }
    }

    fn ranked(tasks: Vec<ScheduledTask>, limits: &[usize], rank: Vec<u128>) -> Self {
        let mut children = vec![Vec::new(); tasks.len()];
        for (index, task) in TaskId::all(tasks.len()).zip(&tasks) {
            task.parents.iter().for_each(|&parent| children[parent].push(index));
        }
        let mut scheduler = Self {
            waiting: tasks.iter().map(|task| task.parents.len()).collect(),
            ready: vec![BinaryHeap::new(); limits.len()],
            free: limits.iter().map(|limit| (*limit).max(1)).collect(),
            left: vec![0; limits.len()],
            running: 0,
            open: tasks.len(),
            children,
            rank,
            tasks,
        };
        for index in TaskId::all(scheduler.tasks.len()) {
            if scheduler.waiting[index] == 0 {
                scheduler.enqueue(index);
            }
        }
        scheduler
    }

    fn enqueue(&mut self, index: TaskId) {
        let task = &self.tasks[index];
        self.ready[task.lane].push(ReadyTask { ordered: task.ordered, rank: self.rank[index], task: Reverse(index) });
    }

    /// What to do now.
    pub fn advance(&mut self) -> Next {
        for lane in 0..self.ready.len() {
            let Some(next) = self.ready[lane].peek() else { continue };
            // What a service works on already takes no further place there.
            let taken = if next.ordered { 0 } else { self.left[lane] };
            if self.free[lane] <= taken {
                continue;
            }
            let Reverse(index) = next.task;
            self.ready[lane].pop();
            self.free[lane] -= 1;
            self.running += 1;
            return Next::Start(index);
        }
        if self.running > 0 { Next::Wait } else { Next::Done }
    }

    /// Notes that a started task succeeded; its children may become ready.
    pub fn succeed(&mut self, index: TaskId) {
        self.remove_waiting(index);
        for child in std::mem::take(&mut self.children[index]) {
            if self.waiting[child] == NEVER {
                continue;
            }
            self.waiting[child] -= 1;
            if self.waiting[child] == 0 {
                self.enqueue(child);
            }
        }
    }

    /// Notes that a started task failed. Returns the tasks that can no longer run because of it.
    pub fn fail(&mut self, index: TaskId) -> Vec<TaskId> {
        self.remove_waiting(index);
        let mut blocked = Vec::new();
        let mut queue = vec![index];
        while let Some(next) = queue.pop() {
            for &child in &self.children[next] {
                if self.waiting[child] != NEVER {
                    self.waiting[child] = NEVER;
                    self.open -= 1;
                    blocked.push(child);
                    queue.push(child);
                }
            }
        }
        blocked.sort_unstable();
        blocked
    }

    /// Notes that a started task is left to its service, which goes on with it: its place in the lane stays taken for
    /// new tasks, and what needs it does not run.
    pub fn leave(&mut self, index: TaskId) {
        self.put_off(index);
        self.left[self.tasks[index].lane] += 1;
    }

    /// Notes that a started task does not end now. What needs it does not run.
    pub fn put_off(&mut self, index: TaskId) {
        self.remove_waiting(index);
    }

    fn remove_waiting(&mut self, index: TaskId) {
        self.free[self.tasks[index].lane] += 1;
        self.running -= 1;
        self.open -= 1;
    }

    /// Starts nothing more. Returns how many tasks will not run.
    pub fn drain(&mut self) -> usize {
        self.ready.iter_mut().for_each(BinaryHeap::clear);
        self.waiting.iter_mut().for_each(|waiting| *waiting = NEVER);
        let left = self.open - self.running;
        self.open = self.running;
        left
    }

    /// Tasks that run now.
    #[must_use]
    pub const fn running(&self) -> usize {
        self.running
    }

    /// How long all tasks take if each takes what is expected.
    #[must_use]
    pub fn simulate(self) -> Duration {
        self.simulate_with(|_, _| {})
    }

    /// When each task starts if each takes what is expected.
    #[must_use]
    pub fn starts(self) -> Vec<Duration> {
        let mut starts = vec![Duration::ZERO; self.tasks.len()];
        self.simulate_with(|task, now| starts[task] = now);
        starts
    }

    fn simulate_with(mut self, mut started: impl FnMut(TaskId, Duration)) -> Duration {
        let mut now = Duration::ZERO;
        let mut ends: BinaryHeap<Reverse<(Duration, TaskId)>> = BinaryHeap::new();
        loop {
            match self.advance() {
                Next::Start(index) => {
                    started(index, now);
                    ends.push(Reverse((now + self.tasks[index].expected, index)));
                }
                Next::Wait => {
                    if let Some(Reverse((end, index))) = ends.pop() {
                        now = end;
                        self.succeed(index);
                    }
                }
                Next::Done => return now,
            }
        }
    }
}

/// For each task the length of the longest chain that begins with it, in nanoseconds.
fn chains(tasks: &[ScheduledTask]) -> Vec<u128> {
    let mut children = vec![0_usize; tasks.len()];
    for task in tasks {
        task.parents.iter().for_each(|&parent| children[parent] += 1);
    }
    let mut rank: Vec<u128> = vec![0; tasks.len()];
    let mut queue: Vec<TaskId> = TaskId::all(tasks.len()).filter(|&index| children[index] == 0).collect();
    while let Some(index) = queue.pop() {
        rank[index] += tasks[index].expected.as_nanos();
        for &parent in &tasks[index].parents {
            rank[parent] = rank[parent].max(rank[index]);
            children[parent] -= 1;
            if children[parent] == 0 {
                queue.push(parent);
            }
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn task(parents: &[usize], lane: usize, seconds: u64) -> ScheduledTask {
        ScheduledTask {
            parents: parents.iter().copied().map(TaskId).collect(),
            lane,
            expected: Duration::from_secs(seconds),
            ordered: false,
        }
    }

    #[test]
    fn what_is_left_keeps_its_place_from_new_tasks_and_not_from_ordered_ones() {
        let ordered = |task: ScheduledTask| ScheduledTask { ordered: true, ..task };
        let tasks = vec![
            task(&[], 0, 90),
            ordered(task(&[], 0, 1)),
            ordered(task(&[], 0, 1)),
            ordered(task(&[], 0, 1)),
            task(&[1], 0, 1),
        ];
        let mut scheduler = Scheduler::new(tasks, &[2]);
        let started = [scheduler.advance(), scheduler.advance()];
        assert_eq!(started, [1, 2].map(|n| Next::Start(TaskId(n))), "looks go before the longest chain");
        scheduler.leave(TaskId(1));
        assert_eq!(scheduler.advance(), Next::Start(TaskId(3)), "a look takes no place");
        scheduler.leave(TaskId(2));
        assert_eq!(scheduler.advance(), Next::Wait);
        scheduler.succeed(TaskId(3));
        assert_eq!(scheduler.advance(), Next::Done, "the lane is full of what was left");
        assert_eq!(scheduler.drain(), 2, "one new task, and one that needs what was left");
    }

    #[test]
    fn the_longest_remaining_chain_goes_first() {
        // 0 and 1 stand alone; 2 → 3 → 4 is the long chain.
        let tasks = vec![task(&[], 0, 2), task(&[], 0, 2), task(&[], 0, 3), task(&[2], 0, 3), task(&[3], 0, 3)];
        let mut scheduler = Scheduler::new(tasks.clone(), &[2]);
        assert_eq!(scheduler.advance(), Next::Start(TaskId(2)));
        assert_eq!(scheduler.advance(), Next::Start(TaskId(0)));
        assert_eq!(scheduler.advance(), Next::Wait);
        assert_eq!(Scheduler::new(tasks.clone(), &[2]).simulate(), Duration::from_secs(9));
        let starts = Scheduler::new(tasks, &[2]).starts();
        assert_eq!(starts.iter().map(Duration::as_secs).collect::<Vec<_>>(), [0, 2, 0, 3, 6]);
    }

    #[test]
    fn a_failure_blocks_its_descendants_only() {
        let tasks = vec![task(&[], 0, 1), task(&[0], 0, 1), task(&[1], 0, 1), task(&[], 0, 1), task(&[0, 3], 0, 1)];
        let mut scheduler = Scheduler::new(tasks, &[2]);
        assert_eq!((scheduler.advance(), scheduler.advance()), (Next::Start(TaskId(0)), Next::Start(TaskId(3))));
        assert_eq!(scheduler.fail(TaskId(0)), [1, 2, 4].map(TaskId));
        scheduler.succeed(TaskId(3));
        assert_eq!(scheduler.advance(), Next::Done);
    }

    #[test]
    fn draining_lets_running_tasks_finish() {
        let mut scheduler = Scheduler::new(vec![task(&[], 0, 1), task(&[0], 0, 1), task(&[], 0, 1)], &[1]);
        assert!(matches!(scheduler.advance(), Next::Start(TaskId(0))));
        assert_eq!(scheduler.drain(), 2);
        assert_eq!(scheduler.advance(), Next::Wait);
        scheduler.succeed(TaskId(0));
        assert_eq!(scheduler.advance(), Next::Done);
    }

    fn graphs() -> impl Strategy<Value = (Vec<ScheduledTask>, Vec<usize>)> {
        let task = (proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 0..2_usize, 1..90_u64);
        (proptest::collection::vec(task, 1..60), proptest::collection::vec(1..5_usize, 2)).prop_map(|(raw, limits)| {
            let tasks = raw.iter().enumerate().map(|(at, (parents, lane, seconds))| {
                let mut parents: Vec<usize> =
                    if at == 0 { Vec::new() } else { parents.iter().map(|parent| parent.index(at)).collect() };
                parents.sort_unstable();
                parents.dedup();
                super::tests::task(&parents, *lane, *seconds)
            });
            (tasks.collect(), limits)
        })
    }

    proptest! {
        #[test]
        fn limits_and_parents_are_kept_and_every_task_ends((tasks, limits) in graphs(), failing in 0..200_usize) {
            let mut scheduler = Scheduler::new(tasks.clone(), &limits);
            let mut done = vec![false; tasks.len()];
            let mut running = Vec::new();
            let mut lost = 0;
            loop {
                match scheduler.advance() {
                    Next::Start(index) => {
                        prop_assert!(tasks[index].parents.iter().all(|&parent| done[parent]));
                        running.push(index);
                        for (lane, limit) in limits.iter().enumerate() {
                            prop_assert!(running.iter().filter(|&&task: &&TaskId| tasks[task].lane == lane).count() <= *limit);
                        }
                    }
                    Next::Wait => {
                        let index = running.remove(running.len() / 2);
                        if index.0 == failing {
                            lost = 1 + scheduler.fail(index).len();
                        } else {
                            done[index] = true;
                            scheduler.succeed(index);
                        }
                    }
                    Next::Done => break,
                }
            }
            prop_assert_eq!(done.iter().filter(|done| **done).count() + lost, tasks.len());
        }

        #[test]
        fn never_later_than_the_order_of_the_storyboard((tasks, limits) in graphs()) {
            let ours = Scheduler::new(tasks.clone(), &limits).simulate();
            let in_order = vec![0; tasks.len()];
            prop_assert!(ours <= Scheduler::ranked(tasks, &limits, in_order).simulate());
        }
    }
}
