//! The transport against a server that misbehaves.

mod downloads;
mod orders;
mod polls;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use storyreel_core::catalog::{InputRole, RenderSpec, family};
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ListedTask, ProviderError, Retry, TaskState};
use storyreel_core::provider::{FileTransfer, PollBounds, Provider};
use storyreel_core::units::{Digest, Rate};

use super::transport::Limits;
use super::{Input, InputFrom, Prepared, Remote, RenderRequest, Renderer as _, Ticket};
use crate::dialect::http::{HttpRequest, HttpResponse, Method};
use crate::dialect::{Attachment, Dialect, Replies, Submission};

const KEY: &str = "sk-toy-0123456789";

const TOY: Provider = Provider {
    id: "toy",
    title: "a service for tests",
    is_paid: true,
    key_env: &["TOY_API_KEY"],
    poll: PollBounds { first: 1, longest: 5, per_second: 1000 },
    video_files: FileTransfer::Uploaded,
    audio_files: FileTransfer::Never,
    ..Provider::NONE
};

/// The simplest dialect: `{"id"}`, then `{"state", "video", "frame"}`.
#[derive(Debug)]
struct Toy;

impl Toy {
    fn of<T>(reply: &HttpResponse, read: impl Fn(&Value) -> Option<T>) -> Result<T, ProviderError> {
        read(&reply.json("toy")?).ok_or_else(|| reply.unreadable("toy", "a field is missing"))
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

impl Dialect for Toy {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let inputs: Vec<_> =
            clip.inputs.iter().map(|input| json!([input.role.to_string(), input.content.address()])).collect();
        HttpRequest::post("/tasks", json!({"prompt": clip.spec.prompt, "inputs": inputs}))
    }

    fn replies(&self) -> &Replies {
        &Replies::NONE
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        Self::of(reply, |value| text(value, "id"))
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("/tasks/{task}"))
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        Self::of(reply, |value| {
            Some(match value["state"].as_str()? {
                "queued" => TaskState::Queued,
                "running" => TaskState::Running(None),
                "done" => {
                    let video = text(value, "video");
                    let last_frame = text(value, "frame");
                    TaskState::Done(Box::new(Delivery { video, last_frame, ..Delivery::default() }))
                }
                _ => return None,
            })
        })
    }

    fn error(&self, reply: &HttpResponse) -> ProviderError {
        let (kind, retry, charged) = match reply.status {
            401 => (ErrorKind::Auth, Retry::Never, Charged::No),
            404 => (ErrorKind::NoTask, Retry::Never, Charged::No),
            429 => (ErrorKind::RateLimited, Retry::Backoff, Charged::No),
            500..=599 => (ErrorKind::Server, Retry::Backoff, Charged::No),
            _ => (ErrorKind::Request, Retry::Never, Charged::No),
        };
        let code = reply.json::<Value>("toy").ok().and_then(|value| text(&value, "code"));
        ProviderError::new("toy", kind, retry, charged, reply.excerpt())
            .code(code.unwrap_or_default())
            .request_id(reply.request_id())
    }

    fn poll_error(&self, reply: &HttpResponse) -> ProviderError {
        self.error(reply)
    }

    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        let body: Value = reply.json("toy").unwrap_or_default();
        text(&body, "id").into_iter().collect()
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(HttpRequest::get(format!("/tasks/{task}/content")))
    }

    fn upload(&self, file: &Attachment) -> Option<HttpRequest> {
        Some(HttpRequest { method: Method::Post, ..HttpRequest::post("/files", json!(file.content.address())) })
    }

    fn uploaded(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        Self::of(reply, |value| text(value, "url"))
    }

    fn list(&self, _: &str, page: u32) -> Option<HttpRequest> {
        Some(HttpRequest::get(format!("/tasks?page={page}")))
    }

    fn listed(&self, reply: &HttpResponse) -> Result<Vec<ListedTask>, ProviderError> {
        Self::of(reply, |value| {
            let mut tasks = Vec::new();
            for value in value.as_array()? {
                tasks.push(ListedTask {
                    id: text(value, "id")?,
                    model: None,
                    marker: text(value, "mark"),
                    state: TaskState::Queued,
                });
            }
            Some(tasks)
        })
    }
}

fn remote(base: &str) -> Remote {
    let limits = Limits {
        order: Duration::from_secs(20),
        query: Duration::from_secs(20),
        stall: Duration::from_secs(20),
        pause: Duration::from_millis(1),
        page: Duration::from_millis(1),
        ..Limits::default()
    };
    Remote::speaking(&TOY, &Toy, base, &SecretString::from(KEY)).unwrap().with_limits(limits)
}

/// A remote that gives up waiting at once.
fn hasty(base: &str) -> Remote {
    let short = Duration::from_millis(300);
    remote(base).with_limits(Limits {
        order: short,
        query: short,
        stall: short,
        pause: Duration::from_millis(1),
        ..Limits::default()
    })
}

fn request(inputs: Vec<Input>) -> RenderRequest {
    RenderRequest {
        voices: None,
        shot: "a".parse().unwrap(),
        scene: None,
        recipe: Digest::of(b"a"),
        spec: RenderSpec {
            prompt: "a lighthouse".to_owned(),
            ..RenderSpec::new("toy-1", family("seedance-2.0").unwrap())
        },
        words: String::new(),
        dialogue: Vec::new(),
        caption: String::new(),
        number: None,
        board: None,
        film_frame: None,
        inputs,
        rate: Rate::FILM,
        frames: 121,
        return_last_frame: true,
        marker: "m1".to_owned(),
    }
}

fn given(role: InputRole, path: PathBuf) -> Input {
    Input { role, from: InputFrom::Given(path) }
}

fn order() -> Prepared {
    Prepared::Order(HttpRequest::post("/tasks", json!({"prompt": "a"})))
}

fn ticket() -> Ticket {
    Ticket("t1".to_owned())
}

/// No error may show the key, in whatever way it is printed.
#[track_caller]
fn keyless(error: &ProviderError) {
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains(KEY), "the key is in: {shown}");
    }
}
