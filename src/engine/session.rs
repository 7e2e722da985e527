//! The loop: it alone owns the scheduler, the clips so far, the money, the locks and what is said to the outside.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use storyreel_core::event::{Charge, Event, FrameFrom, ShotKey};
use storyreel_core::film::{Film, Make};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::Action;
use storyreel_core::sanitize::chain;
use storyreel_core::units::{Digest, ShotId};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::failure::{Refusal, ShotFailure};
use super::handover::Originals;
use super::ledger::Ledger;
use super::message::Message;
use super::worker::{self, WorkerResult};
use super::worker_context::{Order, WorkerContext};
use super::{Board, EngineError, Ports, RunOutcome, Trouble};
use crate::store::{Workspace, write_whole};
use storyreel_core::polling::history::{History, TaskKind};
use storyreel_core::polling::pace::Allowance;
use storyreel_core::scheduler::lanes::Lanes;
use storyreel_core::scheduler::{Next, ScheduledTask, Scheduler};

/// Makes every film of the batch: first the shots of all of them, then each film.
pub async fn render(boards: &mut [Board], ports: Ports<'_>) -> Result<RunOutcome, EngineError> {
    let began = Instant::now();
    let (mut session, scheduler) = Session::new(boards, ports);
    session.begin(&scheduler);
    session.shots(scheduler).await?;
    if !session.outcome.interrupted {
        session.films().await?;
    }
    let RunOutcome { made, reused, failed, blocked, .. } = session.outcome.clone();
    session.warn_of_drift();
    let bill = session.ledger.bill();
    let differ = std::mem::take(&mut session.differ);
    let took = began.elapsed();
    (session.ports.say)(&Event::Finished { made, reused, failed, blocked, differ, took, bill });
    Ok(session.outcome)
}

pub(super) struct Session<'a, 'p> {
    pub(super) boards: &'a mut [Board],
    pub(super) ports: Ports<'p>,
    /// The folder for unfinished files, made when the first shot needs it: a run with nothing to do writes nothing.
    pub(super) work: Option<Workspace>,
    /// The shots to be made: (board, shot) by task.
    pub(super) tasks: Vec<(usize, usize)>,
    /// The clips so far, by board and shot.
    pub(super) taken: Vec<Vec<Option<ClipRecord>>>,
    /// Tasks that wait for another one with the same recipe.
    pub(super) twins: HashMap<Digest, Vec<usize>>,
    /// Services that turned a shot away in a way that holds for all, and that shot.
    pub(super) stopped: HashMap<&'static str, ShotId>,
    /// Where services still keep originals.
    pub(super) originals: Originals,
    /// What may be spent, what is, and what is written down of it.
    pub(super) ledger: Ledger,
    /// Shots whose clips are not what was asked for.
    differ: Vec<ShotKey>,
    /// How long tasks took, in this run and before.
    pub(super) history: History,
    /// Looks spent in this run, by service.
    pub(super) allowances: HashMap<&'static str, Allowance>,
    /// Boards whose lock differs from its file.
    pub(super) unwritten: HashSet<usize>,
    pub(super) outcome: RunOutcome,
}

/// What came of starting a task.
pub(super) enum Begun {
    Working(Box<Order>, WorkerContext),
    /// Another task makes the same recipe.
    Waiting,
    Found(Box<ClipRecord>),
    Failed(ShotFailure),
}

/// What each worker ends with: its task, the recipe that it made, and what came of it.
type Workers = JoinSet<(usize, Digest, Result<WorkerResult, ShotFailure>)>;

/// What is said of a clip that has just been stored.
#[derive(Debug, Clone, Default)]
struct ProgressMessages {
    took: Option<Duration>,
    last_frame: Option<FrameFrom>,
    charge: Option<Charge>,
}

impl<'a, 'p> Session<'a, 'p> {
    fn new(boards: &'a mut [Board], ports: Ports<'p>) -> (Self, Scheduler) {
        let mut taken: Vec<Vec<Option<ClipRecord>>> = Vec::new();
        let mut tasks = Vec::new();
        let mut task_of: HashMap<(usize, usize), usize> = HashMap::new();
        for (at, board) in boards.iter().enumerate() {
            let steps = &board.plan.steps;
            taken.push(steps.iter().map(|step| reused(&step.action)).collect());
            for (shot, step) in steps.iter().enumerate() {
                let wanted = board.only.as_ref().is_none_or(|only| only.contains(&step.shot));
                if wanted && !matches!(step.action, Action::Reuse(_)) {
                    task_of.insert((at, shot), tasks.len());
                    tasks.push((at, shot));
                }
            }
        }
        let films: Vec<&Film> = boards.iter().map(|board| &board.film).collect();
        let lanes = Lanes::of(&films, ports.processors);
        let scheduled = tasks.iter().map(|&(at, shot)| {
            let step = &boards[at].plan.steps[shot];
            let parents = step.needs.iter().filter_map(|&need| task_of.get(&(at, need)).copied()).collect();
            ScheduledTask { parents, lane: lanes.lane(&boards[at].film.shots[shot]), expected: step.expected }
        });
        let scheduler = Scheduler::new(scheduled.collect(), &lanes.limits);
        let ledger = Ledger::new(ports.store, ports.cap.clone());
        // Only services take so long that it matters, so a run without any does not read it.
        let orders = lanes.limits.len() > 1 && !tasks.is_empty();
        let history = if orders { History::read(&ports.store.history()) } else { History::default() };
        let session = Self {
            boards,
            ports,
            work: None,
            tasks,
            taken,
            twins: HashMap::new(),
            stopped: HashMap::new(),
            originals: Originals::default(),
            ledger,
            differ: Vec::new(),
            history,
            allowances: HashMap::new(),
            unwritten: HashSet::new(),
            outcome: RunOutcome::default(),
        };
        (session, scheduler)
    }

    pub(super) fn allowance(&self, service: &str) -> Allowance {
        self.allowances.get(service).copied().unwrap_or_default()
    }

    pub(super) fn say(&mut self, event: &Event) {
        (self.ports.say)(event);
    }

    fn begin(&mut self, scheduler: &Scheduler) {
        let shots = self.boards.iter().map(|board| board.film.shots.len()).sum();
        let titles = self.boards.iter().map(|board| board.film.title.clone()).collect();
        let expected = scheduler.clone().simulate();
        self.say(&Event::Started { titles, shots, to_make: self.tasks.len(), expected });
        for at in 0..self.boards.len() {
            for shot in 0..self.taken[at].len() {
                if self.taken[at][shot].is_some() {
                    self.outcome.reused += 1;
                    self.note(at, shot);
                    self.tell_stored(at, shot, ProgressMessages::default());
                }
            }
        }
    }

    /// Says that a shot's clip is in the store.
    fn tell_stored(&mut self, at: usize, shot: usize, telling: ProgressMessages) {
        let Some(taken) = &self.taken[at][shot] else { return };
        let (clip, frames) = (taken.clip, taken.facts.video.frames);
        let ProgressMessages { took, last_frame, charge } = telling;
        let paid = charge.as_ref().and_then(|charge| charge.paid.known());
        let estimated = charge.and_then(|charge| charge.estimated).map(|(_, most)| most);
        let key = self.key(at, shot);
        let differs = taken.differs.clone();
        self.say(&Event::ShotStored { key, clip, frames, took, last_frame, paid, estimated, differs });
    }

    /// Takes the clip of a shot into the lock.
    fn note(&mut self, at: usize, shot: usize) {
        let board = &mut self.boards[at];
        let id = &board.film.shots[shot].id;
        if let Some(taken) = &self.taken[at][shot]
            && board.lock.shots.get(id) != Some(taken)
        {
            // A clip that a merge left as a spare one changes places with the one that it replaces.
            board.lock.prefer(id, &taken.recipe);
            board.lock.shots.insert(id.clone(), taken.clone());
            self.unwritten.insert(at);
        }
    }

    pub(super) fn key(&self, board: usize, shot: usize) -> ShotKey {
        ShotKey { board, shot: self.boards[board].film.shots[shot].id.clone() }
    }

    async fn shots(&mut self, mut scheduler: Scheduler) -> Result<(), EngineError> {
        let (line, mut heard) = unbounded_channel();
        let mut workers: Workers = JoinSet::new();
        let mut began: HashMap<usize, Instant> = HashMap::new();
        loop {
            match scheduler.advance() {
                Next::Start(task) => {
                    began.insert(task, Instant::now());
                    match self.start(task, &line)? {
                        Begun::Working(order, context) => {
                            let recipe = order.recipe.digest();
                            workers.spawn(async move { (task, recipe, worker::make(&context, &order).await) });
                        }
                        Begun::Waiting => {}
                        Begun::Found(taken) => {
                            self.store(task, *taken, ProgressMessages::default())?;
                            scheduler.succeed(task);
                        }
                        Begun::Failed(failure) => self.fail(task, &failure, &mut scheduler),
                    }
                }
                Next::Done => break,
                Next::Wait => tokio::select! {
                    Some(message) = heard.recv() => self.hear(message),
                    Some(done) = workers.join_next() => {
                        self.hear_all(&mut heard);
                        // A worker that panicked is a bug of ours; its task cannot be told apart, so the run ends.
                        let (task, recipe, result) = done.expect("workers do not panic");
                        let took = began.remove(&task).map(|began| began.elapsed());
                        let twins = self.twins.remove(&recipe).unwrap_or_default();
                        self.finish(task, &twins, result, took, &mut scheduler)?;
                    }
                    Some(()) = self.ports.stops.recv() => {
                        if self.outcome.interrupted {
                            workers.shutdown().await;
                            self.hear_all(&mut heard);
                            self.outcome.blocked += scheduler.running();
                            break;
                        }
                        self.outcome.interrupted = true;
                        self.outcome.blocked += scheduler.drain();
                        self.say(&Event::Draining { running: scheduler.running() });
                    }
                },
            }
        }
        self.outcome.not_made = self
            .tasks
            .iter()
            .filter(|&&(at, shot)| self.taken[at][shot].is_none())
            .map(|&(at, shot)| self.key(at, shot))
            .collect();
        (0..self.boards.len()).try_for_each(|at| self.write_lock(at))
    }

    fn hear_all(&mut self, heard: &mut UnboundedReceiver<Message>) {
        while let Ok(message) = heard.try_recv() {
            self.hear(message);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Say(event) => self.say(&event),
            Message::Authorize { task, order, answer } => {
                let authorization = self.authorize(task, &order);
                // A worker that was stopped meanwhile has not ordered; what was reserved for it is free again.
                if let Err(authorization) = answer.send(authorization) {
                    self.take_back(&authorization);
                }
            }
            Message::Note { attempt, step, written } => {
                let result = self.ledger.note(attempt, &step);
                let _ = written.send(result);
            }
        }
    }

    /// Takes in what a worker ended with, for its task and for the `twins` that waited for the same recipe.
    fn finish(
        &mut self,
        task: usize,
        twins: &[usize],
        result: Result<WorkerResult, ShotFailure>,
        took: Option<Duration>,
        scheduler: &mut Scheduler,
    ) -> Result<(), EngineError> {
        match result {
            Ok(made) => {
                let charge = self.learn(task, &made);
                let WorkerResult { taken, last_frames, arrival: _, frame_from, differences } = made;
                let (at, shot) = self.tasks[task];
                for (parent, digest) in last_frames {
                    self.keep_last_frame(at, parent, digest);
                }
                if !differences.is_empty() {
                    self.differ.push(self.key(at, shot));
                }
                for what in differences {
                    let message =
                        format!("{}: the clip differs from what was asked for: {what}", self.key(at, shot).shot);
                    self.say(&Event::Warned { message });
                }
                for &twin in twins {
                    self.store(twin, taken.clone(), ProgressMessages::default())?;
                    scheduler.succeed(twin);
                }
                self.store(task, taken, ProgressMessages { took, last_frame: frame_from, charge })?;
                scheduler.succeed(task);
            }
            Err(failure) => {
                for &twin in twins {
                    self.fail(twin, &failure, scheduler);
                }
                self.fail(task, &failure, scheduler);
            }
        }
        Ok(())
    }

    /// Takes in what a paid clip tells for those after it: how long it took, and where its service keeps the original.
    /// Gives what was paid in this run.
    fn learn(&mut self, task: usize, made: &WorkerResult) -> Option<Charge> {
        let arrival = made.arrival.as_ref()?;
        let render = self.render(task)?;
        let service = render.provider;
        let kind = TaskKind::of(render);
        if let Some((length, looks)) = arrival.noticed {
            self.allowances.entry(service.id).or_default().note(length, looks);
            self.history.note(&kind, length);
            self.ports.store.keep_history(&self.history.text());
        }
        self.originals.note(service, &arrival.delivery, made.taken.clip, made.taken.last_frame);
        self.ledger.charge_of(arrival.attempt).cloned()
    }

    fn keep_last_frame(&mut self, board: usize, shot: usize, digest: Digest) {
        if let Some(taken) = &mut self.taken[board][shot] {
            taken.last_frame = Some(digest);
            self.note(board, shot);
        }
    }

    /// Notes a clip that is in the store: first in the lock on disk, then to the outside.
    fn store(&mut self, task: usize, taken: ClipRecord, telling: ProgressMessages) -> Result<(), EngineError> {
        let (at, index) = self.tasks[task];
        self.taken[at][index] = Some(taken);
        self.note(at, index);
        self.write_lock(at)?;
        if telling.took.is_some() {
            self.outcome.made += 1;
        } else {
            self.outcome.reused += 1;
        }
        self.tell_stored(at, index, telling);
        Ok(())
    }

    fn fail(&mut self, task: usize, failure: &ShotFailure, scheduler: &mut Scheduler) {
        let (at, index) = self.tasks[task];
        let key = self.key(at, index);
        let mut by = key.shot.clone();
        match self.stopper(task, failure) {
            Some(stopper) => {
                by.clone_from(&stopper);
                self.outcome.blocked += 1;
                self.say(&Event::ShotBlocked { key, by: stopper });
            }
            None => self.tell_failure(key, task, failure),
        }
        for blocked in scheduler.fail(task) {
            let (at, index) = self.tasks[blocked];
            self.outcome.blocked += 1;
            let key = self.key(at, index);
            self.say(&Event::ShotBlocked { key, by: by.clone() });
        }
        if self.ports.fail_fast {
            self.outcome.blocked += scheduler.drain();
        }
    }

    fn tell_failure(&mut self, key: ShotKey, task: usize, failure: &ShotFailure) {
        let message = chain(failure);
        let error = match failure {
            ShotFailure::Service(error) | ShotFailure::Unclear(error) | ShotFailure::NotOrdered { error, .. } => {
                Some(error.clone())
            }
            _ => None,
        };
        self.outcome.failed += 1;
        self.outcome.unclear += usize::from(failure.asks());
        self.outcome.over_cap += usize::from(matches!(failure, ShotFailure::Refused(Refusal::OverLimit(_))));
        if let Some(error) = error.as_ref().filter(|error| error.kind.stops_the_service())
            && let Make::Prompt(render) = &self.boards[self.tasks[task].0].film.shots[self.tasks[task].1].make
        {
            self.stopped.entry(render.provider.id).or_insert_with(|| key.shot.clone());
            let id = render.provider.id;
            let message = format!("nothing more is ordered from `{id}` in this run: {}", error.message);
            self.say(&Event::Warned { message });
        }
        self.outcome.troubles.push(Trouble { key: key.clone(), message: message.clone(), error: error.clone() });
        self.say(&Event::ShotFailed { key, message, error: error.map(Box::new) });
    }

    /// The shot because of which this one was not even ordered.
    fn stopper(&self, task: usize, failure: &ShotFailure) -> Option<ShotId> {
        let (at, shot) = self.tasks[task];
        let Make::Prompt(render) = &self.boards[at].film.shots[shot].make else { return None };
        match failure {
            ShotFailure::Refused(Refusal::ServiceStopped) => self.stopped.get(render.provider.id).cloned(),
            _ => None,
        }
    }

    /// Writes the lock if it differs from its file.
    pub(super) fn write_lock(&mut self, at: usize) -> Result<(), EngineError> {
        if !self.unwritten.remove(&at) {
            return Ok(());
        }
        let board = &self.boards[at];
        write_whole(&board.lock_file, board.lock.text().as_bytes(), true)
            .map_err(|source| EngineError::Lock { path: board.lock_file.clone(), source })
    }
}

fn reused(action: &Action) -> Option<ClipRecord> {
    match action {
        Action::Reuse(taken) => Some((**taken).clone()),
        _ => None,
    }
}
