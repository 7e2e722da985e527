//! All that a store holds, read from the disk.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use storyreel_core::gc::{Object, Receipt};
use storyreel_core::lock::ClipRecord;
use storyreel_core::units::Digest;

use super::{Store, StoreError};

/// How the name of a lock file ends.
pub const LOCK_ENDING: &str = ".lock.yaml";

/// All that a store holds.
#[derive(Debug, Default)]
pub struct StoreObjects {
    /// Clips and frames, in the order of their digests.
    pub objects: Vec<Object>,
    /// What was made of which recipe.
    pub receipts: Vec<Receipt>,
    /// Receipts that cannot be read.
    pub unreadable: Vec<PathBuf>,
    /// Files that are no objects and lie among them.
    pub strays: Vec<PathBuf>,
}

impl Store {
    /// Reads the names of all objects and every receipt. Ages are those at `now`.
    pub fn stored_objects(&self, now: SystemTime) -> Result<StoreObjects, StoreError> {
        let mut held = StoreObjects::default();
        for (path, facts) in files(&self.root.join("objects"))? {
            let digest = name(&path).parse::<Digest>().ok().filter(|digest| self.object(digest) == path);
            match digest {
                Some(digest) => {
                    let age = age(&facts, now);
                    held.objects.push(Object { digest, bytes: facts.len(), age, is_picture: false });
                }
                None => held.strays.push(path),
            }
        }
        for (path, facts) in files(&self.root.join("recipes"))? {
            if path.extension().is_none_or(|ending| ending != "done") {
                continue;
            }
            match fs::read_to_string(&path).ok().and_then(|text| ClipRecord::read(&text).ok()) {
                Some(taken) => held.receipts.push(Receipt { taken, age: age(&facts, now) }),
                None => held.unreadable.push(path),
            }
        }
        held.objects.sort_by_key(|object| object.digest);
        let frames = held.receipts.iter().filter_map(|receipt| receipt.taken.last_frame);
        let named: BTreeSet<Digest> = held.receipts.iter().map(|receipt| receipt.taken.clip).chain(frames).collect();
        for object in held.objects.iter_mut().filter(|object| !named.contains(&object.digest)) {
            object.is_picture = is_png(&self.object(&object.digest));
        }
        Ok(held)
    }

    /// The recipes for which a token was ever taken.
    pub fn ordered(&self) -> Result<Vec<Digest>, StoreError> {
        let folders = files(&self.root.join("spend"))?;
        Ok(folders.iter().filter_map(|(path, _)| name(path).parse().ok()).collect())
    }

    /// Removes an object for good. Only `store gc` may, on a verdict.
    pub(crate) fn remove(&self, object: &Digest) -> Result<(), StoreError> {
        let path = self.object(object);
        fs::remove_file(&path).map_err(StoreError::io("remove", &path))
    }
}

/// Whether a file begins as a PNG does; one that cannot be read does not.
fn is_png(path: &Path) -> bool {
    const BEGIN: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
    let mut begin = [0; BEGIN.len()];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok() && begin == *BEGIN
}

pub(super) fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn age(facts: &fs::Metadata, now: SystemTime) -> Duration {
    // What was written in the future by another clock is young.
    facts.modified().ok().and_then(|time| now.duration_since(time).ok()).unwrap_or_default()
}

/// The files two levels below `folder`; none where it is not there.
fn files(folder: &Path) -> Result<Vec<(PathBuf, fs::Metadata)>, StoreError> {
    let mut found = Vec::new();
    for shelf in listed(folder)? {
        if shelf.is_dir() {
            for path in listed(&shelf)? {
                let facts = fs::metadata(&path).map_err(StoreError::io("read", &path))?;
                found.push((path, facts));
            }
        }
    }
    Ok(found)
}

/// The paths of all that is in a folder of the store; the error names the folder.
pub(super) fn listed(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    folder_entries(folder).map_err(StoreError::io("read", folder))
}

/// The paths of all that is in a folder; none where there is no folder.
pub(crate) fn folder_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// Every lock file below `root`, except in the insides of git and in `store`. A folder that cannot be looked into is an
/// error: it may hold a lock file, and clips that it names would be thought useless.
pub fn lock_files(root: &Path, store: &Store) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in listed(&folder)? {
            // What a link leads to is found where it lies, or lies outside.
            let facts = fs::symlink_metadata(&path).map_err(StoreError::io("read", &path))?;
            if facts.is_dir() && name(&path) != ".git" && path != store.root {
                folders.push(path);
            } else if !facts.is_dir() && name(&path).ends_with(LOCK_ENDING) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_and_lock_files_are_found_and_strays_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let store = Store::at(folder.path().join(".storyreel"));
        let held = store.stored_objects(SystemTime::now()).expect("a store that is not there holds nothing");
        assert!(held.objects.is_empty() && held.receipts.is_empty());
        let work = store.workspace().expect("a workspace");
        fs::write(work.path().join("x"), b"clip").expect("written");
        let digest = store.adopt(&work.path().join("x")).expect("adopted");
        let stray = store.object(&digest).with_file_name("stray");
        fs::write(&stray, b"").expect("written");
        let held = store.stored_objects(SystemTime::now() + Duration::from_hours(1)).expect("read");
        assert_eq!((held.objects.len(), held.objects[0].digest, held.objects[0].bytes), (1, digest, 4));
        assert!(!held.objects[0].is_picture);
        fs::write(work.path().join("x"), b"\x89PNG\r\n\x1a\n...").expect("written");
        let frame = store.adopt(&work.path().join("x")).expect("adopted");
        let held = store.stored_objects(SystemTime::now()).expect("read");
        assert!(held.objects.iter().all(|object| object.is_picture == (object.digest == frame)));
        store.remove(&frame).expect("removed");
        let held = store.stored_objects(SystemTime::now() + Duration::from_hours(1)).expect("read");
        assert!(held.objects[0].age >= Duration::from_hours(1));
        assert_eq!(held.strays, [stray]);
        for path in [
            "a.lock.yaml",
            "deep/er/b.lock.yaml",
            "ad.locks/ad.mug.lock.yaml",
            ".git/c.lock.yaml",
            ".storyreel/d.lock.yaml",
            "e.yaml",
        ] {
            fs::create_dir_all(root.join(path).parent().expect("a folder")).expect("made");
            fs::write(root.join(path), "").expect("written");
        }
        let locks = lock_files(root, &store).expect("found");
        let expected = ["a.lock.yaml", "ad.locks/ad.mug.lock.yaml", "deep/er/b.lock.yaml"];
        assert_eq!(locks, expected.map(|path| root.join(path)));
        store.remove(&digest).expect("removed");
        assert!(store.stored_objects(SystemTime::now()).expect("read").objects.is_empty());
    }
}
