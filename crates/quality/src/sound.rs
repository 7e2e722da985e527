//! Silence where sound was asked for, and speech that is cut off.

use super::FaultKind;
use super::fault::ClipFault;

/// Levels a second.
pub(super) const LEVELS: u32 = 50;

/// Sound below this level is silence, in decibels relative to full scale: a quiet room has -60, and a stream without sound
/// -70 or less.
const SILENCE: f32 = -66.0;

/// The part of its length for which a clip may be silent at a stretch.
const LONGEST: f32 = 0.6;

/// How far below its active level speech still counts as speech, in decibels (ITU-T P.56).
const MARGIN: f32 = 15.9;

/// The least distance between speech and what is heard in its pauses, in decibels; below it they cannot be told apart.
const CLEAR: f32 = 12.0;

/// The levels at the end that must be speech, for the end to be a cut.
const LAST: usize = 2;

/// The levels of a sound, in decibels relative to full scale, fifty a second.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SoundLevels(Vec<f32>);

impl SoundLevels {
    /// The levels of samples in one channel, from -1 to 1, `rate` a second.
    #[must_use]
    pub fn of(samples: &[f32], rate: u32) -> Self {
        let count = (rate / LEVELS).max(1) as usize;
        // What is left over at the end is too short to have a level of its own.
        let levels = samples.chunks_exact(count).map(|samples| {
            let sum: f32 = samples.iter().map(|sample| sample * sample).sum();
            10.0 * (sum / count as f32).max(1e-12).log10()
        });
        Self(levels.collect())
    }

    /// The level below which that part of all levels are.
    fn quantile(&self, part: f32) -> f32 {
        let mut levels = self.0.clone();
        levels.sort_by(f32::total_cmp);
        let at = (part * levels.len() as f32) as usize;
        levels.get(at.min(levels.len().saturating_sub(1))).copied().unwrap_or(-120.0)
    }
}

/// Silence in a clip of `end` seconds, which has no sound at all where there are no levels.
pub(super) fn silent(levels: Option<&SoundLevels>, end: f32) -> Vec<ClipFault> {
    let levels = levels.map_or(&[][..], |levels| &levels.0);
    let mut longest = 0..0;
    let mut start = 0;
    for (n, level) in levels.iter().enumerate() {
        if *level > SILENCE {
            start = n + 1;
        } else if n + 1 - start > longest.len() {
            longest = start..n + 1;
        }
    }
    let seconds = |n: usize| n as f32 / LEVELS as f32;
    // Sound that ends early is silent to the end.
    let until = if longest.end == levels.len() { end } else { seconds(longest.end) };
    let from = seconds(longest.start);
    let part = (until - from) / end.max(0.1);
    if part < LONGEST { Vec::new() } else { vec![ClipFault::new(FaultKind::Silent, from..until, part)] }
}

/// Speech that goes on where the clip ends after `end` seconds.
pub(super) fn cut_off(levels: &SoundLevels, end: f32) -> Vec<ClipFault> {
    let active = levels.quantile(0.9);
    let pause = levels.quantile(0.04);
    let within = ((end * LEVELS as f32) as usize).min(levels.0.len());
    let last = &levels.0[within.saturating_sub(LAST)..within];
    let least = (active - MARGIN).max(pause + CLEAR / 2.0);
    let speaks = last.len() == LAST && last.iter().all(|level| *level > least);
    if active - pause < CLEAR || !speaks {
        return Vec::new();
    }
    let over = last.iter().fold(0.0, |most: f32, level| most.max(level - least));
    vec![ClipFault::new(FaultKind::SpeechCut, end - 0.04..end, 0.5 + over / 20.0)]
}
