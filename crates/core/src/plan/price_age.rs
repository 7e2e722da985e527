//! The prices that a plan reckons with, how old they are, and what the budget leaves.

use std::collections::BTreeMap;

use super::{Plan, Totals};
use crate::film::{Film, Make};
use crate::money::Money;
use crate::units::Day;

/// Prices that were read longer ago than so many days are old.
const OLD_DAYS: i64 = 60;

/// A price that is part of a plan, and its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceAge {
    /// The provider's id.
    pub provider: &'static str,
    /// The provider's own id for the model.
    pub model: String,
    /// The day it was read, or where it comes from.
    pub read: String,
    /// Days since it was read; `None` where the storyboard gives no day.
    pub days: Option<i64>,
    /// Where the service documents it.
    pub reference: &'static str,
}

impl PriceAge {
    /// Whether it should be looked up again.
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.days.is_some_and(|days| days > OLD_DAYS)
    }

    /// Every price that `plan` reckons with, each once.
    #[must_use]
    pub fn all_of(film: &Film, plan: &Plan, today: Day) -> Vec<Self> {
        let mut found: BTreeMap<(&'static str, String, String), Self> = BTreeMap::new();
        for (shot, step) in film.shots.iter().zip(&plan.steps) {
            if let (Make::Prompt(render), Some(_)) = (&shot.make, &step.estimate)
                && let Some(price) = &render.price
            {
                let read = price.read.to_string();
                let key = (render.provider.id, render.spec.model.clone(), read.clone());
                found.entry(key).or_insert_with(|| Self {
                    provider: render.provider.id,
                    model: render.spec.model.clone(),
                    days: read.parse::<Day>().ok().map(|day| today.since(day)),
                    read,
                    reference: render.provider.reference,
                });
            }
        }
        found.into_values().collect()
    }
}

/// The budget of a storyboard beside the most that its plan can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetLeft {
    /// The budget.
    pub budget: Money,
    /// The most that the plan can cost in its currency.
    pub most: Money,
    /// Shots of which nobody knows what they cost; they come to that.
    pub unknown: usize,
}

impl BudgetLeft {
    /// The budget of `film`, if it has one, and what `totals` take of it.
    #[must_use]
    pub fn of(film: &Film, totals: &Totals) -> Option<Self> {
        let budget = film.budget?;
        Some(Self { budget, most: totals.high.of(budget.currency), unknown: totals.unknown })
    }

    /// Whether the plan can cost more than the budget.
    #[must_use]
    pub const fn is_exceeded(&self) -> bool {
        self.most.micros > self.budget.micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_price_is_old_after_sixty_days_and_never_without_a_day() {
        for (days, is_old) in [(Some(60), false), (Some(61), true), (None, false)] {
            let age = PriceAge { provider: "ark", model: String::new(), read: String::new(), days, reference: "" };
            assert_eq!(age.is_old(), is_old, "{days:?}");
        }
    }

    #[test]
    fn a_budget_that_is_just_reached_is_not_exceeded() {
        let budget = Money::new(5, Currency::USD);
        let left = |micros| BudgetLeft { budget, most: Money::new(micros, Currency::USD), unknown: 0 };
        assert!(!left(5).is_exceeded());
        assert!(left(6).is_exceeded());
    }
}
