//! Money, time and reasons in what plans print for programs.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::money::Money;
use storyreel_core::plan::Totals;
use storyreel_core::plan::compare::{Cannot, Quote};
use storyreel_core::plan::edit_cost::ShotsCost;

/// Least and most in one currency, exactly.
#[derive(Serialize, JsonSchema)]
pub(super) struct Sum {
    /// Three letters (ISO 4217).
    currency: String,
    /// Most, such as `2.95`.
    high: String,
    /// Least, such as `2.95`.
    low: String,
}

impl Sum {
    /// The sums of a plan, one for each currency.
    pub(super) fn all_of(totals: &Totals) -> Vec<Self> {
        totals.high.iter().map(|high| Self::of(totals.low.of(high.currency), high)).collect()
    }

    fn of(low: Money, high: Money) -> Self {
        Self { currency: high.currency.to_string(), high: high.exact(), low: low.exact() }
    }
}

/// What some of the shots cost.
#[derive(Serialize, JsonSchema)]
pub(super) struct CostLine {
    /// Least and most in each currency.
    cost: Vec<Sum>,
    /// Shots whose price is not known: they are in no sum.
    unknown_price: usize,
    /// Expected time in seconds.
    seconds: f64,
}

impl CostLine {
    pub(super) fn of(totals: &Totals, wall: Duration) -> Self {
        Self { cost: Sum::all_of(totals), unknown_price: totals.unknown, seconds: wall.as_secs_f64().ceil() }
    }

    pub(super) fn of_shots(cost: &ShotsCost) -> Self {
        Self::of(&cost.totals, cost.wall)
    }
}

/// A whole film, made from nothing.
#[derive(Serialize, JsonSchema)]
pub(super) struct QuoteLine {
    /// Least and most in each currency.
    cost: Vec<Sum>,
    /// Shots that are ordered and whose price is not known: they are in no sum.
    unknown_price: usize,
    /// Whether a price is a fit and not exact.
    about: bool,
    /// Shots that are ordered at a service.
    ordered: usize,
    /// Least tokens.
    tokens: u64,
    /// Most tokens.
    tokens_high: u64,
    /// Expected length of the run in seconds.
    seconds: f64,
    /// What is lost against what the storyboard asks for.
    downgrades: Vec<String>,
}

impl QuoteLine {
    /// The quote; `None` where the film cannot be made so.
    pub(super) fn of(quote: &Result<Quote, Vec<Cannot>>) -> Option<Self> {
        let quote = quote.as_ref().ok()?;
        Some(Self {
            cost: Sum::all_of(&quote.totals),
            unknown_price: quote.totals.unknown,
            about: quote.totals.about,
            ordered: quote.ordered,
            tokens: quote.totals.tokens.0,
            tokens_high: quote.totals.tokens.1,
            seconds: quote.wall.as_secs_f64().ceil(),
            downgrades: quote.downgrades.clone(),
        })
    }
}

/// A reason why a film cannot be made in some way.
#[derive(Serialize, JsonSchema)]
pub(super) struct CannotLine {
    /// The shots that it is about; empty where it is about all, or about all that have no value of their own.
    shots: Vec<String>,
    /// What is wrong.
    why: String,
}

impl CannotLine {
    /// Why a film cannot be made so; nothing where it can.
    pub(super) fn all_of(quote: &Result<Quote, Vec<Cannot>>) -> Vec<Self> {
        let reasons = quote.as_ref().err().into_iter().flatten();
        reasons.map(|reason| Self { shots: reason.shots.clone(), why: reason.why.clone() }).collect()
    }
}
