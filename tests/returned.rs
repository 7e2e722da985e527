//! Edits that come back: made with the reference library, brought into the storyboard, and exported again.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use storyreel_core::film::Film;
use storyreel_core::film_timeline;
use storyreel_core::lock::ClipRecord;
use storyreel_core::source_file::SourceFile;
use storyreel_core::timeline::Timeline;
use storyreel_exchange::exchange::returned::{self, BroughtBack, EditDocument};
use storyreel_exchange::exchange::{self, CutList};

use crate::exchange::{film_of, library};
use crate::support::{Run, Seen};

/// How many edits are tried.
const EDITS: usize = 200;

/// Text of every kind between the shots and in them, and a dissolve of which the odd frame lies behind the cut.
const BOARD: &str = "storyboard: 1\ntitle: Returned   # kept\nshots:\n  # the door\n  - id: door\n    prompt: |\n      A door.\n\n      \
    # Rain.\n    duration: 5\n\n  - {id: stair, prompt: A stair., duration: 6, in: 1}   # steep\n  - id: lamp\n    card: Lamp\n    \
    transition: {type: dissolve, duration: 0.46}\n    duration: 4\n    out: 3\n  # brighter\n\n  # --- all of them\n\n  - id: crowd\n    \
    prompt: >\n      A\n      crowd.\n    notes: loud\n    # seed: 4\n  -\n    id: sea\n    prompt: The sea.\n    duration: 8\n  \
    - id: end\n    duration: 2\n    card: |\n      End";

/// Makes edits of a timeline, and says for each which frames of which shots it shows.
const EDITOR: &str = r#"
import copy, json, random, sys
import opentimelineio as otio

source, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
timeline = otio.adapters.read_from_file(source)
time = lambda frames: otio.opentime.RationalTime(frames, 24)

def seen(item):
    if isinstance(item, otio.schema.Transition):
        return ["transition", int(item.in_offset.value), int(item.out_offset.value)]
    return [item.name, int(item.source_range.start_time.value), int(item.source_range.duration.value)]

made = []
for n in range(count):
    chance = random.Random(n)
    edit = copy.deepcopy(timeline)
    track = next(track for track in edit.tracks if track.kind == "Video")
    # Each clip with the transition before it.
    shots = []
    before = None
    for item in track:
        if isinstance(item, otio.schema.Transition):
            before = item
        else:
            shots.append((before, item))
            before = None
    del track[:]
    for _ in range(chance.choice([0, 0, 1, 2])):
        shots.pop(chance.randrange(len(shots)))
    if chance.random() < 0.6:
        chance.shuffle(shots)
    for at, (before, clip) in enumerate(shots):
        after = shots[at + 1][0] if at + 1 < len(shots) else None
        have = clip.available_range()
        # What a transition shows beyond the cuts must be there.
        first = int(before.in_offset.value) if before and at > 0 else 0
        last = int(have.duration.value) - (int(after.out_offset.value) if after else 0)
        if chance.random() < 0.5:
            start = chance.randrange(first, last - 24)
            length = chance.randrange(24, last - start + 1)
        else:
            start = max(int((clip.source_range.start_time - have.start_time).value), first)
            length = min(int(clip.source_range.duration.value), last - start)
        clip.source_range = otio.opentime.TimeRange(have.start_time + time(start), time(length))
        if before and at > 0:
            track.append(before)
        track.append(clip)
    otio.adapters.write_to_file(edit, f"{folder}/{n}.otio")
    made.append([seen(item) for item in track])
print(json.dumps(made))
"#;

/// Says what timelines show.
const READER: &str = r#"
import json, sys
import opentimelineio as otio

folder, count = sys.argv[1], int(sys.argv[2])
def seen(item):
    if isinstance(item, otio.schema.Transition):
        return ["transition", int(item.in_offset.value), int(item.out_offset.value)]
    return [item.name, int(item.source_range.start_time.value), int(item.source_range.duration.value)]

found = []
for n in range(count):
    edit = otio.adapters.read_from_file(f"{folder}/{n}.otio")
    found.append([seen(item) for item in next(track for track in edit.tracks if track.kind == "Video")])
print(json.dumps(found))
"#;

fn python(script: &str, args: &[&str]) -> String {
    let mut python = Command::new("python3");
    python.args(["-c", script]).args(args).env("PYTHONPATH", library()).env("PYTHONDONTWRITEBYTECODE", "1");
    let done = python.output().expect("python3 is installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("it is text")
}

/// A film as planned.
struct Planned {
    film: Film,
    timeline: Timeline,
}

impl Planned {
    fn of(text: &str) -> Self {
        let film = film_of(text.to_owned());
        let clips: Vec<ClipRecord> = film.shots.iter().map(|shot| exchange::planned(&film, shot)).collect();
        let timeline = film_timeline::timeline(&film, &clips.iter().collect::<Vec<_>>()).expect("it can be laid");
        Self { film, timeline }
    }

    fn with<T>(&self, use_it: impl FnOnce(&CutList<'_>) -> T) -> T {
        let clips = vec![None; self.film.shots.len()];
        use_it(&CutList { film: &self.film, timeline: &self.timeline, clips: &clips, sounds: &[] })
    }
}

/// The storyboard with an edit brought back.
fn brought_back(board: &str, edit: &str) -> BroughtBack {
    let edit = EditDocument::read(edit).expect("it is an edit");
    let film = Planned::of(board);
    let first = film.with(|reel| edit.changes(reel)).expect("the film's shots are in it");
    let source = SourceFile::new("film.yaml", board);
    returned::bring_back(&film.film, &source, &first, |source| {
        Planned::of(source.own_text()).with(|reel| edit.changes(reel))
    })
    .expect("it stays a film")
}

/// The lines of a storyboard without the keys that an edit may change, in any order.
fn other_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut line = line.replace(", skip: true", "");
        let is_key = ["in:", "out:", "skip:"].iter().any(|key| line.trim_start().starts_with(key));
        for key in [", in: ", ", out: "] {
            if let Some(at) = line.find(key) {
                let rest = &line[at + key.len()..];
                let end = rest.find([',', '}']).unwrap_or(rest.len());
                line = format!("{}{}", &line[..at], &rest[end..]);
            }
        }
        if !is_key && !line.is_empty() {
            lines.push(line);
        }
    }
    lines.sort();
    lines
}

#[test]
fn every_order_and_trim_of_the_reference_library_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("film.otio"), Planned::of(BOARD).with(exchange::otio::write)).expect("written");
    fs::create_dir(path("again")).expect("made");
    let wanted = python(EDITOR, &[&path("film.otio"), &path("."), &EDITS.to_string()]);
    let windows = BOARD.replace('\n', "\r\n");
    for n in 0..EDITS {
        let edit = fs::read_to_string(path(&format!("{n}.otio"))).expect("it was made");
        let board = if n % 2 == 0 { BOARD } else { &windows };
        let BroughtBack { source, left, .. } = brought_back(board, &edit);
        let text = source.own_text();
        // Sounds are mentioned where there are any, and these clips are silent.
        assert!(left.is_empty(), "edit {n}: {left:?}");
        assert_eq!(other_lines(text), other_lines(board), "edit {n}: something else changed in\n{text}");
        assert_eq!(text.contains("\r\n"), n % 2 == 1);
        assert_eq!(text.matches('\n').count(), text.lines().count() - 1, "the last line of\n{text}\nhas no end");
        for pair in ["  # the door\n  - id: door\n", "\n    # seed: 4", "\n  # --- all of them\n\n", "\n  # brighter"] {
            assert!(text.replace('\r', "").contains(pair), "edit {n}: {pair:?} was parted in\n{text}");
        }
        let again = Planned::of(text).with(exchange::otio::write);
        fs::write(path(&format!("again/{n}.otio")), again).expect("written");
    }
    let found = python(READER, &[&path("again"), &EDITS.to_string()]);
    let wanted: Vec<Value> = serde_json::from_str(&wanted).expect("JSON");
    let found: Vec<Value> = serde_json::from_str(&found).expect("JSON");
    for (n, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        assert_eq!(found, wanted, "edit {n}");
    }
    assert_eq!(found.len(), EDITS);
}

/// Changes an edit: the items on its track of pictures, and the whole of it.
fn change(file: &Path, change: impl FnOnce(&mut Vec<Value>)) {
    change_whole(file, |edit| change(edit["tracks"]["children"][0]["children"].as_array_mut().expect("clips")));
}

fn change_whole(file: &Path, change: impl FnOnce(&mut Value)) {
    let mut edit: Value = serde_json::from_slice(&fs::read(file).expect("there")).expect("JSON");
    change(&mut edit);
    fs::write(file, edit.to_string()).expect("written");
}

fn exported(run: Run) -> Seen {
    run.args(["export", "film.yaml", "--to", "otio", "-o", "film.otio"]).ok()
}

fn import(seen: &Seen, more: &[&str]) -> Seen {
    seen.again().args(["import", "film.otio", "--into", "film.yaml"]).args(more).ok()
}

fn text_of(seen: &Seen, file: &str) -> String {
    fs::read_to_string(seen.path().join(file)).expect("there")
}

#[test]
fn what_an_edit_cannot_bring_back_is_listed_and_the_rest_is_written() {
    let seen = exported(Run::new().board("film.yaml", BOARD));
    import(&seen, &[]).err_has("the edit changes nothing");
    change(&seen.path().join("film.otio"), |items| {
        let gap = json!({"OTIO_SCHEMA": "Gap.1", "source_range": items[0]["source_range"]});
        let mut stranger = items[1].clone();
        stranger["name"] = "B roll".into();
        stranger["metadata"] = json!({});
        items[1]["effects"] = json!([{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 2.0}]);
        items[1]["active_media_reference_key"] = "take 3".into();
        items[3]["markers"].as_array_mut().expect("markers").push(json!({"name": "Kim", "comment": "too long"}));
        // An editor may lose our notes.
        items[3]["markers"][0]["metadata"] = json!({});
        items[4]["enabled"] = false.into();
        let twice = items[5].clone();
        let nested = json!({"OTIO_SCHEMA": "Stack.1", "children": [items.pop()]});
        items.remove(2);
        items.swap(0, 1);
        items.extend([twice, gap, stranger, nested]);
    });
    let tried = import(&seen, &["--dry-run"]).err_has("film.yaml would change; it is left as it is");
    assert_eq!(text_of(&tried, "film.yaml"), BOARD);
    let seen = import(&seen, &[]);
    for words in [
        "order: `stair`, `door`, `lamp` and `sea`\n",
        "crowd: left out (`skip: true`)",
        "another speed of `stair`",
        "take 3 of `stair`",
        "the transition before `lamp`: a cut in the edit, 11 frames in the storyboard",
        "the marker `Kim: too long` at `lamp`",
        "`sea` is in the edit more than once: its frames 0 to 192",
        "120 empty frames after `sea`",
        "the clip `B roll`, which is no shot of the film",
        "a nested edit after `sea`",
        "next:  storyreel plan film.yaml",
    ] {
        assert!(seen.stderr.contains(words), "no {words} in\n{}", seen.stderr);
    }
    assert_eq!(seen.stderr.matches("marker").count(), 1, "{}", seen.stderr);
    let text = text_of(&seen, "film.yaml");
    let crowd = "  - id: crowd\n    skip: true\n    prompt: >\n      A\n      crowd.\n    notes: loud\n    # seed: 4\n";
    assert!(text.contains(crowd) && text.find("id: stair") < text.find("id: door"), "{text}");
    assert!(!text.contains("id: end\n    skip"), "it is shown, nested:\n{text}");
    seen.again().args(["check", "film.yaml"]).ok();
    let no_edit = seen.again().args(["import", "film.yaml", "--into", "film.yaml"]).code(3);
    no_edit.err_has("cannot import `film.yaml`");
}

#[test]
fn shots_in_files_of_their_own_move_with_them_and_in_them() {
    let board = "storyboard: 1\nshots:\n- {id: a, card: A, duration: 2}\n- include: scenes/pier.yaml\n- {id: d, card: D, duration: 2}\n";
    let pier = "# the pier\nshots:\n- id: b\n  card: B\n  duration: 2\n\n- {id: c, card: C, duration: 2}\n";
    let seen = exported(Run::new().board("film.yaml", board).file("scenes/pier.yaml", pier));
    let edit = seen.path().join("film.otio");
    change(&edit, |items| {
        items[1]["source_range"]["start_time"]["value"] = 12.into();
        items.reverse();
    });
    // A shot that is newer than the edit.
    fs::write(seen.path().join("film.yaml"), board.replace("- {id: d", "- {id: e, card: E}\n- {id: d"))
        .expect("written");
    let seen = import(&seen, &[]).err_has("`e`, which was not in the film then, stays");
    let moved = "storyboard: 1\nshots:\n- {id: d, card: D, duration: 2}\n- include: scenes/pier.yaml\n- {id: e, card: E}\n\
                 - {id: a, card: A, duration: 2}\n";
    assert_eq!(text_of(&seen, "film.yaml"), moved);
    let pier = "# the pier\nshots:\n- {id: c, card: C, duration: 2}\n\n- id: b\n  in: 0.5\n  card: B\n  duration: 2\n";
    assert_eq!(text_of(&seen, "scenes/pier.yaml"), pier);
    // Another shot between those of a file.
    change(&edit, |items| items.swap(0, 1));
    let scattered = import(&seen, &[]).err_has("shots of other files would stand between those of `scenes/pier.yaml`");
    assert_eq!(text_of(&scattered, "film.yaml"), moved);
}

#[test]
fn what_would_break_the_storyboard_is_not_written() {
    let board = "storyboard: 1\nshots:\n- {id: a, prompt: A., return_last_frame: true, first_frame: {last_frame_of: c}}\n\
                 - {id: b, prompt: B.}\n- {id: c, prompt: C.}\n";
    let seen = exported(Run::new().board("film.yaml", board));
    // `c` would start on `a`, which starts on `c`.
    change(&seen.path().join("film.otio"), |items| items.swap(1, 2));
    let refused = seen.again().args(["import", "film.otio", "--into", "film.yaml"]).code(3);
    let refused = refused.err_has("nothing is written");
    assert_eq!(text_of(&refused, "film.yaml"), board);
}
