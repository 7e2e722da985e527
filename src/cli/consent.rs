//! Before money is spent: the limit, and the user's word.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, Write as _};

use super::args::Render;
use super::context::Context;
use super::exit;
use super::render::refuse;
use crate::engine::Board;
use crate::engine::purse::Cap;
use crate::film::Make;
use crate::legible::count;
use crate::money::{Currency, Money};
use crate::plan::words::costs;
use crate::plan::{Action, Step, Totals, Why};

/// The shots that this run may order, and what they cost together.
fn ordered(boards: &[Board]) -> Totals {
    Totals::of(boards.iter().flat_map(steps))
}

/// What the user is asked for: the shots that are rendered, and those whose order got no answer at a service that lists
/// its tasks, since an order that is not in the list is sent again.
fn asked_for(boards: &[Board]) -> Vec<Step> {
    let again = |board: &Board, step: &Step| {
        let shot = board.film.shots.iter().find(|shot| shot.id == step.shot);
        let make = shot.map(|shot| &shot.make);
        matches!(make, Some(Make::Prompt(render)) if render.provider.lists)
    };
    let may_be_ordered = |board: &Board, step: &Step| match step.action {
        Action::Render => true,
        // What is paid and lost is bought again only when the user has given it up.
        Action::Ask { .. } => step.why != Why::Forgotten && again(board, step),
        _ => false,
    };
    let of_board = |board| steps(board).filter(move |step| may_be_ordered(board, step));
    boards.iter().flat_map(of_board).map(|step| Step { action: Action::Render, ..step.clone() }).collect()
}

/// The steps that a run of this board executes.
pub(super) fn steps(board: &Board) -> impl Iterator<Item = &Step> {
    let wanted = |step: &&Step| board.only.as_ref().is_none_or(|only| only.contains(&step.shot));
    board.plan.steps.iter().filter(wanted)
}

/// The limit that holds for the run: `--max-cost`, else the smallest budget of the storyboards.
pub(super) fn cap(context: &Context, wish: &Render, boards: &[Board]) -> Result<Cap, u8> {
    let mut cap = Cap::default();
    if wish.max_cost.is_empty() {
        for budget in boards.iter().filter_map(|board| board.film.budget) {
            let limit = cap.0.entry(budget.currency).or_insert(budget.micros);
            *limit = budget.micros.min(*limit);
        }
        return Ok(cap);
    }
    let usual = usual_currency(boards);
    for (amount, currency) in &wish.max_cost {
        let Some(currency) = currency.or(usual) else {
            let message = "the prices are in several currencies: say which one `--max-cost` is in, such as \
                           `--max-cost 25USD --max-cost 100CNY`";
            return Err(refuse(context, exit::USAGE, message));
        };
        cap.0.insert(currency, *amount);
    }
    Ok(cap)
}

/// The currency of an amount that names none: that of the prices, if they have one in common.
fn usual_currency(boards: &[Board]) -> Option<Currency> {
    let prices = boards.iter().flat_map(steps).filter_map(|step| step.estimate.as_ref()?.cost);
    let currencies: BTreeSet<Currency> = prices.map(|(low, _)| low.currency).collect();
    match currencies.len() {
        0 => Some(boards.iter().find_map(|board| board.film.budget).map_or(Currency::USD, |budget| budget.currency)),
        1 => currencies.first().copied(),
        _ => None,
    }
}

/// Asks the user, unless nothing is spent or the command line has said yes.
pub(super) fn consent(context: &Context, wish: &Render, boards: &[Board], cap: &Cap) -> Result<(), u8> {
    let asked_for = asked_for(boards);
    let paid = asked_for.iter().filter(|step| step.estimate.is_some()).count();
    if paid == 0 {
        return Ok(());
    }
    for least in ordered(boards).low.iter() {
        let Some(&limit) = cap.0.get(&least.currency) else { continue };
        if least.micros > limit {
            let limit = Money::new(limit, least.currency);
            let message = format!(
                "the run would cost at least {} {}, more than the limit of {} {}; nothing was ordered",
                least.exact(),
                least.currency,
                limit.exact(),
                limit.currency
            );
            return Err(refuse(context, exit::REFUSED, &message));
        }
    }
    if wish.yes || !wish.max_cost.is_empty() {
        return Ok(());
    }
    let what = format!("{} to be rendered: {}", count(paid, "shot"), costs(&Totals::of(&asked_for)));
    if !context.can_ask() {
        let message = format!("{what}; say `--yes`, or `--max-cost AMOUNT`, to spend it");
        return Err(refuse(context, exit::REFUSED, &message));
    }
    if asked(&what) { Ok(()) } else { Err(refuse(context, exit::REFUSED, "nothing was ordered")) }
}

fn asked(what: &str) -> bool {
    let mut screen = io::stderr().lock();
    let shown = write!(screen, "{what}\nSpend it? [y/N] ").and_then(|()| screen.flush());
    let mut answer = String::new();
    let heard = io::stdin().lock().read_line(&mut answer);
    shown.is_ok() && heard.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
