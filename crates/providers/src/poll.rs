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
    let dialect = wire.dialect;
    let mut reply = wire.send(Purpose::Query, &dialect.poll(&ticket.0)).await?;
    let mut is_result = false;
    if (200..300).contains(&reply.status)
        && is_about(wire, ticket, &reply)
        && let Some(result) = dialect.result(&ticket.0, &reply)
    {
        reply = wire.send(Purpose::Query, &result).await?;
        is_result = true;
    }
    if !(200..300).contains(&reply.status)
        && is_about(wire, ticket, &reply)
        && let Some(failed) = dialect.poll_failure(&reply)
    {
        return Ok(clean_state(wire, failed));
    }
    let state = understood(wire, &reply, |reply| match dialect.names(reply).first() {
        // A result is the maker's own, who has a name of his own for the task.
        Some(other) if !is_result && !is_about(wire, ticket, reply) => Err(about_another(wire, ticket, other, reply)),
        _ => dialect.polled(reply),
    })?;
    Ok(clean_state(wire, state))
}

/// Whether a reply names the task, or names none.
fn is_about(wire: &Connection, ticket: &Ticket, reply: &HttpResponse) -> bool {
    let names = wire.dialect.names(reply);
    names.is_empty() || names.iter().any(|name| wire.dialect.is_called(&ticket.0, name))
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
