//! What the lock of one film says of another film of the same storyboard.

use crate::film::Film;
use crate::graph::ShotGraph;
use crate::index::ShotIndex;
use crate::lock::{ClipRecord, Lock};
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
        let clip = |upstream: ShotIndex| clips[upstream];
        let Some(recipe) = Recipe::of(film, index, &clip).map(|recipe| recipe.digest()) else { continue };
        let same = |taken: &&ClipRecord| taken.recipe == recipe;
        if let Some(taken) = other.of(id, &recipe).filter(same) {
            clips[index] = Some(taken.clip);
            lock.shots.insert(id.clone(), taken.clone());
        }
    }
    lock
}
