//! Takes of shots: ordered, listed with what choosing each would cost, chosen and accepted.

pub(super) mod accept;
pub(super) mod choose;
pub(super) mod film_takes;
pub(super) mod list;
pub(super) mod retake;
mod wanted;
