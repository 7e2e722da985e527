//! The contact sheet: the frames of all shots on one picture.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::Plan;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::spoken;
use storyreel_media::picture::{ContactFrames, ContactSheet, Painter};

use super::gather;
use super::stills::{End, Stills};
use crate::cli::context::Context;
use crate::cli::load::Loaded;
use crate::cli::{Done, exit};

pub(super) fn write(
    context: &Context,
    loaded: &Loaded,
    plan: &Plan,
    clips: &[Option<ClipRecord>],
    output: &Path,
) -> Done {
    let Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) = ImageFormat::from_path(output) else {
        let shown = clean(&output.to_string_lossy());
        context.complain(&format!("error: `{shown}`: a contact sheet is a `.png` or a `.jpg` file"));
        return Err(exit::USAGE);
    };
    let (timeline, _) = gather::timeline(context, loaded, plan)?;
    let film = &loaded.film;
    let stills = Stills::of_clips(context, loaded, clips.iter().flatten());
    let shots =
        film.shots.iter().zip(clips).zip(&timeline.segments).enumerate().map(|(at, ((shot, taken), segment))| {
            let frame = |end| stills.decoded(stills.frame(&taken.as_ref()?.clip, end));
            let (from, length) = (timeline.rate.seconds(segment.at), timeline.rate.seconds(segment.length));
            let scene = shot.scene.as_ref().map_or_else(String::new, |scene| format!(" · {scene}"));
            let length = spoken(std::time::Duration::from_millis((length * 10.0).round() as u64 * 100));
            ContactFrames {
                first: frame(End::First),
                last: frame(End::Last),
                name: format!("{}  {}", at + 1, shot.id),
                under: format!("{}:{:04.1} · {length}{scene}", (from / 60.0) as u64, from % 60.0),
            }
        });
    let whole = timeline.rate.seconds(timeline.frames());
    let sheet = ContactSheet {
        title: film.title.clone(),
        under: format!(
            "{} · {whole:.1} s · {} · {} frames a second",
            count(film.shots.len(), "shot"),
            film.size,
            film.rate
        ),
        shape: film.size,
        shots: shots.collect(),
    };
    let image = Painter::new().contact_sheet(&sheet);
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut bytes, format).map_err(|error| {
        context.complain(&format!("error: cannot write the contact sheet: {error}"));
        exit::INTERNAL
    })?;
    super::write(context, output, &bytes.into_inner())
}
