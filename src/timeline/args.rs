//! ffmpeg's arguments and input texts for a timeline, as pure functions.
//!
//! Names given to ffmpeg here are either plain names of ours, relative to its working directory, or made by
//! [`named`], so that no path of the user's can be read as an option, a protocol or a pattern.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;

use super::{SAMPLE_RATE, Segment, Timeline};
use crate::units::{Rate, Size};

/// The concat list, as a name in the working directory.
pub const LIST: &str = "list.txt";
/// Title and chapters, as a name in the working directory.
pub const METADATA: &str = "metadata.txt";

/// A path as ffmpeg must be given it: with the protocol spelt out, a leading dash, a colon or a `%` means nothing.
#[must_use]
pub fn named(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// Appends arguments written as one line of words without spaces inside.
pub fn words(args: &mut Vec<OsString>, line: &str) {
    args.extend(line.split_whitespace().map(OsString::from));
}

/// Ticks per second of the film's picture track: the smallest doubling of the rate's numerator that is at least
/// 10,000 (the rule ffmpeg's own MP4 muxer follows), so that every frame begins on a whole tick.
#[must_use]
pub fn timescale(rate: Rate) -> u64 {
    let mut scale = u64::from(rate.num);
    while scale < 10_000 {
        scale *= 2;
    }
    scale
}

/// Ticks of [`timescale`] that one frame lasts.
#[must_use]
pub fn ticks_per_frame(rate: Rate) -> u64 {
    timescale(rate) / u64::from(rate.num) * u64::from(rate.den)
}

/// The filters that bring any picture to `size` and `rate`: whole picture kept, black bars around it, square
/// pixels, BT.709, exactly `frames` frames beginning at time zero; the last frame is held if the source ends early.
#[must_use]
pub fn fitted(size: Size, rate: Rate, frames: u64, matrix: &str) -> String {
    let Size { width, height } = size;
    format!(
        "fps={}/{}:start_time=0,\
         scale=w='max(2,2*round(min({width},{height}*dar)/2))':h='max(2,2*round(min({height},{width}/dar)/2))'\
         :flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv,\
         pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black,setsar=1,format=yuv420p,\
         tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}",
        rate.num, rate.den
    )
}

/// BT.709 tags, so that players need not guess.
pub const COLOUR: &str = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709";

/// Encodes the picture of `segment`, read from `clip`, to the film's format in `out`.
///
/// One thread: x264's output depends on the number of threads, and the same inputs must give the same film on any
/// machine. Segments are encoded side by side instead. CRF 16 is above what can be told from the source.
#[must_use]
pub fn conform(timeline: &Timeline, segment: &Segment, clip: &Path, out: &Path) -> Vec<OsString> {
    let mut args = vec!["-i".into(), named(clip)];
    let fitted = fitted(timeline.size, timeline.rate, segment.length, "bt709");
    let part = if segment.is_whole() {
        fitted
    } else {
        let (start, end) = (segment.frames.start, segment.frames.end);
        format!("trim=start_frame={start}:end_frame={end},setpts=PTS-STARTPTS,{fitted}")
    };
    words(&mut args, "-map 0:V:0 -an -sn -dn -map_metadata -1 -map_chapters -1 -vf");
    args.push(part.into());
    words(&mut args, "-c:v libx264 -preset veryfast -crf 16 -threads 1 -x264-params stitchable=1");
    words(&mut args, &format!("-g {}", keyframe_gap(timeline.rate)));
    words(&mut args, COLOUR);
    words(&mut args, &format!("-video_track_timescale {}", timescale(timeline.rate)));
    words(&mut args, "-fflags +bitexact -flags:v +bitexact -f mp4");
    args.push(named(out));
    args
}

/// Frames between keyframes, at most: two seconds, so that a player can jump without a long wait.
#[must_use]
pub fn keyframe_gap(rate: Rate) -> u32 {
    (2 * rate.num).div_ceil(rate.den)
}

/// The name of segment `index` in the working directory.
#[must_use]
pub fn segment_name(index: usize) -> String {
    format!("segment-{index:05}.mp4")
}

/// The list for ffmpeg's concat demuxer. It names only files of ours.
///
/// The demuxer counts in microseconds, so each length is the difference of two rounded positions in the film: the sum
/// is never off by more than half a microsecond, however many clips there are.
#[must_use]
pub fn concat_list(timeline: &Timeline) -> String {
    let mut list = "ffconcat version 1.0\n".to_owned();
    for (index, segment) in timeline.segments.iter().enumerate() {
        let micros = |frame| timeline.rate.ticks(frame, 1_000_000);
        let length = micros(segment.at + segment.length) - micros(segment.at);
        // Writing into a string cannot fail.
        let _ =
            write!(list, "file {}\nduration {}.{:06}\n", segment_name(index), length / 1_000_000, length % 1_000_000);
    }
    list
}

/// Title and chapters in ffmpeg's metadata format. Chapters are counted in film frames.
#[must_use]
pub fn metadata(timeline: &Timeline) -> String {
    let mut text = format!(";FFMETADATA1\ntitle={}\n", escaped(&timeline.title));
    for (index, chapter) in timeline.chapters.iter().enumerate() {
        let end = timeline.chapters.get(index + 1).map_or_else(|| timeline.frames(), |next| next.at);
        let Rate { num, den } = timeline.rate;
        let (start, title) = (chapter.at, escaped(&chapter.title));
        let _ = write!(text, "[CHAPTER]\nTIMEBASE={den}/{num}\nSTART={start}\nEND={end}\ntitle={title}\n");
    }
    text
}

/// A value in the metadata format: `=`, `;`, `#`, `\` and line ends are written with a backslash before them.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars().filter(|&c| c != '\0') {
        if matches!(c, '=' | ';' | '#' | '\\' | '\n') {
            text.push('\\');
        }
        text.push(c);
    }
    if value.ends_with('\\') {
        // ffmpeg takes a backslash before the end of a line for a line that goes on, even an escaped one.
        text.push(' ');
    }
    text
}

/// Joins the segments named in [`LIST`] with the sound on standard input (when the film has any) into `out`.
///
/// The picture is copied. `setts` puts every frame on the film's own grid, whatever half-tick the concat demuxer's
/// microseconds left; `-copyts` keeps a sound track's priming in a clip from shifting the picture.
#[must_use]
pub fn mux(timeline: &Timeline, out: &OsStr) -> Vec<OsString> {
    let mut args = Vec::new();
    let (scale, step) = (timescale(timeline.rate), ticks_per_frame(timeline.rate));
    // `-auto_convert 0`: all parts carry equal parameter sets, so nothing need be repeated inside the stream.
    words(&mut args, &format!("-copyts -f concat -safe 0 -auto_convert 0 -i file:{LIST} -i file:{METADATA}"));
    if timeline.has_sound() {
        words(&mut args, &format!("-f f32le -ar {SAMPLE_RATE} -ac 2 -i pipe:0"));
    }
    words(&mut args, "-map 0:v:0");
    if timeline.has_sound() {
        words(&mut args, "-map 2:a:0 -c:a aac -b:a 192k -flags:a +bitexact");
    }
    words(&mut args, "-map_metadata 1 -map_chapters 1 -c:v copy -bsf:v");
    let Rate { num, den } = timeline.rate;
    let grid = |stamp: &str| format!("round({stamp}*TB*{num}/{den})*{step}");
    args.push(format!("setts=pts={}:dts={}:duration={step}:time_base=1/{scale}", grid("PTS"), grid("DTS")).into());
    words(&mut args, &format!("-video_track_timescale {scale} -movie_timescale {SAMPLE_RATE}"));
    words(&mut args, "-fflags +bitexact -movflags +faststart -f mp4");
    args.push(out.to_owned());
    args
}
