//! The beginning of one shot: its recipe closed, the store asked once more, everything gathered that its worker needs.

use std::sync::Arc;

use storyreel_core::event::Event;
use storyreel_core::film::{Make, Render};
use storyreel_core::plan::{Action, KnownClips as _};
use storyreel_core::provider::BUILT_IN;
use storyreel_core::recipe::Recipe;
use storyreel_core::units::Rate;
use tokio::sync::mpsc::UnboundedSender;

use super::failure::{Refusal, ShotFailure};
use super::message::{Message, Messenger};
use super::session::{Begun, Session};
use super::worker_context::{Order, WorkerContext};
use super::{Board, EngineError};
use storyreel_core::polling::Polling;
use storyreel_core::polling::history::TaskKind;

impl Session<'_, '_> {
    /// Closes the recipe of a task whose parents are stored, and looks once more whether its clip exists.
    pub(super) fn start(&mut self, task: usize, line: &UnboundedSender<Message>) -> Result<Begun, EngineError> {
        let (at, index) = self.tasks[task];
        let (board, taken) = (&self.boards[at], &self.taken[at]);
        let clip = |other: usize| taken[other].as_ref().map(|taken| taken.clip);
        let Some(recipe) = Recipe::of(&board.film, index, &clip) else {
            let missing = board.plan.steps[index].needs.iter().find(|&&need| taken[need].is_none());
            let name = missing.map_or_else(String::new, |&need| board.film.shots[need].id.to_string());
            return Ok(Begun::Failed(ShotFailure::Needs(name)));
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
        let messenger = Messenger { task, key, line: line.clone() };
        Ok(Begun::Working(Box::new(order), WorkerContext { store, studio, work, messenger }))
    }

    /// Everything that the worker of a shot needs.
    fn order(&self, at: usize, index: usize, recipe: Recipe) -> Result<Order, ShotFailure> {
        let (board, taken) = (&self.boards[at], &self.taken[at]);
        let (shot, step) = (&board.film.shots[index], &board.plan.steps[index]);
        let render = match &shot.make {
            Make::Prompt(render) => Some(render),
            _ => None,
        };
        if render.is_some_and(|render| self.stopped.contains_key(render.provider.id)) {
            return Err(ShotFailure::Refused(Refusal::ServiceStopped));
        }
        let provider = match render {
            Some(render) => match self.ports.providers.get(render.provider.id) {
                Some(provider) => Some(Arc::clone(provider)),
                None => return Err(ShotFailure::NotSetUp(render.provider.id)),
            },
            None => None,
        };
        let parents = step.needs.iter().filter_map(|&need| Some((need, taken[need].clone()?))).collect();
        let collect = matches!(step.action, Action::Collect { .. });
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
            rebuy: self.ports.rebuy,
            polling: self.polling(board, render.map(AsRef::as_ref)),
            originals: self.originals.clone(),
        })
    }

    /// How often the task of a render is looked at, and when it is left alone: as the storyboard says, else as the
    /// service documents.
    fn polling(&self, board: &Board, render: Option<&Render>) -> Polling {
        let Some(render) = render else { return Polling::of(&BUILT_IN, None) };
        let polling = Polling::of(render.provider, board.film.providers.get(render.provider.id));
        let known = self.history.lengths(&TaskKind::of(render));
        Polling { known, allowance: self.allowance(render.provider.id), ..polling }
    }
}
