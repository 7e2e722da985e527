//! A provider renders a shot: prepare, submit, poll, fetch. The built-in animatic goes the way that every service goes.

mod address;
mod boxes;
pub mod dialect;
mod download;
mod order;
mod part;
mod pause;
mod poll;
mod pool;
mod remote;
mod resume;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "the whole module is tests, its helpers included")]
mod tests;
mod transport;

pub use address::{BaseHost, base_fault, base_host, named_host};
pub use pool::ServerPool;
pub use remote::Remote;
pub use transport::install_cryptography;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use storyreel_core::catalog::{InputRole, RenderSpec};
use storyreel_core::provider::Provider;
use storyreel_core::provider::reply::{Delivery, ListedTask, ProviderError, TaskState};
use storyreel_core::units::{Digest, Rate, ShotId};

use crate::dialect::http::HttpRequest;

/// Everything that a provider gets to know about a shot.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    /// The shot.
    pub shot: ShotId,
    /// Its scene.
    pub scene: Option<String>,
    /// Identity of what is asked for.
    pub recipe: Digest,
    /// What the clip is to be.
    pub spec: RenderSpec,
    /// The prompt as its author wrote it, for people.
    pub words: String,
    /// Spoken lines with their speakers, for people.
    pub dialogue: Vec<String>,
    /// The voices of these, one channel of 48,000 samples a second. They are heard in the animatic alone, and never sent.
    pub voices: Option<Arc<[f32]>>,
    /// What it is, in a few words for people: `seedance-2.0 · 720p · 5 s · a first frame`.
    pub caption: String,
    /// Its number on the board, for people; the animatic alone shows it.
    pub number: Option<String>,
    /// Its drawing. It is for people, and is never sent.
    pub board: Option<PathBuf>,
    /// The frame of the film at which its clip begins, for people: below zero where the film begins with a later part of it.
    pub film_frame: Option<i64>,
    /// What the render starts from, in the order in which it is sent.
    pub inputs: Vec<Input>,
    /// Frames per second.
    pub rate: Rate,
    /// Length in frames.
    pub frames: u64,
    /// Whether the last frame is wanted.
    pub return_last_frame: bool,
    /// A mark of at most 64 letters and digits by which the task is found again in the service's list.
    pub marker: String,
}

/// One input of a render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it is there for.
    pub role: InputRole,
    /// Where it is.
    pub from: InputFrom,
}

/// Where an input of a render is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFrom {
    /// A file of the user's.
    Given(PathBuf),
    /// A frame or clip of another shot.
    Handover {
        /// Where it is kept.
        path: PathBuf,
        /// Where the same provider and account still has the original.
        address: Option<String>,
    },
    /// An address.
    Remote(String),
}

/// An order that is ready to go: every file is read, and nothing is spent yet.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// For the animatic.
    Here(Box<RenderRequest>),
    /// For a service.
    Order(HttpRequest),
}

/// How a download goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchProgress<'a> {
    /// Bytes came.
    Bytes {
        /// Bytes so far.
        so_far: u64,
        /// Bytes in all, where that is known.
        all: Option<u64>,
    },
    /// It is tried again after a pause.
    Waits {
        /// How long.
        pause: std::time::Duration,
        /// Why.
        reason: &'a str,
    },
}

/// A provider's name for a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket(pub String);

/// Somebody who renders shots.
pub trait Renderer: fmt::Debug + Send + Sync {
    /// Who it is and what it can do.
    fn provider(&self) -> &'static Provider;

    /// Reads what goes with the order, and uploads what cannot stand in it. Spends nothing.
    fn prepare<'a>(&'a self, request: &'a RenderRequest) -> BoxFuture<'a, Result<Prepared, ProviderError>>;

    /// Orders a render. For paid services this is the irreversible step, and it is tried once.
    fn submit<'a>(&'a self, order: &'a Prepared) -> BoxFuture<'a, Result<Ticket, ProviderError>>;

    /// The tasks on `model`, newest first, up to the one that bears `marker`: an order whose answer was lost is among
    /// them, if it was accepted.
    fn find<'a>(&'a self, model: &'a str, marker: &'a str) -> BoxFuture<'a, Result<Vec<ListedTask>, ProviderError>>;

    /// Polls a task once. `charged` of an error is about this poll, which costs nothing; a task that failed is no
    /// error of the poll, and says for itself whether it costs.
    fn poll<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, Result<TaskState, ProviderError>>;

    /// Brings the clip of a finished task into the file `into`, whatever it takes: resumed after a break, by a fresh
    /// address where the one at hand has expired.
    fn fetch<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
        progress: &'a (dyn Fn(FetchProgress<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), ProviderError>>;

    /// Brings the last frame that the service made into the file `into`; `false` where there is none to be had.
    fn fetch_last_frame<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
    ) -> BoxFuture<'a, Result<bool, ProviderError>>;
}
