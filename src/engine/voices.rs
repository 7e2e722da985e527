//! The voices of an animatic: every line spoken at its time, and over before the next one begins.

use std::path::Path;
use std::sync::Arc;

use storyreel_core::film::{ShotVoices, Spoken};
use storyreel_core::film_timeline::spoken_times;
use storyreel_core::sanitize::{clean, shorten};
use storyreel_core::timeline::SAMPLE_RATE;
use storyreel_media::media::{Utterance, speak};

use super::failure::ShotFailure;
use super::worker_context::{Order, WorkerContext};

/// How many times as fast as it is spoken a line may be played: faster speech is hard to follow.
const FASTEST: f64 = 1.5;

/// The loudest that a voice is, as a part of full scale.
const PEAK: f32 = 0.7;

/// The fade at the end of a line that is cut off, in samples: 20 ms.
const FADE: usize = SAMPLE_RATE as usize / 50;

/// What is spoken in a clip.
pub(super) struct VoiceTrack {
    /// One channel at [`SAMPLE_RATE`], as long as the clip.
    pub(super) samples: Arc<[f32]>,
    /// What has not enough time.
    pub(super) notes: Vec<String>,
}

/// Has the lines of a shot spoken.
pub(super) async fn voice_track(
    context: &WorkerContext,
    order: &Order,
    voices: &ShotVoices,
) -> Result<VoiceTrack, ShotFailure> {
    let shot = &order.shot;
    let length = usize::try_from(order.rate.ticks(order.frames(), u64::from(SAMPLE_RATE))).unwrap_or_default();
    let mut mixed = vec![0.0_f32; length];
    let mut notes = Vec::new();
    let begins: Vec<usize> = spoken_times(shot).into_iter().map(sample_at).collect();
    for (at, (line, voice)) in shot.dialogue.iter().zip(&voices.names).enumerate() {
        let begin = begins[at].min(length);
        // Lines that begin together are spoken together.
        let end = begins.iter().copied().filter(|other| *other > begin).min().unwrap_or(length).min(length);
        let file = context.work.join(format!("{}-{}-voice-{at}.wav", order.key.board, shot.id));
        let utterance = Utterance {
            words: &line.line,
            language: line.language.as_ref(),
            voice,
            speaker: line.speaker.as_deref(),
            delivery: line.delivery.as_deref(),
        };
        speak(&voices.program, utterance, &file).await?;
        let spoken = fitted(context, &file, end - begin).await?;
        if spoken.is_cut {
            notes.push(note(&shot.id.to_string(), line, spoken.needed, end - begin));
        }
        let loudest = spoken.samples.iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        let gain = if loudest > 0.0 { PEAK / loudest } else { 0.0 };
        mixed[begin..].iter_mut().zip(spoken.samples).for_each(|(sum, sample)| *sum += sample * gain);
    }
    Ok(VoiceTrack { samples: mixed.into(), notes })
}

/// A line in the time that it has.
struct FittedLine {
    samples: Vec<f32>,
    /// How many samples it has as it was spoken.
    needed: usize,
    /// Whether its end is missing.
    is_cut: bool,
}

/// A spoken line of at most `room` samples: played faster where it is longer, and cut off where that is not enough.
async fn fitted(context: &WorkerContext, file: &Path, room: usize) -> Result<FittedLine, ShotFailure> {
    let ffmpeg = context.studio.ffmpeg();
    let mut samples = ffmpeg.speech(file, 1.0).await?;
    let needed = samples.len();
    if needed > room && room > 0 {
        // A little faster than is needed: the filter's last window is not exact.
        let times = (needed as f64 / room as f64 * 1.01).min(FASTEST);
        samples = ffmpeg.speech(file, times).await?;
    }
    let is_cut = samples.len() > room;
    samples.truncate(room);
    if is_cut {
        let fade = FADE.min(room);
        for (n, sample) in samples[room - fade..].iter_mut().rev().enumerate() {
            *sample *= n as f32 / fade as f32;
        }
    }
    Ok(FittedLine { samples, needed, is_cut })
}

fn note(shot: &str, line: &Spoken, needed: usize, room: usize) -> String {
    let seconds = |samples: usize| samples as f64 / f64::from(SAMPLE_RATE);
    format!(
        "{shot}: the voice is cut off in `{}`: it needs {:.1} s and has {:.1} s until the next line or the end of the shot",
        shorten(&clean(&line.line), 40),
        seconds(needed),
        seconds(room)
    )
}

/// The sample at a time in milliseconds.
fn sample_at(milliseconds: u64) -> usize {
    usize::try_from(milliseconds.saturating_mul(u64::from(SAMPLE_RATE)) / 1_000).unwrap_or(usize::MAX)
}
