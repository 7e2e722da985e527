//! Single frames out of a clip, and decoding one to see that it can be.

use std::ops::Range;
use std::path::Path;

use image::RgbImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use storyreel_core::clip::ClipFacts;
use storyreel_core::ffmpeg::{FrameView, WantedFrame, decode_all, one_frame, view_frames};
use storyreel_core::timeline::SAMPLE_RATE;

use super::fresh::Fresh;
use super::pcm::samples_of;
use super::run::FfmpegTask;
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

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
        self.output(FfmpegTask::new("decode", clip), &decode_all(clip)).await.map(drop)
    }

    /// Writes the very last frame that a full decode of `clip` would show to `png`, as RGB.
    ///
    /// Decoding begins at the last keyframe before the end of the *picture*: the container's own length counts sound
    /// that may last longer. A clip whose last frame is not where its rate says is decoded from its start.
    pub async fn last_frame(&self, clip: &Path, facts: &ClipFacts, png: &Path) -> Result<(), MediaError> {
        let video = &facts.video;
        // Two and a half frames early: half a frame for rounding, two for a clip that ends ahead of its count.
        let start = video.rate.seconds(video.frames) - video.rate.seconds(7) / 2.0;
        let picture = match self.frame(clip, WantedFrame::LastAfter(start)).await {
            Ok(picture) if !picture.is_empty() => picture,
            _ => self.frame(clip, WantedFrame::Numbered(video.frames - 1)).await?,
        };
        save(clip, picture, png).await
    }

    /// Writes the first frame that `clip` shows to `png`, as RGB.
    pub async fn first_frame(&self, clip: &Path, png: &Path) -> Result<(), MediaError> {
        let picture = self.frame(clip, WantedFrame::First).await?;
        save(clip, picture, png).await
    }

    /// Writes a frame of `clip` to `png`, as RGB; they are counted from 0.
    pub async fn numbered_frame(&self, clip: &Path, frame: u64, png: &Path) -> Result<(), MediaError> {
        let picture = self.frame(clip, WantedFrame::Numbered(frame)).await?;
        save(clip, picture, png).await
    }

    /// Looks at and listens to `frames` of `clip`, as its facts count them.
    pub async fn view(&self, clip: &Path, facts: &ClipFacts, frames: Range<u64>) -> Result<ClipView, MediaError> {
        // A child has one standard output, and the pictures go there.
        let file = tempfile::NamedTempFile::new().map_err(MediaError::file("make a file for the sound of", clip))?;
        let rate = facts.video.rate;
        let samples_per_second = u64::from(SAMPLE_RATE);
        let samples = rate.ticks(frames.end, samples_per_second) - rate.ticks(frames.start, samples_per_second);
        let sound = facts.audio.is_some().then_some(file.path());
        let args = view_frames(&FrameView { clip, rate, frames, sound });
        let pictures = self.output(FfmpegTask::new("look at the frames of", clip), &args).await?;
        let bytes = tokio::fs::read(file.path()).await.map_err(MediaError::file("read", file.path()))?;
        let mut sound = samples_of(&bytes);
        // Where the sound ends before the picture does, nothing is heard.
        sound.resize(samples as usize, 0.0);
        Ok(ClipView { pictures, sound })
    }

    /// By how many milliseconds the sound of `clip` outlasts its picture, as its index says; below zero it ends earlier.
    /// 0 where it has none or is no MP4 file.
    pub fn overhang(&self, clip: &Path) -> Result<f32, MediaError> {
        ClipSource::open(clip).map(|source| source.overhang() * 1000.0)
    }

    /// A frame as a PPM file; empty when there is none.
    async fn frame(&self, clip: &Path, wanted: WantedFrame) -> Result<Vec<u8>, MediaError> {
        self.output(FfmpegTask::new("take a frame from", clip), &one_frame(clip, wanted)).await
    }
}

/// Writes a picture in PPM to `png`.
async fn save(clip: &Path, picture: Vec<u8>, png: &Path) -> Result<(), MediaError> {
    let packed = tokio::task::spawn_blocking(move || png_of(&picture)).await.ok().flatten();
    let Some(packed) = packed else {
        return Err(MediaError::Damaged { file: clip.to_owned(), what: "no frame could be decoded".to_owned() });
    };
    let fresh = Fresh::beside(png)?;
    tokio::fs::write(fresh.path(), packed).await.map_err(MediaError::file("write", png))?;
    fresh.commit().await
}

/// The PNG file of a picture as ffmpeg writes PPM: its size, and three bytes for every pixel.
fn png_of(ppm: &[u8]) -> Option<Vec<u8>> {
    let mut fields = ppm.splitn(4, u8::is_ascii_whitespace);
    let (Some(b"P6"), Some(width), Some(height), Some(rest)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return None;
    };
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u32>().ok();
    let pixels = rest.strip_prefix(b"255\n")?.to_vec();
    let picture = RgbImage::from_raw(number(width)?, number(height)?, pixels)?;
    let mut out = Vec::new();
    // The least effort: the next shot waits for it.
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Up);
    picture.write_with_encoder(encoder).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_packed_pixel_for_pixel_and_a_torn_one_is_none() {
        let ppm = b"P6\n2 1\n255\n\n \x0a\xff\0\x20";
        let png = png_of(ppm).expect("it is whole");
        let read = image::load_from_memory(&png).expect("it is a picture").into_rgb8();
        assert_eq!((read.dimensions(), &read.as_raw()[..]), ((2, 1), &ppm[11..]));
        assert!(
            [&ppm[..ppm.len() - 1], b"", b"P6\n2 1\n", b"P5\n1 1\n255\n\0"].iter().all(|torn| png_of(torn).is_none())
        );
    }
}
