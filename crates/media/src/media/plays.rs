//! Whether a file of the user's plays: found out before anything is bought for a film that needs it.

use std::path::Path;
use std::time::Duration;

use storyreel_core::clip::{Colours, VideoFacts};
use storyreel_core::ffmpeg::{decode_ends, decode_sound, list_frames, probe_length};
use storyreel_core::units::{Rate, Size};

use super::demuxer::demuxer_of;
use super::error::damaged;
use super::extent::{ENOUGH, SOUND_SLACK, falls_short, insist_on_told, whole_size};
use super::probe::{Fingerprint, Measured, from_index};
use super::run::FfmpegTask;
use super::{Ffmpeg, MediaError};

/// The shortest sound that counts as one: less is the beginning of a file whose rest is missing.
const SHORTEST: Duration = Duration::from_millis(20);

/// What ffprobe's log says of a length that nothing in the file tells, and formats in which it is the time between the first
/// and the last that is there.
const GUESSED: &str = "duration from bitrate";
const TIMED: [&str; 2] = ["mpegts", "mpeg"];

/// Containers in which recorders leave silence out: a gap in them is no damage.
const PAUSED: [&str; 6] = ["matroska", "mov", "ogg", "flv", "asf", "avi"];

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
        if frames * 100 < video.frames * u64::from(ENOUGH) {
            return Err(damaged(film, "its picture ends early: the last frames do not decode"));
        }
        Ok(played)
    }

    /// What ffmpeg writes to standard output, whatever its status: errors in the middle of a film are for its viewers.
    async fn listed(&self, file: &Path, args: &[std::ffi::OsString]) -> Result<String, MediaError> {
        let answer = self.answer(FfmpegTask::new("decode", file), args).await?;
        Ok(answer.text)
    }

    /// The length of a sound file; `None` where nothing is known of it.
    ///
    /// # Errors
    /// A file that cannot be read.
    async fn sound_length(&self, file: &Path) -> Result<Option<SoundLength>, MediaError> {
        let task = FfmpegTask::new("read", file);
        let answer = self.ask(task, &probe_length(file)).await?;
        task.judge(answer.status, &answer.tail)?;
        let seconds = answer.text.lines().find_map(|line| line.trim().parse::<f64>().ok());
        let length = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let is_timed = answer.text.lines().any(|line| TIMED.contains(&line.trim()));
        let is_told = !is_timed && !answer.tail.contains(GUESSED);
        Ok(length.map(|length| SoundLength { length, is_told }))
    }

    /// The length of a sound that plays: all of it is decoded.
    ///
    /// # Errors
    /// No sound, a file that is cut short or cannot be read, or samples that do not decode.
    pub async fn plays_sound(&self, file: &Path) -> Result<Duration, MediaError> {
        insist_on_told(file).await?;
        let told = self.sound_length(file).await?;
        let answer = self.answer(FfmpegTask::new("decode", file), &decode_sound(file)).await?;
        let decoded = DecodedSound::read(&answer.text);
        if decoded.heard < SHORTEST && !answer.status.success() {
            let what = if answer.tail.is_empty() { "nothing of it decodes" } else { &answer.tail };
            return Err(damaged(file, what));
        }
        if decoded.heard < SHORTEST {
            return Err(damaged(file, "it has no audible sound"));
        }
        let Some(SoundLength { length, is_told }) = told else { return Ok(decoded.heard) };
        let all = length.as_secs_f64();
        let is_paused = PAUSED.contains(&demuxer_of(file)?);
        let heard = if is_paused { decoded.end } else { decoded.heard }.as_secs_f64();
        let is_faulty = heard * 100.0 < all * f64::from(ENOUGH) && !answer.tail.is_empty();
        if is_faulty || is_told && falls_short(heard, all, SOUND_SLACK) {
            return Err(damaged(file, format!("only {heard:.1} s of its {all:.1} s can be heard")));
        }
        Ok(length)
    }
}

/// How long a sound file says that it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SoundLength {
    length: Duration,
    /// Whether its header tells it: that of others is guessed from their bytes or their times.
    is_told: bool,
}

/// What ffmpeg decoded of a sound.
#[derive(Debug, Default, PartialEq, Eq)]
struct DecodedSound {
    /// How long all its samples last.
    heard: Duration,
    /// When the last one ends.
    end: Duration,
}

impl DecodedSound {
    /// Reads lines of stream, time of decoding, time, length, and others that are not needed, behind one with the time base.
    fn read(listed: &str) -> Self {
        let mut tick = (0, 1_i32);
        let mut heard: i64 = 0;
        let mut end: i64 = 0;
        for line in listed.lines() {
            if let Some((num, den)) = line.strip_prefix("#tb 0: ").and_then(|base| base.split_once('/')) {
                tick = (num.parse().unwrap_or_default(), den.parse().unwrap_or(1));
            }
            let mut fields = line.split(',').skip(2).map(|field| field.trim().parse::<i64>());
            if let (Some(Ok(time)), Some(Ok(length))) = (fields.next(), fields.next()) {
                heard = heard.saturating_add(length);
                end = end.max(time.saturating_add(length));
            }
        }
        let time = |ticks: i64| {
            let seconds = ticks as f64 * f64::from(tick.0) / f64::from(tick.1);
            Duration::try_from_secs_f64(seconds).unwrap_or_default()
        };
        Self { heard: time(heard), end: time(end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_and_when_it_ends_are_told_apart() {
        let listed =
            "#tb 0: 1/1000\n#codec_id 0: pcm_s16le\n0,  -20,  -20,  1000,  2000, 0x1\n0, 3000, 3000, 500, 9, 0x2\n";
        let decoded = DecodedSound::read(listed);
        assert_eq!((decoded.heard, decoded.end), (Duration::from_millis(1500), Duration::from_millis(3500)));
        assert_eq!(DecodedSound::read("#tb 0: 0/0\n"), DecodedSound::default());
    }
}
