//! `CometAPI`: an order is a form, which has no place for a first frame.

use storyreel_core::catalog::Mode;
use storyreel_core::provider::reply::{ProviderError, TaskState};

use super::http::{FormPart, HttpRequest, HttpResponse, Method, PartValue, RequestBody};
use super::replies::Replies;
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Attachment, Content, Dialect, Submission};

/// The words that ask to start from a picture that is sent as a reference.
const START: &str = "Start exactly from [Image 1]: it is the first frame of the video.";

const COMET: Replies = Replies { service: "cometapi", ..REPLIES };

#[derive(Debug)]
pub(super) struct Comet;

fn text(name: &'static str, value: String) -> FormPart {
    FormPart { name, value: PartValue::Text(value) }
}

/// A picture as a file. An address cannot be one; it stands as it is, to be refused rather than left out unseen.
fn picture(at: usize, input: &Attachment) -> FormPart {
    let value = match &input.content {
        Content::Address(address) => PartValue::Text(address.clone()),
        Content::Bytes { mime, bytes } => {
            let name = format!("image-{}.{}", at + 1, mime.rsplit('/').next().unwrap_or("bin"));
            PartValue::File { name, mime, bytes: bytes.clone() }
        }
    };
    FormPart { name: "input_reference", value }
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
        HttpRequest { method: Method::Post, path: VIDEOS.to_owned(), body: RequestBody::Form(parts) }
    }

    fn submitted(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        COMET.submitted(reply)
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
    }

    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        COMET.polled(reply)
    }

    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        COMET.names(reply)
    }

    fn error(&self, reply: &HttpResponse) -> ProviderError {
        COMET.rejected(reply)
    }

    fn poll_error(&self, reply: &HttpResponse) -> ProviderError {
        COMET.not_seen(reply)
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }
}
