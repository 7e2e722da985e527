//! A clone without the store: the lock is the way home. What was bought is fetched by its task, and bought again by the
//! user's word alone.

use std::fs;

use super::crash::{Made, project, settings};
use super::{board, render, served};
use crate::loopback::{Loopback, Seen as Asked};
use crate::support::Seen;

const CHAIN: &str = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}
  - {id: two, prompt: Boat two, provider: ark, return_last_frame: true}
  - {id: three, prompt: Boat three, provider: ark}
";

fn lock(seen: &Seen) -> String {
    fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there")
}

fn orders(service: &Loopback) -> usize {
    let ledger = service.ledger();
    let posts: Vec<&Asked> = super::orders(&ledger, "ark");
    posts.len()
}

/// A film of three shots that was made, and a clone of it that has the lock alone.
fn cloned() -> (Loopback, Seen, Seen) {
    let service = Loopback::start(settings());
    let seen = render(project(&board("ark", CHAIN)).again(), &service).ok();
    let clone = project(&board("ark", CHAIN));
    fs::copy(seen.path().join("film.lock.yaml"), clone.path().join("film.lock.yaml")).expect("copied");
    (service, seen, clone)
}

#[test]
fn a_clone_fetches_what_its_lock_says_was_bought_and_pays_nothing() {
    let (service, seen, clone) = cloned();
    let plan = served(clone.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan["totals"]["collect"], &plan["totals"]["render"]), (&3.into(), &0.into()), "{plan:#}");
    assert!(plan["shots"][1]["why"].as_str().is_some_and(|why| why.starts_with("bought before for ")), "{plan:#}");
    served(clone.again(), &service).args(["plan", "film.yaml"]).ok().out_has("3 to fetch, already paid for");
    // Nobody is asked, since nothing is spent.
    served(clone.again(), &service).args(["render", "film.yaml"]).ok();
    assert_eq!(orders(&service), 3, "nothing was ordered");
    assert_eq!(Made::of(clone.path()), Made::of(seen.path()));
    assert_eq!(lock(&clone), lock(&seen), "the lock says of every clip what it said");
    render(clone.again(), &service).args(["--locked"]).ok();
}

#[test]
fn a_store_that_was_deleted_is_filled_again_for_nothing() {
    let (service, seen, _) = cloned();
    let made = Made::of(seen.path());
    let before = lock(&seen);
    fs::remove_dir_all(seen.path().join(".storyreel")).expect("removed");
    render(seen.again(), &service).ok();
    assert_eq!((orders(&service), Made::of(seen.path())), (3, made));
    assert_eq!(lock(&seen), before);
}

#[test]
fn what_the_service_has_forgotten_is_shown_and_bought_again_by_the_users_word_alone() {
    let (service, _, clone) = cloned();
    let task = service.ledger().task("Boat two").id.clone();
    service.forget(&task);
    for _ in 0..2 {
        let run = render(clone.again(), &service).code(7);
        run.out_has("it was bought before").out_has("--rebuy");
        assert_eq!(orders(&service), 3, "`--yes` alone buys nothing again");
    }
    let plan = served(clone.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    let why = plan["shots"][1]["why"].as_str().expect("a reason");
    assert!(why.starts_with("bought before for ") && why.contains("CNY on 20") && why.contains("--rebuy"), "{why}");
    let asked = served(clone.again(), &service).args(["render", "film.yaml", "--rebuy"]).code(4);
    asked.err_has("to render, ");
    render(clone.again(), &service).args(["--rebuy", "--max-cost", "1"]).code(4).err_has("more than the limit of");
    assert_eq!(orders(&service), 3);
    render(clone.again(), &service).args(["--rebuy"]).ok();
    assert_eq!(service.ledger().billed_for("Boat two"), 2);
    assert_eq!(service.ledger().billed_for("Boat one"), 1);
}

#[test]
fn with_rebuy_one_command_is_enough_for_a_fresh_clone() {
    let (service, _, clone) = cloned();
    let task = service.ledger().task("Boat three").id.clone();
    service.forget(&task);
    render(clone.again(), &service).args(["--rebuy"]).ok();
    assert_eq!((orders(&service), service.ledger().billed_for("Boat three")), (4, 2));
}

#[test]
fn what_the_user_gave_up_is_not_fetched_from_the_lock_again() {
    let (service, _, clone) = cloned();
    let task = service.ledger().task("Boat three").id.clone();
    service.forget(&task);
    render(clone.again(), &service).code(7);
    clone.again().args(["status", "--assume-lost", "three"]).ok();
    let plan = served(clone.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!(plan["shots"][2]["action"], "render");
    render(clone.again(), &service).ok();
    assert_eq!(service.ledger().billed_for("Boat three"), 2);
}
