//! Several runs on one store: what one is making, the others wait for or leave alone.

use std::fs::{File, read_to_string};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::crash::{project, settings};
use super::{board, orders, render, told};
use crate::loopback::{Lengths, Loopback, Pace, Settings};
use crate::support::Seen;

const CHAIN: &str = "  - {id: one, prompt: Boat one, provider: ark, return_last_frame: true}
  - {id: two, prompt: Boat two, provider: ark}
";

fn chain() -> String {
    board("ark", &CHAIN.replace("{id: two,", "{id: two, first_frame: {last_frame_of: one},"))
}

/// A run in the background, from the moment at which its task is at the service.
fn begun(seen: &Seen, service: &Loopback) -> Child {
    let events = seen.path().join("events");
    let mut command = render(seen.again(), service).args(["--only", "one"]).command();
    command.stdin(Stdio::null()).stdout(File::create(&events).expect("created")).stderr(Stdio::null());
    let mut run = command.spawn().expect("the program was built");
    while !read_to_string(&events).expect("it is there").contains("\"shot_started\"")
        || service.ledger().tasks().is_empty()
    {
        assert!(run.try_wait().expect("it is ours").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    run
}

#[test]
fn a_run_that_waits_in_vain_for_another_says_so_by_its_exit_code() {
    let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: u32::MAX }));
    let seen = project(&chain());
    let mut other = begun(&seen, &service);
    for only in [&["--only", "one"][..], &[]] {
        let run = render(seen.again(), &service).args(only).args(["--wait", "0"]).code(75);
        run.out_has("another run is still making it").err_has("run the same command again later");
    }
    // A run that waits for nothing leaves it alone, too.
    let left = render(seen.again(), &service).args(["--no-wait"]).code(8);
    left.out_has("another run is making it");
    other.kill().expect("it is ours");
    other.wait().expect("it ends");
    // The dead make nobody wait: the task is looked at.
    let left = render(seen.again(), &service).args(["--no-wait"]).code(8);
    left.out_has("under way at its service");
    assert_eq!(orders(&service.ledger(), "ark").len(), 1);
}

#[test]
fn a_shot_that_another_run_is_making_is_waited_for_and_used() {
    let running = Lengths::Fixed(Duration::from_secs(1));
    let service = Loopback::start(Settings::new().pace(Pace::Timed { queued: Duration::ZERO, running }));
    let seen = project(&chain());
    let mut other = begun(&seen, &service);
    render(seen.again(), &service).args(["--only", "one", "--wait", "100"]).ok().out_has("\"shot_stored\"");
    assert_eq!(other.wait().expect("it ends").code(), Some(0));
    assert_eq!(orders(&service.ledger(), "ark").len(), 1, "one of them has paid");
}

#[test]
fn one_shot_alone_is_made_any_number_of_times_and_paid_once() {
    let service = Loopback::start(settings());
    let seen = project(&chain());
    let early = render(seen.again(), &service).args(["--only", "two"]).code(5);
    early.out_has("it needs the shot `one`, which is not made yet");
    assert!(service.ledger().requests().is_empty(), "no other shot is made for it");
    for shot in ["one", "two", "one", "two"] {
        render(seen.again(), &service).args(["--only", shot]).ok();
    }
    assert_eq!(orders(&service.ledger(), "ark").len(), 2);
    assert!(!seen.path().join("out").exists(), "that shot alone");
    let last = render(seen.again(), &service).args(["--locked"]).ok();
    assert_eq!(told(&last, "film_done").len(), 1);
}
