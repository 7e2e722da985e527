//! What ffmpeg is told of every file that it reads: the format that the content has, and that it may open files alone. Left
//! to guess, it takes a playlist in disguise for one, and plays whatever the playlist names.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::MediaError;
use crate::timeline::args::{named, words};

/// How many bytes are enough to tell.
const HEAD: usize = 400;

/// The protocols that ffmpeg may use: files, and the pipes on which it is fed.
const PROTOCOLS: &str = "-protocol_whitelist file,pipe";

/// The name of ffmpeg's reader for a file that begins with `head`; `None` where the content is none that is taken.
fn demuxer(head: &[u8]) -> Option<&'static str> {
    let at = |from: usize, magic: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(magic));
    let boxes: [&[u8]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];
    Some(match head {
        _ if boxes.iter().any(|name| at(4, name)) => "mov",
        _ if at(0, b"\x1A\x45\xDF\xA3") => "matroska",
        _ if at(0, b"RIFF") && at(8, b"WAVE") || at(0, b"RF64") => "wav",
        _ if at(0, b"RIFF") && at(8, b"AVI ") => "avi",
        _ if at(0, b"RIFF") && at(8, b"WEBP") => "webp_pipe",
        _ if at(0, b"fLaC") => "flac",
        _ if at(0, b"OggS") => "ogg",
        _ if at(0, b"caff") => "caf",
        _ if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => "aiff",
        _ if at(0, b"\x0B\x77") => "ac3",
        _ if at(0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11") => "asf",
        _ if at(0, b"FLV") => "flv",
        _ if at(0, b"\x47") && at(188, b"\x47") => "mpegts",
        _ if at(0, b"\0\0\x01\xBA") => "mpeg",
        _ if at(0, b"\x89PNG\r\n\x1A\n") => "png_pipe",
        _ if at(0, b"\xFF\xD8\xFF") => "jpeg_pipe",
        _ if at(0, b"GIF8") => "gif",
        _ if at(0, b"II*\0") || at(0, b"MM\0*") => "tiff_pipe",
        _ if at(0, b"BM") => "bmp_pipe",
        // An MPEG frame: eleven bits set, and the layer. AAC in ADTS has no layer.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => "aac",
        [0xFF, second, ..] if second & 0xE0 == 0xE0 && second & 0x06 != 0 => "mp3",
        _ => return None,
    })
}

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
    words(args, PROTOCOLS);
    if has_format {
        return Ok(());
    }
    let head = head(file).map_err(MediaError::file("read", file))?;
    let head = match tag_length(&head) {
        Some(tag) => head_at(file, tag).map_err(MediaError::file("read", file))?,
        None => head,
    };
    let format = demuxer(&head).ok_or_else(|| MediaError::Damaged {
        file: file.to_owned(),
        what: "it holds no video, sound or picture that is known".to_owned(),
    })?;
    words(args, &format!("-f {format}"));
    Ok(())
}

fn head(file: &Path) -> io::Result<Vec<u8>> {
    head_at(file, 0)
}

fn head_at(file: &Path, start: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(start))?;
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// How long the tag is with which a sound begins (ID3v2.4, 3.1: seven bits of each of four bytes, and ten bytes of head).
fn tag_length(head: &[u8]) -> Option<u64> {
    let size = head.strip_prefix(b"ID3")?.get(3..7)?;
    Some(10 + size.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7F)))
}

/// The file behind a name as ffmpeg is given it; `None` for a pipe and for what ffmpeg makes itself.
fn path_of(name: &OsStr, folder: Option<&Path>) -> Option<PathBuf> {
    let prefix = named(Path::new(""));
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
    fn formats_are_told_by_content_and_playlists_have_none() {
        for (head, expected) in [
            (&b"\0\0\0\x20ftypisom"[..], Some("mov")),
            (b"\x1A\x45\xDF\xA3....", Some("matroska")),
            (b"RIFF....WAVEfmt ", Some("wav")),
            (b"\xFF\xFB\x90\x64", Some("mp3")),
            (b"\xFF\xF1\x50\x80", Some("aac")),
            (b"#EXTM3U\n#EXT-X-VERSION:3\n", None),
            (b"ffconcat version 1.0\nfile /etc/passwd\n", None),
            (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", None),
            (b"<?xml version=\"1.0\"?><MPD>", None),
            (b"", None),
        ] {
            assert_eq!(demuxer(head), expected, "{:?}", String::from_utf8_lossy(head));
        }
    }

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
