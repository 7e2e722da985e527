//! The film's sound as one stream of samples: each clip's sound cut or padded to its place, softened at the joins.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin};

use super::encode::SOUND;
use super::run::{Setting, Task, tail};
use super::{Ffmpeg, MediaError};
use crate::timeline::args::{named, words};
use crate::timeline::{SAMPLE_RATE, Timeline};

/// Bytes of one moment of sound: two channels of 32-bit floating-point numbers.
const MOMENT: usize = 8;
/// Length of the fade on either side of a join, in moments: 5 ms, which removes the click and is not heard as a fade.
const FADE: usize = SAMPLE_RATE as usize / 200;
/// Decoders that run ahead of the one being read. They wait once their pipe is full, so memory stays flat.
const AHEAD: usize = 1;

/// Writes the sound of the whole film into `sink`: stereo `f32le` at [`SAMPLE_RATE`].
///
/// Every clip fills exactly the samples from its first film frame to its last, counted from the film's start: shorter
/// sound is padded, longer sound ends where the next clip begins, and nothing adds up over the joins.
pub(super) async fn pour(
    ffmpeg: &Ffmpeg,
    timeline: &Timeline,
    clips: &[PathBuf],
    mut sink: ChildStdin,
    film: &Path,
) -> Result<(), MediaError> {
    let mut sources = (0..clips.len()).map(|index| decoder(ffmpeg, timeline, clips, index));
    let mut running: VecDeque<Option<Child>> = sources.by_ref().take(AHEAD).collect::<Result<_, _>>()?;
    for (segment, clip) in timeline.segments.iter().zip(clips) {
        running.extend(sources.next().transpose()?);
        let place = timeline.sample(segment.at)..timeline.sample(segment.at + segment.length);
        let mut room = Room { sink: &mut sink, left: (place.end - place.start) as usize * MOMENT, film };
        if let Some(child) = running.pop_front().flatten() {
            one(child, clip, &mut room).await?;
        }
        room.silence().await?;
    }
    sink.shutdown().await.map_err(MediaError::file("write", film))
}

/// Starts decoding the sound of one clip, if it has any.
fn decoder(ffmpeg: &Ffmpeg, timeline: &Timeline, clips: &[PathBuf], index: usize) -> Result<Option<Child>, MediaError> {
    let segment = &timeline.segments[index];
    if segment.facts.audio.is_none() {
        return Ok(None);
    }
    let start = segment.facts.video.rate.ticks(segment.frames.start, u64::from(SAMPLE_RATE));
    let length = timeline.sample(segment.at + segment.length) - timeline.sample(segment.at);
    ffmpeg.start(&decode_args(&clips[index], start..start + length), Setting::default()).map(Some)
}

fn decode_args(clip: &Path, samples: Range<u64>) -> Vec<OsString> {
    let mut args = vec!["-i".into(), named(clip)];
    words(&mut args, "-map 0:a:0 -vn -sn -dn -af");
    args.push(format!("{SOUND},atrim=start_sample={}:end_sample={}", samples.start, samples.end).into());
    words(&mut args, "-c:a pcm_f32le -f f32le pipe:1");
    args
}

/// Copies one clip's sound into its room, faded in and out.
async fn one(mut child: Child, clip: &Path, room: &mut Room<'_>) -> Result<(), MediaError> {
    let task = Task::new("decode the sound of", clip);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let copying = async {
        let mut stdout = stdout.expect("standard output was piped when the child was spawned");
        // What is read and not yet written; the last moments stay here until it is known that they are the last.
        let mut held: Vec<u8> = Vec::new();
        let mut fresh = true;
        loop {
            let count = stdout.read_buf(&mut held).await.map_err(MediaError::file(task.verb, clip))?;
            if count > 0 && held.len() < 64 * FADE * MOMENT {
                continue;
            }
            if std::mem::take(&mut fresh) {
                fade(&mut held, |n| n);
            }
            if count == 0 {
                held.truncate(held.len().min(room.left) / MOMENT * MOMENT);
                let moments = held.len() / MOMENT;
                fade(&mut held, |n| moments - 1 - n);
                return room.put(&held).await;
            }
            let ready = (held.len() - FADE * MOMENT) / MOMENT * MOMENT;
            room.put(&held[..ready]).await?;
            held.drain(..ready);
        }
    };
    let (copied, tail) = tokio::join!(copying, tail(stderr));
    copied?;
    let status = child.wait().await.map_err(MediaError::file(task.verb, clip))?;
    task.judge(status, &tail)
}

/// Weakens the moments whose distance from an edge, given their place, is less than [`FADE`].
fn fade(samples: &mut [u8], distance: impl Fn(usize) -> usize) {
    for (n, moment) in samples.chunks_exact_mut(MOMENT).enumerate() {
        let near = distance(n);
        if near >= FADE {
            continue;
        }
        let gain = near as f32 / FADE as f32;
        for sample in moment.chunks_exact_mut(4) {
            let value = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
            sample.copy_from_slice(&(value * gain).to_le_bytes());
        }
    }
}

/// What is left to fill of one clip's place in the film.
struct Room<'a> {
    sink: &'a mut ChildStdin,
    /// In bytes.
    left: usize,
    film: &'a Path,
}

impl Room<'_> {
    async fn put(&mut self, bytes: &[u8]) -> Result<(), MediaError> {
        let bytes = &bytes[..bytes.len().min(self.left)];
        self.left -= bytes.len();
        self.sink.write_all(bytes).await.map_err(MediaError::file("write", self.film))
    }

    async fn silence(&mut self) -> Result<(), MediaError> {
        let zeros = [0; 1 << 13];
        while self.left > 0 {
            self.put(&zeros).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fades_touch_the_edge_only() {
        let mut samples: Vec<u8> = (0..4 * FADE).flat_map(|_| 1.0_f32.to_le_bytes()).collect();
        let moments = samples.len() / MOMENT;
        fade(&mut samples, |n| n);
        fade(&mut samples, |n| moments - 1 - n);
        let value = |n: usize| f32::from_le_bytes([0, 1, 2, 3].map(|byte| samples[n * MOMENT + byte]));
        assert!(value(0).abs() < 1e-6 && value(moments - 1).abs() < 1e-6);
        assert!((value(FADE / 2) - 0.5).abs() < 1e-3);
        assert!((value(FADE) - 1.0).abs() < 0.01);
    }
}
