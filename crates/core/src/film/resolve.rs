//! Storyboard to film, in one pass that reports every problem.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use super::ability::is_auto;
use super::arrangement::Arrangement;
use super::prompt::{NoVoice, PromptText};
use super::settings::{Layers, Overrides, setting};
use super::shape::follow_shapes;
use super::{Film, Given, Inventory, JoinSpec, Link, Make, PlacedText, Shot, Spoken, Viewers, VoiceRange};
use crate::index::ShotIndex;
use crate::source_file::SourceFile;
use crate::storyboard::{self, Chapters, Storyboard, Subtitles, Transition, TransitionKind};
use crate::text::{Located, Problem, Severity, Span, listed};
use crate::units::{Rate, ShotId, Size, spoken};

/// A film with the dependencies of its shots, if it can be made, and all that is to be said about it.
#[derive(Debug)]
pub struct CheckedFilm {
    /// The film; `None` when any problem is an error. Its shots may still wait for each other: see `graph::build`.
    pub film: Option<Film>,
    /// Which shot needs what of which, with the place that says so, by the order of the storyboard.
    pub links: Vec<Link>,
    /// The same by the order of the film, without shots that are left out.
    pub film_links: Vec<Link>,
    /// Errors, warnings and advice.
    pub problems: Vec<Problem>,
}

/// Resolves a storyboard whose shape problems are `found` already.
#[must_use]
pub fn resolve(
    board: &Storyboard,
    source: &Arc<SourceFile>,
    overrides: &Overrides,
    inventory: &Inventory,
    found: Vec<Problem>,
) -> CheckedFilm {
    let mut resolver = Resolver::new(board, source, overrides, inventory, found);
    let film = resolver.film(source);
    let links = resolver.links;
    let film_links = resolver.film_links;
    let problems = resolver.problems;
    let broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    CheckedFilm { film: film.filter(|_| !broken), links, film_links, problems }
}

/// The pixels and rate of a film, and which of the two the storyboard sets.
pub(super) struct Canvas {
    pub(super) size: Size,
    pub(super) rate: Rate,
    pub(super) given: Given,
}

pub(super) struct Resolver<'a> {
    pub(super) board: &'a Storyboard,
    pub(super) source: &'a SourceFile,
    text: &'a str,
    pub(super) overrides: &'a Overrides,
    pub(super) inventory: &'a Inventory,
    pub(super) layers: Layers<'a>,
    pub(super) words: PromptText<'a>,
    pub(super) index: HashMap<ShotId, ShotIndex>,
    pub(super) links: Vec<Link>,
    film_links: Vec<Link>,
    pub(super) problems: Vec<Problem>,
    reported: HashSet<(&'static str, Span)>,
    /// Whether the model of the shot at hand takes files beyond the limits of Seedance.
    pub(super) sends_any_file: bool,
    /// Members of the cast whose pictures shots with frames could not take, and where those shots are.
    pub(super) without_pictures: BTreeMap<usize, Vec<Span>>,
    /// Voices of the cast that are not sent with shots in which they speak.
    pub(super) unsent_voices: BTreeMap<(usize, NoVoice), Vec<Span>>,
    /// The numbers of the shots.
    numbers: Vec<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        board: &'a Storyboard,
        source: &'a SourceFile,
        overrides: &'a Overrides,
        inventory: &'a Inventory,
        mut found: Vec<Problem>,
    ) -> Self {
        let layers = Layers::of(board, overrides, &mut found);
        Self {
            board,
            source,
            text: &source.text,
            overrides,
            inventory,
            layers,
            words: PromptText::of(board, &source.text),
            index: HashMap::new(),
            links: Vec::new(),
            film_links: Vec::new(),
            problems: found,
            reported: HashSet::new(),
            sends_any_file: false,
            without_pictures: BTreeMap::new(),
            unsent_voices: BTreeMap::new(),
            numbers: Vec::new(),
        }
    }

    /// Notes a problem; a default that is wrong for 100 shots is reported once.
    pub(super) fn report(&mut self, problem: Problem) {
        let key = problem.labels.first().map(|(span, _)| (problem.code, *span));
        if key.is_none_or(|key| self.reported.insert(key)) {
            self.problems.push(problem);
        }
    }

    /// The first line of a place: what is pointed at when the value is long.
    pub(super) fn mark(&self, span: Span) -> Span {
        span.first_line(self.text)
    }

    /// A text with its place.
    pub(super) fn placed(&self, text: &Located<String>) -> PlacedText {
        PlacedText { text: text.value.clone(), span: text.span, place: self.source.place(text.span) }
    }

    pub(super) fn shot_span(&self, index: ShotIndex) -> Span {
        let shots = self.board.shots.as_ref().map_or(&[][..], |shots| &shots.value);
        shots.get(index.0).map_or(Span::default(), |shot| match &shot.id {
            Some(id) => id.span,
            None => self.mark(shot.span),
        })
    }

    /// All that stands between the beginning of the shot and that of the next.
    pub(super) fn block(&self, index: ShotIndex) -> Span {
        let shots = self.board.shots.as_ref().map_or(&[][..], |shots| &shots.value);
        let start = shots.get(index.0).map_or(0, |shot| shot.span.start as usize);
        let next = shots.get(index.0 + 1).map_or(self.text.len(), |next| next.span.start as usize);
        // The next shot may stand in another file.
        let file = self.source.file_at(Span::new(start, start));
        let end = if next < start { self.text.len() } else { next };
        Span::new(start, end.min(file.start + file.text.len()))
    }

    /// Whether something in the block could not be read, so that what seems to be missing may be there.
    fn misshapen(&self, block: Span) -> bool {
        for problem in &self.problems {
            let is_misread = matches!(problem.code, "storyboard::wrong_type" | "storyboard::unknown_key");
            if let Some((span, _)) = problem.labels.first()
                && is_misread
                && (block.start..block.end).contains(&span.start)
            {
                return true;
            }
        }
        false
    }

    /// Whether the shot saves its last frame for the next.
    pub(super) fn hands_on(&self, index: ShotIndex) -> bool {
        let shots = self.board.shots.as_ref().map_or(&[][..], |shots| &shots.value);
        shots.get(index.0).is_some_and(|shot| shot.return_last_frame.as_ref().is_some_and(|flag| flag.value))
    }

    fn film(&mut self, source: &Arc<SourceFile>) -> Option<Film> {
        let shots = match &self.board.shots {
            Some(shots) if !shots.is_empty() => &shots.value,
            // Shots of a wrong type are reported already.
            _ if self.misshapen(Span::new(0, self.text.len())) => return None,
            other => {
                let problem = Problem::error("film::no_shots", "the storyboard has no shots");
                let problem = problem.help("add `shots:` with at least one shot, such as `- {id: one, prompt: …}`");
                let place = other.as_ref().map_or(Span::default(), |shots| shots.span);
                self.report(problem.at(place, "no shots"));
                return None;
            }
        };
        self.name_shots(shots);
        self.check_declared();
        self.numbers = self.number_shots(shots);
        let resolved: Vec<Option<Shot>> =
            ShotIndex::all(shots.len()).zip(shots).map(|(at, shot)| self.shot(at, shot)).collect();
        self.advise(shots);
        self.check_scenes(shots);
        let music = self.music();
        let narration = self.narration();
        let output = self.output();
        let title = self.board.title.as_ref().map(|title| title.trim().to_owned());
        let description = self.board.description.as_ref().map(|description| description.trim().to_owned());
        let mut resolved: Vec<Shot> = resolved.into_iter().collect::<Option<_>>()?;
        let shown = self.shown_shots(&resolved);
        follow_shapes(&mut resolved, self.inventory);
        self.check_handovers(&resolved);
        let Arrangement { shots, links, left_out } = Arrangement::of(resolved, &self.links, &shown);
        self.film_links = links;
        let film = self.whole_film(shots, title, output, source);
        let mut film = Film { description, music, narration: narration?, left_out, ..film };
        film.mark_feeding(&self.film_links);
        film.tell_starts();
        self.animatic_voices(&mut film);
        self.check_narration(&film);
        self.check_languages(&film);
        Some(film)
    }

    fn whole_film(
        &mut self,
        shots: Vec<Shot>,
        title: Option<String>,
        output: Option<String>,
        source: &Arc<SourceFile>,
    ) -> Film {
        let settings = self.board.film.as_deref();
        let stem = source.name.rsplit(['/', '\\']).next().unwrap_or(&source.name);
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        let row = self.overrides.row.as_deref();
        self.check_joins(&shots);
        let Canvas { size, rate, given } = self.canvas(&shots);
        let languages = self.film_languages(&shots);
        let providers = self.provider_specs();
        let budget = self.budget();
        Film {
            storyboard: Arc::clone(source),
            title: title.unwrap_or_else(|| row.map_or(stem, |row| &row.id).to_owned()),
            description: None,
            output,
            size,
            rate,
            given,
            codec: self.codec(),
            colours: self.colours(&shots),
            chapters: settings.and_then(|film| film.chapters.as_ref()).map_or(Chapters::None, |value| value.value),
            subtitles: settings.and_then(|film| film.subtitles.as_ref()).map_or(Subtitles::None, |value| value.value),
            languages,
            music: None,
            narration: Vec::new(),
            loudness: self.loudness(),
            providers,
            budget,
            shots,
            left_out: Vec::new(),
        }
    }

    fn name_shots(&mut self, shots: &[Located<storyboard::Shot>]) {
        for (at, shot) in ShotIndex::all(shots.len()).zip(shots) {
            let Some(id) = &shot.id else {
                let problem = Problem::error("film::no_id", "a shot has no id").at(self.mark(shot.span), "this shot");
                self.report(problem.help("add `id: …`, unique in the storyboard"));
                continue;
            };
            match id.parse::<ShotId>() {
                Ok(name) => {
                    if let Some(&first) = self.index.get(&name) {
                        self.report(
                            Problem::error("film::duplicate_id", format_args!("two shots are called `{name}`"))
                                .at(id.span, "this name is taken")
                                .at(self.shot_span(first), "first given here")
                                .help("rename one of them"),
                        );
                    } else {
                        self.index.insert(name, at);
                    }
                }
                Err(error) => {
                    let problem = Problem::error("film::bad_id", format_args!("`{}` cannot be a shot id", id.value));
                    self.report(problem.at(self.mark(id.span), "not an id").help(error));
                }
            }
        }
    }

    fn shot(&mut self, at: ShotIndex, raw: &Located<storyboard::Shot>) -> Option<Shot> {
        let kinds = [
            ("prompt", raw.prompt.as_ref().map(|value| value.span)),
            ("card", raw.card.as_ref().map(|value| value.span)),
            ("clip", raw.clip.as_ref().map(|value| value.span)),
            ("image", raw.image.as_ref().map(|value| value.span)),
        ];
        // What stands in for a rendered clip is footage; the prompt waits.
        let given: Vec<(&str, Span)> = kinds.iter().filter_map(|(key, span)| span.map(|span| (*key, span))).collect();
        // A `prompt` of a wrong type is reported already.
        if given.is_empty() && self.misshapen(self.block(at)) {
            return None;
        }
        if given.len() != 1 {
            self.report(not_one(&given, self.shot_span(at), self.text));
            return None;
        }
        self.check_keys(raw, given[0].0);
        let dialogue = self.dialogue(raw);
        let board = self.board_picture(raw);
        let (make, length) = match (&raw.prompt, &raw.card, &raw.clip, &raw.image) {
            (Some(_), ..) if raw.replace.is_some() => self.replacement(raw, raw.replace.as_ref()?)?,
            (Some(prompt), ..) => {
                let (render, length) = self.prompt(at, raw, prompt, &dialogue)?;
                (Make::Prompt(Box::new(render)), length)
            }
            (_, Some(card), ..) => (self.card(at, card)?, self.free_length(raw)?),
            (_, _, Some(clip), _) => self.footage(raw, clip)?,
            (.., image) => (self.still(image.as_ref()?)?, self.free_length(raw)?),
        };
        let take = self.take(raw);
        let tail_of = self.tail_of(raw, take);
        let trim = self.trim(raw, &make, length)?;
        let sounds = self.shot_sounds(raw, (trim.from, trim.to.unwrap_or(length)))?;
        self.check_line_times(raw, &dialogue, (trim.from, trim.to.unwrap_or(length)));
        self.check_speech(raw, &dialogue, &make, trim.length(length));
        Some(Shot {
            id: raw.id.as_ref()?.parse().ok()?,
            span: self.shot_span(at),
            scene: raw.scene.as_ref().map(|scene| Arc::from(scene.trim())),
            make,
            length,
            join: self.join(raw),
            fit: self.fit(raw),
            take,
            tail_of,
            trim,
            frozen: raw.frozen.as_ref().is_some_and(|flag| flag.value),
            skip: raw.skip.as_ref().is_some_and(|flag| flag.value),
            quality: self.quality(raw),
            return_last_frame: self.hands_on(at),
            dialogue,
            sounds,
            number: self.numbers.get_mut(at.0).map(mem::take).unwrap_or_default(),
            board,
            film_start: None,
            seen_by: Viewers::People,
            voices: None,
        })
    }

    /// Lines that begin when the shot is over, or before the film comes to it.
    fn check_line_times(&mut self, raw: &storyboard::Shot, dialogue: &[Spoken], (from, to): (Duration, Duration)) {
        for (said, line) in dialogue.iter().zip(raw.dialogue.iter().flat_map(|lines| &lines.value)) {
            let Some(place) = &line.at else { continue };
            let Some(begin) = said.at else { continue };
            if begin >= to {
                let message = format!("the line begins at {} in a shot of {}", spoken(begin), spoken(to));
                let problem = Problem::warning("film::line_late", message).at(place.span, "after the end");
                self.report(problem.help("begin it earlier, or make the shot longer"));
            } else if begin < from {
                let begin = spoken(begin);
                let message = format!("the line begins at {begin}, and the film comes to the shot at {}", spoken(from));
                let problem = Problem::warning("film::line_early", message).at(place.span, "before what is shown");
                self.report(problem.help("begin it later, or show more of the shot"));
            }
        }
    }

    /// Keys that say nothing about a shot of this kind are mistakes, not decoration.
    fn check_keys(&mut self, raw: &storyboard::Shot, kind: &str) {
        let prompt_only = [
            ("first_frame", raw.first_frame.as_ref().map(|value| value.span)),
            ("last_frame", raw.last_frame.as_ref().map(|value| value.span)),
            ("references", raw.references.as_ref().map(|value| value.span)),
            ("replace", raw.replace.as_ref().map(|value| value.span)),
            ("tail_of", raw.tail_of.as_ref().map(|value| value.span)),
        ];
        // Words are set for the film's own shape.
        let fit = ("fit", raw.fit.as_ref().filter(|_| kind == "card").map(|value| value.span));
        let lost = prompt_only
            .into_iter()
            .filter(|_| kind != "prompt")
            .map(|(key, span)| (key, span, "a `prompt`"))
            .chain([(fit.0, fit.1, "a `prompt`, a `clip` or an `image`")]);
        for (key, span, owner) in lost {
            if let Some(span) = span {
                let message = format_args!("`{key}` has no effect on a shot with `{kind}`").to_string();
                let problem = Problem::error("film::key_not_used", message).at(self.mark(span), "not used");
                self.report(problem.help(format_args!("remove it; it belongs to a shot with {owner}")));
            }
        }
        if let Some(duration) = raw.duration.as_ref().filter(|_| kind == "clip") {
            let problem = Problem::error("film::key_not_used", "`duration` has no effect on footage");
            self.report(problem.at(duration.span, "not used").help("set `in` and `out`"));
        }
    }

    fn free_length(&mut self, raw: &storyboard::Shot) -> Option<Duration> {
        match setting!(self.layers, raw, duration) {
            // A default of -1 is meant for models: what is made here has the usual length then.
            Some(value) if is_auto(value.value) && raw.duration.is_none() => Some(Duration::from_secs(5)),
            Some(value) => {
                let seconds = value.value;
                let span = value.span;
                self.length(seconds, span, 0.04)
            }
            None => Some(Duration::from_secs(5)),
        }
    }

    fn dialogue(&mut self, raw: &storyboard::Shot) -> Vec<Spoken> {
        let lines = raw.dialogue.as_ref().map_or(&[][..], |lines| &lines.value);
        // A list that grows has room for four from its first line on, and most shots have one or none.
        let mut spoken = Vec::with_capacity(lines.len());
        for line in lines {
            let Some(text) = &line.line else {
                let problem = Problem::error("film::line", "a line of dialogue has no words");
                self.report(problem.at(self.mark(line.span), "no `line`").help("add `line: …`"));
                continue;
            };
            let at = line.at.as_ref().and_then(|at| self.length(at.value, at.span, 0.0));
            let speaker = line.speaker.as_ref().map(|speaker| {
                let name = speaker.trim().trim_start_matches('@');
                self.words.called(name).unwrap_or(name).to_owned()
            });
            let member =
                line.speaker.as_ref().and_then(|speaker| self.words.member(speaker.trim().trim_start_matches('@')));
            let range = member.and_then(|(_, member)| VoiceRange::of_look(member.look.as_ref()?));
            let delivery = line.delivery.as_ref().map(|delivery| delivery.trim().to_owned());
            spoken.push(Spoken {
                speaker,
                line: text.trim_end().to_owned(),
                at,
                language: line.language.as_ref().and_then(|tag| self.language(tag)),
                delivery: delivery.filter(|delivery| !delivery.is_empty()),
                range,
                subtitles: self.subtitles_of(line),
                span: self.mark(text.span),
            });
        }
        spoken
    }

    fn join(&mut self, raw: &storyboard::Shot) -> JoinSpec {
        let own = setting!(self.layers, raw, transition);
        let transition = own.or_else(|| self.board.film.as_ref().and_then(|film| film.transition.as_ref()));
        let (kind, length) = match transition.map(|transition| &transition.value) {
            None => (TransitionKind::Cut, None),
            Some(Transition::Kind(kind)) => (*kind, None),
            Some(Transition::Full(shape)) => (
                shape.kind.as_ref().map_or(TransitionKind::Cut, |kind| kind.value),
                shape.duration.as_ref().map(|length| (length.value, length.span)),
            ),
        };
        let usual = if kind == TransitionKind::Cut { Duration::ZERO } else { Duration::from_millis(500) };
        let length = length.and_then(|(seconds, span)| self.transition_length(seconds, span)).unwrap_or(usual);
        let seam = setting!(self.layers, raw, seam).map_or(storyboard::Seam::Auto, |seam| seam.value);
        JoinSpec { kind, length, seam }
    }

    /// One frame of a film at least, and no longer than anybody looks on.
    fn transition_length(&mut self, seconds: f64, span: Span) -> Option<Duration> {
        if !(0.04..=10.0).contains(&seconds) {
            let problem = Problem::error("film::length", "a transition lasts 0.04 to 10 s").at(span, "out of range");
            self.report(problem.help("for longer, put a card between the shots"));
            return None;
        }
        Some(Duration::from_secs_f64(seconds))
    }

    fn loudness(&mut self) -> Option<f32> {
        let given = self.board.film.as_ref()?.loudness.as_ref()?;
        if !(-70.0..=-5.0).contains(&given.value) {
            let problem = Problem::error("film::loudness", "the loudness of a film is -70 to -5 LUFS");
            self.report(
                problem.at(given.span, "out of range").help("`-14` suits the web, `-23` television (EBU R 128)"),
            );
        }
        Some(given.value as f32)
    }
}

fn not_one(given: &[(&str, Span)], shot: Span, text: &str) -> Problem {
    let names = listed(given.iter().map(|(key, _)| *key), 4);
    let mut problem = match given {
        [] => Problem::error("film::no_source", "a shot needs one of `prompt`, `card`, `clip` and `image`")
            .at(shot, "none is given")
            .help("say what the shot is made of"),
        _ => Problem::error("film::many_sources", format_args!("a shot is made of one thing, not of {names}"))
            .help("keep one of them, and move the others to shots of their own"),
    };
    for (key, span) in given.iter().rev() {
        problem = problem.at(span.first_line(text), format_args!("`{key}` here"));
    }
    problem
}
