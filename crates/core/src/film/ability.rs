//! What a model can do, against what a shot asks of it: found out before any money is spent.

use super::limits::{self, Beyond};
use super::model::ModelAtProvider;
use super::places::{ShotPlaces, place};
use super::{File, FileFormat, InputSource, Inputs, InspectedMedia, Inventory, MediaKind};
use crate::catalog::{Mode, ModelFamily, Ratio, RenderSpec};
use crate::keyword::Keyword as _;
use crate::text::{Problem, Span, listed};

pub(super) fn check_values(
    model: &ModelAtProvider<'_>,
    spec: &RenderSpec,
    inputs: &Inputs,
    places: &ShotPlaces,
) -> Vec<Problem> {
    let family = model.family;
    let name = family.name;
    let resolution = spec.resolution;
    let ratio = spec.ratio;
    let resolutions = model.offer.map_or(family.resolutions, |offer| offer.resolutions);
    let mut problems = Vec::new();
    if !family.modes.contains(&inputs.mode()) {
        let mode = inputs.mode().described();
        let problem = Problem::error("film::mode", format_args!("{name} cannot start from {mode}"));
        let problem = place(problem, places.keys.inputs, places, "not possible with this model");
        problems.push(problem.help(format_args!("{name} starts from {}", alternatives(family.modes))));
    }
    if !resolutions.contains(&resolution) {
        let problem = Problem::error("film::resolution", format_args!("{name} does not render at {resolution}"));
        let problem = place(problem, places.keys.resolution, places, "not offered");
        let offered = listed(resolutions.iter().map(|resolution| resolution.keyword()), 9);
        problems.push(problem.help(format_args!("{name} renders at {offered}")));
    } else if family.size(resolution, ratio, None).is_none() {
        let problem = Problem::error("film::ratio", format_args!("{name} does not render {ratio} at {resolution}"));
        let all = Ratio::KEYWORDS.iter().filter_map(|word| Ratio::from_keyword(word));
        let offered = all.filter(|ratio| *ratio != Ratio::Adaptive && family.size(resolution, *ratio, None).is_some());
        let offered: Vec<&str> = offered.map(Ratio::keyword).collect();
        let use_these = listed(offered, 9);
        let problem = place(problem, places.keys.ratio, places, "not at this resolution");
        problems.push(problem.help(format_args!("at {resolution} it renders {use_these}")));
    }
    problems
}

/// Modes in words for a sentence: `words alone, or a first frame`.
fn alternatives(modes: &[Mode]) -> String {
    let modes: Vec<&str> = modes.iter().map(|mode| mode.described()).collect();
    match modes.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{}, or {last}", others.join(", ")),
    }
}

/// Whether a duration is the -1 that lets the model decide.
pub(super) fn is_auto(seconds: f64) -> bool {
    (seconds + 1.0).abs() < f64::EPSILON
}

/// The whole seconds that a model will be asked for; `None` where it decides itself.
pub(super) fn seconds(model: &ModelAtProvider<'_>, asked: f64, places: &ShotPlaces) -> Result<Option<u32>, Problem> {
    let (shortest, longest) = model.offer.map_or(model.family.seconds, |offer| offer.seconds);
    let name = model.family.name;
    let decides = model.family.decides_duration && model.provider.decides_duration;
    let help = if decides {
        format!("{name} takes whole seconds from {shortest} to {longest}, or -1 to let the model decide")
    } else {
        format!("{name} takes whole seconds from {shortest} to {longest}")
    };
    if is_auto(asked) && decides {
        return Ok(None);
    }
    let lengths = model.family.lengths;
    if !lengths.is_empty() && !lengths.iter().any(|length| f64::from(*length).to_bits() == asked.to_bits()) {
        let all: Vec<String> = lengths.iter().map(u32::to_string).collect();
        let problem = Problem::error("film::duration", format_args!("{name} cannot make a clip of {asked} s"));
        let problem = place(problem, places.keys.duration, places, "not a length of this model");
        return Err(problem.help(format_args!("{name} makes clips of {} s", all.join(", "))));
    }
    if asked.fract() == 0.0 && (f64::from(shortest)..=f64::from(longest)).contains(&asked) {
        return Ok(Some(asked as u32));
    }
    if is_auto(asked) {
        let problem = Problem::error("film::duration", format_args!("{name} does not choose a duration itself"));
        return Err(place(problem, places.keys.duration, places, "-1 leaves it to the model").help(help));
    }
    let problem = Problem::error("film::duration", format_args!("{name} cannot make a clip of {asked} s"));
    let label = if asked.fract() != 0.0 {
        "not whole seconds"
    } else if asked > f64::from(longest) {
        "too long"
    } else {
        "too short"
    };
    Err(place(problem, places.keys.duration, places, label).help(help))
}

/// How many references of each kind a family takes.
pub(super) fn check_counts(family: &ModelFamily, inputs: &Inputs, places: &ShotPlaces) -> Vec<Problem> {
    let Inputs::References { images, videos, audio } = inputs else { return Vec::new() };
    if !family.modes.contains(&Mode::Reference) {
        return Vec::new();
    }
    let limits = family.references;
    let mut problems = Vec::new();
    for (what, found, most) in [
        ("images", images.len(), limits.images),
        ("videos", videos.len(), limits.videos),
        ("audio files", audio.len(), limits.audio),
    ] {
        if found > most {
            let message =
                format_args!("{} takes at most {most} reference {what}, not {found}", family.name).to_string();
            let problem = Problem::error("film::reference_count", message);
            problems.push(
                place(problem, places.keys.inputs, places, "too many")
                    .help("remove some; pictures of cast members in the prompt count, too"),
            );
        }
    }
    if images.is_empty() && videos.is_empty() && !audio.is_empty() && !limits.audio_alone {
        let problem = Problem::error(
            "film::audio_alone",
            format_args!("{} takes sound only together with a picture or a video", family.name),
        );
        problems.push(place(problem, places.keys.inputs, places, "only sounds").help("add a reference image or video"));
    }
    problems
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is sent to a model, which has limits.
    Sent,
    /// It is used on this machine.
    Here,
}

/// Whether a file is of the kind that is wanted, and within the limits of models where it is sent to one.
pub(super) fn check_media(
    media: &InspectedMedia,
    path: &str,
    wanted: MediaKind,
    used: Use,
    span: Span,
) -> Option<Problem> {
    let is_still = matches!(wanted, MediaKind::Image(_)) && media.format == FileFormat::Animation;
    if !is_still && std::mem::discriminant(&wanted) != std::mem::discriminant(&media.kind) {
        let message = match media.kind {
            MediaKind::Other => format!("`{path}` is not {}: its content is of no known format", wanted.described()),
            found => format!("`{path}` is {}, not {}", found.described(), wanted.described()),
        };
        let problem = Problem::error("film::wrong_media", message).at(span, "cannot be used here");
        if media.format == FileFormat::MovingWebp && matches!(wanted, MediaKind::Video(_)) {
            let help = format!(
                "WebP that moves is not played: convert it and name the copy: `magick {} clip.gif`",
                quoted(path)
            );
            return Some(problem.help(help));
        }
        return Some(problem.help("the content of the file decides, not its name"));
    }
    if used == Use::Here {
        return None;
    }
    let Beyond { found, limit, help } = if is_still { limits::beyond_still(media) } else { limits::beyond(media) }?;
    let problem = Problem::error("film::media_limits", format_args!("`{path}` {found}; models take {limit}"));
    Some(problem.at(span, "cannot be sent").help(help))
}

/// The size of the first picture given, which decides the shape of an adaptive clip.
pub(super) fn given_size(inputs: &Inputs, inventory: &Inventory) -> Option<crate::units::Size> {
    inputs.roles().find_map(|(_, source)| match source {
        InputSource::File(File { path, .. }) => match inventory.get(path) {
            Some(Ok(InspectedMedia { kind: MediaKind::Image(size), .. })) => Some(*size),
            Some(Ok(media)) if media.format == FileFormat::Animation => media.video.as_ref().map(|video| video.size),
            _ => None,
        },
        _ => None,
    })
}

/// A path as a shell takes it.
pub(super) fn quoted(path: &str) -> String {
    if path.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/')) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
