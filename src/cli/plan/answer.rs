//! All that a plan tells of one storyboard, computed once for whichever format shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use storyreel_core::film::{Film, Make, Overrides};
use storyreel_core::lock::Lock;
use storyreel_core::money::Money;
use storyreel_core::plan::against::{PlanDifference, difference};
use storyreel_core::plan::compare::{Cannot, ComparisonInput, Quote, quote};
use storyreel_core::plan::impact::{self, Impact};
use storyreel_core::plan::{Action, Documented, KnownClips, Plan, TimeFrom, Totals};
use storyreel_core::storyboard::Storyboard;
use storyreel_core::units::Day;

use super::revision::Then;
use crate::cli::context::Context;
use crate::cli::load::Loaded;
use crate::engine::lanes::Lanes;
use crate::engine::scheduler::{ScheduledTask, Scheduler};

/// Prices that were read longer ago than so many days are said to be old.
const OLD_DAYS: i64 = 60;

/// Shots of a film in which nothing is ordered from which on its time is the theoretical bound: the scheduler comes
/// within 3 % of that with so many (`cargo bench -- schedule`), and to simulate them would be a tenth of the plan.
const SIMULATED: usize = 1000;

/// A film's price and time by profile.
pub(super) type Profile = (Option<String>, Result<Quote, Vec<Cannot>>);

/// What a plan tells.
pub(super) struct Answer<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) plan: &'a Plan,
    pub(super) profile: Option<String>,
    pub(super) totals: Totals,
    /// Expected length of the run; left out where it would cost time and nobody reads it.
    pub(super) wall: Option<Duration>,
    /// Where expected times come from; none where nothing is ordered.
    pub(super) times: Vec<TimeFrom>,
    pub(super) edits: Option<Edits>,
    pub(super) profiles: Vec<Profile>,
    pub(super) against: Option<Against>,
    pub(super) prices: Vec<PriceAge>,
    pub(super) budget: Option<BudgetLeft>,
}

/// What edits cost.
pub(super) struct Edits {
    pub(super) impact: Impact,
    /// All of it together.
    pub(super) whole: Cost,
    /// For each edit its cost, and that of its alternatives.
    pub(super) each: Vec<(Cost, Vec<Cost>)>,
}

/// Money and time of some of the shots.
pub(super) struct Cost {
    pub(super) totals: Totals,
    pub(super) wall: Duration,
}

/// What is different from an older version.
pub(super) struct Against {
    /// The revision as the user named it, and what it stands for.
    pub(super) revision: String,
    pub(super) commit: String,
    /// The shots of that version.
    pub(super) then: Option<Film>,
    pub(super) difference: PlanDifference,
    /// Expected length of a run that makes everything, then and now.
    pub(super) before: Duration,
    pub(super) after: Duration,
    /// Expected length of a run that makes what is different.
    pub(super) bought: Duration,
    /// Whether the lock was taken at its word, since there is no store here.
    pub(super) trusting: bool,
}

/// A price that is part of the plan, and its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PriceAge {
    pub(super) provider: &'static str,
    pub(super) model: String,
    pub(super) read: String,
    /// Days since it was read; `None` where the storyboard gives no day.
    pub(super) days: Option<i64>,
    /// Where the service documents it.
    pub(super) reference: &'static str,
}

impl PriceAge {
    pub(super) fn is_old(&self) -> bool {
        self.days.is_some_and(|days| days > OLD_DAYS)
    }
}

/// The budget of the storyboard beside the most that the plan can cost.
pub(super) struct BudgetLeft {
    pub(super) budget: Money,
    pub(super) most: Money,
}

/// What the user wants to know beyond the plan itself.
pub(super) struct PlanQuestions<'a> {
    /// Whether the time is needed even if nothing is spent.
    pub(super) wall: bool,
    /// Whether all profiles are wanted even if nothing is spent.
    pub(super) profiles: bool,
    pub(super) against: Option<&'a (Then, bool)>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(
        context: &Context,
        (loaded, plan, lock, known): (&'a Loaded, &'a Plan, &Lock, &dyn KnownClips),
        asked: &PlanQuestions<'_>,
    ) -> Self {
        let film = &loaded.film;
        let totals = Totals::of(&plan.steps);
        // What follows is about money: a film that is made here pays nothing for it, in time either.
        let spends = plan.steps.iter().any(|step| step.estimate.is_some());
        let mut times: Vec<TimeFrom> = plan.steps.iter().filter_map(|step| step.time_from).collect();
        times.sort_unstable();
        times.dedup();
        let whole = |_| true;
        Self {
            loaded,
            plan,
            profile: context.common.profile.clone(),
            wall: (spends || asked.wall).then(|| wall(film, plan, &whole)),
            times,
            edits: spends.then(|| edits(loaded, plan, lock, known)).flatten(),
            profiles: if spends || asked.profiles { profiles(context, loaded) } else { Vec::new() },
            against: asked.against.map(|(then, trusting)| against(loaded, lock, then, *trusting)),
            prices: if spends { prices(film, plan, Context::today()) } else { Vec::new() },
            budget: budget(film, &totals).filter(|_| spends),
            totals,
        }
    }
}

/// How long a run of the shots that are `wanted` takes: the scheduler of the run itself, in simulated time.
pub(super) fn wall(film: &Film, plan: &Plan, wanted: &dyn Fn(usize) -> bool) -> Duration {
    let lanes = Lanes::of_films(&[film], processors());
    if plan.steps.len() > SIMULATED && plan.steps.iter().all(|step| step.time_from.is_none()) {
        let wanted = plan.steps.iter().enumerate().filter(|(at, _)| wanted(*at));
        let work: Duration = wanted.map(|(_, step)| step.expected).sum();
        let lanes = u32::try_from(lanes.limits[0]).unwrap_or(u32::MAX).max(1);
        return plan.critical_time.max(work / lanes);
    }
    scheduled(film, plan, &lanes, wanted).1.simulate()
}

/// The shots that are `wanted` and to be made, and their scheduler: a task each, in that order.
fn scheduled(film: &Film, plan: &Plan, lanes: &Lanes, wanted: &dyn Fn(usize) -> bool) -> (Vec<usize>, Scheduler) {
    let mut task_of = vec![None; plan.steps.len()];
    let mut made = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        if wanted(at) && !matches!(step.action, Action::Reuse(_)) {
            task_of[at] = Some(made.len());
            made.push(at);
        }
    }
    let tasks = made.iter().map(|&at| {
        let step = &plan.steps[at];
        let parents = step.needs.iter().filter_map(|&need| task_of[need]).collect();
        ScheduledTask { parents, lane: lanes.lane(&film.shots[at]), expected: step.expected }
    });
    let scheduler = Scheduler::new(tasks.collect(), &lanes.limits);
    (made, scheduler)
}

/// When a render is expected to take up each shot that is to be made.
pub(in crate::cli) fn starts(film: &Film, plan: &Plan) -> Vec<(usize, Duration)> {
    let lanes = Lanes::of_films(&[film], processors());
    let (made, scheduler) = scheduled(film, plan, &lanes, &|_| true);
    made.into_iter().zip(scheduler.starts()).collect()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn edits(loaded: &Loaded, plan: &Plan, lock: &Lock, known: &dyn KnownClips) -> Option<Edits> {
    let impact = impact::of(&loaded.film, &loaded.graph, plan, lock, known);
    let cost = |shots: &[usize]| Cost {
        totals: Totals::of(shots.iter().map(|&shot| &plan.steps[shot])),
        wall: wall(&loaded.film, plan, &|at| shots.binary_search(&at).is_ok()),
    };
    let mut all: Vec<usize> = impact.direct.iter().chain(&impact.upstream).copied().collect();
    all.sort_unstable();
    let whole = cost(&all);
    let each = impact.edits.iter().map(|edit| {
        let alternatives = edit.alternatives.iter().map(|alternative| cost(&alternative.remade));
        (cost(&edit.remade), alternatives.collect())
    });
    let each = each.collect();
    (!whole.totals.is_nothing()).then_some(Edits { impact, whole, each })
}

/// What the storyboard is resolved from, for other ways to resolve it.
pub(super) fn ground<'a>(
    loaded: &'a Loaded,
    board: &'a Storyboard,
    wall: &'a dyn Fn(&Film, &Plan) -> Duration,
) -> ComparisonInput<'a> {
    ComparisonInput { board, source: &loaded.source, inventory: &loaded.media, times: &Documented, wall }
}

fn profiles(context: &Context, loaded: &Loaded) -> Vec<Profile> {
    let board = loaded.board();
    let Some(named) = board.profiles.as_deref() else { return Vec::new() };
    let names = std::iter::once(None).chain(named.names().map(|name| Some(name.to_owned())));
    let wall = |film: &Film, plan: &Plan| wall(film, plan, &|_| true);
    let ground = ground(loaded, &board, &wall);
    names.map(|profile| (profile.clone(), quote(&ground, &Overrides { profile, ..context.overrides() }))).collect()
}

fn against(loaded: &Loaded, lock: &Lock, then: &Then, trusting: bool) -> Against {
    let (none, no_lock) = (Film { shots: Vec::new(), ..loaded.film.clone() }, Lock::default());
    let (film, old_lock) = then.made.as_ref().map_or((&none, &no_lock), |made| (&made.film, &made.lock));
    let difference = difference((film, old_lock), (&loaded.film, lock), &loaded.graph);
    let fresh = |film: &Film, graph: &storyreel_core::graph::ShotGraph| {
        storyreel_core::plan::make(film, graph, &Lock::default(), &storyreel_core::plan::Nothing)
    };
    let now = fresh(&loaded.film, &loaded.graph);
    let remade = difference.remade();
    let before = then.made.as_ref().map(|made| wall(&made.film, &fresh(&made.film, &made.graph), &|_| true));
    Against {
        revision: then.revision.clone(),
        commit: then.commit.clone(),
        then: then.made.as_ref().map(|made| made.film.clone()),
        before: before.unwrap_or_default(),
        after: wall(&loaded.film, &now, &|_| true),
        bought: wall(&loaded.film, &now, &|at| remade.binary_search(&at).is_ok()),
        difference,
        trusting,
    }
}

fn prices(film: &Film, plan: &Plan, today: Day) -> Vec<PriceAge> {
    let mut found: BTreeMap<(&'static str, String, String), PriceAge> = BTreeMap::new();
    for (shot, step) in film.shots.iter().zip(&plan.steps) {
        if let (Make::Prompt(render), Some(_)) = (&shot.make, &step.estimate)
            && let Some(price) = &render.price
        {
            let (provider, model, read) = (render.provider.id, render.model.clone(), price.read.to_string());
            let days = read.parse::<Day>().ok().map(|day| today.since(day));
            let reference = render.provider.reference;
            let age = PriceAge { provider, model: model.clone(), read: read.clone(), days, reference };
            found.entry((provider, model, read)).or_insert(age);
        }
    }
    found.into_values().collect()
}

fn budget(film: &Film, totals: &Totals) -> Option<BudgetLeft> {
    let budget = film.budget?;
    Some(BudgetLeft { budget, most: totals.high.of(budget.currency) })
}
