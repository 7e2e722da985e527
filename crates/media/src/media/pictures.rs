//! The film's pictures: coded pictures of clips as they are, and runs that are encoded between them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use storyreel_core::timeline::args::{Footage, OverlayPlate, encode_run, file_url, ticks_per_frame, timescale};
use storyreel_core::timeline::picture::{EncodedPart, PictureOrder, PictureRun};
use storyreel_core::timeline::{Codec, EncodeReason, Timeline, Treatment};
use storyreel_core::units::{Digest, ShotId};
use storyreel_mp4::{Coding, NewSample, NewTrack, ParameterSets};
use tempfile::TempPath;

use super::renumber::renumber;
use super::run::FfmpegTask;
use super::source::ClipSource;
use super::splice::{SampleSpan, SplicedFiles, Strand};
use super::{Ffmpeg, MediaError};

/// The runs of a film, ready to be written.
pub(super) struct Pictures<'a> {
    pub(super) timeline: &'a Timeline,
    /// One for every segment.
    pub(super) sources: &'a [&'a ClipSource],
    /// One for every segment, where its clip counts its frames as the film does.
    pub(super) orders: &'a [Option<&'a PictureOrder>],
    /// What is laid over the film.
    pub(super) plates: &'a [OverlayPlate],
    pub(super) runs: Vec<PictureRun>,
}

/// Coded pictures with their order, from wherever they come.
struct Coded<'a> {
    place: usize,
    source: &'a ClipSource,
    order: &'a PictureOrder,
    frames: std::ops::Range<u64>,
}

impl Pictures<'_> {
    /// Encodes what must be encoded, one encoder per processor: each runs on one thread. What an earlier film of the
    /// same name needed, too, is taken from `kept`, and what is new stays there; the rest of it goes.
    pub(super) async fn encode(
        &self,
        ffmpeg: &Ffmpeg,
        kept: &Path,
        mut progress: impl FnMut(f32) + Send,
    ) -> Result<Vec<PathBuf>, MediaError> {
        let parts = self.runs.iter().filter_map(|run| match run {
            PictureRun::Encode(parts) => Some(parts),
            PictureRun::Copy { .. } => None,
        });
        let jobs: Vec<(PathBuf, &Vec<EncodedPart>)> = parts.map(|parts| (kept.join(self.name(parts)), parts)).collect();
        // A clip that is shown twice may give the same run twice.
        let unlike: BTreeMap<&PathBuf, &Vec<EncodedPart>> = jobs.iter().map(|(file, parts)| (file, *parts)).collect();
        let total: u64 = unlike.values().flat_map(|parts| parts.iter()).map(EncodedPart::frames).sum();
        let mut done = 0;
        let side_by_side = std::thread::available_parallelism().map_or(1, usize::from);
        let encoding: Vec<_> = unlike.iter().map(|(file, parts)| self.encode_one(ffmpeg, file, parts)).collect();
        let mut running = futures::stream::iter(encoding).buffer_unordered(side_by_side);
        while let Some(frames) = running.next().await {
            done += frames?;
            progress(done as f32 / total as f32);
        }
        drop(running);
        Ok(jobs.into_iter().map(|(file, _)| file).collect())
    }

    /// A name that says everything that decides the run's bytes.
    fn name(&self, parts: &[EncodedPart]) -> String {
        let digests: Vec<PathBuf> = self.timeline.segments.iter().map(|segment| segment.clip.hex().into()).collect();
        let plate = |plate: &OverlayPlate| OverlayPlate { file: plate.digest.hex().into(), ..plate.clone() };
        let plates: Vec<OverlayPlate> = self.plates.iter().map(plate).collect();
        let mut text = String::new();
        for arg in encode_run(self.timeline, parts, &self.footage(&digests), &plates, "out".as_ref()) {
            // Quoted, so that no argument can pass for two.
            text += &format!("{:?}\n", arg.to_string_lossy());
        }
        format!("{}.mp4", Digest::of(text.as_bytes()).hex())
    }

    fn footage<'a>(&'a self, clips: &'a [PathBuf]) -> Vec<Footage<'a>> {
        let segments = self.timeline.segments.iter().zip(clips).zip(self.orders);
        segments.map(|((segment, clip), order)| Footage { segment, clip, exact: order.is_some() }).collect()
    }

    async fn encode_one(&self, ffmpeg: &Ffmpeg, file: &Path, parts: &[EncodedPart]) -> Result<u64, MediaError> {
        let frames = parts.iter().map(EncodedPart::frames).sum();
        let segment = match parts[0] {
            EncodedPart::Plain { segment, .. } | EncodedPart::Blend { segment, .. } => segment,
        };
        // A file under its final name is whole: it was renamed.
        if file.exists() {
            return Ok(frames);
        }
        let clips: Vec<PathBuf> = self.sources.iter().map(|source| source.path.clone()).collect();
        // Gone unless it gets its name: when the encoder fails, and when this is given up.
        let part = TempPath::try_from_path(file.with_extension("part")).map_err(MediaError::file("write", file))?;
        let args = encode_run(self.timeline, parts, &self.footage(&clips), self.plates, &file_url(&part));
        let task = FfmpegTask::new("encode the frames of", &self.sources[segment].path);
        ffmpeg.output(task, &args).await?;
        if self.timeline.format.codec == Codec::Hevc {
            renumber(part.to_path_buf(), self.timeline.format.ids).await?;
        }
        part.persist(file).map_err(|error| MediaError::file("write", file)(error.error))?;
        Ok(frames)
    }

    /// Lays all runs one after another. `encoded` has a file for each run that is encoded.
    pub(super) fn strand(&self, encoded: &[PathBuf], files: &mut SplicedFiles) -> Result<Strand, MediaError> {
        let mut opened = Vec::new();
        for (file, run) in encoded.iter().zip(self.runs.iter().filter(|run| matches!(run, PictureRun::Encode(_)))) {
            opened.push(open(file, run.frames())?);
        }
        let mut next = opened.iter();
        let coded: Vec<Coded<'_>> = self
            .runs
            .iter()
            .filter_map(|run| {
                let (source, order, frames) = match run {
                    PictureRun::Copy { segment, frames } => {
                        (self.sources[*segment], self.orders[*segment]?, frames.clone())
                    }
                    PictureRun::Encode(_) => {
                        let (source, order) = next.next()?;
                        (source, order, 0..run.frames())
                    }
                };
                Some(Coded { place: files.add(&source.path), source, order, frames })
            })
            .collect();
        let delay = coded.iter().map(|coded| coded.order.delay()).max().unwrap_or_default();
        let step = ticks_per_frame(self.timeline.rate);
        let mut samples = Vec::new();
        let mut spans = Vec::new();
        for coded in &coded {
            let range = coded.frames.start as usize..coded.frames.end as usize;
            let pictures = &coded.source.pictures()[range.clone()];
            for (n, (picture, &shown)) in
                range.zip(pictures.iter().zip(&coded.order.shown[coded.frames.start as usize..]))
            {
                // A picture is decoded at its place in the film, `delay` frames early, and shown at its own.
                let shift = (u64::from(shown) + delay - n as u64) * step;
                samples.push(NewSample {
                    size: picture.size,
                    duration: step as u32,
                    shift: shift as u32,
                    sync: picture.sync,
                });
                spans.push(SampleSpan { file: coded.place, offset: picture.offset, size: picture.size });
            }
        }
        let size = self.timeline.size;
        let coding =
            Coding::Picture { entry: self.entry(&coded)?, width: size.width as u16, height: size.height as u16 };
        let track = NewTrack {
            coding,
            timescale: timescale(self.timeline.rate) as u32,
            samples,
            hidden: (delay * step) as u32,
            length: self.timeline.frames() * step,
        };
        Ok(Strand { track, spans })
    }

    /// One sample entry for all: every parameter set that any of the pictures names.
    fn entry(&self, coded: &[Coded<'_>]) -> Result<Vec<u8>, MediaError> {
        let mut all: Option<ParameterSets> = None;
        for coded in coded {
            let wrong = |what: &str| MediaError::Damaged { file: coded.source.path.clone(), what: what.to_owned() };
            let (entry, sets) = coded.source.coding().ok_or_else(|| wrong("it does not say how it is coded"))?;
            // Codecs without parameter sets say in every picture what is needed to decode it.
            let Some(sets) = sets else { return Ok(entry.to_vec()) };
            match &mut all {
                None => all = Some(sets),
                Some(all) if all.agrees_with(&sets) => all.absorb(&sets),
                Some(_) => return Err(wrong("its parameter sets are not those of the other clips")),
            }
        }
        let size = self.timeline.size;
        let all = all.ok_or_else(|| MediaError::Nothing(PathBuf::new()))?;
        Ok(all.entry(size.width as u16, size.height as u16))
    }

    /// For every segment, how many frames are copied, and how many encoded outside of its transitions.
    pub(super) fn ways(&self) -> Vec<(u64, u64)> {
        let mut ways = vec![(0, 0); self.sources.len()];
        for run in &self.runs {
            match run {
                PictureRun::Copy { segment, .. } => ways[*segment].0 += run.frames(),
                PictureRun::Encode(parts) => {
                    for part in parts {
                        if let EncodedPart::Plain { segment, .. } = part {
                            ways[*segment].1 += part.frames();
                        }
                    }
                }
            }
        }
        ways
    }

    /// How many frames are copied, and how many encoded.
    pub(super) fn tally(&self) -> (u64, u64) {
        let count = |copied: bool| {
            let runs = self.runs.iter().filter(|run| matches!(run, PictureRun::Copy { .. }) == copied);
            runs.map(PictureRun::frames).sum()
        };
        (count(true), count(false))
    }
}

/// Opens an encoded run and insists on its length.
fn open(file: &Path, frames: u64) -> Result<(ClipSource, PictureOrder), MediaError> {
    let source = ClipSource::open(file)?;
    let wrong = |what: String| MediaError::Wrong { file: file.to_owned(), what };
    let there = source.pictures().len() as u64;
    if there != frames {
        // A broken one must not be found again.
        let _ = fs::remove_file(file);
        return Err(wrong(format!("it has {there} frames and should have {frames}")));
    }
    let order = PictureOrder::of(source.pictures(), |_| false);
    let order = order.ok_or_else(|| wrong("two of its frames are shown at once".to_owned()))?;
    Ok((source, order))
}

/// Removes runs that no film of this name needs any more.
pub(super) fn sweep(kept: &Path, needed: &[PathBuf]) {
    let entries = fs::read_dir(kept).into_iter().flatten().filter_map(Result::ok);
    for file in entries.map(|entry| entry.path()).filter(|file| !needed.contains(file)) {
        // What cannot be removed does no harm.
        let _ = fs::remove_file(file);
    }
}

/// Looks at the parameter sets themselves: clips whose fingerprints differ can stand side by side as long as no id
/// means two things, and clips that share an id with what is encoded here cannot be copied.
pub(super) fn settle(timeline: &mut Timeline, sources: &[&ClipSource]) {
    let mut all: Option<ParameterSets> = None;
    let mut first: Option<(ShotId, Vec<u8>)> = None;
    for wanted in [true, false] {
        for (segment, source) in timeline.segments.iter_mut().zip(sources) {
            let candidate = match segment.treatment {
                Treatment::Copy => wanted,
                Treatment::Encode(EncodeReason::Parameters(_)) => !wanted,
                Treatment::Encode(_) => false,
            };
            let Some((entry, sets)) = source.coding().filter(|_| candidate) else { continue };
            let name = entry[4..8].to_vec();
            let named = matches!(timeline.format.codec, Codec::H264 | Codec::Hevc);
            if named && sets.as_ref().is_none_or(|sets| sets.claims(timeline.format.ids)) {
                segment.treatment = Treatment::Encode(EncodeReason::Loose);
                continue;
            }
            let (shot, kind) = first.get_or_insert_with(|| (segment.shot.clone(), name.clone()));
            let agree = match (&mut all, sets) {
                (Some(known), Some(sets)) => {
                    let agree = known.agrees_with(&sets);
                    if agree {
                        known.absorb(&sets);
                    }
                    agree
                }
                (_, sets) => {
                    all = sets;
                    *kind == name
                }
            };
            segment.treatment =
                if agree { Treatment::Copy } else { Treatment::Encode(EncodeReason::Parameters(shot.clone())) };
        }
    }
}
