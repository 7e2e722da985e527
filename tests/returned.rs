//! Edits that come back: made with the reference library, brought into the storyboard, and exported again.

use std::fs;
use std::path::Path;
use std::process::Command;

use storyreel_core::film::Film;
use storyreel_core::film_timeline;
use storyreel_core::lock::ClipRecord;
use storyreel_core::storyboard::{edited, reordered};
use storyreel_core::timeline::Timeline;
use storyreel_core::units::ShotId;
use storyreel_exchange::exchange::{self, CutList, returned};

use crate::exchange::{film_of, library};
use crate::support::Run;

/// How many edits are tried.
const EDITS: usize = 200;

const BOARD: &str = "storyboard: 1\ntitle: Returned   # kept\nshots:\n  # the door\n  - id: door\n    prompt: |\n      A door.\n\n      \
    Rain.\n    duration: 5\n\n  - {id: stair, prompt: A stair., duration: 6, in: 1}   # steep\n  - id: lamp\n    card: Lamp\n    \
    duration: 4\n    out: 3\n\n  # all of them\n  - id: crowd\n    prompt: A crowd.\n    notes: loud\n  - id: sea\n    \
    prompt: The sea.\n    duration: 8\n  - id: end\n    card: End\n    duration: 2\n";

/// Makes edits of a timeline, and says for each which frames of which shots it shows.
const EDITOR: &str = r#"
import copy, json, random, sys
import opentimelineio as otio

source, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
timeline = otio.adapters.read_from_file(source)
time = lambda frames: otio.opentime.RationalTime(frames, 24)
made = []
for n in range(count):
    chance = random.Random(n)
    edit = copy.deepcopy(timeline)
    track = next(track for track in edit.tracks if track.kind == "Video")
    clips = [item for item in track if isinstance(item, otio.schema.Clip)]
    del track[:]
    for _ in range(chance.choice([0, 0, 1, 2])):
        clips.pop(chance.randrange(len(clips)))
    if chance.random() < 0.6:
        chance.shuffle(clips)
    for clip in clips:
        if chance.random() < 0.5:
            have = clip.available_range()
            start = chance.randrange(int(have.duration.value) - 1)
            length = chance.randrange(1, int(have.duration.value) - start + 1)
            clip.source_range = otio.opentime.TimeRange(have.start_time + time(start), time(length))
    track.extend(clips)
    otio.adapters.write_to_file(edit, f"{folder}/{n}.otio")
    made.append([[clip.name, int(clip.source_range.start_time.value), int(clip.source_range.duration.value)] for clip in clips])
print(json.dumps(made))
"#;

/// Says what timelines show.
const READER: &str = r#"
import json, sys
import opentimelineio as otio

folder, count = sys.argv[1], int(sys.argv[2])
seen = []
for n in range(count):
    edit = otio.adapters.read_from_file(f"{folder}/{n}.otio")
    track = next(track for track in edit.tracks if track.kind == "Video")
    seen.append([[clip.name, int(clip.source_range.start_time.value), int(clip.source_range.duration.value)] for clip in track])
print(json.dumps(seen))
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
fn brought_back(edit: &str) -> String {
    let changes = Planned::of(BOARD).with(|reel| returned::changes(reel, edit)).expect("it is an edit");
    assert!(changes.unexpressed.is_empty(), "{:?}", changes.unexpressed);
    let mut text = BOARD.to_owned();
    if let Some(order) = &changes.order {
        // Those that the edit left out stay where they are.
        let mut next = order.iter();
        let all = ["door", "stair", "lamp", "crowd", "sea", "end"].map(|id| id.parse::<ShotId>().expect("an id"));
        let whole = all.map(|id| if order.contains(&id) { next.next().expect("one more").clone() } else { id });
        text = reordered(&text, &whole).expect("they can be moved");
    }
    for (shot, edits) in &changes.shots {
        text = edited(&text, shot, edits).expect("it can be changed");
    }
    text
}

/// The lines of a storyboard without the keys that an edit may change, in any order.
fn other_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.replace(", skip: true", "");
        let is_key = ["in:", "out:", "skip:"].iter().any(|key| line.trim_start().starts_with(key));
        let mut line = line;
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
    for n in 0..EDITS {
        let edit = fs::read_to_string(path(&format!("{n}.otio"))).expect("it was made");
        let text = brought_back(&edit);
        assert_eq!(other_lines(&text), other_lines(BOARD), "something else changed in\n{text}");
        let again = Planned::of(&text).with(exchange::otio::write);
        fs::write(path(&format!("again/{n}.otio")), again).expect("written");
    }
    let found = python(READER, &[&path("again"), &EDITS.to_string()]);
    let wanted: Vec<serde_json::Value> = serde_json::from_str(&wanted).expect("JSON");
    let found: Vec<serde_json::Value> = serde_json::from_str(&found).expect("JSON");
    for (n, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        assert_eq!(found, wanted, "edit {n}");
    }
    assert_eq!(found.len(), EDITS);
}

/// Changes a file of JSON.
fn change(file: &Path, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
    let mut edit: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("there")).expect("JSON");
    change(edit["tracks"]["children"][0]["children"].as_array_mut().expect("clips"));
    fs::write(file, edit.to_string()).expect("written");
}

#[test]
fn what_an_edit_cannot_bring_back_is_listed_and_the_rest_is_written() {
    let run = Run::new().board("film.yaml", BOARD).args(["export", "film.yaml", "--to", "otio", "-o", "film.otio"]);
    let seen = run.ok();
    seen.again().args(["import", "film.otio", "--into", "film.yaml"]).ok().err_has("the edit changes nothing");
    change(&seen.path().join("film.otio"), |clips| {
        let gap = serde_json::json!({"OTIO_SCHEMA": "Gap.1", "source_range": clips[0]["source_range"]});
        let mut stranger = clips[1].clone();
        stranger["name"] = "B roll".into();
        stranger["metadata"] = serde_json::json!({});
        clips[1]["effects"] = serde_json::json!([{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 2.0}]);
        clips[3]["enabled"] = false.into();
        clips.swap(0, 1);
        let twice = clips[4].clone();
        clips.extend([twice, gap, stranger]);
    });
    let seen = seen.again().args(["import", "film.otio", "--into", "film.yaml"]).ok();
    for words in [
        "order: stair, door, lamp, sea, end",
        "crowd: left out (`skip: true`)",
        "another speed of `stair`",
        "`sea` is in the edit more than once",
        "120 empty frames after `end`",
        "the clip `B roll`, which is no shot of the film",
    ] {
        assert!(seen.stderr.contains(words), "no {words} in\n{}", seen.stderr);
    }
    let text = fs::read_to_string(seen.path().join("film.yaml")).expect("there");
    let crowd = "  # all of them\n  - id: crowd\n    skip: true\n    prompt: A crowd.\n    notes: loud\n";
    assert!(text.contains(crowd) && text.find("id: stair") < text.find("id: door"), "{text}");
    seen.again().args(["check", "film.yaml"]).ok();
    let no_edit = seen.again().args(["import", "film.yaml", "--into", "film.yaml"]).code(3);
    no_edit.err_has("cannot import `film.yaml`");
}
