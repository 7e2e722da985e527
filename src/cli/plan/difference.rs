//! What edits and older versions make of a plan, for programs.

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::film::Film;
use storyreel_core::plan::Totals;
use storyreel_core::plan::impact::Reduction;

use super::answer::{Against, Answer, Edits};
use super::how;
use super::json::{Sum, sums};

/// What some of the shots cost.
#[derive(Serialize, JsonSchema)]
struct CostLine {
    /// Least and most in each currency.
    cost: Vec<Sum>,
    /// Shots whose price is not known: they are in no sum.
    unknown_price: usize,
    /// Expected time in seconds.
    seconds: f64,
}

impl CostLine {
    fn of(totals: &Totals, wall: std::time::Duration) -> Self {
        Self { cost: sums(totals), unknown_price: totals.unknown, seconds: wall.as_secs_f64().ceil() }
    }
}

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
    pub(super) fn of(answer: &Answer<'_>, edits: &Edits) -> Self {
        let film = &answer.loaded.film;
        let ids = |shots: &[usize]| shots.iter().map(|&at| film.shots[at].id.to_string()).collect::<Vec<_>>();
        let each = edits.impact.edits.iter().zip(&edits.each).map(|(edit, (cost, costs))| EditLine {
            shot: film.shots[edit.shot].id.to_string(),
            why: answer.plan.steps[edit.shot].why.to_string(),
            remade: ids(&edit.remade),
            whole: CostLine::of(&cost.totals, cost.wall),
            alternatives: (edit.alternatives.iter().zip(costs))
                .map(|(alternative, cost)| {
                    let (way, starts, frame) = match &alternative.way {
                        Reduction::Cut { shot, frame, .. } => ("cut", ids(&[*shot]), frame),
                        Reduction::KeepTail { frame, starts } => ("keep_tail", ids(starts), frame),
                    };
                    AlternativeLine {
                        way,
                        starts,
                        frame: frame.to_string(),
                        remade: ids(&alternative.remade),
                        whole: CostLine::of(&cost.totals, cost.wall),
                        how: how(answer, edit, alternative).join(", and "),
                    }
                })
                .collect(),
        });
        Self {
            edits: each.collect(),
            direct: ids(&edits.impact.direct),
            upstream: ids(&edits.impact.upstream),
            whole: CostLine::of(&edits.whole.totals, edits.whole.wall),
        }
    }
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
    /// The whole film from nothing, then.
    before: CostLine,
    /// The whole film from nothing, now.
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
        let difference = &against.difference;
        let id = |at: usize| film.shots[at].id.to_string();
        let ids = |shots: &[usize]| shots.iter().map(|&at| id(at)).collect::<Vec<_>>();
        let gone = |at: &usize| against.then.as_ref().map(|then| then.shots[*at].id.to_string());
        let changed =
            difference.changed.iter().map(|(at, fields)| ChangedLine { shot: id(*at), fields: fields.clone() });
        let moved = difference.moved.iter().map(|&(at, old)| MovedLine { shot: id(at), from: old + 1, to: at + 1 });
        Self {
            revision: against.revision.clone(),
            commit: against.commit.clone(),
            existed: against.then.is_some(),
            lock_trusted: against.trusting,
            added: ids(&difference.added),
            removed: difference.removed.iter().filter_map(gone).collect(),
            changed: changed.collect(),
            upstream: ids(&difference.upstream),
            moved: moved.collect(),
            retaken: ids(&difference.retaken),
            bought: CostLine::of(&difference.bought, against.bought),
            before: CostLine::of(&difference.before, against.before),
            after: CostLine::of(&difference.after, against.after),
        }
    }
}
