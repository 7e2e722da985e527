//! One shot: its inputs gathered, made, measured against what was asked, and taken into the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::arrival;
use super::delivered;
use super::desk::{Desk, Refusal};
use super::frames;
use super::handover::Originals;
use super::pace::{Allowance, Known};
use super::purchase::{self, Arrival, Brought};
use crate::clip::ClipFacts;
use crate::event::{Event, FrameFrom, ShotKey, Stage};
use crate::film::{File, Make, Render, Shot, Source};
use crate::lock::Taken;
use crate::media::{Cut, MediaError, Tone};
use crate::picture::{Card, Still};
use crate::provider::{Input, InputFrom, Provider, RenderRequest, Ticket};
use crate::recipe::Recipe;
use crate::service::PollBounds;
use crate::service::reply::ServiceError;
use crate::store::{Store, StoreError, digest_of};
use crate::studio::{Painted, Studio, StudioError, picture};
use crate::units::{Digest, Rate, Size, spoken};

/// Why a shot could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Service(#[from] ServiceError),
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
    #[error("{0}")]
    Refused(Refusal),
    #[error(
        "{0}; nobody knows whether the order was accepted, so it is not sent again by itself: `storyreel status` says \
         what to do"
    )]
    Unclear(ServiceError),
    #[error("task {task} is not done after {}; it is not given up: run the same command again to fetch it", spoken(*after))]
    Deadline { task: String, after: Duration },
    #[error("it needs the shot `{0}`, which is not made; make that one first")]
    Needs(String),
    #[error("the provider `{0}` is not set up")]
    NotSetUp(&'static str),
}

impl Failure {
    /// Whether the user has to decide before anything more is done for the shot.
    pub(super) const fn asks(&self) -> bool {
        matches!(self, Self::Unclear(_) | Self::Refused(Refusal::Unclear(_) | Refusal::Forgotten(_)))
    }
}

/// What a worker may use and must not change.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) store: Store,
    pub(super) studio: Arc<Studio>,
    pub(super) work: PathBuf,
    pub(super) desk: Desk,
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
    /// The task of an earlier run whose clip is only to be fetched.
    pub(super) collect: Option<Ticket>,
    /// How often its task may be looked at.
    pub(super) looks: PollBounds,
    /// The longest pause between looks that the storyboard asks for.
    pub(super) longest: Option<Duration>,
    /// How long tasks like it took before.
    pub(super) known: Vec<Known>,
    /// What its service's tasks have left over of looks.
    pub(super) allowance: Allowance,
    /// When its task is left alone.
    pub(super) deadline: Duration,
    /// Where services still keep the originals of frames and clips.
    pub(super) originals: Originals,
}

/// What a finished worker brings.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) taken: Taken,
    /// Last frames that had to be cut from clips made earlier, by the index of their shot.
    pub(super) last_frames: Vec<(usize, Digest)>,
    /// What the provider brought, for rendered shots.
    pub(super) arrival: Option<Box<Arrival>>,
    /// Where its last frame comes from, when others start on it.
    pub(super) frame_from: Option<FrameFrom>,
    /// What differs from what was asked for, and stays because it is paid.
    pub(super) differences: Vec<String>,
}

impl Order {
    /// The length that is asked for, in frames.
    pub(super) fn frames(&self) -> u64 {
        self.rate.frames(self.shot.length)
    }

    /// What the lock will say of a clip of this order, as far as it is known to all.
    fn taken(&self, clip: Digest, facts: ClipFacts, provider: &str) -> Taken {
        Taken::new(self.recipe.digest(), clip, self.shot.take, provider, facts)
    }

    pub(super) fn parent(&self, index: usize) -> &Taken {
        let found = self.parents.iter().find(|(parent, _)| *parent == index);
        // The loop starts a shot when every shot that it needs has a clip.
        &found.expect("the parents of a started shot are stored").1
    }
}

/// Makes a shot.
pub(super) async fn make(bench: &Bench, order: &Order) -> Result<Made, Failure> {
    let file = bench.work.join(format!("{}-{}.mp4", order.key.board, order.shot.id));
    match &order.shot.make {
        Make::Prompt(render) => rendered(bench, order, render, &file).await,
        local => {
            bench.desk.moved(Stage::Rendering, None);
            made_here(bench, order, local, &file).await?;
            bench.desk.moved(Stage::Verifying, None);
            let ffmpeg = bench.studio.ffmpeg();
            let facts = match local {
                Make::Footage { .. } => ffmpeg.probe(&file).await?,
                _ => ffmpeg.painted(&file, order.rate).await?,
            };
            arrival::insist(order, &facts)?;
            let mut taken = order.taken(bench.store.adopt(&file)?, facts, "local");
            let frame_from = keep_last_frame(bench, order, &mut taken).await?;
            bench.store.record(&order.recipe, &taken)?;
            Ok(Made { taken, last_frames: Vec::new(), arrival: None, frame_from, differences: Vec::new() })
        }
    }
}

/// A shot that a provider renders.
async fn rendered(bench: &Bench, order: &Order, render: &Render, file: &Path) -> Result<Made, Failure> {
    let mut last_frames = Vec::new();
    let inputs = match &order.collect {
        // What is only fetched needs no inputs.
        Some(_) => Vec::new(),
        None => gather(bench, order, render, &mut last_frames).await?,
    };
    let request = request(order, render, inputs);
    let mut arrival = match purchase::purchase(bench, order, &request, file).await? {
        Brought::Clip(arrival) => arrival,
        Brought::Found(taken) => {
            let differences = Vec::new();
            return Ok(Made { taken: *taken, last_frames, arrival: None, frame_from: None, differences });
        }
    };
    bench.desk.moved(Stage::Verifying, None);
    let facts = arrival::measured(bench, order, &mut arrival, file).await?;
    let differences = if render.provider.paid() {
        delivered::differences(bench, order, render, &arrival, (&facts, file)).await
    } else {
        arrival::insist(order, &facts)?;
        Vec::new()
    };
    let mut taken = order.taken(bench.store.adopt(file)?, facts, render.provider.id);
    taken.model = Some(render.model.clone());
    if arrival.attempt.is_some() {
        arrival::bill(&mut taken, render, &arrival, &differences);
    }
    let frame_from = match arrival::last_frame(bench, order, &arrival, &taken).await {
        Some(digest) => {
            taken.last_frame = Some(digest);
            Some(FrameFrom::Service)
        }
        None => keep_last_frame(bench, order, &mut taken).await?,
    };
    bench.store.record(&order.recipe, &taken)?;
    Ok(Made { taken, last_frames, arrival: Some(arrival), frame_from, differences })
}

/// Cuts the last frame of a clip that others start on.
async fn keep_last_frame(bench: &Bench, order: &Order, taken: &mut Taken) -> Result<Option<FrameFrom>, Failure> {
    if !order.hands_on {
        return Ok(None);
    }
    taken.last_frame = Some(frames::last_frame(bench.studio.ffmpeg(), &bench.store, &bench.work, taken).await?);
    Ok(Some(FrameFrom::Clip))
}

/// The inputs of a render as files and addresses. Frames of other shots are cut where they are not in the store yet.
async fn gather(
    bench: &Bench,
    order: &Order,
    render: &Render,
    cut: &mut Vec<(usize, Digest)>,
) -> Result<Vec<Input>, Failure> {
    let (ffmpeg, store) = (bench.studio.ffmpeg(), &bench.store);
    let original = |digest: &Digest| order.originals.address(render.provider.id, digest);
    let mut gathered = Vec::new();
    for (role, source) in render.inputs.roles() {
        let from = match source {
            Source::File(file) => InputFrom::Given(unchanged(&order.folder, file)?),
            Source::Remote(address) => InputFrom::Remote(address.clone()),
            Source::LastFrame(shot) => {
                let digest = frames::last_frame(ffmpeg, store, &bench.work, order.parent(*shot)).await?;
                cut.push((*shot, digest));
                InputFrom::Handover { path: store.object(&digest), address: original(&digest) }
            }
            Source::FirstFrame(shot) => {
                let path = frames::first_frame(ffmpeg, store, &bench.work, order.parent(*shot)).await?;
                InputFrom::Handover { path, address: None }
            }
            Source::Clip(shot) => {
                let parent = order.parent(*shot);
                InputFrom::Handover {
                    path: clip_for_service(bench, order, parent).await?,
                    address: original(&parent.clip),
                }
            }
        };
        gathered.push(Input { role, from });
    }
    Ok(gathered)
}

/// The clip of another shot as a file that services read: H.264 or HEVC. Footage in another codec is encoded for them.
async fn clip_for_service(bench: &Bench, order: &Order, parent: &Taken) -> Result<PathBuf, Failure> {
    let path = bench.store.check(&parent.clip)?;
    let video = &parent.facts.video;
    if matches!(video.codec.as_str(), "h264" | "hevc") {
        return Ok(path);
    }
    let file = bench.work.join(format!("{}-{}-input.mp4", order.key.board, order.shot.id));
    let (from, to, keep_sound) = (Duration::ZERO, None, true);
    let cut = Cut { from, to, size: video.size, fit: order.shot.fit, rate: video.rate, keep_sound };
    bench.studio.ffmpeg().cut(&path, cut, &file).await?;
    Ok(file)
}

/// The recipe names the bytes of a file, so they must be the ones that are used.
pub(super) fn unchanged(folder: &Path, file: &File) -> Result<PathBuf, Failure> {
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
        family: render.family,
        mode: render.inputs.mode(),
        prompt: render.prompt.clone(),
        words: render.words.clone(),
        dialogue: dialogue.collect(),
        caption: format!("{} · {} · {} · {mode}", render.model, render.resolution, spoken(shot.length)),
        inputs,
        resolution: render.resolution,
        ratio: render.ratio,
        size: render.size,
        rate: order.rate,
        frames: order.frames(),
        seconds: render.seconds,
        audio: render.audio,
        watermark: render.watermark,
        seed: render.seed,
        return_last_frame: order.hands_on,
        marker: String::new(),
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
            let cut = Cut { from: *from, to: *to, size, fit: order.shot.fit, rate, keep_sound: *audio };
            let taking = studio.ffmpeg().take(&order.folder.join(&footage.path), cut, file).await;
            // Afterwards, so that a file that changes while it is read is noticed.
            unchanged(&order.folder, footage)?;
            let message = format!("{}: {}", order.shot.id, taking?);
            bench.desk.say(Event::FilmNoted { board: order.key.board, message });
        }
        Make::Prompt(_) => {}
    }
    Ok(())
}
