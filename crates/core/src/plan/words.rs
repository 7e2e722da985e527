//! What plans say in numbers, the same in every format.

use std::time::Duration;

use super::impact::{Alternative, Reduction};
use super::{Action, Step, Totals};
use crate::film::{Film, Make, Shot};
use crate::index::ShotIndex;
use crate::sanitize::count;
use crate::units::{ShotId, moment, spoken};

/// What a plan costs, in words: `costs 3.05 USD`.
#[must_use]
pub fn costs(totals: &Totals) -> String {
    said_behind("costs", totals)
}

/// The same after what is bought: `for about 1.20–3.05 USD`.
#[must_use]
pub fn for_costs(totals: &Totals) -> String {
    said_behind("for", totals)
}

fn said_behind(word: &str, totals: &Totals) -> String {
    let sums = sums(totals);
    match (sums.is_empty(), totals.unknown) {
        (true, 0) => format!("{word} nothing"),
        (true, n) => format!("the price of {} is unknown", count(n, "shot")),
        (false, 0) => format!("{word} {sums}"),
        (false, n) => format!("{word} {sums}, and {} of unknown price", count(n, "shot")),
    }
}

/// The same for a cell of a table: `about 1.20–3.05 USD`, `unknown`, `1.20 USD + 2 unknown`, `nothing`.
#[must_use]
pub fn sum(totals: &Totals) -> String {
    let sums = sums(totals);
    match (sums.is_empty(), totals.unknown) {
        (true, 0) => "nothing".to_owned(),
        (true, _) => "unknown".to_owned(),
        (false, 0) => sums,
        (false, n) => format!("{sums} + {n} unknown"),
    }
}

fn sums(totals: &Totals) -> String {
    let sums = totals.high.iter().map(|high| match totals.low.of(high.currency) {
        low if low == high => high.to_string(),
        low => format!("{}–{high}", low.rounded()),
    });
    let sums = sums.collect::<Vec<_>>().join(" and ");
    if totals.about && !sums.is_empty() { format!("about {sums}") } else { sums }
}

/// The price of a shot; empty where nothing is ordered.
#[must_use]
pub fn price(step: &Step) -> String {
    let Some(estimate) = &step.estimate else { return String::new() };
    let about = if estimate.about { "about " } else { "" };
    match estimate.cost {
        None => "unknown".to_owned(),
        Some((low, high)) if low == high => format!("{about}{low}"),
        Some((low, high)) => format!("{about}{}–{high}", low.rounded()),
    }
}

/// Tokens: `108,900`, `87,300–648,900`; nothing where none are counted.
#[must_use]
pub fn tokens((low, high): (u64, u64)) -> String {
    if high == 0 {
        return String::new();
    }
    if low == high { grouped(low) } else { format!("{}–{}", grouped(low), grouped(high)) }
}

/// A number with its thousands apart: `108,900`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Shortest and longest length of a shot in seconds; they differ where the model decides.
#[must_use]
pub fn lengths(shot: &Shot) -> (Duration, Duration) {
    match &shot.make {
        Make::Prompt(render) if render.spec.seconds.is_none() => {
            let (least, most) = render.spec.seconds_range();
            (Duration::from_secs(u64::from(least)), Duration::from_secs(u64::from(most)))
        }
        _ => (shot.length, shot.length),
    }
}

/// Shortest and longest time for which the film shows a shot.
#[must_use]
pub fn shown_lengths(shot: &Shot) -> (Duration, Duration) {
    let (least, most) = lengths(shot);
    (shot.trim.length(least), shot.trim.length(most))
}

/// When each shot that a film shows begins: `0:07.5`, and `~0:07.5` behind a shot whose model decides its length.
#[must_use]
pub fn begins(film: &Film) -> Vec<String> {
    let mut is_exact = true;
    let mut begins = Vec::with_capacity(film.shots.len());
    for (shot, start) in film.shown().iter().zip(film.starts()) {
        let about = if is_exact { "" } else { "~" };
        begins.push(format!("{about}{}", moment(start)));
        let (least, most) = shown_lengths(shot);
        is_exact &= least == most;
    }
    // What the film leaves out begins nowhere.
    begins.resize(film.shots.len(), "–".to_owned());
    begins
}

/// `5 s`, `4–30 s`.
#[must_use]
pub fn length((least, most): (Duration, Duration)) -> String {
    if least == most {
        return spoken(least);
    }
    let low = spoken(least);
    let high = spoken(most);
    match (low.strip_suffix(" s"), high.ends_with(" s")) {
        (Some(low), true) => format!("{low}–{high}"),
        _ => format!("{low}–{high}"),
    }
}

/// `4 rendered, 1 reused`.
#[must_use]
pub fn counts<'a>(steps: impl IntoIterator<Item = &'a Step>) -> String {
    let mut rendered = 0;
    let mut fetched = 0;
    let mut undecided = 0;
    let mut shared = 0;
    let mut made_here = 0;
    let mut reused = 0;
    for step in steps {
        match step.action {
            Action::Render => rendered += 1,
            Action::Collect { .. } => fetched += 1,
            Action::Ask { .. } => undecided += 1,
            Action::Shared => shared += 1,
            Action::Local => made_here += 1,
            Action::Reuse(_) => reused += 1,
        }
    }
    let mut words = Vec::new();
    for (n, what) in [
        (rendered, "rendered"),
        (fetched, "to fetch, already paid for"),
        (undecided, "needs your decision: see `storyreel status`"),
        (made_here, "made here"),
        (shared, "shared with another shot"),
        (reused, "reused"),
    ] {
        if n > 0 {
            words.push(format!("{n} {what}"));
        }
    }
    words.join(", ")
}

/// `dawn → climb → lamp`; the middle of a long one is left out.
#[must_use]
pub fn chain(path: &[ShotId]) -> String {
    let path: Vec<&str> = path.iter().map(ShotId::as_str).collect();
    if path.len() > 8 {
        format!("{} → … → {} ({})", path[..3].join(" → "), path[path.len() - 1], count(path.len(), "shot"))
    } else {
        path.join(" → ")
    }
}

/// Names of shots in a sentence; the rest of many is counted.
#[must_use]
pub fn names(shots: &[Shot], wanted: &[ShotIndex]) -> String {
    let shown: Vec<&str> = wanted.iter().take(6).map(|&at| shots[at].id.as_str()).collect();
    match wanted.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// An expected time to whole seconds.
#[must_use]
pub fn time(time: Duration) -> String {
    spoken(Duration::from_secs(time.as_secs_f64().ceil() as u64))
}

/// What an alternative does: `keep the tail`, `cut at lamp`.
#[must_use]
pub fn way(shots: &[Shot], alternative: &Alternative) -> String {
    match &alternative.way {
        Reduction::Cut { shot, .. } => format!("cut the chain at {}", shots[*shot].id),
        Reduction::KeepTail { .. } => "keep the tail".to_owned(),
    }
}
