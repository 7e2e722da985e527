//! The beginning of one shot: its recipe closed, the store asked once more, everything gathered that its worker needs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::event::Event;
use storyreel_core::film::{LostOrders, Render};
use storyreel_core::index::TaskId;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{Action, KnownClips as _, Why};
use storyreel_core::polling::Polling;
use storyreel_core::provider::BUILT_IN;
use storyreel_core::recipe::Recipe;
use storyreel_core::units::Digest;
use storyreel_providers::Renderer;
use tokio::sync::mpsc::UnboundedSender;

use super::EngineError;
use super::failure::{Refusal, ShotFailure};
use super::message::{Message, Messenger};
use super::session::{BatchShot, Session};
use super::worker_context::{Order, WorkerContext};

/// What came of starting a task.
pub(super) enum TaskStart {
    /// A worker can make it.
    Working { order: Box<Order>, context: WorkerContext },
    /// Another task makes the same recipe.
    Duplicate,
    /// Its clip is in the store.
    Found(Box<ClipRecord>),
    /// It cannot be made.
    Failed(ShotFailure),
}

impl Session<'_, '_> {
    /// Closes the recipe of a task whose parents are stored, and looks once more whether its clip exists.
    pub(super) fn start(&mut self, task: TaskId, line: &UnboundedSender<Message>) -> Result<TaskStart, EngineError> {
        let at = self.tasks[task];
        if self.step(at).why == Why::FrozenMissing {
            return Ok(TaskStart::Failed(ShotFailure::Refused(Refusal::Frozen)));
        }
        let Some(recipe) = self.recipe(at) else {
            return Ok(TaskStart::Failed(ShotFailure::Needs(self.missing_parent(at))));
        };
        let digest = recipe.digest();
        if let Some(duplicates) = self.duplicates.get_mut(&digest) {
            duplicates.push(task);
            return Ok(TaskStart::Duplicate);
        }
        if let Some(found) = self.stored_clip(&digest) {
            return Ok(TaskStart::Found(Box::new(found)));
        }
        let order = match self.order(at, recipe) {
            Ok(order) => Box::new(order),
            Err(failure) => return Ok(TaskStart::Failed(failure)),
        };
        self.duplicates.insert(digest, Vec::new());
        let maker = order.provider.as_ref().map_or("local", |provider| provider.provider().id);
        let key = order.key.clone();
        let expected = self.step(at).expected;
        self.progress.say(&Event::ShotStarted { key: key.clone(), maker: maker.to_owned(), expected });
        let context = WorkerContext {
            store: self.ports.store.clone(),
            studio: Arc::clone(&self.ports.studio),
            work: self.work_folder()?,
            messenger: Messenger { task, key, line: line.clone() },
            backoff: self.backoff.clone(),
        };
        Ok(TaskStart::Working { order, context })
    }

    /// The clip that a recipe gave, where it is in the store.
    pub(super) fn stored_clip(&self, recipe: &Digest) -> Option<ClipRecord> {
        let store = self.ports.store;
        store.receipt(recipe).filter(|found| store.has(&found.clip))
    }

    /// The name of the first shot that a shot needs and that has no clip.
    fn missing_parent(&self, at: BatchShot) -> String {
        let clips = &self.clips[at.board];
        let missing = self.step(at).needs.iter().find(|&&need| clips[need].is_none());
        if let Some(&shot) = missing {
            return self.shot(BatchShot { shot, ..at }).id.to_string();
        }
        let shot = self.shot(at);
        shot.tail_of.map_or_else(String::new, |take| format!("{}, take {take}", shot.id))
    }

    fn work_folder(&mut self) -> Result<PathBuf, EngineError> {
        let work = match &self.work {
            Some(work) => work,
            None => self.work.insert(self.ports.store.workspace()?),
        };
        Ok(work.path().to_owned())
    }

    /// Everything that the worker of a shot needs.
    fn order(&self, at: BatchShot, recipe: Recipe) -> Result<Order, ShotFailure> {
        let board = &self.boards[at.board];
        let clips = &self.clips[at.board];
        let shot = self.shot(at);
        let step = self.step(at);
        let render = self.render(at);
        let provider = match render {
            Some(render) => Some(self.renderer(render)?),
            None => None,
        };
        let mut polling = match render {
            Some(render) => self.pacing.polling(render, board.film.providers.get(render.provider.id)),
            None => Polling::of(&BUILT_IN, None),
        };
        if !self.ports.patience.for_tasks && render.is_some_and(|render| render.provider.is_paid) {
            // One look, and no more.
            polling.deadline = Duration::ZERO;
        }
        let parents = step.needs.iter().filter_map(|&need| Some((need, clips[need].clone()?)));
        Ok(Order {
            key: self.key(at),
            shot: shot.clone(),
            recipe,
            folder: board.folder.clone(),
            size: board.film.size,
            colours: board.film.colours,
            // What models render has their rate, and so has what stands in for it.
            rate: render.map_or(board.film.rate, |render| render.spec.family.rate()),
            parents: parents.collect(),
            tail: shot.tail_of.and_then(|take| board.lock.take(&shot.id, take)).cloned(),
            provider,
            hands_on: shot.return_last_frame || board.graph.hands_on(at.shot),
            collect: matches!(step.action, Action::Collect { .. }),
            rebuy: self.ports.rebuy,
            lost: render.map_or(LostOrders::Unknown, Render::lost_orders),
            patience: self.ports.patience,
            polling,
            originals: self.originals.clone(),
        })
    }

    /// Who renders a shot, unless nothing more is ordered there.
    fn renderer(&self, render: &Render) -> Result<Arc<dyn Renderer>, ShotFailure> {
        let id = render.provider.id;
        if self.stopped_providers.contains_key(id) {
            return Err(ShotFailure::Refused(Refusal::ProviderStopped));
        }
        self.ports.providers.get(id).map(Arc::clone).ok_or(ShotFailure::NotSetUp(id))
    }
}
