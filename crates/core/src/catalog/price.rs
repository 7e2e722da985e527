//! What a clip costs: tokens by the formulas that reproduce every measured bill, and money from tokens or seconds.

use std::borrow::Cow;

use super::RenderSpec;
use crate::money::{Currency, MICROS, Money};
use crate::units::{Rate, Size};

/// A price as a service publishes it, or as a storyboard overrides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What is counted.
    pub unit: PriceUnit,
    /// Millionths of the currency for one unit, when no video is among the inputs.
    pub fresh: u64,
    /// Millionths of the currency for one unit, when a video is among the inputs.
    pub with_video: u64,
    /// Millionths of the currency for one unit of a clip without sound, where that costs less.
    pub silent: Option<u64>,
    /// The currency.
    pub currency: Currency,
    /// The day the price was read, `2026-10-02`.
    pub read: Cow<'static, str>,
}

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceUnit {
    /// A million tokens.
    MillionTokens,
    /// A second of the clip.
    Second,
}

impl PriceUnit {
    /// The word in files.
    const fn word(self) -> &'static str {
        match self {
            Self::MillionTokens => "million_tokens",
            Self::Second => "second",
        }
    }
}

/// The price of one unit of one order: what a bill for it is counted by, whoever fetches its clip and whenever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPrice {
    /// What is counted.
    pub unit: PriceUnit,
    /// The price of one unit.
    pub price: Money,
    /// The day the price was read, `2026-10-02`, or `storyboard`.
    pub read: Cow<'static, str>,
}

impl UnitPrice {
    /// What so many tokens or seconds cost, rounded up to a millionth; `None` for more than any account could hold.
    fn of(&self, units: u64) -> Option<Money> {
        let divisor = match self.unit {
            PriceUnit::MillionTokens => u128::from(MICROS),
            PriceUnit::Second => 1,
        };
        let micros = (u128::from(units) * u128::from(self.price.micros)).div_ceil(divisor);
        Some(Money::new(u64::try_from(micros).ok()?, self.price.currency))
    }

    /// What `tokens` cost that a service says it has counted; `None` where tokens are not what it charges for.
    #[must_use]
    pub fn of_tokens(&self, tokens: u64) -> Option<Money> {
        if self.unit == PriceUnit::MillionTokens { self.of(tokens) } else { None }
    }

    /// The text that files keep: `7.00 USD/million_tokens`, `0.08 USD/second`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}/{}", self.price.text(), self.unit.word())
    }

    /// Reads what [`UnitPrice::text`] writes; `None` where it is something else.
    #[must_use]
    pub fn from_text(text: &str, read: String) -> Option<Self> {
        let (price, unit) = text.split_once('/')?;
        let unit = [PriceUnit::MillionTokens, PriceUnit::Second].into_iter().find(|known| known.word() == unit)?;
        Some(Self { unit, price: price.parse().ok()?, read: Cow::Owned(read) })
    }
}

/// What is bought, as far as it decides the bill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BillableRender<'a> {
    /// What is asked for.
    pub spec: &'a RenderSpec,
    /// Shortest and longest length of all video inputs together in whole seconds, rounded down; `None` without any.
    pub video: Option<(u32, u32)>,
}

/// What one render is expected to cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Least and most tokens; none for a model whose bills never count them.
    pub tokens: (u64, u64),
    /// Least and most money; `None` where no price is known, which is not the same as nothing.
    pub cost: Option<(Money, Money)>,
    /// Whether the formula is a fit and not exact: it is with video inputs, whose official table is not public.
    pub about: bool,
}

/// Tokens of a clip without video inputs: `floor((24 s + 1) × width × height / 1024)` at 24 frames a second, which all
/// models have in the formula (`BytePlus` price page, read 2026-10-02) but those of another rate. A fresh clip has one frame
/// more than its seconds. It reproduces every measured bill, such as 108,900 for 5 s of 1280x720.
fn fresh_tokens(size: Size, rate: Rate, seconds: u32) -> u64 {
    tokens_of(size, frames_in(rate, seconds) + 1)
}

/// Whole frames in so many seconds.
fn frames_in(rate: Rate, seconds: u32) -> u64 {
    u64::from(rate.num) * u64::from(seconds) / u64::from(rate.den.max(1))
}

/// What a clip of so many frames counts, where nothing else is looked at.
#[must_use]
pub fn tokens_of(size: Size, frames: u64) -> u64 {
    frames * area(size) / 1024
}

/// Tokens of a clip with video inputs: the billed seconds are the clip's and the larger of the inputs' and two thirds of
/// the clip's, rounded up. A fit to measured bills and the published minimum charges; within a frame of all but one.
fn video_tokens(size: Size, rate: Rate, seconds: u32, video: u32) -> u64 {
    let billed = seconds + video.max((2 * seconds).div_ceil(3));
    tokens_of(size, frames_in(rate, billed))
}

fn area(size: Size) -> u64 {
    u64::from(size.width) * u64::from(size.height)
}

/// What `bought` costs at `price`.
#[must_use]
pub fn estimate(bought: &BillableRender<'_>, price: Option<&Price>) -> Estimate {
    let size = bought.spec.size;
    let rate = bought.spec.family.rate();
    let (shortest, longest) = bought.spec.seconds_range();
    let by_tokens = price.is_some_and(|price| price.unit == PriceUnit::MillionTokens);
    let tokens = match bought.video {
        _ if !by_tokens && !bought.spec.family.counts_tokens => (0, 0),
        None => (fresh_tokens(size, rate, shortest), fresh_tokens(size, rate, longest)),
        Some((least, most)) => (video_tokens(size, rate, shortest, least), video_tokens(size, rate, longest, most)),
    };
    let cost = price.map(|price| {
        let units = match price.unit {
            PriceUnit::MillionTokens => tokens,
            PriceUnit::Second => (u64::from(shortest), u64::from(longest)),
        };
        (price.of(units.0, bought), price.of(units.1, bought))
    });
    Estimate { tokens, cost, about: bought.video.is_some() }
}

impl Price {
    /// The price on a machine of one's own.
    #[must_use]
    pub fn nothing() -> Self {
        let read = Cow::Borrowed("your own machine");
        Self { unit: PriceUnit::Second, fresh: 0, with_video: 0, silent: None, currency: Currency::USD, read }
    }

    /// The price of one unit of what is bought.
    #[must_use]
    pub fn unit_price(&self, bought: &BillableRender<'_>) -> UnitPrice {
        let micros = match (bought.video, self.silent) {
            (Some(_), _) => self.with_video,
            (None, Some(silent)) if !bought.spec.audio => silent,
            (None, _) => self.fresh,
        };
        self.unit_price_of(micros)
    }

    /// The price of one unit at so many millionths, one of those that this price names.
    #[must_use]
    pub fn unit_price_of(&self, micros: u64) -> UnitPrice {
        UnitPrice { unit: self.unit, price: Money::new(micros, self.currency), read: self.read.clone() }
    }

    /// What `units` tokens or seconds cost, rounded up to a millionth; no more than a number can hold.
    fn of(&self, units: u64, bought: &BillableRender<'_>) -> Money {
        self.unit_price(bought).of(units).unwrap_or(Money::new(u64::MAX, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FAMILIES, ModelFamily, family};
    use super::*;

    fn spec(width: u32, height: u32, seconds: u32) -> RenderSpec {
        RenderSpec { size: Size::new(width, height), seconds: Some(seconds), ..RenderSpec::new("m", &FAMILIES[0]) }
    }

    fn tokens(spec: &RenderSpec, video_seconds: u32) -> u64 {
        let estimate = estimate(&BillableRender { spec, video: Some((video_seconds, video_seconds)) }, None);
        assert!(estimate.about, "what has video inputs is a fit");
        estimate.tokens.0
    }

    fn cost(spec: &RenderSpec, price: Option<&Price>) -> Option<(Money, Money)> {
        estimate(&BillableRender { spec, video: None }, price).cost
    }

    fn usd(micros: u64) -> Money {
        Money::new(micros, Currency::USD)
    }

    fn price(fresh: u64, with_video: u64) -> Price {
        let read = Cow::Borrowed("2026-10-02");
        Price { unit: PriceUnit::MillionTokens, fresh, with_video, silent: None, currency: Currency::USD, read }
    }

    /// Measured bills of clips without video inputs, to the token.
    #[test]
    fn fresh_clips_cost_what_was_measured() {
        for (size, seconds, tokens) in [
            ((1280, 720), 4, 87_300),
            ((1280, 720), 5, 108_900),
            ((1280, 720), 30, 648_900),
            ((864, 496), 4, 40_594),
            ((864, 496), 5, 50_638),
            ((854, 480), 4, 38_830),
            ((854, 480), 5, 48_437),
            ((1920, 1080), 4, 196_425),
            ((1920, 1080), 5, 245_025),
            ((834, 1112), 5, 109_586),
            ((1470, 630), 5, 109_431),
            ((1920, 1088), 5, 246_840),
        ] {
            let spec = spec(size.0, size.1, seconds);
            let estimate = estimate(&BillableRender { spec: &spec, video: None }, None);
            assert_eq!(estimate.tokens, (tokens, tokens), "{size:?} {seconds} s");
        }
    }

    /// Measured extensions: seconds in, seconds out, billed seconds; and one at 480p to the token.
    #[test]
    fn clips_with_video_inputs_cost_about_what_was_measured() {
        for (video, seconds, billed) in [(5, 5, 10), (10, 5, 15), (5, 10, 17), (5, 30, 50)] {
            let counted = tokens(&spec(1280, 720, seconds), video);
            assert_eq!(counted, 24 * billed * 1280 * 720 / 1024, "{video} → {seconds}");
        }
        assert_eq!(tokens(&spec(854, 480, 6), 4), 96_075);
    }

    /// The least that a reseller publishes for 4 to 9 s of 720p with a short video input, at 4.30 USD a million tokens
    /// (read 2026-11-20).
    #[test]
    fn minimum_charges_are_the_published_ones() {
        for (seconds, shown) in [(4, "0.65"), (5, "0.84"), (6, "0.93"), (7, "1.11"), (8, "1.30"), (9, "1.39")] {
            let spec = spec(1280, 720, seconds);
            let bought = BillableRender { spec: &spec, video: Some((2, 2)) };
            let (least, _) = estimate(&bought, Some(&price(7_000_000, 4_300_000))).cost.expect("a price");
            assert_eq!(least.rounded(), shown, "{seconds} s");
        }
    }

    #[test]
    fn only_models_whose_bills_count_them_have_tokens() {
        let veo = RenderSpec { family: family("veo-3.1").expect("it is known"), ..spec(1280, 720, 4) };
        let bought = BillableRender { spec: &veo, video: None };
        assert_eq!(estimate(&bought, None).tokens, (0, 0));
        assert_eq!(
            estimate(&bought, Some(&price(7_000_000, 0))).tokens,
            (87_300, 87_300),
            "a service that counts them"
        );
    }

    #[test]
    fn tokens_follow_the_rate_of_the_model() {
        for (num, den, tokens) in [(16, 1, 72_900), (24, 1, 108_900), (48, 1, 216_900), (24_000, 1001, 108_000)] {
            let family: &'static ModelFamily =
                Box::leak(Box::new(ModelFamily { stated_rate: Some(Rate { num, den }), ..FAMILIES[0] }));
            let spec = RenderSpec { family, ..spec(1280, 720, 5) };
            let bought = BillableRender { spec: &spec, video: None };
            assert_eq!(estimate(&bought, Some(&price(7_000_000, 0))).tokens, (tokens, tokens), "{num}/{den}");
        }
    }

    #[test]
    fn money_follows_tokens_or_seconds_and_is_never_guessed() {
        let five = spec(1280, 720, 5);
        assert_eq!(cost(&five, Some(&price(7_000_000, 0))), Some((usd(762_300), usd(762_300))));
        assert_eq!(cost(&five, None), None);
        let second = Price { unit: PriceUnit::Second, ..price(240_000, 0) };
        assert_eq!(cost(&five, Some(&second)), Some((usd(1_200_000), usd(1_200_000))));
        let family = family("seedance-2.0").expect("it is listed");
        let open = RenderSpec { seconds: None, family, ..five.clone() };
        assert_eq!(cost(&open, Some(&second)), Some((usd(960_000), usd(3_600_000))));
        let silent = RenderSpec { audio: false, ..five };
        let halved = Price { silent: Some(1_200_000), ..price(2_400_000, 2_400_000) };
        assert_eq!(cost(&silent, Some(&halved)), Some((usd(130_680), usd(130_680))));
    }
}
