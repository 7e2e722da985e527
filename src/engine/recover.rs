//! Fetching what earlier runs have paid for. Nothing is ordered here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::budget::Cap;
use storyreel_core::event::{Event, ShotKey};
use storyreel_core::film::ProviderSpec;
use storyreel_core::index::{BoardIndex, TaskId};
use storyreel_core::job::{AttemptId, JobState};
use storyreel_core::lock::ClipRecord;
use storyreel_core::polling::Polling;
use storyreel_core::provider::reply::ProviderError;
use storyreel_core::sanitize::chain;
use storyreel_media::studio::Studio;
use storyreel_providers::{Renderer, Ticket};
use tokio::sync::mpsc::unbounded_channel;

use super::backoff::Backoff;
use super::failure::ShotFailure;
use super::ledger::Ledger;
use super::message::{Attempt, Message, Messenger};
use super::paid_job::{self, Ended, PaidTask};
use super::worker_context::WorkerContext;
use crate::journal::Job;
use crate::store::{Store, StoreError};

/// What fetching works with.
pub struct Recovery<'a> {
    store: &'a Store,
    studio: Arc<Studio>,
    /// The services that can be reached, by id.
    providers: BTreeMap<&'static str, Arc<dyn Renderer>>,
    /// What this run writes down.
    ledger: Ledger,
    /// How long tasks that are not done yet are waited for.
    patience: Duration,
}

/// What came of one paid job.
#[derive(Debug)]
pub enum Recovered {
    /// Its clip is in the store.
    Stored(Box<ClipRecord>),
    /// The service still works on it; its last words, where it said something else.
    Running(Option<String>),
    /// It is over without a clip.
    Over(ProviderError),
    /// Its service no longer knows the task: the user must decide.
    Forgotten(String),
    /// It could not be fetched now; it is tried again the next time.
    NotNow(String),
}

impl<'a> Recovery<'a> {
    /// Fetches into `store` from `providers`, waiting for `patience` for each task that is not done.
    #[must_use]
    pub fn new(
        store: &'a Store,
        studio: Arc<Studio>,
        providers: BTreeMap<&'static str, Arc<dyn Renderer>>,
        patience: Duration,
    ) -> Self {
        Self { store, studio, providers, ledger: Ledger::new(store, Cap::default()), patience }
    }

    /// Looks at the task of a job and brings its clip into the store, with its receipt. What happens meanwhile is said.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn fetch(
        &mut self,
        job: &Job,
        spec: Option<&ProviderSpec>,
        say: &mut (dyn FnMut(&Event) + Send),
    ) -> Result<Recovered, StoreError> {
        let Some((intent, task)) = job.state.shared_intent().zip(job.state.task()) else {
            return Ok(Recovered::NotNow("it has no task".to_owned()));
        };
        let id = &intent.provider;
        let Some(provider) = self.providers.get(id.as_str()).map(Arc::clone) else {
            return Ok(Recovered::NotNow(format!("`{id}` cannot be reached: its key or address is not set")));
        };
        let Some(recipe) = storyreel_core::plan::KnownClips::recipe(self.store, &job.recipe) else {
            return Ok(Recovered::NotNow("its recipe is gone from the store".to_owned()));
        };
        let work = self.store.workspace()?;
        let (line, mut heard) = unbounded_channel();
        let key = ShotKey { board: BoardIndex(0), shot: intent.shot.clone() };
        let context = WorkerContext {
            store: self.store.clone(),
            studio: Arc::clone(&self.studio),
            work: work.path().to_owned(),
            messenger: Messenger { task: TaskId(0), key, line },
            backoff: Backoff::default(),
        };
        let id = AttemptId { recipe: job.recipe, attempt: job.attempt };
        let was_shown = job.state.was_shown();
        let attempt = Attempt { id, intent: Arc::clone(intent), was_shown, ordered_at: job.began };
        let paid = PaidTask { ticket: Ticket(task.to_owned()), attempt, since: None };
        let polling = Polling::of(provider.provider(), spec);
        let asked = spec.and_then(|spec| spec.deadline).map_or(self.patience, Duration::from_secs);
        let polling = Polling { deadline: self.patience.min(asked), ..polling };
        let work = paid_job::complete(&context, &*provider, &recipe, &paid, &polling);
        tokio::pin!(work);
        let ended = loop {
            tokio::select! {
                biased;
                Some(message) = heard.recv() => hear(&mut self.ledger, message, say),
                ended = &mut work => break ended,
            }
        };
        Ok(recovered(ended))
    }
}

fn hear(ledger: &mut Ledger, message: Message, say: &mut (dyn FnMut(&Event) + Send)) {
    match message {
        Message::Say(event) => say(&event),
        Message::Note { attempt, step, written } => {
            let result = ledger.note(attempt, &step);
            let _ = written.send(result);
        }
        // A job that has a task asks for none; without an answer it would be refused.
        Message::Authorize { .. } => {}
    }
}

fn recovered(ended: Result<Ended, ShotFailure>) -> Recovered {
    match ended {
        Ok(Ended::Arrived(arrival)) => Recovered::Stored(Box::new(arrival.record.clone())),
        Ok(Ended::Over(error)) => Recovered::Over(error),
        Ok(Ended::Forgotten(why)) => Recovered::Forgotten(why),
        Err(ShotFailure::Deadline { said, .. }) => Recovered::Running(said),
        Err(failure) => Recovered::NotNow(chain(&failure)),
    }
}

/// The jobs that are paid and whose clips are yet to be fetched, of runs that are over.
#[must_use]
pub fn collectable(jobs: Vec<Job>) -> Vec<Job> {
    jobs.into_iter().filter(is_collectable).collect()
}

fn is_collectable(job: &Job) -> bool {
    let is_paid = matches!(job.state, JobState::Submitted { .. } | JobState::Delivered { .. });
    is_paid && !job.lives
}
