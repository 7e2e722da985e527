//! The way of speaking of Volcengine Ark, which `BytePlus` `ModelArk` and relays share.
//!
//! Ark refuses a field that the model does not take, and names one bad field per reply: only fields that every offered
//! model takes are sent, and those that some do not take only to the others. Every default is spelled out, because
//! defaults differ between models: seedance-2.5 decides the length itself unless told. `camera_fixed`, `frames`,
//! `service_tier` and `draft` are never sent. A seed is taken by every model (measured; documented for 1.x only).

use serde_json::{Value, json};
use storyreel_core::catalog::{InputRole, Mode};
use storyreel_core::provider::reply::{Charged, ErrorKind, ListedTask, ProviderError, TaskState};

use super::body::{OrderBody, sent_seconds};
use super::fields;
use super::http::{HttpRequest, HttpResponse, escaped};
use super::replies::Replies;
use super::{Content, Dialect, Submission};

/// Where tasks are made, looked at and listed, below the base.
const TASKS: &str = "/contents/generations/tasks";

/// Tasks on a page of the list: at most 500 (Volcengine 1521675, read 2026-10-02).
const PAGE: u32 = 100;

/// Seconds in which a task that has not finished is given up by the service: 3,600 to 259,200 are taken. A day is half
/// of the service's own default.
const EXPIRES: u32 = 86_400;

/// The places of Ark's replies. Tasks that fail or are refused are not billed (`BytePlus` price page, read 2026-10-02).
pub(super) const REPLIES: Replies = Replies {
    provider: "ark",
    task: &["/id"],
    status: &["/status"],
    progress: &[],
    video: &["/content/video_url"],
    last_frame: &["/content/last_frame_url"],
    tokens: &["/usage/completion_tokens", "/usage/total_tokens"],
    seed: &["/seed"],
    changed: &["/updated_at"],
    reason: &["/error"],
    has_content: false,
    failed: Charged::No,
    refused: Charged::No,
    forbidden: ErrorKind::Auth,
    missing: &[404],
    first_input: 1,
};

/// Ark, or a service that speaks like it.
#[derive(Debug)]
pub(super) struct Ark {
    /// How its replies are read.
    pub(super) replies: Replies,
    /// Whether it keeps our mark with a task and lists tasks by model.
    pub(super) lists: bool,
    /// Extra headers.
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// Volcengine Ark itself.
pub(super) const ARK: Ark = Ark { replies: REPLIES, lists: true, headers: &[] };

/// `BytePlus` `ModelArk`.
pub(super) const BYTEPLUS: Ark =
    Ark { replies: Replies { provider: "byteplus", ..REPLIES }, lists: true, headers: &[] };

/// APIYI, a relay.
pub(super) const APIYI: Ark = Ark {
    replies: Replies {
        provider: "apiyi",
        failed: Charged::Unknown,
        refused: Charged::No,
        forbidden: ErrorKind::Refused,
        ..REPLIES
    },
    lists: false,
    headers: &[("accept-encoding", "identity")],
};

impl Ark {
    /// One task of the list.
    fn listed_task(&self, item: &Value, reply: &HttpResponse) -> Result<ListedTask, ProviderError> {
        let id = fields::text(item, self.replies.task);
        let id = id.ok_or_else(|| reply.unreadable(self.replies.provider, "a task of the list has no id"))?;
        Ok(ListedTask {
            id,
            model: fields::text(item, &["/model"]),
            marker: fields::text(item, &["/safety_identifier"]),
            // A state that cannot be read must not hide the task, nor let it pass for over: the next look tells more.
            state: self.replies.state(item, reply).unwrap_or(TaskState::Running(None)),
        })
    }
}

/// One input as an item of `content`, with its role.
pub(super) fn item(role: InputRole, content: &Content) -> Value {
    let kind = match role {
        InputRole::ReferenceVideo => "video_url",
        InputRole::ReferenceAudio => "audio_url",
        _ => "image_url",
    };
    json!({"type": kind, kind: {"url": content.address()}, "role": role.to_string()})
}

impl Dialect for Ark {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let mut content = vec![json!({"type": "text", "text": spec.prompt})];
        content.extend(clip.inputs.iter().map(|input| item(input.role, &input.content)));
        let mut body = OrderBody::default();
        body.set("model", spec.model.as_str());
        body.set("content", content);
        body.set("duration", sent_seconds(spec));
        body.set_common_fields(clip);
        if spec.family.names_task && spec.mode == Mode::Reference {
            body.set("omni_reference_task_type", "reference");
        }
        if self.lists {
            body.set("safety_identifier", clip.marker.as_str());
            body.set("execution_expires_after", EXPIRES);
        }
        body.post(TASKS)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("{TASKS}/{}", escaped(task)))
    }

    fn replies(&self) -> &Replies {
        &self.replies
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        self.headers
    }

    fn list(&self, model: &str, page: u32) -> Option<HttpRequest> {
        let model = escaped(model);
        let path = format!("{TASKS}?page_num={}&page_size={PAGE}&filter.model={model}", page.max(1));
        self.lists.then(|| HttpRequest::get(path))
    }

    fn listed(&self, reply: &HttpResponse) -> Result<Vec<ListedTask>, ProviderError> {
        let body: Value = reply.json(self.replies.provider)?;
        match &body["items"] {
            Value::Array(items) => items.iter().map(|item| self.listed_task(item, reply)).collect(),
            Value::Null if body["total"] == json!(0) => Ok(Vec::new()),
            _ => Err(reply.unreadable(self.replies.provider, "there is no list of tasks in it")),
        }
    }
}
