//! The loop: it alone owns the scheduler, the clips so far, the money, the locks and what is said to the outside.

use std::collections::HashMap;
use std::time::Instant;

use storyreel_core::event::{Charge, Event};
use storyreel_core::index::TaskId;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::chain;
use storyreel_core::scheduler::{Next, Scheduler};
use storyreel_core::units::{Digest, ShotId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::failure::{Refusal, ShotFailure};
use super::message::Message;
use super::quality::Verdict;
use super::run_progress::{ClipArrival, RunProgress};
use super::session::{BatchShot, Session};
use super::start::TaskStart;
use super::worker::{self, WorkerResult};
use super::{Board, EngineError, Ports, RunOutcome};

/// Makes every film of the batch: first the shots of all of them, then each film. `say` is given every
/// event.
pub async fn render(
    boards: &mut [Board],
    ports: Ports<'_>,
    say: &mut (dyn FnMut(&Event) + Send),
) -> Result<RunOutcome, EngineError> {
    let began = Instant::now();
    let (mut session, scheduler) = Session::new(boards, ports, RunProgress::new(say));
    session.begin(&scheduler);
    session.take_bad_again();
    session.make_all(scheduler).await?;
    if let Some(words) = session.ledger.unpublished() {
        session.progress.warn(words);
    }
    let bill = session.ledger.bill();
    session.progress.finished(began.elapsed(), bill);
    Ok(session.progress.outcome)
}

/// What a worker ends with.
struct WorkerEnd {
    task: TaskId,
    /// The recipe that it made.
    recipe: Digest,
    result: Result<WorkerResult, ShotFailure>,
}

/// The workers of a run, and how they are heard.
struct Workers {
    running: JoinSet<WorkerEnd>,
    /// When each task was begun.
    began: HashMap<TaskId, Instant>,
    line: UnboundedSender<Message>,
    messages: UnboundedReceiver<Message>,
}

impl Workers {
    fn new() -> Self {
        let (line, messages) = unbounded_channel();
        Self { running: JoinSet::new(), began: HashMap::new(), line, messages }
    }
}

impl Session<'_, '_> {
    /// Makes all shots, as far as they can be made, and the films that are whole.
    async fn make_all(&mut self, mut scheduler: Scheduler) -> Result<(), EngineError> {
        let mut workers = Workers::new();
        let mut has_shots = true;
        while has_shots || !self.films.is_done() {
            self.begin_film(&workers.line)?;
            match scheduler.advance() {
                Next::Start(task) => self.begin_task(task, &mut workers, &mut scheduler)?,
                Next::Done if std::mem::take(&mut has_shots) => self.end_shots()?,
                Next::Done | Next::Wait => tokio::select! {
                    Some(message) = workers.messages.recv() => self.hear(message),
                    Some(end) = self.films.running.join_next() => {
                        self.hear_all(&mut workers.messages);
                        self.end_film(end.expect("films are made without panic"));
                    }
                    Some(end) = workers.running.join_next() => {
                        self.hear_all(&mut workers.messages);
                        // A worker that panicked is a bug of ours; which task it was is not known, so the run ends.
                        let end = end.expect("workers do not panic");
                        let began = workers.began.remove(&end.task);
                        self.end_task(end, began, &mut workers, &mut scheduler)?;
                    }
                    Some(()) = self.ports.stops.recv() => {
                        self.films.stop().await;
                        if self.progress.outcome.interrupted {
                            workers.running.shutdown().await;
                            self.hear_all(&mut workers.messages);
                            self.progress.outcome.blocked += scheduler.running();
                            return self.end_shots();
                        }
                        self.drain(&mut scheduler);
                    }
                },
            }
        }
        Ok(())
    }

    fn end_shots(&mut self) -> Result<(), EngineError> {
        self.progress.outcome.not_made = self.not_made();
        self.write_locks()
    }

    fn begin_task(
        &mut self,
        task: TaskId,
        workers: &mut Workers,
        scheduler: &mut Scheduler,
    ) -> Result<(), EngineError> {
        workers.began.insert(task, Instant::now());
        match self.start(task, &workers.line)? {
            TaskStart::Working { order, context } => {
                let recipe = order.recipe.digest();
                workers.running.spawn(async move {
                    let result = worker::make(&context, &order).await;
                    WorkerEnd { task, recipe, result }
                });
            }
            TaskStart::Duplicate => {}
            // A further take that an earlier run has brought is judged like one that comes now.
            TaskStart::Found(record) if self.bad_takes.contains_key(&task) => {
                return match self.verdict(task, *record) {
                    Verdict::Use(record) => self.use_clip(task, *record, ClipArrival::default(), Vec::new(), scheduler),
                    Verdict::Again => self.begin_task(task, workers, scheduler),
                    Verdict::Stop(failure) => self.end_without_clip(task, &failure, Vec::new(), scheduler),
                };
            }
            TaskStart::Found(record) => {
                self.keep_clip(task, *record, ClipArrival::default())?;
                scheduler.succeed(task);
            }
            TaskStart::Failed(failure) => return self.end_without_clip(task, &failure, Vec::new(), scheduler),
        }
        Ok(())
    }

    /// The first interrupt: what runs is finished, and nothing more is begun.
    fn drain(&mut self, scheduler: &mut Scheduler) {
        self.progress.outcome.interrupted = true;
        self.progress.outcome.blocked += scheduler.drain();
        self.progress.say(&Event::Draining { running: scheduler.running() });
    }

    fn hear_all(&mut self, messages: &mut UnboundedReceiver<Message>) {
        while let Ok(message) = messages.try_recv() {
            self.hear(message);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Say(event) => self.progress.say(&event),
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

    /// Takes in what a worker ended with, for its task and for those that waited for the same recipe.
    fn end_task(
        &mut self,
        end: WorkerEnd,
        began: Option<Instant>,
        workers: &mut Workers,
        scheduler: &mut Scheduler,
    ) -> Result<(), EngineError> {
        let WorkerEnd { task, recipe, result } = end;
        let mut waiting = self.duplicates.remove(&recipe).unwrap_or_default();
        waiting.extend(self.bad_takes.get_mut(&task).map(|bad| std::mem::take(&mut bad.waiting)).unwrap_or_default());
        let made = match result {
            Ok(made) => made,
            Err(failure) if self.is_left(&failure) => {
                self.leave(task, &recipe, &failure, waiting, scheduler);
                return Ok(());
            }
            Err(failure) => return self.end_without_clip(task, &failure, waiting, scheduler),
        };
        let at = self.tasks[task];
        let charge = self.learn(at, &made);
        for (shot, frame) in made.last_frames {
            self.keep_last_frame(BatchShot { shot, ..at }, frame);
        }
        let key = self.key(at);
        self.progress.differs(key, made.differences);
        // What was made here is what was asked for.
        let verdict =
            if made.arrival.is_some() { self.verdict(task, made.record) } else { Verdict::Use(Box::new(made.record)) };
        let record = match verdict {
            Verdict::Use(record) => *record,
            Verdict::Again => {
                self.bad_takes.entry(task).or_default().waiting = waiting;
                self.write_locks()?;
                return self.begin_task(task, workers, scheduler);
            }
            Verdict::Stop(failure) => {
                self.write_locks()?;
                return self.end_without_clip(task, &failure, waiting, scheduler);
            }
        };
        let took = began.map(|began| began.elapsed());
        self.use_clip(task, record, ClipArrival { took, last_frame: made.frame_from, charge }, waiting, scheduler)
    }

    /// Uses a clip for its task and for those that waited for the same.
    fn use_clip(
        &mut self,
        task: TaskId,
        record: ClipRecord,
        arrival: ClipArrival,
        waiting: Vec<TaskId>,
        scheduler: &mut Scheduler,
    ) -> Result<(), EngineError> {
        for duplicate in waiting {
            self.keep_clip(duplicate, record.clone(), ClipArrival::default())?;
            scheduler.succeed(duplicate);
        }
        self.keep_clip(task, record, arrival)?;
        scheduler.succeed(task);
        Ok(())
    }

    /// Ends a task that has brought nothing, with the best of its earlier takes where there is one.
    fn end_without_clip(
        &mut self,
        task: TaskId,
        failure: &ShotFailure,
        waiting: Vec<TaskId>,
        scheduler: &mut Scheduler,
    ) -> Result<(), EngineError> {
        if let Some(best) = self.best_so_far(task) {
            let id = self.shot(self.tasks[task]).id.clone();
            let take = best.take;
            self.progress.warn(format!("{id}: no better take could be had ({}); take {take} is used", chain(failure)));
            return self.use_clip(task, best, ClipArrival::default(), waiting, scheduler);
        }
        for duplicate in waiting {
            self.fail(duplicate, failure, scheduler);
        }
        self.fail(task, failure, scheduler);
        Ok(())
    }

    /// Keeps what a paid clip shows for those after it: how long it took, and where its service keeps the original.
    /// Gives what was paid in this run.
    fn learn(&mut self, at: BatchShot, made: &WorkerResult) -> Option<Charge> {
        let arrival = made.arrival.as_ref()?;
        let render = self.render(at)?.clone();
        if let Some(length) = arrival.length {
            self.pacing.note(&render, length, self.ports.store);
        }
        self.originals.note(render.provider, &arrival.delivery, made.record.clip, made.record.last_frame);
        self.ledger.charge_of(arrival.attempt).cloned()
    }

    fn fail(&mut self, task: TaskId, failure: &ShotFailure, scheduler: &mut Scheduler) {
        let at = self.tasks[task];
        let key = self.key(at);
        let cause = match self.stopper(at, failure) {
            Some(stopper) => {
                self.progress.blocked(key, stopper.clone());
                stopper
            }
            None => {
                self.stop_provider(at, failure);
                let shot = key.shot.clone();
                self.progress.failed(key, failure);
                shot
            }
        };
        for blocked in scheduler.fail(task) {
            let key = self.key(self.tasks[blocked]);
            self.progress.blocked(key, cause.clone());
        }
        if self.ports.fail_fast {
            self.progress.outcome.blocked += scheduler.drain();
        }
    }

    /// Orders nothing more from a service whose refusal holds for all shots.
    fn stop_provider(&mut self, at: BatchShot, failure: &ShotFailure) {
        let Some(error) = failure.provider_error().filter(|error| error.kind.stops_the_provider()) else { return };
        let Some(provider) = self.render(at).map(|render| render.provider.id) else { return };
        let shot = self.shot(at).id.clone();
        self.stopped_providers.entry(provider).or_insert(shot);
        self.progress.warn(format!("no more orders go to `{provider}` in this run: {}", error.message));
    }

    /// The shot because of which this one was not even ordered.
    fn stopper(&self, at: BatchShot, failure: &ShotFailure) -> Option<ShotId> {
        match failure {
            ShotFailure::Refused(Refusal::ProviderStopped) => {
                self.stopped_providers.get(self.render(at)?.provider.id).cloned()
            }
            _ => None,
        }
    }
}
