//! Single frames out of a clip, and decoding one to see that it can be.

use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use storyreel_core::clip::ClipFacts;
use storyreel_core::timeline::args::{file_url, push_words};
use storyreel_core::timeline::seam::THUMB;
use storyreel_core::timeline::{SAMPLE_RATE, SoundFormat};

use super::encode::sound_filter;
use super::excerpts::numbers;
use super::fresh::Fresh;
use super::run::FfmpegTask;
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// From coded picture to RGB: the matrix is BT.709, which is what high-definition video and every clip made here
/// uses, and rounding is exact so that a frame handed to the next shot keeps its colours.
const TO_RGB: &str = "scale=in_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24";

/// The default takes half as long over one picture as decoding 25, for a file that is a fifth smaller (measured at 720p).
const PNG: &str = "-c:v png -compression_level 1 -pred up";

/// What is to be seen and heard of a part of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipView {
    /// Small pictures of its frames, as [`judge`](storyreel_core::timeline::seam::judge) compares them.
    pub pictures: Vec<u8>,
    /// Its samples in one channel, [`SAMPLE_RATE`] a second, from the beginning of the first of the frames to the end
    /// of the last; zeros where it has no sound.
    pub sound: Vec<f32>,
}

impl Ffmpeg {
    /// Decodes every frame and all sound of `clip` and fails at the first error in its data.
    pub async fn verify_decodes(&self, clip: &Path) -> Result<(), MediaError> {
        let mut args = Vec::new();
        push_words(&mut args, "-xerror -err_detect explode -i");
        args.push(file_url(clip));
        push_words(&mut args, "-map 0:V:0 -map 0:a? -fps_mode passthrough -f null -");
        self.output(FfmpegTask::new("decode", clip), &args).await.map(drop)
    }

    /// Writes the very last frame that a full decode of `clip` would show to `png`, as RGB.
    ///
    /// Decoding begins at the last keyframe before the end of the *picture*: the container's own length counts sound
    /// that may last longer. A clip whose last frame is not where its rate says is decoded from its start.
    pub async fn last_frame(&self, clip: &Path, facts: &ClipFacts, png: &Path) -> Result<(), MediaError> {
        let video = &facts.video;
        // Two and a half frames early: half a frame for rounding, two for a clip that ends ahead of its count.
        let start = video.rate.seconds(video.frames) - video.rate.seconds(7) / 2.0;
        // `reverse` holds the few frames after the start and lets the last one out first, so that only one is
        // converted and compressed.
        let near = self.frame(clip, (start > 0.0).then_some(start), "reverse").await;
        let picture = match near {
            Ok(picture) if !picture.is_empty() => picture,
            _ => self.frame(clip, None, &format!("select=eq(n\\,{})", video.frames - 1)).await?,
        };
        save(clip, &picture, png).await
    }

    /// Writes the first frame that `clip` shows to `png`, as RGB.
    pub async fn first_frame(&self, clip: &Path, png: &Path) -> Result<(), MediaError> {
        let picture = self.frame(clip, None, "null").await?;
        save(clip, &picture, png).await
    }

    /// Looks at and listens to `frames` of `clip`, as its facts count them.
    pub async fn view(&self, clip: &Path, facts: &ClipFacts, frames: Range<u64>) -> Result<ClipView, MediaError> {
        let mut args: Vec<OsString> = Vec::new();
        push_words(&mut args, "-threads 1");
        let rate = facts.video.rate;
        let ticks = |frame| rate.ticks(frame, u64::from(SAMPLE_RATE));
        let mut early = 0;
        if frames.start > 0 {
            // Half a frame early, so that rounding never loses the frame.
            push_words(&mut args, &format!("-ss {:.6}", rate.seconds(2 * frames.start - 1) / 2.0));
            early = ticks(1) / 2;
        }
        let length = frames.end - frames.start;
        push_words(&mut args, &format!("-t {:.6} -i", rate.seconds(length + 1)));
        args.push(file_url(clip));
        let (width, height) = THUMB;
        push_words(&mut args, &format!("-map 0:V:0 -vf trim=end_frame={length},scale={width}:{height}:flags=area"));
        push_words(&mut args, "-pix_fmt yuv420p -fps_mode passthrough -f rawvideo pipe:1");
        let samples = ticks(frames.end) - ticks(frames.start);
        // A child has one standard output, and the pictures go there.
        let file = tempfile::NamedTempFile::new().map_err(MediaError::file("make a file for the sound of", clip))?;
        if facts.audio.is_some() {
            push_words(&mut args, "-map 0:a:0 -af");
            let sound = sound_filter(SoundFormat { rate: SAMPLE_RATE, channels: 1 });
            args.push(format!("{sound},atrim=start_sample={early}:end_sample={}", early + samples).into());
            push_words(&mut args, "-c:a pcm_f32le -f f32le");
            args.push(file_url(file.path()));
        }
        let pictures = self.output(FfmpegTask::new("look at the frames of", clip), &args).await?;
        let bytes = tokio::fs::read(file.path()).await.map_err(MediaError::file("read", file.path()))?;
        let mut sound = numbers(&bytes);
        // Where the sound ends before the picture does, nothing is heard.
        sound.resize(samples as usize, 0.0);
        Ok(ClipView { pictures, sound })
    }

    /// By how many milliseconds the sound of `clip` outlasts its picture, as its index says; below zero it ends earlier.
    /// 0 where it has none or is no MP4 file.
    pub fn overhang(&self, clip: &Path) -> Result<f32, MediaError> {
        ClipSource::open(clip).map(|source| source.overhang() * 1000.0)
    }

    /// The first frame that comes out of `filter`, as a PNG file; empty when none does.
    async fn frame(&self, clip: &Path, start: Option<f64>, filter: &str) -> Result<Vec<u8>, MediaError> {
        let mut args: Vec<OsString> = Vec::new();
        if let Some(start) = start {
            push_words(&mut args, &format!("-ss {start:.6}"));
        }
        push_words(&mut args, "-i");
        args.push(file_url(clip));
        push_words(&mut args, &format!("-map 0:V:0 -vf {filter},{TO_RGB} -frames:v 1 -fps_mode passthrough"));
        // Through a pipe: the muxer for image files reads `%` in a path as a pattern.
        push_words(&mut args, &format!("{PNG} -flags:v +bitexact -f image2pipe pipe:1"));
        self.output(FfmpegTask::new("take a frame from", clip), &args).await
    }
}

async fn save(clip: &Path, picture: &[u8], png: &Path) -> Result<(), MediaError> {
    if picture.is_empty() {
        return Err(MediaError::Damaged { file: clip.to_owned(), what: "no frame could be decoded".to_owned() });
    }
    let fresh = Fresh::beside(png)?;
    tokio::fs::write(fresh.path(), picture).await.map_err(MediaError::file("write", png))?;
    fresh.commit().await
}
