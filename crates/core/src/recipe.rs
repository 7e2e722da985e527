//! A shot's identity: everything that decides its picture and sound, in canonical form, and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::InputRole;
use crate::film::{Film, InputSource, Make, Render, Shot, ShotVoices};
use crate::index::ShotIndex;
use crate::lock::{ClipRecord, Lock};
use crate::provider::ANIMATIC;
use crate::storyboard::Fit;
use crate::units::Digest;

/// Raised when the pictures that storyreel paints itself change, so that they are painted again.
const PAINTED: &str = "1";

/// The same for animatics alone.
const ANIMATICS: &str = "2";

/// The same for stills alone.
const STILLS: &str = "3";

/// Raised when the same footage becomes another clip.
const FOOTAGE: &str = "2";

/// Fields of what is painted here and of nothing else.
const OF_THE_PAINTER: [&str; 9] =
    ["board", "film time", "number", "painted", "rate", "scene", "shot", "spoken by", "spoken lines"];

/// Begins the value of an input that is the frame which an earlier take hands on.
const TAIL_OF: &str = "tail of ";

/// What is known of earlier takes of a shot.
#[derive(Debug, Clone, Copy)]
pub enum EarlierTakes<'a> {
    /// Their clips, by a lock.
    Locked(&'a Lock),
    /// Their numbers alone: enough to compare what two texts ask for.
    Numbered,
}

impl<'a> From<&'a Lock> for EarlierTakes<'a> {
    fn from(lock: &'a Lock) -> Self {
        Self::Locked(lock)
    }
}

impl EarlierTakes<'_> {
    /// The clip of a take.
    fn first(self, shot: &Shot, take: u32) -> Option<String> {
        match self {
            Self::Locked(lock) => lock.take(&shot.id, take).map(|taken| taken.clip.to_string()),
            Self::Numbered => Some(format!("take {take}")),
        }
    }

    /// The clip whose last frame a take hands on.
    fn tail(self, shot: &Shot, take: u32) -> Option<String> {
        match self {
            Self::Locked(lock) => lock.take(&shot.id, take).map(|taken| taken.hands_on().to_string()),
            Self::Numbered => Some(format!("take {take}")),
        }
    }
}

/// The clips that a recipe can name.
struct NamedClips<'a, C> {
    film: &'a Film,
    takes: EarlierTakes<'a>,
    /// The clip of a shot.
    clip: &'a C,
}

impl<C: Fn(ShotIndex) -> Option<Digest>> NamedClips<'_, C> {
    /// The clip whose last frame a shot hands on.
    fn hands_on(&self, shot: ShotIndex) -> Option<Digest> {
        let of = &self.film.shots[shot];
        match (of.tail_of, self.takes) {
            (Some(take), EarlierTakes::Locked(lock)) => lock.take(&of.id, take).map(ClipRecord::hands_on),
            _ => (self.clip)(shot),
        }
    }
}

/// The lines that an animatic speaks, one below the other: when, in which voice and language, how, and the words.
fn spoken_lines(shot: &Shot, voices: &ShotVoices) -> String {
    let mut lines = Vec::new();
    for (line, voice) in shot.dialogue.iter().zip(&voices.names) {
        let at = line.at.map_or_else(|| "free".to_owned(), |at| at.as_millis().to_string());
        let language = line.language.as_ref().map(ToString::to_string).unwrap_or_default();
        let delivery = line.delivery.as_deref().unwrap_or_default();
        let speaker = line.speaker.as_deref().unwrap_or_default();
        lines.push(format!("{at}|{voice}|{language}|{speaker}|{delivery}|{}", line.line));
    }
    lines.join("\n")
}

/// A recipe in canonical form: field names to values, both plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    fields: BTreeMap<Cow<'static, str>, String>,
}

impl Recipe {
    /// The recipe of `shot`, where `clip` gives the digest of another shot's clip, and `takes` earlier takes of shots;
    /// `None` while a clip that it depends on is not there yet.
    #[must_use]
    pub fn of<'a>(
        film: &Film,
        shot: ShotIndex,
        takes: impl Into<EarlierTakes<'a>>,
        clip: &impl Fn(ShotIndex) -> Option<Digest>,
    ) -> Option<Self> {
        let clips = NamedClips { film, takes: takes.into(), clip };
        let shot = &film.shots[shot];
        let mut recipe = Self { fields: BTreeMap::new() };
        match &shot.make {
            Make::Prompt(render) => recipe.render(shot, render, &clips)?,
            Make::Card(card) => {
                recipe.painted(film, shot, "card");
                card.recipe_fields().iter().for_each(|(field, value)| recipe.set(*field, value));
            }
            Make::Still(file) => {
                recipe.painted(film, shot, "still");
                recipe.set("painted", &STILLS);
                recipe.set("image", &file.digest);
                if shot.fit == Fit::Letterbox {
                    recipe.set("fit", &shot.fit);
                }
            }
            Make::Footage { file, from, to, audio } => {
                recipe.set("made_of", &"footage");
                recipe.set("taken", &FOOTAGE);
                recipe.set("clip", &file.digest);
                recipe.set("in_ms", &from.as_millis());
                to.iter().for_each(|to| recipe.set("out_ms", &to.as_millis()));
                recipe.set("audio", &audio);
                recipe.set("size", &film.size);
                recipe.set("rate", &film.rate);
                if shot.fit == Fit::Crop {
                    recipe.set("fit", &shot.fit);
                }
                if !film.colours.is_usual() {
                    recipe.set("colours", &film.colours);
                }
            }
        }
        recipe.set("take", &shot.take);
        Some(recipe)
    }

    fn render(
        &mut self,
        shot: &Shot,
        render: &Render,
        clips: &NamedClips<'_, impl Fn(ShotIndex) -> Option<Digest>>,
    ) -> Option<()> {
        self.set("made_of", &"prompt");
        self.set("provider", &render.provider.id);
        for (field, value) in render.spec.recipe_fields() {
            self.set(field, &value);
        }
        let mut counts: BTreeMap<InputRole, usize> = BTreeMap::new();
        for (role, source) in render.inputs.roles() {
            let number = counts.entry(role).or_default();
            *number += 1;
            let value = match source {
                InputSource::File(file) => file.digest.to_string(),
                InputSource::Remote(address) => address.clone(),
                InputSource::LastFrame(other) => format!("last frame of {}", clips.hands_on(*other)?),
                InputSource::FirstFrame(other) => format!("first frame of {}", (clips.clip)(*other)?),
                InputSource::FrameAt(other, at) => {
                    format!("frame at {} ms of {}", at.as_millis(), (clips.clip)(*other)?)
                }
                InputSource::Clip(other) => format!("clip {}", (clips.clip)(*other)?),
                InputSource::TakeFirstFrame(take) => format!("first frame of {}", clips.takes.first(shot, *take)?),
                InputSource::TakeTail(take) => format!("{TAIL_OF}{}", clips.takes.tail(shot, *take)?),
            };
            self.set(format!("{role}.{number}"), &value);
        }
        if render.provider.id == ANIMATIC {
            // An animatic shows these of its shot, so they decide its picture.
            self.set("painted", &ANIMATICS);
            self.set("shot", &shot.id);
            shot.slate().iter().for_each(|number| self.set("number", number));
            shot.drawn().iter().for_each(|board| self.set("board", &board.digest));
            shot.film_time().iter().for_each(|time| self.set("film time", time));
            shot.scene.iter().for_each(|scene| self.set("scene", &scene));
            self.set("rate", &render.spec.family.rate());
            if let Some(voices) = shot.spoken_by() {
                self.set("spoken by", &voices.program.identity);
                self.set("spoken lines", &spoken_lines(shot, voices));
            }
        }
        Some(())
    }

    fn painted(&mut self, film: &Film, shot: &Shot, made_of: &str) {
        self.set("made_of", &made_of);
        self.set("painted", &PAINTED);
        self.set("size", &film.size);
        self.set("rate", &film.rate);
        self.set("frames", &film.rate.frames(shot.length));
    }

    fn set(&mut self, field: impl Into<Cow<'static, str>>, value: &dyn ToString) {
        self.fields.insert(field.into(), value.to_string());
    }

    /// The clip whose last frame is handed on in place of that of the clip that this recipe gives.
    #[must_use]
    pub fn tail(&self) -> Option<Digest> {
        self.fields.values().find_map(|value| value.strip_prefix(TAIL_OF))?.parse().ok()
    }

    /// The canonical text: a JSON object, one field a line, in the order of the names.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Vec::with_capacity(1024);
        for (field, value) in &self.fields {
            let before: &[u8] = if text.is_empty() { b"{\n\"" } else { b",\n\"" };
            text.extend_from_slice(before);
            text.extend_from_slice(field.as_bytes());
            text.extend_from_slice(b"\": ");
            serde_json::to_writer(&mut text, value).expect("text can be written as JSON");
        }
        text.extend_from_slice(b"\n}\n");
        String::from_utf8(text).expect("JSON is UTF-8")
    }

    /// Reads a canonical text back, to compare; `None` when it is not one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(|fields| Self { fields })
    }

    /// The identity of the shot.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    /// The names of the fields in which `self` and `older` differ, in order. What only a painter asks for comes and goes
    /// with the provider, and is not listed beside it.
    #[must_use]
    pub fn changes<'a>(&'a self, older: &'a Self) -> Vec<&'a str> {
        let names: std::collections::BTreeSet<&str> =
            self.fields.keys().chain(older.fields.keys()).map(AsRef::as_ref).collect();
        let is_elsewhere = self.get("provider") != older.get("provider");
        let mut changes = Vec::new();
        for name in names {
            let is_of_another_painter = is_elsewhere && OF_THE_PAINTER.contains(&name);
            if self.get(name) != older.get(name) && !is_of_another_painter {
                changes.push(name);
            }
        }
        changes
    }
}
