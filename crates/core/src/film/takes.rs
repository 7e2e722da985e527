//! Which take of a shot counts, and which part of its clip the film shows.

use std::time::Duration;

use super::inputs::VIDEO;
use super::resolve::Resolver;
use super::settings::{TakeKeys, setting};
use super::{Make, MediaKind, QualityPolicy, Trim};
use crate::storyboard::{OnBad, Shot};
use crate::text::{Located, Problem, Span};
use crate::units::{ShotId, spoken};

/// Lengths of clips are rounded: half a frame more is none.
const GRACE: Duration = Duration::from_millis(20);

impl<'a> Resolver<'a> {
    /// The keys of the take that is asked for instead of the one that the storyboard names.
    pub(super) fn take_keys(&self, raw: &Shot) -> Option<&'a TakeKeys> {
        let id = raw.id.as_ref()?.value.parse::<ShotId>().ok()?;
        self.overrides.takes.get(&id)
    }
}

impl Resolver<'_> {
    pub(super) fn take(&mut self, raw: &Shot) -> u32 {
        if let Some(keys) = self.take_keys(raw) {
            return keys.take;
        }
        raw.take.as_ref().map_or(1, |take| self.take_number(take))
    }

    fn take_number(&mut self, take: &Located<i64>) -> u32 {
        if !(1..=9999).contains(&take.value) {
            self.report(
                Problem::error("film::take", "a take is a number from 1 to 9999").at(take.span, "out of range"),
            );
        }
        take.value.clamp(1, 9999) as u32
    }

    /// The take on whose last frame this one is to end.
    pub(super) fn tail_of(&mut self, raw: &Shot, take: u32) -> Option<u32> {
        // What replaces the clip has an end of its own.
        if raw.replace.is_some() {
            return None;
        }
        if let Some(keys) = self.take_keys(raw) {
            return keys.tail_of;
        }
        let written = raw.tail_of.as_ref()?;
        let earlier = self.take_number(written);
        if earlier == take {
            let problem = Problem::error("film::tail_of", format_args!("take {take} cannot end on its own last frame"));
            let problem = problem.at(written.span, "this very take");
            self.report(problem.help("name the take whose end is kept, and give the new one another number in `take`"));
        }
        Some(earlier)
    }

    /// What is done with a clip that is judged to be bad.
    pub(super) fn quality(&mut self, raw: &Shot) -> QualityPolicy {
        let given = setting!(self.layers, raw, quality);
        let on_bad = given.and_then(|given| given.on_bad.as_ref()).map_or(OnBad::Keep, |value| value.value);
        let min = given.and_then(|given| given.min.as_ref()).map(|value| (value.value, value.span));
        let takes = given.and_then(|given| given.takes.as_ref()).map(|value| (value.value, value.span));
        for (found, least, most) in [(min, 0, 100), (takes, 1, 9)] {
            if let Some((_, span)) = found.filter(|(value, _)| !(least..=most).contains(value)) {
                let problem =
                    Problem::error("film::quality", format_args!("a number from {least} to {most} is expected"));
                self.report(problem.at(span, "out of range"));
            }
        }
        QualityPolicy {
            on_bad,
            min: min.map_or(60, |(value, _)| value.clamp(0, 100) as u8),
            takes: takes.map_or(2, |(value, _)| value.clamp(1, 9) as u32),
        }
    }

    /// The part of its clip that the film shows; `None` where it cannot be told.
    pub(super) fn trim(&mut self, raw: &Shot, make: &Make, length: Duration) -> Option<Trim> {
        // Footage is cut when it becomes a clip.
        if matches!(make, Make::Footage { .. }) && raw.replace.is_none() {
            return Some(Trim::default());
        }
        let from = self.optional_length(raw.in_.as_ref()).ok()?.unwrap_or_default();
        let to = self.optional_length(raw.out.as_ref()).ok()?;
        let begin = raw.in_.as_ref().map(|value| value.span);
        let end = raw.out.as_ref().map(|value| value.span);
        if let (Some(to), Some(span)) = (to.filter(|to| *to <= from), end) {
            let message = format!("the shot would end at {}, before it begins", spoken(to));
            let mut problem = Problem::error("film::in_out", message).at(span, "`out` must be above `in`");
            if let Some(begin) = begin {
                problem = problem.at(begin, "it begins here");
            }
            self.report(problem.help(raise_out(from)));
            return None;
        }
        // How long a clip is whose length the model chooses is seen when it is there.
        let is_open = matches!(make, Make::Prompt(render) if render.spec.seconds.is_none());
        if !is_open && let Some((span, moment)) = beyond(from, to, begin, end, length) {
            let message = format!("the clip ends at {}, so {} is too late", spoken(length), spoken(moment));
            let problem = Problem::error("film::in_out", message).at(span, "beyond the end");
            self.report(problem.help(format_args!("use at most {}, and less for `in`", spoken(length))));
            return None;
        }
        Some(Trim { from, to })
    }

    /// The footage that stands in for a rendered clip, and its length.
    pub(super) fn replacement(&mut self, raw: &Shot, file: &Located<String>) -> Option<(Make, Duration)> {
        let (file, kind) = self.local_file(file, VIDEO)?;
        let length = match kind {
            MediaKind::Video(Some(length)) => length,
            _ => Duration::from_secs(5),
        };
        let audio = setting!(self.layers, raw, audio).is_none_or(|audio| audio.value);
        Some((Make::Footage { file, from: Duration::ZERO, to: None, audio }, length))
    }
}

/// The moment that is beyond the end of a clip, and where it is written.
fn beyond(
    from: Duration,
    to: Option<Duration>,
    begin: Option<Span>,
    end: Option<Span>,
    length: Duration,
) -> Option<(Span, Duration)> {
    if let Some(begin) = begin.filter(|_| from + GRACE >= length) {
        return Some((begin, from));
    }
    let to = to.filter(|to| *to > length + GRACE)?;
    Some((end?, to))
}

/// What to do where `out` is not above `in`.
pub(super) fn raise_out(begin: Duration) -> String {
    let above = format!("raise `out` above {}", spoken(begin));
    if begin.is_zero() { above } else { above + ", or lower `in`" }
}
