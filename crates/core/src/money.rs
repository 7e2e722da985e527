//! Amounts of money as whole millionths of a currency unit, never as floating point.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Millionths in one unit of a currency.
pub const MICROS: u64 = 1_000_000;

/// A currency by its three letters (ISO 4217), for example `USD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = BadMoney;

    fn from_str(text: &str) -> Result<Self, BadMoney> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| BadMoney)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(BadMoney) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Text that is no amount or no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an amount such as `25`, `0.50` or `25 USD`, with at most six decimals")]
pub struct BadMoney;

/// An amount in one currency, zero or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Millionths of the currency's unit.
    pub micros: u64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// `micros` millionths of a unit of `currency`.
    #[must_use]
    pub const fn new(micros: u64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// The exact amount without its currency, with at least two decimals: `0.7623`, `25.00`.
    #[must_use]
    pub fn exact(&self) -> String {
        let text = format!("{}.{:06}", self.micros / MICROS, self.micros % MICROS);
        let kept = text.trim_end_matches('0').len().max(text.len() - 4);
        text[..kept].to_owned()
    }

    /// The amount for people, to the nearest hundredth; less than half a hundredth, and not nothing, is exact.
    #[must_use]
    pub fn rounded(&self) -> String {
        if self.micros > 0 && self.micros < 5_000 {
            return self.exact();
        }
        let hundredths = (self.micros + 5_000) / 10_000;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

impl Money {
    /// The exact amount and its currency, as files keep it: `0.7623 USD`. [`str::parse`] reads it back.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} {}", self.exact(), self.currency)
    }
}

impl FromStr for Money {
    type Err = BadMoney;

    fn from_str(text: &str) -> Result<Self, BadMoney> {
        let (amount, currency) = text.split_once(' ').ok_or(BadMoney)?;
        Ok(Self::new(micros(amount)?, currency.parse()?))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.rounded(), self.currency))
    }
}

/// Reads `25`, `0.50` and the like into millionths.
pub fn micros(text: &str) -> Result<u64, BadMoney> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(part) || part.len() > 6 {
        return Err(BadMoney);
    }
    let whole: u64 = whole.parse().map_err(|_| BadMoney)?;
    let part: u64 = format!("{part:0<6}").parse().map_err(|_| BadMoney)?;
    whole.checked_mul(MICROS).and_then(|micros| micros.checked_add(part)).ok_or(BadMoney)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Sums of money, one per currency: currencies are never added to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<Currency, u64>);

impl Sums {
    /// Adds an amount. Sums that no account could hold stay at the greatest number.
    pub fn add(&mut self, amount: Money) {
        let sum = self.0.entry(amount.currency).or_default();
        *sum = sum.saturating_add(amount.micros);
    }

    /// The sum in `currency`; nothing where none was added.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Money {
        Money::new(self.0.get(&currency).copied().unwrap_or_default(), currency)
    }

    /// Every sum, in the order of the currencies' letters.
    pub fn iter(&self) -> impl Iterator<Item = Money> {
        self.0.iter().map(|(&currency, &micros)| Money::new(micros, currency))
    }

    /// Whether nothing was ever added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.iter().map(|sum| sum.to_string()).collect();
        f.pad(&all.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_read_well() {
        for (micros, exact, rounded) in [
            (762_300, "0.7623", "0.76"),
            (25_000_000, "25.00", "25.00"),
            (0, "0.00", "0.00"),
            (1, "0.000001", "0.000001"),
            (5_000, "0.005", "0.01"),
            (1_995_000, "1.995", "2.00"),
        ] {
            let money = Money::new(micros, Currency::USD);
            assert_eq!((money.exact().as_str(), money.rounded().as_str()), (exact, rounded));
            assert_eq!(super::micros(&money.exact()), Ok(micros));
        }
        assert_eq!(Money::new(762_300, Currency::CNY).to_string(), "0.76 CNY");
        assert_eq!(Money::new(762_300, Currency::CNY).text(), "0.7623 CNY");
        assert_eq!("0.7623 CNY".parse(), Ok(Money::new(762_300, Currency::CNY)));
        for text in ["0.76", "0.76 cny", "0.76  CNY", "-1 USD", "1 USD "] {
            assert_eq!(text.parse::<Money>(), Err(BadMoney), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "-1", "1.", ".5", "1.1234567", "1e3", "1,5", "99999999999999999999", "18446744073710"] {
            assert_eq!(micros(text), Err(BadMoney), "{text}");
        }
        assert_eq!("usd".parse::<Currency>(), Err(BadMoney));
        assert_eq!("EUR".parse::<Currency>().map(|currency| currency.to_string()), Ok("EUR".to_owned()));
    }

    #[test]
    fn currencies_stay_apart() {
        let mut sums = Sums::default();
        assert!(sums.is_empty());
        sums.add(Money::new(1_000_000, Currency::USD));
        sums.add(Money::new(2_000_000, Currency::CNY));
        sums.add(Money::new(500_000, Currency::USD));
        assert_eq!(sums.to_string(), "2.00 CNY and 1.50 USD");
        assert_eq!(sums.of(Currency::USD), Money::new(1_500_000, Currency::USD));
    }
}
