//! Goal: footage is known from its index alone. Of what counting the packets of the files with ffprobe costs, the first
//! `check` of a storyboard of footage costs at most 0.47 in processor time (30 ms of 63 a file when the goal was set),
//! every later one 0.016 (1 ms), and the first render of the film 0.76 (a quarter of 58 s for 300 files of a second).

use std::fs;
use std::process::Command;

use crate::noop::build;
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

/// Measures and prints. Returns whether the goals are met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 1 } else { 3 };
    let count = if short { 30 } else { 300 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let folder = folder.path();
    make_footage(folder, count);
    let program = env!("CARGO_BIN_EXE_storyreel");
    let cache = "export XDG_CACHE_HOME=$PWD/cache";
    let forget = "rm -rf cache/storyreel/media .storyreel out film.lock.yaml";
    let first = format!("{cache}; {forget}; exec {program} check -q film.yaml");
    let later = format!("{cache}; exec {program} check -q film.yaml");
    let render = format!("{cache}; {forget}; exec {program} render -q film.yaml");
    let probe = "for clip in c*.mp4; do ffprobe -v error -count_packets -show_streams $clip > probed || exit 1; done";
    let mut rows = Vec::new();
    for (what, ours, goal) in
        [("the first check", first, 0.47), ("a later check", later, 0.016), ("the first render", render, 0.76)]
    {
        let pairs = Pairs::of(folder, rounds, &["sh", "-c", &ours], &["sh", "-c", probe]);
        let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
        rows.push(Row { what: what.to_owned(), ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(goal) });
    }
    let heading = format!("footage: {count} files of a second at 720p, processor time, {rounds} rounds by turns");
    print(&heading, ["storyreel", "ffprobe"], &rows)
}

/// Files of footage, each with bytes of its own behind its film, and their storyboard.
fn make_footage(folder: &std::path::Path, count: u32) {
    let base = folder.join("base.mp4");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=24:d=1", "-f", "lavfi"]);
    ffmpeg.args(["-i", "sine=r=48000:d=1", "-pix_fmt", "yuv420p", "-preset", "veryfast", "-colorspace", "bt709"]);
    build(ffmpeg.args(["-color_primaries", "bt709", "-color_trc", "bt709"]).arg(&base));
    let bytes = fs::read(&base).expect("it was made");
    fs::remove_file(&base).expect("it was made");
    let mut storyboard = "storyboard: 1\nshots:\n".to_owned();
    for number in 0..count {
        let free = [&[0, 0, 0, 12][..], b"free", &number.to_be_bytes()].concat();
        fs::write(folder.join(format!("c{number}.mp4")), [&bytes[..], &free].concat()).expect("a file can be written");
        storyboard.push_str(&format!("  - {{id: s{number}, clip: c{number}.mp4}}\n"));
    }
    fs::write(folder.join("film.yaml"), storyboard).expect("a file can be written");
}
