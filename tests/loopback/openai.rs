//! `/v1/videos`: as a form at `CometAPI`, and as JSON at the gateways of the new-api family.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::ark::object;
use super::dialect::{Dialect, View, Wanted};
use super::models::{RATIOS, find};
use super::pictures;
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Input, Order, Stand};
use super::wire::{Asked, Field};

pub(super) fn wanted(method: &str, path: &str) -> Option<Wanted> {
    let rest = path.strip_prefix("/v1/videos")?;
    match (method, rest.split('/').skip(1).collect::<Vec<_>>()[..].as_ref()) {
        ("POST", []) if rest.is_empty() => Some(Wanted::Submit),
        ("GET", [id]) if !id.is_empty() => Some(Wanted::Poll((*id).to_owned())),
        ("GET", [id, "content"]) => Some(Wanted::Content((*id).to_owned())),
        _ => None,
    }
}

fn no_task(id: &str) -> Refusal {
    Refusal::new(400, "task_not_exist", format!("task {id} does not exist"))
}

fn refused(refusal: &Refusal, request: &str) -> Value {
    let message = format!("{} (request id: {request})", refusal.message);
    json!({"error": {"code": refusal.code, "message": message, "param": refusal.param, "type": "upstream_error"}})
}

/// The words of both, in capitals in older answers.
fn word(view: &View<'_>) -> String {
    let own = match view.stand {
        Stand::Queued => "queued",
        Stand::Done if view.older() => "success",
        Stand::Done => "completed",
        Stand::Failed(..) => "failed",
        // The gateways have no word for the last two: such a task stands still.
        Stand::Running | Stand::Expired | Stand::Cancelled => "in_progress",
    };
    let word = view.word(own);
    if view.older() { word.to_uppercase() } else { word.to_owned() }
}

fn progress(view: &View<'_>) -> Value {
    let part = match view.stand {
        Stand::Queued => 0,
        Stand::Done | Stand::Failed(..) => 100,
        _ => 30,
    };
    if view.older() { json!(format!("{part}%")) } else { json!(part) }
}

/// The older answers have everything inside `data`.
fn wrapped(view: &View<'_>, answer: Value) -> Value {
    if view.older() { json!({"code": "success", "message": "", "data": answer}) } else { answer }
}

/// `CometAPI`'s language.
#[derive(Debug)]
pub(super) struct Comet;

impl Dialect for Comet {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        wanted(method, path)
    }

    fn id(&self, nth: usize) -> String {
        format!("task_comet{nth:06x}")
    }

    fn order(&self, service: &'static str, asked: &Asked, _: Resolve<'_>) -> Result<Order, Refusal> {
        let form = asked.form.as_ref();
        let form =
            form.ok_or_else(|| Refusal::new(400, "InvalidParameter", "the request is not multipart/form-data"))?;
        let (mut request, mut pictures) = (Map::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for field in form {
            if field.name != "input_reference" && !seen.insert(field.name.clone()) {
                return Err(Refusal::bad(&field.name, "the part is there twice"));
            }
            match (field.name.as_str(), &field.file) {
                ("prompt", None) => {
                    request.insert("content".to_owned(), json!([{"type": "text", "text": field.text()}]));
                }
                ("model", None) => {
                    request.insert("model".to_owned(), json!(field.text()));
                }
                ("seconds", None) => {
                    let seconds: Option<i64> = field.text().parse().ok().filter(|seconds| *seconds > 0);
                    let seconds = seconds.ok_or_else(|| Refusal::bad("seconds", "`seconds` is no whole number"))?;
                    request.insert("duration".to_owned(), json!(seconds));
                }
                ("resolution", None) => {
                    request.insert("resolution".to_owned(), json!(field.text()));
                }
                ("size", None) => {
                    request.insert("size".to_owned(), json!(field.text()));
                }
                ("input_reference", Some(_)) => pictures.push(picture(field)?),
                (name, _) => return Err(Refusal::bad(name, format!("`{name}` is not a part of the form"))),
            }
        }
        sized(service, &mut request)?;
        let mut order = order(service, &request, &|_| None)?;
        if !pictures.is_empty() && !order.model.family.starts_with("seedance-2.0") {
            let message = format!("the specified task_type r2v does not support model {}", order.model_id);
            return Err(Refusal::bad("input_reference", message));
        }
        if pictures.len() > order.model.references.0 {
            return Err(Refusal::bad("input_reference", "too many reference images"));
        }
        order.inputs = pictures;
        Ok(order)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        let (task, progress) = (view.task, progress(view));
        let created = view.time(task.created);
        let answer = json!({
            "id": task.id, "task_id": task.id, "object": "video", "model": task.order.model_id,
            "status": word(view), "progress": progress, "created_at": created,
        });
        wrapped(view, answer)
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let task = view.task;
        let mut answer = json!({
            "id": task.id, "task_id": task.id, "object": "video", "model": task.order.model_id,
            "status": word(view), "progress": progress(view), "created_at": view.time(task.created),
            "seconds": task.order.seconds.to_string(),
        });
        view.place(&mut answer, self.video_place(), None);
        if matches!(view.stand, Stand::Failed(..)) {
            answer["error"] = view.error();
        }
        wrapped(view, answer)
    }

    fn frame_place(&self) -> Option<&'static str> {
        None
    }

    fn video_place(&self) -> &'static str {
        "video_url"
    }

    fn no_task(&self, id: &str) -> Refusal {
        no_task(id)
    }

    fn refused(&self, refusal: &Refusal, request: &str) -> Value {
        refused(refusal, request)
    }
}

/// `size`, a ratio or exact pixels, as resolution and ratio; 16:9 where nothing is said.
pub(super) fn sized(service: &str, request: &mut Map<String, Value>) -> Result<(), Refusal> {
    let size = request.remove("size").and_then(|size| size.as_str().map(str::to_owned));
    let size = size.unwrap_or_else(|| "16:9".to_owned());
    let bad = || Refusal::bad("size", format!("`{size}` is neither a ratio nor a size that the model makes"));
    if let Some((width, height)) = size.split_once('x') {
        let model = request.get("model").and_then(Value::as_str).and_then(|id| find(service, id)).ok_or_else(bad)?;
        let pixels = (width.parse().map_err(|_| bad())?, height.parse().map_err(|_| bad())?);
        let (tier, ratio) = model.shape(pixels).ok_or_else(bad)?;
        let asked = request.insert("resolution".to_owned(), json!(tier));
        if asked.is_some_and(|asked| asked != tier) {
            return Err(Refusal::bad("resolution", format!("{size} is {tier}")));
        }
        request.insert("ratio".to_owned(), json!(ratio));
    } else if RATIOS.contains(&size.as_str()) {
        request.insert("ratio".to_owned(), json!(size));
    } else {
        return Err(bad());
    }
    Ok(())
}

fn picture(field: &Field) -> Result<Input, Refusal> {
    let taken = ["image/jpeg", "image/png", "image/webp"];
    if !field.kind.as_deref().is_some_and(|kind| taken.contains(&kind)) {
        return Err(Refusal::bad("input_reference", "a reference must be JPEG, PNG or WebP"));
    }
    pictures::check("input_reference", &field.bytes)?;
    let bytes = Some(field.bytes.to_vec().into());
    Ok(Input { role: "reference_image".to_owned(), address: String::new(), bytes })
}

/// The language of JSON gateways.
#[derive(Debug)]
pub(super) struct Gateway;

/// Options that a gateway takes at the top or in `metadata`, never in both places.
const OPTIONS: &[&str] =
    &["resolution", "ratio", "generate_audio", "watermark", "camera_fixed", "return_last_frame", "seed", "duration"];

impl Dialect for Gateway {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        wanted(method, path)
    }

    fn id(&self, nth: usize) -> String {
        format!("video_gateway{nth:06x}")
    }

    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal> {
        let mut given = object(asked)?;
        let metadata = given.remove("metadata").unwrap_or_else(|| json!({}));
        let Value::Object(mut metadata) = metadata else { return Err(Refusal::bad("metadata", "it is no object")) };
        let mut request = Map::new();
        let prompt =
            given.remove("prompt").filter(|prompt| prompt.as_str().is_some_and(|text| !text.trim().is_empty()));
        let prompt = prompt.ok_or_else(|| Refusal::missing("prompt"))?;
        let mut content = vec![json!({"type": "text", "text": prompt})];
        if let Some(items) = metadata.remove("content") {
            let items = items.as_array().cloned().ok_or_else(|| Refusal::bad("metadata.content", "it is no list"))?;
            // The prompt counts, and text among the frames is dropped.
            content.extend(items.into_iter().filter(|item| item["type"] != "text"));
        }
        for image in given.remove("image").into_iter().chain(given.remove("images").into_iter().flat_map(listed)) {
            content.push(json!({"type": "image_url", "image_url": {"url": image}}));
        }
        request.insert("content".to_owned(), Value::Array(content));
        if let Some(seconds) = given.remove("seconds") {
            let number: Option<i64> = seconds.as_str().and_then(|text| text.parse().ok());
            let number =
                number.ok_or_else(|| Refusal::bad("seconds", "`seconds` must be a string of a whole number"))?;
            request.insert("duration".to_owned(), json!(number));
        }
        for (name, value) in given.into_iter().chain(metadata) {
            match name.as_str() {
                "model" => {}
                "n" if value == 1 => continue,
                "response_format" if value == "url" => continue,
                "user" if value.is_string() => continue,
                option if OPTIONS.contains(&option) => {}
                _ => return Err(Refusal::bad(&name, format!("`{name}` is not taken here, or not with {value}"))),
            }
            let value = if name == "ratio" && value == "auto" { json!("adaptive") } else { value };
            if request.insert(name.clone(), value).is_some() {
                return Err(Refusal::bad(&name, format!("`{name}` is there twice")));
            }
        }
        // This gateway makes no sound unless it is asked to.
        request.entry("generate_audio").or_insert(json!(false));
        order(service, &request, resolve)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        self.shown(view)
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let (task, order) = (view.task, &view.task.order);
        let done = view.stand == Stand::Done;
        let mut answer = json!({
            "id": task.id, "task_id": task.id, "object": "video", "model": order.model_id, "status": word(view),
            "progress": progress(view), "created_at": view.time(task.created),
            "completed_at": done.then(|| view.time(view.now)),
            "expires_at": done.then(|| view.time(view.now + 86_400)),
            "seconds": order.seconds.to_string(), "size": format!("{}x{}", order.size.0, order.size.1),
            "error": view.error(),
        });
        view.place(&mut answer, self.video_place(), self.frame_place());
        wrapped(view, answer)
    }

    fn frame_place(&self) -> Option<&'static str> {
        Some("metadata.last_frame_url")
    }

    fn video_place(&self) -> &'static str {
        "metadata.url"
    }

    fn no_task(&self, id: &str) -> Refusal {
        no_task(id)
    }

    fn refused(&self, refusal: &Refusal, request: &str) -> Value {
        refused(refusal, request)
    }
}

fn listed(value: Value) -> Vec<Value> {
    if let Value::Array(items) = value { items } else { vec![value] }
}
