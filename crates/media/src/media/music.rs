//! Music under the film's sound, sample by sample.

use std::path::Path;

use storyreel_core::ffmpeg::decode_music;
use storyreel_core::timeline::duck::Duck;
use storyreel_core::timeline::sound::{SoundFormat, SoundPlan};
use storyreel_core::timeline::{Music, Timeline, Under};
use storyreel_mp4::aac::PACKET;

use super::excerpts::DecoderProcess;
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
        let channels = self.format.channels as usize;
        let seconds = PACKET as f32 / self.format.rate as f32;
        let (from, to) = self.duck.as_mut().map_or((1.0, 1.0), |duck| duck.next(mixed, seconds));
        // Where the music is over, nothing comes.
        let values = self.stream.read(mixed.len()).await?;
        for (n, (moment, values)) in mixed.chunks_exact_mut(channels).zip(values.chunks_exact(channels)).enumerate() {
            let ducked = from + (to - from) * n as f32 / PACKET as f32;
            let gain = self.gain * ducked * self.fade(start + n as u64);
            moment.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * gain);
        }
        Ok(())
    }

    fn fade(&self, sample: u64) -> f32 {
        let left = self.length.saturating_sub(sample);
        ramp(sample, self.fade_in) * ramp(left, self.fade_out)
    }
}

/// The part of the full loudness at a distance from the silent end of a fade, both in samples.
pub(super) fn ramp(distance: u64, fade: u64) -> f32 {
    if distance < fade { distance as f32 / fade as f32 } else { 1.0 }
}
