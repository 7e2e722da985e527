//! The film in time, for what is made beside it.

use super::context::Context;
use super::exit;
use super::load::{Loaded, told};
use crate::engine;
use crate::engine::seams::FilmSeam;
use crate::exchange;
use crate::lock::Taken;
use crate::timeline::{Join, Timeline};

/// The film in time as `render` makes it from `clips`, one for every shot, with stand-ins for those that are not made yet;
/// and what was seen at its seams, by the place of the later shot.
pub(super) fn laid(
    context: &Context,
    loaded: &Loaded,
    clips: impl Iterator<Item = Option<Taken>>,
) -> Result<(Timeline, Vec<(usize, FilmSeam)>), u8> {
    let film = &loaded.film;
    let (made, taken): (Vec<bool>, Vec<Taken>) = (clips.zip(&film.shots))
        .map(|(clip, shot)| (clip.is_some(), clip.unwrap_or_else(|| exchange::planned(film, shot))))
        .unzip();
    let taken: Vec<&Taken> = taken.iter().collect();
    let fault = |error: &dyn std::error::Error| {
        context.complain(&told(error));
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
