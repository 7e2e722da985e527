//! An order whose answer was lost, looked for in the service's own list of tasks. A mark decides, or an id; no clock does.

use std::collections::BTreeSet;
use std::time::Duration;

use super::failure::Failure;
use super::message::{Lost, PaidStep, Refusal};
use super::worker::WorkerContext;
use crate::provider::{Provider, Ticket};
use crate::service::reply::{ListedTask, Retry};

/// When the list is looked at, in seconds after each other: a request whose connection broke may still be on its way,
/// and half a minute is far longer than any service takes to accept one.
const LOOKS: [u64; 3] = [2, 8, 20];

/// The task that the order became; `None` where the list shows none.
///
/// # Errors
/// The service has no list, or the list does not tell: only the user can.
pub(super) async fn reconcile(
    context: &WorkerContext,
    provider: &dyn Provider,
    lost: &Lost,
) -> Result<Option<Ticket>, Failure> {
    let Lost { attempt, known, why } = lost;
    let marker = &attempt.intent.marker;
    let service = provider.service();
    if !service.lists || marker.is_empty() {
        return Err(Failure::Refused(Refusal::Unclear(why.clone())));
    }
    for (at, pause) in LOOKS.into_iter().enumerate() {
        let reason = format!("the answer to its order was lost; it is looked for in the list of {}", service.id);
        context.messenger.wait(Duration::from_secs(pause), &reason).await;
        let tasks = match provider.find(&attempt.intent.model, marker).await {
            Ok(tasks) => tasks,
            // Only the last look must succeed: it alone can say that there is no such task.
            Err(error) if at + 1 < LOOKS.len() && error.retry != Retry::Never => continue,
            Err(error) => {
                let why = format!("{why}; its list of tasks: {error}");
                return Err(Failure::Refused(Refusal::Unclear(why)));
            }
        };
        match found(&tasks, marker, known) {
            Found::Task(ticket) => {
                let step = PaidStep::Submitted { service: service.id, ticket: ticket.clone() };
                context.messenger.note(attempt.id, step).await?;
                return Ok(Some(ticket));
            }
            Found::Nothing => {}
            Found::Doubt(n) => {
                let why = format!("{why}; {n} tasks in its list may be this order");
                return Err(Failure::Refused(Refusal::Unclear(why)));
            }
        }
    }
    Ok(None)
}

/// What a list says of an order.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It became this task.
    Task(Ticket),
    /// It became none of them.
    Nothing,
    /// So many tasks could be it.
    Doubt(usize),
}

/// Looks for the task with a mark. Where the list shows marks at all, a task without one is somebody else's; where it
/// shows none, every task could be it that is not one of the `known`.
fn found(tasks: &[ListedTask], marker: &str, known: &BTreeSet<String>) -> Found {
    let ours: Vec<&ListedTask> = tasks.iter().filter(|task| task.marker.as_deref() == Some(marker)).collect();
    let keeps_marks = tasks.iter().any(|task| task.marker.is_some());
    let unmarked = tasks.iter().filter(|task| task.marker.is_none() && !known.contains(&task.id)).count();
    match (&ours[..], unmarked) {
        ([task], _) => Found::Task(Ticket(task.id.clone())),
        ([], _) if keeps_marks => Found::Nothing,
        ([], 0) => Found::Nothing,
        (ours, unmarked) => Found::Doubt(ours.len() + unmarked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::reply::TaskState;

    fn task(id: &str, marker: Option<&str>) -> ListedTask {
        let marker = marker.map(str::to_owned);
        ListedTask { id: id.to_owned(), model: None, marker, state: TaskState::Queued }
    }

    #[test]
    fn a_mark_or_an_id_tells_and_doubt_stays_doubt() {
        let ours = task("1", Some("m"));
        let found = |tasks: &[ListedTask]| super::found(tasks, "m", &BTreeSet::from(["7".to_owned()]));
        assert_eq!(found(&[task("0", Some("x")), ours.clone()]), Found::Task(Ticket("1".to_owned())));
        assert_eq!(found(&[task("0", None), ours.clone()]), Found::Task(Ticket("1".to_owned())));
        assert_eq!(found(&[task("0", Some("x"))]), Found::Nothing);
        assert_eq!(found(&[task("0", Some("x")), task("2", None)]), Found::Nothing, "marks are kept here");
        assert_eq!(found(&[task("0", None)]), Found::Doubt(1));
        assert_eq!(found(&[task("7", None)]), Found::Nothing, "it is another order of ours");
        assert_eq!(found(&[ours.clone(), ours]), Found::Doubt(2));
    }
}
