//! An order whose answer was lost, looked for in the service's own list of tasks.

use std::time::Duration;

use super::desk::{PaidStep, Refusal};
use super::worker::{Bench, Failure};
use crate::provider::{Provider, Ticket};
use crate::service::reply::{ListedTask, Retry};

/// An order with an unknown outcome.
pub(super) struct Lost<'a> {
    pub(super) attempt: u32,
    /// The mark that it bore; empty where none is known.
    pub(super) marker: &'a str,
    /// When it was about to be sent, in seconds since 1970.
    pub(super) since: u64,
    pub(super) why: &'a str,
}

/// When the list is looked at, in seconds after each other: a request whose connection broke may still be on its way,
/// and half a minute is far longer than any service takes to accept one.
const LOOKS: [u64; 3] = [2, 8, 20];

/// Clocks of services and of this machine differ by less than this, in seconds.
const CLOCKS: u64 = 300;

/// The task that the order became; `None` when it became none, which is written down, so that it may be ordered again.
///
/// # Errors
/// The service has no list, or the list does not tell: only the user can.
pub(super) async fn reconcile(
    bench: &Bench,
    provider: &dyn Provider,
    model: &str,
    lost: &Lost<'_>,
) -> Result<Option<Ticket>, Failure> {
    if !provider.service().lists || lost.marker.is_empty() {
        return Err(Failure::Refused(Refusal::Unclear(lost.why.to_owned())));
    }
    for (at, pause) in LOOKS.into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        let tasks = match provider.find(model, lost.marker, lost.since.saturating_sub(CLOCKS)).await {
            Ok(tasks) => tasks,
            // Only the last look must succeed: it alone can say that there is no such task.
            Err(error) if at + 1 < LOOKS.len() && error.retry != Retry::Never => continue,
            Err(error) => {
                let why = format!("{}; its list of tasks: {error}", lost.why);
                return Err(Failure::Refused(Refusal::Unclear(why)));
            }
        };
        match told(&tasks, lost.marker) {
            Told::Task(ticket) => {
                bench.desk.note(lost.attempt, PaidStep::Submitted(ticket.clone())).await?;
                return Ok(Some(ticket));
            }
            Told::Nothing => {}
            Told::Doubt(n) => {
                let why = format!("{}; {n} tasks in its list may be this order", lost.why);
                return Err(Failure::Refused(Refusal::Unclear(why)));
            }
        }
    }
    let why = "the service's list has no such task".to_owned();
    bench.desk.note(lost.attempt, PaidStep::Unsent(why)).await?;
    Ok(None)
}

/// What a list says of an order.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// It became this task.
    Task(Ticket),
    /// It became none of them.
    Nothing,
    /// So many tasks could be it.
    Doubt(usize),
}

fn told(tasks: &[ListedTask], marker: &str) -> Told {
    let ours: Vec<&ListedTask> = tasks.iter().filter(|task| task.marker.as_deref() == Some(marker)).collect();
    let unmarked = tasks.iter().filter(|task| task.marker.is_none()).count();
    match (&ours[..], unmarked) {
        ([task], _) => Told::Task(Ticket(task.id.clone())),
        ([], 0) => Told::Nothing,
        (ours, unmarked) => Told::Doubt(ours.len() + unmarked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::reply::TaskState;

    fn task(id: &str, marker: Option<&str>) -> ListedTask {
        let marker = marker.map(str::to_owned);
        ListedTask { id: id.to_owned(), model: None, marker, created_at: None, state: TaskState::Queued }
    }

    #[test]
    fn only_a_mark_tells_and_doubt_stays_doubt() {
        let ours = task("1", Some("m"));
        assert_eq!(told(&[task("0", Some("x")), ours.clone()], "m"), Told::Task(Ticket("1".to_owned())));
        assert_eq!(told(&[task("0", None), ours.clone()], "m"), Told::Task(Ticket("1".to_owned())));
        assert_eq!(told(&[task("0", Some("x"))], "m"), Told::Nothing);
        assert_eq!(told(&[task("0", None)], "m"), Told::Doubt(1));
        assert_eq!(told(&[ours.clone(), ours], "m"), Told::Doubt(2));
    }
}
