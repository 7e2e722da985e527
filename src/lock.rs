//! The lock: for every shot of a film the clip that it is made of. Text to value and back, line by line.
//!
//! The text is YAML, written and read by this file alone: a block per shot in the order of the ids, the digests first,
//! and nothing in it that is about the whole film, so that two branches which changed different shots merge cleanly.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::clip::{AudioFacts, ClipFacts, VideoFacts};
use crate::units::{Digest, ShotId};

/// The version of the format that is written.
pub const VERSION: &str = "1";

/// Which clip every shot of a film is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The shots by id.
    pub shots: BTreeMap<ShotId, Taken>,
}

/// A fact: this recipe gave this clip. It stands in a lock under a shot, and alone in the store as a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
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
    /// What came, as measured.
    pub facts: ClipFacts,
}

/// A lock that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadLock {
    /// Line number from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl Lock {
    /// The text of the lock file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "# Written by storyreel; commit it. Every block is a clip that is there and need not be made again.\nlock: {VERSION}\nshots:\n"
        );
        for (shot, taken) in &self.shots {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {shot}:");
            taken.write(&mut text, "    ");
        }
        text
    }

    /// Reads the text of a lock file.
    pub fn read(text: &str) -> Result<Self, BadLock> {
        let mut lock = Self::default();
        let mut block: Option<(ShotId, usize, Fields<'_>)> = None;
        for (at, line) in text.lines().enumerate() {
            let line_number = at + 1;
            let bad = |what: &str| BadLock { line: line_number, what: what.to_owned() };
            let content = line.trim_end();
            if content.trim_start().is_empty() || content.trim_start().starts_with('#') || content == "shots:" {
                continue;
            }
            let (key, value) = content.split_once(':').ok_or_else(|| bad("expected `key: value`"))?;
            let value = value.trim();
            match key.len() - key.trim_start().len() {
                0 if key == "lock" && value == VERSION => {}
                0 if key == "lock" => return Err(bad("this lock was written by a newer storyreel")),
                2 => {
                    if let Some((shot, line, fields)) = block.take() {
                        lock.shots.insert(shot, Taken::from_fields(&fields, line)?);
                    }
                    let shot = key.trim().parse().map_err(|_| bad("expected a shot id"))?;
                    block = Some((shot, line_number, BTreeMap::new()));
                }
                4 => {
                    let (_, _, fields) = block.as_mut().ok_or_else(|| bad("a field outside a shot"))?;
                    fields.insert(key.trim(), value);
                }
                _ => return Err(bad("unexpected indentation")),
            }
        }
        if let Some((shot, line, fields)) = block {
            lock.shots.insert(shot, Taken::from_fields(&fields, line)?);
        }
        Ok(lock)
    }
}

type Fields<'a> = BTreeMap<&'a str, &'a str>;

impl Taken {
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

    fn write(&self, text: &mut String, indent: &str) {
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
        let (size, rate, frames, bytes) = (video.size, video.rate, video.frames, self.facts.bytes);
        field("video", &format_args!("{size} {rate}fps {frames} frames {bytes} bytes"));
        field("codec", &format_args!("{} {} {}", video.codec, video.pixels, video.parameters));
        if let Some(audio) = &self.facts.audio {
            field("audio", &format_args!("{} {}Hz {}ch", audio.codec, audio.sample_rate, audio.channels));
        }
    }

    fn from_fields(fields: &Fields<'_>, line: usize) -> Result<Self, BadLock> {
        let bad = |key: &str| BadLock { line, what: format!("`{key}` is missing or cannot be read") };
        let get = |key: &'static str| fields.get(key).copied().ok_or_else(|| bad(key));
        let digest = |key: &'static str| get(key)?.parse::<Digest>().map_err(|_| bad(key));
        Ok(Self {
            recipe: digest("recipe")?,
            clip: digest("clip")?,
            last_frame: fields.get("last_frame").map(|_| digest("last_frame")).transpose()?,
            take: get("take")?.parse().map_err(|_| bad("take"))?,
            provider: get("provider")?.to_owned(),
            model: fields.get("model").map(|model| unquoted(model)),
            task: fields.get("task").map(|task| unquoted(task)),
            facts: facts(fields).ok_or_else(|| bad("video"))?,
        })
    }
}

/// Model names and task ids come from outside: in quotes unless they are plain words, so that no text breaks a line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn unquoted(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

fn facts(fields: &Fields<'_>) -> Option<ClipFacts> {
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
    let (codec, pixels, parameters) =
        (codec.next()?.to_owned(), codec.next()?.to_owned(), codec.next().unwrap_or_default().to_owned());
    Some(ClipFacts { video: VideoFacts { codec, size, pixels, rate, frames, parameters }, audio, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Rate, Size};

    pub(super) fn taken(take: u32) -> Taken {
        Taken {
            recipe: Digest::of(b"recipe"),
            clip: Digest::of(b"clip"),
            last_frame: (take > 1).then(|| Digest::of(b"frame")),
            take,
            provider: "ark".to_owned(),
            model: Some("doubao-seedance-2-0-260128".to_owned()),
            task: Some("cgt: \"1\"\n2".to_owned()),
            facts: ClipFacts {
                video: VideoFacts {
                    codec: "h264".to_owned(),
                    size: Size::new(1280, 720),
                    pixels: "yuv420p".to_owned(),
                    rate: Rate { num: 24000, den: 1001 },
                    frames: 121,
                    parameters: "SHA256:ab12".to_owned(),
                },
                audio: (take > 1).then(|| AudioFacts { codec: "aac".to_owned(), sample_rate: 48_000, channels: 2 }),
                bytes: 148_235,
            },
        }
    }

    #[test]
    fn a_lock_reads_back_and_stands_in_the_order_of_the_ids() {
        let id = |text: &str| text.parse::<ShotId>().expect("a good id");
        let lock = Lock { shots: [(id("lamp"), taken(2)), (id("dawn"), taken(1))].into() };
        let text = lock.text();
        assert!(text.find("dawn:") < text.find("lamp:"));
        assert_eq!(Lock::read(&text), Ok(lock.clone()));
        assert_eq!(Lock::read(&text.replace('\n', "\r\n")), Ok(lock));
        assert_eq!(Taken::read(&taken(2).text()), Ok(taken(2)));
    }

    #[test]
    fn a_bad_lock_names_its_line() {
        let bad = |text: &str| Lock::read(text).expect_err("it is bad").to_string();
        assert_eq!(bad("lock: 9\n"), "line 1: this lock was written by a newer storyreel");
        assert_eq!(bad("lock: 1\nshots:\n  a:\n    take: 1\n"), "line 3: `recipe` is missing or cannot be read");
        assert_eq!(bad("lock: 1\nnonsense\n"), "line 2: expected `key: value`");
    }
}
