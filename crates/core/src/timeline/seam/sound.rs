//! A seam as it is heard, measured from decoded samples around it.

use serde::{Deserialize, Serialize};

/// How far around a seam is listened, in parts of a second to either side: three tenths hold some syllables and the
/// pauses between them.
pub const AROUND: f64 = 0.3;

/// Where the trace of a cut can lie, in samples to either side: a coded packet spreads it over its whole length.
const TRACE: usize = 1024;

/// Length of the moments whose levels are compared, in parts of a second: 20 ms, a period of the lowest hum.
const MOMENT: u32 = 50;

/// What is softer than this, in decibels below full scale, counts as silence: -60.
const SILENCE: f32 = -60.0;

/// What is heard at a seam.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// By how much the later shot is louder than the earlier one, in decibels: what goes on under the voices on either
    /// side, so that a word that begins at the join is no step.
    pub step_db: f32,
    /// By how much the sharpest transient at the join stands above all others around it, in decibels; never below 0.
    pub click_db: f32,
    /// How much later than its picture the sound of the later shot comes, in milliseconds; below zero it comes early.
    pub late_ms: f32,
}

impl Heard {
    /// The size of each fault, from 0 to 1: loudness, click, and sound against picture.
    ///
    /// A step of 3 dB is about the least that is noticed in passing, 15 dB is another place. Maxima of equal noise differ
    /// by up to 3 dB; 15 dB above all else is a click to anybody. Half a packet of sound, 12 ms, is never noticed; from
    /// 45 ms on sound that comes early is (ITU-R BT.1359-1).
    #[must_use]
    pub fn faults(self) -> [f32; 3] {
        [fault(self.step_db.abs(), 3.0, 15.0), fault(self.click_db, 3.0, 15.0), fault(self.late_ms.abs(), 12.0, 45.0)]
    }
}

/// 0 up to `unnoticed`, 1 from `certain` on, and evenly between them.
fn fault(size: f32, unnoticed: f32, certain: f32) -> f32 {
    ((size - unnoticed) / (certain - unnoticed)).clamp(0.0, 1.0)
}

/// Listens to `samples` of one channel, `rate` a second, in which the join lies at `join`; `late_ms` is known from
/// where the packets of sound lie.
#[must_use]
pub fn hear(samples: &[f32], join: usize, rate: u32, late_ms: f32) -> Heard {
    let join = join.min(samples.len());
    let (before, after) = samples.split_at(join);
    let moment = (rate / MOMENT) as usize;
    // The fade at the join is no part of either side.
    let step = level(before.rchunks_exact(moment).skip(1)).zip(level(after.chunks_exact(moment).skip(1)));
    let step_db = step.map_or(0.0, |(before, after)| after - before);
    let from = join.saturating_sub(TRACE);
    let to = (join + TRACE).min(samples.len());
    let others = steepest(&samples[..from]).max(steepest(&samples[to..]));
    // A clip that is no longer than the trace of its join has nothing to compare that with.
    let known = from >= moment || samples.len() - to >= moment;
    let audible = 10_f32.powf(SILENCE / 20.0);
    let above = 20.0 * (steepest(&samples[from..to]).max(audible) / others.max(audible)).log10();
    Heard { step_db, click_db: if known { above.max(0.0) } else { 0.0 }, late_ms }
}

/// The greatest step from one sample to the next.
fn steepest(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
}

/// The level in decibels that three quarters of the moments reach; `None` where there are too few to say.
fn level<'a>(moments: impl Iterator<Item = &'a [f32]>) -> Option<f32> {
    let mut levels: Vec<f32> = moments.map(|moment| (10.0 * power(moment).log10()).max(SILENCE)).collect();
    levels.sort_by(f32::total_cmp);
    (levels.len() >= 4).then(|| levels[levels.len() / 4])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;
    /// Samples on either side.
    const SIDE: usize = 14_400;

    fn tone(hz: f32, gain: f32, from: f32) -> impl Iterator<Item = f32> {
        (0..SIDE).map(move |n| gain * (std::f32::consts::TAU * (hz * n as f32 / RATE as f32 + from)).sin())
    }

    fn heard(before: impl Iterator<Item = f32>, after: impl Iterator<Item = f32>) -> Heard {
        hear(&before.chain(after).collect::<Vec<f32>>(), SIDE, RATE, 0.0)
    }

    fn is_good(heard: Heard) -> bool {
        heard.faults().iter().all(|size| size.abs() < 1e-6)
    }

    #[test]
    fn a_wave_that_goes_on_has_no_fault() {
        let heard = heard(tone(440.0, 0.3, 0.0), tone(440.0, 0.3, 440.0 * SIDE as f32 / RATE as f32));
        assert!(heard.step_db.abs() < 0.2 && heard.click_db < 0.5, "{heard:?}");
        assert!(is_good(heard), "{heard:?}");
    }

    #[test]
    fn a_wave_that_is_cut_at_its_crest_clicks() {
        let heard = heard(tone(440.0, 0.3, 0.0), tone(440.0, 0.3, 0.25));
        assert!(heard.click_db > 15.0 && heard.faults()[1] > 0.99, "{heard:?}");
    }

    #[test]
    fn a_step_in_loudness_is_measured_under_the_voices() {
        let louder = heard(tone(440.0, 0.05, 0.0), tone(440.0, 0.2, 0.0));
        assert!((louder.step_db - 12.0).abs() < 0.3, "{louder:?}");
        // A word over the same background is no step.
        let word =
            tone(440.0, 0.05, 0.0).enumerate().map(|(n, sample)| if n < SIDE / 2 { sample * 8.0 } else { sample });
        let spoken = heard(tone(440.0, 0.05, 0.0), word);
        assert!(spoken.step_db.abs() < 0.3, "{spoken:?}");
        // Silence is silence, however deep.
        let silent = heard(tone(440.0, 1e-5, 0.0), tone(440.0, 0.0, 0.0));
        assert_eq!(silent, Heard::default());
    }

    #[test]
    fn what_is_too_short_to_be_heard_has_no_faults() {
        for length in [0, 1, 500, 2000] {
            let heard = hear(&vec![0.5; length], length / 2, RATE, 0.0);
            assert!(is_good(heard), "{length}: {heard:?}");
        }
        assert!(Heard { late_ms: -30.0, ..Heard::default() }.faults()[2] > 0.5);
    }
}
