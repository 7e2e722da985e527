//! Comfy Router's queue in front of `BytePlus`: the maker's own order with a key, under which it is one order however often
//! it is sent.

use serde_json::{Value, json};

use super::ark::{Ark, object};
use super::dialect::{Dialect, View, Wanted};
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Order, Stand};
use super::wire::Asked;

/// Comfy Router's language.
#[derive(Debug)]
pub(super) struct Comfy;

/// The folder of the maker.
const MAKER: &str = "/v2/models/byteplus/";

impl Dialect for Comfy {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        let rest = path.strip_prefix(MAKER)?;
        match (method, rest.split('/').collect::<Vec<_>>()[..].as_ref()) {
            ("POST", [_, "requests"]) => Some(Wanted::Submit),
            ("GET", [_, "requests", id, "status"]) => Some(Wanted::Poll((*id).to_owned())),
            ("GET", [_, "requests", id]) => Some(Wanted::Result((*id).to_owned())),
            _ => None,
        }
    }

    fn id(&self, nth: usize) -> String {
        format!("0195{nth:08x}-7e4d-4c1b-9b1f-5a3c00000000")
    }

    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal> {
        let mut request = object(asked)?;
        let named = asked.path.split(MAKER).nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        // The body says the maker's model again, and must not say another.
        if request.get("model").is_some_and(|model| model != named) {
            return Err(Refusal::new(422, "invalid_input", "the model of the body is not that of the path"));
        }
        request.insert("model".to_owned(), json!(named));
        order(service, &request, resolve)
    }

    fn order_key(&self, asked: &Asked) -> Option<Result<String, Refusal>> {
        let key = asked.header("idempotency-key")?;
        let is_one = (1..=255).contains(&key.len());
        Some(if is_one { Ok(key.to_owned()) } else { Err(Refusal::bad("Idempotency-Key", "1 to 255 characters")) })
    }

    fn key<'a>(&self, asked: &'a Asked) -> Option<&'a str> {
        asked.header("x-api-key")
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        json!({"request_id": view.task.id, "status": "IN_QUEUE"})
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let word = match view.stand {
            Stand::Queued => "IN_QUEUE",
            Stand::Running => "IN_PROGRESS",
            // A job that failed is completed, too.
            Stand::Done | Stand::Failed(..) | Stand::Expired | Stand::Cancelled => "COMPLETED",
        };
        let mut answer = json!({"request_id": view.task.id, "status": view.word(word)});
        match &view.stand {
            Stand::Failed(code, message) => {
                let bucket = match code {
                    Some(code) if code.contains("Sensitive") => "content_policy_violation",
                    _ => "provider_error",
                };
                answer["error_type"] = json!(bucket);
                answer["error"] = json!({"message": message});
                answer["billing"] = json!({"charged": false});
            }
            Stand::Expired | Stand::Cancelled => answer["error_type"] = json!("timeout"),
            _ => {}
        }
        answer
    }

    fn result(&self, view: &View<'_>) -> Value {
        Ark.shown(view)
    }

    fn frame_place(&self) -> Option<&'static str> {
        Ark.frame_place()
    }

    fn video_place(&self) -> &'static str {
        Ark.video_place()
    }

    fn no_task(&self, id: &str) -> Refusal {
        Refusal::new(404, "not_found", format!("request {id} not found"))
    }

    fn refused(&self, refusal: &Refusal, request: &str) -> Value {
        json!({"error": {"message": refusal.message, "type": refusal.code, "request_id": request}})
    }

    fn error_header(&self, refusal: &Refusal) -> Option<(&'static str, String)> {
        let bucket = match (refusal.status, refusal.code.as_str()) {
            (_, code) if code.contains("Sensitive") => "content_policy_violation",
            (401, _) => "authentication_error",
            (429, _) => "rate_limit_exceeded",
            (400 | 422, _) => "invalid_input",
            (409, code) => return Some(("x-comfy-error-type", code.to_owned())),
            (504, _) => "timeout",
            (500.., _) => "internal_error",
            _ => "not_found",
        };
        Some(("x-comfy-error-type", bucket.to_owned()))
    }
}
