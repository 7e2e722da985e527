//! Whether a clip decodes, and how good it is: found out in one pass.

use std::path::Path;

use storyreel_core::clip::ClipFacts;
use storyreel_core::ffmpeg::{ClipPass, look_through};
use storyreel_quality::{ClipLook, ClipMeasures, ClipScore, PictureLook, SampledPicture, SoundLevels, judge};
use tempfile::NamedTempFile;

use super::run::FfmpegTask;
use super::{Ffmpeg, MediaError};

/// What was asked for, as far as a clip is measured against it.
#[derive(Debug, Clone, Copy, Default)]
pub struct JudgedAgainst<'a> {
    /// Whether sound was asked for.
    pub sound: bool,
    /// Whether somebody was to speak.
    pub speech: bool,
    /// The frame that it was to begin on: a picture, or a clip whose first frame it is.
    pub first_frame: Option<&'a Path>,
    /// The frame at the head of its chain: a picture, or a clip whose first frame it is.
    pub head: Option<&'a Path>,
}

/// Columns of the pictures that are measured: fewer are too few for the smallest of them, more cost more and tell nothing.
const COLUMNS: (u32, u32) = (64, 1920);

impl Ffmpeg {
    /// Decodes every frame and all sound of `clip`, by one child, and judges what is seen and heard.
    ///
    /// # Errors
    /// An error in the data of the clip, or in a picture that it is compared with.
    pub async fn judge(
        &self,
        clip: &Path,
        facts: &ClipFacts,
        against: &JudgedAgainst<'_>,
    ) -> Result<ClipScore, MediaError> {
        // A child has one standard output, and the pictures go there.
        let times = temporary(clip)?;
        let sound = temporary(clip)?;
        let size = facts.video.size;
        let width = size.width.clamp(COLUMNS.0, COLUMNS.1) / 2 * 2;
        let height = (u64::from(size.height) * u64::from(width) / u64::from(size.width.max(1))).max(2) as u32;
        let references: Vec<&Path> = [against.first_frame, against.head].into_iter().flatten().collect();
        // What nobody asked to hear is not measured.
        let sounding = facts.audio.as_ref().filter(|_| against.sound || against.speech);
        let args = look_through(&ClipPass {
            clip,
            width,
            height,
            references: &references,
            times: times.path(),
            has_sound: facts.audio.is_some(),
            sound: sounding.map(|_| sound.path()),
        });
        let bytes = self.output(FfmpegTask::new("decode", clip), &args).await?;
        let times = tokio::fs::read_to_string(times.path()).await.map_err(MediaError::file("read", times.path()))?;
        let mut seen = Pictures { width: width as usize, bytes: &bytes, times: numbers(&times), next: 0 };
        let mut measures = ClipMeasures {
            seconds: facts.video.rate.seconds(facts.video.frames) as f32,
            asked_sound: against.sound || against.speech,
            asked_speech: against.speech,
            first_frame: against.first_frame.and_then(|_| seen.reference()),
            head: against.head.and_then(|_| seen.reference()),
            look: seen.all(),
            sound: None,
        };
        if measures.look == ClipLook::default() {
            let what = "no frame could be decoded".to_owned();
            return Err(MediaError::Damaged { file: clip.to_owned(), what });
        }
        if let Some(audio) = sounding {
            let bytes = tokio::fs::read(sound.path()).await.map_err(MediaError::file("read", sound.path()))?;
            measures.sound = Some(SoundLevels::of(&samples(&bytes), audio.sample_rate));
        }
        Ok(judge(&measures))
    }
}

fn temporary(clip: &Path) -> Result<NamedTempFile, MediaError> {
    NamedTempFile::new().map_err(MediaError::file("make a file for what is measured of", clip))
}

/// Pictures as they come from a child: those that a clip is compared with, and its own.
struct Pictures<'a> {
    width: usize,
    bytes: &'a [u8],
    /// When each is shown, in milliseconds.
    times: Vec<f32>,
    /// The first that was not taken yet.
    next: usize,
}

impl<'a> Pictures<'a> {
    fn picture(&self, at: usize) -> Option<SampledPicture<'a>> {
        let size = SampledPicture::bytes(self.width);
        let bytes = self.bytes.get(at * size..(at + 1) * size)?;
        SampledPicture::new(self.width, bytes)
    }

    /// The next picture, which the clip is compared with.
    fn reference(&mut self) -> Option<PictureLook> {
        let picture = self.picture(self.next)?;
        self.next += 1;
        Some(PictureLook::of(picture))
    }

    /// All that are left: those of the clip.
    fn all(&self) -> ClipLook {
        let mut look = ClipLook::default();
        let Some(first) = self.times.get(self.next) else { return look };
        for (at, time) in self.times.iter().enumerate().skip(self.next) {
            let Some(picture) = self.picture(at) else { break };
            look.add((time - first) / 1000.0, picture);
        }
        look
    }
}

/// The times that a file lists below its heading.
fn numbers(text: &str) -> Vec<f32> {
    text.lines().skip(1).map_while(|line| line.trim().parse().ok()).collect()
}

/// The samples that 16 bit numbers spell, from -1 to 1.
fn samples(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32768.0).collect()
}
