//! Comfy Router's queue: the order of a maker, here Ark's, with a key of ours. Sent again with the same key it is still
//! the same order.

use serde_json::Value;
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry, TaskState};

use super::ark::{self, Ark};
use super::fields;
use super::http::{HttpRequest, HttpResponse, escaped};
use super::replies::Replies;
use super::{Dialect, Submission};

/// Where models are, below the base.
const MODELS: &str = "/v2/models";

/// What stands between the model and the number of its request in the name of a task.
const REQUESTS: &str = "/requests/";

const REPLIES: Replies = Replies {
    provider: "comfy-router",
    task: &["/request_id"],
    failed: Charged::Unknown,
    refused: Charged::Unknown,
    ..ark::REPLIES
};

/// The maker's own order.
const MAKER: Ark = Ark { replies: REPLIES, lists: false, headers: &[] };

/// Comfy Router's language. A task is called by its model and its request: `byteplus/MODEL/requests/ID`.
#[derive(Debug)]
pub(super) struct ComfyRouter;

/// The path of a task.
fn path(task: &str) -> String {
    let (model, request) = match task.split_once(REQUESTS) {
        Some((model, id)) => (model, format!("{REQUESTS}{}", escaped(id))),
        None => (task, String::new()),
    };
    let parts: Vec<String> = model.split('/').map(escaped).collect();
    format!("{MODELS}/{}{request}", parts.join("/"))
}

/// The bucket of an error, where the reply names it (read 2026-11-26: 15 of them).
fn kind_of(bucket: &str) -> Option<ErrorKind> {
    let bucket = bucket.to_ascii_lowercase();
    let has = |part: &str| bucket.contains(part);
    Some(match () {
        () if has("policy") || has("moderation") || has("content") => ErrorKind::Refused,
        () if has("concurrency") || has("rate") => ErrorKind::RateLimited,
        () if has("credit") || has("spend") || has("payment") || has("billing") => ErrorKind::Billing,
        () if has("auth") || has("not_enabled") || has("forbidden") => ErrorKind::Auth,
        () if has("invalid") => ErrorKind::Request,
        () if has("not_found") => ErrorKind::NotAvailable,
        () if has("timeout") || has("unavailable") || has("internal") || has("provider") => ErrorKind::Server,
        () => return None,
    })
}

impl Dialect for ComfyRouter {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let (_, maker_model) = clip.spec.model.split_once('/').unwrap_or(("byteplus", &clip.spec.model));
        let mut maker = clip.clone();
        maker_model.clone_into(&mut maker.spec.model);
        let order = MAKER.submit(&maker);
        let path = format!("{}{}", path(&clip.spec.model), REQUESTS.trim_end_matches('/'));
        HttpRequest { path, headers: vec![("idempotency-key", clip.marker.clone())], ..order }
    }

    fn ticket(&self, order: &HttpRequest, id: &str) -> String {
        let model = order.path.trim_start_matches(MODELS).trim_matches('/').trim_end_matches("/requests");
        format!("{model}{REQUESTS}{id}")
    }

    fn task_id<'a>(&self, ticket: &'a str) -> &'a str {
        ticket.split_once(REQUESTS).map_or(ticket, |(_, id)| id)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("{}/status", path(task)))
    }

    fn replies(&self) -> &Replies {
        &REPLIES
    }

    fn key_header(&self) -> &'static str {
        "x-api-key"
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        let body: Value = reply.json(REPLIES.provider)?;
        let Some(word) = fields::text(&body, &["/status"]) else {
            return Err(reply.unreadable(REPLIES.provider, "there is no status in it"));
        };
        let failure = fields::text(&body, &["/error_type"]);
        match (word.as_str(), failure) {
            ("IN_QUEUE", _) => Ok(TaskState::Queued),
            ("IN_PROGRESS", _) => Ok(TaskState::Running(None)),
            // A job that failed is completed, too.
            ("COMPLETED", Some(bucket)) => Ok(TaskState::Failed(failed(&bucket, &body))),
            // What it made stands in its result.
            ("COMPLETED", None) => Ok(TaskState::Running(Some(1.0))),
            // The result is the maker's own task.
            _ => REPLIES.state(&body, reply),
        }
    }

    fn result(&self, task: &str, reply: &HttpResponse) -> Option<HttpRequest> {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        let is_whole = body["status"] == "COMPLETED" && body["error_type"].is_null();
        is_whole.then(|| HttpRequest::get(path(task)))
    }

    fn error(&self, reply: &HttpResponse) -> ProviderError {
        let mut error = REPLIES.rejected(reply);
        if let Some(kind) = reply.header("x-comfy-error-type").and_then(kind_of) {
            error.kind = kind;
        }
        // A conflict or a timeout says that an order with this key is there; one with another body cannot be had again.
        if matches!(reply.status, 409 | 504) {
            error.charged = Charged::Unknown;
            error.retry = if error.kind == ErrorKind::Request { Retry::Never } else { Retry::Backoff };
        }
        error
    }
}

/// Why a job failed.
fn failed(bucket: &str, body: &Value) -> ProviderError {
    let kind = kind_of(bucket).unwrap_or(ErrorKind::Failed);
    let words = fields::text(body, &["/error/message", "/error", "/message"]);
    let message = words.unwrap_or_else(|| "the job failed, and the service does not say why".to_owned());
    let charged = match body.pointer("/billing/charged").and_then(Value::as_bool) {
        Some(true) => Charged::Yes(None),
        Some(false) => Charged::No,
        None => Charged::Unknown,
    };
    let message: String = message.chars().take(400).collect();
    ProviderError::new(REPLIES.provider, kind, Retry::Never, charged, message).code(bucket)
}
