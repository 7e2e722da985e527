//! `CometAPI`: OpenAI-style `/v1/videos` with a form. Whether failed and refused jobs cost money is not documented.
//!
//! The form knows words, length, an exact size (which settles the resolution) and reference pictures as files, the
//! latter for 2.0 only. It has no roles, so a first frame goes as the first reference picture with words that ask to
//! start from it; and no switches for sound, seed, watermark or the last frame.

use super::list_price::second;
use super::{FileTransfer, FirstFrame, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{self, Reference, Text};
use crate::catalog::Resolution::{P480, P720, P1080};
use crate::money::Currency;

/// The day the pages and prices were read.
const READ: &str = "2026-11-20";

const USD: Currency = Currency::USD;

/// `CometAPI`.
pub(super) const COMETAPI: Provider = Provider {
    id: "cometapi",
    title: "CometAPI; first frames are sent as references, so chained shots do not match exactly",
    is_paid: true,
    account: "the console of CometAPI (api.cometapi.com)",
    key_env: &["COMETAPI_KEY"],
    base_env: "STORYREEL_COMETAPI_BASE_URL",
    base: Some("https://api.cometapi.com"),
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 20, per_second: 1 },
    first_frame: FirstFrame::Hinted,
    last_frame: LastFrame::Never,
    image_addresses: false,
    video_files: FileTransfer::Unsupported,
    audio_files: FileTransfer::Unsupported,
    sends_text: false,
    sound_switch: false,
    options: false,
    decides_duration: false,
    // Signed links expire at a time that is not documented: they are renewed early.
    link_hours: 1,
    offers: OFFERS,
    read: READ,
    reference: "https://apidoc.cometapi.com/api/video/seedance/create",
    ..Provider::NONE
};

const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "seedance-2-5",
        modes: &[Text],
        resolutions: &[P480, P720],
        seconds: (4, 30),
        retired: None,
        prices: &[(P480, second(103_000, USD, READ)), (P720, second(231_000, USD, READ))],
    },
    Offer {
        family: "seedance-2.0",
        model: "doubao-seedance-2-0",
        modes: &[Text, Mode::FirstFrame, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, second(80_000, USD, READ)), (P720, second(240_000, USD, READ))],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "doubao-seedance-2-0-fast",
        modes: &[Text, Mode::FirstFrame, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, second(64_000, USD, READ)), (P720, second(192_000, USD, READ))],
    },
    Offer {
        family: "seedance-1.5-pro",
        model: "doubao-seedance-1-5-pro",
        modes: &[Text],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 12),
        retired: Some(("2026-09-21", "seedance-2.0-fast")),
        prices: &[
            (P480, second(18_000, USD, READ)),
            (P720, second(41_470, USD, READ)),
            (P1080, second(93_310, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-pro",
        model: "doubao-seedance-1-0-pro",
        modes: &[Text],
        resolutions: &[P480, P720, P1080],
        seconds: (2, 10),
        retired: Some(("2026-07-17", "seedance-2.0-fast")),
        prices: &[
            (P480, second(18_750, USD, READ)),
            (P720, second(43_200, USD, READ)),
            (P1080, second(97_200, USD, READ)),
        ],
    },
];
