//! Sums over the steps of a plan.

use std::collections::HashSet;

use super::{Action, Step};
use crate::catalog::Estimate;
use crate::money::Sums;

/// What a plan costs: sums of least and most per currency, tokens, and how many shots have no known price.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Least in each currency.
    pub low: Sums,
    /// Most in each currency.
    pub high: Sums,
    /// Least and most tokens.
    pub tokens: (u64, u64),
    /// Shots to be rendered whose price is not known.
    pub unknown: usize,
    /// Whether any price is a fit and not exact.
    pub about: bool,
}

impl Totals {
    /// What rendering these steps costs, each once. An unknown price adds nothing to the sums and one to the unknown.
    pub fn of<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Self {
        let mut totals = Self::default();
        let mut known = HashSet::new();
        let rendered = steps.into_iter().filter(|step| step.action == Action::Render);
        let rendered = rendered.filter(|step| step.identity.is_none_or(|identity| known.insert(identity)));
        for (step, estimate) in rendered.filter_map(|step| Some((step, step.estimate.as_ref()?))) {
            totals.add(estimate);
            // Further takes may follow; the least is that none does.
            for _ in 1..step.orders {
                totals.add_most(estimate);
            }
        }
        totals
    }

    /// Whether anything is bought.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.high.is_empty() && self.unknown == 0
    }

    /// Adds what an order costs that may not be placed.
    fn add_most(&mut self, estimate: &Estimate) {
        self.tokens.1 = self.tokens.1.saturating_add(estimate.tokens.1);
        self.about |= estimate.about;
        if let Some((_, high)) = estimate.cost {
            self.high.add(high);
        }
    }

    /// Adds one estimate.
    pub fn add(&mut self, estimate: &Estimate) {
        self.tokens.0 = self.tokens.0.saturating_add(estimate.tokens.0);
        self.tokens.1 = self.tokens.1.saturating_add(estimate.tokens.1);
        self.about |= estimate.about;
        match estimate.cost {
            Some((low, high)) => {
                self.low.add(low);
                self.high.add(high);
            }
            None => self.unknown += 1,
        }
    }
}
