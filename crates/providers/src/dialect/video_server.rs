//! An open model behind `/v1/videos`: vLLM-Omni, `SGLang` and their like. An order is a form, the one shape that both read.
//!
//! A first frame is the file `input_reference`. A last frame reaches the model at vLLM-Omni alone, in the list
//! `image_reference` of first and last; references are the files `input_references` there. `SGLang`'s form holds one picture,
//! so it is asked what it is before an order that has more (read in `vllm-omni` 0.30.0 and `sglang` 0.5.23).

use serde_json::{Value, json};
use storyreel_core::catalog::{InputRole, Mode};
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry, TaskState};

use super::form::{file_part, text_part};
use super::http::{HttpRequest, HttpResponse, Method, RequestBody};
use super::replies::Replies;
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Dialect, Submission};

/// The models that a server has; their owner tells what server it is.
pub(super) const MODELS: &str = "/v1/models";

/// What is told of a job that failed costs nothing: the machine is the user's own.
const OWN_SERVER: Replies =
    Replies { provider: "video-server", failed: Charged::No, refused: Charged::No, video: &["/url"], ..REPLIES };

/// What a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerKind {
    Vllm,
    Sglang,
}

impl ServerKind {
    /// What the list of models of a server says that it is; `None` for one of another make.
    pub(super) fn of(reply: &HttpResponse) -> Option<Self> {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        let owners: Vec<&str> =
            body["data"].as_array()?.iter().filter_map(|model| model["owned_by"].as_str()).collect();
        if owners.contains(&"sglang") {
            Some(Self::Sglang)
        } else if owners.iter().any(|owner| owner.starts_with("vllm")) {
            Some(Self::Vllm)
        } else {
            None
        }
    }

    /// The error for an order that such a server would take and carry out in part.
    pub(super) fn refusal(self, provider: &'static str, why: &str) -> ProviderError {
        let name = match self {
            Self::Vllm => "vLLM-Omni",
            Self::Sglang => "SGLang",
        };
        let message = format!("nothing was ordered: this is {name}, and {why}");
        ProviderError::new(provider, ErrorKind::Request, Retry::Never, Charged::No, message)
    }
}

/// The language of open servers.
#[derive(Debug)]
pub(super) struct VideoServer;

impl Dialect for VideoServer {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let mut parts = vec![
            text_part("model", spec.model.clone()),
            text_part("prompt", spec.prompt.clone()),
            text_part("seconds", spec.seconds.unwrap_or_else(|| spec.family.usual_seconds()).to_string()),
            text_part("size", spec.size.to_string()),
        ];
        // Without it servers take 24 frames a second, and a second of a model of 16 would last two thirds.
        if let Some(rate) = spec.family.stated_rate.filter(|rate| rate.den == 1) {
            parts.push(text_part("fps", rate.num.to_string()));
        }
        if let Some(seed) = spec.seed {
            parts.push(text_part("seed", seed.to_string()));
        }
        if spec.audio {
            parts.push(text_part("generate_sound", "true"));
        }
        match spec.mode {
            Mode::Text => {}
            Mode::FirstFrame => {
                parts.extend(clip.inputs.iter().map(|input| file_part("input_reference", 0, input)));
            }
            Mode::FirstLast => {
                let frames = clip.inputs.iter().map(|input| json!({"image_url": input.content.address()}));
                parts.push(text_part("image_reference", Value::Array(frames.collect()).to_string()));
            }
            Mode::Reference => {
                let files = clip.inputs.iter().enumerate();
                parts.extend(files.map(|(at, input)| file_part("input_references", at, input)));
            }
        }
        HttpRequest { body: RequestBody::Form(parts), ..HttpRequest::new(Method::Post, VIDEOS) }
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
    }

    fn replies(&self) -> &Replies {
        &OWN_SERVER
    }

    /// A job that failed is shown with the status of its failure, and its object in the body.
    fn poll_failure(&self, reply: &HttpResponse) -> Option<TaskState> {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        let is_a_job = body["object"] == "video" || body["id"].is_string();
        let state = self.replies().state(&body, reply).ok().filter(|_| is_a_job)?;
        matches!(state, TaskState::Failed(_)).then_some(state)
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }

    fn probe(&self, clip: &Submission) -> Option<HttpRequest> {
        matches!(clip.spec.mode, Mode::FirstLast | Mode::Reference).then(|| HttpRequest::get(MODELS))
    }

    fn probed(&self, clip: &Submission, reply: &HttpResponse) -> Result<(), ProviderError> {
        let is_one_picture = clip.inputs.len() == 1 && clip.inputs[0].role == InputRole::FirstFrame;
        match ServerKind::of(reply) {
            Some(kind @ ServerKind::Sglang) if !is_one_picture => Err(kind.refusal(
                OWN_SERVER.provider,
                "its form holds one picture, the first frame: it would drop the others without a word",
            )),
            _ => Ok(()),
        }
    }
}
