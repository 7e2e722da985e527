//! H.264 in MP4 (ISO/IEC 14496-15, 5.3.3): the record of parameter sets, and which pictures stand alone.

use super::bits::Bits;
use super::boxes::{ByteReader, put16};
use super::parameter_sets::{Form, Ids, ParameterSets, Set};

/// Types of NAL units: sequence and picture parameter sets.
pub(super) const SPS: u8 = 7;
pub(super) const PPS: u8 = 8;

/// The id of the parameter sets of what is encoded here: a large one of a sequence parameter set.
#[must_use]
pub const fn id(ids: Ids) -> u32 {
    match ids {
        Ids::Film => 31,
        Ids::Footage => 29,
    }
}

pub(super) fn read(mut record: ByteReader<'_>) -> Option<ParameterSets> {
    record.u8().filter(|&version| version == 1)?;
    let head = record.take(3)?.to_vec();
    if record.u8()? & 3 != 3 {
        return None;
    }
    let mut sets = Vec::new();
    // An SPS has a byte of head and three of profile before its id, a PPS the head only (ITU-T H.264, 7.3.2). Emulation
    // prevention cannot fall into the few bits of an id.
    for (kind, mask, skip) in [(SPS, 31, 4), (PPS, 255, 1)] {
        for _ in 0..record.u8()? & mask {
            let length = record.u16()?;
            let unit = record.take(usize::from(length))?;
            let id = Bits::new(unit.get(skip..)?).number()?;
            sets.push(Set { kind, id, unit: unit.to_vec() });
        }
    }
    let found = ParameterSets { form: Form::Avc, head, sets };
    let is_complete = [SPS, PPS].into_iter().all(|kind| !found.of_kind(kind).is_empty());
    is_complete.then_some(found)
}

pub(super) fn write(sets: &ParameterSets, out: &mut Vec<u8>) {
    out.push(1);
    out.extend(&sets.head);
    out.push(0xff);
    for (reserved, kind) in [(0xe0, SPS), (0, PPS)] {
        let of_kind = sets.of_kind(kind);
        out.push(reserved | of_kind.len() as u8);
        for set in of_kind {
            put16(out, set.unit.len() as u16);
            out.extend(&set.unit);
        }
    }
    // Profiles above Extended add the format of colour: 4:2:0, 8 bits, no extensions (14496-15, 5.3.3.1.2).
    if !matches!(sets.head[0], 66 | 77 | 88) {
        out.extend([0xfd, 0xf8, 0xf8, 0]);
    }
}

/// Raises profile and level to those of `other`.
pub(super) fn cover(head: &mut Vec<u8>, other: &[u8]) {
    let level = head[2].max(other[2]);
    if other[0] > head[0] {
        *head = other.to_vec();
    }
    head[2] = level;
}

/// Whether a sample holds an IDR picture: nothing after it refers to anything before. `sample` is its beginning.
pub(super) fn is_idr(sample: &[u8]) -> bool {
    let mut rest = ByteReader(sample);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idr_is_told_from_other_pictures() {
        assert!(is_idr(&[0, 0, 0, 2, 0x06, 9, 0, 0, 0, 2, 0x65, 9]));
        assert!(!is_idr(&[0, 0, 0, 2, 0x06, 9, 0, 0, 0, 2, 0x41, 9]));
        assert!(!is_idr(&[0, 0, 0, 90, 0x06]) && !is_idr(&[]));
    }
}
