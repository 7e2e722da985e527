//! Clips: encoded from painted frames or from footage.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::encoder::{clip_file, clip_pictures, clip_sound, film_pictures};
use super::filter::{Frame, fitted};
use super::list::ArgumentList;
use crate::storyboard::Codec;
use crate::timeline::{Fit, PictureFormat, SAMPLE_RATE, Timeline};
use crate::units::{Rate, Size};

/// Encodes raw frames from standard input, with the raw sound in the file `sound` if there is any.
#[must_use]
pub fn encode_painted(size: Size, rate: Rate, sound: Option<&Path>, out: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    // Raw input needs no examination; the default reads several frames ahead and starts more threads.
    args.words("-probesize 32 -analyzeduration 0 -threads 1 -f rawvideo -pixel_format yuv420p");
    args.words(&format!("-video_size {size} -framerate {rate} -i pipe:0"));
    if let Some(sound) = sound {
        args.words(&format!("-probesize 32 -analyzeduration 0 -f s16le -ar {SAMPLE_RATE} -ac 2"));
        args.input(sound);
    }
    args.words("-map 0:v");
    if sound.is_some() {
        // One sine needs neither the careful coder nor many bits, for which a coder looks in vain most of its time
        // (measured for 5 s: 60 ms at 64 kbit/s and 17 ms at 24, both 42 dB or more above their error).
        args.words("-map 1:a -c:a aac -aac_coder fast -b:a 24k -flags:a +bitexact");
    }
    args.words("-filter_threads 1 -vf setsar=1");
    args.words(&clip_pictures("-preset ultrafast -qp 20", rate));
    clip_file(&mut args, rate, "mp4", out);
    args.into_args()
}

/// How finely footage is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipQuality {
    /// In the format of all clips made here, whose pixels have 8 bits.
    Usual,
    /// In `ProRes`, which keeps more bits and nearly every detail: a film of any codec is encoded from it as from the
    /// footage, and none takes to `ProRes` by chance.
    Fine,
}

/// A part of some footage, to be encoded.
#[derive(Debug, Clone, Copy)]
pub struct FootageCut<'a> {
    /// The footage.
    pub footage: &'a Path,
    /// The frame rate of the footage.
    pub footage_rate: Rate,
    /// How its colours are coded, as ffmpeg names it.
    pub matrix: &'a str,
    /// Where the part begins.
    pub from: Duration,
    /// Frames of the clip.
    pub frames: u64,
    /// Pixels across and down of the clip.
    pub size: Size,
    /// How footage of another shape fills it.
    pub fit: Fit,
    /// Frames per second of the clip.
    pub rate: Rate,
    /// Whether the clip has the footage's sound.
    pub sound: bool,
    /// How finely it is encoded.
    pub quality: ClipQuality,
}

/// Encodes a part of footage to the format of [`encode_painted`], or a finer one.
#[must_use]
pub fn cut_clip(cut: &FootageCut<'_>, out: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    let format = match cut.quality {
        ClipQuality::Usual => PictureFormat::H264,
        ClipQuality::Fine => PictureFormat::beside(Codec::Prores, None),
    };
    let frame = Frame { size: cut.size, fit: cut.fit, rate: cut.rate, pixels: format.pixels };
    if !cut.from.is_zero() {
        args.words(&format!("-ss {:.6}", cut.from.as_secs_f64()));
    }
    args.input(cut.footage);
    args.words("-map_metadata -1 -map_chapters -1 -map 0:V:0 -vf");
    args.word(fitted(frame, cut.footage_rate, cut.frames, cut.matrix));
    match cut.quality {
        ClipQuality::Usual => args.words(&clip_pictures("-preset veryfast -crf 18", cut.rate)),
        ClipQuality::Fine => args.words(&film_pictures(format, cut.rate)),
    }
    if cut.sound {
        args.words("-map 0:a:0");
        clip_sound(&mut args, cut.rate.ticks(cut.frames, u64::from(SAMPLE_RATE)));
    }
    clip_file(&mut args, cut.rate, format.container(), out);
    args.into_args()
}

/// Copies the pictures of `silent`, a film of the one segment that `timeline` has of `footage`, and gives them the sound of
/// the footage that belongs to them.
#[must_use]
pub fn add_sound(silent: &Path, footage: &Path, timeline: &Timeline, out: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.input(silent);
    let rate = timeline.rate;
    let segment = &timeline.segments[0];
    if segment.frames.start > 0 {
        args.words(&format!("-ss {:.6}", rate.seconds(segment.frames.start)));
    }
    args.input(footage);
    args.words("-map_metadata -1 -map_chapters -1 -map 0:V:0 -c:v copy -map 1:a:0");
    clip_sound(&mut args, rate.ticks(segment.length, u64::from(SAMPLE_RATE)));
    clip_file(&mut args, rate, timeline.format.container(), out);
    args.into_args()
}
