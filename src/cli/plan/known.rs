//! What exists already, as the planner sees it: the store, and what its journals say of orders.

use std::cell::RefCell;

use storyreel_core::film::{Make, Shot};
use storyreel_core::job::RunId;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{KnownClips, Nothing, Unfinished};
use storyreel_core::recipe::Recipe;
use storyreel_core::spend::Right;
use storyreel_core::units::Digest;

use crate::cli::failure::{CommandFailure, internal};
use crate::cli::load::Loaded;
use crate::journal::Journals;
use crate::store::Store;

/// What is known for a storyboard. Asking a store that is not there about every shot costs a tenth of the whole plan,
/// and journals are read only where something is paid for.
pub(in crate::cli) fn known_clips(loaded: &Loaded) -> Result<Box<dyn KnownClips>, CommandFailure> {
    if !loaded.store.root().is_dir() {
        return Ok(Box::new(Nothing));
    }
    if !loaded.film.shots.iter().any(is_paid) {
        return Ok(Box::new(loaded.store.clone()));
    }
    let journals = Journals::load(&loaded.store).map_err(internal)?;
    let nobody = "plan".parse().expect("it is letters");
    Ok(Box::new(JournaledClips { store: loaded.store.clone(), journals: RefCell::new(journals), nobody }))
}

/// The store and its journals.
struct JournaledClips {
    store: Store,
    /// Read on when a recipe has tokens.
    journals: RefCell<Journals>,
    /// The name of a run that takes no part: it holds no token and writes no journal.
    nobody: RunId,
}

impl KnownClips for JournaledClips {
    fn receipt(&self, recipe: &Digest) -> Option<ClipRecord> {
        self.store.receipt(recipe)
    }

    fn has(&self, object: &Digest) -> bool {
        self.store.has(object)
    }

    fn recipe(&self, recipe: &Digest) -> Option<Recipe> {
        self.store.recipe(recipe)
    }

    fn knows_task(&self, recipe: &Digest, task: &str) -> bool {
        self.journals.borrow().knows_task(recipe, task)
    }

    fn unfinished(&self, recipe: &Digest) -> Option<Unfinished> {
        // What cannot be read now is found out again, and said, before anything is ordered.
        match self.journals.borrow_mut().right(recipe, &self.nobody).ok()? {
            Right::Again { forgotten: Some(why), .. } => Some(Unfinished::Forgotten { why }),
            Right::Collect { task, .. } | Right::Again { task, .. } => Some(Unfinished::Task { task }),
            // A living run is at it: its clip will be there or is to be fetched.
            Right::Wait { .. } => Some(Unfinished::Task { task: String::new() }),
            Right::Ask { why, .. } => Some(Unfinished::Unclear { why }),
            Right::Have(_) | Right::Take(_) => None,
        }
    }
}

fn is_paid(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)
}
