//! A timeline becomes a film: encode what must be encoded, copy the rest under a new index, and check the result.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use storyreel_core::ffmpeg::OverlayPlate;
use storyreel_core::timeline::picture::{PictureOrder, late, runs};
use storyreel_core::timeline::seam::Heard;
use storyreel_core::timeline::sound::{ClipSound, SoundPlan, plan};
use storyreel_core::timeline::{SoundFormat, Timeline, Treatment, timescale};
use storyreel_core::units::Digest;
use storyreel_mp4::aac::{Config, PACKET, is_long};
use storyreel_mp4::{Coding, Movie, NewSample, NewTrack};
use tempfile::TempDir;

use super::fresh::Fresh;
use super::listen::listen;
use super::pictures::{self, Pictures};
use super::settle::settle;
use super::sound::{self, SoundMix};
use super::source::ClipSource;
use super::splice::{self, SampleSpan, SpliceFault, SplicedFiles, Strand};
use super::words;
use super::{Ffmpeg, MediaError};

/// Share of the progress that belongs to encoding, when anything is encoded: copying takes next to nothing beside it.
const ENCODING: f32 = 0.9;

/// Where a film is made.
#[derive(Debug, Clone, Copy)]
pub struct AssemblyPaths<'a> {
    /// Intermediate files go into a folder of their own under this one, and go away.
    pub work: &'a Path,
    /// What was encoded for the joins stays in this folder, so that a film of which little changed is soon made. It
    /// belongs to this film alone.
    pub kept: &'a Path,
    /// The film. No other process makes it meanwhile.
    pub out: &'a Path,
    /// The pictures of subtitles that are burned in: one for each, in order.
    pub plates: &'a [OverlayPlate],
}

/// A film that was assembled and found right.
#[derive(Debug, Clone, PartialEq)]
pub struct AssembledFilm {
    /// Frames of the film, counted in the file.
    pub frames: u64,
    /// How many frames were copied.
    pub copied: u64,
    /// How many frames were encoded.
    pub encoded: u64,
    /// For every segment: how many of its frames were copied, and how many encoded outside of its transitions.
    pub ways: Vec<(u64, u64)>,
    /// In film order, the segments whose pictures are encoded for what their clips are: the place of each, and why.
    pub reasons: Vec<(usize, String)>,
    /// The segments whose sound is decoded as a whole: the place of each, and why.
    pub decoded: Vec<(usize, String)>,
    /// The loudness that the film comes to, in LUFS, where its peaks do not allow what is asked for.
    pub softer: Option<f64>,
    /// What is heard at every seam where the film has sound: the place of the later segment first.
    pub heard: Vec<(usize, Heard)>,
}

impl Ffmpeg {
    /// Makes the film of `timeline`.
    ///
    /// `progress` hears how much is done, from 0 to 1. The film at `places.out` is replaced only by one that has been
    /// read back and has every frame at its exact time. Whether it fails or is dropped half-way, what was there stays,
    /// and nothing else is left behind but finished runs under `places.kept`. Equal inputs give equal bytes.
    pub async fn assemble(
        &self,
        timeline: &Timeline,
        clip_path: impl Fn(&Digest) -> PathBuf + Send,
        places: AssemblyPaths<'_>,
        mut progress: impl FnMut(f32) + Send,
    ) -> Result<AssembledFilm, MediaError> {
        let clips = Clips::open(timeline, &clip_path)?;
        let fresh = Fresh::alone(places.out)?;
        let work = work_folder(places).await?;
        let mut timeline = timeline.clone();
        let sources = clips.of_segments();
        let rewritten = settle(&mut timeline, &sources, work.path());
        let sources: Vec<&ClipSource> =
            sources.iter().map(|source| rewritten.get(&source.path).unwrap_or(source)).collect();
        let orders = clips.orders(&timeline)?;
        let orders: Vec<Option<&PictureOrder>> = orders.iter().map(Option::as_ref).collect();
        let runs = runs(&timeline, &orders);
        let plates = places.plates;
        let pictures = Pictures { timeline: &timeline, sources: &sources, orders: &orders, plates, runs };
        let encoded = pictures.encoded();
        let begin = if encoded > 0 { ENCODING } else { 0.0 };
        let made = pictures.encode(self, places.kept, |part| progress(begin * part)).await?;
        let mut files = SplicedFiles::default();
        let mut strands = vec![pictures.strand(&made, &mut files)?];
        let mut sound = self.assemble_sound(&timeline, &sources, &clip_path, work.path(), &mut files).await?;
        strands.extend(sound.as_mut().and_then(|sound| sound.strand.take()));
        strands.extend(words::tracks(&timeline, work.path(), &mut files)?);
        write(&timeline, strands, files, fresh.path().to_owned(), places.out).await?;
        progress(begin + (1.0 - begin) / 2.0);
        let plan = sound.as_ref().map(|sound| &sound.plan);
        self.verify(fresh.path(), &timeline, plan, places.out).await?;
        let heard = listen(self, fresh.path(), &timeline, plan, work.path()).await?;
        fresh.commit().await?;
        pictures::sweep(places.kept, &made);
        progress(1.0);
        Ok(AssembledFilm {
            frames: timeline.frames(),
            copied: pictures.copied(),
            encoded,
            ways: pictures.ways(),
            reasons: reasons(&timeline, &orders),
            softer: sound.as_ref().and_then(|sound| sound.softer),
            decoded: sound.map_or_else(Vec::new, |sound| sound.decoded),
            heard,
        })
    }

    /// Makes the sound of a film in `work`, if it has any.
    async fn assemble_sound(
        &self,
        timeline: &Timeline,
        sources: &[&ClipSource],
        clip_path: &(impl Fn(&Digest) -> PathBuf + Send),
        work: &Path,
        files: &mut SplicedFiles,
    ) -> Result<Option<AssembledSound>, MediaError> {
        let Some(format) = timeline.sound else { return Ok(None) };
        let music = timeline.music.as_ref().map(|music| clip_path(&music.file));
        let laid: Vec<PathBuf> = timeline.sounds.iter().map(|part| clip_path(&part.file)).collect();
        let PlannedSound { plan, decoded } = plan_sound(timeline, format, sources)?;
        let mix = SoundMix { timeline, plan: &plan, sources, music: music.as_deref(), laid: &laid };
        let made = sound::make(self, &mix, work, files).await?;
        let strand = Some(sound_strand(timeline, &plan, made.spans));
        Ok(Some(AssembledSound { plan, strand, decoded, softer: made.softer }))
    }
}

/// The folder for intermediate files, beside the one for what is kept.
async fn work_folder(places: AssemblyPaths<'_>) -> Result<TempDir, MediaError> {
    let work = tempfile::Builder::new().prefix("film-").tempdir_in(places.work);
    let work = work.map_err(MediaError::file("write", places.work))?;
    tokio::fs::create_dir_all(places.kept).await.map_err(MediaError::file("write", places.kept))?;
    Ok(work)
}

/// The sound of a film that is being assembled.
struct AssembledSound {
    plan: SoundPlan,
    /// Its track, until it is written.
    strand: Option<Strand>,
    /// The segments whose sound is decoded as a whole: the place of each, and why.
    decoded: Vec<(usize, String)>,
    /// The loudness that it comes to, in LUFS, where its peaks do not allow what is asked for.
    softer: Option<f64>,
}

/// The clips of a film, each read once however often it is shown.
struct Clips {
    sources: Vec<ClipSource>,
    /// The place in `sources` of every segment's clip.
    places: Vec<usize>,
}

impl Clips {
    fn open(timeline: &Timeline, clip_path: &impl Fn(&Digest) -> PathBuf) -> Result<Self, MediaError> {
        let mut known: HashMap<Digest, usize> = HashMap::new();
        let mut clips = Self { sources: Vec::new(), places: Vec::new() };
        for segment in &timeline.segments {
            let place = match known.get(&segment.clip) {
                Some(&place) => place,
                None => {
                    let path = clip_path(&segment.clip);
                    let path = std::path::absolute(&path).map_err(MediaError::file("read", &path))?;
                    clips.sources.push(ClipSource::open(&path)?);
                    known.insert(segment.clip, clips.sources.len() - 1);
                    clips.sources.len() - 1
                }
            };
            clips.places.push(place);
        }
        Ok(clips)
    }

    fn of_segments(&self) -> Vec<&ClipSource> {
        self.places.iter().map(|&place| &self.sources[place]).collect()
    }

    fn orders(&self, timeline: &Timeline) -> Result<Vec<Option<PictureOrder>>, MediaError> {
        let mut orders = Vec::new();
        for (segment, &place) in timeline.segments.iter().zip(&self.places) {
            let video = &segment.facts.video;
            let counts_alike = video.rate == timeline.rate;
            orders.push(if counts_alike { self.sources[place].order(video)? } else { None });
        }
        Ok(orders)
    }
}

fn reasons(timeline: &Timeline, orders: &[Option<&PictureOrder>]) -> Vec<(usize, String)> {
    let mut reasons: Vec<(usize, String)> = Vec::new();
    for (n, segment) in timeline.segments.iter().enumerate() {
        if let Treatment::Encode(reason) = &segment.treatment {
            reasons.push((n, reason.to_string()));
        }
    }
    for (n, reason) in late(timeline, orders) {
        reasons.push((n, reason.to_string()));
    }
    reasons.sort();
    reasons
}

/// The plan of a film's sound.
struct PlannedSound {
    plan: SoundPlan,
    /// The segments whose sound is decoded as a whole: the place of each, and why.
    decoded: Vec<(usize, String)>,
}

fn plan_sound(timeline: &Timeline, format: SoundFormat, sources: &[&ClipSource]) -> Result<PlannedSound, MediaError> {
    let mut decoded = Vec::new();
    let mut voices = Vec::new();
    for (n, (segment, source)) in timeline.segments.iter().zip(sources).enumerate() {
        if segment.facts.audio.is_none() {
            voices.push(ClipSound::Silent);
            continue;
        }
        let (voice, why) = source.voice(format);
        decoded.extend(why.map(|why| (n, why)));
        voices.push(voice);
    }
    let fault = RefCell::new(None);
    let plan = plan(timeline, format, &voices, !timeline.is_mixed(), |segment, packet| {
        let head = sources[segment].packet_head(packet);
        let head = head.map_err(|error| *fault.borrow_mut() = Some((segment, error)));
        head.is_ok_and(|head| is_long(&head))
    });
    match fault.into_inner() {
        Some((segment, error)) => Err(MediaError::file("read", &sources[segment].path)(error)),
        None => Ok(PlannedSound { plan, decoded }),
    }
}

fn sound_strand(timeline: &Timeline, plan: &SoundPlan, spans: Vec<SampleSpan>) -> Strand {
    let format = plan.format;
    let mut samples = Vec::new();
    let mut bits = 0;
    for span in &spans {
        samples.push(NewSample { size: span.size, duration: PACKET as u32, shift: 0, sync: true });
        bits += u64::from(span.size) * 8;
    }
    let average = bits * u64::from(format.rate) / plan.length.max(1);
    let config = Config::new(format.rate, format.channels).expect("a film's format is one that AAC has");
    let scale = timescale(timeline.rate);
    let track = NewTrack {
        coding: Coding::Sound(config.entry(average as u32)),
        timescale: format.rate,
        samples,
        // The first packet yields what lies before the beginning.
        hidden: PACKET as u32,
        length: (u128::from(plan.length) * u128::from(scale) / u128::from(format.rate)) as u64,
    };
    Strand { track, spans }
}

/// Writes the film on a thread where reading and writing may take their time.
async fn write(
    timeline: &Timeline,
    strands: Vec<Strand>,
    files: SplicedFiles,
    fresh: PathBuf,
    out: &Path,
) -> Result<(), MediaError> {
    let chunks = splice::chunks(&strands);
    let (tracks, spans) = strands.into_iter().map(|strand| (strand.track, strand.spans)).unzip();
    let movie = Movie { timescale: timescale(timeline.rate) as u32, tracks, chunks, tags: timeline.tags.clone() };
    let spans: Vec<Vec<SampleSpan>> = spans;
    let writing = tokio::task::spawn_blocking(move || splice::write(&movie, &spans, &files, &fresh));
    writing.await.expect("writing a file does not panic").map_err(|fault| match fault {
        SpliceFault::Read(file, error) => MediaError::file("read", &file)(error),
        SpliceFault::Write(error) => MediaError::file("write", out)(error),
    })
}
