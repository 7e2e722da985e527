//! Making clips: from painted frames, and from existing footage. Both give one format, so that they join by copy.

use std::ffi::OsString;
use std::io::{self, BufWriter, PipeReader, PipeWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use super::fresh::Fresh;
use super::probe::Fingerprint;
use super::run::{Setting, Task, finish};
use super::source::Source;
use super::{Ffmpeg, MediaError};
use crate::clip::ClipFacts;
use crate::timeline::args::{COLOUR, Frame, fitted, keyframe_gap, named, timescale, words};
use crate::timeline::{Fit, SAMPLE_RATE, SoundFormat};
use crate::units::{Rate, Size};

/// What all clips made here have in common, and what their parameter sets depend on besides size and rate. No
/// B-frames, CAVLC and one reference frame are what makes x264 fast enough to keep up with the painter, and an
/// encoder that takes longer over footage must not write other parameter sets. The sets have an id of their own: services
/// deliver 0, and clips with different sets under different ids stand in one film by copy.
const FORMAT: &str = "-c:v libx264 -pix_fmt yuv420p -threads 1 -flags:v +bitexact";
const X264: &str = "stitchable=1:sps-id=30:cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0";

/// Paints frame `n` into I420 bytes: all luma rows, then both chroma planes at half size. The bytes of the frame
/// before are still there.
pub type Painter = Box<dyn FnMut(u64, &mut [u8]) + Send>;

/// Frames yet to be painted.
pub struct Frames {
    /// Pixels across and down; both even.
    pub size: Size,
    /// Frames per second.
    pub rate: Rate,
    /// How many, above zero.
    pub frames: u64,
    /// Called once for each, in order, on a thread where it may take its time.
    pub paint: Painter,
}

/// The sound of a painted clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tone {
    /// A sine that stands for sound to come, faded at both ends.
    Guide {
        /// Its frequency in hertz.
        hz: f32,
        /// Its peak in decibels below full scale: below zero.
        dbfs: f32,
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
    /// Whether the footage's sound, if it has any, is kept.
    pub keep_sound: bool,
}

impl Ffmpeg {
    /// Encodes painted frames to an H.264 MP4 at `out`; with a tone, with sound exactly as long. Equal frames give
    /// equal bytes.
    pub async fn encode(&self, reel: Frames, tone: Option<Tone>, out: &Path) -> Result<(), MediaError> {
        even(reel.size)?;
        if reel.frames == 0 {
            return Err(MediaError::Nothing(out.to_owned()));
        }
        let (task, fresh) = (Task::new("encode", out), Fresh::beside(out)?);
        let sound = tone.map(|tone| guide(tone, reel.rate.ticks(reel.frames, u64::from(SAMPLE_RATE)), &fresh));
        let sound = sound.transpose().map_err(MediaError::file("write", out))?;
        let args = encode_args(&reel, sound.as_deref(), fresh.path());
        let (reader, writer) = io::pipe().map_err(MediaError::file("encode", out))?;
        let child = self.start(&args, feed(reader))?;
        // Painting overlaps with encoding, and a blocking writer spares a copy and two wake-ups of every chunk.
        let painting = tokio::task::spawn_blocking(move || paint(reel, writer));
        let (ended, painted) = tokio::join!(finish(child, task, |_| {}), painting);
        let (status, tail) = ended?;
        task.judge(status, &tail)?;
        painted.map_err(|_| MediaError::Painter(out.to_owned()))?.map_err(MediaError::file("encode", out))?;
        fresh.commit().await
    }

    /// The facts of a clip that [`Self::encode`] made at `rate`, from its index: starting another program to read them
    /// takes longer than encoding a second of the clip.
    pub async fn painted(&self, clip: &Path, rate: Rate) -> Result<ClipFacts, MediaError> {
        let bytes = std::fs::metadata(clip).map_err(MediaError::file("read", clip))?.len();
        match Source::open(clip)?.painted(rate, bytes) {
            Some(facts) => Ok(facts),
            None => self.probe(clip).await,
        }
    }

    /// Brings a part of `footage` to the format of [`Self::encode`]: the whole picture with black bars or
    /// cut off where its shape differs, exactly as many frames as the part is long.
    pub async fn cut(&self, footage: &Path, cut: Cut, out: &Path) -> Result<(), MediaError> {
        even(cut.size)?;
        let measured = self.measure(footage, Fingerprint::Spared).await?;
        let video = &measured.facts.video;
        let length = Duration::from_secs_f64(video.rate.seconds(video.frames));
        if cut.from >= length {
            let (length, from) = (length.as_secs_f64(), cut.from.as_secs_f64());
            return Err(MediaError::PastEnd { file: footage.to_owned(), length, from });
        }
        let end = cut.to.map_or(length, |to| to.min(length));
        let part = end.checked_sub(cut.from).filter(|part| !part.is_zero());
        let part = part.ok_or_else(|| MediaError::Nothing(out.to_owned()))?;
        let fresh = Fresh::beside(out)?;
        // Untagged pictures: standard definition was BT.601, anything larger is BT.709.
        let usual = if video.size.height >= 720 { "bt709" } else { "bt601" };
        let matrix = if measured.matrix.is_some() { "auto" } else { usual };
        let sound = cut.keep_sound && measured.facts.audio.is_some();
        let args = cut_args(footage, &cut, (video.rate, cut.rate.frames(part), matrix, sound), fresh.path());
        self.output(Task::new("cut", footage), &args).await?;
        fresh.commit().await
    }
}

fn even(size: Size) -> Result<(), MediaError> {
    let good = |side: u32| side > 0 && side.is_multiple_of(2);
    if good(size.width) && good(size.height) { Ok(()) } else { Err(MediaError::OddSize(size)) }
}

fn feed(reader: PipeReader) -> Setting<'static> {
    Setting { stdin: reader.into(), folder: None }
}

fn paint(mut reel: Frames, mut pipe: PipeWriter) -> io::Result<()> {
    let pixels = reel.size.width as usize * reel.size.height as usize;
    let mut frame = vec![0; pixels * 3 / 2];
    for n in 0..reel.frames {
        (reel.paint)(n, &mut frame);
        pipe.write_all(&frame)?;
    }
    Ok(())
}

fn encode_args(reel: &Frames, sound: Option<&Path>, out: &Path) -> Vec<OsString> {
    let mut args = Vec::new();
    // Raw input needs no examination; the default reads several frames ahead and starts more threads.
    words(&mut args, "-probesize 32 -analyzeduration 0 -threads 1 -f rawvideo -pixel_format yuv420p");
    words(&mut args, &format!("-video_size {} -framerate {} -i pipe:0", reel.size, reel.rate));
    if let Some(sound) = sound {
        words(&mut args, &format!("-probesize 32 -analyzeduration 0 -f s16le -ar {SAMPLE_RATE} -ac 2 -i"));
        args.push(named(sound));
    }
    words(&mut args, "-map 0:v");
    if sound.is_some() {
        // One sine needs neither many bits nor the careful coder, which takes twice as long.
        words(&mut args, "-map 1:a -c:a aac -aac_coder fast -b:a 64k -flags:a +bitexact");
    }
    words(&mut args, &format!("-filter_threads 1 -vf setsar=1 {FORMAT} -preset ultrafast -qp 20"));
    finish_args(args, reel.rate, out)
}

fn cut_args(
    footage: &Path,
    cut: &Cut,
    (own, frames, matrix, sound): (Rate, u64, &str, bool),
    out: &Path,
) -> Vec<OsString> {
    let mut args = Vec::new();
    let frame = Frame { size: cut.size, fit: cut.fit, rate: cut.rate, pixels: "yuv420p" };
    if !cut.from.is_zero() {
        words(&mut args, &format!("-ss {:.6}", cut.from.as_secs_f64()));
    }
    words(&mut args, "-i");
    args.push(named(footage));
    words(&mut args, "-map_metadata -1 -map_chapters -1 -map 0:V:0 -vf");
    args.push(fitted(frame, own, frames, matrix).into());
    words(&mut args, &format!("{FORMAT} -preset veryfast -crf 18"));
    if sound {
        let samples = cut.rate.ticks(frames, u64::from(SAMPLE_RATE));
        let sound = sound_filter(SoundFormat { rate: SAMPLE_RATE, channels: 2 });
        words(&mut args, "-map 0:a:0 -af");
        args.push(format!("{sound},apad=whole_len={samples},atrim=end_sample={samples}").into());
        words(&mut args, "-c:a aac -b:a 192k -flags:a +bitexact");
    }
    finish_args(args, cut.rate, out)
}

/// Brings any sound to a format, beginning at time zero; gaps in it become silence.
pub(super) fn sound_filter(format: SoundFormat) -> String {
    let SoundFormat { rate, channels } = format;
    let layout = if channels == 1 { "mono" } else { "stereo" };
    format!(
        "aresample={rate}:async=1:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts={layout},asetpts=N/SR/TB"
    )
}

fn finish_args(mut args: Vec<OsString>, rate: Rate, out: &Path) -> Vec<OsString> {
    words(&mut args, &format!("-x264-params {X264} -g {} {COLOUR}", keyframe_gap(rate)));
    words(&mut args, &format!("-video_track_timescale {} -movie_timescale {SAMPLE_RATE}", timescale(rate)));
    words(&mut args, "-fflags +bitexact -movflags +faststart -f mp4");
    args.push(named(out));
    args
}

/// Writes `samples` of `tone` beside the output. A file costs a third of what ffmpeg's own sources and filters do.
fn guide(tone: Tone, samples: u64, fresh: &Fresh) -> io::Result<tempfile::TempPath> {
    /// 20 ms: long enough that no click is heard.
    const FADE: u64 = SAMPLE_RATE as u64 / 50;
    let (hz, peak) = match tone {
        Tone::Guide { hz, dbfs } => (f64::from(hz), 32_767.0 * 10_f64.powf(f64::from(dbfs.min(0.0)) / 20.0)),
        Tone::Silence => (0.0, 0.0),
    };
    let folder = fresh.path().parent().unwrap_or_else(|| Path::new("."));
    let file = tempfile::Builder::new().prefix(".storyreel-").suffix(".pcm").tempfile_in(folder)?;
    let mut pcm = BufWriter::new(file);
    let step = std::f64::consts::TAU * hz / f64::from(SAMPLE_RATE);
    for n in 0..samples {
        let edge = n.min(samples - 1 - n).min(FADE) as f64 / FADE as f64;
        let sample = ((n as f64 * step).sin() * peak * edge).round() as i16;
        let [low, high] = sample.to_le_bytes();
        pcm.write_all(&[low, high, low, high])?;
    }
    Ok(pcm.into_inner()?.into_temp_path())
}
