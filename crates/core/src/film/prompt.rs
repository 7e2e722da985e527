//! Cast and dialogue worked into the words of a prompt.

use std::collections::BTreeMap;

use super::repeated::UNKNOWN_CAST;
use super::{Inputs, Spoken};
use crate::catalog::ModelFamily;
use crate::sanitize::count;
use crate::storyboard::{Member, NamedValues, Storyboard};
use crate::text::{Problem, Span, closest, listed};

/// Why a voice is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NoVoice {
    /// The shot starts from a frame.
    Frames,
    /// The shot starts from its words alone.
    Text,
    /// The model leans on no sounds.
    Model,
    /// The provider takes no sounds.
    Provider,
    /// The provider takes sounds by address only.
    AddressOnly,
}

impl NoVoice {
    /// The shots that it is about, behind `for`.
    pub(super) fn shots(self, number: usize) -> String {
        let shots = if number == 1 { "a shot".to_owned() } else { count(number, "shot") };
        match self {
            Self::Frames => format!("{shots} with a first frame"),
            Self::Text => format!("{shots} without references"),
            Self::Model | Self::Provider | Self::AddressOnly => shots,
        }
    }

    pub(super) const fn help(self) -> &'static str {
        match self {
            Self::Frames => "a model takes frames or references, not both; a voice is a reference",
            Self::Text => {
                "give the speaker `images`, or the shot `references`: a voice is sent beside a picture or a clip"
            }
            Self::Model => "the model leans on no sounds; choose one that does",
            Self::Provider => "the provider takes no sounds; choose one that does",
            Self::AddressOnly => "the provider takes sounds by address only: give the `https://` address of the file",
        }
    }
}

/// What words may stand for.
pub(super) struct PromptText<'a> {
    text: &'a str,
    cast: Option<&'a NamedValues<Member>>,
}

impl<'a> PromptText<'a> {
    pub(super) fn of(board: &'a Storyboard, text: &'a str) -> Self {
        Self { text, cast: board.cast.as_deref() }
    }

    /// The members of the cast that a filled text mentions, by index, in order of first mention.
    pub(super) fn mentions(&self, filled: &str, span: Span, problems: &mut Vec<Problem>) -> Vec<usize> {
        let mut found = Vec::new();
        for piece in pieces(filled) {
            let PromptPiece::Mention(name) = piece else { continue };
            match self.member(name) {
                Some((index, _)) if !found.contains(&index) => found.push(index),
                Some(_) => {}
                None => problems.push(self.unknown_member(span, name)),
            }
        }
        found
    }

    fn unknown_member(&self, span: Span, name: &str) -> Problem {
        let names: Vec<&str> = self.cast.map(|cast| cast.names().collect()).unwrap_or_default();
        let problem = Problem::error(UNKNOWN_CAST, format_args!("nobody in the cast is called `{name}`"))
            .at(span.find(self.text, &format!("@{name}")).first_line(self.text), "not in `cast`");
        problem.help(match closest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `@{near}`?"),
            None if names.is_empty() => format!("add `cast: {{{name}: …}}`, or write `@@{name}` for a plain @"),
            None => format!("the cast is {}; write `@@{name}` for a plain @", listed(names, 12)),
        })
    }

    pub(super) fn member(&self, name: &str) -> Option<(usize, &'a Member)> {
        let cast = self.cast?;
        cast.0.iter().position(|(key, _)| key.value == name).map(|index| (index, &cast.0[index].1.value))
    }

    pub(super) fn member_at(&self, index: usize) -> Option<(&'a str, &'a Member)> {
        self.cast?.0.get(index).map(|(name, member)| (name.value.as_str(), &member.value))
    }

    /// What is called when `@name` is said: the member's name, or the key.
    pub(super) fn called(&self, name: &str) -> Option<&'a str> {
        let (index, member) = self.member(name)?;
        let key = self.member_at(index).map(|(key, _)| key)?;
        Some(member.name.as_ref().map_or(key, |name| name.as_str()))
    }

    /// The filled text with names in place of mentions, for people.
    pub(super) fn named(&self, filled: &str) -> String {
        let mut text = String::with_capacity(filled.len());
        for piece in pieces(filled) {
            text.push_str(match piece {
                PromptPiece::Text(text) => text,
                PromptPiece::Mention(name) => self.called(name).unwrap_or(name),
            });
        }
        text
    }

    /// The filled text with every mention spelled out: the first as `Name (look)`, later ones as `Name`. `numbers` gives
    /// the reference pictures of a member, counted from 1 over all that are sent.
    pub(super) fn spell(&self, filled: &str, numbers: &BTreeMap<usize, Vec<usize>>) -> String {
        let mut spelled = String::with_capacity(filled.len() + 64);
        let mut seen = Vec::new();
        for piece in pieces(filled) {
            let name = match piece {
                PromptPiece::Text(text) => {
                    spelled.push_str(text);
                    continue;
                }
                PromptPiece::Mention(name) => name,
            };
            let Some((index, member)) = self.member(name) else { continue };
            spelled.push_str(self.called(name).unwrap_or(name));
            if seen.contains(&index) {
                continue;
            }
            seen.push(index);
            let pictures = numbers.get(&index).map(|n| n.iter().map(|n| format!("[Image {n}]")).collect::<Vec<_>>());
            let look = member.look.as_ref().map(|look| look.trim().to_owned());
            let detail: Vec<String> = look.into_iter().chain(pictures.map(|list| list.join(" "))).collect();
            if !detail.is_empty() {
                spelled.push_str(&format!(" ({})", detail.join(", ")));
            }
        }
        spelled
    }
}

/// The whole prompt: the words, the spoken lines in double quotes with their speaker, the style.
pub(super) fn whole(spelled: &str, lines: &[String], style: Option<&str>) -> String {
    let mut parts = vec![spelled.trim().to_owned()];
    parts.extend_from_slice(lines);
    parts.extend(style.map(str::trim).filter(|style| !style.is_empty()).map(str::to_owned));
    parts.join("\n")
}

/// The lines of a dialogue as a prompt says them: who speaks, in which of the sounds that are sent, and the words.
pub(super) fn spoken_lines(family: &ModelFamily, dialogue: &[Spoken], voices: &[Option<usize>]) -> Vec<String> {
    let mut lines = Vec::with_capacity(dialogue.len());
    for (at, spoken) in dialogue.iter().enumerate() {
        // A quote in a line must not end the line early for the model.
        let line = spoken.line.trim().replace('"', "'");
        let speaker = spoken.speaker.as_deref().unwrap_or("A voice");
        let voice = voices.get(at).copied().flatten();
        let voice = voice.map(|number| format!(", in the voice of {},", sound_name(family, number)));
        let language = spoken.language.as_ref().map_or_else(String::new, |tag| format!(" in {}", tag.name()));
        let delivery = spoken.delivery.as_ref().map_or_else(String::new, |delivery| format!(", {delivery}"));
        lines.push(format!("{speaker}{} says{language}{delivery}: \"{line}\"", voice.unwrap_or_default()));
    }
    lines
}

/// How a prompt names a sound that is sent.
fn sound_name(family: &ModelFamily, number: usize) -> String {
    if family.numbers_references { format!("[Audio {number}]") } else { format!("reference sound {number}") }
}

/// The numbers of the pictures that each mentioned member brings, when references may be sent and the model reads numbers.
pub(super) fn numbers(
    family: &ModelFamily,
    inputs: &Inputs,
    brought: &[(usize, usize)],
) -> BTreeMap<usize, Vec<usize>> {
    let mut numbers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    if let (Inputs::References { .. }, true) = (inputs, family.numbers_references) {
        for &(member, number) in brought {
            numbers.entry(member).or_default().push(number);
        }
    }
    numbers
}

enum PromptPiece<'a> {
    Text(&'a str),
    Mention(&'a str),
}

/// Splits at mentions: `@name` where no letter or digit stands before the `@`; `@@` is a plain `@`.
fn pieces(text: &str) -> Vec<PromptPiece<'_>> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut from = 0;
    while let Some(at) = text[from..].find('@').map(|at| at + from) {
        let after = &text[at + 1..];
        if after.starts_with('@') {
            pieces.push(PromptPiece::Text(&text[begin..=at]));
            begin = at + 2;
            from = begin;
            continue;
        }
        let len = after.bytes().take_while(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')).count();
        let name = after[..len].trim_end_matches('-');
        let inside = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        if name.is_empty() || name.starts_with(['_', '-']) || inside || after[len..].starts_with(char::is_uppercase) {
            from = at + 1;
            continue;
        }
        pieces.push(PromptPiece::Text(&text[begin..at]));
        pieces.push(PromptPiece::Mention(name));
        begin = at + 1 + name.len();
        from = begin;
    }
    pieces.push(PromptPiece::Text(&text[begin..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::family;

    fn shown(text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                PromptPiece::Text(text) => text.to_owned(),
                PromptPiece::Mention(name) => format!("<{name}>"),
            })
            .collect()
    }

    #[test]
    fn mentions_are_words_after_an_at_sign() {
        for (text, expected) in [
            ("@mara walks", "<mara> walks"),
            ("to @mara-2, @mara.", "to <mara-2>, <mara>."),
            ("a@b.example and @@mara", "a@b.example and @mara"),
            ("@Image 1, @ alone, @", "@Image 1, @ alone, @"),
            ("她是@mara。", "她是@mara。"),
            ("(@mara)", "(<mara>)"),
            ("@mara- yes", "<mara>- yes"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn the_whole_prompt_quotes_lines_once() {
        let mut spoken = Spoken {
            speaker: Some("Mara".to_owned()),
            line: "Say \"no\". ".to_owned(),
            at: None,
            language: None,
            delivery: None,
            range: None,
            subtitles: Vec::new(),
            span: Span::default(),
        };
        let family = family("seedance-2.0").expect("it is listed");
        let lines = spoken_lines(family, std::slice::from_ref(&spoken), &[None]);
        assert_eq!(whole("She waits.\n", &lines, Some(" 35mm ")), "She waits.\nMara says: \"Say 'no'.\"\n35mm");
        spoken.language = "ja".parse().ok();
        spoken.delivery = Some("whispering".to_owned());
        let lines = spoken_lines(family, &[spoken], &[Some(2)]);
        assert_eq!(lines, ["Mara, in the voice of [Audio 2], says in Japanese, whispering: \"Say 'no'.\""]);
    }
}
