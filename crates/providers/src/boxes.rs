//! Whether a film that arrived ends where its last box ends.

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
        let size = match big_endian(head.get(..4)) {
            // The last box reaches to the end, whatever that is.
            Some(0) => return Ok(true),
            Some(1) => big_endian(head.get(8..16)).filter(|size| *size >= 16),
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

fn big_endian(bytes: Option<&[u8]>) -> Option<u64> {
    Some(bytes?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(file: &[u8]) -> Result<bool, ()> {
        boxes_end(file.len() as u64, |at| {
            let at = at as usize;
            Ok(file[at..file.len().min(at + 16)].to_vec())
        })
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
