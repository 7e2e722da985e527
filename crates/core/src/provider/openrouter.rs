//! `OpenRouter`: one form for the models of many makers.
//!
//! What each model can do and costs the service says itself; a file of the project keeps it
//! ([`super::ServiceCatalogue`]). Its bill is an amount of money. There is no list of jobs and no key of an order (read in
//! the package `openrouter` 1.3.84), and nothing says whether failed jobs cost money, how long jobs are remembered, or
//! whether pictures may be sent inside an order; links say themselves how long they last.

use super::{FileTransfer, LastFrame, PollBounds, Provider};

/// `OpenRouter`.
pub(super) const OPENROUTER: Provider = Provider {
    id: "openrouter",
    title: "OpenRouter: the models of many makers; `storyreel providers --update openrouter` reads what it offers",
    is_paid: true,
    lists_models: true,
    account: "the credits page of OpenRouter (openrouter.ai)",
    key_env: &["OPENROUTER_API_KEY"],
    base_env: "STORYREEL_OPENROUTER_BASE_URL",
    base: Some("https://openrouter.ai/api/v1"),
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Never,
    video_files: FileTransfer::Never,
    audio_files: FileTransfer::Never,
    decides_duration: false,
    link_hours: 24,
    read: "2026-11-27",
    reference: "https://openrouter.ai/docs/features/multimodal/video-generation",
    ..Provider::NONE
};
