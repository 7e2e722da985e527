//! New ids for the parameter sets of an HEVC stream, and for the heads of its slices that name them.
//!
//! No encoder of HEVC lets the ids of its parameter sets be chosen, and all choose 0. So that what is encoded for a film
//! can stand beside copied clips, and clips of several encoders beside each other, sets and heads of slices are rewritten with
//! ids of their own; the coded pictures behind the heads stay as they are. Names of fields are those of ITU-T H.265, 7.3.

use super::bits::{Bits, NewBits, end_of, escaped, unescaped};
use super::hevc::{IDR, LAST_SLICE, NAL, PPS, SPS, VPS, kind_of, sps_before_id};
use super::nal_units::{UnitChange, rewritten_sample};
use super::parameter_sets::{ParameterSets, RenamedSet};

/// The type of NAL units with messages that come before a picture.
const MESSAGES: u8 = 39;

/// More sets of references, and references, than a stream may have.
const MOST_SETS: u32 = 64;
const MOST_REFERENCES: u32 = 16;

/// What heads of slices depend on in the parameter sets.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rules {
    has_chroma: bool,
    poc_bits: u32,
    sao: bool,
    temporal_mvp: bool,
    /// Bits of the place of a slice in its picture.
    address_bits: u32,
    /// For every set of references in the sequence, how many there are.
    reference_sets: Vec<u32>,
    dependent_slices: bool,
    output_flag: bool,
    extra_bits: u32,
    cabac_init: bool,
    /// References by default: of the first list and of the second.
    references: [u32; 2],
    chroma_qp: bool,
    weighs: bool,
    weighs_both: bool,
    entry_points: bool,
    across_slices: bool,
    deblocking_override: bool,
    deblocking_off: bool,
    extension: bool,
}

/// New ids for the parameter sets of a stream and the heads of its slices.
#[derive(Debug)]
pub(super) struct HevcRenumber {
    rules: Rules,
    renamed: Vec<RenamedSet>,
    /// The sets as they were: those that are repeated among the pictures are left out there.
    known: Vec<Vec<u8>>,
}

impl HevcRenumber {
    /// Gives `sets` the ids of `renamed`. `None` where they use means of the format that are not followed here.
    pub(super) fn of(sets: &mut ParameterSets, renamed: Vec<RenamedSet>) -> Option<Self> {
        if sets.sets.len() != 3 {
            return None;
        }
        let new = |kind: u8| renamed.iter().find(|set| set.kind == kind).map(|set| set.new);
        let mut rules = Rules::default();
        let mut known = Vec::new();
        for set in &mut sets.sets {
            known.push(set.unit.clone());
            let content = unescaped(set.unit.get(NAL..)?);
            let head = set.unit[..NAL].to_vec();
            let own = new(set.kind)?;
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
                    out.field(new(VPS)?, 4);
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
                    out.number(new(SPS)?);
                }
            }
            out.copy(&mut bits, end_of(&content)?)?;
            set.unit = [head, escaped(&out.align())].concat();
            set.id = own;
        }
        Some(Self { rules, renamed, known })
    }

    /// A sample of that stream with the new ids.
    pub(super) fn sample(&self, sample: &[u8]) -> Option<Vec<u8>> {
        rewritten_sample(sample, |unit| {
            Some(match kind_of(unit)? {
                kind if kind <= LAST_SLICE => UnitChange::Rewritten(self.slice(kind, unit)?),
                // A buffering period names a parameter set, and no player of files needs one.
                MESSAGES if unit.get(NAL) == Some(&0) => UnitChange::Dropped,
                // The sets stand in the record; others than these would mean something else from here on.
                VPS | SPS | PPS => self.known.iter().any(|known| known == unit).then_some(UnitChange::Dropped)?,
                _ => UnitChange::Kept,
            })
        })
    }

    fn slice(&self, kind: u8, unit: &[u8]) -> Option<Vec<u8>> {
        let content = unescaped(unit.get(NAL..)?);
        let mut bits = Bits::new(&content);
        let mut out = NewBits::default();
        let is_first = Bits::new(&content).bit()?;
        out.copy(&mut bits, 1 + usize::from((16..24).contains(&kind)))?;
        bits.number()?;
        out.number(self.renamed.iter().find(|set| set.kind == PPS)?.new);
        let mut ahead = bits;
        self.rules.slice_head(kind, is_first, &mut ahead)?;
        out.copy(&mut bits, ahead.position())?;
        // The head ends with a one and zeros to a whole byte; the coded picture begins there.
        ahead.bit()?.then_some(())?;
        let data = content.get(ahead.position().div_ceil(8)..)?;
        let head = unit[..NAL].to_vec();
        Some([head, escaped(&[&out.align(), data].concat())].concat())
    }
}

/// How many bits number so many things.
fn bits_for(count: u32) -> u32 {
    count.max(1).next_power_of_two().ilog2()
}

fn sequence_rules(content: &[u8], rules: &mut Rules) -> Option<()> {
    let bits = &mut Bits::new(content);
    let layers = sps_before_id(bits)?;
    bits.number()?;
    let chroma = bits.number()?;
    // Planes that are coded apart.
    (chroma != 3).then_some(())?;
    rules.has_chroma = chroma > 0;
    let width = bits.number()?;
    let height = bits.number()?;
    if bits.bit()? {
        bits.skip_numbers(4)?;
    }
    bits.skip_numbers(2)?;
    rules.poc_bits = bits.number()? + 4;
    let each = bits.bit()?;
    bits.skip_numbers(if each { 3 * (layers + 1) } else { 3 })?;
    let block = bits.number()? + 3 + bits.number()?;
    (block < 8 && rules.poc_bits <= 16).then_some(())?;
    let blocks = width.div_ceil(1 << block).checked_mul(height.div_ceil(1 << block))?;
    rules.address_bits = bits_for(blocks);
    bits.skip_numbers(4)?;
    // Lists of scaling factors in the set itself.
    if bits.bit()? {
        (!bits.bit()?).then_some(())?;
    }
    bits.skip(1)?;
    rules.sao = bits.bit()?;
    if bits.bit()? {
        bits.skip(8)?;
        bits.skip_numbers(2)?;
        bits.skip(1)?;
    }
    let sets = bits.number()?;
    (sets <= MOST_SETS).then_some(())?;
    for _ in 0..sets {
        let count = reference_set(bits, &rules.reference_sets, false)?;
        rules.reference_sets.push(count);
    }
    // Long-term references.
    (!bits.bit()?).then_some(())?;
    rules.temporal_mvp = bits.bit()?;
    Some(())
}

/// Reads the next set of references behind those of the sequence that are `known`, or that of a slice. Gives how many
/// references it has.
fn reference_set(bits: &mut Bits<'_>, known: &[u32], is_of_slice: bool) -> Option<u32> {
    let is_derived = !known.is_empty() && bits.bit()?;
    if !is_derived {
        let count = bits.number()?.checked_add(bits.number()?)?;
        (count <= MOST_REFERENCES).then_some(())?;
        for _ in 0..count {
            bits.number()?;
            bits.skip(1)?;
        }
        return Some(count);
    }
    let back = if is_of_slice { bits.number()? as usize } else { 0 };
    bits.skip(1)?;
    bits.number()?;
    let from = known.len().checked_sub(1)?.checked_sub(back)?;
    let mut count = 0;
    for _ in 0..=known[from] {
        // Used by this picture, or at least kept for others.
        let is_kept = bits.bit()? || bits.bit()?;
        count += u32::from(is_kept);
    }
    Some(count)
}

fn picture_rules(content: &[u8], rules: &mut Rules) -> Option<()> {
    let bits = &mut Bits::new(content);
    bits.skip_numbers(2)?;
    rules.dependent_slices = bits.bit()?;
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
    bits.skip_numbers(2)?;
    rules.chroma_qp = bits.bit()?;
    rules.weighs = bits.bit()?;
    rules.weighs_both = bits.bit()?;
    bits.skip(1)?;
    let tiles = bits.bit()?;
    let rows = bits.bit()?;
    rules.entry_points = tiles || rows;
    if tiles {
        skip_tiles(bits)?;
    }
    rules.across_slices = bits.bit()?;
    if bits.bit()? {
        rules.deblocking_override = bits.bit()?;
        rules.deblocking_off = bits.bit()?;
        if !rules.deblocking_off {
            bits.skip_numbers(2)?;
        }
    }
    // Lists of scaling factors, and lists of references that are reordered.
    (bits.field(2)? == 0).then_some(())?;
    bits.number()?;
    rules.extension = bits.bit()?;
    Some(())
}

fn skip_tiles(bits: &mut Bits<'_>) -> Option<()> {
    let columns = bits.number()?;
    let rows = bits.number()?;
    (columns < 64 && rows < 64).then_some(())?;
    if !bits.bit()? {
        bits.skip_numbers(columns + rows)?;
    }
    bits.skip(1)
}

impl Rules {
    /// Reads the head of a slice, from after the id of its parameter set to its last field.
    fn slice_head(&self, kind: u8, is_first: bool, bits: &mut Bits<'_>) -> Option<()> {
        let mut is_dependent = false;
        if !is_first {
            is_dependent = self.dependent_slices && bits.bit()?;
            bits.skip(self.address_bits as usize)?;
        }
        if !is_dependent {
            self.own_head(kind, bits)?;
        }
        if self.entry_points {
            let points = bits.number()?;
            if points > 0 {
                let length = bits.number()? as usize + 1;
                bits.skip((points as usize).checked_mul(length)?)?;
            }
        }
        if self.extension {
            let length = bits.number()?;
            bits.skip(8 * length as usize)?;
        }
        Some(())
    }

    /// The part of a head that a slice has which does not lean on the one before.
    fn own_head(&self, kind: u8, bits: &mut Bits<'_>) -> Option<()> {
        bits.skip(self.extra_bits as usize)?;
        // 0 is B, 1 is P, 2 is I.
        let slice = bits.number()?;
        bits.skip(usize::from(self.output_flag))?;
        let mut temporal = false;
        if !IDR.contains(&kind) {
            bits.skip(self.poc_bits as usize)?;
            let sets = &self.reference_sets;
            if bits.bit()? {
                bits.skip(bits_for(u32::try_from(sets.len()).ok()?) as usize)?;
            } else {
                reference_set(bits, sets, true)?;
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
            bits.skip_numbers(2)?;
        }
        let mut off = self.deblocking_off;
        if self.deblocking_override && bits.bit()? {
            off = bits.bit()?;
            if !off {
                bits.skip_numbers(2)?;
            }
        }
        if self.across_slices && (luma || chroma || !off) {
            bits.skip(1)?;
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
        if if both { self.weighs_both } else { self.weighs } {
            self.weights(&references[..if both { 2 } else { 1 }], bits)?;
        }
        bits.number().map(drop)
    }

    /// The weights of references: which of them have some, then these.
    fn weights(&self, references: &[u32], bits: &mut Bits<'_>) -> Option<()> {
        bits.skip_numbers(1 + u32::from(self.has_chroma))?;
        for &count in references {
            (count <= MOST_REFERENCES).then_some(())?;
            let mut luma = Vec::new();
            for _ in 0..count {
                luma.push(bits.bit()?);
            }
            let mut chroma = vec![false; luma.len()];
            if self.has_chroma {
                for flag in &mut chroma {
                    *flag = bits.bit()?;
                }
            }
            for (luma, chroma) in luma.into_iter().zip(chroma) {
                bits.skip_numbers(2 * u32::from(luma) + 4 * u32::from(chroma))?;
            }
        }
        Some(())
    }
}
