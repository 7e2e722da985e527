//! Orders whose answer was lost: found by the service's list, else left to the user, and never repeated by themselves.

use std::fs;

use super::crash::{files, project, settings};
use super::{board, render, served};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::Seen;

fn lamp(provider: &str) -> String {
    board(provider, &format!("  - {{id: lamp, prompt: A lamp, provider: {provider}}}\n"))
}

/// A project at a service that took an order, did not answer, and has no list.
fn asked() -> (Loopback, Seen) {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::DropAfter));
    let seen = render(project(&lamp("cometapi")).again(), &service).code(7).err_has("storyreel status");
    assert_eq!(service.ledger().billed().len(), 1);
    (service, seen)
}

#[test]
fn without_a_list_the_user_is_asked_and_told_what_to_say() {
    let (service, seen) = asked();
    served(seen.again(), &service).args(["plan", "film.yaml"]).ok().out_has("ask").out_has("storyreel status");
    let plan = served(seen.again(), &service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan["shots"][0]["action"], &plan["totals"]["render"]), (&"ask".into(), &0.into()));
    let status = seen.again().args(["status"]).code(7);
    let status = status.out_has("lamp").out_has("cometapi").out_has("unclear").out_has(" ago").out_has("0.32 USD");
    status.out_has("storyreel status --assume-task lamp=").out_has("storyreel status --assume-lost lamp");
    let json = seen.again().args(["status", "--format", "json"]).code(7).json();
    assert_eq!((&json["unfinished"][0]["shot"], &json["unfinished"][0]["unclear"]), (&"lamp".into(), &true.into()));
    for _ in 0..2 {
        render(seen.again(), &service).code(7);
    }
    assert_eq!(service.ledger().tasks().len(), 1, "it is never sent again by itself");
    seen.again().args(["status", "--assume-lost", "lump"]).code(2).err_has("no order of `lump` is unclear");
    let task = service.ledger().tasks()[0].id.clone();
    seen.again().args(["status", "--assume-task", &format!("lamp={task}")]).ok();
    seen.again().args(["status"]).ok().out_has("not fetched");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().tasks().len(), 1);
    assert!(seen.path().join("out/film.mp4").exists());
    seen.again().args(["status"]).ok().err_has("nothing is unfinished");
}

#[test]
fn only_the_users_word_buys_again() {
    let (service, seen) = asked();
    seen.again().args(["status", "--assume-lost", "lamp"]).ok().err_has("orders it again");
    served(seen.again(), &service).args(["render", "film.yaml"]).code(4);
    assert_eq!(service.ledger().tasks().len(), 1, "and then the sum is asked for");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().billed().len(), 2);
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().billed().len(), 2);
}

#[test]
fn a_list_tells_whether_an_order_arrived() {
    for (fault, requests) in [(Fault::DropAfter, 1), (Fault::DropBefore, 2)] {
        let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), fault.clone()));
        render(project(&lamp("ark")).again(), &service).ok();
        let ledger = service.ledger();
        assert_eq!(ledger.billed().len(), 1, "{fault:?}");
        let posts = ledger.requests().iter().filter(|request| request.method == "POST").count();
        assert_eq!(posts, requests, "{fault:?}");
    }
}

#[test]
fn an_order_whose_journal_is_lost_is_asked_about_and_can_be_settled() {
    for found in [true, false] {
        let (service, seen) = asked();
        for journal in files(&seen.path().join(".storyreel/journal")) {
            fs::remove_file(journal).expect("removed");
        }
        render(seen.again(), &service).code(7).out_has("missing or damaged");
        assert_eq!(service.ledger().tasks().len(), 1);
        let status = seen.again().args(["status", "--format", "json"]).code(7).json();
        let name = status["unfinished"][0]["shot"].as_str().expect("it has a name");
        seen.again().args(["status"]).code(7).out_has(&format!("--assume-lost {name}"));
        let task = service.ledger().tasks()[0].id.clone();
        let word = if found {
            ["--assume-task".to_owned(), format!("{name}={task}")]
        } else {
            ["--assume-lost".to_owned(), name.to_owned()]
        };
        seen.again().args(["status"]).args(word).ok();
        render(seen.again(), &service).ok();
        assert_eq!(service.ledger().tasks().len(), if found { 1 } else { 2 });
    }
}
