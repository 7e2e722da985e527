//! Outputs that appear complete or not at all.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::MediaError;

/// A temporary file beside the place where it is to appear. Dropped, it is gone and the place is as it was.
pub(super) struct Fresh {
    temporary: TempPath,
    place: PathBuf,
}

impl Fresh {
    pub(super) fn beside(place: &Path) -> Result<Self, MediaError> {
        let absolute = std::path::absolute(place).map_err(MediaError::file("write", place))?;
        let folder = absolute.parent().unwrap_or(&absolute);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".storyreel-").suffix(".part");
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
            let failed = || MediaError::file("write", &place);
            File::options().write(true).open(&temporary).and_then(|file| file.sync_all()).map_err(failed())?;
            temporary.persist(&place).map_err(|error| failed()(error.error))?;
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
