//! The loop: it alone owns the scheduler, the clips so far, the locks and what is said to the outside.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::assemble::{self, AssembleError};
use super::scheduler::{Next, Scheduler, Task};
use super::worker::{self, Bench, Failure, Made, Order};
use super::{Board, EngineError, Outcome, Ports};
use crate::catalog::ANIMATIC;
use crate::event::{Event, ShotKey};
use crate::film::{Make, Shot};
use crate::legible::chain;
use crate::lock::Taken;
use crate::plan::{Action, Known as _};
use crate::recipe::Recipe;
use crate::store::{Workspace, write_whole};
use crate::units::{Digest, ShotId};

/// Makes every film of the batch: first the shots of all of them, then each film.
pub async fn render(boards: &mut [Board], ports: Ports<'_>) -> Result<Outcome, EngineError> {
    let began = Instant::now();
    let (mut session, scheduler) = Session::new(boards, ports);
    session.begin(&scheduler);
    session.shots(scheduler).await?;
    if !session.outcome.interrupted {
        session.films().await?;
    }
    let Outcome { made, reused, failed, blocked, .. } = session.outcome.clone();
    (session.ports.say)(&Event::Finished { made, reused, failed, blocked, took: began.elapsed() });
    Ok(session.outcome)
}

struct Session<'a, 'p> {
    boards: &'a mut [Board],
    ports: Ports<'p>,
    /// The folder for unfinished files, made when the first shot needs it: a run with nothing to do writes nothing.
    work: Option<Workspace>,
    /// The shots to be made: (board, shot) by task.
    tasks: Vec<(usize, usize)>,
    /// The clips so far, by board and shot.
    taken: Vec<Vec<Option<Taken>>>,
    /// Tasks that wait for another one with the same recipe.
    twins: HashMap<Digest, Vec<usize>>,
    /// Boards whose lock differs from its file.
    unwritten: HashSet<usize>,
    outcome: Outcome,
}

/// What each worker ends with: its task, the recipe that it made, and what came of it.
type Workers = JoinSet<(usize, Digest, Result<Made, Failure>)>;

impl<'a, 'p> Session<'a, 'p> {
    fn new(boards: &'a mut [Board], ports: Ports<'p>) -> (Self, Scheduler) {
        let mut taken: Vec<Vec<Option<Taken>>> = Vec::new();
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
        let (lanes, limits) = lanes(boards, ports.processors);
        let scheduled = tasks.iter().map(|&(at, shot)| {
            let step = &boards[at].plan.steps[shot];
            let parents = step.needs.iter().filter_map(|&need| task_of.get(&(at, need)).copied()).collect();
            Task { parents, lane: lane(&boards[at].film.shots[shot], &lanes), expected: step.expected }
        });
        let scheduler = Scheduler::new(scheduled.collect(), &limits);
        let (work, twins, unwritten, outcome) = (None, HashMap::new(), HashSet::new(), Outcome::default());
        (Self { boards, ports, work, tasks, taken, twins, unwritten, outcome }, scheduler)
    }

    fn say(&mut self, event: &Event) {
        (self.ports.say)(event);
    }

    fn begin(&mut self, scheduler: &Scheduler) {
        let shots = self.boards.iter().map(|board| board.film.shots.len()).sum();
        let titles = self.boards.iter().map(|board| board.film.title.clone()).collect();
        let expected = scheduler.clone().simulate();
        self.say(&Event::Started { titles, shots, to_make: self.tasks.len(), expected });
        for at in 0..self.boards.len() {
            for shot in 0..self.taken[at].len() {
                let Some(taken) = &self.taken[at][shot] else { continue };
                let (clip, frames) = (taken.clip, taken.facts.video.frames);
                self.outcome.reused += 1;
                let key = self.key(at, shot);
                self.note(at, shot);
                self.say(&Event::ShotStored { key, clip, frames, took: None });
            }
        }
    }

    /// Takes the clip of a shot into the lock.
    fn note(&mut self, at: usize, shot: usize) {
        let board = &mut self.boards[at];
        let id = &board.film.shots[shot].id;
        if let Some(taken) = &self.taken[at][shot]
            && board.lock.shots.get(id) != Some(taken)
        {
            board.lock.shots.insert(id.clone(), taken.clone());
            self.unwritten.insert(at);
        }
    }

    fn key(&self, board: usize, shot: usize) -> ShotKey {
        ShotKey { board, shot: self.boards[board].film.shots[shot].id.clone() }
    }

    async fn shots(&mut self, mut scheduler: Scheduler) -> Result<(), EngineError> {
        let (say, mut heard) = unbounded_channel();
        let mut workers: Workers = JoinSet::new();
        let mut began: HashMap<usize, Instant> = HashMap::new();
        loop {
            match scheduler.advance() {
                Next::Start(task) => {
                    began.insert(task, Instant::now());
                    match self.start(task, &say)? {
                        Begun::Working(order, bench) => {
                            let recipe = order.recipe.digest();
                            workers.spawn(async move { (task, recipe, worker::make(&bench, &order).await) });
                        }
                        Begun::Waiting => {}
                        Begun::Found(taken) => {
                            self.store(task, *taken, None)?;
                            scheduler.succeed(task);
                        }
                        Begun::Failed(message) => self.fail(task, message, &mut scheduler),
                    }
                }
                Next::Done => break,
                Next::Wait => tokio::select! {
                    Some(event) = heard.recv() => self.say(&event),
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

    fn hear_all(&mut self, heard: &mut UnboundedReceiver<Event>) {
        while let Ok(event) = heard.try_recv() {
            self.say(&event);
        }
    }

    /// Closes the recipe of a task whose parents are stored, and looks once more whether its clip exists.
    fn start(&mut self, task: usize, say: &tokio::sync::mpsc::UnboundedSender<Event>) -> Result<Begun, EngineError> {
        let (at, index) = self.tasks[task];
        let key = self.key(at, index);
        let (board, taken) = (&self.boards[at], &self.taken[at]);
        let shot = &board.film.shots[index];
        let clip = |other: usize| taken[other].as_ref().map(|taken| taken.clip);
        let Some(recipe) = Recipe::of(&board.film, index, &clip) else {
            let missing = board.plan.steps[index].needs.iter().find(|&&need| taken[need].is_none());
            let name = missing.map_or_else(String::new, |&need| board.film.shots[need].id.to_string());
            return Ok(Begun::Failed(format!("it needs the shot `{name}`, which is not made; make that one first")));
        };
        let digest = recipe.digest();
        if let Some(twins) = self.twins.get_mut(&digest) {
            twins.push(task);
            return Ok(Begun::Waiting);
        }
        if let Some(found) = self.ports.store.receipt(&digest).filter(|found| self.ports.store.has(&found.clip)) {
            return Ok(Begun::Found(Box::new(found)));
        }
        let (maker, provider) = match &shot.make {
            Make::Prompt(render) => match self.ports.providers.get(render.provider.id) {
                Some(provider) => (render.provider.id, Some(Arc::clone(provider))),
                None => return Ok(Begun::Failed(format!("the provider `{}` is not set up", render.provider.id))),
            },
            _ => ("local", None),
        };
        let step = &board.plan.steps[index];
        let parents = step.needs.iter().filter_map(|&need| Some((need, taken[need].clone()?))).collect();
        let order = Order {
            key: key.clone(),
            shot: shot.clone(),
            recipe,
            folder: board.folder.clone(),
            size: board.film.size,
            rate: board.film.rate,
            parents,
            provider,
            hands_on: shot.return_last_frame || board.graph.hands_on(index),
        };
        let expected = step.expected;
        self.twins.insert(digest, Vec::new());
        let work = match &self.work {
            Some(work) => work.path().to_owned(),
            None => self.work.insert(self.ports.store.workspace()?).path().to_owned(),
        };
        let (store, studio) = (self.ports.store.clone(), Arc::clone(&self.ports.studio));
        self.say(&Event::ShotStarted { key, maker: maker.to_owned(), expected });
        Ok(Begun::Working(Box::new(order), Bench { store, studio, work, say: say.clone() }))
    }

    /// Takes in what a worker ended with, for its task and for the `twins` that waited for the same recipe.
    fn finish(
        &mut self,
        task: usize,
        twins: &[usize],
        result: Result<Made, Failure>,
        took: Option<Duration>,
        scheduler: &mut Scheduler,
    ) -> Result<(), EngineError> {
        match result {
            Ok(Made { taken, last_frames }) => {
                let (at, _) = self.tasks[task];
                for (parent, digest) in last_frames {
                    self.keep_last_frame(at, parent, digest);
                }
                for &twin in twins {
                    self.store(twin, taken.clone(), None)?;
                    scheduler.succeed(twin);
                }
                self.store(task, taken, took)?;
                scheduler.succeed(task);
            }
            Err(failure) => {
                let message = chain(&failure);
                for &twin in twins {
                    self.fail(twin, message.clone(), scheduler);
                }
                self.fail(task, message, scheduler);
            }
        }
        Ok(())
    }

    fn keep_last_frame(&mut self, board: usize, shot: usize, digest: Digest) {
        if let Some(taken) = &mut self.taken[board][shot] {
            taken.last_frame = Some(digest);
            self.note(board, shot);
        }
    }

    /// Notes a clip that is in the store: first in the lock on disk, then to the outside.
    fn store(&mut self, task: usize, taken: Taken, took: Option<Duration>) -> Result<(), EngineError> {
        let (at, index) = self.tasks[task];
        let key = self.key(at, index);
        let (clip, frames) = (taken.clip, taken.facts.video.frames);
        self.taken[at][index] = Some(taken);
        self.note(at, index);
        self.write_lock(at)?;
        if took.is_some() {
            self.outcome.made += 1;
        } else {
            self.outcome.reused += 1;
        }
        self.say(&Event::ShotStored { key, clip, frames, took });
        Ok(())
    }

    fn fail(&mut self, task: usize, message: String, scheduler: &mut Scheduler) {
        let (at, index) = self.tasks[task];
        let key = self.key(at, index);
        let by = key.shot.clone();
        self.outcome.failed += 1;
        self.say(&Event::ShotFailed { key, message });
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

    /// Writes the lock if it differs from its file.
    fn write_lock(&mut self, at: usize) -> Result<(), EngineError> {
        if !self.unwritten.remove(&at) {
            return Ok(());
        }
        let board = &self.boards[at];
        write_whole(&board.lock_file, board.lock.text().as_bytes(), true)
            .map_err(|source| EngineError::Lock { path: board.lock_file.clone(), source })
    }

    /// Puts every film together whose shots are all there.
    async fn films(&mut self) -> Result<(), EngineError> {
        for at in 0..self.boards.len() {
            if self.boards[at].only.is_some() || self.taken[at].iter().any(Option::is_none) {
                continue;
            }
            self.prune(at)?;
            let taken: Vec<&Taken> = self.taken[at].iter().flatten().collect();
            let (board, ports) = (&self.boards[at], &mut self.ports);
            let result = assemble::assemble(at, board, &taken, ports).await;
            match result {
                Ok(done) => {
                    let assemble::Assembled { length, bytes, way } = done;
                    let output = self.boards[at].output.clone();
                    self.say(&Event::FilmDone { board: at, output, length, bytes, way });
                }
                Err(AssembleError::Interrupted) => {
                    self.outcome.interrupted = true;
                    return Ok(());
                }
                Err(error) => {
                    self.outcome.films_failed += 1;
                    self.say(&Event::FilmFailed { board: at, message: chain(&error) });
                }
            }
        }
        Ok(())
    }

    /// Shots that are no longer in the storyboard leave the lock once a whole film stands without them.
    fn prune(&mut self, at: usize) -> Result<(), EngineError> {
        let board = &mut self.boards[at];
        let ids: HashSet<&ShotId> = board.film.shots.iter().map(|shot| &shot.id).collect();
        let before = board.lock.shots.len();
        board.lock.shots.retain(|id, _| ids.contains(id));
        if board.lock.shots.len() < before {
            self.unwritten.insert(at);
        }
        self.write_lock(at)
    }
}

enum Begun {
    Working(Box<Order>, Bench),
    Waiting,
    Found(Box<Taken>),
    Failed(String),
}

fn reused(action: &Action) -> Option<Taken> {
    match action {
        Action::Reuse(taken) => Some((**taken).clone()),
        _ => None,
    }
}

/// A lane for this machine, and one for each provider; a provider that works on this machine shares its lane.
fn lanes(boards: &[Board], processors: usize) -> (BTreeMap<&'static str, usize>, Vec<usize>) {
    let mut lanes = BTreeMap::from([(ANIMATIC, 0)]);
    let asked = |id: &str| boards.iter().filter_map(|board| board.film.max_in_flight.get(id).copied()).min();
    let mut limits = vec![asked(ANIMATIC).unwrap_or(processors)];
    for shot in boards.iter().flat_map(|board| &board.film.shots) {
        if let Make::Prompt(render) = &shot.make
            && !lanes.contains_key(render.provider.id)
        {
            lanes.insert(render.provider.id, limits.len());
            limits.push(asked(render.provider.id).unwrap_or(render.provider.max_in_flight));
        }
    }
    (lanes, limits)
}

fn lane(shot: &Shot, lanes: &BTreeMap<&'static str, usize>) -> usize {
    match &shot.make {
        Make::Prompt(render) => lanes[render.provider.id],
        _ => 0,
    }
}
