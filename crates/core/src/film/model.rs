//! The model of a shot: as it is named, and as a provider offers it.

use crate::catalog::ModelFamily;
use crate::provider::{Offer, Provider};
use crate::text::Span;

/// A model as a storyboard or the command line names it.
pub(super) struct NamedModel {
    pub(super) name: String,
    /// Where the storyboard names it.
    pub(super) span: Option<Span>,
}

/// A model at the provider that renders with it.
pub(super) struct ModelAtProvider {
    pub(super) provider: &'static Provider,
    /// The provider's own id for the model.
    pub(super) name: String,
    pub(super) family: &'static ModelFamily,
    pub(super) offer: Option<&'static Offer>,
}

impl ModelAtProvider {
    /// Whether a price of the storyboard for `name` is one of this model.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.offer.is_some_and(|offer| offer.family == name)
    }
}
