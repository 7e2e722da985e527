//! Packages for Python, fetched from their registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of packages for Python, fetched once; what pip says where it cannot install them.
pub(crate) fn packages(packages: &[&str], options: &[&str]) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(packages.join("-"));
    if folder.is_dir() {
        return Ok(folder);
    }
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut python = Command::new("python3");
    python.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(options).args(packages);
    let done = python.arg("--target").arg(work.path().join("library")).output();
    let done = done.map_err(|error| format!("python3 with pip is needed: {error}"))?;
    if !done.status.success() {
        return Err(format!("pip cannot install {packages:?}: {}", String::from_utf8_lossy(&done.stderr)));
    }
    // Another run may have been quicker.
    let _ = fs::rename(work.path().join("library"), &folder);
    Ok(folder)
}
