//! The lock: for every shot of a film the clip that it is made of. Text to value and back, line by line.
//!
//! The text is YAML, written and read by this file alone: a block per shot in the order of the ids, the digests first,
//! and nothing in it that is about the whole film, so that two branches which changed different shots merge cleanly.

mod clip_record;
mod join;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{Digest, ShotId};

pub use clip_record::ClipRecord;
use clip_record::quoted;
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
    /// Other clips of a shot: further takes, and clips paid on a branch whose lock lost a merge. They are facts like the
    /// others, and one of them may be what the storyboard asks for now.
    pub takes: BTreeMap<ShotId, Vec<ClipRecord>>,
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

/// Writes the clip of a shot, and its other takes below it.
fn write_block(text: &mut String, shot: &ShotId, own: Option<&ClipRecord>, takes: &[ClipRecord]) {
    text.push_str(&format!("  {shot}:\n"));
    if let Some(own) = own {
        own.write(text, "    ");
    }
    if takes.is_empty() {
        return;
    }
    text.push_str("    takes:\n");
    let mut takes: Vec<&ClipRecord> = takes.iter().collect();
    takes.sort_by_key(|taken| (taken.take, taken.recipe, taken.clip));
    for taken in takes {
        let mut block = String::new();
        taken.write(&mut block, "        ");
        text.push_str("      - ");
        text.push_str(block.trim_start());
    }
}

impl Lock {
    /// The fact for a shot: the one of this recipe where there is one, among the other takes, too; else the shot's own.
    #[must_use]
    pub fn of(&self, shot: &ShotId, recipe: &Digest) -> Option<&ClipRecord> {
        let own = self.shots.get(shot);
        self.of_shot(shot).find(|taken| taken.is_for(recipe)).or(own)
    }

    /// The take of a shot with this number: the shot's own clip if it has it, else the one that was added last.
    #[must_use]
    pub fn take(&self, shot: &ShotId, take: u32) -> Option<&ClipRecord> {
        let own = self.shots.get(shot).filter(|own| own.take == take);
        own.or_else(|| self.takes.get(shot)?.iter().rev().find(|taken| taken.take == take))
    }

    /// The highest number of a take of a shot; 0 where there is none.
    #[must_use]
    pub fn latest_take(&self, shot: &ShotId) -> u32 {
        self.of_shot(shot).map(|taken| taken.take).max().unwrap_or(0)
    }

    /// Every fact about a shot, its own clip first.
    pub fn of_shot(&self, shot: &ShotId) -> impl Iterator<Item = &ClipRecord> {
        self.shots.get(shot).into_iter().chain(self.takes.get(shot).into_iter().flatten())
    }

    /// Makes the other take of this recipe, if there is one, the shot's own. Gives whether anything changed.
    pub fn prefer(&mut self, shot: &ShotId, recipe: &Digest) -> bool {
        if self.shots.get(shot).is_some_and(|own| own.is_for(recipe)) {
            return false;
        }
        let Some(takes) = self.takes.get_mut(shot) else { return false };
        let Some(at) = takes.iter().position(|taken| taken.is_for(recipe)) else { return false };
        let wanted = takes.remove(at);
        let older = self.shots.insert(shot.clone(), wanted);
        takes.extend(older);
        if takes.is_empty() {
            self.takes.remove(shot);
        }
        true
    }

    /// Makes a clip the shot's own. The one before stays as a take where it has another number, or where it was bought and
    /// this one was not.
    pub fn put(&mut self, shot: &ShotId, record: ClipRecord) {
        self.prefer(shot, &record.recipe);
        let older = self.shots.insert(shot.clone(), record);
        let (Some(older), Some(own)) = (older, self.shots.get(shot)) else { return };
        let is_another = older.take != own.take || (older.task.is_some() && own.task.is_none());
        if older.recipe != own.recipe && is_another {
            self.keep_take(shot, older);
        }
    }

    /// Every fact, other takes included.
    pub fn facts(&self) -> impl Iterator<Item = (&ShotId, &ClipRecord)> {
        let takes = self.takes.iter().flat_map(|(shot, all)| all.iter().map(move |taken| (shot, taken)));
        self.shots.iter().chain(takes)
    }

    /// Keeps what is about the shots for which `keep` says so.
    pub fn retain(&mut self, keep: impl Fn(&ShotId) -> bool) {
        self.shots.retain(|shot, _| keep(shot));
        self.takes.retain(|shot, _| keep(shot));
    }

    /// Remembers a clip of a shot beside the one that it is made of, once.
    pub fn keep_take(&mut self, shot: &ShotId, taken: ClipRecord) {
        let is_known = self.of_shot(shot).any(|fact| (fact.recipe, fact.clip) == (taken.recipe, taken.clip));
        if !is_known {
            self.takes.entry(shot.clone()).or_default().push(taken);
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
        let ids: BTreeSet<&ShotId> = self.shots.keys().chain(self.takes.keys()).collect();
        for shot in ids {
            let takes = self.takes.get(shot).map(Vec::as_slice).unwrap_or_default();
            write_block(&mut text, shot, self.shots.get(shot), takes);
        }
        text
    }

    /// Reads the text of a lock file. One that git left with conflict markers is read, too: see [`Joined`].
    pub fn read(text: &str) -> Result<Self, BadLock> {
        Joined::read(text, &|_| None).map(|joined| joined.lock)
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
            tail: (take > 2).then(|| Digest::of(b"tail")),
            stands_for: (take > 2).then(|| Digest::of(b"another recipe")),
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
            quality: paid.then(|| "83: frozen from 2.10 s to 3.90 s (0.45)".to_owned()),
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
        assert!(!lock.text().contains("takes"));
        lock.keep_take(&id("dawn"), ClipRecord { clip: Digest::of(b"another"), ..clip_record(1) });
        lock.keep_take(&id("dawn"), clip_record(1));
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
    fn takes_stand_below_their_shot_and_read_back() {
        let taken = |take: u32, recipe: &str| ClipRecord {
            take,
            recipe: Digest::of(recipe.as_bytes()),
            clip: Digest::of(recipe.as_bytes()),
            ..clip_record(3)
        };
        let mut lock = Lock { shots: [(id("lamp"), taken(1, "one"))].into(), ..Lock::default() };
        lock.keep_take(&id("lamp"), taken(3, "three"));
        lock.keep_take(&id("lamp"), taken(2, "two"));
        let text = lock.text();
        let expected = format!("    takes:\n      - recipe: {}\n        clip: ", Digest::of(b"two"));
        assert!(text.contains(&expected), "{text}");
        let again = Lock::read(&text).expect("it is read");
        assert_eq!(again.text(), text);
        assert_eq!(again.take(&id("lamp"), 3), Some(&taken(3, "three")));
        assert_eq!(again.latest_take(&id("lamp")), 3);
        // The one that becomes the shot's own changes places with the one that was.
        lock.put(&id("lamp"), taken(2, "two"));
        assert_eq!(lock.shots[&id("lamp")], taken(2, "two"));
        assert_eq!(lock.takes[&id("lamp")], [taken(3, "three"), taken(1, "one")]);
        // The same take of other words replaces it; a take of another number stays.
        lock.put(&id("lamp"), taken(2, "new words"));
        assert_eq!(lock.takes[&id("lamp")].len(), 2);
        lock.put(&id("lamp"), taken(4, "four"));
        assert_eq!(lock.takes[&id("lamp")].len(), 3);
    }

    /// A block of a lock.
    fn indented(record: &ClipRecord) -> String {
        let mut text = String::new();
        record.write(&mut text, "    ");
        text
    }

    #[test]
    fn spare_clips_of_an_older_version_are_takes() {
        let own = indented(&clip_record(2));
        let spare = ClipRecord { clip: Digest::of(b"another"), ..clip_record(1) };
        let other = indented(&spare);
        let text = format!("lock: 1\nshots:\n  lamp:\n{own}spare:\n  lamp:\n{other}");
        let lock = Lock::read(&text).expect("it is read");
        assert_eq!(lock.takes[&id("lamp")], [spare]);
    }

    #[test]
    fn a_block_reads_well_and_one_of_an_older_version_still_reads() {
        let recipe = Digest::of(b"recipe");
        let text = clip_record(2).text();
        assert!(text.starts_with(&format!("recipe: {recipe}\nclip: sha256:")), "{text}");
        let end = "differs: \"121 frames: 120 were asked for\"\n\
                   encoded: \"the clip is 1280x720, the film 640x360\"\n\
                   quality: \"83: frozen from 2.10 s to 3.90 s (0.45)\"\ntokens: 108900\npaid: 0.7623 USD\n\
                   estimated: 0.80 USD\nbought: \"2026-11-26\"\nprice_read: \"2026-11-01\"\n";
        assert!(text.ends_with(end), "{text}");
        let newer = ["seed", "tokens", "paid", "estimated", "bought", "price_read", "differs", "encoded", "quality"];
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
            quality: None,
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
