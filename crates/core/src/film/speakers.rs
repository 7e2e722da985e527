//! Who speaks the lines of animatics, and in which voice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::resolve::Resolver;
use super::voice_program::{ShotVoices, VoiceProgram, VoiceRange};
use super::{Film, Make, Shot, Viewers};
use crate::provider::ANIMATIC;
use crate::text::Problem;
use crate::units::Digest;

/// The voices that there are: variants of `espeak-ng`, those that differ most first.
const VOICES: [(&str, VoiceRange); 13] = [
    ("f2", VoiceRange::High),
    ("m3", VoiceRange::Low),
    ("f4", VoiceRange::High),
    ("m7", VoiceRange::Low),
    ("f1", VoiceRange::High),
    ("m1", VoiceRange::Low),
    ("f3", VoiceRange::High),
    ("m5", VoiceRange::Low),
    ("f5", VoiceRange::High),
    ("m2", VoiceRange::Low),
    ("m4", VoiceRange::Low),
    ("m6", VoiceRange::Low),
    ("m8", VoiceRange::Low),
];

impl Shot {
    /// Who speaks its lines where it is an animatic with sound. What a service gets of an animatic is not spoken.
    #[must_use]
    pub fn spoken_by(&self) -> Option<&ShotVoices> {
        self.voices.as_ref().filter(|_| self.seen_by == Viewers::People)
    }

    /// Whether it is an animatic with sound in which somebody speaks.
    fn may_be_spoken(&self) -> bool {
        let is_heard =
            matches!(&self.make, Make::Prompt(render) if render.provider.id == ANIMATIC && render.spec.audio);
        is_heard && !self.dialogue.is_empty()
    }
}

impl Resolver<'_> {
    /// Gives the shots their voices, where the storyboard asks for them.
    pub(super) fn animatic_voices(&mut self, film: &mut Film) {
        for (name, settings) in self.board.providers.iter().flat_map(|named| &named.0) {
            let Some(voices) = &settings.voices else { continue };
            if *name.value != *ANIMATIC {
                let problem = Problem::error("film::voices", format_args!("`{}` takes no `voices`", name.value));
                self.problems
                    .push(problem.at(voices.span, "no effect").help("only the animatic speaks lines by itself"));
            } else if voices.value && film.shots.iter().any(Shot::may_be_spoken) {
                match &self.overrides.voices {
                    Some(program) => film.give_voices(program),
                    None => {
                        let message =
                            "`espeak-ng` is not installed: the animatic shows its lines and does not speak them";
                        let problem = Problem::warning("film::voices", message).at(voices.span, "nobody speaks");
                        self.problems.push(problem.help(
                            "install it (`apt install espeak-ng`, `brew install espeak-ng`), or name a program of yours in \
                             STORYREEL_VOICE_COMMAND",
                        ));
                    }
                }
            }
        }
    }
}

impl Film {
    fn give_voices(&mut self, program: &Arc<VoiceProgram>) {
        let lines = self.shots.iter().flat_map(|shot| &shot.dialogue);
        let people: BTreeMap<&str, Option<VoiceRange>> =
            lines.map(|line| (line.speaker.as_deref().unwrap_or_default(), line.range)).collect();
        let mut voices: BTreeMap<String, &'static str> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for (name, range) in people {
            let voice = free_voice(name, range, &taken);
            taken.insert(voice);
            voices.insert(name.to_owned(), voice);
        }
        for shot in self.shots.iter_mut().filter(|shot| shot.may_be_spoken()) {
            let speakers = shot.dialogue.iter().map(|line| line.speaker.as_deref().unwrap_or_default());
            let names = speakers.filter_map(|speaker| voices.get(speaker).copied()).collect();
            shot.voices = Some(ShotVoices { program: Arc::clone(program), names });
        }
    }
}

/// A voice that nobody has yet. The name decides where the search begins, so that most people keep their voices when others
/// come; with more people than voices some share one.
fn free_voice(name: &str, range: Option<VoiceRange>, taken: &BTreeSet<&str>) -> &'static str {
    let fitting: Vec<&str> =
        VOICES.iter().filter(|(_, of)| range.is_none_or(|range| *of == range)).map(|(name, _)| *name).collect();
    let first = usize::from(Digest::of(name.as_bytes()).as_bytes()[0]) % fitting.len();
    let mut in_turn = fitting.iter().cycle().skip(first).take(fitting.len());
    in_turn.find(|voice| !taken.contains(*voice)).copied().unwrap_or(fitting[first])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shares_a_voice_while_there_are_others() {
        let mut taken = BTreeSet::new();
        for n in 0..VOICES.len() {
            let voice = free_voice(&format!("person {n}"), None, &taken);
            assert!(taken.insert(voice), "{voice} is taken");
        }
        assert_eq!(free_voice("Mara", Some(VoiceRange::High), &BTreeSet::new()).chars().next(), Some('f'));
        assert!(VOICES.iter().any(|(name, _)| *name == free_voice("one more", None, &taken)));
    }
}
