//! The model of a shot: as it is named, and as a provider offers it.

use crate::catalog::ModelFamily;
use crate::provider::{ListedModel, Offer, Provider};
use crate::storyboard::ModelSettings;
use crate::text::Span;

/// A model as a storyboard or the command line names it.
pub(super) struct NamedModel {
    pub(super) name: String,
    /// Where the storyboard names it.
    pub(super) span: Option<Span>,
}

/// A model at the provider that renders with it.
pub(super) struct ModelAtProvider<'a> {
    pub(super) provider: &'static Provider,
    /// The provider's own id for the model.
    pub(super) name: String,
    pub(super) family: &'static ModelFamily,
    pub(super) offer: Option<&'static Offer>,
    /// What the storyboard says of a model that is in no catalogue.
    pub(super) declared: Option<&'a ModelSettings>,
    /// What its service says of it, as the project keeps it.
    pub(super) listed: Option<&'a ListedModel>,
}

impl ModelAtProvider<'_> {
    /// A model of a built-in family, as its provider offers it; without an offer under the name that it is given.
    pub(super) fn built_in(
        provider: &'static Provider,
        name: &str,
        family: &'static ModelFamily,
        offer: Option<&'static Offer>,
    ) -> Self {
        let name = offer.map_or(name, |offer| offer.model).to_owned();
        Self { provider, name, family, offer, declared: None, listed: None }
    }

    /// Whether a price of the storyboard for `name` is one of this model.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name
            || self.family.name == name && (self.offer.is_some() || self.declared.is_some())
            || self.listed.is_some_and(|listed| listed.is_called(name))
    }
}
