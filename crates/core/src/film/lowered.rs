//! Prices that a storyboard sets below the built-in ones: by them a limit on money is passed without anybody seeing it.

use super::PlacedText;
use super::resolve::Resolver;
use crate::catalog::{BillableRender, Price, Ratio, RenderSpec, Resolution, estimate, family};
use crate::provider::{Offer, Provider};
use crate::storyboard::PriceSetting;
use crate::text::Located;

/// Seconds of the clip by which prices for other units are compared.
const SECONDS: u32 = 5;

/// A price of the storyboard that is below the built-in one, or that cannot be compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoweredPrice {
    /// The model as the storyboard names it, and where.
    pub model: PlacedText,
    /// The resolution that the price is for; `None`: every one.
    pub resolution: Option<Resolution>,
    /// The storyboard's price.
    pub own: Price,
    /// The built-in price; `None` where nothing is known, and the storyboard says that it costs nothing.
    pub built_in: Option<Price>,
}

impl Resolver<'_> {
    /// A price of the storyboard, if it is below what is built in. What is wrong with it is reported.
    pub(super) fn lowered(&mut self, provider: &Provider, setting: &Located<PriceSetting>) -> Option<LoweredPrice> {
        let own = self.price_setting(setting)?;
        let model = setting.model.as_ref()?;
        let resolution = setting.resolution.as_ref().map(|resolution| resolution.value);
        let offers = provider.offers.iter().filter(|offer| offer.family == model.value || offer.model == model.value);
        let built_in: Vec<(&Offer, Resolution, &Price)> = offers
            .flat_map(|offer| offer.prices.iter().map(move |(at, price)| (offer, *at, price)))
            .filter(|(_, at, _)| resolution.is_none_or(|wanted| wanted == *at))
            .collect();
        let higher = built_in.iter().find(|(offer, at, price)| is_below(&own, price, offer, *at));
        if higher.is_none() && (!built_in.is_empty() || (own.fresh > 0 && own.with_video > 0)) {
            return None;
        }
        let built_in = higher.map(|(_, _, price)| (*price).clone());
        Some(LoweredPrice { model: self.placed(model), resolution, own, built_in })
    }
}

/// Whether a clip can cost less by `own` than by the built-in price. Amounts of two currencies say nothing about each
/// other, so that counts as less.
fn is_below(own: &Price, built_in: &Price, offer: &Offer, resolution: Resolution) -> bool {
    if own.currency != built_in.currency {
        return true;
    }
    if own.unit == built_in.unit {
        return own.fresh < built_in.fresh || own.with_video < built_in.with_video;
    }
    let Some(family) = family(offer.family) else { return true };
    let Some(size) = family.size(resolution, Ratio::W16H9, None) else { return true };
    let spec = RenderSpec { size, seconds: Some(SECONDS), ..RenderSpec::new(offer.model, family) };
    [None, Some((SECONDS, SECONDS))].into_iter().any(|video| {
        let bought = BillableRender { spec: &spec, video };
        lowest_cost(&bought, own) < lowest_cost(&bought, built_in)
    })
}

fn lowest_cost(bought: &BillableRender<'_>, price: &Price) -> Option<u64> {
    estimate(bought, Some(price)).cost.map(|(low, _)| low.micros)
}
