//! What a way of speaking must be able to say.

use serde_json::{Map, Value};

use super::faults::{Call, Fault};
use super::rules::{Refusal, Resolve};
use super::tasks::{Order, Stand, Task};
use super::wire::{Answer, Asked};

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Submit,
    Poll(String),
    /// The clip through the service itself.
    Content(String),
    Upload,
    List,
    Cancel(String),
    /// What a finished task made, where that is asked for by itself.
    Result(String),
    /// The models that the service has.
    Models,
}

impl Wanted {
    /// What it counts as.
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Submit => Call::Submit,
            Self::Poll(_) | Self::Result(_) => Call::Poll,
            Self::Content(_) => Call::Clip,
            Self::Upload => Call::Upload,
            Self::List | Self::Models => Call::List,
            Self::Cancel(_) => Call::Cancel,
        }
    }
}

/// A service's language.
pub(super) trait Dialect: Sync {
    /// What is wanted of the path below the base URL; `None` where the service has no such path.
    fn wanted(&self, method: &str, path: &str) -> Option<Wanted>;

    /// The name of the nth task.
    fn id(&self, nth: usize) -> String;

    /// Checks an order.
    fn order(&self, service: &'static str, asked: &Asked, resolve: Resolve<'_>) -> Result<Order, Refusal>;

    /// The answer to an order.
    fn accepted(&self, view: &View<'_>) -> Value;

    /// The status of it.
    fn accepted_status(&self) -> u16 {
        200
    }

    /// The key of ours that an order bears, where the service takes one.
    fn order_key(&self, asked: &Asked) -> Option<Result<String, Refusal>> {
        let _ = asked;
        None
    }

    /// The key of the account.
    fn key<'a>(&self, asked: &'a Asked) -> Option<&'a str> {
        asked.header("authorization").map(|value| value.strip_prefix("Bearer ").unwrap_or_default())
    }

    /// Whether it takes everybody.
    fn is_open(&self) -> bool {
        false
    }

    /// The answer to a look.
    fn shown(&self, view: &View<'_>) -> Value;

    /// The status of it.
    fn shown_status(&self, stand: &Stand) -> u16 {
        let _ = stand;
        200
    }

    /// What a finished task made.
    fn result(&self, view: &View<'_>) -> Value {
        self.shown(view)
    }

    /// The models that it has.
    fn models(&self) -> Value {
        Value::Null
    }

    /// A header of errors.
    fn error_header(&self, refusal: &Refusal) -> Option<(&'static str, String)> {
        let _ = refusal;
        None
    }

    /// Where the last frame's address stands; `None` where it has no place of its own.
    fn frame_place(&self) -> Option<&'static str>;

    /// Where the clip's address stands.
    fn video_place(&self) -> &'static str;

    /// The words for an unknown task.
    fn no_task(&self, id: &str) -> Refusal;

    /// An error as the service puts it.
    fn refused(&self, refusal: &Refusal, request: &str) -> Value;

    /// The answer to an upload.
    fn uploaded(&self, address: &str, name: &str, size: usize) -> Value {
        let _ = (name, size);
        Value::String(address.to_owned())
    }
}

/// A task as it is to be shown now.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) task: &'a Task,
    pub(super) stand: Stand,
    /// The addresses, where it is done.
    pub(super) video: Option<String>,
    pub(super) frame: Option<String>,
    /// Now, in seconds since 1970.
    pub(super) now: u64,
    /// Faults of the shape.
    pub(super) faults: Vec<Fault>,
}

impl View<'_> {
    /// A time in seconds since 1970, as this answer has it.
    pub(super) fn time(&self, seconds: u64) -> u64 {
        if self.faults.contains(&Fault::Milliseconds) { seconds * 1000 } else { seconds }
    }

    /// The word for the status, which a fault may overrule.
    pub(super) fn word<'b>(&self, own: &'b str) -> &'b str
    where
        'static: 'b,
    {
        let other =
            self.faults.iter().find_map(|fault| if let Fault::Status(word) = fault { Some(*word) } else { None });
        other.unwrap_or(own)
    }

    /// The older shape.
    pub(super) fn older(&self) -> bool {
        self.faults.contains(&Fault::Older)
    }

    /// The error of a failed task.
    pub(super) fn error(&self) -> Value {
        match &self.stand {
            Stand::Failed(Some(code), message) => serde_json::json!({"code": code, "message": message}),
            Stand::Failed(None, message) => Value::String(message.clone()),
            _ => Value::Null,
        }
    }

    /// Writes the addresses at the places where this answer has them.
    pub(super) fn place(&self, answer: &mut Value, video: &str, frame: Option<&str>) {
        let (mut at_video, mut at_frame) = (video, frame);
        for fault in &self.faults {
            match fault {
                Fault::VideoAt(place) => at_video = place,
                Fault::LastFrameAt(place) => at_frame = Some(place),
                _ => {}
            }
        }
        for (place, address) in [(Some(at_video), &self.video), (at_frame, &self.frame)] {
            if let (Some(place), Some(address)) = (place.filter(|place| !place.is_empty()), address) {
                put(answer, place, Value::String(address.clone()));
            }
        }
    }
}

/// Writes a value at a place such as `metadata.url`; a place ending in `[]` is one more of a list.
pub(super) fn put(value: &mut Value, place: &str, what: Value) {
    let (name, rest) = place.split_once('.').map_or((place, None), |(name, rest)| (name, Some(rest)));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let (name, list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
    let entry = value.as_object_mut().expect("made so above").entry(name).or_insert(Value::Null);
    match rest {
        Some(rest) => put(entry, rest, what),
        None if list => match entry.as_array_mut() {
            Some(items) => items.push(what),
            None => *entry = Value::Array(vec![what]),
        },
        None => *entry = what,
    }
}

/// An answer that refuses.
pub(super) fn refuse(dialect: &dyn Dialect, refusal: &Refusal, request: &str) -> Answer {
    let answer = Answer::json(refusal.status, &dialect.refused(refusal, request));
    let header = dialect.error_header(refusal);
    header.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value))
}
