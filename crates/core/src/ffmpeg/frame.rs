//! Frames and sound that are decoded to be looked at, listened to or counted.

use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use super::filter::to_sound_format;
use super::list::ArgumentList;
use crate::timeline::seam::THUMB;
use crate::timeline::{SAMPLE_RATE, SoundFormat};
use crate::units::Rate;

/// From coded picture to RGB: the matrix is BT.709, which is what high-definition video and every clip made here
/// uses, and rounding is exact so that a frame handed to the next shot keeps its colours.
const TO_RGB: &str = "scale=in_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24";

/// Decodes every frame and all sound of `clip`, and fails at the first error in its data.
#[must_use]
pub fn decode_all(clip: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.words("-xerror -err_detect explode");
    args.input(clip);
    args.words("-map 0:V:0 -map 0:a? -fps_mode passthrough -f null -");
    args.into_args()
}

/// A frame of a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WantedFrame {
    /// The first.
    First,
    /// The last, looked for from so many seconds on; zero or less decodes the whole clip.
    LastAfter(f64),
    /// The one of that number, counted from zero.
    Numbered(u64),
}

/// Writes one frame of `clip` to standard output, as a raw PPM picture: how ffmpeg packs PNG files, and what it notes in them
/// of colours, differs from version to version, and a frame that is handed on must not.
#[must_use]
pub fn one_frame(clip: &Path, wanted: WantedFrame) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    let filter = match wanted {
        WantedFrame::First => "null".to_owned(),
        // `reverse` holds the few frames after the start and lets the last one out first, so that only one is
        // converted and compressed.
        WantedFrame::LastAfter(_) => "reverse".to_owned(),
        WantedFrame::Numbered(frame) => format!("select=eq(n\\,{frame})"),
    };
    if let WantedFrame::LastAfter(start) = wanted
        && start > 0.0
    {
        args.words(&format!("-ss {start:.6}"));
    }
    args.input(clip);
    args.words(&format!("-map 0:V:0 -vf {filter},{TO_RGB} -frames:v 1 -fps_mode passthrough"));
    // Through a pipe: the muxer for image files reads `%` in a path as a pattern.
    args.words("-c:v ppm -f image2pipe pipe:1");
    args.into_args()
}

/// A part of a clip that is looked at and listened to.
#[derive(Debug, Clone)]
pub struct FrameView<'a> {
    /// The clip.
    pub clip: &'a Path,
    /// Its frame rate.
    pub rate: Rate,
    /// The frames, counted at that rate.
    pub frames: Range<u64>,
    /// The file that takes its sound, where it has any.
    pub sound: Option<&'a Path>,
}

/// Writes small raw pictures of the frames to standard output, and their sound to a file: numbers of one channel.
#[must_use]
pub fn view_frames(view: &FrameView<'_>) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.words("-threads 1");
    let FrameView { clip, rate, frames, sound } = view;
    let samples_per_second = u64::from(SAMPLE_RATE);
    let mut early = 0;
    if frames.start > 0 {
        // Half a frame early, so that rounding never loses the frame.
        args.words(&format!("-ss {:.6}", rate.seconds(2 * frames.start - 1) / 2.0));
        early = rate.ticks(1, samples_per_second) / 2;
    }
    let length = frames.end - frames.start;
    args.words(&format!("-t {:.6}", rate.seconds(length + 1)));
    args.input(clip);
    let (width, height) = THUMB;
    args.words(&format!("-map 0:V:0 -vf trim=end_frame={length},scale={width}:{height}:flags=area"));
    args.words("-pix_fmt yuv420p -fps_mode passthrough -f rawvideo pipe:1");
    if let Some(sound) = sound {
        let samples = rate.ticks(frames.end, samples_per_second) - rate.ticks(frames.start, samples_per_second);
        let filter = to_sound_format(SoundFormat { rate: SAMPLE_RATE, channels: 1 });
        args.words("-map 0:a:0 -af");
        args.word(format!("{filter},atrim=start_sample={early}:end_sample={}", early + samples));
        args.words("-c:a pcm_f32le -f f32le");
        args.output(sound);
    }
    args.into_args()
}

/// Decodes the first frame of `film`, and those from `start` seconds on: a line on standard output for each, which begins
/// with `0,` for the first and with `1,` for the others.
#[must_use]
pub fn decode_ends(film: &Path, start: f64) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.input(film);
    args.words(&format!("-ss {start:.6}"));
    args.input(film);
    args.words("-map 0:V:0 -map 1:V:0 -frames:v:0 1 -fps_mode passthrough -f framecrc -");
    args.into_args()
}

/// Decodes all frames of `film`: a line on standard output for each, which begins with `0,`.
#[must_use]
pub fn list_frames(film: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.input(film);
    args.words("-map 0:V:0 -fps_mode passthrough -f framecrc -");
    args.into_args()
}

/// Decodes all sound of `file`: a line on standard output for each block of it, with its time and length.
#[must_use]
pub fn decode_sound(file: &Path) -> Vec<OsString> {
    let mut args = ArgumentList::default();
    args.input(file);
    args.words("-map 0:a:0 -af asetnsamples=n=16384:p=0 -f framecrc -");
    args.into_args()
}
