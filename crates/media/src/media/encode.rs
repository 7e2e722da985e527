//! Making clips: from painted frames, and from footage that must be encoded. Both give one format, so that they join by
//! copy, but for footage of more bits.

use std::io::{self, BufWriter, PipeWriter, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::clip::{Colours, Primaries};
use storyreel_core::ffmpeg::{
    ClipQuality, FootageCut, FootageStart, SOUND_LEAD, SourcePicture, cut_clip, encode_painted,
};
use storyreel_core::timeline::{Fit, SAMPLE_RATE};
use storyreel_core::units::{Rate, Size};
use tempfile::NamedTempFile;

use super::fresh::Fresh;
use super::probe::{Fingerprint, Measured, PictureTimes};
use super::run::{FfmpegTask, finish};
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// Paints frame `n` into I420 bytes: all luma rows, then both chroma planes at half size. The bytes of the frame
/// before are still there.
pub type PaintFrame = Box<dyn FnMut(u64, &mut [u8]) + Send>;

/// Frames yet to be painted.
pub struct FrameSource {
    /// Pixels across and down; both even.
    pub size: Size,
    /// Frames per second.
    pub rate: Rate,
    /// How many, above zero.
    pub frames: u64,
    /// Called once for each, in order, on a thread where it may take its time.
    pub paint: PaintFrame,
}

/// The sound of a painted clip.
#[derive(Debug, Clone, PartialEq)]
pub enum PaintedSound {
    /// A sine that stands for sound to come, faded at both ends.
    Guide {
        /// Its frequency in hertz.
        hz: f32,
        /// Its peak in decibels below full scale: below zero.
        dbfs: f32,
        /// What is heard over it: one channel, from the beginning of the clip.
        voices: Option<Arc<[f32]>>,
    },
    /// A sound track that holds nothing.
    Silence,
}

/// Which part of some footage to use, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Where the part begins.
    pub from: Duration,
    /// Where it ends; the end of the picture when absent or later than that.
    pub to: Option<Duration>,
    /// Pixels across and down of the clip; both even.
    pub size: Size,
    /// How footage of another shape fills it.
    pub fit: Fit,
    /// Frames per second of the clip.
    pub rate: Rate,
    /// The colours of the clip; others are brought to those of BT.709.
    pub colours: Colours,
    /// Whether the footage's sound, if it has any, is kept.
    pub keep_sound: bool,
}

impl Ffmpeg {
    /// Encodes painted frames to an H.264 MP4 at `out`; with a tone, with sound exactly as long. Equal frames give
    /// equal bytes.
    pub async fn encode(&self, reel: FrameSource, tone: Option<PaintedSound>, out: &Path) -> Result<(), MediaError> {
        even(reel.size)?;
        if reel.frames == 0 {
            return Err(MediaError::Nothing(out.to_owned()));
        }
        let task = FfmpegTask::new("encode", out);
        let fresh = Fresh::beside(out)?;
        let samples = reel.rate.ticks(reel.frames, u64::from(SAMPLE_RATE));
        let sound = tone.map(|tone| guide(&tone, samples, &fresh)).transpose();
        let sound = sound.map_err(MediaError::file("write", out))?;
        let args = encode_painted(reel.size, reel.rate, sound.as_deref(), fresh.path());
        let (reader, writer) = io::pipe().map_err(MediaError::file("encode", out))?;
        let child = self.start(&args, Stdio::from(reader))?;
        // Painting overlaps with encoding, and a blocking writer spares a copy and two wake-ups of every chunk.
        let painting = tokio::task::spawn_blocking(move || paint(reel, writer));
        let (ended, painted) = tokio::join!(finish(child, task, |_| {}), painting);
        let (status, tail) = ended?;
        task.judge(status, &tail)?;
        painted.map_err(|_| MediaError::Painter(out.to_owned()))?.map_err(MediaError::file("encode", out))?;
        fresh.commit().await
    }

    /// Brings a part of `footage` to the format of [`Self::encode`]: the whole picture with black bars or
    /// cut off where its shape differs, exactly as many frames as the part is long.
    pub async fn cut(&self, footage: &Path, cut: Cut, out: &Path) -> Result<(), MediaError> {
        let measured = self.measure(footage, Fingerprint::Spared).await?;
        self.cut_measured(footage, &measured, cut, ClipQuality::Usual, out).await
    }

    /// The same for the beginning of footage whose index is damaged, so that nothing can be measured: all that decodes, in
    /// `frames` frames.
    pub async fn cut_unmeasured(&self, footage: &Path, cut: Cut, frames: u64, out: &Path) -> Result<(), MediaError> {
        even(cut.size)?;
        let fresh = Fresh::beside(out)?;
        let picture =
            SourcePicture { rate: cut.rate, is_even: true, is_interlaced: false, matrix: "auto", table: None };
        let whole = FootageCut {
            footage,
            picture,
            start: None,
            frames,
            size: cut.size,
            fit: cut.fit,
            rate: cut.rate,
            colours: Colours::default(),
            sound: cut.keep_sound.then_some(0),
            quality: ClipQuality::Usual,
        };
        let args = cut_clip(&whole, fresh.path());
        self.output(FfmpegTask::new("cut", footage), &args).await?;
        fresh.commit().await
    }

    pub(super) async fn cut_measured(
        &self,
        footage: &Path,
        measured: &Measured,
        cut: Cut,
        quality: ClipQuality,
        out: &Path,
    ) -> Result<(), MediaError> {
        even(cut.size)?;
        let video = &measured.facts.video;
        let part = CutPart::of(footage, measured, &cut)?;
        let fresh = Fresh::beside(out)?;
        let view = measured.view;
        let colours = if view.colours == cut.colours { cut.colours } else { Colours::default() };
        let table = if view.colours == colours { None } else { Some(ColourTable::write(view.colours, footage)?) };
        let picture = SourcePicture {
            rate: video.rate,
            is_even: measured.times.is_even,
            is_interlaced: view.is_interlaced,
            matrix: matrix(measured),
            table: table.as_ref().map(ColourTable::path),
        };
        let measured_cut = FootageCut {
            footage,
            picture,
            start: Some(part.start),
            frames: part.frames,
            size: cut.size,
            fit: cut.fit,
            rate: cut.rate,
            colours,
            sound: (cut.keep_sound && measured.facts.audio.is_some()).then_some(measured.sounds.heard),
            quality,
        };
        let args = cut_clip(&measured_cut, fresh.path());
        self.output(FfmpegTask::new("cut", footage), &args).await?;
        fresh.commit().await
    }
}

/// How the colours of a clip are coded, as ffmpeg names it.
fn matrix(measured: &Measured) -> &'static str {
    match measured.matrix {
        // It is written on every picture.
        Some(_) => "auto",
        None if measured.view.colours.primaries == Primaries::Bt2020 => "bt2020",
        // Untagged pictures: standard definition was BT.601, anything larger is BT.709.
        None if measured.facts.video.size.height >= 720 => "bt709",
        None => "bt601",
    }
}

/// A table of colours in a file that goes with it.
struct ColourTable(NamedTempFile);

impl ColourTable {
    /// The table for the colours of `footage`.
    fn write(colours: Colours, footage: &Path) -> Result<Self, MediaError> {
        let file = tempfile::Builder::new().prefix("storyreel-").suffix(".cube").tempfile();
        let mut file = file.map_err(MediaError::file("make a file for the colours of", footage))?;
        let path = file.path().to_owned();
        file.write_all(colours.table().as_bytes()).map_err(MediaError::file("write", &path))?;
        Ok(Self(file))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// How far before the beginning of a part its file is read, in seconds, where its index does not tell from which picture on
/// all are whole: pictures that are refreshed bit by bit, and those that lean on the group before, are whole by then.
const REACH: f64 = 12.0;

/// A part of some footage in its own times.
struct CutPart {
    start: FootageStart,
    frames: u64,
}

impl CutPart {
    fn of(footage: &Path, measured: &Measured, cut: &Cut) -> Result<Self, MediaError> {
        let times = &measured.times;
        let video = &measured.facts.video;
        let frames = cut.rate.frames(cut.length(footage, times)?);
        let time = times.begin + cut.from.as_secs_f64();
        let seek = Some(time - REACH);
        if time < times.first {
            // A little less sound before the first picture is better than a frame more in which nothing is seen.
            let whole = (times.first - time) / cut.rate.seconds(1) + 0.25;
            let lead = (whole as u64).min(frames - 1);
            let start = FootageStart { time: times.first - cut.rate.seconds(lead), seek, lead };
            let all = if times.is_even && video.rate == cut.rate { lead + video.frames } else { frames };
            return Ok(Self { start: start.or_from_the_beginning(), frames: frames.min(all) });
        }
        if !times.is_even || video.rate != cut.rate {
            let start = FootageStart { time, seek, lead: 0 };
            return Ok(Self { start: start.or_from_the_beginning(), frames });
        }
        let since_first = Duration::try_from_secs_f64(time - times.first).unwrap_or_default();
        let number = video.rate.frame_at(since_first).min(video.frames - 1);
        let order = ClipSource::open(footage).and_then(|source| source.order(video)).ok().flatten();
        let begin = order.map(|order| order.decodable_before(number));
        let known = begin.map(|begin| times.first + video.rate.seconds(4 * begin + 1) / 4.0 - SOUND_LEAD);
        let start = FootageStart { time: times.first + video.rate.seconds(number), seek: known.or(seek), lead: 0 };
        Ok(Self { start: start.or_from_the_beginning(), frames: frames.min(video.frames - number) })
    }
}

impl Cut {
    /// How long the part is that the footage has.
    pub(super) fn length(&self, footage: &Path, times: &PictureTimes) -> Result<Duration, MediaError> {
        let length = times.length();
        if self.from >= length {
            let length = length.as_secs_f64();
            let from = self.from.as_secs_f64();
            return Err(MediaError::PastEnd { file: footage.to_owned(), length, from });
        }
        let end = self.to.map_or(length, |to| to.min(length));
        let part = end.checked_sub(self.from).filter(|part| !part.is_zero());
        part.ok_or_else(|| MediaError::Nothing(footage.to_owned()))
    }
}

fn even(size: Size) -> Result<(), MediaError> {
    if size.is_even() { Ok(()) } else { Err(MediaError::OddSize(size)) }
}

fn paint(mut reel: FrameSource, mut pipe: PipeWriter) -> io::Result<()> {
    let pixels = reel.size.width as usize * reel.size.height as usize;
    let mut frame = vec![0; pixels * 3 / 2];
    for n in 0..reel.frames {
        (reel.paint)(n, &mut frame);
        pipe.write_all(&frame)?;
    }
    Ok(())
}

/// Writes `samples` of `tone` beside the output. A file costs a third of what ffmpeg's own sources and filters do.
fn guide(tone: &PaintedSound, samples: u64, fresh: &Fresh) -> io::Result<tempfile::TempPath> {
    /// 20 ms: long enough that no click is heard.
    const FADE: u64 = SAMPLE_RATE as u64 / 50;
    let (hz, peak, voices) = match tone {
        PaintedSound::Guide { hz, dbfs, voices } => {
            let peak = 32_767.0 * 10_f64.powf(f64::from(dbfs.min(0.0)) / 20.0);
            (f64::from(*hz), peak, voices.as_deref().unwrap_or_default())
        }
        PaintedSound::Silence => (0.0, 0.0, &[][..]),
    };
    let folder = fresh.path().parent().unwrap_or_else(|| Path::new("."));
    let file = tempfile::Builder::new().prefix(".storyreel-").suffix(".pcm").tempfile_in(folder)?;
    let mut pcm = BufWriter::new(file);
    let step = std::f64::consts::TAU * hz / f64::from(SAMPLE_RATE);
    for n in 0..samples {
        let edge = n.min(samples - 1 - n).min(FADE) as f64 / FADE as f64;
        let voice = usize::try_from(n).ok().and_then(|n| voices.get(n)).copied().unwrap_or_default();
        let sample = ((n as f64 * step).sin() * peak * edge + f64::from(voice) * 32_767.0).round() as i16;
        let [low, high] = sample.to_le_bytes();
        pcm.write_all(&[low, high, low, high])?;
    }
    Ok(pcm.into_inner()?.into_temp_path())
}
