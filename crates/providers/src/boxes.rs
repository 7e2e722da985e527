//! Whether a film that arrived ends where its last box ends.

use std::io::{self, Read, Seek};

use storyreel_mp4::FileBoxes;

/// Clips have some ten boxes, one for each fragment at worst.
const MOST: usize = 100_000;

/// A few bytes of filling after the last box harm nobody: fewer than a box has.
const FILLING: u64 = 8;

/// Whether the boxes of an MP4 or `QuickTime` file of `length` bytes end where the file ends. A cut file ends inside a
/// box.
pub(super) fn boxes_end(file: impl Read + Seek, length: u64) -> io::Result<bool> {
    let mut boxes = FileBoxes::new(file, length);
    for found in boxes.by_ref().take(MOST) {
        found?;
    }
    Ok(boxes.end() <= length && length - boxes.end() < FILLING)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn whole(file: &[u8]) -> Result<bool, ()> {
        boxes_end(Cursor::new(file), file.len() as u64).map_err(drop)
    }

    #[test]
    fn a_cut_file_ends_inside_a_box() {
        let mut file = b"\0\0\0\x10ftypisom\0\0\0\0".to_vec();
        file.extend([0, 0, 0, 1]);
        file.extend(b"mdat");
        file.extend(24_u64.to_be_bytes());
        file.extend([7; 8]);
        assert_eq!(whole(&file), Ok(true));
        assert_eq!(whole(&[&file[..], &[0; 3]].concat()), Ok(true));
        for cut in (17..file.len()).filter(|cut| *cut >= 24) {
            assert_eq!(whole(&file[..cut]), Ok(false), "{cut}");
        }
        assert_eq!(whole(b"\0\0\0\x02ftypisom"), Ok(false), "a box smaller than its header");
    }
}
