use super::*;
use crate::job::fact::AttemptRange;
use crate::job::{AttemptFailure, Intent, Record, Stored, fold};
use crate::money::Currency;
use crate::provider::reply::{Charged, Delivery};

fn run(name: &str) -> RunId {
    name.parse().expect("a good name")
}

/// Runs `own` and `other` live, `dead` is over, `far` is of another machine, anything else is not known.
fn life(run: &RunId) -> Life {
    match run.as_str() {
        "own" | "other" => Life::Living,
        "dead" => Life::Ended,
        "far" => Life::Elsewhere,
        _ => Life::Doubtful,
    }
}

/// The state after records in short: `submitting`, then what came.
fn state(by: &str, then: &str) -> JobState {
    let intent = Intent {
        shot: "climb".parse().expect("a good id"),
        provider: "ark".to_owned(),
        model: "m".to_owned(),
        marker: String::new(),
        estimate: None,
        tokens: None,
        price: None,
        first_frame: None,
        last_frame: None,
        hands_on: false,
        speaks: false,
        head: None,
        from_lock: false,
        run: run(by),
    };
    let task = Record::Submitted { provider: "ark".to_owned(), task: "t".to_owned() };
    let forgotten = Record::Forgotten { why: "no such task".to_owned() };
    let delivered = Record::Delivered(Box::<Delivery>::default());
    let failed =
        Record::Failed(AttemptFailure { kind: "failed".into(), charged: Charged::Yes(None), message: String::new() });
    let stored = Stored { clip: Digest::of(then.as_bytes()), last_frame: None, frames: 1, bytes: 1 };
    let mut records = vec![Record::Submitting(Box::new(intent))];
    match then {
        "submitting" => {}
        "void" => records.push(Record::Unsent { why: String::new() }),
        "unclear" => records.push(Record::Unclear { why: "no answer".to_owned() }),
        "lost" => records.push(Record::AssumedLost),
        "submitted" => records.push(task),
        "delivered" => records.extend([task, delivered]),
        "failed" => records.extend([task, failed]),
        "stored" | "gone" => records.extend([task, delivered, Record::Stored(stored)]),
        "forgotten" => records.extend([task, delivered, Record::Stored(stored), forgotten]),
        "never seen" => records.extend([task, forgotten]),
        "given up" => records.extend([task, forgotten, Record::GivenUp]),
        _ => panic!("no state `{then}`"),
    }
    fold(&records).expect("it is legal")
}

/// The right in one line.
fn said(right: &Right) -> String {
    match right {
        Right::Have(_) => "have".to_owned(),
        Right::Take(n) => format!("take {n}"),
        Right::Wait { run } => format!("wait {run}"),
        Right::Collect { attempt, provider, task } => format!("collect {attempt} {provider} {task}"),
        Right::Ask { attempt, .. } => format!("ask {attempt}"),
        Right::Silent { attempt, .. } => format!("silent {attempt}"),
        Right::Again { attempt, provider, task, forgotten } => {
            let forgotten = forgotten.as_ref().map_or("", |_| ", forgotten");
            format!("again {attempt} {provider} {task}{forgotten}")
        }
    }
}

fn is_stored(digest: &Digest) -> bool {
    *digest == Digest::of(b"stored")
}

/// What is decided on attempts given as `holder state`, where the state may be `nothing` and the holder `unreadable`;
/// an attempt without a token begins with `~`.
fn decided(attempts: &[&str]) -> String {
    let mut tokens = Vec::new();
    let mut states = BTreeMap::new();
    for (n, attempt) in (1..).zip(attempts) {
        let (by, then) = attempt.split_once(' ').expect("two words");
        match by {
            "unreadable" => tokens.push(Token { attempt: n, holder: None }),
            by if by.starts_with('~') => {}
            by => {
                let holder = Holder { run: run(by), provider: "ark".into(), model: "m".into(), estimate: None };
                tokens.push(Token { attempt: n, holder: Some(holder) });
            }
        }
        if then != "nothing" {
            states.insert(n, state(by.trim_start_matches('~'), then));
        }
    }
    let own = run("own");
    said(&right(&Evidence {
        tokens: &tokens,
        states: &states,
        life: &life,
        has: &is_stored,
        own: &own,
        range: AttemptRange::OWN,
    }))
}

#[test]
fn one_attempt_gives_the_right_that_the_table_says() {
    // By the run of the attempt: the one that asks, another living one, one that is over, one that nobody knows.
    for (then, own, other, dead, unknown) in [
        ("nothing", "wait own", "wait other", "take 2", "ask 1"),
        ("submitting", "wait own", "wait other", "ask 1", "ask 1"),
        ("void", "take 2", "take 2", "take 2", "take 2"),
        ("unclear", "ask 1", "wait other", "ask 1", "ask 1"),
        ("lost", "take 2", "wait other", "take 2", "take 2"),
        ("submitted", "collect 1 ark t", "wait other", "collect 1 ark t", "collect 1 ark t"),
        ("delivered", "collect 1 ark t", "wait other", "collect 1 ark t", "collect 1 ark t"),
        ("failed", "take 2", "take 2", "take 2", "take 2"),
        ("stored", "have", "have", "have", "have"),
        ("gone", "again 1 ark t", "again 1 ark t", "again 1 ark t", "again 1 ark t"),
        (
            "forgotten",
            "again 1 ark t, forgotten",
            "again 1 ark t, forgotten",
            "again 1 ark t, forgotten",
            "again 1 ark t, forgotten",
        ),
        (
            "never seen",
            "again 1 ark t, forgotten",
            "again 1 ark t, forgotten",
            "again 1 ark t, forgotten",
            "again 1 ark t, forgotten",
        ),
        ("given up", "take 2", "wait other", "take 2", "take 2"),
    ] {
        for (by, expected) in [("own", own), ("other", other), ("dead", dead), ("unknown", unknown)] {
            assert_eq!(decided(&[&format!("{by} {then}")]), expected, "{by} {then}");
            if then != "nothing" {
                // The journal alone says as much as the journal and the token.
                assert_eq!(decided(&[&format!("~{by} {then}")]), expected, "{by} {then} without a token");
            }
        }
    }
    assert_eq!(decided(&["unreadable nothing"]), "ask 1");
}

#[test]
fn what_another_machine_is_at_is_never_ordered_here() {
    for (attempts, expected) in [
        (&["far nothing"][..], "silent 1"),
        (&["far submitting"], "silent 1"),
        (&["far unclear"], "silent 1"),
        (&["far submitted"], "collect 1 ark t"),
        (&["far failed"], "take 2"),
        (&["far void"], "take 2"),
        (&["far lost"], "take 2"),
        (&["far failed", "far submitting"], "silent 2"),
        // What is silent goes before what is lost here: else that would be ordered anew beside it.
        (&["dead submitting", "far submitting"], "silent 2"),
        (&["far submitting", "dead gone"], "silent 1"),
        (&["far submitting", "other submitting"], "wait other"),
    ] {
        assert_eq!(decided(attempts), expected, "{attempts:?}");
    }
    let range = AttemptRange::of_shared("s3://team/films");
    let own = run("own");
    let unreadable = [Token { attempt: range.own_number(1), holder: None }];
    let states = BTreeMap::from([(1, state("dead", "failed"))]);
    let evidence = Evidence { tokens: &[], states: &states, life: &life, has: &is_stored, own: &own, range };
    // An order of before the store was shared counts, and its number does not.
    assert_eq!(right(&evidence), Right::Take(range.own_number(1)));
    let unreadable = right(&Evidence { tokens: &unreadable, ..evidence });
    assert_eq!(unreadable, Right::Silent { attempt: range.own_number(1), run: None });
}

#[test]
fn several_attempts_give_the_clip_first_and_money_last() {
    for (attempts, expected) in [
        (&[][..], "take 1"),
        (&["dead failed", "dead nothing"], "take 3"),
        (&["dead void", "dead failed", "dead lost"], "take 4"),
        (&["dead failed", "other submitting"], "wait other"),
        (&["dead failed", "dead submitting"], "ask 2"),
        (&["dead failed", "unreadable nothing"], "ask 2"),
        (&["dead failed", "dead stored"], "have"),
        (&["dead stored", "other submitting"], "have"),
        // The user gave it up, and then its task turned up.
        (&["dead submitted", "other submitting"], "collect 1 ark t"),
        (&["dead submitted", "dead failed"], "collect 1 ark t"),
        (&["dead gone", "dead failed"], "take 3"),
        (&["dead gone", "dead submitting"], "ask 2"),
        (&["dead unclear", "dead failed"], "ask 1"),
        (&["dead failed", "dead gone"], "again 2 ark t"),
    ] {
        assert_eq!(decided(attempts), expected, "{attempts:?}");
    }
}

#[test]
fn a_token_reads_back_whole_or_not_at_all() {
    for estimate in [None, Some(Money::new(762_300, Currency::USD))] {
        let holder = Holder { run: run("a-1"), provider: "ark".into(), model: "m: x".into(), estimate };
        let text = holder.text("5f");
        assert_eq!(Holder::read(&text), Some(holder));
        for cut in 0..text.len() - "nonce: 5f\n".len() {
            assert_eq!(Holder::read(&text[..cut]), None, "{cut}");
        }
    }
    assert_eq!(Holder::read(""), None);
    let sly = Holder { run: run("a"), provider: "x\nrun: b".into(), model: "m".into(), estimate: None };
    assert_eq!(Holder::read(&sly.text("1")).map(|holder| holder.run), Some(run("a")));
}
