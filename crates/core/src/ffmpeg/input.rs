//! What is said of every file that is read: the format that its content has, and that it may open files alone. Left to guess,
//! ffmpeg takes a playlist in disguise for one, and plays whatever the playlist names.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::list::{ArgumentList, file_url};

/// The protocols that may be used: files, and the pipes on which ffmpeg is fed.
const PROTOCOLS: &str = "-protocol_whitelist file,pipe";

/// The arguments of ffmpeg with the format of every file that it reads; `format_of` names the demuxer of a file.
///
/// # Errors
/// Those of `format_of`.
pub fn with_formats<E>(
    args: &[OsString],
    format_of: impl Fn(&Path) -> Result<&'static str, E>,
) -> Result<Vec<OsString>, E> {
    let mut told = ArgumentList::default();
    let mut has_format = false;
    for (at, arg) in args.iter().enumerate() {
        let after_input = at > 0 && args[at - 1] == "-i";
        if arg == "-i"
            && let Some(file) = args.get(at + 1).and_then(|name| path_of(name))
        {
            tell(&mut told, &file, has_format, &format_of)?;
        }
        // What stands between two inputs is about the second.
        has_format = if after_input { false } else { has_format || arg == "-f" };
        told.word(arg);
    }
    Ok(told.into_args())
}

/// The arguments of ffprobe, whose file stands last, with the format of that file.
///
/// # Errors
/// Those of `format_of`.
pub fn with_format<E>(
    args: &[OsString],
    format_of: impl Fn(&Path) -> Result<&'static str, E>,
) -> Result<Vec<OsString>, E> {
    let mut told = ArgumentList::default();
    let Some((name, options)) = args.split_last() else { return Ok(Vec::new()) };
    for option in options {
        told.word(option);
    }
    if let Some(file) = path_of(name) {
        let has_format = options.iter().any(|option| option == "-f");
        tell(&mut told, &file, has_format, &format_of)?;
    }
    told.word(name);
    Ok(told.into_args())
}

/// Says the format of a file, unless it is said already, and what may be opened for it.
fn tell<E>(
    args: &mut ArgumentList,
    file: &Path,
    has_format: bool,
    format_of: &impl Fn(&Path) -> Result<&'static str, E>,
) -> Result<(), E> {
    args.words(PROTOCOLS);
    if !has_format {
        args.words(&format!("-f {}", format_of(file)?));
    }
    Ok(())
}

/// The file behind a name as ffmpeg is given it; `None` for a pipe and for what ffmpeg makes itself.
fn path_of(name: &OsStr) -> Option<PathBuf> {
    let prefix = file_url(Path::new(""));
    let bytes = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes())?;
    Some(PathBuf::from(std::str::from_utf8(bytes).map_or_else(|_| lossless(name), OsString::from)))
}

/// The rest of a name behind its protocol, where it is no Unicode.
#[cfg(unix)]
fn lossless(name: &OsStr) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(&name.as_bytes()[5..]).to_owned()
}

#[cfg(not(unix))]
fn lossless(name: &OsStr) -> OsString {
    name.to_owned()
}
