//! Music under the film's sound, sample by sample.

use std::path::Path;

use storyreel_core::ffmpeg::decode_music;
use storyreel_core::timeline::duck::Duck;
use storyreel_core::timeline::sound::{SoundFormat, SoundPlan};
use storyreel_core::timeline::{Music, Timeline, Under};
use storyreel_mp4::aac::PACKET;

use super::excerpts::DecoderProcess;
use super::pcm::{add_scaled, ramp};
use super::{Ffmpeg, MediaError};

/// Music that is being laid.
pub(super) struct MusicSource {
    stream: DecoderProcess,
    format: SoundFormat,
    gain: f32,
    duck: Option<Duck>,
    /// Fades and the film's end, in samples.
    fade_in: u64,
    fade_out: u64,
    length: u64,
}

impl MusicSource {
    /// Starts decoding `file` as `music` says, for a film whose sound is that of `plan`.
    pub(super) fn start(
        ffmpeg: &Ffmpeg,
        timeline: &Timeline,
        music: &Music,
        file: &Path,
        plan: &SoundPlan,
    ) -> Result<Self, MediaError> {
        let format = plan.format;
        let samples_per_second = u64::from(format.rate);
        Ok(Self {
            stream: DecoderProcess::start(ffmpeg, &decode_music(music, file, format), file)?,
            format,
            gain: 10_f32.powf(music.gain_db / 20.0),
            duck: (music.under == Under::Duck).then(Duck::default),
            fade_in: timeline.rate.ticks(music.fade_in, samples_per_second),
            fade_out: timeline.rate.ticks(music.fade_out, samples_per_second),
            length: plan.length,
        })
    }

    /// Adds the music to one block that begins at film sample `start` and holds the sound of the shots.
    pub(super) async fn add(&mut self, mixed: &mut [f32], start: u64) -> Result<(), MediaError> {
        // Where the music is over, nothing comes.
        let samples = self.stream.read(mixed.len()).await?;
        self.mix(mixed, &samples, start);
        Ok(())
    }

    /// Adds samples to the block that begins at film sample `start`, softer where something is said in it.
    fn mix(&mut self, mixed: &mut [f32], samples: &[f32], start: u64) {
        let seconds = PACKET as f32 / self.format.rate as f32;
        let (from, to) = self.duck.as_mut().map_or((1.0, 1.0), |duck| duck.next(mixed, seconds));
        add_scaled(mixed, samples, self.format.channels as usize, |moment| {
            let ducked = from + (to - from) * moment as f32 / PACKET as f32;
            self.gain * ducked * self.fade(start + moment)
        });
    }

    fn fade(&self, sample: u64) -> f32 {
        let left = self.length.saturating_sub(sample);
        ramp(sample, self.fade_in) * ramp(left, self.fade_out)
    }
}
