//! Cast and dialogue worked into the words of a prompt.

use std::collections::BTreeMap;

use super::repeated::UNKNOWN_CAST;
use super::{Inputs, Spoken};
use crate::storyboard::{Member, NamedValues, Storyboard};
use crate::text::{Problem, Span, closest, listed};

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
pub(super) fn whole(spelled: &str, dialogue: &[Spoken], style: Option<&str>) -> String {
    let mut parts = vec![spelled.trim().to_owned()];
    for spoken in dialogue {
        // A quote in a line must not end the line early for the model.
        let line = spoken.line.trim().replace('"', "'");
        let speaker = spoken.speaker.as_deref().unwrap_or("A voice");
        let language = spoken.language.as_ref().map_or_else(String::new, |tag| format!(" in {}", tag.name()));
        let delivery = spoken.delivery.as_ref().map_or_else(String::new, |delivery| format!(", {delivery}"));
        parts.push(format!("{speaker} says{language}{delivery}: \"{line}\""));
    }
    parts.extend(style.map(str::trim).filter(|style| !style.is_empty()).map(str::to_owned));
    parts.join("\n")
}

/// The numbers of the pictures that each mentioned member brings, when references may be sent.
pub(super) fn numbers(inputs: &Inputs, brought: &[(usize, usize)]) -> BTreeMap<usize, Vec<usize>> {
    let mut numbers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    if let Inputs::References { .. } = inputs {
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
            subtitles: Vec::new(),
            span: Span::default(),
        };
        let said = [spoken.clone()];
        assert_eq!(whole("She waits.\n", &said, Some(" 35mm ")), "She waits.\nMara says: \"Say 'no'.\"\n35mm");
        spoken.language = "ja".parse().ok();
        spoken.delivery = Some("whispering".to_owned());
        assert_eq!(whole("A", &[spoken], None), "A\nMara says in Japanese, whispering: \"Say 'no'.\"");
    }
}
