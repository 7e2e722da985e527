//! What is known of one clip, and its text: a block of a lock, or alone a receipt of the store.

use std::collections::BTreeMap;
use std::fmt::Write as _;

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
    /// The exact last frame as PNG, where it was needed.
    pub last_frame: Option<Digest>,
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
            facts,
        }
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
            model: self.model.or_else(|| other.model.clone()),
            task: self.task.or_else(|| other.task.clone()),
            seed: self.seed.or(other.seed),
            tokens: self.tokens.or(other.tokens),
            paid: self.paid.or(other.paid),
            estimated: self.estimated.or(other.estimated),
            price_read: self.price_read.or_else(|| other.price_read.clone()),
            bought: self.bought.or(other.bought),
            differs: self.differs.or_else(|| other.differs.clone()),
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
        let video = &self.facts.video;
        let mut field = |key: &str, value: &dyn std::fmt::Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{indent}{key}: {value}");
        };
        field("recipe", &self.recipe);
        field("clip", &self.clip);
        self.last_frame.iter().for_each(|digest| field("last_frame", digest));
        field("take", &self.take);
        field("provider", &self.provider);
        self.model.iter().for_each(|model| field("model", &quoted(model)));
        self.task.iter().for_each(|task| field("task", &quoted(task)));
        self.seed.iter().for_each(|seed| field("seed", seed));
        let size = video.size;
        let rate = video.rate;
        let frames = video.frames;
        let bytes = self.facts.bytes;
        field("video", &format_args!("{size} {rate}fps {frames} frames {bytes} bytes"));
        field("codec", &format_args!("{} {} {}", video.codec, video.pixels, video.parameters));
        if let Some(audio) = &self.facts.audio {
            field("audio", &format_args!("{} {}Hz {}ch", audio.codec, audio.sample_rate, audio.channels));
        }
        self.differs.iter().for_each(|words| field("differs", &quoted(words)));
        self.tokens.iter().for_each(|tokens| field("tokens", tokens));
        self.paid.iter().for_each(|paid| field("paid", &paid.text()));
        self.estimated.iter().for_each(|estimated| field("estimated", &estimated.text()));
        self.bought.iter().for_each(|day| field("bought", &quoted(&day.to_string())));
        self.price_read.iter().for_each(|day| field("price_read", &quoted(day)));
    }

    pub(super) fn from_fields(fields: &BlockFields<'_>, line: usize) -> Result<Self, BadLock> {
        let bad = |key: &str| BadLock { line, what: format!("`{key}` is missing or cannot be read") };
        let get = |key: &'static str| fields.get(key).copied().ok_or_else(|| bad(key));
        let digest = |key: &'static str| get(key)?.parse::<Digest>().map_err(|_| bad(key));
        let words = |key: &'static str| fields.get(key).map(|words| unquoted(words));
        Ok(Self {
            recipe: digest("recipe")?,
            clip: digest("clip")?,
            last_frame: fields.get("last_frame").map(|_| digest("last_frame")).transpose()?,
            take: get("take")?.parse().map_err(|_| bad("take"))?,
            provider: get("provider")?.to_owned(),
            model: words("model"),
            task: words("task"),
            seed: number(fields, "seed").map_err(bad)?,
            tokens: number(fields, "tokens").map_err(bad)?,
            paid: number(fields, "paid").map_err(bad)?,
            estimated: number(fields, "estimated").map_err(bad)?,
            price_read: words("price_read"),
            bought: words("bought").map(|day| day.parse().map_err(|_| bad("bought"))).transpose()?,
            differs: words("differs"),
            facts: facts(fields).ok_or_else(|| bad("video"))?,
        })
    }
}

/// A field that may be missing and must not be wrong.
fn number<T: std::str::FromStr>(fields: &BlockFields<'_>, key: &'static str) -> Result<Option<T>, &'static str> {
    fields.get(key).map(|text| text.parse().map_err(|_| key)).transpose()
}

/// Model names and task ids come from outside: in quotes unless they are plain words, so that no text breaks a line.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
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
