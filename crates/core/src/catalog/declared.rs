//! Models that no built-in table knows: a storyboard declares them, or a service lists them.

use std::sync::{Mutex, PoisonError};

use super::family::{NO_REFERENCES, Pixels};
use super::{Mode, ModelFamily, Ratio, ReferenceLimits, Resolution, SoundAbility};
use crate::units::{Rate, Size};

/// What is said of a model that no built-in table knows.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredFamily {
    /// The name in a storyboard.
    pub name: String,
    /// The built-in family of which it is one; what is not said here is as there.
    pub base: Option<&'static ModelFamily>,
    /// What it starts from.
    pub modes: Vec<Mode>,
    /// How many references it takes.
    pub references: ReferenceLimits,
    /// The lengths that it makes, in whole seconds, the shortest first; at least one.
    pub lengths: Vec<u32>,
    /// Frames a second of its clips, where that is said.
    pub rate: Option<Rate>,
    /// The exact sizes of its clips.
    pub sizes: Vec<(Resolution, Ratio, Size)>,
    /// Whether its clips have sound.
    pub sound: SoundAbility,
}

/// References that a model with that mode may be given where nobody says how many; more than any model takes.
pub const ANY_REFERENCES: ReferenceLimits =
    ReferenceLimits { images: 9, videos: 3, audio: 3, seconds: (1, 60), audio_alone: true };

/// A family of which nothing is known.
const UNKNOWN: ModelFamily = ModelFamily {
    name: "",
    resolutions: &[],
    seconds: (0, 0),
    decides_duration: false,
    modes: &[],
    references: NO_REFERENCES,
    lengths: &[],
    stated_rate: None,
    audio: false,
    always_sounds: false,
    follows_first_frame: false,
    names_task: false,
    numbers_references: true,
    counts_tokens: false,
    has_file_limits: false,
    retired: None,
    pixels: Pixels::Listed(&[]),
};

/// Families that were declared so far. A program reads few storyboards, so what they declare is kept for its life, each
/// once: a family is then the same kind of value wherever it comes from.
static DECLARED: Mutex<Vec<(DeclaredFamily, &'static ModelFamily)>> = Mutex::new(Vec::new());

/// The family that is declared.
#[must_use]
pub fn declared_family(declared: &DeclaredFamily) -> &'static ModelFamily {
    let mut known = DECLARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, family)) = known.iter().find(|(one, _)| one == declared) {
        return family;
    }
    let mut resolutions: Vec<Resolution> = declared.sizes.iter().map(|(at, ..)| *at).collect();
    resolutions.sort_unstable();
    resolutions.dedup();
    let shortest = declared.lengths.first().copied().unwrap_or_default();
    let longest = declared.lengths.last().copied().unwrap_or_default();
    let base = declared.base.copied().unwrap_or(UNKNOWN);
    let family: &'static ModelFamily = Box::leak(Box::new(ModelFamily {
        name: declared.name.clone().leak(),
        resolutions: resolutions.leak(),
        seconds: (shortest, longest),
        lengths: declared.lengths.clone().leak(),
        stated_rate: declared.rate.or(base.stated_rate),
        decides_duration: false,
        modes: declared.modes.clone().leak(),
        references: if declared.modes.contains(&Mode::Reference) { declared.references } else { NO_REFERENCES },
        audio: declared.sound != SoundAbility::None,
        always_sounds: declared.sound == SoundAbility::Always,
        retired: None,
        pixels: Pixels::Listed(declared.sizes.clone().leak()),
        ..base
    }));
    known.push((declared.clone(), family));
    family
}
