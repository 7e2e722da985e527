//! Names and wording that are in no picture order nothing again, one by one, at a service that is paid.

use std::fs;

use super::crash::settings;
use super::{board, render, served};
use crate::loopback::Loopback;
use crate::support::{Run, Seen, media};

const SHOTS: &str = "  - id: one\n    prompt: Boat one\n    provider: ark\n    return_last_frame: true\n  \
                     - id: two\n    prompt: Boat two\n    provider: ark\n    first_frame: {last_frame_of: one}\n  \
                     - id: alone\n    prompt: Boat alone\n    provider: ark\n";

/// What is edited: its name, the words before, and the words after.
const EDITS: &[(&str, &str, &str)] = &[
    ("title", "title: Paid", "title: Bought\ndescription: Boats."),
    ("id", "id: alone", "id: lonely"),
    ("id of a shot that another starts on", "id: one\n", "id: first\n"),
    ("scene", "id: two\n", "id: two\n    scene: Harbour\n"),
    ("notes", "id: two\n", "id: two\n    notes: Look at the rope.\n"),
    ("comments", "shots:\n", "# Three boats.\nshots:\n  # The first.\n"),
    ("transition", "id: two\n", "id: two\n    transition: {type: dissolve, duration: 0.5}\n"),
    ("seam", "id: two\n", "id: two\n    seam: keep\n"),
    ("music", "title: Paid", "title: Paid\nfilm: {music: {file: score.wav, gain_db: -9}}"),
    ("loudness and chapters", "title: Paid", "title: Paid\nfilm: {loudness: -16, chapters: shots}"),
    ("output", "title: Paid", "title: Paid\nfilm: {output: out/other.mp4}"),
    ("budget", "title: Paid", "title: Paid\nbudget: {max: 99, currency: CNY}"),
    ("tasks at once", "{poll:", "{max_in_flight: 2, poll:"),
];

fn edited(text: &str, (name, from, to): &(&str, &str, &str)) -> String {
    assert!(text.contains(from), "{name}");
    let text = text.replacen(from, to, 1);
    if to.contains("id: first") { text.replace("last_frame_of: one", "last_frame_of: first") } else { text }
}

#[track_caller]
fn orders_nothing(seen: &Seen, service: &Loopback, what: &str, text: &str) {
    fs::write(seen.path().join("film.yaml"), text).expect("written");
    let plan = served(seen.again(), service).args(["plan", "film.yaml", "--format", "json"]).ok().json();
    assert_eq!((&plan["totals"]["render"], &plan["totals"]["reuse"]), (&0.into(), &3.into()), "{what}: {plan:#}");
}

#[test]
fn what_is_in_no_picture_orders_nothing_again() {
    let service = Loopback::start(settings());
    let text = board("ark", SHOTS);
    let seen = render(Run::new().board("film.yaml", &text).file("score.wav", media::wav()), &service).ok();
    let sent = service.ledger().requests().len();
    for edit in EDITS {
        orders_nothing(&seen, &service, edit.0, &edited(&text, edit));
    }
    // The order of the shots, and everything at once; and the film is put together without a word to the service.
    let (head, shots) = text.split_once("shots:\n").expect("it has shots");
    let (chain, alone) = shots.split_at(shots.find("  - id: alone").expect("it is there"));
    let turned = format!("{head}shots:\n{alone}{chain}");
    orders_nothing(&seen, &service, "order", &turned);
    // Of the edits that stand in one place, one is taken.
    let apart = ["title", "loudness and chapters", "output", "budget"];
    let all = EDITS.iter().filter(|edit| !apart.contains(&edit.0)).fold(turned, |text, edit| edited(&text, edit));
    orders_nothing(&seen, &service, "all at once", &all);
    render(seen.again(), &service).ok();
    assert_eq!(service.ledger().requests().len(), sent, "nobody was asked for anything");
}
