//! Sounds that are laid over the sound of the clips, sample by sample.

use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::ffmpeg::decode_laid_sound;
use storyreel_core::timeline::PlacedSound;
use storyreel_core::timeline::sound::{SoundFormat, SoundPlan};
use storyreel_mp4::aac::PACKET;

use super::excerpts::DecoderProcess;
use super::pcm::{add_scaled, ramp};
use super::{Ffmpeg, MediaError};

/// The least fade at either end, as a part of a second: 5 ms, which removes a click and is not heard as a fade.
const LEAST: u64 = 200;

/// A sound that is being laid.
pub(super) struct LaidSound<'a> {
    sound: &'a PlacedSound,
    file: &'a Path,
    format: SoundFormat,
    /// The film sample where it begins.
    begin: u64,
    /// The film sample where it ends: with the film at the latest.
    end: u64,
    stream: Option<DecoderProcess>,
}

impl<'a> LaidSound<'a> {
    /// All that is laid over a film whose sound is that of `plan`; `files` has one for each.
    pub(super) fn all(sound: &'a [PlacedSound], files: &'a [PathBuf], plan: &SoundPlan) -> Vec<Self> {
        let mut parts = Vec::new();
        for (sound, file) in sound.iter().zip(files) {
            parts.push(Self::new(sound, file, plan));
        }
        parts
    }

    fn new(sound: &'a PlacedSound, file: &'a Path, plan: &SoundPlan) -> Self {
        let format = plan.format;
        let begin = samples(sound.at, format);
        let end = match sound.to {
            Some(to) => begin + samples(to.saturating_sub(sound.from), format),
            None => plan.length,
        };
        Self { sound, file, format, begin, end: end.min(plan.length), stream: None }
    }

    /// Adds the sound to one block that begins at film sample `start`.
    pub(super) async fn add(&mut self, ffmpeg: &Ffmpeg, mixed: &mut [f32], start: u64) -> Result<(), MediaError> {
        let from = self.begin.max(start);
        let to = self.end.min(start + PACKET);
        if from >= to {
            return Ok(());
        }
        let channels = self.format.channels as usize;
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let args = decode_laid_sound(self.sound, self.file, self.format);
                none.insert(DecoderProcess::start(ffmpeg, &args, self.file)?)
            }
        };
        // Where the file is over, nothing comes.
        let samples = stream.read((to - from) as usize * channels).await?;
        self.mix(&mut mixed[(from - start) as usize * channels..], &samples, from);
        if to == self.end {
            self.stream = None;
        }
        Ok(())
    }

    /// Adds samples that begin at film sample `from`.
    fn mix(&self, mixed: &mut [f32], samples: &[f32], from: u64) {
        let gain = 10_f32.powf(self.sound.gain_db / 20.0);
        add_scaled(mixed, samples, self.format.channels as usize, |moment| gain * self.fade(from + moment));
    }

    fn fade(&self, sample: u64) -> f32 {
        let least = u64::from(self.format.rate) / LEAST;
        let fade_in = samples(self.sound.fade_in, self.format).max(least);
        let fade_out = samples(self.sound.fade_out, self.format).max(least);
        let left = self.end.saturating_sub(sample + 1);
        ramp(sample - self.begin, fade_in) * ramp(left, fade_out)
    }
}

fn samples(time: Duration, format: SoundFormat) -> u64 {
    let exact = time.as_nanos() * u128::from(format.rate);
    u64::try_from((exact + 500_000_000) / 1_000_000_000).unwrap_or(u64::MAX)
}
