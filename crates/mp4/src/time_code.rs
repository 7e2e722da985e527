//! The time code of a file: a track of kind `tmcd`, whose one sample is the number of its first frame (`QuickTime` File
//! Format Specification, "Timecode media").

use super::boxes::ByteReader;

/// A track of time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeCodeTrack {
    /// Where in the file the number of the first frame stands: 32 bits, big-endian.
    pub offset: u64,
    /// Frames that a second counts.
    pub frames_per_second: u8,
    /// Whether numbers are left out to keep pace with the clock.
    pub drops_frames: bool,
}

/// The flag of a sample entry that tells of numbers left out.
const DROPS_FRAMES: u32 = 1;

/// The track of time code in the content of a `moov` box; `None` where there is none that can be read.
#[must_use]
pub fn time_code(moov: &[u8]) -> Option<TimeCodeTrack> {
    let mut rest = ByteReader(moov);
    while let Some((name, content)) = rest.next_box() {
        if name == b"trak"
            && let Some(track) = track(content)
        {
            return Some(track);
        }
    }
    None
}

fn track(trak: ByteReader<'_>) -> Option<TimeCodeTrack> {
    let table = trak.descend(&[*b"mdia", *b"minf", *b"stbl"])?;
    let mut list = table.find(*b"stsd")?;
    list.version()?;
    list.u32()?;
    let mut entry = list.find(*b"tmcd")?;
    // Six bytes that mean nothing, the index of the data reference, and four more that mean nothing.
    entry.take(12)?;
    let flags = entry.u32()?;
    entry.take(8)?;
    let frames_per_second = entry.u8().filter(|&frames| frames > 0)?;
    Some(TimeCodeTrack { offset: first_chunk(table)?, frames_per_second, drops_frames: flags & DROPS_FRAMES != 0 })
}

fn first_chunk(table: ByteReader<'_>) -> Option<u64> {
    let wide = table.find(*b"co64");
    let mut list = wide.or_else(|| table.find(*b"stco"))?;
    list.version()?;
    list.u32().filter(|&count| count > 0)?;
    if wide.is_some() { list.u64() } else { list.u32().map(u64::from) }
}

#[cfg(test)]
mod tests {
    use super::super::boxes::{boxed, full, put};
    use super::*;

    fn moov(flags: u32, frames_per_second: u8, chunks: u32) -> Vec<u8> {
        let mut moov = Vec::new();
        boxed(&mut moov, *b"trak", |trak| boxed(trak, *b"mdia", |_| {}));
        boxed(&mut moov, *b"trak", |trak| {
            boxed(trak, *b"mdia", |mdia| {
                boxed(mdia, *b"minf", |minf| {
                    boxed(minf, *b"stbl", |table| {
                        full(table, *b"stsd", 0, 0, |list| {
                            put(list, 1);
                            boxed(list, *b"tmcd", |entry| {
                                entry.extend([0; 12]);
                                [flags, 30_000, 1_001].into_iter().for_each(|number| put(entry, number));
                                entry.extend([frames_per_second, 0]);
                            });
                        });
                        full(table, *b"stco", 0, 0, |list| {
                            put(list, chunks);
                            put(list, 4_711);
                        });
                    });
                });
            });
        });
        moov
    }

    #[test]
    fn the_track_of_time_code_is_found_behind_others() {
        let track = |drops_frames| TimeCodeTrack { offset: 4_711, frames_per_second: 30, drops_frames };
        assert_eq!(time_code(&moov(1, 30, 1)), Some(track(true)));
        assert_eq!(time_code(&moov(2, 30, 1)), Some(track(false)));
        assert_eq!([time_code(&moov(0, 0, 1)), time_code(&moov(0, 30, 0)), time_code(b"")], [None; 3]);
        let whole = moov(1, 30, 1);
        for end in 0..whole.len() {
            assert_eq!(time_code(&whole[..end]), None, "{end} bytes of it");
        }
    }
}
