//! What the service saw, as plain data: every request, every task with its bill, every download.

use std::time::Duration;

use serde_json::Value;

/// Everything that was seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    requests: Vec<Seen>,
    tasks: Vec<Tasked>,
    fetches: Vec<Fetched>,
    uploads: Vec<Received>,
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Since the service began.
    pub(crate) at: Duration,
    /// The service's id; `files` for links.
    pub(crate) service: &'static str,
    pub(crate) method: String,
    /// Below the service's base URL, with its query.
    pub(crate) path: String,
    pub(crate) key: Key,
    pub(crate) user_agent: Option<String>,
    /// JSON, or a form as an object; files and `data:` addresses as their type, length and SHA-256.
    pub(crate) body: Value,
    /// The status that was answered; `None` where the connection ended without an answer.
    pub(crate) status: Option<u16>,
}

/// Whether a request had a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// None.
    Missing,
    /// Not the service's.
    Wrong,
    /// The service's own.
    Right,
}

/// A task that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Tasked {
    pub(crate) id: String,
    pub(crate) service: &'static str,
    pub(crate) model: String,
    pub(crate) prompt: String,
    pub(crate) seconds: u32,
    pub(crate) size: (u32, u32),
    pub(crate) resolution: &'static str,
    pub(crate) ratio: &'static str,
    pub(crate) audio: bool,
    pub(crate) seed: Option<i64>,
    /// What the client marked it with: `safety_identifier`.
    pub(crate) mark: Option<String>,
    /// Pictures, clips and sounds in the order in which they were sent.
    pub(crate) inputs: Vec<Received>,
    /// The whole body of the order, shortened as in [`Seen::body`].
    pub(crate) body: Value,
    pub(crate) accepted: Duration,
    /// Tokens of the bill; 0 where the task was free.
    pub(crate) tokens: u64,
    /// Whether it is paid for: it did not fail and was not cancelled.
    pub(crate) billed: bool,
    /// When it was looked at.
    pub(crate) polls: Vec<Duration>,
    /// SHA-256 of the last frame as it was served last.
    pub(crate) frame_served: Option<String>,
    /// SHA-256 of the clip as it was served last.
    pub(crate) clip_served: Option<String>,
    /// Downloads of its clip or frame that were begun.
    pub(crate) downloads: u32,
}

/// An input or an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    /// `first_frame`, `last_frame`, `reference_image`, `reference_video`, `reference_audio`, or `upload`.
    pub(crate) role: String,
    /// The address where it was one; empty for bytes.
    pub(crate) address: String,
    /// SHA-256 of the bytes: those sent, or those behind a link of this service. `None` for other addresses.
    pub(crate) sha256: Option<String>,
    /// How many bytes; 0 where they are not known.
    pub(crate) bytes: usize,
}

/// What a link or `/content` gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// The clip.
    Clip,
    /// Its last frame.
    Frame,
}

/// A download.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) at: Duration,
    pub(crate) task: String,
    pub(crate) what: What,
    pub(crate) status: u16,
    /// SHA-256 of what was sent.
    pub(crate) sha256: String,
    /// How much that was.
    pub(crate) bytes: usize,
    /// Whether a key came with it. A link needs none, and a key has no business there.
    pub(crate) key: Key,
}

impl Ledger {
    pub(super) fn new(requests: Vec<Seen>, tasks: Vec<Tasked>, fetches: Vec<Fetched>, uploads: Vec<Received>) -> Self {
        Self { requests, tasks, fetches, uploads }
    }

    /// Every request in its order, those that broke or were refused, too.
    pub(crate) fn requests(&self) -> &[Seen] {
        &self.requests
    }

    /// Every task that was accepted.
    pub(crate) fn tasks(&self) -> &[Tasked] {
        &self.tasks
    }

    /// The tasks that are paid for.
    pub(crate) fn billed(&self) -> Vec<&Tasked> {
        self.tasks.iter().filter(|task| task.billed).collect()
    }

    /// How many tasks are paid for whose prompt has these words.
    pub(crate) fn billed_for(&self, words: &str) -> usize {
        self.billed().iter().filter(|task| task.prompt.contains(words)).count()
    }

    /// Looks at all tasks together.
    pub(crate) fn polls(&self) -> usize {
        self.tasks.iter().map(|task| task.polls.len()).sum()
    }

    /// Downloads, those that were refused, too.
    pub(crate) fn downloads(&self) -> &[Fetched] {
        &self.fetches
    }

    /// Files that were uploaded.
    pub(crate) fn uploads(&self) -> &[Received] {
        &self.uploads
    }

    /// The one task whose prompt has these words.
    #[track_caller]
    pub(crate) fn task(&self, words: &str) -> &Tasked {
        let found: Vec<&Tasked> = self.tasks.iter().filter(|task| task.prompt.contains(words)).collect();
        let [task] = found[..] else { panic!("{} tasks, not one, are about `{words}`", found.len()) };
        task
    }
}

impl Tasked {
    /// The one input of a role.
    #[track_caller]
    pub(crate) fn input(&self, role: &str) -> &Received {
        let found: Vec<&Received> = self.inputs.iter().filter(|input| input.role == role).collect();
        let [input] = found[..] else { panic!("{} inputs, not one, are a `{role}`", found.len()) };
        input
    }
}
