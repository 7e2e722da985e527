//! An OpenAI-style `/v1/videos`, in the form that a gateway wants.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use storyreel_core::catalog::InputRole;
use storyreel_core::provider::reply::ProviderError;
use storyreel_core::provider::{BodyForm, FramesPlace, GatewayForm, OptionsPlace};

use super::ark::item;
use super::body::{OrderBody, sent_seconds};
use super::form::{file_part, text_part};
use super::http::{HttpRequest, HttpResponse, Method, RequestBody};
use super::replies::Replies;
use super::video_object::{self, REPLIES, VIDEOS};
use super::video_server::{MODELS, ServerKind};
use super::{Dialect, Submission};

/// A gateway of the `OpenAI` style.
#[derive(Debug)]
pub(super) struct OpenAiVideo {
    form: GatewayForm,
}

static GATEWAYS: LazyLock<Vec<OpenAiVideo>> =
    LazyLock::new(|| GatewayForm::all().into_iter().map(|form| OpenAiVideo { form }).collect());

/// The dialect of gateways that want orders of this form.
pub(super) fn gateway(form: GatewayForm) -> &'static dyn Dialect {
    GATEWAYS.iter().find(|gateway| gateway.form == form).expect("there is one for every form")
}

/// The id that an id of `LiteLLM` wraps (1.99, read 2026-11-27): `video_` and in base64
/// `litellm:custom_llm_provider:…;model_id:…;video_id:ID`.
fn wrapped_id(id: &str) -> Option<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let packed = id.strip_prefix("video_")?.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(packed).or_else(|_| URL_SAFE_NO_PAD.decode(packed)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (_, id) = text.strip_prefix("litellm:")?.split_once("video_id:")?;
    Some(id.to_owned()).filter(|id| !id.is_empty())
}

impl OpenAiVideo {
    /// The fields of an order beside the pictures that go as files.
    fn fields(&self, clip: &Submission) -> Map<String, Value> {
        let spec = &clip.spec;
        let mut body = OrderBody::default();
        body.set("model", spec.model.as_str());
        body.set("prompt", spec.prompt.as_str());
        body.set("seconds", sent_seconds(spec).to_string());
        let mut metadata = OrderBody::default();
        match self.form.options {
            OptionsPlace::Top => body.set_common_fields(clip),
            OptionsPlace::Metadata => metadata.set_common_fields(clip),
            OptionsPlace::None => body.set("size", spec.size.to_string()),
        }
        let content: Vec<Value> = clip.inputs.iter().map(|input| item(input.role, &input.content)).collect();
        match self.form.frames {
            FramesPlace::Metadata if !content.is_empty() => metadata.set("content", content),
            FramesPlace::Content if !content.is_empty() => {
                let words = json!({"type": "text", "text": spec.prompt});
                body.set("content", [vec![words], content].concat());
            }
            FramesPlace::InputReference if self.form.body == BodyForm::Json => {
                let first = clip.inputs.iter().find(|input| input.role == InputRole::FirstFrame);
                if let Some(first) = first {
                    body.set("input_reference", json!({"image_url": first.content.address()}));
                }
            }
            _ => {}
        }
        let metadata = metadata.into_fields();
        if !metadata.is_empty() {
            body.set("metadata", Value::Object(metadata));
        }
        body.into_fields()
    }
}

impl Dialect for OpenAiVideo {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let fields = self.fields(clip);
        if self.form.body == BodyForm::Json {
            return HttpRequest::post(VIDEOS, Value::Object(fields));
        }
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let mut parts: Vec<_> = fields.into_iter().map(|(name, value)| text_part(name, text(value))).collect();
        if self.form.frames == FramesPlace::InputReference {
            let pictures = clip.inputs.iter().filter(|input| input.role == InputRole::FirstFrame);
            parts.extend(pictures.enumerate().map(|(at, input)| file_part("input_reference", at, input)));
        }
        HttpRequest { body: RequestBody::Form(parts), ..HttpRequest::new(Method::Post, VIDEOS) }
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
    }

    fn replies(&self) -> &Replies {
        &REPLIES
    }

    /// `LiteLLM` wraps the id of the server behind it, in a poll in other words than in the answer to the order.
    fn is_called(&self, ticket: &str, name: &str) -> bool {
        ticket == name || wrapped_id(ticket).is_some_and(|id| wrapped_id(name) == Some(id))
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }

    /// Open servers take JSON, too, and drop `metadata`, where the first frame is.
    fn probe(&self, clip: &Submission) -> Option<HttpRequest> {
        let sends_json = self.form.body == BodyForm::Json;
        (sends_json && !clip.inputs.is_empty()).then(|| HttpRequest::get(MODELS))
    }

    fn probed(&self, _clip: &Submission, reply: &HttpResponse) -> Result<(), ProviderError> {
        match ServerKind::of(reply) {
            Some(kind) => Err(kind.refusal(
                REPLIES.provider,
                "it drops the pictures of an order in JSON without a word; use `provider: video-server` for it",
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dialect as _;
    use super::*;

    #[test]
    fn a_wrapped_id_is_known_in_other_words() {
        let gateway = OpenAiVideo { form: GatewayForm::default() };
        let ordered = "video_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDpXYW4tQUkvV2FuMi4yLVRJMlYtNUI7dmlkZW9faWQ6dmlkZW9fZ2VuXzE";
        let polled = "video_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDo7dmlkZW9faWQ6dmlkZW9fZ2VuXzE=";
        let other = "video_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDo7dmlkZW9faWQ6dmlkZW9fZ2VuXzI=";
        assert_eq!(wrapped_id(polled).as_deref(), Some("video_gen_1"));
        assert!(gateway.is_called(ordered, polled) && gateway.is_called("video_1", "video_1"));
        for (ticket, name) in [(ordered, other), (ordered, "video_gen_1"), ("video_1", "video_2"), ("video_", "video_")]
        {
            assert_eq!(gateway.is_called(ticket, name), ticket == name, "{name}");
        }
    }
}
