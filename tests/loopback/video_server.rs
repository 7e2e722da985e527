//! An open model on one's own machine behind `/v1/videos`: vLLM-Omni, and `SGLang`, which holds one picture only.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::ark::object;
use super::dialect::{Dialect, View, Wanted};
use super::models::{Model, OTHER_MAKER};
use super::openai::sized;
use super::pictures;
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Input, Order, Stand};
use super::wire::{Asked, Field};

/// The language of open servers; the word by which one says whose it is.
#[derive(Debug)]
pub(super) struct VideoServer {
    pub(super) owner: &'static str,
}

/// A model that has open weights.
pub(super) const WAN: Model = Model {
    family: "wan-2.2",
    others: &[
        ("video-server", "Wan-AI/Wan2.2-TI2V-5B"),
        ("second-server", "Wan-AI/Wan2.2-TI2V-5B"),
        ("sglang", "Wan-AI/Wan2.2-TI2V-5B"),
    ],
    sizes: &[("480p", "16:9", (832, 480)), ("480p", "9:16", (480, 832))],
    tiers: &["480p"],
    default_tier: "480p",
    seconds: (1, 5),
    references: (2, 0, 0),
    audio: false,
    fields: &["seed"],
    ..OTHER_MAKER
};

fn picture(field: &Field, role: &str) -> Result<Input, Refusal> {
    pictures::check(&field.name, &field.bytes)?;
    Ok(Input { role: role.to_owned(), address: String::new(), bytes: Some(field.bytes.to_vec().into()) })
}

/// First and last frame of a list of addresses with their bytes inside.
fn frames(text: &str) -> Result<Vec<Input>, Refusal> {
    let list: Vec<Value> = serde_json::from_str(text).map_err(|_| Refusal::bad("image_reference", "no JSON list"))?;
    let mut inputs = Vec::new();
    for (item, role) in list.iter().zip(["first_frame", "last_frame"]) {
        let address = item["image_url"].as_str().ok_or_else(|| Refusal::missing("image_reference.image_url"))?;
        let bytes = pictures::decode("image_reference", "image_url", address)?;
        inputs.push(Input { role: role.to_owned(), address: String::new(), bytes: Some(bytes) });
    }
    if list.len() > 2 { Err(Refusal::bad("image_reference", "at most a first and a last frame")) } else { Ok(inputs) }
}

impl VideoServer {
    /// The fields of an order in JSON, which `SGLang` reads as well.
    fn json_fields(&self, asked: &Asked) -> Option<Vec<Field>> {
        let fields = object(asked).ok().filter(|_| self.holds_one_picture())?;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let field = |(name, value): (String, Value)| Field {
            name,
            file: None,
            kind: None,
            bytes: text(&value).into_bytes().into(),
        };
        Some(fields.into_iter().map(field).collect())
    }

    fn holds_one_picture(&self) -> bool {
        self.owner == "sglang"
    }
}

impl Dialect for VideoServer {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        if (method, path) == ("GET", "/v1/models") {
            return Some(Wanted::Models);
        }
        super::openai::wanted(method, path)
    }

    fn is_open(&self) -> bool {
        true
    }

    fn id(&self, nth: usize) -> String {
        format!("video_gen_{nth:032x}")
    }

    fn order(&self, service: &'static str, asked: &Asked, _: Resolve<'_>) -> Result<Order, Refusal> {
        let read = match &asked.form {
            Some(_) => None,
            None => self.json_fields(asked),
        };
        let form = asked.form.as_ref().or(read.as_ref());
        let form = form.ok_or_else(|| Refusal::new(422, "missing", "Field required: prompt"))?;
        let mut request = Map::new();
        let mut inputs = Vec::new();
        let mut seen = BTreeSet::new();
        for field in form {
            if field.name != "input_references" && !seen.insert(field.name.clone()) {
                return Err(Refusal::bad(&field.name, "the part is there twice"));
            }
            match (field.name.as_str(), &field.file) {
                ("prompt", None) => {
                    request.insert("content".to_owned(), json!([{"type": "text", "text": field.text()}]));
                }
                ("model", None) => drop(request.insert("model".to_owned(), json!(field.text()))),
                ("seconds", None) => {
                    let seconds: i64 = field.text().parse().map_err(|_| Refusal::bad("seconds", "no whole number"))?;
                    request.insert("duration".to_owned(), json!(seconds));
                }
                ("size", None) => drop(request.insert("size".to_owned(), json!(field.text()))),
                ("seed", None) => {
                    let seed: i64 = field.text().parse().map_err(|_| Refusal::bad("seed", "no whole number"))?;
                    request.insert("seed".to_owned(), json!(seed));
                }
                ("fps", None) if field.text() == "24" => {}
                ("input_reference", Some(_)) => inputs.push(picture(field, "first_frame")?),
                // SGLang's form has no such parts, and says nothing of it.
                ("image_reference" | "input_references", _) if self.holds_one_picture() => {}
                ("image_reference", None) => inputs.extend(frames(&field.text())?),
                ("input_references", Some(_)) => inputs.push(picture(field, "reference_image")?),
                (name, _) => return Err(Refusal::bad(name, format!("`{name}` is not a part of the form"))),
            }
        }
        sized(service, &mut request)?;
        let mut order = order(service, &request, &|_| None)?;
        order.audio = false;
        order.inputs = inputs;
        Ok(order)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        self.shown(view)
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let (task, order) = (view.task, &view.task.order);
        let word = match view.stand {
            Stand::Queued => "queued",
            Stand::Running => "in_progress",
            Stand::Done => "completed",
            Stand::Failed(..) | Stand::Expired | Stand::Cancelled => "failed",
        };
        let mut answer = json!({
            "id": task.id, "object": "video", "model": order.model_id, "status": view.word(word),
            "progress": if view.stand == Stand::Done { 100 } else { 0 }, "created_at": view.time(task.created),
            "seconds": order.seconds.to_string(), "size": format!("{}x{}", order.size.0, order.size.1),
        });
        if let Stand::Failed(_, message) = &view.stand {
            answer["error"] = json!({"code": "500", "message": message});
        }
        answer
    }

    /// A job that failed is shown with the status of its failure.
    fn shown_status(&self, stand: &Stand) -> u16 {
        if matches!(stand, Stand::Failed(..)) && self.owner == "vllm" { 500 } else { 200 }
    }

    fn models(&self) -> Value {
        let id = "Wan-AI/Wan2.2-TI2V-5B";
        json!({"object": "list", "data": [{"id": id, "object": "model", "owned_by": self.owner}]})
    }

    fn frame_place(&self) -> Option<&'static str> {
        None
    }

    fn video_place(&self) -> &'static str {
        ""
    }

    fn no_task(&self, id: &str) -> Refusal {
        Refusal::new(404, "not_found", format!("Video {id} not found"))
    }

    fn refused(&self, refusal: &Refusal, _: &str) -> Value {
        json!({"error": {"message": refusal.message, "type": "invalid_request_error", "code": refusal.status}})
    }
}
