use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::line::{self, BadLine, JournalLine, Torn};
use super::*;
use crate::money::Currency;

fn intent() -> Intent {
    Intent {
        shot: "climb".parse().expect("a good id"),
        provider: "ark".to_owned(),
        model: "doubao-seedance-2-0-260128".to_owned(),
        marker: "sr5d0c1".to_owned(),
        estimate: Some(Money::new(762_300, Currency::USD)),
        tokens: Some(108_900),
        price: UnitPrice::from_text("7.00 USD/million_tokens", "2026-10-02".to_owned()),
        first_frame: Some(Digest::of(b"first")),
        last_frame: None,
        hands_on: true,
        speaks: true,
        head: Some(Digest::of(b"head")),
        from_lock: false,
        run: "20261121T011631Z-1-ab".parse().expect("a good name"),
    }
}

fn delivery(updated_at: u64) -> Delivery {
    Delivery {
        video: Some(format!("https://cdn.example/{updated_at}.mp4?sig=1")),
        tokens: Some(9),
        charged: Some(Money::new(690_001, Currency::CNY)),
        seed: Some(-7),
        updated_at: Some(updated_at),
        ..Delivery::default()
    }
}

fn failure(charged: Charged) -> AttemptFailure {
    AttemptFailure { kind: "refused".to_owned(), charged, message: "no \"such\" picture".to_owned() }
}

fn stored(clip: &[u8]) -> Stored {
    Stored { clip: Digest::of(clip), last_frame: None, frames: 121, bytes: 9 }
}

/// A record of every kind by a short name.
fn record(name: &str) -> Record {
    match name {
        "submitting" => Record::Submitting(Box::new(intent())),
        "other run" => {
            let run = "other".parse().expect("a good name");
            Record::Submitting(Box::new(Intent { run, ..intent() }))
        }
        "bought" => {
            let intent = Box::new(Intent { from_lock: true, ..intent() });
            Record::Bought { intent, task: "t".to_owned() }
        }
        "unsent" => Record::Unsent { why: "no route".to_owned() },
        "unclear" => Record::Unclear { why: "no answer".to_owned() },
        "lost" => Record::AssumedLost,
        "task is t" => Record::AssumedTask { task: "t".to_owned() },
        "task is u" => Record::AssumedTask { task: "u".to_owned() },
        "t" => Record::Submitted { provider: "ark".to_owned(), task: "t".to_owned() },
        "u" => Record::Submitted { provider: "ark".to_owned(), task: "u".to_owned() },
        "t elsewhere" => Record::Submitted { provider: "apiyi".to_owned(), task: "t".to_owned() },
        "delivered" => Record::Delivered(Box::new(delivery(1))),
        "delivered later" => Record::Delivered(Box::new(delivery(2))),
        "failed" => Record::Failed(failure(Charged::No)),
        "failed, paid" => Record::Failed(failure(Charged::Yes(None))),
        "failed, who knows" => Record::Failed(failure(Charged::Unknown)),
        "stored" => Record::Stored(stored(b"clip")),
        "stored else" => Record::Stored(stored(b"else")),
        "forgotten" => Record::Forgotten { why: "no such task".to_owned() },
        "given up" => Record::GivenUp,
        _ => panic!("no record `{name}`"),
    }
}

const NAMES: &[&str] = &[
    "submitting",
    "other run",
    "bought",
    "unsent",
    "unclear",
    "lost",
    "task is t",
    "task is u",
    "t",
    "u",
    "t elsewhere",
    "delivered",
    "delivered later",
    "failed",
    "failed, paid",
    "failed, who knows",
    "stored",
    "stored else",
    "forgotten",
    "given up",
];

fn live(names: &[&str]) -> Result<JobState, IllegalRecord> {
    names.iter().try_fold(JobState::Idle, |state, name| state.apply(&record(name)))
}

#[test]
fn every_record_after_every_state_is_taken_or_refused_as_the_table_says() {
    for (before, stays, moves) in TABLE {
        let state = live(before).expect("the way there is legal");
        for name in NAMES {
            let after = state.clone().apply(&record(name));
            let moved = moves.iter().find(|(names, _)| names.split("; ").any(|one| one == *name)).map(|(_, to)| *to);
            let illegal = IllegalRecord { state: state.word(), record: record(name).word() };
            let expected = match moved {
                Some(word) => Ok(word),
                None if stays.split("; ").any(|one| one == *name) => Ok(state.word()),
                None => Err(illegal),
            };
            assert_eq!(
                after.as_ref().map(JobState::word).map_err(|illegal| *illegal),
                expected,
                "{before:?} and {name}"
            );
        }
    }
}

/// The records that lead to a state; the records after which it stays; and those after which it is another.
type Row = (&'static [&'static str], &'static str, &'static [(&'static str, &'static str)]);

const TABLE: &[Row] = &[
    (&[], "", &[("submitting; other run", "submitting"), ("bought", "submitted")]),
    (
        &["bought"],
        "bought; unclear; lost; task is t; t",
        &[
            ("delivered; delivered later", "delivered"),
            ("failed; failed, paid; failed, who knows", "failed"),
            ("forgotten", "forgotten"),
            ("given up", "lost"),
        ],
    ),
    (
        &["submitting"],
        "submitting",
        &[
            ("unsent", "void"),
            ("unclear", "unclear"),
            ("lost; given up", "lost"),
            ("task is t; task is u; t; u", "submitted"),
            ("failed; failed, paid", "failed"),
        ],
    ),
    (&["submitting", "unsent"], "submitting; unsent; lost; forgotten; given up", &[]),
    (
        &["submitting", "unclear"],
        "submitting; unclear",
        &[("unsent", "void"), ("lost; given up", "lost"), ("task is t; task is u; t; u", "submitted")],
    ),
    (
        &["submitting", "lost"],
        "submitting; unclear; lost; forgotten; given up",
        &[("task is t; task is u; t; u", "submitted")],
    ),
    (
        &["submitting", "t"],
        "submitting; unclear; lost; task is t; t",
        &[
            ("delivered; delivered later", "delivered"),
            ("failed; failed, paid; failed, who knows", "failed"),
            ("forgotten", "forgotten"),
            ("given up", "lost"),
        ],
    ),
    (
        &["submitting", "t", "delivered"],
        "submitting; unclear; lost; task is t; t; delivered; delivered later",
        &[
            ("failed; failed, paid; failed, who knows", "failed"),
            ("stored; stored else", "stored"),
            ("forgotten", "forgotten"),
            ("given up", "lost"),
        ],
    ),
    (
        &["submitting", "t", "failed"],
        "submitting; unclear; lost; task is t; t; delivered; delivered later; failed; failed, paid; failed, who knows; \
         forgotten; given up",
        &[],
    ),
    (
        &["submitting", "t", "delivered", "stored"],
        "submitting; unclear; lost; task is t; t; delivered; delivered later; failed; failed, paid; failed, who knows; \
         stored; stored else",
        &[("forgotten", "forgotten"), ("given up", "lost")],
    ),
    (
        &["submitting", "t", "forgotten"],
        "submitting; unclear; lost; task is t; t; delivered; delivered later; failed; failed, paid; failed, who knows; \
         stored; stored else; forgotten",
        &[("given up", "lost")],
    ),
];

#[test]
fn facts_that_matter_survive() {
    let stored = live(&["submitting", "t", "delivered later", "delivered", "stored", "stored else"]).expect("legal");
    assert_eq!(stored.delivery(), Some(&delivery(2)), "the newest addresses count");
    assert_eq!(stored.task(), Some("t"));
    assert!(matches!(&stored, JobState::Stored { stored, .. } if stored.clip == Digest::of(b"clip")));
    let late = live(&["submitting", "t", "failed, who knows", "delivered", "stored"]).expect("legal");
    assert_eq!(late.word(), "stored", "another run got what this one gave up");
    let failed = live(&["submitting", "t", "failed", "failed, paid", "failed, who knows"]).expect("legal");
    assert!(matches!(&failed, JobState::Failed { failure, .. } if failure.charged == Charged::Yes(None)));
    assert_eq!(failed.intent(), Some(&intent()));
    assert!(!failed.is_open());
    let bought = live(&["bought"]).expect("legal");
    assert!(bought.was_shown() && bought.task() == Some("t"), "its service has shown it to another store");
    assert!(!live(&["submitting", "t"]).expect("legal").was_shown());
}

fn settled(names: &[&str]) -> JobState {
    let records: Vec<Record> = names.iter().map(|name| record(name)).collect();
    settle(&records.iter().collect::<Vec<_>>())
}

#[test]
fn records_that_contradict_each_other_pay_nothing_until_the_user_decides() {
    assert_eq!(settled(&["submitting", "t"]).word(), "submitted");
    assert_eq!(settled(&["submitting", "t", "u"]).word(), "unclear");
    assert_eq!(settled(&["submitting", "unsent", "t"]).word(), "unclear");
    assert_eq!(settled(&["submitting", "other run", "lost"]).word(), "lost");
    assert_eq!(settled(&["delivered"]), JobState::Idle);
}

/// The life of an attempt with everything that may happen on the way, each record some number of times.
fn lives() -> impl Strategy<Value = Vec<&'static str>> {
    let begun = subsequence(vec!["unclear", "lost", "task is t"], 0..=3);
    let over = select(vec![
        vec![],
        vec!["delivered"],
        vec!["failed, paid"],
        vec!["delivered", "delivered later", "failed, who knows"],
        vec!["delivered", "stored"],
        vec!["delivered", "failed", "stored"],
        vec!["forgotten"],
        vec!["delivered", "stored", "forgotten"],
        vec!["delivered", "stored", "forgotten", "given up"],
    ]);
    let with_task = (begun, over).prop_map(|(begun, over)| [vec!["submitting"], begun, vec!["t"], over].concat());
    let without = select(vec![
        vec!["submitting", "unsent"],
        vec!["submitting", "failed"],
        vec!["submitting", "unclear", "lost"],
        vec!["submitting", "unclear"],
    ]);
    prop_oneof![3 => with_task, 1 => without]
}

proptest! {
    /// However many runs write, and in whatever order their journals are read, the facts say the same.
    #[test]
    fn any_order_and_any_repetition_of_a_life_gives_one_state(
        life in lives(),
        repeated in prop::collection::vec(any::<Index>(), 0..6),
        order in prop::collection::vec(any::<u16>(), 16),
    ) {
        let expected = live(&life).expect("a life is legal");
        let mut all = life.clone();
        all.extend(repeated.iter().map(|index| *index.get(&life)));
        let mut shuffled: Vec<(u16, &str)> = all.iter().enumerate().map(|(n, name)| (order[n % 16], *name)).collect();
        shuffled.sort_unstable();
        let records: Vec<Record> = shuffled.iter().map(|(_, name)| record(name)).collect();
        let folded = fold(&records).expect("the same facts are legal in any order");
        prop_assert_eq!(folded, expected);
    }

    #[test]
    fn no_sequence_panics_and_a_refusal_names_its_record(names in prop::collection::vec(select(NAMES), 0..8)) {
        let records: Vec<Record> = names.iter().map(|name| record(name)).collect();
        if let Err(illegal) = fold(&records) {
            prop_assert!(records.iter().any(|record| record.word() == illegal.record));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = line::read_all(&bytes);
    }

    /// Cut anywhere, a journal gives the lines before the cut.
    #[test]
    fn a_journal_cut_anywhere_keeps_the_lines_before(cut in any::<Index>()) {
        let text = journal();
        let cut = cut.index(text.len() + 1);
        let read = line::read_all(&text.as_bytes()[..cut]).expect("only the end is torn");
        let whole = text[..cut].matches('\n').count();
        prop_assert_eq!(read.lines.len(), whole);
        prop_assert_eq!(read.torn, (read.used < cut).then_some(Torn::Short));
        prop_assert_eq!(read.used, text[..cut].rfind('\n').map_or(0, |end| end + 1));
    }
}

fn journal() -> String {
    let begun = JournalLine::Begun { run: intent().run, storyreel: "0.1.0".to_owned() };
    let lines = std::iter::once(begun).chain(NAMES.iter().map(|name| entry(name)));
    lines.enumerate().map(|(n, line)| line::write(1_795_224_991 + n as u64, &line)).collect()
}

fn entry(name: &str) -> JournalLine {
    JournalLine::Entry(Entry { recipe: Digest::of(b"r"), attempt: 3, record: record(name) })
}

#[test]
fn every_record_reads_back_and_reads_well() {
    let text = journal();
    let read = line::read_all(text.as_bytes()).expect("it is whole");
    assert_eq!((read.lines.len(), read.used, read.torn), (NAMES.len() + 1, text.len(), None));
    for ((at, line), name) in read.lines[1..].iter().zip(NAMES) {
        assert_eq!(line, &entry(name));
        assert!(*at > 1_795_224_991);
    }
    let line = text.lines().find(|line| line.contains("\"submitted\"")).expect("it is there");
    let (sum, rest) = line.split_once(' ').expect("a checksum");
    assert_eq!(sum, Digest::of(rest.as_bytes()).short());
    let recipe = Digest::of(b"r");
    assert_eq!(
        rest,
        format!(
            r#"2026-11-21T01:36:40Z {{"kind":"submitted","recipe":"{recipe}","attempt":3,"service":"ark","task":"t"}}"#
        )
    );
}

#[test]
fn a_damaged_line_is_named_unless_it_is_the_last() {
    let text = journal();
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let mut broken: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        broken[at] = broken[at].replacen("2026", "2025", 1);
        let read = line::read_all(format!("{}\n", broken.join("\n")).as_bytes());
        if at + 1 == lines.len() {
            let read = read.expect("a torn end is tolerated");
            assert_eq!((read.lines.len(), read.torn), (at, Some(Torn::Wrong)));
        } else {
            assert_eq!(read, Err((at + 1, BadLine::Damaged("its checksum is wrong".to_owned()))));
        }
    }
}

/// A line with its checksum.
fn sealed(rest: &str) -> String {
    format!("{} {rest}", Digest::of(rest.as_bytes()).short())
}

#[test]
fn what_a_newer_storyreel_wrote_is_never_taken_for_damage() {
    let newer = sealed(r#"2026-11-21T01:36:31Z {"kind":"refunded","recipe":"x"}"#);
    let error = line::read_all(format!("{newer}\n").as_bytes()).expect_err("it is refused even as the last line");
    assert_eq!(error.1.to_string(), "a newer storyreel wrote this record (`refunded`); update storyreel");
    let newer = sealed(r#"2026-11-21T01:36:31Z {"kind":"begun","journal":2,"run":"a"}"#);
    assert_eq!(line::read(&newer), Err(BadLine::Newer("journal".to_owned())));
    for (rest, what) in [
        (r#"2026-11-21T01:36:31Z {"kind":"unsent","attempt":1,"why":""}"#, "`recipe` is missing or cannot be read"),
        (r#"yesterday {"kind":"unsent"}"#, "its time cannot be read"),
        ("2026-11-21T01:36:31Z {", "it is no JSON"),
        (r#"2026-11-21T01:36:31Z {"kind":"unsent","attempt":"1"}"#, "invalid type"),
    ] {
        let error = line::read(&sealed(rest)).expect_err("it is wrong").to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn odd_words_of_a_bill_are_kept_and_older_lines_have_none() {
    let odd_usage = Some("its bill has `NaN` tokens, which is impossible and is ignored".to_owned());
    let odd = Delivery { tokens: None, odd_usage, ..delivery(3) };
    let entry = Entry { recipe: Digest::of(b"r"), attempt: 1, record: Record::Delivered(Box::new(odd)) };
    let text = line::write(0, &JournalLine::Entry(entry.clone()));
    assert_eq!(line::read(text.trim_end()), Ok((0, JournalLine::Entry(entry))));
    let older = line::write(
        0,
        &JournalLine::Entry(Entry { recipe: Digest::of(b"r"), attempt: 1, record: record("delivered") }),
    );
    assert!(!older.contains("odd_usage"), "{older}");
    let Ok((_, JournalLine::Entry(Entry { record: Record::Delivered(read), .. }))) = line::read(older.trim_end())
    else {
        panic!("{older}")
    };
    assert_eq!((read.tokens, read.odd_usage), (Some(9), None));
}

#[test]
fn words_of_a_service_stay_on_their_line_and_short() {
    let message = format!("a\n00000000 2026\u{1b}[2J{}", "x".repeat(9000));
    let failure = AttemptFailure { message, ..failure(Charged::No) };
    let entry = Entry { recipe: Digest::of(b"r"), attempt: 1, record: Record::Failed(failure) };
    let text = line::write(0, &JournalLine::Entry(entry));
    assert_eq!(text.matches('\n').count(), 1);
    assert!(text.len() < 900 && !text.contains('\u{1b}'), "{text}");
}
