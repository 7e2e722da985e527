//! A storyboard against an older version of itself: which shots came, went, changed and moved, and what that costs.

use std::collections::{BTreeSet, HashMap};

use super::{KnownClips, Totals, Unfinished};
use crate::film::{Film, Make, Shot};
use crate::graph::ShotGraph;
use crate::lock::{ClipRecord, Lock};
use crate::recipe::Recipe;
use crate::units::{Digest, ShotId};

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanDifference {
    /// New shots, by their index now.
    pub added: Vec<usize>,
    /// Shots that are gone, by their index then.
    pub removed: Vec<usize>,
    /// Shots that ask for something else, by their index now, with the fields that differ.
    pub changed: Vec<(usize, Vec<String>)>,
    /// Shots that are the same themselves but need one that is not.
    pub upstream: Vec<usize>,
    /// Shots that stand elsewhere in the film, by their index now and then.
    pub moved: Vec<(usize, usize)>,
    /// Shots that are the same and whose clip in the lock is another one: deliberate re-rolls.
    pub retaken: Vec<usize>,
    /// What the whole film costs from nothing, then.
    pub before: Totals,
    /// What the whole film costs from nothing, now.
    pub after: Totals,
    /// What the difference costs: the new, the changed, and those that need them.
    pub bought: Totals,
}

impl PlanDifference {
    /// Whether nothing is different.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let Self { added, removed, changed, moved, retaken, .. } = self;
        added.is_empty() && removed.is_empty() && changed.is_empty() && moved.is_empty() && retaken.is_empty()
    }

    /// The shots that are made because of the difference, by their index now, in film order.
    #[must_use]
    pub fn remade(&self) -> Vec<usize> {
        let own = self.added.iter().chain(self.changed.iter().map(|(shot, _)| shot));
        own.chain(&self.upstream).copied().collect::<BTreeSet<usize>>().into_iter().collect()
    }
}

/// What is different between `then` and `now`, each with its lock.
#[must_use]
pub fn difference(then: (&Film, &Lock), now: (&Film, &Lock), graph: &ShotGraph) -> PlanDifference {
    let places: HashMap<&ShotId, usize> = then.0.shots.iter().enumerate().map(|(at, shot)| (&shot.id, at)).collect();
    let is_there: BTreeSet<&ShotId> = now.0.shots.iter().map(|shot| &shot.id).collect();
    let mut difference = PlanDifference {
        removed: (0..then.0.shots.len()).filter(|&at| !is_there.contains(&then.0.shots[at].id)).collect(),
        before: whole(then.0.shots.iter()),
        after: whole(now.0.shots.iter()),
        ..PlanDifference::default()
    };
    let mut common = Vec::new();
    for (at, shot) in now.0.shots.iter().enumerate() {
        let Some(&older) = places.get(&shot.id) else {
            difference.added.push(at);
            continue;
        };
        common.push((at, older));
        let fields = own_changes((now.0, at), (then.0, older));
        let clip = |lock: &Lock| lock.shots.get(&shot.id).map(|taken| taken.clip);
        if !fields.is_empty() {
            difference.changed.push((at, fields));
        } else if clip(then.1).zip(clip(now.1)).is_some_and(|(then, now)| then != now) {
            difference.retaken.push(at);
        }
    }
    difference.moved = moved(&common);
    difference.upstream = behind(graph, &difference);
    difference.bought = whole(difference.remade().iter().map(|&at| &now.0.shots[at]));
    difference
}

/// What rendering these shots costs.
fn whole<'a>(shots: impl Iterator<Item = &'a Shot>) -> Totals {
    let mut totals = Totals::default();
    for shot in shots {
        if let Make::Prompt(render) = &shot.make
            && let Some(estimate) = render.estimate()
        {
            totals.add(&estimate);
        }
    }
    totals
}

/// The fields in which a shot itself differs: every other shot stands for its name, whatever its clip is.
fn own_changes(now: (&Film, usize), then: (&Film, usize)) -> Vec<String> {
    let recipe = |(film, at): (&Film, usize)| {
        let name = |other: usize| Some(Digest::of(film.shots[other].id.as_str().as_bytes()));
        Recipe::of(film, at, &name)
    };
    let (Some(now), Some(then)) = (recipe(now), recipe(then)) else { return Vec::new() };
    let mut fields: Vec<String> =
        now.changes(&then).iter().map(|field| field.split('.').next().unwrap_or(field).to_owned()).collect();
    fields.dedup();
    fields
}

/// Shots that need, directly or not, one that is new or changed.
fn behind(graph: &ShotGraph, difference: &PlanDifference) -> Vec<usize> {
    let own: BTreeSet<usize> = difference.remade().into_iter().collect();
    let mut reached = own.clone();
    let mut queue: Vec<usize> = own.iter().copied().collect();
    while let Some(next) = queue.pop() {
        queue.extend(graph.children(next).into_iter().filter(|&child| reached.insert(child)));
    }
    reached.difference(&own).copied().collect()
}

/// The fewest shots that one would have to move to get from the old order to the new: all that are not in a longest run
/// of shots whose order is kept.
fn moved(common: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last element of the best run of each length, and the element before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(common.len());
    for (at, (_, older)) in common.iter().enumerate() {
        let length = ends.partition_point(|&end| common[end].1 < *older);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut kept = BTreeSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        kept.insert(at);
        next = before[at];
    }
    (0..common.len()).filter(|at| !kept.contains(at)).map(|at| common[at]).collect()
}

/// What a machine without a store can know: the clips that a lock names, taken to be where the lock was written, and the
/// recipes of the film that the lock belongs to.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    objects: BTreeSet<[u8; 32]>,
    recipes: HashMap<Digest, Recipe>,
}

impl Trusted {
    /// What the locks say, and the recipes of `film` under its own lock.
    #[must_use]
    pub fn of(film: &Film, own: &Lock, locks: &[&Lock]) -> Self {
        let taken = locks.iter().flat_map(|lock| lock.shots.values());
        let objects = taken.flat_map(|taken| [Some(taken.clip), taken.last_frame]).flatten();
        let clip = |other: usize| own.shots.get(&film.shots[other].id).map(|taken| taken.clip);
        let recipes = (0..film.shots.len()).filter_map(|at| Recipe::of(film, at, &clip));
        Self {
            objects: objects.map(|digest| *digest.as_bytes()).collect(),
            recipes: recipes.map(|recipe| (recipe.digest(), recipe)).collect(),
        }
    }
}

impl KnownClips for Trusted {
    fn receipt(&self, _: &Digest) -> Option<ClipRecord> {
        None
    }

    fn has(&self, object: &Digest) -> bool {
        self.objects.contains(object.as_bytes())
    }

    fn recipe(&self, recipe: &Digest) -> Option<Recipe> {
        self.recipes.get(recipe).cloned()
    }

    fn unfinished(&self, _: &Digest) -> Option<Unfinished> {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_fewest_shots_have_moved() {
        assert_eq!(moved(&[(0, 0), (1, 1), (2, 2)]), []);
        assert_eq!(moved(&[(0, 3), (1, 0), (2, 1), (3, 2)]), [(0, 3)]);
        assert_eq!(moved(&[(0, 1), (1, 2), (2, 0)]), [(2, 0)]);
    }

    proptest! {
        #[test]
        fn what_has_not_moved_is_in_order(older in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle()) {
            let common: Vec<(usize, usize)> = older.iter().copied().enumerate().collect();
            let moved = moved(&common);
            let kept: Vec<usize> = common.iter().filter(|pair| !moved.contains(pair)).map(|(_, older)| *older).collect();
            prop_assert!(kept.is_sorted() && kept.len() + moved.len() == 40);
        }
    }
}
