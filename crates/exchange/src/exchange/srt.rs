//! `SubRip`: subtitles that every player reads.

use storyreel_core::film_timeline::cues_in;
use storyreel_core::language::LanguageTag;
use storyreel_core::timeline::cue::Cue;

use super::CutList;

/// What is read of the film in a language, or of one that names none. Empty where nobody speaks.
#[must_use]
pub fn write(reel: &CutList<'_>, language: Option<&LanguageTag>) -> String {
    let blocks =
        cues_in(reel.film, reel.timeline, language).into_iter().enumerate().map(|(at, Cue { from, to, lines, .. })| {
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
