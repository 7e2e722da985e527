//! CMX 3600: one picture track, cuts, dissolves and wipes, read by every editor since the eighties.
//!
//! Record time begins at 01:00:00:00, as editors have it; source time at the time code of the footage, and at 00:00:00:00
//! where there is none, as in clips that were rendered. Record time code counts whole frames without dropping numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use storyreel_core::film::{Make, Shot};
use storyreel_core::sanitize::clean;
use storyreel_core::time_code::{TimeCode, nominal};
use storyreel_core::timeline::TransitionKind;

use super::{CutList, CutShot, clip_name, file_name};

/// Events that the format numbers with three digits.
const MOST_EVENTS: usize = 999;

/// Letters of a reel's name.
const REEL: usize = 8;

/// An edit decision list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edl {
    /// The list.
    pub text: String,
    /// What it cannot say.
    pub warnings: Vec<String>,
}

/// Writes the pictures of the film as a list. Shots that are not made yet are black.
#[must_use]
pub fn write(reel: &CutList<'_>) -> Edl {
    let parts = reel.parts();
    let mut list =
        List { fps: nominal(reel.rate()), reels: Reels::default(), text: String::new(), warnings: Vec::new() };
    list.text = format!("TITLE: {}\nFCM: NON-DROP FRAME\n", shown(&reel.timeline.tags.title, 70));
    for (at, part) in parts.iter().enumerate() {
        list.event(at + 1, at.checked_sub(1).map(|before| &parts[before]), part, parts.get(at + 1));
    }
    if parts.len() > MOST_EVENTS {
        list.warnings.push(format!("{} events are more than the {MOST_EVENTS} that some editors read", parts.len()));
    }
    Edl { text: list.text, warnings: list.warnings }
}

struct List {
    fps: u64,
    reels: Reels,
    text: String,
    warnings: Vec<String>,
}

impl List {
    /// One event. Here a transition lies at the beginning of the second clip, so that both clips are shifted back to
    /// where it begins.
    fn event(&mut self, number: usize, before: Option<&CutShot<'_>>, part: &CutShot<'_>, next: Option<&CutShot<'_>>) {
        let early = part.blend.map_or(0, |blend| blend.before);
        let late = next.and_then(|next| next.blend).map_or(0, |blend| blend.before);
        let start = part.span.start - early;
        let end = part.span.end - late;
        let source = part.from - early;
        let blend = part.blend.zip(before);
        self.text.push('\n');
        if let Some((blend, before)) = blend {
            // The clip that goes stands with no length, at the place where it is left.
            let left = before.from + (start - before.span.start);
            self.line(number, before, "C", left..left, start..start);
            let code = self.code(part, blend.kind);
            let kind = format!("{code} {:03}", blend.before + blend.after);
            self.line(number, part, &kind, source..source + (end - start), start..end);
            self.comment("FROM CLIP NAME", &name(before));
            self.comment("TO CLIP NAME", &name(part));
        } else {
            self.line(number, part, "C", source..source + (end - start), start..end);
            self.comment("FROM CLIP NAME", &name(part));
        }
        self.comment("SHOT", part.shot.id.as_str());
        match part.clip {
            Some(clip) => self.comment("SOURCE FILE", &clip.file.url),
            None => self.comment("NOT MADE YET", part.shot.id.as_str()),
        }
        if let Some(scene) = &part.shot.scene {
            self.comment("SCENE", scene);
        }
        if let Some((blend, _)) = blend.filter(|(blend, _)| !is_exact(blend.kind)) {
            self.comment("TRANSITION", &blend.kind.to_string());
        }
    }

    fn line(&mut self, number: usize, part: &CutShot<'_>, kind: &str, source: Range<u64>, record: Range<u64>) {
        let reel = part.clip.map_or("BL".to_owned(), |clip| self.reels.name(part.shot, &clip.file.url));
        let hour = 3_600 * self.fps;
        let first = self.first_of_clip(part);
        let from = first.later(source.start);
        let to = first.later(source.end);
        let begin = self.plain(hour + record.start);
        let end = self.plain(hour + record.end);
        self.text.push_str(&format!("{number:03}  {reel:<REEL$} V     {kind:<8} {from} {to} {begin} {end}\n"));
    }

    const fn plain(&self, frames: u64) -> TimeCode {
        TimeCode { frames, frames_per_second: self.fps, drops_frames: false }
    }

    /// The time code of a clip's first frame, read as the film counts.
    fn first_of_clip(&self, part: &CutShot<'_>) -> TimeCode {
        part.footage().map_or(self.plain(0), |footage| footage.start().later(footage.from).counted_at(self.fps))
    }

    fn comment(&mut self, name: &str, value: &str) {
        self.text.push_str(&format!("* {name}: {}\n", shown(value, 240)));
    }

    /// SMPTE codes: 001 wipes from left to right, 002 from top to bottom.
    fn code(&mut self, part: &CutShot<'_>, kind: TransitionKind) -> &'static str {
        use TransitionKind::{
            SlideDown, SlideLeft, SlideRight, SlideUp, SmoothDown, SmoothLeft, SmoothRight, SmoothUp, WipeDown,
            WipeLeft, WipeRight, WipeUp,
        };

        if !is_exact(kind) {
            self.warnings.push(format!("{}: an EDL has no `{kind}`; the closest transition is used", part.shot.id));
        }
        match kind {
            WipeLeft | WipeRight | SlideLeft | SlideRight | SmoothLeft | SmoothRight => "W001",
            WipeUp | WipeDown | SlideUp | SlideDown | SmoothUp | SmoothDown => "W002",
            _ => "D",
        }
    }
}

/// Whether a list can say it.
const fn is_exact(kind: TransitionKind) -> bool {
    matches!(
        kind,
        TransitionKind::Cut | TransitionKind::Dissolve | TransitionKind::WipeRight | TransitionKind::WipeDown
    )
}

fn name(part: &CutShot<'_>) -> String {
    part.clip.map_or_else(|| clip_name(part.shot), |clip| clip.file.name.clone())
}

/// Comments are lines: nothing in them may end one.
fn shown(text: &str, most: usize) -> String {
    clean(text).chars().take(most).collect()
}

/// Names of reels: at most eight letters and digits, one for every file.
#[derive(Default)]
struct Reels {
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Reels {
    /// The name for a file: that of footage after the file itself, for so cameras number their reels.
    fn name(&mut self, shot: &Shot, file: &str) -> String {
        if let Some(name) = self.names.get(file) {
            return name.clone();
        }
        let stem = match &shot.make {
            Make::Footage { file, .. } => letters(file_name(&file.path).split('.').next().unwrap_or_default()),
            _ => String::new(),
        };
        let letters = if stem.is_empty() { letters(shot.id.as_str()) } else { stem };
        let mut name: String = letters.chars().take(REEL).collect();
        let mut number = 2;
        while !self.is_free(&name) {
            let ending = number.to_string();
            name = letters.chars().take(REEL.saturating_sub(ending.len())).collect();
            name.push_str(&ending);
            number += 1;
        }
        self.taken.insert(name.clone());
        self.names.insert(file.to_owned(), name.clone());
        name
    }

    fn is_free(&self, name: &str) -> bool {
        // These are not names of reels.
        !self.taken.contains(name) && !matches!(name, "BL" | "AX" | "BARS" | "BLACK")
    }
}

/// The letters and digits that a reel's name may have.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}
