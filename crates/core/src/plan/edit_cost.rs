//! What edits cost in money and time, with what their alternatives cost.

use std::time::Duration;

use super::impact::{self, Impact};
use super::{KnownClips, Plan, RunTime, Totals};
use crate::film::Film;
use crate::graph::ShotGraph;
use crate::index::ShotIndex;
use crate::lock::Lock;

/// Money and time of some of the shots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShotsCost {
    /// The money.
    pub totals: Totals,
    /// Expected length of a run that makes these shots alone.
    pub wall: Duration,
}

/// What one edit costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditCost {
    /// All that is made again because of it.
    pub cost: ShotsCost,
    /// What is still made again with each of its alternatives.
    pub alternatives: Vec<ShotsCost>,
}

/// What edits since the lock was written cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditCosts {
    /// What they make necessary.
    pub impact: Impact,
    /// All of it together.
    pub whole: ShotsCost,
    /// The cost of each edit, in the order of `impact.edits`.
    pub each: Vec<EditCost>,
}

impl EditCosts {
    /// What edits cost; `None` where they cost no money.
    #[must_use]
    pub fn of(
        film: &Film,
        graph: &ShotGraph,
        plan: &Plan,
        lock: &Lock,
        known: &dyn KnownClips,
        run_time: &dyn RunTime,
    ) -> Option<Self> {
        let impact = impact::of(film, graph, plan, lock, known);
        let mut all: Vec<ShotIndex> = impact.direct.iter().chain(&impact.upstream).copied().collect();
        all.sort_unstable();
        let whole = ShotsCost::of(film, plan, &all, run_time);
        if whole.totals.is_nothing() {
            return None;
        }
        let mut each = Vec::new();
        for edit in &impact.edits {
            let alternatives = edit.alternatives.iter();
            each.push(EditCost {
                cost: ShotsCost::of(film, plan, &edit.remade, run_time),
                alternatives: alternatives.map(|way| ShotsCost::of(film, plan, &way.remade, run_time)).collect(),
            });
        }
        Some(Self { impact, whole, each })
    }
}

impl ShotsCost {
    /// The cost of `shots`, by index, in order.
    fn of(film: &Film, plan: &Plan, shots: &[ShotIndex], run_time: &dyn RunTime) -> Self {
        Self {
            totals: Totals::of(shots.iter().map(|&shot| &plan.steps[shot])),
            wall: run_time.of_shots(film, plan, &|at| shots.binary_search(&at).is_ok()),
        }
    }
}
