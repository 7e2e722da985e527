//! Spoken words over a film, as the storyboard wishes them.

use std::time::Duration;

use super::inputs::SOUND;
use super::resolve::Resolver;
use super::{File, Film, MediaKind};
use crate::storyboard::{NarrationForm, NarrationPart, NarrationTrack};
use crate::text::{Located, Problem, Span};
use crate::units::spoken;

/// A part of the narration.
#[derive(Debug, Clone, PartialEq)]
pub struct NarrationSpec {
    /// The file.
    pub file: File,
    /// Louder or softer, in decibels: -60 to 20.
    pub gain_db: f32,
    /// When in the film it begins.
    pub at: Duration,
    /// Where in the file it begins.
    pub from: Duration,
    /// Where in the file it ends: as wished, else the file's end where its length could be measured.
    pub to: Option<Duration>,
    /// Length of the fade at its beginning.
    pub fade_in: Duration,
    /// Length of the fade at its end.
    pub fade_out: Duration,
    /// Where it stands in the storyboard.
    pub span: Span,
}

impl Resolver<'_> {
    pub(super) fn narration(&mut self) -> Option<Vec<NarrationSpec>> {
        let Some(narration) = self.board.film.as_ref().and_then(|film| film.narration.as_ref()) else {
            return Some(Vec::new());
        };
        let full = |part: &NarrationPart, span: Span| match part {
            NarrationPart::File(file) => NarrationTrack { file: Some(named(file, span)), ..NarrationTrack::default() },
            NarrationPart::Full(track) => (**track).clone(),
        };
        let parts: Vec<(NarrationTrack, Span)> = match &narration.value {
            NarrationForm::File(file) => {
                let file = Some(named(file, narration.span));
                vec![(NarrationTrack { file, ..NarrationTrack::default() }, narration.span)]
            }
            NarrationForm::Full(track) => vec![((**track).clone(), narration.span)],
            NarrationForm::Parts(parts) => parts.iter().map(|part| (full(&part.value, part.span), part.span)).collect(),
        };
        // Every part is looked at, so that every mistake is told.
        let wishes: Vec<Option<NarrationSpec>> =
            parts.iter().map(|(track, span)| self.narration_part(track, *span)).collect();
        wishes.into_iter().collect()
    }

    fn narration_part(&mut self, track: &NarrationTrack, span: Span) -> Option<NarrationSpec> {
        let Some(file) = &track.file else {
            let problem = Problem::error("film::narration", "a narration names no file");
            self.report(problem.at(self.mark(span), "no `file`").help("add `file: …`"));
            return None;
        };
        let found = self.local_file(file, SOUND);
        let gain = track.gain_db.as_ref().map_or(0.0, |gain| gain.value);
        if !(-60.0..=20.0).contains(&gain) {
            let place = track.gain_db.as_ref().map_or(span, |gain| gain.span);
            let problem = Problem::error("film::narration", "the gain of a narration is -60 to 20 dB");
            self.report(problem.at(place, "out of range"));
        }
        let mut length = |value: &Option<Located<f64>>| match value {
            None => Some(None),
            Some(value) => self.length(value.value, value.span, 0.0).map(Some),
        };
        let fade_in = length(&track.fade_in);
        let fade_out = length(&track.fade_out);
        let at = length(&track.at);
        let from = length(&track.in_)?.unwrap_or_default();
        let to = length(&track.out)?;
        let (file, kind) = found?;
        let whole = match kind {
            MediaKind::Audio(length) => length,
            _ => None,
        };
        self.check_part(track, &file, (from, to, whole))?;
        Some(NarrationSpec {
            gain_db: gain as f32,
            at: at?.unwrap_or_default(),
            from,
            to: to.or(whole),
            fade_in: fade_in?.unwrap_or_default(),
            fade_out: fade_out?.unwrap_or_default(),
            span: self.mark(span),
            file,
        })
    }

    /// Whether the file has the part that is asked for.
    fn check_part(
        &mut self,
        track: &NarrationTrack,
        file: &File,
        (from, to, whole): (Duration, Option<Duration>, Option<Duration>),
    ) -> Option<()> {
        let place = |value: &Option<Located<f64>>| value.as_ref().map_or(Span::default(), |value| value.span);
        if let Some(end) = to.filter(|to| *to <= from) {
            let message = format!("the narration would end at {}, before it begins", spoken(end));
            let problem = Problem::error("film::in_out", message).at(place(&track.out), "`out` must be above `in`");
            self.report(problem);
            return None;
        }
        if let Some(whole) = whole.filter(|whole| from >= *whole) {
            let message = format!("`{}` ends at {}, so {} is too late", file.path, spoken(whole), spoken(from));
            let problem = Problem::error("film::in_out", message).at(place(&track.in_), "nothing is left");
            self.report(problem);
            return None;
        }
        Some(())
    }

    /// Narration that the film is too short for.
    pub(super) fn check_narration(&mut self, film: &Film) {
        let length = film.length();
        for part in &film.narration {
            if part.at >= length {
                let message = format!("a narration begins at {} in a film of {}", spoken(part.at), spoken(length));
                let problem = Problem::warning("film::narration_long", message).at(part.span, "never heard");
                self.problems.push(problem.help("begin it earlier"));
                continue;
            }
            let end = part.to.map(|to| part.at + to.saturating_sub(part.from));
            // A tenth of a second is the silence that most recordings end with.
            if let Some(late) = end.map(|end| end.saturating_sub(length)).filter(|late| late.as_millis() > 100) {
                let late = spoken(Duration::from_millis((late.as_millis() as u64 + 50) / 100 * 100));
                let message = format!("the film ends {late} before this narration does");
                let problem = Problem::warning("film::narration_long", message).at(part.span, "its end is cut off");
                self.problems.push(problem.help("make the last shot longer, or begin the narration earlier"));
            }
        }
    }
}

fn named(file: &str, span: Span) -> Located<String> {
    Located { value: file.to_owned(), span }
}
