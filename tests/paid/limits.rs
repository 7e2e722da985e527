//! How much happens at once, and how often tasks are looked at.

use std::time::Duration;

use super::{LOOKS, board, clips, render, with_settings};
use crate::loopback::{Ledger, Lengths, Loopback, Pace, Settings, What};
use crate::support::Run;

fn timed(milliseconds: u64) -> Loopback {
    let running = Lengths::Fixed(Duration::from_millis(milliseconds));
    Loopback::start(Settings::new().pace(Pace::Timed { queued: Duration::ZERO, running }))
}

const CHAINS: &str = "  - {id: a1, prompt: Quay a1, provider: ark}
  - {id: a2, prompt: Quay a2, provider: ark, first_frame: {last_frame_of: a1}}
  - {id: b1, prompt: Quay b1, provider: ark}
  - {id: b2, prompt: Quay b2, provider: ark, first_frame: {last_frame_of: b1}}
";

fn chains(limit: usize) -> Ledger {
    let service = timed(1500);
    let settings = LOOKS.replace("{poll:", &format!("{{max_in_flight: {limit}, poll:"));
    let film = with_settings(&format!("ark: {settings}"), CHAINS);
    render(Run::new().board("film.yaml", &film), &service).ok();
    service.ledger()
}

/// From the order of each task to the first download of its clip.
fn spans(ledger: &Ledger) -> Vec<(Duration, Duration)> {
    let fetched = |id: &str| {
        let mut fetches = ledger.downloads().iter().filter(|fetch| fetch.task == id && fetch.what == What::Clip);
        fetches.next().expect("it was fetched").at
    };
    ledger.tasks().iter().map(|task| (task.accepted, fetched(&task.id))).collect()
}

/// The most tasks between order and download at one time.
fn most(spans: &[(Duration, Duration)]) -> usize {
    let open = |at: Duration| spans.iter().filter(|(from, to)| *from <= at && at < *to).count();
    spans.iter().map(|(from, _)| open(*from)).max().unwrap_or_default()
}

#[test]
fn independent_chains_run_side_by_side_within_the_limit() {
    let ledger = chains(2);
    assert_eq!(ledger.billed().len(), 4);
    assert_eq!(most(&spans(&ledger)), 2);
    let spans = |words: &str| (ledger.task(words).accepted, ledger.task(words).polls.last().copied());
    let ((a1, a1_over), (b1, b1_over)) = (spans("Quay a1"), spans("Quay b1"));
    assert!(Some(b1) < a1_over && Some(a1) < b1_over, "both chains run from the beginning");
}

#[test]
fn a_limit_of_one_is_kept() {
    let ledger = chains(1);
    assert_eq!(ledger.billed().len(), 4);
    assert_eq!(most(&spans(&ledger)), 1);
}

#[test]
fn looks_keep_to_a_second_for_a_task_and_to_the_rate_of_the_service() {
    let service = timed(4000);
    let shots: Vec<String> =
        (1..=4).map(|n| format!("  - {{id: s{n}, prompt: Pier {n}, provider: atlascloud}}\n")).collect();
    let shots = shots.concat();
    let settings = LOOKS.replace("{poll:", "{max_in_flight: 4, poll:");
    let film = with_settings(&format!("atlascloud: {settings}"), &shots);
    render(Run::new().board("film.yaml", &film), &service).ok();
    let ledger = service.ledger();
    for task in ledger.tasks() {
        for pair in task.polls.windows(2) {
            assert!(pair[1].saturating_sub(pair[0]) >= Duration::from_secs(1), "{:?}", task.polls);
        }
    }
    // One look a second at all four together. A machine that is busy can hold the first of them back, so half of the
    // time that they must span is insisted on; without the rate it would be a quarter.
    let mut looks: Vec<Duration> = ledger.tasks().iter().flat_map(|task| task.polls.iter().copied()).collect();
    looks.sort_unstable();
    let span = looks[looks.len() - 1].saturating_sub(looks[0]).as_secs_f64();
    assert!(span >= (looks.len() - 1) as f64 * 0.5, "{} looks in {span} s", looks.len());
}

#[test]
fn a_second_run_knows_how_long_tasks_took() {
    let service = timed(1200);
    let film = |words: &str| {
        let shots = format!("  - {{id: lamp, prompt: {words}, provider: ark}}\n");
        board("ark", &shots).replace("initial: 1, max: 1", "initial: 5, max: 5")
    };
    let seen = render(Run::new().board("film.yaml", &film("Known before")), &service).args(["--only", "lamp"]).ok();
    let again = render(seen.again().board("film.yaml", &film("Known after")), &service).args(["--only", "lamp"]).ok();
    assert_eq!(clips(&again).len(), 1);
    let ledger = service.ledger();
    let first_look = |words: &str| ledger.task(words).polls[0].saturating_sub(ledger.task(words).accepted);
    let (before, after) = (first_look("Known before"), first_look("Known after"));
    assert!(after < before, "the first look comes earlier: {before:?}, then {after:?}");
    assert!(before >= Duration::from_secs(4), "nothing was known: {before:?}");
}
