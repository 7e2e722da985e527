//! New ids for the parameter sets of an H.264 stream, and for the heads of its slices that name them. The coded pictures
//! behind the heads stay as they are. Names of fields are those of ITU-T H.264, 7.3.

use super::avc::{PPS, SPS};
use super::bits::{Bits, NewBits, end_of, escaped, unescaped};
use super::nal_units::{UnitChange, rewritten_sample};
use super::parameter_sets::{ParameterSets, RenamedSet};
use super::picture_format::{HIGH, skip_scaling};

/// Types of NAL units: slices, messages, what begins a picture, and filling.
const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const MESSAGES: u8 = 6;
const DELIMITER: u8 = 9;
const FILLING: u8 = 12;

/// Kinds of slices.
const P: u32 = 0;
const B: u32 = 1;
const I: u32 = 2;

/// More references than any picture has.
const MOST_REFERENCES: u32 = 32;

/// What heads of slices depend on in a sequence parameter set.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format")]
#[derive(Debug, Clone, Copy)]
struct Sequence {
    id: u32,
    has_planes_apart: bool,
    has_chroma: bool,
    frame_bits: u32,
    order_type: u32,
    order_bits: u32,
    order_is_told: bool,
    frames_only: bool,
}

/// What heads of slices depend on in a picture parameter set.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the format")]
#[derive(Debug, Clone, Copy)]
struct Picture {
    id: u32,
    sequence: u32,
    cabac: bool,
    has_bottom_order: bool,
    /// References by default: of the first list and of the second.
    references: [u32; 2],
    weighs: bool,
    weighs_both: bool,
    has_deblocking: bool,
    has_redundant: bool,
}

/// The stream whose ids are changed.
#[derive(Debug)]
pub(super) struct AvcRenumber {
    sequences: Vec<Sequence>,
    pictures: Vec<Picture>,
    renamed: Vec<RenamedSet>,
    /// The sets as they were: those that are repeated among the pictures are left out there.
    known: Vec<Vec<u8>>,
}

impl AvcRenumber {
    /// Gives `sets` the ids of `renamed`. `None` where they use means of the format that are not followed here.
    pub(super) fn of(sets: &mut ParameterSets, renamed: Vec<RenamedSet>) -> Option<Self> {
        let mut numbers = Self { sequences: Vec::new(), pictures: Vec::new(), renamed, known: Vec::new() };
        for set in &mut sets.sets {
            numbers.known.push(set.unit.clone());
            let content = unescaped(set.unit.get(1..)?);
            let head = set.unit[0];
            let own = numbers.renamed_to(set.kind, set.id)?;
            let mut bits = Bits::new(&content);
            let mut out = NewBits::default();
            if set.kind == SPS {
                numbers.sequences.push(sequence(&content)?);
                out.copy(&mut bits, 24)?;
                bits.number()?;
                out.number(own);
            } else {
                let picture = picture(&content)?;
                numbers.pictures.push(picture);
                bits.number()?;
                bits.number()?;
                out.number(own);
                out.number(numbers.renamed_to(SPS, picture.sequence)?);
            }
            out.copy(&mut bits, end_of(&content)?)?;
            set.unit = [&[head][..], &escaped(&out.align())].concat();
            set.id = own;
        }
        Some(numbers)
    }

    fn renamed_to(&self, kind: u8, id: u32) -> Option<u32> {
        self.renamed.iter().find(|set| set.kind == kind && set.old == id).map(|set| set.new)
    }

    /// A sample of that stream with the new ids.
    pub(super) fn sample(&self, sample: &[u8]) -> Option<Vec<u8>> {
        rewritten_sample(sample, |unit| {
            Some(match unit.first()? & 31 {
                SLICE | IDR_SLICE => UnitChange::Rewritten(self.slice(unit)?),
                // The sets stand in the record; others than these would mean something else from here on.
                SPS | PPS => self.known.iter().any(|known| known == unit).then_some(UnitChange::Dropped)?,
                // A buffering period names a parameter set, and no player of files needs one.
                MESSAGES if unit.get(1) == Some(&0) => UnitChange::Dropped,
                MESSAGES | DELIMITER | FILLING => UnitChange::Kept,
                _ => return None,
            })
        })
    }

    fn slice(&self, unit: &[u8]) -> Option<Vec<u8>> {
        let content = unescaped(unit.get(1..)?);
        let mut bits = Bits::new(&content);
        let mut out = NewBits::default();
        // The first macroblock, and the kind.
        let mut ahead = bits;
        ahead.number()?;
        let kind = ahead.number()? % 5;
        out.copy(&mut bits, ahead.position())?;
        let id = bits.number()?;
        out.number(self.renamed_to(PPS, id)?);
        let picture = self.pictures.iter().find(|picture| picture.id == id)?;
        let sequence = self.sequences.iter().find(|sequence| sequence.id == picture.sequence)?;
        if !picture.cabac {
            // Nothing is aligned: all that follows moves by a few bits.
            out.copy(&mut bits, end_of(&content)?)?;
            return Some([&unit[..1], &escaped(&out.align())].concat());
        }
        let mut ahead = bits;
        let head = SliceHead { sequence, picture, kind, is_idr: unit[0] & 31 == IDR_SLICE, is_kept: unit[0] >> 5 > 0 };
        head.skip(&mut ahead)?;
        out.copy(&mut bits, ahead.position())?;
        let data = content.get(ahead.position().div_ceil(8)..)?;
        Some([&unit[..1], &escaped(&[&out.align_with_ones(), data].concat())].concat())
    }
}

fn sequence(content: &[u8]) -> Option<Sequence> {
    let bits = &mut Bits::new(content);
    let profile = bits.field(8)?;
    bits.skip(16)?;
    let id = bits.number()?;
    let mut chroma = 1;
    let mut has_planes_apart = false;
    if HIGH.contains(&profile) {
        chroma = bits.number()?;
        has_planes_apart = chroma == 3 && bits.bit()?;
        bits.skip_numbers(2)?;
        bits.skip(1)?;
        if bits.bit()? {
            skip_scaling(bits, if chroma == 3 { 12 } else { 8 })?;
        }
    }
    let frame_bits = bits.number()? + 4;
    let order_type = bits.number()?;
    let mut order_bits = 0;
    let mut order_is_told = false;
    match order_type {
        0 => order_bits = bits.number()? + 4,
        1 => {
            order_is_told = !bits.bit()?;
            bits.skip_numbers(2)?;
            let cycle = bits.number()?;
            (cycle < 256).then_some(())?;
            bits.skip_numbers(cycle)?;
        }
        _ => {}
    }
    bits.number()?;
    bits.skip(1)?;
    bits.skip_numbers(2)?;
    let frames_only = bits.bit()?;
    (frame_bits <= 16 && order_bits <= 16).then_some(())?;
    let has_chroma = chroma != 0 && !has_planes_apart;
    Some(Sequence { id, has_planes_apart, has_chroma, frame_bits, order_type, order_bits, order_is_told, frames_only })
}

fn picture(content: &[u8]) -> Option<Picture> {
    let bits = &mut Bits::new(content);
    let id = bits.number()?;
    let sequence = bits.number()?;
    let cabac = bits.bit()?;
    let has_bottom_order = bits.bit()?;
    // Groups of slices.
    (bits.number()? == 0).then_some(())?;
    let references = [bits.number()? + 1, bits.number()? + 1];
    let weighs = bits.bit()?;
    let weighs_both = bits.field(2)? == 1;
    bits.skip_numbers(3)?;
    let has_deblocking = bits.bit()?;
    bits.skip(1)?;
    let has_redundant = bits.bit()?;
    Some(Picture {
        id,
        sequence,
        cabac,
        has_bottom_order,
        references,
        weighs,
        weighs_both,
        has_deblocking,
        has_redundant,
    })
}

/// The head of a slice behind the id of its parameter set.
struct SliceHead<'a> {
    sequence: &'a Sequence,
    picture: &'a Picture,
    kind: u32,
    is_idr: bool,
    /// Whether other pictures may refer to it.
    is_kept: bool,
}

impl SliceHead<'_> {
    /// Reads it to its last field.
    fn skip(&self, bits: &mut Bits<'_>) -> Option<()> {
        (self.kind <= I).then_some(())?;
        self.order(bits)?;
        if self.picture.has_redundant {
            bits.number()?;
        }
        if self.kind != I {
            self.references(bits)?;
        }
        if self.is_kept {
            self.marking(bits)?;
        }
        if self.kind != I {
            // The table of contexts.
            bits.number()?;
        }
        bits.number()?;
        if self.picture.has_deblocking && bits.number()? != 1 {
            bits.skip_numbers(2)?;
        }
        Some(())
    }

    /// The number of the picture, its field and its place.
    fn order(&self, bits: &mut Bits<'_>) -> Option<()> {
        let sequence = self.sequence;
        if sequence.has_planes_apart {
            bits.skip(2)?;
        }
        bits.skip(sequence.frame_bits as usize)?;
        let mut is_field = false;
        if !sequence.frames_only {
            is_field = bits.bit()?;
            bits.skip(usize::from(is_field))?;
        }
        if self.is_idr {
            bits.number()?;
        }
        let has_bottom = self.picture.has_bottom_order && !is_field;
        match sequence.order_type {
            0 => {
                bits.skip(sequence.order_bits as usize)?;
                bits.skip_numbers(u32::from(has_bottom))
            }
            1 if sequence.order_is_told => bits.skip_numbers(1 + u32::from(has_bottom)),
            _ => Some(()),
        }
    }

    /// How many references there are, in which order, and with which weights.
    fn references(&self, bits: &mut Bits<'_>) -> Option<()> {
        let is_both = self.kind == B;
        bits.skip(usize::from(is_both))?;
        let mut counts = self.picture.references;
        if bits.bit()? {
            counts[0] = bits.number()? + 1;
            if is_both {
                counts[1] = bits.number()? + 1;
            }
        }
        let lists = if is_both { 2 } else { 1 };
        for _ in 0..lists {
            if bits.bit()? {
                while bits.number()? != 3 {
                    bits.number()?;
                }
            }
        }
        let is_weighed = if is_both { self.picture.weighs_both } else { self.kind == P && self.picture.weighs };
        if !is_weighed {
            return Some(());
        }
        let has_chroma = self.sequence.has_chroma;
        bits.skip_numbers(1 + u32::from(has_chroma))?;
        for &count in &counts[..lists] {
            (count <= MOST_REFERENCES).then_some(())?;
            for _ in 0..count {
                if bits.bit()? {
                    bits.skip_numbers(2)?;
                }
                if has_chroma && bits.bit()? {
                    bits.skip_numbers(4)?;
                }
            }
        }
        Some(())
    }

    /// Which pictures are kept as references.
    fn marking(&self, bits: &mut Bits<'_>) -> Option<()> {
        if self.is_idr {
            return bits.skip(2);
        }
        if !bits.bit()? {
            return Some(());
        }
        loop {
            match bits.number()? {
                0 => return Some(()),
                1 | 2 | 4 | 6 => bits.skip_numbers(1)?,
                3 => bits.skip_numbers(2)?,
                5 => {}
                _ => return None,
            }
        }
    }
}
