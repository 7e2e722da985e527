//! How much of a file its header tells of, and how much is there. ffmpeg plays what is left of many a file without a word.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use storyreel_mp4::FileBoxes;

use super::MediaError;
use super::error::damaged;

/// The part of what a header tells of that must be there, in percent: containers round, and recorders are a little off.
pub(super) const ENOUGH: u32 = 90;

/// Seconds that may always be missing of a film.
pub(super) const FILM_SLACK: f64 = 0.1;

/// The same of a sound: what its coding adds before and after it is counted in its header, and not heard.
pub(super) const SOUND_SLACK: f64 = 0.5;

/// Fewer bytes at the end of a file are no box.
const FILLING: u64 = 16;

/// Lengths of four bytes from here on are written by who does not know the length yet.
const UNKNOWN: u64 = 0x7FFF_0000;

/// No file has more chunks than that before its sound.
const MOST_CHUNKS: usize = 1000;

/// Whether so many seconds are too few of those that a header tells of, and by more than `slack`.
pub(super) fn falls_short(there: f64, told: f64, slack: f64) -> bool {
    there * 100.0 < told * f64::from(ENOUGH) && told - there > slack
}

/// The size of a clip in bytes.
///
/// # Errors
/// It cannot be read, or its header says that it was longer.
pub(super) async fn whole_size(clip: &Path) -> Result<u64, MediaError> {
    let file = clip.to_owned();
    let boxes =
        tokio::task::spawn_blocking(move || missing_bytes(&file)).await.expect("reading headers does not panic");
    let (bytes, missing) = boxes.map_err(MediaError::file("read", clip))?;
    if missing > 0 {
        return Err(damaged(clip, format!("its last {missing} bytes are missing")));
    }
    insist_on_told(clip).await?;
    Ok(bytes)
}

/// Insists that a file has the bytes that its header tells of.
///
/// # Errors
/// It cannot be read, or has far fewer.
pub(super) async fn insist_on_told(media: &Path) -> Result<(), MediaError> {
    let file = media.to_owned();
    let told = tokio::task::spawn_blocking(move || {
        let file = File::open(&file)?;
        let size = file.metadata()?.len();
        Ok((size, told_bytes(file, size)?))
    });
    let told = told.await.expect("reading headers does not panic");
    let (size, told) = told.map_err(MediaError::file("read", media))?;
    match told {
        Some(told) if u128::from(size) * 100 < u128::from(told) * u128::from(ENOUGH) => {
            Err(damaged(media, format!("only {size} of its {told} bytes are there")))
        }
        _ => Ok(()),
    }
}

/// The size of a file, and how many bytes the last box of an MP4 file lacks; none for other kinds of file. ffprobe alone
/// does not notice when only part of the last packet is gone.
fn missing_bytes(clip: &Path) -> io::Result<(u64, u64)> {
    let file = File::open(clip)?;
    let size = file.metadata()?.len();
    let mut end = 0;
    for found in FileBoxes::new(&file, size) {
        let found = found?;
        // A few bytes of filling after the last box are none.
        let is_filling = size - found.start < FILLING;
        if is_filling || found.start == 0 && found.name != *b"ftyp" {
            break;
        }
        end = found.end;
    }
    Ok((size, end.saturating_sub(size)))
}

/// How the chunks of a kind of file are written.
struct ChunkLayout {
    /// Where the first one is.
    start: u64,
    /// Bytes of a name.
    name: usize,
    /// Bytes of a length.
    length: usize,
    is_big_endian: bool,
    /// Whether a length counts the name and itself.
    counts_head: bool,
    /// Each begins at a multiple of this.
    step: u64,
}

const RIFF: ChunkLayout =
    ChunkLayout { start: 0, name: 4, length: 4, is_big_endian: false, counts_head: false, step: 2 };
const WAVE: ChunkLayout = ChunkLayout { start: 12, ..RIFF };
const CAF: ChunkLayout = ChunkLayout { start: 8, length: 8, is_big_endian: true, step: 1, ..RIFF };
const ASF: ChunkLayout = ChunkLayout { start: 30, name: 16, length: 8, counts_head: true, step: 1, ..RIFF };

/// The properties of an ASF file: "File Properties Object" of its specification.
const ASF_PROPERTIES: [u8; 16] = *b"\xA1\xDC\xAB\x8C\x47\xA9\xCF\x11\x8E\xE4\x00\xC0\x0C\x20\x53\x65";

struct FileChunk {
    name: Vec<u8>,
    content: u64,
    /// Where it ends; `None` where whoever wrote it did not know.
    end: Option<u64>,
}

impl ChunkLayout {
    /// The chunks of a file of `size` bytes, as far as their lengths are known.
    fn chunks(&self, mut file: impl Read + Seek, size: u64) -> io::Result<Vec<FileChunk>> {
        let mut chunks = Vec::new();
        let mut at = self.start;
        while at < size && chunks.len() < MOST_CHUNKS {
            let head = bytes_at(&mut file, at, self.name + self.length)?;
            let Some((name, length)) = head.split_at_checked(self.name) else { break };
            let Some(length) = number(length, self.length, self.is_big_endian) else { break };
            let content = at + head.len() as u64;
            let is_known = self.length == 8 || length < UNKNOWN;
            let from = if self.counts_head { at } else { content };
            let end = from.checked_add(length).filter(|end| is_known && *end >= content);
            chunks.push(FileChunk { name: name.to_owned(), content, end });
            let Some(next) = end.and_then(|end| end.checked_next_multiple_of(self.step)) else { break };
            at = next;
        }
        Ok(chunks)
    }
}

/// The number in the first `length` bytes.
fn number(bytes: &[u8], length: usize, is_big_endian: bool) -> Option<u64> {
    let bytes = bytes.get(..length)?;
    let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    Some(if is_big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
}

fn bytes_at(file: &mut (impl Read + Seek), at: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    file.seek(SeekFrom::Start(at))?;
    file.by_ref().take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How many bytes the header of a file says that it has; `None` where it does not say.
fn told_bytes(mut file: impl Read + Seek, size: u64) -> io::Result<Option<u64>> {
    let head = bytes_at(&mut file, 0, 32)?;
    let field = |from: usize, length, is_big| head.get(from..).and_then(|bytes| number(bytes, length, is_big));
    let is = |from: usize, magic: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(magic));
    let told = match () {
        () if is(0, b"RIFF") && is(8, b"WAVE") => end_of(WAVE.chunks(file, size)?, b"data"),
        () if is(0, b"RIFF") && is(8, b"AVI ") => end_of(RIFF.chunks(file, size)?, b"RIFF"),
        () if is(0, b"RF64") && is(12, b"ds64") => field(20, 8, false).and_then(|length| length.checked_add(8)),
        () if is(0, b"caff") => end_of(CAF.chunks(file, size)?, b"data"),
        () if is(0, b"riff\x2E\x91\xCF\x11") => field(16, 8, false),
        () if is(0, b".snd") => {
            let length = field(8, 4, true).filter(|length| *length < UNKNOWN);
            field(4, 4, true).zip(length).map(|(head, length)| head + length)
        }
        () if is(0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11") => asf_bytes(file, size)?,
        () => None,
    };
    // Who does not know a length of eight bytes writes that all its bits are set.
    Ok(told.filter(|told| *told < 1 << 62))
}

/// Where the last chunk of this name ends.
fn end_of(chunks: Vec<FileChunk>, name: &[u8]) -> Option<u64> {
    chunks.into_iter().rfind(|chunk| chunk.name == name)?.end
}

/// What an ASF file says of its size, unless it was sent while it was made.
fn asf_bytes(mut file: impl Read + Seek, size: u64) -> io::Result<Option<u64>> {
    let chunks = ASF.chunks(&mut file, size)?;
    let Some(properties) = chunks.into_iter().find(|chunk| chunk.name == ASF_PROPERTIES) else { return Ok(None) };
    let fields = bytes_at(&mut file, properties.content, 68)?;
    let is_live = fields.get(64).is_none_or(|flags| flags & 1 == 1);
    Ok(fields.get(16..).and_then(|bytes| number(bytes, 8, false)).filter(|_| !is_live))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn told(head: &[u8], size: u64) -> Option<u64> {
        told_bytes(Cursor::new(head), size).expect("memory can be read")
    }

    fn wave(length: [u8; 4]) -> Vec<u8> {
        // A chunk of odd length stands before the sound.
        [&b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0data"[..], &length].concat()
    }

    #[test]
    fn a_header_tells_where_the_file_ends() {
        assert_eq!(told(&wave([0, 1, 0, 0]), 40), Some(288));
        assert_eq!(told(b"RIFF\x20\0\0\0AVI LIST", 90), Some(40));
        assert_eq!(told(b"caff\0\x01\0\0data\0\0\0\0\0\0\x01\0", 90), Some(276));
        assert_eq!(told(b".snd\0\0\0\x18\0\0\x01\0", 90), Some(280));
        assert_eq!(told(b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0\0\x10\0\0\0\0\0\0", 90), Some(4104));
    }

    #[test]
    fn a_length_that_is_not_known_tells_nothing() {
        for length in [[0xFF; 4], [0, 0xF0, 0xFF, 0x7F], [0, 0, 0, 0x80]] {
            assert_eq!(told(&wave(length), 40), None, "{length:?}");
        }
        assert_eq!(told(b"caff\0\x01\0\0data\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 90), None);
        assert_eq!(told(b".snd\0\0\0\x18\xFF\xFF\xFF\xFF", 90), None);
        assert_eq!(told(b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 90), None);
        for text in [&b"RIFF"[..], b"RIFF\0\0\0\0WAVE", b"caff", b".snd", b"OggS", b""] {
            assert_eq!(told(text, text.len() as u64), None, "{text:?}");
        }
    }
}
