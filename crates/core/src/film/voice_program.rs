//! The program that speaks the lines of animatics, and the voices that it is asked for.

use std::path::PathBuf;
use std::sync::Arc;

/// The program that speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceProgram {
    /// Where it is.
    pub path: PathBuf,
    /// How it is spoken to.
    pub kind: VoiceProgramKind,
    /// What tells it from others in a recipe.
    pub identity: String,
}

/// How a program that speaks is told what to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceProgramKind {
    /// By the options of `espeak-ng`.
    EspeakNg,
    /// A program of the user's: the words on standard input, the file to write as its argument.
    Own,
}

/// How high a voice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceRange {
    /// As of most women and children.
    High,
    /// As of most men.
    Low,
}

impl VoiceRange {
    /// What the words about somebody's looks say of the voice; `None` where they say nothing, or both.
    #[must_use]
    pub fn of_look(look: &str) -> Option<Self> {
        const HIGH: [&str; 12] = [
            "woman",
            "women",
            "girl",
            "she",
            "her",
            "lady",
            "mother",
            "sister",
            "daughter",
            "grandmother",
            "child",
            "queen",
        ];
        const LOW: [&str; 12] =
            ["man", "men", "he", "his", "him", "father", "brother", "son", "grandfather", "gentleman", "guy", "king"];
        let has = |of: &[&str]| {
            let mut words = look.split(|c: char| !c.is_alphanumeric());
            words.any(|word| of.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
        };
        match (has(&HIGH), has(&LOW)) {
            (true, false) => Some(Self::High),
            (false, true) => Some(Self::Low),
            _ => None,
        }
    }
}

/// Who speaks the lines of a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShotVoices {
    /// The program.
    pub program: Arc<VoiceProgram>,
    /// The voice of each line, as `espeak-ng` calls its variants.
    pub names: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_looks_say_how_high_a_voice_is() {
        for (look, expected) in [
            ("a woman in her sixties, grey braid", Some(VoiceRange::High)),
            ("an old Man with his pipe", Some(VoiceRange::Low)),
            ("a man and a woman", None),
            ("a robot of humanoid shape", None),
        ] {
            assert_eq!(VoiceRange::of_look(look), expected, "{look}");
        }
    }
}
