//! `CometAPI`: an order is a form, which has no place for a first frame.

use storyreel_core::catalog::Mode;

use super::body::sent_seconds;
use super::http::{FormPart, HttpRequest, Method, PartValue, RequestBody};
use super::replies::Replies;
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Attachment, Content, Dialect, Submission};

/// The words that ask to start from a picture that is sent as a reference.
const START: &str = "Start exactly from [Image 1]: it is the first frame of the video.";

const COMET: Replies = Replies { provider: "cometapi", ..REPLIES };

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
        let spec = &clip.spec;
        let prompt = match spec.mode {
            Mode::FirstFrame | Mode::FirstLast => format!("{START}\n{}", spec.prompt),
            Mode::Text | Mode::Reference => spec.prompt.clone(),
        };
        let mut parts = vec![
            text("model", spec.model.clone()),
            text("prompt", prompt),
            text("seconds", sent_seconds(spec).to_string()),
            text("size", spec.size.to_string()),
        ];
        parts.extend(clip.inputs.iter().enumerate().map(|(at, input)| picture(at, input)));
        HttpRequest { method: Method::Post, path: VIDEOS.to_owned(), body: RequestBody::Form(parts) }
    }

    fn poll(&self, task: &str) -> HttpRequest {
        video_object::poll(task)
    }

    fn replies(&self) -> &Replies {
        &COMET
    }

    fn content(&self, task: &str) -> Option<HttpRequest> {
        Some(video_object::content(task))
    }
}
