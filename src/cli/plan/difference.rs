//! What edits and older versions make of a plan, for programs.

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::film::Film;
use storyreel_core::index::ShotIndex;
use storyreel_core::plan::edit_cost::{EditCost, EditCosts, ShotsCost};
use storyreel_core::plan::impact::{Alternative, Edit, Reduction};

use super::amounts::CostLine;
use super::answer::{Against, Answer};
use super::reduction::ReductionSteps;

/// What edits since the lock was written make necessary.
#[derive(Serialize, JsonSchema)]
pub(super) struct ImpactLine {
    /// Shots that are made again for a reason of their own.
    direct: Vec<String>,
    /// Shots that are made again because a shot that they need is.
    upstream: Vec<String>,
    /// All of it together.
    whole: CostLine,
    /// Each edit with what follows from it.
    edits: Vec<EditLine>,
}

/// An edited shot.
#[derive(Serialize, JsonSchema)]
struct EditLine {
    /// The shot.
    shot: String,
    /// What changed.
    why: String,
    /// All that is made again because of it, itself included.
    remade: Vec<String>,
    /// What that costs.
    whole: CostLine,
    /// Ways to make less again.
    alternatives: Vec<AlternativeLine>,
}

/// A way to make less again.
#[derive(Serialize, JsonSchema)]
struct AlternativeLine {
    /// `cut`: the shots of `starts` begin on the file of the old frame. `keep_tail`: so, and the edited shot ends on it.
    way: &'static str,
    /// The shots that begin on the file.
    starts: Vec<String>,
    /// Digest of the old last frame.
    frame: String,
    /// What is still made again.
    remade: Vec<String>,
    /// What that costs.
    whole: CostLine,
    /// How it is done.
    how: String,
}

impl ImpactLine {
    pub(super) fn of(answer: &Answer<'_>, edits: &EditCosts) -> Self {
        let film = &answer.loaded.film;
        let each = edits.impact.edits.iter().zip(&edits.each);
        Self {
            edits: each.map(|(edit, cost)| EditLine::of(answer, edit, cost)).collect(),
            direct: shot_names(film, &edits.impact.direct),
            upstream: shot_names(film, &edits.impact.upstream),
            whole: CostLine::of_shots(&edits.whole),
        }
    }
}

impl EditLine {
    fn of(answer: &Answer<'_>, edit: &Edit, cost: &EditCost) -> Self {
        let film = &answer.loaded.film;
        let alternatives = edit.alternatives.iter().zip(&cost.alternatives);
        Self {
            shot: film.shots[edit.shot].id.to_string(),
            why: answer.plan.steps[edit.shot].why.to_string(),
            remade: shot_names(film, &edit.remade),
            whole: CostLine::of_shots(&cost.cost),
            alternatives: alternatives.map(|(way, cost)| AlternativeLine::of(answer, edit, way, cost)).collect(),
        }
    }
}

impl AlternativeLine {
    fn of(answer: &Answer<'_>, edit: &Edit, alternative: &Alternative, cost: &ShotsCost) -> Self {
        let film = &answer.loaded.film;
        let (way, starts, frame) = match &alternative.way {
            Reduction::Cut { shot, frame, .. } => ("cut", shot_names(film, &[*shot]), frame),
            Reduction::KeepTail { frame, starts } => ("keep_tail", shot_names(film, starts), frame),
        };
        Self {
            way,
            starts,
            frame: frame.to_string(),
            remade: shot_names(film, &alternative.remade),
            whole: CostLine::of_shots(cost),
            how: ReductionSteps::of(answer.loaded, edit, alternative).sentence(),
        }
    }
}

fn shot_names(film: &Film, shots: &[ShotIndex]) -> Vec<String> {
    shots.iter().map(|&at| film.shots[at].id.to_string()).collect()
}

/// What is different from an older version.
#[derive(Serialize, JsonSchema)]
pub(super) struct AgainstLine {
    /// The revision as the command line named it.
    revision: String,
    /// The commit that it stands for.
    commit: String,
    /// Whether the storyboard was there.
    existed: bool,
    /// Whether the lock was taken at its word, since there is no store.
    lock_trusted: bool,
    /// New shots.
    added: Vec<String>,
    /// Shots that are gone.
    removed: Vec<String>,
    /// Shots that ask for something else.
    changed: Vec<ChangedLine>,
    /// Shots that need one that is new or asks for something else.
    upstream: Vec<String>,
    /// Shots that stand elsewhere.
    moved: Vec<MovedLine>,
    /// Shots that are the same and have another clip in the lock.
    retaken: Vec<String>,
    /// To make what is different.
    bought: CostLine,
    /// The whole film from scratch, then.
    before: CostLine,
    /// The whole film from scratch, now.
    after: CostLine,
}

/// A shot that asks for something else.
#[derive(Serialize, JsonSchema)]
struct ChangedLine {
    /// The shot.
    shot: String,
    /// What differs.
    fields: Vec<String>,
}

/// A shot that stands elsewhere; places count from 1.
#[derive(Serialize, JsonSchema)]
struct MovedLine {
    /// The shot.
    shot: String,
    /// Its place then.
    from: usize,
    /// Its place now.
    to: usize,
}

impl AgainstLine {
    pub(super) fn of(film: &Film, against: &Against) -> Self {
        let comparison = &against.comparison;
        let difference = &comparison.difference;
        let changed = difference
            .changed
            .iter()
            .map(|(at, fields)| ChangedLine { shot: film.shots[*at].id.to_string(), fields: fields.clone() });
        let moved = difference.moved.iter().map(|&(at, old)| MovedLine {
            shot: film.shots[at].id.to_string(),
            from: old.0 + 1,
            to: at.0 + 1,
        });
        Self {
            revision: against.revision.clone(),
            commit: against.commit.clone(),
            existed: against.then.is_some(),
            lock_trusted: against.trusting,
            added: shot_names(film, &difference.added),
            removed: against.then.as_ref().map_or_else(Vec::new, |then| shot_names(then, &difference.removed)),
            changed: changed.collect(),
            upstream: shot_names(film, &difference.upstream),
            moved: moved.collect(),
            retaken: shot_names(film, &difference.retaken),
            bought: CostLine::of(&difference.bought, comparison.bought),
            before: CostLine::of(&difference.before, comparison.before),
            after: CostLine::of(&difference.after, comparison.after),
        }
    }
}
