//! A render from a prompt: who makes it, of what, and for what price.

use super::{Inputs, RenderPlaces};
use crate::catalog::{BillableRender, Estimate, Price, RenderSpec, estimate};
use crate::provider::Provider;

/// A render from a prompt.
#[derive(Debug, Clone)]
pub struct Render {
    /// Who renders.
    pub provider: &'static Provider,
    /// What it is asked to be.
    pub spec: RenderSpec,
    /// The prompt as its author wrote it, with variables and names filled in: for people.
    pub words: String,
    /// What it starts from.
    pub inputs: Inputs,
    /// Shortest and longest length of all video inputs together in whole seconds; `None` without any.
    pub video: Option<(u32, u32)>,
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// Where the words and the inputs stand in the storyboard.
    pub places: RenderPlaces,
}

/// How it is found out what became of an order whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostOrders {
    /// Only the user can.
    Unknown,
    /// The list of the service shows it.
    Listed,
    /// It is sent again: with its key it is the same order.
    Keyed,
    /// It is sent again: that costs nothing.
    Free,
}

impl LostOrders {
    /// Whether such an order is sent again without a question.
    #[must_use]
    pub const fn are_sent_again(self) -> bool {
        matches!(self, Self::Keyed | Self::Free)
    }
}

impl Render {
    /// What is bought, as far as it decides the bill.
    #[must_use]
    pub fn bought(&self) -> BillableRender<'_> {
        BillableRender { spec: &self.spec, video: self.video }
    }

    /// Whether an order of it costs nothing: a server of the user's own makes it, and no price is set for that.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let cost = self.estimate().and_then(|estimate| estimate.cost);
        self.provider.is_own_server && cost.is_some_and(|(_, most)| most.micros == 0)
    }

    /// How it is found out what became of an order whose answer was lost.
    #[must_use]
    pub fn lost_orders(&self) -> LostOrders {
        match self.provider {
            provider if provider.has_order_keys => LostOrders::Keyed,
            provider if provider.lists => LostOrders::Listed,
            _ if self.is_free() => LostOrders::Free,
            _ => LostOrders::Unknown,
        }
    }

    /// What the render is expected to cost: nothing on the animatic.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        self.provider.is_paid.then(|| estimate(&self.bought(), self.price.as_ref()))
    }
}
