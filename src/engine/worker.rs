//! One shot: its inputs gathered, made, measured against what was asked, and record into the store.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::catalog::{InputRole, RenderSpec};
use storyreel_core::clip::{ClipFacts, Colours};
use storyreel_core::event::{Event, FrameFrom, Stage};
use storyreel_core::film::{File, InputSource, Make, Render, Shot};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::KnownClips as _;
use storyreel_core::units::{Digest, Rate, spoken};
use storyreel_media::media::{Cut, PaintedSound};
use storyreel_media::picture::Still;
use storyreel_media::picture_file::write_upright;
use storyreel_media::studio::{Painted, StudioError, picture, title_card};
use storyreel_providers::{Input, InputFrom, Prepared, RenderRequest, Renderer};

use super::delivery::{other_size, other_sound};
use super::failure::{Refusal, ShotFailure};
use super::follow::{self, Followed};
use super::frames;
use super::paid_job::Arrival;
use super::purchase::{Brought, Purchase};
use super::voices::{VoiceTrack, voice_track};
use super::worker_context::{Order, WorkerContext};
use crate::store::digest_of;

/// What a finished worker brings.
#[derive(Debug)]
pub(super) struct WorkerResult {
    pub(super) record: ClipRecord,
    /// Last frames that had to be cut from clips made earlier, by their shot.
    pub(super) last_frames: Vec<(ShotIndex, Digest)>,
    /// What a service brought, for shots that are paid for.
    pub(super) arrival: Option<Box<Arrival>>,
    /// Where its last frame comes from, when others start on it.
    pub(super) frame_from: Option<FrameFrom>,
    /// What differs from what was asked for, and stays because it is paid.
    pub(super) differences: Vec<String>,
}

impl WorkerResult {
    /// A clip that was made here, or was there after all.
    const fn here(record: ClipRecord, last_frames: Vec<(ShotIndex, Digest)>, frame_from: Option<FrameFrom>) -> Self {
        Self { record, last_frames, arrival: None, frame_from, differences: Vec::new() }
    }
}

/// Makes a shot.
pub(super) async fn make(context: &WorkerContext, order: &Order) -> Result<WorkerResult, ShotFailure> {
    let file = context.work.join(format!("{}-{}.mp4", order.key.board, order.shot.id));
    match &order.shot.make {
        Make::Prompt(render) => rendered(context, order, render, &file).await,
        local => {
            context.messenger.moved(Stage::Rendering, None);
            let encoded = made_here(context, order, local, &file).await?;
            context.messenger.moved(Stage::Verifying, None);
            let facts = context.studio.ffmpeg().probe(&file).await?;
            stored(context, order, MadeHere { facts, provider: "local", encoded }, &file).await
        }
    }
}

/// A clip that was made here.
struct MadeHere<'a> {
    facts: ClipFacts,
    provider: &'a str,
    /// Why footage had to be encoded.
    encoded: Option<String>,
}

/// Takes a clip that was made here into the store. It must be exactly what was asked for.
async fn stored(
    context: &WorkerContext,
    order: &Order,
    made: MadeHere<'_>,
    file: &Path,
) -> Result<WorkerResult, ShotFailure> {
    insist(order, &made.facts)?;
    let mut record = order.clip_record(context.store.adopt(file)?, made.facts, made.provider);
    record.encoded = made.encoded;
    if let Make::Prompt(render) = &order.shot.make {
        record.model = Some(render.spec.model.clone());
    }
    record.tail = order.recipe.tail();
    let mut frame_from = None;
    if order.hands_on {
        let last = frames::last_frame(context.studio.ffmpeg(), &context.store, &context.work, &record).await?;
        record.last_frame = Some(last);
        frame_from = Some(FrameFrom::Clip);
    }
    context.store.record(&order.recipe, &record)?;
    Ok(WorkerResult::here(record, Vec::new(), frame_from))
}

/// What is wrong with a clip that was made here.
fn insist(order: &Order, facts: &ClipFacts) -> Result<(), ShotFailure> {
    let render = match &order.shot.make {
        Make::Prompt(render) => Some(render),
        _ => None,
    };
    let size = render.map_or(order.size, |render| render.spec.size);
    let wrong_sound = render.and_then(|render| other_sound(facts, render.spec.audio));
    let is_footage = matches!(order.shot.make, Make::Footage { .. });
    let frames = order.frames();
    let wrong_length = (!is_footage && facts.video.frames != frames)
        .then(|| format!("{} frames instead of {frames}", facts.video.frames));
    match other_size(facts, size).or(wrong_sound).or(wrong_length) {
        Some(what) => Err(ShotFailure::NotAsAsked(what)),
        None => Ok(()),
    }
}

/// A shot that a provider renders.
async fn rendered(
    context: &WorkerContext,
    order: &Order,
    render: &Render,
    file: &Path,
) -> Result<WorkerResult, ShotFailure> {
    // The session gives a provider to every shot with a prompt.
    let provider = order.provider.as_deref().expect("a shot with a prompt has a provider");
    let mut last_frames = Vec::new();
    // What is only fetched needs no inputs.
    let request = if order.collect && !order.rebuy && !provider.provider().is_own_server {
        None
    } else {
        let inputs = gather(context, order, render, &mut last_frames).await?;
        Some(request(order, render, inputs)?)
    };
    if !provider.provider().is_paid {
        let made = animatic(context, order, provider, request, file).await?;
        return Ok(WorkerResult { last_frames, ..made });
    }
    let purchase = Purchase {
        context,
        order,
        provider,
        first_frame: given_frame(context, order, render, InputRole::FirstFrame, request.as_ref())?,
        last_frame: given_frame(context, order, render, InputRole::LastFrame, request.as_ref())?,
        request,
    };
    Ok(match purchase.run().await? {
        Brought::Found(record) => WorkerResult::here(*record, last_frames, None),
        Brought::Clip(arrival) => WorkerResult {
            record: arrival.record.clone(),
            last_frames,
            frame_from: arrival.frame_from,
            differences: arrival.differences.clone(),
            arrival: Some(arrival),
        },
    })
}

/// The picture that a clip is to begin or end on, in the store, so that whoever fetches the clip can compare it.
fn given_frame(
    context: &WorkerContext,
    order: &Order,
    render: &Render,
    role: InputRole,
    request: Option<&RenderRequest>,
) -> Result<Option<Digest>, ShotFailure> {
    let Some(input) = request.and_then(|request| request.inputs.iter().find(|input| input.role == role)) else {
        return Ok(None);
    };
    let source = render.inputs.roles().find(|(of, _)| *of == role).map(|(_, source)| source);
    match (&input.from, source) {
        (InputFrom::Given(path), Some(InputSource::File(file))) if !context.store.has(&file.digest) => {
            let copy = context.work.join(format!("{}-{}-{role}", order.key.board, order.shot.id));
            fs::copy(path, &copy).map_err(|_| ShotFailure::InputChanged(file.path.clone()))?;
            Ok(Some(context.store.adopt(&copy)?))
        }
        (InputFrom::Given(_), Some(InputSource::File(file))) => Ok(Some(file.digest)),
        // Frames of other shots are objects of the store, which are named by their digest.
        (InputFrom::Handover { path, .. }, _) => {
            Ok(path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()))
        }
        _ => Ok(None),
    }
}

/// An animatic goes the way of a paid clip as far as it costs nothing.
async fn animatic(
    context: &WorkerContext,
    order: &Order,
    provider: &dyn Renderer,
    request: Option<RenderRequest>,
    file: &Path,
) -> Result<WorkerResult, ShotFailure> {
    context.messenger.moved(Stage::Submitting, None);
    let Some(mut request) = request else { return Err(ShotFailure::Refused(Refusal::Gone)) };
    if let Some(voices) = order.shot.spoken_by() {
        let VoiceTrack { samples, notes } = voice_track(context, order, voices).await?;
        request.voices = Some(samples);
        for message in notes {
            context.messenger.say(Event::Warned { message });
        }
    }
    let prepared: Prepared = provider.prepare(&request).await?;
    let ticket = provider.submit(&prepared).await?;
    let delivery = match follow::follow(context, provider, &ticket, None, &order.polling, false).await? {
        Followed::Done { delivery, .. } => delivery,
        Followed::Over(error) | Followed::Forgotten(error) => return Err(error.into()),
    };
    follow::fetch(context, provider, &ticket, &delivery, file).await?;
    context.messenger.moved(Stage::Verifying, None);
    // What was painted here was checked when it was encoded.
    let facts = context.studio.ffmpeg().probe(file).await?;
    stored(context, order, MadeHere { facts, provider: provider.provider().id, encoded: None }, file).await
}

/// The inputs of a render as files and addresses. Frames of other shots are cut where they are not in the store yet.
async fn gather(
    context: &WorkerContext,
    order: &Order,
    render: &Render,
    cut: &mut Vec<(ShotIndex, Digest)>,
) -> Result<Vec<Input>, ShotFailure> {
    let ffmpeg = context.studio.ffmpeg();
    let store = &context.store;
    let provider = render.provider.id;
    let mut gathered = Vec::new();
    for (role, source) in render.inputs.roles() {
        let from = match source {
            InputSource::File(file) => {
                InputFrom::Given(file_for_provider(context, order, file, role, gathered.len()).await?)
            }
            InputSource::Remote(address) => InputFrom::Remote(address.clone()),
            InputSource::LastFrame(shot) => {
                let digest = frames::last_frame(ffmpeg, store, &context.work, order.parent(*shot)).await?;
                cut.push((*shot, digest));
                InputFrom::Handover { path: store.object(&digest), address: order.originals.address(provider, &digest) }
            }
            InputSource::FirstFrame(shot) => {
                let path = frames::first_frame(ffmpeg, store, &context.work, order.parent(*shot)).await?;
                InputFrom::Handover { path, address: None }
            }
            InputSource::FrameAt(shot, at) => {
                let path = frames::frame_at(ffmpeg, store, &context.work, order.parent(*shot), *at).await?;
                InputFrom::Handover { path, address: None }
            }
            InputSource::TakeFirstFrame(take) => {
                let path = frames::first_frame(ffmpeg, store, &context.work, order.earlier_take(*take)?).await?;
                InputFrom::Handover { path, address: None }
            }
            InputSource::TakeTail(take) => {
                let digest = frames::last_frame(ffmpeg, store, &context.work, order.earlier_take(*take)?).await?;
                InputFrom::Handover { path: store.object(&digest), address: order.originals.address(provider, &digest) }
            }
            InputSource::Clip(shot) => {
                let parent = order.parent(*shot);
                InputFrom::Handover {
                    path: clip_for_provider(context, order, parent).await?,
                    address: order.originals.address(provider, &parent.clip),
                }
            }
        };
        gathered.push(Input { role, from });
    }
    Ok(gathered)
}

/// The `number`th input as a file that is sent: services do not turn a picture that lies on its side.
async fn file_for_provider(
    context: &WorkerContext,
    order: &Order,
    file: &File,
    role: InputRole,
    number: usize,
) -> Result<PathBuf, ShotFailure> {
    let path = unchanged(&order.folder, file)?;
    if matches!(role, InputRole::ReferenceVideo | InputRole::ReferenceAudio) {
        return Ok(path);
    }
    let copy = context.work.join(format!("{}-{}-upright-{number}", order.key.board, order.shot.id));
    let source = path.clone();
    let target = copy.clone();
    let turning = tokio::task::spawn_blocking(move || write_upright(&source, &target));
    let turned = turning.await.map_err(|_| StudioError::Painter)?;
    let is_turned = turned.map_err(|why| StudioError::Picture { path: file.path.clone(), why })?;
    Ok(if is_turned { copy } else { path })
}

/// The clip of another shot as a file that services read: H.264 or HEVC. Footage in another codec is encoded for them.
async fn clip_for_provider(
    context: &WorkerContext,
    order: &Order,
    parent: &ClipRecord,
) -> Result<PathBuf, ShotFailure> {
    let path = context.store.check(&parent.clip)?;
    let video = &parent.facts.video;
    if matches!(video.codec.as_str(), "h264" | "hevc") {
        return Ok(path);
    }
    let file = context.work.join(format!("{}-{}-input.mp4", order.key.board, order.shot.id));
    let cut = Cut {
        from: Duration::ZERO,
        to: None,
        size: video.size,
        fit: order.shot.fit,
        rate: video.rate,
        colours: Colours::default(),
        keep_sound: true,
    };
    context.studio.ffmpeg().cut(&path, cut, &file).await?;
    Ok(file)
}

/// The recipe names the bytes of a file, so they must be the ones that are used.
pub(super) fn unchanged(folder: &Path, file: &File) -> Result<PathBuf, ShotFailure> {
    let path = folder.join(&file.path);
    match digest_of(&path) {
        Ok(digest) if digest == file.digest => Ok(path),
        _ => Err(ShotFailure::InputChanged(file.path.clone())),
    }
}

fn request(order: &Order, render: &Render, inputs: Vec<Input>) -> Result<RenderRequest, ShotFailure> {
    let shot = &order.shot;
    let spec = &render.spec;
    let dialogue = shot.dialogue.iter().map(|spoken| match spoken.speaker_and_delivery() {
        Some(speaker) => format!("{speaker}: {}", spoken.line),
        None => spoken.line.clone(),
    });
    let is_drawn_here = !render.provider.is_paid;
    let board = shot.drawn().filter(|_| is_drawn_here).map(|board| unchanged(&order.folder, board)).transpose()?;
    Ok(RenderRequest {
        shot: shot.id.clone(),
        scene: shot.scene.as_deref().map(str::to_owned),
        recipe: order.recipe.digest(),
        spec: spec.clone(),
        words: render.words.clone(),
        dialogue: dialogue.collect(),
        voices: None,
        caption: caption(shot, spec),
        number: shot.slate().map(str::to_owned),
        board,
        film_frame: shot.film_time().map(|time| frame_at(time, order.rate)),
        inputs,
        rate: order.rate,
        frames: order.frames(),
        return_last_frame: order.hands_on,
        marker: String::new(),
    })
}

/// The frame at a time in milliseconds, both of which may be below zero.
fn frame_at(time: i64, rate: Rate) -> i64 {
    let distance = Duration::from_millis(time.unsigned_abs());
    i64::try_from(rate.frame_at(distance)).unwrap_or(i64::MAX) * time.signum()
}

/// What an animatic says below its picture.
fn caption(shot: &Shot, spec: &RenderSpec) -> String {
    let take = if shot.take > 1 { format!(" · take {}", shot.take) } else { String::new() };
    format!("{} · {} · {} · {}{take}", spec.model, spec.resolution, spoken(shot.length), spec.mode.label())
}

/// Cards, stills and footage. Gives why footage was encoded, where it was.
async fn made_here(
    context: &WorkerContext,
    order: &Order,
    make: &Make,
    file: &Path,
) -> Result<Option<String>, ShotFailure> {
    let size = order.size;
    let rate = order.rate;
    let frames = order.frames();
    let studio = &context.studio;
    // Sound as long as the picture lets these clips stand beside sounding ones.
    let tone = Some(PaintedSound::Silence);
    match make {
        Make::Card(card) => {
            for file in card.files() {
                unchanged(&order.folder, file)?;
            }
            let card = title_card(&order.folder, card, size, rate, frames)?;
            studio.shoot(move |painter| Ok(painter.card(&card)), tone, Painted::default(), file).await?;
        }
        Make::Still(image) => {
            let path = unchanged(&order.folder, image)?;
            let seed = *image.digest.as_bytes();
            let fit = order.shot.fit;
            studio
                .shoot(
                    move |painter| Ok(painter.still(&Still { size, rate, frames, image: picture(&path)?, fit, seed })),
                    tone,
                    Painted::default(),
                    file,
                )
                .await?;
        }
        Make::Footage { file: footage, from, to, audio } => {
            let colours = order.colours;
            let cut = Cut { from: *from, to: *to, size, fit: order.shot.fit, rate, colours, keep_sound: *audio };
            let taking = studio.ffmpeg().take(&order.folder.join(&footage.path), cut, file).await;
            // Afterwards, so that a file that changes while it is read is noticed.
            unchanged(&order.folder, footage)?;
            let taking = taking?;
            let message = format!("{}: {taking}", order.shot.id);
            context.messenger.say(Event::FilmNoted { board: order.key.board, message });
            return Ok(taking.encoded().map(str::to_owned));
        }
        Make::Prompt(_) => {}
    }
    Ok(None)
}
