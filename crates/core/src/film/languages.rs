//! The languages in which a film is spoken and read.

use std::collections::HashSet;

use super::resolve::Resolver;
use super::{Film, Shot};
use crate::language::LanguageTag;
use crate::sanitize::count;
use crate::storyboard::{Line, Subtitles};
use crate::text::{Located, Problem, listed};

impl Resolver<'_> {
    /// A language by its tag.
    pub(super) fn language(&mut self, tag: &Located<String>) -> Option<LanguageTag> {
        match tag.value.parse() {
            Ok(language) => Some(language),
            Err(message) => {
                let problem = Problem::error("film::language", message).at(self.mark(tag.span), "not known");
                self.report(problem.help("write two or three letters of ISO 639, such as `en`, `ja` or `pt-BR`"));
                None
            }
        }
    }

    /// What is read of a line, by language.
    pub(super) fn subtitles_of(&mut self, line: &Line) -> Vec<(LanguageTag, String)> {
        let mut subtitles: Vec<(LanguageTag, String)> = Vec::new();
        for (tag, text) in line.subtitle.iter().flat_map(|subtitle| &subtitle.value.0) {
            let Some(language) = self.language(tag) else { continue };
            if subtitles.iter().any(|(other, _)| *other == language) {
                let message = format!("the line has two subtitles in `{language}`");
                self.report(Problem::error("film::language", message).at(self.mark(tag.span), "again"));
                continue;
            }
            subtitles.push((language, text.trim_end().to_owned()));
        }
        subtitles
    }

    /// The languages of a film's subtitles: those that are given, else those of its lines.
    pub(super) fn film_languages(&mut self, shots: &[Shot]) -> Vec<LanguageTag> {
        let given = self.board.film.as_ref().and_then(|film| film.languages.as_ref());
        let mut seen = HashSet::new();
        let mut languages = Vec::new();
        if let Some(given) = given {
            for tag in &given.value {
                languages.extend(self.language(tag).filter(|language| seen.insert(language.clone())));
            }
            return languages;
        }
        let lines = || shots.iter().filter(|shot| !shot.skip).flat_map(|shot| &shot.dialogue);
        let read = lines().flat_map(|line| line.subtitles.iter().map(|(language, _)| language));
        for language in read.chain(lines().filter_map(|line| line.language.as_ref())) {
            if seen.insert(language.clone()) {
                languages.push(language.clone());
            }
        }
        languages
    }

    /// Lines that some track of subtitles has no words for: one warning for each language.
    pub(super) fn check_languages(&mut self, film: &Film) {
        let has_subtitles = film.shown().iter().flat_map(|shot| &shot.dialogue).any(|line| !line.subtitles.is_empty());
        if film.subtitles == Subtitles::None && !has_subtitles {
            return;
        }
        for language in &film.languages {
            let lines = film.shown().iter().flat_map(|shot| shot.dialogue.iter().map(move |line| (shot, line)));
            let missing: Vec<_> = lines.filter(|(_, line)| line.read_in(Some(language)).is_none()).collect();
            let Some((_, first)) = missing.first() else { continue };
            let mut shots: Vec<&str> = missing.iter().map(|(shot, _)| shot.id.as_str()).collect();
            shots.dedup();
            let lines = count(missing.len(), "line");
            let verb = if missing.len() == 1 { "has" } else { "have" };
            let message = format!("{lines} {verb} no subtitle in `{language}`: {}", listed(shots.iter().copied(), 8));
            let problem = Problem::warning("film::subtitle_missing", message).at(first.span, "nothing is read here");
            let help =
                format!("add `subtitle: {{{language}: …}}`, or name the languages that are wanted in `film.languages`");
            self.problems.push(problem.help(help));
        }
    }
}
