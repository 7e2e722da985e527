//! Changing keys of a shot in the text of a storyboard, and no other byte of it.

use std::fmt;
use std::ops::Range;

use super::node::{self, Value, YamlNode};
use crate::text::{Located, Span};
use crate::units::ShotId;

/// What becomes of a key of a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEdit {
    /// The key.
    pub key: &'static str,
    /// Its value; `None` removes the key.
    pub value: Option<KeyValue>,
}

/// A value that can be written on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// A whole number.
    Number(i64),
    /// A number in thousandths, such as a time.
    Thousandths(i64),
    /// `true` or `false`.
    Flag(bool),
    /// A word, such as the name of a model.
    Word(String),
}

impl fmt::Display for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.yaml())
    }
}

impl KeyValue {
    /// As YAML reads it back, whatever stands around it.
    fn yaml(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Thousandths(number) => (*number as f64 / 1_000.0).to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Word(word) if is_plain(word) => word.clone(),
            Self::Word(word) => serde_json::Value::from(word.as_str()).to_string(),
        }
    }

    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(number), Value::Number(found)) => (*number as f64).to_bits() == found.to_bits(),
            (Self::Thousandths(number), Value::Number(found)) => {
                (*number as f64 / 1_000.0).to_bits() == found.to_bits()
            }
            (Self::Flag(flag), Value::Bool(found)) => flag == found,
            (Self::Word(word), Value::Text(found)) => **found == **word,
            _ => false,
        }
    }
}

/// Whether a word is text to YAML without quotes.
fn is_plain(word: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let is_name = matches!(word, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(is_letter) && !is_name
}

/// A shot that cannot be changed where it stands: it is not there, or shares its text with others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shot `{shot}` cannot be changed in place; write into it{}: {lines}", place(*line))]
pub struct CannotEdit {
    /// The shot.
    pub shot: ShotId,
    /// The line of its id, from 1, where it is known.
    pub line: Option<usize>,
    /// What is to be written.
    pub lines: String,
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" (line {line})"))
}

/// The text with `edits` made to the keys of a shot. Every other byte stays: comments, order, indentation, line ends.
///
/// # Errors
/// The shot does not stand in the text as a map of its own, or another part of the storyboard would change with it.
pub fn edited(text: &str, shot: &ShotId, edits: &[KeyEdit]) -> Result<String, CannotEdit> {
    let Ok(before) = node::read(text) else { return Err(refusal(shot, None, edits)) };
    let found = shot_map(text, &before, shot).and_then(|found| Some((found.at, ShotText::of(text, &found)?)));
    let Some((at, own)) = found else { return Err(refusal(shot, None, edits)) };
    let line = own.id.line(text);
    let changed = own.with(text, edits);
    match node::read(&changed) {
        Ok(after) if is_only(&before, &after, at, edits) => Ok(changed),
        _ => Err(refusal(shot, Some(line), edits)),
    }
}

fn refusal(shot: &ShotId, line: Option<usize>, edits: &[KeyEdit]) -> CannotEdit {
    let lines = edits.iter().map(|edit| match &edit.value {
        Some(value) => format!("`{}: {}`", edit.key, value.yaml()),
        None => format!("no `{}`", edit.key),
    });
    CannotEdit { shot: shot.clone(), line, lines: lines.collect::<Vec<_>>().join(", ") }
}

/// The keys of a shot.
type ShotMap = [(Located<Box<str>>, YamlNode)];

/// A shot in the tree.
struct FoundShot<'a> {
    /// Its place in the list.
    at: usize,
    map: &'a ShotMap,
    /// The bytes from its beginning to that of the next shot.
    block: Range<usize>,
}

fn shot_map<'a>(text: &str, root: &'a YamlNode, shot: &ShotId) -> Option<FoundShot<'a>> {
    let nodes = shot_nodes(root)?;
    for (at, node) in nodes.iter().enumerate() {
        let Value::Map(map) = &node.value else { continue };
        if id_of(text, node) == Some(shot.as_str()) {
            let end = nodes.get(at + 1).map_or(usize::MAX, |next| next.span.start as usize);
            return Some(FoundShot { at, map, block: node.span.start as usize..end });
        }
    }
    None
}

/// The id of a shot, as it is written: it may look like a number.
pub(super) fn id_of<'a>(text: &'a str, node: &'a YamlNode) -> Option<&'a str> {
    let Value::Map(map) = &node.value else { return None };
    let (_, id) = map.iter().find(|(key, _)| *key.value == *"id")?;
    match &id.value {
        Value::Text(id) => Some(id),
        Value::Number(_) => Some(id.span.of(text).trim()),
        _ => None,
    }
}

pub(super) fn shot_nodes(root: &YamlNode) -> Option<&[YamlNode]> {
    let Value::Map(map) = &root.value else { return None };
    let shots = map.iter().find(|(key, _)| *key.value == *"shots")?;
    match &shots.1.value {
        Value::List(list) => Some(list),
        _ => None,
    }
}

/// A key of a shot as it is written.
struct WrittenKey {
    name: Box<str>,
    /// Bytes of the key.
    key: Range<usize>,
    /// Bytes of its value, without what follows it.
    value: Range<usize>,
}

/// A shot as it is written.
struct ShotText {
    keys: Vec<WrittenKey>,
    /// The key `id`.
    id: Span,
    /// The end of the value of `id`.
    id_end: usize,
    /// Whether it is written in braces.
    is_flow: bool,
}

impl ShotText {
    /// `None` where the id is not written as text is.
    fn of(text: &str, shot: &FoundShot<'_>) -> Option<Self> {
        let mut keys = Vec::new();
        // What is merged from elsewhere stands before the shot.
        let own = shot.map.iter().filter(|(key, _)| shot.block.contains(&(key.span.start as usize)));
        for (key, node) in own {
            let start = node.span.start as usize;
            let covered = text.get(start..node.span.end as usize)?;
            let value = start..start + covered.trim_end().len();
            keys.push(WrittenKey { name: key.value.clone(), key: range(key.span), value });
        }
        let id = keys.iter().find(|key| *key.name == *"id")?;
        let is_written = text.get(id.key.clone())?.trim_matches(['"', '\'']) == "id" && !id.value.is_empty();
        let span = Span::new(id.key.start, id.key.end);
        let id_end = id.value.end;
        let is_flow = is_flow(text, id.key.start);
        is_written.then_some(Self { keys, id: span, id_end, is_flow })
    }

    fn with(&self, text: &str, edits: &[KeyEdit]) -> String {
        let mut changes: Vec<(Range<usize>, String)> = Vec::new();
        let mut added = String::new();
        for edit in edits {
            let written = self.keys.iter().find(|written| *written.name == *edit.key);
            match (written, &edit.value) {
                (Some(written), Some(value)) => changes.push((written.value.clone(), value.yaml())),
                (Some(written), None) => changes.push((self.removed(text, written), String::new())),
                (None, Some(value)) => added.push_str(&self.line(text, edit.key, value)),
                (None, None) => {}
            }
        }
        if !added.is_empty() {
            let at = if self.is_flow { self.id_end } else { line_end(text, self.id_end) };
            changes.push((at..at, added));
        }
        changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut changed = text.to_owned();
        for (range, new) in changes {
            changed.replace_range(range, &new);
        }
        changed
    }

    fn column(&self, text: &str) -> usize {
        column(text, self.id.start as usize)
    }

    /// A key with its value, as it is put behind the id.
    fn line(&self, text: &str, key: &str, value: &KeyValue) -> String {
        let value = value.yaml();
        if self.is_flow {
            return format!(", {key}: {value}");
        }
        format!("{}{}{key}: {value}", line_break(text, self.id_end), " ".repeat(self.column(text)))
    }

    /// The bytes that go with a key.
    fn removed(&self, text: &str, written: &WrittenKey) -> Range<usize> {
        if !self.is_flow {
            let start = text[..written.key.start].rfind('\n').map_or(0, |at| at + 1);
            let end = line_end(text, written.value.end);
            let end = text[end..].find('\n').map_or(text.len(), |more| end + more + 1);
            return start..end;
        }
        let before = text[..written.key.start].trim_end();
        if before.ends_with(',') {
            return before.len() - 1..written.value.end;
        }
        let after = &text[written.value.end..];
        let gap = after.len() - after.trim_start_matches([' ', ',']).len();
        written.key.start..written.value.end + gap
    }
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// Whether the key at `at` stands in braces: what is open before it on its line, or a comma that ends the line before it.
fn is_flow(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let before = text[line..at].trim();
    before.contains('{') || (before.is_empty() && text[..line].trim_end().ends_with(['{', ',']) && !is_block(text, at))
}

/// Whether the line of a key is one of a block: its value ends where the line does, and no brace is left open.
fn is_block(text: &str, at: usize) -> bool {
    let line = &text[at..line_end(text, at)];
    let code = line.split(" #").next().unwrap_or(line).trim_end();
    !code.ends_with([',', '}'])
}

/// Columns before a byte on its line, in characters.
fn column(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[line..at].chars().count()
}

/// The end of the line of a byte, before its line break.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |more| at + more);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

/// The line break that the text has near a byte.
fn line_break(text: &str, at: usize) -> &'static str {
    let end = text[at..].find('\n').map(|more| at + more).or_else(|| text.find('\n'));
    if end.is_some_and(|end| text[..end].ends_with('\r')) { "\r\n" } else { "\n" }
}

/// Whether two storyboards say the same but for these keys of the shot at `at`, and these are as they should be.
fn is_only(before: &YamlNode, after: &YamlNode, at: usize, edits: &[KeyEdit]) -> bool {
    let (Value::Map(old), Value::Map(new)) = (&before.value, &after.value) else { return false };
    let (Some(old_shots), Some(new_shots)) = (shot_nodes(before), shot_nodes(after)) else { return false };
    let is_same_root = old.len() == new.len()
        && old.iter().zip(new).all(|((old_key, old), (new_key, new))| {
            old_key.value == new_key.value && (*old_key.value == *"shots" || is_same(&old.value, &new.value))
        });
    let others = old_shots.iter().zip(new_shots).enumerate().filter(|(place, _)| *place != at);
    let is_same_elsewhere =
        old_shots.len() == new_shots.len() && others.into_iter().all(|(_, (old, new))| is_same(&old.value, &new.value));
    is_same_root && is_same_elsewhere && is_edited(&old_shots[at].value, &new_shots[at].value, edits)
}

fn is_edited(before: &Value, after: &Value, edits: &[KeyEdit]) -> bool {
    let (Value::Map(old), Value::Map(new)) = (before, after) else { return false };
    let is_other = |key: &str| edits.iter().all(|edit| edit.key != key);
    let kept: Vec<_> = old.iter().filter(|(key, _)| is_other(&key.value)).collect();
    let left: Vec<_> = new.iter().filter(|(key, _)| is_other(&key.value)).collect();
    let is_same_rest = kept.len() == left.len()
        && kept.iter().zip(&left).all(|(old, new)| old.0.value == new.0.value && is_same(&old.1.value, &new.1.value));
    is_same_rest
        && edits.iter().all(|edit| {
            let mut all = new.iter().filter(|(key, _)| *key.value == *edit.key);
            let found = all.next();
            // A key that is there twice is an error.
            if all.next().is_some() {
                return false;
            }
            match (&edit.value, found) {
                (Some(value), Some((_, node))) => value.is(&node.value),
                (None, found) => found.is_none(),
                (Some(_), None) => false,
            }
        })
}

pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.to_bits() == other.to_bits(),
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(&one.value, &other.value))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.0.value == other.0.value && is_same(&one.1.value, &other.1.value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &'static str, value: i64) -> KeyEdit {
        KeyEdit { key, value: Some(KeyValue::Number(value)) }
    }

    fn word(key: &'static str, value: &str) -> KeyEdit {
        KeyEdit { key, value: Some(KeyValue::Word(value.to_owned())) }
    }

    const fn gone(key: &'static str) -> KeyEdit {
        KeyEdit { key, value: None }
    }

    fn id(text: &str) -> ShotId {
        text.parse().expect("an id")
    }

    #[test]
    fn one_line_changes_and_no_other_byte() {
        for (text, edits, expected) in [
            (
                "shots:\n  - id: a  # first\n    prompt: x\n  - id: b\n    prompt: y\n",
                vec![set("take", 2)],
                "shots:\n  - id: a  # first\n    take: 2\n    prompt: x\n  - id: b\n    prompt: y\n",
            ),
            (
                "shots:\r\n  - prompt: x,\r\n    id: a\r\n    take: 3   # again\r\n",
                vec![set("take", 2), word("provider", "ark")],
                "shots:\r\n  - prompt: x,\r\n    id: a\r\n    provider: ark\r\n    take: 2   # again\r\n",
            ),
            ("shots:\n  - id: a", vec![set("take", 2)], "shots:\n  - id: a\n    take: 2"),
            (
                "shots: [{id: a, prompt: x}, {id: b, prompt: y, take: 7}]\n",
                vec![set("take", 2), word("model", "wan: 2")],
                "shots: [{id: a, take: 2, model: \"wan: 2\", prompt: x}, {id: b, prompt: y, take: 7}]\n",
            ),
            (
                "shots:\n  - {id: a, take: 4, tail_of: 1, prompt: x}\n",
                vec![set("take", 1), gone("tail_of")],
                "shots:\n  - {id: a, take: 1, prompt: x}\n",
            ),
            (
                "shots:\n  - id: a\n    take: 2\n    tail_of: 1 # kept\n    prompt: |\n      x\n",
                vec![set("take", 3), gone("tail_of")],
                "shots:\n  - id: a\n    take: 3\n    prompt: |\n      x\n",
            ),
            (
                "shots:\n  - {\n      prompt: x,\n      id: a,\n      seed: 1\n    }\n",
                vec![set("take", 2)],
                "shots:\n  - {\n      prompt: x,\n      id: a, take: 2,\n      seed: 1\n    }\n",
            ),
            (
                "x-base: &base {prompt: x, take: 5}\nshots:\n  - {id: b, <<: *base}\n  - id: a\n    <<: *base\n",
                vec![set("take", 2)],
                "x-base: &base {prompt: x, take: 5}\nshots:\n  - {id: b, <<: *base}\n  - id: a\n    take: 2\n    <<: *base\n",
            ),
            (
                "shots:\n- id: \"a\"\n  prompt: 再见\n",
                vec![set("take", 2)],
                "shots:\n- id: \"a\"\n  take: 2\n  prompt: 再见\n",
            ),
        ] {
            assert_eq!(edited(text, &id("a"), &edits).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_others_share_is_not_changed() {
        // The map of `a` is merged into `b`: a key added here would be added there.
        let shared = "shots:\n  - &a\n    id: a\n    prompt: x\n  - <<: *a\n    id: b\n";
        let error = edited(shared, &id("a"), &[set("take", 2), gone("tail_of")]).expect_err("it is shared");
        assert_eq!(
            error.to_string(),
            "the shot `a` cannot be changed in place; write into it (line 3): `take: 2`, no `tail_of`"
        );
        let missing = edited("shots: []\n", &id("a"), &[set("take", 2)]).expect_err("there is no such shot");
        assert!(missing.line.is_none());
    }
}
