//! To which films of a storyboard an order belongs.

use std::collections::HashMap;
use std::path::Path;

use storyreel_core::sanitize::clean;
use storyreel_core::units::Digest;

use super::context::Context;
use super::load::Loaded;
use super::plan::planned;
use crate::journal::Job;

/// The names of the films that ask for each recipe.
#[derive(Default)]
pub(super) struct FilmRecipes {
    films: HashMap<Digest, Vec<String>>,
    /// Whether the storyboard makes several films.
    pub(super) is_of_many: bool,
}

impl FilmRecipes {
    /// The recipes of the films of a storyboard; nothing for one that cannot be read.
    pub(super) fn of(context: &Context, storyboard: Option<&Path>) -> Self {
        let films = storyboard.and_then(|path| Loaded::open_films(context, path).ok()).unwrap_or_default();
        let mut recipes = Self { is_of_many: films.iter().any(|film| film.overrides.row.is_some()), ..Self::default() };
        for loaded in films.iter().filter(|_| recipes.is_of_many) {
            let Ok((plan, _)) = planned(context, loaded) else { continue };
            for recipe in plan.steps.iter().filter_map(|step| step.recipe) {
                let names = recipes.films.entry(recipe).or_default();
                let name = clean(&loaded.film_name.to_string());
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        recipes
    }

    /// The films that an order is for.
    pub(super) fn films(&self, job: &Job) -> &[String] {
        self.films.get(&job.recipe).map_or(&[], Vec::as_slice)
    }

    /// The same in a cell of a table: `ad.cup`, `ad.cup and 3 more`.
    pub(super) fn cell(&self, job: &Job) -> String {
        match self.films(job) {
            [] => "–".to_owned(),
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        }
    }
}
