//! Whether a file of the user's plays: found out before anything is bought for a film that needs it.

use std::path::Path;
use std::time::Duration;

use storyreel_core::clip::VideoFacts;
use storyreel_core::timeline::args::{file_url, push_words};

use super::probe::Fingerprint;
use super::run::{FfmpegTask, Setting, finish};
use super::{Ffmpeg, MediaError};

/// The shortest sound that counts as one: less is the beginning of a file whose rest is missing.
const SHORTEST: Duration = Duration::from_millis(20);

/// The part of the declared length that must be heard, in percent: containers round, and some are guessed.
const HEARD: u32 = 90;

impl Ffmpeg {
    /// What is known of the picture of a film that plays: all its packets are there, and its first and last frames
    /// decode.
    ///
    /// # Errors
    /// No picture, a file that is cut short or cannot be read, or frames that do not decode.
    pub async fn plays_picture(&self, film: &Path) -> Result<VideoFacts, MediaError> {
        let video = self.measure(film, Fingerprint::Spared).await?.facts.video;
        let damaged = |what: &str| MediaError::Damaged { file: film.to_owned(), what: what.to_owned() };
        let (first, last) = self.ends_decoded(film, &video).await?;
        if !first {
            return Err(damaged("its picture does not decode"));
        }
        // A film whose index leads astray is decoded from its beginning.
        if !last && self.frames_decoded(film).await? * 100 < video.frames * u64::from(HEARD) {
            return Err(damaged("its picture ends early: the last frames do not decode"));
        }
        Ok(video)
    }

    /// Whether the first frame decodes, and any of the last ones.
    async fn ends_decoded(&self, film: &Path, video: &VideoFacts) -> Result<(bool, bool), MediaError> {
        let start = (video.rate.seconds(video.frames) - video.rate.seconds(7) / 2.0).max(0.0);
        let mut args = Vec::new();
        push_words(&mut args, "-i");
        args.push(file_url(film));
        push_words(&mut args, &format!("-ss {start:.6} -i"));
        args.push(file_url(film));
        push_words(&mut args, "-map 0:V:0 -map 1:V:0 -frames:v:0 1 -fps_mode passthrough -f framecrc -");
        let text = self.listed(film, &args).await?;
        let has = |stream: &str| text.lines().any(|line| line.starts_with(stream));
        Ok((has("0,"), has("1,")))
    }

    async fn frames_decoded(&self, film: &Path) -> Result<u64, MediaError> {
        let mut args = Vec::new();
        push_words(&mut args, "-i");
        args.push(file_url(film));
        push_words(&mut args, "-map 0:V:0 -fps_mode passthrough -f framecrc -");
        let text = self.listed(film, &args).await?;
        Ok(text.lines().filter(|line| line.starts_with("0,")).count() as u64)
    }

    /// What ffmpeg writes to standard output, whatever its status: errors in the middle of a film are for its viewers.
    async fn listed(&self, file: &Path, args: &[std::ffi::OsString]) -> Result<String, MediaError> {
        let (_, text, _) = self.heard(file, args).await?;
        Ok(text)
    }

    async fn heard(
        &self,
        file: &Path,
        args: &[std::ffi::OsString],
    ) -> Result<(std::process::ExitStatus, String, String), MediaError> {
        let child = self.start(args, Setting::default())?;
        let mut bytes = Vec::new();
        let (status, tail) =
            finish(child, FfmpegTask::new("decode", file), |chunk| bytes.extend_from_slice(chunk)).await?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned(), tail))
    }

    /// The length of a sound that plays: all of it is decoded.
    ///
    /// # Errors
    /// No sound, a file that is cut short or cannot be read, or samples that do not decode.
    pub async fn plays_sound(&self, file: &Path) -> Result<Duration, MediaError> {
        let declared = self.sound_length(file).await?;
        let mut args = Vec::new();
        push_words(&mut args, "-i");
        args.push(file_url(file));
        push_words(&mut args, "-map 0:a:0 -progress pipe:1 -f null -");
        let (status, text, tail) = self.heard(file, &args).await?;
        let damaged = |what: String| MediaError::Damaged { file: file.to_owned(), what };
        let decoded = decoded_length(&text);
        if !status.success() && decoded < SHORTEST {
            return Err(damaged(if tail.is_empty() { "nothing of it decodes".to_owned() } else { tail }));
        }
        if decoded < SHORTEST {
            return Err(damaged("it has no audible sound".to_owned()));
        }
        let Some(declared) = declared else { return Ok(decoded) };
        // Lengths of files without an index are guessed: only with an error beside it is a short one a damage.
        if decoded * 100 < declared * HEARD && !tail.is_empty() {
            let seconds = |length: Duration| format!("{:.1} s", length.as_secs_f64());
            return Err(damaged(format!("only {} of its {} can be heard", seconds(decoded), seconds(declared))));
        }
        Ok(declared)
    }
}

/// The length that ffmpeg has written when it reports its progress last.
fn decoded_length(progress: &str) -> Duration {
    let mut last =
        progress.lines().filter_map(|line| line.strip_prefix("out_time_us=")).filter_map(|text| text.parse().ok());
    Duration::from_micros(last.next_back().unwrap_or_default())
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
