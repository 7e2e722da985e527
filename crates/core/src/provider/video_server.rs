//! An open model on a machine of the user's own behind `/v1/videos`: vLLM-Omni, `SGLang` and their like.
//!
//! Orders are forms (`multipart/form-data`), the one shape that both read. Jobs live in the memory of the server, so that
//! a restart forgets them. A last frame and references reach the model at vLLM-Omni alone: `SGLang`'s form holds one
//! picture. Read in the packages `vllm-omni` 0.30.0 and `sglang` 0.5.23.

use super::{FileTransfer, FirstFrame, LastFrame, PollBounds, Provider};

/// A server of the user's own.
pub(super) const VIDEO_SERVER: Provider = Provider {
    id: "video-server",
    title: "an open model on your own machine behind `/v1/videos` (vLLM-Omni, SGLang); free; its base URL must be set",
    is_paid: true,
    is_own_server: true,
    account: "your server",
    key_env: &["VIDEO_SERVER_API_KEY"],
    base_env: "STORYREEL_VIDEO_SERVER_BASE_URL",
    base: None,
    // A card makes one clip at a time.
    max_in_flight: 1,
    poll: PollBounds { first: 2, longest: 10, per_second: 5 },
    first_frame: FirstFrame::Passed,
    last_frame: LastFrame::Never,
    image_addresses: false,
    video_files: FileTransfer::Inline,
    audio_files: FileTransfer::Inline,
    sends_text: false,
    decides_duration: false,
    // Files stay as long as the server runs.
    link_hours: 24,
    task_days: 1,
    read: "2026-11-27",
    reference: "https://docs.vllm.ai/projects/vllm-omni/en/latest/serving/videos_api",
    ..Provider::NONE
};
