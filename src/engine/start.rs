//! The beginning of one shot: its recipe closed, the store asked once more, everything gathered that its worker needs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::desk::{Desk, Refusal, Word};
use super::history::Kind;
use super::pace::Allowance;
use super::session::Session;
use super::worker::{Bench, Failure, Order};
use super::{Board, EngineError};
use crate::event::Event;
use crate::film::{Make, Render};
use crate::lock::Taken;
use crate::plan::{Action, Known as _};
use crate::provider::Ticket;
use crate::recipe::Recipe;
use crate::service::{BUILT_IN, PollBounds};
use crate::units::Rate;

/// How long a task is waited for when nothing else is said: what the official samples wait.
const DEADLINE: Duration = Duration::from_mins(30);

/// What came of starting a task.
pub(super) enum Begun {
    Working(Box<Order>, Bench),
    /// Another task makes the same recipe.
    Waiting,
    Found(Box<Taken>),
    Failed(Failure),
}

impl Session<'_, '_> {
    /// Closes the recipe of a task whose parents are stored, and looks once more whether its clip exists.
    pub(super) fn start(&mut self, task: usize, line: &UnboundedSender<Word>) -> Result<Begun, EngineError> {
        let (at, index) = self.tasks[task];
        let (board, taken) = (&self.boards[at], &self.taken[at]);
        let clip = |other: usize| taken[other].as_ref().map(|taken| taken.clip);
        let Some(recipe) = Recipe::of(&board.film, index, &clip) else {
            let missing = board.plan.steps[index].needs.iter().find(|&&need| taken[need].is_none());
            let name = missing.map_or_else(String::new, |&need| board.film.shots[need].id.to_string());
            return Ok(Begun::Failed(Failure::Needs(name)));
        };
        let digest = recipe.digest();
        if let Some(twins) = self.twins.get_mut(&digest) {
            twins.push(task);
            return Ok(Begun::Waiting);
        }
        if let Some(found) = self.ports.store.receipt(&digest).filter(|found| self.ports.store.has(&found.clip)) {
            return Ok(Begun::Found(Box::new(found)));
        }
        let order = match self.order(at, index, recipe) {
            Ok(order) => order,
            Err(failure) => return Ok(Begun::Failed(failure)),
        };
        self.twins.insert(digest, Vec::new());
        let work = match &self.work {
            Some(work) => work.path().to_owned(),
            None => self.work.insert(self.ports.store.workspace()?).path().to_owned(),
        };
        let (store, studio) = (self.ports.store.clone(), Arc::clone(&self.ports.studio));
        let maker = order.provider.as_ref().map_or("local", |provider| provider.service().id);
        let (key, expected) = (order.key.clone(), self.boards[at].plan.steps[index].expected);
        self.say(&Event::ShotStarted { key: key.clone(), maker: maker.to_owned(), expected });
        let desk = Desk { task, key, line: line.clone() };
        Ok(Begun::Working(Box::new(order), Bench { store, studio, work, desk }))
    }

    /// Everything that the worker of a shot needs.
    fn order(&self, at: usize, index: usize, recipe: Recipe) -> Result<Order, Failure> {
        let (board, taken) = (&self.boards[at], &self.taken[at]);
        let (shot, step) = (&board.film.shots[index], &board.plan.steps[index]);
        let render = match &shot.make {
            Make::Prompt(render) => Some(render),
            _ => None,
        };
        if render.is_some_and(|render| self.stopped.contains_key(render.provider.id)) {
            return Err(Failure::Refused(Refusal::ServiceStopped));
        }
        let provider = match render {
            Some(render) => match self.ports.providers.get(render.provider.id) {
                Some(provider) => Some(Arc::clone(provider)),
                None => return Err(Failure::NotSetUp(render.provider.id)),
            },
            None => None,
        };
        let parents = step.needs.iter().filter_map(|&need| Some((need, taken[need].clone()?))).collect();
        let collect = match &step.action {
            Action::Collect { task, .. } => Some(Ticket(task.clone())),
            _ => None,
        };
        let (looks, deadline) = render.map_or((BUILT_IN.poll, DEADLINE), |render| patience(board, render));
        Ok(Order {
            key: self.key(at, index),
            shot: shot.clone(),
            recipe,
            folder: board.folder.clone(),
            size: board.film.size,
            // What models render has their rate, and so has what stands in for it.
            rate: render.map_or(board.film.rate, |_| Rate::FILM),
            parents,
            provider,
            hands_on: shot.return_last_frame || board.graph.hands_on(index),
            collect,
            looks,
            longest: render
                .and_then(|render| board.film.providers.get(render.provider.id)?.longest_pause)
                .map(Duration::from_secs),
            known: render.map(|render| self.history.lengths(&Kind::of(render))).unwrap_or_default(),
            allowance: render.map_or_else(Allowance::default, |render| self.allowance(render.provider.id)),
            deadline,
            originals: self.originals.clone(),
        })
    }
}

/// How often the task of a render is looked at, and when it is left alone: as the storyboard says, else as the service
/// documents.
fn patience(board: &Board, render: &Render) -> (PollBounds, Duration) {
    let service = render.provider;
    let Some(wish) = board.film.providers.get(service.id) else { return (service.poll, DEADLINE) };
    let first = wish.first_look.unwrap_or(service.poll.first);
    let longest = wish.longest_pause.unwrap_or(service.poll.longest);
    let looks = PollBounds { first, longest, ..service.poll };
    (looks, wish.deadline.map_or(DEADLINE, Duration::from_secs))
}
