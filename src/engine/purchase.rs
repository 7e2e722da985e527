//! One render at a provider: leave, order, looks, and the clip brought here. Every step that concerns money is on disk
//! before the next is taken.

use std::path::Path;
use std::time::{Duration, Instant};

use super::desk::{Attempt, PaidStep, Refusal, Verdict};
use super::pace::Pace;
use super::reconcile::{self, Lost};
use super::retry;
use super::worker::{Bench, Failure, Order};
use crate::event::Stage;
use crate::lock::Taken;
use crate::provider::{Provider, RenderRequest, Ticket};
use crate::service::reply::{Charged, Delivery, ErrorKind, Retry, ServiceError, TaskState};
use crate::units::Digest;

/// What a provider has brought.
pub(super) enum Brought {
    /// A clip, in the worker's file.
    Clip(Box<Arrival>),
    /// The clip was in the store after all: another process made it.
    Found(Box<Taken>),
}

/// A clip fresh from a provider.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) ticket: Ticket,
    pub(super) delivery: Delivery,
    /// Which attempt of the recipe it is; `None` where nothing was paid.
    pub(super) attempt: Option<Attempt>,
    /// How long the task took, as far as the looks tell, and how many they were; `None` where another run ordered it.
    pub(super) noticed: Option<(Duration, u32)>,
}

/// The pause between two looks at an animatic.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Looks for fresh addresses in a row; with growing pauses they span half a minute.
const RENEWALS: u32 = 4;

/// Has a shot rendered and brings its clip into `file`.
pub(super) async fn purchase(
    bench: &Bench,
    order: &Order,
    request: &RenderRequest,
    file: &Path,
) -> Result<Brought, Failure> {
    // The session gives a provider to every shot with a prompt.
    let provider = order.provider.as_deref().expect("a shot with a prompt has a provider");
    let mut orders = 0;
    loop {
        orders += 1;
        let placed = match place(bench, order, provider, request).await? {
            Placed::Found(taken) => return Ok(Brought::Found(taken)),
            Placed::Task(placed) => placed,
        };
        match follow(bench, order, provider, &placed).await {
            Ok(Followed::Done(delivery, noticed)) => {
                if let Some(attempt) = placed.attempt {
                    bench.desk.note(attempt.number, PaidStep::Delivered(delivery.clone())).await?;
                }
                fetch(bench, provider, &placed.ticket, &delivery, file).await?;
                let (ticket, attempt, delivery) = (placed.ticket, placed.attempt, *delivery);
                return Ok(Brought::Clip(Box::new(Arrival { ticket, delivery, attempt, noticed })));
            }
            Ok(Followed::Over(error)) => {
                if let Some(attempt) = placed.attempt {
                    bench.desk.note(attempt.number, PaidStep::Failed(error.clone())).await?;
                }
                // What another run ordered is only fetched: to order it again is for the user to decide.
                if placed.since.is_none() || !retry::task_again(&error, orders) {
                    return Err(error.into());
                }
            }
            Err(Failure::Service(error)) => return Err(forgotten(bench, &placed, error).await),
            Err(other) => return Err(other),
        }
    }
}

/// What a service that does not know a task means: one that must know it has forgotten it, which is written down so that
/// the user can decide.
async fn forgotten(bench: &Bench, placed: &Task, error: ServiceError) -> Failure {
    let Some(attempt) = placed.attempt.filter(|attempt| attempt.old && error.kind == ErrorKind::NoTask) else {
        return error.into();
    };
    let why = error.to_string();
    match bench.desk.note(attempt.number, PaidStep::Forgotten(why.clone())).await {
        Ok(()) => Failure::Refused(Refusal::Forgotten(why)),
        Err(failure) => failure,
    }
}

/// How following a task ended.
enum Followed {
    /// The clip is there, this long after the order and after so many looks; `None` where another run ordered it.
    Done(Box<Delivery>, Option<(Duration, u32)>),
    /// The service says that there will be no clip.
    Over(ServiceError),
}

/// A task at a provider.
struct Task {
    ticket: Ticket,
    attempt: Option<Attempt>,
    /// When it was ordered; `None` where another run did.
    since: Option<Instant>,
}

enum Placed {
    Task(Task),
    Found(Box<Taken>),
}

/// Orders the shot, once leave is given; what the service turns away without charge is ordered again.
async fn place(
    bench: &Bench,
    order: &Order,
    provider: &dyn Provider,
    request: &RenderRequest,
) -> Result<Placed, Failure> {
    bench.desk.moved(Stage::Submitting, None);
    // Every order has a mark of its own, so that no other task of the same shot can be taken for it.
    let request = RenderRequest { marker: marker(&request.recipe), ..request.clone() };
    let (mut tries, mut sent) = (0, None);
    let prepared = match &order.collect {
        // What is only fetched needs no inputs.
        Some(_) => None,
        None => Some(prepared(provider, &request).await?),
    };
    loop {
        tries += 1;
        let attempt = if provider.service().paid() {
            match bench.desk.leave(&request.marker, prepared.is_some()).await? {
                Verdict::Order(attempt) => Some(attempt),
                Verdict::Collect { attempt, ticket } => {
                    return Ok(Placed::Task(Task { ticket, attempt: Some(attempt), since: None }));
                }
                Verdict::Unclear { attempt, marker, since, why } => {
                    let lost = Lost { attempt: attempt.number, marker: &marker, since, why: &why };
                    match reconcile::reconcile(bench, provider, &request.model, &lost).await? {
                        Some(ticket) => {
                            return Ok(Placed::Task(Task { ticket, attempt: Some(attempt), since: sent }));
                        }
                        None => continue,
                    }
                }
                Verdict::Found(taken) => return Ok(Placed::Found(taken)),
                Verdict::Wait | Verdict::Refused(_) => continue,
            }
        } else {
            None
        };
        let Some(prepared) = &prepared else { return Err(Failure::Refused(Refusal::Gone)) };
        let since = Instant::now();
        sent = Some(since);
        let error = match provider.submit(prepared).await {
            Ok(ticket) => {
                if let Some(attempt) = attempt {
                    bench.desk.note(attempt.number, PaidStep::Submitted(ticket.clone())).await?;
                }
                return Ok(Placed::Task(Task { ticket, attempt, since: Some(since) }));
            }
            Err(error) => error,
        };
        if let Some(attempt) = attempt {
            let step = match error.charged {
                Charged::No => PaidStep::Unsent(error.to_string()),
                Charged::Yes | Charged::Unknown => PaidStep::Unclear(error.to_string()),
            };
            bench.desk.note(attempt.number, step).await?;
        }
        match retry::order_again(&error, tries) {
            Some(pause) => tokio::time::sleep(pause).await,
            None if error.charged == Charged::No => return Err(error.into()),
            // The next time leave is asked for, the service's list is asked first.
            None if provider.service().lists => {}
            None => return Err(Failure::Unclear(error)),
        }
    }
}

/// The mark of an order in the service's list: what is ordered, and a number that no other order has.
fn marker(recipe: &Digest) -> String {
    format!("sr{}{:016x}", &recipe.hex()[..40], fastrand::u64(..))
}

/// Reads and uploads the inputs. Nothing is spent yet, so what fails by chance is tried again.
async fn prepared(provider: &dyn Provider, request: &RenderRequest) -> Result<crate::provider::Prepared, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        match provider.prepare(request).await {
            Ok(prepared) => return Ok(prepared),
            Err(error) => match retry::order_again(&error, tries) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error.into()),
            },
        }
    }
}

/// Looks at a task until it is done, fails, or its deadline is over. A look that fails says nothing of the task: it can
/// be fetched by a later run.
async fn follow(bench: &Bench, order: &Order, provider: &dyn Provider, task: &Task) -> Result<Followed, Failure> {
    let paid = task.attempt.is_some();
    let began = task.since.unwrap_or_else(Instant::now);
    let pace = Pace::new(order.looks, &order.known, order.allowance);
    let pace = match order.longest {
        Some(longest) => pace.at_most(longest),
        None => pace,
    };
    let jitter = || fastrand::f64() * 2.0 - 1.0;
    let (mut errors, mut strange, mut looks, mut last_seen_running) = (0, 0, 0, Duration::ZERO);
    // A task of another run may be done by now: it is looked at once, at once.
    let mut pause = match task.since {
        Some(_) if paid => pace.next(began.elapsed(), None, jitter()),
        _ => Duration::ZERO,
    };
    loop {
        if paid && began.elapsed() > order.deadline {
            return Err(Failure::Deadline { task: task.ticket.0.clone(), after: order.deadline });
        }
        tokio::time::sleep(pause).await;
        looks += 1;
        let asked = match provider.poll(&task.ticket).await {
            Ok(TaskState::Queued) => {
                bench.desk.moved(Stage::Queued, None);
                None
            }
            Ok(TaskState::Running(part)) => {
                bench.desk.moved(Stage::Rendering, part);
                None
            }
            Ok(TaskState::Done(delivery)) => {
                let length = (last_seen_running + began.elapsed()) / 2;
                return Ok(Followed::Done(delivery, task.since.map(|_| (length, looks))));
            }
            Ok(TaskState::Failed(error)) => return Ok(Followed::Over(error)),
            Err(error) => {
                errors += 1;
                strange += u32::from(retry::is_strange(&error));
                let times = if retry::is_strange(&error) { strange } else { errors };
                let Some(asked) = retry::look_again(&error, times) else { return Err(error.into()) };
                Some(asked)
            }
        };
        if asked.is_none() {
            (errors, strange) = (0, 0);
            last_seen_running = began.elapsed();
        }
        pause = if paid { pace.next(began.elapsed(), asked, jitter()) } else { AT_ONCE };
    }
}

async fn fetch(
    bench: &Bench,
    provider: &dyn Provider,
    ticket: &Ticket,
    delivery: &Delivery,
    file: &Path,
) -> Result<(), Failure> {
    bench.desk.moved(Stage::Fetching, None);
    let desk = bench.desk.clone();
    let progress = move |so_far: u64, all: Option<u64>| {
        let part = all.filter(|all| *all > 0).map(|all| so_far as f32 / all as f32);
        desk.moved(Stage::Fetching, part);
    };
    match provider.fetch(ticket, delivery, file, &progress).await {
        // A link that died while looks fail, too, is renewed with more patience than a download has.
        Err(error) if error.kind == ErrorKind::Download => match fresh(provider, ticket).await {
            Some(delivery) => Ok(provider.fetch(ticket, &delivery, file, &progress).await?),
            None => Err(error.into()),
        },
        done => Ok(done?),
    }
}

/// A finished task with fresh addresses; `None` where it does not stand as finished, or looks go on failing.
pub(super) async fn fresh(provider: &dyn Provider, ticket: &Ticket) -> Option<Delivery> {
    for times in 1..=RENEWALS {
        match provider.poll(ticket).await {
            Ok(TaskState::Done(delivery)) => return Some(*delivery),
            Ok(_) => return None,
            Err(error) => tokio::time::sleep(retry::look_again(&error, times)?).await,
        }
    }
    None
}

/// A clip that arrived damaged, once more: polled for a fresh address, never rendered again.
pub(super) async fn fetch_again(
    bench: &Bench,
    provider: &dyn Provider,
    arrival: &mut Arrival,
    file: &Path,
) -> Result<(), Failure> {
    // Without a fresh address the known one is tried, and the download renews it where it has to.
    if let Some(delivery) = fresh(provider, &arrival.ticket).await {
        arrival.delivery = delivery;
    }
    fetch(bench, provider, &arrival.ticket, &arrival.delivery, file).await
}

/// The error for a clip that does not decode however often it is fetched.
pub(super) fn damaged(service: &'static str, ticket: &Ticket, why: &str) -> ServiceError {
    let message = format!(
        "the clip of task {} arrives damaged ({why}); it is paid and kept at the service: run the same command again to \
         fetch it once more",
        ticket.0
    );
    ServiceError::new(service, ErrorKind::Download, Retry::Never, Charged::Yes, message)
}
