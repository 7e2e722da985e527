//! The sentences that several reporters share. All text from events is cleaned here.

use std::path::Path;
use std::time::Duration;

use storyreel_core::event::{AssemblyKind, Bill, ShotKey};
use storyreel_core::index::BoardIndex;
use storyreel_core::money::{Money, Sums};
use storyreel_core::sanitize::{clean, shorten};
use storyreel_core::text::listed;
use storyreel_core::units::spoken;

use super::words::{bytes, count, roughly};

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
    pub(super) fn film(&self, board: BoardIndex) -> String {
        match self.0.get(board.0) {
            Some(title) if !title.is_empty() => title.clone(),
            _ => format!("film {}", board.0 + 1),
        }
    }

    /// What the run is about: the title of the only film, or how many there are.
    pub(super) fn all(&self) -> String {
        if self.0.len() == 1 { self.film(BoardIndex(0)) } else { count(self.0.len(), "film") }
    }
}

/// What a run is going to do.
pub(super) fn started(titles: &Titles, shots: usize, to_make: usize, expected: Duration) -> String {
    let what = format!("{}: {}", titles.all(), count(shots, "shot"));
    match to_make {
        0 => format!("{what}, nothing to make"),
        _ if expected.is_zero() => format!("{what}, {to_make} to make"),
        _ => format!("{what}, {to_make} to make, about {}", roughly(expected)),
    }
}

/// A film on disk.
pub(super) fn film(output: &Path, length: Duration, size: u64, way: &AssemblyKind) -> String {
    let how = match way {
        AssemblyKind::UpToDate => "already up to date".to_owned(),
        AssemblyKind::Copied => "all pictures copied".to_owned(),
        AssemblyKind::Encoded(why) => format!("encoded again: {}", clean(why)),
    };
    format!("{}, {}, {}, {how}", clean(&output.to_string_lossy()), spoken(tenths(length)), bytes(size))
}

/// `length` rounded to tenths of a second.
fn tenths(length: Duration) -> Duration {
    Duration::from_millis(u64::try_from((length.as_millis() + 50) / 100 * 100).unwrap_or(u64::MAX))
}

/// What a clip cost, behind other words, and what was expected where that is another amount; nothing where nothing is
/// known to have been paid.
pub(super) fn paid(amount: Option<Money>, estimated: Option<Money>) -> String {
    match (amount, estimated.filter(|estimated| Some(*estimated) != amount)) {
        (None, _) => String::new(),
        (Some(amount), None) => format!(", {amount}"),
        (Some(amount), Some(estimated)) => format!(", {} (estimated {})", amount.text(), estimated.text()),
    }
}

/// A line for each bill that lies outside its estimate.
pub(super) fn off(titles: &Titles, bill: &Bill) -> Vec<String> {
    let mut lines = Vec::new();
    for charge in &bill.0 {
        let Some((expected, percent)) = charge.off() else { continue };
        let Some(paid) = charge.paid.known() else { continue };
        let shot = titles.shot(&charge.key);
        let percent = percent.map_or_else(String::new, |percent| format!(", {percent:+} %"));
        lines.push(format!("{shot}: billed {}, estimated {}{percent}", paid.text(), expected.text()));
    }
    lines
}

/// What a run has done: shots made, there already, failed, not tried, under way and to come; which of them differ from
/// what was asked for.
pub(super) fn finished(
    titles: &Titles,
    [made, reused, failed, blocked, under_way, to_come]: [usize; 6],
    differ: &[ShotKey],
    took: Duration,
    bill: &Bill,
) -> String {
    let mut parts = vec![format!("{} made", count(made, "shot"))];
    let others = [
        (reused, "already there"),
        (failed, "failed"),
        (blocked, "not tried"),
        (under_way, "under way"),
        (to_come, "to come"),
    ];
    for (n, word) in others {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    if !differ.is_empty() {
        let names: Vec<String> = differ.iter().map(|key| titles.shot(key)).collect();
        let names = listed(names.iter().map(String::as_str), 12);
        parts.push(format!("{} not as asked for ({names})", differ.len()));
    }
    let text = format!("{}, took {}", parts.join(", "), roughly(took));
    match settled(bill) {
        Some(paid) => format!("{text}, {paid}"),
        None => text,
    }
}

/// What a run cost beside what was expected; nothing where nothing was bought.
fn settled(bill: &Bill) -> Option<String> {
    let on_order = most(bill.on_order()).map(|most| format!("{most} on order"));
    let perhaps = most(bill.perhaps()).map(|most| format!("perhaps {most} charged"));
    let parts = [certain(bill), on_order, perhaps];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The most that some orders cost, in words; nothing without such orders.
fn most((most, unknown): (Sums, usize)) -> Option<String> {
    let unknown = (unknown > 0).then(|| format!("{} of unknown price", count(unknown, "order")));
    let known = (!most.is_empty()).then(|| most.to_string());
    let parts: Vec<String> = known.into_iter().chain(unknown).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// What is certainly charged.
fn certain(bill: &Bill) -> Option<String> {
    let n = bill.unknown();
    let unknown = (n > 0).then(|| format!("{} of unknown price", count(n, "clip")));
    let billed = bill.billed();
    let (least, most) = bill.estimated();
    if billed.is_empty() {
        return unknown.map(|unknown| format!("bought {unknown}"));
    }
    let expected = match () {
        () if billed == least && billed == most => " as estimated".to_owned(),
        () if least == most => format!(", estimated {most}"),
        () => format!(", estimated {least} to {most}"),
    };
    let unknown = unknown.map_or_else(String::new, |unknown| format!(", and {unknown}"));
    Some(format!("paid {billed}{expected}{unknown}"))
}

/// The first interrupt.
pub(super) fn draining(running: usize) -> String {
    match running {
        0 => "nothing is running, and no shot will begin".to_owned(),
        _ => format!(
            "waiting for {} to finish; no other begins. Interrupt again to stop at once",
            count(running, "running shot")
        ),
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::event::{Charge, Paid};
    use storyreel_core::money::Currency;

    use super::*;

    const fn usd(micros: u64) -> Money {
        Money::new(micros, Currency::USD)
    }

    fn charge(shot: &str, least: u64, most: u64, paid: u64) -> Charge {
        Charge {
            key: ShotKey { board: BoardIndex(0), shot: shot.parse().expect("a shot id") },
            provider: "ark",
            estimated: Some((usd(least), usd(most))),
            paid: Paid::Known(usd(paid)),
        }
    }

    #[test]
    fn a_bill_is_shown_beside_its_estimate_shot_by_shot_and_in_total() {
        let titles = Titles::new(&["The Keeper".to_owned()]);
        let bill = Bill(vec![charge("dawn", 762_300, 762_300, 952_875), charge("lamp", 320_000, 950_000, 400_000)]);
        assert_eq!(off(&titles, &bill), ["dawn: billed 0.952875 USD, estimated 0.7623 USD, +25 %"]);
        assert_eq!(settled(&bill).as_deref(), Some("paid 1.35 USD, estimated 1.08 USD to 1.71 USD"));
        let one = Some(usd(762_300));
        let other = Some(usd(762_301));
        assert_eq!(paid(one, one), ", 0.76 USD");
        assert_eq!(paid(other, one), ", 0.762301 USD (estimated 0.7623 USD)");
        assert_eq!((paid(None, one), paid(one, None)), (String::new(), ", 0.76 USD".to_owned()));
    }
}
