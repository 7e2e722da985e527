//! Before money is spent: the limit, and the user's word.

use std::collections::BTreeSet;

use storyreel_core::budget::{Budget, Cap, Expense};
use storyreel_core::film::Make;
use storyreel_core::money::Currency;
use storyreel_core::plan::words::costs;
use storyreel_core::plan::{Action, Step, Totals, Why};
use storyreel_core::sanitize::count;

use super::args::RenderOptions;
use super::context::Context;
use super::exit;
use super::render::refuse;
use crate::engine::Board;

/// The steps whose shots this run may order, each as a render: those that are rendered, those whose order got no answer at
/// a service that lists its tasks, since an order that is not in the list is sent again, and with `--rebuy` those that
/// were bought before and may be lost.
fn orders(boards: &[Board], rebuy: bool) -> Vec<Step> {
    let of_board = |board| steps(board).filter_map(move |step| ordered(board, step, rebuy));
    boards.iter().flat_map(of_board).collect()
}

/// A step as a render, where its shot may be ordered.
fn ordered(board: &Board, step: &Step, rebuy: bool) -> Option<Step> {
    let estimate = match (&step.action, &step.why) {
        (Action::Render, _) => step.estimate.clone(),
        (Action::Collect { anew, .. }, _) if rebuy => anew.clone(),
        // What is paid and lost is bought again only where the user says so.
        (Action::Ask { .. }, Why::Forgotten(_)) if rebuy => step.estimate.clone(),
        (Action::Ask { .. }, Why::Unanswered) if lists_tasks(board, step) => step.estimate.clone(),
        _ => return None,
    };
    Some(Step { action: Action::Render, estimate, ..step.clone() })
}

fn lists_tasks(board: &Board, step: &Step) -> bool {
    let shot = board.film.shots.iter().find(|shot| shot.id == step.shot);
    matches!(shot.map(|shot| &shot.make), Some(Make::Prompt(render)) if render.provider.lists)
}

/// The steps that a run of this board executes.
pub(super) fn steps(board: &Board) -> impl Iterator<Item = &Step> {
    let wanted = |step: &&Step| board.only.as_ref().is_none_or(|only| only.contains(&step.shot));
    board.plan.steps.iter().filter(wanted)
}

/// The limit that holds for the run: `--max-cost`, else the smallest budget of the storyboards.
pub(super) fn cap(context: &Context, wish: &RenderOptions, boards: &[Board]) -> Result<Cap, u8> {
    let budgets = || boards.iter().filter_map(|board| board.film.budget);
    if wish.max_cost.is_empty() {
        return Ok(Cap::smallest(budgets()));
    }
    let prices = orders(boards, wish.rebuy).into_iter().filter_map(|step| step.estimate?.cost);
    let currencies: BTreeSet<Currency> = prices.map(|(low, _)| low.currency).collect();
    let usual = budgets().next().map_or(Currency::USD, |budget| budget.currency);
    let cap = Cap::given(&wish.max_cost, &currencies, usual);
    cap.map_err(|error| refuse(context, exit::USAGE, &error.to_string()))
}

/// Asks the user, unless nothing is spent or the command line has said yes.
pub(super) fn consent(context: &Context, wish: &RenderOptions, boards: &[Board], cap: &Cap) -> Result<(), u8> {
    let orders = orders(boards, wish.rebuy);
    let paid = orders.iter().filter(|step| step.estimate.is_some()).count();
    if paid == 0 {
        return Ok(());
    }
    let totals = Totals::of(&orders);
    let expense = Expense { most: totals.high.clone(), unknown: totals.unknown };
    if let Err(over) = Budget::new(cap.clone()).allows(&expense) {
        return Err(refuse(context, exit::REFUSED, &format!("the run {over}; nothing was ordered")));
    }
    if wish.yes || !wish.max_cost.is_empty() {
        return Ok(());
    }
    let what = format!("{} to be rendered: {}", count(paid, "shot"), costs(&totals));
    if !context.can_ask() {
        let message = format!("{what}; say `--yes`, or `--max-cost AMOUNT`, to spend it");
        return Err(refuse(context, exit::REFUSED, &message));
    }
    if asked(context, &what) { Ok(()) } else { Err(refuse(context, exit::REFUSED, "nothing was ordered")) }
}

fn asked(context: &Context, what: &str) -> bool {
    matches!(context.answer(&format!("{what}\nSpend it? [y/N] ")).as_str(), "y" | "yes")
}
