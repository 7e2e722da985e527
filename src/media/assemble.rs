//! A timeline becomes a film: conform what cannot be copied, join the rest as it is, and check the result.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures::StreamExt as _;
use tokio::process::Child;

use super::fresh::Fresh;
use super::probe::{Fingerprint, Measured};
use super::run::{Setting, Task, finish};
use super::{Ffmpeg, MediaError, sound};
use crate::clip::{AudioFacts, ClipFacts};
use crate::timeline::args::{self, LIST, METADATA, concat_list, metadata, named, segment_name, words};
use crate::timeline::{SAMPLE_RATE, Timeline, Treatment};
use crate::units::Digest;

/// Samples in one AAC packet: the grain in which a sound track can be declared.
const AAC_PACKET: f64 = 1024.0;

/// Share of the progress that belongs to encoding, when anything is encoded: copying takes next to nothing beside it.
const ENCODING: f32 = 0.9;

/// A film that was assembled and found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// Frames of the film, counted in the file.
    pub frames: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Its sound, if it has any.
    pub audio: Option<AudioFacts>,
    /// How many segments were copied.
    pub copied: usize,
    /// How many segments were encoded.
    pub encoded: usize,
}

impl Ffmpeg {
    /// Makes the film of `timeline` at `out`, with intermediate files in a folder of its own under `work_dir`.
    ///
    /// `progress` hears how much is done, from 0 to 1. The film at `out` is replaced only by one that has been read
    /// back and has every frame at its exact time. Whether it fails or is dropped half-way, what was at `out` stays,
    /// and nothing else is left behind. Equal inputs give equal bytes.
    ///
    /// Joins of every kind are laid as plain cuts; music and loudness are not applied.
    pub async fn assemble(
        &self,
        timeline: &Timeline,
        clip_path: impl Fn(&Digest) -> PathBuf + Send,
        work_dir: &Path,
        out: &Path,
        mut progress: impl FnMut(f32) + Send,
    ) -> Result<Assembled, MediaError> {
        let absolute = |path: PathBuf| std::path::absolute(&path).map_err(MediaError::file("read", &path));
        let clips: Result<Vec<PathBuf>, _> =
            timeline.segments.iter().map(|segment| absolute(clip_path(&segment.clip))).collect();
        let clips = clips?;
        let fresh = Fresh::beside(out)?;
        let work = tempfile::Builder::new().prefix("film-").tempdir_in(work_dir);
        let work = work.map_err(MediaError::file("write", work_dir))?;
        let encoded = self.pictures(timeline, &clips, work.path(), &mut progress).await?;
        let start = if encoded > 0 { ENCODING } else { 0.0 };
        for (name, text) in [(LIST, concat_list(timeline)), (METADATA, metadata(timeline))] {
            let file = work.path().join(name);
            tokio::fs::write(&file, text).await.map_err(MediaError::file("write", &file))?;
        }
        let args = [progress_args(), args::mux(timeline, &named(fresh.path()))].concat();
        let stdin = if timeline.has_sound() { Stdio::piped() } else { Stdio::null() };
        let mux = self.start(&args, Setting { stdin, folder: Some(work.path()) })?;
        let report = |done: f32| progress(start + (1.0 - start) * done);
        self.join(timeline, &clips, mux, out, report).await?;
        let film = self.measure(fresh.path(), Fingerprint::Spared).await?;
        check(timeline, &film).map_err(|what| MediaError::Wrong { file: out.to_owned(), what })?;
        fresh.commit().await?;
        progress(1.0);
        let ClipFacts { video, audio, bytes } = film.facts;
        Ok(Assembled { frames: video.frames, bytes, audio, copied: timeline.segments.len() - encoded, encoded })
    }

    /// Puts every segment's picture into `work` under its name, as a link to the clip or encoded, and returns how many
    /// were encoded. One encoder per processor: each runs on one thread.
    async fn pictures(
        &self,
        timeline: &Timeline,
        clips: &[PathBuf],
        work: &Path,
        progress: &mut (impl FnMut(f32) + Send),
    ) -> Result<usize, MediaError> {
        let mut jobs = Vec::new();
        for (index, (segment, clip)) in timeline.segments.iter().zip(clips).enumerate() {
            let name = segment_name(index);
            match segment.treatment {
                Treatment::Copy => link(clip, &work.join(name)).map_err(MediaError::file("read", clip))?,
                Treatment::Encode(_) => {
                    let file = work.join(&name);
                    let args = args::conform(timeline, segment, clip, &file);
                    jobs.push(
                        async move { self.output(Task::new("conform", clip), &args).await.map(|_| segment.length) },
                    );
                }
            }
        }
        let count = jobs.len();
        let total: u64 = timeline.frames().max(1);
        let mut done = 0;
        let side_by_side = std::thread::available_parallelism().map_or(1, usize::from);
        let mut running = futures::stream::iter(jobs).buffer_unordered(side_by_side);
        while let Some(frames) = running.next().await {
            done += frames?;
            progress(ENCODING * done as f32 / total as f32);
        }
        Ok(count)
    }

    /// Runs the muxer to its end while the sound is poured into it.
    async fn join(
        &self,
        timeline: &Timeline,
        clips: &[PathBuf],
        mut mux: Child,
        out: &Path,
        mut report: impl FnMut(f32) + Send,
    ) -> Result<(), MediaError> {
        let task = Task::new("assemble", out);
        let sink = mux.stdin.take();
        let pouring = async {
            match sink {
                Some(sink) => sound::pour(self, timeline, clips, sink, out).await,
                None => Ok(()),
            }
        };
        let length = timeline.rate.seconds(timeline.frames());
        let mut lines = String::new();
        let listening = finish(mux, task, |chunk| {
            lines.push_str(&String::from_utf8_lossy(chunk));
            if let Some(seconds) = last_time(&mut lines) {
                report((seconds / length).clamp(0.0, 1.0) as f32);
            }
        });
        let (poured, ended) = tokio::join!(pouring, listening);
        let (status, tail) = ended?;
        // When the muxer fails, pouring fails too, with nothing more to say than that its pipe broke.
        task.judge(status, &tail)?;
        poured
    }
}

fn progress_args() -> Vec<std::ffi::OsString> {
    let mut args = Vec::new();
    words(&mut args, "-nostats -progress pipe:1");
    args
}

/// Takes whole lines off `lines` and returns the last time among them, in seconds.
fn last_time(lines: &mut String) -> Option<f64> {
    let whole: String = lines.drain(..=lines.rfind('\n')?).collect();
    let micros = whole.lines().rev().find_map(|line| line.strip_prefix("out_time_us=")?.parse::<f64>().ok())?;
    Some(micros / 1e6)
}

#[cfg(unix)]
fn link(clip: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(clip, name)
}

/// Links need a privilege on Windows, and hard links one volume; a copy always works.
#[cfg(not(unix))]
fn link(clip: &Path, name: &Path) -> std::io::Result<()> {
    std::fs::hard_link(clip, name).or_else(|_| std::fs::copy(clip, name).map(drop))
}

/// Compares the film with its timeline: every frame at exactly its time, and sound as long as the picture.
fn check(timeline: &Timeline, film: &Measured) -> Result<(), String> {
    let (video, wanted) = (&film.facts.video, timeline.frames());
    if video.frames != wanted {
        return Err(format!("it has {} frames and should have {wanted}", video.frames));
    }
    if video.size != timeline.size {
        return Err(format!("it is {} and should be {}", video.size, timeline.size));
    }
    let exact = |(&stamp, n): (&i64, i128)| {
        i128::from(stamp) * i128::from(film.tick.0) * i128::from(timeline.rate.num)
            == n * i128::from(timeline.rate.den) * i128::from(film.tick.1)
    };
    if let Some(frame) = film.stamps.iter().zip(0..).position(|pair| !exact(pair)) {
        return Err(format!("frame {frame} is not at its time"));
    }
    let length = timeline.rate.seconds(wanted);
    match film.sound {
        None if timeline.has_sound() => Err("its sound is missing".to_owned()),
        Some(sound) if (sound - length).abs() > AAC_PACKET / f64::from(SAMPLE_RATE) => {
            Err(format!("its sound lasts {sound:.3} s and its picture {length:.3} s"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_from_whole_lines() {
        let mut lines = "frame=1\nout_time_us=N/A\nout_time_us=1500000\nout_time_us=99".to_owned();
        assert_eq!(last_time(&mut lines), Some(1.5));
        assert_eq!(lines, "out_time_us=99");
        assert_eq!(last_time(&mut lines), None);
    }
}
