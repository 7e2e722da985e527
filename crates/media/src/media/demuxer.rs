//! What ffmpeg is told of every file that it reads: the format that the content has, and that it may open files alone. Left
//! to guess, it takes a playlist in disguise for one, and plays whatever the playlist names.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};

use storyreel_core::content::FileContent;
use storyreel_core::timeline::args::{file_url, push_words};

use super::MediaError;

/// The protocols that ffmpeg may use: files, and the pipes on which it is fed.
const PROTOCOLS: &str = "-protocol_whitelist file,pipe";

/// The arguments of ffmpeg with the format of every file that it reads.
///
/// # Errors
/// A file cannot be read, or what is in it is nothing that is taken.
pub(super) fn with_formats(args: &[OsString], folder: Option<&Path>) -> Result<Vec<OsString>, MediaError> {
    let mut told = Vec::with_capacity(args.len() + 6);
    let mut has_format = false;
    for (at, arg) in args.iter().enumerate() {
        let after_input = at > 0 && args[at - 1] == "-i";
        if arg == "-i"
            && let Some(file) = args.get(at + 1).and_then(|name| path_of(name, folder))
        {
            tell(&mut told, &file, has_format)?;
        }
        // What stands between two inputs is about the second.
        has_format = if after_input { false } else { has_format || arg == "-f" };
        told.push(arg.clone());
    }
    Ok(told)
}

/// The arguments of ffprobe, whose file stands last.
pub(super) fn with_format(args: &[OsString]) -> Result<Vec<OsString>, MediaError> {
    let mut told = args.to_vec();
    let Some(name) = told.pop() else { return Ok(told) };
    if let Some(file) = path_of(&name, None) {
        let has_format = args.iter().any(|arg| arg == "-f");
        tell(&mut told, &file, has_format)?;
    }
    told.push(name);
    Ok(told)
}

/// Says the format of a file, unless it is said already, and what may be opened for it.
fn tell(args: &mut Vec<OsString>, file: &Path, has_format: bool) -> Result<(), MediaError> {
    push_words(args, PROTOCOLS);
    if has_format {
        return Ok(());
    }
    let content = File::open(file).and_then(FileContent::read).map_err(MediaError::file("read", file))?;
    let format = content.demuxer().ok_or_else(|| MediaError::Damaged {
        file: file.to_owned(),
        what: format!("it is {}, and no video, sound or picture that is known", content.described()),
    })?;
    push_words(args, &format!("-f {format}"));
    Ok(())
}

/// The file behind a name as ffmpeg is given it; `None` for a pipe and for what ffmpeg makes itself.
fn path_of(name: &OsStr, folder: Option<&Path>) -> Option<PathBuf> {
    let prefix = file_url(Path::new(""));
    let bytes = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes())?;
    let path = PathBuf::from(std::str::from_utf8(bytes).map_or_else(|_| lossless(name), OsString::from));
    Some(folder.map_or_else(|| path.clone(), |folder| folder.join(&path)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_before_a_sound_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let told = |behind: &[u8]| {
            let file = folder.path().join("a.mp3");
            std::fs::write(&file, [b"ID3\x03\0\0\0\0\0\x04tag.", behind].concat()).expect("written");
            let mut args = Vec::new();
            tell(&mut args, &file, false).map(|()| args.pop().expect("the format stands last"))
        };
        assert_eq!(told(b"\xFF\xFB\x90\x64").ok(), Some("mp3".into()));
        assert_eq!(told(b"fLaC").ok(), Some("flac".into()));
        assert!(told(b"#EXTM3U\nsecret.ts\n").is_err(), "a playlist behind a tag is a playlist");
    }

    #[test]
    fn every_file_has_its_format_before_it_and_pipes_have_none() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.mp4"), b"\0\0\0\x20ftypisom").expect("written");
        std::fs::write(folder.path().join("b.raw"), b"raw").expect("written");
        std::fs::write(folder.path().join("c.mp3"), b"#EXTM3U\n").expect("written");
        let told = |line: &str| {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            with_formats(&args, Some(folder.path())).map(|args| args.join(OsStr::new(" ")).into_string().expect("text"))
        };
        assert_eq!(
            told("-ss 1 -i file:a.mp4 -f s16le -i file:b.raw -i pipe:0 -f mp4 file:out").expect("all are known"),
            "-ss 1 -protocol_whitelist file,pipe -f mov -i file:a.mp4 -f s16le -protocol_whitelist file,pipe \
             -i file:b.raw -i pipe:0 -f mp4 file:out"
        );
        let refused = told("-i file:c.mp3 out").expect_err("it is a playlist");
        assert!(refused.to_string().contains("c.mp3"), "{refused}");
    }
}
