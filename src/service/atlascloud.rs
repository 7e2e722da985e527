//! `AtlasCloud`: one model name for each mode, `image` and `last_image` for frames, lists for references.
//!
//! A web firewall in front refuses requests without a usual `User-Agent`. For about 30 s after an order a look may say
//! that there is no such prediction, with status 400 or 404. Where the last frame comes back is not documented: it is
//! looked for among the outputs. Whether failed jobs cost money is not documented.

use serde_json::{Map, Value, json};

use super::ark_dialect::{duration, ratio};
use super::http::{Body, HttpRequest, HttpResponse, Method, Part, PartValue, escaped};
use super::list_price::{second, tokens};
use super::replies::Replies;
use super::reply::{Charged, ErrorKind, ServiceError, TaskState};
use super::{Attachment, Content, Dialect, Files, LastFrame, Offer, PollBounds, Service, Submission, fields};
use crate::catalog::Mode::{self, FirstFrame, FirstLast, Reference, Text};
use crate::catalog::Resolution::{P480, P720};
use crate::money::Currency;

/// The day the pages and prices were read.
const READ: &str = "2026-11-20";

/// `AtlasCloud`.
pub(super) const ATLASCLOUD: Service = Service {
    id: "atlascloud",
    title: "AtlasCloud",
    dialect: Some(&Atlas),
    account: "the console of AtlasCloud (console.atlascloud.ai)",
    assets: true,
    key_env: &["ATLASCLOUD_API_KEY"],
    base_env: "STORYREEL_ATLASCLOUD_BASE_URL",
    base: Some("https://api.atlascloud.ai/api/v1"),
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 30, per_second: 1 },
    last_frame: LastFrame::Perhaps,
    video_files: Files::Uploaded,
    audio_files: Files::Uploaded,
    link_hours: 24,
    offers: OFFERS,
    read: READ,
    reference: "https://www.atlascloud.ai/docs/en/predictions",
    ..Service::NONE
};

/// The mode ends the model's name. Sizes above 720p are offered for some models only, one of them enlarged from a
/// smaller picture, so none is promised.
const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "bytedance/seedance-2.5",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 30),
        retired: None,
        // The page names no resolution. At 720p it would lie far below the price of the maker, so it is that of 480p.
        prices: &[(P480, second(134_000, Currency::USD, READ))],
    },
    Offer {
        family: "seedance-2.0",
        model: "bytedance/seedance-2.0",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        // 0.0112 and 0.00688 for a thousand tokens.
        prices: &[
            (P480, tokens(11_200_000, 6_880_000, Currency::USD, READ)),
            (P720, tokens(11_200_000, 6_880_000, Currency::USD, READ)),
        ],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "bytedance/seedance-2.0-fast",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
    Offer {
        family: "seedance-2.0-mini",
        model: "bytedance/seedance-2.0-mini",
        modes: &[Text, FirstFrame, FirstLast, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[],
    },
];

const REPLIES: Replies = Replies {
    service: "atlascloud",
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
struct Atlas;

/// The model's name for a mode, unless it names one already.
fn slug(clip: &Submission) -> String {
    if clip.model.ends_with("-to-video") {
        return clip.model.clone();
    }
    let mode = match clip.mode {
        Mode::Text => "text-to-video",
        Mode::FirstFrame | Mode::FirstLast => "image-to-video",
        Mode::Reference => "reference-to-video",
    };
    format!("{}/{mode}", clip.model)
}

impl Dialect for Atlas {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let mut body = Map::new();
        let mut set = |key: &str, value: Value| {
            body.insert(key.to_owned(), value);
        };
        set("model", json!(slug(clip)));
        set("prompt", json!(clip.prompt));
        let sent = |role: &str| -> Vec<String> {
            clip.inputs.iter().filter(|input| input.role == role).map(|input| input.content.address()).collect()
        };
        for (role, key) in [("first_frame", "image"), ("last_frame", "last_image")] {
            if let Some(address) = sent(role).first() {
                set(key, json!(address));
            }
        }
        for (role, key) in [
            ("reference_image", "reference_images"),
            ("reference_video", "reference_videos"),
            ("reference_audio", "reference_audios"),
        ] {
            let addresses = sent(role);
            if !addresses.is_empty() {
                set(key, json!(addresses));
            }
        }
        set("duration", json!(duration(clip)));
        set("resolution", json!(clip.resolution.to_string()));
        set("ratio", json!(ratio(clip).to_string()));
        set("generate_audio", json!(clip.audio));
        set("watermark", json!(clip.watermark));
        set("return_last_frame", json!(clip.return_last_frame));
        if let Some(seed) = clip.seed {
            set("seed", json!(seed));
        }
        HttpRequest::post("/model/generateVideo", Value::Object(body))
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ServiceError> {
        REPLIES.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        HttpRequest::get(format!("/model/prediction/{}", escaped(task)))
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ServiceError> {
        REPLIES.polled(reply)
    }

    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        REPLIES.names(reply)
    }

    fn error(&self, reply: &HttpResponse) -> ServiceError {
        REPLIES.rejected(reply)
    }

    fn poll_error(&self, reply: &HttpResponse) -> ServiceError {
        REPLIES.not_seen(reply)
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
        let body = Body::Form(vec![Part { name: "file", value }]);
        Some(HttpRequest { method: Method::Post, path: "/model/uploadMedia".to_owned(), body })
    }

    fn uploaded(&self, reply: &HttpResponse) -> Result<String, ServiceError> {
        let body: Value = reply.json(REPLIES.service)?;
        let address = fields::address(&body, &["/data/download_url", "/url", "/data/url"], |_, _| true);
        address.ok_or_else(|| reply.unreadable(REPLIES.service, "there is no address of the uploaded file in it"))
    }
}
