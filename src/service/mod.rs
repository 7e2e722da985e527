//! The services that render: what each can do and costs, as data, and how each is spoken to, as pure functions.
//!
//! A service is one file here, one line in [`SERVICES`], and one folder of recorded replies in
//! `tests/fixtures/services`. Nothing outside its file depends on which service it is.

mod apiyi;
mod ark;
mod ark_dialect;
mod atlascloud;
mod byteplus;
mod cometapi;
mod failure;
mod fields;
pub mod http;
mod list_price;
mod openai_video;
mod remedy;
mod replies;
pub mod reply;
mod seedance_v2;
mod video_object;

use std::fmt;
use std::sync::Arc;

use crate::catalog::{Family, Mode, Price, Ratio, Resolution, family};
use crate::units::Size;
use http::{HttpRequest, HttpResponse};
pub use remedy::remedy;
use reply::{ListedTask, ServiceError, TaskState};

/// The built-in provider: free, offline, the default.
pub const ANIMATIC: &str = "animatic";

/// Every provider, in the order of the reference.
pub const SERVICES: &[&Service] = &[
    &BUILT_IN,
    &ark::ARK,
    &byteplus::BYTEPLUS,
    &apiyi::APIYI,
    &cometapi::COMETAPI,
    &atlascloud::ATLASCLOUD,
    &openai_video::OPENAI_VIDEO,
    &seedance_v2::SEEDANCE_V2,
];

/// The animatic.
pub const BUILT_IN: Service = Service {
    id: ANIMATIC,
    title: "built in: a moving story-reel frame for every shot, free and offline",
    ..Service::NONE
};

/// A provider by its id.
#[must_use]
pub fn service(id: &str) -> Option<&'static Service> {
    SERVICES.iter().copied().find(|service| service.id == id)
}

/// Who renders: abilities, limits and prices as data, and the way of speaking to it.
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own, and any mix occurs")]
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// The id in a storyboard.
    pub id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// How it is spoken to; `None` for the built-in animatic, which costs nothing.
    pub dialect: Option<&'static dyn Dialect>,
    /// Where the user looks after the account, in words.
    pub account: &'static str,
    /// The one region in which its keys are good, in words; empty where that is no matter.
    pub region: &'static str,
    /// Whether people who consented can be registered there and given as `asset://` ids.
    pub assets: bool,
    /// Environment variables that may hold the key; the first that is set counts.
    pub key_env: &'static [&'static str],
    /// The environment variable that overrides the base URL.
    pub base_env: &'static str,
    /// Its address; `None` where the user must say it.
    pub base: Option<&'static str>,
    /// Tasks that run at once unless the storyboard says otherwise; 0: as many as there are processors.
    pub max_in_flight: usize,
    /// How often it may be looked at.
    pub poll: PollBounds,
    /// Whether a first frame is sent as one, or as a reference with a request in the prompt to start from it.
    pub first_frame: FirstFrame,
    /// Whether it gives the last frame of a clip back.
    pub last_frame: LastFrame,
    /// Whether a picture may be given as an address, too, and not only as a file.
    pub image_addresses: bool,
    /// How a video of the user's own disk reaches it.
    pub video_files: Files,
    /// The same for sounds.
    pub audio_files: Files,
    /// Whether files in an order stand there as text, a third longer than they are.
    pub sends_text: bool,
    /// Whether sound can be switched off.
    pub sound_switch: bool,
    /// Whether it takes a seed and a wish about the watermark.
    pub options: bool,
    /// Whether it is told the shape of a clip; else the shape is its own choice, or that of the first frame.
    pub takes_ratio: bool,
    /// Whether it takes -1 seconds from models that decide the length themselves.
    pub decides_duration: bool,
    /// Whether it lists tasks, so that a submit whose answer was lost can be found again.
    pub lists: bool,
    /// How long a finished clip can be fetched, in hours: links are renewed by looking at the task for `task_days`.
    pub link_hours: u32,
    /// How long it remembers a task, in days.
    pub task_days: u32,
    /// The models it offers.
    pub offers: &'static [Offer],
    /// The day the facts were read.
    pub read: &'static str,
    /// Where the service documents all this.
    pub reference: &'static str,
}

impl Service {
    /// What a service without any ability looks like, to build others from.
    pub const NONE: Self = Self {
        id: "",
        title: "",
        dialect: None,
        account: "",
        region: "",
        assets: false,
        key_env: &[],
        base_env: "",
        base: None,
        max_in_flight: 0,
        poll: PollBounds { first: 10, longest: 60, per_second: 1 },
        first_frame: FirstFrame::Sent,
        last_frame: LastFrame::Never,
        image_addresses: true,
        video_files: Files::Never,
        audio_files: Files::Never,
        sends_text: true,
        sound_switch: true,
        options: true,
        takes_ratio: true,
        decides_duration: true,
        lists: false,
        link_hours: 24,
        task_days: 7,
        offers: &[],
        read: "",
        reference: "",
    };

    /// Whether a render on it costs money.
    #[must_use]
    pub const fn paid(&self) -> bool {
        self.dialect.is_some()
    }

    /// The offer for a family, or for a model id of its own.
    #[must_use]
    pub fn offer(&self, name: &str) -> Option<&'static Offer> {
        self.offers.iter().find(|offer| offer.family == name || offer.model == name)
    }
}

/// The family of a model id of any service.
#[must_use]
pub fn family_of(model: &str) -> Option<&'static Family> {
    family(model).or_else(|| SERVICES.iter().find_map(|service| family(service.offer(model)?.family)))
}

/// A model as a service offers it.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// The family.
    pub family: &'static str,
    /// The service's own id for it.
    pub model: &'static str,
    /// What it can start from there, which may be less than the family can.
    pub modes: &'static [Mode],
    /// What it renders at there.
    pub resolutions: &'static [Resolution],
    /// Shortest and longest clip there, in whole seconds.
    pub seconds: (u32, u32),
    /// The date it was shut down there and what to use instead.
    pub retired: Option<(&'static str, &'static str)>,
    /// Prices by resolution; where one is missing the price is not known.
    pub prices: &'static [(Resolution, Price)],
}

impl Offer {
    /// The price at a resolution.
    #[must_use]
    pub fn price(&self, resolution: Resolution) -> Option<&'static Price> {
        self.prices.iter().find(|(at, _)| *at == resolution).map(|(_, price)| price)
    }
}

/// How often a service may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollBounds {
    /// Seconds before the first look at a task.
    pub first: u64,
    /// The longest pause between two looks, in seconds.
    pub longest: u64,
    /// The most looks in one second at all tasks together.
    pub per_second: u32,
}

/// How a service takes a first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstFrame {
    /// As what it is: the clip begins on exactly that picture.
    Sent,
    /// As a reference, with words that ask to start from it: the clip begins like it at best.
    Hinted,
}

/// Whether a service gives the last frame of a clip back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastFrame {
    /// When asked, at a documented place.
    Returned,
    /// It takes the wish; where the frame comes back is not documented.
    Perhaps,
    /// Never: it is taken from the clip.
    Never,
}

/// How a file of the user's own disk reaches a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Nothing of the kind is taken, not even as an address.
    Unsupported,
    /// Not at all: it must be an address.
    Never,
    /// Inside the request.
    Inline,
    /// Uploaded before.
    Uploaded,
}

/// Everything that a service is told about a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The service's own id for the model.
    pub model: String,
    /// What the model is known to take.
    pub family: &'static Family,
    /// What it starts from.
    pub mode: Mode,
    /// The whole prompt.
    pub prompt: String,
    /// Pictures, clips and sounds, in the order in which they are sent.
    pub inputs: Vec<Attachment>,
    /// Height class.
    pub resolution: Resolution,
    /// Shape; always `adaptive` where the family follows its first frame.
    pub ratio: Ratio,
    /// Pixels expected.
    pub size: Size,
    /// Whole seconds; `None` lets the model decide.
    pub seconds: Option<u32>,
    /// Whether there is to be sound.
    pub audio: bool,
    /// Whether the service prints its mark.
    pub watermark: bool,
    /// Sent where the model takes it.
    pub seed: Option<i64>,
    /// Whether the last frame is wanted.
    pub return_last_frame: bool,
    /// A mark of at most 64 letters and digits by which the task is found again in the service's list.
    pub marker: String,
}

/// One input of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// `first_frame`, `last_frame`, `reference_image`, `reference_video` or `reference_audio`.
    pub role: &'static str,
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

    /// The task's id, from a reply with a status of 200 to 299.
    fn submitted(&self, reply: &HttpResponse) -> Result<String, ServiceError>;

    /// A look at a task.
    fn poll(&self, task: &str) -> HttpRequest;

    /// How the task stands, from a reply with a status of 200 to 299.
    fn polled(&self, reply: &HttpResponse) -> Result<TaskState, ServiceError>;

    /// The names by which such a reply calls its task; none where it names none. One that names only other tasks is
    /// about another task.
    fn names(&self, reply: &HttpResponse) -> Vec<String>;

    /// What a reply with another status to an order, an upload or a list means.
    fn error(&self, reply: &HttpResponse) -> ServiceError;

    /// What a reply with another status to a look means. The look itself is free, but whether the task costs money stays
    /// unknown, and a status that would mean a wrong order can mean that there is no such task.
    fn poll_error(&self, reply: &HttpResponse) -> ServiceError {
        self.error(reply)
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
    fn uploaded(&self, reply: &HttpResponse) -> Result<String, ServiceError> {
        Err(reply.unreadable("upload", "this service takes no uploads"))
    }

    /// A page, from 1, of the tasks that ran on `model`.
    fn list(&self, model: &str, page: u32) -> Option<HttpRequest> {
        let _ = (model, page);
        None
    }

    /// The tasks on a page of the list.
    fn listed(&self, reply: &HttpResponse) -> Result<Vec<ListedTask>, ServiceError> {
        Err(reply.unreadable("list", "this service lists no tasks"))
    }
}
