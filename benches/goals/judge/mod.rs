//! Goals: judging a clip adds at most half to the processor time of decoding it once, which is done anyway to see that it
//! is whole; and of the made clips on which no threshold was set, at most a tenth is judged wrongly.
//!
//! Our side is this program as a child, with the library call that a render makes for every clip that arrives; the other is
//! `ffmpeg -i CLIP -f null -`. The clips of the first goal are what services deliver: 720p at 24 frames a second with sound
//! in H.264. Those of the second are painted, and encoded by turns as services do, coarsely, without B-frames and as HEVC:
//! see the crate `storyreel-made-clips`.

mod table;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};

use storyreel_made_clips::{ClipFile, Head, MadeClip, Pictures, clips, make};
use storyreel_media::media::{Ffmpeg, JudgedAgainst};
use storyreel_quality::ClipScore;

use self::table::Confusion;
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
    let judged = runtime.block_on(ffmpeg.judge(Path::new(clip), &facts, &against));
    if judged.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
}

/// Decoding a clip once, and half of that.
const GOAL: f64 = 1.5;

const DELIVERED: [Delivered; 6] = [
    Delivered {
        name: "a camera moves in, 5 s",
        picture: "mandelbrot=s=1280x720:r=24:maxiter=300",
        frames: "121",
        encoder: "-preset medium -b:v 3M -g 24",
    },
    Delivered {
        name: "a camera moves in, 10 s",
        picture: "mandelbrot=s=1280x720:r=24:maxiter=300",
        frames: "241",
        encoder: "-preset medium -b:v 3M -g 24",
    },
    Delivered {
        name: "moving patterns, 5 s",
        picture: "testsrc2=s=1280x720:r=24",
        frames: "121",
        encoder: "-preset veryfast -b:v 3M -g 24",
    },
    Delivered {
        name: "noise, 5 s",
        picture: "testsrc2=s=1280x720:r=24,noise=alls=6:allf=t",
        frames: "121",
        encoder: "-preset veryfast -b:v 6M -g 24",
    },
    Delivered {
        name: "no B-frames, 5 s",
        picture: "mandelbrot=s=1280x720:r=24:maxiter=300",
        frames: "121",
        encoder: "-preset medium -b:v 3M -g 24 -bf 0",
    },
    Delivered {
        name: "black from 2 s on, 5 s",
        picture: "testsrc2=s=1280x720:r=24,fade=out:48:1",
        frames: "121",
        encoder: "-preset veryfast -b:v 3M -g 24",
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
        rows.push(Row { what: clip.name.to_owned(), ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(GOAL) });
    }
    let heading = format!("judge: a clip at 720p, processor time, {rounds} rounds by turns");
    print(&heading, ["decoded and judged", "decoded"], &rows)
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
