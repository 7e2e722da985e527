//! Clips and films made, measured and joined by the installed ffmpeg.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod clips;
mod copies;
mod films;
mod footage;
mod formats;
mod frames;
mod joins;
mod judge;
mod meter;
mod mix;
mod seams;
mod transitions;
mod words;

use std::path::{Path, PathBuf};
use std::process::Command;

use storyreel_core::clip::ClipFacts;
use storyreel_core::timeline::{ClipPiece, Fit, Join, Shape, Timeline, lay};
use storyreel_core::units::{Digest, Rate, Size};
use storyreel_media::media::{AssembledFilm, AssemblyPaths, Ffmpeg, FrameSource, MediaError, PaintedSound};

use crate::support::newest;

/// Small enough to encode in no time, large enough for x264.
const SMALL: Size = Size::new(96, 64);

/// A folder of its own and the tools.
struct Studio {
    dir: tempfile::TempDir,
    kept: tempfile::TempDir,
    ffmpeg: Ffmpeg,
    runtime: tokio::runtime::Runtime,
}

/// A clip in a studio.
#[derive(Clone)]
struct Clip {
    path: PathBuf,
    digest: Digest,
    facts: ClipFacts,
}

impl Studio {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            kept: tempfile::tempdir().unwrap(),
            ffmpeg: Ffmpeg::find(None).unwrap(),
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Makes a file with ffmpeg's own sources; `args` are words.
    #[track_caller]
    fn make(&self, name: &str, args: &str) -> PathBuf {
        let path = self.path(name);
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y"])
            .args(args.split_whitespace())
            .arg(&path)
            .current_dir(self.dir.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{args}: {}", String::from_utf8_lossy(&made.stderr));
        path
    }

    #[track_caller]
    fn clip(&self, path: PathBuf) -> Clip {
        let facts = self.wait(self.ffmpeg.probe(&path)).unwrap();
        Clip { digest: Digest::of(&std::fs::read(&path).unwrap()), path, facts }
    }

    /// A painted clip of `frames` frames whose shade moves from `shade` on.
    #[track_caller]
    fn painted(&self, name: &str, frames: u64, shade: u8, tone: Option<PaintedSound>) -> Clip {
        let path = self.path(name);
        self.wait(self.ffmpeg.encode(reel(frames, shade), tone, &path)).unwrap();
        self.clip(path)
    }

    fn assemble(&self, timeline: &Timeline, clips: &[Clip], out: &Path) -> Result<AssembledFilm, MediaError> {
        let find = |digest: &Digest| clips.iter().find(|clip| clip.digest == *digest).unwrap().path.clone();
        self.wait(self.ffmpeg.assemble(timeline, find, self.places(out), |_| {}))
    }

    /// A film's places; what is kept lies in a folder of its own, away from what tests count.
    fn places<'a>(&'a self, out: &'a Path) -> AssemblyPaths<'a> {
        AssemblyPaths { work: self.dir.path(), kept: self.kept.path(), out, plates: &[] }
    }

    /// Names of everything in the studio's folder.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn reel(frames: u64, shade: u8) -> FrameSource {
    let paint = move |n: u64, bytes: &mut [u8]| {
        bytes.fill(128);
        let luma = bytes.len() * 2 / 3;
        for (i, byte) in bytes[..luma].iter_mut().enumerate() {
            *byte = 16 + ((i as u64 * u64::from(shade) + n * 7) % 219) as u8;
        }
    };
    FrameSource { size: SMALL, rate: Rate::FILM, frames, paint: Box::new(paint) }
}

#[track_caller]
fn timeline(clips: &[Clip], size: Size, rate: Rate) -> Timeline {
    timeline_with(clips, size, rate, &vec![Join::Cut; clips.len()])
}

#[track_caller]
fn timeline_with(clips: &[Clip], size: Size, rate: Rate, joins: &[Join]) -> Timeline {
    shaped(clips, Shape { size, rate, codec: None }, Fit::Letterbox, joins)
}

#[track_caller]
fn shaped(clips: &[Clip], shape: Shape, fit: Fit, joins: &[Join]) -> Timeline {
    let mut pieces = pieces(clips, joins);
    pieces.iter_mut().for_each(|piece| piece.fit = fit);
    lay("A film", shape, pieces).unwrap()
}

fn pieces(clips: &[Clip], joins: &[Join]) -> Vec<ClipPiece> {
    let piece = |(n, (clip, &join)): (usize, (&Clip, &Join))| ClipPiece {
        shot: format!("s{n}").parse().unwrap(),
        clip: clip.digest,
        facts: clip.facts.clone(),
        join,
        fit: Fit::Letterbox,
        trim: (0, 0),
        grade: None,
        burned: false,
    };
    clips.iter().zip(joins).enumerate().map(piece).collect()
}

/// What ffprobe prints for `entries`, without names.
fn probed(path: &Path, args: &str) -> Vec<String> {
    let mut file = std::ffi::OsString::from("file:");
    file.push(path);
    let command = newest::program("ffprobe")
        .args(["-v", "error", "-of", "compact=p=0:nk=1"])
        .args(args.split_whitespace())
        .arg(file)
        .output()
        .unwrap();
    assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
    String::from_utf8(command.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What ffmpeg writes to standard output for `args` after the input.
fn decoded(path: &Path, args: &str) -> Vec<u8> {
    let mut file = std::ffi::OsString::from("file:");
    file.push(path);
    let command = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(args.split_whitespace())
        .arg("pipe:1")
        .output()
        .unwrap();
    assert!(command.status.success(), "{}", String::from_utf8_lossy(&command.stderr));
    command.stdout
}

/// Asserts that every frame of the film lies at exactly n frames of its rate, in one time scale.
#[track_caller]
fn assert_exact_times(film: &Path, frames: u64, rate: Rate) {
    let scale: u64 = probed(film, "-select_streams v -show_entries stream=time_base")[0][2..].parse().unwrap();
    let stamps = probed(film, "-select_streams v -show_entries packet=pts");
    let stamp = |line: &String| line.split('|').next().unwrap().parse::<u64>().unwrap();
    let mut stamps: Vec<u64> = stamps.iter().filter(|line| !line.is_empty()).map(stamp).collect();
    stamps.sort_unstable();
    assert_eq!(stamps.len() as u64, frames);
    for (n, stamp) in (0..).zip(stamps) {
        assert_eq!(stamp * u64::from(rate.num), n * u64::from(rate.den) * scale, "frame {n}");
    }
}
