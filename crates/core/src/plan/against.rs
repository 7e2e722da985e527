//! A storyboard against an older version of itself: which shots came, went, changed and moved, and what that costs.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::{KnownClips, Nothing, RunTime, Totals, Unfinished, make};
use crate::film::{Film, Make, Shot};
use crate::graph::ShotGraph;
use crate::index::ShotIndex;
use crate::lock::{ClipRecord, Lock};
use crate::recipe::{EarlierTakes, Recipe};
use crate::units::{Digest, ShotId};

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanDifference {
    /// New shots, by their index now.
    pub added: Vec<ShotIndex>,
    /// Shots that are gone, by their index then.
    pub removed: Vec<ShotIndex>,
    /// Shots that ask for something else, by their index now, with the fields that differ.
    pub changed: Vec<(ShotIndex, Vec<String>)>,
    /// Shots that are the same themselves but need one that is not.
    pub upstream: Vec<ShotIndex>,
    /// Shots that stand elsewhere in the film, by their index now and then.
    pub moved: Vec<(ShotIndex, ShotIndex)>,
    /// Shots that are the same and whose clip in the lock is another one: deliberate re-rolls.
    pub retaken: Vec<ShotIndex>,
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
    pub fn remade(&self) -> Vec<ShotIndex> {
        let own = self.added.iter().chain(self.changed.iter().map(|(shot, _)| shot));
        own.chain(&self.upstream).copied().collect::<BTreeSet<ShotIndex>>().into_iter().collect()
    }
}

/// A storyboard at some time, resolved, with its lock.
#[derive(Debug, Clone, Copy)]
pub struct FilmVersion<'a> {
    /// The film.
    pub film: &'a Film,
    /// Who needs whom.
    pub graph: &'a ShotGraph,
    /// What it was made of.
    pub lock: &'a Lock,
}

/// Two versions of a storyboard side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionComparison {
    /// What is different.
    pub difference: PlanDifference,
    /// Expected length of a run that makes everything, then.
    pub before: Duration,
    /// Expected length of a run that makes everything, now.
    pub after: Duration,
    /// Expected length of a run that makes what is different.
    pub bought: Duration,
}

impl VersionComparison {
    /// Compares what is there now with what was there `then`; `None` where there was nothing.
    #[must_use]
    pub fn of(then: Option<FilmVersion<'_>>, now: FilmVersion<'_>, run_time: &dyn RunTime) -> Self {
        let plan = make(now.film, now.graph, &Lock::default(), &Nothing);
        let difference = PlanDifference::of(then, now);
        let remade = difference.remade();
        let before = then.map(|then| {
            let plan = make(then.film, then.graph, &Lock::default(), &Nothing);
            run_time.of_plan(then.film, &plan)
        });
        Self {
            before: before.unwrap_or_default(),
            after: run_time.of_plan(now.film, &plan),
            bought: run_time.of_shots(now.film, &plan, &|at| remade.binary_search(&at).is_ok()),
            difference,
        }
    }
}

impl PlanDifference {
    /// What is different between `then`, `None` where there was nothing, and `now`.
    fn of(then: Option<FilmVersion<'_>>, now: FilmVersion<'_>) -> Self {
        let older: &[Shot] = then.map_or(&[], |then| &then.film.shots);
        let is_there: BTreeSet<&ShotId> = now.film.shots.iter().map(|shot| &shot.id).collect();
        let mut difference = Self {
            removed: ShotIndex::all(older.len()).filter(|&at| !is_there.contains(&older[at].id)).collect(),
            before: price_of(older.iter()),
            after: price_of(now.film.shots.iter()),
            ..Self::default()
        };
        let common = match then {
            Some(then) => difference.compare_shots(then, now),
            None => {
                difference.added = ShotIndex::all(now.film.shots.len()).collect();
                Vec::new()
            }
        };
        difference.moved = moved_shots(&common);
        difference.upstream = shots_behind(now.graph, &difference);
        difference.bought = price_of(difference.remade().iter().map(|&at| &now.film.shots[at]));
        difference
    }

    /// Finds the shots that are new, changed or retaken, and returns the places, now and then, of those that are in both.
    fn compare_shots(&mut self, then: FilmVersion<'_>, now: FilmVersion<'_>) -> Vec<(ShotIndex, ShotIndex)> {
        let older = ShotIndex::all(then.film.shots.len()).zip(&then.film.shots);
        let places: HashMap<&ShotId, ShotIndex> = older.map(|(at, shot)| (&shot.id, at)).collect();
        let mut common = Vec::new();
        for (at, shot) in ShotIndex::all(now.film.shots.len()).zip(&now.film.shots) {
            let Some(&older) = places.get(&shot.id) else {
                self.added.push(at);
                continue;
            };
            common.push((at, older));
            let fields = changed_fields(own_recipe(now.film, at), own_recipe(then.film, older));
            let old_clip = then.lock.shots.get(&shot.id).map(|record| record.clip);
            let new_clip = now.lock.shots.get(&shot.id).map(|record| record.clip);
            if !fields.is_empty() {
                self.changed.push((at, fields));
            } else if old_clip.is_some() && new_clip.is_some() && old_clip != new_clip {
                self.retaken.push(at);
            }
        }
        common
    }
}

/// What rendering these shots costs.
fn price_of<'a>(shots: impl Iterator<Item = &'a Shot>) -> Totals {
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

/// What a shot itself asks for: every other shot stands for its name, whatever its clip is.
fn own_recipe(film: &Film, at: ShotIndex) -> Option<Recipe> {
    Recipe::of(film, at, EarlierTakes::Numbered, &|other| Some(Digest::of(film.shots[other].id.as_str().as_bytes())))
}

/// The fields in which two recipes differ.
fn changed_fields(now: Option<Recipe>, then: Option<Recipe>) -> Vec<String> {
    let Some((now, then)) = now.zip(then) else { return Vec::new() };
    let mut fields: Vec<String> =
        now.changes(&then).iter().map(|field| field.split('.').next().unwrap_or(field).to_owned()).collect();
    fields.dedup();
    fields
}

/// Shots that need, directly or not, one that is new or changed.
fn shots_behind(graph: &ShotGraph, difference: &PlanDifference) -> Vec<ShotIndex> {
    let own: BTreeSet<ShotIndex> = difference.remade().into_iter().collect();
    let mut reached = own.clone();
    let mut queue: Vec<ShotIndex> = own.iter().copied().collect();
    while let Some(next) = queue.pop() {
        queue.extend(graph.children(next).into_iter().filter(|&child| reached.insert(child)));
    }
    reached.difference(&own).copied().collect()
}

/// The fewest shots that one would have to move to get from the old order to the new: all that are not in a longest run
/// of shots whose order is kept.
fn moved_shots(common: &[(ShotIndex, ShotIndex)]) -> Vec<(ShotIndex, ShotIndex)> {
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
        let mut recipes = HashMap::new();
        for at in ShotIndex::all(film.shots.len()) {
            let recipe = Recipe::of(film, at, own, &|other| Some(own.shots.get(&film.shots[other].id)?.clip));
            if let Some(recipe) = recipe {
                recipes.insert(recipe.digest(), recipe);
            }
        }
        Self { objects: objects.map(|digest| *digest.as_bytes()).collect(), recipes }
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
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::film::{Inventory, Overrides, resolve};
    use crate::graph;
    use crate::plan::Plan;
    use crate::source_file::SourceFile;
    use crate::storyboard;
    use crate::storyboard::Choices;

    /// One shot after the other.
    struct OneByOne;

    impl RunTime for OneByOne {
        fn of_shots(&self, _: &Film, plan: &Plan, wanted: &dyn Fn(ShotIndex) -> bool) -> Duration {
            ShotIndex::all(plan.steps.len()).filter(|&at| wanted(at)).map(|at| plan.steps[at].expected).sum()
        }

        fn of_films(&self, films: &[(&Film, &Plan)]) -> Duration {
            films.iter().map(|(film, plan)| self.of_plan(film, plan)).sum()
        }
    }

    fn resolved(shots: &str) -> (Film, ShotGraph) {
        let text = format!("storyboard: 1\ntitle: T\nshots:\n{shots}");
        let source = SourceFile::new("film.yaml", text);
        let (board, found) = storyboard::parse(&source, Choices::default());
        let board = board.expect("it is a storyboard");
        let checked = resolve(&board, &Arc::new(source), &Overrides::default(), &Inventory::new(), found);
        graph::build(&board, checked).0.expect("it is a film")
    }

    #[test]
    fn what_is_different_is_bought_and_nothing_else() {
        let (old, old_graph) = resolved("  - {id: a, prompt: Rain.}\n  - {id: b, prompt: Snow.}\n");
        let (new, new_graph) = resolved("  - {id: a, prompt: Rain.}\n  - {id: b, prompt: Hail.}\n");
        let lock = Lock::default();
        let then = FilmVersion { film: &old, graph: &old_graph, lock: &lock };
        let now = FilmVersion { film: &new, graph: &new_graph, lock: &lock };
        let compared = VersionComparison::of(Some(then), now, &OneByOne);
        assert_eq!(compared.difference.changed, [(ShotIndex(1), vec!["prompt".to_owned()])]);
        assert_eq!((compared.before, compared.bought * 2), (compared.after, compared.after));
        let same = VersionComparison::of(Some(now), now, &OneByOne);
        assert!(same.difference.is_nothing() && same.bought.is_zero());
    }

    #[test]
    fn all_is_new_where_there_was_no_storyboard() {
        let (film, graph) = resolved("  - {id: a, prompt: Rain.}\n  - {id: b, prompt: Snow.}\n");
        let now = FilmVersion { film: &film, graph: &graph, lock: &Lock::default() };
        let compared = VersionComparison::of(None, now, &OneByOne);
        assert_eq!(compared.difference.added, [0, 1].map(ShotIndex));
        assert_eq!((compared.before, compared.bought), (Duration::ZERO, compared.after));
    }

    /// The places now of shots that stood at `older`.
    fn places(older: &[usize]) -> Vec<(ShotIndex, ShotIndex)> {
        ShotIndex::all(older.len()).zip(older.iter().copied().map(ShotIndex)).collect()
    }

    #[test]
    fn the_fewest_shots_have_moved() {
        for (older, moved) in [(&[0, 1, 2][..], None), (&[3, 0, 1, 2], Some((0, 3))), (&[1, 2, 0], Some((2, 0)))] {
            let expected: Vec<(ShotIndex, ShotIndex)> =
                moved.into_iter().map(|(now, then)| (ShotIndex(now), ShotIndex(then))).collect();
            assert_eq!(moved_shots(&places(older)), expected);
        }
    }

    proptest! {
        #[test]
        fn what_has_not_moved_is_in_order(older in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle()) {
            let common = places(&older);
            let moved = moved_shots(&common);
            let kept: Vec<ShotIndex> = common.iter().filter(|pair| !moved.contains(pair)).map(|(_, older)| *older).collect();
            prop_assert!(kept.is_sorted() && kept.len() + moved.len() == 40);
        }
    }
}
