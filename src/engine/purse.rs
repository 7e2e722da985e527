//! The money of one run: what may be spent, what is spent, and what is reserved for orders under way. No I/O.

use std::collections::{BTreeMap, HashMap};

use crate::catalog::Estimate;
use crate::money::{Currency, Money, Sums};

/// The most that may be spent, per currency; nothing said means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cap(pub BTreeMap<Currency, u64>);

/// What is left to spend.
#[derive(Debug, Default)]
pub struct Purse {
    cap: Cap,
    spent: Sums,
    reserved: Sums,
    holds: HashMap<usize, Option<Money>>,
}

impl Purse {
    /// A purse with a limit.
    #[must_use]
    pub fn new(cap: Cap) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Reserves the most that a task may cost.
    ///
    /// # Errors
    /// It does not fit beside what is spent and reserved, or nobody can say whether it does; with the reason.
    pub fn reserve(&mut self, task: usize, estimate: Option<&Estimate>) -> Result<(), String> {
        let most = estimate.and_then(|estimate| estimate.cost).map(|(_, high)| high);
        if !self.cap.0.is_empty() {
            self.fits(most)?;
        }
        most.iter().for_each(|most| self.reserved.add(*most));
        // A task that is ordered again has its older reservation released before.
        self.holds.insert(task, most);
        Ok(())
    }

    fn fits(&self, most: Option<Money>) -> Result<(), String> {
        let Some(most) = most else {
            return Err("its price is unknown, so the limit could not be kept; give it a price under \
                        `providers.ID.prices`, or set no limit"
                .to_owned());
        };
        let currency = most.currency;
        let Some(&limit) = self.cap.0.get(&currency) else {
            return Err(format!("its price is in {currency}, for which no limit is set; add `--max-cost 0{currency}`"));
        };
        let (spent, reserved) = (self.spent.of(currency), self.reserved.of(currency));
        let sum = spent.micros.saturating_add(reserved.micros).saturating_add(most.micros);
        if sum <= limit {
            return Ok(());
        }
        let (limit, most) = (Money::new(limit, currency).exact(), most.exact());
        let (spent, reserved) = (spent.exact(), reserved.exact());
        Err(format!(
            "it may cost {most} {currency}, and of the limit of {limit} {currency} {spent} is spent and {reserved} is \
             on order"
        ))
    }

    /// Frees what was reserved for a task that costs nothing after all.
    pub fn release(&mut self, task: usize) {
        if let Some(Some(held)) = self.holds.remove(&task) {
            self.reserved.subtract(held);
        }
    }

    /// Whether a task is on order, so that it is yet to be settled.
    #[must_use]
    pub fn holds(&self, task: usize) -> bool {
        self.holds.contains_key(&task)
    }

    /// Turns what was reserved for a task into what it cost, and gives that; `None` where it is not known. What nobody
    /// counted counts as estimated.
    pub fn settle(&mut self, task: usize, billed: Option<Money>) -> Option<Money> {
        let held = self.holds.remove(&task)?;
        held.iter().for_each(|held| self.reserved.subtract(*held));
        let paid = billed.or(held);
        paid.iter().for_each(|paid| self.spent.add(*paid));
        paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USD: Currency = Currency::USD;

    fn estimate(micros: u64, currency: Currency) -> Estimate {
        let cost = Money::new(micros, currency);
        Estimate { tokens: (1, 1), cost: Some((cost, cost)), about: false }
    }

    #[test]
    fn what_is_spent_and_what_is_on_order_count_alike() {
        let mut purse = Purse::new(Cap([(USD, 1_000_000)].into()));
        assert_eq!(purse.reserve(0, Some(&estimate(600_000, USD))), Ok(()));
        assert!(purse.reserve(1, Some(&estimate(500_000, USD))).is_err_and(|why| why.contains("0.60 is on order")));
        assert_eq!(purse.settle(0, Some(Money::new(400_000, USD))), Some(Money::new(400_000, USD)));
        assert_eq!(purse.reserve(1, Some(&estimate(600_000, USD))), Ok(()));
        assert!(purse.reserve(2, Some(&estimate(1, USD))).is_err_and(|why| why.contains("0.40 is spent")));
        purse.release(1);
        assert_eq!(purse.reserve(2, Some(&estimate(1, USD))), Ok(()));
    }

    #[test]
    fn what_cannot_be_judged_is_refused_under_a_limit_only() {
        let mut purse = Purse::new(Cap([(USD, 1_000_000)].into()));
        assert!(purse.reserve(0, None).is_err_and(|why| why.contains("unknown")));
        assert!(purse.reserve(0, Some(&estimate(1, Currency::CNY))).is_err_and(|why| why.contains("in CNY")));
        let mut open = Purse::new(Cap::default());
        assert_eq!(open.reserve(0, None), Ok(()));
        assert!(open.holds(0));
        assert_eq!(open.settle(0, None), None);
        assert!(!open.holds(0));
    }

    #[test]
    fn nothing_is_settled_twice() {
        let mut purse = Purse::new(Cap::default());
        assert_eq!(purse.reserve(0, Some(&estimate(5, USD))), Ok(()));
        assert_eq!(purse.settle(0, None), Some(Money::new(5, USD)));
        assert_eq!(purse.settle(0, None), None);
    }
}
