//! The film in time, for what is made beside it.

use storyreel_core::lock::ClipRecord;
use storyreel_core::timeline::{Join, Timeline};
use storyreel_exchange::exchange;

use super::context::Context;
use super::failure::{CommandFailure, film_failed};
use super::load::Loaded;
use crate::engine;
use crate::engine::seams::FilmSeam;

/// A film in time, with what was seen at its seams.
pub(super) struct FilmTimeline {
    pub(super) timeline: Timeline,
    /// The seams by the place of the later shot.
    pub(super) seams: Vec<(usize, FilmSeam)>,
}

/// The film in time as `render` makes it from `clips`, one for every shot, with stand-ins for those that are not made yet.
pub(super) fn film_timeline(
    context: &Context,
    loaded: &Loaded,
    clips: impl Iterator<Item = Option<ClipRecord>>,
) -> Result<FilmTimeline, CommandFailure> {
    let film = &loaded.film;
    let mut is_made = Vec::new();
    let mut records = Vec::new();
    for (clip, shot) in clips.zip(&film.shots) {
        is_made.push(clip.is_some());
        records.push(clip.unwrap_or_else(|| exchange::planned(film, shot)));
    }
    let records: Vec<&ClipRecord> = records.iter().collect();
    let timeline = storyreel_core::film_timeline::timeline(film, &records).map_err(film_failed)?;
    let mut has_seam = false;
    for at in 1..timeline.segments.len() {
        let is_chained = matches!(timeline.segments[at].join, Join::Chained { .. });
        has_seam |= is_chained && is_made[at - 1] && is_made[at];
    }
    if !has_seam {
        return Ok(FilmTimeline { timeline, seams: Vec::new() });
    }
    let ffmpeg = context.ffmpeg().map_err(film_failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(film_failed)?;
    let mended = engine::mended(film, &records, &ffmpeg, &loaded.store);
    let (timeline, seams) = runtime.block_on(mended).map_err(film_failed)?;
    Ok(FilmTimeline { timeline, seams })
}
