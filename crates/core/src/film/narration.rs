//! Spoken words over a film, as the storyboard asks for them.

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
    /// Where in the file it ends: as asked for, else the file's end where its length could be measured.
    pub to: Option<Duration>,
    /// Length of the fade at its beginning.
    pub fade_in: Duration,
    /// Length of the fade at its end.
    pub fade_out: Duration,
    /// Where it stands in the storyboard.
    pub span: Span,
}

/// The part of a file that is asked for, and the length of the whole file where it is known.
struct FilePart {
    from: Duration,
    to: Option<Duration>,
    whole: Option<Duration>,
}

fn place_of(value: Option<&Located<f64>>) -> Span {
    value.map_or(Span::default(), |value| value.span)
}

impl Resolver<'_> {
    pub(super) fn narration(&mut self) -> Option<Vec<NarrationSpec>> {
        let Some(narration) = self.board.film.as_ref().and_then(|film| film.narration.as_ref()) else {
            return Some(Vec::new());
        };
        // Every part is checked, so that every mistake is reported.
        let mut specs = Vec::new();
        match &narration.value {
            NarrationForm::File(file) => specs.push(self.narration_file(file, narration.span)),
            NarrationForm::Full(track) => specs.push(self.narration_part(track, narration.span)),
            NarrationForm::Parts(parts) => {
                for part in parts {
                    specs.push(match &part.value {
                        NarrationPart::File(file) => self.narration_file(file, part.span),
                        NarrationPart::Full(track) => self.narration_part(track, part.span),
                    });
                }
            }
        }
        specs.into_iter().collect()
    }

    /// A narration that is given by its file alone.
    fn narration_file(&mut self, file: &str, span: Span) -> Option<NarrationSpec> {
        let file = Located { value: file.to_owned(), span };
        self.narration_part(&NarrationTrack { file: Some(file), ..NarrationTrack::default() }, span)
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
        let fade_in = self.optional_length(track.fade_in.as_ref()).ok();
        let fade_out = self.optional_length(track.fade_out.as_ref()).ok();
        let at = self.optional_length(track.at.as_ref()).ok();
        let from = self.optional_length(track.in_.as_ref()).ok()?.unwrap_or_default();
        let to = self.optional_length(track.out.as_ref()).ok()?;
        let (file, kind) = found?;
        let whole = match kind {
            MediaKind::Audio(length) => length,
            _ => None,
        };
        self.check_part(track, &file, &FilePart { from, to, whole })?;
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
    fn check_part(&mut self, track: &NarrationTrack, file: &File, part: &FilePart) -> Option<()> {
        let FilePart { from, to, whole } = *part;
        if let Some(end) = to.filter(|to| *to <= from) {
            let message = format!("the narration would end at {}, before it begins", spoken(end));
            let problem =
                Problem::error("film::in_out", message).at(place_of(track.out.as_ref()), "`out` must be above `in`");
            self.report(problem);
            return None;
        }
        if let Some(whole) = whole.filter(|whole| from >= *whole) {
            let message = format!("`{}` ends at {}, so {} is too late", file.path, spoken(whole), spoken(from));
            let problem = Problem::error("film::in_out", message).at(place_of(track.in_.as_ref()), "nothing is left");
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
