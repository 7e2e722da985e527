//! Comfy Router: the makers' own orders with a key of ours, so that an order sent again is still one order.
//!
//! Here the models of `BytePlus`, whose orders are those of Ark. The key of an order counts for 24 hours in one workspace.
//! Clips and last frames are kept for 24 hours. No price is published as data; the one that was seen in a change of its
//! pages has changed since, so none is built in (read 2026-11-26: Comfy-Org/docs, `development/comfy-router`).

use super::{FileTransfer, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{K4, P480, P720, P1080};

/// Comfy Router.
pub(super) const COMFY_ROUTER: Provider = Provider {
    id: "comfy-router",
    title: "Comfy Router; an order that is sent again is still one order",
    is_paid: true,
    has_order_keys: true,
    maker: Some("byteplus"),
    account: "your workspace at Comfy (platform.comfy.org)",
    key_env: &["COMFY_API_KEY"],
    base_env: "STORYREEL_COMFY_ROUTER_BASE_URL",
    base: Some("https://api.comfy.org"),
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Returned,
    // The same order must have the same body whenever it is sent, and addresses change.
    image_addresses: true,
    keeps_addresses: false,
    video_files: FileTransfer::Never,
    audio_files: FileTransfer::Inline,
    link_hours: 24,
    task_days: 1,
    offers: OFFERS,
    read: "2026-11-26",
    reference: "https://docs.comfy.org/development/comfy-router",
    ..Provider::NONE
};

const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "byteplus/dreamina-seedance-2-5-260628",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 30),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0",
        model: "byteplus/dreamina-seedance-2-0-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080, K4],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "byteplus/dreamina-seedance-2-0-fast-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
];
