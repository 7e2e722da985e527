//! An OpenAI-style `/v1/videos` that takes JSON.

use serde_json::{Value, json};

use super::ark::item;
use super::body::{OrderBody, sent_seconds};
use super::http::HttpRequest;
use super::replies::Replies;
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Dialect, Submission};

#[derive(Debug)]
pub(super) struct OpenAiVideo;

impl Dialect for OpenAiVideo {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let mut body = OrderBody::default();
        body.set("model", spec.model.as_str());
        body.set("prompt", spec.prompt.as_str());
        body.set("seconds", sent_seconds(spec).to_string());
        body.set_common_fields(clip);
        if !clip.inputs.is_empty() {
            let content: Vec<Value> = clip.inputs.iter().map(|input| item(input.role, &input.content)).collect();
            body.set("metadata", json!({"content": content}));
        }
        body.post(VIDEOS)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
    }

    fn replies(&self) -> &Replies {
        &REPLIES
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }
}
