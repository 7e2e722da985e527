//! The people of a screenplay: their names, their ids, and where action speaks of them.

use std::collections::{HashMap, HashSet};

use storyreel_core::sanitize::ascii_letter;

/// Words of the longest name that is looked for in action.
const WORDS: usize = 4;

/// Letters of an id.
const ID: usize = 40;

/// Somebody who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name after `@` in a prompt: a-z, 0-9 and `-`, beginning with a letter.
    pub id: String,
    /// The name as it is shown.
    pub name: String,
}

/// All who speak, in the order in which they first do.
#[derive(Debug, Default)]
pub(super) struct Cast {
    pub(super) members: Vec<Member>,
    by_name: HashMap<String, usize>,
    ids: HashSet<String>,
    numbers: HashMap<String, usize>,
}

impl Cast {
    /// The member called `name`; a new one if nobody is.
    pub(super) fn member(&mut self, name: &str) -> usize {
        let key = name.to_uppercase();
        if let Some(&member) = self.by_name.get(&key) {
            return member;
        }
        let shown = if name.contains(char::is_lowercase) { name.to_owned() } else { title_case(name) };
        let id = self.id(name);
        self.members.push(Member { id, name: shown });
        self.by_name.insert(key, self.members.len() - 1);
        self.members.len() - 1
    }

    fn id(&mut self, name: &str) -> String {
        let stem = slug(name);
        if self.ids.insert(stem.clone()) {
            return stem;
        }
        let number = self.numbers.entry(stem.clone()).or_insert(1);
        loop {
            *number += 1;
            let id = format!("{stem}-{number}");
            if self.ids.insert(id.clone()) {
                return id;
            }
        }
    }

    /// `text` as a prompt: members that it names become `@id`, and what the storyboard would take for something else is
    /// made plain. Names count in capitals and as they are shown, and as whole words.
    pub(super) fn prompt(&self, text: &str) -> String {
        let words = words(text);
        let mut prompt = String::with_capacity(text.len() + 16);
        let mut at = 0;
        let mut done = 0;
        while let Some(word) = words.get(at) {
            let found = (1..=WORDS.min(words.len() - at)).rev().find_map(|count| {
                let piece = &text[word.start..words[at + count - 1].end];
                self.named(piece)
                    .filter(|_| stands_alone(text, word.start, words[at + count - 1].end))
                    .map(|id| (id, count))
            });
            let Some((id, count)) = found else {
                at += 1;
                continue;
            };
            prompt.push_str(&plain(&text[done..word.start]).replace('@', "@@"));
            prompt.push('@');
            prompt.push_str(id);
            done = words[at + count - 1].end;
            at += count;
        }
        prompt.push_str(&plain(&text[done..]).replace('@', "@@"));
        prompt
    }

    fn named(&self, piece: &str) -> Option<&str> {
        let member = &self.members[*self.by_name.get(&piece.to_uppercase())?];
        let capitals = !piece.contains(char::is_lowercase);
        // `A` and `I` are words before they are names.
        (piece.chars().nth(1).is_some() && (capitals || piece == member.name)).then_some(member.id.as_str())
    }
}

/// Doubled braces mean a variable in a storyboard, and there is no other way to write them.
pub(super) fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    while plain.contains("{{") {
        plain = plain.replace("{{", "{ {");
    }
    plain
}

/// The words of a text: letters, digits and what may stand within a name.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut words = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices() {
        match (c.is_whitespace(), begin) {
            (false, None) if c.is_alphanumeric() => begin = Some((at, at + c.len_utf8())),
            (false, Some((start, _))) if c.is_alphanumeric() => begin = Some((start, at + c.len_utf8())),
            // `Mara's` is Mara, and `Dr. Lin` has a full stop within.
            (false, Some((start, end))) if !matches!(c, '.' | '-' | '#') => {
                words.push(start..end);
                begin = None;
            }
            (true, Some((start, end))) => {
                words.push(start..end);
                begin = None;
            }
            _ => {}
        }
    }
    words.extend(begin.map(|(start, end)| start..end));
    words
}

/// Whether nothing beside the place would be taken for a part of a mention.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    !text[..start].ends_with(is_of_mention) && !text[end..].starts_with(is_of_mention)
}

fn is_of_mention(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '@')
}

fn title_case(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    let mut in_word = 0;
    for c in name.chars() {
        // `O'NEIL` is O'Neil, and `MARA'S` is Mara's.
        in_word = if c.is_alphabetic() {
            in_word + 1
        } else if c == '\'' && in_word > 1 {
            in_word
        } else {
            0
        };
        if in_word > 1 { shown.extend(c.to_lowercase()) } else { shown.push(c) }
    }
    shown
}

/// Letters and digits of ASCII in lower case; common Latin letters lose their accents, others are left out.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        let plain = match (ascii_letter(c), c) {
            (Some(letter), _) => letter,
            (None, '\'' | '’' | '.') => continue,
            (None, _) if slug.is_empty() || slug.ends_with('-') => continue,
            (None, _) => '-',
        };
        if slug.len() == ID {
            break;
        }
        slug.push(plain);
    }
    let slug = slug.trim_end_matches('-');
    match slug.as_bytes().first() {
        None => "person".to_owned(),
        Some(b'0'..=b'9') => format!("person-{slug}"),
        Some(_) => slug.to_owned(),
    }
}
