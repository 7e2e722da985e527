//! A record as a line of text, and back: a checksum, the time in UTC, and a JSON object.
//!
//! ```text
//! 3f1c09aa 2026-11-21T01:16:31Z {"kind":"submitted","recipe":"sha256:…","attempt":1,"service":"ark","task":"cgt-1"}
//! ```
//!
//! The checksum is the first 8 hexadecimal digits of the SHA-256 of all that follows it on the line.

use serde::{Deserialize, Serialize};

use super::{AttemptFailure, Entry, Intent, Record, RunId, Stored, time};
use crate::catalog::UnitPrice;
use crate::provider::reply::{Charged, Delivery};
use crate::sanitize::{clean, shorten};
use crate::units::Digest;

/// The version of the format.
pub const VERSION: u32 = 1;

/// The longest text of a service that is kept, in columns: enough for its words, too little for a whole reply.
const WORDS: usize = 500;

/// What stands on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalLine {
    /// The first line: the run begins.
    Begun {
        /// The run.
        run: RunId,
        /// The version of storyreel that wrote it.
        storyreel: String,
    },
    /// A fact about an attempt.
    Entry(Entry),
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// It is of a kind that this version does not know.
    #[error("a newer storyreel wrote this {0}; update storyreel")]
    Newer(String),
}

impl BadLine {
    fn damaged(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }
}

/// The lines of a journal, or of the part of it that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// The lines, with the time at which each was written, in seconds since 1970.
    pub lines: Vec<(u64, JournalLine)>,
    /// How many bytes they fill.
    pub used: usize,
    /// What follows them, and was not written to its end.
    pub torn: Option<Torn>,
}

/// A last line that was not written to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Torn {
    /// It has no end: writing it never returned, so nothing was done on the strength of it.
    Short,
    /// It has an end and is wrong: a power failure, or damage done later to a line that was whole.
    Wrong,
}

/// The line, with its end.
#[must_use]
pub fn write(at: u64, line: &JournalLine) -> String {
    let wire = match line {
        JournalLine::Begun { run, storyreel } => {
            let run = Some(run.to_string());
            let storyreel = Some(storyreel.clone());
            LineFields { kind: "begun".to_owned(), journal: Some(VERSION), run, storyreel, ..LineFields::default() }
        }
        JournalLine::Entry(entry) => LineFields::of(entry),
    };
    let json = serde_json::to_string(&wire).expect("texts and numbers can be written as JSON");
    let rest = format!("{} {json}", time::utc(at));
    format!("{} {rest}\n", Digest::of(rest.as_bytes()).short())
}

/// Reads a line without its end.
pub fn read(line: &str) -> Result<(u64, JournalLine), BadLine> {
    let (sum, rest) = line.split_once(' ').ok_or_else(|| BadLine::damaged("it has no checksum"))?;
    if Digest::of(rest.as_bytes()).short() != sum {
        return Err(BadLine::damaged("its checksum is wrong"));
    }
    let (at, json) = rest.split_once(' ').ok_or_else(|| BadLine::damaged("it has no time"))?;
    let at = time::read(at).ok_or_else(|| BadLine::damaged("its time cannot be read"))?;
    let value: serde_json::Value = serde_json::from_str(json).map_err(|_| BadLine::damaged("it is no JSON"))?;
    let kind = value["kind"].as_str().unwrap_or_default().to_owned();
    if !KINDS.contains(&kind.as_str()) {
        return Err(BadLine::Newer(format!("record (`{}`)", clean(&kind))));
    }
    if kind == "begun" && value["journal"] != VERSION {
        return Err(BadLine::Newer("journal".to_owned()));
    }
    let wire: LineFields = serde_json::from_value(value).map_err(|error| BadLine::damaged(&error.to_string()))?;
    let line = wire.line().map_err(|field| BadLine::damaged(&format!("`{field}` is missing or cannot be read")))?;
    Ok((at, line))
}

/// Reads whole lines. Only the last may be torn; a wrong one before it is an error with its number, counted from 1.
pub fn read_all(bytes: &[u8]) -> Result<Read, (usize, BadLine)> {
    let mut all = Read::default();
    while let Some(length) = bytes[all.used..].iter().position(|byte| *byte == b'\n') {
        let line = &bytes[all.used..all.used + length];
        let after = all.used + length + 1;
        let read = std::str::from_utf8(line).map_err(|_| BadLine::Damaged("it is no text".to_owned())).and_then(read);
        match read {
            Ok(line) => all.lines.push(line),
            Err(BadLine::Damaged(_)) if after == bytes.len() => {
                all.torn = Some(Torn::Wrong);
                return Ok(all);
            }
            Err(bad) => return Err((all.lines.len() + 1, bad)),
        }
        all.used = after;
    }
    all.torn = (all.used < bytes.len()).then_some(Torn::Short);
    Ok(all)
}

/// Every kind of line that this version knows.
const KINDS: &[&str] = &[
    "begun",
    "submitting",
    "bought",
    "unsent",
    "unclear",
    "assumed_lost",
    "assumed_task",
    "submitted",
    "delivered",
    "failed",
    "stored",
    "forgotten",
    "given_up",
];

/// The fields of every kind of line, in the order in which they are written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct LineFields {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(rename = "service", skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_read: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_frame: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hands_on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaks: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storyreel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charged: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_frame: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    odd_usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<u64>,
}

/// Words of a service, cut to what is kept of them.
fn short_words(text: &str) -> String {
    shorten(&clean(text), WORDS)
}

impl LineFields {
    fn of(entry: &Entry) -> Self {
        let base = Self {
            kind: entry.record.word().to_owned(),
            recipe: Some(entry.recipe.to_string()),
            attempt: Some(entry.attempt),
            ..Self::default()
        };
        match &entry.record {
            Record::Submitting(intent) => Self::of_intent(intent, base),
            Record::Bought { intent, task } => Self { task: Some(task.to_owned()), ..Self::of_intent(intent, base) },
            Record::Unsent { why } | Record::Unclear { why } | Record::Forgotten { why } => {
                Self { why: Some(short_words(why)), ..base }
            }
            Record::AssumedLost | Record::GivenUp => base,
            Record::AssumedTask { task } => Self { task: Some(task.to_owned()), ..base },
            Record::Submitted { provider, task } => {
                Self { provider: Some(provider.to_owned()), task: Some(task.to_owned()), ..base }
            }
            Record::Delivered(delivery) => Self {
                video: delivery.video.clone(),
                last_frame: delivery.last_frame.clone(),
                tokens: delivery.tokens,
                odd_usage: delivery.odd_usage.as_deref().map(short_words),
                paid: delivery.charged.map(|paid| paid.text()),
                seed: delivery.seed,
                updated_at: delivery.updated_at,
                ..base
            },
            Record::Failed(AttemptFailure { kind, charged, message }) => Self {
                error: Some(kind.to_owned()),
                charged: Some(charged_word(*charged).to_owned()),
                paid: charged.amount().map(|paid| paid.text()),
                message: Some(short_words(message)),
                ..base
            },
            Record::Stored(stored) => Self {
                clip: Some(stored.clip.to_string()),
                last_frame: stored.last_frame.map(|frame| frame.to_string()),
                frames: Some(stored.frames),
                bytes: Some(stored.bytes),
                ..base
            },
        }
    }

    fn of_intent(intent: &Intent, base: Self) -> Self {
        Self {
            shot: Some(intent.shot.as_str().to_owned()),
            provider: Some(intent.provider.clone()),
            model: Some(intent.model.clone()),
            marker: Some(intent.marker.clone()),
            estimate: intent.estimate.map(|estimate| estimate.text()),
            tokens: intent.tokens,
            price: intent.price.as_ref().map(UnitPrice::text),
            price_read: intent.price.as_ref().map(|price| price.read.to_string()),
            first_frame: intent.first_frame.map(|frame| frame.to_string()),
            last_frame: intent.last_frame.map(|frame| frame.to_string()),
            hands_on: intent.hands_on.then_some(true),
            speaks: intent.speaks.then_some(true),
            head: intent.head.map(|clip| clip.to_string()),
            run: Some(intent.run.as_str().to_owned()),
            ..base
        }
    }

    /// What was to be submitted. Fields that older versions did not write are not known.
    fn intent(&mut self, from_lock: bool) -> Result<Intent, &'static str> {
        let read = self.price_read.take().unwrap_or_default();
        let price = self.price.take().map(|text| UnitPrice::from_text(&text, read).ok_or("price")).transpose()?;
        Ok(Intent {
            shot: parsed(self.shot.as_deref(), "shot")?,
            provider: self.provider.take().ok_or("service")?,
            model: self.model.take().ok_or("model")?,
            marker: self.marker.take().ok_or("marker")?,
            estimate: maybe(self.estimate.as_deref(), "estimate")?,
            tokens: self.tokens,
            price,
            first_frame: maybe(self.first_frame.as_deref(), "first_frame")?,
            last_frame: maybe(self.last_frame.as_deref(), "last_frame")?,
            hands_on: self.hands_on.unwrap_or_default(),
            speaks: self.speaks.unwrap_or_default(),
            head: maybe(self.head.as_deref(), "head")?,
            from_lock,
            run: parsed(self.run.as_deref(), "run")?,
        })
    }

    /// The line; where a field is wrong, its name.
    fn line(self) -> Result<JournalLine, &'static str> {
        if self.kind == "begun" {
            let storyreel = self.storyreel.unwrap_or_default();
            return Ok(JournalLine::Begun { run: parsed(self.run.as_deref(), "run")?, storyreel });
        }
        let recipe = parsed(self.recipe.as_deref(), "recipe")?;
        let attempt = self.attempt.filter(|attempt| *attempt > 0).ok_or("attempt")?;
        Ok(JournalLine::Entry(Entry { recipe, attempt, record: self.record()? }))
    }

    fn record(mut self) -> Result<Record, &'static str> {
        Ok(match self.kind.as_str() {
            "submitting" => Record::Submitting(Box::new(self.intent(false)?)),
            "bought" => {
                let task = self.task.take().ok_or("task")?;
                Record::Bought { intent: Box::new(self.intent(true)?), task }
            }
            "unsent" => Record::Unsent { why: self.why.ok_or("why")? },
            "unclear" => Record::Unclear { why: self.why.ok_or("why")? },
            "assumed_lost" => Record::AssumedLost,
            "assumed_task" => Record::AssumedTask { task: self.task.ok_or("task")? },
            "submitted" => {
                Record::Submitted { provider: self.provider.ok_or("service")?, task: self.task.ok_or("task")? }
            }
            "delivered" => Record::Delivered(Box::new(Delivery {
                video: self.video,
                last_frame: self.last_frame,
                tokens: self.tokens,
                odd_usage: self.odd_usage,
                charged: maybe(self.paid.as_deref(), "paid")?,
                seed: self.seed,
                updated_at: self.updated_at,
            })),
            "failed" => {
                let charged = self.charged()?;
                let kind = self.error.ok_or("error")?;
                Record::Failed(AttemptFailure { kind, charged, message: self.message.ok_or("message")? })
            }
            "stored" => Record::Stored(Stored {
                clip: parsed(self.clip.as_deref(), "clip")?,
                last_frame: maybe(self.last_frame.as_deref(), "last_frame")?,
                frames: self.frames.ok_or("frames")?,
                bytes: self.bytes.ok_or("bytes")?,
            }),
            "forgotten" => Record::Forgotten { why: self.why.ok_or("why")? },
            "given_up" => Record::GivenUp,
            _ => return Err("kind"),
        })
    }

    /// Whether a failure is charged, and how much.
    fn charged(&self) -> Result<Charged, &'static str> {
        match self.charged.as_deref() {
            Some("no") => Ok(Charged::No),
            Some("yes") => Ok(Charged::Yes(maybe(self.paid.as_deref(), "paid")?)),
            Some("unknown") => Ok(Charged::Unknown),
            _ => Err("charged"),
        }
    }
}

fn parsed<T: std::str::FromStr>(text: Option<&str>, field: &'static str) -> Result<T, &'static str> {
    maybe(text, field)?.ok_or(field)
}

fn maybe<T: std::str::FromStr>(text: Option<&str>, field: &'static str) -> Result<Option<T>, &'static str> {
    text.map(|text| text.parse().map_err(|_| field)).transpose()
}

const fn charged_word(charged: Charged) -> &'static str {
    match charged {
        Charged::No => "no",
        Charged::Yes(_) => "yes",
        Charged::Unknown => "unknown",
    }
}
