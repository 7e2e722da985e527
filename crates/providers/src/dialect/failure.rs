//! What services say when something goes wrong, in one vocabulary.
//!
//! The codes are those of Volcengine Ark and `BytePlus` `ModelArk` ("Error codes", 1299023, read 2026-10-02); resellers
//! pass them on, some with other statuses, so the code in a body counts for more than the status. A few codes of the
//! open-source gateway new-api stand beside them (read 2026-11-20).

use serde_json::Value;
use storyreel_core::provider::reply::{About, Charged, ErrorKind, ProviderError, Retry};

use super::fields;
use super::http::HttpResponse;

/// Characters of a service's words that are kept.
const LONGEST: usize = 1500;

/// Characters of a code that are kept: the longest that is documented has some 60.
const LONGEST_CODE: usize = 120;

/// How many errors wrapped in errors are opened.
const DEEPEST: u8 = 4;

/// What a body says of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FailureReply {
    pub(super) code: String,
    pub(super) message: String,
    param: String,
}

/// What a failure means.
#[derive(Clone, Copy)]
pub(super) struct FailureVerdict {
    pub(super) kind: ErrorKind,
    pub(super) retry: Retry,
    pub(super) charged: Charged,
}

impl FailureReply {
    /// The error that `value` is or holds: an object with `error`, or with a code or words of its own, or bare text.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Self::open(value, DEEPEST)
    }

    fn open(value: &Value, depth: u8) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        match value {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => {
                let wrapped: Option<Value> = serde_json::from_str(text).ok().filter(Value::is_object);
                let wrapped = wrapped.and_then(|value| Self::open(&value, depth));
                wrapped.or_else(|| Some(Self { message: text.trim().to_owned(), ..Self::default() }))
            }
            Value::Object(_) => {
                let inner = ["/error", "/data/error"].iter().find_map(|at| Self::open(value.pointer(at)?, depth));
                inner.or_else(|| Self::of_fields(value))
            }
            _ => None,
        }
    }

    /// An object with a code or words of its own.
    fn of_fields(value: &Value) -> Option<Self> {
        let code = fields::text(value, &["/code"]);
        let code = code.filter(|code| !matches!(code.as_str(), "0" | "200" | "success"));
        let message = fields::text(value, &["/message", "/msg", "/detail"]);
        if code.is_none() && message.is_none() {
            return None;
        }
        Some(Self {
            code: code.unwrap_or_default(),
            message: message.unwrap_or_default(),
            param: fields::text(value, &["/param"]).unwrap_or_default(),
        })
    }

    /// What a whole reply says of an error; where that is nothing, what the reply looks like.
    pub(super) fn of_reply(provider: &'static str, reply: &HttpResponse) -> Self {
        match reply.json::<Value>(provider) {
            Ok(body) => Self::read(&body).unwrap_or_else(|| {
                let message = format!("status {} without an explanation: `{}`", reply.status, reply.excerpt());
                Self { message, ..Self::default() }
            }),
            Err(error) => Self { message: error.message, ..Self::default() },
        }
    }

    /// The kind that the code names.
    pub(super) fn named(&self) -> Option<ErrorKind> {
        kind_of(&self.code, &self.message)
    }

    /// The kind that a code among the words names: gateways put the error of the service behind them into a sentence.
    pub(super) fn mentioned(&self) -> Option<ErrorKind> {
        let lower = self.message.to_lowercase();
        if lower.contains("no available channel") {
            return Some(ErrorKind::NotAvailable);
        }
        let words = self.message.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_'));
        let words = words.map(|word| word.trim_matches('.'));
        words.filter(|word| word.len() > 8).find_map(|word| kind_of(word, &self.message))
    }

    /// Whether the words are about money rather than about speed.
    pub(super) fn is_about_money(&self) -> bool {
        let lower = self.message.to_lowercase();
        ["balance", "billing", "insufficient", "arrear", "余额", "额度"].iter().any(|word| lower.contains(word))
    }

    /// The status that the body gives, where the reply's own was one of success.
    pub(super) fn status(&self) -> Option<u16> {
        self.code.parse().ok().filter(|status| (300..600).contains(status))
    }

    /// As an error. `first_input` is the place of the first input among the contents of an order.
    pub(super) fn error(
        self,
        provider: &'static str,
        verdict: FailureVerdict,
        first_input: usize,
        reply: &HttpResponse,
    ) -> ProviderError {
        let FailureVerdict { kind, retry, charged } = verdict;
        let about = self.about(first_input);
        let named_id = request_id(&self.message);
        let code: String = self.code.chars().take(LONGEST_CODE).collect();
        let mut message: String = self.message.chars().take(LONGEST).collect();
        if message.is_empty() {
            message.clone_from(&code);
        }
        let mut error = ProviderError::new(provider, kind, retry, charged, message).code(code).about(about);
        error = error.request_id(reply.request_id());
        error.request_id = error.request_id.or(named_id);
        error
    }

    /// What of the shot it is about: by its parameter, else by what its words name, else by its code.
    fn about(&self, first_input: usize) -> Option<About> {
        place_of_param(&self.param, first_input)
            .or_else(|| place_in_words(&self.message, first_input).filter(|_| self.is_about_content()))
            .or_else(|| self.place_of_code())
    }

    /// Whether it is about what was given or asked for, so that its words may name the place.
    fn is_about_content(&self) -> bool {
        let kind = self.named().or_else(|| self.mentioned());
        kind.is_none_or(|kind| matches!(kind, ErrorKind::Refused | ErrorKind::Request))
    }

    /// Whether a code with `part` in it stands in its place or among the words.
    fn names(&self, part: &str) -> bool {
        self.code.contains(part) || self.message.contains(part)
    }

    fn place_of_code(&self) -> Option<About> {
        Some(match self.code.as_str() {
            own if own.contains("Model") && self.named() == Some(ErrorKind::NotAvailable) => About::Model,
            _ if self.names("InputText") => About::Prompt,
            _ if self.names("InputImage") || self.names("InvalidImageURL") => About::Image(None),
            _ if self.names("InputVideo") => About::Video(None),
            _ if self.names("InputAudio") => About::Sound(None),
            _ if self.names("OutputAudio") => About::Audio,
            _ => return None,
        })
    }
}

/// What a parameter is about: `content[1]`, `contents[0].text.duration`, `reference_images.3`, `first_frame`.
fn place_of_param(param: &str, first_input: usize) -> Option<About> {
    let parts: Vec<&str> = param.split(['.', '[', ']', '/']).filter(|part| !part.is_empty()).collect();
    let field = parts.iter().rev().find_map(|part| match *part {
        "duration" | "seconds" | "frames" => Some(About::Duration),
        "ratio" | "aspect_ratio" | "size" => Some(About::Ratio),
        "resolution" => Some(About::Resolution),
        "model" => Some(About::Model),
        "prompt" | "text" => Some(About::Prompt),
        "generate_audio" => Some(About::Audio),
        _ => None,
    });
    if field.is_some() {
        return field;
    }
    let counted = parts.windows(2).find_map(|pair| counted_place(pair[0], pair[1].parse().ok()?, first_input));
    counted.or_else(|| parts.iter().find_map(|part| single_place(part)))
}

/// The input with a number in a list of this name.
fn counted_place(list: &str, at: usize, first_input: usize) -> Option<About> {
    Some(match list {
        "content" | "contents" => match at.checked_sub(first_input) {
            Some(input) => About::Input(input),
            None => About::Prompt,
        },
        "images" | "image_urls" | "reference_images" | "reference_image_urls" | "input_reference" => {
            About::Image(Some(at))
        }
        "videos" | "video_urls" | "reference_videos" | "reference_video_urls" => About::Video(Some(at)),
        "audios" | "audio_urls" | "reference_audios" | "reference_audio_urls" => About::Sound(Some(at)),
        _ => return None,
    })
}

/// The input that has a field of its own.
fn single_place(name: &str) -> Option<About> {
    Some(match name {
        "image" | "image_url" | "first_frame" | "first_frame_url" => About::Input(0),
        "last_image" | "last_image_url" | "last_frame" | "last_frame_url" => About::Input(1),
        "images" | "reference_images" | "input_reference" => About::Image(None),
        "videos" | "reference_videos" => About::Video(None),
        "audios" | "reference_audios" => About::Sound(None),
        _ => return None,
    })
}

/// What words name: `content[1]`, `image 2`, `[Image 2]`, `first_frame`, `reference_images[0]`. People count from 1,
/// lists from 0.
fn place_in_words(words: &str, first_input: usize) -> Option<About> {
    let mut before = "";
    let words = words.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '[' | ']' | '.'));
    for word in words.filter(|word| !word.is_empty()) {
        let word = word.trim_matches('.');
        if word.contains('[')
            && let Some(about) = place_of_param(word.trim_start_matches('['), first_input)
        {
            return Some(about);
        }
        let about = match word {
            "first_frame" | "last_frame" | "last_image" => single_place(word),
            _ => word.trim_end_matches(']').parse().ok().and_then(|number| spoken_place(before, number)),
        };
        if about.is_some() {
            return about;
        }
        before = word;
    }
    None
}

/// The input that people call by this word and number.
fn spoken_place(word: &str, number: usize) -> Option<About> {
    let at = Some(number.checked_sub(1)?);
    Some(match word.trim_start_matches('[').to_ascii_lowercase().as_str() {
        "image" | "picture" => About::Image(at),
        "video" => About::Video(at),
        "audio" => About::Sound(at),
        _ => return None,
    })
}

/// The request id that ends the words: `… Request id: 0217…`.
fn request_id(message: &str) -> Option<String> {
    let at = message.to_ascii_lowercase().rfind("request id:")?;
    let rest = message.get(at + "request id:".len()..)?.trim_start();
    let id: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(LONGEST_CODE).collect();
    Some(id).filter(|id| !id.is_empty())
}

/// The kind of an error by its code; the words decide where one code has two meanings.
fn kind_of(code: &str, words: &str) -> Option<ErrorKind> {
    use ErrorKind::{Auth, Billing, NoTask, NotAvailable, OutputRefused, RateLimited, Refused, Request, Server};
    // Relays put this before the codes of refusals.
    if let Some(code) = code.strip_prefix("PUBLIC_") {
        return Some(if code.to_ascii_lowercase().contains("output") { OutputRefused } else { Refused });
    }
    let sensitive = code.contains("SensitiveContent") || code.contains("RiskDetection");
    let kind = match code {
        _ if sensitive && code.starts_with("Output") => OutputRefused,
        _ if sensitive && (code.starts_with("Input") || code.starts_with("SensitiveContent")) => Refused,
        "ContentSecurityDetectionError" | "content_policy_violation" => Refused,
        "QuotaExceeded" => quota(words),
        "AccountOverdueError"
        | "OperationDenied.ServiceOverdue"
        | "SetLimitExceeded"
        | "insufficient_user_quota"
        | "insufficient_quota" => Billing,
        "AuthenticationError" | "InvalidAccountStatus" | "AccessDenied" | "InvalidSubscription" | "invalid_api_key" => {
            Auth
        }
        _ if code.starts_with("OperationDenied") || code.starts_with("AccessDenied.") => Auth,
        "ModelNotOpen" | "UnsupportedModel" | "ModelIDAccessDisabled" | "ResourceNotFound" | "model_not_found" => {
            NotAvailable
        }
        _ if code.starts_with("InvalidEndpointOrModel") => NotAvailable,
        "RequestBurstTooFast" | "InflightBatchsizeExceeded" | "rate_limit_exceeded" => RateLimited,
        _ if code.contains("RateLimitExceeded") => RateLimited,
        "ServerOverloaded" | "ModelLoadingError" | "InternalServiceError" | "InvalidEndpoint.ClosedEndpoint" => Server,
        "InvalidArgumentError" | "TaskRunningCannotCancel" => Request,
        _ if code.starts_with("MissingParameter")
            || code.starts_with("InvalidParameter")
            || code.starts_with("InvalidImageURL") =>
        {
            Request
        }
        "task_not_exist" => NoTask,
        _ => return None,
    };
    Some(kind)
}

/// `QuotaExceeded` is a full queue, which empties, or a used-up allowance, which does not.
fn quota(words: &str) -> ErrorKind {
    let lower = words.to_lowercase();
    let money = ["free trial", "5-hour", "5 hour", "weekly", "monthly"].iter().any(|word| lower.contains(word));
    if !money && lower.contains("queue") { ErrorKind::RateLimited } else { ErrorKind::Billing }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_documented_code_has_its_kind() {
        use ErrorKind::{Auth, Billing, NotAvailable, OutputRefused, RateLimited, Refused, Request, Server};
        for (kind, codes) in [
            (Request, "MissingParameter InvalidParameter.TaskTypeConstraint InvalidImageURL.Bad InvalidArgumentError"),
            (Refused, "InputTextSensitiveContentDetected InputImageSensitiveContentDetected.PrivacyInformation"),
            (Refused, "SensitiveContentDetected.Violence InputVideoRiskDetection ContentSecurityDetectionError"),
            (Refused, "InputAudioSensitiveContentDetected.PolicyViolation PUBLIC_ERROR_UNSAFE"),
            (OutputRefused, "OutputVideoSensitiveContentDetected.PolicyViolation OutputAudioSensitiveContentDetected"),
            (Auth, "AuthenticationError InvalidAccountStatus AccessDenied OperationDenied.Other InvalidSubscription"),
            (Billing, "AccountOverdueError OperationDenied.ServiceOverdue SetLimitExceeded insufficient_user_quota"),
            (NotAvailable, "ModelNotOpen InvalidEndpointOrModel.NotFound UnsupportedModel ModelIDAccessDisabled"),
            (NotAvailable, "ResourceNotFound"),
            (RateLimited, "RateLimitExceeded.X ModelAccountRpmRateLimitExceeded APIAccountRpmRateLimitExceeded"),
            (RateLimited, "AccountRateLimitExceeded RequestBurstTooFast InflightBatchsizeExceeded"),
            (Server, "ServerOverloaded ModelLoadingError InternalServiceError InvalidEndpoint.ClosedEndpoint"),
            (Request, "TaskRunningCannotCancel"),
        ] {
            for code in codes.split(' ') {
                assert_eq!(kind_of(code, ""), Some(kind), "{code}");
            }
        }
        assert_eq!(kind_of("do_request_failed", ""), None);
        assert_eq!(quota("the monthly quota of queued tasks"), Billing);
        assert_eq!(quota("too many tasks are queued"), RateLimited);
        assert_eq!(quota("exceeded"), Billing);
    }

    fn said(value: &Value) -> Option<(String, String)> {
        FailureReply::read(value).map(|failure| (failure.code, failure.message))
    }

    #[test]
    fn errors_are_found_in_every_shape() {
        let expected = Some(("Code".to_owned(), "words".to_owned()));
        assert_eq!(said(&json!({"error": {"code": "Code", "message": "words"}})), expected);
        assert_eq!(said(&json!({"code": "Code", "msg": "words", "error": null})), expected);
        assert_eq!(said(&json!({"code": 500, "data": {"error": {"code": "Code", "message": "words"}}})), expected);
        assert_eq!(said(&json!({"error": r#"{"error": {"code": "Code", "message": "words"}}"#})), expected);
        assert_eq!(said(&json!({"error": " words "})), Some((String::new(), "words".to_owned())));
        assert_eq!(said(&json!({"code": 200, "data": {}})), None);
        let wrapped = FailureReply {
            message: "upstream: OutputVideoSensitiveContentDetected.".to_owned(),
            ..FailureReply::default()
        };
        assert_eq!((wrapped.named(), wrapped.mentioned()), (None, Some(ErrorKind::OutputRefused)));
    }

    #[test]
    fn parameters_tell_what_an_error_is_about() {
        for (param, first_input, about) in [
            ("content[1]", 1, Some(About::Input(0))),
            ("content[0]", 1, Some(About::Prompt)),
            ("content.2.image_url", 1, Some(About::Input(1))),
            ("metadata.content[2].image_url.url", 0, Some(About::Input(2))),
            ("contents[0].text.duration", 1, Some(About::Duration)),
            ("ratio", 1, Some(About::Ratio)),
            ("generate_audio", 1, Some(About::Audio)),
            ("reference_images[3]", 0, Some(About::Image(Some(3)))),
            ("images.1", 0, Some(About::Image(Some(1)))),
            ("reference_videos[0]", 0, Some(About::Video(Some(0)))),
            ("reference_audios[2]", 0, Some(About::Sound(Some(2)))),
            ("input_reference", 0, Some(About::Image(None))),
            ("first_frame", 0, Some(About::Input(0))),
            ("last_image", 0, Some(About::Input(1))),
            ("image_url", 0, Some(About::Input(0))),
            ("content[99999999999999999999999]", 1, None),
            ("content[", 1, None),
            ("callback_url", 1, None),
        ] {
            let failure = FailureReply { param: param.to_owned(), ..FailureReply::default() };
            assert_eq!(failure.about(first_input), about, "{param}");
        }
        assert_eq!(request_id("No. Request id: 0217-ab."), Some("0217-ab".to_owned()));
        assert_eq!(request_id("Request id: "), None);
    }

    #[test]
    fn words_and_codes_tell_it_where_no_parameter_does() {
        for (code, words, about) in [
            ("InputImageSensitiveContentDetected", "The picture in content[2] may show it.", Some(About::Input(1))),
            ("InputImageSensitiveContentDetected", "image 2 was refused", Some(About::Image(Some(1)))),
            ("InputImageSensitiveContentDetected", "see [Image 3], please", Some(About::Image(Some(2)))),
            ("InputImageSensitiveContentDetected", "the first_frame was refused", Some(About::Input(0))),
            ("InputImageSensitiveContentDetected", "The image may contain a real person.", Some(About::Image(None))),
            ("InputVideoSensitiveContentDetected", "Video 1 was refused", Some(About::Video(Some(0)))),
            ("InputAudioSensitiveContentDetected.PolicyViolation", "no", Some(About::Sound(None))),
            ("OutputAudioSensitiveContentDetected", "audio 1 of 2", Some(About::Audio)),
            ("InputTextSensitiveContentDetected", "no", Some(About::Prompt)),
            ("", "upstream: InputTextSensitiveContentDetected", Some(About::Prompt)),
            ("InvalidImageURL.Unreachable", "The url cannot be read.", Some(About::Image(None))),
            ("InvalidParameter", "first/last frame content cannot be mixed with reference media content", None),
            ("InvalidParameter", "image 0 is not an image", None),
            ("RateLimitExceeded", "image 2 of your batch waits", None),
        ] {
            let failure = FailureReply { code: code.to_owned(), message: words.to_owned(), ..FailureReply::default() };
            assert_eq!(failure.about(1), about, "{code}: {words}");
        }
    }
}
