//! Making clips: from painted frames, and from footage that must be encoded. Both give one format, so that they join by
//! copy, but for footage of more bits.

use std::ffi::OsString;
use std::io::{self, BufWriter, PipeReader, PipeWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use storyreel_core::clip::VideoFacts;
use storyreel_core::timeline::args::{COLOUR, Frame, file_url, fitted, keyframe_gap, push_words, timescale};
use storyreel_core::timeline::{Codec, Fit, PictureFormat, SAMPLE_RATE, SoundFormat};
use storyreel_core::units::{Rate, Size};

use super::fresh::Fresh;
use super::probe::{Fingerprint, Measured};
use super::run::{FfmpegTask, Setting, finish};
use super::{Ffmpeg, MediaError};

/// What all clips made here have in common, and what their parameter sets depend on besides size and rate. No
/// B-frames, CAVLC and one reference frame are what makes x264 fast enough to keep up with the painter, and an
/// encoder that takes longer over footage must not write other parameter sets. The sets have an id of their own: services
/// deliver 0, and clips with different sets under different ids stand in one film by copy.
const FORMAT: &str = "-c:v libx264 -pix_fmt yuv420p -threads 1";
const X264: &str = "stitchable=1:sps-id=30:cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0";

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
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PaintedSound {
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
    pub async fn encode(&self, reel: FrameSource, tone: Option<PaintedSound>, out: &Path) -> Result<(), MediaError> {
        even(reel.size)?;
        if reel.frames == 0 {
            return Err(MediaError::Nothing(out.to_owned()));
        }
        let task = FfmpegTask::new("encode", out);
        let fresh = Fresh::beside(out)?;
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

    /// Brings a part of `footage` to the format of [`Self::encode`]: the whole picture with black bars or
    /// cut off where its shape differs, exactly as many frames as the part is long.
    pub async fn cut(&self, footage: &Path, cut: Cut, out: &Path) -> Result<(), MediaError> {
        let measured = self.measure(footage, Fingerprint::Spared).await?;
        self.cut_measured(footage, &measured, (cut, Grain::Usual), out).await
    }

    /// The same for the beginning of footage whose index is damaged, so that nothing can be measured: all that decodes, in
    /// `frames` frames.
    pub async fn cut_unmeasured(&self, footage: &Path, cut: Cut, frames: u64, out: &Path) -> Result<(), MediaError> {
        even(cut.size)?;
        let fresh = Fresh::beside(out)?;
        let args = cut_args(footage, &cut, (cut.rate, "auto", cut.keep_sound), (frames, Grain::Usual), fresh.path());
        self.output(FfmpegTask::new("cut", footage), &args).await?;
        fresh.commit().await
    }

    pub(super) async fn cut_measured(
        &self,
        footage: &Path,
        measured: &Measured,
        (cut, grain): (Cut, Grain),
        out: &Path,
    ) -> Result<(), MediaError> {
        even(cut.size)?;
        let video = &measured.facts.video;
        let part = cut.length(footage, video)?;
        let fresh = Fresh::beside(out)?;
        // Untagged pictures: standard definition was BT.601, anything larger is BT.709.
        let usual = if video.size.height >= 720 { "bt709" } else { "bt601" };
        let matrix = if measured.matrix.is_some() { "auto" } else { usual };
        let sound = cut.keep_sound && measured.facts.audio.is_some();
        let to = (cut.rate.frames(part), grain);
        let args = cut_args(footage, &cut, (video.rate, matrix, sound), to, fresh.path());
        self.output(FfmpegTask::new("cut", footage), &args).await?;
        fresh.commit().await
    }
}

impl Cut {
    /// How long the part is that the footage has.
    pub(super) fn length(&self, footage: &Path, video: &VideoFacts) -> Result<Duration, MediaError> {
        let length = Duration::from_secs_f64(video.rate.seconds(video.frames));
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

/// How finely footage is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// In the format of all clips made here, whose pixels have 8 bits.
    Usual,
    /// In `ProRes`, which keeps more bits and nearly every detail: a film of any codec is encoded from it as from the
    /// footage, and none takes to `ProRes` by chance.
    Fine,
}

fn even(size: Size) -> Result<(), MediaError> {
    if size.is_even() { Ok(()) } else { Err(MediaError::OddSize(size)) }
}

fn feed(reader: PipeReader) -> Setting<'static> {
    Setting { stdin: reader.into(), folder: None }
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

fn encode_args(reel: &FrameSource, sound: Option<&Path>, out: &Path) -> Vec<OsString> {
    let mut args = Vec::new();
    // Raw input needs no examination; the default reads several frames ahead and starts more threads.
    push_words(&mut args, "-probesize 32 -analyzeduration 0 -threads 1 -f rawvideo -pixel_format yuv420p");
    push_words(&mut args, &format!("-video_size {} -framerate {} -i pipe:0", reel.size, reel.rate));
    if let Some(sound) = sound {
        push_words(&mut args, &format!("-probesize 32 -analyzeduration 0 -f s16le -ar {SAMPLE_RATE} -ac 2 -i"));
        args.push(file_url(sound));
    }
    push_words(&mut args, "-map 0:v");
    if sound.is_some() {
        // One sine needs neither the careful coder nor many bits, for which a coder looks in vain most of its time
        // (measured for 5 s: 60 ms at 64 kbit/s and 17 ms at 24, both 42 dB or more above their error).
        push_words(&mut args, "-map 1:a -c:a aac -aac_coder fast -b:a 24k -flags:a +bitexact");
    }
    push_words(&mut args, "-filter_threads 1 -vf setsar=1");
    usual_args(&mut args, "-preset ultrafast -qp 20", reel.rate);
    finish_args(args, (reel.rate, "mp4"), out)
}

fn cut_args(
    footage: &Path,
    cut: &Cut,
    (own, matrix, sound): (Rate, &str, bool),
    (frames, grain): (u64, Grain),
    out: &Path,
) -> Vec<OsString> {
    let mut args = Vec::new();
    let format = match grain {
        Grain::Usual => PictureFormat::H264,
        Grain::Fine => PictureFormat::beside(Codec::Prores, None),
    };
    let frame = Frame { size: cut.size, fit: cut.fit, rate: cut.rate, pixels: format.pixels };
    if !cut.from.is_zero() {
        push_words(&mut args, &format!("-ss {:.6}", cut.from.as_secs_f64()));
    }
    push_words(&mut args, "-i");
    args.push(file_url(footage));
    push_words(&mut args, "-map_metadata -1 -map_chapters -1 -map 0:V:0 -vf");
    args.push(fitted(frame, own, frames, matrix).into());
    match grain {
        Grain::Usual => usual_args(&mut args, "-preset veryfast -crf 18", cut.rate),
        Grain::Fine => push_words(&mut args, &format.encoder(cut.rate)),
    }
    if sound {
        push_words(&mut args, "-map 0:a:0");
        sound_args(&mut args, cut.rate.ticks(frames, u64::from(SAMPLE_RATE)));
    }
    finish_args(args, (cut.rate, format.container()), out)
}

/// Encodes sound to exactly `samples`, in the format of all clips made here.
pub(super) fn sound_args(args: &mut Vec<OsString>, samples: u64) {
    let sound = sound_filter(SoundFormat { rate: SAMPLE_RATE, channels: 2 });
    push_words(args, "-af");
    args.push(format!("{sound},apad=whole_len={samples},atrim=end_sample={samples}").into());
    push_words(args, "-c:a aac -b:a 192k -flags:a +bitexact");
}

fn usual_args(args: &mut Vec<OsString>, quality: &str, rate: Rate) {
    push_words(args, &format!("{FORMAT} {quality} -x264-params {X264} -g {}", keyframe_gap(rate)));
}

/// Brings any sound to a format, beginning at time zero; gaps in it become silence.
pub(super) fn sound_filter(format: SoundFormat) -> String {
    let SoundFormat { rate, channels } = format;
    let layout = if channels == 1 { "mono" } else { "stereo" };
    format!(
        "aresample={rate}:async=1:first_pts=0,aformat=sample_fmts=flt|fltp:channel_layouts={layout},asetpts=N/SR/TB"
    )
}

pub(super) fn finish_args(mut args: Vec<OsString>, (rate, container): (Rate, &str), out: &Path) -> Vec<OsString> {
    push_words(
        &mut args,
        &format!(
            "-flags:v +bitexact {COLOUR} -video_track_timescale {} -movie_timescale {SAMPLE_RATE}",
            timescale(rate)
        ),
    );
    push_words(&mut args, &format!("-fflags +bitexact -movflags +faststart -f {container}"));
    args.push(file_url(out));
    args
}

/// Writes `samples` of `tone` beside the output. A file costs a third of what ffmpeg's own sources and filters do.
fn guide(tone: PaintedSound, samples: u64, fresh: &Fresh) -> io::Result<tempfile::TempPath> {
    /// 20 ms: long enough that no click is heard.
    const FADE: u64 = SAMPLE_RATE as u64 / 50;
    let (hz, peak) = match tone {
        PaintedSound::Guide { hz, dbfs } => (f64::from(hz), 32_767.0 * 10_f64.powf(f64::from(dbfs.min(0.0)) / 20.0)),
        PaintedSound::Silence => (0.0, 0.0),
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
