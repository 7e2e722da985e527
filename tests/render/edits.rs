//! Edits of the film that are no edits of its shots: nothing is rendered, and only what they touch is encoded again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::{board, events, made, render};
use crate::support::{Run, Seen, media};

/// Shots with a dissolve, a cut and a wipe between them, and a card.
const SHOTS: &str = "  - {id: dawn, prompt: Dawn over the harbour}\n  \
                     - {id: gull, prompt: A gull, transition: {type: dissolve, duration: 0.5}}\n  \
                     - {id: pier, prompt: The pier}\n  \
                     - {id: end, card: The End, duration: 2, transition: {type: wipe-left, duration: 0.5}}\n";

/// What was encoded for the film's joins and is kept, by name, with the time when it was.
fn kept(seen: &Seen) -> BTreeMap<String, SystemTime> {
    let store = storyreel::store::Store::at(seen.path().join(".storyreel"));
    let entries = fs::read_dir(store.film_folder(Path::new("out/film.mp4"))).expect("it is there");
    let entries = entries.map(|entry| entry.expect("it can be listed"));
    let of_runs = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "mp4"));
    let time = |entry: &fs::DirEntry| entry.metadata().and_then(|facts| facts.modified()).expect("a time");
    of_runs.map(|entry| (entry.file_name().to_string_lossy().into_owned(), time(&entry))).collect()
}

/// Renders an edit and gives back what was made, and how many runs were encoded and how many kept as they were.
#[track_caller]
fn edited(seen: &Seen, text: &str) -> (Seen, Vec<String>, (usize, usize)) {
    let before = kept(seen);
    let again = render(seen.again().board("film.yaml", text)).ok();
    let after = kept(&again);
    let same = after.iter().filter(|(name, time)| before.get(*name) == Some(time)).count();
    let done = events(&again).into_iter().find(|event| event["event"] == "film_done").expect("it is told");
    assert_ne!(done["way"], "up_to_date", "the edit is not in the film");
    let names = made(&again);
    (again, names, (after.len() - same, same))
}

#[test]
fn edits_of_joins_music_order_and_chapters_render_nothing_and_encode_what_they_touch() {
    let run = Run::new().file("score.wav", media::wav());
    let text = board(SHOTS);
    let seen = render(run.board("film.yaml", &text)).ok();
    let first = kept(&seen);
    assert_eq!((made(&seen).len(), first.len()), (4, 2), "a run for each transition");
    let film = |keys: &str| text.replace("shots:\n", &format!("film: {{{keys}}}\nshots:\n"));
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    let mut lines: Vec<&str> = SHOTS.lines().collect();
    lines.swap(0, 2);
    let swapped = board(&(lines.join("\n") + "\n"));
    // Each edit of the first storyboard: what it encodes, and what it takes as it was.
    let edits = [
        ("a chapter list", film("chapters: shots"), (0, 2)),
        ("music", film("music: {file: score.wav, loop: true}"), (0, 2)),
        ("loudness", film("loudness: -16"), (0, 2)),
        ("a title", with("title: Test", "title: Another"), (0, 2)),
        ("another transition", with("wipe-left", "circle-open"), (1, 1)),
    ];
    // These move shots in time, which the pictures of animatics show: those alone are painted again.
    let moves = [
        ("a longer transition", with("dissolve, duration: 0.5", "dissolve, duration: 1"), &["gull", "pier"][..]),
        ("a cut", with(", transition: {type: dissolve, duration: 0.5}", ""), &["gull", "pier"]),
        ("another order", swapped, &["dawn", "gull", "pier"]),
    ];
    let mut seen = seen;
    for (name, edit, moved) in moves {
        let (edit_seen, names, _) = edited(&seen, &edit);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(!names.is_empty() && names.iter().all(|made| moved.contains(made)), "{name}: {names:?}");
        seen = render(edit_seen.again().board("film.yaml", &text)).ok();
        assert!(made(&seen).is_empty(), "taking {name} back rendered something");
    }
    for (name, edit, runs) in edits {
        let (edit_seen, names, encoded) = edited(&seen, &edit);
        assert_eq!((names, encoded), (vec![], runs), "{name}");
        // Back to the first film, from which the next edit starts.
        seen = render(edit_seen.again().board("film.yaml", &text)).ok();
        assert!(made(&seen).is_empty(), "taking {name} back rendered something");
    }
    // The words of a card are its picture: it alone is made, and what lies beside it is encoded.
    let (_, names, encoded) = edited(&seen, &with("The End", "Finis"));
    assert_eq!((names, encoded), (vec!["end".to_owned()], (1, 1)));
}
