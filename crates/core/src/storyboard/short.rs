//! Values that have a short form and a full one: a path or a frame of another shot, words or a card in full.

use schemars::JsonSchema;

use super::choices::TransitionKind;
use super::decode::{Decode, StoryboardDecoder, typed};
use super::full_forms::{CardText, ClipOf, FrameOf, MusicTrack, NarrationTrack, ShotSoundTrack, TransitionShape};
use super::node::{Value, YamlNode};
use crate::text::Located;

/// A picture: a file, an address, or a frame of another shot.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum FrameRef {
    /// A path relative to the storyboard, an `https://` address, or an `asset://` id.
    Path(String),
    /// A frame of another shot.
    Frame(Box<FrameOf>),
}

/// A clip: a file, an address, or another shot.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum ClipRef {
    /// A path relative to the storyboard, an `https://` address, or an `asset://` id.
    Path(String),
    /// Another shot.
    Shot(Box<ClipOf>),
}

/// A card: its words, or words in full, with what they stand on.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum CardForm {
    /// The large words.
    Text(String),
    /// Words and what they stand on.
    Full(Box<CardText>),
}

/// A join: its kind, or a kind with a length.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Transition {
    /// A kind, at its usual length.
    Kind(TransitionKind),
    /// A kind with a length.
    Full(Box<TransitionShape>),
}

/// Music: a file, or a file and how it plays.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum MusicForm {
    /// A sound file.
    File(String),
    /// A file and how it plays.
    Full(Box<MusicTrack>),
}

/// A part of the narration: a file, or a file and how it plays.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum NarrationPart {
    /// A sound file, from the film's beginning on.
    File(String),
    /// A file and how it plays.
    Full(Box<NarrationTrack>),
}

/// A sound of a shot: a file, or a file and how it plays.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum ShotSoundForm {
    /// A sound file, from the shot's beginning on.
    File(String),
    /// A file and how it plays.
    Full(Box<ShotSoundTrack>),
}

/// Narration: one part, or a list of them.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum NarrationForm {
    /// A sound file, from the film's beginning on.
    File(String),
    /// A file and how it plays.
    Full(Box<NarrationTrack>),
    /// Several parts.
    Parts(Vec<Located<NarrationPart>>),
}

impl Decode for NarrationForm {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        if matches!(node.value, Value::List(_)) {
            return Decode::decode(node, decoder).map(Self::Parts);
        }
        NarrationPart::decode(node, decoder).map(|part| match part {
            NarrationPart::File(file) => Self::File(file),
            NarrationPart::Full(track) => Self::Full(track),
        })
    }
}

/// Where a service is reached: at one address, or at several that share the work.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum BaseUrls {
    /// One address.
    One(String),
    /// Servers that share the work.
    Several(#[schemars(length(min = 1))] Vec<Located<String>>),
}

impl Decode for BaseUrls {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        if matches!(node.value, Value::List(_)) {
            return Decode::decode(node, decoder).map(Self::Several);
        }
        Decode::decode(node, decoder).map(Self::One)
    }
}

/// Frames per second.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum FrameRate {
    /// A number, such as 24 or 23.976.
    Number(#[schemars(range(min = 1, max = 120))] f64),
    /// A fraction, such as 24000/1001.
    Fraction(#[schemars(regex(pattern = "^[0-9]+(/[0-9]+)?$"))] String),
}

impl Decode for FrameRate {
    fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
        let span = node.span;
        match typed(node).value {
            Value::Number(number) => Some(Self::Number(number)),
            Value::Text(text) | Value::Filled(text) | Value::Unfilled(text) => Some(Self::Fraction(text.into())),
            found => {
                decoder.wrong(span, "a number such as 24 or a fraction such as 24000/1001", &found);
                None
            }
        }
    }
}

/// Reads a short form, or the same in full; a list is neither.
macro_rules! short_or_full {
    ($name:ident, $short:ident, $full:ident, $expected:literal) => {
        impl Decode for $name {
            fn decode(node: YamlNode, decoder: &mut StoryboardDecoder<'_>) -> Option<Self> {
                match node.value {
                    Value::Map(_) => Decode::decode(node, decoder).map(|full| Self::$full(Box::new(full))),
                    Value::List(_) => {
                        decoder.wrong(node.span, $expected, &node.value);
                        None
                    }
                    _ => Decode::decode(node, decoder).map(Self::$short),
                }
            }
        }
    };
}

short_or_full!(FrameRef, Path, Frame, "a path, an address or `{last_frame_of: SHOT}`");
short_or_full!(ClipRef, Path, Shot, "a path, an address or `{clip_of: SHOT}`");
short_or_full!(CardForm, Text, Full, "words or `{text: …, subtitle: …, lines: […]}`");
short_or_full!(Transition, Kind, Full, "a kind or `{type: …, duration: …}`");
short_or_full!(MusicForm, File, Full, "a sound file or `{file: …}`");
short_or_full!(ShotSoundForm, File, Full, "a sound file or `{file: …}`");
short_or_full!(NarrationPart, File, Full, "a sound file or `{file: …}`");
