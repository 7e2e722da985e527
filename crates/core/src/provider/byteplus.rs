//! `BytePlus` `ModelArk`, the official service outside mainland China. Tasks that fail or are refused cost nothing.

use super::list_price::{tokens, with_sound};
use super::{FileTransfer, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{K4, P480, P720, P1080};
use crate::money::Currency;

/// The day the price page (`ModelArk` 1544106) was read.
const READ: &str = "2026-10-02";

/// `BytePlus` `ModelArk`.
pub(super) const BYTEPLUS: Provider = Provider {
    id: "byteplus",
    title: "BytePlus ModelArk, the official service outside mainland China",
    is_paid: true,
    account: "the BytePlus console (console.byteplus.com/ark)",
    region: "BytePlus, outside mainland China",
    assets: true,
    key_env: &["BYTEPLUS_API_KEY", "ARK_API_KEY"],
    base_env: "STORYREEL_BYTEPLUS_BASE_URL",
    base: Some("https://ark.ap-southeast.bytepluses.com/api/v3"),
    // An individual account runs 3 tasks at once and queues the rest.
    max_in_flight: 3,
    // 20 polls a second are allowed; half of them leave room for others with the same account.
    poll: PollBounds { first: 10, longest: 30, per_second: 10 },
    last_frame: LastFrame::Returned,
    video_files: FileTransfer::Never,
    audio_files: FileTransfer::Inline,
    lists: true,
    link_hours: 24,
    task_days: 7,
    offers: OFFERS,
    read: READ,
    reference: "https://docs.byteplus.com/en/docs/ModelArk/1520757",
    ..Provider::NONE
};

const USD: Currency = Currency::USD;

const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "dreamina-seedance-2-5-260628",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 30),
        retired: None,
        prices: &[
            (P480, tokens(10_700_000, 6_400_000, USD, READ)),
            (P720, tokens(10_700_000, 6_400_000, USD, READ)),
            (P1080, tokens(11_700_000, 7_000_000, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-2.0",
        model: "dreamina-seedance-2-0-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080, K4],
        seconds: (4, 15),
        retired: None,
        prices: &[
            (P480, tokens(7_000_000, 4_300_000, USD, READ)),
            (P720, tokens(7_000_000, 4_300_000, USD, READ)),
            (P1080, tokens(7_700_000, 4_700_000, USD, READ)),
            (K4, tokens(4_000_000, 2_400_000, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "dreamina-seedance-2-0-fast-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, tokens(5_600_000, 3_300_000, USD, READ)), (P720, tokens(5_600_000, 3_300_000, USD, READ))],
    },
    Offer {
        family: "seedance-2.0-mini",
        model: "dreamina-seedance-2-0-mini-260615",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, tokens(3_500_000, 2_100_000, USD, READ)), (P720, tokens(3_500_000, 2_100_000, USD, READ))],
    },
    Offer {
        family: "seedance-1.5-pro",
        model: "seedance-1-5-pro-251215",
        modes: &[Text, FirstFrame, FirstLast],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 12),
        retired: Some(("2026-11-11", "seedance-2.0-mini")),
        prices: &[
            (P480, with_sound(2_400_000, 1_200_000, USD, READ)),
            (P720, with_sound(2_400_000, 1_200_000, USD, READ)),
            (P1080, with_sound(2_400_000, 1_200_000, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-pro",
        model: "seedance-1-0-pro-250528",
        modes: &[Text, FirstFrame, FirstLast],
        resolutions: &[P480, P720, P1080],
        seconds: (2, 12),
        retired: None,
        prices: &[
            (P480, tokens(2_500_000, 2_500_000, USD, READ)),
            (P720, tokens(2_500_000, 2_500_000, USD, READ)),
            (P1080, tokens(2_500_000, 2_500_000, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-pro-fast",
        model: "seedance-1-0-pro-fast-251015",
        modes: &[Text, FirstFrame],
        resolutions: &[P480, P720, P1080],
        seconds: (2, 12),
        retired: None,
        prices: &[
            (P480, tokens(1_000_000, 1_000_000, USD, READ)),
            (P720, tokens(1_000_000, 1_000_000, USD, READ)),
            (P1080, tokens(1_000_000, 1_000_000, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-lite",
        model: "seedance-1-0-lite-i2v-250428",
        modes: &[FirstFrame, FirstLast],
        resolutions: &[P480, P720],
        seconds: (2, 12),
        retired: Some(("2026-05-13", "seedance-2.0-mini")),
        prices: &[(P480, tokens(1_800_000, 1_800_000, USD, READ)), (P720, tokens(1_800_000, 1_800_000, USD, READ))],
    },
];
