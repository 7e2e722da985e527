//! Whether a file of the user's plays: found out before anything is bought for a film that needs it.

use std::path::Path;
use std::time::Duration;

use storyreel_core::clip::{Colours, VideoFacts};
use storyreel_core::ffmpeg::{decode_ends, decode_sound, list_frames};
use storyreel_core::units::{Rate, Size};

use super::probe::{Fingerprint, Measured, from_index, whole_size};
use super::run::FfmpegTask;
use super::{Ffmpeg, MediaError};

/// The shortest sound that counts as one: less is the beginning of a file whose rest is missing.
const SHORTEST: Duration = Duration::from_millis(20);

/// The part of the declared length that must be heard, in percent: containers round, and some are guessed.
const HEARD: u32 = 90;

/// The picture of a film that plays, and the tracks of its sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedPicture {
    /// What was measured.
    pub video: VideoFacts,
    /// How long the film lasts: sound that is heard long before the first picture belongs to it.
    pub length: Duration,
    /// Frames per second where none is left out.
    pub rate: Rate,
    /// Pixels across and down once they are upright and square.
    pub size: Size,
    /// Its colours.
    pub colours: Colours,
    /// Whether each picture holds two fields.
    pub is_interlaced: bool,
    /// How many tracks of sound there are.
    pub sounds: usize,
    /// Which of them is heard, counted from 0.
    pub heard: usize,
}

impl PlayedPicture {
    fn of(measured: Measured) -> Self {
        Self {
            length: measured.times.length(),
            rate: measured.times.usual,
            size: measured.view.size,
            colours: measured.view.colours,
            is_interlaced: measured.view.is_interlaced,
            sounds: measured.sounds.count,
            heard: measured.sounds.heard,
            video: measured.facts.video,
        }
    }
}

impl Ffmpeg {
    /// What is known of the picture of a film that plays: all its packets are there, and its first and last frames
    /// decode. Where the index tells all, every coded picture was found whole, and none is decoded.
    ///
    /// # Errors
    /// No picture, a file that is cut short or cannot be read, or frames that do not decode.
    pub async fn plays_picture(&self, film: &Path) -> Result<PlayedPicture, MediaError> {
        let bytes = whole_size(film).await?;
        if let Some(measured) = from_index(film, bytes).await {
            return Ok(PlayedPicture::of(measured));
        }
        let measured = self.measure_by_ffprobe(film, Fingerprint::Spared, bytes).await?;
        let end = measured.times.end;
        let played = PlayedPicture::of(measured);
        let video = &played.video;
        let start = (end - video.rate.seconds(7) / 2.0).max(0.0);
        let decoded = self.listed(film, &decode_ends(film, start)).await?;
        if !decoded.lines().any(|line| line.starts_with("0,")) {
            return Err(damaged(film, "its picture does not decode"));
        }
        if decoded.lines().any(|line| line.starts_with("1,")) {
            return Ok(played);
        }
        // A film whose index leads astray is decoded from its beginning.
        let listed = self.listed(film, &list_frames(film)).await?;
        let frames = listed.lines().filter(|line| line.starts_with("0,")).count() as u64;
        if frames * 100 < video.frames * u64::from(HEARD) {
            return Err(damaged(film, "its picture ends early: the last frames do not decode"));
        }
        Ok(played)
    }

    /// What ffmpeg writes to standard output, whatever its status: errors in the middle of a film are for its viewers.
    async fn listed(&self, file: &Path, args: &[std::ffi::OsString]) -> Result<String, MediaError> {
        let answer = self.answer(FfmpegTask::new("decode", file), args).await?;
        Ok(answer.text)
    }

    /// The length of a sound that plays: all of it is decoded.
    ///
    /// # Errors
    /// No sound, a file that is cut short or cannot be read, or samples that do not decode.
    pub async fn plays_sound(&self, file: &Path) -> Result<Duration, MediaError> {
        let declared = self.sound_length(file).await?;
        let answer = self.answer(FfmpegTask::new("decode", file), &decode_sound(file)).await?;
        let decoded = decoded_length(&answer.text);
        if decoded < SHORTEST && !answer.status.success() {
            let what = if answer.tail.is_empty() { "nothing of it decodes" } else { &answer.tail };
            return Err(damaged(file, what));
        }
        if decoded < SHORTEST {
            return Err(damaged(file, "it has no audible sound"));
        }
        let Some(declared) = declared else { return Ok(decoded) };
        // Lengths of files without an index are guessed: only with an error beside it is a short one a damage.
        if decoded * 100 < declared * HEARD && !answer.tail.is_empty() {
            let heard = decoded.as_secs_f64();
            let all = declared.as_secs_f64();
            return Err(damaged(file, &format!("only {heard:.1} s of its {all:.1} s can be heard")));
        }
        Ok(declared)
    }
}

fn damaged(file: &Path, what: &str) -> MediaError {
    MediaError::Damaged { file: file.to_owned(), what: what.to_owned() }
}

/// The length that ffmpeg has written when it reports its progress last.
fn decoded_length(progress: &str) -> Duration {
    let mut last = 0;
    for line in progress.lines() {
        let time = line.strip_prefix("out_time_us=").and_then(|text| text.parse().ok());
        last = time.unwrap_or(last);
    }
    Duration::from_micros(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_report_of_progress_counts() {
        let progress = "out_time_us=23220\nprogress=continue\nout_time_us=6013968\nprogress=end\n";
        assert_eq!(decoded_length(progress), Duration::from_micros(6_013_968));
        assert_eq!(decoded_length("out_time_us=N/A\nprogress=end\n"), Duration::ZERO);
    }
}
