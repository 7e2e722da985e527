//! Sounds that are laid over a film: narration, and sounds that belong to shots.

use std::time::Duration;

use super::inputs::SOUND;
use super::resolve::Resolver;
use super::takes::raise_out;
use super::{File, Film, MediaKind};
use crate::storyboard::{self, NarrationForm, NarrationPart, NarrationTrack, ShotSoundForm, ShotSoundTrack};
use crate::text::{Located, Problem, Span, closest};
use crate::units::{ShotId, spoken};

/// A sound file that is laid over the film.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundSpec {
    /// The file.
    pub file: File,
    /// Louder or softer, in decibels: -60 to 20.
    pub gain_db: f32,
    /// When it begins.
    pub start: SoundStart,
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

/// When a sound begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundStart {
    /// At a time of the film.
    Film(Duration),
    /// So many milliseconds after the film begins to show a shot; below zero, before.
    Shot {
        /// The shot.
        shot: ShotId,
        /// See above.
        offset: i64,
    },
    /// At a time of the clip of the shot that it belongs to.
    Clip(Duration),
}

/// What narration and sounds of shots have in common.
struct SoundKeys<'a> {
    /// For "… names no file".
    called: &'static str,
    file: Option<&'a Located<String>>,
    gain_db: Option<&'a Located<f64>>,
    in_: Option<&'a Located<f64>>,
    out: Option<&'a Located<f64>>,
    fade_in: Option<&'a Located<f64>>,
    fade_out: Option<&'a Located<f64>>,
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
    pub(super) fn narration(&mut self) -> Option<Vec<SoundSpec>> {
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
    fn narration_file(&mut self, file: &str, span: Span) -> Option<SoundSpec> {
        let file = Located { value: file.to_owned(), span };
        self.narration_part(&NarrationTrack { file: Some(file), ..NarrationTrack::default() }, span)
    }

    fn narration_part(&mut self, track: &NarrationTrack, span: Span) -> Option<SoundSpec> {
        let keys = SoundKeys {
            called: "a narration",
            file: track.file.as_ref(),
            gain_db: track.gain_db.as_ref(),
            in_: track.in_.as_ref(),
            out: track.out.as_ref(),
            fade_in: track.fade_in.as_ref(),
            fade_out: track.fade_out.as_ref(),
        };
        let start = self.narration_start(track);
        self.sound(&keys, start, span)
    }

    fn narration_start(&mut self, track: &NarrationTrack) -> Option<SoundStart> {
        let Some(name) = &track.shot else {
            if let Some(offset) = &track.offset {
                let problem = Problem::error("film::sound_start", "`offset` counts from the beginning of a shot");
                self.report(problem.at(offset.span, "of which shot?").help("add `shot: …`, or use `at`"));
                return None;
            }
            return self.optional_length(track.at.as_ref()).ok().map(|at| SoundStart::Film(at.unwrap_or_default()));
        };
        if let Some(at) = &track.at {
            let problem = Problem::error("film::sound_start", "a narration begins at a time or with a shot, not both");
            let problem = problem.at(at.span, "a time of the film").at(name.span, "a shot");
            self.report(problem.help("write `offset` for a time after the shot's beginning"));
            return None;
        }
        let Some(shot) = name.parse::<ShotId>().ok().filter(|id| self.index.contains_key(id)) else {
            let problem = Problem::error("film::unknown_shot", format_args!("there is no shot `{}`", **name));
            let near = closest(name, self.index.keys().map(ShotId::as_str));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            self.report(Problem { help, ..problem.at(name.span, "not a shot") });
            return None;
        };
        let offset = track.offset.as_ref().map_or(0.0, |offset| offset.value);
        if !(-60.0..=3_600.0).contains(&offset) {
            let problem = Problem::error("film::sound_start", "an offset is -60 to 3600 seconds");
            self.report(problem.at(place_of(track.offset.as_ref()), "out of range"));
            return None;
        }
        Some(SoundStart::Shot { shot, offset: (offset * 1_000.0).round() as i64 })
    }

    /// The sounds of a shot, of which the film shows so much.
    pub(super) fn shot_sounds(
        &mut self,
        shot: &storyboard::Shot,
        shown: (Duration, Duration),
    ) -> Option<Vec<SoundSpec>> {
        let mut specs = Vec::new();
        for form in shot.sounds.iter().flat_map(|sounds| &sounds.value) {
            let spec = match &form.value {
                ShotSoundForm::File(file) => {
                    let file = Located { value: file.clone(), span: form.span };
                    let track = ShotSoundTrack { file: Some(file), ..ShotSoundTrack::default() };
                    self.shot_sound(&track, form.span)
                }
                ShotSoundForm::Full(track) => self.shot_sound(track, form.span),
            };
            if let Some(spec) = &spec {
                self.check_shot_sound(spec, shown);
            }
            specs.push(spec);
        }
        specs.into_iter().collect()
    }

    fn shot_sound(&mut self, track: &ShotSoundTrack, span: Span) -> Option<SoundSpec> {
        let keys = SoundKeys {
            called: "a sound",
            file: track.file.as_ref(),
            gain_db: track.gain_db.as_ref(),
            in_: track.in_.as_ref(),
            out: track.out.as_ref(),
            fade_in: track.fade_in.as_ref(),
            fade_out: track.fade_out.as_ref(),
        };
        let at = self.optional_length(track.at.as_ref()).ok();
        self.sound(&keys, at.map(|at| SoundStart::Clip(at.unwrap_or_default())), span)
    }

    /// A sound that falls outside of what the film shows of its shot.
    fn check_shot_sound(&mut self, spec: &SoundSpec, (from, to): (Duration, Duration)) {
        let SoundStart::Clip(at) = spec.start else { return };
        let end = spec.to.map(|end| at + end.saturating_sub(spec.from));
        let message = if at >= to {
            format!("the sound begins at {}, and the film leaves the shot at {}", spoken(at), spoken(to))
        } else if end.is_some_and(|end| end <= from) {
            format!("the sound is over when the film comes to the shot, at {} of its clip", spoken(from))
        } else {
            return;
        };
        let problem = Problem::warning("film::sound_unheard", message).at(self.mark(spec.span), "never heard");
        self.report(problem.help("give another `at`, or show more of the shot"));
    }

    fn sound(&mut self, keys: &SoundKeys<'_>, start: Option<SoundStart>, span: Span) -> Option<SoundSpec> {
        let Some(file) = keys.file else {
            let problem = Problem::error("film::narration", format_args!("{} names no file", keys.called));
            self.report(problem.at(self.mark(span), "no `file`").help("add `file: …`"));
            return None;
        };
        let found = self.local_file(file, SOUND);
        let gain = keys.gain_db.map_or(0.0, |gain| gain.value);
        if !(-60.0..=20.0).contains(&gain) {
            let message = format!("the gain of {} is -60 to 20 dB", keys.called);
            let place = place_of(keys.gain_db);
            self.report(Problem::error("film::narration", message).at(place, "out of range"));
        }
        let fade_in = self.optional_length(keys.fade_in).ok();
        let fade_out = self.optional_length(keys.fade_out).ok();
        let from = self.optional_length(keys.in_).ok()?.unwrap_or_default();
        let to = self.optional_length(keys.out).ok()?;
        let (file, kind) = found?;
        let whole = match kind {
            MediaKind::Audio(length) => length,
            _ => None,
        };
        self.check_part(keys, &file, &FilePart { from, to, whole })?;
        Some(SoundSpec {
            gain_db: gain as f32,
            start: start?,
            from,
            to: to.or(whole),
            fade_in: fade_in?.unwrap_or_default(),
            fade_out: fade_out?.unwrap_or_default(),
            span: self.mark(span),
            file,
        })
    }

    /// Whether the file has the part that is asked for.
    fn check_part(&mut self, keys: &SoundKeys<'_>, file: &File, part: &FilePart) -> Option<()> {
        let FilePart { from, to, whole } = *part;
        if let Some(end) = to.filter(|to| *to <= from) {
            let called = keys.called.trim_start_matches("a ");
            let message = format!("the {called} would end at {}, before it begins", spoken(end));
            let problem = Problem::error("film::in_out", message).at(place_of(keys.out), "`out` must be above `in`");
            self.report(problem.help(raise_out(from)));
            return None;
        }
        if let Some(whole) = whole.filter(|whole| from >= *whole) {
            let message = format!("`{}` ends at {}, so {} is too late", file.path, spoken(whole), spoken(from));
            let problem = Problem::error("film::in_out", message).at(place_of(keys.in_), "nothing is left");
            self.report(problem);
            return None;
        }
        Some(())
    }

    /// Narration that the film is too short for, or whose shot it leaves out.
    pub(super) fn check_narration(&mut self, film: &Film) {
        let length = film.length();
        for part in &film.narration {
            let Some(at) = narration_time(film, part) else {
                let SoundStart::Shot { shot, .. } = &part.start else { continue };
                let message = format!("a narration belongs to `{shot}`, which this film leaves out");
                self.problems.push(Problem::warning("film::sound_unheard", message).at(part.span, "never heard"));
                continue;
            };
            if at >= length {
                let message = format!("a narration begins at {} in a film of {}", spoken(at), spoken(length));
                let problem = Problem::warning("film::narration_long", message).at(part.span, "never heard");
                self.problems.push(problem.help("begin it earlier"));
                continue;
            }
            let end = part.to.map(|to| at + to.saturating_sub(part.from));
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

/// When a narration begins, by the lengths that are asked for; `None` where the film leaves out its shot.
fn narration_time(film: &Film, part: &SoundSpec) -> Option<Duration> {
    match &part.start {
        SoundStart::Film(at) | SoundStart::Clip(at) => Some(*at),
        SoundStart::Shot { shot, offset } => {
            let place = film.shown().iter().position(|shown| shown.id == *shot)?;
            let start = i64::try_from(film.starts()[place].as_millis()).unwrap_or(i64::MAX);
            Some(Duration::from_millis(start.saturating_add(*offset).max(0).cast_unsigned()))
        }
    }
}
