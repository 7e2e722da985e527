//! An order whose answer was lost, looked for in the service's own list of tasks. A mark decides, or an id; no clock does.

use std::collections::BTreeSet;
use std::time::Duration;

use storyreel_core::provider::reply::{ListedTask, Retry};
use storyreel_providers::{Renderer, Ticket};

use super::failure::{Refusal, ShotFailure};
use super::message::{Lost, PaidStep};
use super::worker_context::WorkerContext;

/// When the list is looked at, in seconds after each other: a request whose connection broke may still be on its way,
/// and half a minute is far longer than any service takes to accept one.
const LOOKS: [u64; 3] = [2, 8, 20];

/// The task that the order became; `None` where the list shows none.
///
/// # Errors
/// The service has no list, or the list does not tell: only the user can.
pub(super) async fn reconcile(
    context: &WorkerContext,
    provider: &dyn Renderer,
    lost: &Lost,
) -> Result<Option<Ticket>, ShotFailure> {
    let Lost { attempt, known, why, .. } = lost;
    let marker = &attempt.intent.marker;
    let provider_id = provider.provider().id;
    if !provider.provider().lists || marker.is_empty() {
        return Err(ShotFailure::Refused(Refusal::Unclear(why.clone())));
    }
    for (at, pause) in LOOKS.into_iter().enumerate() {
        let reason = format!("the answer to its order was lost; looking for it in the list of {provider_id}");
        context.messenger.wait(Duration::from_secs(pause), &reason).await;
        let tasks = match provider.find(&attempt.intent.model, marker).await {
            Ok(tasks) => tasks,
            // Only the last look must succeed: it alone can say that there is no such task.
            Err(error) if at + 1 < LOOKS.len() && error.retry != Retry::Never => continue,
            Err(error) => {
                let why = format!("{why}; its list of tasks: {error}");
                return Err(ShotFailure::Refused(Refusal::Unclear(why)));
            }
        };
        match found(&tasks, marker, known) {
            ListedOrder::Task(ticket) => {
                let step = PaidStep::Submitted { provider: provider_id, ticket: ticket.clone() };
                context.messenger.note(attempt.id, step).await?;
                return Ok(Some(ticket));
            }
            ListedOrder::Nothing => {}
            ListedOrder::Doubt(n) => {
                let why = format!("{why}; {n} listed tasks could be this order");
                return Err(ShotFailure::Refused(Refusal::Unclear(why)));
            }
        }
    }
    Ok(None)
}

/// What a list says of an order.
#[derive(Debug, PartialEq, Eq)]
enum ListedOrder {
    /// It became this task.
    Task(Ticket),
    /// It became none of them.
    Nothing,
    /// So many tasks could be it.
    Doubt(usize),
}

/// Looks for the task with a mark. Where the list shows marks at all, a task without one is somebody else's; where it
/// shows none, every task could be it that is not one of the `known`.
fn found(tasks: &[ListedTask], marker: &str, known: &BTreeSet<String>) -> ListedOrder {
    let ours: Vec<&ListedTask> = tasks.iter().filter(|task| task.marker.as_deref() == Some(marker)).collect();
    let keeps_marks = tasks.iter().any(|task| task.marker.is_some());
    let unmarked = tasks.iter().filter(|task| task.marker.is_none() && !known.contains(&task.id)).count();
    match (&ours[..], unmarked) {
        ([task], _) => ListedOrder::Task(Ticket(task.id.clone())),
        ([], _) if keeps_marks => ListedOrder::Nothing,
        ([], 0) => ListedOrder::Nothing,
        (ours, unmarked) => ListedOrder::Doubt(ours.len() + unmarked),
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::provider::reply::TaskState;

    use super::*;

    fn task(id: &str, marker: Option<&str>) -> ListedTask {
        let marker = marker.map(str::to_owned);
        ListedTask { id: id.to_owned(), model: None, marker, state: TaskState::Queued }
    }

    fn found(tasks: &[ListedTask]) -> ListedOrder {
        super::found(tasks, "m", &BTreeSet::from(["7".to_owned()]))
    }

    #[test]
    fn a_mark_or_an_id_tells_and_doubt_stays_doubt() {
        let ours = task("1", Some("m"));
        assert_eq!(found(&[task("0", Some("x")), ours.clone()]), ListedOrder::Task(Ticket("1".to_owned())));
        assert_eq!(found(&[task("0", None), ours.clone()]), ListedOrder::Task(Ticket("1".to_owned())));
        assert_eq!(found(&[task("0", Some("x"))]), ListedOrder::Nothing);
        assert_eq!(found(&[task("0", Some("x")), task("2", None)]), ListedOrder::Nothing, "marks are kept here");
        assert_eq!(found(&[task("0", None)]), ListedOrder::Doubt(1));
        assert_eq!(found(&[task("7", None)]), ListedOrder::Nothing, "it is another order of ours");
        assert_eq!(found(&[ours.clone(), ours]), ListedOrder::Doubt(2));
    }
}
