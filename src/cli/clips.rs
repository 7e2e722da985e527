//! `check --clips`: whether every rendered clip of a film is good enough, for CI.

use storyreel_core::film::Make;
use storyreel_core::sanitize::{clean, count};
use storyreel_quality::described;

use super::context::Context;
use super::exit;
use super::failure::CommandFailure;
use super::load::Loaded;
use super::plan::film_plan::film_lock;

/// Compares the scores of the clips that the locks name with the least that is wanted, from 0 to 100, and returns the exit
/// code. A clip that came before clips were judged has no score, which is said and fails nothing.
pub(super) fn check_clips(context: &Context, loaded: &[Loaded], least: f32) -> Result<u8, CommandFailure> {
    let mut code = exit::DONE;
    for one in loaded {
        let lock = film_lock(context, one)?;
        let name = clean(&one.name);
        let mut scored = 0;
        let mut poor = 0;
        for shot in one.film.shots.iter().filter(|shot| matches!(shot.make, Make::Prompt(_))) {
            let Some(record) = lock.shots.get(&shot.id) else { continue };
            let Some(score) = record.score() else { continue };
            scored += 1;
            if f32::from(score) < least {
                let words = clean(&described(record.quality.as_deref().unwrap_or_default()));
                context.complain(&format!("{name}: the clip of {} scores {words}", shot.id));
                poor += 1;
            }
        }
        context.note(&format!("{name}: {} judged, {poor} below {least}", count(scored, "clip")));
        if poor > 0 {
            code = exit::PROBLEMS;
        }
    }
    Ok(code)
}
