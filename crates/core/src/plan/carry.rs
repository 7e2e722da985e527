//! What the lock of one film says of another film of the same storyboard.

use crate::film::Film;
use crate::graph::ShotGraph;
use crate::lock::Lock;
use crate::recipe::Recipe;
use crate::units::Digest;

/// The facts of `other` that hold for `film`, too: those of shots with the very same recipes. Everything else in that
/// lock belongs to the other film.
#[must_use]
pub fn carried_over(film: &Film, graph: &ShotGraph, other: &Lock) -> Lock {
    let mut clips: Vec<Option<Digest>> = vec![None; film.shots.len()];
    let mut lock = Lock::default();
    for index in graph.order() {
        let id = &film.shots[index].id;
        let Some(recipe) = Recipe::of(film, index, other, &|upstream| clips[upstream]) else { continue };
        let recipe = recipe.digest();
        if let Some(record) = other.of(id, &recipe)
            && record.is_for(&recipe)
        {
            clips[index] = Some(record.clip);
            lock.shots.insert(id.clone(), record.clone());
        }
    }
    lock
}
