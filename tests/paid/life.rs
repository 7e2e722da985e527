//! One life of a paid job: a clip that comes by `recover` is known, priced and compared as one that came straight.

use std::fs;

use serde_json::{Value, json};
use storyreel_core::lock::{ClipRecord, Lock};

use super::crash::{killed, project, records, settings};
use super::{BILLING, board, events, model_keys, render, served, side_by_side, told};
use crate::loopback::{Call, Fault, Loopback, Pick};
use crate::support::{Run, Seen, media};

const LAMP: &str = "  - {id: lamp, prompt: A lamp, provider: ark, first_frame: first.png, last_frame: last.png, \
                    return_last_frame: true}\n";

/// A project with a shot that begins and ends on given pictures.
fn framed() -> Run {
    let run = Run::new().board("film.yaml", &board("ark", LAMP));
    run.file("first.png", media::waves(864, 496, false)).file("last.png", media::waves(864, 496, true))
}

fn taken(seen: &Seen, shot: &str) -> ClipRecord {
    let text = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock is there");
    Lock::read(&text).expect("it is a lock").shots[&shot.parse().expect("a good id")].clone()
}

/// What is known of a clip, but for the day.
fn known(seen: &Seen) -> ClipRecord {
    ClipRecord { bought: None, ..taken(seen, "lamp") }
}

#[test]
fn a_clip_that_comes_by_recover_is_known_as_one_that_came_straight() {
    let faults = [
        None,
        Some(Fault::Billed(120)),
        Some(Fault::OtherPicture),
        Some(Fault::OtherEnd),
        Some(Fault::OtherColours),
        Some(Fault::NoLastFrame),
        Some(Fault::Says("usage.completion_tokens", json!(u64::MAX / 2))),
    ];
    side_by_side(&faults, |fault| {
        let settings = || {
            let fault = fault.clone().into_iter();
            fault.fold(settings(), |settings, fault| {
                let shape = matches!(fault, Fault::Says(..));
                settings.fault(if shape { Call::Poll } else { Call::Submit }, Pick::Every, fault)
            })
        };
        let service = Loopback::start(settings());
        let straight = render(framed(), &service).ok();
        let expected = known(&straight);
        assert!(expected.price_read.is_some() && expected.estimated.is_some(), "{fault:?}: {expected:?}");
        assert_eq!(expected.differs.is_some(), fault.as_ref().is_some_and(|fault| *fault != Fault::NoLastFrame));

        let service = Loopback::start(settings());
        let seen = framed().args(["check", "film.yaml", "-q"]).ok();
        assert!(killed(&render(seen.again(), &service), || records(seen.path()) >= 3), "{fault:?}: it was submitted");
        served(seen.again(), &service).args(["recover", "film.yaml"]).ok().err_has("lamp: fetched, ");
        let rendered = render(seen.again(), &service).ok();
        assert_eq!(known(&rendered), expected, "{fault:?}");
        assert_eq!(service.ledger().tasks().len(), 1, "{fault:?}: billed once");
    });
}

#[test]
fn colours_count_when_a_clip_is_held_against_its_first_frame() {
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::OtherColours));
    let seen = render(framed(), &service).ok();
    let differs = taken(&seen, "lamp").differs.expect("it differs");
    assert!(differs.contains("its first frame has other colours than the given picture"), "{differs}");
    assert!(differs.contains("its last frame has other colours than the given picture"), "{differs}");
}

#[test]
fn a_damaged_index_is_found_on_arrival_and_fetched_again() {
    let service = Loopback::start(settings().fault(Call::Clip, Pick::First(2), Fault::DamagedIndex));
    let seen = render(project(&board("ark", "  - {id: lamp, prompt: A lamp, provider: ark}\n")).again(), &service).ok();
    assert_eq!(taken(&seen, "lamp").differs, None, "the third copy is whole");
    assert_eq!(service.ledger().tasks().len(), 1);
}

#[test]
fn a_clip_that_always_comes_damaged_is_encoded_once_and_never_stored_to_fail() {
    let service = Loopback::start(settings().fault(Call::Clip, Pick::Every, Fault::DamagedIndex));
    let seen = render(
        project(&board("ark", "  - {id: lamp, prompt: A lamp, provider: ark, audio: true}\n")).again(),
        &service,
    )
    .ok();
    let differs = taken(&seen, "lamp").differs.expect("it is told");
    assert!(differs.starts_with("its file was damaged 3 times"), "{differs}");
    let downloads = service.ledger().downloads().len();
    fs::remove_file(seen.path().join("out/film.mp4")).expect("removed");
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().downloads().len(), downloads, "what was mended is kept");
}

#[test]
fn a_task_that_its_service_does_not_know_yet_is_waited_for_everywhere() {
    side_by_side(&BILLING, |id| {
        let shot = format!("  - {{id: lamp, prompt: A lamp, provider: {id}{}}}\n", model_keys(id));
        let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::NotFoundFirst(3)));
        let seen = render(project(&board(id, &shot)).again(), &service).ok();
        assert_eq!(service.ledger().billed().len(), 1, "{id}");
        assert!(seen.path().join("out/film.mp4").exists(), "{id}");
    });
}

#[test]
fn a_bill_that_cannot_be_true_keeps_the_clip_and_bills_nothing() {
    let bills = [json!(1_u64 << 63), json!(u64::MAX), json!(-5), json!("NaN"), json!(1e300), json!({"a": 1})];
    side_by_side(&bills, |bill: &Value| {
        let says = Fault::Says("usage.completion_tokens", bill.clone());
        let total = Fault::Says("usage.total_tokens", bill.clone());
        let settings = settings().fault(Call::Poll, Pick::Every, says).fault(Call::Poll, Pick::Every, total);
        let service = Loopback::start(settings);
        let seen = project(&board("byteplus", "  - {id: lamp, prompt: A lamp, provider: byteplus}\n"));
        let seen = render(seen.again(), &service).ok();
        let taken = taken(&seen, "lamp");
        assert_eq!((taken.paid, taken.tokens), (None, None), "{bill}");
        assert!(taken.differs.is_some_and(|differs| differs.contains("which is impossible and is ignored")), "{bill}");
        let finished = &told(&seen, "finished")[0];
        assert_eq!(finished["unknown_price"], 1, "{bill}: {finished}");
        assert_eq!(service.ledger().billed().len(), 1, "{bill}");
    });
}

#[test]
fn a_charge_that_nobody_can_tell_is_perhaps_and_counts_for_the_limit() {
    let shots = "  - {id: one, prompt: Boat one, provider: cometapi}\n  \
                 - {id: two, prompt: Boat two, provider: cometapi}\n";
    let text = board("cometapi", shots).replace("{poll:", "{max_in_flight: 1, poll:");
    let failing = || Loopback::start(settings().fault(Call::Submit, Pick::Every, Fault::Failed("GenerationFailed")));
    let seen = served(project(&text).again(), &failing()).args(["render", "film.yaml", "--yes"]).code(5);
    seen.err_has("perhaps 0.64 USD charged").says_nothing_of("as estimated");
    let json = render(project(&text).again(), &failing()).code(5);
    let paid = &told(&json, "finished")[0]["paid"][0];
    assert_eq!((&paid["billed"], &paid["perhaps"]), (&json!("0.00"), &json!("0.64")));
}

#[test]
fn a_long_pause_is_said_at_once_and_the_deadline_holds() {
    let text = |deadline: u32| {
        let shot = "  - {id: lamp, prompt: A lamp, provider: ark}\n";
        board("ark", shot).replace("deadline: 120", &format!("deadline: {deadline}"))
    };
    // An order that is asked to come back after the deadline is not waited for.
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Every, Fault::RateLimited(Some(3000))));
    let seen = render(project(&text(120)).again(), &service).code(5);
    let failed = told(&seen, "shot_failed")[0]["message"].to_string();
    assert!(failed.contains("it asks to wait 50:00 min more") && failed.contains("Too many requests"), "{failed}");
    assert_eq!(service.ledger().tasks().len(), 0);
    // One that ends within it is waited for, and said.
    let service = Loopback::start(settings().fault(Call::Submit, Pick::Nth(1), Fault::RateLimited(Some(6))));
    let seen = render(project(&text(120)).again(), &service).ok();
    let waits = told(&seen, "shot_waits");
    assert_eq!((waits.len(), &waits[0]["pause_s"]), (1, &json!(6.0)), "{waits:?}");
    assert!(waits[0]["reason"].as_str().is_some_and(|reason| reason.contains("Too many requests")), "{waits:?}");
    // A task whose looks fail ends with the last words that were heard.
    let service = Loopback::start(settings().fault(Call::Poll, Pick::Every, Fault::Server("InternalServiceError")));
    let seen = render(project(&text(3)).again(), &service).code(5);
    let failed = told(&seen, "shot_failed")[0]["message"].to_string();
    assert!(failed.contains("is not finished after 3 s") && failed.contains("last answer: "), "{failed}");
    assert_eq!(events(&seen).iter().filter(|line| line["event"] == "shot_failed").count(), 1);
    served(seen.again(), &service).args(["recover", "film.yaml"]).code(5).err_has("last answer: ");
    assert_eq!(service.ledger().tasks().len(), 1);
}
