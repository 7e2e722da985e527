//! Goals: putting 60 clips of 5 s at 720p with sound together costs at most 2 times the processor time of
//! `ffmpeg -f concat -c copy`, which clicks and drifts, and at most a tenth of copying the pictures and encoding all
//! sound; the same for chained shots whose doubled frame is dropped; with a dissolve of 0.5 s at each join it costs at
//! most 0.55 of one `xfade` graph over all clips with the same encoder settings, and the largest process is no larger for
//! 60 clips than for 12, give or take a fifth.
//!
//! Our side is the program as a user runs it, from the storyboard to the checked film, with every clip in the store and
//! nothing kept of an earlier film but what was measured of each pair of clips. The clips are what services deliver:
//! H.264 with B-frames and a keyframe a second, and AAC that outlasts the picture by a part of a frame. They are four
//! clips with different trailers: encoding sixty would take minutes and change nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use storyreel_core::index::ShotIndex;
use storyreel_core::timeline::TransitionKind;

use crate::noop::{build, fill_store, trailed};
use crate::process::{Pairs, cost, ms};
use crate::table::{Row, print};

/// Frames of a clip.
pub(crate) const FRAMES: u32 = 121;

/// Frames from one keyframe to the next: about a second, and the last frame, which a chain drops, is no keyframe.
const GROUP: u32 = 25;

/// The encoder settings of both sides.
const ENCODER: &str = "-c:v libx264 -preset veryfast -crf 16";

/// Measures and prints. Returns whether the goals are met.
pub(crate) fn run(short: bool) -> bool {
    let rounds = if short { 3 } else { 7 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let folder = folder.path();
    let clips = shoot(folder);
    let mut rows = Vec::new();
    let cuts = Project::new(folder, "cuts", 60, &clips, "");
    let chained = Project::new(folder, "chained", 60, &clips, "return_last_frame: true, seam: drop, ");
    for project in [&cuts, &chained] {
        let what = format!("60 clips, {}", project.name);
        rows.extend(project.compare(&format!("{what}, against concat -c copy"), rounds, &copied(project), 2.0));
    }
    for project in [&cuts, &chained] {
        let what = format!("60 clips, {}, against encoding all sound", project.name);
        rows.extend(project.compare(&what, 1, &sound_encoded(project), 0.1));
    }
    // The graph takes minutes for sixty clips, and its time grows in proportion.
    let count = if short { 12 } else { 60 };
    let dissolves = Project::new(folder, "dissolves", count, &clips, &dissolve());
    let what = format!("{count} clips, dissolves, against one xfade graph");
    rows.extend(dissolves.compare(&what, 1, &one_graph(&dissolves), 0.55));
    if !short {
        rows.push(memory(folder, &clips));
    }
    print("joins: clips of 5 s at 720p with sound, processor time of all processes", ["storyreel", "ffmpeg"], &rows)
}

fn dissolve() -> String {
    format!("transition: {{type: {}, duration: 0.5}}, ", TransitionKind::Dissolve)
}

/// The largest process of a film of 60 clips beside that of one of 12: it does not grow with the film.
fn memory(folder: &Path, clips: &[Vec<u8>]) -> Row {
    let peak = |name, count| {
        let project = Project::new(folder, name, count, clips, &dissolve());
        cost(&project.folder, &["sh", "-c", &render()]).peak as f64
    };
    let (few, many) = (peak("few", 12), peak("many", 60));
    Row {
        what: "dissolves, the largest process at 60 clips, against 12".to_owned(),
        ours: mib(many),
        theirs: mib(few),
        ratio: many / few,
        goal: Some(1.2),
    }
}

fn mib(bytes: f64) -> String {
    format!("{:.0} MiB", bytes / f64::from(1 << 20))
}

/// Makes the film; nothing of the film before is left, so that every round makes it from its clips.
fn render() -> String {
    format!("rm -rf film.mp4 .storyreel/films && exec {} render -q film.yaml", env!("CARGO_BIN_EXE_storyreel"))
}

/// Four clips that differ.
pub(crate) fn shoot(folder: &Path) -> Vec<Vec<u8>> {
    let clip = |n: u32| {
        let file = folder.join(format!("clip-{n}.mp4"));
        // Not an end that the encoder is told of, which cuts the sound off where it happens to be; and no colour beyond
        // RGB, which some rivals pass through.
        let change = format!("hue=h={}:s=0.6,noise=alls=6:allf=t", 80 * n);
        let picture = format!("testsrc2=s=1280x720:r=24,trim=end_frame={FRAMES},{change}");
        // Two noises that have nothing in common: a wide and busy place. One tone would cost an encoder next to nothing.
        let noise = |side: u32| format!("anoisesrc=color=pink:amplitude=0.3:r=48000:d=5.06:seed={}", 2 * n + side);
        let sound = format!("{}[l];{}[r];[l][r]amerge=inputs=2", noise(0), noise(1));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound]);
        ffmpeg.args(["-c:v", "libx264", "-preset", "veryfast", "-b:v", "6M", "-g", &GROUP.to_string()]);
        build(ffmpeg.args(["-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k"]).arg(&file));
        fs::read(file).expect("the clip is there")
    };
    (0..4).map(clip).collect()
}

/// A storyboard whose clips are all in the store, and the same clips as files for the rival.
pub(crate) struct Project {
    name: &'static str,
    pub(crate) folder: PathBuf,
    count: usize,
}

impl Project {
    pub(crate) fn new(folder: &Path, name: &'static str, count: usize, clips: &[Vec<u8>], keys: &str) -> Self {
        let folder = folder.join(name);
        fs::create_dir_all(folder.join(".git")).expect("a folder can be made");
        let mut board = String::from("storyboard: 1\nfilm: {output: film.mp4}\nshots:\n");
        let mut list = String::from("ffconcat version 1.0\n");
        for n in 0..count {
            // Writing to a String cannot fail.
            let _ = writeln!(board, "  - {{id: s{n}, {keys}prompt: Shot {n}, duration: 5}}");
            let _ = writeln!(list, "file c{n}.mp4");
            fs::write(folder.join(format!("c{n}.mp4")), trailed(&clips[n % clips.len()], n))
                .expect("it can be written");
        }
        fs::write(folder.join("film.yaml"), board).expect("a file can be written");
        fs::write(folder.join("list.txt"), list).expect("a file can be written");
        fill_store(&folder, |_, ShotIndex(n)| {
            let clip = &clips[n % clips.len()];
            (trailed(clip, n), clip.clone())
        });
        Self { name, folder, count }
    }

    /// Our processor time and peak memory beside the rival's.
    pub(crate) fn compare(&self, what: &str, rounds: usize, rival: &[String], goal: f64) -> Vec<Row> {
        let rival: Vec<&str> = rival.iter().map(String::as_str).collect();
        let pairs = Pairs::of(&self.folder, rounds, &["sh", "-c", &render()], &rival);
        let (ours, theirs, ratio) = pairs.medians(|cost| cost.cpu.as_secs_f64());
        let cpu = Row { what: what.to_owned(), ours: ms(ours), theirs: ms(theirs), ratio, goal: Some(goal) };
        let (ours, theirs, ratio) = pairs.medians(|cost| cost.peak as f64);
        let peak =
            Row { what: "  the largest process".to_owned(), ours: mib(ours), theirs: mib(theirs), ratio, goal: None };
        vec![cpu, peak]
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The speed limit: it clicks at every join, and its sound drifts.
fn copied(_: &Project) -> Vec<String> {
    words("ffmpeg -v error -nostdin -y -f concat -i list.txt -c copy rival.mp4")
}

fn inputs(project: &Project) -> String {
    (0..project.count).fold(String::from("ffmpeg -v error -nostdin -y"), |line, n| line + &format!(" -i c{n}.mp4"))
}

/// The pictures copied, the sound of every clip through one graph.
fn sound_encoded(project: &Project) -> Vec<String> {
    let mut args = words(&inputs(project));
    args.extend(words("-f concat -i list.txt -filter_complex"));
    let labels: Vec<String> = (0..project.count).map(|n| format!("[{n}:a]")).collect();
    args.push(format!("{}concat=n={}:v=0:a=1[a]", labels.concat(), project.count));
    args.extend(words(&format!("-map {}:v -map [a] -c:v copy -c:a aac -b:a 192k rival.mp4", project.count)));
    args
}

/// Every clip into one graph, every picture encoded.
fn one_graph(project: &Project) -> Vec<String> {
    let (mut graph, mut before, mut sound) = (String::new(), "0:v".to_owned(), "0:a".to_owned());
    for n in 1..project.count {
        let offset = f64::from(FRAMES - 12) / 24.0 * n as f64;
        let _ = write!(graph, "[{before}][{n}:v]xfade=transition=fade:duration=0.5:offset={offset:.6}[v{n}];");
        let _ = write!(graph, "[{sound}][{n}:a]acrossfade=d=0.5[a{n}];");
        (before, sound) = (format!("v{n}"), format!("a{n}"));
    }
    let mut args = words(&inputs(project));
    args.extend(["-filter_complex".to_owned(), graph.trim_end_matches(';').to_owned()]);
    args.extend(words(&format!("-map [{before}] -map [{sound}] {ENCODER} -c:a aac -b:a 192k rival.mp4")));
    args
}
