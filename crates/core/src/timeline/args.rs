//! ffmpeg's arguments for a timeline, as pure functions.
//!
//! Names given to ffmpeg here are made by [`file_url`], so that no path of the user's can be read as an option, a protocol
//! or a pattern.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::picture::EncodedPart;
use super::{Fit, Segment, Timeline, TransitionKind, Treatment};
use crate::units::{Digest, Rate, Size};

/// A path as ffmpeg must be given it: with the protocol spelt out, a leading dash, a colon or a `%` means nothing.
#[must_use]
pub fn file_url(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// Appends arguments written as one line of words without spaces inside.
pub fn push_words(args: &mut Vec<OsString>, line: &str) {
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

/// What any picture is brought to.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Pixels across and down.
    pub size: Size,
    /// How a picture of another shape fills them.
    pub fit: Fit,
    /// Frames per second.
    pub rate: Rate,
    /// The pixel format as ffmpeg writes it.
    pub pixels: &'a str,
}

/// The filters that bring the picture of a clip of rate `own`, whose colours are coded by `matrix`, to exactly `frames`
/// frames beginning at time zero; the last frame is held if the source ends early.
///
/// Each frame shows the frame of the clip that is nearest in time: the clip's times are moved half a frame of its own
/// ahead and then rounded up, so that a frame takes over half-way between itself and the one before.
#[must_use]
pub fn fitted(frame: Frame<'_>, own: Rate, frames: u64, matrix: &str) -> String {
    let Rate { num, den } = frame.rate;
    let shaped = shaped(frame, matrix);
    let half = own.seconds(1) / 2.0;
    let times = if own == frame.rate {
        format!("fps={num}/{den}:start_time=0")
    } else {
        format!("setpts=PTS-{half:.9}/TB,fps={num}/{den}:start_time=0:round=up")
    };
    format!("{times},{shaped},tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}")
}

/// The filters that bring any picture to the pixels of `frame`, square and in BT.709.
fn shaped(frame: Frame<'_>, matrix: &str) -> String {
    let Size { width, height } = frame.size;
    // The picture as it is meant to be seen, just inside the frame or just covering it.
    let (least, cut) = match frame.fit {
        Fit::Letterbox => ("min", format!("pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black")),
        Fit::Crop => ("max", format!("crop={width}:{height}")),
    };
    format!(
        "scale=w='max(2,2*round({least}({width},{height}*dar)/2))':h='max(2,2*round({least}({height},{width}/dar)/2))'\
         :flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv,{cut},setsar=1,format={}",
        frame.pixels
    )
}

/// BT.709 tags, so that players need not guess.
pub const COLOUR: &str = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709";

/// Where the frames of a segment come from.
#[derive(Debug, Clone, Copy)]
pub struct Footage<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// Its clip.
    pub clip: &'a Path,
    /// Whether every frame of the clip lies exactly where its number says, so that it can be read from the middle.
    pub exact: bool,
}

/// A picture with transparency that is laid over frames of the film: as wide as the film, raw `yuva420p`, so that
/// nothing of what it says is ever read by ffmpeg as anything but pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayPlate {
    /// The raw picture.
    pub file: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Where its top row lies in the film; even.
    pub top: u32,
    /// How many rows it has; even.
    pub height: u32,
    /// The frames of the film that show it.
    pub frames: Range<u64>,
}

/// Encodes the parts of a run to the film's format in `out`; `footage` has every segment, `plates` what is laid over.
#[must_use]
pub fn encode_run(
    timeline: &Timeline,
    parts: &[EncodedPart],
    footage: &[Footage<'_>],
    plates: &[OverlayPlate],
    out: &OsStr,
) -> Vec<OsString> {
    let mut args = Vec::new();
    let mut graph = String::new();
    let pixels = timeline.format.pixels;
    let mut labels = inputs(timeline, &uses(parts), footage, &mut args, &mut graph).into_iter();
    let mut joined = String::new();
    for (n, part) in parts.iter().enumerate() {
        let EncodedPart::Blend { kind, frames, .. } = part else {
            joined += &labels.next().unwrap_or_default();
            continue;
        };
        let earlier = labels.next().unwrap_or_default();
        let later = labels.next().unwrap_or_default();
        let name = blend_name(*kind);
        let seconds = timeline.rate.seconds(*frames);
        // Writing into a string cannot fail.
        let _ = write!(
            graph,
            "{earlier}{later}xfade=transition={name}:duration={seconds:.9}:offset=0,format={pixels}[x{n}];"
        );
        joined += &format!("[x{n}]");
    }
    let _ = write!(graph, "{joined}concat=n={},{}", parts.len(), grid(timeline.rate));
    overlay(timeline, &film_frames(timeline, parts), plates, &mut args, &mut graph);
    graph.push_str("[v]");
    push_words(&mut args, "-filter_complex");
    args.push(graph.into());
    push_words(&mut args, "-map [v] -an -sn -dn -map_metadata -1 -map_chapters -1 -fps_mode passthrough");
    push_words(&mut args, &timeline.format.encoder(timeline.rate));
    push_words(&mut args, COLOUR);
    push_words(&mut args, &format!("-video_track_timescale {}", timescale(timeline.rate)));
    push_words(&mut args, &format!("-fflags +bitexact -flags:v +bitexact -f {}", timeline.format.container()));
    args.push(out.to_owned());
    args
}

/// The frames of the film that a run fills.
fn film_frames(timeline: &Timeline, parts: &[EncodedPart]) -> Range<u64> {
    let start = parts.first().map_or(0, |part| match part {
        EncodedPart::Plain { segment, frames } => timeline.segments[*segment].at + frames.start,
        EncodedPart::Blend { segment, .. } => timeline.segments[*segment].at,
    });
    start..start + parts.iter().map(EncodedPart::frames).sum::<u64>()
}

/// Lays over a run of the film's frames `run` what belongs there.
fn overlay(
    timeline: &Timeline,
    run: &Range<u64>,
    plates: &[OverlayPlate],
    args: &mut Vec<OsString>,
    graph: &mut String,
) {
    let blending = timeline.format.blending();
    let mut input = args.iter().filter(|arg| *arg == "-i").count();
    for plate in plates {
        let from = plate.frames.start.max(run.start);
        let to = plate.frames.end.min(run.end);
        if from >= to {
            continue;
        }
        let Rate { num, den } = timeline.rate;
        let top = plate.top;
        let size = Size::new(timeline.size.width, plate.height);
        push_words(args, &format!("-f rawvideo -pixel_format yuva420p -video_size {size} -framerate {num}/{den} -i"));
        args.push(file_url(&plate.file));
        let from = from - run.start;
        let to = to - 1 - run.start;
        let grid = grid(timeline.rate);
        // Writing into a string cannot fail.
        let _ = write!(
            graph,
            "[u{input}];[u{input}][{input}:v]overlay=x=0:y={top}:format={blending}:enable='between(n,{from},{to})',{grid}"
        );
        input += 1;
    }
}

/// The name of a transition in ffmpeg's `xfade`.
const fn blend_name(kind: TransitionKind) -> &'static str {
    match kind {
        // A cut has no frames; if it had, it would be the plainest blend.
        TransitionKind::Cut | TransitionKind::Dissolve => "fade",
        TransitionKind::FadeBlack => "fadeblack",
        TransitionKind::FadeWhite => "fadewhite",
        TransitionKind::WipeLeft => "wipeleft",
        TransitionKind::WipeRight => "wiperight",
        TransitionKind::WipeUp => "wipeup",
        TransitionKind::WipeDown => "wipedown",
        TransitionKind::SlideLeft => "slideleft",
        TransitionKind::SlideRight => "slideright",
        TransitionKind::SlideUp => "slideup",
        TransitionKind::SlideDown => "slidedown",
        TransitionKind::SmoothLeft => "smoothleft",
        TransitionKind::SmoothRight => "smoothright",
        TransitionKind::SmoothUp => "smoothup",
        TransitionKind::SmoothDown => "smoothdown",
        TransitionKind::CircleOpen => "circleopen",
        TransitionKind::CircleClose => "circleclose",
        TransitionKind::Radial => "radial",
        TransitionKind::FadeGrays => "fadegrays",
        TransitionKind::Blur => "hblur",
        TransitionKind::Pixelize => "pixelize",
        TransitionKind::Zoom => "zoomin",
    }
}

/// Numbers frames anew: one tick a frame, from zero on.
fn grid(rate: Rate) -> String {
    let Rate { num, den } = rate;
    format!("settb={den}/{num},setpts=N,fps={num}/{den}:start_time=0")
}

/// The frames that the parts need, in the order in which they need them: segment and frames.
fn uses(parts: &[EncodedPart]) -> Vec<(usize, Range<u64>)> {
    let mut uses = Vec::new();
    for part in parts {
        match part {
            EncodedPart::Plain { segment, frames } => uses.push((*segment, frames.clone())),
            EncodedPart::Blend { segment, from, frames, .. } => {
                uses.extend([(segment - 1, *from..from + frames), (*segment, 0..*frames)]);
            }
        }
    }
    uses
}

/// Adds the inputs for `uses` and gives back a label for each. Frames of one segment that follow each other are decoded
/// once.
fn inputs(
    timeline: &Timeline,
    uses: &[(usize, Range<u64>)],
    footage: &[Footage<'_>],
    args: &mut Vec<OsString>,
    graph: &mut String,
) -> Vec<String> {
    let mut labels = Vec::new();
    for (n, group) in uses.chunk_by(|a, b| a.0 == b.0 && a.1.end == b.1.start).enumerate() {
        let (segment, first) = &group[0];
        let all = first.start..group.last().map_or(first.end, |(_, last)| last.end);
        let chain = input(timeline, footage[*segment], &all, args);
        let own: Vec<String> = (0..group.len()).map(|part| format!("[v{n}_{part}]")).collect();
        // Writing into a string cannot fail.
        let _ = write!(graph, "[{n}:V:0]{chain},setsar=1,format={}", timeline.format.pixels);
        graph.push_str(&grade(timeline, footage[*segment].segment, &all));
        if group.len() == 1 {
            let _ = write!(graph, "{};", own[0]);
        } else {
            let split: Vec<String> = (0..group.len()).map(|part| format!("[s{n}_{part}]")).collect();
            let _ = write!(graph, ",split={}{};", group.len(), split.concat());
            for (part, (_, frames)) in group.iter().enumerate() {
                let from = frames.start - all.start;
                let to = frames.end - all.start;
                let label = &own[part];
                let grid = grid(timeline.rate);
                let _ = write!(graph, "[s{n}_{part}]trim=start_frame={from}:end_frame={to},{grid}{label};");
            }
        }
        labels.extend(own);
    }
    labels
}

/// The filters that take back a step in brightness or colour, for frames of a segment: whole levels for as many frames
/// as each is nearest to, less and less of it.
fn grade(timeline: &Timeline, segment: &Segment, frames: &Range<u64>) -> String {
    let mut filters = String::new();
    let Some(levels) = segment.grade else { return filters };
    let graded = segment.graded(timeline.rate);
    let levels = levels.map(|level| level * timeline.format.levels() as f32);
    let mut at = frames.start;
    let end = frames.end.min(graded);
    while at < end {
        let [luma, blue, red] = faded(levels, at, graded);
        let next = (at + 1..end).find(|&frame| faded(levels, frame, graded) != [luma, blue, red]).unwrap_or(end);
        if [luma, blue, red] != [0; 3] {
            let from = at - frames.start;
            let to = next - 1 - frames.start;
            let _ =
                write!(filters, ",lutyuv=y=val+({luma}):u=val+({blue}):v=val+({red}):enable='between(n,{from},{to})'");
        }
        at = next;
    }
    filters
}

/// What is left of a correction at `frame` of the `graded` over which it fades out.
fn faded(levels: [f32; 3], frame: u64, graded: u64) -> [i32; 3] {
    levels.map(|level| (level * (1.0 - frame as f32 / graded as f32)).round() as i32)
}

/// Adds an input for frames of a segment, counted at the film's rate from the segment's beginning, and gives back the
/// filters that make exactly these of it.
fn input(timeline: &Timeline, footage: Footage<'_>, frames: &Range<u64>, args: &mut Vec<OsString>) -> String {
    let Footage { segment, clip, exact } = footage;
    let rate = timeline.rate;
    let length = frames.end - frames.start;
    let frame = Frame { size: timeline.size, fit: segment.fit, rate, pixels: timeline.format.pixels };
    // The excerpts are short: threads of a decoder would only wait for each other.
    push_words(args, "-threads 1");
    let first = segment.frames.start + frames.start;
    if exact && first > 0 {
        // Half a frame early, so that rounding never loses the frame.
        push_words(args, &format!("-ss {:.6}", rate.seconds(2 * first - 1) / 2.0));
    }
    if exact {
        // Without a length the decoder would read each clip to its end.
        push_words(args, &format!("-t {:.6}", rate.seconds(length + 1)));
    }
    push_words(args, "-i");
    args.push(file_url(clip));
    let grid = grid(rate);
    match (exact, &segment.treatment) {
        (true, Treatment::Copy) => format!("trim=end_frame={length},{grid}"),
        (true, Treatment::Encode(_)) => format!("trim=end_frame={length},{},{grid}", shaped(frame, "bt709")),
        (false, _) => {
            let from = segment.frames.start;
            let to = segment.frames.end;
            let part = format!("trim=start_frame={from}:end_frame={to},setpts=PTS-STARTPTS,");
            let part = if segment.is_whole() { String::new() } else { part };
            let fitted = fitted(frame, segment.facts.video.rate, frames.end, "bt709");
            format!("{part}{fitted},trim=start_frame={},{grid}", frames.start)
        }
    }
}

/// Frames between keyframes, at most: two seconds, so that a player can jump without a long wait.
#[must_use]
pub fn keyframe_gap(rate: Rate) -> u32 {
    (2 * rate.num).div_ceil(rate.den)
}
