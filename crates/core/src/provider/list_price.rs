//! Prices as services print them, for the tables of offers.

use std::borrow::Cow;

use crate::catalog::{Price, PriceUnit};
use crate::money::Currency;

/// A price for a million tokens, in millionths: without and with a video among the inputs.
pub(super) const fn tokens(fresh: u64, with_video: u64, currency: Currency, read: &'static str) -> Price {
    let read = Cow::Borrowed(read);
    Price { unit: PriceUnit::MillionTokens, fresh, with_video, silent: None, currency, read }
}

/// A price for a million tokens, in millionths, with another for clips without sound.
pub(super) const fn with_sound(sound: u64, silent: u64, currency: Currency, read: &'static str) -> Price {
    let read = Cow::Borrowed(read);
    Price { unit: PriceUnit::MillionTokens, fresh: sound, with_video: sound, silent: Some(silent), currency, read }
}

/// A price for a second of the clip, in millionths, whatever goes in.
pub(super) const fn second(micros: u64, currency: Currency, read: &'static str) -> Price {
    let read = Cow::Borrowed(read);
    Price { unit: PriceUnit::Second, fresh: micros, with_video: micros, silent: None, currency, read }
}
