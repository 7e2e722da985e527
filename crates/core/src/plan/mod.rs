//! What a render will do to every shot, and why. `render` executes this value and decides nothing else.

pub mod against;
mod carry;
mod clip_stop;
pub mod compare;
pub mod edit_cost;
pub mod impact;
mod price_age;
mod run_time;
pub mod saved;
mod shared;
pub mod time;
mod totals;
pub mod words;

use std::cell::Cell;
use std::time::Duration;

pub use carry::carried_over;
pub use clip_stop::{ClipStop, FIRST_FRAME_DIFFERS};
pub use price_age::{BudgetLeft, PriceAge};
pub use run_time::RunTime;
pub use shared::share;
pub use time::{Documented, TimeFrom, Times};
pub use totals::Totals;

use crate::catalog::Estimate;
use crate::film::{Film, Make, Shot};
use crate::graph::ShotGraph;
use crate::index::ShotIndex;
use crate::lock::{ClipRecord, Lock};
use crate::money::Money;
use crate::recipe::Recipe;
use crate::units::{Day, Digest, ShotId};

/// What is known of clips that exist: the store, seen by the planner.
pub trait KnownClips {
    /// The receipt of a recipe that was made before.
    fn receipt(&self, recipe: &Digest) -> Option<ClipRecord>;
    /// Whether the object is in the store.
    fn has(&self, object: &Digest) -> bool;
    /// The canonical text of a recipe seen before.
    fn recipe(&self, recipe: &Digest) -> Option<Recipe>;
    /// An order for the recipe that was paid, or may have been, and has given no clip yet.
    fn unfinished(&self, recipe: &Digest) -> Option<Unfinished>;
    /// Whether a task is known to have been an order for the recipe, be it that the user gave it up.
    fn knows_task(&self, recipe: &Digest, task: &str) -> bool {
        let _ = (recipe, task);
        false
    }
}

/// An order without a clip so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// The service has it: its clip is only to be fetched.
    Task {
        /// The task's id there.
        task: String,
    },
    /// Nobody knows whether the service has it.
    Unclear {
        /// What happened.
        why: String,
    },
    /// It is paid, its clip is not in the store, and its service no longer knows it.
    Forgotten {
        /// What the service said.
        why: String,
    },
}

/// What is known where there is no store yet.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl KnownClips for Nothing {
    fn receipt(&self, _: &Digest) -> Option<ClipRecord> {
        None
    }

    fn has(&self, _: &Digest) -> bool {
        false
    }

    fn recipe(&self, _: &Digest) -> Option<Recipe> {
        None
    }

    fn unfinished(&self, _: &Digest) -> Option<Unfinished> {
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
    /// What it will be made of, as far as that is known now. Shots that have it in common are made once, whichever films they
    /// are of.
    pub identity: Option<Digest>,
    /// The shots that it needs, by index.
    pub needs: Vec<ShotIndex>,
    /// What is done.
    pub action: Action,
    /// Why.
    pub why: Why,
    /// Expected length of the work.
    pub expected: Duration,
    /// Where that length comes from; `None` where nothing is ordered.
    pub time_from: Option<TimeFrom>,
    /// What one order is expected to cost; `None` where nothing is ordered.
    pub estimate: Option<Estimate>,
    /// The most orders that may be placed for it: above one where a clip that is judged to be bad is taken again.
    pub orders: u32,
}

impl Step {
    /// Whether a service has the order already.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        matches!(self.action, Action::Collect { .. })
    }

    /// Why nothing goes on from the clip that `shot` has.
    #[must_use]
    pub fn stop(&self, shot: &Shot) -> Option<ClipStop> {
        match &self.action {
            Action::Reuse(record) => ClipStop::of(shot, record),
            _ => None,
        }
    }

    /// What one order is expected to cost, also where it is placed only if the clip cannot be fetched.
    #[must_use]
    pub const fn order_estimate(&self) -> Option<&Estimate> {
        match (&self.estimate, &self.action) {
            (None, Action::Collect { anew, .. }) => anew.as_ref(),
            (estimate, _) => estimate.as_ref(),
        }
    }
}

/// What is done with a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Its clip is in the store.
    Reuse(Box<ClipRecord>),
    /// It is made here, free of charge.
    Local,
    /// It is rendered at a service, for money.
    Render,
    /// It was ordered before: the clip is fetched, for nothing.
    Collect {
        /// The task's id at the service.
        task: String,
        /// The clip that it gave, where the lock names it.
        clip: Option<Digest>,
        /// What it is expected to cost to buy it again, should its service have forgotten it.
        anew: Option<Estimate>,
    },
    /// It may have been ordered before, and only the user can say what to do.
    Ask {
        /// What happened.
        why: String,
    },
    /// It is made for a shot that stands before it, of this film or of another one of the same run.
    Shared,
}

impl Action {
    /// The word for plans.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Reuse(_) => "reuse",
            Self::Local => "local",
            Self::Render => "render",
            Self::Collect { .. } => "collect",
            Self::Ask { .. } => "ask",
            Self::Shared => "shared",
        }
    }
}

/// What a lock says of a clip that was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockedPurchase {
    /// What it cost; `None`: not known.
    pub paid: Option<Money>,
    /// The day of the order; `None`: not known.
    pub day: Option<Day>,
}

impl LockedPurchase {
    fn of(entry: Option<&ClipRecord>) -> Self {
        Self { paid: entry.and_then(|entry| entry.paid), day: entry.and_then(|entry| entry.bought) }
    }
}

impl std::fmt::Display for LockedPurchase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bought before")?;
        if let Some(paid) = self.paid {
            write!(f, " for {paid}")?;
        }
        self.day.map_or(Ok(()), |day| write!(f, " on {day}"))
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
    /// It was ordered by a run that did not come to its end.
    Ordered,
    /// A run ordered it and got no answer.
    Unanswered,
    /// The lock says that it was bought before.
    Bought(LockedPurchase),
    /// Its clip was bought before, and is neither in the store nor at its service.
    Forgotten(LockedPurchase),
    /// The lock names a clip that the store does not hold.
    Missing,
    /// Nothing changed.
    UpToDate,
    /// It starts on the file of a frame that it started on before as the frame of a shot.
    SameFrames,
    /// Its clip was judged to be bad, and a further take may be ordered.
    Bad {
        /// Its score, from 0 to 100.
        score: u8,
    },
    /// It is the same as this shot.
    SameAs {
        /// The film of that shot, if it is another one.
        film: Option<String>,
        /// The shot.
        shot: ShotId,
    },
    /// It is frozen; what has changed since its clip was made, if anything has.
    Frozen(Option<Box<Why>>),
    /// It is frozen, has changed since, and its clip is not in the store.
    FrozenMissing,
}

/// Why a frozen shot cannot keep its clip.
const FROZEN_MISSING: &str = "frozen, and its clip is not in the store";

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Changed(fields) if fields.is_empty() => f.write_str("changed"),
            Self::Changed(fields) => write!(f, "{} changed", fields.join(", ")),
            Self::Upstream(shot) => write!(f, "upstream {shot} changed"),
            Self::Ordered => f.write_str("ordered by an earlier run"),
            Self::Unanswered => f.write_str("the answer to its order was lost"),
            Self::Bought(bought) => write!(f, "{bought}"),
            Self::Forgotten(bought) => {
                write!(f, "{bought}, lost both here and at the service: `--rebuy` buys it again")
            }
            Self::Missing => f.write_str("clip not in the store"),
            Self::UpToDate => f.write_str("up to date"),
            Self::SameFrames => f.write_str("up to date: the same frames from a file"),
            Self::Bad { score } => write!(f, "its clip scores {score} of 100: another take"),
            Self::SameAs { film: None, shot } => write!(f, "the same as {shot}"),
            Self::SameAs { film: Some(film), shot } => write!(f, "the same as {shot} of {film}"),
            Self::Frozen(None) => f.write_str("frozen"),
            Self::Frozen(Some(since)) => write!(f, "frozen; {since}"),
            Self::FrozenMissing => f.write_str(FROZEN_MISSING),
        }
    }
}

/// Plans `film` with the times that services document. Never fails: what is not known is made.
#[must_use]
pub fn make(film: &Film, graph: &ShotGraph, lock: &Lock, known: &dyn KnownClips) -> Plan {
    make_timed(film, graph, lock, known, &Documented)
}

/// Plans `film` with other expectations of how long renders take.
#[must_use]
pub fn make_timed(film: &Film, graph: &ShotGraph, lock: &Lock, known: &dyn KnownClips, times: &dyn Times) -> Plan {
    let mut steps: Vec<Option<Step>> = vec![None; film.shots.len()];
    let ground = PlanInput { film, graph, lock, known, times };
    for index in graph.order() {
        steps[index] = Some(step(&ground, &steps, index));
    }
    // The order names every shot once, since the graph has no cycle.
    let steps: Vec<Step> = steps.into_iter().flatten().collect();
    let (critical_path, critical_time) = time::critical(&steps, graph);
    Plan { steps, critical_path, critical_time }
}

/// What a plan is made from.
struct PlanInput<'a> {
    film: &'a Film,
    graph: &'a ShotGraph,
    lock: &'a Lock,
    known: &'a dyn KnownClips,
    times: &'a dyn Times,
}

/// What is done with a shot, and why.
struct Decision {
    action: Action,
    why: Why,
}

fn step(ground: &PlanInput<'_>, done: &[Option<Step>], index: ShotIndex) -> Step {
    let shot = &ground.film.shots[index];
    let needs = ground.graph.parents(index);
    // A clip that is yet to be made stands in it by the identity of its shot.
    let is_waiting = Cell::new(false);
    let clip = |other| {
        let planned = planned_clip(done, other);
        is_waiting.set(is_waiting.get() || planned.is_none());
        planned.or_else(|| done[other].as_ref()?.identity)
    };
    let recipe = Recipe::of(ground.film, index, ground.lock, &clip);
    let identity = recipe.as_ref().map(Recipe::digest);
    let digest = identity.filter(|_| !is_waiting.get());
    let decision = match recipe.as_ref().zip(digest) {
        Some((recipe, digest)) => decide(ground, shot, recipe, digest),
        None => made(shot, behind(ground, done, index, &needs)),
    };
    let Decision { action, why } = if shot.frozen { frozen(ground, shot, decision) } else { decision };
    let (expected, time_from) = match (&action, &shot.make) {
        (Action::Reuse(_), _) => (Duration::ZERO, None),
        (Action::Collect { .. }, _) => (time::COLLECT, None),
        (_, Make::Prompt(render)) if render.provider.is_paid => {
            let (expected, from) = ground.times.expected(render);
            (expected, Some(from))
        }
        _ => (time::here(shot.length), None),
    };
    let orders = match (&action, &why) {
        (Action::Render, Why::Bad { .. }) => shot.quality.most_takes().saturating_sub(takes_made(ground.lock, shot)),
        (Action::Render | Action::Ask { .. }, _) => shot.quality.most_takes(),
        _ => 1,
    };
    let estimate = match (&action, &shot.make) {
        (Action::Render | Action::Ask { .. }, Make::Prompt(render)) => render.estimate(),
        _ => None,
    };
    Step { shot: shot.id.clone(), recipe: digest, identity, needs, action, why, expected, time_from, estimate, orders }
}

/// The clip of a shot that the plan does not make again.
fn planned_clip(done: &[Option<Step>], shot: ShotIndex) -> Option<Digest> {
    match &done[shot].as_ref()?.action {
        Action::Reuse(record) => Some(record.clip),
        Action::Collect { clip, .. } => *clip,
        _ => None,
    }
}

/// The clip that a shot has by its lock.
fn locked_clip(film: &Film, lock: &Lock, shot: ShotIndex) -> Option<Digest> {
    lock.shots.get(&film.shots[shot].id).map(|record| record.clip)
}

/// A shot is made, here or by a provider.
fn made(shot: &Shot, why: Why) -> Decision {
    let action = if is_free(&shot.make) { Action::Local } else { Action::Render };
    Decision { action, why }
}

fn reused(record: ClipRecord, why: Why) -> Decision {
    Decision { action: Action::Reuse(Box::new(record)), why }
}

/// What is done with a shot whose recipe is known.
fn decide(ground: &PlanInput<'_>, shot: &Shot, recipe: &Recipe, digest: Digest) -> Decision {
    let known = ground.known;
    let entry = ground.lock.of(&shot.id, &digest);
    let locked = entry.filter(|record| record.is_for(&digest));
    if let Some(record) = locked.filter(|record| known.has(&record.clip)) {
        return good_or_again(ground.lock, shot, record.clone());
    }
    if let Some(record) = known.receipt(&digest).filter(|record| known.has(&record.clip)) {
        return good_or_again(ground.lock, shot, record);
    }
    if let Some(ordered) = ordered(&shot.make, known, &digest, locked) {
        return ordered;
    }
    if locked.is_some() {
        return made(shot, Why::Missing);
    }
    match same_frames(recipe, &digest, entry, ground.lock, known) {
        Some(record) => reused(record, Why::SameFrames),
        None => made(shot, difference(recipe, entry, ground)),
    }
}

/// A clip that is there is used, unless it was judged to be bad and further takes are wanted.
fn good_or_again(lock: &Lock, shot: &Shot, record: ClipRecord) -> Decision {
    let score = record.score().filter(|_| shot.quality.is_bad(record.score()));
    let has_more = record.stands_for.is_none() && takes_made(lock, shot) < shot.quality.most_takes();
    match score.filter(|_| has_more && record.task.is_some()) {
        Some(score) => Decision { action: Action::Render, why: Why::Bad { score } },
        None => reused(record, Why::UpToDate),
    }
}

/// The takes of a shot that were bought, one at least.
fn takes_made(lock: &Lock, shot: &Shot) -> u32 {
    let bought = lock.of_shot(&shot.id).filter(|record| record.task.is_some()).count();
    u32::try_from(bought).unwrap_or(u32::MAX).max(1)
}

/// A frozen shot keeps the clip that the lock names; `decision` is what would be done otherwise. Where there is none, it is
/// made once.
fn frozen(ground: &PlanInput<'_>, shot: &Shot, decision: Decision) -> Decision {
    let Some(own) = ground.lock.shots.get(&shot.id) else { return decision };
    match &decision.action {
        Action::Reuse(record) if record.clip == own.clip => reused(own.clone(), Why::Frozen(None)),
        _ if ground.known.has(&own.clip) => reused(own.clone(), Why::Frozen(Some(Box::new(decision.why)))),
        // The very clip can be fetched or made again.
        _ if matches!(decision.why, Why::Missing | Why::Bought(_) | Why::Ordered) => decision,
        _ => Decision { action: Action::Ask { why: FROZEN_MISSING.to_owned() }, why: Why::FrozenMissing },
    }
}

/// The locked clip of a shot whose recipe names the frames that it was made from in another way only: by the file of a
/// frame instead of by the shot that the frame came from. The bytes are the same, so the picture is. It stands in the
/// lock under the new recipe from then on.
fn same_frames(
    recipe: &Recipe,
    digest: &Digest,
    entry: Option<&ClipRecord>,
    lock: &Lock,
    known: &dyn KnownClips,
) -> Option<ClipRecord> {
    let entry = entry.filter(|entry| known.has(&entry.clip))?;
    let older = known.recipe(&entry.recipe)?;
    let changes = recipe.changes(&older);
    for field in &changes {
        let then = older.get(field)?;
        let clip = then.strip_prefix("last frame of ")?;
        let from = lock.shots.values().find(|record| record.clip.to_string() == clip)?;
        if recipe.get(field)? != from.last_frame?.to_string() {
            return None;
        }
    }
    if changes.is_empty() {
        return None;
    }
    Some(ClipRecord { recipe: *digest, ..entry.clone() })
}

/// An earlier order of a shot that a service renders: by the journals here, else by what the lock says was bought.
fn ordered(make: &Make, known: &dyn KnownClips, recipe: &Digest, locked: Option<&ClipRecord>) -> Option<Decision> {
    let Make::Prompt(render) = make else { return None };
    if !render.provider.is_paid {
        return None;
    }
    let clip = locked.map(|locked| locked.clip);
    match known.unfinished(recipe) {
        Some(Unfinished::Task { task }) => {
            let action = Action::Collect { task, clip, anew: render.estimate() };
            return Some(Decision { action, why: Why::Ordered });
        }
        Some(Unfinished::Unclear { .. }) if render.lost_orders().are_sent_again() => {
            return Some(Decision { action: Action::Render, why: Why::Unanswered });
        }
        Some(Unfinished::Unclear { why }) => {
            return Some(Decision { action: Action::Ask { why }, why: Why::Unanswered });
        }
        // What a server of the user's own has forgotten is made again, for nothing.
        Some(Unfinished::Forgotten { .. }) if render.is_free() => {
            return Some(Decision { action: Action::Render, why: Why::Unanswered });
        }
        Some(Unfinished::Forgotten { why }) => {
            let forgotten = Why::Forgotten(LockedPurchase::of(locked));
            return Some(Decision { action: Action::Ask { why }, why: forgotten });
        }
        None => {}
    }
    let task = locked?.task.clone()?;
    if known.knows_task(recipe, &task) {
        return None;
    }
    let action = Action::Collect { task, clip, anew: render.estimate() };
    Some(Decision { action, why: Why::Bought(LockedPurchase::of(locked)) })
}

/// Why a shot is made whose recipe is known.
fn difference(recipe: &Recipe, entry: Option<&ClipRecord>, ground: &PlanInput<'_>) -> Why {
    let Some(entry) = entry else { return Why::New };
    let Some(older) = ground.known.recipe(&entry.recipe) else { return Why::Changed(Vec::new()) };
    let changes = recipe.changes(&older);
    // An input that names another clip than before is an upstream change, unless more than that changed.
    if changes.is_empty() || !changes.iter().all(|field| recipe.get(field).is_some_and(names_a_clip)) {
        return described(&changes);
    }
    let value = recipe.get(changes[0]).unwrap_or_default();
    for shot in &ground.film.shots {
        if let Some(record) = ground.lock.shots.get(&shot.id)
            && value.ends_with(&record.clip.to_string())
        {
            return Why::Upstream(shot.id.clone());
        }
    }
    described(&changes)
}

/// Whether the value of a field of a recipe is the clip of a shot, or a frame of it.
fn names_a_clip(value: &str) -> bool {
    value.contains(" of sha256:") || value.starts_with("clip sha256:")
}

/// Why a shot is made that waits for others: because they are made again, or because of a change of its own.
fn behind(ground: &PlanInput<'_>, done: &[Option<Step>], index: ShotIndex, needs: &[ShotIndex]) -> Why {
    let film = ground.film;
    let Some(entry) = ground.lock.shots.get(&film.shots[index].id) else { return Why::New };
    let with_old_clips = Recipe::of(film, index, ground.lock, &|other| locked_clip(film, ground.lock, other));
    if let Some(with_old_clips) = with_old_clips
        && with_old_clips.digest() != entry.recipe
        && let Some(older) = ground.known.recipe(&entry.recipe)
    {
        return described(&with_old_clips.changes(&older));
    }
    match needs.iter().find(|&&other| planned_clip(done, other).is_none()) {
        Some(&other) => Why::Upstream(film.shots[other].id.clone()),
        None => Why::New,
    }
}

fn described(changes: &[&str]) -> Why {
    Why::Changed(changes.iter().map(|field| field.split('.').next().unwrap_or(field).to_owned()).collect())
}

fn is_free(make: &Make) -> bool {
    match make {
        Make::Prompt(render) => !render.provider.is_paid,
        Make::Card(_) | Make::Still(_) | Make::Footage { .. } => true,
    }
}
