//! All that a plan says of one storyboard, computed once for whichever format shows it.

use std::time::Duration;

use storyreel_core::film::Film;
use storyreel_core::lock::Lock;
use storyreel_core::plan::against::{FilmVersion, VersionComparison};
use storyreel_core::plan::compare::{ComparisonInput, ProfileQuote, quotes_by_profile};
use storyreel_core::plan::edit_cost::EditCosts;
use storyreel_core::plan::{
    BudgetLeft, ClipStop, Documented, KnownClips, Plan, PriceAge, RunTime as _, TimeFrom, Totals,
};
use storyreel_core::storyboard::Storyboard;
use storyreel_core::units::ShotId;

use super::revision::Revision;
use super::run_time::SimulatedTime;
use crate::cli::context::Context;
use crate::cli::load::Loaded;

/// What a plan says.
pub(super) struct Answer<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) plan: &'a Plan,
    pub(super) profile: Option<String>,
    pub(super) totals: Totals,
    /// Expected length of the run; left out where it would cost time and nobody reads it.
    pub(super) wall: Option<Duration>,
    /// Where expected times come from; none where nothing is ordered.
    pub(super) times: Vec<TimeFrom>,
    pub(super) edits: Option<EditCosts>,
    pub(super) profiles: Vec<ProfileQuote>,
    pub(super) against: Option<Against>,
    pub(super) prices: Vec<PriceAge>,
    pub(super) budget: Option<BudgetLeft>,
}

impl Answer<'_> {
    /// The shots with a clip from which nothing goes on, and why.
    pub(super) fn stops(&self) -> impl Iterator<Item = (&ShotId, ClipStop)> {
        let shots = self.loaded.film.shots.iter().zip(&self.plan.steps);
        shots.filter_map(|(shot, step)| Some((&shot.id, step.stop(shot)?)))
    }
}

/// What is different from an older version.
pub(super) struct Against {
    /// The revision as the user named it, and what it stands for.
    pub(super) revision: String,
    pub(super) commit: String,
    /// The film of that version.
    pub(super) then: Option<Film>,
    pub(super) comparison: VersionComparison,
    /// Whether the lock was taken at its word, since there is no store here.
    pub(super) trusting: bool,
}

/// A plan, and what it was made from.
#[derive(Clone, Copy)]
pub(super) struct PlanBasis<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) plan: &'a Plan,
    pub(super) lock: &'a Lock,
    pub(super) known: &'a dyn KnownClips,
}

/// What the user wants to know beyond the plan itself.
#[derive(Clone, Copy, Default)]
pub(super) struct PlanQuestions<'a> {
    /// Whether the time is needed even if nothing is spent.
    pub(super) wall: bool,
    /// Whether all profiles are wanted even if nothing is spent.
    pub(super) profiles: bool,
    /// The older version to compare with.
    pub(super) against: Option<&'a Revision>,
    /// Whether the lock was taken at its word.
    pub(super) trusting: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn of(context: &Context, basis: PlanBasis<'a>, questions: PlanQuestions<'_>) -> Self {
        let PlanBasis { loaded, plan, lock, known } = basis;
        let film = &loaded.film;
        let totals = Totals::of(&plan.steps);
        // What follows is about money: a film that is made here pays nothing for it, in time either.
        let spends = plan.steps.iter().any(|step| step.estimate.is_some());
        let mut times: Vec<TimeFrom> = plan.steps.iter().filter_map(|step| step.time_from).collect();
        times.sort_unstable();
        times.dedup();
        let mut answer = Self {
            loaded,
            plan,
            profile: context.common.profile.clone(),
            wall: (spends || questions.wall).then(|| SimulatedTime.of_plan(film, plan)),
            times,
            edits: None,
            profiles: Vec::new(),
            against: questions.against.map(|then| compared_with(loaded, lock, then, questions.trusting)),
            prices: Vec::new(),
            budget: None,
            totals,
        };
        if spends {
            answer.edits = EditCosts::of(film, &loaded.graph, plan, lock, known, &SimulatedTime);
            answer.prices = PriceAge::all_of(film, plan, Context::today());
            answer.budget = BudgetLeft::of(film, &answer.totals);
        }
        if spends || questions.profiles {
            answer.profiles = quotes_by_profile(&comparison_input(loaded, &loaded.board()), &loaded.overrides);
        }
        answer
    }
}

/// What the storyboard is resolved from, for other ways to resolve it.
pub(super) fn comparison_input<'a>(loaded: &'a Loaded, board: &'a Storyboard) -> ComparisonInput<'a> {
    ComparisonInput {
        board,
        source: &loaded.source,
        inventory: &loaded.media,
        times: &Documented,
        run_time: &SimulatedTime,
    }
}

fn compared_with(loaded: &Loaded, lock: &Lock, then: &Revision, trusting: bool) -> Against {
    let now = FilmVersion { film: &loaded.film, graph: &loaded.graph, lock };
    let version = then.made.as_ref().map(|made| FilmVersion { film: &made.film, graph: &made.graph, lock: &made.lock });
    Against {
        revision: then.name.clone(),
        commit: then.commit.clone(),
        then: then.made.as_ref().map(|made| made.film.clone()),
        comparison: VersionComparison::of(version, now, &SimulatedTime),
        trusting,
    }
}
