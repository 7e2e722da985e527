//! Every bad day is the one that was asked for, and leaves the rest alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Reply, Talk, fetch, send};
use super::{TASKS, order, order_on, ordered, over};
use crate::loopback::{Call, Fault, Loopback, Pick, Settings};
use crate::support::media::png;

/// One order on a bad day: its answer, and how many tasks are billed.
fn submitted(service: &'static str, fault: Fault) -> (Option<Reply>, usize) {
    let loopback = Loopback::start(Settings::new().fault(Call::Submit, Pick::Nth(1), fault));
    let reply = Talk::to(&loopback, service).try_post(TASKS, &order("a bad day"));
    let ledger = loopback.ledger();
    assert_eq!(ledger.requests()[0].status, reply.as_ref().map(|reply| reply.status));
    (reply, ledger.billed().len())
}

#[test]
fn orders_that_are_refused_make_no_task() {
    for (fault, status, words) in [
        (Fault::RateLimited(Some(7)), 429, "RateLimitExceeded"),
        (Fault::RateLimited(None), 429, "RateLimitExceeded"),
        (Fault::Server("InternalServiceError"), 500, "\"InternalServiceError\""),
        (Fault::BadGateway, 502, "<html>"),
        (Fault::Page, 200, "<html>"),
        (Fault::ErrorText(503), 503, "{\"error\":\"upstream"),
        (Fault::Refused(403, "AccountOverdueError"), 403, "AccountOverdueError"),
        (Fault::InputModeration(None), 400, "InputTextSensitiveContentDetected"),
        (Fault::InputModeration(Some("content[1]")), 400, "\"content[1]\""),
    ] {
        let retry = (fault == Fault::RateLimited(Some(7))).then(|| "7".to_owned());
        let (reply, billed) = submitted("ark", fault.clone());
        let reply = reply.expect("an answer comes");
        assert_eq!((reply.status, billed), (status, 0), "{fault:?}");
        assert!(String::from_utf8_lossy(&reply.body).contains(words), "{fault:?}");
        assert_eq!(reply.header("retry-after").map(str::to_owned), retry, "{fault:?}");
    }
    let (reply, _) = submitted("apiyi", Fault::InputModeration(None));
    assert_eq!(reply.expect("an answer comes").status, 403, "the relay has its own status for this");
}

#[test]
fn a_connection_that_ends_tells_nothing_of_the_bill() {
    let (before, billed) = submitted("ark", Fault::DropBefore);
    assert!(before.is_none() && billed == 0);
    let (after, billed) = submitted("ark", Fault::DropAfter);
    assert!(after.is_none() && billed == 1);
}

#[test]
fn answers_that_cannot_be_read_are_billed() {
    let (reply, billed) = submitted("ark", Fault::Garbage);
    assert!(serde_json::from_slice::<Value>(&reply.expect("an answer comes").body).is_err() && billed == 1);
    let (reply, billed) = submitted("ark", Fault::FalseGzip);
    let reply = reply.expect("an answer comes");
    assert_eq!((reply.header("content-encoding"), billed), (Some("gzip"), 1));
    assert!(reply.json()["id"].is_string(), "it is plain all the same");
    let (reply, billed) = submitted("ark", Fault::Slow(Duration::from_millis(1)));
    assert!(reply.expect("an answer comes").status == 200 && billed == 1);
}

#[test]
fn the_relay_packs_falsely_for_those_who_unpack() {
    let loopback = Loopback::start(Settings::new());
    let key = format!("Bearer {}", Loopback::key("apiyi"));
    let url = format!("{}{TASKS}/none", loopback.base("apiyi"));
    for (how, encoding) in [("gzip, br", Some("gzip")), ("identity", None)] {
        let reply = send("GET", &url, &[("Authorization", &key), ("Accept-Encoding", how)], b"");
        assert_eq!(reply.expect("an answer comes").header("content-encoding"), encoding);
    }
    let outside = send("GET", &loopback.base("apiyi").replace("/api/v3", "/v3"), &[], b"").expect("an answer comes");
    assert!(outside.status == 200 && outside.body.starts_with(b"<!doctype html>"));
}

#[test]
fn tasks_fail_as_they_are_told_and_are_free() {
    for (fault, status, error) in [
        (Fault::Failed("InternalServiceError"), "failed", json!("InternalServiceError")),
        (Fault::OutputModeration, "failed", json!("OutputVideoSensitiveContentDetected")),
        (Fault::Expired, "expired", Value::Null),
    ] {
        for call in [Call::Submit, Call::Poll] {
            let loopback = Loopback::start(Settings::new().fault(call, Pick::Nth(1), fault.clone()));
            let talk = Talk::to(&loopback, "ark");
            let seen = over(&talk, &ordered(&talk, &order("fails")));
            assert_eq!((&seen["status"], &seen["error"]["code"]), (&json!(status), &error));
            assert!(seen["usage"].is_null() && loopback.ledger().billed().is_empty());
        }
    }
    let loopback = Loopback::start(Settings::new().fault(Call::Submit, Pick::Every, Fault::FailedText));
    let talk = Talk::to(&loopback, "ark");
    assert!(over(&talk, &ordered(&talk, &order("fails")))["error"].is_string());
}

#[test]
fn answers_about_a_task_take_other_shapes() {
    let settings = Settings::new()
        .fault(Call::Submit, Pick::Nth(1), Fault::Milliseconds)
        .fault(Call::Submit, Pick::Nth(1), Fault::LastFrameAt("last_frame_url"))
        .fault(Call::Submit, Pick::Nth(2), Fault::NoLastFrame)
        .fault(Call::Submit, Pick::Nth(3), Fault::NotFoundFirst(2))
        .fault(Call::Poll, Pick::Nth(1), Fault::Status("pondering"));
    let loopback = Loopback::start(settings);
    let talk = Talk::to(&loopback, "ark");
    let paths: Vec<String> = (0..3).map(|n| ordered(&talk, &order(&format!("shape {n}")))).collect();
    let first = talk.get(&paths[0]).json();
    assert_eq!(first["status"], "pondering");
    assert!(first["created_at"].as_u64().is_some_and(|time| time > 1_000_000_000_000));
    let done = over(&talk, &paths[0]);
    assert!(done["last_frame_url"].is_string() && done["content"]["last_frame_url"].is_null());
    let done = over(&talk, &paths[1]);
    assert!(done["content"]["last_frame_url"].is_null() && done["content"]["video_url"].is_string());
    let looks: Vec<u16> = (0..3).map(|_| talk.get(&paths[2]).status).collect();
    assert_eq!(looks, [404, 404, 200]);
}

#[test]
fn older_answers_of_the_gateways() {
    let settings = Settings::new().fault(Call::Submit, Pick::Every, Fault::Older).fault(
        Call::Submit,
        Pick::Every,
        Fault::VideoAt("fail_reason"),
    );
    let loopback = Loopback::start(settings);
    let talk = Talk::to(&loopback, "openai-video");
    let order = json!({"model": super::TWO, "prompt": "old", "seconds": "4"});
    let made = talk.post("/v1/videos", &order).json();
    let path = format!("/v1/videos/{}", made["data"]["id"].as_str().expect("an id"));
    let looks: Vec<Value> = (0..3).map(|_| talk.get(&path).json()["data"].clone()).collect();
    let words: Vec<&Value> = looks.iter().map(|look| &look["status"]).collect();
    assert_eq!(words, ["QUEUED", "IN_PROGRESS", "SUCCESS"]);
    assert_eq!(looks[2]["progress"], "100%");
    assert!(looks[2]["fail_reason"].as_str().is_some_and(|link| link.starts_with("http")));
    assert!(looks[2]["metadata"]["url"].is_null());
}

#[test]
fn downloads_break() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let path = ordered(&talk, &order("breaks"));
    let link = over(&talk, &path)["content"]["video_url"].clone();
    let whole = fetch(&link);
    let bytes = whole.body.len();
    assert_eq!(whole.length(), bytes);
    let broken = |fault: Fault| {
        loopback.fault(Call::Clip, Pick::Nth(1), fault);
        fetch(&link)
    };
    let cut = broken(Fault::Truncated);
    assert_eq!((cut.length(), cut.body.len()), (bytes, bytes / 2));
    let corrupt = broken(Fault::Corrupt);
    assert!(corrupt.length() == bytes && corrupt.body.len() == bytes && corrupt.body != whole.body);
    let empty = broken(Fault::Empty);
    assert_eq!((empty.status, empty.length()), (200, 0));
    let short = broken(Fault::WrongLength);
    assert_eq!((short.length(), short.body.len()), (bytes / 2, bytes / 2), "it looks whole");
    assert_eq!(broken(Fault::ExpiredLink).status, 403);
    assert_eq!(broken(Fault::BadGateway).status, 502);
    assert_eq!(fetch(&link).body, whole.body, "the next download is whole again");
    let statuses: Vec<u16> = loopback.ledger().downloads().iter().map(|fetched| fetched.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 403, 502, 200]);
}

#[test]
fn parts_of_a_file_are_given() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let link = over(&talk, &ordered(&talk, &order("parts")))["content"]["video_url"].clone();
    let whole = fetch(&link);
    let part = |range: &str| send("GET", link.as_str().expect("a link"), &[("Range", range)], b"").expect("an answer");
    let rest = part("bytes=1000-");
    assert_eq!((rest.status, &rest.body[..]), (206, &whole.body[1000..]));
    let range = format!("bytes 1000-{}/{}", whole.body.len() - 1, whole.body.len());
    assert_eq!(rest.header("content-range"), Some(range.as_str()));
    assert_eq!(rest.header("etag"), whole.header("etag"));
    assert_eq!(part("bytes=10-19").body, whole.body[10..20]);
    assert_eq!(part(&format!("bytes={}-", whole.body.len())).status, 416);
}

#[test]
fn links_end_and_a_look_gives_fresh_ones() {
    let loopback = Loopback::start(Settings::new());
    let talk = Talk::to(&loopback, "ark");
    let path = ordered(&talk, &order("links"));
    let old = over(&talk, &path)["content"].clone();
    loopback.expire_links();
    assert_eq!((fetch(&old["video_url"]).status, fetch(&old["last_frame_url"]).status), (403, 403));
    let chained = talk.post(TASKS, &order_on("next", old["last_frame_url"].as_str().expect("a link")));
    assert!(chained.json()["error"]["code"].as_str().is_some_and(|code| code.starts_with("InvalidImageURL")));
    let new = talk.get(&path).json()["content"].clone();
    assert_ne!(old["video_url"], new["video_url"]);
    assert_eq!(fetch(&new["video_url"]).status, 200);
    let loopback = Loopback::start(Settings::new().expires_after(Duration::ZERO));
    let talk = Talk::to(&loopback, "ark");
    let link = over(&talk, &ordered(&talk, &order("links")))["content"]["video_url"].clone();
    assert_eq!(fetch(&link).status, 403);
}

#[test]
fn chance_draws_the_same_calls_for_the_same_seed() {
    let drawn = |seed| {
        let pick = Pick::Chance { percent: 50, seed };
        let loopback = Loopback::start(Settings::new().fault(Call::Poll, pick, Fault::RateLimited(None)));
        let talk = Talk::to(&loopback, "ark");
        let path = ordered(&talk, &order_on("chance", &super::data(&png(400, 300))));
        (0..24).map(|_| talk.get(&path).status).collect::<Vec<u16>>()
    };
    let one = drawn(1);
    assert_eq!(one, drawn(1));
    assert_ne!(one, drawn(2));
    assert!(one.contains(&200) && one.contains(&429));
    let loopback = Loopback::start(Settings::new().fault(Call::List, Pick::First(2), Fault::BadGateway));
    let talk = Talk::to(&loopback, "ark");
    let statuses: Vec<u16> = (0..3).map(|_| talk.get(TASKS).status).collect();
    assert_eq!(statuses, [502, 502, 200]);
}
