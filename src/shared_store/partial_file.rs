//! A file that is being fetched: what of it is there already counts, and its digest is computed while the rest comes.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::Digest as _;
use storyreel_core::units::Digest;

use super::SharedStoreError;
use super::place_error::PlaceError;

/// The most bytes of an object: 2 GiB, as much as is taken of a service (30 s at 1080p have some 60 MB).
const LARGEST: u64 = 2 << 30;

/// A file that is being fetched. Who opened it alone writes to it: it is locked until it is closed.
pub(super) struct PartialFile {
    path: PathBuf,
    file: File,
    hasher: sha2::Sha256,
    bytes: u64,
}

impl PartialFile {
    /// Opens a file, unless somebody else is fetching it at this moment.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut hasher = sha2::Sha256::new();
        let mut bytes = 0;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                len => {
                    hasher.update(&buffer[..len]);
                    bytes += len as u64;
                }
            }
        }
        file.seek(SeekFrom::Start(bytes))?;
        Ok(Some(Self { path: path.to_owned(), file, hasher, bytes }))
    }

    /// The bytes that are there.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes what came.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), PlaceError> {
        insist_on_size(self.bytes + bytes.len() as u64)?;
        let written = self.file.write_all(bytes);
        written.map_err(|error| PlaceError::Local(SharedStoreError::local("write", &self.path, &error)))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Forgets what is there.
    pub(super) fn restart(&mut self) -> Result<(), SharedStoreError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| SharedStoreError::local("write", &self.path, &error))?;
        self.hasher = sha2::Sha256::new();
        self.bytes = 0;
        Ok(())
    }

    /// The digest of all bytes.
    pub(super) fn digest(&self) -> Digest {
        Digest::from_bytes(self.hasher.clone().finalize().into())
    }
}

/// Refuses an object that is far larger than a clip, before it fills the disk.
pub(super) fn insist_on_size(bytes: u64) -> Result<(), PlaceError> {
    if bytes <= LARGEST {
        return Ok(());
    }
    Err(PlaceError::Unfit(format!("it has at least {bytes} bytes, far more than a clip")))
}
