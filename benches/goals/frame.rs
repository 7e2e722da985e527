//! Goal: the exact last frame of a clip costs at most 1.3 times the processor time of decoding its last group of pictures.
//!
//! Our side finds the frame, converts it to RGB and writes a PNG file: this program as a child, with the library call
//! that a render makes when one shot continues another. The other side is ffmpeg, told where the last keyframe lies, and
//! decoding from there to the end into nothing. One clip has a keyframe every two seconds, one only at its beginning.

use std::path::Path;
use std::process::{Command, ExitCode};

use storyreel_media::media::Ffmpeg;

use crate::noop::build;
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

/// The argument that makes this program take a frame.
pub(crate) const TAKE: &str = "last-frame";

/// Takes the last frame of `clip` into `png`.
pub(crate) fn take(clip: &str, png: &str) -> ExitCode {
    let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is installed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // What a render knows of a clip by then; measuring it is no part of this goal.
    let facts = std::fs::read(format!("{clip}.frames")).expect("the clip was measured");
    let frames = String::from_utf8_lossy(&facts).trim().parse().expect("a number");
    let video = storyreel_core::clip::VideoFacts {
        codec: "h264".into(),
        size: storyreel_core::units::Size::new(1280, 720),
        pixels: "yuv420p".into(),
        rate: storyreel_core::units::Rate::FILM,
        frames,
        parameters: storyreel_core::clip::StreamParameters::default(),
    };
    let facts = storyreel_core::clip::ClipFacts { video, audio: None, bytes: 0 };
    runtime.block_on(ffmpeg.last_frame(Path::new(clip), &facts, Path::new(png))).expect("the frame is taken");
    ExitCode::SUCCESS
}

/// Measures and prints. Returns whether the goals are met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 3 } else { 9 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let folder = folder.path();
    let this = std::env::current_exe().expect("a program knows its own path");
    let this = this.to_str().expect("a path in UTF-8");
    let mut rows = Vec::new();
    for (gap, last) in [(48, "4"), (250, "0")] {
        let name = format!("{gap}.mp4");
        let mut ffmpeg = Command::new("ffmpeg");
        let picture = "testsrc2=s=1280x720:r=24,noise=alls=6:allf=t";
        ffmpeg.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-frames:v", "121", "-c:v", "libx264"]);
        ffmpeg.args(["-preset", "veryfast", "-b:v", "6M", "-pix_fmt", "yuv420p", "-sc_threshold", "0"]);
        build(ffmpeg.args(["-g", &gap.to_string()]).arg(folder.join(&name)));
        std::fs::write(folder.join(format!("{name}.frames")), "121").expect("a file can be written");
        let ours = [this, TAKE, &name, "last.png"];
        let theirs =
            ["ffmpeg", "-v", "error", "-nostdin", "-ss", last, "-i", &name, "-map", "0:V:0", "-f", "null", "-"];
        let pairs = Pairs::of(folder, rounds, &ours, &theirs);
        let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
        let group = if gap == 48 { 25 } else { 121 };
        let what = format!("a last group of {group} frames");
        rows.push(Row { what, ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(1.3) });
    }
    let heading = format!("frame: the last of a clip of 5 s at 720p, processor time, {rounds} rounds by turns");
    print(&heading, ["storyreel", "ffmpeg"], &rows)
}
