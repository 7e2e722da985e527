//! What a plan says is what is reserved, and what is billed.

use std::fs;

use super::{board, events, render, served, told};
use crate::loopback::{Call, Fault, Loopback, Pace, Pick, Settings};
use crate::support::{Run, Seen};

/// A sequence that looks random and is the same each time (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn of<T: Copy>(&mut self, faces: &[T]) -> T {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        faces[(self.0 >> 33) as usize % faces.len()]
    }
}

/// A storyboard of one to three shots of any kind that has no video among its inputs.
fn any(dice: &mut Dice, provider: &str) -> String {
    let shots = dice.of(&[1, 2, 3]);
    let shot = |n: usize| {
        let model = dice.of(&["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini", "seedance-2.5"]);
        let (seconds, audio) = (dice.of(&[4, 5, 7]), dice.of(&[true, false]));
        let (ratio, hands_on) = (dice.of(&["16:9", "1:1", "9:16"]), dice.of(&[true, false]));
        format!(
            "  - {{id: s{n}, prompt: Shot {n}, provider: {provider}, model: {model}, duration: {seconds}, audio: {audio}, \
             ratio: \"{ratio}\", return_last_frame: {hands_on}}}\n"
        )
    };
    board(provider, &(0..shots).map(shot).collect::<Vec<_>>().concat())
}

/// The values of a field in every journal of a project, summed by their digits before the currency.
fn reserved(seen: &Seen) -> (u64, u64) {
    let mut sums = (0, 0);
    for file in fs::read_dir(seen.path().join(".storyreel/journal")).expect("a journal").flatten() {
        for line in
            fs::read_to_string(file.path()).expect("text").lines().filter(|line| line.contains("\"submitting\""))
        {
            let record: serde_json::Value = serde_json::from_str(&line[line.find('{').expect("JSON")..]).expect("JSON");
            sums.0 += record["tokens"].as_u64().expect("tokens");
            sums.1 += micros(record["estimate"].as_str().expect("an estimate").split(' ').next().expect("an amount"));
        }
    }
    sums
}

fn micros(amount: &str) -> u64 {
    storyreel_core::money::micros(amount).expect("an amount")
}

#[test]
fn plan_reservation_and_bill_are_equal_to_the_token() {
    let mut dice = Dice(5);
    for (round, provider) in ["ark", "byteplus", "ark", "byteplus", "ark", "byteplus"].into_iter().enumerate() {
        let service = Loopback::start(Settings::new().pace(Pace::Looks { queued: 0, running: 0 }));
        let text = any(&mut dice, provider);
        let seen =
            served(Run::new().board("film.yaml", &text), &service).args(["plan", "film.yaml", "--format", "json"]).ok();
        let plan = seen.json();
        let cost = &plan["totals"]["cost"][0];
        assert_eq!((&cost["low"], &plan["totals"]["unknown_price"]), (&cost["high"], &0.into()), "{round}: {text}");
        let planned =
            (plan["totals"]["tokens"].as_u64().expect("tokens"), micros(cost["high"].as_str().expect("text")));
        let seen = render(seen.again(), &service).ok();
        assert_eq!(reserved(&seen), planned, "{round}: what is reserved is what was planned\n{text}");
        let billed: u64 = service.ledger().billed().iter().map(|task| task.tokens).sum();
        assert_eq!(billed, planned.0, "{round}: what is billed is what was planned\n{text}");
        let ended = events(&seen);
        let paid = &ended.last().expect("an event")["paid"][0];
        assert_eq!((&paid["billed"], &paid["estimated"]), (&cost["high"], &cost["high"]), "{round}\n{text}");
    }
}

#[test]
fn a_bill_that_is_not_the_estimate_is_kept_beside_it_and_said() {
    let quick = || Settings::new().pace(Pace::Looks { queued: 0, running: 0 });
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::Billed(125)));
    let shots =
        "  - {id: one, prompt: Boat one, provider: byteplus}\n  - {id: two, prompt: Boat two, provider: byteplus}\n";
    let text = board("byteplus", shots).replace("{poll:", "{max_in_flight: 1, poll:");
    let seen = render(Run::new().board("film.yaml", &text), &service).ok();
    let stored = told(&seen, "shot_stored");
    assert_eq!((&stored[0]["shot"], &stored[0]["estimated_currency"]), (&"one".into(), &"USD".into()));
    let amount = |n: usize, field: &str| micros(stored[n][field].as_str().expect("an amount"));
    assert_eq!((amount(0, "paid") * 100).div_ceil(amount(0, "estimated")), 125);
    assert_eq!(amount(1, "paid"), amount(1, "estimated"));
    let warned = told(&seen, "warned").into_iter().find(|line| {
        line["message"].as_str().is_some_and(|text| text.contains("`byteplus` billed 1 of 2 clips more than 10 % away"))
    });
    let message = warned.expect("the drift is said")["message"].to_string();
    assert!(message.contains("(`one`)") && message.contains("`providers.byteplus.prices`"), "{message}");
    let lock = fs::read_to_string(seen.path().join("film.lock.yaml")).expect("the lock");
    let lock = storyreel_core::lock::Lock::read(&lock).expect("a lock");
    for (n, (_, taken)) in lock.shots.iter().enumerate() {
        assert_eq!(taken.paid.expect("it is known").micros, amount(n, "paid"));
        assert_eq!(taken.estimated.expect("it is known").micros, amount(n, "estimated"));
    }
    // People read the same, and of single shots only the one that differs.
    let service = Loopback::start(quick().fault(Call::Submit, Pick::Nth(1), Fault::Billed(125)));
    let plain = served(Run::new().board("film.yaml", &text), &service).args(["render", "film.yaml", "--yes"]).ok();
    let plain = plain.err_has("one: billed ").err_has(", +25 %\n").err_has("finished: 2 shots made");
    assert!(!plain.stderr.contains("two: billed"), "{}", plain.stderr);
}
