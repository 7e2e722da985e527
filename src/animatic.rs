//! The built-in provider: a moving story-reel frame for every shot, free and offline. A stand-in that a director can
//! judge timing by before anything is paid.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storyreel_core::catalog::InputRole;

use futures::future::{BoxFuture, FutureExt as _};
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ListedTask, ProviderError, Retry, TaskState};
use storyreel_core::provider::{ANIMATIC, BUILT_IN, Provider};
use storyreel_core::sanitize::chain;
use storyreel_media::media::PaintedSound;
use storyreel_media::picture::{BackgroundPlate, Sheet};
use storyreel_media::studio::{Painted, Studio, StudioError, picture};
use storyreel_providers::{FetchProgress, Input, InputFrom, Prepared, RenderRequest, Renderer, Ticket};
use tokio_util::task::AbortOnDropHandle;

/// Notes of a pentatonic scale from A3: whichever follow each other, a cut is heard and nothing grates.
const NOTES: [f32; 5] = [220.0, 246.9, 277.2, 329.6, 370.0];

/// Quiet enough to talk over, loud enough to hear a gap.
const GUIDE_DBFS: f32 = -38.0;

/// Paints animatics as tasks, so that they go the way of every service: submit, poll, fetch.
#[derive(Debug)]
pub struct Animatic {
    studio: Arc<Studio>,
    folder: PathBuf,
    tasks: Mutex<HashMap<Ticket, AnimaticTask>>,
    tickets: AtomicU64,
}

#[derive(Debug)]
struct AnimaticTask {
    file: PathBuf,
    frames: u64,
    painted: Painted,
    work: AbortOnDropHandle<Result<(), StudioError>>,
}

impl Animatic {
    /// A provider that leaves finished clips in `folder` until they are fetched.
    #[must_use]
    pub fn new(studio: Arc<Studio>, folder: PathBuf) -> Self {
        Self { studio, folder, tasks: Mutex::default(), tickets: AtomicU64::new(1) }
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<Ticket, AnimaticTask>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, request: RenderRequest) -> Ticket {
        let ticket = Ticket(format!("animatic-{}", self.tickets.fetch_add(1, Ordering::Relaxed)));
        let file = self.folder.join(format!("{}.mp4", ticket.0));
        let painted = Painted::default();
        let frames = request.frames;
        let seed = u64::from_le_bytes(*request.recipe.as_bytes().first_chunk().unwrap_or(&[0; 8]));
        let hz = NOTES[(seed % NOTES.len() as u64) as usize];
        let tone =
            request.spec.audio.then_some(PaintedSound::Guide { hz, dbfs: GUIDE_DBFS, voices: request.voices.clone() });
        let studio = Arc::clone(&self.studio);
        let out = file.clone();
        let progress = Arc::clone(&painted);
        let work = tokio::spawn(async move {
            studio.shoot(move |painter| Ok(painter.sheet(&sheet(&request)?)), tone, progress, &out).await
        });
        let work = AbortOnDropHandle::new(work);
        self.tasks().insert(ticket.clone(), AnimaticTask { file, frames, painted, work });
        ticket
    }

    fn error(message: &dyn ToString) -> ProviderError {
        ProviderError::new(ANIMATIC, ErrorKind::Here, Retry::Never, Charged::No, message.to_string())
    }
}

impl Renderer for Animatic {
    fn provider(&self) -> &'static Provider {
        &BUILT_IN
    }

    fn prepare<'a>(&'a self, request: &'a RenderRequest) -> BoxFuture<'a, Result<Prepared, ProviderError>> {
        async { Ok(Prepared::Here(Box::new(request.clone()))) }.boxed()
    }

    fn submit<'a>(&'a self, order: &'a Prepared) -> BoxFuture<'a, Result<Ticket, ProviderError>> {
        async {
            match order {
                Prepared::Here(request) => Ok(self.begin((**request).clone())),
                Prepared::Order(_) => Err(Self::error(&"an order for a service came to the animatic")),
            }
        }
        .boxed()
    }

    fn find<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Vec<ListedTask>, ProviderError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn poll<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, Result<TaskState, ProviderError>> {
        async {
            let finished = {
                let mut tasks = self.tasks();
                let task = tasks.get_mut(ticket).ok_or_else(|| Self::error(&"there is no such task"))?;
                if !task.work.is_finished() {
                    let part = task.painted.load(Ordering::Relaxed) as f32 / task.frames as f32;
                    return Ok(TaskState::Running(Some(part)));
                }
                (&mut task.work).now_or_never()
            };
            match finished {
                // A finished task that was asked before has given its result away: its file is there.
                None | Some(Ok(Ok(()))) => Ok(TaskState::Done(Box::default())),
                Some(Ok(Err(error))) => Err(Self::error(&chain(&error))),
                Some(Err(error)) => Err(Self::error(&error)),
            }
        }
        .boxed()
    }

    fn fetch<'a>(
        &'a self,
        ticket: &'a Ticket,
        _: &'a Delivery,
        into: &'a Path,
        _: &'a (dyn Fn(FetchProgress<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), ProviderError>> {
        async move {
            let task = self.tasks().remove(ticket).ok_or_else(|| Self::error(&"there is no such task"))?;
            tokio::fs::rename(&task.file, into).await.map_err(|error| Self::error(&error))
        }
        .boxed()
    }

    fn fetch_last_frame<'a>(
        &'a self,
        _: &'a Ticket,
        _: &'a Delivery,
        _: &'a Path,
    ) -> BoxFuture<'a, Result<bool, ProviderError>> {
        async { Ok(false) }.boxed()
    }
}

/// What an animatic shows of a request.
fn sheet(request: &RenderRequest) -> Result<Sheet, StudioError> {
    let start = match (&request.board, input_of(request, InputRole::FirstFrame)) {
        // What somebody drew for the shot says more than the picture that it begins on.
        (Some(board), _) => BackgroundPlate::Given(picture(board)?),
        (None, Some(input)) => plate(input)?,
        (None, None) => mosaic(&request.inputs)?,
    };
    Ok(Sheet {
        size: request.spec.size,
        rate: request.rate,
        frames: request.frames,
        shot: request.shot.to_string(),
        number: request.number.clone(),
        film_frame: request.film_frame,
        scene: request.scene.clone(),
        prompt: request.words.clone(),
        dialogue: request.dialogue.clone(),
        caption: request.caption.clone(),
        start,
        end: input_of(request, InputRole::LastFrame).map(plate).transpose()?,
        seed: *request.recipe.as_bytes(),
    })
}

fn input_of(request: &RenderRequest, role: InputRole) -> Option<&Input> {
    request.inputs.iter().find(|input| input.role == role)
}

fn plate(input: &Input) -> Result<BackgroundPlate, StudioError> {
    Ok(match &input.from {
        InputFrom::Given(path) => BackgroundPlate::Given(picture(path)?),
        InputFrom::Handover { path, .. } => BackgroundPlate::Handover(picture(path)?),
        // The animatic is offline: an address stands for a picture that is not seen yet.
        InputFrom::Remote(_) => BackgroundPlate::Backdrop,
    })
}

/// Reference pictures side by side; a drawn picture where there are none.
fn mosaic(inputs: &[Input]) -> Result<BackgroundPlate, StudioError> {
    let images: Result<Vec<_>, _> = inputs
        .iter()
        .filter(|input| input.role == InputRole::ReferenceImage)
        .filter_map(|input| match &input.from {
            InputFrom::Given(path) | InputFrom::Handover { path, .. } => Some(picture(path)),
            InputFrom::Remote(_) => None,
        })
        .collect();
    let images = images?;
    Ok(if images.is_empty() { BackgroundPlate::Backdrop } else { BackgroundPlate::Mosaic(images) })
}
