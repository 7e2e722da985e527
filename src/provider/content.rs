//! What a file is, by its first bytes: names and promises of others are not believed.

/// How many bytes are enough to tell.
pub(super) const HEAD: usize = 512;

/// The media type of a file that begins with `head`; `None` where it is nothing that services take or give.
#[must_use]
pub(super) fn media_type(head: &[u8]) -> Option<&'static str> {
    let at = |from: usize, magic: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(magic));
    let found = match head {
        _ if at(0, b"\x89PNG\r\n\x1A\n") => "image/png",
        _ if at(0, b"\xFF\xD8\xFF") => "image/jpeg",
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => "image/gif",
        _ if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        _ if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        _ if at(0, b"II*\0") || at(0, b"MM\0*") => "image/tiff",
        // `BM` alone is too little: the reserved bytes of a bitmap are zero.
        _ if at(0, b"BM") && at(6, &[0; 4]) => "image/bmp",
        _ if at(4, b"ftypqt  ") => "video/quicktime",
        // The same container holds pictures (HEIF, AVIF) and sound alone (M4A), which are no video.
        _ if at(4, b"ftyp") && ![&b"hei"[..], b"hev", b"mif", b"msf", b"avi", b"M4A"].iter().any(|b| at(8, b)) => {
            "video/mp4"
        }
        // QuickTime files older than `ftyp`.
        _ if at(4, b"moov") || at(4, b"wide") || at(4, b"mdat") => "video/quicktime",
        _ if at(0, b"ID3") => "audio/mpeg",
        // An MPEG frame: eleven bits set, layer III.
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => "audio/mpeg",
        _ => return None,
    };
    Some(found)
}

/// What the beginning of a file looks like, for a message about a file that should have been something else.
#[must_use]
pub(super) fn described(head: &[u8]) -> &'static str {
    let text = head.trim_ascii_start();
    match media_type(head) {
        Some(kind) => kind,
        None if text.is_empty() => "nothing",
        None if text.starts_with(b"#EXTM3U") || text.starts_with(b"ffconcat") => "a playlist",
        None if text.starts_with(b"<") => "a web page or XML",
        None if text.starts_with(b"{") => "JSON",
        None => "something else",
    }
}

/// Whether the boxes of an MP4 or `QuickTime` file end where the file ends: `header` gives the 16 bytes at an offset, or
/// fewer at the end. A cut file ends inside a box.
pub(super) fn boxes_end<E>(length: u64, mut header: impl FnMut(u64) -> Result<Vec<u8>, E>) -> Result<bool, E> {
    let mut at = 0_u64;
    // Clips have some ten boxes, one for each fragment at worst.
    for _ in 0..100_000 {
        // A few bytes of filling after the last box harm nobody.
        if length.saturating_sub(at) < 8 {
            return Ok(at <= length);
        }
        let head = header(at)?;
        let field = |from: usize, bytes: usize| {
            head.get(from..from + bytes).map(|part| part.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
        };
        let size = match field(0, 4) {
            // The last box reaches to the end, whatever that is.
            Some(0) => return Ok(true),
            Some(1) => field(8, 8).filter(|size| *size >= 16),
            Some(size) => Some(size).filter(|size| *size >= 8),
            None => None,
        };
        match size.and_then(|size| at.checked_add(size)) {
            Some(next) => at = next,
            None => return Ok(false),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_told_by_content() {
        for (head, expected) in [
            (&b"\x89PNG\r\n\x1A\n...."[..], Some("image/png")),
            (b"\xFF\xD8\xFF\xE0", Some("image/jpeg")),
            (b"GIF89a..", Some("image/gif")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x10\0\0\0WAVEfmt ", Some("audio/wav")),
            (b"II*\0....", Some("image/tiff")),
            (b"BM\x10\0\0\0\0\0\0\0", Some("image/bmp")),
            (b"BM is how this text begins", None),
            (b"\0\0\0\x18ftypisom", Some("video/mp4")),
            (b"\0\0\0\x14ftypqt  ", Some("video/quicktime")),
            (b"\0\0\0\x18ftypheic", None),
            (b"ID3\x04", Some("audio/mpeg")),
            (b"\xFF\xFB\x90\x64", Some("audio/mpeg")),
            (b"\xFF\xF1\x50\x80", None),
            (b"<!doctype html>", None),
            (b"", None),
        ] {
            assert_eq!(media_type(head), expected, "{head:?}");
        }
        assert_eq!(described(b"\n <html>"), "a web page or XML");
    }

    #[test]
    fn a_cut_file_ends_inside_a_box() {
        let mut file = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
        file.extend([0, 0, 0, 1]);
        file.extend(b"mdat");
        file.extend(24_u64.to_be_bytes());
        file.extend([7; 8]);
        let whole = |file: &[u8]| {
            boxes_end(file.len() as u64, |at| {
                let at = at as usize;
                Ok::<_, ()>(file[at..file.len().min(at + 16)].to_vec())
            })
        };
        assert_eq!(whole(&file), Ok(true));
        assert_eq!(whole(&[&file[..], &[0; 3]].concat()), Ok(true));
        for cut in (17..file.len()).filter(|cut| *cut >= 24) {
            assert_eq!(whole(&file[..cut]), Ok(false), "{cut}");
        }
        assert_eq!(whole(b"\0\0\0\x02ftypisom"), Ok(false), "a box smaller than its header");
    }
}
