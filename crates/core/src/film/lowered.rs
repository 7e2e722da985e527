//! Prices that a storyboard sets below the known ones: by them a limit on money is passed without anybody seeing it.

use super::PlacedText;
use super::resolve::Resolver;
use crate::catalog::{
    BillableRender, ModelFamily, Price, Ratio, RenderSpec, Resolution, declared_family, estimate, family,
};
use crate::provider::{ListedModel, ListedPrice, Provider, ServiceCatalogue};
use crate::storyboard::{ModelSettings, PriceSetting, ProviderSettings};
use crate::text::Located;

/// Seconds of the clip by which prices for other units are compared.
const SECONDS: u32 = 5;

/// A price of the storyboard that is below the known one, or that cannot be compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoweredPrice {
    /// The model as the storyboard names it, and where.
    pub model: PlacedText,
    /// The resolution that the price is for; `None`: every one.
    pub resolution: Option<Resolution>,
    /// The storyboard's price.
    pub own: Price,
    /// The price that is built in, or that the service listed; `None` where nothing is known, and the storyboard says that it
    /// costs nothing.
    pub known: Option<Price>,
}

/// What a model is known to cost at a resolution, whatever a storyboard says.
struct KnownPrice {
    at: Resolution,
    price: Price,
    family: &'static ModelFamily,
}

/// A price of a storyboard, and the models that it is for.
struct OwnPrice<'m> {
    model: &'m Located<String>,
    /// The names and ids of the models.
    names: Vec<&'m str>,
    resolution: Option<Resolution>,
    price: Price,
}

impl Resolver<'_> {
    /// The prices of a storyboard that are below what is known. What is wrong with them is reported.
    pub(super) fn lowered_prices(&mut self, provider: &Provider, settings: &ProviderSettings) -> Vec<LoweredPrice> {
        let mut all = Vec::new();
        for setting in settings.prices.iter().flat_map(|prices| &prices.value) {
            all.extend(self.own_price(settings, setting));
        }
        for (key, model) in settings.models.iter().flat_map(|models| &models.0) {
            let price = self.declared_price(model);
            let names = names_of(key, model).collect();
            all.extend(price.map(|price| OwnPrice { model: key, names, resolution: None, price }));
        }
        all.into_iter().filter_map(|own| self.lowered(provider, own)).collect()
    }

    fn own_price<'m>(
        &mut self,
        settings: &'m ProviderSettings,
        setting: &'m Located<PriceSetting>,
    ) -> Option<OwnPrice<'m>> {
        let price = self.price_setting(setting)?;
        let model = setting.model.as_ref()?;
        let mut names = vec![model.value.as_str()];
        for (key, declared) in settings.models.iter().flat_map(|models| &models.0) {
            if names_of(key, declared).any(|name| name == model.value) {
                names.extend(names_of(key, declared));
            }
        }
        let resolution = setting.resolution.as_ref().map(|resolution| resolution.value);
        Some(OwnPrice { model, names, resolution, price })
    }

    /// A price that is below a known one, or nothing where none is known. On a server of the user's own nothing is owed.
    fn lowered(&self, provider: &Provider, own: OwnPrice<'_>) -> Option<LoweredPrice> {
        if provider.is_own_server {
            return None;
        }
        let OwnPrice { model, names, resolution, price: own } = own;
        let mut known = built_in_prices(provider, &names);
        known.extend(self.listed_prices(provider, &names));
        known.retain(|known| resolution.is_none_or(|wanted| wanted == known.at));
        let above = known.iter().find(|known| known.is_above(&own)).map(|known| known.price.clone());
        let is_free = own.fresh == 0 || own.with_video == 0;
        if above.is_none() && !(known.is_empty() && is_free) {
            return None;
        }
        Some(LoweredPrice { model: self.placed(model), resolution, own, known: above })
    }

    /// What the service of a provider listed for these models. The list of a stranger's project says nothing of prices.
    fn listed_prices(&self, provider: &Provider, names: &[&str]) -> Vec<KnownPrice> {
        let catalogue = self.catalogue_of(provider).filter(|_| !self.overrides.untrusted);
        let Some(catalogue) = catalogue else { return Vec::new() };
        let models = names.iter().flat_map(|name| catalogue.models_called(name));
        models.flat_map(|model| prices_of(catalogue, model)).collect()
    }
}

/// The name and the id of a model that is declared.
fn names_of<'m>(key: &'m Located<String>, model: &'m ModelSettings) -> impl Iterator<Item = &'m str> {
    std::iter::once(key.value.as_str()).chain(model.id.iter().map(|id| id.value.as_str()))
}

/// The prices that are built in for models of these names or ids.
fn built_in_prices(provider: &Provider, names: &[&str]) -> Vec<KnownPrice> {
    let mut found = Vec::new();
    for offer in provider.offers.iter().filter(|offer| names.contains(&offer.family) || names.contains(&offer.model)) {
        let family = family(offer.family).expect("every offer is of a family in the catalogue");
        found.extend(offer.prices.iter().map(|(at, price)| KnownPrice { at: *at, price: price.clone(), family }));
    }
    found
}

/// The prices that a service listed for a model.
fn prices_of(catalogue: &ServiceCatalogue, model: &ListedModel) -> Vec<KnownPrice> {
    let Ok(family) = model.family() else { return Vec::new() };
    let family = declared_family(&family);
    let prices = family.resolutions.iter().filter_map(|at| match model.price(*at, &catalogue.read) {
        ListedPrice::Known(price) => Some(KnownPrice { at: *at, price, family }),
        ListedPrice::Unknown(_) => None,
    });
    prices.collect()
}

impl KnownPrice {
    /// Whether a clip can cost less by `own`. Amounts of two currencies say nothing about each other, so that counts as less.
    fn is_above(&self, own: &Price) -> bool {
        let Self { at, price, family } = self;
        if own.currency != price.currency {
            return true;
        }
        if own.unit == price.unit {
            return own.fresh < price.fresh || own.with_video < price.with_video;
        }
        let Some(size) = family.size(*at, Ratio::W16H9, None) else { return true };
        let spec = RenderSpec { size, seconds: Some(SECONDS), ..RenderSpec::new(family.name, family) };
        [None, Some((SECONDS, SECONDS))].into_iter().any(|video| {
            let bought = BillableRender { spec: &spec, video };
            lowest_cost(&bought, own) < lowest_cost(&bought, price)
        })
    }
}

fn lowest_cost(bought: &BillableRender<'_>, price: &Price) -> Option<u64> {
    estimate(bought, Some(price)).cost.map(|(low, _)| low.micros)
}
