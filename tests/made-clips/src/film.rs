//! Made clips as files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::clips::MadeClip;
use crate::moment::{Moment, Subject};
use crate::paint::{Picture, SIZE, paint};

/// How clips are encoded, by turns: as services do, coarsely, without pictures that are left out, and as HEVC.
const ENCODERS: [&str; 4] = [
    "-c:v libx264 -preset veryfast -crf 21 -g 24",
    "-c:v libx264 -preset medium -crf 27 -g 250",
    "-c:v libx264 -preset veryfast -crf 23 -bf 0 -g 48",
    "-c:v libx265 -preset ultrafast -crf 26 -x265-params log-level=error",
];

/// The pictures of subjects, each made once.
#[derive(Default)]
pub struct Pictures(BTreeMap<Subject, Picture>);

impl Pictures {
    /// The frame that shows a moment: red, green and blue.
    pub(crate) fn frame(&mut self, moment: &Moment, examples: &Path) -> Vec<u8> {
        for subject in [Some(moment.subject), moment.mixed.map(|(subject, _)| subject)].into_iter().flatten() {
            self.0.entry(subject).or_insert_with(|| Picture::of(subject, examples));
        }
        paint(moment, |subject| &self.0[&subject])
    }
}

/// A made clip in a folder.
pub struct ClipFile {
    /// The clip.
    pub clip: PathBuf,
    /// The head of its chain.
    pub head: Option<PathBuf>,
}

/// Makes the clip of number `number` in `folder`; drawings are those of the examples below `examples`.
pub fn make(clip: &MadeClip, number: usize, pictures: &mut Pictures, examples: &Path, folder: &Path) -> ClipFile {
    let out = folder.join(format!("{number}.mp4"));
    let head = clip.head_moment().map(|moment| {
        let png = folder.join(format!("{number}.png"));
        let mut ffmpeg = raw_input();
        let frame = pictures.frame(&moment, examples);
        run(ffmpeg.args(["-frames:v", "1"]).arg(&png), std::iter::once(frame));
        png
    });
    let mut ffmpeg = raw_input();
    if let Some(samples) = clip.sound.samples(clip.frames as f32 / 24.0) {
        let file = folder.join(format!("{number}.s16"));
        fs::write(&file, samples).expect("a file can be written");
        ffmpeg.args(["-f", "s16le", "-ar", "48000", "-ac", "1", "-i"]).arg(file).args(["-c:a", "aac", "-b:a", "96k"]);
    }
    ffmpeg.args(["-vf", "scale=out_color_matrix=bt709,format=yuv420p"]);
    ffmpeg.args(ENCODERS[number % ENCODERS.len()].split(' ')).arg(&out);
    run(&mut ffmpeg, (0..clip.frames).map(|frame| pictures.frame(&clip.moment(frame), examples)));
    ClipFile { clip: out, head }
}

/// An ffmpeg that reads frames from its standard input.
fn raw_input() -> Command {
    let mut ffmpeg = Command::new("ffmpeg");
    let size = format!("{}x{}", SIZE.0, SIZE.1);
    ffmpeg.args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-r", "24", "-s", &size, "-i", "pipe:0"]);
    ffmpeg
}

/// Runs ffmpeg on frames.
fn run(ffmpeg: &mut Command, frames: impl Iterator<Item = Vec<u8>>) {
    let mut child = ffmpeg.stdin(Stdio::piped()).spawn().expect("ffmpeg can be started");
    let mut pipe = child.stdin.take().expect("it was piped");
    for frame in frames {
        pipe.write_all(&frame).expect("ffmpeg reads all");
    }
    drop(pipe);
    assert!(child.wait().expect("it ends").success(), "{ffmpeg:?}");
}
