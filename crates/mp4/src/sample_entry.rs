//! Sample entries of pictures in MP4 (ISO/IEC 14496-15), and one record for pictures of several encoders.

use super::boxes::{ByteReader, boxed, put, put16};
use super::parameter_sets::{Form, Ids, ParameterSets, Set};
use super::{avc, hevc};

/// Bytes of a visual sample entry before the boxes in it: 8 of the head, 78 of fields.
const FIELDS: usize = 86;

/// Bytes of a visual sample entry before its width and height.
const SIZE: usize = 32;

impl ParameterSets {
    /// Reads the record in a sample entry. `None` where the entry is neither `avc1` nor `hvc1`, whose sets all stand in
    /// the record, or where the NAL units of its samples have lengths of other than 4 bytes: such samples cannot stand
    /// beside others.
    #[must_use]
    pub fn of(entry: &[u8]) -> Option<Self> {
        let name = entry.get(4..8)?;
        let form = [Form::Avc, Form::Hevc].into_iter().find(|form| form.names().0 == *name)?;
        let record = ByteReader(entry.get(FIELDS..)?).find(form.names().1)?;
        match form {
            Form::Avc => avc::read(record),
            Form::Hevc => hevc::read(record),
        }
    }

    /// Whether one of these has an id that only what is encoded here should have.
    #[must_use]
    pub fn claims(&self, ids: Ids) -> bool {
        self.sets.iter().any(|set| match self.form {
            Form::Avc => set.id == avc::id(ids),
            Form::Hevc => set.id == hevc::id(set.kind, ids),
        })
    }

    /// Adds the parameter sets of `other` that are not here yet, and raises profile and level to cover both.
    pub fn absorb(&mut self, other: &Self) {
        let fresh: Vec<Set> = other.sets.iter().filter(|set| !self.sets.contains(set)).cloned().collect();
        self.sets.extend(fresh);
        self.sets.sort_by_key(|set| set.kind);
        match self.form {
            Form::Avc => avc::cover(&mut self.head, &other.head),
            Form::Hevc => hevc::cover(&mut self.head, &other.head),
        }
    }

    /// A sample entry for pictures of `width` by `height` pixels.
    #[must_use]
    pub fn entry(&self, width: u16, height: u16) -> Vec<u8> {
        let mut out = Vec::new();
        let (name, record) = self.form.names();
        boxed(&mut out, name, |out| {
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
            boxed(out, record, |out| match self.form {
                Form::Avc => avc::write(self, out),
                Form::Hevc => hevc::write(self, out),
            });
            // Square pixels.
            boxed(out, *b"pasp", |out| out.extend([0, 0, 0, 1, 0, 0, 0, 1]));
        });
        out
    }
}

/// Pixels across and down of pictures that are coded as `entry` says.
#[must_use]
pub fn size(entry: &[u8]) -> Option<(u16, u16)> {
    let mut fields = ByteReader(entry.get(SIZE..FIELDS)?);
    Some((fields.u16()?, fields.u16()?))
}

/// The boxes in a visual sample entry.
pub(super) fn inner_boxes(entry: &[u8]) -> Option<ByteReader<'_>> {
    entry.get(FIELDS..).map(ByteReader)
}

/// The record with the parameter sets of H.264 in a sample entry.
#[must_use]
pub fn avc_record(entry: &[u8]) -> Option<&[u8]> {
    let (name, record) = Form::Avc.names();
    (entry.get(4..8)? == name)
        .then(|| ByteReader(&entry[FIELDS.min(entry.len())..]).find(record).map(|record| record.0))?
}

/// Whether a sample, coded as `entry` says, holds a picture such that nothing after it refers to anything before.
/// `head` is the beginning of the sample, which the index calls one to begin with.
#[must_use]
pub fn begins(entry: &[u8], head: &[u8]) -> bool {
    match entry.get(4..8) {
        Some(b"avc1" | b"avc3") => avc::is_idr(head),
        Some(b"hvc1" | b"hev1") => hevc::is_idr(head),
        // An AV1 key frame comes with the sequence header that it needs: an OBU of type 1, perhaps after a delimiter.
        Some(b"av01") => matches!(head.first().map(|first| first >> 3 & 15), Some(1 | 2)),
        // Every picture of ProRes stands alone.
        Some(name) => name.starts_with(b"ap"),
        None => false,
    }
}

/// What kinds of file holds pictures that are coded as `entry` says, the main one first.
pub(super) fn brands(entry: Option<&[u8]>) -> Vec<u8> {
    match entry.and_then(|entry| entry.get(4..8)) {
        // ProRes is at home in QuickTime files only.
        Some(name) if name.starts_with(b"ap") => b"qt  \0\0\x02\0qt  ".to_vec(),
        Some(name @ (b"hvc1" | b"av01")) => [b"isom\0\0\x02\0isomiso2", name, b"mp41"].concat(),
        _ => b"isom\0\0\x02\0isomiso2avc1mp41".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn avc(id: u32, level: u8) -> ParameterSets {
        // ue(0) is `1`, ue(1) is `010`.
        let coded = if id == 0 { 0x80 } else { 0x40 };
        let sequence = Set { kind: 7, id, unit: vec![0x67, 100, 0, level, coded, 1, level] };
        let picture = Set { kind: 8, id, unit: vec![0x68, coded] };
        ParameterSets { form: Form::Avc, head: vec![100, 0, level], sets: vec![sequence, picture] }
    }

    #[test]
    fn a_record_reads_back() {
        let mut both = avc(0, 31);
        both.absorb(&avc(1, 40));
        let entry = both.entry(1280, 720);
        assert_eq!(ParameterSets::of(&entry), Some(both.clone()));
        assert_eq!((both.head, both.sets.len()), (vec![100, 0, 40], 4));
        for length in 0..entry.len() {
            let _ = ParameterSets::of(&entry[..length]);
        }
    }

    #[test]
    fn one_id_with_two_meanings_is_a_disagreement() {
        assert!(avc(0, 31).agrees_with(&avc(0, 31)));
        assert!(avc(0, 31).agrees_with(&avc(1, 40)));
        assert!(!avc(0, 31).agrees_with(&avc(0, 40)));
    }
}
