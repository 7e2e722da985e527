//! Facts about an attempt as machines share them: each is a small text of its own, under a name that can be created
//! once.
//!
//! | name | what it says | who writes it |
//! | --- | --- | --- |
//! | `1` | the token of attempt 1: whoever creates it may submit, and nobody else ever | the run that submits |
//! | `1.task` | the service took it, and as which task; whoever reads it may fetch the clip | the same, or who found the task |
//! | `1.failed` | it ended without a clip | whoever the service told |
//! | `1.void` | it was never sent, was refused without charge, or the user gives it up | the same, or the user |
//!
//! The text begins with a nonce, by which a run knows its own creation when the answer to it was lost, and goes on with
//! the line that stands in the journal of the run. Addresses lose what follows their `?`: a signature is nobody else's.

use super::line::{self, JournalLine};
use super::{AttemptFailure, Entry, Record};
use crate::units::Digest;

/// What a text begins with: its version.
const FIRST_LINE: &str = "storyreel fact 1";

/// Which of the facts about its attempt a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// The right to submit.
    Token,
    /// The task that it became.
    Task,
    /// It ended without a clip.
    Failed,
    /// Nothing came of it.
    Void,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Token, Self::Task, Self::Failed, Self::Void];

    /// The kind of a record; `None` where it stays on its machine.
    #[must_use]
    pub const fn of(record: &Record) -> Option<Self> {
        match record {
            Record::Submitting(_) => Some(Self::Token),
            Record::Submitted { .. } | Record::AssumedTask { .. } | Record::Bought { .. } => Some(Self::Task),
            Record::Failed(_) => Some(Self::Failed),
            Record::Unsent { .. } | Record::AssumedLost | Record::GivenUp => Some(Self::Void),
            // Addresses of clips live for hours and are signed; a clip that is there has its receipt.
            Record::Unclear { .. } | Record::Delivered(_) | Record::Stored(_) | Record::Forgotten { .. } => None,
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Token => "",
            Self::Task => ".task",
            Self::Failed => ".failed",
            Self::Void => ".void",
        }
    }

    /// The name of a fact of this kind: `1.task`.
    #[must_use]
    pub fn name(self, attempt: u32) -> String {
        format!("{attempt}{}", self.ending())
    }

    /// What a name names; `None` where it is no fact.
    #[must_use]
    pub fn read_name(name: &str) -> Option<(u32, Self)> {
        let kind = Self::ALL.into_iter().rev().find(|kind| name.ends_with(kind.ending()))?;
        let attempt: u32 = name.strip_suffix(kind.ending())?.parse().ok()?;
        (attempt > 0 && kind.name(attempt) == name).then_some((attempt, kind))
    }
}

/// A fact about an attempt that some machine has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFact {
    /// The attempt.
    pub attempt: u32,
    /// Which fact it is.
    pub kind: FactKind,
    /// When it was written, in seconds since 1970, for people alone, and what it says. `None` where it cannot be read.
    pub written: Option<(u64, Record)>,
}

/// The numbers that a machine gives to the attempts of a shared store, so that they are never taken for attempts of its
/// own store, whose tokens nobody else sees. In the shared store they are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptRange {
    /// The number before the first.
    base: u32,
}

impl AttemptRange {
    /// The attempts of the machine's own store.
    pub const OWN: Self = Self { base: 0 };

    /// How many attempts a range has. Nobody comes near.
    const LENGTH: u32 = 1 << 16;

    /// The attempts of the shared store at an address. Two stores share a range by chance once in 65,535; then an
    /// attempt of both looks like one that contradicts itself, and is asked about.
    #[must_use]
    pub fn of_shared(address: &str) -> Self {
        let digest = Digest::of(address.as_bytes());
        let [high, low, ..] = *digest.as_bytes();
        Self { base: u32::from(u16::from_be_bytes([high, low]).max(1)) * Self::LENGTH }
    }

    /// The machine's number of the `shared` attempt.
    #[must_use]
    pub const fn own_number(self, shared: u32) -> u32 {
        self.base + if shared < Self::LENGTH { shared } else { Self::LENGTH - 1 }
    }

    /// The number by which other machines know an attempt; `None` where it is not of this range.
    #[must_use]
    pub const fn shared_number(self, own: u32) -> Option<u32> {
        match own.checked_sub(self.base) {
            Some(number @ 1..Self::LENGTH) => Some(number),
            _ => None,
        }
    }

    /// The attempt after all `known` ones.
    #[must_use]
    pub fn next(self, known: impl IntoIterator<Item = u32>) -> u32 {
        let last = known.into_iter().filter_map(|own| self.shared_number(own)).max().unwrap_or(0);
        self.own_number(last + 1)
    }
}

/// The number of an attempt as people count them.
#[must_use]
pub const fn counted(attempt: u32) -> u32 {
    attempt % AttemptRange::LENGTH
}

/// The text of a fact that was written `at`, in seconds since 1970; `None` where it stays on its machine.
#[must_use]
pub fn write(nonce: &str, at: u64, entry: &Entry) -> Option<String> {
    FactKind::of(&entry.record)?;
    let shared = Entry { record: shared_record(&entry.record), ..entry.clone() };
    Some(format!("{FIRST_LINE}\nnonce: {nonce}\n{}", line::write(at, &JournalLine::Entry(shared))))
}

/// The record in a text that was found as a fact of this kind about an attempt; `None` where it is not whole or is about
/// something else.
#[must_use]
pub fn read(text: &str, recipe: &Digest, attempt: u32, kind: FactKind) -> Option<(u64, Record)> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) || !lines.next()?.starts_with("nonce: ") {
        return None;
    }
    let (at, JournalLine::Entry(entry)) = line::read(lines.next()?).ok()? else { return None };
    let is_meant = entry.recipe == *recipe && entry.attempt == attempt && FactKind::of(&entry.record) == Some(kind);
    (is_meant && lines.next().is_none()).then_some((at, entry.record))
}

fn shared_record(record: &Record) -> Record {
    match record.clone() {
        // Its token is a fact of its own.
        Record::Bought { intent, task } => Record::Submitted { provider: intent.provider, task },
        Record::Unsent { why } => Record::Unsent { why: without_queries(&why) },
        Record::Failed(failure) => {
            Record::Failed(AttemptFailure { message: without_queries(&failure.message), ..failure })
        }
        record => record,
    }
}

/// A text whose addresses end before their `?`.
fn without_queries(text: &str) -> String {
    let words =
        text.split(' ').map(|word| match word.find("://").and_then(|at| word[at..].find('?').map(|to| at + to)) {
            Some(end) => &word[..end],
            None => word,
        });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::reply::Charged;

    fn entry(record: Record) -> Entry {
        Entry { recipe: Digest::of(b"r"), attempt: 2, record }
    }

    #[test]
    fn a_fact_reads_back_under_its_own_name_alone() {
        let record = Record::Submitted { provider: "ark".to_owned(), task: "cgt-1".to_owned() };
        let text = write("n1", 7, &entry(record.clone())).expect("it is shared");
        let recipe = Digest::of(b"r");
        assert_eq!(read(&text, &recipe, 2, FactKind::Task), Some((7, record)));
        assert_eq!(read(&text, &recipe, 1, FactKind::Task), None);
        assert_eq!(read(&text, &recipe, 2, FactKind::Failed), None);
        assert_eq!(read(&text, &Digest::of(b"x"), 2, FactKind::Task), None);
        assert_eq!(read(&text[..text.len() - 2], &recipe, 2, FactKind::Task), None, "torn");
        assert_eq!(read(&text.replace("cgt-1", "cgt-2"), &recipe, 2, FactKind::Task), None, "changed");
    }

    #[test]
    fn attempts_of_two_stores_have_numbers_of_their_own() {
        let team = AttemptRange::of_shared("s3://team/films");
        let next = team.next([1, 2, 3]);
        assert_eq!((team.shared_number(next), team.shared_number(3), counted(next)), (Some(1), None, 1));
        assert_eq!(team.next([1, next, team.own_number(4)]), team.own_number(5));
        assert_eq!(AttemptRange::OWN.next([1, 2, next]), 3);
        assert_eq!((AttemptRange::OWN.next([]), counted(7)), (1, 7));
        assert_ne!(team, AttemptRange::of_shared("s3://team/other"));
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in FactKind::ALL {
            assert_eq!(FactKind::read_name(&kind.name(12)), Some((12, kind)));
        }
        for name in ["", "0", "01", "+1", "1.done", "1.task.tmp", "x.task", "99999999999"] {
            assert_eq!(FactKind::read_name(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_signed_stays_on_its_machine() {
        let failure = AttemptFailure {
            kind: "failed".to_owned(),
            charged: Charged::No,
            message: "see https://x.example/v.mp4?sig=SECRET for it?".to_owned(),
        };
        let text = write("n", 0, &entry(Record::Failed(failure))).expect("it is shared");
        assert!(text.contains("see https://x.example/v.mp4 for it?") && !text.contains("SECRET"), "{text}");
        assert_eq!(write("n", 0, &entry(Record::Delivered(Box::default()))), None);
        assert_eq!(write("n", 0, &entry(Record::Unclear { why: "x".to_owned() })), None);
    }
}
