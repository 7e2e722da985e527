//! A plan as a file: what was decided, and everything that decided it, so that a later run does exactly that or refuses.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Plan, Step};
use crate::catalog::{Price, PriceUnit};
use crate::film::{File, Film, InputSource, Make, Overrides, Shot};
use crate::units::Digest;

/// The version of the format that is written.
pub const VERSION: u32 = 1;

/// What the file says that it is.
const KIND: &str = "storyreel plan";

/// The saved plans of one command, one for each storyboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// `storyreel plan`.
    pub kind: String,
    /// Version of the format.
    pub version: u32,
    /// The storyboards in the order of the command line.
    pub boards: Vec<SavedBoard>,
}

/// The saved plan of one storyboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedBoard {
    /// The storyboard's file as the command line named it.
    pub storyboard: String,
    /// Digest of its text.
    pub text: String,
    /// Digest of the lock's text; null where there was none.
    pub lock: Option<String>,
    /// What the command line asked for beyond the storyboard.
    pub options: SavedOptions,
    /// Digest of every file that a shot is made from, by its path.
    pub inputs: BTreeMap<String, String>,
    /// What is done to every shot, in film order.
    pub steps: Vec<SavedStep>,
}

/// What the command line asked for beyond the storyboard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedOptions {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--cut`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// The row of which the film is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// `--var`, by name.
    pub vars: BTreeMap<String, String>,
    /// `--provider`.
    pub provider: Option<String>,
    /// `--model`.
    pub model: Option<String>,
    /// `--resolution`.
    pub resolution: Option<String>,
}

/// What is done to one shot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedStep {
    /// The shot.
    pub shot: String,
    /// `render`, `collect`, `reuse`, `local` or `ask`.
    pub action: String,
    /// Digest of its recipe; null while it waits for clips that are yet to be made.
    pub recipe: Option<String>,
    /// The shots that it needs.
    pub needs: Vec<String>,
    /// What it is expected to cost; null where nothing is ordered.
    pub estimate: Option<SavedEstimate>,
    /// The price it is reckoned with; null where nothing is ordered or no price is known.
    pub price: Option<SavedPrice>,
}

/// What a render is expected to cost, exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedEstimate {
    /// Least and most tokens.
    pub tokens: [u64; 2],
    /// Least and most money in units of the currency; null where no price is known, which is not the same as nothing.
    pub cost: Option<[String; 2]>,
    /// The currency; null where no price is known.
    pub currency: Option<String>,
    /// Whether the formula is a fit and not exact.
    pub about: bool,
}

/// A price as it was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedPrice {
    /// `million_tokens` or `second`.
    pub unit: String,
    /// Millionths of the currency for one unit without a video among the inputs.
    pub fresh: u64,
    /// The same with a video among the inputs.
    pub with_video: u64,
    /// The same for clips without sound, where that differs.
    pub silent: Option<u64>,
    /// The currency.
    pub currency: String,
    /// The day it was read.
    pub read: String,
}

/// A file that is no saved plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPlan {
    /// It is not JSON of this shape.
    #[error("this is not a saved plan: {0}")]
    Shape(String),
    /// Another version wrote it.
    #[error("the plan has version {0}, and this storyreel reads version {VERSION}: plan again")]
    Version(u32),
}

impl BadPlan {
    fn of_json(error: &serde_json::Error) -> Self {
        Self::Shape(error.to_string())
    }
}

impl SavedPlan {
    /// The plans of these storyboards.
    #[must_use]
    pub fn new(boards: Vec<SavedBoard>) -> Self {
        Self { kind: KIND.to_owned(), version: VERSION, boards }
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("texts and numbers can be written as JSON");
        text.push('\n');
        text
    }

    /// Reads the text of a file.
    pub fn read(text: &str) -> Result<Self, BadPlan> {
        // The version is asked first: another one may have another shape.
        #[derive(Deserialize)]
        struct Head {
            kind: String,
            version: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| BadPlan::of_json(&error))?;
        match head {
            Head { kind, .. } if kind != KIND => Err(BadPlan::Shape(format!("it does not say `{KIND}`"))),
            Head { version, .. } if version != VERSION => Err(BadPlan::Version(version)),
            Head { .. } => serde_json::from_str(text).map_err(|error| BadPlan::of_json(&error)),
        }
    }
}

impl SavedBoard {
    /// The plan of `film` with what decided it; `lock` is the digest of the lock's text, if there is one.
    #[must_use]
    pub fn of(name: &str, text: &str, lock: Option<Digest>, overrides: &Overrides, film: &Film, plan: &Plan) -> Self {
        let files = film.shots.iter().flat_map(files);
        Self {
            storyboard: name.to_owned(),
            text: Digest::of(text.as_bytes()).to_string(),
            lock: lock.map(|lock| lock.to_string()),
            options: SavedOptions::of(overrides),
            inputs: files.map(|file| (file.path.clone(), file.digest.to_string())).collect(),
            steps: film.shots.iter().zip(&plan.steps).map(|(shot, step)| SavedStep::of(film, shot, step)).collect(),
        }
    }
}

impl SavedOptions {
    fn of(overrides: &Overrides) -> Self {
        let Overrides { profile, vars, cut, provider, model, resolution, .. } = overrides.clone();
        let resolution = resolution.map(|resolution| resolution.to_string());
        let row = overrides.row.as_ref().map(|row| row.id.clone());
        Self { profile, cut, row, vars: vars.into_iter().collect(), provider, model, resolution }
    }
}

impl SavedStep {
    fn of(film: &Film, shot: &Shot, step: &Step) -> Self {
        let price = match &shot.make {
            Make::Prompt(render) if step.estimate.is_some() => render.price.as_ref().map(SavedPrice::of),
            _ => None,
        };
        let estimate = step.estimate.as_ref().map(|estimate| SavedEstimate {
            tokens: [estimate.tokens.0, estimate.tokens.1],
            cost: estimate.cost.map(|(low, high)| [low.exact(), high.exact()]),
            currency: estimate.cost.map(|(low, _)| low.currency.to_string()),
            about: estimate.about,
        });
        Self {
            shot: shot.id.to_string(),
            action: step.action.word().to_owned(),
            recipe: step.recipe.map(|recipe| recipe.to_string()),
            needs: step.needs.iter().map(|&need| film.shots[need].id.to_string()).collect(),
            estimate,
            price,
        }
    }
}

impl SavedPrice {
    fn of(price: &Price) -> Self {
        let unit = match price.unit {
            PriceUnit::MillionTokens => "million_tokens",
            PriceUnit::Second => "second",
        };
        Self {
            unit: unit.to_owned(),
            fresh: price.fresh,
            with_video: price.with_video,
            silent: price.silent,
            currency: price.currency.to_string(),
            read: price.read.to_string(),
        }
    }
}

/// The files that a shot is made from.
fn files(shot: &Shot) -> Vec<&File> {
    match &shot.make {
        Make::Prompt(render) => {
            let sources = render.inputs.roles();
            sources
                .filter_map(|(_, source)| if let InputSource::File(file) = source { Some(file) } else { None })
                .collect()
        }
        Make::Still(file) | Make::Footage { file, .. } => vec![file],
        Make::Card(card) => card.files().collect(),
    }
}

/// Every difference between a saved plan and the plan of now, in words; none: the plan still holds.
///
/// A price that was read again and is the same is no difference.
#[must_use]
pub fn differences(saved: &SavedPlan, now: &SavedPlan) -> Vec<String> {
    let mut found = Vec::new();
    let names_then = board_names(saved);
    let names_now = board_names(now);
    if names_then != names_now {
        let listed = |names: &[String]| crate::text::listed(names.iter().map(String::as_str), 6);
        return vec![format!("the plan is of {}, not of {}", listed(&names_then), listed(&names_now))];
    }
    for (saved, now) in saved.boards.iter().zip(&now.boards) {
        board_differences(saved, now, &mut found);
    }
    // Films of one storyboard share its text.
    let mut said = BTreeSet::new();
    found.retain(|line| said.insert(line.clone()));
    found
}

fn board_names(plan: &SavedPlan) -> Vec<String> {
    let name = |board: &SavedBoard| match &board.options.row {
        Some(row) => format!("{} --row {row}", board.storyboard),
        None => board.storyboard.clone(),
    };
    plan.boards.iter().map(name).collect()
}

fn board_differences(saved: &SavedBoard, now: &SavedBoard, found: &mut Vec<String>) {
    let name = &now.storyboard;
    if saved.text != now.text {
        found.push(format!("the text of `{name}` changed"));
    }
    if saved.options != now.options {
        found.push(format!("the options for `{name}` changed: {}", option_names(&saved.options, &now.options)));
    }
    match (&saved.lock, &now.lock) {
        (then, now) if then == now => {}
        (None, _) => found.push(format!("`{name}` had no lock file and has one")),
        (Some(_), None) => found.push(format!("the lock file of `{name}` was removed")),
        (Some(_), Some(_)) => found.push(format!("the lock file of `{name}` changed")),
    }
    let paths: BTreeSet<&String> = saved.inputs.keys().chain(now.inputs.keys()).collect();
    for path in paths {
        match (saved.inputs.get(path), now.inputs.get(path)) {
            (then, now) if then == now => {}
            (None, _) => found.push(format!("`{path}` is a new input")),
            (Some(_), None) => found.push(format!("`{path}` is no longer an input")),
            (Some(_), Some(_)) => found.push(format!("the input `{path}` changed")),
        }
    }
    let steps: BTreeMap<&str, &SavedStep> = saved.steps.iter().map(|step| (step.shot.as_str(), step)).collect();
    for step in &now.steps {
        match steps.get(step.shot.as_str()) {
            None => found.push(format!("shot `{}` is new", step.shot)),
            Some(then) => step_differences(then, step, found),
        }
    }
    let shots: BTreeSet<&str> = now.steps.iter().map(|step| step.shot.as_str()).collect();
    let gone = saved.steps.iter().filter(|step| !shots.contains(step.shot.as_str()));
    found.extend(gone.map(|step| format!("shot `{}` is gone", step.shot)));
}

fn option_names(then: &SavedOptions, now: &SavedOptions) -> String {
    let differs = [
        ("--profile", then.profile != now.profile),
        ("--var", then.vars != now.vars),
        ("--provider", then.provider != now.provider),
        ("--model", then.model != now.model),
        ("--resolution", then.resolution != now.resolution),
    ];
    differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn step_differences(then: &SavedStep, now: &SavedStep, found: &mut Vec<String>) {
    let shot = &now.shot;
    if then.action != now.action {
        found.push(format!("shot `{shot}` was to be `{}` and is now `{}`", then.action, now.action));
    }
    if then.recipe != now.recipe {
        found.push(format!("shot `{shot}` asks for something else"));
    }
    if then.needs != now.needs {
        found.push(format!("shot `{shot}` needs other shots"));
    }
    if without_day(then.price.as_ref()) != without_day(now.price.as_ref()) {
        found.push(format!("the price for shot `{shot}` changed"));
    }
    if then.estimate != now.estimate {
        let was = cost_in_words(then);
        let is = cost_in_words(now);
        found.push(format!("the estimate for shot `{shot}` was {was} and is now {is}"));
    }
}

/// A price without the day on which it was read.
fn without_day(price: Option<&SavedPrice>) -> Option<SavedPrice> {
    price.map(|price| SavedPrice { read: String::new(), ..price.clone() })
}

fn cost_in_words(step: &SavedStep) -> String {
    let Some(estimate) = &step.estimate else { return "nothing".to_owned() };
    match (&estimate.cost, &estimate.currency) {
        (Some([low, high]), Some(currency)) if low == high => format!("{low} {currency}"),
        (Some([low, high]), Some(currency)) => format!("{low} to {high} {currency}"),
        _ => "an unknown amount".to_owned(),
    }
}
