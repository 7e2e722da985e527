//! Polling a task until it is over, and bringing what it made into a file. Costs nothing, so what fails by chance is
//! tried again for as long as the deadline allows.

use std::path::Path;
use std::time::{Duration, Instant};

use storyreel_core::event::Stage;
use storyreel_core::polling::Polling;
use storyreel_core::polling::pace::Pace;
use storyreel_core::provider::reply::{Delivery, ErrorKind, ProviderError, TaskState};
use storyreel_core::retry;
use storyreel_providers::{FetchProgress, Renderer, Ticket};

use super::failure::ShotFailure;
use super::message::Messenger;
use super::worker_context::WorkerContext;

/// How following a task ended.
pub(super) enum Followed {
    /// The clip is there.
    Done {
        delivery: Box<Delivery>,
        /// How long the task took, as far as the polls tell; `None` where another run ordered it.
        length: Option<Duration>,
    },
    /// The service says that there will be no clip.
    Over(ProviderError),
    /// The service does not know the task, and had time enough to know it.
    Forgotten(ProviderError),
}

/// The pause between two polls of an animatic.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Polls for fresh addresses in a row; with growing pauses they span half a minute.
const RENEWALS: u32 = 4;

/// Polls in a row of a task that its service does not know: right after an order some know it only a while later.
const UNKNOWN: u32 = 5;

/// What is counted over the polls of one task.
#[derive(Debug, Default)]
struct PollCount {
    errors: u32,
    strange: u32,
    unknown: u32,
    last_words: Option<String>,
}

/// Polls a task until it is done, fails, is forgotten, or its deadline is over. A poll that fails says nothing of the
/// task: it can be fetched by a later run. `since` is when this run ordered it; `was_shown` says that its service has
/// known it before.
pub(super) async fn follow(
    context: &WorkerContext,
    provider: &dyn Renderer,
    ticket: &Ticket,
    since: Option<Instant>,
    polling: &Polling,
    was_shown: bool,
) -> Result<Followed, ShotFailure> {
    let paid = provider.provider().is_paid;
    let times = PollTimes::new(polling, since, paid);
    let mut count = PollCount::default();
    let mut last_running = Duration::ZERO;
    let mut settles = false;
    // A task of another run may be done by now, and an animatic is soon done: both are polled at once.
    let mut pause = if since.is_some() && paid { times.pause(None) } else { Duration::ZERO };
    loop {
        tokio::time::sleep(if settles { pause } else { times.within_deadline(pause) }).await;
        let asked = match provider.poll(ticket).await {
            Ok(TaskState::Done(delivery)) => {
                let length = (last_running + times.elapsed()) / 2;
                return Ok(Followed::Done { delivery, length: since.map(|_| length) });
            }
            Ok(TaskState::Failed(error)) => return Ok(Followed::Over(error)),
            Ok(state) => {
                count = PollCount::default();
                last_running = times.elapsed();
                say_state(&context.messenger, &state);
                None
            }
            Err(error) if error.kind == ErrorKind::NoTask => {
                if count.is_forgotten(&error, was_shown) {
                    return Ok(Followed::Forgotten(error));
                }
                None
            }
            Err(error) => Some(count.again(error)?),
        };
        // A run that looks once gives a service that does not know the task the time to.
        settles = count.unknown > 0 && polling.deadline.is_zero() && since.is_none();
        if times.is_over() && !settles {
            return Err(ShotFailure::deadline(ticket, polling.deadline, count.last_words));
        }
        pause = if settles { Duration::from_secs(1 << count.unknown.min(UNKNOWN)) } else { times.pause(asked) };
        if let (Some(_), Some(words)) = (asked, &count.last_words) {
            context.messenger.say_waits(pause, words);
        }
    }
}

/// When a task is polled.
struct PollTimes {
    began: Instant,
    pace: Pace,
    /// When it is given up, counted from the beginning; never where nothing is paid.
    deadline: Option<Duration>,
}

impl PollTimes {
    fn new(polling: &Polling, since: Option<Instant>, is_paid: bool) -> Self {
        Self {
            began: since.unwrap_or_else(Instant::now),
            pace: pace(polling),
            deadline: is_paid.then_some(polling.deadline),
        }
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| self.elapsed() >= deadline)
    }

    /// The pause before the next poll; `asked` is the one that a failed poll asks for.
    fn pause(&self, asked: Option<Duration>) -> Duration {
        if self.deadline.is_some() { self.pace.next(self.elapsed(), asked, jitter()) } else { AT_ONCE }
    }

    fn within_deadline(&self, pause: Duration) -> Duration {
        match self.deadline {
            Some(deadline) => pause.min(deadline.saturating_sub(self.elapsed())),
            None => pause,
        }
    }
}

fn say_state(messenger: &Messenger, state: &TaskState) {
    match state {
        TaskState::Running(part) => messenger.moved(Stage::Rendering, *part),
        _ => messenger.moved(Stage::Queued, None),
    }
}

impl PollCount {
    /// Whether a service that does not know the task had time enough to know it.
    fn is_forgotten(&mut self, error: &ProviderError, was_shown: bool) -> bool {
        self.unknown += 1;
        self.last_words = Some(error.to_string());
        was_shown || self.unknown >= UNKNOWN
    }

    /// The pause before a poll after one that failed.
    fn again(&mut self, error: ProviderError) -> Result<Duration, ShotFailure> {
        self.errors += 1;
        self.strange += u32::from(retry::is_strange(&error));
        let times = if retry::is_strange(&error) { self.strange } else { self.errors };
        self.last_words = Some(error.to_string());
        retry::poll_again(&error, times).ok_or(ShotFailure::Service(error))
    }
}

fn pace(polling: &Polling) -> Pace {
    let pace = Pace::new(polling.bounds, &polling.known);
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
    provider: &dyn Renderer,
    ticket: &Ticket,
    delivery: &Delivery,
    file: &Path,
) -> Result<(), ShotFailure> {
    context.messenger.moved(Stage::Fetching, None);
    let progress = |progress: FetchProgress<'_>| say_progress(&context.messenger, &progress);
    match provider.fetch(ticket, delivery, file, &progress).await {
        // A link that died while polls fail, too, is renewed with more patience than a download has.
        Err(error) if error.kind == ErrorKind::Download => match fresh(context, provider, ticket).await {
            Some(delivery) => Ok(provider.fetch(ticket, &delivery, file, &progress).await?),
            None => Err(error.into()),
        },
        done => Ok(done?),
    }
}

fn say_progress(messenger: &Messenger, progress: &FetchProgress<'_>) {
    match *progress {
        FetchProgress::Bytes { so_far, all } => {
            let part = all.filter(|all| *all > 0).map(|all| so_far as f32 / all as f32);
            messenger.moved(Stage::Fetching, part);
        }
        FetchProgress::Waits { pause, reason } => messenger.say_waits(pause, reason),
    }
}

/// A finished task with fresh addresses; `None` where it does not stand as finished, or polls go on failing.
pub(super) async fn fresh(context: &WorkerContext, provider: &dyn Renderer, ticket: &Ticket) -> Option<Delivery> {
    for times in 1..=RENEWALS {
        match provider.poll(ticket).await {
            Ok(TaskState::Done(delivery)) => return Some(*delivery),
            Ok(_) => return None,
            Err(error) => {
                let pause = retry::poll_again(&error, times)?;
                context.messenger.wait(pause, &error.to_string()).await;
            }
        }
    }
    None
}
