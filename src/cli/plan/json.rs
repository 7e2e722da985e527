//! A plan for programs. These records are its JSON Schema, too.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::keyword::Keyword as _;
use storyreel_core::money::{Currency, Money};
use storyreel_core::plan::compare::ProfileQuote;
use storyreel_core::plan::words::{lengths, shown_lengths};
use storyreel_core::plan::{BudgetLeft, Plan, PriceAge, Step};
use storyreel_core::units::ShotId;

use super::amounts::{CannotLine, QuoteLine, Sum};
use super::answer::Answer;
use super::batch::BatchTotals;
use super::compare::Comparison;
use super::difference::{AgainstLine, ImpactLine};
use crate::cli::trust::request::{TrustLine, TrustRequest};

/// What `storyreel plan --format json` prints for each storyboard. More fields may be added.
#[derive(Serialize, JsonSchema)]
pub(super) struct Document<'a> {
    /// What the user has to allow: foreign hosts and variables, prices below the built-in
    /// ones, files outside the project.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trust: Vec<TrustLine>,
    /// The film.
    film: FilmLine,
    /// `--profile`; null without one.
    profile: Option<&'a str>,
    /// Every shot in film order.
    // Written one after the other: ten thousand of them make a large tree.
    #[serde(serialize_with = "write_shots")]
    #[schemars(with = "Vec<ShotLine<'static>>")]
    shots: (&'a Film, &'a Plan),
    /// The storyboard's file as the command line named it.
    storyboard: &'a str,
    /// What the film is called: its lock, its file and its report are named after it.
    name: String,
    /// The row of which the film is; null without rows.
    row: Option<&'a str>,
    /// The film's title.
    title: &'a str,
    /// Sums over the shots.
    totals: TotalsLine<'a>,
    /// Version of the format: 1.
    version: u32,
    /// What edits since the lock was written make necessary; only where that costs money.
    #[serde(skip_serializing_if = "Option::is_none")]
    impact: Option<ImpactLine>,
    /// The whole film from scratch with each profile, the first without any; only if something costs money or
    /// `--profiles` asks for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<ProfileLine>,
    /// What is different from the version of `--against`.
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<AgainstLine>,
    /// Every price that the plan uses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prices: Vec<PriceLine>,
    /// The storyboard's budget; only if something costs money.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetLine>,
}

/// What `storyreel plan --format json` prints for several films: rows of a storyboard, or several storyboards.
#[derive(Serialize, JsonSchema)]
pub(super) struct BatchDocument<'a> {
    /// The plan of every film. What shots share is in the sums of the first of them alone.
    films: Vec<Document<'a>>,
    /// Sums over the films.
    totals: BatchTotals,
    /// Version of the format: 1.
    version: u32,
}

impl<'a> BatchDocument<'a> {
    pub(super) fn of(answers: &'a [Answer<'a>], totals: BatchTotals) -> Self {
        Self { films: answers.iter().map(Document::of).collect(), totals, version: 1 }
    }
}

/// A film.
#[derive(Serialize, JsonSchema)]
struct FilmLine {
    /// Length in seconds as far as it is known; shots whose model decides count 5.
    duration_s: f64,
    /// Least length in seconds; only where models decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_low_s: Option<f64>,
    /// Most length in seconds; only where models decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_high_s: Option<f64>,
    /// Number of shots.
    shots: usize,
}

/// Sums over the shots.
#[derive(Serialize, JsonSchema)]
struct TotalsLine<'a> {
    /// Shots whose paid order needs a decision.
    ask: usize,
    /// Shots that were paid earlier and are only fetched.
    collect: usize,
    /// What is to be spent, in each currency.
    cost: Vec<Sum>,
    /// The shots on the longest chain of work.
    critical_path: Vec<&'a str>,
    /// Length of that chain in seconds.
    critical_seconds: f64,
    /// Shots that are made on this machine.
    local: usize,
    /// Shots that are ordered.
    render: usize,
    /// Shots whose clip is there.
    reuse: usize,
    /// Shots that are made for a shot before them, of this film or of one before it.
    shared: usize,
    /// Expected length of the run in seconds, under the limits of the services.
    seconds: f64,
    /// Where the times of orders come from: `documented`, `history`; empty where nothing is ordered.
    times_from: Vec<&'static str>,
    /// Most tokens.
    tokens: u64,
    /// Shots to be ordered whose price is not known: they are in no sum.
    unknown_price: usize,
}

fn write_shots<S: Serializer>((film, plan): &(&Film, &Plan), serializer: S) -> Result<S::Ok, S::Error> {
    // Shots that the film leaves out begin nowhere.
    let starts = film.starts().into_iter().map(Some).chain(std::iter::repeat(None));
    let shots = film.shots.iter().zip(starts).zip(&plan.steps);
    serializer.collect_seq(shots.map(|((shot, start), step)| ShotLine::of(film, shot, start, step)))
}

/// A shot.
#[derive(Serialize, JsonSchema)]
struct ShotLine<'a> {
    /// `render` spends, `collect` was paid earlier, `reuse` is there, `local` is made here, `shared` is made for a shot before
    /// it, `ask` needs a decision.
    action: &'static str,
    /// The shots that it needs.
    depends_on: Vec<&'a str>,
    /// Length in seconds; 5 where the model decides.
    duration_s: f64,
    /// Least length in seconds; only where the model decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_low_s: Option<f64>,
    /// Most length in seconds; only where the model decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_high_s: Option<f64>,
    /// What it is expected to cost.
    estimate: EstimateJson,
    /// Pixels.
    height: u32,
    /// Its name.
    id: &'a str,
    /// `text`, `first_frame`, `first_last`, `reference`, `card`, `image` or `clip`.
    mode: &'static str,
    /// The provider's own id for the model; null where no prompt is rendered.
    model: Option<&'a str>,
    /// Who renders; null where no prompt is rendered.
    provider: Option<&'static str>,
    /// Picture shape.
    ratio: Option<String>,
    /// Digest of the recipe; null while it waits for clips that are yet to be made.
    recipe: Option<String>,
    /// Picture height class.
    resolution: Option<String>,
    /// Why nothing goes on from the clip that is there; only where a render stops at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<String>,
    /// When in the film it begins, in seconds, by the lengths in `duration_s`; null for a shot that the film leaves out.
    starts_s: Option<f64>,
    /// Why that action: the field that changed, the shot before it that changed.
    why: String,
    /// Pixels.
    width: u32,
}

/// What a shot is expected to cost. An unknown price is null, and never zero.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Estimate")]
struct EstimateJson {
    /// Least, in units of the currency; null where the price is unknown.
    cost: Option<String>,
    /// Most, in units of the currency; null where the price is unknown.
    cost_high: Option<String>,
    /// Three letters (ISO 4217); null where the price is unknown.
    currency: Option<String>,
    /// Whether the formula is a fit and not exact.
    about: bool,
    /// The day the price was read.
    price_read: Option<String>,
    /// Expected time in seconds.
    seconds: f64,
    /// Where that time comes from: `documented` or `history`; only where something is ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_from: Option<&'static str>,
    /// Least tokens.
    tokens: u64,
    /// Most tokens.
    tokens_high: u64,
}

impl EstimateJson {
    fn of(shot: &Shot, step: &Step) -> Self {
        let seconds = step.expected.as_secs_f64().ceil();
        let zero = Money::new(0, Currency::USD);
        let (cost, tokens, about) = match &step.estimate {
            None => (Some((zero, zero)), (0, 0), false),
            Some(estimate) => (estimate.cost, estimate.tokens, estimate.about),
        };
        let price = match &shot.make {
            Make::Prompt(render) if step.estimate.is_some() => render.price.as_ref(),
            _ => None,
        };
        Self {
            cost: cost.map(|(low, _)| low.exact()),
            cost_high: cost.map(|(_, high)| high.exact()),
            currency: cost.map(|(low, _)| low.currency.to_string()),
            about,
            price_read: price.map(|price| price.read.to_string()),
            seconds,
            time_from: step.time_from.map(storyreel_core::plan::TimeFrom::word),
            tokens: tokens.0,
            tokens_high: tokens.1,
        }
    }
}

impl<'a> ShotLine<'a> {
    fn of(film: &'a Film, shot: &'a Shot, start: Option<Duration>, step: &'a Step) -> Self {
        let (render, mode) = match &shot.make {
            Make::Prompt(render) => (Some(render), render.inputs.mode().keyword()),
            Make::Card(_) => (None, "card"),
            Make::Still(_) => (None, "image"),
            Make::Footage { .. } => (None, "clip"),
        };
        let size = render.map_or(film.size, |render| render.spec.size);
        let range = Some(lengths(shot)).filter(|(low, high)| low != high);
        Self {
            action: step.action.word(),
            depends_on: step.needs.iter().map(|&need| film.shots[need].id.as_str()).collect(),
            duration_s: shot.length.as_secs_f64(),
            duration_low_s: range.map(|(low, _)| low.as_secs_f64()),
            duration_high_s: range.map(|(_, high)| high.as_secs_f64()),
            estimate: EstimateJson::of(shot, step),
            height: size.height,
            id: shot.id.as_str(),
            mode,
            model: render.map(|render| render.spec.model.as_str()),
            provider: render.map(|render| render.provider.id),
            ratio: render.map(|render| render.spec.ratio.to_string()),
            recipe: step.recipe.map(|recipe| recipe.to_string()),
            resolution: render.map(|render| render.spec.resolution.to_string()),
            stop: step.stop(shot).map(|stop| stop.to_string()),
            starts_s: start.map(|start| start.as_secs_f64()),
            why: step.why.to_string(),
            width: size.width,
        }
    }
}

/// The whole film with a profile.
#[derive(Serialize, JsonSchema)]
struct ProfileLine {
    /// The profile; null: none.
    profile: Option<String>,
    /// The whole film, rendered from scratch; null where it cannot be made so.
    quote: Option<QuoteLine>,
    /// Why it cannot be made so; empty where it can.
    cannot: Vec<CannotLine>,
}

/// A price that the plan reckons with.
#[derive(Serialize, JsonSchema)]
struct PriceLine {
    /// The provider's id.
    provider: &'static str,
    /// The provider's own id for the model.
    model: String,
    /// The day it was read, or `storyboard`.
    read: String,
    /// Days since then; null where no day is known.
    days: Option<i64>,
    /// Whether it is to be looked up again: it is older than 60 days.
    old: bool,
    /// Where the service documents it.
    reference: &'static str,
}

/// A budget and the most that the plan can cost in its currency.
#[derive(Serialize, JsonSchema)]
struct BudgetLine {
    /// Three letters (ISO 4217).
    currency: String,
    /// The budget.
    max: String,
    /// The most that the plan can cost.
    cost: String,
    /// Whether the plan can cost more than the budget.
    over: bool,
}

impl<'a> Document<'a> {
    pub(super) fn of(answer: &'a Answer<'a>) -> Self {
        let film = &answer.loaded.film;
        let plan = answer.plan;
        Self {
            trust: answer.loaded.requests.iter().map(TrustRequest::as_line).collect(),
            film: FilmLine::of(film),
            profile: answer.profile.as_deref(),
            shots: (film, plan),
            storyboard: &answer.loaded.name,
            name: answer.loaded.film_name.to_string(),
            row: answer.loaded.overrides.row.as_ref().map(|row| row.id.as_str()),
            title: &film.title,
            totals: TotalsLine::of(answer),
            version: 1,
            impact: answer.edits.as_ref().map(|edits| ImpactLine::of(answer, edits)),
            profiles: answer.profiles.iter().map(ProfileLine::of).collect(),
            against: answer.against.as_ref().map(|it| AgainstLine::of(film, it)),
            prices: answer.prices.iter().map(PriceLine::of).collect(),
            budget: answer.budget.as_ref().map(BudgetLine::of),
        }
    }
}

impl ProfileLine {
    fn of(profile: &ProfileQuote) -> Self {
        Self {
            profile: profile.profile.clone(),
            quote: QuoteLine::of(&profile.quote),
            cannot: CannotLine::all_of(&profile.quote),
        }
    }
}

impl PriceLine {
    fn of(price: &PriceAge) -> Self {
        Self {
            provider: price.provider,
            model: price.model.clone(),
            read: price.read.clone(),
            days: price.days,
            old: price.is_old(),
            reference: price.reference,
        }
    }
}

impl BudgetLine {
    fn of(left: &BudgetLeft) -> Self {
        Self {
            currency: left.budget.currency.to_string(),
            max: left.budget.exact(),
            cost: left.most.exact(),
            over: left.is_exceeded(),
        }
    }
}

impl FilmLine {
    fn of(film: &Film) -> Self {
        let mut usual = Duration::ZERO;
        let mut least = Duration::ZERO;
        let mut most = Duration::ZERO;
        for shot in film.shown() {
            let (low, high) = shown_lengths(shot);
            usual += shot.shown_length();
            least += low;
            most += high;
        }
        let varies = least < most;
        // What transitions show of two shots at once.
        let shared = usual.saturating_sub(film.length());
        Self {
            duration_s: usual.saturating_sub(shared).as_secs_f64(),
            duration_low_s: varies.then(|| least.saturating_sub(shared).as_secs_f64()),
            duration_high_s: varies.then(|| most.saturating_sub(shared).as_secs_f64()),
            shots: film.shown().len(),
        }
    }
}

impl<'a> TotalsLine<'a> {
    fn of(answer: &'a Answer<'a>) -> Self {
        let plan = answer.plan;
        Self {
            ask: number_of_steps(plan, "ask"),
            collect: number_of_steps(plan, "collect"),
            cost: Sum::all_of(&answer.totals),
            critical_path: plan.critical_path.iter().map(ShotId::as_str).collect(),
            critical_seconds: plan.critical_time.as_secs_f64().ceil(),
            local: number_of_steps(plan, "local"),
            render: number_of_steps(plan, "render"),
            reuse: number_of_steps(plan, "reuse"),
            shared: number_of_steps(plan, "shared"),
            seconds: answer.wall.unwrap_or_default().as_secs_f64().ceil(),
            times_from: answer.times.iter().map(|from| from.word()).collect(),
            tokens: answer.totals.tokens.1,
            unknown_price: answer.totals.unknown,
        }
    }
}

fn number_of_steps(plan: &Plan, action: &str) -> usize {
    plan.steps.iter().filter(|step| step.action.word() == action).count()
}

/// The JSON Schema (draft 2020-12) of what `plan --format json` prints, with `--compare` or without.
pub(in crate::cli) fn schema() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Printed>().to_value();
    schema["$id"] = json!("plan.schema.json");
    schema["title"] = json!("storyreel plan, version 1");
    schema
}

/// A plan, the plans of several films, or with `--compare` a comparison.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described and never made: each of the two is printed as it is")]
enum Printed {
    Plan(Box<Document<'static>>),
    Films(BatchDocument<'static>),
    Comparison(Comparison),
}
