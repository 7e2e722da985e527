//! `OpenRouter`'s `/videos`: one form for the models of many makers, and a bill in money.

use serde_json::{Value, json};
use storyreel_core::catalog::{InputRole, Mode, Ratio};
use storyreel_core::money::{Currency, MICROS, Money};
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ProviderError, TaskState};
use storyreel_core::provider::{ListedModel, ServiceCatalogue};

use super::body::OrderBody;
use super::http::{HttpRequest, HttpResponse, escaped};
use super::replies::Replies;
use super::{Attachment, Dialect, Submission};

/// Where videos are made and looked at, below the base.
const VIDEOS: &str = "/videos";

/// The models, with their abilities and prices.
pub(super) const MODELS: &str = "/videos/models";

/// The most that a bill is believed to say, in US dollars: a clip of 30 s at 4k costs some ten.
const MOST_USD: f64 = 10_000.0;

/// The places of its replies. Whether failed jobs cost money it does not say.
const REPLIES: Replies = Replies {
    provider: "openrouter",
    task: &["/id"],
    status: &["/status"],
    progress: &["/progress"],
    video: &["/urls/0"],
    last_frame: &[],
    tokens: &[],
    seed: &["/seed"],
    changed: &["/completed_at", "/updated_at"],
    reason: &["/error"],
    has_content: true,
    failed: Charged::Unknown,
    refused: Charged::Unknown,
    forbidden: ErrorKind::Auth,
    missing: &[404],
    first_input: 0,
};

/// `OpenRouter`'s language.
#[derive(Debug)]
pub(super) struct OpenRouter;

/// A frame with the word that says which one it is.
fn frame(input: &Attachment) -> Value {
    let which = if input.role == InputRole::LastFrame { "last_frame" } else { "first_frame" };
    json!({"type": "image_url", "image_url": {"url": input.content.address()}, "frame_type": which})
}

/// A reference by its kind.
fn reference(input: &Attachment) -> Value {
    let kind = match input.role {
        InputRole::ReferenceVideo => "video_url",
        InputRole::ReferenceAudio => "audio_url",
        _ => "image_url",
    };
    json!({"type": kind, kind: {"url": input.content.address()}})
}

/// The amount of a bill in US dollars; `None` where that cannot be one.
fn amount(cost: &Value) -> Option<f64> {
    let amount = cost.as_f64().or_else(|| cost.as_str()?.trim().parse().ok());
    amount.filter(|usd| (0.0..=MOST_USD).contains(usd))
}

/// Whether a job that failed was charged, where its bill says so.
fn charged(body: &Value) -> Option<Charged> {
    let amount = billed(amount(body.pointer("/usage/cost")?)?);
    Some(if amount.micros > 0 { Charged::Yes(Some(amount)) } else { Charged::No })
}

/// An amount in US dollars, rounded up: a bill is never said to be less than it is.
fn billed(usd: f64) -> Money {
    let micros = (usd * MICROS as f64 - 1e-6).ceil().max(0.0) as u64;
    Money::new(micros, Currency::USD)
}

/// What its bill says: the amount, or why that is none.
fn settle(body: &Value, delivery: &mut Delivery) {
    let Some(cost) = body.pointer("/usage/cost").filter(|cost| !cost.is_null()) else { return };
    match amount(cost) {
        Some(usd) => delivery.charged = Some(billed(usd)),
        None => {
            let said = cost.as_str().map_or_else(|| cost.to_string(), str::to_owned);
            let said: String = said.chars().take(40).collect();
            delivery.odd_usage = Some(format!("its bill has a cost of `{said}`, which is impossible and is ignored"));
        }
    }
}

impl Dialect for OpenRouter {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let mut body = OrderBody::default();
        body.set("model", spec.model.as_str());
        body.set("prompt", spec.prompt.as_str());
        body.set("duration", spec.seconds.unwrap_or_else(|| spec.family.usual_seconds()));
        body.set("resolution", resolution_name(&spec.resolution.to_string()));
        if spec.ratio != Ratio::Adaptive {
            body.set("aspect_ratio", spec.ratio.to_string());
        }
        // What a model does not know is dropped there without a word, so that nothing else is sent.
        if spec.family.audio {
            body.set("generate_audio", spec.audio);
        }
        if let Some(seed) = spec.seed {
            body.set("seed", seed);
        }
        match spec.mode {
            Mode::Text => {}
            Mode::FirstFrame | Mode::FirstLast => {
                body.set("frame_images", clip.inputs.iter().map(frame).collect::<Vec<_>>());
            }
            Mode::Reference => {
                body.set("input_references", clip.inputs.iter().map(reference).collect::<Vec<_>>());
            }
        }
        body.post(VIDEOS)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("{VIDEOS}/{}", escaped(task)))
    }

    fn replies(&self) -> &Replies {
        &REPLIES
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        let body: Value = reply.json(REPLIES.provider)?;
        let mut state = REPLIES.state(&body, reply)?;
        match &mut state {
            TaskState::Done(delivery) => settle(&body, delivery),
            TaskState::Failed(error) => error.charged = charged(&body).unwrap_or(error.charged),
            _ => {}
        }
        Ok(state)
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(HttpRequest::get(format!("{VIDEOS}/{}/content?index=0", escaped(task))))
    }

    fn models(&self) -> Option<HttpRequest> {
        Some(HttpRequest::get(MODELS))
    }

    fn listed_models(&self, reply: &HttpResponse, read: String) -> Result<ServiceCatalogue, ProviderError> {
        let body: Value = reply.json(REPLIES.provider)?;
        let Some(models) = body["data"].as_array().filter(|models| !models.is_empty()) else {
            return Err(reply.unreadable(REPLIES.provider, "there is no list of models in it"));
        };
        let models: Vec<ListedModel> = models.iter().filter_map(listed_model).collect();
        if models.is_empty() {
            return Err(reply.unreadable(REPLIES.provider, "no model in its list has an id"));
        }
        Ok(ServiceCatalogue::new(REPLIES.provider, read, models))
    }
}

/// The name of a height class in its list: `4K` has a capital.
fn resolution_name(name: &str) -> String {
    name.replace('k', "K")
}

/// One model of its list; `None` for what has no id.
fn listed_model(model: &Value) -> Option<ListedModel> {
    let texts = |key: &str| {
        let list = model[key].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let seconds = model["supported_durations"].as_array().into_iter().flatten();
    let prices = model["pricing_skus"].as_object().into_iter().flatten();
    Some(ListedModel {
        id: model["id"].as_str().filter(|id| !id.is_empty())?.to_owned(),
        seconds: seconds.filter_map(|one| u32::try_from(one.as_u64()?).ok()).collect(),
        resolutions: texts("supported_resolutions"),
        ratios: texts("supported_aspect_ratios"),
        sizes: texts("supported_sizes"),
        frames: texts("supported_frame_images"),
        audio: model["generate_audio"] == true,
        seed: model["seed"] == true,
        prices: prices.map(|(name, price)| (name.clone(), amount_text(price))).collect(),
    })
}

/// A price as text, which is how the list has it. What is no amount stays, so that its price is not taken for nothing.
fn amount_text(price: &Value) -> String {
    match price {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
