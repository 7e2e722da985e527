//! `storyreel lock rebuild`: the lock file again, from what the store knows.

use std::fs;
use std::path::{Path, PathBuf};

use storyreel_core::lock::Lock;
use storyreel_core::plan::{self, Action};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::text::listed;

use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, internal};
use super::load::Loaded;
use super::lock_trouble::LockTrouble;
use super::output::cannot_write;
use super::trust::acceptance::refuse_untrusted;
use crate::store::{insist_on_file, write_lock, write_whole};

pub(super) fn rebuild(context: &Context, storyboard: &Path) -> Done {
    let loaded = Loaded::open(context, storyboard)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    let file = loaded.lock_file();
    let old = match loaded.lock(context) {
        Ok(lock) => lock,
        Err(trouble @ LockTrouble::OfAnother { .. }) => return Err(trouble.failure()),
        Err(trouble @ LockTrouble::Unreadable { .. }) => {
            let aside = copy_aside(&file)?;
            let message = clean(&trouble.to_string());
            context.note(&format!("warning: {message}; it is kept as `{}`", aside.display()));
            Lock { options: loaded.film_name.options().to_owned(), ..Lock::default() }
        }
    };
    let Rebuilt { lock, missing } = Rebuilt::of(&loaded, old);
    write_lock(&file, &lock.text()).map_err(internal)?;
    let shots = loaded.film.shots.len();
    let shown = clean(&file.to_string_lossy());
    context.note(&format!("{shown}: {} of {}", shots - missing.len(), count(shots, "shot")));
    if !missing.is_empty() {
        let names = listed(missing.iter().map(String::as_str), 12);
        context.note(&format!("not in the store: {names}; `render` makes what is missing"));
    }
    Ok(exit::DONE)
}

/// Keeps a lock that cannot be read under another name: it may still name a clip that was paid.
fn copy_aside(lock_file: &Path) -> Result<PathBuf, CommandFailure> {
    let aside = lock_file.with_extension("yaml.old");
    insist_on_file(&aside).map_err(|error| cannot_write(exit::INTERNAL, &aside, &error))?;
    let bytes = fs::read(lock_file).map_err(internal)?;
    write_whole(&aside, &bytes, true).map_err(|error| cannot_write(exit::INTERNAL, &aside, &error))?;
    Ok(aside)
}

/// A lock by what the store knows.
struct Rebuilt {
    lock: Lock,
    /// The shots of which the store has no clip.
    missing: Vec<String>,
}

impl Rebuilt {
    /// The lock by the receipts of the store. What `old` says of shots without a clip stays: another store may have theirs.
    fn of(loaded: &Loaded, mut old: Lock) -> Self {
        let plan = plan::make(&loaded.film, &loaded.graph, &old, &loaded.store);
        let mut missing = Vec::new();
        for step in &plan.steps {
            match &step.action {
                Action::Reuse(clip) => {
                    old.shots.insert(step.shot.clone(), (**clip).clone());
                }
                _ => missing.push(step.shot.to_string()),
            }
        }
        old.retain(|shot| loaded.film.shots.iter().any(|one| one.id == *shot));
        Self { lock: old, missing }
    }
}
