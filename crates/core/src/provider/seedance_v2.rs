//! The `/generations` shape that some resellers document: `job_id` at the order, `output_url` at the end.
//!
//! Sent is what the pages print and nothing else: `model`, `prompt`, `mode` (`t2v`, `i2v`), `duration`, `resolution`,
//! `fps`, and `image_url` for the first frame. They name no field for the shape, so it is the reseller's choice. The pages
//! promise 720p and 1080p, 1 to 10 s, and pictures without sound. No public client of this shape was found (looked for
//! 2026-11-20), so there is no built-in address, and the name `image_url`, looks at `/generations/JOB` and the status
//! words of the other services are assumed. Prices and what failed jobs cost are not known.

use super::{FileTransfer, LastFrame, Offer, PollBounds, Provider};
use crate::catalog::Mode::{FirstFrame, Text};
use crate::catalog::Resolution::{P720, P1080};

/// A reseller of the user's choice.
pub(super) const SEEDANCE_V2: Provider = Provider {
    id: "seedance-v2",
    title: "a reseller with `/generations` (`job_id`, `output_url`); its base URL must be set",
    is_paid: true,
    account: "the pages of your reseller",
    key_env: &["SEEDANCE_API_KEY"],
    base_env: "STORYREEL_SEEDANCE_V2_BASE_URL",
    base: None,
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Never,
    video_files: FileTransfer::Unsupported,
    audio_files: FileTransfer::Unsupported,
    sound_switch: false,
    options: false,
    takes_ratio: false,
    decides_duration: false,
    link_hours: 1,
    offers: &[Offer {
        family: "seedance-2.0",
        model: "seedance-2.0",
        modes: &[Text, FirstFrame],
        resolutions: &[P720, P1080],
        seconds: (1, 10),
        retired: None,
        prices: &[],
    }],
    read: "2026-11-20",
    reference: "the reseller's own pages",
    ..Provider::NONE
};
