//! What was delivered is held against what was asked for and billed, and the differences are kept and told.

use std::fs;

use storyreel_core::lock::Lock;

use super::crash::settings;
use super::{board, render, served, told};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen, media};

const FRAMED: &str = "  - {id: lamp, prompt: A lamp, provider: ark, first_frame: first.png, last_frame: last.png}\n  \
                      - {id: next, prompt: It burns, provider: ark, first_frame: {last_frame_of: lamp}}\n";

/// Two pictures that have nothing in common.
fn framed(fault: Option<(Pick, Fault)>) -> (Loopback, Seen) {
    let settings =
        fault.into_iter().fold(settings(), |settings, (pick, fault)| settings.fault(Call::Submit, pick, fault));
    let service = Loopback::start(settings);
    let run = Run::new().board("film.yaml", &board("ark", FRAMED).replace("{poll:", "{max_in_flight: 1, poll:"));
    let run = run.file("first.png", media::waves(864, 496, false)).file("last.png", media::waves(864, 496, true));
    let seen = render(run, &service).ok();
    (service, seen)
}

/// How a shot's clip differs, as its lock says.
fn differs(seen: &Seen, shot: &str) -> Option<String> {
    let text = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    Lock::read(&text).expect("it is a lock").shots[&shot.parse().expect("a good id")].differs.clone()
}

#[test]
fn a_clip_that_begins_and_ends_as_given_differs_in_nothing() {
    let (_service, seen) = framed(None);
    assert_eq!((differs(&seen, "lamp"), differs(&seen, "next")), (None, None));
    assert_eq!(told(&seen, "warned"), Vec::<serde_json::Value>::new());
    assert_eq!(told(&seen, "finished")[0]["differ"], serde_json::json!([]));
}

#[test]
fn a_clip_on_another_picture_is_kept_and_told() {
    for (pick, fault, shot, end) in [
        (Pick::Nth(1), Fault::OtherPicture, "lamp", "first"),
        (Pick::Nth(1), Fault::OtherEnd, "lamp", "last"),
        (Pick::Nth(2), Fault::OtherPicture, "next", "first"),
    ] {
        let (service, seen) = framed(Some((pick, fault)));
        let words = format!("its {end} frame is not the given picture (");
        assert!(differs(&seen, shot).is_some_and(|differs| differs.starts_with(&words)), "{:?}", differs(&seen, shot));
        let other = if shot == "lamp" { "next" } else { "lamp" };
        assert_eq!(differs(&seen, other), None);
        let stored = told(&seen, "shot_stored");
        let line = stored.iter().find(|line| line["shot"] == shot).expect("it is stored");
        assert!(line["differs"].as_str().is_some_and(|differs| differs.starts_with(&words)), "{line}");
        let warned = told(&seen, "warned")[0]["message"].to_string();
        assert!(warned.contains(&words), "{warned}");
        assert_eq!(told(&seen, "finished")[0]["differ"], serde_json::json!([{"board": 0, "shot": shot}]));
        assert_eq!(service.ledger().billed().len(), 2, "it is paid, so it is kept");
        // It is said once: what is in the lock is no news.
        let again = render(seen.again(), &service).ok();
        assert_eq!(told(&again, "warned"), Vec::<serde_json::Value>::new());
    }
}

#[test]
fn a_bill_for_more_than_came_is_said() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::Billed(120)));
    let seen = Run::new().board("film.yaml", &board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n"));
    let seen = served(seen, &service).args(["render", "film.yaml", "--yes"]).ok();
    let said = differs(&seen, "lamp").expect("it differs");
    assert!(said.contains("tokens billed, but a clip like this counts "), "{said}");
    seen.err_has("1 not as asked for (`lamp`)");
}
