//! The books of a run: what it may spend, every step of every order written down, and what each cost in the end.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use storyreel_core::budget::{Budget, Cap, OverLimit};
use storyreel_core::event::{Bill, Charge, Paid, ShotKey};
use storyreel_core::job::{AttemptFailure, AttemptId, Intent, Record, RunId, Stored};
use storyreel_core::lock::ClipRecord;
use storyreel_core::money::Money;
use storyreel_core::provider::reply::Charged;
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::chain;
use storyreel_core::spend::Right;
use storyreel_core::units::Digest;
use storyreel_providers::Ticket;

use super::message::{Attempt, PaidStep};
use crate::journal::{Journal, JournalError, Journals};
use crate::store::Store;

/// An order of this run, as far as its bill needs it.
#[derive(Debug, Clone)]
pub(super) struct OpenOrder {
    pub(super) key: ShotKey,
    pub(super) provider: &'static str,
    /// The least and the most that it is expected to cost; `None`: not known.
    pub(super) estimated: Option<(Money, Money)>,
    /// Whether a server of the user's own makes it, which costs nothing whatever comes of it.
    pub(super) is_free: bool,
}

/// What came of taking the right to an attempt.
pub(super) enum Claimed {
    /// The right is record and what is meant to be done is on disk.
    Written(Attempt),
    /// Another process was quicker.
    Elsewhere,
}

pub(super) struct Ledger {
    store: Store,
    journal: Journal,
    /// What all runs wrote down; read when it is first asked for.
    journals: Option<Journals>,
    budget: Budget,
    /// The orders of this run.
    orders: HashMap<AttemptId, OpenOrder>,
    /// What they cost, in the order in which that became known.
    charges: Vec<(AttemptId, Charge)>,
}

impl Ledger {
    pub(super) fn new(store: &Store, cap: Cap) -> Self {
        Self {
            store: store.clone(),
            journal: Journal::new(store),
            journals: None,
            budget: Budget::new(cap),
            orders: HashMap::new(),
            charges: Vec::new(),
        }
    }

    /// What may be done for a recipe.
    pub(super) fn right(&mut self, recipe: &Digest) -> Result<Right, JournalError> {
        let journals = match &mut self.journals {
            Some(journals) => journals,
            None => self.journals.insert(Journals::load(&self.store)?),
        };
        journals.take_in_shared(&[*recipe])?;
        for entry in journals.unpublished(recipe) {
            self.journal.publish(&entry);
        }
        journals.known_right(recipe, self.journal.run())
    }

    /// The attempt that is taken after another one.
    pub(super) fn attempt_after(&self, id: AttemptId) -> AttemptId {
        let range = self.store.attempts();
        let attempt = match range.shared_number(id.attempt) {
            Some(_) => id.attempt + 1,
            // The order was placed before the store was shared.
            None => range.next([]),
        };
        AttemptId { attempt, ..id }
    }

    /// What could not be told to other machines: the next run with the same store tells it.
    pub(super) fn unpublished(&mut self) -> Option<String> {
        let fault = self.journal.take_unpublished()?;
        Some(format!(
            "other machines do not know yet what came of an order ({}); the next run tells them",
            chain(&fault)
        ))
    }

    /// What is written of an attempt, and its task where it has one.
    pub(super) fn attempt(&self, id: AttemptId) -> Option<(Attempt, Option<Ticket>)> {
        let job = self.journals.as_ref()?.attempt(id)?;
        let intent = Arc::clone(job.state.shared_intent()?);
        let attempt = Attempt { id, intent, was_shown: job.state.was_shown(), ordered_at: job.began };
        Some((attempt, job.state.task().map(|task| Ticket(task.to_owned()))))
    }

    /// Why earlier tasks of a recipe ended without a clip, in the order of the attempts.
    pub(super) fn failures(&self, recipe: &Recipe) -> Vec<AttemptFailure> {
        self.journals.as_ref().map(|journals| journals.failures(&recipe.digest())).unwrap_or_default()
    }

    /// Whether anything is written of this task for a recipe.
    pub(super) fn knows_task(&self, recipe: &Digest, task: &str) -> bool {
        self.journals.as_ref().is_some_and(|journals| journals.knows_task(recipe, task))
    }

    /// The tasks of all orders, by their ids.
    pub(super) fn known_tasks(&self) -> BTreeSet<String> {
        let jobs = self.journals.as_ref().map(Journals::jobs).unwrap_or_default();
        jobs.iter().filter_map(|job| job.state.task()).map(str::to_owned).collect()
    }

    /// The latest attempt at a recipe of which anything is written.
    pub(super) fn latest(&self, recipe: Digest) -> Option<AttemptId> {
        let job = self.journals.as_ref()?.job(&recipe)?;
        Some(AttemptId { recipe, attempt: job.attempt })
    }

    /// Whether another order that can cost `most` is within the limit.
    pub(super) fn allows(&self, most: Option<Money>) -> Result<(), OverLimit> {
        self.budget.allows(&storyreel_core::budget::Expense::of_order(most))
    }

    /// Reserves the most that an order can cost.
    pub(super) fn reserve(&mut self, attempt: AttemptId, ordered: OpenOrder) -> Result<(), OverLimit> {
        self.budget.reserve(attempt, ordered.estimated.map(|(_, most)| most))?;
        self.orders.insert(attempt, ordered);
        Ok(())
    }

    /// Gives back what was reserved for an order that was never sent.
    pub(super) fn release(&mut self, attempt: AttemptId) {
        self.budget.release(attempt);
        self.orders.remove(&attempt);
    }

    /// Takes the one right to an attempt and writes down that its order goes out now.
    pub(super) fn begin(&mut self, id: AttemptId, recipe: &Recipe, intent: Intent) -> Result<Claimed, JournalError> {
        self.store.keep_recipe(recipe).map_err(JournalError::from)?;
        let Some(claim) = self.journal.take(id.recipe, id.attempt, intent)? else { return Ok(Claimed::Elsewhere) };
        let intent = claim.intent().clone();
        self.journal.submitting(claim)?;
        Ok(Claimed::Written(Attempt { id, intent: intent.into(), was_shown: false, ordered_at: Journal::now() }))
    }

    /// Takes over what a lock says was bought, so that its clip is fetched as all are. Nothing is ordered.
    pub(super) fn adopt(
        &mut self,
        id: AttemptId,
        recipe: &Recipe,
        intent: Intent,
        bought: &ClipRecord,
        ticket: &Ticket,
    ) -> Result<Claimed, JournalError> {
        // What it cost stands in the receipt, which goes before the clip here.
        self.store.record(recipe, bought).map_err(JournalError::from)?;
        let Some(claim) = self.journal.take(id.recipe, id.attempt, intent)? else { return Ok(Claimed::Elsewhere) };
        let intent = claim.intent().clone();
        self.journal.bought(claim, &ticket.0)?;
        Ok(Claimed::Written(Attempt { id, intent: intent.into(), was_shown: true, ordered_at: Journal::now() }))
    }

    /// Writes a step of an order down; only then is it settled here.
    pub(super) fn note(&mut self, attempt: AttemptId, step: &PaidStep) -> Result<(), String> {
        let record = Self::record(step);
        self.journal.append(&attempt.entry(record)).map_err(|error| chain(&error))?;
        match step {
            PaidStep::Unsent(_) => self.budget.release(attempt),
            PaidStep::Submitted { .. } => {
                self.budget.found(attempt);
                self.charge(attempt, Paid::OnOrder);
            }
            PaidStep::Delivered(_) => {}
            PaidStep::Failed(error) => match error.charged {
                Charged::No => {
                    self.budget.release(attempt);
                    self.charges.retain(|(of, _)| *of != attempt);
                }
                Charged::Yes(amount) => self.settle(attempt, amount.map_or(Paid::Unknown, Paid::Known)),
                Charged::Unknown => self.settle(attempt, Paid::Perhaps),
            },
            PaidStep::Stored(record) => self.settle(attempt, record.paid.map_or(Paid::Unknown, Paid::Known)),
            PaidStep::Unclear(_) => {
                self.budget.doubt(attempt);
                self.charge(attempt, Paid::Perhaps);
            }
            PaidStep::Forgotten(_) => self.settle(attempt, Paid::Perhaps),
        }
        Ok(())
    }

    /// The name of this run.
    pub(super) const fn run(&self) -> &RunId {
        self.journal.run()
    }

    /// Writes down that an order was never record, or never sent.
    pub(super) fn unsent(&mut self, attempt: AttemptId, why: &str) -> Result<(), JournalError> {
        self.journal.append(&attempt.entry(Record::Unsent { why: why.to_owned() }))?;
        self.budget.release(attempt);
        Ok(())
    }

    /// Writes down that the user gives up what was bought.
    pub(super) fn give_up(&mut self, attempt: AttemptId) -> Result<(), JournalError> {
        self.journal.append(&attempt.entry(Record::GivenUp))
    }

    fn record(step: &PaidStep) -> Record {
        match step.clone() {
            PaidStep::Unsent(why) => Record::Unsent { why },
            PaidStep::Submitted { provider, ticket } => {
                Record::Submitted { provider: provider.to_owned(), task: ticket.0 }
            }
            PaidStep::Delivered(delivery) => Record::Delivered(delivery),
            PaidStep::Failed(error) => Record::Failed(AttemptFailure {
                kind: error.kind.word().to_owned(),
                charged: error.charged,
                message: error.to_string(),
            }),
            PaidStep::Stored(record) => Record::Stored(Stored {
                clip: record.clip,
                last_frame: record.last_frame,
                frames: record.facts.video.frames,
                bytes: record.facts.bytes,
            }),
            PaidStep::Unclear(why) => Record::Unclear { why },
            PaidStep::Forgotten(why) => Record::Forgotten { why },
        }
    }

    fn settle(&mut self, attempt: AttemptId, paid: Paid) {
        let known = match paid {
            Paid::Known(money) => Some(money),
            Paid::Unknown | Paid::Perhaps | Paid::OnOrder => None,
        };
        self.budget.settle(attempt, known);
        self.charge(attempt, paid);
    }

    /// Puts what an order of this run cost on the bill, once.
    fn charge(&mut self, attempt: AttemptId, paid: Paid) {
        let Some(OpenOrder { key, provider, estimated, is_free }) = self.orders.get(&attempt).cloned() else { return };
        let paid = match (paid, estimated) {
            (Paid::Perhaps | Paid::OnOrder, Some((nothing, _))) if is_free => Paid::Known(nothing),
            (paid, _) => paid,
        };
        self.charges.retain(|(of, _)| *of != attempt);
        self.charges.push((attempt, Charge { key, provider, estimated, paid }));
    }

    /// What an order of this run cost.
    pub(super) fn charge_of(&self, attempt: AttemptId) -> Option<&Charge> {
        self.charges.iter().find(|(of, _)| *of == attempt).map(|(_, charge)| charge)
    }

    /// What all orders of this run cost.
    pub(super) fn bill(&self) -> Bill {
        Bill(self.charges.iter().map(|(_, charge)| charge.clone()).collect())
    }
}
