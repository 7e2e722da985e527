//! One shot: its inputs gathered, made, measured against what was asked, and taken into the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::frames;
use crate::clip::ClipFacts;
use crate::event::{Event, ShotKey, Stage};
use crate::film::{File, Inputs, Make, Render, Shot, Source};
use crate::lock::Taken;
use crate::media::{Cut, MediaError, Tone};
use crate::picture::{Card, Still};
use crate::provider::{Input, InputFrom, JobStatus, Provider, ProviderError, RenderRequest};
use crate::recipe::Recipe;
use crate::store::{Store, StoreError, digest_of};
use crate::studio::{Painted, Studio, StudioError, picture};
use crate::units::{Digest, Rate, Size, spoken};

/// Why a shot could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Studio(#[from] StudioError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`{0}` changed while the film was being made; run the command again")]
    InputChanged(String),
    #[error("the clip is not what was asked for: {0}")]
    NotAsAsked(String),
}

/// What a worker may use and must not change.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) studio: Arc<Studio>,
    pub(super) work: PathBuf,
    pub(super) say: UnboundedSender<Event>,
}

/// A shot to be made, with all that it needs.
pub(super) struct Order {
    pub(super) key: ShotKey,
    pub(super) shot: Shot,
    pub(super) recipe: Recipe,
    pub(super) folder: PathBuf,
    pub(super) size: Size,
    pub(super) rate: Rate,
    /// Clips of the shots that it needs, by their index in the film.
    pub(super) parents: Vec<(usize, Taken)>,
    pub(super) provider: Option<Arc<dyn Provider>>,
    /// Whether another shot starts on its last frame.
    pub(super) hands_on: bool,
}

/// What a finished worker brings.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) taken: Taken,
    /// Last frames that had to be cut from clips made earlier, by the index of their shot.
    pub(super) last_frames: Vec<(usize, Digest)>,
}

impl Order {
    /// The length that is asked for, in frames.
    fn frames(&self) -> u64 {
        self.rate.frames(self.shot.length)
    }

    fn parent(&self, index: usize) -> &Taken {
        let found = self.parents.iter().find(|(parent, _)| *parent == index);
        // The loop starts a shot when every shot that it needs has a clip.
        &found.expect("the parents of a started shot are stored").1
    }
}

/// Makes a shot.
pub(super) async fn make(bench: &Bench, order: &Order) -> Result<Made, Failure> {
    let file = bench.work.join(format!("{}-{}.mp4", order.key.board, order.shot.id));
    let mut last_frames = Vec::new();
    let (provider, model, task) = match &order.shot.make {
        Make::Prompt(render) => {
            let inputs = gather(bench, order, &render.inputs, &mut last_frames).await?;
            let request = request(order, render, inputs);
            let ticket = rendered(bench, order, &request, &file).await?;
            let paid = render.provider.paid.then_some(ticket);
            (render.provider.id.to_owned(), Some(render.model.clone()), paid)
        }
        local => {
            bench.moved(&order.key, Stage::Rendering, None);
            made_here(bench, order, local, &file).await?;
            ("local".to_owned(), None, None)
        }
    };
    bench.moved(&order.key, Stage::Verifying, None);
    let facts = bench.studio.ffmpeg().probe(&file).await?;
    verify(order, &facts)?;
    let clip = bench.store.adopt(&file)?;
    let recipe = order.recipe.digest();
    let mut taken = Taken { recipe, clip, last_frame: None, take: order.shot.take, provider, model, task, facts };
    if order.hands_on {
        let ffmpeg = bench.studio.ffmpeg();
        taken.last_frame = Some(frames::last_frame(ffmpeg, &bench.store, &bench.work, &taken).await?);
    }
    bench.store.record(&order.recipe, &taken)?;
    Ok(Made { taken, last_frames })
}

impl Bench {
    fn moved(&self, key: &ShotKey, stage: Stage, fraction: Option<f32>) {
        // The loop outlives its workers; when it ends early nobody is left to listen.
        let _ = self.say.send(Event::ShotMoved { key: key.clone(), stage, fraction });
    }
}

/// Submit, poll, fetch: the way of every provider.
async fn rendered(bench: &Bench, order: &Order, request: &RenderRequest, file: &Path) -> Result<String, Failure> {
    // The session gives a provider to every shot with a prompt.
    let provider = order.provider.as_ref().expect("a shot with a prompt has a provider");
    bench.moved(&order.key, Stage::Submitting, None);
    let ticket = provider.submit(request).await?;
    loop {
        match provider.poll(&ticket).await? {
            JobStatus::Queued => bench.moved(&order.key, Stage::Queued, None),
            JobStatus::Running(part) => bench.moved(&order.key, Stage::Rendering, part),
            JobStatus::Done => break,
        }
        tokio::time::sleep(provider.poll_pause()).await;
    }
    bench.moved(&order.key, Stage::Fetching, None);
    provider.fetch(&ticket, file).await?;
    Ok(ticket.0)
}

/// The inputs of a render as files and addresses. Frames of other shots are cut where they are not in the store yet.
async fn gather(
    bench: &Bench,
    order: &Order,
    inputs: &Inputs,
    cut: &mut Vec<(usize, Digest)>,
) -> Result<Vec<Input>, Failure> {
    let (ffmpeg, store) = (bench.studio.ffmpeg(), &bench.store);
    let mut gathered = Vec::new();
    for (role, source) in inputs.roles() {
        let from = match source {
            Source::File(file) => InputFrom::Given(unchanged(&order.folder, file)?),
            Source::Remote(address) => InputFrom::Remote(address.clone()),
            Source::LastFrame(shot) => {
                let digest = frames::last_frame(ffmpeg, store, &bench.work, order.parent(*shot)).await?;
                cut.push((*shot, digest));
                InputFrom::Handover(store.object(&digest))
            }
            Source::FirstFrame(shot) => {
                InputFrom::Handover(frames::first_frame(ffmpeg, store, &bench.work, order.parent(*shot)).await?)
            }
            Source::Clip(shot) => InputFrom::Handover(store.object(&order.parent(*shot).clip)),
        };
        gathered.push(Input { role, from });
    }
    Ok(gathered)
}

/// The recipe names the bytes of a file, so they must be the ones that are used.
fn unchanged(folder: &Path, file: &File) -> Result<PathBuf, Failure> {
    let path = folder.join(&file.path);
    match digest_of(&path) {
        Ok(digest) if digest == file.digest => Ok(path),
        _ => Err(Failure::InputChanged(file.path.clone())),
    }
}

fn request(order: &Order, render: &Render, inputs: Vec<Input>) -> RenderRequest {
    let shot = &order.shot;
    let mode = render.inputs.mode().label();
    let dialogue = shot.dialogue.iter().map(|spoken| match &spoken.speaker {
        Some(speaker) => format!("{speaker}: {}", spoken.line),
        None => spoken.line.clone(),
    });
    RenderRequest {
        shot: shot.id.clone(),
        scene: shot.scene.as_deref().map(str::to_owned),
        recipe: order.recipe.digest(),
        model: render.model.clone(),
        prompt: render.prompt.clone(),
        words: render.words.clone(),
        dialogue: dialogue.collect(),
        caption: format!("{} · {} · {} · {mode}", render.model, render.resolution, spoken(shot.length)),
        inputs,
        size: render.size,
        rate: order.rate,
        frames: order.frames(),
        audio: render.audio,
    }
}

/// Cards, stills and footage.
async fn made_here(bench: &Bench, order: &Order, make: &Make, file: &Path) -> Result<(), Failure> {
    let (size, rate, frames) = (order.size, order.rate, order.frames());
    let studio = &bench.studio;
    // Sound as long as the picture lets these clips stand beside sounding ones.
    let tone = Some(Tone::Silence);
    match make {
        Make::Card { text, subtitle } => {
            let card = Card { size, rate, frames, text: text.clone(), subtitle: subtitle.clone() };
            studio.shoot(move |painter| Ok(painter.card(&card)), tone, Painted::default(), file).await?;
        }
        Make::Still(image) => {
            let path = unchanged(&order.folder, image)?;
            let seed = *image.digest.as_bytes();
            let design = move |painter: &mut crate::picture::Painter| {
                Ok(painter.still(&Still { size, rate, frames, image: picture(&path)?, seed }))
            };
            studio.shoot(design, tone, Painted::default(), file).await?;
        }
        Make::Footage { file: footage, from, to, audio } => {
            let path = unchanged(&order.folder, footage)?;
            let cut = Cut { from: *from, to: *to, size, rate, keep_sound: *audio };
            studio.ffmpeg().cut(&path, cut, file).await?;
        }
        Make::Prompt(_) => {}
    }
    Ok(())
}

/// Whether what came is what was asked for, as far as that can be measured.
fn verify(order: &Order, facts: &ClipFacts) -> Result<(), Failure> {
    let (asked_size, exact_sound) = match &order.shot.make {
        Make::Prompt(render) => (render.size, Some(render.audio)),
        _ => (order.size, None),
    };
    let wrong = |what: String| Err(Failure::NotAsAsked(what));
    if facts.video.size != asked_size {
        return wrong(format!("{} pixels instead of {asked_size}", facts.video.size));
    }
    if exact_sound.is_some_and(|sound| sound != facts.audio.is_some()) {
        return wrong(if facts.audio.is_some() { "it has sound" } else { "it has no sound" }.to_owned());
    }
    let footage = matches!(order.shot.make, Make::Footage { .. });
    let asked = order.frames();
    if !footage && facts.video.frames != asked {
        return wrong(format!("{} frames instead of {asked}", facts.video.frames));
    }
    Ok(())
}
