//! Goals: a film with a dissolve of 0.5 s at each join costs at most a quarter of what it costs with `MoviePy`, and at
//! most a fifteenth of what it costs with editly; the pictures are the same, to an SSIM of at least 0.97.
//!
//! Both are run by name, because they must be installed first: `cargo bench -- moviepy` makes a virtual environment below
//! `target/tmp` and has pip fill it; `cargo bench -- editly` has npm do the same, and builds its native parts, which
//! needs a C++ compiler, Python, pkg-config and the headers of Cairo, Pango, JPEG, GIF, librsvg, Xi, GLU and GLEW, and
//! Xvfb for a display (Debian: `g++ make pkg-config libcairo2-dev libpango1.0-dev libjpeg62-turbo-dev libgif-dev
//! librsvg2-dev libxi-dev libglu1-mesa-dev libglew-dev xvfb xauth`). All sides cut the same clips with x264 at the same
//! settings and encode sound as AAC.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::joins::{FRAMES, Project, shoot};
use crate::noop::build;
use crate::table::{Row, print};

/// The least structural similarity of two films that show the same.
const ALIKE: f64 = 0.97;

/// Measures against `MoviePy` and prints. Returns whether the goals are met.
pub(crate) fn moviepy(short: bool) -> bool {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moviepy");
    let python = home.join("bin/python3");
    if !python.exists() {
        build(Command::new("python3").args(["-m", "venv"]).arg(&home));
        build(Command::new(&python).args(["-m", "pip", "install", "--quiet", "moviepy==2.2.1"]));
    }
    let count = if short { 4 } else { 12 };
    against("moviepy", count, 0.25, |folder| {
        let script = folder.join("rival.py");
        fs::write(&script, format!("COUNT = {count}\n{MOVIEPY}")).expect("a file can be written");
        vec![python.display().to_string(), "rival.py".to_owned()]
    })
}

/// The film as `MoviePy`'s own documentation makes one with cross-fades.
const MOVIEPY: &str = "\
from moviepy import CompositeVideoClip, VideoFileClip, afx, vfx

FADE, clips, at = 0.5, [], 0.0
for n in range(COUNT):
    clip = VideoFileClip(f'c{n}.mp4').with_start(at)
    if n > 0:
        clip = clip.with_effects([vfx.CrossFadeIn(FADE), afx.AudioFadeIn(FADE)])
    if n < COUNT - 1:
        clip = clip.with_effects([afx.AudioFadeOut(FADE)])
    clips.append(clip)
    at += 121 / 24 - FADE
CompositeVideoClip(clips).write_videofile('rival.mp4', fps=24, codec='libx264', audio_codec='aac', logger=None,
    audio_bitrate='192k', preset='veryfast', ffmpeg_params=['-crf', '16', '-pix_fmt', 'yuv420p'])
";

/// Measures against editly and prints. Returns whether the goals are met.
pub(crate) fn editly(short: bool) -> bool {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editly");
    let program = home.join("node_modules/.bin/editly");
    if !program.exists() {
        fs::create_dir_all(&home).expect("a folder can be made");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-fund", "--no-audit", "--prefix"]).arg(&home).arg("editly@0.14.2");
        // With Node's own headers its native parts are built without another download.
        let headers = PathBuf::from("/usr/include/node");
        build(if headers.is_dir() { npm.env("npm_config_nodedir", "/usr") } else { &mut npm });
    }
    let count = if short { 3 } else { 6 };
    against("editly", count, 0.066, |folder| {
        let clip = |n: usize| format!("{{\"layers\": [{{\"type\": \"video\", \"path\": \"c{n}.mp4\"}}]}}");
        let clips: Vec<String> = (0..count).map(clip).collect();
        let mut spec = String::from("{\"outPath\": \"rival.mp4\", \"width\": 1280, \"height\": 720, \"fps\": 24, ");
        spec += "\"keepSourceAudio\": true, \"customOutputArgs\": [\"-c:v\", \"libx264\", \"-preset\", \"veryfast\", ";
        spec += "\"-crf\", \"16\", \"-pix_fmt\", \"yuv420p\", \"-c:a\", \"aac\", \"-movflags\", \"faststart\"], ";
        spec += "\"defaults\": {\"transition\": {\"name\": \"fade\", \"duration\": 0.5}}, ";
        // Writing to a String cannot fail.
        let _ = write!(spec, "\"clips\": [{}]}}", clips.join(", "));
        fs::write(folder.join("rival.json5"), spec).expect("a file can be written");
        let line = "xvfb-run -a -s";
        let screen = "-ac -screen 0 1280x720x24".to_owned();
        let mut args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        args.extend([screen, program.display().to_string(), "rival.json5".to_owned()]);
        args
    })
}

fn against(name: &str, count: usize, goal: f64, rival: impl Fn(&Path) -> Vec<String>) -> bool {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let clips = shoot(folder.path());
    let project =
        Project::new(folder.path(), "dissolves", count, &clips, "transition: {type: dissolve, duration: 0.5}, ");
    let rival = rival(&project.folder);
    let what = format!("{count} clips, dissolves, against {name}");
    let mut rows = project.compare(&what, 1, &rival, goal);
    let ssim = ssim(&project.folder);
    rows.push(Row {
        what: "  unlikeness of the two films (1 - SSIM), against the most allowed".to_owned(),
        ours: format!("{:.4}", 1.0 - ssim),
        theirs: format!("{:.4}", 1.0 - ALIKE),
        ratio: (1.0 - ssim) / (1.0 - ALIKE),
        goal: Some(1.0),
    });
    let frames = count as u32 * FRAMES - (count as u32 - 1) * 12;
    print(
        &format!("{name}: {frames} frames at 720p with sound, processor time of all processes"),
        ["storyreel", name],
        &rows,
    )
}

/// The mean structural similarity of our film and the rival's, frame by frame.
fn ssim(folder: &Path) -> f64 {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-nostats", "-i", "film.mp4", "-i", "rival.mp4"]).current_dir(folder);
    let compare = "[0:v]settb=1/24,setpts=N[a];[1:v]settb=1/24,setpts=N[b];[a][b]ssim";
    let output = ffmpeg.args(["-lavfi", compare, "-f", "null", "-"]).output().expect("ffmpeg is installed");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let all = log.rsplit("All:").next().and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    all.unwrap_or_else(|| panic!("ffmpeg says no SSIM: {log}"))
}
