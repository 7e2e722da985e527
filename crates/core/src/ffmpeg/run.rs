//! Runs of a film that are encoded: around its joins, or all of it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::clip::begin_at;
use super::colour::{colour_tags, declared, matrix_name};
use super::encoder::film_pictures;
use super::filter::{Frame, SourcePicture, fitted, renumbered, shaped};
use super::list::ArgumentList;
use crate::timeline::picture::{EncodedPart, PictureOrder};
use crate::timeline::{PictureFormat, Segment, Timeline, TransitionKind, Treatment, timescale};
use crate::units::{Digest, Rate, Size};

/// Where the frames of a segment come from.
#[derive(Debug, Clone, Copy)]
pub struct Footage<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// Its clip.
    pub clip: &'a Path,
    /// The order of its pictures, where every frame of the clip lies exactly where its number says, so that it can be read
    /// from the middle.
    pub order: Option<&'a PictureOrder>,
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

/// Frames of a film that follow each other and are encoded together.
#[derive(Debug, Clone, Copy)]
pub struct FilmRun<'a> {
    /// The film.
    pub timeline: &'a Timeline,
    /// What the run consists of.
    pub parts: &'a [EncodedPart],
    /// One for every segment of the film.
    pub footage: &'a [Footage<'a>],
    /// What is laid over the film.
    pub plates: &'a [OverlayPlate],
}

/// Encodes a run to the film's format in `out`.
#[must_use]
pub fn encode_run(run: &FilmRun<'_>, out: &OsStr) -> Vec<OsString> {
    let timeline = run.timeline;
    let mut graph = RunGraph { run, args: ArgumentList::default(), filters: String::new(), inputs: 0 };
    graph.add_parts();
    graph.add_plates();
    graph.filters.push_str("[v]");
    let RunGraph { mut args, filters, .. } = graph;
    args.words("-filter_complex");
    args.word(filters);
    args.words("-map [v] -an -sn -dn -map_metadata -1 -map_chapters -1 -fps_mode passthrough");
    args.words(&film_pictures(timeline.format, timeline.rate));
    args.words(&colour_tags(timeline.format.colours));
    args.words(&format!("-video_track_timescale {}", timescale(timeline.rate)));
    args.words(&format!("-fflags +bitexact -flags:v +bitexact -f {}", timeline.format.container()));
    args.word(out);
    args.into_args()
}

/// Frames of a segment, counted at the film's rate from the segment's beginning.
struct SegmentFrames {
    segment: usize,
    frames: Range<u64>,
}

impl SegmentFrames {
    /// Whether `later` goes on where this ends.
    fn continues_in(&self, later: &Self) -> bool {
        self.segment == later.segment && self.frames.end == later.frames.start
    }
}

/// The inputs of a run and the filters that make its frames of them.
struct RunGraph<'a> {
    run: &'a FilmRun<'a>,
    args: ArgumentList,
    filters: String,
    /// How many inputs there are.
    inputs: usize,
}

impl RunGraph<'_> {
    /// Appends filters. Writing into a string cannot fail.
    fn filter(&mut self, filters: std::fmt::Arguments<'_>) {
        let _ = self.filters.write_fmt(filters);
    }

    /// Joins the parts of the run.
    fn add_parts(&mut self) {
        let FilmRun { timeline, parts, .. } = *self.run;
        let pixels = timeline.format.pixels;
        let mut labels = self.add_clips().into_iter();
        let mut joined = String::new();
        for (n, part) in parts.iter().enumerate() {
            let earlier = labels.next().unwrap_or_default();
            let EncodedPart::Blend { kind, frames, .. } = part else {
                joined += &earlier;
                continue;
            };
            let later = labels.next().unwrap_or_default();
            let name = transition_name(*kind);
            let seconds = timeline.rate.seconds(*frames);
            self.filter(format_args!(
                "{earlier}{later}xfade=transition={name}:duration={seconds:.9}:offset=0,format={pixels}[x{n}];"
            ));
            joined += &format!("[x{n}]");
        }
        let count = parts.len();
        let renumbered = renumbered(timeline.rate);
        self.filter(format_args!("{joined}concat=n={count},{renumbered}"));
    }

    /// Adds the clips that the parts need, and gives back a label for each use. Frames of one segment that follow each other
    /// are decoded once.
    fn add_clips(&mut self) -> Vec<String> {
        let uses = uses(self.run.parts);
        let mut labels = Vec::new();
        for group in uses.chunk_by(SegmentFrames::continues_in) {
            labels.extend(self.add_clip(group));
        }
        labels
    }

    /// Adds the clip of one segment, for uses of its frames that follow each other.
    fn add_clip(&mut self, uses: &[SegmentFrames]) -> Vec<String> {
        let FilmRun { timeline, footage, .. } = *self.run;
        let n = self.inputs;
        let count = uses.len();
        let footage = footage[uses[0].segment];
        let all = uses[0].frames.start..uses[count - 1].frames.end;
        let chain = self.add_clip_input(footage, &all);
        let pixels = timeline.format.pixels;
        let grade = grade(timeline, footage.segment, &all);
        let declared = declared(timeline.format.colours);
        self.filter(format_args!("[{n}:V:0]{chain},setsar=1,format={pixels},{declared}{grade}"));
        let labels: Vec<String> = (0..count).map(|part| format!("[v{n}_{part}]")).collect();
        if let [label] = &labels[..] {
            self.filter(format_args!("{label};"));
            return labels;
        }
        let split: Vec<String> = (0..count).map(|part| format!("[s{n}_{part}]")).collect();
        self.filter(format_args!(",split={count}{};", split.concat()));
        for (part, used) in uses.iter().enumerate() {
            let from = used.frames.start - all.start;
            let to = used.frames.end - all.start;
            let source = &split[part];
            let label = &labels[part];
            let renumbered = renumbered(timeline.rate);
            self.filter(format_args!("{source}trim=start_frame={from}:end_frame={to},{renumbered}{label};"));
        }
        labels
    }

    /// Adds an input for frames of a segment, and gives back the filters that make exactly these of it.
    fn add_clip_input(&mut self, footage: Footage<'_>, frames: &Range<u64>) -> String {
        let timeline = self.run.timeline;
        let Footage { segment, clip, order } = footage;
        let rate = timeline.rate;
        let length = frames.end - frames.start;
        // The excerpts are short: threads of a decoder would only wait for each other.
        self.args.words("-threads 1");
        let first = segment.frames.start + frames.start;
        if let Some(order) = order {
            let decoded = order.decodable_before(first);
            // A little late, so that rounding never leads to the picture before.
            begin_at(&mut self.args, (decoded > 0).then(|| rate.seconds(4 * decoded + 1) / 4.0));
        }
        self.args.input(clip);
        self.inputs += 1;
        let format = timeline.format;
        let frame = Frame { size: timeline.size, fit: segment.fit, rate, format };
        let source = SourcePicture::usual(segment.facts.video.rate, matrix_name(format.colours));
        let renumbered = renumbered(rate);
        if order.is_some() {
            // Half a frame early, so that rounding never loses a frame.
            let early = rate.seconds(1) / 2.0;
            let from = rate.seconds(first) - early;
            let to = rate.seconds(first + length) - early;
            let part = format!("trim=start={from:.6}:end={to:.6}");
            return match &segment.treatment {
                Treatment::Copy => format!("{part},{renumbered}"),
                Treatment::Encode(_) => format!("{part},{},{renumbered}", shaped(frame, source)),
            };
        }
        let from = segment.frames.start;
        let to = segment.frames.end;
        let part = format!("trim=start_frame={from}:end_frame={to},setpts=PTS-STARTPTS,");
        let part = if segment.is_whole() { String::new() } else { part };
        let fitted = fitted(frame, source, 0.0, frames.end);
        format!("{part}{fitted},trim=start_frame={},{renumbered}", frames.start)
    }

    /// Lays over the run what belongs there.
    fn add_plates(&mut self) {
        let FilmRun { timeline, parts, plates, .. } = *self.run;
        let run = film_frames(timeline, parts);
        for plate in plates {
            let from = plate.frames.start.max(run.start);
            let to = plate.frames.end.min(run.end);
            if from < to {
                self.add_plate(plate, &(from - run.start..to - run.start));
            }
        }
    }

    /// Lays a plate over frames of the run.
    fn add_plate(&mut self, plate: &OverlayPlate, frames: &Range<u64>) {
        let timeline = self.run.timeline;
        let Rate { num, den } = timeline.rate;
        let size = Size::new(timeline.size.width, plate.height);
        self.args.words(&format!("-f rawvideo -pixel_format yuva420p -video_size {size} -framerate {num}/{den}"));
        self.args.input(&plate.file);
        let input = self.inputs;
        self.inputs += 1;
        let top = plate.top;
        let format = overlay_format(timeline.format);
        let declared = declared(timeline.format.colours);
        let first = frames.start;
        let last = frames.end - 1;
        let renumbered = renumbered(timeline.rate);
        self.filter(format_args!(
            "[u{input}];[{input}:v]{declared}[p{input}];[u{input}][p{input}]overlay=x=0:y={top}:format={format}\
             :enable='between(n,{first},{last})',{renumbered}"
        ));
    }
}

/// The frames of the film that a run fills.
fn film_frames(timeline: &Timeline, parts: &[EncodedPart]) -> Range<u64> {
    let start = match parts.first() {
        Some(EncodedPart::Plain { segment, frames }) => timeline.segments[*segment].at + frames.start,
        Some(EncodedPart::Blend { segment, .. }) => timeline.segments[*segment].at,
        None => 0,
    };
    start..start + parts.iter().map(EncodedPart::frames).sum::<u64>()
}

/// The frames that the parts need, in the order in which they need them.
fn uses(parts: &[EncodedPart]) -> Vec<SegmentFrames> {
    let mut uses = Vec::new();
    for part in parts {
        match part {
            EncodedPart::Plain { segment, frames } => {
                uses.push(SegmentFrames { segment: *segment, frames: frames.clone() });
            }
            EncodedPart::Blend { segment, from, frames, .. } => {
                uses.push(SegmentFrames { segment: segment - 1, frames: *from..from + frames });
                uses.push(SegmentFrames { segment: *segment, frames: 0..*frames });
            }
        }
    }
    uses
}

/// The filters that take back a step in brightness or colour, for frames of a segment: whole levels for as many frames
/// as each is nearest to, less and less of it.
fn grade(timeline: &Timeline, segment: &Segment, frames: &Range<u64>) -> String {
    let mut filters = String::new();
    let Some(step) = segment.grade else { return filters };
    let graded = segment.graded(timeline.rate);
    let step = step.map(|level| level * timeline.format.levels() as f32);
    let mut at = frames.start;
    let end = frames.end.min(graded);
    while at < end {
        let levels = levels_at(step, at, graded);
        let mut next = at + 1;
        while next < end && levels_at(step, next, graded) == levels {
            next += 1;
        }
        if levels != [0; 3] {
            let [luma, blue, red] = levels;
            let from = at - frames.start;
            let to = next - 1 - frames.start;
            filters.push_str(&format!(
                ",lutyuv=y=val+({luma}):u=val+({blue}):v=val+({red}):enable='between(n,{from},{to})'"
            ));
        }
        at = next;
    }
    filters
}

/// What is left of a step of levels at a frame, when it fades to nothing over `graded` frames.
fn levels_at(step: [f32; 3], frame: u64, graded: u64) -> [i32; 3] {
    let left = 1.0 - frame as f32 / graded as f32;
    step.map(|level| (level * left).round() as i32)
}

/// What ffmpeg's `overlay` calls a pixel format.
fn overlay_format(format: PictureFormat) -> &'static str {
    match format.pixels {
        "yuv420p10le" => "yuv420p10",
        "yuv422p10le" => "yuv422p10",
        _ => "yuv420",
    }
}

/// The name of a transition in ffmpeg's `xfade`.
const fn transition_name(kind: TransitionKind) -> &'static str {
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
