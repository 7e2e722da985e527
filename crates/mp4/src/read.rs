//! Reading an index.

use super::boxes::ByteReader;
use super::{Sample, Track, TrackKind};

/// Why an index cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mp4Fault {
    /// A box that must be there is missing, or ends before its content.
    #[error("its index is incomplete (`{0}`)")]
    Incomplete(&'static str),
    /// Tables that belong together speak of different numbers of samples, or of bytes outside the file.
    #[error("its index contradicts itself (`{0}`)")]
    Contradiction(&'static str),
}

/// Names of sound that is not packed: every moment of it is a sample, and a list of all these would be larger than the
/// sound.
const PCM: [&[u8; 4]; 11] =
    [b"sowt", b"twos", b"lpcm", b"ipcm", b"fpcm", b"in24", b"in32", b"fl32", b"fl64", b"raw ", b"NONE"];

/// More samples than a week of sound has.
const MOST: u32 = 1 << 25;

/// Reads the content of a `moov` box of a file of `bytes` bytes.
///
/// # Errors
/// A table is missing, cut short, or contradicts another.
pub fn read(moov: &[u8], bytes: u64) -> Result<Vec<Track>, Mp4Fault> {
    let moov = ByteReader(moov);
    let head = moov.find(*b"mvhd");
    let movie = MovieHead {
        timescale: head.and_then(timescale).ok_or(Mp4Fault::Incomplete("mvhd"))?,
        upright: head.is_some_and(|head| is_upright(head, MOVIE_MATRIX)),
    };
    let mut tracks = Vec::new();
    let mut rest = moov;
    while let Some((name, content)) = rest.next_box() {
        if name == b"trak" {
            tracks.push(track(content, &movie, bytes)?);
        }
    }
    Ok(tracks)
}

/// Whether samples stand in fragments after the index, of which [`read`] knows nothing.
#[must_use]
pub fn is_fragmented(moov: &[u8]) -> bool {
    ByteReader(moov).find(*b"mvex").is_some()
}

/// What holds for all tracks.
struct MovieHead {
    /// Ticks per second.
    timescale: u32,
    upright: bool,
}

/// Where a matrix stands in `mvhd` and `tkhd` boxes of version 0 (ISO/IEC 14496-12, 8.2.2 and 8.3.2), in bytes.
const MOVIE_MATRIX: usize = 36;
const TRACK_MATRIX: usize = 40;

/// Whether a matrix neither turns nor mirrors nor scales.
fn is_upright(mut head: ByteReader<'_>, matrix: usize) -> bool {
    let version = head.0.first().copied().unwrap_or_default();
    // Version 1 has three numbers of 64 bits where version 0 has 32.
    let place = if version == 1 { matrix + 12 } else { matrix };
    let read = head.take(place).and_then(|_| head.take(20));
    read.is_some_and(|read| read == UPRIGHT)
}

/// The part of a matrix that turns, mirrors and scales, when it does nothing: 1 is 65,536.
const UPRIGHT: [u8; 20] = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];

/// The ticks per second of an `mvhd` or `mdhd` box.
fn timescale(mut head: ByteReader<'_>) -> Option<u32> {
    let version = head.version()?;
    head.take(if version == 1 { 16 } else { 8 })?;
    head.u32().filter(|&scale| scale > 0)
}

fn track(trak: ByteReader<'_>, movie: &MovieHead, bytes: u64) -> Result<Track, Mp4Fault> {
    let media = trak.find(*b"mdia").ok_or(Mp4Fault::Incomplete("mdia"))?;
    let timescale = media.find(*b"mdhd").and_then(timescale).ok_or(Mp4Fault::Incomplete("mdhd"))?;
    let handler = media.find(*b"hdlr").and_then(|hdlr| hdlr.0.get(8..12));
    let kind = match handler {
        Some(b"vide") => TrackKind::Picture,
        Some(b"soun") => TrackKind::Sound,
        _ => TrackKind::Other,
    };
    let table = media.descend(&[*b"minf", *b"stbl"]).ok_or(Mp4Fault::Incomplete("stbl"))?;
    let entry = entry(table);
    let moments = entry.as_ref().is_some_and(|entry| PCM.iter().any(|name| entry.get(4..8) == Some(&name[..])));
    let samples = if kind == TrackKind::Other || moments { Vec::new() } else { samples(table, bytes)? };
    let edit = match trak.descend(&[*b"edts", *b"elst"]) {
        None => Some(TrackEdit { origin: 0, shown_until: None }),
        Some(list) => edit(list, timescale, movie.timescale),
    };
    let upright = movie.upright && trak.find(*b"tkhd").is_some_and(|head| is_upright(head, TRACK_MATRIX));
    let origin = edit.as_ref().map(|edit| edit.origin);
    let shown_until = edit.and_then(|edit| edit.shown_until);
    Ok(Track { kind, timescale, entry, samples, origin, shown_until, upright })
}

/// The only sample entry, with its head.
fn entry(table: ByteReader<'_>) -> Option<Vec<u8>> {
    let mut list = table.find(*b"stsd")?;
    list.version()?;
    let one = list.u32()? == 1;
    let before = list.0;
    list.next_box()?;
    one.then(|| before[..before.len() - list.0.len()].to_vec())
}

/// An edit list that moves a track.
struct TrackEdit {
    origin: i64,
    shown_until: Option<i64>,
}

/// What an edit list of at most one pause and one stretch at normal speed does.
fn edit(mut list: ByteReader<'_>, timescale: u32, movie_scale: u32) -> Option<TrackEdit> {
    let version = list.version()?;
    let count = list.u32()?;
    let mut pause = 0;
    for index in 0..count.min(3) {
        let length = list.wide(version)?;
        let wide = list.wide(version)?;
        // In version 0 the number has 32 bits, and -1 is a pause.
        let begin = if version == 1 { wide.cast_signed() } else { i64::from((wide as u32).cast_signed()) };
        let speed = list.u32()?;
        let ticks = u128::from(length) * u128::from(timescale) / u128::from(movie_scale);
        let ticks = i64::try_from(ticks).ok()?;
        match (begin, index) {
            (-1, 0) if count > 1 => pause = ticks,
            (0.., _) if index + 1 == count && speed == 0x1_0000 => {
                return Some(TrackEdit {
                    origin: pause.checked_sub(begin)?,
                    shown_until: Some(begin.checked_add(ticks)?),
                });
            }
            _ => return None,
        }
    }
    (count == 0).then_some(TrackEdit { origin: 0, shown_until: None })
}

/// Runs of equal values as `(count, value)` pairs, cut to `samples` values in all.
fn runs(table: ByteReader<'_>, name: &'static str, samples: usize) -> Result<Vec<u32>, Mp4Fault> {
    let missing = Mp4Fault::Incomplete(name);
    let mut list = table;
    list.version().ok_or(missing)?;
    let count = list.u32().ok_or(missing)?;
    let mut values = Vec::with_capacity(samples);
    for _ in 0..count {
        let times = list.u32().ok_or(missing)? as usize;
        let value = list.u32().ok_or(missing)?;
        values.extend(std::iter::repeat_n(value, times.min(samples - values.len())));
    }
    if values.len() == samples { Ok(values) } else { Err(Mp4Fault::Contradiction(name)) }
}

fn samples(table: ByteReader<'_>, bytes: u64) -> Result<Vec<Sample>, Mp4Fault> {
    let sizes = sizes(table, bytes)?;
    let durations = table.find(*b"stts").ok_or(Mp4Fault::Incomplete("stts"))?;
    let durations = runs(durations, "stts", sizes.len())?;
    let shifts = match table.find(*b"ctts") {
        None => vec![0; sizes.len()],
        Some(shifts) => runs(shifts, "ctts", sizes.len())?,
    };
    let offsets = offsets(table, &sizes, bytes)?;
    let sync = sync(table, sizes.len())?;
    let mut at = 0_i64;
    let mut samples = Vec::with_capacity(sizes.len());
    for n in 0..sizes.len() {
        // Version 1 of `ctts` is signed, and version 0 never uses the upper half in files that can be played.
        let shown = at + i64::from(shifts[n].cast_signed());
        let offset = offsets[n];
        let size = sizes[n];
        let duration = durations[n];
        samples.push(Sample { offset, size, shown, duration, sync: sync.as_ref().is_none_or(|sync| sync[n]) });
        at += i64::from(duration);
    }
    Ok(samples)
}

fn sizes(table: ByteReader<'_>, bytes: u64) -> Result<Vec<u32>, Mp4Fault> {
    let missing = Mp4Fault::Incomplete("stsz");
    let mut list = table.find(*b"stsz").ok_or(missing)?;
    list.version().ok_or(missing)?;
    let all = list.u32().ok_or(missing)?;
    let count = list.u32().ok_or(missing)?;
    if all > 0 {
        // A table of one number could promise any count: it cannot be more than the file has room for.
        if u64::from(all) * u64::from(count) > bytes || count > MOST {
            return Err(Mp4Fault::Contradiction("stsz"));
        }
        return Ok(vec![all; count as usize]);
    }
    let sizes = list.take((count as usize).checked_mul(4).ok_or(missing)?).ok_or(missing)?;
    Ok(sizes.chunks_exact(4).map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]])).collect())
}

/// The place of every sample, from the places of the chunks and the number of samples in each.
fn offsets(table: ByteReader<'_>, sizes: &[u32], bytes: u64) -> Result<Vec<u64>, Mp4Fault> {
    let chunks = chunks(table).ok_or(Mp4Fault::Incomplete("stco"))?;
    let missing = Mp4Fault::Incomplete("stsc");
    let mut list = table.find(*b"stsc").ok_or(missing)?;
    list.version().ok_or(missing)?;
    let count = list.u32().ok_or(missing)?;
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for _ in 0..count {
        let first = list.u32().ok_or(missing)?;
        let each = list.u32().ok_or(missing)?;
        list.u32().ok_or(missing)?;
        spans.push((first.checked_sub(1).ok_or(Mp4Fault::Contradiction("stsc"))? as usize, each as usize));
    }
    let mut offsets = Vec::with_capacity(sizes.len());
    for (n, &(first, each)) in spans.iter().enumerate() {
        let end = spans.get(n + 1).map_or(chunks.len(), |next| next.0);
        let part = chunks.get(first..end).ok_or(Mp4Fault::Contradiction("stsc"))?;
        for &chunk in part {
            let mut at = chunk;
            for &size in sizes[offsets.len()..].iter().take(each) {
                offsets.push(at);
                at += u64::from(size);
            }
            if at > bytes {
                return Err(Mp4Fault::Contradiction("stco"));
            }
        }
    }
    if offsets.len() == sizes.len() { Ok(offsets) } else { Err(Mp4Fault::Contradiction("stsc")) }
}

fn chunks(table: ByteReader<'_>) -> Option<Vec<u64>> {
    let (mut list, wide) = match table.find(*b"stco") {
        Some(list) => (list, false),
        None => (table.find(*b"co64")?, true),
    };
    list.version()?;
    let count = list.u32()? as usize;
    let mut chunks = Vec::with_capacity(count.min(list.0.len() / 4));
    for _ in 0..count {
        chunks.push(if wide { list.u64()? } else { u64::from(list.u32()?) });
    }
    // What is added to an offset later stays far from overflow.
    chunks.iter().all(|&chunk| chunk < 1 << 62).then_some(chunks)
}

/// Which samples can be decoded alone; without a table, all.
fn sync(table: ByteReader<'_>, samples: usize) -> Result<Option<Vec<bool>>, Mp4Fault> {
    let missing = Mp4Fault::Incomplete("stss");
    let Some(mut list) = table.find(*b"stss") else { return Ok(None) };
    list.version().ok_or(missing)?;
    let count = list.u32().ok_or(missing)?;
    let mut sync = vec![false; samples];
    for _ in 0..count {
        let number = list.u32().ok_or(missing)? as usize;
        *number.checked_sub(1).and_then(|n| sync.get_mut(n)).ok_or(Mp4Fault::Contradiction("stss"))? = true;
    }
    Ok(Some(sync))
}
