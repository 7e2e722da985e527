//! Spoken words over the film's sound, sample by sample.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::timeline::Narration;
use storyreel_core::timeline::args::{file_url, push_words};
use storyreel_core::timeline::sound::SoundFormat;
use storyreel_mp4::aac::PACKET;

use super::encode::sound_filter;
use super::excerpts::DecoderProcess;
use super::{Ffmpeg, MediaError};

/// The least fade at either end, as a part of a second: 5 ms, which removes a click and is not heard as a fade.
const LEAST: u64 = 200;

/// A part of the narration that is being laid.
pub(super) struct SpokenPart<'a> {
    narration: &'a Narration,
    file: &'a Path,
    format: SoundFormat,
    /// The film sample where it begins.
    begin: u64,
    /// The film sample where it ends: with the film at the latest.
    end: u64,
    stream: Option<DecoderProcess>,
}

impl<'a> SpokenPart<'a> {
    /// Everything that is said in a film whose sound has `format` and `length` samples; `files` has one for each.
    pub(super) fn all(
        narration: &'a [Narration],
        files: &'a [PathBuf],
        (format, length): (SoundFormat, u64),
    ) -> Vec<Self> {
        let samples = |time: Duration| samples(time, format);
        let speech = |(narration, file): (&'a Narration, &'a PathBuf)| {
            let begin = samples(narration.at);
            let whole = narration.to.map(|to| begin + samples(to.saturating_sub(narration.from)));
            let end = whole.unwrap_or(length).min(length);
            Self { narration, file, format, begin, end, stream: None }
        };
        narration.iter().zip(files).map(speech).collect()
    }

    /// Adds the words to one block that begins at film sample `start`.
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
                none.insert(DecoderProcess::start(ffmpeg, &args(self.narration, self.file, self.format), self.file)?)
            }
        };
        // Where the words are over, nothing comes.
        let values = stream.read((to - from) as usize * channels).await?;
        let gain = 10_f32.powf(self.narration.gain_db / 20.0);
        let mixed = &mut mixed[(from - start) as usize * channels..];
        for ((moment, values), sample) in
            mixed.chunks_exact_mut(channels).zip(values.chunks_exact(channels)).zip(from..)
        {
            let gain = gain * self.fade(sample);
            moment.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * gain);
        }
        if to == self.end {
            self.stream = None;
        }
        Ok(())
    }

    fn fade(&self, sample: u64) -> f32 {
        let least = u64::from(self.format.rate) / LEAST;
        let part = |distance: u64, fade: Duration| {
            let fade = samples(fade, self.format).max(least);
            if distance < fade { distance as f32 / fade as f32 } else { 1.0 }
        };
        let left = self.end.saturating_sub(sample + 1);
        part(sample - self.begin, self.narration.fade_in) * part(left, self.narration.fade_out)
    }
}

fn samples(time: Duration, format: SoundFormat) -> u64 {
    let exact = time.as_nanos() * u128::from(format.rate);
    u64::try_from((exact + 500_000_000) / 1_000_000_000).unwrap_or(u64::MAX)
}

fn args(narration: &Narration, file: &Path, format: SoundFormat) -> Vec<OsString> {
    let mut args = vec!["-i".into(), file_url(file)];
    push_words(&mut args, "-map 0:a:0 -vn -sn -dn -af");
    let end = narration.to.map_or(String::new(), |to| format!(":end={:.6}", to.as_secs_f64()));
    let cut = format!("atrim=start={:.6}{end},asetpts=PTS-STARTPTS", narration.from.as_secs_f64());
    args.push(format!("{cut},{}", sound_filter(format)).into());
    push_words(&mut args, "-c:a pcm_f32le -f f32le pipe:1");
    args
}
