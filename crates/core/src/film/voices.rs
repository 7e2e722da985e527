//! The voices of the cast: sounds that the model leans on for the lines of those who speak.

use super::ability::Use;
use super::inputs::{Gathered, SOUND};
use super::model::ModelAtProvider;
use super::prompt::NoVoice;
use super::repeated::MOST_PLACES;
use super::resolve::Resolver;
use super::{InputSource, Inputs};
use crate::catalog::Mode;
use crate::index::ShotIndex;
use crate::provider::FileTransfer;
use crate::storyboard::Shot;
use crate::text::{Problem, Span};

/// Who speaks a line of a shot, and in which of the sounds that are sent, counted from 1.
pub(super) type VoiceNumbers = Vec<Option<usize>>;

impl Resolver<'_> {
    /// Adds the voices of those who speak in a shot behind the sounds that it names itself, and gives for every line of its
    /// dialogue the number of its sound.
    pub(super) fn bring_voices(
        &mut self,
        at: ShotIndex,
        raw: &Shot,
        model: &ModelAtProvider<'_>,
        gathered: &mut Gathered,
    ) -> VoiceNumbers {
        let mut numbers = Vec::new();
        for line in raw.dialogue.iter().flat_map(|lines| &lines.value).filter(|line| line.line.is_some()) {
            let speaker = line.speaker.as_ref().map(|speaker| speaker.trim().trim_start_matches('@'));
            let member = speaker.and_then(|name| self.words.member(name));
            let voice = member.and_then(|(index, member)| Some((index, member.voice.as_ref()?)));
            let Some((index, voice)) = voice else {
                numbers.push(None);
                continue;
            };
            numbers.push(match self.path(&voice.value, voice.span, SOUND, Use::Sent) {
                None => None,
                Some(sound) => match no_voice(&gathered.inputs, model, &sound) {
                    None => Some(add(gathered, sound, voice.span)),
                    Some(why) => {
                        let place = self.shot_span(at);
                        let places = self.unsent_voices.entry((index, why)).or_default();
                        if places.last() != Some(&place) {
                            places.push(place);
                        }
                        None
                    }
                },
            });
        }
        numbers
    }

    /// Says which voices are not sent, and why.
    pub(super) fn advise_on_voices(&mut self) {
        for (&(member, why), places) in &self.unsent_voices {
            let Some((name, _)) = self.words.member_at(member) else { continue };
            let message = format!("the voice of `{name}` is not sent for {}", why.shots(places.len()));
            let mut problem = Problem::advice("film::voice", message);
            for place in places.iter().take(MOST_PLACES) {
                problem = problem.at(*place, "only the words are sent");
            }
            self.problems.push(problem.help(why.help()));
        }
    }
}

/// Why a voice cannot be sent with a shot.
fn no_voice(inputs: &Inputs, model: &ModelAtProvider<'_>, sound: &InputSource) -> Option<NoVoice> {
    match inputs {
        Inputs::Frames { .. } => return Some(NoVoice::Frames),
        Inputs::Text => return Some(NoVoice::Text),
        Inputs::References { .. } => {}
    }
    if !model.family.modes.contains(&Mode::Reference) || model.family.references.audio == 0 {
        return Some(NoVoice::Model);
    }
    if !model.provider.is_paid {
        return None;
    }
    match (model.provider.audio_files, sound) {
        (FileTransfer::Unsupported, _) => Some(NoVoice::Provider),
        (FileTransfer::Never, InputSource::File(_)) => Some(NoVoice::AddressOnly),
        _ => None,
    }
}

/// The number of a sound among those that are sent; it is added where it is not there.
fn add(gathered: &mut Gathered, sound: InputSource, span: Span) -> usize {
    let Inputs::References { audio, .. } = &mut gathered.inputs else { return 0 };
    if let Some(known) = audio.iter().position(|one| *one == sound) {
        return known + 1;
    }
    audio.push(sound);
    gathered.each.push(span);
    audio.len()
}
