//! An OpenAI-style `/v1/videos` that takes JSON.

use serde_json::{Map, Value, json};
use storyreel_core::provider::reply::{ProviderError, TaskState};

use super::ark::{item, ratio};
use super::http::{HttpRequest, HttpResponse};
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Dialect, Submission};

#[derive(Debug)]
pub(super) struct OpenAiVideo;

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

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        REPLIES.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
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

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }
}
