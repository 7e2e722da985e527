//! `storyreel accept`: the clips in the lock count for shots as they are written now.

use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::Why;
use storyreel_core::recipe::Recipe;

use super::film_takes::FilmTakes;
use crate::cli::args::Accept;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done, internal};
use crate::cli::load::Loaded;
use crate::cli::trust::acceptance::refuse_untrusted;
use crate::store::write_lock;

pub(in crate::cli) fn accept(context: &Context, options: &Accept) -> Done {
    let loaded = Loaded::open(context, &options.storyboard)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    let takes = FilmTakes::of(context, &loaded)?;
    let mut lock = takes.lock.clone();
    let mut said = Vec::new();
    for id in &options.shots {
        let (at, shot) = takes.shot(id)?;
        let Some(own) = lock.shots.get(id).cloned() else {
            let message = format!("`{id}` has no clip that could be accepted: render it first");
            return Err(CommandFailure::new(exit::USAGE, message));
        };
        let recipe = Recipe::of(&loaded.film, at, &lock, &|other| {
            lock.shots.get(&loaded.film.shots[other].id).map(|record| record.clip)
        });
        let Some(recipe) = recipe else {
            let message = format!("`{id}` starts on a shot that has no clip: render that first");
            return Err(CommandFailure::new(exit::USAGE, message));
        };
        let digest = recipe.digest();
        if own.recipe == digest {
            said.push(format!("{id}: nothing has changed since its clip was made"));
            continue;
        }
        let tail = recipe.tail();
        let last_frame = own.last_frame.filter(|_| tail == own.tail);
        let accepted = ClipRecord { recipe: digest, take: shot.take, tail, last_frame, stands_for: None, ..own };
        loaded.store.record(&recipe, &accepted).map_err(internal)?;
        lock.shots.insert(id.clone(), accepted);
        said.push(match &takes.plan.steps[at].why {
            why @ (Why::Changed(_) | Why::Upstream(_)) => format!("{id}: accepted as it is; {why}"),
            _ => format!("{id}: accepted as it is"),
        });
    }
    let file = loaded.lock_file();
    write_lock(&file, &lock.text()).map_err(internal)?;
    said.iter().for_each(|line| context.note(line));
    Ok(exit::DONE)
}
