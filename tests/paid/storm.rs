//! Every bad day at once, a tenth of all calls each: the same film in the end, and every shot paid once.

use std::fmt::Write as _;

use super::{BILLING, board, clips, keeps_keys, model_keys, render};
use crate::loopback::{Call, Fault, Look, Loopback, Pace, Pick, Settings};
use crate::support::Run;

/// Four chains of three shots.
fn film() -> String {
    let mut shots = String::new();
    for chain in ["a", "b", "c", "d"] {
        for at in 1..=3 {
            let _ = write!(shots, "  - {{id: {chain}{at}, prompt: Storm {chain}{at}, provider: ark");
            if at > 1 {
                let _ = write!(shots, ", first_frame: {{last_frame_of: {chain}{}}}", at - 1);
            }
            shots.push_str("}\n");
        }
    }
    board("ark", &shots).replace("{poll:", "{max_in_flight: 4, poll:")
}

/// Seeds whose calls lie so that tasks that end without a clip do so once: a shot is ordered twice and no more, so one
/// that is hit twice is rightly given up.
fn storm() -> Settings {
    use Call::{Clip, Frame, List, Poll, Submit};
    use Fault::{
        BadGateway, Corrupt, DropAfter, DropBefore, Empty, Expired, ExpiredLink, FalseGzip, Garbage, Milliseconds,
        OutputModeration, Page, RateLimited, Server, Status, Truncated, WrongLength,
    };
    // A last frame that is missing is not among them: the one cut from the clip is another picture file, so that the
    // shots after it would be other films.
    [
        (Submit, 206, Server("InternalServiceError")),
        (Submit, 100, RateLimited(Some(1))),
        (Submit, 129, RateLimited(None)),
        (Submit, 282, DropAfter),
        (Submit, 16, DropBefore),
        (Submit, 238, Garbage),
        (Submit, 210, FalseGzip),
        (Submit, 395, Milliseconds),
        (Submit, 284, Expired),
        (Submit, 99, OutputModeration),
        (Poll, 81, BadGateway),
        (Poll, 90, RateLimited(Some(1))),
        (Poll, 88, DropBefore),
        (Poll, 146, Garbage),
        (Poll, 179, Page),
        (Poll, 180, FalseGzip),
        (Poll, 363, Status("dreaming")),
        (Clip, 81, Truncated),
        (Clip, 100, Corrupt),
        (Clip, 129, Empty),
        (Clip, 300, WrongLength),
        (Clip, 316, ExpiredLink),
        (Clip, 99, BadGateway),
        (Clip, 282, DropBefore),
        (Frame, 55, Truncated),
        (Frame, 316, ExpiredLink),
        (Frame, 206, BadGateway),
        (List, 151, BadGateway),
    ]
    .into_iter()
    .fold(Settings::new().pace(Pace::Looks { queued: 0, running: 1 }), |settings, (call, seed, fault)| {
        settings.fault(call, Pick::Chance { percent: 10, seed }, fault)
    })
}

#[test]
fn a_tenth_of_every_fault_at_once_ends_with_the_same_film_and_each_shot_paid_once() {
    let film = film();
    let run = |settings: Settings| {
        let service = Loopback::start(settings);
        let seen = render(Run::new().board("film.yaml", &film), &service).ok();
        keeps_keys(&seen);
        let film = std::fs::read(seen.path().join("out/film.mp4")).expect("the film is there");
        (clips(&seen), film, service.ledger(), service.struck())
    };
    let (calm, stormy) = std::thread::scope(|scope| {
        let calm = scope.spawn(|| run(Settings::new().pace(Pace::Looks { queued: 0, running: 0 })));
        let stormy = run(storm());
        (calm.join().expect("the calm run went well"), stormy)
    });
    assert_eq!(calm.0.len(), 12);
    assert_eq!(calm.0, stormy.0, "the same clips");
    assert!(calm.1 == stormy.1, "the same film to the byte");
    let ledger = stormy.2;
    assert_eq!(ledger.billed().len(), 12);
    for shot in calm.0.keys() {
        assert_eq!(ledger.billed_for(&format!("Storm {shot}")), 1, "{shot}");
    }
    let free = ledger.tasks().iter().filter(|task| !task.billed).count();
    assert!(free > 0, "some tasks ended without a clip");
    assert!(calm.3 == 0 && stormy.3 > 12, "{} faults", stormy.3);
    let lost = ledger.requests().iter().filter(|asked| asked.status.is_none()).count();
    assert!(lost > 1, "some connections broke");
}

/// Whatever a service answers, nothing panics or hangs, no order is sent twice, and no bill is invented.
#[test]
fn mutated_replies_of_every_service_cost_nothing_twice() {
    const SHOTS: usize = 8;
    let services: Vec<(&str, u64)> = BILLING.into_iter().flat_map(|service| [(service, 1), (service, 2)]).collect();
    super::side_by_side(&services, |&(id, seed)| {
        let model = model_keys(id);
        let shot = |n| format!("  - {{id: s{n}, prompt: Odd s{n}, provider: {id}{model}}}\n");
        let shots = (0..SHOTS).map(shot).collect::<Vec<String>>().concat();
        let text = board(id, &shots).replace("{poll:", "{max_in_flight: 8, poll:");
        let settings = Settings::new()
            .look(Look::Same)
            .pace(Pace::Looks { queued: 1, running: 2 })
            .fault(Call::Submit, Pick::Chance { percent: 40, seed }, Fault::Mutated(seed))
            .fault(Call::Poll, Pick::Chance { percent: 40, seed }, Fault::Mutated(seed));
        let service = Loopback::start(settings);
        let seen = render(Run::new().board("film.yaml", &text), &service).run();
        assert!(matches!(seen.code, Some(0 | 5 | 7)), "{id}: {:?} {}", seen.code, seen.stderr);
        assert!(!seen.stderr.contains("panicked"), "{id}: {}", seen.stderr);
        let ledger = service.ledger();
        for n in 0..SHOTS {
            assert!(ledger.billed_for(&format!("Odd s{n}")) <= 1, "{id} {seed}: s{n} is billed once at most");
        }
        let lock = std::fs::read_to_string(seen.path().join("film.lock.yaml")).unwrap_or_default();
        let lock = storyreel_core::lock::Lock::read(&lock).expect("it is a lock");
        for (shot, taken) in &lock.shots {
            let billed = ledger.task(&format!("Odd {shot}")).tokens;
            assert!(taken.tokens.is_none_or(|tokens| tokens == billed), "{id} {seed}: {shot}: {taken:?}");
        }
        assert!(service.struck() >= SHOTS, "{id}: {} replies were changed", service.struck());
        keeps_keys(&seen);
    });
}
