//! A shared folder on a drive that several machines see. What is created appears whole, under a hard link: of two
//! machines that create the same name one alone succeeds. A drive without hard links cannot tell, and is refused.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::address::Address;
use super::partial_file::{self, PartialFile};
use super::place_error::{CreateAnswer, PlaceError};
use super::{LARGEST_TEXT, SharedObject, SharedStoreError};

/// A folder, by its whole path.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: Arc<Path>,
}

type LinkCall<'a> = &'a dyn Fn(&Path, &Path) -> io::Result<()>;

/// How the names of unfinished files begin. A killed process leaves some behind; they are no objects.
const UNFINISHED: &str = ".new-";

impl Folder {
    pub(super) fn at(address: &Address) -> Self {
        Self { root: Path::new(&address.folder).into() }
    }

    fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.root.to_path_buf(), |path, part| path.join(part))
    }

    pub(super) fn create(&self, name: &str, bytes: &[u8]) -> CreateAnswer {
        match self.create_by(name, |file| file.write_all(bytes), &|from, to| fs::hard_link(from, to)) {
            Ok(()) => CreateAnswer::Created,
            Err(error) => CreateAnswer::Doubt(said(&error)),
        }
    }

    /// Creates a file whole or not at all.
    fn create_by(
        &self,
        name: &str,
        write: impl FnOnce(&mut File) -> io::Result<()>,
        link: LinkCall<'_>,
    ) -> io::Result<()> {
        let target = self.path(name);
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        let mut whole = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        write(whole.as_file_mut())?;
        make_readable(whole.path())?;
        whole.as_file().sync_all()?;
        link(whole.path(), &target).map_err(without_links)?;
        sync(folder)
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        let Some(file) = there(open(&self.path(name)))? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(LARGEST_TEXT + 1).read_to_end(&mut bytes).map_err(|error| said(&error))?;
        if bytes.len() as u64 > LARGEST_TEXT {
            return Err(PlaceError::refused(&"it is far larger than it should be"));
        }
        Ok(Some(bytes))
    }

    pub(super) fn size(&self, name: &str) -> Result<Option<u64>, PlaceError> {
        Ok(there(fs::metadata(self.path(name)))?.map(|facts| facts.len()))
    }

    pub(super) fn list(&self, folder: &str) -> Result<Vec<SharedObject>, PlaceError> {
        let mut objects = Vec::new();
        self.list_into(folder, &mut objects).map_err(|error| said(&error))?;
        Ok(objects)
    }

    fn list_into(&self, folder: &str, objects: &mut Vec<SharedObject>) -> io::Result<()> {
        let entries = match fs::read_dir(self.path(folder)) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            // Names that are no text are none of ours.
            let Ok(own) = entry.file_name().into_string() else { continue };
            let name = format!("{folder}/{own}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.list_into(&name, objects)?;
            } else if kind.is_file() && !own.starts_with(UNFINISHED) {
                // What is removed meanwhile is not there.
                let Ok(facts) = entry.metadata() else { continue };
                let age = facts.modified().ok().and_then(|written| written.elapsed().ok()).unwrap_or(Duration::ZERO);
                objects.push(SharedObject { name, bytes: facts.len(), age });
            }
        }
        Ok(())
    }

    pub(super) fn delete(&self, name: &str) -> Result<(), PlaceError> {
        there(fs::remove_file(self.path(name))).map(|_| ())
    }

    pub(super) fn upload(&self, name: &str, file: &Path) -> Result<u64, PlaceError> {
        let mut source = File::open(file).map_err(|error| local("read", file, &error))?;
        let mut sent = 0;
        let copy = |target: &mut File| {
            sent = io::copy(&mut source, target)?;
            Ok(())
        };
        let written = self.create_by(name, copy, &|from, to| fs::hard_link(from, to));
        match written {
            Ok(()) => Ok(sent),
            // Whoever was quicker has put the same bytes there.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(sent),
            Err(error) => Err(said(&error)),
        }
    }

    pub(super) fn download(&self, name: &str, into: &mut PartialFile) -> Result<(), PlaceError> {
        let opened = there(open(&self.path(name)))?;
        let mut file = opened.ok_or(PlaceError::NotThere)?;
        partial_file::insist_on_size(file.metadata().map_err(|error| said(&error))?.len())?;
        file.seek(SeekFrom::Start(into.bytes())).map_err(|error| said(&error))?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer).map_err(|error| said(&error))? {
                0 => return Ok(()),
                len => into.take(&buffer[..len])?,
            }
        }
    }
}

/// Opens a file for reading. What is no file, for example a pipe, would be waited for without end.
fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() { File::open(path) } else { Err(io::Error::other("it is no file")) }
}

fn local(what: &'static str, path: &Path, error: &io::Error) -> PlaceError {
    PlaceError::Local(SharedStoreError::local(what, path, error))
}

/// A result of something that need not be there.
fn there<T>(result: io::Result<T>) -> Result<Option<T>, PlaceError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(said(&error)),
    }
}

fn said(error: &io::Error) -> PlaceError {
    PlaceError::refused(error)
}

/// What a drive says that was asked for a hard link, and what that means where it has none.
fn without_links(error: io::Error) -> io::Error {
    let has_none = matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::PermissionDenied | ErrorKind::CrossesDevices | ErrorKind::TooManyLinks
    );
    let why = "this drive has no hard links, and without them nobody knows which of two machines was first";
    if has_none { io::Error::other(format!("{why} ({error})")) } else { error }
}

/// Unfinished files are private; what is shared is for whoever may read the folder.
#[cfg(unix)]
fn make_readable(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o444))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes the names in a folder known to the disk.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(root: &Path) -> Folder {
        Folder::at(&Address::read(&format!("file://{}", root.display())).expect("an address"))
    }

    #[test]
    fn a_drive_without_hard_links_creates_nothing_and_says_why() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        for kind in [ErrorKind::Unsupported, ErrorKind::PermissionDenied] {
            let refuse = |_: &Path, _: &Path| -> io::Result<()> { Err(kind.into()) };
            let error = folder.create_by("spend/ab/1", |file| file.write_all(b"x"), &refuse).expect_err("refused");
            assert!(error.to_string().contains("no hard links"), "{error}");
        }
        assert_eq!(folder.list("spend").expect("listed"), []);
    }

    #[test]
    fn what_is_there_is_not_overwritten_and_unfinished_files_are_not_listed() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        assert!(matches!(folder.create("a/b", b"1"), CreateAnswer::Created));
        assert!(matches!(folder.create("a/b", b"2"), CreateAnswer::Doubt(_)));
        fs::write(root.path().join("a/.new-x"), "torn").expect("written");
        let listed = folder.list("a").expect("listed");
        assert_eq!(listed.iter().map(|object| (&*object.name, object.bytes)).collect::<Vec<_>>(), [("a/b", 1)]);
        assert_eq!(folder.read("a/b").expect("read"), Some(b"1".to_vec()));
        assert_eq!(folder.size("a/c").expect("asked"), None);
        assert!(folder.read("a").is_err(), "a folder is no object");
    }
}
