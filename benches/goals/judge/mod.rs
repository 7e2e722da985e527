//! Goals: judging a clip that has no fault costs at most half the processor time of decoding it once; and of the made
//! clips on which no threshold was set, at most a tenth is judged wrongly.
//!
//! Our side is this program as a child, with the library call that a render makes for every clip that arrives; the other is
//! `ffmpeg -i CLIP -f null -`. The clips of the first goal are what services deliver: 720p at 24 frames a second with sound,
//! H.264 with B-frames and a keyframe a second: a camera that moves into a picture, for 5 s and for 10 s. Two more are told
//! for information: patterns that are decoded in little more time than ffmpeg needs to start, and noise that no encoder can
//! predict. Those of the second are painted, and encoded by turns as services do, coarsely, without B-frames and as HEVC: see `tests/made_clips`.

mod table;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};

use storyreel_core::quality::ClipScore;
use storyreel_media::media::{Ffmpeg, JudgedAgainst};

use self::table::Confusion;
use crate::made_clips::clips::{Head, MadeClip, clips};
use crate::made_clips::film::{ClipFile, Pictures, make};
use crate::noop::build;
use crate::process::{Pairs, ms};
use crate::table::{Row, print};

/// The argument that makes this program judge a clip.
pub(crate) const JUDGE: &str = "judge-clip";

/// Judges a clip whose facts were measured before.
pub(crate) fn judge_one(clip: &str, frames: &str) -> ExitCode {
    let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is installed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let video = storyreel_core::clip::VideoFacts {
        codec: "h264".into(),
        size: storyreel_core::units::Size::new(1280, 720),
        pixels: "yuv420p".into(),
        rate: storyreel_core::units::Rate::FILM,
        frames: frames.parse().expect("a number"),
        parameters: storyreel_core::clip::StreamParameters::default(),
    };
    let audio = storyreel_core::clip::AudioFacts { codec: "aac".into(), sample_rate: 44_100, channels: 2 };
    let facts = storyreel_core::clip::ClipFacts { video, audio: Some(audio), bytes: 0 };
    let against = JudgedAgainst { sound: true, ..JudgedAgainst::default() };
    let score = runtime.block_on(ffmpeg.judge(Path::new(clip), &facts, &against)).expect("the clip can be judged");
    // A clip with a fault is looked at twice, and no measure of this goal.
    if score.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures and prints. Returns whether the goals are met.
pub(crate) fn run(short: bool) -> bool {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let cheap = cost(short, folder.path());
    let right = confusion(short, folder.path());
    cheap && right
}

/// A clip whose judging is measured: what it shows, its length in frames, and how it is encoded.
struct Delivered {
    name: &'static str,
    picture: &'static str,
    frames: &'static str,
    encoder: &'static str,
    /// The part of decoding it once that judging it may cost; `None` for information.
    goal: Option<f64>,
}

const DELIVERED: [Delivered; 4] = [
    Delivered {
        name: "a camera moves in, 5 s",
        picture: "mandelbrot=s=1280x720:r=24:maxiter=300",
        frames: "121",
        encoder: "-preset medium -b:v 3M -g 24",
        goal: Some(0.5),
    },
    Delivered {
        name: "a camera moves in, 10 s",
        picture: "mandelbrot=s=1280x720:r=24:maxiter=300",
        frames: "241",
        encoder: "-preset medium -b:v 3M -g 24",
        goal: Some(0.5),
    },
    Delivered {
        name: "moving patterns, 5 s",
        picture: "testsrc2=s=1280x720:r=24",
        frames: "121",
        encoder: "-preset veryfast -b:v 3M -g 24",
        goal: None,
    },
    Delivered {
        name: "noise, 5 s",
        picture: "testsrc2=s=1280x720:r=24,noise=alls=6:allf=t",
        frames: "121",
        encoder: "-preset veryfast -b:v 6M -g 24",
        goal: None,
    },
];

/// What judging costs.
fn cost(short: bool, folder: &Path) -> bool {
    let rounds = if short { 5 } else { 15 };
    let this = std::env::current_exe().expect("a program knows its own path");
    let this = this.to_str().expect("a path in UTF-8");
    let mut rows = Vec::new();
    for (number, clip) in DELIVERED.iter().enumerate() {
        let name = format!("delivered-{number}.mp4");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", clip.picture, "-f", "lavfi", "-i"]);
        ffmpeg.args(["anoisesrc=a=0.1:r=44100", "-frames:v", clip.frames, "-shortest", "-c:v", "libx264"]);
        ffmpeg.args(["-pix_fmt", "yuv420p", "-ac", "2", "-c:a", "aac"]).args(clip.encoder.split(' '));
        build(ffmpeg.arg(folder.join(&name)));
        let ours = [this, JUDGE, &name, clip.frames];
        let theirs = ["ffmpeg", "-v", "error", "-nostdin", "-i", &name, "-f", "null", "-"];
        let pairs = Pairs::of(folder, rounds, &ours, &theirs);
        let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
        rows.push(Row { what: clip.name.to_owned(), ours: ms(ours), theirs: ms(theirs), ratio, goal: clip.goal });
    }
    let heading = format!("judge: a clip at 720p without fault, processor time, {rounds} rounds by turns");
    print(&heading, ["judged", "decoded"], &rows)
}

/// What is judged rightly and wrongly.
fn confusion(short: bool, folder: &Path) -> bool {
    // A short run takes every fifth.
    let every = if short { 5 } else { 1 };
    let clips: Vec<(usize, MadeClip)> = clips().into_iter().enumerate().step_by(every).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut pictures = Pictures::default();
        let mut judged = Vec::new();
        while let Some((number, clip)) = clips.get(next.fetch_add(1, Ordering::Relaxed)) {
            let file = make(clip, *number, &mut pictures, examples(), folder);
            judged.push((clip.clone(), score(clip, &file)));
        }
        judged
    };
    let judged: Vec<(MadeClip, ClipScore)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a clip can be made and judged")).collect()
    });
    Confusion::of(&judged).print()
}

fn examples() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"))
}

/// The score of a made clip.
fn score(clip: &MadeClip, file: &ClipFile) -> ClipScore {
    let ffmpeg = Ffmpeg::find(None).expect("ffmpeg is installed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let head = file.head.as_deref();
    let against = JudgedAgainst {
        sound: clip.asks_sound,
        speech: clip.asks_speech,
        first_frame: head.filter(|_| clip.head == Head::Own),
        head,
    };
    runtime.block_on(async {
        let facts = ffmpeg.probe(&file.clip).await.expect("the clip can be measured");
        ffmpeg.judge(&file.clip, &facts, &against).await.expect("the clip can be judged")
    })
}
