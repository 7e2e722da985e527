//! The lock: for every shot of a film the clip that it is made of. Text to value and back, line by line.
//!
//! The text is YAML, written and read by this file alone: a block per shot in the order of the ids, the digests first,
//! and nothing in it that is about the whole film, so that two branches which changed different shots merge cleanly.

mod clip_record;
mod join;

use std::collections::BTreeMap;

use crate::units::{Digest, ShotId};

pub use clip_record::ClipRecord;
use clip_record::{BlockFields, quoted, unquoted};
pub use join::{Conflict, Joined};

/// The version of the format that is written.
pub const VERSION: &str = "1";

/// Which clip every shot of a film is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// What was chosen of the storyboard for this film, as options of the command line; empty for the plain film. Films
    /// with other choices have locks of their own.
    pub options: String,
    /// The shots by id.
    pub shots: BTreeMap<ShotId, ClipRecord>,
    /// Other clips of a shot, paid on a branch whose lock lost a merge. They are facts like the others, and one of them
    /// may be what the storyboard asks for now.
    pub spare: BTreeMap<ShotId, Vec<ClipRecord>>,
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

impl BadLock {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// A block that is read.
struct LockBlock<'a> {
    shot: ShotId,
    /// Where it begins.
    line: usize,
    fields: BlockFields<'a>,
}

fn write_block(text: &mut String, shot: &ShotId, record: &ClipRecord) {
    text.push_str(&format!("  {shot}:\n"));
    record.write(text, "    ");
}

impl Lock {
    /// The fact for a shot: the one of this recipe where there is one, among the spare ones, too; else the shot's own.
    #[must_use]
    pub fn of(&self, shot: &ShotId, recipe: &Digest) -> Option<&ClipRecord> {
        let own = self.shots.get(shot);
        let spare = self.spare.get(shot).into_iter().flatten();
        own.into_iter().chain(spare).find(|taken| taken.recipe == *recipe).or(own)
    }

    /// Makes the spare clip of this recipe, if there is one, the shot's own. Gives whether anything changed.
    pub fn prefer(&mut self, shot: &ShotId, recipe: &Digest) -> bool {
        if self.shots.get(shot).is_some_and(|own| own.recipe == *recipe) {
            return false;
        }
        let Some(spare) = self.spare.get_mut(shot) else { return false };
        let Some(at) = spare.iter().position(|taken| taken.recipe == *recipe) else { return false };
        let wanted = spare.remove(at);
        let older = self.shots.insert(shot.clone(), wanted);
        spare.extend(older);
        if spare.is_empty() {
            self.spare.remove(shot);
        }
        true
    }

    /// Every fact, spare ones included.
    pub fn facts(&self) -> impl Iterator<Item = (&ShotId, &ClipRecord)> {
        let spare = self.spare.iter().flat_map(|(shot, all)| all.iter().map(move |taken| (shot, taken)));
        self.shots.iter().chain(spare)
    }

    /// Keeps what is about the shots for which `keep` says so.
    pub fn retain(&mut self, keep: impl Fn(&ShotId) -> bool) {
        self.shots.retain(|shot, _| keep(shot));
        self.spare.retain(|shot, _| keep(shot));
    }

    /// Remembers a clip of a shot beside the one that it is made of, once.
    pub(crate) fn spare(&mut self, shot: &ShotId, taken: ClipRecord) {
        let known = self.facts().any(|(of, fact)| of == shot && (fact.recipe, fact.clip) == (taken.recipe, taken.clip));
        if !known {
            self.spare.entry(shot.clone()).or_default().push(taken);
        }
    }

    /// The text of the lock file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "# Written by storyreel; commit it. Every block is a clip that is there and need not be made again.\nlock: {VERSION}\n"
        );
        if !self.options.is_empty() {
            text.push_str(&format!("film: {}\n", quoted(&self.options)));
        }
        text.push_str("shots:\n");
        for (shot, record) in &self.shots {
            write_block(&mut text, shot, record);
        }
        if !self.spare.is_empty() {
            text.push_str("spare:\n");
            for (shot, all) in &self.spare {
                let mut all: Vec<&ClipRecord> = all.iter().collect();
                all.sort_by_key(|taken| (taken.recipe, taken.clip));
                for record in all {
                    write_block(&mut text, shot, record);
                }
            }
        }
        text
    }

    /// Reads the text of a lock file. One that git left with conflict markers is read, too: see [`Joined`].
    pub fn read(text: &str) -> Result<Self, BadLock> {
        Joined::read(text, &|_| None).map(|joined| joined.lock)
    }

    /// Reads a text without conflict markers. Of two blocks for one shot the later one is the shot's own.
    fn read_one(text: &str) -> Result<Self, BadLock> {
        let mut lock = Self::default();
        let mut spare = false;
        let mut block: Option<LockBlock<'_>> = None;
        for (at, line) in text.lines().enumerate() {
            let line_number = at + 1;
            let content = line.trim_end();
            if content.trim_start().is_empty() || content.trim_start().starts_with('#') {
                continue;
            }
            let (key, value) =
                content.split_once(':').ok_or_else(|| BadLock::new(line_number, "expected `key: value`"))?;
            let value = value.trim();
            let indent = key.len() - key.trim_start().len();
            if indent < 4 {
                lock.close(block.take(), spare)?;
            }
            match indent {
                0 if key == "lock" && value == VERSION => {}
                0 if key == "lock" => {
                    return Err(BadLock::new(line_number, "this lock was written by a newer storyreel"));
                }
                0 if key == "film" => lock.options = unquoted(value),
                0 if key == "shots" || key == "spare" => spare = key == "spare",
                2 => {
                    let shot = key.trim().parse().map_err(|_| BadLock::new(line_number, "expected a shot id"))?;
                    block = Some(LockBlock { shot, line: line_number, fields: BTreeMap::new() });
                }
                4 => {
                    let Some(block) = &mut block else {
                        return Err(BadLock::new(line_number, "a field outside a shot"));
                    };
                    block.fields.insert(key.trim(), value);
                }
                _ => return Err(BadLock::new(line_number, "unexpected indentation")),
            }
        }
        lock.close(block, spare)?;
        Ok(lock)
    }

    /// Takes in a block that was read to its end.
    fn close(&mut self, block: Option<LockBlock<'_>>, spare: bool) -> Result<(), BadLock> {
        let Some(LockBlock { shot, line, fields }) = block else { return Ok(()) };
        let taken = ClipRecord::from_fields(&fields, line)?;
        if spare {
            self.spare(&shot, taken);
        } else if let Some(older) = self.shots.insert(shot.clone(), taken) {
            self.spare(&shot, older);
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clip::{AudioFacts, ClipFacts, VideoFacts};
    use crate::money::{Currency, Money};
    use crate::units::{Rate, Size};

    pub(crate) fn clip_record(take: u32) -> ClipRecord {
        let paid = take > 1;
        ClipRecord {
            recipe: Digest::of(b"recipe"),
            clip: Digest::of(b"clip"),
            last_frame: (take > 1).then(|| Digest::of(b"frame")),
            take,
            provider: "ark".to_owned(),
            model: Some("doubao-seedance-2-0-260128".to_owned()),
            task: Some("cgt: \"1\"\n2".to_owned()),
            seed: paid.then_some(-7),
            tokens: paid.then_some(108_900),
            paid: paid.then(|| Money::new(762_300, Currency::USD)),
            estimated: paid.then(|| Money::new(800_000, Currency::USD)),
            price_read: paid.then(|| "2026-11-01".to_owned()),
            bought: paid.then(|| "2026-11-26".parse().expect("a day")),
            differs: paid.then(|| "121 frames: 120 were asked for".to_owned()),
            encoded: paid.then(|| "the clip is 1280x720, the film 640x360".to_owned()),
            facts: ClipFacts {
                video: VideoFacts {
                    codec: "h264".to_owned(),
                    size: Size::new(1280, 720),
                    pixels: "yuv420p".to_owned(),
                    rate: Rate { num: 24000, den: 1001 },
                    frames: 121,
                    parameters: "SHA256:ab12".into(),
                },
                audio: (take > 1).then(|| AudioFacts { codec: "aac".to_owned(), sample_rate: 48_000, channels: 2 }),
                bytes: 148_235,
            },
        }
    }

    fn id(text: &str) -> ShotId {
        text.parse().expect("a good id")
    }

    #[test]
    fn a_lock_reads_back_and_stands_in_the_order_of_the_ids() {
        let shots = [(id("lamp"), clip_record(2)), (id("dawn"), clip_record(1))].into();
        let mut lock = Lock { shots, ..Lock::default() };
        assert!(!lock.text().contains("spare"));
        lock.spare(&id("dawn"), ClipRecord { clip: Digest::of(b"spare"), ..clip_record(1) });
        lock.spare(&id("dawn"), clip_record(1));
        let text = lock.text();
        assert!(text.find("dawn:") < text.find("lamp:"));
        assert_eq!(Lock::read(&text), Ok(lock.clone()));
        assert_eq!(Lock::read(&text.replace('\n', "\r\n")), Ok(lock.clone()));
        assert!(!text.contains("film:"), "the plain film's lock is as ever: {text}");
        let draft = Lock { options: "--profile draft --var mood=\"a: b\"".to_owned(), ..lock };
        assert_eq!(Lock::read(&draft.text()), Ok(draft));
        assert_eq!(ClipRecord::read(&clip_record(2).text()), Ok(clip_record(2)));
    }

    #[test]
    fn a_block_reads_well_and_one_of_an_older_version_still_reads() {
        let recipe = Digest::of(b"recipe");
        let text = clip_record(2).text();
        assert!(text.starts_with(&format!("recipe: {recipe}\nclip: sha256:")), "{text}");
        let end = "differs: \"121 frames: 120 were asked for\"\n\
                   encoded: \"the clip is 1280x720, the film 640x360\"\ntokens: 108900\npaid: 0.7623 USD\n\
                   estimated: 0.80 USD\nbought: \"2026-11-26\"\nprice_read: \"2026-11-01\"\n";
        assert!(text.ends_with(end), "{text}");
        let newer = ["seed", "tokens", "paid", "estimated", "bought", "price_read", "differs", "encoded"];
        let older: Vec<&str> = text.lines().filter(|line| !newer.iter().any(|key| line.starts_with(key))).collect();
        let expected = ClipRecord {
            seed: None,
            tokens: None,
            paid: None,
            estimated: None,
            price_read: None,
            bought: None,
            differs: None,
            encoded: None,
            ..clip_record(2)
        };
        assert_eq!(ClipRecord::read(&older.join("\n")), Ok(expected));
        let wrong = text.replace("0.7623 USD", "0.76");
        assert_eq!(ClipRecord::read(&wrong).expect_err("it is wrong").what, "`paid` is missing or cannot be read");
        // A tool that writes YAML anew may leave the quotes out.
        assert_eq!(ClipRecord::read(&text.replace("\"2026-11-26\"", "2026-11-26")), Ok(clip_record(2)));
        let wrong = text.replace("2026-11-26", "lately");
        assert_eq!(ClipRecord::read(&wrong).expect_err("it is wrong").what, "`bought` is missing or cannot be read");
    }

    #[test]
    fn a_bad_lock_names_its_line() {
        for (text, error) in [
            ("lock: 9\n", "line 1: this lock was written by a newer storyreel"),
            ("lock: 1\nshots:\n  a:\n    take: 1\n", "line 3: `recipe` is missing or cannot be read"),
            ("lock: 1\nnonsense\n", "line 2: expected `key: value`"),
            ("lock: 1\n    take: 1\n", "line 2: a field outside a shot"),
        ] {
            assert_eq!(Lock::read(text).expect_err("it is bad").to_string(), error);
        }
    }
}
