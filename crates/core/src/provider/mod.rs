//! The providers that render: what each can do and costs, as data. How each is spoken to stands in the crate
//! `storyreel-providers`, under the same id.

mod apiyi;
mod ark;
mod atlascloud;
mod byteplus;
mod cometapi;
mod comfy_router;
mod gateway;
mod list_price;
mod listed;
mod openai_video;
mod openrouter;
mod remedy;
pub mod reply;
mod seedance_v2;
mod video_server;

use crate::catalog::{Mode, ModelFamily, Price, Resolution, family};
pub use gateway::{BodyForm, FramesPlace, GatewayForm, OptionsPlace};
pub use listed::{ListedModel, ListedPrice, ServiceCatalogue, UnknownPrice};
pub use remedy::remedy;

/// The built-in provider: free, offline, the default.
pub const ANIMATIC: &str = "animatic";

/// Every provider, in the order of the reference.
pub const PROVIDERS: &[&Provider] = &[
    &BUILT_IN,
    &ark::ARK,
    &byteplus::BYTEPLUS,
    &apiyi::APIYI,
    &cometapi::COMETAPI,
    &atlascloud::ATLASCLOUD,
    &openai_video::OPENAI_VIDEO,
    &seedance_v2::SEEDANCE_V2,
    &openrouter::OPENROUTER,
    &comfy_router::COMFY_ROUTER,
    &video_server::VIDEO_SERVER,
];

/// The animatic.
pub const BUILT_IN: Provider = Provider {
    id: ANIMATIC,
    title: "built in: a moving story-reel frame for every shot, free and offline",
    ..Provider::NONE
};

/// A provider by its id.
#[must_use]
pub fn provider_by_id(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.id == id)
}

/// Who renders: abilities, limits and prices as data, and the way of speaking to it.
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own, and any mix occurs")]
#[derive(Debug, Clone, Copy)]
pub struct Provider {
    /// The id in a storyboard.
    pub id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Whether a render on it is ordered at a service, and may cost money.
    pub is_paid: bool,
    /// Whether it is a server of the user's own: its renders are free, its key is optional, there may be several of it,
    /// and what it forgets or never answers is simply ordered again.
    pub is_own_server: bool,
    /// The maker whose orders it is sent: ids of models begin with it.
    pub maker: Option<&'static str>,
    /// Whether it lists its models, so that a [`ServiceCatalogue`] of the project says what it offers.
    pub lists_models: bool,
    /// Whether its orders have the form that a [`GatewayForm`] says.
    pub takes_form: bool,
    /// Whether an order bears a key of ours, so that the same order sent again is still one order.
    pub has_order_keys: bool,
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
    /// Whether a frame of another clip may be given by the address at which the service keeps it.
    pub keeps_addresses: bool,
    /// How a video of the user's own disk reaches it.
    pub video_files: FileTransfer,
    /// The same for sounds.
    pub audio_files: FileTransfer,
    /// Whether files in an order stand there as text, a third longer than they are.
    pub sends_text: bool,
    /// Whether sound can be switched off.
    pub sound_switch: bool,
    /// Whether it takes a seed and a setting for the watermark.
    pub options: bool,
    /// Whether an order names the shape of a clip; else the shape is its own choice, or that of the first frame.
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

impl Provider {
    /// What a service without any ability looks like, to build others from.
    pub const NONE: Self = Self {
        id: "",
        title: "",
        is_paid: false,
        is_own_server: false,
        lists_models: false,
        takes_form: false,
        has_order_keys: false,
        maker: None,
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
        keeps_addresses: true,
        video_files: FileTransfer::Never,
        audio_files: FileTransfer::Never,
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

    /// The offer for a family, or for a model id of its own.
    #[must_use]
    pub fn offer(&self, name: &str) -> Option<&'static Offer> {
        self.offers.iter().find(|offer| offer.family == name || offer.model == name)
    }
}

/// The family of a model id of any service.
#[must_use]
pub fn family_of(model: &str) -> Option<&'static ModelFamily> {
    family(model).or_else(|| PROVIDERS.iter().find_map(|provider| family(provider.offer(model)?.family)))
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
    /// The longest pause between two polls, in seconds.
    pub longest: u64,
    /// The most polls in one second of all tasks together.
    pub per_second: u32,
}

/// How a service takes a first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstFrame {
    /// As what it is: the clip starts exactly on that picture.
    Sent,
    /// As what it is, by way of a gateway or server that may drop it without a word: the first clip tells.
    Passed,
    /// As a reference, with words that ask to start from it: the clip starts close to it.
    Hinted,
}

/// Whether a service gives the last frame of a clip back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastFrame {
    /// When asked, at a documented place.
    Returned,
    /// It takes the setting; where the frame comes back is not documented.
    Perhaps,
    /// Never: it is taken from the clip.
    Never,
}

/// How a file of the user's own disk reaches a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTransfer {
    /// Nothing of the kind is taken, not even as an address.
    Unsupported,
    /// Not at all: it must be an address.
    Never,
    /// Inside the request.
    Inline,
    /// Uploaded before.
    Uploaded,
}
