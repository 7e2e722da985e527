//! `SubRip`: subtitles that every player reads.

use storyreel_core::film_timeline::cues;
use storyreel_core::timeline::cue::Cue;

use super::CutList;

/// The spoken lines of the film. Empty where there are none.
#[must_use]
pub fn write(reel: &CutList<'_>) -> String {
    let blocks = cues(reel.film, reel.timeline).into_iter().enumerate().map(|(at, Cue { from, to, lines, .. })| {
        let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
        format!("{}\n{} --> {}\n{}\n", at + 1, moment(from), moment(to), lines.join("\n"))
    });
    blocks.collect::<Vec<_>>().join("\n")
}

fn moment(ms: u64) -> String {
    format!("{:02}:{:02}:{:02},{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}

/// The format has no escapes: what players would take for a tag, an override or a time is written with a look-alike.
fn escaped(line: &str) -> String {
    let line = line.replace("-->", "→");
    let mut safe = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match c {
            '<' if next.is_alphanumeric() || matches!(next, '/' | '!' | '?') => safe.push('‹'),
            '{' => safe.push('('),
            '}' => safe.push(')'),
            _ => safe.push(c),
        }
    }
    safe
}
