//! The `/generations` shape of resellers: `job_id` at the order, `output_url` at the end.

use serde_json::{Map, Value, json};
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, TaskState};

use super::http::{HttpRequest, HttpResponse, escaped};
use super::replies::Replies;
use super::{Dialect, Submission};

/// Where jobs are made and looked at, below a base that ends in `/v2`.
const GENERATIONS: &str = "/generations";

/// Frames a second, which this shape asks for: what the models deliver anyway.
const FPS: u32 = 24;

const REPLIES: Replies = Replies {
    service: "seedance-v2",
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
        let first = clip.inputs.first();
        let mut body = Map::new();
        let mut set = |key: &str, value: Value| {
            body.insert(key.to_owned(), value);
        };
        set("model", json!(clip.model));
        set("prompt", json!(clip.prompt));
        set("mode", json!(if first.is_some() { "i2v" } else { "t2v" }));
        set("duration", json!(super::ark::duration(clip)));
        set("resolution", json!(clip.resolution.to_string()));
        set("fps", json!(FPS));
        if let Some(first) = first {
            set("image_url", json!(first.content.address()));
        }
        HttpRequest::post(GENERATIONS, Value::Object(body))
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        REPLIES.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("{GENERATIONS}/{}", escaped(task)))
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        REPLIES.polled(reply)
    }

    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        REPLIES.names(reply)
    }

    fn error(&self, reply: &HttpResponse) -> ProviderError {
        REPLIES.rejected(reply)
    }

    fn poll_error(&self, reply: &HttpResponse) -> ProviderError {
        REPLIES.not_seen(reply)
    }
}
