//! YAML text to a tree of nodes with their places. The only file that knows the YAML library.
//!
//! Typed deserialisation stops at its first error and loses places in open types, so the text becomes a compact tree
//! first and `decode` reports everything that is wrong with it in one pass.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use crate::text::{Located, Problem, Span};

/// A YAML value with its place.
#[derive(Debug, Clone)]
pub(super) struct YamlNode {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// A YAML value. Numbers keep no text: `decode` slices the source where the text is wanted.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(Box<str>),
    /// A text into which all its variables were filled: where a number is wanted, one that looks like a number is one.
    Filled(Box<str>),
    /// A text of which a variable is missing, which is reported.
    Unfilled(Box<str>),
    List(Vec<YamlNode>),
    Map(Vec<(Located<Box<str>>, YamlNode)>),
}

impl Value {
    /// What it is, for "expected …, found …".
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Filled(_) | Self::Unfilled(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Texts up to this size are read again to report every duplicate key; that reading takes some 80 times their size.
const SECOND_LOOK_BYTES: usize = 2 << 20;

/// Reads `text` into a tree.
///
/// # Errors
/// The first fault of the YAML itself: there is no tree then.
pub(super) fn read(text: &str) -> Result<YamlNode, Problem> {
    match read_with(text, DuplicateKeyPolicy::Error) {
        Err(error)
            if text.len() <= SECOND_LOOK_BYTES
                && matches!(error.without_snippet(), serde_saphyr::Error::DuplicateMappingKey { .. }) =>
        {
            // Both entries reach `decode`, which reports every duplicate with both places.
            read_with(text, DuplicateKeyPolicy::LastWins)
        }
        other => other,
    }
    .map_err(|error| fault(text, &error))
}

fn read_with(text: &str, duplicate_keys: DuplicateKeyPolicy) -> Result<YamlNode, serde_saphyr::Error> {
    // A shot has about 25 nodes; the limits leave room for 40,000 shots and stop bombs after some thousand copies.
    let budget = serde_saphyr::budget! {
        max_events: 4_000_000,
        max_nodes: 1_000_000,
        max_depth: 64,
        flow_nesting_limit: 64,
        max_aliases: 20_000,
        max_recorded_anchor_events: 200_000,
    };
    let options = serde_saphyr::options! { budget: budget, strict_booleans: true, duplicate_keys: duplicate_keys };
    serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options).map(node)
}

fn node(read: Spanned<Value>) -> YamlNode {
    YamlNode { span: span(read.defined), value: read.value }
}

fn span(location: Location) -> Span {
    let span = location.span();
    match (span.byte_offset(), span.byte_len()) {
        (Some(start), Some(len)) => Span::new(start as usize, (start + len) as usize),
        _ => Span::default(),
    }
}

fn fault(text: &str, error: &serde_saphyr::Error) -> Problem {
    let error = error.without_snippet();
    let location = error.location();
    let full = error.to_string();
    let message = full.lines().next().unwrap_or_default();
    // The library ends its one-line messages with the place, which the label shows already.
    let message = message.split(" at line ").next().unwrap_or(message).trim_end_matches([':', '.', ',']);
    let grows = message.starts_with("budget breached") || message.contains("limit exceeded");
    let span = location.map(|location| place(text, location));
    let (code, message, help) = if grows {
        (
            "yaml::too_much",
            "the YAML is too large, too deep or repeats too much".to_owned(),
            "a storyboard has at most 64 levels, 20,000 aliases and about 40,000 shots",
        )
    } else {
        let (better, help) = advice(message, span.unwrap_or_default().of(text));
        let help = if has_variable(text, span) { VARIABLE_IN_BRACKETS } else { help };
        ("yaml::syntax", better.map_or_else(|| format!("this is not YAML: {message}"), str::to_owned), help)
    };
    let nested = span.filter(|_| message.contains("mapping values are not allowed"));
    let nested = nested.and_then(|span| nested_on_one_line(text, span));
    let problem = Problem::error(code, message);
    let problem = match nested {
        Some(written) => problem.help(format_args!("write `{written}`")),
        None => problem.help(help),
    };
    match span {
        Some(span) => problem.at(span, "here"),
        None => problem,
    }
}

/// What to do where a variable's brackets were taken for those of a map.
const VARIABLE_IN_BRACKETS: &str = "between `{` and `}`, put text with a `{{variable}}` in double quotes";

/// Whether there is a variable on the line of a fault, behind an open bracket of the same line.
fn has_variable(text: &str, span: Option<Span>) -> bool {
    let line = span.and_then(|span| text.lines().nth(span.line(text) - 1)).unwrap_or_default();
    line.split_once('{').is_some_and(|(_, inside)| inside.contains("{{"))
}

/// How `first_frame: last_frame_of: a` is written, where the fault is on such a line.
fn nested_on_one_line(text: &str, span: Span) -> Option<String> {
    let line = text.lines().nth(span.line(text) - 1)?.trim().trim_start_matches("- ");
    let mut parts = line.splitn(3, ": ");
    let key = parts.next()?;
    let inner = parts.next()?;
    let value = parts.next()?.trim();
    let is_reference = matches!(inner.trim(), "last_frame_of" | "first_frame_of" | "clip_of");
    (is_reference && value.len() <= 64).then(|| format!("{key}: {{{}: {value}}}", inner.trim()))
}

/// Better words than the library's where it has none for a writer of prose, and what to do.
fn advice(message: &str, found: &str) -> (Option<&'static str>, &'static str) {
    if message.contains("multiple YAML documents") {
        (Some("a storyboard is one YAML document, and a second one begins here"), "remove the `---`, or make two files")
    } else if message.contains("tab") {
        (None, "indent with spaces; YAML takes no tabs there")
    } else if found == "@" {
        (Some("text cannot begin with `@`"), "put the text in double quotes, or write it as a block after `|`")
    } else if found == "`" || found == "%" {
        (None, "put text that begins with this sign in double quotes")
    } else if message.contains("unknown anchor") {
        (None, "mark a value with `&name` first, or put text that begins with `*` in double quotes")
    } else if message.contains("mapping values are not allowed") {
        (None, "put text with `: ` in double quotes, or write it as a block after `|`; else check the indentation")
    } else if message.contains("quoted scalar") {
        (None, "close the quotation mark; if it is closed, indent every line of the text")
    } else if message.contains("unclosed bracket")
        || message.contains("flow mapping")
        || message.contains("flow sequence")
    {
        (None, "close every `{` and `[`; text with a bracket at its beginning must stand in double quotes")
    } else {
        (None, "check the indentation, and put text with `: ` or ` #` in double quotes")
    }
}

/// Scanner errors carry a line and column (in characters) but no bytes.
fn place(text: &str, location: Location) -> Span {
    let exact = span(location);
    if exact.end > exact.start && (exact.end as usize) <= text.len() {
        return exact;
    }
    let line = usize::try_from(location.line()).unwrap_or(1).max(1);
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let row = text[before..].lines().next().unwrap_or_default();
    let column = usize::try_from(location.column()).unwrap_or(1).saturating_sub(1);
    let at = row.char_indices().nth(column).map_or(row.len(), |(at, _)| at);
    let width = row[at..].chars().next().map_or(0, char::len_utf8);
    Span::new(before + at, before + at + width)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Value>>()? {
            list.push(node(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = access.next_key::<Spanned<Box<str>>>()? {
            let value = access.next_value::<Spanned<Value>>()?;
            let key = Located { span: span(key.defined), value: key.value };
            map.push((key, node(value)));
        }
        Ok(Value::Map(map))
    }
}
