//! When every spoken line is shown.

use std::time::Duration;

use crate::film::{Film, Shot, Spoken};
use crate::language::LanguageTag;
use crate::sanitize::{clean, width};
use crate::timeline::cue::Cue;
use crate::timeline::{Segment, Timeline};
use crate::units::Rate;

use super::wrap;

/// Columns that a viewer reads in a second, where no language is named: a little slower than the 17 to 20 letters that streaming
/// services allow.
const COLUMNS_PER_SECOND: u64 = 15;

/// The shortest time for which a line is worth showing, in milliseconds.
const SHORTEST: u64 = 1_000;

/// The cues of what is spoken in a film, in the order in which they appear, each of at most two lines of at most 42 columns.
///
/// A line with `at` begins there, or a second before the end of its shot if that is earlier. Lines without share what time there is between their neighbours: each has the time
/// that reading takes, with equal pauses around; where time is short, all are shorter alike. No line outlives its shot.
#[must_use]
pub fn cues(film: &Film, timeline: &Timeline) -> Vec<Cue> {
    cues_in(film, timeline, None)
}

/// The same for what is read in a language.
#[must_use]
pub fn cues_in(film: &Film, timeline: &Timeline, language: Option<&LanguageTag>) -> Vec<Cue> {
    let mut cues = Vec::new();
    for (shot, segment) in film.shown().iter().zip(&timeline.segments) {
        let window = ShownTime::of(segment, timeline.rate);
        for line in timed_lines(shot, window, language) {
            split(&line, &mut cues);
        }
    }
    // Lines of one shot may be given out of order, and transitions overlap two shots.
    cues.sort_by_key(|cue| cue.from);
    cues
}

/// A line that is shown longer or shorter than reading it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingSpeed<'a> {
    /// The line.
    pub line: &'a Spoken,
    /// The language in which it is read.
    pub language: &'a LanguageTag,
    /// Characters that are shown in a second.
    pub speed: f64,
}

/// The subtitles that nobody can read, by the lengths that are asked for: those that are shown faster than their language is
/// read. A tenth more is not worth a word.
#[must_use]
pub fn too_fast(film: &Film) -> Vec<ReadingSpeed<'_>> {
    let mut found = Vec::new();
    for shot in film.shown() {
        let length = u64::try_from(shot.shown_length().as_millis()).unwrap_or(u64::MAX);
        let skipped = u64::try_from(shot.trim.from.as_millis()).unwrap_or(u64::MAX);
        let window = ShownTime { first: 0, last: length, skipped };
        for language in &film.languages {
            for TimedLine { spoken, words, from, to } in timed_lines(shot, window, Some(language)) {
                let halves = language.half_characters(&clean(words));
                let speed = halves as f64 * 500.0 / to.saturating_sub(from).max(1) as f64;
                if speed > language.characters_per_second() as f64 * 1.1 {
                    found.push(ReadingSpeed { line: spoken, language, speed });
                }
            }
        }
    }
    found
}

/// What the film shows of a shot, in milliseconds.
#[derive(Clone, Copy)]
struct ShownTime {
    first: u64,
    last: u64,
    /// What it leaves out at the beginning of the clip, from which the storyboard counts.
    skipped: u64,
}

impl ShownTime {
    fn of(segment: &Segment, rate: Rate) -> Self {
        Self {
            first: rate.ticks(segment.at, 1_000),
            last: rate.ticks(segment.at + segment.length, 1_000),
            skipped: segment.facts.video.rate.ticks(segment.frames.start, 1_000),
        }
    }
}

/// A line with the words that are read, and when it begins and ends in milliseconds.
struct TimedLine<'a> {
    spoken: &'a Spoken,
    words: &'a str,
    from: u64,
    to: u64,
}

/// The lines of a shot that have words in a language, of which some are heard in the part that the film shows.
fn lines_in<'a>(shot: &'a Shot, language: Option<&LanguageTag>) -> Vec<(&'a Spoken, &'a str)> {
    let mut lines = Vec::new();
    for spoken in &shot.dialogue {
        let Some(words) = spoken.read_in(language) else { continue };
        let is_over = spoken.at.is_some_and(|at| at + Duration::from_millis(needed(words, language)) <= shot.trim.from);
        let is_late = spoken.at.zip(shot.trim.to).is_some_and(|(at, to)| at >= to);
        if !clean(words).is_empty() && !is_over && !is_late {
            lines.push((spoken, words));
        }
    }
    lines
}

/// When each line of a shot is spoken in its clip, in milliseconds from the beginning of that: when it is read where the film
/// shows the whole clip.
#[must_use]
pub fn spoken_times(shot: &Shot) -> Vec<u64> {
    let length = u64::try_from(shot.length.as_millis()).unwrap_or(u64::MAX);
    let lines = shot.dialogue.iter().map(|spoken| (spoken, spoken.line.as_str())).collect();
    let timed = timed(lines, ShownTime { first: 0, last: length, skipped: 0 }, None);
    timed.into_iter().map(|line| line.from).collect()
}

fn timed_lines<'a>(shot: &'a Shot, window: ShownTime, language: Option<&LanguageTag>) -> Vec<TimedLine<'a>> {
    timed(lines_in(shot, language), window, language)
}

fn timed<'a>(
    lines: Vec<(&'a Spoken, &'a str)>,
    window: ShownTime,
    language: Option<&LanguageTag>,
) -> Vec<TimedLine<'a>> {
    let ShownTime { first, last, skipped } = window;
    let needs: Vec<u64> = lines.iter().map(|(_, words)| needed(words, language)).collect();
    let fixed: Vec<Option<u64>> = lines
        .iter()
        .map(|(spoken, _)| {
            let at = u64::try_from(spoken.at?.as_millis()).unwrap_or(u64::MAX);
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
    let timed = lines.into_iter().zip(times);
    timed.map(|((spoken, words), (from, to))| TimedLine { spoken, words, from, to }).collect()
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
fn needed(words: &str, language: Option<&LanguageTag>) -> u64 {
    let words = clean(words);
    let time = match language {
        Some(language) => language.half_characters(&words) * 500 / language.characters_per_second(),
        None => width(&words) as u64 * 1_000 / COLUMNS_PER_SECOND,
    };
    time.max(SHORTEST)
}

fn columns(lines: &[String]) -> u64 {
    lines.iter().map(|line| width(line) as u64).sum::<u64>().max(1)
}

/// Adds the line as one cue, or as several one after the other when it is longer than a picture holds.
fn split(line: &TimedLine<'_>, cues: &mut Vec<Cue>) {
    let TimedLine { spoken, words, from, to } = *line;
    let speaker = spoken.speaker.as_deref().map(clean).filter(|speaker| !speaker.is_empty());
    let lines = wrap::lines(words);
    let total = columns(&lines);
    let mut before = 0;
    for shown in lines.chunks(wrap::LINES) {
        let begin = from + (to - from) * before / total;
        before += columns(shown);
        let end = (from + (to - from) * before.min(total) / total).max(begin + 1);
        cues.push(Cue { from: begin, to: end, speaker: speaker.clone(), lines: shown.to_vec() });
    }
}
