//! When every spoken line is shown.

use std::time::Duration;

use crate::film::{Film, Shot, Spoken};
use crate::sanitize::{clean, width};
use crate::timeline::cue::Cue;
use crate::timeline::{Segment, Timeline};
use crate::units::Rate;

use super::wrap;

/// Columns that a viewer reads in a second: a little slower than the 17 to 20 letters that streaming services allow.
const COLUMNS_PER_SECOND: u64 = 15;

/// The shortest time for which a line is worth showing, in milliseconds.
const SHORTEST: u64 = 1_000;

/// The cues of a film in the order in which they appear, each of at most two lines of at most 42 columns.
///
/// A line with `at` begins there, or a second before the end of its shot if that is earlier. Lines without share what time there is between their neighbours: each has the time
/// that reading takes, with equal pauses around; where time is short, all are shorter alike. No line outlives its shot.
#[must_use]
pub fn cues(film: &Film, timeline: &Timeline) -> Vec<Cue> {
    let mut cues = Vec::new();
    for (shot, segment) in film.shown().iter().zip(&timeline.segments) {
        for (spoken, (from, to)) in spoken(shot).into_iter().zip(times(shot, segment, timeline.rate)) {
            split(spoken, from, to, &mut cues);
        }
    }
    // Lines of one shot may be given out of order, and transitions overlap two shots.
    cues.sort_by_key(|cue| cue.from);
    cues
}

/// The lines of a shot that have words, of which some are heard in the part that the film shows.
fn spoken(shot: &Shot) -> Vec<&Spoken> {
    let mut lines = Vec::new();
    for spoken in &shot.dialogue {
        let is_over = spoken.at.is_some_and(|at| at + Duration::from_millis(needed(&spoken.line)) <= shot.trim.from);
        let is_late = spoken.at.zip(shot.trim.to).is_some_and(|(at, to)| at >= to);
        if !clean(&spoken.line).is_empty() && !is_over && !is_late {
            lines.push(spoken);
        }
    }
    lines
}

/// When the lines of a shot begin and end, in milliseconds of the film.
fn times(shot: &Shot, segment: &Segment, rate: Rate) -> Vec<(u64, u64)> {
    let first = rate.ticks(segment.at, 1_000);
    let last = rate.ticks(segment.at + segment.length, 1_000);
    // The storyboard counts from the clip's beginning, of which a join may have taken some frames.
    let skipped = segment.facts.video.rate.ticks(segment.frames.start, 1_000);
    let lines = spoken(shot);
    let needs: Vec<u64> = lines.iter().map(|line| needed(&line.line)).collect();
    let fixed: Vec<Option<u64>> = lines
        .iter()
        .map(|line| {
            let at = u64::try_from(line.at?.as_millis()).unwrap_or(u64::MAX);
            let latest = last.saturating_sub(SHORTEST).max(first);
            Some(first.saturating_add(at.saturating_sub(skipped)).min(latest))
        })
        .collect();
    let mut times = Vec::with_capacity(lines.len());
    let mut free = first;
    let mut at = 0;
    while at < lines.len() {
        let run = fixed[at..].iter().take_while(|fixed| fixed.is_none()).count();
        let next = fixed.get(at + run).copied().flatten();
        times.extend(shared(&needs[at..at + run], free, next.unwrap_or(last).max(free)));
        at += run;
        if let Some(begin) = next {
            let following = fixed.get(at + 1).copied().flatten().filter(|following| *following > begin);
            let end = (begin + needs[at]).min(following.unwrap_or(last)).min(last).max(begin + 1);
            times.push((begin, end));
            free = end;
            at += 1;
        }
    }
    times
}

/// Shares the time from `begin` to `end` among lines that need so many milliseconds each.
fn shared(needs: &[u64], begin: u64, end: u64) -> Vec<(u64, u64)> {
    let room = end - begin;
    let total = needs.iter().sum::<u64>();
    let pause = room.saturating_sub(total) / (needs.len() as u64 + 1);
    let mut times = Vec::with_capacity(needs.len());
    let mut at = begin;
    for need in needs {
        let length = if total <= room { *need } else { need * room / total };
        let from = at + pause;
        times.push((from, (from + length).max(from + 1)));
        at = from + length;
    }
    times
}

/// Milliseconds that reading a line takes.
fn needed(line: &str) -> u64 {
    (width(&clean(line)) as u64 * 1_000 / COLUMNS_PER_SECOND).max(SHORTEST)
}

fn columns(lines: &[String]) -> u64 {
    lines.iter().map(|line| width(line) as u64).sum::<u64>().max(1)
}

/// Adds the line as one cue, or as several one after the other when it is longer than a picture holds.
fn split(spoken: &Spoken, from: u64, to: u64, cues: &mut Vec<Cue>) {
    let speaker = spoken.speaker.as_deref().map(clean).filter(|speaker| !speaker.is_empty());
    let lines = wrap::lines(&spoken.line);
    let total = columns(&lines);
    let mut before = 0;
    for shown in lines.chunks(wrap::LINES) {
        let begin = from + (to - from) * before / total;
        before += columns(shown);
        let end = (from + (to - from) * before.min(total) / total).max(begin + 1);
        cues.push(Cue { from: begin, to: end, speaker: speaker.clone(), lines: shown.to_vec() });
    }
}
