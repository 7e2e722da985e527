//! One poll of a task, and what its reply is believed to say.

use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry, TaskState};
use storyreel_core::sanitize::{clean, shorten};

use super::Ticket;
use super::transport::{Connection, Purpose};
use crate::dialect::http::HttpResponse;

/// Characters of another task's name that are shown.
const LONGEST_NAME: usize = 80;

/// One poll of a task. What a reply says of another task is not believed, and the poll is repeated: something between
/// here and the service mixes replies up.
pub(super) async fn poll(wire: &Connection, ticket: &Ticket) -> Result<TaskState, ProviderError> {
    let reply = wire.send(Purpose::Query, &wire.dialect.poll(&ticket.0)).await?;
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
fn about_another(wire: &Connection, ticket: &Ticket, other: &str, reply: &HttpResponse) -> ProviderError {
    let other = shorten(&clean(other), LONGEST_NAME);
    let message = format!("the reply about task {} is about task {other}; it is ignored", ticket.0);
    let error = ProviderError::new(wire.provider.id, ErrorKind::Unreadable, Retry::Backoff, Charged::Unknown, message);
    error.request_id(reply.request_id())
}

/// What the dialect reads in the reply to a query, or what the reply says is wrong.
pub(super) fn understood<T>(
    wire: &Connection,
    reply: &HttpResponse,
    read: impl Fn(&HttpResponse) -> Result<T, ProviderError>,
) -> Result<T, ProviderError> {
    let result = if (200..300).contains(&reply.status) { read(reply) } else { Err(wire.dialect.poll_error(reply)) };
    result.map_err(|error| wire.judged(Purpose::Query, reply, error))
}

pub(super) fn clean_state(wire: &Connection, state: TaskState) -> TaskState {
    match state {
        TaskState::Failed(error) => TaskState::Failed(wire.clean(error)),
        state => state,
    }
}
