//! Replies as no service should send them: recorded ones, changed by chance from a fixed seed. Whatever came, nothing
//! panics, nothing false is billed, and no order is sent again that may have been taken.

use serde_json::{Map, Value, json};
use storyreel_core::provider::Provider;
use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry, TaskState};
use storyreel_providers::dialect::Dialect;
use storyreel_providers::dialect::http::HttpResponse;

use super::{recorded, spoken};

/// Changed replies of each service.
const REPLIES: usize = 200;

/// Where the numbers of the changes begin.
const SEED: u64 = 0x05ee_da9c_e12d;

/// The most tokens that any bill of a clip can count.
const MOST_TOKENS: u64 = 1_000_000_000_000;

/// Numbers that follow from the seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// Values that stand where others are expected; `@…@` becomes a bare word that JSON does not have.
fn odd_value(chance: &mut Chance) -> Value {
    let deep = (0..200).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    chance.one_of(&[
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(0.5),
        json!(-1e300),
        json!(u64::MAX),
        json!(1_u64 << 63),
        json!(1_000_000_000_000_u64 + 1),
        json!("NaN"),
        json!("@NaN@"),
        json!("@-Infinity@"),
        json!("@1e999@"),
        json!("108900"),
        json!("9".repeat(60)),
        json!(""),
        json!("another-task"),
        json!("é\u{0}\u{202e}"),
        json!("https://127.0.0.1/x.mp4"),
        json!("x".repeat(20_000)),
        json!([]),
        json!({}),
        json!({"id": "another-task", "status": "succeeded"}),
        deep,
    ])
}

/// Every object within a value, by its place.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(at.to_owned());
            for (key, field) in fields {
                objects(field, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                objects(item, &format!("{at}/{n}"), found);
            }
        }
        _ => {}
    }
}

/// One change of one object: a field less, a field of another kind, or a known field in a place of another.
fn change(body: &mut Value, chance: &mut Chance) {
    let mut places = Vec::new();
    objects(body, "", &mut places);
    if places.is_empty() {
        *body = odd_value(chance);
        return;
    }
    let place = chance.one_of(&places);
    let Some(Value::Object(fields)) = body.pointer_mut(&place) else { return };
    let keys: Vec<String> = fields.keys().cloned().collect();
    let key = if keys.is_empty() { "id".to_owned() } else { chance.one_of(&keys) };
    match chance.below(5) {
        0 => drop(fields.remove(&key)),
        1 => {
            let known = ["id", "status", "usage", "error", "code", "message", "data", "content", "task_id"];
            fields.insert(chance.one_of(&known).to_owned(), odd_value(chance));
        }
        2 => {
            let tokens = odd_value(chance);
            fields.insert("usage".to_owned(), json!({"completion_tokens": tokens, "total_tokens": 108_900}));
        }
        _ => drop(fields.insert(key, odd_value(chance))),
    }
}

/// The text of a body: `@…@` as a bare word, sometimes a key twice.
fn written(body: &Value, chance: &mut Chance) -> String {
    let mut text = body.to_string();
    for word in ["NaN", "-Infinity", "1e999"] {
        text = text.replace(&format!("\"@{word}@\""), word);
    }
    if text.starts_with('{') && text.len() > 2 && chance.below(6) == 0 {
        let twice = chance.one_of(&["\"status\":\"failed\"", "\"id\":\"another-task\"", "\"usage\":-1"]);
        text = format!("{},{twice}}}", &text[..text.len() - 1]);
    }
    text
}

/// A reply that was recorded, changed.
fn changed(reply: &HttpResponse, chance: &mut Chance) -> HttpResponse {
    let mut reply = reply.clone();
    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
        for _ in 0..=chance.below(3) {
            change(&mut body, chance);
        }
        reply.body = written(&body, chance).into_bytes();
    }
    match chance.below(10) {
        0 => reply.body.truncate(chance.below(reply.body.len() + 1)),
        1 => reply.body = b"<!doctype html><title>502</title>".to_vec(),
        2 => reply.body = String::from_utf8_lossy(&reply.body).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        3 => reply.body = [&[0x1F, 0x8B, 8, 0][..], &reply.body].concat(),
        4 => {
            let at = chance.below(reply.body.len().max(1));
            reply.body.splice(at..at, [0xFF, 0xFE]);
        }
        _ => {}
    }
    if chance.below(3) == 0 {
        let statuses = [100, 200, 202, 204, 302, 400, 401, 402, 403, 404, 408, 409, 413, 425, 429, 499, 500, 502, 503];
        reply.status = chance.one_of(&statuses);
    }
    if chance.below(8) == 0 {
        let pauses = ["-1", "1e9", "soon", "99999999999999999999", "3000"];
        reply.headers.push(("retry-after".to_owned(), chance.one_of(&pauses).to_owned()));
    }
    reply
}

/// The number that a body plainly gives for its tokens at one of the places that services use; `None` where it gives none.
fn plain_tokens(body: &Value) -> Vec<u64> {
    let places = ["/usage", "/data/usage"];
    let counts = ["completion_tokens", "total_tokens"];
    let values =
        places.iter().filter_map(|place| body.pointer(place)).flat_map(|usage| counts.map(|count| &usage[count]));
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    values.filter_map(number).collect()
}

/// What every error must keep to, whatever it came from.
fn check_error(error: &ProviderError, service: &Provider) {
    assert_eq!(error.service, service.id);
    assert!(!error.message.is_empty() && error.message.len() < 8000, "{error:?}");
    if let Retry::After(pause) = error.retry {
        assert!(pause.as_secs() <= 3600, "{error:?}");
    }
}

/// What a look comes to, by the rule that the transport follows.
fn check_look(service: &Provider, dialect: &dyn Dialect, reply: &HttpResponse) {
    let seen = if (200..300).contains(&reply.status) { dialect.polled(reply) } else { Err(dialect.poll_error(reply)) };
    match seen {
        Ok(TaskState::Done(delivery)) => {
            let charged = delivery.charged.map(|money| money.micros);
            assert!(charged.is_none() || service.lists_models, "no other service names an amount: {delivery:?}");
            assert!(charged.is_none_or(|micros| micros <= 10_000_000_000), "{delivery:?}");
            assert!(delivery.tokens.is_none() || delivery.odd_usage.is_none(), "{delivery:?}");
            if let Some(tokens) = delivery.tokens {
                assert!((1..=MOST_TOKENS).contains(&tokens), "{delivery:?}");
                let body: Value = reply.json(service.id).expect("it was read");
                assert!(plain_tokens(&body).contains(&tokens), "{tokens} is not what {body} says");
            }
            assert!(delivery.odd_usage.is_none_or(|words| words.len() < 200));
        }
        Ok(TaskState::Failed(error)) => check_error(&error, service),
        Ok(TaskState::Queued | TaskState::Running(_)) => {}
        Err(error) => {
            check_error(&error, service);
            assert_ne!(error.charged, Charged::No, "a look does not make a task free: {error:?}");
        }
    }
}

/// What an order comes to: it is sent again only where the reply itself says that nothing was taken.
fn check_order(service: &Provider, dialect: &dyn Dialect, reply: &HttpResponse) {
    let taken = (200..300).contains(&reply.status);
    let result = if taken { dialect.submitted(reply) } else { Err(dialect.error(reply)) };
    let Err(error) = result else { return };
    check_error(&error, service);
    let refused = (400..500).contains(&reply.status) && !matches!(reply.status, 408 | 499);
    let says_so = error.code.is_some();
    if error.charged == Charged::No {
        assert!(refused || says_so, "{} {error:?}", reply.status);
    }
    if error.retry != Retry::Never {
        // With a key of ours it is the same order when it is sent again.
        let is_safe = error.charged == Charged::No || service.has_order_keys;
        assert!(is_safe, "an order that may have been taken is not sent again: {error:?}");
        assert!(matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Server), "{error:?}");
    }
}

#[test]
fn two_hundred_changed_replies_of_each_service_bill_nothing_false_and_order_nothing_twice() {
    for (service, dialect) in spoken() {
        let replies: Vec<(String, HttpResponse)> = recorded(service.id).into_iter().collect();
        let mut chance = Chance(SEED ^ service.id.bytes().fold(0, |sum, byte| sum << 5 ^ u64::from(byte)));
        let (mut done, mut refused) = (0, 0);
        for _ in 0..REPLIES {
            let (_, reply) = chance.one_of(&replies);
            let reply = changed(&reply, &mut chance);
            check_look(service, dialect, &reply);
            check_order(service, dialect, &reply);
            let _ = dialect.names(&reply);
            let _ = (dialect.listed(&reply), dialect.uploaded(&reply));
            done += usize::from(matches!(dialect.polled(&reply), Ok(TaskState::Done(_))));
            refused += usize::from(dialect.polled(&reply).is_err());
        }
        assert!(done > 0 && refused > REPLIES / 4, "{}: the changes are too tame: {done} {refused}", service.id);
    }
}

/// Every odd count of a bill keeps the clip and tells the count.
#[test]
fn an_odd_bill_keeps_the_clip_of_every_service_that_counts() {
    let odd =
        ["NaN", "-Infinity", "\"NaN\"", "-5", "0", "0.5", "1e300", "1e999", "9223372036854775808", "\"many\"", "[1]"];
    // A server of one's own bills nothing.
    for (service, dialect) in spoken().filter(|(service, _)| !service.is_own_server) {
        let reply = recorded(service.id).remove("succeeded").expect("it is needed");
        let counted = if service.lists_models { "cost" } else { "completion_tokens" };
        // An amount may be nothing, or a part of a dollar.
        let odd = odd.into_iter().filter(|count| !service.lists_models || !matches!(*count, "0" | "0.5"));
        let mut body: Value = serde_json::from_slice(&reply.body).expect("it is JSON");
        for at in ["", "/data"] {
            let Some(Value::Object(fields)) = body.pointer_mut(at) else { continue };
            let usage = Map::from_iter([(counted.to_owned(), json!("@"))]);
            fields.insert("usage".to_owned(), Value::Object(usage));
        }
        for count in odd {
            let text = body.to_string().replace("\"@\"", count);
            let Ok(TaskState::Done(delivery)) = dialect.polled(&HttpResponse { body: text.into(), ..reply.clone() })
            else {
                panic!("{}: {count} costs the clip", service.id)
            };
            assert!(
                delivery.video.is_some() && delivery.tokens.is_none() && delivery.charged.is_none(),
                "{}: {count}",
                service.id
            );
            let words = delivery.odd_usage.expect("it is told");
            let shown = count.trim_matches('"').replace("1e300", "1e+300");
            assert!(words.contains(&format!("`{shown}`")), "{}: {count}: {words}", service.id);
        }
    }
}

/// A reply calls its task by the id that the order was answered with, where it calls it at all.
#[test]
fn every_service_names_its_own_task_in_a_look() {
    for (service, dialect) in spoken() {
        let replies = recorded(service.id);
        let task = dialect.submitted(&replies["submitted"]).expect("it was accepted");
        // Where the clip is asked for by itself, that reply is the maker's own.
        let done = if replies.contains_key("completed") { "completed" } else { "succeeded" };
        for name in ["queued", "running", done] {
            let names = dialect.names(&replies[name]);
            assert!(names.contains(&task), "{} {name}: {names:?}, not {task}", service.id);
        }
        let other = String::from_utf8(replies["running"].body.clone()).expect("it is text").replace(&task, "other-1");
        let names = dialect.names(&HttpResponse { body: other.into(), ..replies["running"].clone() });
        assert!(!names.is_empty() && !names.contains(&task), "{}: {names:?}", service.id);
        assert!(dialect.names(&replies["malformed"]).is_empty(), "{}", service.id);
    }
}
