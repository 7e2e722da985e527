//! Where money is minded: leave to order, every step of an order written down, and what a clip cost in the end.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::desk::{Attempt, PaidStep, Refusal, Verdict};
use super::history::Kind;
use super::session::Session;
use super::worker::Made;
use crate::event::{Bill, Charge, DRIFT, Event};
use crate::film::{Make, Render};
use crate::job::{Entry, Failure, Intent, JobState, Record, Stored};
use crate::journal::{Job, JournalError, Journals};
use crate::legible::count;
use crate::lock::Taken;
use crate::money::Money;
use crate::plan::Known as _;
use crate::provider::Ticket;
use crate::recipe::Recipe;
use crate::service::reply::Charged;
use crate::spend::Right;
use crate::text::listed;
use crate::units::Digest;

/// How long after an order its task is certain to be known: far longer than any service takes.
const KNOWN_BY: Duration = Duration::from_hours(1);

/// Whether a service that does not know the task of a job has forgotten it, and does not yet know it.
pub(super) fn is_old(job: &Job) -> bool {
    let since = UNIX_EPOCH + Duration::from_secs(job.began);
    let age = SystemTime::now().duration_since(since).unwrap_or_default();
    age >= KNOWN_BY
        || matches!(job.state, JobState::Delivered { .. } | JobState::Stored { .. } | JobState::Forgotten { .. })
}

impl Session<'_, '_> {
    /// Whether the shot of a task may be ordered now. With leave the intent is on the disk and the money is reserved.
    pub(super) fn leave(&mut self, task: usize, marker: &str, may_order: bool) -> Verdict {
        let (at, shot) = self.tasks[task];
        let Some(recipe) = self.recipe(at, shot) else { return Verdict::Refused(Refusal::Stopping) };
        let digest = recipe.digest();
        if let Some(found) = self.ports.store.receipt(&digest).filter(|found| self.ports.store.has(&found.clip)) {
            return Verdict::Found(Box::new(found));
        }
        let verdict = match self.right(&digest) {
            // Nobody was asked whether this may be spent, and its inputs are not at hand.
            Ok(Right::Take(_)) if !may_order => Ok(Verdict::Refused(Refusal::Gone)),
            Ok(right) => self.verdict(task, right, &recipe, marker),
            Err(error) => Err(error),
        };
        verdict.unwrap_or_else(|error| Verdict::Refused(Refusal::Journal(crate::legible::chain(&error))))
    }

    fn right(&mut self, recipe: &Digest) -> Result<Right, JournalError> {
        let journals = match &mut self.journals {
            Some(journals) => journals,
            None => self.journals.insert(Journals::load(self.ports.store)?),
        };
        journals.right(recipe, self.journal.run())
    }

    fn verdict(&mut self, task: usize, right: Right, recipe: &Recipe, marker: &str) -> Result<Verdict, JournalError> {
        let job = self.journals.as_ref().and_then(|all| all.job(&recipe.digest()));
        let intent = |number| {
            let job = job.as_ref().filter(|job| job.attempt == number);
            job.and_then(|job| job.state.intent())
        };
        let attempt = |number| Attempt {
            number,
            estimated: intent(number).and_then(|intent| intent.estimate),
            old: job.as_ref().is_some_and(is_old),
        };
        Ok(match right {
            Right::Take(attempt) => self.take(task, attempt, recipe, marker)?,
            Right::Wait { .. } => Verdict::Wait,
            Right::Collect { attempt: number, task, .. } | Right::Again { attempt: number, task, .. } => {
                Verdict::Collect { attempt: attempt(number), ticket: Ticket(task) }
            }
            // The clip is there and its receipt is not: the task is asked once more, which costs nothing.
            Right::Have(_) => match job.as_ref().and_then(|job| Some((job.attempt, job.state.task()?))) {
                Some((number, task)) => Verdict::Collect { attempt: attempt(number), ticket: Ticket(task.to_owned()) },
                None => Verdict::Wait,
            },
            Right::Ask { attempt: number, why } => {
                let marker = intent(number).map(|intent| intent.marker.clone()).unwrap_or_default();
                let since = job.as_ref().filter(|job| job.attempt == number).map_or(0, |job| job.began);
                Verdict::Unclear { attempt: attempt(number), marker, since, why }
            }
        })
    }

    /// Reserves the money, takes the one right to this attempt, and writes the intent down.
    fn take(&mut self, task: usize, attempt: u32, recipe: &Recipe, marker: &str) -> Result<Verdict, JournalError> {
        let (at, shot) = self.tasks[task];
        let board = &self.boards[at];
        let Make::Prompt(render) = &board.film.shots[shot].make else { return Ok(Verdict::Wait) };
        if self.outcome.interrupted {
            return Ok(Verdict::Refused(Refusal::Stopping));
        }
        if self.stopped.contains_key(render.provider.id) {
            return Ok(Verdict::Refused(Refusal::ServiceStopped));
        }
        let estimate = render.estimate();
        if let Err(why) = self.purse.reserve(task, estimate.as_ref()) {
            return Ok(Verdict::Refused(Refusal::Cap(why)));
        }
        let estimated = estimate.as_ref().and_then(|estimate| estimate.cost).map(|(_, most)| most);
        let intent = Intent {
            shot: board.film.shots[shot].id.clone(),
            service: render.provider.id.to_owned(),
            model: render.model.clone(),
            marker: marker.to_owned(),
            estimate: estimated,
            tokens: estimate.map(|estimate| estimate.tokens.1),
            run: self.journal.run().clone(),
        };
        let claimed = (self.ports.store.keep_recipe(recipe).map_err(JournalError::from))
            .and_then(|()| self.journal.take(recipe.digest(), attempt, intent));
        let written = match claimed {
            Ok(Some(claim)) => self
                .journal
                .submitting(claim)
                .map(|()| Verdict::Order(Attempt { number: attempt, estimated, old: false })),
            // Another process was quicker.
            Ok(None) => Ok(Verdict::Wait),
            Err(error) => Err(error),
        };
        if !matches!(written, Ok(Verdict::Order(_))) {
            self.purse.release(task);
        }
        written
    }

    /// Takes leave back from a worker that is gone before it heard of it: it has not ordered.
    pub(super) fn take_back(&mut self, task: usize, verdict: &Verdict) {
        if let Verdict::Order(attempt) = verdict {
            let _ = self.note_step(task, attempt.number, PaidStep::Unsent("the run was stopped".to_owned()));
        }
    }

    /// Writes a step of a paid job down, and moves the money as it says.
    pub(super) fn note_step(&mut self, task: usize, attempt: u32, step: PaidStep) -> Result<(), String> {
        let (at, shot) = self.tasks[task];
        let recipe = self.recipe(at, shot).ok_or("the recipe is not closed")?.digest();
        let service = self.render(task).map_or("", |render| render.provider.id).to_owned();
        let record = match step {
            PaidStep::Unsent(why) => {
                self.purse.release(task);
                Record::Unsent { why }
            }
            PaidStep::Submitted(ticket) => Record::Submitted { service, task: ticket.0 },
            PaidStep::Delivered(delivery) => Record::Delivered(delivery),
            PaidStep::Failed(error) => {
                match error.charged {
                    Charged::No => self.purse.release(task),
                    // What may be charged counts as spent.
                    Charged::Yes | Charged::Unknown => drop(self.charge(task, None)),
                }
                let (kind, charged, message) = (error.kind.word().to_owned(), error.charged, error.to_string());
                Record::Failed(Failure { kind, charged, message })
            }
            // The money stays reserved: it may be spent.
            PaidStep::Unclear(why) => Record::Unclear { why },
            PaidStep::Forgotten(why) => Record::Forgotten { why },
        };
        self.journal.append(&Entry { recipe, attempt, record }).map_err(|error| crate::legible::chain(&error))
    }

    /// Takes in what a rendered shot has brought: the journal hears that it is stored, the purse what it cost, and the
    /// history how long it took. Gives what was paid in this run.
    pub(super) fn settle(&mut self, task: usize, made: &Made) -> Option<Charge> {
        let arrival = made.arrival.as_ref()?;
        let attempt = arrival.attempt?.number;
        let render = self.render(task)?;
        let (service, kind) = (render.provider, Kind::of(render));
        let Taken { recipe, clip, last_frame, ref facts, paid, .. } = made.taken;
        if let Some((length, looks)) = arrival.noticed {
            self.allowances.entry(service.id).or_default().note(length, looks);
            self.history.note(&kind, length);
            self.ports.store.keep_history(&self.history.text());
        }
        self.originals.note(service, &arrival.delivery, clip, last_frame);
        let stored = Stored { clip, last_frame, frames: facts.video.frames, bytes: facts.bytes };
        if let Err(error) = self.journal.append(&Entry { recipe, attempt, record: Record::Stored(stored) }) {
            // The clip and its receipt are in the store; the journal will say that it is to be fetched, for nothing.
            self.say(&Event::Warned { message: crate::legible::chain(&error) });
        }
        self.charge(task, paid)
    }

    /// Puts what a task cost on the bill, once; `None` where it was not ordered in this run.
    fn charge(&mut self, task: usize, billed: Option<Money>) -> Option<Charge> {
        if !self.purse.holds(task) {
            return None;
        }
        let (at, shot) = self.tasks[task];
        let render = self.render(task)?;
        let (service, estimated) = (render.provider.id, render.estimate().and_then(|estimate| estimate.cost));
        let paid = self.purse.settle(task, billed);
        let charge = Charge { key: self.key(at, shot), service, estimated, paid };
        self.bill.0.push(charge.clone());
        Some(charge)
    }

    /// Says of every service whose bills are far from their estimates what that comes to, and what to do.
    pub(super) fn warn_of_drift(&mut self) {
        let services: BTreeSet<&str> = self.bill.0.iter().map(|charge| charge.service).collect();
        let warnings: Vec<String> = services
            .into_iter()
            .filter_map(|id| {
                let all = Bill(self.bill.0.iter().filter(|charge| charge.service == id).cloned().collect());
                let far: Vec<&str> =
                    (all.0.iter()).filter(|charge| charge.drifts()).map(|charge| charge.key.shot.as_str()).collect();
                let (billed, (_, most)) = (all.billed(), all.estimated());
                (!far.is_empty()).then(|| {
                    format!(
                        "`{id}` billed {} of {} more than {DRIFT} % away from the estimate ({}), in total {billed} for \
                         {most} estimated: see what it asks now, and set that under `providers.{id}.prices`",
                        far.len(),
                        count(all.0.len(), "clip"),
                        listed(far.iter().copied(), 12),
                    )
                })
            })
            .collect();
        warnings.into_iter().for_each(|message| self.say(&Event::Warned { message }));
    }

    fn render(&self, task: usize) -> Option<&Render> {
        let (at, shot) = self.tasks[task];
        match &self.boards[at].film.shots[shot].make {
            Make::Prompt(render) => Some(render),
            _ => None,
        }
    }

    fn recipe(&self, at: usize, shot: usize) -> Option<Recipe> {
        let clip = |other: usize| self.taken[at][other].as_ref().map(|taken| taken.clip);
        Recipe::of(&self.boards[at].film, shot, &clip)
    }
}
