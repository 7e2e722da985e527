//! Clips and frames by the digest of their bytes, recipes and receipts by the digest of the recipe.
//!
//! Everything is written to a temporary name, synced and renamed, and nothing whole is ever overwritten, so several
//! processes may use one store and a crash leaves no half object under a good name.

mod check;
mod retention;
mod shared;
mod tokens;
mod write;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{KnownClips, Unfinished};
use storyreel_core::recipe::Recipe;
use storyreel_core::units::Digest;

pub use check::Rot;
pub(crate) use retention::folder_entries;
pub use retention::{LOCK_ENDING, StoreObjects, lock_files};
use shared::Sharing;
pub(crate) use write::make_folder;
pub use write::{digest_of, insist_on_file, write_lock, write_whole};
use write::{protect, sync_folder};

use crate::shared_store::SharedStoreError;

/// The name of the folder at the root of a project.
pub const FOLDER: &str = ".storyreel";

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder of the store could not be written or read.
    #[error("cannot {what} `{}` in the store", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// An object is not what its name says.
    #[error(
        "`{}` in the store is damaged: restore it from a copy of the store, or delete it, and it is fetched or \
         made again",
        path.display()
    )]
    Rotten {
        /// The digest that it should have.
        digest: Digest,
        /// Where it lies.
        path: PathBuf,
    },
    /// An object is not in the store.
    #[error("`{}` is not in the store", path.display())]
    Missing {
        /// Its digest.
        digest: Digest,
        /// Where it should lie.
        path: PathBuf,
    },
    /// The shared store cannot be used.
    #[error(transparent)]
    Shared(#[from] SharedStoreError),
}

impl StoreError {
    /// A fault at `path` while doing `what`.
    fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}

/// A folder of clips, frames, recipes and receipts.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// The shared store of which this one is the cache.
    sharing: Option<Arc<Sharing>>,
}

impl Store {
    /// The store at `root`; nothing is created until something is written.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), sharing: None }
    }

    /// The folder of the store.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where an object lies, whether it is there or not.
    #[must_use]
    pub fn object(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join("objects").join(&hex[..2]).join(hex)
    }

    fn recipe_file(&self, recipe: &Digest, ending: &str) -> PathBuf {
        let hex = recipe.hex();
        self.root.join("recipes").join(&hex[..2]).join(format!("{hex}.{ending}"))
    }

    /// A fresh folder for unfinished files; it goes when the value is dropped. Folders that killed runs left behind go,
    /// too.
    pub fn workspace(&self) -> Result<Workspace, StoreError> {
        let folder = self.root.join("tmp");
        self.make_workspace(&folder).map_err(StoreError::io("create", &folder))
    }

    fn make_workspace(&self, parent: &Path) -> io::Result<Workspace> {
        self.prepare()?;
        fs::create_dir_all(parent)?;
        sweep(parent);
        let folder = tempfile::Builder::new().prefix("work-").tempdir_in(parent)?;
        let held = File::create(folder.path().join(HELD))?;
        held.lock()?;
        Ok(Workspace { folder, _held: held })
    }

    /// The store is a cache: a folder that git would track by accident holds gigabytes.
    fn ignore_in_git(&self) -> io::Result<()> {
        let file = self.root.join(".gitignore");
        if file.exists() { Ok(()) } else { fs::write(file, "*\n") }
    }

    /// Takes a finished file into the store: hashed, synced, protected from writing, and moved under the name of its
    /// digest. A damaged object under that name gives way.
    pub fn adopt(&self, file: &Path) -> Result<Digest, StoreError> {
        let digest = digest_of(file).map_err(StoreError::io("read", file))?;
        let target = self.object(&digest);
        if self.check(&digest).is_ok() {
            return Ok(digest);
        }
        let folder = target.parent().unwrap_or(&self.root);
        make_folder(folder).map_err(StoreError::io("create", folder))?;
        protect(file).map_err(StoreError::io("protect", file))?;
        File::open(file).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", file))?;
        fs::rename(file, &target).map_err(StoreError::io("write", &target))?;
        sync_folder(folder).map_err(StoreError::io("sync", folder))?;
        self.remember(&digest);
        Ok(digest)
    }

    /// Writes the canonical text of a recipe, so that what is paid for is known even before there is a clip.
    pub fn keep_recipe(&self, recipe: &Recipe) -> Result<(), StoreError> {
        self.share_recipe(recipe);
        self.keep_recipe_here(recipe)
    }

    fn keep_recipe_here(&self, recipe: &Recipe) -> Result<(), StoreError> {
        self.create(&self.recipe_file(&recipe.digest(), "json"), recipe.text().as_bytes(), false)
    }

    /// Writes the canonical text of a recipe, and the receipt of what it gave. A receipt whose clip is in the store
    /// stays; one whose clip is lost gives way.
    pub fn record(&self, recipe: &Recipe, taken: &ClipRecord) -> Result<(), StoreError> {
        self.record_here(recipe, taken)?;
        self.share(recipe, taken);
        Ok(())
    }

    fn record_here(&self, recipe: &Recipe, taken: &ClipRecord) -> Result<(), StoreError> {
        self.keep_recipe_here(recipe)?;
        let digest = recipe.digest();
        let stale = self.receipt_here(&digest).is_none_or(|older| !self.object(&older.clip).exists());
        self.create(&self.recipe_file(&digest, "done"), taken.text().as_bytes(), stale)
    }

    /// The receipt in this store, whatever is in the shared one.
    fn receipt_here(&self, recipe: &Digest) -> Option<ClipRecord> {
        let text = fs::read_to_string(self.recipe_file(recipe, "done")).ok()?;
        ClipRecord::read(&text).ok().filter(|taken| taken.recipe == *recipe)
    }

    /// The receipt of a recipe whose clip is in this store.
    #[must_use]
    pub fn clip_here(&self, recipe: &Digest) -> Option<ClipRecord> {
        self.receipt_here(recipe).filter(|taken| self.object(&taken.clip).exists())
    }

    fn create(&self, target: &Path, bytes: &[u8], replace: bool) -> Result<(), StoreError> {
        let folder = target.parent().unwrap_or(&self.root);
        make_folder(folder).and_then(|()| write_whole(target, bytes, replace)).map_err(StoreError::io("write", target))
    }

    /// Makes the folder of the store, unseen by git.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        make_folder(&self.root)?;
        self.ignore_in_git()
    }

    /// How long tasks took, as it was kept last; empty where nothing is.
    #[must_use]
    pub fn history(&self) -> String {
        fs::read_to_string(self.root.join(HISTORY)).unwrap_or_default()
    }

    /// Keeps how long tasks took. Losing it costs some polls, so a store that cannot be written is no fault.
    pub fn keep_history(&self, text: &str) {
        let _ = write_whole(&self.root.join(HISTORY), text.as_bytes(), true);
    }

    /// The recorded answer to "is the film on disk already this one?", kept per output path.
    #[must_use]
    pub fn film_stamp(&self, output: &Path) -> Option<String> {
        fs::read_to_string(self.stamp_file(output)).ok()
    }

    /// Records what the film on disk was made of. Losing it costs an assembly, so it is not synced.
    pub fn stamp_film(&self, output: &Path, stamp: &str) -> Result<(), StoreError> {
        let path = self.stamp_file(output);
        fs::create_dir_all(self.root.join("films"))
            .and_then(|()| fs::write(&path, stamp))
            .map_err(StoreError::io("write", &path))
    }

    /// The digests of the files of subtitles that were last written beside the film, by their ending.
    #[must_use]
    pub fn film_subtitles(&self, output: &Path) -> BTreeMap<String, Digest> {
        let text = fs::read_to_string(self.stamp_file(output).with_extension("subtitles")).unwrap_or_default();
        let mut files = BTreeMap::new();
        for (ending, digest) in text.lines().filter_map(|line| line.split_once(' ')) {
            if let Ok(digest) = digest.parse() {
                files.insert(ending.to_owned(), digest);
            }
        }
        files
    }

    /// Records what was written beside the film. Lost, these files count as a user's own and stay, so it is synced.
    pub fn record_film_subtitles(&self, output: &Path, files: &BTreeMap<String, Digest>) -> Result<(), StoreError> {
        let path = self.stamp_file(output).with_extension("subtitles");
        let lines: Vec<String> = files.iter().map(|(ending, digest)| format!("{ending} {digest}")).collect();
        let text = lines.join("\n");
        fs::create_dir_all(self.root.join("films"))
            .and_then(|()| write_whole(&path, text.as_bytes(), true))
            .map_err(StoreError::io("write", &path))
    }

    /// Waits until no other process makes the film at `output`, and keeps others from it until the file is closed, which
    /// the end of the process does, too.
    pub async fn hold_film(&self, output: &Path) -> Result<File, StoreError> {
        let path = self.stamp_file(output).with_extension("held");
        let shown = path.clone();
        let held = tokio::task::spawn_blocking(move || hold_file(&path)).await;
        held.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(StoreError::io("hold", &shown))
    }

    /// The folder for what is kept of a film besides its stamp: what was encoded for its joins, and what was measured.
    #[must_use]
    pub fn film_folder(&self, output: &Path) -> PathBuf {
        self.stamp_file(output).with_extension("joins")
    }

    /// The record of where a film was written, by what the film is known by.
    #[must_use]
    pub fn film_file_record(&self, key: &Path) -> PathBuf {
        self.stamp_file(key).with_extension("written")
    }

    fn stamp_file(&self, output: &Path) -> PathBuf {
        self.root.join("films").join(Digest::of(output.as_os_str().as_encoded_bytes()).hex())
    }
}

/// The file in which the lengths of tasks are kept.
const HISTORY: &str = "history";

impl Store {
    /// Whether a run works in the store at this moment.
    #[must_use]
    pub fn in_use(&self) -> bool {
        let entries = fs::read_dir(self.root.join("tmp")).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| {
            File::open(entry.path().join(HELD))
                .is_ok_and(|held| matches!(held.try_lock_shared(), Err(TryLockError::WouldBlock)))
        })
    }
}

/// A folder for unfinished files of one run.
#[derive(Debug)]
pub struct Workspace {
    folder: tempfile::TempDir,
    /// Locked for as long as the run lives, whatever ends it.
    _held: File,
}

impl Workspace {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

const HELD: &str = "held";

/// A workspace younger than this may be about to be locked by its run.
const SETTLED: Duration = Duration::from_mins(10);

/// Removes the workspaces of runs that were killed. What cannot be removed does no harm.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|facts| facts.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > SETTLED) && is_idle(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_idle(workspace: &Path) -> bool {
    File::open(workspace.join(HELD)).is_ok_and(|held| held.try_lock().is_ok())
}

fn hold_file(path: &Path) -> io::Result<File> {
    make_folder(path.parent().unwrap_or(Path::new(".")))?;
    let file = File::options().create(true).append(true).open(path)?;
    file.lock()?;
    Ok(file)
}

impl KnownClips for Store {
    fn receipt(&self, recipe: &Digest) -> Option<ClipRecord> {
        let here = self.clip_here(recipe).or_else(|| self.shared_receipt(recipe));
        here.or_else(|| self.receipt_here(recipe))
    }

    fn has(&self, object: &Digest) -> bool {
        self.object(object).exists() || self.is_there(object)
    }

    fn unfinished(&self, _: &Digest) -> Option<Unfinished> {
        None
    }

    fn recipe(&self, recipe: &Digest) -> Option<Recipe> {
        let here = fs::read_to_string(self.recipe_file(recipe, "json")).ok().and_then(|text| Recipe::read(&text));
        here.or_else(|| self.shared_recipe(recipe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_lies_under_its_digest_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("s"));
        let work = store.workspace().expect("a workspace");
        let digests: Vec<Digest> = (0..2)
            .map(|n| {
                let file = work.path().join(n.to_string());
                fs::write(&file, b"abc").expect("written");
                store.adopt(&file).expect("adopted")
            })
            .collect();
        assert_eq!(digests, [Digest::of(b"abc"); 2]);
        assert_eq!(fs::read(store.object(&digests[0])).expect("there"), b"abc");
        assert!(store.has(&digests[0]) && !store.has(&Digest::of(b"x")));
        let facts = fs::metadata(store.object(&digests[0])).expect("there");
        assert!(facts.permissions().readonly(), "a clip that was paid is not written to by accident");
        assert!(store.in_use());
        drop(work);
        assert!(!store.in_use());
    }

    #[test]
    fn whole_files_replace_or_stay_as_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("f");
        write_whole(&file, b"1", false).expect("written");
        write_whole(&file, b"2", false).expect("kept");
        assert_eq!(fs::read(&file).expect("there"), b"1");
        write_whole(&file, b"3", true).expect("replaced");
        assert_eq!(fs::read(&file).expect("there"), b"3");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
