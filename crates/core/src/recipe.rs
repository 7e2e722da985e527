//! A shot's identity: everything that decides its picture and sound, in canonical form, and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::InputRole;
use crate::film::{Film, InputSource, Make, Render, Shot};
use crate::index::ShotIndex;
use crate::provider::ANIMATIC;
use crate::storyboard::Fit;
use crate::units::{Digest, Rate};

/// Raised when the pictures that storyreel paints itself change, so that they are painted again.
const PAINTED: &str = "1";

/// The same for stills alone.
const STILLS: &str = "3";

/// Raised when the same footage becomes another clip.
const FOOTAGE: &str = "2";

/// Fields of what is painted here and of nothing else.
const OF_THE_PAINTER: [&str; 4] = ["painted", "rate", "scene", "shot"];

/// A recipe in canonical form: field names to values, both plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    fields: BTreeMap<Cow<'static, str>, String>,
}

impl Recipe {
    /// The recipe of `shot`, where `clip` gives the digest of another shot's clip; `None` while a clip that
    /// it depends on is not there yet.
    #[must_use]
    pub fn of(film: &Film, shot: ShotIndex, clip: &impl Fn(ShotIndex) -> Option<Digest>) -> Option<Self> {
        let shot = &film.shots[shot];
        let mut recipe = Self { fields: BTreeMap::new() };
        match &shot.make {
            Make::Prompt(render) => recipe.render(shot, render, clip)?,
            Make::Card { text, subtitle } => {
                recipe.painted(film, shot, "card");
                recipe.set("text", &text);
                subtitle.iter().for_each(|subtitle| recipe.set("subtitle", &subtitle));
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

    fn render(&mut self, shot: &Shot, render: &Render, clip: &impl Fn(ShotIndex) -> Option<Digest>) -> Option<()> {
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
                InputSource::LastFrame(other) => format!("last frame of {}", clip(*other)?),
                InputSource::FirstFrame(other) => format!("first frame of {}", clip(*other)?),
                InputSource::Clip(other) => format!("clip {}", clip(*other)?),
            };
            self.set(format!("{role}.{number}"), &value);
        }
        if render.provider.id == ANIMATIC {
            // An animatic shows the name and scene of its shot, so they decide its picture.
            self.set("painted", &PAINTED);
            self.set("shot", &shot.id);
            shot.scene.iter().for_each(|scene| self.set("scene", &scene));
            self.set("rate", &Rate::FILM);
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
