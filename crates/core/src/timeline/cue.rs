//! Spoken lines in film time: when each is shown, and how lines that are spoken at once share the picture.

use std::ops::Range;

use crate::language::LanguageTag;
use crate::units::Rate;

/// One or two lines of text, and when they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Milliseconds of the film at which it appears.
    pub from: u64,
    /// Milliseconds of the film at which it goes; after `from`.
    pub to: u64,
    /// Who speaks.
    pub speaker: Option<String>,
    /// The lines, on one line each and never empty.
    pub lines: Vec<String>,
}

/// The subtitles of a film in one language. No two cues are shown at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtitleTrack {
    /// The language, where the storyboard names it.
    pub language: Option<LanguageTag>,
    /// The cues.
    pub cues: Vec<Cue>,
}

/// Subtitles that are part of the film's file, not of files beside it. No two cues are shown at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subtitles {
    /// As tracks that a viewer can switch on and off, one for each language.
    Tracks(Vec<SubtitleTrack>),
    /// Painted into the picture.
    Burned(Vec<Cue>),
}

impl Cue {
    /// The frames of a film of `rate` that show it; empty where it is shorter than a frame.
    #[must_use]
    pub fn frames(&self, rate: Rate) -> Range<u64> {
        nearest_frame(self.from, rate)..nearest_frame(self.to, rate)
    }
}

fn nearest_frame(ms: u64, rate: Rate) -> u64 {
    let unit = 1_000 * u128::from(rate.den);
    u64::try_from((u128::from(ms) * u128::from(rate.num) + unit / 2) / unit).unwrap_or(u64::MAX)
}

/// The same words with never two cues at once: what is spoken together is shown together, the earlier above the later,
/// each with a dash where several people speak.
#[must_use]
pub fn apart(cues: &[Cue]) -> Vec<Cue> {
    let mut edges: Vec<u64> = cues.iter().flat_map(|cue| [cue.from, cue.to]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut all = Vec::new();
    let mut first = 0;
    for edge in edges.windows(2) {
        let from = edge[0];
        let to = edge[1];
        while cues.get(first).is_some_and(|cue| cue.to <= from) {
            first += 1;
        }
        let begun = cues[first..].iter().take_while(|cue| cue.from <= from);
        let shown: Vec<&Cue> = begun.filter(|cue| cue.to > from).collect();
        all.extend(together(&shown, from, to));
    }
    all
}

/// One cue for those that are shown from `from` to `to`.
fn together(shown: &[&Cue], from: u64, to: u64) -> Option<Cue> {
    let first = shown.first()?;
    let several = shown.iter().any(|cue| cue.speaker != first.speaker);
    let mut lines = Vec::new();
    for cue in shown {
        for (n, line) in cue.lines.iter().enumerate() {
            lines.push(if several && n == 0 { format!("– {line}") } else { line.clone() });
        }
    }
    let speaker = if several { None } else { first.speaker.clone() };
    Some(Cue { from, to, speaker, lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(from: u64, to: u64, speaker: &str, line: &str) -> Cue {
        Cue { from, to, speaker: Some(speaker.to_owned()), lines: vec![line.to_owned()] }
    }

    #[test]
    fn lines_spoken_at_once_are_shown_at_once() {
        let cues = [cue(0, 1000, "a", "One."), cue(500, 2000, "b", "Two."), cue(3000, 3500, "a", "Three.")];
        let shown: Vec<(u64, u64, String)> =
            apart(&cues).into_iter().map(|cue| (cue.from, cue.to, cue.lines.join("|"))).collect();
        let expected = [(0, 500, "One."), (500, 1000, "– One.|– Two."), (1000, 2000, "Two."), (3000, 3500, "Three.")];
        assert_eq!(shown, expected.map(|(from, to, text)| (from, to, text.to_owned())));
        // A long line under several short ones.
        let cues = [cue(0, 900, "a", "Long."), cue(0, 300, "a", "x"), cue(600, 700, "a", "y")];
        let texts: Vec<String> = apart(&cues).iter().map(|cue| cue.lines.join("|")).collect();
        assert_eq!(texts, ["Long.|x", "Long.", "Long.|y", "Long."]);
    }

    #[test]
    fn frames_are_the_nearest() {
        let ntsc = Rate { num: 24_000, den: 1001 };
        assert_eq!(cue(1500, 2500, "a", "x").frames(Rate::FILM), 36..60);
        assert_eq!(cue(1500, 2500, "a", "x").frames(ntsc), 36..60);
        assert!(cue(1000, 1010, "a", "x").frames(Rate::FILM).is_empty());
    }
}
