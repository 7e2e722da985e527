//! Which of ffmpeg's demuxers reads a file: found out here, from its content.

use std::fs::File;
use std::path::Path;

use storyreel_core::content::FileContent;

use super::MediaError;

/// The demuxer for the content of `file`.
///
/// # Errors
/// It cannot be read, or what is in it is nothing that is taken.
pub(super) fn demuxer_of(file: &Path) -> Result<&'static str, MediaError> {
    let content = File::open(file).and_then(FileContent::read).map_err(MediaError::file("read", file))?;
    content.demuxer().ok_or_else(|| MediaError::Damaged {
        file: file.to_owned(),
        what: format!("it is {}, and no video, sound or picture that is known", content.described()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The demuxer for bytes behind an empty tag of ID3.
    fn behind_a_tag(bytes: &[u8]) -> Result<&'static str, MediaError> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.mp3");
        std::fs::write(&file, [b"ID3\x03\0\0\0\0\0\x04tag.", bytes].concat()).expect("written");
        demuxer_of(&file)
    }

    #[test]
    fn a_tag_before_a_sound_is_passed_over() {
        assert_eq!(behind_a_tag(b"\xFF\xFB\x90\x64").ok(), Some("mp3"));
        assert_eq!(behind_a_tag(b"fLaC").ok(), Some("flac"));
    }

    #[test]
    fn a_playlist_behind_a_tag_is_a_playlist() {
        let refused = behind_a_tag(b"#EXTM3U\nsecret.ts\n").expect_err("it names other files");
        assert!(refused.to_string().contains("a.mp3"), "{refused}");
    }
}
