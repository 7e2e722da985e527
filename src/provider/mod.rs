//! A provider renders a shot: submit, poll, fetch. The built-in animatic goes the way that every service goes.

pub mod animatic;

use std::fmt;
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;

use crate::units::{Digest, Rate, ShotId, Size};

/// Everything that a provider is told about a shot.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    /// The shot.
    pub shot: ShotId,
    /// Its scene.
    pub scene: Option<String>,
    /// Identity of what is asked for.
    pub recipe: Digest,
    /// The model, as the storyboard names it.
    pub model: String,
    /// The whole prompt.
    pub prompt: String,
    /// The prompt as its author wrote it, for people.
    pub words: String,
    /// Spoken lines with their speakers, for people.
    pub dialogue: Vec<String>,
    /// What it is, in a few words for people: `seedance-2.0 · 720p · 5 s · a first frame`.
    pub caption: String,
    /// What the render starts from, in the order in which it is sent.
    pub inputs: Vec<Input>,
    /// Exact pixels.
    pub size: Size,
    /// Frames per second.
    pub rate: Rate,
    /// Length in frames.
    pub frames: u64,
    /// Whether there is to be sound.
    pub audio: bool,
}

/// One input of a render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// `first_frame`, `last_frame`, `reference_image`, `reference_video` or `reference_audio`.
    pub role: &'static str,
    /// Where it is.
    pub from: InputFrom,
}

/// Where an input of a render is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFrom {
    /// A file of the user's.
    Given(PathBuf),
    /// A frame or clip of another shot.
    Handover(PathBuf),
    /// An address.
    Remote(String),
}

/// A provider's name for a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket(pub String);

/// How a task stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobStatus {
    /// Accepted, not begun.
    Queued,
    /// Being made; the part done, 0 to 1, where known.
    Running(Option<f32>),
    /// Finished: the clip can be fetched.
    Done,
}

/// What went wrong at a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{provider}: {message}")]
pub struct ProviderError {
    /// Who.
    pub provider: &'static str,
    /// In the provider's own words.
    pub message: String,
}

/// Somebody who renders shots.
pub trait Provider: fmt::Debug + Send + Sync {
    /// The id in a storyboard.
    fn id(&self) -> &'static str;

    /// The pause between two looks at a task.
    fn poll_pause(&self) -> std::time::Duration;

    /// Orders a render. For paid services this is the irreversible step.
    fn submit<'a>(&'a self, request: &'a RenderRequest) -> BoxFuture<'a, Result<Ticket, ProviderError>>;

    /// Looks at a task.
    fn poll<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, Result<JobStatus, ProviderError>>;

    /// Brings the clip of a finished task into the file `into`.
    fn fetch<'a>(&'a self, ticket: &'a Ticket, into: &'a Path) -> BoxFuture<'a, Result<(), ProviderError>>;
}
