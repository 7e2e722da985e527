//! The `/generations` shape of resellers: `job_id` at the order, `output_url` at the end.

use storyreel_core::provider::reply::{Charged, ErrorKind};

use super::body::{OrderBody, sent_seconds};
use super::http::{HttpRequest, escaped};
use super::replies::Replies;
use super::{Dialect, Submission};

/// Where jobs are made and looked at, below a base that ends in `/v2`.
const GENERATIONS: &str = "/generations";

/// Frames a second, which this shape asks for: what the models deliver anyway.
const FPS: u32 = 24;

const REPLIES: Replies = Replies {
    provider: "seedance-v2",
    task: &["/job_id", "/id", "/data/job_id"],
    status: &["/status", "/data/status"],
    progress: &["/progress", "/data/progress"],
    video: &["/output_url", "/video_url", "/data/output_url"],
    last_frame: &["/last_frame_url"],
    tokens: &["/usage/completion_tokens"],
    seed: &["/seed"],
    changed: &["/completed_at", "/updated_at"],
    reason: &["/error", "/data/error", "/message"],
    has_content: false,
    failed: Charged::Unknown,
    refused: Charged::Unknown,
    forbidden: ErrorKind::Auth,
    missing: &[404],
    first_input: 0,
};

#[derive(Debug)]
pub(super) struct SeedanceV2;

impl Dialect for SeedanceV2 {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let first = clip.inputs.first();
        let mut body = OrderBody::default();
        body.set("model", spec.model.as_str());
        body.set("prompt", spec.prompt.as_str());
        body.set("mode", if first.is_some() { "i2v" } else { "t2v" });
        body.set("duration", sent_seconds(spec));
        body.set("resolution", spec.resolution.to_string());
        body.set("fps", FPS);
        if let Some(first) = first {
            body.set("image_url", first.content.address());
        }
        body.post(GENERATIONS)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("{GENERATIONS}/{}", escaped(task)))
    }

    fn replies(&self) -> &Replies {
        &REPLIES
    }
}
