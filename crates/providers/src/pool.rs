//! Several servers of the user's own that share the work. A task stays at the server that took it, so its name says which.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt as _};
use storyreel_core::provider::Provider;
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ListedTask, ProviderError, Retry, TaskState};

use super::{FetchProgress, Prepared, Remote, RenderRequest, Renderer, Ticket};

/// What stands between the id of a task and its server.
const AT: char = '@';

/// One of the servers.
struct PooledServer {
    /// Its address without `http://`, as names of tasks have it.
    address: String,
    remote: Remote,
    /// The tasks that it took in this run and has not finished.
    open: Mutex<HashSet<String>>,
}

/// Servers that share the work.
pub struct ServerPool {
    servers: Vec<PooledServer>,
}

impl fmt::Debug for ServerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.servers.iter().map(|server| &server.remote)).finish()
    }
}

impl PooledServer {
    fn load(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn took(&self, id: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    fn finished(&self, id: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

impl ServerPool {
    /// Servers by their base URLs, ready to be spoken to; at least one.
    #[must_use]
    pub fn new(servers: Vec<(String, Remote)>) -> Self {
        let named = servers.into_iter().map(|(base, remote)| PooledServer {
            address: base.split_once("://").map_or(&*base, |(_, address)| address).trim_end_matches('/').to_owned(),
            remote,
            open: Mutex::default(),
        });
        Self { servers: named.collect() }
    }

    /// The server of a task, and the task's own id there.
    fn server_of(&self, ticket: &Ticket) -> Result<(&PooledServer, Ticket), ProviderError> {
        let (id, address) = ticket.0.rsplit_once(AT).unwrap_or((&ticket.0, ""));
        let only = (address.is_empty() && self.servers.len() == 1).then(|| &self.servers[0]);
        let server = self.servers.iter().find(|server| server.address == address).or(only);
        let server = server.ok_or_else(|| {
            let message = format!("the server of task {} is not among the addresses", ticket.0);
            self.error(ErrorKind::NoTask, message)
        })?;
        Ok((server, Ticket(id.to_owned())))
    }

    fn error(&self, kind: ErrorKind, message: String) -> ProviderError {
        ProviderError::new(self.provider().id, kind, Retry::Never, Charged::No, message)
    }

    /// Orders at the server with the least to do; one that cannot be reached is passed over.
    async fn placed(&self, order: &Prepared) -> Result<Ticket, ProviderError> {
        let mut by_load: Vec<&PooledServer> = self.servers.iter().collect();
        by_load.sort_by_key(|server| server.load());
        let mut unreachable = None;
        for server in by_load {
            match server.remote.submit(order).await {
                Ok(Ticket(id)) => {
                    server.took(&id);
                    return Ok(Ticket(format!("{id}{AT}{}", server.address)));
                }
                Err(error) if error.kind == ErrorKind::Network && error.charged == Charged::No => {
                    unreachable = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(unreachable.unwrap_or_else(|| self.error(ErrorKind::Here, "there is no server".to_owned())))
    }
}

impl Renderer for ServerPool {
    fn provider(&self) -> &'static Provider {
        self.servers[0].remote.provider()
    }

    fn prepare<'a>(&'a self, request: &'a RenderRequest) -> BoxFuture<'a, Result<Prepared, ProviderError>> {
        async move {
            // Every server may get the order, so every one that answers is asked whether it can carry it out.
            let mut prepared = Err(self.error(ErrorKind::Here, "there is no server".to_owned()));
            for server in &self.servers {
                match server.remote.prepare(request).await {
                    Err(error) if error.kind != ErrorKind::Network => return Err(error),
                    Err(error) if prepared.is_err() => prepared = Err(error),
                    Err(_) => {}
                    Ok(order) => prepared = Ok(order),
                }
            }
            prepared
        }
        .boxed()
    }

    fn submit<'a>(&'a self, order: &'a Prepared) -> BoxFuture<'a, Result<Ticket, ProviderError>> {
        self.placed(order).boxed()
    }

    fn find<'a>(&'a self, model: &'a str, marker: &'a str) -> BoxFuture<'a, Result<Vec<ListedTask>, ProviderError>> {
        self.servers[0].remote.find(model, marker)
    }

    fn poll<'a>(&'a self, ticket: &'a Ticket) -> BoxFuture<'a, Result<TaskState, ProviderError>> {
        async move {
            let (server, own) = self.server_of(ticket)?;
            let state = server.remote.poll(&own).await;
            let is_over = matches!(state, Ok(TaskState::Done(_) | TaskState::Failed(_)))
                || matches!(&state, Err(error) if error.kind == ErrorKind::NoTask);
            if is_over {
                server.finished(&own.0);
            }
            state
        }
        .boxed()
    }

    fn fetch<'a>(
        &'a self,
        ticket: &'a Ticket,
        delivery: &'a Delivery,
        into: &'a Path,
        progress: &'a (dyn Fn(FetchProgress<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), ProviderError>> {
        async move {
            let (server, own) = self.server_of(ticket)?;
            server.remote.fetch(&own, delivery, into, progress).await
        }
        .boxed()
    }

    fn fetch_last_frame<'a>(
        &'a self,
        _ticket: &'a Ticket,
        _delivery: &'a Delivery,
        _into: &'a Path,
    ) -> BoxFuture<'a, Result<bool, ProviderError>> {
        async { Ok(false) }.boxed()
    }
}
