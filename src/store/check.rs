//! Whether objects still are what their names say.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use storyreel_core::units::Digest;

use super::{Store, StoreError, digest_of};

/// An object that is not what its name says.
#[derive(Debug)]
pub struct Rot {
    /// The digest that it should have.
    pub digest: Digest,
    /// Where it lies.
    pub path: PathBuf,
    /// The digest that it has; `None` where it cannot be read.
    pub found: Option<Digest>,
}

impl Store {
    /// The path of an object, once it is sure that it holds the bytes of its name. A look into a large clip is
    /// remembered by its size and time of change, so it costs once; only `store verify` looks at everything again.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Rotten`], or what the disk says.
    pub fn check(&self, digest: &Digest) -> Result<PathBuf, StoreError> {
        let path = self.object(digest);
        if !path.exists() && self.is_there(digest) {
            self.bring_quietly([*digest])?;
        }
        let identity = match self.identity(digest) {
            Ok(identity) => identity,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Missing { digest: *digest, path });
            }
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        if self.remembered(&identity) {
            return Ok(path);
        }
        let found = digest_of(&path).map_err(StoreError::io("read", &path))?;
        if found != *digest {
            return Err(StoreError::Rotten { digest: *digest, path });
        }
        self.remember(digest);
        Ok(path)
    }

    /// Looks at every one of `objects` again, whatever is remembered; `seen` is called for each. Gives those that are not
    /// what their names say.
    pub fn verify(&self, objects: impl IntoIterator<Item = Digest>, mut seen: impl FnMut(&Digest)) -> Vec<Rot> {
        let mut rotten = Vec::new();
        for digest in objects {
            let path = self.object(&digest);
            let found = digest_of(&path).ok();
            if found != Some(digest) {
                rotten.push(Rot { digest, path, found });
            }
            seen(&digest);
        }
        if !rotten.is_empty() {
            // What was remembered of them was wrong, and forgetting the rest costs only time.
            let _ = fs::remove_file(self.inspection_cache());
        }
        rotten
    }

    /// Name, size and time of change on one line.
    fn identity(&self, digest: &Digest) -> io::Result<String> {
        let facts = fs::metadata(self.object(digest))?;
        let changed = facts.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(format!("{} {} {}", digest.hex(), facts.len(), changed.as_nanos()))
    }

    fn inspection_cache(&self) -> PathBuf {
        self.root.join("checked")
    }

    fn remembered(&self, identity: &str) -> bool {
        let text = fs::read_to_string(self.inspection_cache()).unwrap_or_default();
        text.lines().any(|line| line == identity)
    }

    /// Remembers that an object was found whole. Forgetting costs only time, so a store that cannot be written is no
    /// fault; a line is short enough to be written at once, so several processes may.
    pub(super) fn remember(&self, digest: &Digest) {
        let Ok(identity) = self.identity(digest) else { return };
        let file = OpenOptions::new().create(true).append(true).open(self.inspection_cache());
        let _ = file.and_then(|mut file| file.write_all(format!("{identity}\n").as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    fn store() -> (tempfile::TempDir, Store, Digest) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("s"));
        let digest = adopt(&store, b"clip");
        (folder, store, digest)
    }

    fn adopt(store: &Store, bytes: &[u8]) -> Digest {
        let work = store.workspace().expect("a workspace");
        let file = work.path().join("clip");
        fs::write(&file, bytes).expect("written");
        store.adopt(&file).expect("adopted")
    }

    /// Damages an object so that its size stays.
    fn damage(store: &Store, digest: &Digest) {
        let path = store.object(digest);
        fs::remove_file(&path).expect("removed");
        fs::write(&path, b"clop").expect("written");
        let later = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(later)).expect("set");
    }

    #[test]
    fn damage_is_found_by_use_and_by_looking_and_mended_by_the_clip_itself() {
        let (_folder, store, digest) = store();
        assert_eq!(store.check(&digest).expect("whole"), store.object(&digest));
        damage(&store, &digest);
        let error = store.check(&digest).expect_err("damaged");
        assert!(matches!(error, StoreError::Rotten { .. }) && error.to_string().contains("is damaged"), "{error}");
        let rotten = store.verify([digest], |_| {});
        assert_eq!((rotten[0].digest, rotten[0].found), (digest, Some(Digest::of(b"clop"))));
        assert_eq!(adopt(&store, b"clip"), digest);
        assert!(store.check(&digest).is_ok() && store.verify([digest], |_| {}).is_empty());
    }

    fn checked_lines(store: &Store) -> usize {
        fs::read_to_string(store.root().join("checked")).expect("there").lines().count()
    }

    #[test]
    fn a_look_costs_once() {
        let (_folder, store, digest) = store();
        assert_eq!(checked_lines(&store), 1, "what is adopted was looked at");
        store.check(&digest).expect("whole");
        assert_eq!(checked_lines(&store), 1);
        fs::remove_file(store.root().join("checked")).expect("removed");
        store.check(&digest).expect("whole");
        store.check(&digest).expect("whole");
        assert_eq!(checked_lines(&store), 1);
    }

    #[test]
    fn what_is_not_there_is_missing_and_not_damaged() {
        let (_folder, store, _) = store();
        assert!(matches!(store.check(&Digest::of(b"x")), Err(StoreError::Missing { .. })));
    }
}
