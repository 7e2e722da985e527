//! What a user can do about an error of a service.

use super::reply::{About, Charged, ErrorKind, ProviderError};
use super::{Provider, provider_by_id};

/// Whether the error is about something that the service said by this code, or that its words name.
fn says(error: &ProviderError, part: &str) -> bool {
    error.code.as_deref().is_some_and(|code| code.contains(part)) || error.message.contains(part)
}

/// What to do about an error of a service, as an instruction.
#[must_use]
pub fn remedy(error: &ProviderError) -> String {
    let known = provider_by_id(error.service).unwrap_or(&Provider::NONE);
    match error.kind {
        ErrorKind::Billing => billing(error, known),
        ErrorKind::Auth => key(error, known),
        ErrorKind::Refused => refused(error, known),
        ErrorKind::OutputRefused if is_sound(error) => {
            "the sound of the clip was refused: set `audio: false`, or change what is said and heard".to_owned()
        }
        ErrorKind::OutputRefused => "the clip was made and then refused: change the prompt".to_owned(),
        ErrorKind::NotAvailable if says(error, "no available channel") => format!(
            "in {}, give the key the group and billing model that this model needs, or use another model",
            account(known)
        ),
        ErrorKind::NotAvailable => format!("activate the model in {}, or use another one", account(known)),
        ErrorKind::Request if is_too_large(error) => {
            "make the files smaller, give `https://` addresses instead of files, or leave some out".to_owned()
        }
        ErrorKind::Request | ErrorKind::Failed if is_gone(error) => {
            "the address must be readable without a login, and signed addresses expire: use a new one, or a file"
                .to_owned()
        }
        _ if error.charged == Charged::No => {
            "correct it and run the same command again; nothing was charged for this shot".to_owned()
        }
        _ => "correct it and run the same command again".to_owned(),
    }
}

/// Where the account is kept, in words.
fn account(known: &Provider) -> &'static str {
    if known.account.is_empty() { "the account of your service" } else { known.account }
}

fn billing(error: &ProviderError, known: &Provider) -> String {
    let place = account(known);
    let what = if says(error, "SetLimitExceeded") {
        format!("raise the limit that the account has set for this model in {place}, or switch it off")
    } else if says(error, "AccountOverdueError") || says(error, "ServiceOverdue") {
        format!("pay what the account owes in {place}")
    } else if says(error, "QuotaExceeded") {
        format!("wait until the quota is renewed, or buy more in {place}")
    } else {
        format!("top up the balance in {place}")
    };
    format!("{what}; then run the same command again: finished clips are kept")
}

fn key(error: &ProviderError, known: &Provider) -> String {
    let place = account(known);
    let denied = ["AccessDenied", "OperationDenied", "InvalidAccountStatus", "InvalidSubscription"];
    if denied.iter().any(|code| says(error, code)) {
        return format!(
            "the key is valid, but its account is not allowed to do this: check its state and permissions in {place}"
        );
    }
    let names = match known.key_env {
        [] => "the variable of the key".to_owned(),
        names => format!("`{}`", names.join("` or `")),
    };
    let region = match known.region {
        "" => String::new(),
        region => format!("; a key is valid in one region, and this is {region}"),
    };
    format!("set {names} to a key from {place}{region}")
}

fn refused(error: &ProviderError, known: &Provider) -> String {
    let person = says(error, "PrivacyInformation") || error.message.to_lowercase().contains("real person");
    if person && !matches!(error.about, Some(About::Prompt)) {
        let asset = if known.assets {
            format!("register a person who consented in {}, and use `asset://…`; or ", account(known))
        } else {
            String::new()
        };
        return format!(
            "faces that look real are refused, painted ones too: {asset}start on the last frame of a clip of the same \
             account, or use a picture without a face"
        );
    }
    let what = match error.about {
        Some(About::Audio) => return "set `audio: false`, or change what is said and heard".to_owned(),
        Some(About::Prompt) => "change these words: the same ones",
        Some(About::Image(_)) => "use another picture: the same one",
        Some(About::Video(_)) => "use another reference video: the same one",
        Some(About::Sound(_)) => "use another reference sound: the same one",
        _ if says(error, "InputImage") => "use another picture: the same one",
        _ if says(error, "InputVideo") => "use another reference video: the same one",
        _ if says(error, "InputAudio") => "use another reference sound: the same one",
        _ => "change it: the same request",
    };
    format!("{what} would be refused again")
}

fn is_sound(error: &ProviderError) -> bool {
    matches!(error.about, Some(About::Audio)) || says(error, "OutputAudio")
}

fn is_too_large(error: &ProviderError) -> bool {
    let words = error.message.to_lowercase();
    ["too large", "toolarge", "too big", "exceeds the maximum size", "entity", "more than the"]
        .iter()
        .any(|part| words.contains(part))
        || says(error, "TooLarge")
}

/// Whether a service could not fetch an address that it was given.
fn is_gone(error: &ProviderError) -> bool {
    let words = error.message.to_lowercase();
    let parts =
        ["failed to download", "download failed", "cannot be downloaded", "unable to download", "failed to fetch"];
    says(error, "InvalidImageURL") || says(error, "DownloadFailed") || parts.iter().any(|part| words.contains(part))
}

#[cfg(test)]
mod tests {
    use super::super::reply::Retry;
    use super::*;

    fn error(provider: &'static str, kind: ErrorKind, code: &str) -> ProviderError {
        ProviderError::new(provider, kind, Retry::Never, Charged::No, "words").code(code)
    }

    #[test]
    fn billing_says_where_to_pay_or_to_raise_what() {
        for (provider, code, parts) in [
            ("ark", "AccountOverdueError", &["pay what the account owes", "console.volcengine.com"][..]),
            ("byteplus", "SetLimitExceeded", &["raise the limit", "console.byteplus.com"]),
            ("byteplus", "QuotaExceeded", &["quota is renewed", "console.byteplus.com"]),
            ("apiyi", "insufficient_user_quota", &["top up", "api.apiyi.com"]),
            ("cometapi", "", &["top up", "cometapi.com"]),
            ("atlascloud", "402", &["top up", "atlascloud.ai"]),
            ("openai-video", "insufficient_user_quota", &["top up", "gateway"]),
            ("seedance-v2", "", &["top up", "reseller"]),
        ] {
            let said = remedy(&error(provider, ErrorKind::Billing, code));
            assert!(parts.iter().all(|part| said.contains(part)), "{provider} {code}: {said}");
        }
    }

    #[test]
    fn a_key_that_is_refused_names_its_variables_and_its_region() {
        let said = remedy(&error("ark", ErrorKind::Auth, "AuthenticationError"));
        assert!(said.contains("`ARK_API_KEY`") && said.contains("mainland China"), "{said}");
        let said = remedy(&error("byteplus", ErrorKind::Auth, "AuthenticationError"));
        assert!(said.contains("`BYTEPLUS_API_KEY` or `ARK_API_KEY`") && said.contains("outside"), "{said}");
        let said = remedy(&error("cometapi", ErrorKind::Auth, ""));
        assert!(said.contains("`COMETAPI_KEY`") && !said.contains("region"), "{said}");
        let said = remedy(&error("ark", ErrorKind::Auth, "OperationDenied.Other"));
        assert!(said.contains("permissions") && !said.contains("ARK_API_KEY"), "{said}");
    }

    fn refused(code: &str, about: About) -> ProviderError {
        error("ark", ErrorKind::Refused, code).about(Some(about))
    }

    #[test]
    fn refusals_say_what_to_change() {
        let privacy = refused("InputImageSensitiveContentDetected.PrivacyInformation", About::Input(0));
        assert!(remedy(&privacy).contains("asset://"));
        let relay = ProviderError { service: "apiyi", ..privacy };
        assert!(
            !remedy(&relay).contains("asset://") && remedy(&relay).contains("last frame"),
            "trust ends at an account"
        );
        assert!(remedy(&refused("InputImageSensitiveContentDetected", About::Image(None))).contains("another picture"));
        assert!(remedy(&refused("InputTextSensitiveContentDetected", About::Prompt)).contains("these words"));
        for code in ["OutputAudioSensitiveContentDetected", "OutputAudioSensitiveContentDetected.PolicyViolation"] {
            assert!(remedy(&error("ark", ErrorKind::OutputRefused, code)).contains("`audio: false`"));
        }
        assert!(!remedy(&error("ark", ErrorKind::OutputRefused, "OutputVideoX")).contains("audio"));
    }

    #[test]
    fn what_is_too_large_or_gone_says_so() {
        let mut large = error("openai-video", ErrorKind::Request, "");
        large.message = "status 413: Request Entity Too Large; 70 MB were sent".to_owned();
        assert!(remedy(&large).contains("smaller"));
        let gone = error("ark", ErrorKind::Request, "InvalidImageURL.Unreachable");
        assert!(remedy(&gone).contains("use a new one"));
        let other = error("ark", ErrorKind::Request, "InvalidParameter");
        assert!(remedy(&other).contains("correct it"));
    }
}
