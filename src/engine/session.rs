//! The state of a run: the boards and their locks, the tasks, and the clip of every shot so far.

use std::collections::{HashMap, HashSet};

use storyreel_core::event::{Event, ShotKey};
use storyreel_core::film::{Film, Make, Render, Shot};
use storyreel_core::index::{BoardIndex, ShotIndex, TaskId};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{Action, Step};
use storyreel_core::recipe::Recipe;
use storyreel_core::scheduler::lanes::Lanes;
use storyreel_core::scheduler::{ScheduledTask, Scheduler};
use storyreel_core::units::{Digest, ShotId};

use super::backoff::Backoff;
use super::bad_takes::BadTakes;
use super::film_queue::FilmQueue;
use super::handover::Originals;
use super::ledger::Ledger;
use super::pacing::Pacing;
use super::run_progress::{ClipArrival, RunProgress};
use super::{Board, BoardTarget, EngineError, Ports};
use crate::store::{Workspace, write_lock};

/// The state of a run. One loop owns it.
pub(super) struct Session<'a, 'p> {
    pub(super) boards: &'a mut [Board],
    pub(super) ports: Ports<'p>,
    /// The shots to be made, by task.
    pub(super) tasks: Vec<BatchShot>,
    /// The clips so far, by board and shot.
    pub(super) clips: Vec<Vec<Option<ClipRecord>>>,
    /// The recipes that are being made, each with the tasks that wait for the same clip.
    pub(super) duplicates: HashMap<Digest, Vec<TaskId>>,
    /// Services that turned a shot away in a way that holds for all, and that shot.
    pub(super) stopped_providers: HashMap<&'static str, ShotId>,
    /// Takes that were judged to be bad, by their task.
    pub(super) bad_takes: HashMap<TaskId, BadTakes>,
    /// Where services still keep originals.
    pub(super) originals: Originals,
    /// What may be spent, what is, and what is written down of it.
    pub(super) ledger: Ledger,
    /// The services that are left alone for a while.
    pub(super) backoff: Backoff,
    /// How often tasks are polled.
    pub(super) pacing: Pacing,
    /// What is said and counted.
    pub(super) progress: RunProgress<'p>,
    /// The folder for unfinished files, made when the first shot needs it: a run with nothing to do writes nothing.
    pub(super) work: Option<Workspace>,
    /// Boards whose lock differs from its file.
    changed_locks: HashSet<BoardIndex>,
    /// The films that can be put together.
    pub(super) films: FilmQueue,
}

/// A shot of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BatchShot {
    pub(super) board: BoardIndex,
    pub(super) shot: ShotIndex,
}

impl<'a, 'p> Session<'a, 'p> {
    pub(super) fn new(boards: &'a mut [Board], ports: Ports<'p>, progress: RunProgress<'p>) -> (Self, Scheduler) {
        let tasks = tasks_of(boards);
        let films: Vec<&Film> = boards.iter().map(|board| &*board.film).collect();
        let lanes = Lanes::of(&films, ports.processors);
        let scheduler = Scheduler::new(scheduled_tasks(boards, &tasks, &lanes), &lanes.limits);
        // Only services take so long that it matters, so a run without any does not read it.
        let has_providers = lanes.limits.len() > 1 && !tasks.is_empty();
        let pacing = if has_providers { Pacing::read(ports.store) } else { Pacing::default() };
        let session = Self {
            tasks,
            clips: boards.iter().map(reused_clips).collect(),
            duplicates: HashMap::new(),
            stopped_providers: HashMap::new(),
            bad_takes: HashMap::new(),
            originals: Originals::default(),
            ledger: Ledger::new(ports.store, ports.cap.clone()),
            backoff: Backoff::default(),
            pacing,
            progress,
            work: None,
            changed_locks: HashSet::new(),
            films: FilmQueue::default(),
            boards,
            ports,
        };
        (session, scheduler)
    }

    pub(super) fn shot(&self, at: BatchShot) -> &Shot {
        &self.boards[at.board].film.shots[at.shot]
    }

    pub(super) fn step(&self, at: BatchShot) -> &Step {
        &self.boards[at.board].plan.steps[at.shot]
    }

    /// What a provider is to render for a shot; `None` for a shot without a prompt.
    pub(super) fn render(&self, at: BatchShot) -> Option<&Render> {
        match &self.shot(at).make {
            Make::Prompt(render) => Some(render),
            _ => None,
        }
    }

    /// The recipe of a shot; `None` while a clip that it depends on is not there.
    pub(super) fn recipe(&self, at: BatchShot) -> Option<Recipe> {
        let clips = &self.clips[at.board];
        let board = &self.boards[at.board];
        Recipe::of(&board.film, at.shot, &board.lock, &|parent| clips[parent].as_ref().map(|record| record.clip))
    }

    /// Whether a shot is among those that its board may make.
    fn is_wanted(&self, at: BatchShot) -> bool {
        let board = &self.boards[at.board];
        board.only.as_ref().is_none_or(|only| only.contains(&board.film.shots[at.shot].id))
    }

    pub(super) fn key(&self, at: BatchShot) -> ShotKey {
        ShotKey { board: at.board, shot: self.shot(at).id.clone() }
    }

    /// Says what the run begins with: its shots, and the clips that are there already.
    pub(super) fn begin(&mut self, scheduler: &Scheduler) {
        let shots = self.boards.iter().map(|board| board.film.shots.len()).sum();
        let titles = titles_of(self.boards);
        let expected = scheduler.clone().simulate();
        self.progress.say(&Event::Started { titles, shots, to_make: self.tasks.len(), expected });
        for board in BoardIndex::all(self.boards.len()) {
            for shot in ShotIndex::all(self.clips[board].len()) {
                let at = BatchShot { board, shot };
                if self.clips[board][shot].is_none() {
                    continue;
                }
                self.note_in_lock(at);
                if let Some(failure) = self.stopping_failure(at) {
                    self.clips[board][shot] = None;
                    let key = self.key(at);
                    self.progress.failed(key, &failure);
                } else {
                    self.say_stored(at, ClipArrival::default());
                }
            }
            self.queue_if_whole(board);
        }
    }

    fn say_stored(&mut self, at: BatchShot, arrival: ClipArrival) {
        let key = self.key(at);
        if let Some(record) = &self.clips[at.board][at.shot] {
            self.progress.stored(key, record, arrival);
        }
    }

    /// Takes the clip of a shot into the lock.
    fn note_in_lock(&mut self, at: BatchShot) {
        if self.boards[at.board].target == BoardTarget::Take {
            // What else the film is made of is no matter of a take.
            if self.is_wanted(at) {
                self.note_take(at);
            }
            return;
        }
        let board = &mut self.boards[at.board];
        let id = &board.film.shots[at.shot].id;
        if let Some(record) = &self.clips[at.board][at.shot]
            && board.lock.shots.get(id) != Some(record)
        {
            board.lock.put(id, record.clone());
            self.changed_locks.insert(at.board);
        }
    }

    /// Takes the clip of a shot into the lock beside the one of which the film is made. The boards of one film share its
    /// lock.
    fn note_take(&mut self, at: BatchShot) {
        let Some(record) = &self.clips[at.board][at.shot] else { return };
        let id = self.boards[at.board].film.shots[at.shot].id.clone();
        let file = self.boards[at.board].lock_file.clone();
        for board in self.boards.iter_mut().filter(|board| board.lock_file == file) {
            board.lock.keep_take(&id, record.clone());
        }
        self.changed_locks.insert(at.board);
    }

    /// Has the lock of a board written when it is written next.
    pub(super) fn lock_changed(&mut self, board: BoardIndex) {
        self.changed_locks.insert(board);
    }

    /// Keeps the last frame that was cut from the clip of a shot.
    pub(super) fn keep_last_frame(&mut self, at: BatchShot, frame: Digest) {
        if let Some(record) = &mut self.clips[at.board][at.shot] {
            record.last_frame = Some(frame);
            self.note_in_lock(at);
        }
    }

    /// Notes a clip that is in the store: first in the lock on disk, then to the outside.
    pub(super) fn keep_clip(
        &mut self,
        task: TaskId,
        record: ClipRecord,
        arrival: ClipArrival,
    ) -> Result<(), EngineError> {
        let at = self.tasks[task];
        self.clips[at.board][at.shot] = Some(record);
        self.note_in_lock(at);
        self.write_lock(at.board)?;
        self.say_stored(at, arrival);
        self.queue_if_whole(at.board);
        Ok(())
    }

    /// The shots that were to be made and have no clip.
    pub(super) fn not_made(&self) -> Vec<ShotKey> {
        let without_clip = self.tasks.iter().filter(|at| self.clips[at.board][at.shot].is_none());
        without_clip.map(|at| self.key(*at)).collect()
    }

    /// Shots that are no longer in the storyboard leave the lock once a whole film stands without them.
    pub(super) fn prune_lock(&mut self, index: BoardIndex) -> Result<(), EngineError> {
        let board = &mut self.boards[index];
        let made = board.film.shots.iter().map(|shot| &shot.id);
        let ids: HashSet<&ShotId> = made.chain(&board.film.left_out).collect();
        let before = board.lock.facts().count();
        board.lock.retain(|id| ids.contains(id));
        if board.lock.facts().count() < before {
            self.changed_locks.insert(index);
        }
        self.write_lock(index)
    }

    pub(super) fn write_locks(&mut self) -> Result<(), EngineError> {
        BoardIndex::all(self.boards.len()).try_for_each(|board| self.write_lock(board))
    }

    /// Writes the lock if it differs from its file.
    fn write_lock(&mut self, index: BoardIndex) -> Result<(), EngineError> {
        if !self.changed_locks.remove(&index) {
            return Ok(());
        }
        let board = &self.boards[index];
        let text = board.lock.text();
        write_lock(&board.lock_file, &text)
            .map_err(|source| EngineError::Lock { path: board.lock_file.clone(), source })
    }
}

/// What the films are called. Films of one title are told apart by their files.
fn titles_of(boards: &[Board]) -> Vec<String> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    boards.iter().for_each(|board| *known.entry(&board.film.title).or_default() += 1);
    let title = |board: &Board| {
        let title = board.film.title.as_str();
        match board.output.file_stem().filter(|_| known[title] > 1) {
            Some(stem) => format!("{title} ({})", stem.to_string_lossy()),
            None => title.to_owned(),
        }
    };
    boards.iter().map(title).collect()
}

/// The shots that are to be made, in the order of the boards.
fn tasks_of(boards: &[Board]) -> Vec<BatchShot> {
    let mut tasks = Vec::new();
    for (index, board) in BoardIndex::all(boards.len()).zip(boards) {
        for (shot, step) in ShotIndex::all(board.plan.steps.len()).zip(&board.plan.steps) {
            let wanted = board.only.as_ref().is_none_or(|only| only.contains(&step.shot));
            if wanted && !matches!(step.action, Action::Reuse(_)) {
                tasks.push(BatchShot { board: index, shot });
            }
        }
    }
    tasks
}

fn scheduled_tasks(boards: &[Board], tasks: &[BatchShot], lanes: &Lanes) -> Vec<ScheduledTask> {
    let task_of: HashMap<BatchShot, TaskId> = tasks.iter().copied().zip(TaskId::all(tasks.len())).collect();
    let mut scheduled = Vec::with_capacity(tasks.len());
    for at in tasks {
        let board = &boards[at.board];
        let step = &board.plan.steps[at.shot];
        let needed = step.needs.iter().map(|&shot| BatchShot { board: at.board, shot });
        scheduled.push(ScheduledTask {
            parents: needed.filter_map(|shot| task_of.get(&shot).copied()).collect(),
            lane: lanes.lane(&board.film.shots[at.shot]),
            expected: step.expected,
            ordered: step.is_ordered(),
        });
    }
    scheduled
}

/// The clips that the plan of a board found in the store, by shot.
fn reused_clips(board: &Board) -> Vec<Option<ClipRecord>> {
    let steps = board.plan.steps.iter();
    let reused = steps.map(|step| match &step.action {
        Action::Reuse(record) => Some((**record).clone()),
        _ => None,
    });
    reused.collect()
}
