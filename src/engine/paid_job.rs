//! The life of a paid job from its task at the service to its clip in the store: looked at, fetched, checked, held
//! against what was ordered, billed and written down. Every clip that is paid for goes this way, whoever ordered it and
//! whenever it is fetched.

use std::time::{Duration, Instant};

use storyreel_core::clip::ClipFacts;
use storyreel_core::event::{Event, FrameFrom, Stage};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::KnownClips as _;
use storyreel_core::polling::Polling;
use storyreel_core::provider::reply::{Delivery, ProviderError};
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::chain;
use storyreel_core::units::{Day, Digest};
use storyreel_providers::{Renderer, Ticket};

use super::failure::ShotFailure;
use super::follow::{Followed, fetch, follow};
use super::message::{Attempt, PaidStep};
use super::worker_context::WorkerContext;
use super::{delivery, frames};

/// A task at a service that is paid for.
pub(super) struct PaidTask {
    pub(super) ticket: Ticket,
    pub(super) attempt: Attempt,
    /// When this run ordered it; `None` where another run did.
    pub(super) since: Option<Instant>,
}

/// A paid clip in the store.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) record: ClipRecord,
    /// Which attempt it was.
    pub(super) attempt: storyreel_core::job::AttemptId,
    /// What the service said of it last.
    pub(super) delivery: Delivery,
    /// How it differs from what was ordered and billed; it stays because it is paid.
    pub(super) differences: Vec<String>,
    /// Where its last frame comes from, when others start on it.
    pub(super) frame_from: Option<FrameFrom>,
    /// How long the task took, as far as the polls tell; `None` where another run ordered it.
    pub(super) length: Option<Duration>,
}

/// How a paid job ended.
pub(super) enum Ended {
    /// Its clip is in the store.
    Arrived(Box<Arrival>),
    /// The service says that there will be no clip.
    Over(ProviderError),
    /// The service no longer knows the task, in these words.
    Forgotten(String),
}

/// Follows a task to its end and brings its clip into the store, with its receipt. Every step is on disk before the next.
pub(super) async fn complete(
    context: &WorkerContext,
    provider: &dyn Renderer,
    recipe: &Recipe,
    task: &PaidTask,
    polling: &Polling,
) -> Result<Ended, ShotFailure> {
    let attempt = &task.attempt;
    let messenger = &context.messenger;
    let followed = follow(context, provider, &task.ticket, task.since, polling, attempt.was_shown).await?;
    let (mut delivery, length) = match followed {
        Followed::Done { delivery, length } => (*delivery, length),
        Followed::Over(error) => {
            messenger.note(attempt.id, PaidStep::Failed(error.clone())).await?;
            return Ok(Ended::Over(error));
        }
        Followed::Forgotten(error) => {
            let why = error.to_string();
            messenger.note(attempt.id, PaidStep::Forgotten(why.clone())).await?;
            return Ok(Ended::Forgotten(why));
        }
    };
    messenger.note(attempt.id, PaidStep::Delivered(Box::new(delivery.clone()))).await?;
    let file = context.work.join(format!("{}-{}.mp4", recipe.digest().short(), attempt.id.attempt));
    fetch(context, provider, &task.ticket, &delivery, &file).await?;
    messenger.moved(Stage::Verifying, None);
    let ordered = delivery::OrderedClip::of(recipe, attempt, provider.provider());
    let checked = delivery::checked(context, provider, &task.ticket, &mut delivery, &ordered, &file).await?;
    let mut differences = ordered.differences(context, &checked.facts, &delivery, &file).await;
    differences.splice(0..0, checked.mended);
    let quality = checked.score.map(|score| score.to_string());
    let clip = context.store.adopt(&file)?;
    let mut record = ClipRecord { quality, ..receipt(recipe, task, provider, clip, checked.facts) };
    delivery::bill(&mut record, context.store.receipt(&recipe.digest()), &ordered, &delivery);
    record.differs = (!differences.is_empty()).then(|| differences.join("; "));
    let frame_from = keep_last_frame(context, provider, task, &delivery, &mut record).await?;
    context.store.record(recipe, &record)?;
    // The clip and its receipt are in the store. Where the journal cannot say so, it says that the clip is to be
    // fetched, which costs nothing.
    if let Err(failure) = messenger.note(attempt.id, PaidStep::Stored(Box::new(record.clone()))).await {
        messenger.say(Event::Warned { message: chain(&failure) });
    }
    let attempt = attempt.id;
    Ok(Ended::Arrived(Box::new(Arrival { record, attempt, delivery, differences, frame_from, length })))
}

/// What is known of a paid clip before its bill.
fn receipt(recipe: &Recipe, task: &PaidTask, provider: &dyn Renderer, clip: Digest, facts: ClipFacts) -> ClipRecord {
    let take = recipe.get("take").and_then(|take| take.parse().ok()).unwrap_or(1);
    ClipRecord {
        model: Some(task.attempt.intent.model.clone()),
        task: Some(task.ticket.0.clone()),
        bought: Some(Day::at(task.attempt.ordered_at.cast_signed())),
        tail: recipe.tail(),
        ..ClipRecord::new(recipe.digest(), clip, take, provider.provider().id, facts)
    }
}

/// Keeps the last frame of a clip that others start on: the service's own where it made one, else cut from the clip.
async fn keep_last_frame(
    context: &WorkerContext,
    provider: &dyn Renderer,
    task: &PaidTask,
    delivery: &Delivery,
    record: &mut ClipRecord,
) -> Result<Option<FrameFrom>, ShotFailure> {
    if !task.attempt.intent.hands_on {
        return Ok(None);
    }
    // What is handed on is the frame that the clip was to end on, however well it does.
    if record.tail.is_none()
        && let Some(frame) = delivery::last_frame(context, provider, &task.ticket, delivery, record).await
    {
        record.last_frame = Some(frame);
        return Ok(Some(FrameFrom::Service));
    }
    let ffmpeg = context.studio.ffmpeg();
    record.last_frame = Some(frames::last_frame(ffmpeg, &context.store, &context.work, record).await?);
    Ok(Some(FrameFrom::Clip))
}
