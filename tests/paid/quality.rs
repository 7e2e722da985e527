//! Clips that are judged when they arrive: kept with a warning, taken again, or a reason to stop.

use std::fs;
use std::path::Path;

use storyreel_core::lock::Lock;

use super::crash::{project, settings};
use super::{board, render, served};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::Seen;

/// Two shots, of which the second starts on the first, and what is done with bad clips.
fn pair(quality: &str) -> String {
    let shots = format!(
        "  - {{id: one, prompt: Boat one, provider: ark, return_last_frame: true, quality: {quality}}}\n  \
         - {{id: two, prompt: Boat two, provider: ark}}\n"
    );
    board("ark", &shots)
}

/// The first clip that is ordered is black.
fn black_first() -> Loopback {
    Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::Black))
}

fn lock(seen: &Seen) -> Lock {
    Lock::read(&fs::read_to_string(seen.path().join("film.lock.yaml")).expect("a lock")).expect("it is a lock")
}

fn billed(service: &Loopback) -> [usize; 2] {
    ["one", "two"].map(|shot| service.ledger().billed_for(&format!("Boat {shot}")))
}

fn has_film(project: &Path) -> bool {
    project.join("out/film.mp4").exists()
}

#[test]
fn a_bad_clip_is_kept_with_a_warning_and_found_by_check() {
    let service = black_first();
    let text = pair("{on_bad: keep}");
    let run = served(project(&text).again(), &service).args(["render", "film.yaml", "--yes", "--progress", "plain"]);
    let seen = run.ok();
    seen.clone().err_has("one: its clip may be bad: it scores 0 of 100: black");
    let quality = lock(&seen).shots[&"one".parse().expect("an id")].quality.clone().expect("it was judged");
    assert!(quality.starts_with("0: black from "), "{quality}");
    seen.again().args(["check", "film.yaml", "--clips"]).code(3).err_has("the clip of one scores 0 of 100");
    seen.again().args(["check", "film.yaml", "--clips", "0"]).ok();
    assert_eq!(billed(&service), [1, 1]);
}

#[test]
fn where_a_bad_clip_stops_nothing_that_starts_on_it_is_ordered() {
    let service = black_first();
    let text = pair("{on_bad: stop}");
    let seen = render(project(&text).again(), &service).code(5);
    assert_eq!((billed(&service), has_film(seen.path())), ([1, 0], false));
    // It stops the next run as well: nothing has changed.
    render(seen.again(), &service).code(5);
    assert_eq!(billed(&service), [1, 0]);
    // Its clip is paid and can be used all the same.
    let text = pair("{on_bad: keep}");
    let seen = render(seen.again().board("film.yaml", &text), &service).ok();
    assert_eq!((billed(&service), has_film(seen.path())), ([1, 1], true));
}

#[test]
fn a_bad_clip_is_taken_again_and_the_better_one_is_used() {
    let service = black_first();
    let text = pair("{on_bad: retake}");
    let planned = served(project(&text).again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let cost = &planned["totals"]["cost"][0];
    assert_ne!(cost["low"], cost["high"], "the most counts a second take: {cost}");
    let seen = render(project(&text).again(), &service).ok();
    assert_eq!((billed(&service), has_film(seen.path())), ([2, 1], true));
    let one = "one".parse().expect("an id");
    let written = lock(&seen);
    assert_eq!((written.shots[&one].take, written.takes[&one][0].take), (2, 1));
    assert!(written.shots[&one].stands_for.is_some(), "the storyboard asks for the first");
    // What follows starts on the better take.
    let ledger = service.ledger();
    let good = ledger.tasks().iter().rfind(|task| task.prompt.contains("Boat one")).expect("two tasks");
    assert_eq!(ledger.task("Boat two").input("first_frame").sha256, good.frame_served);
    // Nothing more is ordered, also where it is made the storyboard's own.
    render(seen.again(), &service).ok();
    served(seen.again(), &service).args(["choose", "film.yaml", "one=2"]).ok();
    assert!(fs::read_to_string(seen.path().join("film.yaml")).expect("there").contains("id: one, take: 2,"));
    render(seen.again(), &service).ok();
    assert_eq!(billed(&service), [2, 1]);
}

#[test]
fn without_money_for_another_take_the_bad_one_is_used() {
    let service = black_first();
    let text = pair("{on_bad: retake}").replace("provider: ark}", "provider: animatic}");
    let seen = project(&text);
    let planned = served(seen.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let once = planned["totals"]["cost"][0]["low"].as_str().expect("a sum").to_owned();
    let currency = planned["totals"]["cost"][0]["currency"].as_str().expect("a currency").to_owned();
    // The most that it can cost is beyond the limit, and that is said before anything is ordered.
    let limit = format!("{once}{currency}");
    served(seen.again(), &service).args(["render", "film.yaml", "--max-cost", &limit]).code(4);
    assert_eq!(billed(&service), [0, 0]);
}
