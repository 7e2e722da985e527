//! APIYI, a relay of Volcengine Ark: the same words below another base, which must hold `/api`, or its web site answers
//! with status 200.
//!
//! It says that its replies are compressed when they are not, so plain ones are asked for. Cancelling and listing answer
//! with the web site, so neither is done. A refusal may come with status 403. The bill is a hold at the order and a
//! settlement at the end; refused tasks are not billed, and what becomes of the hold of other failed tasks is not
//! documented.

use super::list_price::tokens;
use super::{FileTransfer, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Price;
use crate::catalog::Resolution::{K4, P480, P720, P1080};
use crate::money::Currency;

/// The day the ratio was read.
const READ: &str = "2026-11-20";

/// Thousandths of a dollar for each yuan of Ark's list price. For fast 0.15 and for mini 0.10 were offered up to
/// 2026-09-07; since then the general ratio is taken to hold for them, too.
const RATIO: u64 = 180;

/// The price for whole yuan of Ark's list price for a million tokens, without and with a video among the inputs.
const fn relayed(fresh: u64, with_video: u64) -> Price {
    tokens(fresh * RATIO * 1000, with_video * RATIO * 1000, Currency::USD, READ)
}

/// APIYI.
pub(super) const APIYI: Provider = Provider {
    id: "apiyi",
    title: "APIYI, a relay of Volcengine Ark; the token needs its group `SeeDance2`",
    is_paid: true,
    account: "the console of APIYI (api.apiyi.com)",
    key_env: &["APIYI_API_KEY"],
    base_env: "STORYREEL_APIYI_BASE_URL",
    base: Some("https://api.apiyi.com/seedance/api/v3"),
    // No limit is documented; 15 at once were seen to run.
    max_in_flight: 3,
    poll: PollBounds { first: 20, longest: 30, per_second: 1 },
    last_frame: LastFrame::Returned,
    video_files: FileTransfer::Never,
    audio_files: FileTransfer::Inline,
    link_hours: 24,
    task_days: 7,
    offers: OFFERS,
    read: READ,
    reference: "https://docs.apiyi.com/en/api-capabilities/seedance2/video-generation",
    ..Provider::NONE
};

const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "doubao-seedance-2-5-260628",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 30),
        retired: None,
        // For a while it was billed like 2.0; the list price is the one that is promised.
        prices: &[(P480, relayed(70, 42)), (P720, relayed(70, 42)), (P1080, relayed(77, 46))],
    },
    Offer {
        family: "seedance-2.0",
        model: "doubao-seedance-2-0-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080, K4],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, relayed(46, 28)), (P720, relayed(46, 28)), (P1080, relayed(51, 31)), (K4, relayed(26, 16))],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "doubao-seedance-2-0-fast-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, relayed(37, 22)), (P720, relayed(37, 22))],
    },
    Offer {
        family: "seedance-2.0-mini",
        model: "doubao-seedance-2-0-mini-260615",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, relayed(23, 14)), (P720, relayed(23, 14))],
    },
];
