//! How every provider is spoken to, as pure functions from values to requests and from replies to values.

mod ark;
mod atlascloud;
mod body;
mod cometapi;
mod comfy_router;
mod failure;
mod fields;
mod form;
pub mod http;
mod openai_video;
mod openrouter;
mod replies;
mod seedance_v2;
mod video_object;
mod video_server;

use std::fmt;
use std::sync::Arc;

use http::{HttpRequest, HttpResponse};
pub(crate) use replies::Replies;
use storyreel_core::catalog::{InputRole, RenderSpec};
use storyreel_core::provider::reply::{ListedTask, ProviderError, TaskState};
use storyreel_core::provider::{GatewayForm, ServiceCatalogue};

/// How the provider with this id is spoken to; `None` for the built-in animatic and for ids that nobody has.
#[must_use]
pub fn dialect(provider: &str) -> Option<&'static dyn Dialect> {
    Some(match provider {
        "ark" => &ark::ARK,
        "byteplus" => &ark::BYTEPLUS,
        "apiyi" => &ark::APIYI,
        "cometapi" => &cometapi::Comet,
        "atlascloud" => &atlascloud::Atlas,
        "openai-video" => openai_video::gateway(GatewayForm::default()),
        "seedance-v2" => &seedance_v2::SeedanceV2,
        "openrouter" => &openrouter::OpenRouter,
        "comfy-router" => &comfy_router::ComfyRouter,
        "video-server" => &video_server::VideoServer,
        _ => return None,
    })
}

/// How a gateway of this form is spoken to.
#[must_use]
pub fn gateway(form: GatewayForm) -> &'static dyn Dialect {
    openai_video::gateway(form)
}

/// Everything that an order says about a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// What it is to be.
    pub spec: RenderSpec,
    /// Pictures, clips and sounds, in the order in which they are sent.
    pub inputs: Vec<Attachment>,
    /// Whether the last frame is wanted.
    pub return_last_frame: bool,
    /// A mark of at most 64 letters and digits by which the task is found again in the service's list.
    pub marker: String,
}

/// One input of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// What it is there for.
    pub role: InputRole,
    /// What is sent.
    pub content: Content,
}

/// What is sent for an input.
#[derive(Clone, PartialEq)]
pub enum Content {
    /// `https://…` or `asset://…`.
    Address(String),
    /// The bytes themselves.
    Bytes {
        /// Media type by content, for example `image/png`.
        mime: &'static str,
        /// The bytes exactly as they are on disk.
        bytes: Arc<[u8]>,
    },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address:?}"),
            Self::Bytes { mime, bytes } => write!(f, "{mime} of {} bytes", bytes.len()),
        }
    }
}

impl Content {
    /// As an address: `data:<type>;base64,…` for bytes.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Address(address) => address.clone(),
            Self::Bytes { mime, bytes } => {
                use base64::Engine as _;
                format!("data:{mime};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes))
            }
        }
    }
}

/// How a service is spoken to: requests and replies as values, no sending, no clock.
pub trait Dialect: fmt::Debug + Send + Sync {
    /// The order of a clip: the one request that costs money.
    fn submit(&self, clip: &Submission) -> HttpRequest;

    /// The question how a task stands.
    fn poll(&self, task: &str) -> HttpRequest;

    /// Where things stand in the replies, and what failures mean.
    fn replies(&self) -> &Replies;

    /// The task's id, from a reply with a status of 200 to 299.
    fn submitted(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        self.replies().submitted(reply)
    }

    /// How the task stands, from a reply with a status of 200 to 299.
    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ProviderError> {
        self.replies().polled(reply)
    }

    /// The names by which such a reply calls its task; none where it names none. One that names only other tasks is
    /// about another task.
    fn names(&self, reply: &HttpResponse) -> Vec<String> {
        self.replies().names(reply)
    }

    /// What a reply with another status to an order, an upload or a list means.
    fn error(&self, reply: &HttpResponse) -> ProviderError {
        self.replies().rejected(reply)
    }

    /// What a reply with another status to a poll means. The poll itself is free, but whether the task costs money stays
    /// unknown, and a status that would mean a wrong order can mean that there is no such task.
    fn poll_error(&self, reply: &HttpResponse) -> ProviderError {
        self.replies().not_seen(reply)
    }

    /// The name of a task, from the order that became it and the id in the reply.
    fn ticket(&self, order: &HttpRequest, id: &str) -> String {
        let _ = order;
        id.to_owned()
    }

    /// The id of a task in replies, from its name.
    fn task_id<'a>(&self, ticket: &'a str) -> &'a str {
        ticket
    }

    /// Whether a reply that calls its task so is about the task of this name.
    fn is_called(&self, ticket: &str, name: &str) -> bool {
        self.task_id(ticket) == name
    }

    /// What more must be asked once the reply to a poll says that a task is over: its result, which is read as a poll is.
    fn result(&self, task: &str, reply: &HttpResponse) -> Option<HttpRequest> {
        let _ = (task, reply);
        None
    }

    /// A task that failed, where the reply to a poll says so with a status of 400 to 599.
    fn poll_failure(&self, reply: &HttpResponse) -> Option<TaskState> {
        let _ = reply;
        None
    }

    /// What must be asked before this order: whether what answers at the address would carry it out whole.
    fn probe(&self, clip: &Submission) -> Option<HttpRequest> {
        let _ = clip;
        None
    }

    /// What the reply to [`Dialect::probe`] means for the order, whatever its status.
    fn probed(&self, clip: &Submission, reply: &HttpResponse) -> Result<(), ProviderError> {
        let _ = (clip, reply);
        Ok(())
    }

    /// The question what models there are, with abilities and prices.
    fn models(&self) -> Option<HttpRequest> {
        None
    }

    /// The models in the reply to it, as read on a day.
    fn listed_models(&self, reply: &HttpResponse, read: String) -> Result<ServiceCatalogue, ProviderError> {
        let _ = read;
        Err(reply.unreadable("list", "this service lists no models"))
    }

    /// The header that holds the key: `authorization` with the word `Bearer`, another one without.
    fn key_header(&self) -> &'static str {
        "authorization"
    }

    /// Extra headers that the service insists on.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The clip through the service itself, where its address is missing or refused.
    fn content(&self, task: &str) -> Option<HttpRequest> {
        let _ = task;
        None
    }

    /// The upload of a file that cannot stand in the order.
    fn upload(&self, file: &Attachment) -> Option<HttpRequest> {
        let _ = file;
        None
    }

    /// The address of an uploaded file.
    fn uploaded(&self, reply: &HttpResponse) -> Result<String, ProviderError> {
        Err(reply.unreadable("upload", "this service takes no uploads"))
    }

    /// A page, from 1, of the tasks that ran on `model`.
    fn list(&self, model: &str, page: u32) -> Option<HttpRequest> {
        let _ = (model, page);
        None
    }

    /// The tasks on a page of the list.
    fn listed(&self, reply: &HttpResponse) -> Result<Vec<ListedTask>, ProviderError> {
        Err(reply.unreadable("list", "this service lists no tasks"))
    }
}
