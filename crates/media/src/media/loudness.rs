//! The loudness of a whole film: measured first, then set by one gain, with a limit on true peaks.

use std::process::Stdio;

use storyreel_core::ffmpeg::{limited_gain, measure_loudness};
use storyreel_core::timeline::sound::SoundFormat;
use tokio::process::ChildStdin;

use super::run::{FfmpegTask, tail};
use super::{Ffmpeg, MediaError};

/// The highest true peak before encoding, in decibels relative to full scale. Streaming services ask for -1 (EBU R 128,
/// too); a film promises -1.5, and AAC adds up to half a decibel.
const PEAK: f64 = -2.0;

/// What a meter says of a film's sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Loudness {
    /// Integrated, in LUFS; `None` where the film is silent.
    integrated: Option<f64>,
    /// True peak, in decibels relative to full scale.
    peak: f64,
}

/// What is done to a film's sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    /// The filters that do it.
    pub(super) filter: String,
    /// The gain in them, in decibels.
    gain: f64,
    /// How much of it makes up for what the limiter takes.
    made_up: f64,
    /// Whether peaks are limited, which takes off some of the loudness that the gain gives.
    pub(super) limited: bool,
}

/// The most that is added to make up for what the limiter takes, in decibels: beyond that it would be heard.
const MAKE_UP: f64 = 6.0;

/// Loudness that is this near to what was asked for is right, in LU: meters print tenths.
const NEAR: f64 = 0.15;

impl Loudness {
    /// What brings this sound to `target` LUFS; `None` where it is silent, and there is nothing to be brought anywhere.
    pub(super) fn level(self, target: f32, format: SoundFormat) -> Option<Level> {
        let gain = f64::from(target) - self.integrated?;
        let limited = self.peak + gain > PEAK;
        Some(Level { filter: filter(gain, limited, format), gain, made_up: 0.0, limited })
    }

    /// How far this is below `target`, in LU.
    pub(super) fn below(self, target: f32) -> f64 {
        self.integrated.map_or(0.0, |now| f64::from(target) - now)
    }

    /// What brings the sound that `level` gave this loudness nearer to `target`; `None` where it is near enough, or
    /// where more would be heard.
    pub(super) fn made_up(self, level: &Level, target: f32, format: SoundFormat) -> Option<Level> {
        let lost = self.below(target);
        let made_up = (level.made_up + lost).min(MAKE_UP);
        if lost.abs() <= NEAR || made_up <= level.made_up && lost > 0.0 {
            return None;
        }
        let gain = level.gain - level.made_up + made_up;
        Some(Level { filter: filter(gain, level.limited, format), gain, made_up, limited: level.limited })
    }
}

fn filter(gain: f64, limited: bool, format: SoundFormat) -> String {
    limited_gain(gain, limited.then_some(PEAK), format.rate)
}

/// A meter that waits for sound.
pub(super) struct Meter {
    child: tokio::process::Child,
}

impl Meter {
    /// Starts a meter behind the filters of `level`, if there are any yet.
    pub(super) fn start(
        ffmpeg: &Ffmpeg,
        format: SoundFormat,
        level: Option<&Level>,
    ) -> Result<(Self, ChildStdin), MediaError> {
        let args = measure_loudness(format, level.map(|level| level.filter.as_str()));
        let mut child = ffmpeg.start(&args, Stdio::piped())?;
        let sink = child.stdin.take().expect("standard input was piped when the child was spawned");
        Ok((Self { child }, sink))
    }

    /// Waits for the end of the sound that is poured into it, and reads the meter.
    pub(super) async fn read(mut self, task: FfmpegTask<'_>) -> Result<Loudness, MediaError> {
        let log = tail(self.child.stderr.take()).await;
        let status = self.child.wait().await.map_err(MediaError::file(task.verb, task.file))?;
        task.judge(status, &log)?;
        summary(&log).ok_or_else(|| MediaError::Damaged {
            file: task.file.to_owned(),
            what: format!("its loudness could not be measured: {log}"),
        })
    }
}

/// Reads the summary at the end of the meter's log: `I:  -23.0 LUFS` and `Peak:  -1.0 dBFS`.
fn summary(log: &str) -> Option<Loudness> {
    let summary = &log[log.rfind("Summary:")?..];
    // Below the absolute gate of the measure nothing counts; the meter then says -70.
    let integrated = number_after(summary, "I:").filter(|level| *level > -70.0);
    let peak = number_after(summary, "Peak:").unwrap_or(f64::NEG_INFINITY);
    Some(Loudness { integrated, peak })
}

fn number_after(summary: &str, name: &str) -> Option<f64> {
    let after = summary.split(name).nth(1)?;
    after.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: SoundFormat = SoundFormat { rate: 48_000, channels: 2 };

    fn begins_limited(level: &Level, gain: &str) -> bool {
        level.filter.starts_with(&format!("volume={gain}dB,aresample=192000,alimiter=limit=0.7943"))
    }

    fn heard(integrated: f64) -> Loudness {
        Loudness { integrated: Some(integrated), peak: -2.0 }
    }

    #[test]
    fn the_summary_is_read_and_becomes_a_gain() {
        let log = "[Parsed_ebur128_0 @ 0x1] Summary:; Integrated loudness:; I: -23.4 LUFS; Threshold: -33.4 LUFS; \
                   True peak:; Peak: -10.0 dBFS";
        let loudness = summary(log).expect("it is a summary");
        assert_eq!(loudness, Loudness { integrated: Some(-23.4), peak: -10.0 });
        let level = loudness.level(-20.0, FORMAT).expect("it is not silent");
        assert_eq!(level.filter, "volume=3.40dB");
        let limited = loudness.level(-12.0, FORMAT).expect("it is not silent");
        assert!(limited.limited && begins_limited(&limited, "11.40"), "{limited:?}");
        let after = heard(-13.5).made_up(&limited, -12.0, FORMAT).expect("it is too soft");
        assert!(begins_limited(&after, "12.90"), "{after:?}");
        assert_eq!(heard(-12.1).made_up(&after, -12.0, FORMAT), None, "near enough");
        let most = heard(-19.0).made_up(&after, -12.0, FORMAT).expect("there is some room");
        assert!(begins_limited(&most, "17.40"), "{most:?}");
        assert_eq!(heard(-14.0).made_up(&most, -12.0, FORMAT), None, "more would be heard");
        let silent = summary("Summary:; I: -70.0 LUFS; Peak: -inf dBFS").expect("it is a summary");
        assert_eq!(silent.level(-14.0, FORMAT), None);
        assert_eq!(summary("nothing"), None);
    }
}
