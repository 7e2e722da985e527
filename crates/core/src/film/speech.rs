//! Words that take longer than the time they have.

use std::time::Duration;

use super::ability::is_auto;
use super::resolve::Resolver;
use super::settings::setting;
use super::{CardSpec, Make, Spoken};
use crate::sanitize::{count, width};
use crate::storyboard;
use crate::text::{Problem, Span};
use crate::units::spoken;

/// How long words take.
#[derive(Clone, Copy)]
struct WordPace {
    /// What a word takes.
    word: Duration,
    /// What a letter of a script without spaces takes, such as a Chinese one.
    wide_letter: Duration,
}

/// Words that are spoken calmly: two and a half a second.
const SPOKEN: WordPace = WordPace { word: Duration::from_millis(400), wide_letter: Duration::from_millis(200) };

/// Words that are read on a card: three a second, as where a screenplay is imported.
const READ: WordPace = WordPace { word: Duration::from_millis(333), wide_letter: Duration::from_millis(167) };

/// By how much words may be too long before it is worth saying.
const GRACE: Duration = Duration::from_millis(500);

/// Words as they are spoken or read.
#[derive(Clone, Copy, Default)]
struct SpeechLength {
    words: usize,
    time: Duration,
}

impl SpeechLength {
    fn of(text: &str, pace: WordPace) -> Self {
        let mut length = Self::default();
        for word in text.split_whitespace() {
            let wide = word.chars().filter(|c| c.is_alphanumeric() && width(c.encode_utf8(&mut [0; 4])) > 1).count();
            if wide > 0 {
                length.words += wide.div_ceil(2);
                length.time += pace.wide_letter * u32::try_from(wide).unwrap_or(u32::MAX);
            } else if word.contains(char::is_alphanumeric) {
                length.words += 1;
                length.time += pace.word;
            }
        }
        length
    }
}

impl Resolver<'_> {
    /// Lines that cannot be spoken, and cards that cannot be read, in the time of their shot.
    pub(super) fn check_speech(&mut self, raw: &storyboard::Shot, dialogue: &[Spoken], make: &Make, length: Duration) {
        // A model that chooses the length itself is told the lines.
        let is_open = setting!(self.layers, raw, duration).is_some_and(|duration| is_auto(duration.value));
        if !(is_open && matches!(make, Make::Prompt(_))) {
            self.check_spoken(raw, dialogue, length);
        }
        if let (Make::Card(spec), Some(card)) = (make, &raw.card) {
            self.check_card(spec, card.span, length);
        }
    }

    fn check_spoken(&mut self, raw: &storyboard::Shot, dialogue: &[Spoken], length: Duration) {
        let mut words = 0;
        let mut free = Duration::ZERO;
        let mut end = Duration::ZERO;
        let mut late = None;
        for (said, line) in dialogue.iter().zip(raw.dialogue.iter().flat_map(|lines| &lines.value)) {
            let speech = SpeechLength::of(&said.line, SPOKEN);
            let begin = said.at.unwrap_or(free);
            // A line that begins after the end is told by itself.
            if begin >= length && said.at.is_some() {
                continue;
            }
            words += speech.words;
            free = begin + speech.time;
            end = end.max(free);
            if free > length + GRACE && late.is_none() {
                late = Some(line.line.as_ref().map_or(line.span, |line| line.span));
            }
        }
        let Some(span) = late else { return };
        let message = format!(
            "the dialogue needs about {} ({} at 2.5 a second), and the shot has {}",
            spoken(rounded(end)),
            count(words, "word"),
            spoken(length)
        );
        let problem = Problem::warning("film::speech_long", message).at(self.mark(span), "goes on after the end");
        self.report(problem.help(format_args!(
            "make the shot {} long, shorten the dialogue, or share it among several shots",
            spoken(rounded(end))
        )));
    }

    fn check_card(&mut self, card: &CardSpec, span: Span, length: Duration) {
        let mut time = Duration::ZERO;
        let mut read = 0;
        for words in card.words() {
            let part = SpeechLength::of(words, READ);
            time += part.time;
            read += part.words;
        }
        if time <= length + GRACE {
            return;
        }
        let needed = spoken(rounded(time));
        let words = count(read, "word");
        let message =
            format!("the card needs about {needed} ({words} at 3 a second), and the shot has {}", spoken(length));
        let problem = Problem::warning("film::card_long", message).at(self.mark(span), "gone before it is read");
        self.report(problem.help(format_args!("make the shot {needed} long, or use fewer words")));
    }
}

/// The length in whole seconds, never less than it is.
fn rounded(time: Duration) -> Duration {
    Duration::from_secs(u64::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(text: &str) -> (usize, u128) {
        let SpeechLength { words, time } = SpeechLength::of(text, SPOKEN);
        (words, time.as_millis())
    }

    #[test]
    fn words_are_counted_as_they_are_spoken() {
        assert_eq!(length("One more night."), (3, 1_200));
        assert_eq!(length(" \u{2013} Well \u{2026} no! "), (2, 800));
        assert_eq!(length("再见，我的朋友。"), (3, 1_200));
        assert_eq!(length("もう一晩だけ。"), (3, 1_200));
        assert_eq!(length(""), (0, 0));
    }
}
