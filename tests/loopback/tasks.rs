//! Tasks: what was ordered, and how it stands by the clock or by the looks at it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::clips::{Look, Shot, sha256};
use super::faults::{Fault, draw};
use super::ledger::{Received, Tasked};
use super::models::{Model, tokens, tokens_with_video};

/// How long tasks take.
#[derive(Debug, Clone)]
pub(crate) enum Pace {
    /// By the looks at a task, so that no clock counts: so many say `queued`, then so many `running`, then it is done.
    Looks {
        /// Looks that say `queued`.
        queued: u32,
        /// Looks that say `running`.
        running: u32,
    },
    /// By the clock.
    Timed {
        /// How long a task waits when there is room for it.
        queued: Duration,
        /// How long it runs.
        running: Lengths,
    },
}

/// How long tasks run, in the order in which they are accepted.
#[derive(Debug, Clone)]
pub(crate) enum Lengths {
    /// All the same.
    Fixed(Duration),
    /// These, from the first again after the last.
    List(Vec<Duration>),
    /// Drawn evenly between two, by numbers that begin at the third.
    Between(Duration, Duration, u64),
}

impl Lengths {
    fn of(&self, nth: usize) -> Duration {
        match self {
            Self::Fixed(length) => *length,
            Self::List(lengths) => lengths[nth % lengths.len()],
            Self::Between(least, most, seed) => {
                let mut state = seed.wrapping_add(nth as u64);
                let part = draw(&mut state) % 1_000_001;
                *least + most.saturating_sub(*least).mul_f64(part as f64 / 1e6)
            }
        }
    }
}

/// What was ordered, checked.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) model_id: String,
    pub(super) model: &'static Model,
    pub(super) prompt: String,
    pub(super) inputs: Vec<Input>,
    pub(super) seconds: u32,
    pub(super) frames: u32,
    pub(super) size: (u32, u32),
    pub(super) resolution: &'static str,
    pub(super) ratio: &'static str,
    pub(super) audio: bool,
    pub(super) return_last_frame: bool,
    pub(super) seed: Option<i64>,
    pub(super) mark: Option<String>,
    pub(super) expires: u64,
    /// Seconds of video to look at; `None` where there is none.
    pub(super) video_seconds: Option<u32>,
}

/// One input.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) role: String,
    /// Empty for bytes.
    pub(super) address: String,
    pub(super) bytes: Option<Arc<[u8]>>,
}

impl Input {
    pub(super) fn received(&self) -> Received {
        Received {
            role: self.role.clone(),
            address: self.address.clone(),
            sha256: self.bytes.as_deref().map(sha256),
            bytes: self.bytes.as_ref().map_or(0, |bytes| bytes.len()),
        }
    }
}

/// A task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) service: &'static str,
    pub(super) order: Order,
    pub(super) body: Value,
    pub(super) accepted: Duration,
    /// In seconds since 1970.
    pub(super) created: u64,
    pub(super) when: When,
    pub(super) polls: Vec<Duration>,
    /// What goes wrong with it.
    pub(super) faults: Vec<Fault>,
    pub(super) cancelled: bool,
    /// Its record was deleted: nobody finds it any more.
    pub(super) gone: bool,
    pub(super) clip_served: Option<String>,
    pub(super) frame_served: Option<String>,
    pub(super) downloads: u32,
    /// The key of ours, the body that came with it, and how often they came again.
    pub(super) key: Option<(String, Vec<u8>, u32)>,
}

/// When a task moves on.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// By looks.
    Looks { queued: usize, running: usize },
    /// By the clock, since the service began.
    Times { starts: Duration, ends: Duration },
}

impl When {
    /// For a task accepted `now` as the `nth`, beside the tasks of `others` at its service, of which `room` run at once.
    pub(super) fn new(pace: &Pace, now: Duration, nth: usize, others: &[Self], room: usize) -> Self {
        let (wait, running) = match pace {
            Pace::Looks { queued, running } => {
                return Self::Looks { queued: *queued as usize, running: *running as usize };
            }
            Pace::Timed { queued, running } => (*queued, running.of(nth)),
        };
        let ends =
            others.iter().filter_map(|other| if let Self::Times { ends, .. } = other { Some(*ends) } else { None });
        let mut busy: Vec<Duration> = ends.filter(|end| *end > now).collect();
        busy.sort_unstable();
        // The task starts when all but `room - 1` of those before it are over.
        let free = busy.len().checked_sub(room.max(1)).map_or(now, |at| busy[at]);
        let starts = free.max(now + wait);
        Self::Times { starts, ends: starts + running }
    }
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stand {
    Queued,
    Running,
    Done,
    /// Code and message; no code where the error is a bare string.
    Failed(Option<&'static str>, String),
    Expired,
    Cancelled,
}

impl Task {
    /// How it stands after the looks so far, or as at the first look where there was none.
    pub(super) fn stand(&self, now: Duration) -> Stand {
        if self.cancelled {
            return Stand::Cancelled;
        }
        let looks = self.polls.len().max(1);
        let (queued, over) = match self.when {
            When::Looks { queued, running } => (looks <= queued, looks > queued + running),
            When::Times { starts, ends } => (now < starts, now >= ends),
        };
        match () {
            () if over => self.end(),
            () if queued => Stand::Queued,
            () => Stand::Running,
        }
    }

    /// How it ends.
    fn end(&self) -> Stand {
        let ends = self.faults.iter().rev().find_map(|fault| match fault {
            Fault::Failed(code) => Some(Stand::Failed(Some(code), format!("The task failed: {code}"))),
            Fault::FailedText => Some(Stand::Failed(None, "upstream says the task failed".to_owned())),
            Fault::Expired => Some(Stand::Expired),
            Fault::OutputModeration => Some(Stand::Failed(
                Some("OutputVideoSensitiveContentDetected"),
                "The request failed because the output video may contain sensitive information.".to_owned(),
            )),
            _ => None,
        });
        ends.unwrap_or(Stand::Done)
    }

    /// Failed, expired and cancelled tasks are free.
    pub(super) fn billed(&self) -> bool {
        !self.cancelled && self.end() == Stand::Done
    }

    pub(super) fn tokens(&self) -> u64 {
        let order = &self.order;
        let tokens = match order.video_seconds {
            None => tokens(order.frames, order.size),
            Some(seen) => tokens_with_video(order.seconds, seen, order.size),
        };
        let billed = |fault: &Fault| if let Fault::Billed(percent) = fault { Some(*percent) } else { None };
        tokens * self.faults.iter().find_map(billed).unwrap_or(100) / 100
    }

    /// The last frame is given when it was asked for and nothing keeps it back.
    pub(super) fn gives_frame(&self) -> bool {
        self.order.return_last_frame && !self.faults.contains(&Fault::NoLastFrame)
    }

    /// What its clip is made from.
    pub(super) fn shot(&self, look: Look) -> Shot {
        let order = &self.order;
        let picture = |role: &str, kept_back: &Fault| {
            let found = order.inputs.iter().find(|input| input.role == role);
            found.filter(|_| !self.faults.contains(kept_back)).and_then(|input| input.bytes.clone())
        };
        // Where a service has no first frame, words ask for it, and the model does as it is told.
        let told = order.prompt.starts_with("Start exactly from [Image 1]");
        let first = if told { "reference_image" } else { "first_frame" };
        Shot {
            size: order.size,
            frames: order.frames,
            audio: order.audio && order.model.audio,
            seed: format!("{} {:?}", order.prompt, order.seed),
            first: picture(first, &Fault::OtherPicture),
            last: picture("last_frame", &Fault::OtherEnd),
            other_colours: self.faults.contains(&Fault::OtherColours),
            is_black: self.faults.contains(&Fault::Black),
            look,
        }
    }

    /// For the ledger.
    pub(super) fn row(&self) -> Tasked {
        let order = &self.order;
        let billed = self.billed();
        Tasked {
            id: self.id.clone(),
            service: self.service,
            model: order.model_id.clone(),
            prompt: order.prompt.clone(),
            seconds: order.seconds,
            size: order.size,
            resolution: order.resolution,
            ratio: order.ratio,
            audio: order.audio,
            seed: order.seed,
            mark: order.mark.clone(),
            inputs: order.inputs.iter().map(Input::received).collect(),
            body: self.body.clone(),
            accepted: self.accepted,
            tokens: if billed { self.tokens() } else { 0 },
            billed,
            polls: self.polls.clone(),
            frame_served: self.frame_served.clone(),
            clip_served: self.clip_served.clone(),
            downloads: self.downloads,
        }
    }
}
