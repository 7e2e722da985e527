//! Where a film was written last: `render -o` puts it elsewhere than its name says, and who looks at it later finds it
//! there.

use std::fs;
use std::path::{Path, PathBuf};

use super::context::folder_of;
use super::load::Loaded;
use crate::store::write_whole;

/// The file of a film, as far as it is known.
pub(super) struct KnownFilmFile {
    /// Where it is, or where a render would write it.
    pub(super) path: PathBuf,
    /// Where it was written last, if nothing is there any more.
    pub(super) gone: Option<PathBuf>,
}

/// The file of the film: where it was written last, else where its name says.
pub(super) fn film_file(loaded: &Loaded) -> KnownFilmFile {
    let usual = loaded.output();
    match FilmFileRecord::of(loaded).read() {
        Some(written) if written.path.is_file() => KnownFilmFile { path: written.known_path(), gone: None },
        Some(written) => KnownFilmFile { path: usual, gone: Some(written.given) },
        None => KnownFilmFile { path: usual, gone: None },
    }
}

/// The record of where a film was written last. It is known by the film's lock, whatever the film's file is called.
pub(super) struct FilmFileRecord {
    record: PathBuf,
    /// The folder to which paths below it are relative, so that a project can be moved.
    root: PathBuf,
}

/// A file that was written.
struct WrittenFile {
    /// Its path as the command line gave it: what else is kept of the film is known by that.
    given: PathBuf,
    path: PathBuf,
}

impl FilmFileRecord {
    pub(super) fn of(loaded: &Loaded) -> Self {
        let root = loaded.root();
        let root = fs::canonicalize(&root).unwrap_or(root);
        let lock = loaded.true_path(&loaded.lock_file());
        let key = lock.strip_prefix(&root).unwrap_or(&lock);
        Self { record: loaded.store.film_file_record(key), root }
    }

    /// Keeps that the film was written to `output`. Losing it costs a search, so a failure to write is none.
    pub(super) fn keep(&self, output: &Path) {
        let Ok(path) = fs::canonicalize(output) else { return };
        let path = path.strip_prefix(&self.root).unwrap_or(&path);
        let (Some(given), Some(path)) = (output.to_str(), path.to_str()) else { return };
        let text = serde_json::json!({"given": given, "path": path}).to_string();
        if fs::read_to_string(&self.record).is_ok_and(|kept| kept == text) {
            return;
        }
        let _ = fs::create_dir_all(folder_of(&self.record));
        let _ = write_whole(&self.record, text.as_bytes(), true);
    }

    fn read(&self) -> Option<WrittenFile> {
        let text = fs::read_to_string(&self.record).ok()?;
        let kept: serde_json::Value = serde_json::from_str(&text).ok()?;
        let given = kept["given"].as_str()?.into();
        // An absolute path stays as it is.
        Some(WrittenFile { given, path: self.root.join(kept["path"].as_str()?) })
    }
}

impl WrittenFile {
    /// The path as it was given, unless that leads elsewhere from this folder.
    fn known_path(self) -> PathBuf {
        let is_same = fs::canonicalize(&self.given).is_ok_and(|path| path == self.path);
        if is_same { self.given } else { self.path }
    }
}
