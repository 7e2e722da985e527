//! The film in time, for what is made beside it.

use storyreel_core::lock::ClipRecord;
use storyreel_core::timeline::{Join, Timeline};
use storyreel_exchange::exchange;

use super::context::Context;
use super::exit;
use super::load::{Loaded, error_chain};
use crate::engine;
use crate::engine::seams::FilmSeam;

/// The film in time as `render` makes it from `clips`, one for every shot, with stand-ins for those that are not made yet;
/// and what was seen at its seams, by the place of the later shot.
pub(super) fn film_timeline(
    context: &Context,
    loaded: &Loaded,
    clips: impl Iterator<Item = Option<ClipRecord>>,
) -> Result<(Timeline, Vec<(usize, FilmSeam)>), u8> {
    let film = &loaded.film;
    let (made, taken): (Vec<bool>, Vec<ClipRecord>) = (clips.zip(&film.shots))
        .map(|(clip, shot)| (clip.is_some(), clip.unwrap_or_else(|| exchange::planned(film, shot))))
        .unzip();
    let taken: Vec<&ClipRecord> = taken.iter().collect();
    let fault = |error: &dyn std::error::Error| {
        context.complain(&error_chain(error));
        exit::FILM_FAILED
    };
    let plain = engine::timeline(film, &taken).map_err(|error| fault(&error))?;
    let seam = |at: usize| matches!(plain.segments[at].join, Join::Chained { .. }) && made[at - 1] && made[at];
    if !(1..made.len()).any(seam) {
        return Ok((plain, Vec::new()));
    }
    let ffmpeg = context.ffmpeg().map_err(|error| fault(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| fault(&error))?;
    let mended = engine::mended(film, &taken, &ffmpeg, &loaded.store);
    runtime.block_on(mended).map_err(|error| fault(&error))
}
