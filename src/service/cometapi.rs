//! `CometAPI`: OpenAI-style `/v1/videos` with a form. Whether failed and refused jobs cost money is not documented.
//!
//! The form knows words, length, an exact size (which settles the resolution) and reference pictures as files, the
//! latter for 2.0 only. It has no roles, so a first frame goes as the first reference picture with words that ask to
//! start from it; and no switches for sound, seed, watermark or the last frame.

use super::http::{Body, HttpRequest, HttpResponse, Method, Part, PartValue};
use super::list_price::second;
use super::replies::Replies;
use super::reply::{ServiceError, TaskState};
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Attachment, Content, Dialect, Files, FirstFrame, LastFrame, Offer, PollBounds, Service, Submission};
use crate::catalog::Mode::{self, Reference, Text};
use crate::catalog::Resolution::{P480, P720, P1080};
use crate::money::Currency;

/// The day the pages and prices were read.
const READ: &str = "2026-11-20";

const USD: Currency = Currency::USD;

/// `CometAPI`.
pub(super) const COMETAPI: Service = Service {
    id: "cometapi",
    title: "CometAPI; first frames go as references, so joints are not exact",
    dialect: Some(&Comet),
    account: "the console of CometAPI (api.cometapi.com)",
    key_env: &["COMETAPI_KEY"],
    base_env: "STORYREEL_COMETAPI_BASE_URL",
    base: Some("https://api.cometapi.com"),
    max_in_flight: 3,
    poll: PollBounds { first: 10, longest: 20, per_second: 1 },
    first_frame: FirstFrame::Hinted,
    last_frame: LastFrame::Never,
    image_addresses: false,
    video_files: Files::Unsupported,
    audio_files: Files::Unsupported,
    sends_text: false,
    sound_switch: false,
    options: false,
    decides_duration: false,
    // Signed links expire at a time that is not documented: they are renewed early.
    link_hours: 1,
    offers: OFFERS,
    read: READ,
    reference: "https://apidoc.cometapi.com/api/video/seedance/create",
    ..Service::NONE
};

const OFFERS: &[Offer] = &[
    Offer {
        family: "seedance-2.5",
        model: "seedance-2-5",
        modes: &[Text],
        resolutions: &[P480, P720],
        seconds: (4, 30),
        retired: None,
        prices: &[(P480, second(103_000, USD, READ)), (P720, second(231_000, USD, READ))],
    },
    Offer {
        family: "seedance-2.0",
        model: "doubao-seedance-2-0",
        modes: &[Text, Mode::FirstFrame, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, second(80_000, USD, READ)), (P720, second(240_000, USD, READ))],
    },
    Offer {
        family: "seedance-2.0-fast",
        model: "doubao-seedance-2-0-fast",
        modes: &[Text, Mode::FirstFrame, Reference],
        resolutions: &[P480, P720],
        seconds: (4, 15),
        retired: None,
        prices: &[(P480, second(64_000, USD, READ)), (P720, second(192_000, USD, READ))],
    },
    Offer {
        family: "seedance-1.5-pro",
        model: "doubao-seedance-1-5-pro",
        modes: &[Text],
        resolutions: &[P480, P720, P1080],
        seconds: (4, 12),
        retired: Some(("2026-09-21", "seedance-2.0-fast")),
        prices: &[
            (P480, second(18_000, USD, READ)),
            (P720, second(41_470, USD, READ)),
            (P1080, second(93_310, USD, READ)),
        ],
    },
    Offer {
        family: "seedance-1.0-pro",
        model: "doubao-seedance-1-0-pro",
        modes: &[Text],
        resolutions: &[P480, P720, P1080],
        seconds: (2, 10),
        retired: Some(("2026-07-17", "seedance-2.0-fast")),
        prices: &[
            (P480, second(18_750, USD, READ)),
            (P720, second(43_200, USD, READ)),
            (P1080, second(97_200, USD, READ)),
        ],
    },
];

/// The words that ask to start from a picture that is sent as a reference.
const START: &str = "Start exactly from [Image 1]: it is the first frame of the video.";

const COMET: Replies = Replies { service: "cometapi", ..REPLIES };

#[derive(Debug)]
struct Comet;

fn text(name: &'static str, value: String) -> Part {
    Part { name, value: PartValue::Text(value) }
}

/// A picture as a file. An address cannot be one; it stands as it is, to be refused rather than left out unseen.
fn picture(at: usize, input: &Attachment) -> Part {
    let value = match &input.content {
        Content::Address(address) => PartValue::Text(address.clone()),
        Content::Bytes { mime, bytes } => {
            let name = format!("image-{}.{}", at + 1, mime.rsplit('/').next().unwrap_or("bin"));
            PartValue::File { name, mime, bytes: bytes.clone() }
        }
    };
    Part { name: "input_reference", value }
}

impl Dialect for Comet {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let prompt = match clip.mode {
            Mode::FirstFrame | Mode::FirstLast => format!("{START}\n{}", clip.prompt),
            Mode::Text | Mode::Reference => clip.prompt.clone(),
        };
        let seconds = clip.seconds.map_or_else(|| "-1".to_owned(), |seconds| seconds.to_string());
        let mut parts = vec![
            text("model", clip.model.clone()),
            text("prompt", prompt),
            text("seconds", seconds),
            text("size", clip.size.to_string()),
        ];
        parts.extend(clip.inputs.iter().enumerate().map(|(at, input)| picture(at, input)));
        HttpRequest { method: Method::Post, path: VIDEOS.to_owned(), body: Body::Form(parts) }
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ServiceError> {
        COMET.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ServiceError> {
        COMET.polled(reply)
    }

    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        COMET.names(reply)
    }

    fn error(&self, reply: &HttpResponse) -> ServiceError {
        COMET.rejected(reply)
    }

    fn poll_error(&self, reply: &HttpResponse) -> ServiceError {
        COMET.not_seen(reply)
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }
}
