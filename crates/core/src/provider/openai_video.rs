//! Any gateway with an OpenAI-style `/v1/videos` that takes JSON, most of them of the family of new-api.
//!
//! Gateways of this family disagree about where options stand: [`super::GatewayForm`] says how one wants it. No option
//! stands in two places, since it is then up to the gateway which one counts. Some gateways drop a switch without a word, so what comes back
//! is measured. They do not say when a task behind them expired or was cancelled, nor whether failed tasks cost money.

use super::{FileTransfer, FirstFrame as SentFrame, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{P480, P720, P1080};

/// A gateway of the user's choice.
pub(super) const OPENAI_VIDEO: Provider = Provider {
    id: "openai-video",
    title: "any gateway with an OpenAI-style JSON `/v1/videos`; its base URL must be set",
    is_paid: true,
    takes_form: true,
    account: "the console of your gateway",
    key_env: &["OPENAI_VIDEO_API_KEY"],
    base_env: "STORYREEL_OPENAI_VIDEO_BASE_URL",
    base: None,
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    first_frame: SentFrame::Passed,
    last_frame: LastFrame::Perhaps,
    video_files: FileTransfer::Never,
    // Some gateways of the family refuse sounds that are not addresses.
    audio_files: FileTransfer::Never,
    decides_duration: false,
    link_hours: 24,
    offers: OFFERS,
    read: "2026-11-20",
    reference: "https://github.com/QuantumNous/new-api",
    ..Provider::NONE
};

/// Gateways call models by Ark's names unless they say otherwise. No price is known: it is the gateway's own.
const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "doubao-seedance-2-5-260628",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 30),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0",
        model: "doubao-seedance-2-0-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "doubao-seedance-2-0-fast-260128",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0-mini",
        model: "doubao-seedance-2-0-mini-260615",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
];
