//! H.264 in MP4 (ISO/IEC 14496-15): the record of parameter sets, and one record for pictures of several encoders.

use super::boxes::{Cursor, boxed, put, put16};

/// Bytes of a visual sample entry before the boxes in it: 8 of the head, 78 of fields.
const FIELDS: usize = 86;

/// The parameter sets of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Profile, compatibility flags and level, as the record gives them.
    pub profile: [u8; 3],
    /// Sequence parameter sets, each a NAL unit, with their ids.
    pub sequences: Vec<(u32, Vec<u8>)>,
    /// Picture parameter sets, each a NAL unit, with their ids.
    pub pictures: Vec<(u32, Vec<u8>)>,
}

impl Config {
    /// Reads the `avcC` box of a sample entry. `None` where the entry is not `avc1`, or where the NAL units of its
    /// samples have lengths of other than 4 bytes: such samples cannot stand beside others.
    #[must_use]
    pub fn of(entry: &[u8]) -> Option<Self> {
        if entry.get(4..8)? != b"avc1" {
            return None;
        }
        let mut record = Cursor(entry.get(FIELDS..)?).find(*b"avcC")?;
        record.u8().filter(|&version| version == 1)?;
        let profile = record.take(3)?.try_into().ok()?;
        if record.u8()? & 3 != 3 {
            return None;
        }
        let mut sets = |mask: u8, skip: usize| {
            let count = record.u8()? & mask;
            let set = |_| {
                let length = record.u16()?;
                let unit = record.take(usize::from(length))?;
                Some((number_at(unit.get(skip..)?)?, unit.to_vec()))
            };
            (0..count).map(set).collect::<Option<Vec<_>>>()
        };
        // An SPS has a byte of head and three of profile before its id, a PPS the head only (ITU-T H.264, 7.3.2).
        let (sequences, pictures) = (sets(31, 4)?, sets(255, 1)?);
        (!sequences.is_empty() && !pictures.is_empty()).then_some(Self { profile, sequences, pictures })
    }

    /// Whether pictures of both can stand in one stream: no id means one thing here and another there.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let agree = |own: &[(u32, Vec<u8>)], others: &[(u32, Vec<u8>)]| {
            own.iter().all(|(id, set)| others.iter().all(|(other, bytes)| id != other || set == bytes))
        };
        agree(&self.sequences, &other.sequences) && agree(&self.pictures, &other.pictures)
    }

    /// Whether a parameter set has this id.
    #[must_use]
    pub fn has(&self, id: u32) -> bool {
        self.sequences.iter().chain(&self.pictures).any(|(known, _)| *known == id)
    }

    /// Adds the parameter sets of `other` that are not here yet, and raises profile and level to cover both.
    pub fn absorb(&mut self, other: &Self) {
        for (own, others) in [(&mut self.sequences, &other.sequences), (&mut self.pictures, &other.pictures)] {
            let fresh: Vec<_> = others.iter().filter(|set| !own.contains(set)).cloned().collect();
            own.extend(fresh);
        }
        let level = self.profile[2].max(other.profile[2]);
        if other.profile[0] > self.profile[0] {
            self.profile = other.profile;
        }
        self.profile[2] = level;
    }

    /// An `avc1` sample entry for pictures of `width` by `height` pixels.
    #[must_use]
    pub fn entry(&self, width: u16, height: u16) -> Vec<u8> {
        let mut out = Vec::new();
        boxed(&mut out, *b"avc1", |out| {
            // Reserved; the index of the data reference: this file.
            out.extend([0, 0, 0, 0, 0, 0, 0, 1]);
            out.extend([0; 16]);
            put16(out, width);
            put16(out, height);
            // 72 dots per inch both ways, one frame a sample, no compressor name, 24 bits.
            put(out, 0x48_0000);
            put(out, 0x48_0000);
            put(out, 0);
            put16(out, 1);
            out.extend([0; 32]);
            put16(out, 24);
            put16(out, 0xffff);
            boxed(out, *b"avcC", |out| self.record(out));
            // Square pixels.
            boxed(out, *b"pasp", |out| out.extend([0, 0, 0, 1, 0, 0, 0, 1]));
        });
        out
    }

    fn record(&self, out: &mut Vec<u8>) {
        out.push(1);
        out.extend(self.profile);
        out.push(0xff);
        for (reserved, sets) in [(0xe0, &self.sequences), (0, &self.pictures)] {
            out.push(reserved | sets.len() as u8);
            for (_, set) in sets {
                put16(out, set.len() as u16);
                out.extend(set);
            }
        }
        // Profiles above Extended add the format of colour: 4:2:0, 8 bits, no extensions (14496-15, 5.3.3.1.2).
        if !matches!(self.profile[0], 66 | 77 | 88) {
            out.extend([0xfd, 0xf8, 0xf8, 0]);
        }
    }
}

/// Whether a sample holds an IDR picture: nothing after it refers to anything before. `sample` is its beginning.
#[must_use]
pub fn is_idr(sample: &[u8]) -> bool {
    let mut rest = Cursor(sample);
    while let Some(length) = rest.u32() {
        match rest.0.first().map(|head| head & 31) {
            Some(5) => return true,
            // A slice of another kind of picture.
            Some(1..5) | None => return false,
            Some(_) => {
                if rest.take(length as usize).is_none() {
                    return false;
                }
            }
        }
    }
    false
}

/// The Exp-Golomb number at the beginning of `bits` (ITU-T H.264, 9.1). Emulation prevention cannot fall into the few
/// bits before an id of 0 to 255.
fn number_at(bits: &[u8]) -> Option<u32> {
    let bit = |n: usize| bits.get(n / 8).map(|byte| u32::from(byte >> (7 - n % 8) & 1));
    let mut zeros = 0;
    while bit(zeros)? == 0 {
        zeros += 1;
        if zeros > 16 {
            return None;
        }
    }
    (0..=zeros).try_fold(0, |value, n| Some(value << 1 | bit(zeros + n)?)).map(|value| value - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(id: u32, level: u8) -> Config {
        // ue(0) is `1`, ue(1) is `010`.
        let coded = if id == 0 { 0x80 } else { 0x40 };
        let sequence = vec![0x67, 100, 0, level, coded, 1, level];
        Config { profile: [100, 0, level], sequences: vec![(id, sequence)], pictures: vec![(id, vec![0x68, coded])] }
    }

    #[test]
    fn a_record_reads_back() {
        let mut both = config(0, 31);
        both.absorb(&config(1, 40));
        let entry = both.entry(1280, 720);
        assert_eq!(Config::of(&entry), Some(both.clone()));
        assert_eq!((both.profile, both.sequences.len(), both.pictures.len()), ([100, 0, 40], 2, 2));
        for length in 0..entry.len() {
            let _ = Config::of(&entry[..length]);
        }
    }

    #[test]
    fn one_id_with_two_meanings_is_a_disagreement() {
        assert!(config(0, 31).agrees_with(&config(0, 31)));
        assert!(config(0, 31).agrees_with(&config(1, 40)));
        assert!(!config(0, 31).agrees_with(&config(0, 40)));
    }

    #[test]
    fn numbers_of_few_bits() {
        let numbers = [0x80, 0x40, 0x60, 0x20, 0x28].map(|byte| number_at(&[byte]));
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(number_at(&[0, 0, 0]), None);
    }

    #[test]
    fn an_idr_is_told_from_other_pictures() {
        assert!(is_idr(&[0, 0, 0, 2, 0x06, 9, 0, 0, 0, 2, 0x65, 9]));
        assert!(!is_idr(&[0, 0, 0, 2, 0x06, 9, 0, 0, 0, 2, 0x41, 9]));
        assert!(!is_idr(&[0, 0, 0, 90, 0x06]) && !is_idr(&[]));
    }
}
