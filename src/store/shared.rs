//! The store that machines share, behind the project's own: what is missing here is looked for there, and what is made
//! here is put there. A fault there loses nothing that is here; it is kept until it is asked for.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storyreel_core::job::fact::AttemptRange;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::KnownClips as _;
use storyreel_core::recipe::Recipe;
use storyreel_core::units::Digest;

use super::write::{make_folder, protect, sync_folder};
use super::{Store, StoreError};
use crate::shared_store::{HearTransfer, SharedStore, SharedStoreError, Transferred};

/// The folder of objects that are being fetched. What a killed run has left there is gone on with.
const ARRIVING: &str = "arriving";

/// The file that names the shared stores that have passed the race.
const RACED: &str = "raced";

/// A shared store as a store of this machine sees it.
#[derive(Debug)]
pub(super) struct Sharing {
    shared: SharedStore,
    attempts: AttemptRange,
    known: Mutex<KnownThere>,
}

/// What was found there. Nothing there is overwritten, so that it stays true but for what a person removes.
#[derive(Debug, Default)]
struct KnownThere {
    receipts: HashMap<Digest, ClipRecord>,
    objects: HashSet<Digest>,
    fault: Option<SharedStoreError>,
}

impl KnownThere {
    fn take(&mut self, taken: &ClipRecord) {
        self.objects.extend(std::iter::once(taken.clip));
        self.receipts.insert(taken.recipe, taken.clone());
    }
}

impl Sharing {
    fn known(&self) -> MutexGuard<'_, KnownThere> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result where there is one; else its fault is kept.
    fn kept<T>(&self, result: Result<T, SharedStoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.keep(fault);
                None
            }
        }
    }

    /// Keeps the first fault: the others mostly say the same.
    fn keep(&self, fault: SharedStoreError) {
        self.known().fault.get_or_insert(fault);
    }
}

impl Store {
    /// The same store as the cache of a shared one.
    #[must_use]
    pub fn with_shared(self, shared: SharedStore) -> Self {
        let attempts = AttemptRange::of_shared(shared.address());
        let known = Mutex::default();
        Self { sharing: Some(Arc::new(Sharing { shared, attempts, known })), ..self }
    }

    /// The shared store behind this one.
    #[must_use]
    pub fn shared(&self) -> Option<&SharedStore> {
        self.sharing.as_ref().map(|sharing| &sharing.shared)
    }

    /// The numbers of the attempts whose tokens are taken in this store, or in the shared one behind it.
    #[must_use]
    pub fn attempts(&self) -> AttemptRange {
        self.sharing.as_ref().map_or(AttemptRange::OWN, |sharing| sharing.attempts)
    }

    /// What went wrong with the shared store since this was asked last, and did not stop anything.
    #[must_use]
    pub fn sharing_fault(&self) -> Option<SharedStoreError> {
        self.sharing.as_ref().and_then(|sharing| sharing.known().fault.take())
    }

    /// The receipt of a recipe in the shared store, where its clip is there.
    pub(super) fn shared_receipt(&self, recipe: &Digest) -> Option<ClipRecord> {
        let sharing = self.sharing.as_ref()?;
        if let Some(known) = sharing.known().receipts.get(recipe) {
            return Some(known.clone());
        }
        let found = sharing.kept(sharing.shared.receipts(&[*recipe]))?.pop()?;
        sharing.known().take(&found);
        Some(found)
    }

    /// The receipts of these recipes in the shared store, as far as their clips are there.
    pub fn look_up(&self, recipes: &[Digest]) -> Result<HashMap<Digest, ClipRecord>, StoreError> {
        let Some(sharing) = &self.sharing else { return Ok(HashMap::new()) };
        let unknown: Vec<Digest> = {
            let known = sharing.known();
            recipes.iter().filter(|recipe| !known.receipts.contains_key(recipe)).copied().collect()
        };
        let found = sharing.shared.receipts(&unknown)?;
        let mut known = sharing.known();
        found.iter().for_each(|taken| known.take(taken));
        let all = recipes.iter().filter_map(|recipe| Some((*recipe, known.receipts.get(recipe)?.clone())));
        Ok(all.collect())
    }

    /// Which of these objects are in the shared store.
    pub fn present_there(&self, objects: &[Digest]) -> Result<HashSet<Digest>, StoreError> {
        let Some(sharing) = &self.sharing else { return Ok(HashSet::new()) };
        let present: HashSet<Digest> = sharing.shared.present(objects.to_vec())?.into_iter().collect();
        sharing.known().objects.extend(&present);
        Ok(present)
    }

    pub(super) fn is_there(&self, object: &Digest) -> bool {
        let Some(sharing) = &self.sharing else { return false };
        if sharing.known().objects.contains(object) {
            return true;
        }
        let present = sharing.kept(sharing.shared.present(vec![*object])).unwrap_or_default();
        sharing.known().objects.extend(&present);
        !present.is_empty()
    }

    pub(super) fn shared_recipe(&self, recipe: &Digest) -> Option<Recipe> {
        let sharing = self.sharing.as_ref()?;
        sharing.kept(sharing.shared.recipe(recipe))?
    }

    /// Brings objects here that are not, many at once.
    pub fn bring(
        &self,
        objects: impl IntoIterator<Item = Digest>,
        hear: &HearTransfer,
    ) -> Result<Transferred, StoreError> {
        let Some(sharing) = &self.sharing else { return Ok(Transferred::default()) };
        let missing: BTreeSet<Digest> = objects.into_iter().filter(|object| !self.object(object).exists()).collect();
        if missing.is_empty() {
            return Ok(Transferred::default());
        }
        let folder = self.root.join(ARRIVING);
        self.prepare().and_then(|()| make_folder(&folder)).map_err(StoreError::io("create", &folder))?;
        let files = missing.iter().map(|digest| (*digest, folder.join(digest.hex()))).collect();
        let moved = sharing.shared.download(files, hear)?;
        for digest in &missing {
            self.take_in(digest, &folder.join(digest.hex()))?;
        }
        Ok(moved)
    }

    /// Brings objects here without anybody listening.
    pub fn bring_quietly(&self, objects: impl IntoIterator<Item = Digest>) -> Result<(), StoreError> {
        self.bring(objects, &unheard()).map(drop)
    }

    /// Moves a file under the name of its digest, which it was held against while it came.
    fn take_in(&self, digest: &Digest, file: &Path) -> Result<(), StoreError> {
        let target = self.object(digest);
        let folder = target.parent().unwrap_or(&self.root);
        make_folder(folder).map_err(StoreError::io("create", folder))?;
        match place(file, &target) {
            Ok(()) => {}
            // Another process has fetched the same.
            Err(_) if target.exists() => return Ok(()),
            Err(error) => return Err(StoreError::io("write", &target)(error)),
        }
        sync_folder(folder).map_err(StoreError::io("sync", folder))?;
        self.remember(digest);
        Ok(())
    }

    /// Puts a clip, its last frame and its receipt into the shared store. What fails is said at the end, and made up for by
    /// the next run.
    pub(super) fn share(&self, recipe: &Recipe, taken: &ClipRecord) {
        let Some(sharing) = &self.sharing else { return };
        match self.share_all(&[(recipe.clone(), taken.clone())], &unheard()) {
            Ok(_) => {}
            Err(StoreError::Shared(fault)) => sharing.keep(fault),
            Err(error) => {
                let path = self.object(&taken.clip);
                sharing.keep(SharedStoreError::Local { what: "read", path, why: error.to_string() });
            }
        }
    }

    pub(super) fn share_recipe(&self, recipe: &Recipe) {
        let Some(sharing) = &self.sharing else { return };
        sharing.kept(sharing.shared.keep_recipe(recipe));
    }

    /// Puts clips with their last frames and receipts into the shared store, as far as they are whole here.
    pub fn share_all(&self, made: &[(Recipe, ClipRecord)], hear: &HearTransfer) -> Result<Transferred, StoreError> {
        let Some(sharing) = &self.sharing else { return Ok(Transferred::default()) };
        let mut digests: BTreeSet<Digest> = BTreeSet::new();
        for (_, taken) in made {
            digests.extend(std::iter::once(taken.clip).chain(taken.last_frame));
        }
        let mut files = Vec::new();
        for digest in digests.into_iter().filter(|digest| self.object(digest).exists()) {
            // A damaged clip must not be handed on under a good name.
            files.push((digest, self.check(&digest)?));
        }
        let sent = sharing.shared.upload(files, hear)?;
        let here = made.iter().filter(|(_, taken)| self.object(&taken.clip).exists()).cloned();
        let here: Vec<(Recipe, ClipRecord)> = here.collect();
        sharing.shared.record(&here)?;
        here.iter().for_each(|(_, taken)| sharing.known().take(taken));
        Ok(sent)
    }

    /// Keeps the receipt of a clip that came from the shared store.
    pub fn keep_receipt(&self, recipe: &Recipe, taken: &ClipRecord) -> Result<(), StoreError> {
        self.record_here(recipe, taken)
    }

    /// What of these is whole here and has no receipt in the shared store.
    pub fn unshared(&self, taken: &[ClipRecord]) -> Result<Vec<(Recipe, ClipRecord)>, StoreError> {
        if self.sharing.is_none() {
            return Ok(Vec::new());
        }
        let recipes: Vec<Digest> = taken.iter().map(|taken| taken.recipe).collect();
        let known = self.look_up(&recipes)?;
        let mut unshared = Vec::new();
        for taken in
            taken.iter().filter(|taken| !known.contains_key(&taken.recipe) && self.object(&taken.clip).exists())
        {
            // A clip whose recipe is not known here stands in a lock and nowhere else.
            if let Some(recipe) = self.recipe(&taken.recipe) {
                unshared.push((recipe, taken.clone()));
            }
        }
        Ok(unshared)
    }

    /// Whether the shared store has passed the race before, as far as this store remembers.
    #[must_use]
    pub fn has_raced(&self) -> bool {
        let Some(shared) = self.shared() else { return true };
        let raced = fs::read_to_string(self.root.join(RACED)).unwrap_or_default();
        raced.lines().any(|line| line == shared.address())
    }

    /// Remembers that the shared store has passed the race. Forgetting costs another one.
    pub fn remember_race(&self) {
        let Some(shared) = self.shared() else { return };
        let line = format!("{}\n", shared.address());
        let file = self.prepare().and_then(|()| File::options().create(true).append(true).open(self.root.join(RACED)));
        let _ = file.and_then(|mut file| io::Write::write_all(&mut file, line.as_bytes()));
    }
}

fn place(file: &Path, target: &Path) -> io::Result<()> {
    File::open(file)?.sync_all()?;
    fs::rename(file, target)?;
    protect(target)
}

/// Nobody listens.
fn unheard() -> HearTransfer {
    Arc::new(|_| {})
}
