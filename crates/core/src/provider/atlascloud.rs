//! `AtlasCloud`: one model name for each mode, `image` and `last_image` for frames, lists for references.
//!
//! A web firewall in front refuses requests without a usual `User-Agent`. For about 30 s after an order a look may say
//! that there is no such prediction, with status 400 or 404. Where the last frame comes back is not documented: it is
//! looked for among the outputs. Whether failed jobs cost money is not documented.

use super::list_price::{second, tokens};
use super::{FileTransfer, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{P480, P720};
use crate::money::Currency;

/// The day the pages and prices were read.
const READ: &str = "2026-11-20";

/// `AtlasCloud`.
pub(super) const ATLASCLOUD: Provider = Provider {
    id: "atlascloud",
    title: "AtlasCloud",
    is_paid: true,
    account: "the console of AtlasCloud (console.atlascloud.ai)",
    assets: true,
    key_env: &["ATLASCLOUD_API_KEY"],
    base_env: "STORYREEL_ATLASCLOUD_BASE_URL",
    base: Some("https://api.atlascloud.ai/api/v1"),
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Perhaps,
    video_files: FileTransfer::Uploaded,
    audio_files: FileTransfer::Uploaded,
    link_hours: 24,
    offers: OFFERS,
    read: READ,
    reference: "https://www.atlascloud.ai/docs/en/predictions",
    ..Provider::NONE
};

/// The mode ends the model's name. Sizes above 720p are offered for some models only, one of them enlarged from a
/// smaller picture, so none is promised.
const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "bytedance/seedance-2.5",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 30),
        retired: None,
        // The page names no resolution. At 720p it would lie far below the price of the maker, so it is that of 480p.
        prices: &[(P480, second(134_000, Currency::USD, READ))],
    },
    Offer {
        family: "seedance-2.0",
        model: "bytedance/seedance-2.0",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        // 0.0112 and 0.00688 for a thousand tokens.
        prices: &[
            (P480, tokens(11_200_000, 6_880_000, Currency::USD, READ)),
            (P720, tokens(11_200_000, 6_880_000, Currency::USD, READ)),
        ],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "bytedance/seedance-2.0-fast",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0-mini",
        model: "bytedance/seedance-2.0-mini",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
];
