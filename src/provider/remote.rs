//! The provider for every service that is spoken to over HTTP: a dialect says what is sent and what a reply means, and
//! this sends it.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use secrecy::SecretString;

use super::download::{Download, Wanted};
#[cfg(test)]
use super::transport::Limits;
use super::transport::{Purpose, Wire};
use super::{FetchProgress, Prepared, Provider, RenderRequest, Ticket, order};
use crate::legible::{clean, shorten};
use crate::service::Service;
use crate::service::http::{HttpRequest, HttpResponse};
use crate::service::reply::{Charged, Delivery, ErrorKind, ListedTask, Retry, ServiceError, TaskState};

/// The most pages of a service's list that are read: a week of tasks.
const PAGES: u32 = 200;

/// How often one page is asked for.
const PAGE_TRIES: u32 = 4;

/// The longest pause that is waited here before a page: a longer one is the caller's, who can say that it waits.
const PAGE_PAUSE: Duration = Duration::from_secs(5);

/// Characters of another task's name that are shown.
const LONGEST_NAME: usize = 80;

/// A service at an address, with a key.
pub struct Remote {
    wire: Wire,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.wire).finish()
    }
}

impl Remote {
    /// A provider that speaks to `service` at `base_url`, everything before the path that the service's reference
    /// names. No connection is made and nothing is set up before the first request.
    ///
    /// # Errors
    /// `base_url` is not `https` (or `http` to this machine), or holds more than an address; `key` is empty or cannot
    /// stand in a header; `service` is the built-in one.
    pub fn new(service: &'static Service, base_url: &str, key: &SecretString) -> Result<Self, ServiceError> {
        Ok(Self { wire: Wire::new(service, base_url, key)? })
    }

    #[cfg(test)]
    pub(super) fn with_limits(mut self, limits: Limits) -> Self {
        self.wire.limits = limits;
        self
    }

    /// The tasks on `model`, newest first, up to the page on which one bears `marker`: a submit whose answer was lost. No
    /// time is compared: this machine's clock and the service's may differ by hours. At most one page a second is asked
    /// for.
    ///
    /// # Errors
    /// The service has no list, a page could not be read, or the list does not end: then nobody can say that there is
    /// no such task.
    async fn listed(&self, model: &str, marker: &str) -> Result<Vec<ListedTask>, ServiceError> {
        let wire = &self.wire;
        let mut found: Vec<ListedTask> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        for page in 1..=PAGES {
            let Some(request) = wire.dialect.list(model, page) else {
                let message = "the service has no list of tasks; look at its web page".to_owned();
                return Err(wire.error(ErrorKind::NotAvailable, Retry::Never, Charged::No, message));
            };
            if page > 1 {
                tokio::time::sleep(wire.limits.page).await;
            }
            let tasks = self.page(&request).await?;
            let fresh: Vec<ListedTask> = tasks.into_iter().filter(|task| seen.insert(task.id.clone())).collect();
            let is_there = fresh.iter().any(|task| task.marker.as_deref() == Some(marker));
            let is_over = fresh.is_empty();
            found.extend(fresh.into_iter().map(|task| cleaned(wire, task)));
            if is_there || is_over {
                return Ok(found);
            }
        }
        let message = format!("the list of tasks is longer than {PAGES} pages; look at the service's web page");
        Err(wire.error(ErrorKind::Unreadable, Retry::Never, Charged::No, message))
    }

    /// One page of the list. What goes wrong by chance is tried again: an order that cannot be told is left to the user.
    async fn page(&self, request: &HttpRequest) -> Result<Vec<ListedTask>, ServiceError> {
        let wire = &self.wire;
        let mut tries = 0;
        loop {
            tries += 1;
            let told = match wire.send(Purpose::Look, request).await {
                Ok(reply) => understood(wire, &reply, |reply| wire.dialect.listed(reply)),
                Err(error) => Err(error),
            };
            let pause = match &told {
                Err(ServiceError { retry: Retry::Backoff, .. }) if tries < PAGE_TRIES => wire.limits.page * tries,
                Err(ServiceError { retry: Retry::After(asked), .. }) if tries < PAGE_TRIES && *asked <= PAGE_PAUSE => {
                    *asked
                }
                _ => return told,
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn ordered(&self, order: &HttpRequest) -> Result<Ticket, ServiceError> {
        let wire = &self.wire;
        let reply = wire.send(Purpose::Order, order).await?;
        let task = if (200..300).contains(&reply.status) {
            wire.dialect.submitted(&reply).and_then(|task| {
                let empty = || reply.unreadable(wire.service.id, "it names no task");
                Some(task).filter(|task| !task.trim().is_empty()).ok_or_else(empty)
            })
        } else {
            let error = wire.dialect.error(&reply);
            Err(if reply.status == 413 { order::told_size(order, error) } else { error })
        };
        task.map(Ticket).map_err(|error| wire.judged(Purpose::Order, &reply, error))
    }
}

/// What the dialect reads in the reply to a look, or what the reply says is wrong.
fn understood<T>(
    wire: &Wire,
    reply: &HttpResponse,
    read: impl Fn(&HttpResponse) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let result = if (200..300).contains(&reply.status) { read(reply) } else { Err(wire.dialect.poll_error(reply)) };
    result.map_err(|error| wire.judged(Purpose::Look, reply, error))
}

fn cleaned(wire: &Wire, task: ListedTask) -> ListedTask {
    ListedTask { state: clean_state(wire, task.state), ..task }
}

fn clean_state(wire: &Wire, state: TaskState) -> TaskState {
    match state {
        TaskState::Failed(error) => TaskState::Failed(wire.clean(error)),
        state => state,
    }
}

/// One look at a task. What a reply says of another task is not believed, and the look is repeated: something between
/// here and the service mixes replies up.
pub(super) async fn look(wire: &Wire, ticket: &Ticket) -> Result<TaskState, ServiceError> {
    let reply = wire.send(Purpose::Look, &wire.dialect.poll(&ticket.0)).await?;
    let state = understood(wire, &reply, |reply| {
        let names = wire.dialect.names(reply);
        match names.first() {
            Some(other) if !names.contains(&ticket.0) => Err(about_another(wire, ticket, other, reply)),
            _ => wire.dialect.polled(reply),
        }
    })?;
    Ok(clean_state(wire, state))
}

/// The error for a reply about another task than was asked for.
fn about_another(wire: &Wire, ticket: &Ticket, other: &str, reply: &HttpResponse) -> ServiceError {
    let other = shorten(&clean(other), LONGEST_NAME);
    let message = format!("the reply to a look at task {} is about task {other}; it is not believed", ticket.0);
    let error = ServiceError::new(wire.service.id, ErrorKind::Unreadable, Retry::Backoff, Charged::Unknown, message);
    error.from_reply(reply)
}

impl Provider for Remote {
    fn service(&self) -> &'static Service {
        self.wire.service
    }

    fn prepare<'a>(&'a self, request: &'a RenderRequest) -> BoxFuture<'a, Result<Prepared, ServiceError>> {
        async { order::order(&self.wire, request).await.map(Prepared::Order) }.boxed()
    }

    fn submit<'a>(&'a self, order: &'a Prepared) -> BoxFuture<'a, Result<Ticket, ServiceError>> {
        async {
            match order {
                Prepared::Order(order) => self.ordered(order).await,
                Prepared::Here(_) => Err(self.wire.here("an order for the animatic came to a service".to_owned())),
            }
        }
        .boxed()
    }

    fn find<'a>(&'a self, model: &'a str, marker: &'a str) -> BoxFuture<'a, Result<Vec<ListedTask>, ServiceError>> {
        self.listed(model, marker).boxed()
    }

    fn poll<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, Result<TaskState, ServiceError>> {
        look(&self.wire, ticket).boxed()
    }

    fn fetch<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
        progress: &'a (dyn Fn(FetchProgress<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), ServiceError>> {
        let download = Download { wire: &self.wire, ticket, wanted: Wanted::Clip, progress };
        async move { download.run(delivery, into).await }.boxed()
    }

    fn fetch_last_frame<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
    ) -> BoxFuture<'a, Result<bool, ServiceError>> {
        async move {
            if delivery.last_frame.is_none() {
                return Ok(false);
            }
            let download = Download { wire: &self.wire, ticket, wanted: Wanted::LastFrame, progress: &|_| {} };
            match download.run(delivery, into).await {
                Ok(()) => Ok(true),
                // The frame can be cut from the clip instead.
                Err(error) if error.kind == ErrorKind::Download => Ok(false),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}
