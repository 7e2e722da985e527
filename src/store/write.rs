//! Writing that survives a crash: all of it is there, or nothing.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use sha2::Digest as _;
use storyreel_core::units::Digest;

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

/// Writes a lock file, and makes the folder in which the locks of many films lie.
pub fn write_lock(target: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    write_whole(target, text.as_bytes(), true)
}

/// Writes a file so that after a crash there is the whole new one or none: temporary name, sync, then its own name.
/// With `replace` an older file gives way, without it the older one stays.
pub fn write_whole(target: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    if !replace && target.exists() {
        return Ok(());
    }
    insist_on_file(target)?;
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

/// Nothing is ever written over what is not a regular file: a device, a pipe, a socket, a folder, and not the name of an
/// open stream either, whatever that leads to.
///
/// # Errors
/// Something else stands at `target`.
pub fn insist_on_file(target: &Path) -> io::Result<()> {
    let is_other = fs::metadata(target).is_ok_and(|facts| !facts.is_file());
    if is_other || is_stream_name(target) {
        return Err(io::Error::other("it is not a regular file; only regular files are overwritten"));
    }
    Ok(())
}

/// Whether a path names a stream of a process, such as `/dev/stdout`. Where that leads to a file, it looks like one.
fn is_stream_name(target: &Path) -> bool {
    if !cfg!(unix) {
        return false;
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::canonicalize(folder)
        .is_ok_and(|folder| folder == Path::new("/dev") || folder.starts_with("/dev/fd") || folder.starts_with("/proc"))
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

/// An object is never written again.
#[cfg(unix)]
pub(super) fn protect(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o444))
}

#[cfg(not(unix))]
pub(super) fn protect(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a folder and those above it, each known to the disk before the next is made.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new(""));
    make_folder(above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !folder.is_dir() => return Err(error),
        _ => {}
    }
    sync_folder(if above.as_os_str().is_empty() { Path::new(".") } else { above })
}

/// Makes the names in a folder known to the disk.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
