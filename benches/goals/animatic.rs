//! Goal: at least 3 animatics of 5 s at 720p for a second of processor time, sound included.
//!
//! Our side is `storyreel render` of 12 shots that the built-in provider paints, from the storyboard to the checked film;
//! a shot's part is a twelfth of it. The floor is what any painter must spend: ffmpeg encoding the very same frames,
//! read as raw video from a file, with the settings that clips made here have, and no sound. The row against a third of
//! a second depends on the machine; the row against the floor does not.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::noop::build;
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

/// Shots of the film.
const SHOTS: u32 = 12;

/// Measures and prints. Returns whether the goal is met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 3 } else { 7 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let folder = folder.path();
    fs::create_dir_all(folder.join(".git")).expect("a folder can be made");
    let mut board = String::from("storyboard: 1\nfilm: {output: film.mp4}\nshots:\n");
    for n in 0..SHOTS {
        // Writing to a String cannot fail.
        let _ = writeln!(board, "  - {{id: s{n}, prompt: \"Shot {n}: she walks the pier in the rain\", duration: 5}}");
    }
    fs::write(folder.join("film.yaml"), board).expect("a file can be written");
    let program = env!("CARGO_BIN_EXE_storyreel");
    build(Command::new(program).args(["render", "-q", "film.yaml"]).current_dir(folder));
    let mut raw = Command::new("ffmpeg");
    raw.args(["-v", "error", "-nostdin", "-t", "5", "-i", "film.mp4", "-map", "0:v", "-f", "rawvideo", "frames.yuv"]);
    build(raw.current_dir(folder));
    let ours = format!("rm -rf film.mp4 film.lock.yaml .storyreel && exec {program} render -q film.yaml");
    let size = format!("{}x{}", 1280, 720);
    let frames = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-f", "rawvideo", "-video_size", &size];
    let encode = [
        "-framerate 24 -i frames.yuv -c:v libx264 -pix_fmt yuv420p -threads 1 -preset ultrafast -qp 20",
        "-x264-params cabac=0:8x8dct=0:bframes=0:ref=1:weightp=0 -g 48 floor.mp4",
    ]
    .join(" ");
    let floor: Vec<&str> = frames.into_iter().chain(encode.split_whitespace()).collect();
    let pairs = Pairs::of(folder, rounds, &["sh", "-c", &ours], &floor);
    let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
    let (shots, third) = (f64::from(SHOTS), 1.0 / 3.0);
    let rows = [
        Row {
            what: "one of 12 animatics, against a third of a second".to_owned(),
            ours: ms(ours / shots),
            theirs: ms(third),
            ratio: ours / shots / third,
            goal: Some(1.0),
        },
        Row {
            what: "the same, against encoding its frames alone".to_owned(),
            ours: ms(ours / shots),
            theirs: ms(theirs),
            ratio: ratio / shots,
            goal: None,
        },
    ];
    let heading = format!("animatic: 5 s at 720p with sound, processor time, {rounds} rounds by turns");
    print(&heading, ["storyreel", "the other side"], &rows)
}
