//! AAC in MP4 (ISO/IEC 14496-3 and 14496-14): its configuration, and ADTS heads for packets on their way to ffmpeg.

use super::boxes::{ByteReader, boxed, full, put, put16};

/// Samples of each channel that a packet of AAC-LC yields.
pub const PACKET: u64 = 1024;

/// Samples per second by their index (14496-3, table 1.18).
const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Plain AAC-LC, the one kind whose packets are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Index into the table of sample rates.
    rate: u8,
    /// 1 or 2.
    channels: u8,
}

impl Config {
    /// The configuration for `rate` samples a second in `channels` channels; `None` where AAC has no index for it or
    /// where there are more than two channels.
    #[must_use]
    pub fn new(rate: u32, channels: u32) -> Option<Self> {
        let rate = RATES.iter().position(|&known| known == rate)? as u8;
        matches!(channels, 1 | 2).then_some(Self { rate, channels: channels as u8 })
    }

    /// Reads the `esds` box of a sample entry. `None` for anything but AAC-LC with packets of 1,024 samples in one or
    /// two channels: the longer frames of HE-AAC and other layouts are decoded instead.
    #[must_use]
    pub fn of(entry: &[u8]) -> Option<Self> {
        if entry.get(4..8)? != b"mp4a" {
            return None;
        }
        // 8 bytes of head and 28 of fields; QuickTime's version 1 adds 16.
        let version = u16::from_be_bytes([*entry.get(16)?, *entry.get(17)?]);
        let boxes = entry.get(if version == 1 { 52 } else { 36 }..)?;
        let mut esds = ByteReader(boxes).find(*b"esds")?;
        esds.version()?;
        let specific = specific(esds)?;
        let bits = u32::from_be_bytes([*specific.first()?, *specific.get(1)?, 0, 0]);
        let object = bits >> 27;
        let rate = (bits >> 23 & 15) as u8;
        let channels = (bits >> 19 & 15) as u8;
        // The bit after the channels asks for packets of 960 samples; an extension of type 5 is HE-AAC.
        let long = bits >> 18 & 1 == 0;
        let plain = specific.get(2..5).is_none_or(|rest| {
            let word = u32::from_be_bytes([rest[0], rest[1], rest[2], 0]);
            !(word >> 21 == 0x2b7 && word >> 16 & 31 == 5 && word >> 15 & 1 == 1)
        });
        let good = object == 2 && long && plain && usize::from(rate) < RATES.len() && matches!(channels, 1 | 2);
        good.then_some(Self { rate, channels })
    }

    /// Samples per second.
    #[must_use]
    pub const fn rate(self) -> u32 {
        RATES[self.rate as usize]
    }

    /// Channels: 1 or 2.
    #[must_use]
    pub const fn channels(self) -> u32 {
        self.channels as u32
    }

    /// The ADTS head of a packet of `size` bytes (14496-3, 1.A.3.2). `None` where the packet is too long for one.
    #[must_use]
    pub fn adts(self, size: u32) -> Option<[u8; 7]> {
        let length = size.checked_add(7).filter(|&length| length < 1 << 13)?;
        Some([
            0xff,
            // MPEG-4, no checksum.
            0xf1,
            // AAC-LC is object type 2, written less one.
            1 << 6 | self.rate << 2 | self.channels >> 2,
            self.channels << 6 | (length >> 11) as u8,
            (length >> 3) as u8,
            ((length & 7) << 5) as u8 | 0x1f,
            0xfc,
        ])
    }

    /// An `mp4a` sample entry.
    #[must_use]
    pub fn entry(self, bits_per_second: u32) -> Vec<u8> {
        let mut out = Vec::new();
        boxed(&mut out, *b"mp4a", |out| {
            out.extend([0, 0, 0, 0, 0, 0, 0, 1]);
            out.extend([0; 8]);
            put16(out, u16::from(self.channels));
            put16(out, 16);
            put(out, 0);
            put(out, self.rate() << 16);
            full(out, *b"esds", 0, 0, |out| {
                // Descriptors of known length: ES, decoder configuration, its specific part, sync layer.
                out.extend([3, 25, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0]);
                put(out, bits_per_second);
                put(out, bits_per_second);
                out.extend([5, 2, 2 << 3 | self.rate >> 1, self.rate << 7 | self.channels << 3, 6, 1, 2]);
            });
        });
        out
    }
}

/// The decoder's own configuration inside the descriptors of an `esds` box.
fn specific(mut esds: ByteReader<'_>) -> Option<&[u8]> {
    loop {
        let tag = esds.u8()?;
        let mut length = 0_usize;
        for _ in 0..4 {
            let byte = esds.u8()?;
            length = length << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        match tag {
            // The elementary stream: an id of two bytes and flags that ask for more fields.
            3 => {
                let flags = esds.take(3)?[2];
                esds.take(if flags & 0x80 == 0 { 0 } else { 2 })?;
            }
            // The decoder: what it is, sizes and rates.
            4 => {
                esds.take(13)?;
            }
            5 => return esds.take(length),
            _ => {
                esds.take(length)?;
            }
        }
    }
}

/// Whether a packet was coded in long windows alone. Only these overlap with their neighbours in the shape that every
/// encoder uses most, so that a packet of another encoder can stand beside it. `packet` is its beginning.
#[must_use]
pub fn is_long(packet: &[u8]) -> bool {
    let Some(head) = packet.first_chunk::<4>() else { return false };
    let bits = u32::from_be_bytes(*head);
    // 14496-3, tables 4.4.2 to 4.4.6: three bits of element type, four of tag; a single channel has eight of gain, a
    // pair one that says whether the window is common to both; then a reserved bit and two of window sequence.
    let window = match bits >> 29 {
        0 => bits >> (32 - 7 - 8 - 3) & 3,
        1 if bits >> 24 & 1 == 1 => bits >> (32 - 8 - 3) & 3,
        _ => return false,
    };
    window == 0
}

/// The packets of an ADTS stream: where each begins after its head, and its size. `None` where the stream is broken.
#[must_use]
pub fn packets(stream: &[u8]) -> Option<Vec<(usize, u32)>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let head = stream.get(at..at + 7)?;
        if head[0] != 0xff || head[1] & 0xf6 != 0xf0 {
            return None;
        }
        let length = usize::from(head[3] & 3) << 11 | usize::from(head[4]) << 3 | usize::from(head[5] >> 5);
        let skip = if head[1] & 1 == 1 { 7 } else { 9 };
        let size = length.checked_sub(skip)?;
        stream.get(at..at + length)?;
        found.push((at + skip, size as u32));
        at += length;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_reads_back() {
        for (rate, channels) in [(48_000, 2), (44_100, 1), (32_000, 2)] {
            let config = Config::new(rate, channels).expect("it is known");
            let entry = config.entry(128_000);
            assert_eq!(Config::of(&entry), Some(config));
            assert_eq!((config.rate(), config.channels()), (rate, channels));
            for length in 0..entry.len() {
                let _ = Config::of(&entry[..length]);
            }
        }
        assert_eq!((Config::new(48_001, 2), Config::new(48_000, 6)), (None, None));
    }

    #[test]
    fn packets_are_found_behind_their_heads() {
        let config = Config::new(48_000, 2).expect("it is known");
        let mut stream = Vec::new();
        for size in [5_u32, 700] {
            stream.extend(config.adts(size).expect("it is short"));
            stream.resize(stream.len() + size as usize, 1);
        }
        assert_eq!(packets(&stream), Some(vec![(7, 5), (19, 700)]));
        assert_eq!(packets(&stream[..30]), None);
        assert_eq!(config.adts(9000), None);
    }
}
