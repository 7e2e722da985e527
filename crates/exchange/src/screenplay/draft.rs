//! A screenplay as the draft of a storyboard.
//!
//! Every paragraph of action is a shot. What is said after it is its dialogue; what is said before the first action of a
//! scene belongs to that action, and where there is none it is a shot of its own. Centered text is a card.

use std::collections::BTreeMap;

use storyreel_core::sanitize::clean;

use super::length::{LONGEST, SHORTEST, sayable, seconds, seen, sentences, spoken};
use super::names::{Cast, Member, plain};
use super::transition::{ScriptTransition, is_one, join};
use super::{DialoguePart, ElementKind, Screenplay, Speaker, markup};

/// The draft of a storyboard; `write` makes the text of it.
#[derive(Debug, Default)]
pub struct Draft {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    /// What else the title page says.
    pub(super) remarks: Vec<String>,
    /// Who speaks.
    pub cast: Vec<Member>,
    pub(super) shots: Vec<DraftShot>,
    /// What has no place in a storyboard, in the order in which it is first met.
    pub unmapped: Vec<Unmapped>,
}

impl Draft {
    /// How many shots it has. A storyboard needs at least one.
    #[must_use]
    pub fn shots(&self) -> usize {
        self.shots.len()
    }
}

/// Something that has no place in a storyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The lines where it stands, from 1.
    pub lines: Vec<usize>,
    /// What it is, and what became of it.
    pub what: String,
}

/// A shot of the draft. All texts are on one line and fit to stand in a storyboard.
#[derive(Debug, Default, Clone)]
pub(super) struct DraftShot {
    pub(super) line: usize,
    /// Headings of sections that begin here.
    pub(super) sections: Vec<String>,
    pub(super) scene_number: usize,
    pub(super) scene: Option<String>,
    pub(super) make: DraftSource,
    pub(super) seconds: u64,
    /// The length that a note asks for.
    pub(super) asked: Option<u64>,
    pub(super) dialogue: Vec<Said>,
    pub(super) join: Option<&'static str>,
    pub(super) notes: Vec<String>,
}

impl DraftShot {
    /// How long what is seen and said takes, in milliseconds.
    fn takes(&self) -> u64 {
        let seen_time = match &self.make {
            DraftSource::Prompt(text) => seen(text),
            DraftSource::Card { .. } => 0,
        };
        seen_time + self.dialogue.iter().map(|said| spoken(&said.text)).sum::<u64>()
    }
}

#[derive(Debug, Clone)]
pub(super) enum DraftSource {
    /// What is seen; nothing where people only speak.
    Prompt(String),
    Card {
        text: String,
        subtitle: Option<String>,
    },
}

impl Default for DraftSource {
    fn default() -> Self {
        Self::Prompt(String::new())
    }
}

/// Spoken words.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// The id of who speaks.
    pub(super) speaker: Option<String>,
    pub(super) text: String,
    /// What is noted about these words: it stays with them where a shot is divided.
    pub(super) notes: Vec<String>,
}

/// Makes a draft of a screenplay. It has no shots when nobody acts or speaks.
#[must_use]
pub fn draft(screenplay: &Screenplay) -> Draft {
    let mut maker = Maker::default();
    for element in &screenplay.elements {
        if let ElementKind::Dialogue { speaker, .. } = &element.kind {
            maker.member(speaker);
        }
    }
    maker.title_page(&screenplay.title_page);
    for element in &screenplay.elements {
        maker.element(element.line, &element.kind);
    }
    maker.finish()
}

/// A note such as `SHOT: wide on the pier, 4s`.
struct ShotNote {
    about: String,
    seconds: u64,
}

/// Reads a note that gives a shot its length; `None` for any other note.
fn shot_note(text: &str) -> Option<ShotNote> {
    let head = text.get(..5).filter(|head| head.eq_ignore_ascii_case("SHOT:"))?;
    let rest = text[head.len()..].trim();
    let unit = ["seconds", "second", "secs", "sec", "s"].iter().find_map(|unit| rest.strip_suffix(unit))?.trim_end();
    let begin = unit
        .rfind(|c: char| !c.is_ascii_digit() && c != '.')
        .map_or(0, |at| at + unit[at..].chars().next().map_or(0, char::len_utf8));
    let number: f64 = unit[begin..].parse().ok()?;
    let about = unit[..begin].trim_end_matches([' ', ',', ';', '-', '–', '—', '(']).trim();
    let seconds = number.ceil().clamp(1.0, 3_600.0) as u64;
    Some(ShotNote { about: about.to_owned(), seconds })
}

/// A heading below which no shot has come yet.
struct UnusedHeading {
    line: usize,
    number: Option<String>,
}

#[derive(Default)]
struct Maker {
    draft: Draft,
    cast: Cast,
    scene: Option<String>,
    scene_number: usize,
    /// The heading of the scene, until it has a shot.
    unused: Option<UnusedHeading>,
    /// The first shot that what is said may still belong to.
    region: usize,
    /// Said before there is a shot.
    waiting: Vec<Said>,
    waiting_line: usize,
    sections: Vec<String>,
    notes: Vec<String>,
    /// Notes about the words that are said next.
    next_said: Vec<String>,
    /// The length that a note asks for the next shot.
    length: Option<u64>,
    join: Option<(usize, &'static str)>,
    lost: BTreeMap<String, Vec<usize>>,
}

/// Text without its emphasis, on one line.
fn text_of(text: &str) -> String {
    clean(&markup::plain(text))
}

impl Maker {
    fn lose(&mut self, line: usize, what: impl Into<String>) {
        self.lost.entry(what.into()).or_default().push(line);
    }

    /// Text that is fit for a storyboard, and a word where that changes it.
    fn fit(&mut self, line: usize, text: &str) -> String {
        let text = text_of(text);
        if text.contains("{{") {
            self.lose(line, "`{{` begins a variable in a storyboard; it is written `{ {`");
        }
        plain(&text)
    }

    fn member(&mut self, speaker: &Speaker) -> Option<usize> {
        let name = plain(&text_of(&speaker.name));
        (!name.is_empty()).then(|| self.cast.member(&name))
    }

    fn title_page(&mut self, page: &[(String, String)]) {
        let mut credits: Vec<String> = Vec::new();
        for (key, value) in page {
            let value = plain(&text_of(value));
            if value.is_empty() {
                continue;
            }
            match key.as_str() {
                "title" => self.draft.title = Some(value),
                "credit" | "author" | "authors" | "source" => credits.push(value),
                _ => self.draft.remarks.push(format!("{key}: {value}")),
            }
        }
        let credits = credits.join(" ");
        self.draft.description = (!credits.is_empty()).then_some(credits);
    }

    fn element(&mut self, line: usize, kind: &ElementKind) {
        match kind {
            ElementKind::Scene { heading, number } => self.begin_scene(line, heading, number.as_deref()),
            ElementKind::Action(text) if is_one(&text_of(text)) => self.transition(line, text),
            ElementKind::Action(text) => self.action(line, text),
            ElementKind::Dialogue { speaker, speech } => self.dialogue(line, speaker, speech),
            ElementKind::Lyric(text) => {
                let said = self.said(None, line, text);
                self.say(line, said);
                self.lose(line, "a lyric outside dialogue becomes a line without a speaker");
            }
            ElementKind::Transition(text) => self.transition(line, text),
            ElementKind::Centered(text) => self.card(line, text),
            ElementKind::Section { title, .. } => self.sections.push(text_of(title)),
            ElementKind::Synopsis(text) => self.notes.push(text_of(text)),
            ElementKind::Note(text) => self.written_note(line, &text_of(text)),
            ElementKind::PageBreak => self.lose(line, "page breaks are ignored"),
        }
    }

    fn begin_scene(&mut self, line: usize, heading: &str, number: Option<&str>) {
        self.border();
        self.lose_empty_scene();
        self.scene_number += 1;
        let heading = self.fit(line, heading);
        self.scene = (!heading.is_empty()).then_some(heading);
        let number = number.map(text_of).filter(|number| !number.is_empty());
        self.unused = Some(UnusedHeading { line, number });
    }

    fn lose_empty_scene(&mut self) {
        if let Some(heading) = self.unused.take() {
            self.lose(heading.line, "a scene in which nobody acts or speaks becomes no shot");
        }
    }

    /// Nothing that follows belongs to what was before.
    fn border(&mut self) {
        if !self.waiting.is_empty() {
            self.push(self.waiting_line, DraftSource::default());
        }
        self.region = self.draft.shots.len();
    }

    fn push(&mut self, line: usize, make: DraftSource) {
        let first = self.draft.shots.is_empty();
        let mut join = None;
        if let Some((at, kind)) = self.join.take() {
            if first {
                self.lose(at, "a transition before the first shot is ignored");
            } else {
                join = Some(kind).filter(|kind| *kind != "cut");
            }
        }
        if let Some(number) = self.unused.take().and_then(|heading| heading.number) {
            self.notes.insert(0, format!("Scene {number}"));
        }
        self.draft.shots.push(DraftShot {
            line,
            sections: std::mem::take(&mut self.sections),
            scene_number: self.scene_number,
            scene: self.scene.clone(),
            make,
            seconds: 0,
            asked: self.length.take(),
            dialogue: std::mem::take(&mut self.waiting),
            join,
            notes: std::mem::take(&mut self.notes),
        });
    }

    fn action(&mut self, line: usize, text: &str) {
        let text = self.fit(line, text);
        if !text.is_empty() {
            self.push(line, DraftSource::Prompt(text));
        }
    }

    fn dialogue(&mut self, line: usize, speaker: &Speaker, speech: &[(usize, DialoguePart)]) {
        let member = self.member(speaker);
        let speaker_id = member.map(|member| self.cast.members[member].id.clone());
        let name = member.map_or_else(|| "a voice".to_owned(), |member| self.cast.members[member].name.clone());
        if speaker.dual {
            self.lose(line, "two people speak at once here; in the film one follows the other");
        }
        let extension = speaker.extension.as_deref().map(text_of).unwrap_or_default();
        // `(CONT'D)` is about pages.
        if !extension.is_empty() && !extension.to_uppercase().starts_with("CONT") {
            self.next_said.push(format!("{name}: {extension}"));
            self.lose(line, "the source of a voice, such as (V.O.), is in `notes`, not in the prompt");
        }
        for (at, speech) in speech {
            match speech {
                DialoguePart::Line(text) | DialoguePart::Lyric(text) => {
                    let said = self.said(speaker_id.clone(), *at, text);
                    self.say(*at, said);
                    if matches!(speech, DialoguePart::Lyric(_)) {
                        self.lose(*at, "a lyric is a spoken line");
                    }
                }
                DialoguePart::Manner(text) => {
                    self.next_said.push(format!("{name}: ({})", text_of(text)));
                    self.lose(*at, "how a line is spoken is in `notes`, not in the prompt");
                }
            }
        }
        // What is done after the last words belongs to them.
        for note in std::mem::take(&mut self.next_said) {
            self.note(note);
        }
    }

    /// Spoken words with what was noted about them before.
    fn said(&mut self, speaker: Option<String>, line: usize, text: &str) -> Said {
        let text = self.fit(line, text);
        let notes = if text.is_empty() { Vec::new() } else { std::mem::take(&mut self.next_said) };
        Said { speaker, text, notes }
    }

    fn say(&mut self, line: usize, said: Said) {
        if said.text.is_empty() {
            return;
        }
        if self.draft.shots.len() > self.region {
            self.draft.shots.last_mut().expect("there is one after the border").dialogue.push(said);
            return;
        }
        if self.waiting.is_empty() {
            self.waiting_line = line;
        }
        self.waiting.push(said);
    }

    /// A note of the script. `SHOT: … 4s` gives the shot a length; a second one before the next action is about the shot
    /// that comes.
    fn written_note(&mut self, line: usize, text: &str) {
        let asked = shot_note(text);
        let has_shot = self.draft.shots.len() > self.region;
        let Some(ShotNote { about, seconds }) = asked else { return self.note(text.to_owned()) };
        let held = seconds.clamp(SHORTEST, LONGEST);
        if held != seconds {
            self.lose(line, format!("a shot lasts {SHORTEST} to {LONGEST} s here; its note asks for {seconds} s"));
        }
        match self.draft.shots.last_mut().filter(|shot| has_shot && shot.asked.is_none()) {
            Some(shot) => {
                shot.asked = Some(held);
                self.note(about);
            }
            None => {
                self.length = Some(held);
                self.notes.extend(Some(about).filter(|about| !about.is_empty()));
            }
        }
    }

    /// A note belongs to the shot before it, if there is one since the last border.
    fn note(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        if let Some(said) = self.waiting.last_mut() {
            said.notes.push(text);
        } else if self.draft.shots.len() > self.region {
            let shot = self.draft.shots.last_mut().expect("there is one after the border");
            match shot.dialogue.last_mut() {
                Some(said) => said.notes.push(text),
                None => shot.notes.push(text),
            }
        } else {
            self.notes.push(text);
        }
    }

    fn card(&mut self, line: usize, text: &str) {
        self.border();
        let lines: Vec<String> = text.split('\n').map(|words| self.fit(line, words)).collect();
        let mut lines = lines.into_iter().filter(|words| !words.is_empty());
        if let Some(first) = lines.next() {
            let rest = lines.collect::<Vec<_>>().join(" ");
            self.push(line, DraftSource::Card { text: first, subtitle: (!rest.is_empty()).then_some(rest) });
        }
        self.region = self.draft.shots.len();
    }

    fn transition(&mut self, line: usize, text: &str) {
        self.border();
        let text = text_of(text);
        match join(&text) {
            None => self.lose(line, format!("the transition `{text}` is unknown and becomes a cut")),
            Some(ScriptTransition { kind, exact }) => {
                if !exact {
                    self.lose(line, format!("the transition `{text}` becomes `{kind}`"));
                }
                // `FADE OUT.` and `FADE IN:` one after the other are one fade; a cut does not undo one.
                if kind != "cut" || self.join.is_none() {
                    self.join = Some((line, kind));
                }
            }
        }
    }

    fn finish(mut self) -> Draft {
        self.border();
        self.lose_empty_scene();
        if let Some((line, _)) = self.join.take().filter(|(_, kind)| *kind != "cut") {
            self.lose(line, "a transition after the last shot is ignored");
        }
        if let Some(last) = self.draft.shots.last_mut() {
            last.notes.append(&mut self.notes);
        }
        let shots = std::mem::take(&mut self.draft.shots);
        for shot in &shots {
            if shot.asked.is_some() && shot.takes() > LONGEST * 1_000 {
                self.lose(shot.line, "the words of this shot need more time than its note gives it, so it is divided");
            }
        }
        self.draft.shots = shots.into_iter().flat_map(|shot| divided(shot, &self.cast)).collect();
        let mut unmapped: Vec<Unmapped> = self.lost.into_iter().map(|(what, lines)| Unmapped { lines, what }).collect();
        unmapped.sort_by_key(|one| one.lines.first().copied());
        Draft { cast: self.cast.members, unmapped, ..self.draft }
    }
}

/// A part of a shot that is not divided further.
enum ShotUnit {
    Seen(String),
    Said(Said),
}

impl ShotUnit {
    /// How long it takes, in milliseconds.
    fn takes(&self) -> u64 {
        match self {
            Self::Seen(text) => seen(text),
            Self::Said(said) => spoken(&said.text),
        }
    }
}

/// The shot, or several where one clip cannot hold it, with their lengths and the prompts as they will be written.
fn divided(mut shot: DraftShot, cast: &Cast) -> Vec<DraftShot> {
    let action = match &shot.make {
        DraftSource::Card { text, subtitle } => {
            // A card stays for as long as reading it takes, and two seconds.
            let words = format!("{text} {}", subtitle.as_deref().unwrap_or_default());
            let reading = (seen(&words).div_ceil(1_000) + 2).clamp(3, LONGEST);
            shot.seconds = shot.asked.unwrap_or(reading);
            return vec![shot];
        }
        DraftSource::Prompt(text) => text.clone(),
    };
    let whole = shot.takes();
    if whole <= LONGEST * 1_000 {
        let said: Vec<Said> = std::mem::take(&mut shot.dialogue);
        let asked = shot.asked;
        let mut whole_shot = part(shot, &action, said, whole, cast);
        whole_shot.seconds = asked.unwrap_or(whole_shot.seconds);
        return vec![whole_shot];
    }
    let units = units(&action, std::mem::take(&mut shot.dialogue));
    let mut shots = Vec::new();
    let mut action = String::new();
    let mut said = Vec::new();
    let mut used = 0;
    for unit in units {
        let takes = unit.takes();
        if used > 0 && used + takes > LONGEST * 1_000 {
            // What stands before a shot stands before its first part, and its notes with it.
            let base = DraftShot { sections: Vec::new(), join: None, notes: Vec::new(), ..shot.clone() };
            let of = std::mem::replace(&mut shot, base);
            shots.push(part(of, &std::mem::take(&mut action), std::mem::take(&mut said), used, cast));
            used = 0;
        }
        used += takes;
        match unit {
            ShotUnit::Seen(text) if action.is_empty() => action = text,
            ShotUnit::Seen(text) => {
                action.push(' ');
                action.push_str(&text);
            }
            ShotUnit::Said(line) => said.push(line),
        }
    }
    shots.push(part(shot, &action, said, used, cast));
    shots
}

/// What is seen and what is said, in pieces of which none is longer than a shot may be.
fn units(action: &str, dialogue: Vec<Said>) -> Vec<ShotUnit> {
    let mut units = Vec::new();
    for sentence in sentences(action) {
        units.push(ShotUnit::Seen(sentence.to_owned()));
    }
    for said in dialogue {
        let mut notes = said.notes;
        for text in sayable(&said.text) {
            units.push(ShotUnit::Said(Said { speaker: said.speaker.clone(), text, notes: std::mem::take(&mut notes) }));
        }
    }
    units
}

/// A shot of what is seen and said in it; where nothing is seen, those who speak are. The place is a part of the prompt:
/// models know nothing of scenes.
fn part(mut shot: DraftShot, action: &str, said: Vec<Said>, ms: u64, cast: &Cast) -> DraftShot {
    let place = shot.scene.as_ref().map(|scene| {
        let end = if scene.ends_with(['.', '!', '?', '。']) { "" } else { "." };
        format!("{}{end} ", scene.replace('@', "@@"))
    });
    let seen = if action.is_empty() { speaking(&said) } else { cast.prompt(action) };
    shot.make = DraftSource::Prompt(format!("{}{seen}", place.unwrap_or_default()));
    shot.seconds = seconds(ms);
    for said in &said {
        shot.notes.extend(said.notes.iter().cloned());
    }
    shot.dialogue = said;
    shot
}

fn speaking(said: &[Said]) -> String {
    let mut speakers: Vec<String> = Vec::new();
    for speaker in said.iter().filter_map(|said| said.speaker.as_ref()).map(|id| format!("@{id}")) {
        if !speakers.contains(&speaker) {
            speakers.push(speaker);
        }
    }
    match speakers.split_last() {
        None => "A voice speaks.".to_owned(),
        Some((only, [])) => format!("{only} speaks."),
        Some((last, others)) => format!("{} and {last} speak.", others.join(", ")),
    }
}
