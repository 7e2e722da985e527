//! Fetching what earlier runs have paid for. Nothing is ordered here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::arrival;
use super::counter::is_old;
use super::delivered::Asked;
use crate::clip::ClipFacts;
use crate::job::{Entry, Failure, JobState, Record, Stored};
use crate::journal::{Job, Journal, JournalError};
use crate::legible::chain;
use crate::lock::Taken;
use crate::media::{Depth, Ffmpeg};
use crate::plan::Known as _;
use crate::provider::{Provider, Ticket};
use crate::service::reply::{Delivery, ErrorKind, ServiceError, TaskState};
use crate::store::{Store, Workspace};
use crate::units::Digest;

/// What fetching works with.
pub struct Fetching<'a> {
    /// Where the clips go.
    pub store: &'a Store,
    /// Measures what arrives.
    pub ffmpeg: &'a Ffmpeg,
    /// The services that can be reached, by id.
    pub providers: BTreeMap<&'static str, Arc<dyn Provider>>,
    /// What this run writes down.
    pub journal: Journal,
    /// How long tasks that are not done yet are waited for.
    pub patience: Duration,
}

/// What came of one paid job.
#[derive(Debug)]
pub enum Recovered {
    /// Its clip is in the store.
    Stored(Box<Taken>),
    /// The service still works on it.
    Running,
    /// It is over without a clip.
    Over(ServiceError),
    /// Its service no longer knows the task: the user must decide.
    Forgotten(ServiceError),
    /// It could not be fetched now; it is tried again the next time.
    NotNow(String),
}

/// The pause between two looks at a task that is waited for.
const PAUSE: Duration = Duration::from_secs(10);

impl Fetching<'_> {
    /// Looks at the task of a job and brings its clip into the store, with its receipt.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn fetch(&mut self, job: &Job) -> Result<Recovered, JournalError> {
        let Some((service, task)) = job.state.intent().map(|intent| intent.service.as_str()).zip(job.state.task())
        else {
            return Ok(Recovered::NotNow("it has no task".to_owned()));
        };
        let Some(provider) = self.providers.get(service).map(Arc::clone) else {
            return Ok(Recovered::NotNow(format!("`{service}` cannot be reached: its key or address is not set")));
        };
        let ticket = Ticket(task.to_owned());
        let delivery = match self.done(&*provider, &ticket).await {
            Ok(TaskState::Done(delivery)) => *delivery,
            Ok(TaskState::Failed(error)) => {
                let failure =
                    Failure { kind: error.kind.word().to_owned(), charged: error.charged, message: error.to_string() };
                self.note(job, Record::Failed(failure))?;
                return Ok(Recovered::Over(error));
            }
            Ok(TaskState::Queued | TaskState::Running(_)) => return Ok(Recovered::Running),
            Err(error) if error.kind == ErrorKind::NoTask && is_old(job) => {
                self.note(job, Record::Forgotten { why: error.to_string() })?;
                return Ok(Recovered::Forgotten(error));
            }
            Err(error) => return Ok(Recovered::NotNow(error.to_string())),
        };
        self.note(job, Record::Delivered(Box::new(delivery.clone())))?;
        let taken = match self.bring(job, &*provider, &ticket, &delivery).await {
            Ok(taken) => taken,
            Err(why) => return Ok(Recovered::NotNow(why)),
        };
        let (frames, bytes) = (taken.facts.video.frames, taken.facts.bytes);
        let stored = Stored { clip: taken.clip, last_frame: taken.last_frame, frames, bytes };
        self.note(job, Record::Stored(stored))?;
        Ok(Recovered::Stored(Box::new(taken)))
    }

    fn note(&mut self, job: &Job, record: Record) -> Result<(), JournalError> {
        self.journal.append(&Entry { recipe: job.recipe, attempt: job.attempt, record })
    }

    async fn done(&self, provider: &dyn Provider, ticket: &Ticket) -> Result<TaskState, ServiceError> {
        let began = tokio::time::Instant::now();
        loop {
            let state = provider.poll(ticket).await?;
            let waits = matches!(state, TaskState::Queued | TaskState::Running(_));
            if !waits || began.elapsed() + PAUSE > self.patience {
                return Ok(state);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The clip and its last frame into the store, and the receipt of its recipe.
    async fn bring(
        &self,
        job: &Job,
        provider: &dyn Provider,
        ticket: &Ticket,
        delivery: &Delivery,
    ) -> Result<Taken, String> {
        let told = |error: &dyn std::error::Error| chain(error);
        let recipe = self.store.recipe(&job.recipe).ok_or("its recipe is gone from the store")?;
        let work: Workspace = self.store.workspace().map_err(|error| told(&error))?;
        let file = work.path().join("clip.mp4");
        provider.fetch(ticket, delivery, &file, &|_, _| {}).await.map_err(|error| error.to_string())?;
        let facts = self.ffmpeg.probe(&file).await.map_err(|error| told(&error))?;
        self.ffmpeg.verify_decodes(&file, Depth::Everything).await.map_err(|error| told(&error))?;
        let clip = self.store.adopt(&file).map_err(|error| told(&error))?;
        let last_frame = self.last_frame(provider, ticket, delivery, work.path(), &facts).await;
        let intent = job.state.intent();
        let expected = intent.filter(|intent| intent.tokens == delivery.tokens).and_then(|intent| intent.estimate);
        let take = recipe.get("take").and_then(|take| take.parse().ok()).unwrap_or(1);
        let asked = Asked::read(&recipe, provider.service());
        let differences = asked.map(|asked| asked.differences(&facts, delivery.tokens)).unwrap_or_default();
        let taken = Taken {
            last_frame,
            differs: (!differences.is_empty()).then(|| differences.join("; ")),
            model: intent.map(|intent| intent.model.clone()),
            task: Some(ticket.0.clone()),
            seed: delivery.seed,
            tokens: delivery.tokens,
            paid: delivery.charged.or(expected),
            estimated: intent.and_then(|intent| intent.estimate),
            ..Taken::new(job.recipe, clip, take, provider.service().id, facts)
        };
        self.store.record(&recipe, &taken).map_err(|error| told(&error))?;
        Ok(taken)
    }

    async fn last_frame(
        &self,
        provider: &dyn Provider,
        ticket: &Ticket,
        delivery: &Delivery,
        work: &Path,
        facts: &ClipFacts,
    ) -> Option<Digest> {
        delivery.last_frame.as_ref()?;
        let file = work.join("last.png");
        let came = provider.fetch_last_frame(ticket, delivery, &file).await;
        // Without it the frame is decoded from the clip when it is needed.
        came.ok().filter(|came| *came)?;
        arrival::keep_frame(self.store, &file, facts)
    }
}

/// The jobs that are paid and whose clips are yet to be fetched, of runs that are over.
#[must_use]
pub fn collectable(jobs: Vec<Job>) -> Vec<Job> {
    let open = |job: &Job| matches!(job.state, JobState::Submitted { .. } | JobState::Delivered { .. }) && !job.lives;
    jobs.into_iter().filter(open).collect()
}
