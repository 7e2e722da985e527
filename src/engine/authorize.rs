//! Whether a shot may be ordered now.

use storyreel_core::film::Render;
use storyreel_core::index::TaskId;
use storyreel_core::job::{AttemptId, Intent, RunId};
use storyreel_core::lock::ClipRecord;
use storyreel_core::money::Money;
use storyreel_core::recipe::Recipe;
use storyreel_core::retry::task_again_after;
use storyreel_core::sanitize::chain;
use storyreel_core::spend::Right;
use storyreel_providers::Ticket;

use super::failure::Refusal;
use super::ledger::{Claimed, OpenOrder};
use super::message::{Authorization, Lost, OrderRequest};
use super::session::Session;
use crate::journal::{Journal, JournalError};

/// How long ago an order of another machine must have been begun, in seconds, before a run that waits for nothing asks
/// about it: far longer than a request takes.
const SILENT: u64 = 15 * 60;

impl Session<'_, '_> {
    /// Whether the shot of a task may be ordered. With an order the intent is on the disk and the money is reserved.
    pub(super) fn authorize(&mut self, task: TaskId, order: &OrderRequest) -> Authorization {
        let Some(recipe) = self.recipe(self.tasks[task]) else { return Authorization::Refused(Refusal::Stopping) };
        let digest = recipe.digest();
        if let Some(found) = self.stored_clip(&digest) {
            return Authorization::Found(Box::new(found));
        }
        let answer = match self.ledger.right(&digest) {
            Ok(right) => self.answer(task, &right, &recipe, order),
            Err(error) => Err(error),
        };
        answer.unwrap_or_else(|error| Authorization::Refused(Refusal::Journal(chain(&error))))
    }

    fn answer(
        &mut self,
        task: TaskId,
        right: &Right,
        recipe: &Recipe,
        order: &OrderRequest,
    ) -> Result<Authorization, JournalError> {
        match right {
            Right::Take(_) if !self.ports.patience.for_tasks && !task_again_after(&self.ledger.failures(recipe)) => {
                let why = self.ledger.failures(recipe).pop().map(|failure| failure.message).unwrap_or_default();
                Ok(Authorization::Refused(Refusal::FailedBefore(why)))
            }
            Right::Take(attempt) => self.take(task, attempt_id(recipe, *attempt), recipe, order),
            Right::Wait { .. } => Ok(Authorization::Wait),
            Right::Silent { attempt, run } => Ok(self.silent(attempt_id(recipe, *attempt), run.as_ref(), order)),
            Right::Again { attempt, forgotten: Some(_), .. }
                if (self.ports.rebuy || self.is_free(task)) && order.forgotten && order.may_order =>
            {
                self.ledger.give_up(attempt_id(recipe, *attempt))?;
                let next = self.ledger.attempt_after(attempt_id(recipe, *attempt));
                self.take(task, next, recipe, order)
            }
            Right::Collect { attempt, task: ticket, .. } | Right::Again { attempt, task: ticket, .. } => {
                Ok(match self.ledger.attempt(attempt_id(recipe, *attempt)) {
                    Some((attempt, _)) => Authorization::Collect { attempt, ticket: Ticket(ticket.clone()) },
                    None => Authorization::Wait,
                })
            }
            // The clip is there and its receipt is not: the task is asked once more, which costs nothing.
            Right::Have(_) => {
                let latest = self.ledger.latest(recipe.digest()).and_then(|id| self.ledger.attempt(id));
                Ok(match latest {
                    Some((attempt, Some(ticket))) => Authorization::Collect { attempt, ticket },
                    _ => Authorization::Wait,
                })
            }
            Right::Ask { attempt, .. } if order.not_listed == Some(*attempt) => {
                self.order_again(task, attempt_id(recipe, *attempt), recipe, order)
            }
            Right::Ask { attempt, why } => Ok(match self.ledger.attempt(attempt_id(recipe, *attempt)) {
                Some((attempt, _)) => {
                    let known = self.ledger.known_tasks();
                    Authorization::Unclear(Lost { attempt, known, why: why.clone(), may_repeat: true })
                }
                None => Authorization::Refused(Refusal::Unclear(why.clone())),
            }),
        }
    }

    /// What is done about a run of another machine that has taken a token and not said what came of it: it is waited for.
    /// When that is over, the service's list may show its task. Ordered again it is not.
    fn silent(&self, id: AttemptId, run: Option<&RunId>, order: &OrderRequest) -> Authorization {
        let known = self.ledger.attempt(id);
        let waits = if self.ports.patience.for_tasks {
            !order.has_waited
        } else {
            // A run that waits for nothing goes by the clocks: all that follows from them is a question.
            let age = known.as_ref().map_or(0, |(attempt, _)| Journal::now().saturating_sub(attempt.ordered_at));
            age < SILENT
        };
        if waits {
            return Authorization::Wait;
        }
        let run = run.map_or_else(|| "an unknown run".to_owned(), |run| format!("the run `{run}`"));
        let why = format!("{run} of another machine took the order and has not said what came of it");
        match known {
            Some((attempt, _)) => {
                let known = self.ledger.known_tasks();
                Authorization::Unclear(Lost { attempt, known, why, may_repeat: false })
            }
            None => Authorization::Refused(Refusal::Unclear(why)),
        }
    }

    /// Orders once more what the service's list does not show, where the limit leaves room for it beside the order whose
    /// answer was lost.
    fn order_again(
        &mut self,
        task: TaskId,
        lost: AttemptId,
        recipe: &Recipe,
        order: &OrderRequest,
    ) -> Result<Authorization, JournalError> {
        if let Err(over) = self.ledger.allows(self.estimated(task).map(|(_, most)| most)) {
            let why = format!("the service does not list the task, and ordering it again {over}");
            return Ok(Authorization::Refused(Refusal::Unclear(why)));
        }
        if let Some(refusal) = self.refusal(task) {
            return Ok(Authorization::Refused(refusal));
        }
        self.ledger.unsent(lost, "the service does not list the task")?;
        let next = self.ledger.attempt_after(lost);
        self.take(task, next, recipe, order)
    }

    /// Why nothing more is ordered in this run, or not at this service.
    fn refusal(&self, task: TaskId) -> Option<Refusal> {
        if self.progress.outcome.interrupted {
            return Some(Refusal::Stopping);
        }
        let render = self.render(self.tasks[task])?;
        self.stopped_providers.contains_key(render.provider.id).then_some(Refusal::ProviderStopped)
    }

    /// Reserves the money, takes the one right to this attempt, and writes the intent down. What a lock says was bought
    /// is record over instead, so that it is fetched.
    fn take(
        &mut self,
        task: TaskId,
        id: AttemptId,
        recipe: &Recipe,
        order: &OrderRequest,
    ) -> Result<Authorization, JournalError> {
        if !order.forgotten
            && let Some(bought) = self.bought_before(task, recipe)
        {
            return self.adopt(task, id, recipe, &bought);
        }
        // Nobody was asked whether this may be spent, and its inputs are not at hand.
        if !order.may_order {
            return Ok(Authorization::Refused(Refusal::Gone));
        }
        if let Some(refusal) = self.refusal(task) {
            return Ok(Authorization::Refused(refusal));
        }
        let Some(intent) = self.intent(task, order) else { return Ok(Authorization::Wait) };
        let at = self.tasks[task];
        let provider = self.render(at).map_or("", |render| render.provider.id);
        let ordered =
            OpenOrder { key: self.key(at), provider, estimated: self.estimated(task), is_free: self.is_free(task) };
        if let Err(over) = self.ledger.reserve(id, ordered) {
            return Ok(Authorization::Refused(Refusal::OverLimit(over.to_string())));
        }
        match self.ledger.begin(id, recipe, intent) {
            Ok(Claimed::Written(attempt)) => Ok(Authorization::Order(attempt)),
            Ok(Claimed::Elsewhere) => {
                self.ledger.release(id);
                Ok(Authorization::Wait)
            }
            Err(error) => {
                self.ledger.release(id);
                Err(error)
            }
        }
    }

    /// Whether an order of a shot costs nothing.
    fn is_free(&self, task: TaskId) -> bool {
        self.render(self.tasks[task]).is_some_and(Render::is_free)
    }

    /// The entry of the lock for this very recipe, where it names a task at a service.
    fn bought_before(&self, task: TaskId, recipe: &Recipe) -> Option<ClipRecord> {
        let at = self.tasks[task];
        let digest = recipe.digest();
        let entry = self.boards[at.board].lock.of(&self.shot(at).id, &digest)?;
        let task = entry.task.as_deref()?;
        (entry.recipe == digest && !self.ledger.knows_task(&digest, task)).then(|| entry.clone())
    }

    fn adopt(
        &mut self,
        task: TaskId,
        id: AttemptId,
        recipe: &Recipe,
        bought: &ClipRecord,
    ) -> Result<Authorization, JournalError> {
        let Some(ticket) = bought.task.clone().map(Ticket) else { return Ok(Authorization::Wait) };
        let Some(intent) = self.intent(task, &OrderRequest::default()) else { return Ok(Authorization::Wait) };
        let intent = Intent {
            estimate: bought.estimated.or(bought.paid),
            tokens: bought.tokens,
            from_lock: true,
            hands_on: bought.last_frame.is_some(),
            ..intent
        };
        Ok(match self.ledger.adopt(id, recipe, intent, bought, &ticket)? {
            Claimed::Written(attempt) => Authorization::Collect { attempt, ticket },
            Claimed::Elsewhere => Authorization::Wait,
        })
    }

    fn intent(&self, task: TaskId, order: &OrderRequest) -> Option<Intent> {
        let at = self.tasks[task];
        let shot = self.shot(at);
        let render = self.render(at)?;
        let estimate = self.step(at).order_estimate();
        Some(Intent {
            shot: shot.id.clone(),
            provider: render.provider.id.to_owned(),
            model: render.spec.model.clone(),
            marker: order.marker.clone(),
            estimate: estimate.and_then(|estimate| estimate.cost).map(|(_, most)| most),
            tokens: estimate.map(|estimate| estimate.tokens.1),
            price: render.price.as_ref().map(|price| price.unit_price(&render.bought())),
            first_frame: order.first_frame,
            last_frame: order.last_frame,
            hands_on: shot.return_last_frame || self.boards[at.board].graph.hands_on(at.shot),
            speaks: !shot.dialogue.is_empty(),
            head: self.head(at),
            from_lock: false,
            run: self.ledger.run().clone(),
        })
    }

    /// What the plan says that the shot of a task costs: the least and the most.
    fn estimated(&self, task: TaskId) -> Option<(Money, Money)> {
        self.step(self.tasks[task]).order_estimate()?.cost
    }

    /// Takes back the authorization of a worker that is gone before it heard of it: it has not ordered.
    pub(super) fn take_back(&mut self, answer: &Authorization) {
        let Authorization::Order(attempt) = answer else { return };
        if let Err(error) = self.ledger.unsent(attempt.id, "the run was stopped before it was sent") {
            // It will be asked about in the next run, which is safe.
            self.progress.warn(chain(&error));
        }
    }
}

fn attempt_id(recipe: &Recipe, attempt: u32) -> AttemptId {
    AttemptId { recipe: recipe.digest(), attempt }
}
