//! What exists already, as the planner sees it: the store, what its journals say of orders, and what a shared store has.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use storyreel_core::film::{Make, Shot};
use storyreel_core::job::RunId;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::plan::{self, Action, KnownClips, Nothing, Unfinished};
use storyreel_core::recipe::Recipe;
use storyreel_core::spend::Right;
use storyreel_core::units::Digest;

use crate::cli::failure::{CommandFailure, internal};
use crate::cli::load::Loaded;
use crate::journal::Journals;
use crate::store::Store;

/// What is known for a storyboard. Asking a store that is not there about every shot costs a tenth of the whole plan,
/// and journals are read only where something is paid for.
pub(in crate::cli) fn known_clips(loaded: &Loaded, lock: &Lock) -> Result<Box<dyn KnownClips>, CommandFailure> {
    let is_shared = loaded.store.shared().is_some();
    if !loaded.store.root().is_dir() && !is_shared {
        return Ok(Box::new(Nothing));
    }
    let is_paid = loaded.film.shots.iter().any(is_paid);
    if !is_paid && !is_shared {
        return Ok(Box::new(loaded.store.clone()));
    }
    let journals = Journals::load(&loaded.store).map_err(internal)?;
    let nobody = "plan".parse().expect("it is letters");
    let there = ClipsThere::default();
    let mut clips = JournaledClips { store: loaded.store.clone(), journals: RefCell::new(journals), nobody, there };
    if is_shared {
        clips.look_ahead(loaded, lock).map_err(internal)?;
    }
    Ok(Box::new(clips))
}

/// The store and its journals.
struct JournaledClips {
    store: Store,
    /// Read on when a recipe has tokens.
    journals: RefCell<Journals>,
    /// The name of a run that takes no part: it holds no token and writes no journal.
    nobody: RunId,
    there: ClipsThere,
}

/// What was found in a shared store, asked for many at once: a plan asks about one shot after the other, and a request
/// takes a tenth of a second.
#[derive(Default)]
struct ClipsThere {
    receipts: HashMap<Digest, ClipRecord>,
    objects: HashSet<Digest>,
}

impl JournaledClips {
    /// Asks the shared store for all that the plan can want: first for what the lock names, then for the recipes that are
    /// known by now, until nothing more is found. A chain takes a round for every shot of it that is there.
    fn look_ahead(&mut self, loaded: &Loaded, lock: &Lock) -> Result<(), crate::journal::JournalError> {
        if let Some(shared) = self.store.shared() {
            shared.insist_on_layout().map_err(crate::store::StoreError::from)?;
        }
        let locked = lock.facts().map(|(_, taken)| taken.clip);
        let missing: Vec<Digest> = locked.filter(|clip| !self.store.object(clip).exists()).collect();
        self.there.objects.extend(self.store.present_there(&missing)?);
        let mut asked = HashSet::new();
        loop {
            let plan = plan::make(&loaded.film, &loaded.graph, lock, &*self);
            let open = plan.steps.iter().filter(|step| !matches!(step.action, Action::Reuse(_)));
            let open: Vec<Digest> =
                open.filter_map(|step| step.recipe).filter(|recipe| asked.insert(*recipe)).collect();
            if open.is_empty() {
                return Ok(());
            }
            let found = self.store.look_up(&open)?;
            let unmade: Vec<Digest> = open.into_iter().filter(|recipe| !found.contains_key(recipe)).collect();
            self.journals.borrow_mut().take_in_shared(&unmade)?;
            for (recipe, taken) in found {
                self.there.objects.insert(taken.clip);
                self.there.receipts.insert(recipe, taken);
            }
        }
    }
}

impl KnownClips for JournaledClips {
    fn receipt(&self, recipe: &Digest) -> Option<ClipRecord> {
        if self.store.shared().is_none() {
            return self.store.receipt(recipe);
        }
        self.store.clip_here(recipe).or_else(|| self.there.receipts.get(recipe).cloned())
    }

    fn has(&self, object: &Digest) -> bool {
        self.store.object(object).exists() || self.there.objects.contains(object)
    }

    fn recipe(&self, recipe: &Digest) -> Option<Recipe> {
        self.store.recipe(recipe)
    }

    fn knows_task(&self, recipe: &Digest, task: &str) -> bool {
        self.journals.borrow().knows_task(recipe, task)
    }

    fn unfinished(&self, recipe: &Digest) -> Option<Unfinished> {
        // What cannot be read now is found out again, and said, before anything is ordered.
        match self.journals.borrow_mut().known_right(recipe, &self.nobody).ok()? {
            Right::Again { forgotten: Some(why), .. } => Some(Unfinished::Forgotten { why }),
            Right::Collect { task, .. } | Right::Again { task, .. } => Some(Unfinished::Task { task }),
            // A run is at it: its clip will be there or is to be fetched.
            Right::Wait { .. } | Right::Silent { .. } => Some(Unfinished::Task { task: String::new() }),
            Right::Ask { why, .. } => Some(Unfinished::Unclear { why }),
            Right::Have(_) | Right::Take(_) => None,
        }
    }
}

fn is_paid(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)
}
