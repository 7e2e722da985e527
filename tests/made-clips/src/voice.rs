//! Sound of made clips.

use std::f32::consts::TAU;

use crate::paint::noise;

/// Samples a second.
pub(crate) const SAMPLES: usize = 48_000;

/// What a made clip sounds like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MadeSound {
    /// It has no sound stream.
    None,
    /// Noise around so many decibels of full scale.
    Noise(f32),
    /// Four notes, again and again.
    Music,
    /// Syllables that end so many seconds before the clip does, over noise of so many decibels; with an end below zero,
    /// the last syllable goes on behind the end of the clip.
    Speech { rest: f32, noise: f32 },
}

impl MadeSound {
    /// The samples of `seconds`; `None` without a stream.
    pub(crate) fn samples(self, seconds: f32) -> Option<Vec<u8>> {
        let count = (seconds * SAMPLES as f32) as usize;
        let mut bytes = Vec::with_capacity(2 * count);
        for n in 0..count {
            let at = n as f32 / SAMPLES as f32;
            let level = match self {
                Self::None => return None,
                Self::Noise(decibels) => hiss(n, decibels),
                Self::Music => music(at),
                Self::Speech { rest, noise } => speech(seconds - rest - at) + hiss(n, noise),
            };
            bytes.extend(((level * 32767.0) as i16).to_le_bytes());
        }
        Some(bytes)
    }
}

fn hiss(n: usize, decibels: f32) -> f32 {
    // The square of an even distribution from -1 to 1 is a third.
    noise(n as u32, 5, 77) * 1.732 * 10.0_f32.powf(decibels / 20.0)
}

fn music(at: f32) -> f32 {
    let note = [220.0, 277.2, 329.6, 440.0][(at * 2.0) as usize % 4];
    let fading = (-(at * 2.0).fract() * 1.5).exp();
    0.12 * fading * ((TAU * note * at).sin() + 0.4 * (TAU * note * 2.0 * at).sin()) + 0.05 * (TAU * 110.0 * at).sin()
}

/// A voice whose last syllable ends after `left` seconds: syllables of 0.22 s, a pause of 0.35 s after every seventh.
fn speech(left: f32) -> f32 {
    const SYLLABLE: f32 = 0.22;
    const PHRASE: f32 = 7.0 * SYLLABLE + 0.35;
    if left <= 0.0 {
        return 0.0;
    }
    let in_phrase = left % PHRASE;
    if in_phrase > 7.0 * SYLLABLE {
        return 0.0;
    }
    // Counted from the end of the syllable: it dies away over its second half.
    let part = 1.0 - in_phrase % SYLLABLE / SYLLABLE;
    let envelope = if part < 0.15 { part / 0.15 } else { (1.0 - ((part - 0.15) / 0.85).powi(2)).max(0.0) };
    let pitch = 118.0 + 14.0 * (left * 2.3).sin();
    let mut sum = 0.0;
    for harmonic in 1..=12 {
        let frequency = pitch * harmonic as f32;
        let formants =
            1.0 / (1.0 + ((frequency - 520.0) / 160.0).powi(2)) + 0.6 / (1.0 + ((frequency - 1400.0) / 240.0).powi(2));
        sum += (0.12 + formants) * (TAU * frequency * left).sin();
    }
    0.16 * envelope * sum
}
