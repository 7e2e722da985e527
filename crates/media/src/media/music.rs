//! Music under the film's sound, sample by sample.

use std::ffi::OsString;
use std::path::Path;

use storyreel_core::timeline::args::{file_url, push_words};
use storyreel_core::timeline::duck::Duck;
use storyreel_core::timeline::sound::SoundFormat;
use storyreel_core::timeline::{Music, Timeline, Under};
use storyreel_mp4::aac::PACKET;

use super::encode::sound_filter;
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
    /// Starts decoding `file` as `music` says, for a film whose sound has `format` and `length` samples.
    pub(super) fn start(
        ffmpeg: &Ffmpeg,
        timeline: &Timeline,
        (music, file): (&Music, &Path),
        (format, length): (SoundFormat, u64),
    ) -> Result<Self, MediaError> {
        let samples = |frames| timeline.rate.ticks(frames, u64::from(format.rate));
        Ok(Self {
            stream: DecoderProcess::start(ffmpeg, &args(music, file, format), file)?,
            format,
            gain: 10_f32.powf(music.gain_db / 20.0),
            duck: (music.under == Under::Duck).then(Duck::default),
            fade_in: samples(music.fade_in),
            fade_out: samples(music.fade_out),
            length,
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
        let part = |distance: u64, fade: u64| if distance < fade { distance as f32 / fade as f32 } else { 1.0 };
        part(sample, self.fade_in) * part(self.length.saturating_sub(sample), self.fade_out)
    }
}

fn args(music: &Music, file: &Path, format: SoundFormat) -> Vec<OsString> {
    let mut args = vec!["-i".into(), file_url(file)];
    push_words(&mut args, "-map 0:a:0 -vn -sn -dn -af");
    let end = music.to.map_or(String::new(), |to| format!(":end={:.6}", to.as_secs_f64()));
    let cut = format!("atrim=start={:.6}{end},asetpts=PTS-STARTPTS", music.from.as_secs_f64());
    // What is repeated is held in memory: an hour of it at most, by the limit on lengths.
    let most = i64::from(format.rate) * 3600;
    let repeat = if music.repeat { format!(",aloop=loop=-1:size={most}") } else { String::new() };
    args.push(format!("{cut},{}{repeat}", sound_filter(format)).into());
    push_words(&mut args, "-c:a pcm_f32le -f f32le pipe:1");
    args
}
