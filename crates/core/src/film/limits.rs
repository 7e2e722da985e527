//! The limits of files that are sent to a service: of each, of all references of a kind, and of the whole request.

use std::time::Duration;

use super::places::{ShotPlaces, place};
use super::{FileFormat, InputSource, Inputs, InspectedMedia, Inventory, MediaKind, VideoDetails};
use crate::catalog::{InputRole, ModelFamily, image_limits, reference_limits, request_limits};
use crate::provider::{FileTransfer, Provider};
use crate::text::{Problem, Span};
use crate::units::{Size, spoken};

/// What is wrong with a file that would be sent, what is taken instead, and how to get that.
pub(super) struct Beyond {
    pub(super) found: String,
    pub(super) limit: String,
    pub(super) help: &'static str,
}

impl Beyond {
    fn new(found: String, limit: &str) -> Self {
        Self { found, limit: limit.to_owned(), help: "make a copy within the limits and use that" }
    }
}

/// What is too much or of the wrong kind about a file; `None` where it can be sent.
pub(super) fn beyond(media: &InspectedMedia) -> Option<Beyond> {
    match media.kind {
        MediaKind::Image(size) => other_picture(media.format)
            .or_else(|| other_shape(size))
            .or_else(|| other_bytes(media, image_limits::BYTES - 1, "less than 30 MB")),
        MediaKind::Video(_) => {
            (other_video(media)).or_else(|| other_bytes(media, reference_limits::VIDEO_BYTES, "at most 200 MB"))
        }
        MediaKind::Audio(_) => {
            (other_sound(media.format)).or_else(|| other_bytes(media, reference_limits::AUDIO_BYTES, "at most 15 MB"))
        }
        MediaKind::Font | MediaKind::Other => None,
    }
}

/// The same for a picture that moves, of which the first one is meant.
pub(super) fn beyond_still(media: &InspectedMedia) -> Option<Beyond> {
    let shape = media.video.as_ref().and_then(|video| other_shape(video.size));
    shape.or_else(|| other_bytes(media, image_limits::BYTES - 1, "less than 30 MB"))
}

fn other_bytes(media: &InspectedMedia, most: u64, limit: &str) -> Option<Beyond> {
    (media.bytes > most).then(|| Beyond::new(format!("has {:.1} MB", media.bytes as f64 / 1e6), limit))
}

fn other_picture(format: FileFormat) -> Option<Beyond> {
    let help = "convert it: `ffmpeg -i FILE picture.png`";
    let limit = "jpeg, png, webp, bmp, tiff and gif".to_owned();
    (format != FileFormat::Picture).then(|| Beyond { found: "is a picture of another format".to_owned(), limit, help })
}

/// Sides and shape, which are the same for pictures and clips.
fn other_shape(size: Size) -> Option<Beyond> {
    let (short, long) = image_limits::SIDES;
    let (least, most) = image_limits::SHAPE_TENTHS;
    let width = u64::from(size.width) * 10;
    let height = u64::from(size.height);
    if size.width.min(size.height) < short || size.width.max(size.height) > long {
        return Some(Beyond::new(format!("is {size} pixels"), &format!("sides of {short} to {long} pixels")));
    }
    let odd = width < u64::from(least) * height || width > u64::from(most) * height;
    odd.then(|| Beyond::new(format!("is {size} pixels"), "a width of 0.4 to 2.5 times the height"))
}

fn other_sound(format: FileFormat) -> Option<Beyond> {
    let help = "convert it: `ffmpeg -i FILE sound.wav`";
    let fits = matches!(format, FileFormat::Wav | FileFormat::Mp3);
    (!fits).then(|| Beyond { found: format!("is a sound in {format}"), limit: "wav and mp3".to_owned(), help })
}

fn other_video(media: &InspectedMedia) -> Option<Beyond> {
    let help = "convert it: `ffmpeg -i FILE -c:v libx264 -pix_fmt yuv420p -c:a aac clip.mp4`";
    if !matches!(media.format, FileFormat::Mp4 | FileFormat::Mov) {
        let found = format!("is a video in {}", media.format);
        return Some(Beyond { found, limit: "mp4 and mov".to_owned(), help });
    }
    let VideoDetails { size, rate, codec, .. } = media.video.as_ref()?;
    if !matches!(codec.as_str(), "h264" | "hevc") {
        let found = format!("is coded as {codec}");
        return Some(Beyond { found, limit: "H.264 and H.265".to_owned(), help });
    }
    if let Some(beyond) = other_shape(*size) {
        return Some(beyond);
    }
    let (fewest, most) = reference_limits::VIDEO_PIXELS;
    let pixels = u64::from(size.width) * u64::from(size.height);
    if !(fewest..=most).contains(&pixels) {
        let limit = format!("{fewest} to {most} pixels in a frame");
        return Some(Beyond::new(format!("is {size}, which is {pixels} pixels"), &limit));
    }
    let (slowest, fastest) = reference_limits::VIDEO_RATES;
    let frames = f64::from(rate.num) / f64::from(rate.den);
    // Rates like 23.976 and 59.94 are named by the whole number beside them.
    let fits = frames > f64::from(slowest) - 0.1 && frames < f64::from(fastest) + 0.1;
    let limit = format!("{slowest} to {fastest} frames a second");
    (!fits).then(|| Beyond::new(format!("has {rate} frames a second"), &limit))
}

/// Clips of n seconds have a frame more, and sounds end with a packet.
const GRACE: Duration = Duration::from_millis(100);

/// One reference clip or sound, as far as its length is known.
pub(super) struct Reference {
    /// What it is called in a message.
    pub(super) name: String,
    pub(super) length: Option<Duration>,
    pub(super) span: Option<Span>,
}

/// How long references of one kind may be, each and together: those whose lengths are known.
pub(super) fn check_lengths(family: &ModelFamily, what: &str, all: &[Reference], places: &ShotPlaces) -> Vec<Problem> {
    let (shortest, longest) = family.references.seconds;
    let least = Duration::from_secs(u64::from(shortest));
    let most = Duration::from_secs(u64::from(longest)) + GRACE;
    let mut problems = Vec::new();
    let mut total = Duration::ZERO;
    for reference in all {
        let Some(length) = reference.length else { continue };
        total += length;
        let (label, limit) = if length + Duration::from_millis(10) < least {
            ("too short", format!("at least {shortest} s"))
        } else if length > most {
            ("too long", format!("at most {longest} s"))
        } else {
            continue;
        };
        let message = format!(
            "{} lasts {}, and {} takes reference {what} of {limit}",
            reference.name,
            spoken(length),
            family.name
        );
        let problem = Problem::error("film::reference_length", message);
        let problem = place(problem, reference.span.or(places.keys.inputs), places, label);
        problems.push(problem.help("cut it to a length that the model takes, or leave it out"));
    }
    if total > most && problems.is_empty() {
        let total = total.as_secs_f64();
        let message =
            format!("the reference {what} last {total:.1} s together, and {} takes {longest} s in all", family.name);
        let problem = place(Problem::error("film::reference_length", message), places.keys.inputs, places, "too long");
        problems.push(problem.help("make them shorter, or leave one out"));
    }
    problems
}

/// The length of a file by what was measured.
pub(super) fn length_of(media: &InspectedMedia) -> Option<Duration> {
    match media.kind {
        MediaKind::Video(length) | MediaKind::Audio(length) => length,
        MediaKind::Image(_) | MediaKind::Font | MediaKind::Other => None,
    }
}

/// The files that stand in the request itself, with their bytes there.
fn inline<'a>(
    provider: &'a Provider,
    inputs: &'a Inputs,
    inventory: &'a Inventory,
) -> impl Iterator<Item = (usize, u64)> + 'a {
    inputs.roles().enumerate().filter_map(move |(at, (role, source))| {
        let way = match role {
            InputRole::ReferenceVideo => provider.video_files,
            InputRole::ReferenceAudio => provider.audio_files,
            _ => FileTransfer::Inline,
        };
        let InputSource::File(file) = source else { return None };
        let Some(Ok(media)) = inventory.get(&file.path).filter(|_| way == FileTransfer::Inline) else { return None };
        Some((at, if provider.sends_text { media.bytes.div_ceil(3) * 4 } else { media.bytes }))
    })
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// Whether all files of a request together are more than services take. Frames of other shots are not known yet.
pub(super) fn check_request(
    provider: &Provider,
    inputs: &Inputs,
    each: &[Span],
    inventory: &Inventory,
    places: &ShotPlaces,
) -> Option<Problem> {
    let sent: u64 = inline(provider, inputs, inventory).map(|(_, bytes)| bytes).sum();
    if sent <= request_limits::BYTES {
        return None;
    }
    let (largest, _) = inline(provider, inputs, inventory).max_by_key(|(_, bytes)| *bytes)?;
    let grown = if provider.sends_text { " (files grow by a third when they are sent)" } else { "" };
    let message = format!(
        "the request would have {}, and services take {}{grown}",
        megabytes(sent),
        megabytes(request_limits::BYTES)
    );
    let problem = Problem::error("film::request_size", message);
    let problem = place(problem, each.get(largest).copied().or(places.keys.inputs), places, "the largest file");
    Some(problem.help("make the files smaller, give `https://` addresses instead, or leave some out"))
}
