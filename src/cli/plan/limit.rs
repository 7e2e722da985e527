//! `plan --max-cost`: the exit code by which a job fails before anybody spends.

use std::collections::BTreeSet;

use storyreel_core::budget::{Budget, Cap, Expense};
use storyreel_core::money::Currency;
use storyreel_core::plan::{Plan, Totals};

use crate::cli::args::PlanOptions;
use crate::cli::exit;
use crate::cli::failure::CommandFailure;

/// Refuses plans that together can cost more than `--max-cost`, and those whose price is not known.
pub(super) fn check_max_cost<'a>(
    options: &PlanOptions,
    plans: impl Iterator<Item = &'a Plan>,
) -> Result<(), CommandFailure> {
    let totals = Totals::of(plans.flat_map(|plan| &plan.steps));
    let currencies: BTreeSet<Currency> = totals.high.iter().map(|sum| sum.currency).collect();
    let cap = Cap::given(&options.max_cost, &currencies, Currency::USD)
        .map_err(|error| CommandFailure::new(exit::USAGE, error.to_string()))?;
    let expense = Expense { unknown: totals.unknown, most: totals.high };
    Budget::new(cap).allows(&expense).map_err(|over| CommandFailure::new(exit::REFUSED, format!("the plan {over}")))
}
