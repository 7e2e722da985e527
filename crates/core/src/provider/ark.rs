//! Volcengine Ark, the official service in mainland China. Tasks that fail or are refused cost nothing.

use super::list_price::{tokens, with_sound};
use super::{FileTransfer, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{K4, P480, P720, P1080};
use crate::money::Currency;

/// The day the price page (82379/1544106) was read.
const READ: &str = "2026-10-02";

/// Volcengine Ark.
pub(super) const ARK: Provider = Provider {
    id: "ark",
    title: "Volcengine Ark, the official service in mainland China",
    is_paid: true,
    account: "the Volcengine Ark console (console.volcengine.com/ark)",
    region: "mainland China",
    assets: true,
    key_env: &["ARK_API_KEY"],
    base_env: "STORYREEL_ARK_BASE_URL",
    base: Some("https://ark.cn-beijing.volces.com/api/v3"),
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
    reference: "https://www.volcengine.com/docs/82379/1520757",
    ..Provider::NONE
};

const CNY: Currency = Currency::CNY;

const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "doubao-seedance-2-5-260628",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 30),
        retired: None,
        prices: &[
            (P480, tokens(70_000_000, 42_000_000, CNY, READ)),
            (P720, tokens(70_000_000, 42_000_000, CNY, READ)),
            (P1080, tokens(77_000_000, 46_000_000, CNY, READ)),
        ],
    },
    Offer {
        family: "seedance-2.0",
        model: "doubao-seedance-2-0-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080, K4],
        seconds: (4, 15),
        retired: None,
        prices: &[
            (P480, tokens(46_000_000, 28_000_000, CNY, READ)),
            (P720, tokens(46_000_000, 28_000_000, CNY, READ)),
            (P1080, tokens(51_000_000, 31_000_000, CNY, READ)),
            (K4, tokens(26_000_000, 16_000_000, CNY, READ)),
        ],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "doubao-seedance-2-0-fast-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, tokens(37_000_000, 22_000_000, CNY, READ)), (P720, tokens(37_000_000, 22_000_000, CNY, READ))],
    },
    Offer {
        family: "seedance-2.0-mini",
        model: "doubao-seedance-2-0-mini-260615",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, tokens(23_000_000, 14_000_000, CNY, READ)), (P720, tokens(23_000_000, 14_000_000, CNY, READ))],
    },
    Offer {
        family: "seedance-1.5-pro",
        model: "doubao-seedance-1-5-pro-251215",
        modes: &[Text, FirstFrame, FirstLast],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 12),
        retired: Some(("2026-11-11", "seedance-2.0-mini")),
        prices: &[
            (P480, with_sound(16_000_000, 8_000_000, CNY, READ)),
            (P720, with_sound(16_000_000, 8_000_000, CNY, READ)),
            (P1080, with_sound(16_000_000, 8_000_000, CNY, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-pro",
        model: "doubao-seedance-1-0-pro-250528",
        modes: &[Text, FirstFrame, FirstLast],
        resolutions: &[P480, P720, P1080],
        seconds: (2, 12),
        retired: None,
        prices: &[
            (P480, tokens(15_000_000, 15_000_000, CNY, READ)),
            (P720, tokens(15_000_000, 15_000_000, CNY, READ)),
            (P1080, tokens(15_000_000, 15_000_000, CNY, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-pro-fast",
        model: "doubao-seedance-1-0-pro-fast-251015",
        modes: &[Text, FirstFrame],
        resolutions: &[P480, P720, P1080],
        seconds: (2, 12),
        retired: None,
        prices: &[
            (P480, tokens(4_200_000, 4_200_000, CNY, READ)),
            (P720, tokens(4_200_000, 4_200_000, CNY, READ)),
            (P1080, tokens(4_200_000, 4_200_000, CNY, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-lite",
        model: "doubao-seedance-1-0-lite-i2v-250428",
        modes: &[FirstFrame, FirstLast],
        resolutions: &[P480, P720],
        seconds: (2, 12),
        retired: Some(("2026-05-13", "seedance-2.0-mini")),
        prices: &[(P480, tokens(10_000_000, 10_000_000, CNY, READ)), (P720, tokens(10_000_000, 10_000_000, CNY, READ))],
    },
];
