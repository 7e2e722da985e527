//! Outputs that appear complete or not at all.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use storyreel_core::units::Digest;
use tempfile::TempPath;

use super::MediaError;

/// A temporary file beside the place where it is to appear. Dropped, it is gone and the place is as it was.
pub(super) struct Fresh {
    temporary: TempPath,
    place: PathBuf,
}

/// How the temporary file of `place` begins its name: like no other place's in the folder, and no longer than names may
/// be.
fn prefix(place: &Path) -> String {
    let name = place.file_name().unwrap_or_default();
    format!(".storyreel-{}-", Digest::of(name.as_encoded_bytes()).short())
}

impl Fresh {
    /// A file for a place that no other process writes at this time: what one that was ended in the middle left there
    /// is removed.
    pub(super) fn alone(place: &Path) -> Result<Self, MediaError> {
        let absolute = std::path::absolute(place).map_err(MediaError::file("write", place))?;
        let left = prefix(&absolute);
        let entries = absolute.parent().and_then(|folder| fs::read_dir(folder).ok());
        for entry in entries.into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(left.as_bytes()) && name.as_encoded_bytes().ends_with(b".part") {
                // What cannot be removed does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
        Self::beside(place)
    }

    pub(super) fn beside(place: &Path) -> Result<Self, MediaError> {
        let absolute = std::path::absolute(place).map_err(MediaError::file("write", place))?;
        let folder = absolute.parent().unwrap_or(&absolute);
        let prefix = prefix(&absolute);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".part");
        // Temporary files are private by default; a finished film is as readable as any file of the user's.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder).map_err(MediaError::file("write", place))?.into_temp_path();
        Ok(Self { temporary, place: absolute })
    }

    /// Where to write, absolute.
    pub(super) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Puts the file on disk for good and gives it its name, replacing what was there.
    pub(super) async fn commit(self) -> Result<(), MediaError> {
        tokio::task::spawn_blocking(move || {
            let Self { temporary, place } = self;
            let synced = File::options().write(true).open(&temporary).and_then(|file| file.sync_all());
            synced.map_err(MediaError::file("write", &place))?;
            let renamed = temporary.persist(&place).map_err(|error| error.error);
            renamed.map_err(MediaError::file("write", &place))?;
            // The name is safe only when the folder is; systems that cannot sync a folder do without.
            if let Some(folder) = place.parent().and_then(|folder| File::open(folder).ok()) {
                let _ = folder.sync_all();
            }
            Ok(())
        })
        .await
        .expect("renaming a file does not panic")
    }
}
