//! Prices of models, for people and for programs.

use serde_json::{Value, json};
use storyreel_core::catalog::{Price, PriceUnit};
use storyreel_core::money::Money;

/// What stands for a price that nobody knows.
pub(super) fn unknown() -> String {
    "?".to_owned()
}

/// `7.00 USD per M tokens`.
pub(super) fn unit_price(price: &Price, micros: u64) -> String {
    let unit = match price.unit {
        PriceUnit::MillionTokens => "M tokens",
        PriceUnit::Second => "second",
    };
    format!("{} {} per {unit}", Money::new(micros, price.currency).exact(), price.currency)
}

/// A price for programs.
pub(super) fn price_document(price: &Price) -> Value {
    let unit = match price.unit {
        PriceUnit::MillionTokens => "million_tokens",
        PriceUnit::Second => "second",
    };
    json!({
        "unit": unit,
        "fresh": Money::new(price.fresh, price.currency).exact(),
        "with_video": Money::new(price.with_video, price.currency).exact(),
        "currency": price.currency.code(),
        "read": price.read,
    })
}
