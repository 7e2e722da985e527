//! Orders and their answers with a clock that is wrong: a mark decides what is ours, never the time.

use std::path::PathBuf;

use super::crash::{project, settings};
use super::{board, render, side_by_side};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen};

/// How far the clock of this machine is off.
pub(super) const SHIFTS: &[&str] = &["+10m", "-10m", "+3h", "-3h", "+1d", "-1d"];

/// A run whose clock is off.
pub(super) fn shifted(run: Run, shift: &str) -> Run {
    run.env("LD_PRELOAD", library()).env("FAKETIME", shift).env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

/// The library that turns the clock for one process.
fn library() -> PathBuf {
    let found = std::fs::read_dir("/usr/lib").expect("a Linux has it").flatten().map(|folder| folder.path());
    let candidates = found.map(|folder| folder.join("faketime/libfaketime.so.1"));
    candidates.into_iter().find(|path| path.exists()).expect("the package `faketime` is installed")
}

fn lamp() -> Seen {
    let shot = "  - {id: lamp, prompt: A lamp, provider: byteplus, return_last_frame: true}\n";
    project(&board("byteplus", shot))
}

fn orders(service: &Loopback) -> usize {
    super::orders(&service.ledger(), "byteplus").len()
}

#[test]
fn the_clock_is_really_off() {
    let seen = lamp();
    let status = |run: Run| run.args(["doctor"]).run();
    // What a run writes down bears its time, so that the other tests try what they say.
    drop(status(seen.again()));
    let service = Loopback::start(settings());
    let seen = render(shifted(seen.again(), "-1000d"), &service).ok();
    let lock = std::fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    let bought = lock.lines().find(|line| line.contains("bought:")).expect("it has a day");
    assert!(bought < "    bought: \"2026-01-01\"", "{bought}");
}

#[test]
fn with_a_list_any_number_of_lost_answers_makes_one_bill() {
    let cases: Vec<(&str, Pick)> =
        SHIFTS.iter().flat_map(|shift| [(*shift, Pick::Nth(1)), (*shift, Pick::Every)]).collect();
    side_by_side(&cases, |(shift, pick)| {
        let service = Loopback::start(settings().fault(Call::Submit, *pick, Fault::DropAfter));
        render(shifted(lamp().again(), shift), &service).ok();
        assert_eq!((orders(&service), service.ledger().billed().len()), (1, 1), "{shift} {pick:?}");
    });
}

#[test]
fn with_a_list_that_stays_empty_one_order_more_is_sent_in_a_run_and_then_the_user_is_asked() {
    side_by_side(&["+0", "+10m", "-3h"], |shift| {
        let service = Loopback::start(settings().fault(Call::Submit, Pick::Every, Fault::DropAfter).fault(
            Call::List,
            Pick::Every,
            Fault::EmptyList,
        ));
        let seen = render(shifted(lamp().again(), shift), &service).code(7).err_has("storyreel status");
        assert_eq!(orders(&service), 2, "{shift}: the order and one more");
        let again = render(shifted(seen.again(), shift), &service).code(7);
        assert_eq!(orders(&service), 3, "{shift}: one more in another run");
        again.again().args(["status"]).code(7).out_has("--assume-task lamp=");
    });
}

#[test]
fn an_order_that_is_repeated_counts_against_the_limit() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Every, Fault::DropAfter).fault(
        Call::List,
        Pick::Every,
        Fault::EmptyList,
    ));
    // One costs 0.284158 USD: there is room for one, and not for one more beside it.
    let run = render(lamp().again(), &service).args(["--max-cost", "0.5"]);
    let seen = run.code(7);
    assert_eq!(orders(&service), 1);
    let failed = super::told(&seen, "shot_failed")[0]["message"].to_string();
    assert!(failed.contains("is perhaps charged"), "{failed}");
}
