//! HEVC in MP4 (ISO/IEC 14496-15, 8.3.3): the record of parameter sets, which pictures stand alone, and new ids for the
//! sets of a stream.
//!
//! No encoder of HEVC lets the ids of its parameter sets be chosen, and all choose 0. So that what is encoded for a film
//! can stand beside copied clips, its sets and the heads of its slices are rewritten with ids of their own; the coded
//! pictures behind the heads stay as they are. Names of fields are those of ITU-T H.265, 7.3.

use super::bits::{Bits, NewBits, escaped, unescaped};
use super::boxes::{ByteReader, put, put16};
use super::parameter_sets::{Form, Ids, ParameterSets, Set};

/// Types of NAL units: video, sequence and picture parameter sets.
const VPS: u8 = 32;
const SPS: u8 = 33;
const PPS: u8 = 34;

/// Types of slices: of IDR pictures, and the last of all slices.
const IDR: [u8; 2] = [19, 20];
const LAST_SLICE: u8 = 31;

/// Bytes of the head of a NAL unit.
const NAL: usize = 2;

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

fn kind_of(unit: &[u8]) -> Option<u8> {
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
fn sps_before_id(bits: &mut Bits<'_>) -> Option<u32> {
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

/// What heads of slices depend on in the parameter sets.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Rules {
    has_chroma: bool,
    poc_bits: u32,
    sao: bool,
    temporal_mvp: bool,
    output_flag: bool,
    extra_bits: u32,
    cabac_init: bool,
    /// References by default: of the first list and of the second.
    references: [u32; 2],
    chroma_qp: bool,
    across_slices: bool,
    deblocking_override: bool,
    deblocking_off: bool,
    extension: bool,
}

/// New ids for the parameter sets of a stream and the heads of its slices.
#[derive(Debug)]
pub struct Renumber {
    rules: Rules,
    ids: Ids,
}

impl Renumber {
    /// Gives the parameter sets of an `hvc1` sample entry other ids. `None` where it is another entry or
    /// uses means of the format that are not followed here: tiles, weights, lists that are reordered, long-term
    /// references.
    #[must_use]
    pub fn of(entry: &[u8], ids: Ids) -> Option<(Self, ParameterSets)> {
        let mut sets = ParameterSets::of(entry).filter(|sets| sets.form == Form::Hevc && sets.sets.len() == 3)?;
        let mut rules = Rules::default();
        for set in &mut sets.sets {
            let content = unescaped(set.unit.get(NAL..)?);
            let head = set.unit[..NAL].to_vec();
            let own = id(set.kind, ids);
            let mut bits = Bits::new(&content);
            let mut out = NewBits::default();
            match set.kind {
                VPS => {
                    bits.skip(4)?;
                    out.field(own, 4);
                }
                SPS => {
                    sequence_rules(&content, &mut rules)?;
                    bits.skip(4)?;
                    out.field(id(VPS, ids), 4);
                    let mut ahead = Bits::new(&content);
                    sps_before_id(&mut ahead)?;
                    out.copy(&mut bits, ahead.position())?;
                    bits.number()?;
                    out.number(own);
                }
                _ => {
                    picture_rules(&content, &mut rules)?;
                    bits.number()?;
                    bits.number()?;
                    out.number(own);
                    out.number(id(SPS, ids));
                }
            }
            out.copy(&mut bits, end_of(&content)?)?;
            set.unit = [head, escaped(&out.align())].concat();
            set.id = own;
        }
        Some((Self { rules, ids }, sets))
    }

    /// A sample of that stream with the new ids.
    #[must_use]
    pub fn sample(&self, sample: &[u8]) -> Option<Vec<u8>> {
        let mut rest = ByteReader(sample);
        let mut out = Vec::with_capacity(sample.len() + 64);
        while !rest.0.is_empty() {
            let length = rest.u32()?;
            let unit = rest.take(length as usize)?;
            match kind_of(unit)? {
                kind if kind <= LAST_SLICE => {
                    let unit = self.slice(kind, unit)?;
                    put(&mut out, unit.len() as u32);
                    out.extend(unit);
                }
                // The sets stand in the record.
                VPS | SPS | PPS => {}
                _ => {
                    put(&mut out, length);
                    out.extend(unit);
                }
            }
        }
        Some(out)
    }

    fn slice(&self, kind: u8, unit: &[u8]) -> Option<Vec<u8>> {
        let content = unescaped(unit.get(NAL..)?);
        let mut bits = Bits::new(&content);
        let mut out = NewBits::default();
        // One slice a picture: this is the first.
        let first = 1 + usize::from((16..24).contains(&kind));
        out.copy(&mut bits, first)?;
        Bits::new(&content).bit()?.then_some(())?;
        bits.number()?;
        out.number(id(PPS, self.ids));
        let mut ahead = bits;
        self.rules.slice_head(kind, &mut ahead)?;
        out.copy(&mut bits, ahead.position())?;
        // The head ends with a one and zeros to a whole byte; the coded picture begins there.
        ahead.bit()?.then_some(())?;
        let data = content.get(ahead.position().div_ceil(8)..)?;
        let head = unit[..NAL].to_vec();
        Some([head, escaped(&[&out.align(), data].concat())].concat())
    }
}

/// Where the content of a parameter set ends, in bits: before its last one.
fn end_of(content: &[u8]) -> Option<usize> {
    let last = content.iter().rposition(|&byte| byte != 0)?;
    Some(last * 8 + 7 - content[last].trailing_zeros() as usize)
}

fn sequence_rules(content: &[u8], rules: &mut Rules) -> Option<()> {
    let bits = &mut Bits::new(content);
    let layers = sps_before_id(bits)?;
    bits.number()?;
    let chroma = bits.number()?;
    // Planes that are coded apart.
    (chroma != 3).then_some(())?;
    rules.has_chroma = chroma > 0;
    numbers(bits, 2)?;
    if bits.bit()? {
        numbers(bits, 4)?;
    }
    numbers(bits, 2)?;
    rules.poc_bits = bits.number()? + 4;
    let each = bits.bit()?;
    numbers(bits, if each { 3 * (layers + 1) } else { 3 })?;
    numbers(bits, 6)?;
    // Lists of scaling factors in the set itself.
    if bits.bit()? {
        (!bits.bit()?).then_some(())?;
    }
    bits.skip(1)?;
    rules.sao = bits.bit()?;
    if bits.bit()? {
        bits.skip(8)?;
        numbers(bits, 2)?;
        bits.skip(1)?;
    }
    // Sets of references in the sequence's own parameter set, and long-term references.
    (bits.number()? == 0 && !bits.bit()?).then_some(())?;
    rules.temporal_mvp = bits.bit()?;
    Some(())
}

fn picture_rules(content: &[u8], rules: &mut Rules) -> Option<()> {
    let bits = &mut Bits::new(content);
    numbers(bits, 2)?;
    bits.skip(1)?;
    rules.output_flag = bits.bit()?;
    rules.extra_bits = bits.field(3)?;
    bits.skip(1)?;
    rules.cabac_init = bits.bit()?;
    rules.references = [bits.number()? + 1, bits.number()? + 1];
    bits.number()?;
    bits.skip(2)?;
    if bits.bit()? {
        bits.number()?;
    }
    numbers(bits, 2)?;
    rules.chroma_qp = bits.bit()?;
    // Weights of references.
    (bits.field(2)? == 0).then_some(())?;
    bits.skip(1)?;
    // Tiles and wavefronts, which add points of entry.
    (bits.field(2)? == 0).then_some(())?;
    rules.across_slices = bits.bit()?;
    if bits.bit()? {
        rules.deblocking_override = bits.bit()?;
        rules.deblocking_off = bits.bit()?;
        if !rules.deblocking_off {
            numbers(bits, 2)?;
        }
    }
    // Lists of scaling factors, and lists of references that are reordered.
    (bits.field(2)? == 0).then_some(())?;
    bits.number()?;
    rules.extension = bits.bit()?;
    Some(())
}

impl Rules {
    /// Reads the head of the first slice of a picture, from after the id of its parameter set to its last field.
    fn slice_head(&self, kind: u8, bits: &mut Bits<'_>) -> Option<()> {
        bits.skip(self.extra_bits as usize)?;
        // 0 is B, 1 is P, 2 is I.
        let slice = bits.number()?;
        bits.skip(usize::from(self.output_flag))?;
        let mut temporal = false;
        if !IDR.contains(&kind) {
            bits.skip(self.poc_bits as usize)?;
            (!bits.bit()?).then_some(())?;
            let references = bits.number()? + bits.number()?;
            for _ in 0..references {
                bits.number()?;
                bits.skip(1)?;
            }
            temporal = self.temporal_mvp && bits.bit()?;
        }
        let luma = self.sao && bits.bit()?;
        let chroma = self.sao && self.has_chroma && bits.bit()?;
        if slice < 2 {
            self.prediction(slice == 0, temporal, bits)?;
        }
        bits.number()?;
        if self.chroma_qp {
            numbers(bits, 2)?;
        }
        let mut off = self.deblocking_off;
        if self.deblocking_override && bits.bit()? {
            off = bits.bit()?;
            if !off {
                numbers(bits, 2)?;
            }
        }
        if self.across_slices && (luma || chroma || !off) {
            bits.skip(1)?;
        }
        if self.extension {
            let length = bits.number()?;
            bits.skip(8 * length as usize)?;
        }
        Some(())
    }

    fn prediction(&self, both: bool, temporal: bool, bits: &mut Bits<'_>) -> Option<()> {
        let mut references = self.references;
        if bits.bit()? {
            references[0] = bits.number()? + 1;
            if both {
                references[1] = bits.number()? + 1;
            }
        }
        if both {
            bits.skip(1)?;
        }
        bits.skip(usize::from(self.cabac_init))?;
        if temporal {
            let first = !both || bits.bit()?;
            if references[usize::from(!first)] > 1 {
                bits.number()?;
            }
        }
        bits.number().map(drop)
    }
}

/// Reads some Exp-Golomb numbers that say nothing here; signed ones are as long.
fn numbers(bits: &mut Bits<'_>, count: u32) -> Option<()> {
    (0..count).try_for_each(|_| bits.number().map(drop))
}
