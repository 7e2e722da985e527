//! Facts about a clip: from its index where that tells all, else from its streams and packets in one run of ffprobe.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use storyreel_core::clip::{AudioFacts, ClipFacts, StreamKind, StreamParameters, VideoFacts};
use storyreel_core::ffmpeg::{probe_clip, probe_length};
use storyreel_core::units::{Rate, Size};
use storyreel_mp4::FileBoxes;

use super::run::FfmpegTask;
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// A clip measured more closely than others need to know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) facts: ClipFacts,
    /// The colour matrix as ffmpeg names it, when the stream says so.
    pub(super) matrix: Option<String>,
    /// What keeps its pictures from being shown as they are coded, whatever its facts say.
    pub(super) odd: Option<&'static str>,
}

/// What ffprobe's log says of a file whose data ends early.
const CUT_SHORT: [&str; 4] = ["partial file", "Invalid NAL unit size", "orrupt", "runcat"];

/// Whether the parameter sets' fingerprint is wanted. ffprobe then hashes every packet as well, which for a whole film
/// takes five times as long as all the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fingerprint {
    Wanted,
    Spared,
}

/// Fewer bytes at the end of a file are no box.
const FILLING: u64 = 16;

impl Ffmpeg {
    /// Measures `clip`. Everything comes from the streams: the container's length counts whatever lasts longest.
    ///
    /// # Errors
    /// No picture, no frames, a file that is cut short or cannot be read.
    pub async fn probe(&self, clip: &Path) -> Result<ClipFacts, MediaError> {
        self.measure(clip, Fingerprint::Wanted).await.map(|measured| measured.facts)
    }

    /// The length of a sound file; `None` where its container does not say.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub async fn sound_length(&self, file: &Path) -> Result<Option<Duration>, MediaError> {
        let task = FfmpegTask::new("read", file);
        let answer = self.ask(task, &probe_length(file)).await?;
        task.judge(answer.status, &answer.tail)?;
        let seconds = answer.text.lines().find_map(|line| line.trim().parse::<f64>().ok());
        Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
    }

    pub(super) async fn measure(&self, clip: &Path, fingerprint: Fingerprint) -> Result<Measured, MediaError> {
        let file = clip.to_owned();
        let boxes =
            tokio::task::spawn_blocking(move || missing_bytes(&file)).await.expect("reading headers does not panic");
        let (bytes, missing) = boxes.map_err(MediaError::file("read", clip))?;
        if missing > 0 {
            return Err(damaged(clip, format!("its last {missing} bytes are missing")));
        }
        if let Some(measured) = from_index(clip, bytes).await {
            return Ok(measured);
        }
        self.probed(clip, fingerprint, bytes).await
    }

    /// The same from ffprobe alone.
    pub(super) async fn probed(
        &self,
        clip: &Path,
        fingerprint: Fingerprint,
        bytes: u64,
    ) -> Result<Measured, MediaError> {
        let args = probe_clip(clip, fingerprint == Fingerprint::Wanted);
        let answer = self.ask(FfmpegTask::new("read", clip), &args).await?;
        // The log says so when data ends early; the count of packets alone does not show a last one cut in two.
        let cut_short = CUT_SHORT.iter().any(|words| answer.tail.contains(words));
        if cut_short || !answer.status.success() {
            return Err(damaged(clip, answer.tail));
        }
        read(&answer.text, clip, bytes)
    }
}

/// What the index tells; `None` where it is not plain, or has a fault that ffprobe is to name.
pub(super) async fn from_index(clip: &Path, bytes: u64) -> Option<Measured> {
    let clip = clip.to_owned();
    let read = tokio::task::spawn_blocking(move || ClipSource::open(&clip).ok()?.measured(bytes).ok().flatten());
    read.await.expect("reading an index does not panic")
}

fn damaged(clip: &Path, what: String) -> MediaError {
    MediaError::Damaged { file: clip.to_owned(), what }
}

/// The size of a file, and how many bytes the last box of an MP4 file lacks; none for other kinds of file. ffprobe alone
/// does not notice when only part of the last packet is gone.
fn missing_bytes(clip: &Path) -> io::Result<(u64, u64)> {
    let file = File::open(clip)?;
    let size = file.metadata()?.len();
    let mut end = 0;
    for found in FileBoxes::new(&file, size) {
        let found = found?;
        // A few bytes of filling after the last box are none.
        let is_filling = size - found.start < FILLING;
        if is_filling || found.start == 0 && found.name != *b"ftyp" {
            break;
        }
        end = found.end;
    }
    Ok((size, end.saturating_sub(size)))
}

/// The fields of one section of ffprobe's compact output, which has one section a line.
type ProbeFields<'a> = BTreeMap<&'a str, &'a str>;

fn number<T: std::str::FromStr>(fields: &ProbeFields<'_>, key: &str) -> Option<T> {
    fields.get(key)?.parse().ok()
}

/// The packets of one stream.
#[derive(Default)]
struct Packets {
    count: u64,
    /// Times of the shown ones.
    stamps: Vec<i64>,
    /// End of the last one.
    end: i64,
}

fn read(text: &str, clip: &Path, bytes: u64) -> Result<Measured, MediaError> {
    let mut packets: BTreeMap<u32, Packets> = BTreeMap::new();
    let mut streams = Vec::new();
    let mut format = ProbeFields::new();
    for line in text.lines() {
        let (section, rest) = line.split_once('|').unwrap_or((line, ""));
        let fields = rest.split('|').filter_map(|field| field.split_once('='));
        match section {
            "packet" => add_packet(&mut packets, fields),
            "stream" => streams.push(fields.collect::<ProbeFields<'_>>()),
            "format" => format = fields.collect(),
            _ => {}
        }
    }
    let picture = streams.iter().find(|stream| is_of_kind(stream, "video") && !is_cover(stream));
    let picture = picture.ok_or_else(|| MediaError::NoPicture(clip.to_owned()))?;
    let sound = streams.iter().find(|stream| is_of_kind(stream, "audio"));
    for stream in [Some(picture), sound].into_iter().flatten() {
        let index = number(stream, "index").unwrap_or_default();
        whole(stream, packets.entry(index).or_default()).map_err(|what| damaged(clip, what))?;
    }
    let mut track = number(picture, "index").and_then(|index| packets.remove(&index)).unwrap_or_default();
    track.stamps.sort_unstable();
    if track.stamps.is_empty() {
        return Err(MediaError::NoFrames(clip.to_owned()));
    }
    let tick = quotient(picture, "time_base").ok_or_else(|| damaged(clip, "its picture has no time base".into()))?;
    let video = video_facts(picture, &format, &track, tick)
        .ok_or_else(|| damaged(clip, "its picture's size or rate is unknown".into()))?;
    let audio = sound.and_then(audio_facts);
    let matrix = picture.get("color_space").filter(|name| **name != "unknown").map(|name| (*name).to_owned());
    let odd = odd(picture);
    Ok(Measured { facts: ClipFacts { video, audio, bytes }, matrix, odd })
}

fn is_of_kind(stream: &ProbeFields<'_>, kind: &str) -> bool {
    stream.get("codec_type") == Some(&kind)
}

/// Whether a stream is a still that stands for the file in lists.
fn is_cover(stream: &ProbeFields<'_>) -> bool {
    stream.get("disposition:attached_pic") == Some(&"1")
}

/// What a film cannot say of single shots: its pictures are upright, whole, of square pixels, and in the levels of video.
fn odd(stream: &ProbeFields<'_>) -> Option<&'static str> {
    if differs(stream, "rotation", &["0"]) {
        return Some("its picture is rotated");
    }
    if differs(stream, "field_order", &["progressive", "unknown"]) {
        return Some("it is interlaced");
    }
    if differs(stream, "sample_aspect_ratio", &["1:1", "0:1", "N/A"]) {
        return Some("its pixels are not square");
    }
    if differs(stream, "color_range", &["tv", "unknown"]) {
        return Some("its levels are not those of video");
    }
    None
}

/// Whether a field is there with another value than the usual ones.
fn differs(stream: &ProbeFields<'_>, key: &str, usual: &[&str]) -> bool {
    stream.get(key).is_some_and(|value| !usual.contains(value))
}

/// Counts one packet. A film has tens of thousands: their fields are read in passing, not gathered.
fn add_packet<'a>(packets: &mut BTreeMap<u32, Packets>, fields: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut stream = 0;
    let mut stamp = None;
    let mut length = 0;
    let mut hidden = false;
    for (key, value) in fields {
        match key {
            "stream_index" => stream = value.parse().unwrap_or_default(),
            "pts" => stamp = value.parse::<i64>().ok(),
            "duration" => length = value.parse().unwrap_or_default(),
            // `D` marks what an edit list hides: decoded for the sake of others, never shown.
            "flags" => hidden = value.contains('D'),
            _ => {}
        }
    }
    let track = packets.entry(stream).or_default();
    track.count += 1;
    if let Some(stamp) = stamp.filter(|_| !hidden) {
        track.stamps.push(stamp);
        track.end = track.end.max(stamp + length);
    }
}

/// Whether all the packets that a stream declares are there. A stream may declare more than are listed when an edit
/// list hides its end; then the listed ones still reach the declared length.
fn whole(stream: &ProbeFields<'_>, packets: &Packets) -> Result<(), String> {
    let declared: u64 = number(stream, "nb_frames").unwrap_or_default();
    let length: i64 = number(stream, "duration_ts").unwrap_or_default();
    let usual = length / i64::try_from(declared.max(1)).unwrap_or(i64::MAX);
    if packets.count < declared && packets.end < length - usual {
        let kind = stream.get("codec_type").unwrap_or(&"media");
        return Err(format!("only {} of {declared} {kind} packets are in the file", packets.count));
    }
    Ok(())
}

fn quotient(fields: &ProbeFields<'_>, key: &str) -> Option<(i64, i64)> {
    let (num, den) = fields.get(key)?.split_once('/')?;
    Some((num.parse().ok()?, den.parse().ok()?)).filter(|&(num, den)| num > 0 && den > 0)
}

fn video_facts(
    stream: &ProbeFields<'_>,
    format: &ProbeFields<'_>,
    track: &Packets,
    tick: (i64, i64),
) -> Option<VideoFacts> {
    let size = Size::new(number(stream, "width")?, number(stream, "height")?);
    let guess: Option<Rate> = stream.get("r_frame_rate").and_then(|text| text.parse().ok());
    let even = guess.filter(|&rate| evenly_spaced(&track.stamps, tick, rate));
    let rate = even.or_else(|| stream.get("avg_frame_rate").and_then(|text| text.parse().ok())).or(guess)?;
    let start = track.stamps[0] as f64 * tick.0 as f64 / tick.1 as f64;
    let container: f64 = number(format, "start_time").unwrap_or_default();
    let frames = track.stamps.len() as u64;
    // What the concat demuxer can copy with exact times: an MP4 in which the picture begins when the file does, every
    // coded frame is shown, and the picture is the first stream.
    let copyable = even.is_some()
        && track.count == frames
        && (start - container).abs() < 1e-5
        && number(stream, "index") == Some(0)
        && format.get("format_name").is_some_and(|name| name.contains("mp4"));
    let hash = stream.get("extradata_hash").map_or("none", |hash| hash.trim_start_matches("SHA256:"));
    let parameters = StreamParameters {
        kind: if copyable { StreamKind::Regular } else { StreamKind::Loose },
        fingerprint: hash.to_owned(),
        ticks: u64::try_from(tick.1).ok(),
    };
    Some(VideoFacts {
        codec: (*stream.get("codec_name")?).to_owned(),
        size,
        pixels: (*stream.get("pix_fmt")?).to_owned(),
        rate,
        frames,
        parameters,
    })
}

/// Whether the frames begin at equal distances of one frame at `rate`, give or take a tick of rounding.
fn evenly_spaced(stamps: &[i64], tick: (i64, i64), rate: Rate) -> bool {
    // In ticks, frame n begins at n * per_frame / unit after the first.
    let per_frame = i128::from(tick.1) * i128::from(rate.den);
    let unit = i128::from(tick.0) * i128::from(rate.num);
    stamps.iter().zip(0..).all(|(&stamp, n)| {
        let off = i128::from(stamp - stamps[0]) * unit - n * per_frame;
        off.abs() <= unit
    })
}

fn audio_facts(stream: &ProbeFields<'_>) -> Option<AudioFacts> {
    let codec = (*stream.get("codec_name")?).to_owned();
    let sample_rate = number(stream, "sample_rate")?;
    let channels = number(stream, "channels")?;
    (channels > 0).then_some(AudioFacts { codec, sample_rate, channels })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &str = "stream|index=0|codec_name=h264|codec_type=video|width=64|height=32|pix_fmt=yuv420p|\
        color_space=bt709|r_frame_rate=24/1|avg_frame_rate=24/1|time_base=1/12288|duration_ts=1536|nb_frames=3|\
        extradata_hash=SHA256:ab|disposition:attached_pic=0";
    const FORMAT: &str = "format|format_name=mov,mp4,m4a,3gp,3g2,mj2|start_time=0.000000";

    fn packets(flags: &str, stamps: &[i64]) -> String {
        let mut lines = String::new();
        for pts in stamps {
            lines += &format!("packet|stream_index=0|pts={pts}|duration=512|flags={flags}\n");
        }
        lines
    }

    fn outcome(text: &str) -> Result<VideoFacts, String> {
        read(text, Path::new("a.mp4"), 9).map(|measured| measured.facts.video).map_err(|error| error.to_string())
    }

    #[test]
    fn a_plain_clip_is_copyable_and_counted() {
        let video = outcome(&format!("{}{PICTURE}\n{FORMAT}\n", packets("__", &[0, 1024, 512]))).expect("it is whole");
        assert_eq!((video.frames, video.rate, video.parameters.to_string()), (3, Rate::FILM, "ab@12288".to_owned()));
    }

    #[test]
    fn uneven_hidden_or_foreign_streams_are_loose() {
        let texts = [
            format!("{}{PICTURE}\n{FORMAT}\n", packets("__", &[0, 512, 1100])),
            format!("{}{}{PICTURE}\n{FORMAT}\n", packets("_D", &[-512]), packets("__", &[0, 512, 1024])),
            format!("{}{PICTURE}\n{FORMAT}\n", packets("__", &[512, 1024, 1536])),
            format!("{}{PICTURE}\nformat|format_name=matroska,webm\n", packets("__", &[0, 512, 1024])),
        ];
        for text in texts {
            let video = outcome(&text).expect("it can be measured");
            assert!(video.is_loose(), "{text}");
            assert_eq!(video.frames, 3);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let short = format!("{}{PICTURE}\n{FORMAT}\n", packets("__", &[0]));
        assert_eq!(outcome(&short), Err("`a.mp4` is damaged: only 1 of 3 video packets are in the file".into()));
        assert_eq!(outcome(FORMAT), Err("`a.mp4` holds no picture".into()));
        let empty = format!("{}\n{FORMAT}\n", PICTURE.replace("nb_frames=3", "nb_frames=0"));
        assert_eq!(outcome(&empty), Err("`a.mp4` holds a picture stream without frames".into()));
        let cover = format!("{}\n{FORMAT}\n", PICTURE.replace("attached_pic=0", "attached_pic=1"));
        assert_eq!(outcome(&cover), Err("`a.mp4` holds no picture".into()));
    }
}
