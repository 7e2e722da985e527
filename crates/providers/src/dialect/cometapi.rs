//! `CometAPI`: an order is a form, which has no place for a first frame.

use storyreel_core::catalog::Mode;

use super::body::sent_seconds;
use super::form::{file_part, text_part};
use super::http::{HttpRequest, Method, RequestBody};
use super::replies::Replies;
use super::video_object::{self, REPLIES, VIDEOS};
use super::{Dialect, Submission};

/// The words that ask to start from a picture that is sent as a reference.
const START: &str = "Start exactly from [Image 1]: it is the first frame of the video.";

const COMET: Replies = Replies { provider: "cometapi", ..REPLIES };

#[derive(Debug)]
pub(super) struct Comet;

impl Dialect for Comet {
    fn submit(&self, clip: &Submission) -> HttpRequest {
        let spec = &clip.spec;
        let prompt = match spec.mode {
            Mode::FirstFrame | Mode::FirstLast => format!("{START}\n{}", spec.prompt),
            Mode::Text | Mode::Reference => spec.prompt.clone(),
        };
        let mut parts = vec![
            text_part("model", spec.model.clone()),
            text_part("prompt", prompt),
            text_part("seconds", sent_seconds(spec).to_string()),
            text_part("size", spec.size.to_string()),
        ];
        let files = clip.inputs.iter().enumerate();
        parts.extend(files.map(|(at, input)| file_part("input_reference", at, input)));
        HttpRequest { body: RequestBody::Form(parts), ..HttpRequest::new(Method::Post, VIDEOS) }
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
