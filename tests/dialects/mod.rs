//! What every service must keep to, walked over all of them: recorded replies, orders, offers and prices.

mod arbitrary;
mod mutated;
mod offers;
mod orders;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use storyreel_core::money::{Currency, Money};
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry, TaskState};
use storyreel_core::provider::{PROVIDERS, Provider};
use storyreel_providers::dialect::http::HttpResponse;
use storyreel_providers::dialect::{Dialect, dialect};

/// The replies that every service must have a recording of.
const NEEDED: &[&str] = &[
    "submitted",
    "queued",
    "running",
    "succeeded",
    "refused",
    "unauthorized",
    "rate_limited",
    "unavailable",
    "malformed",
];

/// Services that refuse with a task that failed and do not say whether that costs money.
const REFUSE_LATE: &[&str] = &["cometapi", "atlascloud", "openai-video", "seedance-v2", "openrouter"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn spoken() -> impl Iterator<Item = (&'static Provider, &'static dyn Dialect)> {
    let paid = PROVIDERS.iter().copied().filter(|service| service.is_paid);
    paid.map(|service| (service, dialect(service.id).expect("every paid provider is spoken to")))
}

/// The recorded replies of a service by their names.
fn recorded(service: &str) -> BTreeMap<String, HttpResponse> {
    let entries = fs::read_dir(folder("fixtures/dialects").join(service)).expect("every service has a folder");
    entries
        .map(|entry| {
            let path = entry.expect("it can be listed").path();
            let name = path.file_stem().expect("it has a name").to_str().expect("it is plain").to_owned();
            let text = fs::read_to_string(&path).expect("it is text");
            let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let headers = file["headers"].as_object().expect("it has headers").iter();
            let headers = headers.map(|(key, value)| (key.clone(), value.as_str().expect("it is text").to_owned()));
            let body = match &file["text"] {
                Value::String(text) => text.clone().into_bytes(),
                _ => serde_json::to_vec(&file["body"]).expect("it is JSON"),
            };
            let status = u16::try_from(file["status"].as_u64().expect("it has a status")).expect("it is one");
            (name, HttpResponse { status, headers: headers.collect(), body })
        })
        .collect()
}

/// What the service's dialect makes of a reply, by the name of its recording.
fn read(dialect: &dyn Dialect, name: &str, reply: &HttpResponse) -> Result<String, ProviderError> {
    let kind = name.split('_').next().unwrap_or_default();
    match kind {
        "poll" => Err(dialect.poll_error(reply)),
        _ if reply.status >= 300 => Err(dialect.error(reply)),
        "submitted" => dialect.submitted(reply).map(|id| format!("task {id}")),
        "list" => dialect.listed(reply).map(|tasks| format!("{tasks:#?}")),
        "models" => dialect.listed_models(reply, "2026-11-27".to_owned()).map(|catalogue| catalogue.text()),
        "upload" => dialect.uploaded(reply).map(|address| format!("uploaded to {address}")),
        _ if name == "no_balance_in_200" => dialect.submitted(reply).map(|id| format!("task {id}")),
        _ => match dialect.polled(reply)? {
            TaskState::Failed(error) => Err(error),
            state => Ok(format!("{state:#?}")),
        },
    }
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder("snapshots/dialects"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The words of an error in a recorded body, where there are any.
fn words(body: &Value) -> Option<&str> {
    let places = ["/error/message", "/error", "/data/error", "/message", "/fail_reason"];
    places.iter().find_map(|place| body.pointer(place)?.as_str()).filter(|words| !words.is_empty())
}

#[test]
fn every_recorded_reply_is_read_as_recorded() {
    for (service, dialect) in spoken() {
        let mut seen = String::new();
        for (name, reply) in recorded(service.id) {
            let read = match read(dialect, &name, &reply) {
                Ok(read) => read,
                Err(error) => format!("{error}\n{error:#?}"),
            };
            seen.push_str(&format!("--- {name}\n{read}\n"));
        }
        snapshot(&format!("replies-{}", service.id), &seen);
    }
}

#[test]
fn every_service_has_every_reply_and_means_the_same_by_it() {
    for (service, dialect) in spoken() {
        let replies = recorded(service.id);
        // A model on one's own card refuses nothing.
        for name in NEEDED.iter().filter(|name| **name != "refused" || !service.is_own_server) {
            assert!(replies.contains_key(*name), "{} has no recording `{name}`", service.id);
        }
        let polled = |name: &str| dialect.polled(&replies[name]);
        assert!(dialect.submitted(&replies["submitted"]).is_ok_and(|id| !id.is_empty()), "{}", service.id);
        assert_eq!(polled("queued"), Ok(TaskState::Queued), "{}", service.id);
        assert!(matches!(polled("running"), Ok(TaskState::Running(_))), "{}", service.id);
        let Ok(TaskState::Done(delivery)) = polled("succeeded") else { panic!("{}: not done", service.id) };
        let has_address = delivery.video.is_some_and(|address| address.starts_with("https://"));
        assert!(has_address || dialect.content("x").is_some(), "{}", service.id);

        let error = |name: &str| read(dialect, name, &replies[name]).expect_err("it is an error");
        if replies.contains_key("refused") {
            let refused = error("refused");
            let charged = if REFUSE_LATE.contains(&service.id) { Charged::Unknown } else { Charged::No };
            assert_eq!((refused.kind, refused.retry, refused.charged), (ErrorKind::Refused, Retry::Never, charged));
        }
        let unauthorized = error("unauthorized");
        let expected = (ErrorKind::Auth, Retry::Never, Charged::No);
        assert_eq!((unauthorized.kind, unauthorized.retry, unauthorized.charged), expected, "{}", service.id);
        let limited = error("rate_limited");
        assert_eq!((limited.kind, limited.charged), (ErrorKind::RateLimited, Charged::No), "{}", service.id);
        assert_ne!(limited.retry, Retry::Never, "{}", service.id);
        let unavailable = error("unavailable");
        let expected = (ErrorKind::Server, Retry::Never, Charged::Unknown);
        assert_eq!((unavailable.kind, unavailable.retry, unavailable.charged), expected, "{}", service.id);
        for malformed in [dialect.submitted(&replies["malformed"]).map(|_| ()), polled("malformed").map(|_| ())] {
            let malformed = malformed.expect_err("it is a web page");
            let expected = (ErrorKind::Unreadable, Retry::Never, Charged::Unknown);
            assert_eq!((malformed.kind, malformed.retry, malformed.charged), expected, "{}", service.id);
            assert!(malformed.message.contains("is the base URL right?"), "{malformed}");
        }
    }
}

#[test]
fn errors_keep_the_words_of_the_service_and_its_name() {
    for (service, dialect) in spoken() {
        for (name, reply) in recorded(service.id) {
            let Err(error) = read(dialect, &name, &reply) else { continue };
            assert_eq!(error.service, service.id, "{name}");
            assert!(!error.message.is_empty(), "{} {name}", service.id);
            let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            if let Some(words) = words(&body) {
                assert!(error.message.contains(words), "{} {name}: {error}", service.id);
            }
        }
    }
}

/// A look is free, but that does not make the task so: the order may be running and be billed.
#[test]
fn a_look_that_fails_never_makes_a_task_free() {
    for (service, dialect) in spoken() {
        for (name, mut reply) in recorded(service.id) {
            for status in [400, 401, 403, 404, 408, 425, 429, 500, 503] {
                reply.status = status;
                let error = dialect.poll_error(&reply);
                assert_eq!(error.charged, Charged::Unknown, "{} {name} {status}", service.id);
                let passes = matches!(status, 408 | 425 | 429 | 500 | 503) && !error.kind.stops_the_provider();
                assert!(!passes || error.retry != Retry::Never, "{} {name} {status}: {error:?}", service.id);
            }
        }
    }
}

/// Whatever stands between may answer 500 to 599 after the service took the order: only a known code proves it did not.
#[test]
fn an_order_is_repeated_only_when_it_was_surely_not_taken() {
    let bare = |status: u16, body: &str| HttpResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
    for (service, dialect) in spoken() {
        for body in ["", "<html>bad gateway</html>", "{}", r#"{"error": {"message": "upstream: ServerOverloaded"}}"#] {
            // Where an order bears a key of ours, it is the same order when it is sent again.
            let statuses = [302, 408, 500, 502, 503, 504, 520].into_iter();
            for status in statuses.filter(|status| *status != 504 || !service.has_order_keys) {
                let error = dialect.error(&bare(status, body));
                assert_eq!((error.retry, error.charged), (Retry::Never, Charged::Unknown), "{} {error:?}", service.id);
            }
        }
        let named = bare(500, r#"{"error": {"code": "InternalServiceError", "message": "x"}}"#);
        let error = dialect.error(&named);
        assert_eq!((error.kind, error.retry, error.charged), (ErrorKind::Server, Retry::Backoff, Charged::No));
    }
}

#[test]
fn an_unknown_status_is_an_error_that_names_it() {
    for (service, dialect) in spoken() {
        let mut reply = recorded(service.id).remove("running").expect("it is needed");
        let text = String::from_utf8(reply.body).expect("it is JSON");
        let word = ["in_progress", "processing", "running", "IN_PROGRESS"].into_iter().find(|word| text.contains(word));
        reply.body = text.replace(word.expect("one is in it"), "levitating").into_bytes();
        let error = dialect.polled(&reply).expect_err("nobody knows the word");
        assert_eq!((error.kind, error.retry), (ErrorKind::Unreadable, Retry::Never), "{}", service.id);
        assert!(error.message.contains("`levitating`"), "{error}");
    }
}

/// A job of an own server that failed is seen at once, whatever the status says, and costs nothing.
#[test]
fn a_failed_job_behind_an_error_status_is_a_failed_job() {
    let (_, dialect) = spoken().find(|(service, _)| service.id == "video-server").expect("it is spoken to");
    for (name, words) in [("poll_failed_job", "CUDA out of memory"), ("poll_failed_job_of_bad_input", "num_frames")] {
        let reply = &recorded("video-server")[name];
        let Some(TaskState::Failed(error)) = dialect.poll_failure(reply) else { panic!("{name}: it failed") };
        assert!(error.message.contains(words), "{error}");
        assert_eq!((error.charged, error.retry), (Charged::No, Retry::Never), "{name}");
    }
    for name in ["poll_no_job", "unavailable", "unauthorized", "malformed", "rate_limited"] {
        assert_eq!(dialect.poll_failure(&recorded("video-server")[name]), None, "{name}");
    }
    for (service, dialect) in spoken().filter(|(service, _)| !service.is_own_server) {
        for (name, reply) in recorded(service.id) {
            assert_eq!(dialect.poll_failure(&reply), None, "{} {name}", service.id);
        }
    }
}

/// A bill in money counts as it is said, rounded up to a millionth; what cannot be is told and bills nothing.
#[test]
fn a_bill_in_money_is_read_as_it_is_said() {
    let (_, dialect) = spoken().find(|(service, _)| service.id == "openrouter").expect("it is spoken to");
    let replies = recorded("openrouter");
    let delivery = |name: &str| match dialect.polled(&replies[name]) {
        Ok(TaskState::Done(delivery)) => delivery,
        other => panic!("{name}: {other:?}"),
    };
    let charged = |name: &str| delivery(name).charged.map(|money| money.micros);
    assert_eq!(charged("succeeded"), Some(630_000));
    assert_eq!(charged("succeeded_many_digits"), Some(123_457));
    assert_eq!((charged("succeeded_without_cost"), charged("succeeded_odd_cost")), (None, None));
    assert_eq!(delivery("succeeded_without_cost").odd_usage, None);
    assert!(delivery("succeeded_odd_cost").odd_usage.is_some_and(|words| words.contains("`-3`")));
    let bill = Some(Money::new(630_000, Currency::USD));
    for (name, expected) in
        [("failed", Charged::Unknown), ("failed_and_charged", Charged::Yes(bill)), ("failed_free", Charged::No)]
    {
        let Ok(TaskState::Failed(error)) = dialect.polled(&replies[name]) else { panic!("{name}: it failed") };
        assert_eq!(error.charged, expected, "{name}");
    }
}

/// The same key is the same order: a conflict or a timeout is an order that goes on, unless the key was used for another.
#[test]
fn an_order_with_a_key_that_goes_on_is_asked_for_again() {
    let (_, dialect) = spoken().find(|(service, _)| service.id == "comfy-router").expect("it is spoken to");
    let replies = recorded("comfy-router");
    for name in ["still_running", "timed_out"] {
        let error = dialect.error(&replies[name]);
        assert_eq!(error.charged, Charged::Unknown, "{name}: {error:?}");
        assert_ne!(error.retry, Retry::Never, "{name}: {error:?}");
    }
    let other = dialect.error(&replies["other_body"]);
    assert_eq!((other.kind, other.retry), (ErrorKind::Request, Retry::Never), "{other:?}");
    let Ok(TaskState::Failed(charged)) = dialect.polled(&replies["failed_and_charged"]) else { panic!("it failed") };
    assert_eq!((charged.kind, charged.charged), (ErrorKind::Refused, Charged::Yes(None)));
}
