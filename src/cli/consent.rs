//! Before money is spent: the limit, and the user's word.

use std::collections::BTreeSet;

use storyreel_core::budget::{Budget, Cap, Expense};
use storyreel_core::money::Currency;
use storyreel_core::plan::Totals;
use storyreel_core::plan::words::for_costs;
use storyreel_core::sanitize::count;

use super::args::RunOptions;
use super::context::Context;
use super::exit;
use super::failure::CommandFailure;
use super::orders::{orders_are_free, possible_orders};
use crate::engine::Board;

/// The limit that holds for the run: `--max-cost`, else the smallest budget of the storyboards.
pub(super) fn spending_cap(options: &RunOptions, boards: &[Board]) -> Result<Cap, CommandFailure> {
    let mut budgets = boards.iter().filter_map(|board| board.film.budget);
    if options.max_cost.is_empty() {
        return Ok(Cap::smallest(budgets));
    }
    let prices = possible_orders(boards, options.rebuy).into_iter().filter_map(|step| step.estimate?.cost);
    let currencies: BTreeSet<Currency> = prices.map(|(low, _)| low.currency).collect();
    let usual = budgets.next().map_or(Currency::USD, |budget| budget.currency);
    let cap = Cap::given(&options.max_cost, &currencies, usual);
    cap.map_err(|error| CommandFailure::new(exit::USAGE, error.to_string()))
}

/// Asks the user, unless nothing is spent or the command line has said yes.
pub(super) fn require_consent(
    context: &Context,
    options: &RunOptions,
    boards: &[Board],
    cap: &Cap,
) -> Result<(), CommandFailure> {
    let orders = possible_orders(boards, options.rebuy);
    let paid = orders.iter().filter(|step| step.estimate.is_some()).count();
    let totals = Totals::of(&orders);
    // A model on a machine of one's own costs nothing, and nobody is asked to spend that. What a service of others asks is
    // its own word: a price of nothing may be a mistake.
    if paid == 0 || boards.iter().all(|board| orders_are_free(board, options.rebuy)) {
        return Ok(());
    }
    let expense = Expense { most: totals.high.clone(), unknown: totals.unknown };
    if let Err(over) = Budget::new(cap.clone()).allows(&expense) {
        return Err(CommandFailure::new(exit::REFUSED, format!("the run {over}; nothing was ordered")));
    }
    if options.yes || !options.max_cost.is_empty() {
        return Ok(());
    }
    let question = format!("{} to render, {}", count(paid, "shot"), for_costs(&totals));
    if !context.can_ask() {
        let message = format!("{question}; add `--yes` or `--max-cost AMOUNT` to spend it");
        return Err(CommandFailure::new(exit::REFUSED, message));
    }
    let answer = context.answer(&format!("{question}\nSpend it? [y/N] "));
    match answer.as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CommandFailure::new(exit::REFUSED, "nothing was ordered")),
    }
}
