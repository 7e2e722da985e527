//! Replies of services that differ only in where things stand: the places are data, the reading is here.

use std::time::Duration;

use serde_json::Value;
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ProviderError, Retry, TaskState};

use super::failure::{FailureReply, FailureVerdict};
use super::fields::{self, Count, Pointers};
use super::http::HttpResponse;

/// The longest pause asked for that is kept, in seconds.
const LONGEST_PAUSE: u64 = 3600;

/// Where the parts of a task stand in the replies of a service, and what its failures mean.
#[derive(Debug, Clone, Copy)]
pub struct Replies {
    /// The service's id.
    pub(super) provider: &'static str,
    /// The task's id. A reply may give several names of one task.
    pub(super) task: Pointers,
    /// The word for how it stands.
    pub(super) status: Pointers,
    /// Per cent done.
    pub(super) progress: Pointers,
    /// The clip.
    pub(super) video: Pointers,
    /// The last frame. At places whose name does not say so, only what ends like a picture is one.
    pub(super) last_frame: Pointers,
    /// Tokens counted for the bill.
    pub(super) tokens: Pointers,
    /// The seed used.
    pub(super) seed: Pointers,
    /// When the task changed last.
    pub(super) changed: Pointers,
    /// Why it failed.
    pub(super) reason: Pointers,
    /// Whether a clip without an address can be had through the service itself.
    pub(super) has_content: bool,
    /// Whether a task that failed costs money.
    pub(super) failed: Charged,
    /// Whether a task that was refused for its content costs money.
    pub(super) refused: Charged,
    /// What a status of 403 without a known code means.
    pub(super) forbidden: ErrorKind,
    /// Statuses by which a look says that there is no such task.
    pub(super) missing: &'static [u16],
    /// The place of the first input among the contents of an order.
    pub(super) first_input: usize,
}

impl Replies {
    /// For a service whose replies are read in another way.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        provider: "none",
        task: &[],
        status: &[],
        progress: &[],
        video: &[],
        last_frame: &[],
        tokens: &[],
        seed: &[],
        changed: &[],
        reason: &[],
        has_content: false,
        failed: Charged::Unknown,
        refused: Charged::Unknown,
        forbidden: ErrorKind::Auth,
        missing: &[],
        first_input: 0,
    };
}

/// How a task stands, by its word alone.
enum Standing {
    Queued,
    Running,
    Done,
    Failed,
    Expired,
    Cancelled,
}

/// Every word seen, of all services together: one word never means two things.
fn standing(word: &str, progress: Option<f32>) -> Option<Standing> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "queued" | "pending" | "submitted" | "created" | "starting" | "not_start" => Standing::Queued,
        "running" | "processing" | "in_progress" => Standing::Running,
        "succeeded" | "success" | "completed" => Standing::Done,
        "failed" | "failure" | "error" => Standing::Failed,
        "expired" => Standing::Expired,
        "cancelled" | "canceled" => Standing::Cancelled,
        // Gateways that do not know the word of the service behind them still count to a hundred.
        "unknown" if progress.is_some_and(|part| part >= 1.0) => Standing::Done,
        _ => return None,
    })
}

impl Replies {
    /// The id of an accepted task.
    pub(super) fn submitted(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        let body: Value = reply.json(self.provider)?;
        fields::text(&body, self.task).ok_or_else(|| {
            understood_error(self.rejected(reply)).unwrap_or_else(|| self.lacks("task id", &body, reply))
        })
    }

    /// Every name by which a reply calls its task.
    pub(super) fn names(&self, reply: &HttpResponse) -> Vec<String> {
        let body: Value = reply.json(self.provider).unwrap_or_default();
        self.task.iter().filter_map(|place| fields::text(&body, &[place])).collect()
    }

    /// How a task stands.
    pub(super) fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        let body: Value = reply.json(self.provider)?;
        self.state(&body, reply)
    }

    /// How the task in `body` stands.
    pub(super) fn state(&self, body: &Value, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        let Some(word) = fields::text(body, self.status) else {
            return Err(understood_error(self.not_seen(reply)).unwrap_or_else(|| self.lacks("status", body, reply)));
        };
        let progress = fields::part(body, self.progress);
        match standing(&word, progress) {
            Some(Standing::Queued) => Ok(TaskState::Queued),
            Some(Standing::Running) => Ok(TaskState::Running(progress)),
            Some(Standing::Done) => self.delivery(body, reply).map(|delivery| TaskState::Done(Box::new(delivery))),
            Some(Standing::Failed) => Ok(TaskState::Failed(self.over(body, reply, None))),
            Some(Standing::Expired) => Ok(TaskState::Failed(self.over(body, reply, Some(ErrorKind::Expired)))),
            Some(Standing::Cancelled) => Ok(TaskState::Failed(self.over(body, reply, Some(ErrorKind::Cancelled)))),
            None => {
                let word: String = word.chars().take(40).collect();
                Err(reply.unreadable(self.provider, &format!("the status `{word}` is not known")))
            }
        }
    }

    /// The error for a reply with a status of success that lacks `what`, with the words that stand there instead.
    fn lacks(&self, what: &str, body: &Value, reply: &HttpResponse) -> ProviderError {
        let words = FailureReply::read(body).map(|failure| failure.message.chars().take(200).collect::<String>());
        let words = words.filter(|words| !words.is_empty());
        reply.unreadable(
            self.provider,
            &match words {
                Some(words) => format!("there is no {what} in it, but `{words}`"),
                None => format!("there is no {what} in it"),
            },
        )
    }

    fn delivery(&self, body: &Value, reply: &HttpResponse) -> Result<Delivery, ProviderError> {
        let video = fields::address(body, self.video, |_, address| !fields::is_picture(address));
        if video.is_none() && !self.has_content {
            let mut error =
                reply.unreadable(self.provider, "the task is done, but there is no address of the clip in it");
            error.charged = Charged::Yes(None);
            return Err(error);
        }
        let (tokens, odd_usage) = match fields::tokens(body, self.tokens) {
            Count::Missing => (None, None),
            Count::Known(tokens) => (Some(tokens), None),
            Count::Odd(said) => {
                (None, Some(format!("its bill has `{said}` tokens, which is impossible and is ignored")))
            }
        };
        Ok(Delivery {
            video,
            last_frame: fields::address(body, self.last_frame, is_last_frame),
            tokens,
            odd_usage,
            charged: None,
            seed: fields::signed(body, self.seed),
            updated_at: fields::time(body, self.changed),
        })
    }

    /// Why a task is over without a clip.
    fn over(&self, body: &Value, reply: &HttpResponse, kind: Option<ErrorKind>) -> ProviderError {
        let reason = self.reason.iter().find_map(|place| FailureReply::read(body.pointer(place)?));
        let mut reason = reason.unwrap_or_default();
        let kind = kind.or_else(|| reason.named()).or_else(|| reason.mentioned()).unwrap_or(ErrorKind::Failed);
        if reason.message.is_empty() {
            reason.message = match kind {
                ErrorKind::Expired => "the task waited or ran too long".to_owned(),
                ErrorKind::Cancelled => "the task was cancelled".to_owned(),
                _ if reason.code.is_empty() => "the task failed, and the service does not say why".to_owned(),
                _ => reason.code.chars().take(200).collect(),
            };
        }
        let charged = match kind {
            ErrorKind::Refused | ErrorKind::OutputRefused => self.refused,
            _ => self.failed,
        };
        let passes = matches!(kind, ErrorKind::OutputRefused | ErrorKind::RateLimited | ErrorKind::Server);
        // Once more is for nothing only where the first time was.
        let retry = if passes && charged == Charged::No { Retry::Backoff } else { Retry::Never };
        reason.error(self.provider, FailureVerdict { kind, retry, charged }, self.first_input, reply)
    }

    /// What an order came to that was not accepted.
    ///
    /// Only a service that names the reason, or answers with a status of 400 to 499, has surely taken nothing on. A bare
    /// status of 500 to 599 may come from something in between, after the service took the order: it is never repeated.
    pub(super) fn rejected(&self, reply: &HttpResponse) -> ProviderError {
        let failure = FailureReply::of_reply(self.provider, reply);
        let status = if reply.status < 300 { failure.status().unwrap_or(reply.status) } else { reply.status };
        let named = failure.named();
        let kind = named.or_else(|| failure.mentioned()).unwrap_or_else(|| self.kind_of(status, &failure));
        let free = named.is_some() || ((400..500).contains(&status) && !matches!(status, 408 | 499));
        let retry = match kind {
            ErrorKind::RateLimited | ErrorKind::Server if free => pause(reply),
            _ => Retry::Never,
        };
        let charged = if free { Charged::No } else { Charged::Unknown };
        failure.error(self.provider, FailureVerdict { kind, retry, charged }, self.first_input, reply)
    }

    /// What a look came to that showed no task. A look is free; what became of the task is not known, and neither is
    /// its price.
    pub(super) fn not_seen(&self, reply: &HttpResponse) -> ProviderError {
        let failure = FailureReply::of_reply(self.provider, reply);
        let status = if reply.status < 300 { failure.status().unwrap_or(reply.status) } else { reply.status };
        let named = failure.named().or_else(|| failure.mentioned());
        let kind = match named {
            Some(kind) if kind.stops_the_provider() => kind,
            _ if self.missing.contains(&status) => ErrorKind::NoTask,
            Some(kind) => kind,
            None => self.kind_of(status, &failure),
        };
        let passes = matches!(status, 408 | 425 | 429 | 500..=599);
        let retry = match kind {
            _ if kind.stops_the_provider() => Retry::Never,
            ErrorKind::RateLimited | ErrorKind::Server => pause(reply),
            _ if passes => pause(reply),
            _ => Retry::Never,
        };
        failure.error(self.provider, FailureVerdict { kind, retry, charged: Charged::Unknown }, self.first_input, reply)
    }

    /// The kind of an error by its status alone.
    fn kind_of(&self, status: u16, failure: &FailureReply) -> ErrorKind {
        match status {
            402 => ErrorKind::Billing,
            403 | 429 if failure.is_about_money() => ErrorKind::Billing,
            401 => ErrorKind::Auth,
            403 => self.forbidden,
            404 => ErrorKind::NotAvailable,
            408 | 425 | 500..=599 => ErrorKind::Server,
            429 => ErrorKind::RateLimited,
            400..=499 => ErrorKind::Request,
            _ => ErrorKind::Unreadable,
        }
    }
}

/// At a place whose name does not say so, only what ends like a picture is a last frame.
fn is_last_frame(place: &str, address: &str) -> bool {
    place.ends_with("last_frame_url") || fields::is_picture(address)
}

/// An error of which more is known than that a reply was not understood.
fn understood_error(error: ProviderError) -> Option<ProviderError> {
    Some(error).filter(|error| error.kind != ErrorKind::Unreadable)
}

/// The pause that the service asks for in seconds; else one that grows.
fn pause(reply: &HttpResponse) -> Retry {
    let seconds = reply.header("retry-after").and_then(|value| value.trim().parse::<u64>().ok());
    match seconds.filter(|&seconds| seconds > 0) {
        Some(seconds) => Retry::After(Duration::from_secs(seconds.min(LONGEST_PAUSE))),
        None => Retry::Backoff,
    }
}
