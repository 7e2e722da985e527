//! Ark: Volcengine, `BytePlus`, and the relays that answer as they do.

use serde_json::{Map, Value, json};

use super::dialect::{Dialect, View, Wanted};
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Order, Stand};
use super::wire::{Answer, Asked};

/// The most that Ark reads of a request.
const BODY: usize = 64 << 20;

const TASKS: &str = "/contents/generations/tasks";

/// Ark's language.
#[derive(Debug)]
pub(super) struct Ark;

impl Dialect for Ark {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        let rest = path.strip_prefix(TASKS)?;
        match (method, rest.strip_prefix('/').filter(|id| !id.is_empty() && !id.contains('/'))) {
            ("POST", None) if rest.is_empty() => Some(Wanted::Submit),
            ("GET", None) if rest.is_empty() => Some(Wanted::List),
            ("GET", Some(id)) => Some(Wanted::Poll(id.to_owned())),
            ("DELETE", Some(id)) => Some(Wanted::Cancel(id.to_owned())),
            _ => None,
        }
    }

    fn id(&self, nth: usize) -> String {
        format!("cgt-20261120120000-{nth:05x}")
    }

    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal> {
        order(service, &object(asked)?, resolve)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        let mut answer = json!({"id": view.task.id});
        if let Some(mark) = &view.task.order.mark {
            answer["safety_identifier"] = json!(mark);
        }
        answer
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let (task, order) = (view.task, &view.task.order);
        let word = match view.stand {
            Stand::Queued => "queued",
            Stand::Running => "running",
            Stand::Done => "succeeded",
            Stand::Failed(..) => "failed",
            Stand::Expired => "expired",
            Stand::Cancelled => "cancelled",
        };
        let mut answer = json!({
            "id": task.id,
            "model": order.model_id,
            "status": view.word(word),
            "created_at": view.time(task.created),
            "updated_at": view.time(view.now),
            "service_tier": "default",
            "execution_expires_after": order.expires,
            "draft": false,
        });
        match &view.stand {
            Stand::Done => {
                let tokens = task.tokens();
                answer["content"] = json!({});
                view.place(&mut answer, self.video_place(), self.frame_place());
                answer["usage"] = json!({"completion_tokens": tokens, "total_tokens": tokens});
                for (name, value) in [
                    ("seed", json!(order.seed.filter(|seed| *seed >= 0).unwrap_or(42))),
                    ("resolution", json!(order.resolution)),
                    ("ratio", json!(order.ratio)),
                    ("duration", json!(order.frames / 24)),
                    ("framespersecond", json!(24)),
                    ("generate_audio", json!(order.audio)),
                ] {
                    answer[name] = value;
                }
            }
            Stand::Failed(..) => answer["error"] = view.error(),
            _ => {}
        }
        if let Some(mark) = &order.mark {
            answer["safety_identifier"] = json!(mark);
        }
        answer
    }

    fn frame_place(&self) -> Option<&'static str> {
        Some("content.last_frame_url")
    }

    fn video_place(&self) -> &'static str {
        "content.video_url"
    }

    fn no_task(&self, id: &str) -> Refusal {
        Refusal::new(404, "ResourceNotFound", format!("The specified task {id} is not found."))
    }

    fn refused(&self, refusal: &Refusal, request: &str) -> Value {
        let kind = match refusal.status {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            429 => "TooManyRequests",
            _ => "InternalServerError",
        };
        let message = format!("{} Request id: {request}", refusal.message);
        json!({"error": {"code": refusal.code, "message": message, "param": refusal.param.as_deref().unwrap_or_default(), "type": kind}})
    }
}

/// The body as an object of a size that the service reads.
pub(super) fn object(asked: &Asked) -> Result<Map<String, Value>, Refusal> {
    if asked.body.len() > BODY {
        return Err(Refusal::new(400, "InvalidParameter", "the request body is larger than 64 MB"));
    }
    let json = asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    match asked.json() {
        Some(Value::Object(fields)) if json => Ok(fields),
        _ => Err(Refusal::new(400, "InvalidParameter", "the request body is not a JSON object")),
    }
}

/// A page of the list; `shown` are all tasks of the account, newest first.
pub(super) fn listed(asked: &Asked, shown: Vec<Value>) -> Result<Answer, Refusal> {
    let number = |name: &str, unset: usize, most: usize| match asked.queried(name).next() {
        None => Ok(unset),
        Some(text) => {
            let number = text.parse().ok().filter(|number| (1..=most).contains(number));
            number.ok_or_else(|| Refusal::bad(name, format!("`{name}` must be 1 to {most}")))
        }
    };
    let (page, size) = (number("page_num", 1, 500)?, number("page_size", 20, 500)?);
    let wanted = |name: &'static str| asked.queried(name).collect::<Vec<_>>();
    let (models, ids, states) = (wanted("filter.model"), wanted("filter.task_ids"), wanted("filter.status"));
    let fits = |task: &Value, name: &str, words: &[String]| {
        words.is_empty() || words.iter().any(|word| task[name] == word.as_str())
    };
    let found: Vec<Value> = shown
        .into_iter()
        .filter(|task| fits(task, "model", &models) && fits(task, "id", &ids) && fits(task, "status", &states))
        .collect();
    let items: Vec<&Value> = found.iter().skip((page - 1) * size).take(size).collect();
    Ok(Answer::json(200, &json!({"items": items, "total": found.len()})))
}
