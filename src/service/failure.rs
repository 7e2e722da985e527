//! What services say when something goes wrong, in one vocabulary.
//!
//! The codes are those of Volcengine Ark and `BytePlus` `ModelArk` ("Error codes", 1299023, read 2026-10-02); resellers
//! pass them on, some with other statuses, so the code in a body counts for more than the status. A few codes of the
//! open-source gateway new-api stand beside them (read 2026-11-20).

use serde_json::Value;

use super::fields;
use super::http::HttpResponse;
use super::reply::{About, Charged, ErrorKind, Retry, ServiceError};

/// Characters of a service's words that are kept.
const LONGEST: usize = 1500;

/// How many errors wrapped in errors are opened.
const DEEPEST: u8 = 4;

/// What a body says of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Failure {
    pub(super) code: String,
    pub(super) message: String,
    param: String,
}

impl Failure {
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
            Value::Object(fields) => {
                let inner = ["/error", "/data/error"].iter().find_map(|at| Self::open(value.pointer(at)?, depth));
                inner.or_else(|| {
                    let any = |names: &[&str]| names.iter().find_map(|name| fields::words(fields.get(*name)?));
                    let code = any(&["code"]).filter(|code| !matches!(code.as_str(), "0" | "200" | "success"));
                    let message = any(&["message", "msg", "detail"]);
                    (code.is_some() || message.is_some()).then(|| Self {
                        code: code.unwrap_or_default(),
                        message: message.unwrap_or_default(),
                        param: any(&["param"]).unwrap_or_default(),
                    })
                })
            }
            _ => None,
        }
    }

    /// What a whole reply says of an error; where that is nothing, what the reply looks like.
    pub(super) fn of_reply(service: &'static str, reply: &HttpResponse) -> Self {
        match reply.json::<Value>(service) {
            Ok(body) => Self::read(&body).unwrap_or_else(|| {
                let message = format!("status {} without a word about it: `{}`", reply.status, reply.excerpt());
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
        let part_of_code = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let words = self.message.split(|c| !part_of_code(c)).map(|word| word.trim_matches('.'));
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
        service: &'static str,
        verdict: (ErrorKind, Retry, Charged),
        first_input: usize,
        reply: &HttpResponse,
    ) -> ServiceError {
        let (kind, retry, charged) = verdict;
        let about = self.about(first_input);
        let told = request_id(&self.message);
        let mut message: String = self.message.chars().take(LONGEST).collect();
        if message.is_empty() {
            message.clone_from(&self.code);
        }
        let mut error = ServiceError::new(service, kind, retry, charged, message).code(self.code).about(about);
        error = error.from_reply(reply);
        error.request_id = error.request_id.or(told);
        error
    }

    /// What of the shot it is about, from `param` where there is one: `content[1]`, `contents[0].text.duration`.
    fn about(&self, first_input: usize) -> Option<About> {
        let part = |word: &str| match word {
            "duration" | "seconds" | "frames" => Some(About::Duration),
            "ratio" | "aspect_ratio" | "size" => Some(About::Ratio),
            "resolution" => Some(About::Resolution),
            "model" => Some(About::Model),
            "prompt" | "text" => Some(About::Prompt),
            "image" | "first_frame" => Some(About::Input(0)),
            "last_image" | "last_frame" => Some(About::Input(1)),
            _ => None,
        };
        if let Some(about) = self.param.rsplit('.').find_map(part) {
            return Some(about);
        }
        if let Some((name, rest)) = self.param.split_once('[') {
            let at: usize = rest.split(']').next()?.parse().ok()?;
            return match at.checked_sub(first_input) {
                _ if name.ends_with("images") => Some(About::Input(at)),
                _ if !name.contains("content") => None,
                Some(input) => Some(About::Input(input)),
                None => Some(About::Prompt),
            };
        }
        match self.code.as_str() {
            code if code.starts_with("InputText") => Some(About::Prompt),
            code if code.contains("Model") && self.named() == Some(ErrorKind::NotAvailable) => Some(About::Model),
            _ => None,
        }
    }
}

/// The request id that ends the words: `… Request id: 0217…`.
fn request_id(message: &str) -> Option<String> {
    let at = message.to_ascii_lowercase().rfind("request id:")?;
    let rest = message.get(at + "request id:".len()..)?.trim_start();
    let id: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    Some(id).filter(|id| !id.is_empty())
}

/// The kind of an error by its code; the words decide where one code has two meanings.
fn kind_of(code: &str, words: &str) -> Option<ErrorKind> {
    use ErrorKind::{Auth, Billing, NoTask, NotAvailable, OutputRefused, RateLimited, Refused, Request, Server};
    // Relays put this before the codes of refusals.
    if let Some(code) = code.strip_prefix("PUBLIC_") {
        return Some(if code.to_ascii_lowercase().contains("output") { OutputRefused } else { Refused });
    }
    let begins = |heads: &[&str]| heads.iter().any(|head| code.starts_with(head));
    let sensitive = code.contains("SensitiveContent") || code.contains("RiskDetection");
    let kind = match code {
        _ if sensitive && begins(&["Output"]) => OutputRefused,
        _ if sensitive && begins(&["Input", "SensitiveContent"]) => Refused,
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
        _ if begins(&["OperationDenied", "AccessDenied."]) => Auth,
        "ModelNotOpen" | "UnsupportedModel" | "ModelIDAccessDisabled" | "ResourceNotFound" | "model_not_found" => {
            NotAvailable
        }
        _ if begins(&["InvalidEndpointOrModel"]) => NotAvailable,
        "RequestBurstTooFast" | "InflightBatchsizeExceeded" | "rate_limit_exceeded" => RateLimited,
        _ if code.contains("RateLimitExceeded") => RateLimited,
        "ServerOverloaded" | "ModelLoadingError" | "InternalServiceError" | "InvalidEndpoint.ClosedEndpoint" => Server,
        "InvalidArgumentError" | "TaskRunningCannotCancel" => Request,
        _ if begins(&["MissingParameter", "InvalidParameter", "InvalidImageURL"]) => Request,
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

    #[test]
    fn errors_are_found_in_every_shape() {
        let said = |value: Value| Failure::read(&value).map(|failure| (failure.code, failure.message));
        let expected = Some(("Code".to_owned(), "words".to_owned()));
        assert_eq!(said(json!({"error": {"code": "Code", "message": "words"}})), expected);
        assert_eq!(said(json!({"code": "Code", "msg": "words", "error": null})), expected);
        assert_eq!(said(json!({"code": 500, "data": {"error": {"code": "Code", "message": "words"}}})), expected);
        assert_eq!(said(json!({"error": r#"{"error": {"code": "Code", "message": "words"}}"#})), expected);
        assert_eq!(said(json!({"error": " words "})), Some((String::new(), "words".to_owned())));
        assert_eq!(said(json!({"code": 200, "data": {}})), None);
        let wrapped =
            Failure { message: "upstream: OutputVideoSensitiveContentDetected.".to_owned(), ..Failure::default() };
        assert_eq!((wrapped.named(), wrapped.mentioned()), (None, Some(ErrorKind::OutputRefused)));
    }

    #[test]
    fn parameters_tell_what_an_error_is_about() {
        for (param, first_input, about) in [
            ("content[1]", 1, Some(About::Input(0))),
            ("content[0]", 1, Some(About::Prompt)),
            ("metadata.content[2].image_url.url", 0, Some(About::Input(2))),
            ("contents[0].text.duration", 1, Some(About::Duration)),
            ("ratio", 1, Some(About::Ratio)),
            ("reference_images[3]", 0, Some(About::Input(3))),
            ("reference_videos[0]", 0, None),
            ("content[99999999999999999999999]", 1, None),
            ("content[", 1, None),
            ("callback_url", 1, None),
        ] {
            let failure = Failure { param: param.to_owned(), ..Failure::default() };
            assert_eq!(failure.about(first_input), about, "{param}");
        }
        let failure = Failure { code: "InputTextSensitiveContentDetected".to_owned(), ..Failure::default() };
        assert_eq!(failure.about(1), Some(About::Prompt));
        assert_eq!(request_id("No. Request id: 0217-ab."), Some("0217-ab".to_owned()));
        assert_eq!(request_id("Request id: "), None);
    }
}
