//! `OpenRouter`: `/videos` for the models of many makers, and a bill in US dollars. What a model does not know is dropped
//! without a word, as the real one does.

use serde_json::{Map, Value, json};

use super::ark::object;
use super::dialect::{Dialect, View, Wanted};
use super::models::Model;
use super::rules::{Refusal, Resolve, order};
use super::tasks::{Order, Stand};
use super::wire::Asked;

/// `OpenRouter`'s language.
#[derive(Debug)]
pub(super) struct OpenRouter;

/// The code of a failure that is billed with 45 US dollars.
const BILLED_FAILURE: &str = "failed_after_work";

/// A model of the list and what a second costs, in thousandths of a US dollar: with sound, and without.
struct Listed {
    id: &'static str,
    lengths: &'static [u32],
    resolutions: &'static [&'static str],
    frames: &'static [&'static str],
    seed: bool,
    sounding: u32,
    silent: u32,
}

const LISTED: &[Listed] = &[
    Listed {
        id: "bytedance/seedance-2.0",
        lengths: &[4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        resolutions: &["480p", "720p", "1080p"],
        frames: &["first_frame", "last_frame"],
        seed: true,
        sounding: 160,
        silent: 160,
    },
    Listed {
        id: "google/veo-3.1",
        lengths: &[4, 6, 8],
        resolutions: &["720p", "1080p"],
        frames: &["first_frame", "last_frame"],
        seed: true,
        sounding: 400,
        silent: 200,
    },
    Listed {
        id: "kwaivgi/kling-v3.0",
        lengths: &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        resolutions: &["720p", "1080p"],
        frames: &["first_frame", "last_frame"],
        seed: false,
        sounding: 126,
        silent: 84,
    },
];

fn listed(id: &str) -> Option<&'static Listed> {
    LISTED.iter().find(|model| model.id == id)
}

/// Takes a frame or a reference apart into what the maker is given.
fn content(item: &Value, role: &str) -> Result<Value, Refusal> {
    let kind = item["type"].as_str().ok_or_else(|| Refusal::missing("type"))?;
    let url = item[kind]["url"].as_str().ok_or_else(|| Refusal::missing(&format!("{kind}.url")))?;
    Ok(json!({"type": kind, kind: {"url": url}, "role": role}))
}

impl Dialect for OpenRouter {
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted> {
        let rest = path.strip_prefix("/videos")?;
        match (method, rest.split('/').skip(1).collect::<Vec<_>>()[..].as_ref()) {
            ("POST", []) if rest.is_empty() => Some(Wanted::Submit),
            ("GET", ["models"]) => Some(Wanted::Models),
            ("GET", [id]) if !id.is_empty() => Some(Wanted::Poll((*id).to_owned())),
            ("GET", [id, "content"]) => Some(Wanted::Content((*id).to_owned())),
            _ => None,
        }
    }

    fn id(&self, nth: usize) -> String {
        format!("gen-vid-1795000000-{nth:08x}")
    }

    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal> {
        let mut given = object(asked)?;
        let model = given.remove("model").filter(Value::is_string).ok_or_else(|| Refusal::missing("model"))?;
        let known = model.as_str().and_then(listed);
        let known = known.ok_or_else(|| Refusal::new(400, "400", format!("{model} is not a valid model ID")))?;
        let prompt = given.remove("prompt").filter(Value::is_string).ok_or_else(|| Refusal::missing("prompt"))?;
        let mut content_items = vec![json!({"type": "text", "text": prompt})];
        let frames = given.remove("frame_images");
        let references = given.remove("input_references");
        for item in frames.iter().filter_map(Value::as_array).flatten() {
            let which = item["frame_type"].as_str().unwrap_or_default().to_owned();
            if !known.frames.contains(&which.as_str()) {
                return Err(Refusal::bad("frame_images", format!("`{which}` is not taken by {}", known.id)));
            }
            content_items.push(content(item, &which)?);
        }
        // Frames and references together are taken as frames alone.
        for item in references.iter().filter(|_| frames.is_none()).filter_map(Value::as_array).flatten() {
            let role = match item["type"].as_str() {
                Some("video_url") => "reference_video",
                Some("audio_url") => "reference_audio",
                _ => "reference_image",
            };
            content_items.push(content(item, role)?);
        }
        let mut request = Map::new();
        request.insert("model".to_owned(), json!(known.id));
        request.insert("content".to_owned(), Value::Array(content_items));
        for (name, value) in given {
            match name.as_str() {
                "duration" => {
                    let length = value.as_u64().and_then(|length| u32::try_from(length).ok());
                    if !length.is_some_and(|length| known.lengths.contains(&length)) {
                        return Err(Refusal::bad("duration", format!("duration must be one of {:?}", known.lengths)));
                    }
                    request.insert(name, value);
                }
                "resolution" if value.as_str().is_some_and(|at| known.resolutions.contains(&at)) => {
                    request.insert(name, value);
                }
                "aspect_ratio" => drop(request.insert("ratio".to_owned(), value)),
                "generate_audio" => drop(request.insert(name, value)),
                "seed" if known.seed => drop(request.insert(name, value)),
                "resolution" => return Err(Refusal::bad(&name, format!("{value} is not made by {}", known.id))),
                // The rest is dropped.
                _ => {}
            }
        }
        order(service, &request, resolve)
    }

    fn accepted(&self, view: &View<'_>) -> Value {
        let id = &view.task.id;
        json!({"id": id, "generation_id": null, "polling_url": format!("/api/v1/videos/{id}"), "status": "pending"})
    }

    fn accepted_status(&self) -> u16 {
        202
    }

    fn shown(&self, view: &View<'_>) -> Value {
        let (task, order) = (view.task, &view.task.order);
        let word = match view.stand {
            Stand::Queued => "pending",
            Stand::Running => "in_progress",
            Stand::Done => "completed",
            Stand::Failed(..) => "failed",
            Stand::Expired => "expired",
            Stand::Cancelled => "cancelled",
        };
        let mut answer = json!({
            "id": task.id, "polling_url": format!("/api/v1/videos/{}", task.id), "status": view.word(word),
            "model": order.model_id,
        });
        view.place(&mut answer, self.video_place(), None);
        match &view.stand {
            Stand::Done => {
                let listed = listed(&order.model_id).expect("it was ordered");
                let second = if order.audio { listed.sounding } else { listed.silent };
                let cost = f64::from(second * order.seconds) / 1000.0;
                answer["usage"] = json!({"cost": cost, "is_byok": false});
            }
            Stand::Failed(code, message) => {
                answer["error"] = json!(message);
                // A provider behind the gateway bills work that ended without a clip.
                if *code == Some(BILLED_FAILURE) {
                    answer["usage"] = json!({"cost": 45, "is_byok": false});
                }
            }
            _ => {}
        }
        answer
    }

    fn models(&self) -> Value {
        let data = LISTED.iter().map(|model| {
            let usd = |thousandths: u32| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            json!({
                "id": model.id, "name": model.id, "created": 1_794_000_000, "supported_durations": model.lengths,
                "supported_resolutions": model.resolutions, "supported_aspect_ratios": ["16:9", "9:16"],
                "supported_sizes": null, "supported_frame_images": model.frames, "generate_audio": true,
                "seed": model.seed, "allowed_passthrough_parameters": [],
                "pricing_skus": {
                    "duration_seconds_with_audio": usd(model.sounding), "duration_seconds": usd(model.silent),
                },
            })
        });
        json!({"data": data.collect::<Vec<_>>()})
    }

    fn frame_place(&self) -> Option<&'static str> {
        None
    }

    fn video_place(&self) -> &'static str {
        "urls[]"
    }

    fn no_task(&self, id: &str) -> Refusal {
        Refusal::new(404, "404", format!("Video generation {id} not found"))
    }

    fn refused(&self, refusal: &Refusal, _: &str) -> Value {
        json!({"error": {"code": refusal.status, "message": refusal.message, "metadata": {"code": refusal.code}}})
    }
}

/// What the makers' clips are like, for [`super::models`].
pub(super) const KLING: Model = Model {
    family: "kling-3.0",
    others: &[("openrouter", "kwaivgi/kling-v3.0")],
    tiers: &["720p", "1080p"],
    seconds: (3, 15),
    fields: &[],
    ..super::models::OTHER_MAKER
};

/// The same for Veo.
pub(super) const VEO: Model = Model {
    family: "veo-3.1",
    others: &[("openrouter", "google/veo-3.1")],
    tiers: &["720p", "1080p"],
    seconds: (4, 8),
    fields: &["seed"],
    ..super::models::OTHER_MAKER
};
