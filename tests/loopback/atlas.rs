//! `AtlasCloud`: one path for orders, predictions to look at, and uploads.

use serde_json::{Map, Value, json};

use super::ark::object;
use super::dialect::{Dialect, View, Wanted};
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Order, Stand};
use super::wire::Asked;

/// `AtlasCloud`'s language.
#[derive(Debug)]
pub(super) struct Atlas;

/// Fields that go to the model as they are.
const OPTIONS: &[&str] =
    &["duration", "resolution", "ratio", "generate_audio", "watermark", "return_last_frame", "seed", "output_format"];

/// Lists of references, their type, and their role.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("reference_images", "image_url", "reference_image"),
    ("reference_videos", "video_url", "reference_video"),
    ("reference_audios", "audio_url", "reference_audio"),
];

impl Dialect for Atlas {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        match (method, path) {
            ("POST", "/model/generateVideo") => Some(Wanted::Submit),
            ("POST", "/model/uploadMedia") => Some(Wanted::Upload),
            ("GET", _) => {
                let id = path.strip_prefix("/model/prediction/").filter(|id| !id.is_empty() && !id.contains('/'))?;
                Some(Wanted::Poll(id.to_owned()))
            }
            _ => None,
        }
    }

    fn id(&self, nth: usize) -> String {
        format!("{nth:08x}a71a5c10d0000000")
    }

    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal> {
        let mut given = object(asked)?;
        let slug = given.remove("model").ok_or_else(|| Refusal::missing("model"))?;
        let slug = slug.as_str().unwrap_or_default().to_owned();
        let (model, mode) = slug.rsplit_once('/').unwrap_or_default();
        let mut request = Map::from_iter([("model".to_owned(), json!(model))]);
        let mut content = Vec::new();
        if let Some(prompt) = given.remove("prompt") {
            content.push(json!({"type": "text", "text": prompt}));
        }
        let mut frame = |name: &str, role: &str| {
            let address = given.remove(name)?;
            Some(json!({"type": "image_url", "image_url": {"url": address}, "role": role}))
        };
        match mode {
            "text-to-video" => {}
            "image-to-video" => {
                content.push(frame("image", "first_frame").ok_or_else(|| Refusal::missing("image"))?);
                content.extend(frame("last_image", "last_frame"));
            }
            "reference-to-video" => {
                let had = content.len();
                for (name, kind, role) in REFERENCES {
                    let Some(addresses) = given.remove(*name) else { continue };
                    let addresses = addresses.as_array().ok_or_else(|| Refusal::bad(name, "it is no list"))?;
                    let items = addresses.iter().map(|url| json!({"type": kind, *kind: {"url": url}, "role": role}));
                    content.extend(items);
                }
                if content.len() == had {
                    return Err(Refusal::missing("reference_images"));
                }
            }
            _ => return Err(Refusal::new(404, "not_found", format!("model {slug} not found"))),
        }
        for (name, value) in given {
            if !OPTIONS.contains(&name.as_str()) {
                return Err(Refusal::bad(&name, format!("`{name}` is not a field of {slug}")));
            }
            request.insert(name, value);
        }
        request.insert("content".to_owned(), Value::Array(content));
        let mut order = order(service, &request, resolve)?;
        order.model_id = slug;
        Ok(order)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        json!({"code": 200, "data": {"id": view.task.id, "status": view.word("created")}})
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let id = &view.task.id;
        let word = match view.stand {
            Stand::Queued => "starting",
            Stand::Running => "processing",
            Stand::Done => "completed",
            Stand::Failed(..) | Stand::Expired | Stand::Cancelled => "failed",
        };
        let error = match &view.stand {
            Stand::Failed(_, message) => message.as_str(),
            Stand::Expired => "the prediction ran out of time",
            _ => "",
        };
        let mut answer = json!({"code": 200, "data": {
            "id": id, "status": view.word(word), "outputs": [], "error": error, "metrics": {},
            "urls": {"get": format!("https://api.atlascloud.ai/api/v1/model/prediction/{id}")},
        }});
        view.place(&mut answer, self.video_place(), self.frame_place());
        answer
    }

    fn frame_place(&self) -> Option<&'static str> {
        Some("data.outputs[]")
    }

    fn video_place(&self) -> &'static str {
        "data.outputs[]"
    }

    fn no_task(&self, id: &str) -> Refusal {
        Refusal::new(404, "not_found", format!("prediction {id} not found"))
    }

    fn refused(&self, refusal: &Refusal, request: &str) -> Value {
        let what = refusal.param.as_ref().map(|param| format!(" ({param})")).unwrap_or_default();
        let message = format!("{}: {}{what} [{request}]", refusal.code, refusal.message);
        json!({"code": refusal.status, "message": message, "data": null})
    }

    fn uploaded(&self, address: &str, name: &str, size: usize) -> Value {
        let data = json!({"type": "file", "download_url": address, "filename": name, "size": size});
        json!({"code": 200, "message": "success", "data": data})
    }
}
