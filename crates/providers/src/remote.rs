//! The provider for every service that is spoken to over HTTP: a dialect says what is sent and what a reply means, and
//! this sends it.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use secrecy::SecretString;
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ListedTask, ProviderError, Retry, TaskState};
use storyreel_core::provider::{GatewayForm, Provider, ServiceCatalogue};

use super::download::{Download, WantedFile};
use super::poll::{clean_state, poll, understood};
#[cfg(test)]
use super::transport::Limits;
use super::transport::{Connection, Purpose};
use super::{FetchProgress, Prepared, RenderRequest, Renderer, Ticket, order};
use crate::dialect::http::HttpRequest;
use crate::dialect::{Dialect, dialect, gateway};

/// The most pages of a service's list that are read: a week of tasks.
const PAGES: u32 = 200;

/// How often one page is asked for.
const PAGE_TRIES: u32 = 4;

/// The longest pause that is waited here before a page: a longer one is the caller's, who can say that it waits.
const PAGE_PAUSE: Duration = Duration::from_secs(5);

/// A service at an address, with a key.
pub struct Remote {
    wire: Connection,
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
    pub fn new(provider: &'static Provider, base_url: &str, key: &SecretString) -> Result<Self, ProviderError> {
        let Some(dialect) = dialect(provider.id) else {
            let message = format!("`{}` is built in: it has no address", provider.id);
            return Err(ProviderError::new(provider.id, ErrorKind::Here, Retry::Never, Charged::No, message));
        };
        Self::speaking(provider, dialect, base_url, key)
    }

    /// The same for a provider with a dialect of its own.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn speaking(
        provider: &'static Provider,
        dialect: &'static dyn Dialect,
        base_url: &str,
        key: &SecretString,
    ) -> Result<Self, ProviderError> {
        Ok(Self { wire: Connection::new(provider, dialect, base_url, key)? })
    }

    /// The same, spoken to as a gateway of this form wants it.
    #[must_use]
    pub fn with_form(mut self, form: GatewayForm) -> Self {
        if self.wire.provider.takes_form {
            self.wire.dialect = gateway(form);
        }
        self
    }

    /// The models that the service lists, with abilities and prices, as read on the day `read`.
    ///
    /// # Errors
    /// The service lists none, does not answer, or answers with something else.
    pub async fn models(&self, read: String) -> Result<ServiceCatalogue, ProviderError> {
        let wire = &self.wire;
        let Some(request) = wire.dialect.models() else {
            let message = "the service does not list its models".to_owned();
            return Err(wire.error(ErrorKind::NotAvailable, Retry::Never, Charged::No, message));
        };
        let reply = wire.send(Purpose::Query, &request).await?;
        understood(wire, &reply, |reply| wire.dialect.listed_models(reply, read.clone()))
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
    async fn listed(&self, model: &str, marker: &str) -> Result<Vec<ListedTask>, ProviderError> {
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

    /// One page of the list. What goes wrong by chance is tried again: an order about which nothing is known is left to the user.
    async fn page(&self, request: &HttpRequest) -> Result<Vec<ListedTask>, ProviderError> {
        let wire = &self.wire;
        let mut tries = 0;
        loop {
            tries += 1;
            let tasks = match wire.send(Purpose::Query, request).await {
                Ok(reply) => understood(wire, &reply, |reply| wire.dialect.listed(reply)),
                Err(error) => Err(error),
            };
            let pause = match &tasks {
                Err(ProviderError { retry: Retry::Backoff, .. }) if tries < PAGE_TRIES => wire.limits.page * tries,
                Err(ProviderError { retry: Retry::After(asked), .. }) if tries < PAGE_TRIES && *asked <= PAGE_PAUSE => {
                    *asked
                }
                _ => return tasks,
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn ordered(&self, order: &HttpRequest) -> Result<Ticket, ProviderError> {
        let wire = &self.wire;
        let reply = wire.send(Purpose::Order, order).await?;
        let task = if (200..300).contains(&reply.status) {
            match wire.dialect.submitted(&reply) {
                Ok(task) if task.trim().is_empty() => Err(reply.unreadable(wire.provider.id, "it names no task")),
                task => task,
            }
        } else {
            let error = wire.dialect.error(&reply);
            Err(if reply.status == 413 { order::with_size(order, error) } else { error })
        };
        task.map(|id| Ticket(wire.dialect.ticket(order, &id)))
            .map_err(|error| wire.judged(Purpose::Order, &reply, error))
    }
}

fn cleaned(wire: &Connection, task: ListedTask) -> ListedTask {
    ListedTask { state: clean_state(wire, task.state), ..task }
}

impl Renderer for Remote {
    fn provider(&self) -> &'static Provider {
        self.wire.provider
    }

    fn prepare<'a>(&'a self, request: &'a RenderRequest) -> BoxFuture<'a, Result<Prepared, ProviderError>> {
        async { order::order(&self.wire, request).await.map(Prepared::Order) }.boxed()
    }

    fn submit<'a>(&'a self, order: &'a Prepared) -> BoxFuture<'a, Result<Ticket, ProviderError>> {
        async {
            match order {
                Prepared::Order(order) => self.ordered(order).await,
                Prepared::Here(_) => Err(self.wire.here("an order for the animatic came to a service".to_owned())),
            }
        }
        .boxed()
    }

    fn find<'a>(&'a self, model: &'a str, marker: &'a str) -> BoxFuture<'a, Result<Vec<ListedTask>, ProviderError>> {
        self.listed(model, marker).boxed()
    }

    fn poll<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, Result<TaskState, ProviderError>> {
        poll(&self.wire, ticket).boxed()
    }

    fn fetch<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
        progress: &'a (dyn Fn(FetchProgress<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), ProviderError>> {
        let download = Download { wire: &self.wire, ticket, wanted: WantedFile::Clip, progress };
        async move { download.run(delivery, into).await }.boxed()
    }

    fn fetch_last_frame<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
    ) -> BoxFuture<'a, Result<bool, ProviderError>> {
        async move {
            if delivery.last_frame.is_none() {
                return Ok(false);
            }
            let download = Download { wire: &self.wire, ticket, wanted: WantedFile::LastFrame, progress: &|_| {} };
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
