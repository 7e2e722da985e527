//! Subtitles that are shown faster than anybody reads.

use std::collections::BTreeMap;

use storyreel_core::film::Film;
use storyreel_core::film_timeline::{ReadingSpeed, too_fast};
use storyreel_core::sanitize::count;
use storyreel_core::text::Problem;

/// Lines that are pointed at for each language; more are counted.
const SHOWN: usize = 3;

/// A warning for each language with the subtitles that are too fast in it.
pub(super) fn fast_subtitles(film: &Film) -> Vec<Problem> {
    let mut by_language: BTreeMap<String, Vec<ReadingSpeed<'_>>> = BTreeMap::new();
    for fast in too_fast(film) {
        by_language.entry(fast.language.to_string()).or_default().push(fast);
    }
    let mut problems = Vec::new();
    for (language, fast) in by_language {
        let Some(first) = fast.first() else { continue };
        let limit = first.language.characters_per_second();
        let lines = count(fast.len(), "subtitle");
        let verb = if fast.len() == 1 { "is" } else { "are" };
        let message =
            format!("{lines} in `{language}` {verb} too fast to read: {limit} characters a second are the most");
        let mut problem = Problem::warning("film::reading_speed", message);
        for ReadingSpeed { line, speed, .. } in fast.iter().take(SHOWN) {
            problem = problem.at(line.span, format_args!("{speed:.0} a second"));
        }
        problems
            .push(problem.help("shorten the subtitle, or give it more time: a longer shot, or lines further apart"));
    }
    problems
}
