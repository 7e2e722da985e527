//! The finished film, read back before it gets its name, by two readers that share nothing.
//!
//! Every frame's time is read from the index here; ffprobe says what it makes of the streams. Having ffprobe list all
//! packets would say the same and take a third of the time of a film of cuts.

use std::path::Path;

use storyreel_core::clip::ClipFacts;
use storyreel_core::ffmpeg::probe_film;
use storyreel_core::timeline::Timeline;
use storyreel_core::timeline::sound::SoundPlan;
use storyreel_mp4::aac::PACKET;

use super::run::FfmpegTask;
use super::source::{ClipSource, first_uneven};
use super::{Ffmpeg, MediaError};

impl Ffmpeg {
    /// Compares the film in `file` with its timeline: every frame at exactly its time, the size, and sound as long as
    /// planned. What is wrong is said of `out`, the name that it does not get.
    pub(super) async fn verify(
        &self,
        file: &Path,
        timeline: &Timeline,
        sound: Option<&SoundPlan>,
        out: &Path,
    ) -> Result<(), MediaError> {
        let answer = self.ask(FfmpegTask::new("read", out), &probe_film(file)).await?;
        let fault = match (answer.status.success(), ClipSource::open(file)) {
            (false, _) => Some(answer.tail),
            (true, Err(error)) => Some(error.to_string()),
            (true, Ok(film)) => times(timeline, &film).and_then(|()| streams(timeline, sound, &answer.text)).err(),
        };
        fault.map_or(Ok(()), |what| Err(MediaError::Wrong { file: out.to_owned(), what }))
    }
}

impl Ffmpeg {
    /// Whether the index of `clip` can be read as a film is joined by, and has the pictures of `facts`. A file that is
    /// no MP4 is left to ffmpeg.
    pub async fn verify_index(&self, clip: &Path, facts: &ClipFacts) -> Result<(), MediaError> {
        let clip = clip.to_owned();
        let video = facts.video.clone();
        let read = tokio::task::spawn_blocking(move || ClipSource::open(&clip)?.order(&video).map(drop));
        read.await.unwrap_or(Ok(()))
    }
}

/// Whether every frame is there, at exactly its time.
fn times(timeline: &Timeline, film: &ClipSource) -> Result<(), String> {
    let (stamps, scale) = film.stamps().ok_or("its pictures are not where they should be")?;
    let there = stamps.len() as u64;
    let wanted = timeline.frames();
    if there != wanted {
        return Err(format!("it has {there} frames and should have {wanted}"));
    }
    match first_uneven(&stamps, scale, timeline.rate) {
        Some(frame) => Err(format!("frame {frame} is not at its time")),
        None => Ok(()),
    }
}

/// Whether ffprobe sees the same: `text` has a line for every stream.
fn streams(timeline: &Timeline, sound: Option<&SoundPlan>, text: &str) -> Result<(), String> {
    let size = timeline.size;
    let frames = timeline.frames();
    let wanted = ["video".to_owned(), size.width.to_string(), size.height.to_string(), "0".to_owned()];
    let picture = fields_of("video", text).unwrap_or_default();
    if picture.get(..4) != Some(&wanted[..]) || picture.get(5).is_none_or(|count| *count != frames.to_string()) {
        return Err(format!("ffprobe reads its picture as {}", picture.join(" ")));
    }
    match (fields_of("audio", text), sound) {
        (None, Some(_)) => Err("its sound is missing".to_owned()),
        (Some(fields), Some(plan)) => {
            let rate = f64::from(plan.format.rate);
            let wanted = plan.length as f64 / rate;
            let seconds = fields.get(2).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
            // The grain in which a track of sound can be declared is a packet.
            let good = (seconds - wanted).abs() <= PACKET as f64 / rate;
            if good { Ok(()) } else { Err(format!("its sound lasts {seconds:.3} s and should last {wanted:.3} s")) }
        }
        _ => Ok(()),
    }
}

/// The fields of the first line about a stream of that kind.
fn fields_of(kind: &str, text: &str) -> Option<Vec<String>> {
    for line in text.lines() {
        let fields: Vec<String> = line.split('|').map(str::to_owned).collect();
        if fields[0] == kind {
            return Some(fields);
        }
    }
    None
}
