//! Facts about a clip: from its index where that tells all, else from its streams and packets in one run of ffprobe.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use storyreel_core::clip::{AudioFacts, ClipFacts, ColourTags, Colours, StreamKind, StreamParameters, VideoFacts};
use storyreel_core::ffmpeg::{probe_clip, probe_time_code};
use storyreel_core::units::{Rate, Size};

use super::error::damaged;
use super::extent::{FILM_SLACK, falls_short, whole_size};
use super::packets::Packets;
use super::run::FfmpegTask;
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// A clip measured more closely than others need to know.
#[derive(Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) facts: ClipFacts,
    /// The colour matrix as ffmpeg names it, when the stream says so.
    pub(super) matrix: Option<String>,
    /// What keeps its pictures from being shown as they are coded, whatever its facts say.
    pub(super) odd: Option<&'static str>,
    /// How its pictures are meant to be seen.
    pub(super) view: PictureView,
    /// When its pictures are shown.
    pub(super) times: PictureTimes,
    /// Its tracks of sound.
    pub(super) sounds: SoundTracks,
}

/// How the pictures of a clip are meant to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PictureView {
    /// Pixels across and down once they are upright and square.
    pub(super) size: Size,
    /// Whether each picture holds two fields.
    pub(super) is_interlaced: bool,
    pub(super) colours: Colours,
}

/// When the pictures of a clip are shown, in seconds from the beginning of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PictureTimes {
    /// When the clip begins: with its first picture, or with its sound where that is heard long before.
    pub(super) begin: f64,
    /// When the first picture is shown.
    pub(super) first: f64,
    /// When the last one ends.
    pub(super) end: f64,
    /// Whether they are evenly spaced.
    pub(super) is_even: bool,
    /// The rate that they have where nothing is left out: a film of it has each of them.
    pub(super) usual: Rate,
}

impl PictureTimes {
    /// Pictures that are shown from the beginning on, at exactly their times.
    pub(super) fn plain(video: &VideoFacts) -> Self {
        Self { begin: 0.0, first: 0.0, end: video.rate.seconds(video.frames), is_even: true, usual: video.rate }
    }

    /// How long the clip lasts.
    pub(super) fn length(&self) -> Duration {
        Duration::try_from_secs_f64(self.end - self.begin).unwrap_or_default()
    }
}

/// The tracks of sound of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SoundTracks {
    /// How many there are.
    pub(super) count: usize,
    /// The one that is heard, counted from 0: the first that the file calls its default, else the first.
    pub(super) heard: usize,
}

/// A picture that comes later than the sound by less than this, in seconds, and by fewer frames than that, is no late one:
/// decoders of sound need a run-up, and files without an edit list show the pictures as late as they are reordered.
const LATE: f64 = 0.1;
const LATE_FRAMES: f64 = 2.5;

/// What ffprobe's log says of a file whose data ends early.
const CUT_SHORT: [&str; 4] = ["partial file", "Invalid NAL unit size", "orrupt", "runcat"];

/// Containers whose header tells the length of the film. MP4 has an index; of others the length is found in what is there,
/// or has gaps that are not in the file.
const TELL_LENGTH: [&str; 4] = ["matroska", "flv", "asf", "mxf"];

/// Whether the parameter sets' fingerprint is wanted. ffprobe then hashes every packet as well, which for a whole film
/// takes five times as long as all the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fingerprint {
    Wanted,
    Spared,
}

impl Ffmpeg {
    /// Measures `clip`. Everything comes from the streams: the container's length counts whatever lasts longest.
    ///
    /// # Errors
    /// No picture, no frames, a file that is cut short or cannot be read.
    pub async fn probe(&self, clip: &Path) -> Result<ClipFacts, MediaError> {
        self.measure(clip, Fingerprint::Wanted).await.map(|measured| measured.facts)
    }

    /// The time code that `footage` is labelled with, as ffprobe writes it; `None` where it has none.
    pub(crate) async fn told_time_code(&self, footage: &Path) -> Result<Option<String>, MediaError> {
        let answer = self.ask(FfmpegTask::new("read", footage), &probe_time_code(footage)).await?;
        Ok(answer.text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned))
    }

    pub(super) async fn measure(&self, clip: &Path, fingerprint: Fingerprint) -> Result<Measured, MediaError> {
        let bytes = whole_size(clip).await?;
        if let Some(measured) = from_index(clip, bytes).await {
            return Ok(measured);
        }
        self.measure_by_ffprobe(clip, fingerprint, bytes).await
    }

    /// Measures a clip of `bytes` bytes whose index does not tell all.
    pub(super) async fn measure_by_ffprobe(
        &self,
        clip: &Path,
        fingerprint: Fingerprint,
        bytes: u64,
    ) -> Result<Measured, MediaError> {
        let mut measured = self.probed(clip, fingerprint, bytes).await?;
        if measured.odd.is_none() && ClipSource::open(clip).is_ok_and(|source| source.is_mirrored()) {
            measured.odd = Some("its picture is mirrored");
        }
        Ok(measured)
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

/// The fields of one section of ffprobe's compact output, which has one section a line.
type ProbeFields<'a> = BTreeMap<&'a str, &'a str>;

/// A field and its value. Newer versions (8.1.2, not 6.0) name side data, of which only one kind is asked for, by their kind.
fn field(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let bare = key.strip_prefix("side_datum/").and_then(|named| named.split_once(':'));
    Some((bare.map_or(key, |(_, key)| key), value))
}

fn number<T: std::str::FromStr>(fields: &ProbeFields<'_>, key: &str) -> Option<T> {
    fields.get(key)?.parse().ok()
}

fn read(text: &str, clip: &Path, bytes: u64) -> Result<Measured, MediaError> {
    let mut packets: BTreeMap<u32, Packets> = BTreeMap::new();
    let mut streams = Vec::new();
    let mut format = ProbeFields::new();
    for line in text.lines() {
        let (section, rest) = line.split_once('|').unwrap_or((line, ""));
        let fields = rest.split('|').filter_map(field);
        match section {
            "packet" => add_packet(&mut packets, fields),
            "stream" => add_stream(&mut streams, fields.collect()),
            "format" => format = fields.collect(),
            _ => {}
        }
    }
    let picture = streams.iter().find(|stream| is_of_kind(stream, "video") && !is_cover(stream));
    let picture = picture.ok_or_else(|| MediaError::NoPicture(clip.to_owned()))?;
    let tracks: Vec<&ProbeFields<'_>> = streams.iter().filter(|stream| is_of_kind(stream, "audio")).collect();
    let heard = tracks.iter().position(|track| track.get("disposition:default") == Some(&"1")).unwrap_or_default();
    let sound = tracks.get(heard).copied();
    for stream in [Some(picture), sound].into_iter().flatten() {
        let index = number(stream, "index").unwrap_or_default();
        whole(stream, packets.entry(index).or_default(), &format).map_err(|what| damaged(clip, what))?;
    }
    reaches_end(&streams, &packets, &format).map_err(|what| damaged(clip, what))?;
    let sounding = sound.and_then(|sound| first_time(sound, &packets));
    let mut track = number(picture, "index").and_then(|index| packets.remove(&index)).unwrap_or_default();
    track.settle();
    if !format.get("format_name").is_some_and(|name| name.contains("mp4")) {
        track.end_soon();
    }
    if track.stamps.is_empty() {
        return Err(MediaError::NoFrames(clip.to_owned()));
    }
    let tick = quotient(picture, "time_base").ok_or_else(|| damaged(clip, "its picture has no time base"))?;
    let video = video_facts(picture, &format, &track, tick)
        .ok_or_else(|| damaged(clip, "its picture's size or rate is unknown"))?;
    let audio = sound.and_then(audio_facts);
    let told = |key: &str| picture.get(key).copied().filter(|name| *name != "unknown");
    let tags = ColourTags {
        primaries: told("color_primaries"),
        transfer: told("color_transfer"),
        matrix: told("color_space"),
    };
    let view = PictureView {
        size: shown_size(picture, video.size),
        is_interlaced: differs(picture, "field_order", &["progressive", "unknown"]),
        colours: Colours::of(tags),
    };
    let times = times(&video, &track, tick, &format, sounding);
    Ok(Measured {
        facts: ClipFacts { video, audio, bytes },
        matrix: tags.matrix.map(str::to_owned),
        odd: odd(picture),
        view,
        times,
        sounds: SoundTracks { count: tracks.len(), heard },
    })
}

/// Adds a stream. One that belongs to a programme is listed twice.
fn add_stream<'a>(streams: &mut Vec<ProbeFields<'a>>, stream: ProbeFields<'a>) {
    if !streams.iter().any(|known| known.get("index") == stream.get("index")) {
        streams.push(stream);
    }
}

/// When a stream is first heard, in seconds.
fn first_time(stream: &ProbeFields<'_>, packets: &BTreeMap<u32, Packets>) -> Option<f64> {
    let tick = quotient(stream, "time_base")?;
    let first = packets.get(&number(stream, "index")?)?.stamps.iter().min()?;
    Some(seconds(*first, tick))
}

fn seconds(ticks: i64, tick: (i64, i64)) -> f64 {
    ticks as f64 * tick.0 as f64 / tick.1 as f64
}

fn times(
    video: &VideoFacts,
    track: &Packets,
    tick: (i64, i64),
    format: &ProbeFields<'_>,
    sounding: Option<f64>,
) -> PictureTimes {
    let file: f64 = number(format, "start_time").unwrap_or_default();
    let first = seconds(track.stamps[0], tick) - file;
    let is_even = evenly_spaced(&track.stamps, tick, video.rate);
    let end = if is_even { first + video.rate.seconds(video.frames) } else { seconds(track.end, tick) - file };
    let usual = if is_even { video.rate } else { usual_rate(&track.stamps, tick).unwrap_or(video.rate) };
    let late = LATE.max(LATE_FRAMES * video.rate.seconds(1));
    let sounding = sounding.map(|time| time - file);
    let begin = sounding.filter(|sounding| first - sounding >= late).unwrap_or(first);
    PictureTimes { begin, first, end, is_even, usual }
}

/// The rate of unevenly spaced pictures between which nothing is left out.
fn usual_rate(stamps: &[i64], tick: (i64, i64)) -> Option<Rate> {
    let mut gaps: Vec<i64> = stamps.windows(2).map(|pair| pair[1] - pair[0]).filter(|&gap| gap > 0).collect();
    gaps.sort_unstable();
    let median = *gaps.get(gaps.len() / 2)?;
    gaps.retain(|&gap| gap * 2 < median * 3 && gap * 3 > median * 2);
    let mean = seconds(gaps.iter().sum(), tick) / gaps.len() as f64;
    let num = (1000.0 / mean).round();
    (num >= 1.0 && num < f64::from(u32::MAX)).then_some(Rate { num: num as u32, den: 1000 })
}

/// The size of pictures that are shown of `coded` pixels: with square ones, and upright.
fn shown_size(stream: &ProbeFields<'_>, coded: Size) -> Size {
    let aspect = stream.get("sample_aspect_ratio").and_then(|text| text.split_once(':'));
    let aspect = aspect.and_then(|(across, down)| Some((across.parse::<u32>().ok()?, down.parse::<u32>().ok()?)));
    let mut size = coded;
    if let Some((across @ 1.., down @ 1..)) = aspect {
        let width = f64::from(coded.width) * f64::from(across) / f64::from(down);
        size.width = width.round() as u32;
    }
    let rotation: i32 = number(stream, "rotation").unwrap_or_default();
    if rotation.rem_euclid(180) == 90 { Size::new(size.height, size.width) } else { size }
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
    let mut decoded = None;
    let mut length = 0;
    let mut hidden = false;
    for (key, value) in fields {
        match key {
            "stream_index" => stream = value.parse().unwrap_or_default(),
            "pts" => stamp = value.parse::<i64>().ok(),
            "dts" => decoded = value.parse::<i64>().ok(),
            "duration" => length = value.parse().unwrap_or_default(),
            // `D` marks what an edit list hides: decoded for the sake of others, never shown.
            "flags" => hidden = value.contains('D'),
            _ => {}
        }
    }
    let track = packets.entry(stream).or_default();
    track.count += 1;
    if hidden {
        return;
    }
    track.decoded.extend(decoded.or(stamp));
    if track.delay.is_none() {
        track.delay = stamp.zip(decoded).map(|(stamp, decoded)| stamp - decoded);
    }
    track.stamps.extend(stamp);
    if let Some(time) = stamp.or(decoded)
        && track.last.is_none_or(|last| last <= time)
    {
        track.last = Some(time);
        track.end = time + length;
    }
}

/// Whether the packets reach the length that the header tells, in the stream that lasts longest.
fn reaches_end(
    streams: &[ProbeFields<'_>],
    packets: &BTreeMap<u32, Packets>,
    format: &ProbeFields<'_>,
) -> Result<(), String> {
    let told: Option<f64> = number(format, "duration");
    let Some(told) = told.filter(|_| is_container(format, &TELL_LENGTH)) else { return Ok(()) };
    let start: f64 = number(format, "start_time").unwrap_or_default();
    let mut there = 0.0_f64;
    for stream in streams {
        let track = number(stream, "index").and_then(|index: u32| packets.get(&index));
        if let Some((track, tick)) = track.zip(quotient(stream, "time_base")) {
            there = there.max(seconds(track.reach(), tick) - start);
        }
    }
    if falls_short(there, told, FILM_SLACK) {
        return Err(format!("only {there:.1} s of its {told:.1} s are there"));
    }
    Ok(())
}

fn is_container(format: &ProbeFields<'_>, names: &[&str]) -> bool {
    format.get("format_name").is_some_and(|found| names.iter().any(|name| found.contains(name)))
}

/// Whether all the packets that a stream declares are there. A stream may declare more than are listed when an edit
/// list hides its end; then the listed ones still reach the declared length. Before late sound, AVI files declare packets
/// that hold nothing.
fn whole(stream: &ProbeFields<'_>, packets: &Packets, format: &ProbeFields<'_>) -> Result<(), String> {
    if is_of_kind(stream, "audio") && is_container(format, &["avi"]) {
        return Ok(());
    }
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
    let average = || stream.get("avg_frame_rate").and_then(|text| text.parse().ok());
    let rate = even.or_else(|| counted_rate(track, tick)).or_else(average).or(guess)?;
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

/// The rate at which so many pictures fill so much time.
fn counted_rate(track: &Packets, tick: (i64, i64)) -> Option<Rate> {
    let length = u128::try_from(track.end.checked_sub(*track.stamps.first()?)?).ok().filter(|&length| length > 0)?;
    let num = track.stamps.len() as u128 * tick.1.cast_unsigned() as u128;
    let den = length * tick.0.cast_unsigned() as u128;
    // Numbers that are too large are nearly those that are exact in thousandths.
    match Rate::reduced(num, den) {
        Some(rate) if rate.num < 1 << 24 && rate.den < 1 << 24 => Some(rate),
        _ => u32::try_from((num * 1000 + den / 2) / den).ok().filter(|&num| num > 0).map(|num| Rate { num, den: 1000 }),
    }
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
    fn rotation_is_read_as_every_version_writes_it() {
        for rotation in ["side_data|rotation=90", "side_datum/display_matrix:rotation=-90"] {
            let text = format!("{}{PICTURE}|{rotation}\n{FORMAT}\n", packets("__", &[0, 512, 1024]));
            let measured = read(&text, Path::new("a.mp4"), 9).expect("it is whole");
            assert_eq!((measured.view.size, measured.odd), (Size::new(32, 64), Some("its picture is rotated")));
        }
    }

    #[test]
    fn a_picture_ends_with_the_one_that_is_shown_last() {
        let reordered = "packet|stream_index=0|pts=512|duration=3072|flags=__\n";
        let text = format!("{}{reordered}{PICTURE}\n{FORMAT}\n", packets("__", &[0, 1100]));
        let measured = read(&text, Path::new("a.mp4"), 9).expect("it is whole");
        assert!((measured.times.end - 1612.0 / 12288.0).abs() < 1e-9, "{:?}", measured.times);
    }

    #[test]
    fn sound_that_begins_late_in_an_avi_file_is_whole() {
        let sound = "packet|stream_index=1|dts=84|duration=1|flags=__\nstream|index=1|codec_name=mp3|codec_type=audio|\
            time_base=3/125|duration_ts=130|nb_frames=130|sample_rate=48000|channels=1";
        let text = format!("{}{PICTURE}\n{sound}\n", packets("__", &[0, 512, 1024]));
        assert!(outcome(&format!("{text}format|format_name=avi|start_time=0.0|duration=3.12\n")).is_ok());
        let missing = outcome(&format!("{text}{FORMAT}\n"));
        assert_eq!(missing, Err("`a.mp4` is damaged: only 1 of 130 audio packets are in the file".into()));
    }

    #[test]
    fn a_length_that_the_header_tells_is_reached_or_it_is_said() {
        let film = |container: &str, told: &str, stamps: &[i64]| {
            let streams = PICTURE.replace("nb_frames=3", "nb_frames=N/A");
            let format = format!("format|format_name={container}|start_time=0.000000|duration={told}");
            outcome(&format!("{}{streams}\n{format}\n", packets("__", stamps)))
        };
        let half: Vec<i64> = (0..24).map(|n| n * 512).collect();
        let short = Err("`a.mp4` is damaged: only 1.0 s of its 2.0 s are there".to_owned());
        assert_eq!(film("matroska,webm", "2.000000", &half), short);
        assert_eq!(film("flv", "2.000000", &half), short);
        assert!(film("flv", "1.090000", &half).is_ok(), "a little off");
        assert!(film("matroska,webm", "N/A", &half).is_ok(), "not known");
        assert!(film("mpegts", "2.000000", &half).is_ok(), "a gap in time is no end");
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
