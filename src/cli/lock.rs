//! `storyreel lock rebuild`: the lock file again, from what the store knows.

use std::fs;
use std::path::Path;

use storyreel_core::lock::Lock;
use storyreel_core::plan::{self, Action};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::text::listed;

use super::context::Context;
use super::load::{Loaded, LockTrouble, error_chain};
use super::trust;
use super::{Done, exit};
use crate::store::write_whole;

pub(super) fn rebuild(context: &Context, storyboard: &Path) -> Done {
    let loaded = Loaded::open(context, storyboard)?;
    trust::refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    let file = loaded.lock_file();
    let shown = clean(&file.to_string_lossy());
    let old = match loaded.lock(context) {
        Ok(lock) => lock,
        Err(trouble @ LockTrouble::OfAnother { .. }) => {
            context.complain(&error_chain(&trouble));
            context.complain(&format!("help: {}", trouble.help()));
            return Err(exit::REFUSED);
        }
        Err(trouble @ LockTrouble::Unreadable { .. }) => {
            // What cannot be read may still name a clip that was paid.
            let aside = file.with_extension("yaml.old");
            fs::read(&file)
                .and_then(|bytes| write_whole(&aside, &bytes, true))
                .map_err(|error| fault(context, &error))?;
            let message = clean(&trouble.to_string());
            context.note(&format!("warning: {message}; it is kept as `{}`", aside.display()));
            Lock { options: loaded.film_name.options().to_owned(), ..Lock::default() }
        }
    };
    let (lock, missing) = rebuilt(&loaded, old);
    write_whole(&file, lock.text().as_bytes(), true).map_err(|error| fault(context, &error))?;
    let there = loaded.film.shots.len() - missing.len();
    context.note(&format!("{shown}: {} of {}", there, count(loaded.film.shots.len(), "shot")));
    if !missing.is_empty() {
        let names = listed(missing.iter().map(String::as_str), 12);
        context.note(&format!("not in the store: {names}; `render` makes what is missing"));
    }
    Ok(exit::DONE)
}

/// The lock by the receipts of the store, and the shots of which the store has no clip. What `old` says of these stays:
/// another store may have their clips.
fn rebuilt(loaded: &Loaded, mut old: Lock) -> (Lock, Vec<String>) {
    let plan = plan::make(&loaded.film, &loaded.graph, &old, &loaded.store);
    let mut missing = Vec::new();
    for step in &plan.steps {
        match &step.action {
            Action::Reuse(taken) => {
                old.shots.insert(step.shot.clone(), (**taken).clone());
            }
            _ => missing.push(step.shot.to_string()),
        }
    }
    old.retain(|shot| loaded.film.shots.iter().any(|one| one.id == *shot));
    (old, missing)
}

fn fault(context: &Context, error: &std::io::Error) -> u8 {
    context.complain(&error_chain(error));
    exit::INTERNAL
}
