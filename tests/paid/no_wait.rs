//! Runs that wait for nothing: they order, look once and go, and many of them make the film that one run makes.

use std::path::Path;

use serde_json::Value;

use super::crash::{Made, project, settings};
use super::{board, events, orders, render, served, told};
use crate::loopback::{Call, Fault, Loopback, Pace, Pick, Settings};
use crate::support::{Run, Seen};

/// A run that waits for nothing.
fn short(run: Run, service: &Loopback) -> Run {
    render(run, service).args(["--no-wait"])
}

/// The last line of a run.
fn finished(seen: &Seen) -> Value {
    events(seen).pop().expect("it says something")
}

/// A time as ISO 8601 in UTC.
fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| storyreel_core::job::time::read(text).is_some())
}

/// Two chains of three shots, one order at a time.
fn chains() -> String {
    let shots = ["a", "b"].map(|chain| {
        format!(
            "  - {{id: {chain}1, prompt: Boat {chain}1, provider: ark, return_last_frame: true}}\n  \
             - {{id: {chain}2, prompt: Boat {chain}2, provider: ark, return_last_frame: true}}\n  \
             - {{id: {chain}3, prompt: Boat {chain}3, provider: ark}}\n"
        )
    });
    let joined = shots.concat().replace("{id: b1,", "{id: b1, first_frame: {first_frame_of: a1},");
    board("ark", &joined).replace("{poll:", "{max_in_flight: 1, poll:")
}

#[test]
fn thirty_short_runs_on_three_machines_make_the_film_of_one() {
    let whole = Loopback::start(settings());
    let one = render(project(&chains()).again(), &whole).ok();
    let expected = Made::of(one.path());

    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 2, running: 2 }));
    let shared = tempfile::tempdir().expect("a folder");
    let machines = [(); 3].map(|()| project(&chains()));
    let store = format!("file://{}", shared.path().display());
    let on = |machine: &Seen| short(machine.again(), &service).args(["--store", &store]);
    let mut runs = 0;
    let last = loop {
        let seen = on(&machines[runs % 3]).run();
        runs += 1;
        match seen.code {
            Some(0) => break seen,
            Some(8) => {}
            code => panic!("run {runs}: {code:?}\n{}\n{}", seen.stdout, seen.stderr),
        }
        let end = finished(&seen);
        assert!(is_time(&end["next"]) && end["under_way"] == 1, "run {runs}: {end}");
        assert!(runs < 60, "the film is never done");
    };
    assert!(runs >= 30, "{runs} runs: each looks once");
    assert!(finished(&last)["next"].is_null());
    let ledger = service.ledger();
    assert_eq!((ledger.billed().len(), orders(&ledger, "ark").len()), (6, 6), "every shot is ordered once");
    assert_eq!(Made::of(last.path()), expected);
    for machine in &machines {
        on(machine).ok();
        assert_eq!(Made::of(machine.path()), expected, "every machine ends with the same film");
    }
    assert_eq!(service.ledger().billed().len(), 6);
}

const TWO: &str = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}
  - {id: two, prompt: Boat two, provider: ark}
  - {id: three, prompt: Boat three, provider: ark}
";

#[test]
fn a_run_that_waits_for_nothing_says_when_to_come_back() {
    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: u32::MAX }));
    let text = board("ark", TWO).replace("{poll:", "{max_in_flight: 2, poll:");
    let text = text.replace("{id: two,", "{id: two, first_frame: {last_frame_of: one},");
    let seen = short(project(&text).again(), &service).code(8);
    let told = told(&seen, "shot_under_way");
    let shots: Vec<&str> = told.iter().filter_map(|line| line["shot"].as_str()).collect();
    assert_eq!(shots.len(), 2, "{told:?}");
    assert!(told.iter().all(|line| is_time(&line["next"])), "{told:?}");
    let end = finished(&seen);
    assert_eq!((&end["under_way"], &end["to_come"], &end["failed"]), (&2.into(), &1.into(), &0.into()));
    let bill = &end["paid"][0];
    assert!(bill["billed"] == "0.00" && bill["on_order"] != "0.00", "{bill}");
    assert!(service.ledger().polls() == 0, "what was just ordered is not looked at");
    let plain = served(seen.again(), &service).args(["render", "film.yaml", "--yes", "--no-wait"]).code(8);
    plain
        .err_has("one: under way at its service")
        .err_has("2 under way, 1 to come")
        .err_has("run the same command again");
    let status = seen.again().args(["status", "--format", "json"]).ok().json();
    assert!(is_time(&status["next"]), "{status:#}");
    seen.again().args(["status"]).ok().out_has("the next useful run: 20");
    assert_eq!(service.ledger().tasks().len(), 2);
    // A run that waits goes on with the same orders.
    assert_eq!(orders(&service.ledger(), "ark").len(), 2);
}

#[test]
fn a_busy_service_is_left_alone_until_the_next_run() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::RateLimited(Some(300))));
    let text = board("ark", TWO).replace("{poll:", "{max_in_flight: 1, poll:");
    let seen = short(project(&text).again(), &service).code(8);
    let end = finished(&seen);
    assert_eq!((&end["under_way"], &end["to_come"]), (&1.into(), &2.into()), "{end}");
    assert!(told(&seen, "shot_under_way")[0]["reason"].as_str().is_some_and(|why| why.starts_with("not ordered yet")));
    assert_eq!(orders(&service.ledger(), "ark").len(), 1, "nobody knocks again");
    let mut runs = 0;
    while short(seen.again(), &service).run().code == Some(8) {
        runs += 1;
        assert!(runs < 9, "the film is never done");
    }
    assert_eq!(service.ledger().billed().len(), 3);
    assert!(Path::new(seen.path()).join("out/film.mp4").exists());
}

#[test]
fn what_fails_is_not_ordered_by_every_run() {
    // (what happens to every task, orders that are placed before a person has to look)
    for (fault, most) in [(Fault::Failed("InternalError"), 1), (Fault::Expired, 2)] {
        let service = Loopback::start(settings().fault(Call::Submit, Pick::Every, fault.clone()));
        let shots = "  - {id: one, prompt: Boat one, provider: ark}\n";
        let seen = project(&board("ark", shots));
        let codes: Vec<Option<i32>> = (0..6).map(|_| short(seen.again(), &service).run().code).collect();
        assert_eq!(codes.last(), Some(&Some(5)), "{fault:?}: {codes:?}");
        assert_eq!(orders(&service.ledger(), "ark").len(), most, "{fault:?}: {codes:?}");
        short(seen.again(), &service).code(5).out_has("without `--no-wait`");
        // A person's own word orders it again.
        render(seen.again(), &service).code(5);
        assert!(orders(&service.ledger(), "ark").len() > most, "{fault:?}");
    }
}

#[test]
fn what_its_service_does_not_know_is_no_order_under_way_for_ever() {
    let service = Loopback::start(settings());
    let seen = project(&board("ark", "  - {id: one, prompt: Boat one, provider: ark}\n"));
    short(seen.again(), &service).code(8);
    service.forget(&service.ledger().task("Boat one").id.clone());
    let asked = short(seen.again(), &service).code(7);
    asked.out_has("no longer knows the task");
    assert_eq!(orders(&service.ledger(), "ark").len(), 1);
}
