//! The video object of OpenAI-style `/v1/videos`, as the gateways of that family return it.
//!
//! They differ in small ways and change over time, so every place seen is looked at: new-api and its forks, `CometAPI`'s
//! pages of different age, with and without a wrapper `data` (all read 2026-11-20). Whether a failed task costs money,
//! none of them says.

use storyreel_core::provider::reply::{Charged, ErrorKind};

use super::http::{HttpRequest, escaped};
use super::replies::Replies;

/// Where videos are made and looked at, below the host.
pub(super) const VIDEOS: &str = "/v1/videos";

/// The places of the video object.
pub(super) const REPLIES: Replies = Replies {
    provider: "openai-video",
    task: &["/id", "/task_id", "/data/id", "/data/task_id"],
    status: &["/status", "/data/status"],
    progress: &["/progress", "/data/progress"],
    video: &[
        "/metadata/url",
        "/metadata/video_url",
        "/video_url",
        "/url",
        "/content/video_url",
        "/data/video_url",
        "/data/metadata/url",
        "/data/url",
        "/data/content/video_url",
        "/data/data/content/video_url",
        "/fail_reason",
        "/data/fail_reason",
    ],
    last_frame: &[
        "/metadata/last_frame_url",
        "/content/last_frame_url",
        "/last_frame_url",
        "/data/last_frame_url",
        "/data/content/last_frame_url",
        "/data/data/content/last_frame_url",
    ],
    tokens: &["/usage/completion_tokens", "/usage/total_tokens", "/data/usage/completion_tokens"],
    seed: &["/seed", "/data/seed"],
    changed: &["/completed_at", "/updated_at", "/data/completed_at", "/data/updated_at"],
    reason: &["/error", "/data/error", "/fail_reason", "/data/fail_reason", "/message"],
    has_content: true,
    failed: Charged::Unknown,
    refused: Charged::Unknown,
    forbidden: ErrorKind::Auth,
    missing: &[404],
    first_input: 0,
};

/// A look at a task.
pub(super) fn poll(task: &str) -> HttpRequest {
    HttpRequest::get(format!("{VIDEOS}/{}", escaped(task)))
}

/// The clip through the gateway itself.
pub(super) fn content(task: &str) -> HttpRequest {
    HttpRequest::get(format!("{VIDEOS}/{}/content", escaped(task)))
}
