//! From the tree to typed records, collecting every problem on the way.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::node::{Value, YamlNode};
use crate::keyword::Keyword;
use crate::source_file::SourceFile;
use crate::text::{Located, Problem, Span, closest, listed};

/// What a decoding pass knows and has found.
pub(super) struct StoryboardDecoder<'a> {
    source: &'a SourceFile,
    text: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl<'a> StoryboardDecoder<'a> {
    pub(super) fn new(source: &'a SourceFile) -> Self {
        Self { source, text: &source.text, problems: Vec::new() }
    }

    /// The span without the newline and indent that follow a block scalar.
    pub(super) fn trim(&self, span: Span) -> Span {
        let covered = span.of(self.text);
        Span { end: span.end - (covered.len() - covered.trim_end().len()) as u32, ..span }
    }

    /// The text of a plain scalar as it was written: `1.20` stays `1.20`.
    fn written(&self, span: Span) -> String {
        span.of(self.text).trim().to_owned()
    }

    pub(super) fn wrong(&mut self, span: Span, expected: &str, found: &Value) {
        let span = self.trim(span).first_line(self.text);
        self.problems.push(
            Problem::error("storyboard::wrong_type", format_args!("expected {expected}, found {}", found.kind()))
                .at(span, format_args!("this is {}", found.kind())),
        );
    }

    /// Says what to do about the latest problem.
    fn hint(&mut self, help: &str) {
        if let Some(problem) = self.problems.last_mut() {
            problem.help = Some(help.to_owned());
        }
    }

    /// Says how a number is written that somebody wrote with its unit or in quotes.
    fn hint_number(&mut self, found: &Value) {
        let Value::Text(text) = found else { return };
        let text = text.trim();
        let unit_at = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
        let Ok(number) = text[..unit_at].parse::<f64>() else { return };
        match text[unit_at..].trim() {
            "" => self.hint(&format!("write `{number}`, without quotes")),
            "ms" => self.hint(&format!("write `{}`: lengths are in seconds", number / 1_000.0)),
            "s" | "sec" | "secs" | "second" | "seconds" => {
                self.hint(&format!("write `{number}`: lengths are in seconds, without a unit"));
            }
            unit if unit.chars().count() <= 8 => self.hint(&format!("write `{number}`, without `{unit}`")),
            _ => {}
        }
    }

    /// Says how a record is written that somebody gave as plain text.
    pub(super) fn hint_record(&mut self, called: &str, found: &Value) {
        if let (DIALOGUE_LINE, Value::Text(text)) = (called, found) {
            self.hint(&format!("write `{{speaker: NAME, line: {text:?}}}`; the speaker may be left out"));
        }
    }

    pub(super) fn unknown_key(&mut self, key: &Located<Box<str>>, record: &str, known: &[&str]) {
        let name = key.value.to_lowercase();
        if crate::text::is_secret(&name) || known.contains(&"api_key_env") && name.contains("key") {
            self.secret(key);
            return;
        }
        let suggestion = closest(&key.value, known.iter().copied());
        let help = match suggestion {
            Some(name) => format!("did you mean `{name}`?"),
            None if record == DIALOGUE_LINE => {
                format!(
                    "write `{{speaker: {}, line: …}}`; {record} takes {}",
                    key.value,
                    listed(known.iter().copied(), 32)
                )
            }
            None => format!("{record} takes {}", listed(known.iter().copied(), 32)),
        };
        let label = if suggestion.is_some() { "not a key" } else { "not a key here" };
        self.problems.push(
            Problem::error("storyboard::unknown_key", format_args!("{record} has no key `{}`", key.value))
                .at(key.span, label)
                .help(help),
        );
    }

    /// A secret in the text is not shown, so there is no label: a label would quote its line.
    fn secret(&mut self, key: &Located<Box<str>>) {
        let file = self.source.file_at(key.span);
        let line = file.line(key.span);
        let of = file.included.map_or_else(String::new, |file| format!(" of `{}`", file.name));
        self.problems.push(
            Problem::error(
                "storyboard::secret",
                format_args!("line {line}{of} contains an API key; keys come only from the environment"),
            )
            .help(format_args!(
                "remove `{}` from the storyboard, set the provider's environment variable, and replace the key if \
                     this file was ever shared; `api_key_env` can name another variable",
                key.value
            )),
        );
    }

    pub(super) fn duplicate_key(&mut self, name: &str, first: Span, second: Span) {
        self.problems.push(
            Problem::error("storyboard::duplicate_key", format_args!("the key `{name}` is given twice"))
                .at(second, "given again here")
                .at(first, "first given here")
                .help("keep one of them"),
        );
    }
}

/// A type that can be read from a node. `None` means that the problem was reported.
pub(super) trait Decode: Sized {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self>;
}

/// A value with its place; a null counts as absent, since `key:` with nothing after it is how YAML spells that.
pub(super) fn located<T: Decode>(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Located<T>> {
    let span = decoder.trim(node.span);
    T::decode(node, decoder).map(|value| Located { value, span })
}

impl Decode for String {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        match node.value {
            Value::Text(text) | Value::Filled(text) | Value::Unfilled(text) => Some(text.into()),
            Value::Number(_) | Value::Bool(_) => Some(decoder.written(node.span)),
            found => {
                decoder.wrong(node.span, "text", &found);
                None
            }
        }
    }
}

/// A scalar into which a variable was filled, as what it then is.
pub(super) fn typed(node: YamlNode) -> YamlNode {
    let value = match &node.value {
        Value::Filled(text) => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Number(number),
                _ => return node,
            },
        },
        _ => return node,
    };
    YamlNode { value, ..node }
}

impl StoryboardDecoder<'_> {
    /// Says that a scalar is not what is `expected`, unless it waits for a variable that is missing: that is said already.
    fn wrong_scalar(&mut self, node: &YamlNode, expected: &str, hint: impl FnOnce(&mut Self)) {
        match &node.value {
            Value::Unfilled(_) => {}
            Value::Filled(text) => {
                self.wrong(node.span, expected, &node.value);
                self.hint(&format!("with its variables filled in it says `{text}`"));
            }
            found => {
                self.wrong(node.span, expected, found);
                hint(self);
            }
        }
    }
}

impl Decode for bool {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        let node = typed(node);
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        decoder.wrong_scalar(&node, "`true` or `false`", |decoder| {
            decoder.hint("write `true` or `false`, without quotes");
        });
        None
    }
}

impl Decode for f64 {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        let node = typed(node);
        match node.value {
            Value::Number(value) if value.is_finite() => Some(value),
            _ => {
                decoder.wrong_scalar(&node, "a number", |decoder| decoder.hint_number(&node.value));
                None
            }
        }
    }
}

impl Decode for i64 {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        let is_filled = matches!(node.value, Value::Filled(_));
        let node = typed(node);
        match node.value {
            // Every whole number that the format takes is far below 2^53, where f64 is exact.
            Value::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            Value::Number(value) => {
                let written = if is_filled { value.to_string() } else { decoder.written(node.span) };
                let span = decoder.trim(node.span);
                decoder.problems.push(
                    Problem::error("storyboard::wrong_type", format_args!("expected a whole number, found {written}"))
                        .at(span, "not a whole number"),
                );
                None
            }
            _ => {
                decoder.wrong_scalar(&node, "a whole number", |decoder| decoder.hint_number(&node.value));
                None
            }
        }
    }
}

impl<T: Decode> Decode for Vec<Located<T>> {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        match node.value {
            Value::List(items) => {
                // Shots are large: a list that grows step by step would hold all of them twice for a moment.
                let mut list = Self::with_capacity(items.len());
                list.extend(items.into_iter().filter_map(|item| located(item, decoder)));
                Some(list)
            }
            found => {
                decoder.wrong(node.span, "a list", &found);
                None
            }
        }
    }
}

/// A record of the format, whose values stand under keys.
pub trait KeyedRecord {
    /// Where the value of a key stands.
    fn place_of(&self, key: &str) -> Option<Span>;
}

/// A map from names of the user's choice to values, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedValues<T>(pub Vec<(Located<String>, Located<T>)>);

// Not derived: an empty map needs no default value.
impl<T> Default for NamedValues<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> NamedValues<T> {
    /// The value called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Located<T>> {
        self.0.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
    }

    /// The names in the order of the text.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.value.as_str())
    }
}

impl<T: Decode> Decode for NamedValues<T> {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        let map = match node.value {
            Value::Map(map) => map,
            found => {
                decoder.wrong(node.span, "a map of names", &found);
                return None;
            }
        };
        let mut named: Vec<(Located<String>, Located<T>)> = Vec::with_capacity(map.len());
        for (key, value) in map {
            if let Some((first, _)) = named.iter().find(|(name, _)| *name.value == *key.value) {
                decoder.duplicate_key(&key.value, first.span, key.span);
            } else if let Some(value) = located(value, decoder) {
                named.push((Located { value: key.value.into(), span: key.span }, value));
            }
        }
        Some(Self(named))
    }
}

impl<T: JsonSchema> JsonSchema for NamedValues<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("NamesTo{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    // Where a value stands is no other type: with an id of its own it would be described twice.
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }
}

/// Declares a record of the format: a struct whose every field is optional and located, its decoder, and its schema.
/// One list of names serves all three, so that they cannot disagree. What stands `beside` them is no key.
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident ($called:literal) {
        $($(#[$field_meta:meta])* $field:ident $(as $key:literal)?: $type:ty,)*
    } $(beside { $($(#[$beside_meta:meta])* $beside:ident: $beside_type:ty,)* })?) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, schemars::JsonSchema)]
        // JSON objects have no order; the reference is written in that of the declaration.
        #[schemars(deny_unknown_fields, extend("x-order" = Self::KEYS))]
        $vis struct $name {
            $($(#[$field_meta])* $(#[schemars(rename = $key)])? pub $field: Option<crate::text::Located<$type>>,)*
            $($($(#[$beside_meta])* #[schemars(skip)] pub $beside: $beside_type,)*)?
        }

        impl $name {
            /// The keys in the order of the reference.
            $vis const KEYS: &'static [&'static str] = &[$(record!(@key $field $($key)?)),*];
        }

        impl $crate::storyboard::decode::KeyedRecord for $name {
            fn place_of(&self, key: &str) -> Option<crate::text::Span> {
                match key {
                    $(record!(@key $field $($key)?) => self.$field.as_ref().map(|value| value.span),)*
                    _ => None,
                }
            }
        }

        impl $crate::storyboard::decode::Decode for $name {
            fn decode(
                node: $crate::storyboard::node::YamlNode,
                decoder: &mut $crate::storyboard::decode::StoryboardDecoder<'_>,
            ) -> Option<Self> {
                use $crate::storyboard::node::Value;
                let map = match node.value {
                    Value::Map(map) => map,
                    found => {
                        decoder.wrong(node.span, concat!($called, " as `key: value` pairs"), &found);
                        decoder.hint_record($called, &found);
                        return None;
                    }
                };
                let mut record = Self::default();
                let mut seen: Vec<(Box<str>, crate::text::Span)> = Vec::with_capacity(map.len());
                for (key, value) in map {
                    if let Some((_, first)) = seen.iter().find(|(name, _)| *name == key.value) {
                        decoder.duplicate_key(&key.value, *first, key.span);
                        continue;
                    }
                    match &*key.value {
                        $(record!(@key $field $($key)?) => {
                            if !matches!(value.value, Value::Null) {
                                record.$field = $crate::storyboard::decode::located(value, decoder);
                            }
                        })*
                        _ => decoder.unknown_key(&key, $called, Self::KEYS),
                    }
                    seen.push((key.value, key.span));
                }
                Some(record)
            }
        }
    };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
}
pub(super) use record;

impl<T: Keyword> Decode for T {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        let span = decoder.trim(node.span);
        let is_unfilled = matches!(node.value, Value::Unfilled(_));
        let text = String::decode(node, decoder)?;
        let value = T::from_keyword(text.trim());
        if value.is_none() && !is_unfilled {
            decoder.unknown_word(span, T::CALLED, &text, T::KEYWORDS);
        }
        value
    }
}

/// What a line of dialogue is called in problems.
const DIALOGUE_LINE: &str = "a line of dialogue";

impl StoryboardDecoder<'_> {
    pub(super) fn unknown_word(&mut self, span: Span, called: &str, found: &str, words: &[&str]) {
        let all = listed(words.iter().copied(), 64);
        let mut help = format!("{called} is one of {all}");
        if let Some(word) = closest(found, words.iter().copied()) {
            help[..1].make_ascii_uppercase();
            help = format!("did you mean `{word}`? {help}");
        }
        self.problems.push(
            Problem::error("storyboard::unknown_word", format_args!("`{found}` is not {called}"))
                .at(span, "not known")
                .help(help),
        );
    }
}
