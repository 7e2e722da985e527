//! What is known of one clip, and its text: a block of a lock, or alone a receipt of the store.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::BadLock;
use crate::clip::{AudioFacts, ClipFacts, VideoFacts};
use crate::money::Money;
use crate::units::{Day, Digest};

/// A fact: this recipe gave this clip. It stands in a lock under a shot, and alone in the store as a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipRecord {
    /// Identity of what was asked for.
    pub recipe: Digest,
    /// The clip that came.
    pub clip: Digest,
    /// The exact frame that is handed on as PNG, where it was needed: the last one, unless `tail` says otherwise.
    pub last_frame: Option<Digest>,
    /// The clip whose last frame is handed on in place of its own: that of an earlier take, on which this one was to end.
    pub tail: Option<Digest>,
    /// The recipe that this clip stands in for although it was made of another: its shot was taken again because the clip
    /// of that recipe was judged to be bad.
    pub stands_for: Option<Digest>,
    /// Which re-roll this is.
    pub take: u32,
    /// Who made it: a provider id, or `local`.
    pub provider: String,
    /// The model, for rendered shots.
    pub model: Option<String>,
    /// The id of the task at the provider.
    pub task: Option<String>,
    /// The seed that the provider says it used.
    pub seed: Option<i64>,
    /// Tokens that the provider counted.
    pub tokens: Option<u64>,
    /// What it cost, exactly.
    pub paid: Option<Money>,
    /// The most that it was expected to cost when it was ordered.
    pub estimated: Option<Money>,
    /// The day on which the price was read, for example `2026-11-01`.
    pub price_read: Option<String>,
    /// The day on which it was ordered (UTC). It is for people: nothing is decided by it.
    pub bought: Option<Day>,
    /// How what came differs from what was asked for or billed, in words.
    pub differs: Option<String>,
    /// Why footage was encoded when it became this clip; `None` where its coded pictures are those of the file.
    pub encoded: Option<String>,
    /// How good it is, as it was judged when it came: a score from 0 to 100, and what was found.
    pub quality: Option<String>,
    /// What came, as measured.
    pub facts: ClipFacts,
}

impl ClipRecord {
    /// What is known of every clip: which recipe gave it, by whom, and its facts.
    #[must_use]
    pub fn new(recipe: Digest, clip: Digest, take: u32, provider: &str, facts: ClipFacts) -> Self {
        Self {
            recipe,
            clip,
            last_frame: None,
            tail: None,
            stands_for: None,
            take,
            provider: provider.to_owned(),
            model: None,
            task: None,
            seed: None,
            tokens: None,
            paid: None,
            estimated: None,
            price_read: None,
            bought: None,
            differs: None,
            encoded: None,
            quality: None,
            facts,
        }
    }
}

impl ClipRecord {
    /// Whether it is the clip of this recipe, or stands in for it.
    #[must_use]
    pub fn is_for(&self, recipe: &Digest) -> bool {
        self.recipe == *recipe || self.stands_for == Some(*recipe)
    }

    /// The score of its quality, from 0 to 100; `None` where it was not judged.
    #[must_use]
    pub fn score(&self) -> Option<u8> {
        self.quality.as_deref()?.split(':').next()?.parse().ok()
    }

    /// The clip whose last frame is handed on to those that start on its last frame.
    #[must_use]
    pub fn hands_on(&self) -> Digest {
        self.tail.unwrap_or(self.clip)
    }
}

impl ClipRecord {
    /// The same fact with what only `other` knows of it, where both are of one clip from one task.
    pub(super) fn completed_by(self, other: &Self) -> Self {
        if self.task.is_some() && other.task.is_some() && self.task != other.task {
            return self;
        }
        Self {
            last_frame: self.last_frame.or(other.last_frame),
            tail: self.tail.or(other.tail),
            stands_for: self.stands_for.or(other.stands_for),
            model: self.model.or_else(|| other.model.clone()),
            task: self.task.or_else(|| other.task.clone()),
            seed: self.seed.or(other.seed),
            tokens: self.tokens.or(other.tokens),
            paid: self.paid.or(other.paid),
            estimated: self.estimated.or(other.estimated),
            price_read: self.price_read.or_else(|| other.price_read.clone()),
            bought: self.bought.or(other.bought),
            differs: self.differs.or_else(|| other.differs.clone()),
            encoded: self.encoded.or_else(|| other.encoded.clone()),
            quality: self.quality.or_else(|| other.quality.clone()),
            ..self
        }
    }
}

/// The fields of a block by their names.
pub(super) type BlockFields<'a> = BTreeMap<&'a str, &'a str>;

impl ClipRecord {
    /// The text of a receipt.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, "");
        text
    }

    /// Reads the text of a receipt.
    pub fn read(text: &str) -> Result<Self, BadLock> {
        let fields = text.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key, value.trim()));
        Self::from_fields(&fields.collect(), 1)
    }

    pub(super) fn write(&self, text: &mut String, indent: &str) {
        for (key, value) in self.fields() {
            text.push_str(&format!("{indent}{key}: {value}\n"));
        }
    }

    /// The fields in the order in which they are written.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let facts = &self.facts;
        let VideoFacts { codec, size, pixels, rate, frames, parameters } = &facts.video;
        let bytes = facts.bytes;
        let audio = facts.audio.as_ref();
        let fields = [
            ("recipe", Some(self.recipe.to_string())),
            ("clip", Some(self.clip.to_string())),
            ("last_frame", self.last_frame.map(|frame| frame.to_string())),
            ("tail", self.tail.map(|clip| clip.to_string())),
            ("stands_for", self.stands_for.map(|recipe| recipe.to_string())),
            ("take", Some(self.take.to_string())),
            ("provider", Some(self.provider.clone())),
            ("model", self.model.as_deref().map(quoted)),
            ("task", self.task.as_deref().map(quoted)),
            ("seed", self.seed.map(|seed| seed.to_string())),
            ("video", Some(format!("{size} {rate}fps {frames} frames {bytes} bytes"))),
            ("codec", Some(format!("{codec} {pixels} {parameters}"))),
            ("audio", audio.map(|audio| format!("{} {}Hz {}ch", audio.codec, audio.sample_rate, audio.channels))),
            ("differs", self.differs.as_deref().map(quoted)),
            ("encoded", self.encoded.as_deref().map(quoted)),
            ("quality", self.quality.as_deref().map(quoted)),
            ("tokens", self.tokens.map(|tokens| tokens.to_string())),
            ("paid", self.paid.map(|paid| paid.text())),
            ("estimated", self.estimated.map(|estimated| estimated.text())),
            ("bought", self.bought.map(|day| quoted(&day.to_string()))),
            ("price_read", self.price_read.as_deref().map(quoted)),
        ];
        fields.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    pub(super) fn from_fields(fields: &BlockFields<'_>, line: usize) -> Result<Self, BadLock> {
        Self::from_block(fields).map_err(|key| BadLock::new(line, format!("`{key}` is missing or cannot be read")))
    }

    /// The error is the key of the field that is missing or wrong.
    fn from_block(fields: &BlockFields<'_>) -> Result<Self, &'static str> {
        Ok(Self {
            recipe: required(fields, "recipe")?,
            clip: required(fields, "clip")?,
            last_frame: optional(fields, "last_frame")?,
            tail: optional(fields, "tail")?,
            stands_for: optional(fields, "stands_for")?,
            take: required(fields, "take")?,
            provider: required(fields, "provider")?,
            model: words(fields, "model"),
            task: words(fields, "task"),
            seed: optional(fields, "seed")?,
            tokens: optional(fields, "tokens")?,
            paid: optional(fields, "paid")?,
            estimated: optional(fields, "estimated")?,
            price_read: words(fields, "price_read"),
            bought: words(fields, "bought").map(|day| day.parse().map_err(|_| "bought")).transpose()?,
            differs: words(fields, "differs"),
            encoded: words(fields, "encoded"),
            quality: words(fields, "quality"),
            facts: facts(fields).ok_or("video")?,
        })
    }
}

/// A field that must be there.
fn required<T: FromStr>(fields: &BlockFields<'_>, key: &'static str) -> Result<T, &'static str> {
    optional(fields, key)?.ok_or(key)
}

/// A field that may be missing and must not be wrong.
fn optional<T: FromStr>(fields: &BlockFields<'_>, key: &'static str) -> Result<Option<T>, &'static str> {
    fields.get(key).map(|text| text.parse().map_err(|_| key)).transpose()
}

/// A text from outside.
fn words(fields: &BlockFields<'_>, key: &'static str) -> Option<String> {
    fields.get(key).map(|words| unquoted(words))
}

/// Model names and task ids come from outside: in quotes unless they are plain words, so that no text breaks a line.
pub(super) fn quoted(text: &str) -> String {
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(needs_no_quotes) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn needs_no_quotes(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/')
}

pub(super) fn unquoted(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

fn facts(fields: &BlockFields<'_>) -> Option<ClipFacts> {
    let mut video = fields.get("video")?.split(' ');
    let mut codec = fields.get("codec")?.split(' ');
    let size = video.next()?.parse().ok()?;
    let rate = video.next()?.strip_suffix("fps")?.parse().ok()?;
    let frames = video.next()?.parse().ok()?;
    let bytes = video.nth(1)?.parse().ok()?;
    let audio = match fields.get("audio") {
        None => None,
        Some(audio) => {
            let mut audio = audio.split(' ');
            Some(AudioFacts {
                codec: audio.next()?.to_owned(),
                sample_rate: audio.next()?.strip_suffix("Hz")?.parse().ok()?,
                channels: audio.next()?.strip_suffix("ch")?.parse().ok()?,
            })
        }
    };
    let name = codec.next()?.to_owned();
    let pixels = codec.next()?.to_owned();
    let parameters = codec.next().unwrap_or_default().into();
    Some(ClipFacts { video: VideoFacts { codec: name, size, pixels, rate, frames, parameters }, audio, bytes })
}
