//! Any gateway with an OpenAI-style `/v1/videos` that takes JSON, most of them of the family of new-api.
//!
//! Gateways of this family disagree about where options stand. This is the form with the length as text in `seconds`,
//! options at the top, frames and references in `metadata.content`, each with its role. No option stands in two places,
//! since it is then up to the gateway which one counts. Some gateways drop a switch without a word, so what comes back
//! is measured. They do not say when a task behind them expired or was cancelled, nor whether failed tasks cost money.

use serde_json::{Map, Value, json};

use super::ark_dialect::{item, ratio};
use super::http::{HttpRequest, HttpResponse};
use super::reply::{ServiceError, TaskState};
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Dialect, Files, LastFrame, Offer, PollBounds, Service, Submission};
use crate::catalog::Mode::{FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{P480, P720, P1080};

/// A gateway of the user's choice.
pub(super) const OPENAI_VIDEO: Service = Service {
    id: "openai-video",
    title: "any gateway with an OpenAI-style JSON `/v1/videos`; its base URL must be set",
    dialect: Some(&OpenAiVideo),
    account: "the console of your gateway",
    key_env: &["OPENAI_VIDEO_API_KEY"],
    base_env: "STORYREEL_OPENAI_VIDEO_BASE_URL",
    base: None,
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Perhaps,
    video_files: Files::Never,
    // Some gateways of the family refuse sounds that are not addresses.
    audio_files: Files::Never,
    decides_duration: false,
    link_hours: 24,
    offers: OFFERS,
    read: "2026-11-20",
    reference: "https://github.com/QuantumNous/new-api",
    ..Service::NONE
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

#[derive(Debug)]
struct OpenAiVideo;

impl Dialect for OpenAiVideo {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let seconds = clip.seconds.map_or_else(|| "-1".to_owned(), |seconds| seconds.to_string());
        let mut body = Map::new();
        let mut set = |key: &str, value: Value| {
            body.insert(key.to_owned(), value);
        };
        set("model", json!(clip.model));
        set("prompt", json!(clip.prompt));
        set("seconds", json!(seconds));
        set("resolution", json!(clip.resolution.to_string()));
        set("ratio", json!(ratio(clip).to_string()));
        set("generate_audio", json!(clip.audio));
        set("watermark", json!(clip.watermark));
        set("return_last_frame", json!(clip.return_last_frame));
        if let Some(seed) = clip.seed {
            set("seed", json!(seed));
        }
        if !clip.inputs.is_empty() {
            let content: Vec<Value> = clip.inputs.iter().map(|input| item(input.role, &input.content)).collect();
            set("metadata", json!({"content": content}));
        }
        HttpRequest::post(VIDEOS, Value::Object(body))
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ServiceError> {
        REPLIES.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
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

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }
}
