//! The one limit: what may be spent, what is spent, what is on order, and what is perhaps charged. No I/O.
//!
//! `plan --max-cost`, the consent of the user and every order ask the same [`Budget`] in the same words. What counts is
//! always the most that something can cost, exactly: a limit that holds for the plan then holds for every order of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use crate::job::AttemptId;
use crate::money::{Currency, Money, Sums};
use crate::sanitize::count;

/// The most that may be spent, per currency; nothing said means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cap(BTreeMap<Currency, u64>);

/// An amount without a currency, where the prices are in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the prices are in several currencies: name the currency of `--max-cost`, such as `--max-cost 25USD --max-cost \
     100CNY`"
)]
pub struct NoCurrency;

impl Cap {
    /// The limit of amounts as the command line gives them, in millionths. One without a currency is in that of the
    /// prices; where nothing is to be paid, in `usual`.
    pub fn given(
        amounts: &[(u64, Option<Currency>)],
        prices: &BTreeSet<Currency>,
        usual: Currency,
    ) -> Result<Self, NoCurrency> {
        let mut cap = Self::default();
        for (micros, currency) in amounts {
            let of_prices = if prices.len() > 1 { None } else { Some(prices.first().copied().unwrap_or(usual)) };
            cap.0.insert(currency.or(of_prices).ok_or(NoCurrency)?, *micros);
        }
        Ok(cap)
    }

    /// The smallest of several budgets in each currency.
    #[must_use]
    pub fn smallest(budgets: impl IntoIterator<Item = Money>) -> Self {
        let mut cap = Self::default();
        for budget in budgets {
            let limit = cap.0.entry(budget.currency).or_insert(budget.micros);
            *limit = budget.micros.min(*limit);
        }
        cap
    }

    /// Whether there is no limit at all.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_empty()
    }
}

/// The most that something can cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expense {
    /// In each currency.
    pub most: Sums,
    /// Shots whose price nobody knows, which is not the same as nothing.
    pub unknown: usize,
}

impl Expense {
    /// That of one order.
    #[must_use]
    pub fn of_order(most: Option<Money>) -> Self {
        let mut expense = Self { most: Sums::default(), unknown: usize::from(most.is_none()) };
        most.iter().for_each(|most| expense.most.add(*most));
        expense
    }
}

/// Why something may not be spent. The words go on after what would be paid: "the plan …", "it …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverLimit {
    /// Nobody can say whether it fits.
    UnknownPrice(usize),
    /// There are limits, and none in the currency of its price.
    NoLimit(Money),
    /// A service has billed in a currency in which there is no limit.
    Unlimited(Money),
    /// It does not fit.
    Over {
        /// The most that it can cost.
        most: Money,
        /// The limit.
        limit: Money,
        /// What is paid.
        spent: Money,
        /// What is on order.
        reserved: Money,
        /// What is perhaps charged.
        unclear: Money,
    },
}

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPrice(shots) => write!(
                f,
                "has {} whose price is unknown, so no limit can hold: give the price under `providers.ID.prices` \
                 (with `--untrusted` no price of a storyboard counts), or set no limit",
                count(*shots, "shot")
            ),
            Self::NoLimit(most) => write!(
                f,
                "can cost {}, and no limit is set in {}: add one, such as `--max-cost 1{}`",
                most.text(),
                most.currency,
                most.currency
            ),
            Self::Unlimited(spent) => write!(
                f,
                "comes after {} that a service has billed, and no limit is set in {}: add one, such as \
                 `--max-cost 1{}`",
                spent.text(),
                spent.currency,
                spent.currency
            ),
            Self::Over { most, limit, spent, reserved, unclear } => {
                write!(f, "can cost {}, more than the limit of {}", most.text(), limit.text())?;
                let parts = [(spent, "is spent"), (reserved, "is on order"), (unclear, "is perhaps charged")];
                let mut left = Vec::new();
                for (amount, what) in parts {
                    if amount.micros > 0 {
                        left.push(format!("{} {what}", amount.text()));
                    }
                }
                if left.is_empty() { Ok(()) } else { write!(f, " leaves: {}", left.join(", ")) }
            }
        }
    }
}

/// What is held for an order that is not settled.
#[derive(Debug, Clone, Copy)]
struct Hold {
    most: Option<Money>,
    /// Whether it may be charged although nobody knows of a task.
    unclear: bool,
}

/// The money of one run.
#[derive(Debug, Default)]
pub struct Budget {
    cap: Cap,
    spent: Sums,
    /// Perhaps charged, for ever.
    unclear: Sums,
    holds: HashMap<AttemptId, Hold>,
}

impl Budget {
    /// A budget of which nothing is spent.
    #[must_use]
    pub fn new(cap: Cap) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Whether `expense` fits beside what is spent, on order and perhaps charged.
    ///
    /// # Errors
    /// It does not, or nobody can say whether it does.
    pub fn allows(&self, expense: &Expense) -> Result<(), OverLimit> {
        if self.cap.is_open() {
            return Ok(());
        }
        if expense.unknown > 0 {
            return Err(OverLimit::UnknownPrice(expense.unknown));
        }
        let is_paid = expense.most.iter().any(|most| most.micros > 0);
        let unlimited = self.spent.iter().find(|spent| spent.micros > 0 && !self.cap.0.contains_key(&spent.currency));
        if let Some(spent) = unlimited.filter(|_| is_paid) {
            return Err(OverLimit::Unlimited(spent));
        }
        for most in expense.most.iter().filter(|most| most.micros > 0) {
            let currency = most.currency;
            let Some(&limit) = self.cap.0.get(&currency) else { return Err(OverLimit::NoLimit(most)) };
            let spent = self.spent.of(currency);
            let reserved = self.held(currency, false);
            let held_unclear = self.held(currency, true);
            let unclear = Money::new(self.unclear.of(currency).micros.saturating_add(held_unclear.micros), currency);
            let taken = spent.micros.saturating_add(reserved.micros).saturating_add(unclear.micros);
            if taken.saturating_add(most.micros) > limit {
                let limit = Money::new(limit, currency);
                return Err(OverLimit::Over { most, limit, spent, reserved, unclear });
            }
        }
        Ok(())
    }

    fn held(&self, currency: Currency, unclear: bool) -> Money {
        let held = self.holds.values().filter(|hold| hold.unclear == unclear).filter_map(|hold| hold.most);
        let mut sums = Sums::default();
        held.for_each(|most| sums.add(most));
        sums.of(currency)
    }

    /// Reserves the most that an order can cost.
    ///
    /// # Errors
    /// It is not allowed.
    pub fn reserve(&mut self, order: AttemptId, most: Option<Money>) -> Result<(), OverLimit> {
        self.allows(&Expense::of_order(most))?;
        self.holds.insert(order, Hold { most, unclear: false });
        Ok(())
    }

    /// Frees what was reserved for an order that certainly costs nothing. Where its answer was lost nothing is certain:
    /// what was reserved counts on, as perhaps charged.
    pub fn release(&mut self, order: AttemptId) {
        if let Some(Hold { most: Some(most), unclear: true }) = self.holds.remove(&order) {
            self.unclear.add(most);
        }
    }

    /// Notes that nobody knows whether an order was accepted.
    pub fn doubt(&mut self, order: AttemptId) {
        if let Some(hold) = self.holds.get_mut(&order) {
            hold.unclear = true;
        }
    }

    /// Notes that an order whose answer was lost is a task after all.
    pub fn found(&mut self, order: AttemptId) {
        if let Some(hold) = self.holds.get_mut(&order) {
            hold.unclear = false;
        }
    }

    /// Turns what was reserved for an order into what it cost. What nobody could tell counts as perhaps charged.
    pub fn settle(&mut self, order: AttemptId, paid: Option<Money>) {
        let Some(hold) = self.holds.remove(&order) else { return };
        match paid {
            Some(paid) => self.spent.add(paid),
            None => hold.most.iter().for_each(|most| self.unclear.add(*most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Digest;

    const USD: Currency = Currency::USD;

    fn usd(micros: u64) -> Money {
        Money::new(micros, USD)
    }

    fn order(attempt: u32) -> AttemptId {
        AttemptId { recipe: Digest::of(b"recipe"), attempt }
    }

    fn budget(limit: u64) -> Budget {
        Budget::new(Cap::smallest([usd(limit)]))
    }

    #[test]
    fn a_bill_in_a_currency_without_a_limit_ends_the_spending() {
        let mut budget = budget(1_000_000);
        budget.reserve(order(1), Some(usd(1))).expect("it fits");
        budget.settle(order(1), Some(Money::new(5_000_000, Currency::CNY)));
        let over = budget.reserve(order(2), Some(usd(1))).expect_err("nobody limits yuan");
        let words = "comes after 5.00 CNY that a service has billed, and no limit is set in CNY: add one, such as \
                     `--max-cost 1CNY`";
        assert_eq!(over.to_string(), words);
        budget.reserve(order(2), Some(usd(0))).expect("what is free is no matter");
    }

    #[test]
    fn what_is_reserved_and_spent_never_exceeds_the_limit() {
        let mut budget = budget(1_000_000);
        budget.reserve(order(1), Some(usd(600_000))).expect("it fits");
        let over = budget.reserve(order(2), Some(usd(500_000))).expect_err("it does not fit");
        assert_eq!(over.to_string(), "can cost 0.50 USD, more than the limit of 1.00 USD leaves: 0.60 USD is on order");
        // It turned out cheaper, so that there is room.
        budget.settle(order(1), Some(usd(400_000)));
        budget.reserve(order(2), Some(usd(500_000))).expect("it fits");
        budget.release(order(2));
        budget.reserve(order(3), Some(usd(600_000))).expect("it fits to the last millionth");
        assert!(budget.reserve(order(4), Some(usd(1))).is_err());
    }

    #[test]
    fn a_lost_answer_counts_whatever_is_found_out_and_so_does_the_order_after_it() {
        let mut budget = budget(1_000_000);
        budget.reserve(order(1), Some(usd(400_000))).expect("it fits");
        budget.doubt(order(1));
        // The list shows no such task.
        budget.release(order(1));
        budget.reserve(order(2), Some(usd(400_000))).expect("it fits once more");
        let over = budget.reserve(order(3), Some(usd(400_000))).expect_err("and no third time");
        assert!(over.to_string().ends_with("0.40 USD is on order, 0.40 USD is perhaps charged"), "{over}");
        // The list shows the task after all: it is paid once.
        budget.doubt(order(2));
        budget.settle(order(2), Some(usd(300_000)));
        budget.reserve(order(3), Some(usd(300_000))).expect("it fits");
    }

    #[test]
    fn what_nobody_can_tell_is_never_nothing() {
        let mut limited = budget(1_000_000);
        let unknown = limited.reserve(order(1), None).expect_err("its price is unknown");
        assert!(unknown.to_string().starts_with("has 1 shot whose price is unknown"));
        let foreign = limited.reserve(order(1), Some(Money::new(1, Currency::CNY))).expect_err("no limit");
        assert_eq!(
            foreign.to_string(),
            "can cost 0.000001 CNY, and no limit is set in CNY: add one, such as `--max-cost 1CNY`"
        );
        limited.reserve(order(1), Some(usd(700_000))).expect("it fits");
        limited.settle(order(1), None);
        assert!(limited.reserve(order(2), Some(usd(700_000))).is_err(), "it is perhaps charged");
        let mut open = Budget::new(Cap::default());
        open.reserve(order(1), None).expect("there is no limit");
        open.settle(order(1), None);
    }

    #[test]
    fn nothing_is_settled_twice() {
        let mut budget = budget(1_000_000);
        budget.reserve(order(1), Some(usd(600_000))).expect("it fits");
        budget.settle(order(1), Some(usd(600_000)));
        budget.settle(order(1), Some(usd(600_000)));
        budget.reserve(order(2), Some(usd(400_000))).expect("it was settled once");
    }

    #[test]
    fn an_amount_without_a_currency_is_in_that_of_the_prices() {
        let both = BTreeSet::from([USD, Currency::CNY]);
        assert_eq!(Cap::given(&[(5, None)], &both, USD), Err(NoCurrency));
        let yuan = BTreeSet::from([Currency::CNY]);
        let cap = Cap::given(&[(5, None)], &yuan, USD).expect("one currency");
        assert_eq!(cap, Cap::smallest([Money::new(5, Currency::CNY), Money::new(9, Currency::CNY)]));
        assert_eq!(Cap::given(&[(5, None)], &BTreeSet::new(), USD), Ok(Cap::smallest([usd(5)])));
        assert!(Cap::given(&[], &both, USD).expect("no limit").is_open());
    }
}
