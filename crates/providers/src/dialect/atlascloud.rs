//! `AtlasCloud`: one model name for each mode, `image` and `last_image` for frames, lists for references.

use serde_json::Value;
use storyreel_core::catalog::{InputRole, Mode, RenderSpec};
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError};

use super::body::{OrderBody, sent_seconds};
use super::http::{FormPart, HttpRequest, HttpResponse, Method, PartValue, RequestBody, escaped};
use super::replies::Replies;
use super::{Attachment, Content, Dialect, Submission, fields};

const REPLIES: Replies = Replies {
    provider: "atlascloud",
    task: &["/data/id", "/data/predictionId", "/predictionId", "/id"],
    status: &["/data/status", "/status"],
    progress: &[],
    video: &["/data/outputs/0", "/data/outputs/1", "/outputs/0", "/outputs/1"],
    last_frame: &["/data/last_frame_url", "/data/outputs/1", "/data/outputs/0", "/data/outputs/2", "/outputs/1"],
    tokens: &["/data/usage/completion_tokens"],
    seed: &["/data/seed"],
    // Times are dates in words here; links are renewed by looking anyway.
    changed: &[],
    reason: &["/data/error", "/error", "/message"],
    has_content: false,
    failed: Charged::Unknown,
    refused: Charged::Unknown,
    forbidden: ErrorKind::Auth,
    missing: &[400, 404],
    first_input: 0,
};

#[derive(Debug)]
pub(super) struct Atlas;

/// The model's name for a mode, unless it names one already.
fn slug(spec: &RenderSpec) -> String {
    if spec.model.ends_with("-to-video") {
        return spec.model.clone();
    }
    let mode = match spec.mode {
        Mode::Text => "text-to-video",
        Mode::FirstFrame | Mode::FirstLast => "image-to-video",
        Mode::Reference => "reference-to-video",
    };
    format!("{}/{mode}", spec.model)
}

/// The addresses of the inputs that play this role.
fn addresses(clip: &Submission, role: InputRole) -> Vec<String> {
    clip.inputs.iter().filter(|input| input.role == role).map(|input| input.content.address()).collect()
}

impl Dialect for Atlas {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let mut body = OrderBody::default();
        body.set("model", slug(spec));
        body.set("prompt", spec.prompt.as_str());
        body.set("duration", sent_seconds(spec));
        body.set_common_fields(clip);
        for (role, key) in [(InputRole::FirstFrame, "image"), (InputRole::LastFrame, "last_image")] {
            if let Some(address) = addresses(clip, role).into_iter().next() {
                body.set(key, address);
            }
        }
        for (role, key) in [
            (InputRole::ReferenceImage, "reference_images"),
            (InputRole::ReferenceVideo, "reference_videos"),
            (InputRole::ReferenceAudio, "reference_audios"),
        ] {
            let addresses = addresses(clip, role);
            if !addresses.is_empty() {
                body.set(key, addresses);
            }
        }
        body.post("/model/generateVideo")
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("/model/prediction/{}", escaped(task)))
    }

    fn replies(&self) -> &Replies {
        &REPLIES
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("user-agent", concat!("storyreel/", env!("CARGO_PKG_VERSION")))]
    }

    fn upload(&self, file: &Attachment) -> Option<HttpRequest> {
        let Content::Bytes { mime, bytes } = &file.content else { return None };
        let ending = match *mime {
            "video/quicktime" => "mov",
            "audio/mpeg" => "mp3",
            other => other.rsplit('/').next().unwrap_or("bin").trim_start_matches("x-"),
        };
        let value = PartValue::File { name: format!("{}.{ending}", file.role), mime, bytes: bytes.clone() };
        let body = RequestBody::Form(vec![FormPart { name: "file".to_owned(), value }]);
        Some(HttpRequest { body, ..HttpRequest::new(Method::Post, "/model/uploadMedia") })
    }

    fn uploaded(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        let body: Value = reply.json(REPLIES.provider)?;
        let address = fields::address(&body, &["/data/download_url", "/url", "/data/url"], |_, _| true);
        address.ok_or_else(|| reply.unreadable(REPLIES.provider, "there is no address of the uploaded file in it"))
    }
}
