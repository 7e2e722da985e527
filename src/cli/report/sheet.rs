//! The contact sheet: the frames of all shots on one picture.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use image::{DynamicImage, ImageFormat, RgbImage};
use storyreel_core::film::{Film, Make};
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::Plan;
use storyreel_core::sanitize::count;
use storyreel_core::timeline::Timeline;
use storyreel_core::units::{moment, spoken};
use storyreel_media::picture::{ContactFrames, ContactSheet, Painter};
use storyreel_media::studio::picture;
use storyreel_quality::described;

use super::gather;
use super::stills::{End, SIDE, Stills};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::CommandFailure;
use crate::cli::load::Loaded;
use crate::cli::takes::film_takes::FilmTakes;

/// What a contact sheet is made of.
pub(super) struct SheetSources<'a> {
    pub(super) context: &'a Context,
    pub(super) loaded: &'a Loaded,
    pub(super) plan: &'a Plan,
    pub(super) clips: &'a [Option<ClipRecord>],
}

impl SheetSources<'_> {
    /// The bytes of the picture, in the format that the ending of `output` names; with `all_takes` those outside the film
    /// stand beside it.
    pub(super) fn contact_sheet(&self, output: &Path, all_takes: bool) -> Result<Vec<u8>, CommandFailure> {
        let Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) = ImageFormat::from_path(output) else {
            let message = format!("`{}`: a contact sheet is a `.png` or a `.jpg` file", output.display());
            return Err(CommandFailure::new(exit::USAGE, message));
        };
        let Self { context, loaded, plan, clips } = *self;
        let timeline = gather::kept_timeline(context, loaded, plan)?.timeline;
        let takes = all_takes.then(|| FilmTakes::of(context, loaded)).transpose()?;
        let others = takes.iter().flat_map(FilmTakes::all_here);
        let stills = Stills::of_clips(context, loaded, clips.iter().flatten().chain(others), SIDE);
        let shown =
            SheetCells { film: &loaded.film, folder: &loaded.folder, timeline: &timeline, stills: &stills, clips };
        let film = &loaded.film;
        let mut cells = Vec::new();
        for at in 0..film.shown().len() {
            cells.push(shown.shot(at));
            cells.extend(takes.iter().flat_map(|takes| shown.other_takes(takes, at)));
        }
        let seconds = timeline.rate.seconds(timeline.frames());
        let name = loaded.film_name.described();
        let shots = count(film.shown().len(), "shot");
        let size = timeline.size;
        let sheet = ContactSheet {
            title: film.title.clone(),
            under: format!("{name} · {shots} · {seconds:.1} s · {size} · {} frames a second", timeline.rate),
            shape: size,
            shots: cells,
        };
        let image = Painter::new().contact_sheet(&sheet);
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(image)
            .write_to(&mut bytes, format)
            .map_err(|error| CommandFailure::new(exit::INTERNAL, format!("cannot write the contact sheet: {error}")))?;
        Ok(bytes.into_inner())
    }
}

/// Where the frames of the film and their words come from.
struct SheetCells<'a> {
    film: &'a Film,
    /// The folder of the storyboard.
    folder: &'a Path,
    timeline: &'a Timeline,
    stills: &'a Stills,
    clips: &'a [Option<ClipRecord>],
}

impl SheetCells<'_> {
    /// The first and the last frame of a shot, the last one alone of a card, with what is written at them.
    fn shot(&self, at: usize) -> ContactFrames {
        let shot = &self.film.shots[at];
        let segment = &self.timeline.segments[at];
        let from = self.timeline.rate.seconds(segment.at);
        let length = self.timeline.rate.seconds(segment.length);
        let length = spoken(Duration::from_millis((length * 10.0).round() as u64 * 100));
        let scene = shot.scene.as_ref().map_or_else(String::new, |scene| format!(" · {scene}"));
        ContactFrames {
            board: shot.board.as_ref().and_then(|board| picture(&self.folder.join(&board.path)).ok()),
            frames: self.frames(at, self.clips[at].as_ref()),
            name: format!("{}  {}", shot.number, shot.id),
            under: format!("{} · {length}{scene}", moment(Duration::from_secs_f64(from))),
        }
    }

    /// The takes of a shot that are not in the film.
    fn other_takes(&self, takes: &FilmTakes<'_>, at: usize) -> Vec<ContactFrames> {
        let id = &self.film.shots[at].id;
        let mut cells = Vec::new();
        for record in takes.here(id) {
            if self.clips[at].as_ref().is_some_and(|chosen| chosen.clip == record.clip) {
                continue;
            }
            let mut words = vec!["not in the film".to_owned()];
            words.extend(record.quality.as_deref().map(described));
            cells.push(ContactFrames {
                board: None,
                frames: self.frames(at, Some(record)),
                name: format!("{id}  take {}", record.take),
                under: words.join(" · "),
            });
        }
        cells
    }

    fn frames(&self, at: usize, clip: Option<&ClipRecord>) -> Vec<Option<RgbImage>> {
        let frame = |end| clip.and_then(|clip| self.stills.decoded(self.stills.frame_index(&clip.clip, end)));
        // The words of a card are not there at first.
        match self.film.shots[at].make {
            Make::Card(_) => vec![frame(End::Last)],
            _ => vec![frame(End::First), frame(End::Last)],
        }
    }
}
