//! Looking at a task until it is over, and bringing what it made into a file. Costs nothing, so what fails by chance is
//! tried again for as long as the deadline allows.

use std::path::Path;
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::pace::{Allowance, Known, Pace};
use super::retry;
use super::worker::WorkerContext;
use crate::event::Stage;
use crate::film::ProviderWish;
use crate::provider::{FetchProgress, Provider, Ticket};
use crate::service::reply::{Delivery, ErrorKind, ServiceError, TaskState};
use crate::service::{PollBounds, Service};

/// How often and how long a task is looked at.
#[derive(Debug, Clone)]
pub(super) struct Polling {
    /// How often its service allows.
    pub(super) bounds: PollBounds,
    /// The longest pause between looks that the storyboard asks for.
    pub(super) longest: Option<Duration>,
    /// How long tasks like it took before.
    pub(super) known: Vec<Known>,
    /// What its service's tasks have left over of looks.
    pub(super) allowance: Allowance,
    /// When it is left alone.
    pub(super) deadline: Duration,
}

/// How long a task is waited for when nothing else is said: what the official samples wait.
pub(super) const DEADLINE: Duration = Duration::from_mins(30);

impl Polling {
    /// What a service documents, where the storyboard does not ask for something else.
    pub(super) fn of(service: &Service, wish: Option<&ProviderWish>) -> Self {
        let first = wish.and_then(|wish| wish.first_look).unwrap_or(service.poll.first);
        let longest = wish.and_then(|wish| wish.longest_pause);
        Self {
            bounds: PollBounds { first, longest: longest.unwrap_or(service.poll.longest), ..service.poll },
            longest: longest.map(Duration::from_secs),
            known: Vec::new(),
            allowance: Allowance::default(),
            deadline: wish.and_then(|wish| wish.deadline).map_or(DEADLINE, Duration::from_secs),
        }
    }
}

/// How following a task ended.
pub(super) enum Followed {
    /// The clip is there.
    Done {
        delivery: Box<Delivery>,
        /// How long after the order, and after how many looks; `None` where another run ordered it.
        noticed: Option<(Duration, u32)>,
    },
    /// The service says that there will be no clip.
    Over(ServiceError),
    /// The service does not know the task, and had time enough to know it.
    Forgotten(ServiceError),
}

/// The pause between two looks at an animatic.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Looks for fresh addresses in a row; with growing pauses they span half a minute.
const RENEWALS: u32 = 4;

/// Looks in a row at a task that its service does not know: right after an order some know it only a while later.
const UNKNOWN: u32 = 5;

/// What is counted over the looks at one task.
#[derive(Debug, Default)]
struct Looks {
    all: u32,
    errors: u32,
    strange: u32,
    unknown: u32,
    last_words: Option<String>,
}

/// Looks at a task until it is done, fails, is forgotten, or its deadline is over. A look that fails says nothing of the
/// task: it can be fetched by a later run. `since` is when this run ordered it; `was_shown` says that its service has
/// known it before.
pub(super) async fn follow(
    context: &WorkerContext,
    provider: &dyn Provider,
    ticket: &Ticket,
    since: Option<Instant>,
    polling: &Polling,
    was_shown: bool,
) -> Result<Followed, Failure> {
    let paid = provider.service().paid();
    let began = since.unwrap_or_else(Instant::now);
    let pace = pace(polling);
    let mut looks = Looks::default();
    let mut last_running = Duration::ZERO;
    // A task of another run may be done by now: it is looked at once, at once.
    let mut pause = if since.is_some() && paid { pace.next(began.elapsed(), None, jitter()) } else { Duration::ZERO };
    loop {
        if paid {
            pause = pause.min(polling.deadline.saturating_sub(began.elapsed()));
        }
        tokio::time::sleep(pause).await;
        looks.all += 1;
        let asked = match provider.poll(ticket).await {
            Ok(TaskState::Done(delivery)) => {
                let length = (last_running + began.elapsed()) / 2;
                return Ok(Followed::Done { delivery, noticed: since.map(|_| (length, looks.all)) });
            }
            Ok(TaskState::Failed(error)) => return Ok(Followed::Over(error)),
            Ok(state) => {
                looks = Looks { all: looks.all, ..Looks::default() };
                last_running = began.elapsed();
                match state {
                    TaskState::Running(part) => context.messenger.moved(Stage::Rendering, part),
                    _ => context.messenger.moved(Stage::Queued, None),
                }
                None
            }
            Err(error) if error.kind == ErrorKind::NoTask => {
                looks.unknown += 1;
                if was_shown || looks.unknown >= UNKNOWN {
                    return Ok(Followed::Forgotten(error));
                }
                looks.last_words = Some(error.to_string());
                None
            }
            Err(error) => Some(looks.again(error)?),
        };
        let elapsed = began.elapsed();
        if paid && elapsed >= polling.deadline {
            return Err(Failure::deadline(ticket, polling.deadline, looks.last_words));
        }
        pause = if paid { pace.next(elapsed, asked, jitter()) } else { AT_ONCE };
        if let (Some(_), Some(words)) = (asked, &looks.last_words) {
            context.messenger.say_waits(pause, words);
        }
    }
}

impl Looks {
    /// The pause before a look after one that failed.
    fn again(&mut self, error: ServiceError) -> Result<Duration, Failure> {
        self.errors += 1;
        self.strange += u32::from(retry::is_strange(&error));
        let times = if retry::is_strange(&error) { self.strange } else { self.errors };
        self.last_words = Some(error.to_string());
        retry::look_again(&error, times).ok_or(Failure::Service(error))
    }
}

fn pace(polling: &Polling) -> Pace {
    let pace = Pace::new(polling.bounds, &polling.known, polling.allowance);
    match polling.longest {
        Some(longest) => pace.at_most(longest),
        None => pace,
    }
}

fn jitter() -> f64 {
    fastrand::f64() * 2.0 - 1.0
}

/// Brings what a finished task made into `file`.
pub(super) async fn fetch(
    context: &WorkerContext,
    provider: &dyn Provider,
    ticket: &Ticket,
    delivery: &Delivery,
    file: &Path,
) -> Result<(), Failure> {
    context.messenger.moved(Stage::Fetching, None);
    let messenger = context.messenger.clone();
    let progress = move |progress: FetchProgress<'_>| match progress {
        FetchProgress::Bytes { so_far, all } => {
            let part = all.filter(|all| *all > 0).map(|all| so_far as f32 / all as f32);
            messenger.moved(Stage::Fetching, part);
        }
        FetchProgress::Waits { pause, reason } => messenger.say_waits(pause, reason),
    };
    match provider.fetch(ticket, delivery, file, &progress).await {
        // A link that died while looks fail, too, is renewed with more patience than a download has.
        Err(error) if error.kind == ErrorKind::Download => match fresh(context, provider, ticket).await {
            Some(delivery) => Ok(provider.fetch(ticket, &delivery, file, &progress).await?),
            None => Err(error.into()),
        },
        done => Ok(done?),
    }
}

/// A finished task with fresh addresses; `None` where it does not stand as finished, or looks go on failing.
pub(super) async fn fresh(context: &WorkerContext, provider: &dyn Provider, ticket: &Ticket) -> Option<Delivery> {
    for times in 1..=RENEWALS {
        match provider.poll(ticket).await {
            Ok(TaskState::Done(delivery)) => return Some(*delivery),
            Ok(_) => return None,
            Err(error) => {
                let pause = retry::look_again(&error, times)?;
                context.messenger.wait(pause, &error.to_string()).await;
            }
        }
    }
    None
}
