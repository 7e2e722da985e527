//! Goal: `storyreel plan` of 10,000 shots costs at most 3 times the bare parse of the same file, and its memory at most
//! 12 times the size of the file.
//!
//! The bare parse is this program as a child: it reads the file with the YAML library that storyreel uses, into plain
//! typed structs, and ends. Both sides are whole processes; processor time counts. There is no lock and no store, so
//! every shot is planned as new, as on the first day of a film.

use std::process::ExitCode;

use crate::board::{self, Plain};
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

/// The argument that makes this program the bare parse.
pub(crate) const BARE: &str = "bare-parse";

const SHOTS: usize = 10_000;

/// Parses the storyboard `file`.
#[expect(clippy::print_stderr, reason = "a parse that fails must say why")]
pub(crate) fn bare(file: &str) -> ExitCode {
    let text = std::fs::read_to_string(file).expect("the storyboard is there");
    // The library's own limits end just below 10,000 shots.
    let budget = serde_saphyr::budget! { max_events: 4_000_000, max_nodes: 1_000_000 };
    let options = serde_saphyr::options! { budget: budget };
    match serde_saphyr::from_str_with_options::<Plain>(&text, options) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 5 } else { 15 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let bytes = board::write(folder.path(), SHOTS);
    let this = std::env::current_exe().expect("a program knows its own path");
    let theirs = [this.to_str().expect("a path in UTF-8"), BARE, "film.yaml"];
    let program = env!("CARGO_BIN_EXE_storyreel");
    let mut rows = Vec::new();
    for (name, format) in [("table", "table"), ("JSON", "json")] {
        let ours = [program, "plan", "--format", format, "film.yaml"];
        let pairs = Pairs::of(folder.path(), rounds, &ours, &theirs);
        let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
        let what = format!("{name}: processor time");
        rows.push(Row { what, ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(3.0) });
        let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let ratio = pairs.our_peak() as f64 / bytes as f64;
        let (ours, theirs) = (mb(pairs.our_peak()), format!("file {}", mb(bytes as u64)));
        rows.push(Row { what: format!("{name}: peak memory"), ours, theirs, ratio, goal: Some(12.0) });
    }
    let heading = format!("plan: {SHOTS} shots, {bytes} bytes of YAML, {rounds} rounds by turns");
    print(&heading, ["storyreel plan", "bare parse"], &rows)
}
