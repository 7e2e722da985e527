//! The film's pictures: coded pictures of clips as they are, and runs that are encoded between them.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use storyreel_core::ffmpeg::{FilmRun, Footage, OverlayPlate, encode_run, file_url};
use storyreel_core::timeline::picture::{EncodedPart, PictureOrder, PictureRun};
use storyreel_core::timeline::{Codec, PictureFormat, Timeline, encoder_name, ticks_per_frame, timescale};
use storyreel_core::units::Digest;
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
    frames: Range<u64>,
}

impl Coded<'_> {
    fn damaged(&self, what: &str) -> MediaError {
        MediaError::Damaged { file: self.source.path.clone(), what: what.to_owned() }
    }
}

/// A run that was encoded.
struct EncodedRun {
    source: ClipSource,
    order: PictureOrder,
}

impl EncodedRun {
    /// Opens an encoded run and insists on its length, and on the depth of its samples: encoders are built for 8 bits alone
    /// that take pictures of 10 bits without a word.
    fn open(file: &Path, frames: u64, format: PictureFormat) -> Result<Self, MediaError> {
        let source = ClipSource::open(file)?;
        let there = source.pictures().len() as u64;
        let depth = source.coding().and_then(|(entry, _)| storyreel_mp4::depth(entry));
        let wanted = format.depth();
        let other_depth = depth.filter(|depth| *depth != wanted).map(|depth| {
            let encoder = encoder_name(format.codec);
            format!(
                "its samples have {depth} bits and should have {wanted}; {encoder} of this ffmpeg writes no others, so take \
                 another ffmpeg"
            )
        });
        let other_length = (there != frames).then(|| format!("it has {there} frames and should have {frames}"));
        if let Some(what) = other_length.or(other_depth) {
            // A broken one must not be found again.
            let _ = fs::remove_file(file);
            return Err(MediaError::Wrong { file: file.to_owned(), what });
        }
        let Some(order) = PictureOrder::of(source.pictures(), |_| false) else {
            let what = "two of its frames are shown at once".to_owned();
            return Err(MediaError::Wrong { file: file.to_owned(), what });
        };
        Ok(Self { source, order })
    }
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
        let mut plates = self.plates.to_vec();
        for plate in &mut plates {
            plate.file = plate.digest.hex().into();
        }
        let footage = self.footage(&digests);
        let run = FilmRun { timeline: self.timeline, parts, footage: &footage, plates: &plates };
        let mut text = String::new();
        for arg in encode_run(&run, "out".as_ref()) {
            // Quoted, so that no argument can pass for two.
            text += &format!("{:?}\n", arg.to_string_lossy());
        }
        format!("{}.mp4", Digest::of(text.as_bytes()).hex())
    }

    fn footage<'a>(&'a self, clips: &'a [PathBuf]) -> Vec<Footage<'a>> {
        let mut footage = Vec::new();
        for (n, segment) in self.timeline.segments.iter().enumerate() {
            footage.push(Footage { segment, clip: &clips[n], order: self.orders[n] });
        }
        footage
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
        let footage = self.footage(&clips);
        let run = FilmRun { timeline: self.timeline, parts, footage: &footage, plates: self.plates };
        let args = encode_run(&run, &file_url(&part));
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
        let opened = self.open_encoded(encoded)?;
        let coded = self.coded(&opened, files);
        let delay = coded.iter().map(|coded| coded.order.delay()).max().unwrap_or_default();
        let step = ticks_per_frame(self.timeline.rate);
        let mut samples = Vec::new();
        let mut spans = Vec::new();
        for coded in &coded {
            for frame in coded.frames.clone() {
                let picture = &coded.source.pictures()[frame as usize];
                let shown = u64::from(coded.order.shown[frame as usize]);
                // A picture is decoded at its place in the film, `delay` frames early, and shown at its own.
                let shift = (shown + delay - frame) * step;
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
        let entry = self.entry(&coded)?;
        let track = NewTrack {
            coding: Coding::Picture { entry, width: size.width as u16, height: size.height as u16 },
            timescale: timescale(self.timeline.rate) as u32,
            samples,
            hidden: (delay * step) as u32,
            length: self.timeline.frames() * step,
        };
        Ok(Strand { track, spans })
    }

    /// Opens the files of the runs that were encoded, in film order.
    fn open_encoded(&self, encoded: &[PathBuf]) -> Result<Vec<EncodedRun>, MediaError> {
        let mut opened = Vec::new();
        let runs = self.runs.iter().filter(|run| !is_copied(run));
        for (file, run) in encoded.iter().zip(runs) {
            opened.push(EncodedRun::open(file, run.frames(), self.timeline.format)?);
        }
        Ok(opened)
    }

    /// The coded pictures of all runs, in film order.
    fn coded<'a>(&'a self, encoded: &'a [EncodedRun], files: &mut SplicedFiles) -> Vec<Coded<'a>> {
        let mut encoded = encoded.iter();
        let mut all = Vec::new();
        for run in &self.runs {
            let found = match run {
                PictureRun::Copy { segment, frames } => {
                    self.orders[*segment].map(|order| (self.sources[*segment], order, frames.clone()))
                }
                PictureRun::Encode(_) => encoded.next().map(|made| (&made.source, &made.order, 0..run.frames())),
            };
            if let Some((source, order, frames)) = found {
                all.push(Coded { place: files.add(source.picture_file()), source, order, frames });
            }
        }
        all
    }

    /// One sample entry for all: every parameter set that any of the pictures names.
    fn entry(&self, coded: &[Coded<'_>]) -> Result<Vec<u8>, MediaError> {
        let mut all: Option<ParameterSets> = None;
        for coded in coded {
            let coding = coded.source.coding();
            let (entry, sets) = coding.ok_or_else(|| coded.damaged("it does not say how it is coded"))?;
            // Codecs without parameter sets say in every picture what is needed to decode it.
            let Some(sets) = sets else { return Ok(entry.to_vec()) };
            match &mut all {
                None => all = Some(sets),
                Some(all) if all.agrees_with(&sets) => all.absorb(&sets),
                Some(_) => return Err(coded.damaged("its parameter sets are not those of the other clips")),
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

    /// How many frames are copied.
    pub(super) fn copied(&self) -> u64 {
        self.runs.iter().filter(|run| is_copied(run)).map(PictureRun::frames).sum()
    }

    /// How many frames are encoded.
    pub(super) fn encoded(&self) -> u64 {
        self.runs.iter().filter(|run| !is_copied(run)).map(PictureRun::frames).sum()
    }
}

fn is_copied(run: &PictureRun) -> bool {
    matches!(run, PictureRun::Copy { .. })
}

/// Removes runs that no film of this name needs any more.
pub(super) fn sweep(kept: &Path, needed: &[PathBuf]) {
    let entries = fs::read_dir(kept).into_iter().flatten().filter_map(Result::ok);
    for file in entries.map(|entry| entry.path()).filter(|file| !needed.contains(file)) {
        // What cannot be removed does no harm.
        let _ = fs::remove_file(file);
    }
}
