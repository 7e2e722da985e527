//! Goal: `storyreel plan` of a table of 500 rows, each a film of six shots, costs at most 3 times the bare parse of the 3,000
//! shots that these films have, written out in one file. Its memory is told.
//!
//! The bare parse is that of the goal `plan`. Neither side has a lock or a store.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::board::HEAD;
use crate::plan::BARE;
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

const SHOTS: usize = 6;

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let rows = if short { 100 } else { 500 };
    let rounds = if short { 5 } else { 15 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let bytes = write(folder.path(), rows);
    let this = std::env::current_exe().expect("a program knows its own path");
    let theirs = [this.to_str().expect("a path in UTF-8"), BARE, "written-out.yaml"];
    let ours = [env!("CARGO_BIN_EXE_storyreel"), "plan", "ads.yaml"];
    let pairs = Pairs::of(folder.path(), rounds, &ours, &theirs);
    let (our_time, their_time, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
    let time =
        Row { what: "processor time".to_owned(), ours: ms(our_time), theirs: ms(their_time), ratio, goal: Some(3.0) };
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let memory = Row {
        what: "peak memory".to_owned(),
        ours: megabytes(pairs.our_peak()),
        theirs: format!("file {}", megabytes(bytes)),
        ratio: pairs.our_peak() as f64 / bytes as f64,
        goal: None,
    };
    let heading = format!("rows: {rows} films of {SHOTS} shots from a table, {rounds} rounds by turns");
    print(&heading, ["storyreel plan", "bare parse of all films"], &[time, memory])
}

/// Writes a storyboard with its table, and the same films written out; gives the size of the latter.
fn write(folder: &Path, rows: usize) -> u64 {
    let mut board = "storyboard: 1\ntitle: \"{{product}}\"\nrows: products.csv\nshots:\n".to_owned();
    let mut table = "id,product,look,line\n".to_owned();
    let mut films = HEAD.to_owned();
    for shot in 1..=SHOTS {
        board.push_str(&written_shot(&format!("s{shot}"), "{{look}}", "{{line}}", shot));
    }
    for row in 1..=rows {
        let look = format!("a {row} times glazed stoneware mug with a handle of ash");
        let line = format!("Number {row} keeps warm.");
        let _ = writeln!(table, "mug-{row},Mug {row},{look},{line}");
        for shot in 1..=SHOTS {
            films.push_str(&written_shot(&format!("r{row}-s{shot}"), &look, &line, shot));
        }
    }
    for (name, text) in [("ads.yaml", &board), ("products.csv", &table), ("written-out.yaml", &films)] {
        fs::write(folder.join(name), text).expect("a file can be written");
    }
    films.len() as u64
}

fn written_shot(id: &str, look: &str, line: &str, shot: usize) -> String {
    format!(
        "  - id: {id}\n    scene: Workshop\n    prompt: Close-up of {look}, seen for the {shot}th time, turned slowly towards \
         the light.\n    duration: 5\n    dialogue:\n      - {{speaker: Narrator, line: \"{line}\", at: 1}}\n"
    )
}
