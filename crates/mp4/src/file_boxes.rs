//! The boxes of a file from its beginning to its end (ISO/IEC 14496-12, 4.2), without what is in them.

use std::io::{self, Read, Seek, SeekFrom};

use super::boxes::ByteReader;

/// Bytes of a head with a length of 32 bits, and of one with a length of 64 bits.
const SHORT_HEAD: u64 = 8;
const WIDE_HEAD: u64 = 16;

/// A box that is not in another one. Places are in bytes from the beginning of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileBox {
    /// Its name.
    pub name: [u8; 4],
    /// Where its head begins.
    pub start: u64,
    /// Where its content begins.
    pub content: u64,
    /// Where it says that it ends; behind the end of a file that was cut.
    pub end: u64,
}

impl FileBox {
    /// How many bytes its content has, as its head says.
    #[must_use]
    pub const fn content_length(&self) -> u64 {
        self.end - self.content
    }

    /// Its content in `file`, as far as that reaches. Callers bound [`Self::content_length`] first.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn read(&self, mut file: impl Read + Seek) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        file.seek(SeekFrom::Start(self.content))?;
        file.take(self.content_length()).read_to_end(&mut content)?;
        Ok(content)
    }
}

/// Walks over the boxes of a file. It ends where no head stands: at the end, or where a length is less than that of a
/// head.
#[derive(Debug)]
pub struct FileBoxes<R> {
    file: R,
    bytes: u64,
    at: u64,
}

impl<R: Read + Seek> FileBoxes<R> {
    /// The boxes of a file of `bytes` bytes.
    pub const fn new(file: R, bytes: u64) -> Self {
        Self { file, bytes, at: 0 }
    }

    /// Where the last box that was found ends.
    pub const fn end(&self) -> u64 {
        self.at
    }

    fn head(&mut self) -> io::Result<Option<FileBox>> {
        let mut head = Vec::with_capacity(WIDE_HEAD as usize);
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.by_ref().take(WIDE_HEAD).read_to_end(&mut head)?;
        Ok(self.parsed(&head))
    }

    fn parsed(&self, head: &[u8]) -> Option<FileBox> {
        let mut head = ByteReader(head);
        let short = head.u32()?;
        let name: [u8; 4] = head.take(4)?.try_into().ok()?;
        // 1 means that a 64-bit length follows, 0 that the box ends with the file.
        let length = match short {
            0 => self.bytes - self.at,
            1 => head.u64()?,
            _ => u64::from(short),
        };
        let head = if short == 1 { WIDE_HEAD } else { SHORT_HEAD };
        let end = self.at.checked_add(length)?;
        (length >= head).then_some(FileBox { name, start: self.at, content: self.at + head, end })
    }
}

impl<R: Read + Seek> Iterator for FileBoxes<R> {
    type Item = io::Result<FileBox>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.saturating_sub(self.at) < SHORT_HEAD {
            return None;
        }
        let found = self.head().transpose()?;
        if let Ok(found) = &found {
            self.at = found.end;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn boxes(file: &[u8]) -> Vec<FileBox> {
        FileBoxes::new(Cursor::new(file), file.len() as u64).map(|found| found.expect("it is in memory")).collect()
    }

    #[test]
    fn every_kind_of_length_is_read() {
        let mut file = b"\0\0\0\x0cftypisom".to_vec();
        file.extend(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x18media...");
        file.extend(b"\0\0\0\0free!");
        let name = |name: &[u8; 4], start, content, end| FileBox { name: *name, start, content, end };
        let all = [name(b"ftyp", 0, 8, 12), name(b"mdat", 12, 28, 36), name(b"free", 36, 44, 45)];
        assert_eq!(boxes(&file), all);
        assert_eq!(boxes(&file[..30]), all[..2], "a box that was cut says where it would end");
    }

    #[test]
    fn the_content_of_a_box_is_read_as_far_as_the_file_reaches() {
        let file = b"\0\0\0\x0cftypisom\0\0\0\x0cfreerest";
        let read = |file: &[u8]| boxes(file)[1].read(Cursor::new(file)).expect("it is in memory");
        assert_eq!(read(file), b"rest");
        assert_eq!(read(&file[..22]), b"re");
    }

    #[test]
    fn a_length_that_leads_nowhere_ends_the_walk() {
        assert_eq!(boxes(b"\0\0\0\x07ftypisom"), []);
        assert_eq!(boxes(b"\0\0\0\x01ftyp\0\0\0\0\0\0\0\x0f"), []);
        assert_eq!(boxes(b"\0\0\0\x01ftyp"), []);
        let wide = b"\0\0\0\x08free\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(boxes(wide).len(), 1, "the sum is beyond every file");
    }
}
