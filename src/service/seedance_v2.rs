//! The `/generations` shape that some resellers document: `job_id` at the order, `output_url` at the end.
//!
//! Sent is what the pages print and nothing else: `model`, `prompt`, `mode` (`t2v`, `i2v`), `duration`, `resolution`,
//! `fps`, and `image_url` for the first frame. They name no field for the shape, so it is the reseller's choice. The pages
//! promise 720p and 1080p, 1 to 10 s, and pictures without sound. No public client of this shape was found (looked for
//! 2026-11-20), so there is no built-in address, and the name `image_url`, looks at `/generations/JOB` and the status
//! words of the other services are assumed. Prices and what failed jobs cost are not known.

use serde_json::{Map, Value, json};

use super::http::{HttpRequest, HttpResponse, escaped};
use super::replies::Replies;
use super::reply::{Charged, ErrorKind, ServiceError, TaskState};
use super::{Dialect, Files, LastFrame, Offer, PollBounds, Service, Submission};
use crate::catalog::Mode::{FirstFrame, Text};
use crate::catalog::Resolution::{P720, P1080};

/// A reseller of the user's choice.
pub(super) const SEEDANCE_V2: Service = Service {
    id: "seedance-v2",
    title: "a reseller with `/generations` (`job_id`, `output_url`); its base URL must be set",
    dialect: Some(&SeedanceV2),
    account: "the pages of your reseller",
    key_env: &["SEEDANCE_API_KEY"],
    base_env: "STORYREEL_SEEDANCE_V2_BASE_URL",
    base: None,
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Never,
    video_files: Files::Unsupported,
    audio_files: Files::Unsupported,
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
    ..Service::NONE
};

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
struct SeedanceV2;

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
        set("duration", json!(super::ark_dialect::duration(clip)));
        set("resolution", json!(clip.resolution.to_string()));
        set("fps", json!(FPS));
        if let Some(first) = first {
            set("image_url", json!(first.content.address()));
        }
        HttpRequest::post(GENERATIONS, Value::Object(body))
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ServiceError> {
        REPLIES.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("{GENERATIONS}/{}", escaped(task)))
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ServiceError> {
        REPLIES.polled(reply)
    }

    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        REPLIES.names(reply)
    }

    fn error(&self, reply: &HttpResponse) -> ServiceError {
        REPLIES.rejected(reply)
    }

    fn poll_error(&self, reply: &HttpResponse) -> ServiceError {
        REPLIES.not_seen(reply)
    }
}
