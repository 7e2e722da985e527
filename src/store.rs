//! Clips and frames by the digest of their bytes, recipes and receipts by the digest of the recipe.
//!
//! Everything is written to a temporary name, synced and renamed, and nothing is ever overwritten, so several processes
//! may use one store and a crash leaves no half object under a good name.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::Digest as _;

use crate::lock::Taken;
use crate::plan::Known;
use crate::recipe::Recipe;
use crate::units::Digest;

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
}

/// A folder of clips, frames, recipes and receipts.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store at `root`; nothing is created until something is written.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
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
        let make = || -> io::Result<Workspace> {
            fs::create_dir_all(&folder)?;
            self.ignore_in_git()?;
            sweep(&folder);
            let folder = tempfile::Builder::new().prefix("work-").tempdir_in(&folder)?;
            let held = File::create(folder.path().join(HELD))?;
            held.lock()?;
            Ok(Workspace { folder, _held: held })
        };
        make().map_err(|source| StoreError::Io { what: "create", path: folder.clone(), source })
    }

    /// The store is a cache: a folder that git would track by accident holds gigabytes.
    fn ignore_in_git(&self) -> io::Result<()> {
        let file = self.root.join(".gitignore");
        if file.exists() { Ok(()) } else { fs::write(file, "*\n") }
    }

    /// Takes a finished file into the store: hashed, synced, and moved under the name of its digest.
    pub fn adopt(&self, file: &Path) -> Result<Digest, StoreError> {
        let fault = |what, path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { what, path, source }
        };
        let digest = digest_of(file).map_err(fault("read", file))?;
        let target = self.object(&digest);
        if target.exists() {
            return Ok(digest);
        }
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(fault("create", folder))?;
        File::open(file).and_then(|file| file.sync_all()).map_err(fault("sync", file))?;
        fs::rename(file, &target).map_err(fault("write", &target))?;
        sync_folder(folder).map_err(fault("sync", folder))?;
        Ok(digest)
    }

    /// Writes the canonical text of a recipe, and the receipt of what it gave. A receipt that is there stays.
    pub fn record(&self, recipe: &Recipe, taken: &Taken) -> Result<(), StoreError> {
        let digest = recipe.digest();
        self.create(&self.recipe_file(&digest, "json"), recipe.text().as_bytes())?;
        self.create(&self.recipe_file(&digest, "done"), taken.text().as_bytes())
    }

    fn create(&self, target: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let folder = target.parent().unwrap_or(&self.root);
        let write = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            write_whole(target, bytes, false)
        };
        write().map_err(|source| StoreError::Io { what: "write", path: target.to_owned(), source })
    }

    /// The recorded answer to "is the film on disk already this one?", kept per output path.
    #[must_use]
    pub fn film_stamp(&self, output: &Path) -> Option<String> {
        fs::read_to_string(self.stamp_file(output)).ok()
    }

    /// Records what the film on disk was made of. Losing it costs an assembly, so it is not synced.
    pub fn stamp_film(&self, output: &Path, stamp: &str) -> Result<(), StoreError> {
        let path = self.stamp_file(output);
        let write = || fs::create_dir_all(self.root.join("films")).and_then(|()| fs::write(&path, stamp));
        write().map_err(|source| StoreError::Io { what: "write", path: path.clone(), source })
    }

    fn stamp_file(&self, output: &Path) -> PathBuf {
        self.root.join("films").join(Digest::of(output.as_os_str().as_encoded_bytes()).hex())
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
        let idle = || File::open(entry.path().join(HELD)).is_ok_and(|held| held.try_lock().is_ok());
        if age.is_some_and(|age| age > SETTLED) && idle() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Known for Store {
    fn receipt(&self, recipe: &Digest) -> Option<Taken> {
        let text = fs::read_to_string(self.recipe_file(recipe, "done")).ok()?;
        Taken::read(&text).ok().filter(|taken| taken.recipe == *recipe)
    }

    fn has(&self, object: &Digest) -> bool {
        self.object(object).exists()
    }

    fn recipe(&self, recipe: &Digest) -> Option<Recipe> {
        fs::read_to_string(self.recipe_file(recipe, "json")).ok().and_then(|text| Recipe::read(&text))
    }
}

/// The digest of a file, read as a stream.
pub fn digest_of(file: &Path) -> io::Result<Digest> {
    let mut file = File::open(file)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest::from_bytes(hasher.finalize().into())),
            len => hasher.update(&buffer[..len]),
        }
    }
}

/// Writes a file so that after a crash there is the whole new one or none: temporary name, sync, then its own name.
/// With `replace` an older file gives way, without it the older one stays.
pub fn write_whole(target: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    if !replace && target.exists() {
        return Ok(());
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let placed = if replace { file.persist(target).map(drop) } else { file.persist_noclobber(target).map(drop) };
    match placed {
        Err(error) if !replace && error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
        Ok(()) => make_readable(target).and_then(|()| sync_folder(folder)),
    }
}

/// Temporary files are private; a lock or receipt is for whoever may read the project.
#[cfg(unix)]
fn make_readable(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
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
