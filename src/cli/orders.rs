//! Which shots a run works on, and which of them it may order.

use std::collections::HashSet;

use storyreel_core::film::{LostOrders, Make, Render, Shot};
use storyreel_core::plan::{Action, Step, Why};

use crate::engine::Board;

/// The steps that a run of this board executes.
pub(super) fn executed_steps(board: &Board) -> impl Iterator<Item = &Step> {
    executed_shots(board).map(|(_, step)| step)
}

/// The same, each with its shot.
fn executed_shots(board: &Board) -> impl Iterator<Item = (&Shot, &Step)> {
    let only = board.only.as_ref();
    let shots = board.film.shots.iter().zip(&board.plan.steps);
    shots.filter(move |(_, step)| only.is_none_or(|only| only.contains(&step.shot)))
}

/// The steps whose shots this run may order, each as a render: those that are rendered, those whose order got no answer at
/// a service that lists its tasks, since an order that is not in the list is sent again, and with `--rebuy` those that
/// were bought before and may be lost.
pub(super) fn possible_orders(boards: &[Board], rebuy: bool) -> Vec<Step> {
    let mut orders = Vec::new();
    let mut known = HashSet::new();
    for board in boards {
        let own = executed_shots(board).filter_map(|(shot, step)| as_order(shot, step, rebuy));
        // What several shots have in common is ordered once.
        orders.extend(own.filter(|step| step.identity.is_none_or(|identity| known.insert(identity))));
    }
    orders
}

/// Whether nothing that this board may order can cost anything.
pub(super) fn orders_are_free(board: &Board, rebuy: bool) -> bool {
    let mut ordered = executed_shots(board).filter(|(shot, step)| as_order(shot, step, rebuy).is_some());
    ordered.all(|(shot, _)| render_of(shot).is_none_or(|render| render.is_free() || !render.provider.is_paid))
}

fn render_of(shot: &Shot) -> Option<&Render> {
    match &shot.make {
        Make::Prompt(render) => Some(render),
        _ => None,
    }
}

/// A step as a render, where its shot may be ordered.
fn as_order(shot: &Shot, step: &Step, rebuy: bool) -> Option<Step> {
    let estimate = match (&step.action, &step.why) {
        (Action::Render, _) => step.estimate.clone(),
        (Action::Collect { .. }, _) if rebuy => step.order_estimate().cloned(),
        // What is paid and lost is bought again only where the user says so.
        (Action::Ask { .. }, Why::Forgotten(_)) if rebuy => step.estimate.clone(),
        (Action::Ask { .. }, Why::Unanswered)
            if render_of(shot).is_some_and(|render| render.lost_orders() != LostOrders::Unknown) =>
        {
            step.estimate.clone()
        }
        _ => return None,
    };
    Some(Step { action: Action::Render, estimate, ..step.clone() })
}
