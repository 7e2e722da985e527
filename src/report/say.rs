//! The sentences that several reporters share. All text from events is cleaned here.

use std::path::Path;
use std::time::Duration;

use super::words::{bytes, count, roughly};
use crate::event::{Bill, ShotKey, Way};
use crate::legible::{clean, shorten};
use crate::money::Money;
use crate::units::spoken;

/// Columns that a title may take before the id of a shot.
const TITLE: usize = 28;

/// The titles of the storyboards, fit to be shown.
#[derive(Debug, Default)]
pub(super) struct Titles(Vec<String>);

impl Titles {
    pub(super) fn new(titles: &[String]) -> Self {
        Self(titles.iter().map(|title| shorten(&clean(title), TITLE)).collect())
    }

    /// The name of a shot: its id, in a batch after the title of its film.
    pub(super) fn shot(&self, key: &ShotKey) -> String {
        if self.0.len() > 1 { format!("{} · {}", self.film(key.board), key.shot) } else { key.shot.to_string() }
    }

    /// The name of a film.
    pub(super) fn film(&self, board: usize) -> String {
        match self.0.get(board) {
            Some(title) if !title.is_empty() => title.clone(),
            _ => format!("film {}", board + 1),
        }
    }

    /// What the run is about: the title of the only film, or how many there are.
    pub(super) fn all(&self) -> String {
        if self.0.len() == 1 { self.film(0) } else { count(self.0.len(), "film") }
    }
}

/// What a run is going to do.
pub(super) fn started(titles: &Titles, shots: usize, to_make: usize, expected: Duration) -> String {
    let what = format!("{}: {}", titles.all(), count(shots, "shot"));
    match to_make {
        0 => format!("{what}, none to make"),
        _ if expected.is_zero() => format!("{what}, {to_make} to make"),
        _ => format!("{what}, {to_make} to make, about {}", roughly(expected)),
    }
}

/// A film on disk.
pub(super) fn film(output: &Path, length: Duration, size: u64, way: &Way) -> String {
    let how = match way {
        Way::UpToDate => "was up to date".to_owned(),
        Way::Copied => "every picture copied".to_owned(),
        Way::Encoded(why) => format!("encoded again: {}", clean(why)),
    };
    format!("{}, {}, {}, {how}", clean(&output.to_string_lossy()), spoken(tenths(length)), bytes(size))
}

/// `length` rounded to tenths of a second.
fn tenths(length: Duration) -> Duration {
    Duration::from_millis(u64::try_from((length.as_millis() + 50) / 100 * 100).unwrap_or(u64::MAX))
}

/// What a clip cost, behind other words; nothing where nothing is known to have been paid.
pub(super) fn paid(amount: Option<Money>) -> String {
    amount.map_or_else(String::new, |amount| format!(", {amount}"))
}

/// What a run has done.
pub(super) fn finished(
    made: usize,
    reused: usize,
    failed: usize,
    blocked: usize,
    took: Duration,
    bill: &Bill,
) -> String {
    let mut parts = vec![format!("{} made", count(made, "shot"))];
    for (n, word) in [(reused, "already there"), (failed, "failed"), (blocked, "not tried")] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let text = format!("{}, took {}", parts.join(", "), roughly(took));
    match settled(bill) {
        Some(paid) => format!("{text}, {paid}"),
        None => text,
    }
}

/// What a run cost beside what was expected; nothing where nothing was bought.
fn settled(bill: &Bill) -> Option<String> {
    let unknown = (bill.unknown > 0).then(|| format!("{} of unknown price", count(bill.unknown, "clip")));
    if bill.billed.is_empty() {
        return unknown.map(|unknown| format!("bought {unknown}"));
    }
    let expected = if bill.billed == bill.estimated {
        " as estimated".to_owned()
    } else {
        format!(", estimated {}", bill.estimated)
    };
    let unknown = unknown.map_or_else(String::new, |unknown| format!(", and {unknown}"));
    Some(format!("paid {}{expected}{unknown}", bill.billed))
}

/// The first interrupt.
pub(super) fn draining(running: usize) -> String {
    match running {
        0 => "nothing is running, no shot is begun".to_owned(),
        _ => format!(
            "waiting for {} to finish, none is begun; interrupt again to stop at once",
            count(running, "running shot")
        ),
    }
}
