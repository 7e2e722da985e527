//! The contact sheet: the frames of all shots on one picture.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use image::{DynamicImage, ImageFormat};
use storyreel_core::film::{Film, Make};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::Plan;
use storyreel_core::sanitize::count;
use storyreel_core::timeline::Timeline;
use storyreel_core::units::{moment, spoken};
use storyreel_media::picture::{ContactFrames, ContactSheet, Painter};

use super::gather;
use super::stills::{End, Stills};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::CommandFailure;
use crate::cli::load::Loaded;

/// The bytes of the picture, in the format that the ending of `output` names.
pub(super) fn contact_sheet(
    context: &Context,
    loaded: &Loaded,
    plan: &Plan,
    clips: &[Option<ClipRecord>],
    output: &Path,
) -> Result<Vec<u8>, CommandFailure> {
    let Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) = ImageFormat::from_path(output) else {
        let message = format!("`{}`: a contact sheet is a `.png` or a `.jpg` file", output.display());
        return Err(CommandFailure::new(exit::USAGE, message));
    };
    let timeline = gather::kept_timeline(context, loaded, plan)?.timeline;
    let stills = Stills::of_clips(context, loaded, clips.iter().flatten());
    let film = &loaded.film;
    let seconds = timeline.rate.seconds(timeline.frames());
    let name = loaded.film_name.described();
    let shots = count(film.shown().len(), "shot");
    let size = timeline.size;
    let sheet = ContactSheet {
        title: film.title.clone(),
        under: format!("{name} · {shots} · {seconds:.1} s · {size} · {} frames a second", timeline.rate),
        shape: size,
        shots: (0..film.shown().len()).map(|at| contact_frames(film, &timeline, &stills, clips, at)).collect(),
    };
    let image = Painter::new().contact_sheet(&sheet);
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image)
        .write_to(&mut bytes, format)
        .map_err(|error| CommandFailure::new(exit::INTERNAL, format!("cannot write the contact sheet: {error}")))?;
    Ok(bytes.into_inner())
}

/// The first and the last frame of a shot, the last one alone of a card, with what is written at them.
fn contact_frames(
    film: &Film,
    timeline: &Timeline,
    stills: &Stills,
    clips: &[Option<ClipRecord>],
    at: usize,
) -> ContactFrames {
    let shot = &film.shots[at];
    let segment = &timeline.segments[at];
    let frame = |end| clips[at].as_ref().and_then(|clip| stills.decoded(stills.frame_index(&clip.clip, end)));
    let from = timeline.rate.seconds(segment.at);
    let length = timeline.rate.seconds(segment.length);
    let length = spoken(Duration::from_millis((length * 10.0).round() as u64 * 100));
    let scene = shot.scene.as_ref().map_or_else(String::new, |scene| format!(" · {scene}"));
    // The words of a card are not there at first.
    let frames = match shot.make {
        Make::Card { .. } => vec![frame(End::Last)],
        _ => vec![frame(End::First), frame(End::Last)],
    };
    ContactFrames {
        frames,
        name: format!("{}  {}", at + 1, shot.id),
        under: format!("{} · {length}{scene}", moment(Duration::from_secs_f64(from))),
    }
}
