//! `/generations` with `job_id` and `output_url`, which some resellers document. Little is known of it, so it takes
//! every model's name and the usual names of a first frame, and knows no last frame.

use serde_json::{Map, Value, json};

use super::ark::object;
use super::dialect::{Dialect, View, Wanted};
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
        for (names, role) in [
            (["image_url", "image", "first_frame", "first_frame_url"], "first_frame"),
            (["last_image_url", "last_image", "last_frame", "last_frame_url"], "last_frame"),
        ] {
            let urls = names.into_iter().filter_map(|name| given.remove(name)).filter(Value::is_string);
            content.extend(urls.map(|url| json!({"type": "image_url", "image_url": {"url": url}, "role": role})));
        }
        request.insert("content".to_owned(), Value::Array(content));
        if given.get("fps").is_some_and(|fps| *fps != 24) {
            return Err(Refusal::bad("fps", "`fps` is 24"));
        }
        if let Some(ratio) = given.remove("aspect_ratio") {
            given.insert("ratio".to_owned(), ratio);
        }
        for name in ["model", "duration", "resolution", "ratio", "seed", "generate_audio"] {
            if let Some(value) = given.remove(name) {
                request.insert(name.to_owned(), value);
            }
        }
        // It documents silent clips.
        request.entry("generate_audio").or_insert(json!(false));
        order(service, &request, resolve)
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
