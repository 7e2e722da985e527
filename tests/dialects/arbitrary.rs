//! Nothing that a service answers makes the program panic.

use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use storyreel_core::provider::reply::TaskState;
use storyreel_providers::dialect::Dialect;
use storyreel_providers::dialect::http::HttpResponse;

use super::{recorded, spoken};

/// Names that some dialect looks for.
const KEYS: &[&str] = &[
    "id",
    "task_id",
    "job_id",
    "status",
    "progress",
    "data",
    "error",
    "code",
    "message",
    "param",
    "content",
    "metadata",
    "outputs",
    "items",
    "total",
    "url",
    "video_url",
    "last_frame_url",
    "output_url",
    "fail_reason",
    "usage",
    "completion_tokens",
    "seed",
    "updated_at",
    "completed_at",
    "created_at",
    "download_url",
    "safety_identifier",
];

/// Text that some dialect reads something out of.
const WORDS: &[&str] = &[
    "queued",
    "succeeded",
    "SUCCESS",
    "failed",
    "expired",
    "unknown",
    "100%",
    "-1",
    "NaN",
    "18446744073709551616",
    "https://files.example/a.mp4",
    "content[",
    "content[1]",
    "content[18446744073709551616]",
    "Request id:",
    "Request id: é",
    "İRequest id: 1",
    "QuotaExceeded",
    "PUBLIC_",
    "{\"error\":{}}",
    "402",
    "",
    "\u{0}",
];

fn json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    let text = prop_oneof![any::<String>(), select(WORDS).prop_map(str::to_owned)].prop_map(Value::from);
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), number, text];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let key = prop_oneof![9 => select(KEYS).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(key, inner, 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Every reader of a service on one reply.
fn read(dialect: &dyn Dialect, reply: &HttpResponse) {
    let mut errors = vec![dialect.error(reply), dialect.poll_error(reply)];
    errors.extend(dialect.submitted(reply).err());
    errors.extend(dialect.listed(reply).err());
    errors.extend(dialect.uploaded(reply).err());
    match dialect.polled(reply) {
        Ok(TaskState::Failed(error)) | Err(error) => errors.push(error),
        Ok(_) => {}
    }
    for error in errors {
        assert!(!error.message.is_empty() && error.message.len() < 8000, "{error:?}");
    }
}

/// The readers of all services on one reply.
fn read_everywhere(reply: &HttpResponse) {
    spoken().for_each(|(_, dialect)| read(dialect, reply));
}

/// The value at a place counted through the whole of `value`, in the order of writing.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.iter_mut().find_map(|(_, field)| nth(field, left)),
        _ => None,
    }
}

proptest! {
    #[test]
    fn bytes_are_read_without_a_panic(status in 100_u16..600, body in vec(any::<u8>(), 0..300)) {
        read_everywhere(&HttpResponse { status, headers: Vec::new(), body });
    }

    #[test]
    fn json_is_read_without_a_panic(status in 100_u16..600, body in json(), after in any::<String>()) {
        let headers = vec![("retry-after".to_owned(), after)];
        read_everywhere(&HttpResponse { status, headers, body: body.to_string().into_bytes() });
    }
}

/// Every recorded reply, cut off after every byte, and with any one value replaced by others.
#[test]
fn torn_and_changed_replies_are_read_without_a_panic() {
    let others = [Value::Null, Value::from(-1), Value::from("é"), Value::from(vec![1]), serde_json::json!({"id": {}})];
    for (service, dialect) in spoken() {
        for reply in recorded(service.id).into_values() {
            for end in 0..reply.body.len() {
                read(dialect, &HttpResponse { body: reply.body[..end].to_vec(), ..reply.clone() });
            }
            let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { continue };
            for (at, other) in (0..60).flat_map(|at| others.iter().map(move |other| (at, other))) {
                let mut changed = body.clone();
                let mut left = at;
                let Some(place) = nth(&mut changed, &mut left) else { continue };
                *place = other.clone();
                let body = changed.to_string().into_bytes();
                read(dialect, &HttpResponse { body, ..reply.clone() });
            }
        }
    }
}
