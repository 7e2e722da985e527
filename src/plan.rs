//! What a render will do to every shot, and why. `render` executes this value and decides nothing else.

use std::collections::HashSet;
use std::time::Duration;

use crate::catalog::ANIMATIC;
use crate::film::{Film, Make};
use crate::graph::ShotGraph;
use crate::lock::{Lock, Taken};
use crate::recipe::Recipe;
use crate::units::{Digest, ShotId};

/// What is known of clips that exist: the store, seen by the planner.
pub trait Known {
    /// The receipt of a recipe that was made before.
    fn receipt(&self, recipe: &Digest) -> Option<Taken>;
    /// Whether the object is in the store.
    fn has(&self, object: &Digest) -> bool;
    /// The canonical text of a recipe seen before.
    fn recipe(&self, recipe: &Digest) -> Option<Recipe>;
}

/// What is known where there is no store yet.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Known for Nothing {
    fn receipt(&self, _: &Digest) -> Option<Taken> {
        None
    }

    fn has(&self, _: &Digest) -> bool {
        false
    }

    fn recipe(&self, _: &Digest) -> Option<Recipe> {
        None
    }
}

/// The plan of one film.
#[derive(Debug, Clone)]
pub struct Plan {
    /// A step for every shot, in film order.
    pub steps: Vec<Step>,
    /// The shots on the longest chain of work that must be done one after the other.
    pub critical_path: Vec<ShotId>,
    /// The length of that chain.
    pub critical_time: Duration,
}

/// What will happen to one shot.
#[derive(Debug, Clone)]
pub struct Step {
    /// The shot.
    pub shot: ShotId,
    /// The digest of its recipe; `None` while it waits for clips that are yet to be made.
    pub recipe: Option<Digest>,
    /// The shots that it needs, by index.
    pub needs: Vec<usize>,
    /// What is done.
    pub action: Action,
    /// Why.
    pub why: Why,
    /// Expected length of the work.
    pub expected: Duration,
}

/// What is done with a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Its clip is in the store.
    Reuse(Box<Taken>),
    /// It is made here, free of charge.
    Local,
    /// It is rendered at a service, for money.
    Render,
}

impl Action {
    /// The word for plans.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Reuse(_) => "reuse",
            Self::Local => "local",
            Self::Render => "render",
        }
    }
}

/// The reason for an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The lock does not know the shot.
    New,
    /// These fields of its recipe changed.
    Changed(Vec<String>),
    /// A shot that it needs is made again.
    Upstream(ShotId),
    /// The lock names a clip that the store does not hold.
    Missing,
    /// Nothing changed.
    UpToDate,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Changed(fields) if fields.is_empty() => f.write_str("changed"),
            Self::Changed(fields) => write!(f, "{} changed", fields.join(", ")),
            Self::Upstream(shot) => write!(f, "upstream {shot} changed"),
            Self::Missing => f.write_str("clip not in the store"),
            Self::UpToDate => f.write_str("up to date"),
        }
    }
}

/// Plans `film`. Never fails: what is not known is made.
#[must_use]
pub fn make(film: &Film, graph: &ShotGraph, lock: &Lock, known: &dyn Known) -> Plan {
    let mut steps: Vec<Option<Step>> = vec![None; film.shots.len()];
    for index in graph.order() {
        steps[index] = Some(step(film, graph, lock, known, &steps, index));
    }
    // The order names every shot once, since the graph has no cycle.
    let steps: Vec<Step> = steps.into_iter().flatten().collect();
    let (critical_path, critical_time) = critical(&steps, graph);
    Plan { steps, critical_path, critical_time }
}

fn step(film: &Film, graph: &ShotGraph, lock: &Lock, known: &dyn Known, done: &[Option<Step>], index: usize) -> Step {
    let shot = &film.shots[index];
    let entry = lock.shots.get(&shot.id);
    let needs = graph.parents(index);
    let reused = |other: usize| match &done[other].as_ref()?.action {
        Action::Reuse(taken) => Some(taken.clip),
        _ => None,
    };
    let recipe = Recipe::of(film, index, &reused);
    let made = |why| (if is_free(&shot.make) { Action::Local } else { Action::Render }, why);
    let digest = recipe.as_ref().map(Recipe::digest);
    let (action, why) = match recipe.as_ref().zip(digest) {
        Some((recipe, digest)) => {
            let locked = entry.filter(|taken| taken.recipe == digest);
            let found = locked.filter(|taken| known.has(&taken.clip)).cloned();
            match found.or_else(|| known.receipt(&digest).filter(|taken| known.has(&taken.clip))) {
                Some(taken) => (Action::Reuse(Box::new(taken)), Why::UpToDate),
                None if locked.is_some() => made(Why::Missing),
                None => made(difference(recipe, entry, known, film, lock)),
            }
        }
        None => made(behind(film, index, lock, &needs, &reused, known)),
    };
    let expected = match (&action, &shot.make) {
        (Action::Reuse(_), _) => Duration::ZERO,
        (_, make) => expected(make, shot.length),
    };
    Step { shot: shot.id.clone(), recipe: digest, needs, action, why, expected }
}

/// Why a shot is made whose recipe is known.
fn difference(recipe: &Recipe, entry: Option<&Taken>, known: &dyn Known, film: &Film, lock: &Lock) -> Why {
    let Some(entry) = entry else { return Why::New };
    let Some(older) = known.recipe(&entry.recipe) else { return Why::Changed(Vec::new()) };
    let changes = recipe.changes(&older);
    // An input that names another clip than before is an upstream change, unless more than that changed.
    let upstream = |field: &&str| {
        recipe.get(field).is_some_and(|value| value.contains(" of sha256:") || value.starts_with("clip sha256:"))
    };
    if changes.is_empty() || !changes.iter().all(upstream) {
        return described(&changes);
    }
    let value = recipe.get(changes[0]).unwrap_or_default();
    let clip = |shot: &&crate::film::Shot| lock.shots.get(&shot.id).map(|taken| taken.clip.to_string());
    let from = film.shots.iter().find(|shot| clip(shot).is_some_and(|clip| value.ends_with(&clip)));
    from.map_or_else(|| described(&changes), |shot| Why::Upstream(shot.id.clone()))
}

/// Why a shot is made that waits for others: because they are made again, or because of a change of its own.
fn behind(
    film: &Film,
    index: usize,
    lock: &Lock,
    needs: &[usize],
    reused: &impl Fn(usize) -> Option<Digest>,
    known: &dyn Known,
) -> Why {
    let Some(entry) = lock.shots.get(&film.shots[index].id) else { return Why::New };
    let locked = |other: usize| lock.shots.get(&film.shots[other].id).map(|taken| taken.clip);
    if let Some(with_old_clips) = Recipe::of(film, index, &locked)
        && with_old_clips.digest() != entry.recipe
        && let Some(older) = known.recipe(&entry.recipe)
    {
        return described(&with_old_clips.changes(&older));
    }
    let waits_for = needs.iter().find(|&&other| reused(other).is_none());
    waits_for.map_or(Why::New, |&other| Why::Upstream(film.shots[other].id.clone()))
}

fn described(changes: &[&str]) -> Why {
    Why::Changed(changes.iter().map(|field| field.split('.').next().unwrap_or(field).to_owned()).collect())
}

fn is_free(make: &Make) -> bool {
    match make {
        Make::Prompt(render) => !render.provider.paid,
        Make::Card { .. } | Make::Still(_) | Make::Footage { .. } => true,
    }
}

/// How long making a shot takes. What is painted here takes about a seventh of its length (measured with
/// an animatic at 720p); a service takes the documented spread's middle, 110 s for 5 s of film.
fn expected(make: &Make, length: Duration) -> Duration {
    match make {
        Make::Prompt(render) if render.provider.id != ANIMATIC => Duration::from_secs(85) + length * 5,
        _ => length / 7,
    }
}

/// The chain of unfinished work that takes longest.
fn critical(steps: &[Step], graph: &ShotGraph) -> (Vec<ShotId>, Duration) {
    let mut longest: Vec<(Duration, Option<usize>)> = vec![(Duration::ZERO, None); steps.len()];
    for shot in graph.order() {
        let before = steps[shot].needs.iter().map(|&other| (longest[other].0, other)).max();
        let (time, from) = before.map_or((Duration::ZERO, None), |(time, other)| (time, Some(other)));
        longest[shot] = (time + steps[shot].expected, from.filter(|_| time > Duration::ZERO));
    }
    let end = (0..steps.len()).max_by_key(|&shot| (longest[shot].0, std::cmp::Reverse(shot)));
    let Some(end) = end.filter(|&end| longest[end].0 > Duration::ZERO) else { return (Vec::new(), Duration::ZERO) };
    let mut path = vec![end];
    let mut seen = HashSet::from([end]);
    while let Some(from) = longest[path[path.len() - 1]].1.filter(|from| seen.insert(*from)) {
        path.push(from);
    }
    path.reverse();
    (path.into_iter().map(|shot| steps[shot].shot.clone()).collect(), longest[end].0)
}
