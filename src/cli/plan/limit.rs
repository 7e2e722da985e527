//! `plan --max-cost`: the exit code by which a job fails before anybody spends.

use super::words::sum;
use crate::cli::args::PlanWish;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::render::refuse;
use crate::legible::count;
use crate::money::Money;
use crate::plan::{Plan, Totals};

/// Refuses plans that together can cost more than `--max-cost`, and those whose price is not known.
pub(super) fn hold<'a>(context: &Context, wish: &PlanWish, plans: impl Iterator<Item = &'a Plan>) -> Result<(), u8> {
    if wish.max_cost.is_empty() {
        return Ok(());
    }
    let totals = Totals::of(plans.flat_map(|plan| &plan.steps));
    if totals.unknown > 0 {
        let message = format!("the price of {} is unknown, so no limit holds", count(totals.unknown, "shot"));
        return Err(refuse(context, exit::REFUSED, &message));
    }
    let several = totals.high.iter().count() > 1;
    if several && wish.max_cost.iter().any(|(_, currency)| currency.is_none()) {
        let message = "the prices are in several currencies: say which one `--max-cost` is in, such as `25USD`";
        return Err(refuse(context, exit::USAGE, message));
    }
    for high in totals.high.iter() {
        let limit = wish.max_cost.iter().find(|(_, currency)| currency.is_none_or(|it| it == high.currency));
        // What no limit was given for may cost nothing.
        let limit = limit.map_or(0, |(amount, _)| *amount);
        if high.micros > limit {
            let limit = Money::new(limit, high.currency);
            let message = format!("the plan can cost {}, more than the limit of {limit}", sum(&totals));
            return Err(refuse(context, exit::REFUSED, &message));
        }
    }
    Ok(())
}
