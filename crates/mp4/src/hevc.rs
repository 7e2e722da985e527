//! HEVC in MP4 (ISO/IEC 14496-15, 8.3.3): the record of parameter sets, and which pictures stand alone. Names of fields are
//! those of ITU-T H.265, 7.3.

use super::bits::{Bits, unescaped};
use super::boxes::{ByteReader, put16};
use super::parameter_sets::{Form, Ids, ParameterSets, RenamedSet, Set};

/// Types of NAL units: video, sequence and picture parameter sets.
pub(super) const VPS: u8 = 32;
pub(super) const SPS: u8 = 33;
pub(super) const PPS: u8 = 34;

/// Types of slices: of IDR pictures, and the last of all slices.
pub(super) const IDR: [u8; 2] = [19, 20];
pub(super) const LAST_SLICE: u8 = 31;

/// Bytes of the head of a NAL unit.
pub(super) const NAL: usize = 2;

/// Bytes of a record after its version and before its parameter sets, and which of them is the level.
const HEAD: usize = 21;
const LEVEL: usize = 11;

/// The id of a parameter set of what is encoded here: a large one of its kind.
pub(super) const fn id(kind: u8, ids: Ids) -> u32 {
    let largest = if kind == PPS { 63 } else { 15 };
    match ids {
        Ids::Film => largest,
        Ids::Footage => largest - 1,
    }
}

pub(super) fn read(mut record: ByteReader<'_>) -> Option<ParameterSets> {
    record.u8().filter(|&version| version == 1)?;
    let head = record.take(HEAD)?.to_vec();
    if head[HEAD - 1] & 3 != 3 {
        return None;
    }
    let mut sets = Vec::new();
    for _ in 0..record.u8()? {
        let kind = record.u8()? & 63;
        for _ in 0..record.u16()? {
            let length = record.u16()?;
            let unit = record.take(usize::from(length))?;
            // Words of the encoder about itself are nothing that pictures need.
            if matches!(kind, VPS | SPS | PPS) {
                sets.push(Set { kind, id: id_of(kind, unit)?, unit: unit.to_vec() });
            }
        }
    }
    let found = ParameterSets { form: Form::Hevc, head, sets };
    let is_complete = [VPS, SPS, PPS].into_iter().all(|kind| !found.of_kind(kind).is_empty());
    is_complete.then_some(found)
}

pub(super) fn write(sets: &ParameterSets, out: &mut Vec<u8>) {
    out.push(1);
    out.extend(&sets.head);
    let kinds = [VPS, SPS, PPS];
    out.push(kinds.len() as u8);
    for kind in kinds {
        let of_kind = sets.of_kind(kind);
        // All sets of this kind are here and none among the pictures.
        out.push(0x80 | kind);
        put16(out, of_kind.len() as u16);
        for set in of_kind {
            put16(out, set.unit.len() as u16);
            out.extend(&set.unit);
        }
    }
}

/// Raises the level to that of `other`. Profiles are alike where the pixel formats are.
pub(super) fn cover(head: &mut [u8], other: &[u8]) {
    head[LEVEL] = head[LEVEL].max(other[LEVEL]);
}

pub(super) fn kind_of(unit: &[u8]) -> Option<u8> {
    Some(unit.first()? >> 1 & 63)
}

/// Whether a sample holds an IDR picture. `sample` is its beginning.
pub(super) fn is_idr(sample: &[u8]) -> bool {
    let mut rest = ByteReader(sample);
    while let Some(length) = rest.u32() {
        match kind_of(rest.0) {
            Some(kind) if kind <= LAST_SLICE => return IDR.contains(&kind),
            Some(_) if rest.take(length as usize).is_some() => {}
            _ => return false,
        }
    }
    false
}

fn id_of(kind: u8, unit: &[u8]) -> Option<u32> {
    let content = unescaped(unit.get(NAL..)?);
    let mut bits = Bits::new(&content);
    match kind {
        VPS => bits.field(4),
        SPS => {
            sps_before_id(&mut bits)?;
            bits.number()
        }
        _ => bits.number(),
    }
}

/// Reads a sequence parameter set up to its id; gives back `sps_max_sub_layers_minus1`.
pub(super) fn sps_before_id(bits: &mut Bits<'_>) -> Option<u32> {
    bits.skip(4)?;
    let layers = bits.field(3)?;
    // The nesting flag; profile and level of the whole stream.
    bits.skip(1 + 88 + 8)?;
    if layers > 0 {
        let mut present = Vec::new();
        for _ in 0..layers {
            present.push((bits.bit()?, bits.bit()?));
        }
        bits.skip(2 * (8 - layers as usize))?;
        for (profile, level) in present {
            bits.skip(88 * usize::from(profile) + 8 * usize::from(level))?;
        }
    }
    Some(layers)
}

/// The ids that what is encoded here has: one of each kind.
pub(super) fn own_ids(sets: &ParameterSets, ids: Ids) -> Vec<RenamedSet> {
    let renamed = |set: &Set| RenamedSet { kind: set.kind, old: set.id, new: id(set.kind, ids) };
    sets.sets.iter().map(renamed).collect()
}

/// The largest id of a kind that others than what is encoded here may have.
pub(super) const fn most(kind: u8) -> u32 {
    id(kind, Ids::Footage) - 1
}
