//! `/generations` with `job_id` and `output_url`, which some resellers document. It takes the fields of the document and
//! no other, every model's name, and knows no last frame.

use serde_json::{Map, Value, json};

use super::ark::object;
use super::dialect::{Dialect, View, Wanted};
use super::models::frames;
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Order, Stand};
use super::wire::Asked;

/// The resellers' language.
#[derive(Debug)]
pub(super) struct Resale;

impl Dialect for Resale {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        let rest = path.strip_prefix("/generations")?;
        match (method, rest.strip_prefix('/').filter(|id| !id.is_empty() && !id.contains('/'))) {
            ("POST", None) if rest.is_empty() => Some(Wanted::Submit),
            ("GET", Some(id)) => Some(Wanted::Poll(id.to_owned())),
            _ => None,
        }
    }

    fn id(&self, nth: usize) -> String {
        format!("job_{nth:08x}")
    }

    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal> {
        let mut given = object(asked)?;
        let mut request = Map::new();
        let prompt = given.remove("prompt").filter(Value::is_string).ok_or_else(|| Refusal::missing("prompt"))?;
        let mut content = vec![json!({"type": "text", "text": prompt})];
        let mode = given.remove("mode").ok_or_else(|| Refusal::missing("mode"))?;
        match (mode.as_str(), given.remove("image_url")) {
            (Some("t2v"), None) => {}
            (Some("i2v"), Some(url)) => {
                content.push(json!({"type": "image_url", "image_url": {"url": url}, "role": "first_frame"}));
            }
            (Some("t2v" | "i2v"), _) => return Err(Refusal::bad("image_url", "`image_url` belongs to `i2v` alone")),
            _ => return Err(Refusal::bad("mode", "`mode` is `t2v` or `i2v`")),
        }
        request.insert("content".to_owned(), Value::Array(content));
        if given.remove("fps").is_some_and(|fps| fps != 24) {
            return Err(Refusal::bad("fps", "`fps` is 24"));
        }
        for name in ["model", "duration", "resolution"] {
            let value = given.remove(name).ok_or_else(|| Refusal::missing(name))?;
            request.insert(name.to_owned(), value);
        }
        if let Some(name) = given.keys().next() {
            return Err(Refusal::bad(name, format!("`{name}` is not a field of a generation")));
        }
        let seconds = request.get("duration").and_then(Value::as_u64).filter(|seconds| (1..=10).contains(seconds));
        let seconds = seconds.ok_or_else(|| Refusal::bad("duration", "`duration` is 1 to 10 whole seconds"))? as u32;
        request.insert("duration".to_owned(), json!(seconds.max(4)));
        // It documents no shape, and silent clips.
        request.insert("ratio".to_owned(), json!("adaptive"));
        request.insert("generate_audio".to_owned(), json!(false));
        let mut order = order(service, &request, resolve)?;
        // The models are known with 4 seconds or more; it documents shorter clips, too.
        order.seconds = seconds;
        order.frames = frames(seconds);
        Ok(order)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        json!({"job_id": view.task.id, "status": view.word("queued")})
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let word = match view.stand {
            Stand::Queued => "queued",
            Stand::Running => "processing",
            Stand::Done => "succeeded",
            Stand::Failed(..) | Stand::Expired | Stand::Cancelled => "failed",
        };
        let mut answer = json!({"job_id": view.task.id, "status": view.word(word)});
        view.place(&mut answer, self.video_place(), None);
        if word == "failed" {
            answer["error"] = view.error();
        }
        answer
    }

    fn frame_place(&self) -> Option<&'static str> {
        None
    }

    fn video_place(&self) -> &'static str {
        "output_url"
    }

    fn no_task(&self, id: &str) -> Refusal {
        Refusal::new(404, "not_found", format!("job {id} not found"))
    }

    fn refused(&self, refusal: &Refusal, request: &str) -> Value {
        json!({"error": {"code": refusal.code, "message": refusal.message, "request_id": request}})
    }
}
