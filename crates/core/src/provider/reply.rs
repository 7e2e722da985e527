//! What services answer, in one vocabulary.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::money::Money;

/// How a task stands.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskState {
    /// Accepted, not begun.
    Queued,
    /// Being made; the part done, 0 to 1, where known.
    Running(Option<f32>),
    /// Finished: the clip can be fetched.
    Done(Box<Delivery>),
    /// Over without a clip.
    Failed(ProviderError),
}

/// What a finished task says of its clip. Everything is as the service says it, nothing is measured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// Where the clip is; `None` where only the service's own `/content` path has it.
    pub video: Option<String>,
    /// Where the last frame is.
    pub last_frame: Option<String>,
    /// Tokens counted for the bill.
    pub tokens: Option<u64>,
    /// What the service says of its bill and no bill can say, in words that tell it.
    pub odd_usage: Option<String>,
    /// The amount charged, where the service says so.
    pub charged: Option<Money>,
    /// The seed that was used.
    pub seed: Option<i64>,
    /// When the task changed last, in seconds since 1970: addresses live from then.
    pub updated_at: Option<u64>,
}

/// One task of a service's list, for finding a submit whose answer was lost.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedTask {
    /// The task's id.
    pub id: String,
    /// The model it runs on.
    pub model: Option<String>,
    /// The mark that storyreel gave it.
    pub marker: Option<String>,
    /// How it stands.
    pub state: TaskState,
}

/// What kind of failure it is, by what the user can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request is wrong: correct the storyboard.
    Request,
    /// A prompt, picture, clip or sound was refused.
    Refused,
    /// The service's own check refused the finished clip.
    OutputRefused,
    /// The key is missing or wrong, or lacks a permission.
    Auth,
    /// No balance, no quota.
    Billing,
    /// The model does not exist or is not active for this account.
    NotAvailable,
    /// Too many requests.
    RateLimited,
    /// The service is overloaded or broken.
    Server,
    /// The task waited or ran too long at the service.
    Expired,
    /// The task was cancelled at the service.
    Cancelled,
    /// The service does not know the task, or no longer.
    NoTask,
    /// The reply is not what the service documents.
    Unreadable,
    /// The service could not be reached, or the connection broke.
    Network,
    /// The clip could not be downloaded.
    Download,
    /// The task failed for a reason that fits no other kind.
    Failed,
    /// Something on this machine failed.
    Here,
}

impl ErrorKind {
    /// The word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Refused => "refused",
            Self::OutputRefused => "output_refused",
            Self::Auth => "auth",
            Self::Billing => "billing",
            Self::NotAvailable => "not_available",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::NoTask => "no_task",
            Self::Unreadable => "unreadable",
            Self::Network => "network",
            Self::Download => "download",
            Self::Failed => "failed",
            Self::Here => "here",
        }
    }

    /// Whether nothing else can be rendered at this service either.
    #[must_use]
    pub const fn stops_the_provider(self) -> bool {
        matches!(self, Self::Auth | Self::Billing)
    }
}

/// Whether the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again, or be paid twice.
    Never,
    /// After this time, because the service said so.
    After(Duration),
    /// After a pause that grows.
    Backoff,
}

/// Whether the request that failed costs money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charged {
    /// It does not.
    No,
    /// It does: this amount, where the service says so.
    Yes(Option<Money>),
    /// Nobody can say: the request may have been accepted.
    Unknown,
}

impl Charged {
    /// The amount, where it is known.
    #[must_use]
    pub const fn amount(self) -> Option<Money> {
        match self {
            Self::Yes(amount) => amount,
            Self::No | Self::Unknown => None,
        }
    }
}

/// What of a shot an error is about, as far as the service says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The words.
    Prompt,
    /// One of the inputs, counted from 0 in the order in which they were sent.
    Input(usize),
    /// A picture, counted from 0 among the pictures, where the service says which.
    Image(Option<usize>),
    /// A clip among the inputs, likewise.
    Video(Option<usize>),
    /// A sound among the inputs, likewise.
    Sound(Option<usize>),
    /// The sound of the clip that is made.
    Audio,
    /// The model.
    Model,
    /// The length.
    Duration,
    /// The shape.
    Ratio,
    /// The height class.
    Resolution,
}

/// What went wrong at a service, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderError {
    /// The service's id.
    pub service: &'static str,
    /// What kind of thing went wrong.
    pub kind: ErrorKind,
    /// Whether to try again.
    pub retry: Retry,
    /// Whether it costs money.
    pub charged: Charged,
    /// The service's own words.
    pub message: String,
    /// The service's own code.
    pub code: Option<String>,
    /// The service's name for the request, for its support.
    pub request_id: Option<String>,
    /// What of the shot it is about.
    pub about: Option<About>,
}

impl ProviderError {
    /// An error of `provider`.
    #[must_use]
    pub fn new(
        provider: &'static str,
        kind: ErrorKind,
        retry: Retry,
        charged: Charged,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self { service: provider, kind, retry, charged, message, code: None, request_id: None, about: None }
    }

    /// With the service's own code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into()).filter(|code| !code.is_empty());
        self
    }

    /// With what of the shot it is about.
    #[must_use]
    pub fn about(mut self, about: Option<About>) -> Self {
        self.about = about;
        self
    }

    /// With the service's name for the request.
    #[must_use]
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, self.message)?;
        if let Some(code) = self.code.as_ref().filter(|code| !self.message.contains(*code)) {
            write!(f, " ({code})")?;
        }
        match &self.request_id {
            Some(id) if !self.message.contains(id) => write!(f, " [request {id}]"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ProviderError {}
