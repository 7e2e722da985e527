//! Who works side by side with whom: a lane for this machine, and one for each service.

use std::collections::BTreeMap;

use crate::film::{Film, Make, Shot};
use crate::provider::ANIMATIC;

/// The lanes of a run, with how many tasks each takes at once.
#[derive(Debug)]
pub struct Lanes {
    of: BTreeMap<&'static str, usize>,
    /// Tasks at once by lane.
    pub limits: Vec<usize>,
}

/// The servers of a provider that share its work.
fn servers(films: &[&Film], provider: &str) -> usize {
    films.iter().filter_map(|film| film.providers.get(provider)).map(|spec| spec.servers).max().unwrap_or(1).max(1)
}

/// The fewest tasks at once that a storyboard allows a provider.
fn lowest_limit(films: &[&Film], provider: &str) -> Option<usize> {
    films.iter().filter_map(|film| film.providers.get(provider)?.max_in_flight).min()
}

impl Lanes {
    /// The lanes that the shots of `films` need; a provider that works on this machine shares its lane.
    #[must_use]
    pub fn of(films: &[&Film], processors: usize) -> Self {
        let mut of = BTreeMap::from([(ANIMATIC, 0)]);
        let mut limits = vec![lowest_limit(films, ANIMATIC).unwrap_or(processors)];
        for shot in films.iter().flat_map(|film| &film.shots) {
            if let Make::Prompt(render) = &shot.make
                && !of.contains_key(render.provider.id)
            {
                of.insert(render.provider.id, limits.len());
                let of_one = lowest_limit(films, render.provider.id).unwrap_or(render.provider.max_in_flight);
                limits.push(of_one * servers(films, render.provider.id));
            }
        }
        Self { of, limits }
    }

    /// The lane of a shot.
    #[must_use]
    pub fn lane(&self, shot: &Shot) -> usize {
        match &shot.make {
            Make::Prompt(render) => self.of[render.provider.id],
            _ => 0,
        }
    }
}
