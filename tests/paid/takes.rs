//! Further takes: ordered beside the film, chosen in its text, and never paid twice.

use std::fs;
use std::path::Path;

use storyreel_core::lock::Lock;

use super::crash::{killed, project, records, settings};
use super::{LOOKS, board, render, served};
use crate::loopback::{Loopback, sha256};
use crate::support::{Run, Seen};

/// A chain of five.
fn chain() -> String {
    let mut shots = String::new();
    for shot in ["one", "two", "three", "four", "five"] {
        let hands_on = if shot == "five" { "" } else { ", return_last_frame: true" };
        shots.push_str(&format!("  - {{id: {shot}, prompt: Boat {shot}, provider: ark{hands_on}}}\n"));
    }
    board("ark", &shots)
}

/// A film of these shots that is made.
fn made(text: &str, service: &Loopback) -> Seen {
    render(project(text).again(), service).ok()
}

fn retake(seen: &Seen, service: &Loopback, args: &[&str]) -> Run {
    let args = [&["retake", "film.yaml"], args, &["--yes", "--progress", "plain"]].concat();
    served(seen.again(), service).args(args)
}

fn text(project: &Path) -> String {
    fs::read_to_string(project.join("film.yaml")).expect("the storyboard is there")
}

fn lock(project: &Path) -> Lock {
    Lock::read(&fs::read_to_string(project.join("film.lock.yaml")).expect("a lock")).expect("it is a lock")
}

fn film(project: &Path) -> String {
    sha256(&fs::read(project.join("out/film.mp4")).expect("the film is there"))
}

fn billed(service: &Loopback, shots: &[&str]) -> Vec<usize> {
    let ledger = service.ledger();
    shots.iter().map(|shot| ledger.billed_for(&format!("Boat {shot}"))).collect()
}

/// What choosing a take would make, as `takes` says.
fn remade(seen: &Seen, service: &Loopback, shot: &str, take: u64) -> Vec<String> {
    let listed = served(seen.again(), service).args(["takes", "film.yaml", shot, "--format", "json"]).ok().json();
    let takes = listed["shots"][0]["takes"].as_array().expect("takes").clone();
    let found = takes.iter().find(|one| one["take"] == take).expect("the take is listed");
    let shots = found["choose"]["shots"].as_array().expect("shots").iter();
    shots.map(|shot| shot.as_str().expect("a name").to_owned()).collect()
}

#[test]
fn with_its_tail_kept_a_new_take_makes_nothing_else_again() {
    let service = Loopback::start(settings());
    let seen = made(&chain(), &service);
    let before = film(seen.path());
    let said = retake(&seen, &service, &["two", "--keep-tail"]).ok();
    assert_eq!(billed(&service, &["one", "two", "three", "four", "five"]), [1, 2, 1, 1, 1]);
    assert_eq!((film(seen.path()), text(seen.path())), (before.clone(), chain()), "the film does not change");
    said.out_has("nothing");
    let ledger = service.ledger();
    let again = ledger.tasks().iter().rfind(|task| task.prompt.contains("Boat two")).expect("two tasks").clone();
    let first = ledger.tasks().iter().find(|task| task.prompt.contains("Boat two")).expect("two tasks");
    let old = first.frame_served.clone();
    assert_eq!(again.input("last_frame").sha256, old, "it ends on the frame that was handed on");
    assert_eq!(again.input("first_frame").sha256, first.input("first_frame").sha256);
    assert_eq!(remade(&seen, &service, "two", 2), Vec::<String>::new());

    served(seen.again(), &service).args(["choose", "film.yaml", "two=2"]).ok();
    let expected = chain().replace("id: two,", "id: two, take: 2, tail_of: 1,");
    assert_eq!(text(seen.path()), expected);
    let rendered = render(seen.again(), &service).ok();
    assert_eq!(super::told(&rendered, "finished")[0]["reused"], 5);
    assert_eq!(service.ledger().billed().len(), 6, "one more in all");
    assert_ne!(film(seen.path()), before);
    let written = lock(seen.path());
    let two = "two".parse().expect("an id");
    assert_eq!(written.shots[&two].take, 2);
    assert_eq!(written.takes[&two].len(), 1, "the first take is not forgotten");
    // And back.
    served(seen.again(), &service).args(["choose", "film.yaml", "two=1"]).ok();
    assert_eq!(text(seen.path()), chain().replace("id: two,", "id: two, take: 1,"));
    render(seen.again(), &service).ok();
    assert_eq!((lock(seen.path()).shots[&two].take, service.ledger().billed().len()), (1, 6));
}

#[test]
fn without_it_the_price_of_a_choice_is_all_that_follows() {
    let service = Loopback::start(settings());
    let seen = made(&chain(), &service);
    retake(&seen, &service, &["three", "--takes", "2", "--seed", "40"]).ok();
    assert_eq!(billed(&service, &["three", "four"]), [3, 1]);
    assert_eq!(remade(&seen, &service, "three", 3), ["four", "five"]);
    served(seen.again(), &service)
        .args(["choose", "film.yaml", "three=3"])
        .ok()
        .err_has("a render makes 2 shots: `four` and `five`");
    assert!(text(seen.path()).contains("id: three, take: 3, seed: 41,"), "{}", text(seen.path()));
    render(seen.again(), &service).ok();
    assert_eq!(billed(&service, &["three", "four", "five"]), [3, 2, 2]);
}

#[test]
fn a_take_of_another_service_and_model_is_priced_and_chosen_with_both() {
    let service = Loopback::start(settings());
    let both = chain().replace("providers: {", &format!("providers: {{byteplus: {LOOKS}, "));
    let seen = made(&both, &service);
    retake(&seen, &service, &["five", "--provider", "byteplus", "--model", "seedance-2.0-fast"]).ok();
    served(seen.again(), &service).args(["choose", "film.yaml", "five=2"]).ok();
    let text = text(seen.path());
    assert!(text.contains("id: five, take: 2, ") && text.contains("provider: byteplus"), "{text}");
    let rendered = render(seen.again(), &service).ok();
    assert_eq!(super::told(&rendered, "finished")[0]["reused"], 5);
    assert_eq!(service.ledger().billed().len(), 6);
}

#[test]
fn killed_anywhere_a_retake_goes_on_with_the_same_takes_and_pays_once() {
    let text = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}\n  \
                - {id: two, prompt: Boat two, provider: ark}\n";
    let text = board("ark", text);
    // It begins, and each of two takes is submitting, submitted, delivered and stored.
    let points: Vec<usize> = (1..=9).collect();
    super::side_by_side(&points, |point| {
        let service = Loopback::start(settings());
        let seen = made(&text, &service);
        let before = records(seen.path());
        let run = retake(&seen, &service, &["one", "--takes", "2"]);
        killed(&run, || records(seen.path()) >= before + point);
        retake(&seen, &service, &["one", "--takes", "2"]).ok();
        let takes = &lock(seen.path()).takes[&"one".parse().expect("an id")];
        let mut numbers: Vec<u32> = takes.iter().map(|take| take.take).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [2, 3], "killed at record {point}");
        assert_eq!(billed(&service, &["one", "two"]), [3, 1], "killed at record {point}");
    });
}

#[test]
fn a_clone_fetches_a_take_that_is_chosen_and_buys_nothing() {
    let service = Loopback::start(settings());
    let seen = made(&chain(), &service);
    retake(&seen, &service, &["five"]).ok();
    served(seen.again(), &service).args(["choose", "film.yaml", "five=2"]).ok();
    fs::remove_dir_all(seen.path().join(".storyreel")).expect("removed");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().billed().len(), 6);
}

#[test]
fn a_retake_is_an_order_like_any_other() {
    let service = Loopback::start(settings());
    let seen = made(&chain(), &service);
    served(seen.again(), &service)
        .args(["retake", "film.yaml", "two"])
        .code(4)
        .err_has("add `--yes` or `--max-cost AMOUNT`");
    served(seen.again(), &service).args(["retake", "film.yaml", "two", "--max-cost", "0.01USD"]).code(4);
    assert_eq!(service.ledger().billed().len(), 5);
    retake(&seen, &service, &["nobody"]).code(2).err_has("no shot `nobody`");
    // References exclude frames, so such a shot has no end that could be kept.
    let text = board("ark", "  - {id: a, prompt: Boat a, provider: ark, references: {images: [p.png]}}\n");
    let run = Run::new().file("p.png", crate::support::media::waves(640, 640, false)).board("film.yaml", &text);
    let seen = render(run, &service).ok();
    retake(&seen, &service, &["a", "--keep-tail"]).code(3).err_has("its end cannot be kept");
    assert_eq!(service.ledger().billed().len(), 6);
}
