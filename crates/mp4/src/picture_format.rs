//! What the sequence parameter sets of H.264 say of pictures (ITU-T H.264, 7.3.2.1.1 and E.1.1).

use super::avc;
use super::bits::{Bits, unescaped};
use super::boxes::ByteReader;
use super::parameter_sets::{Form, ParameterSets};
use super::sample_entry::{inner_boxes, size};

/// How the two colour differences are sampled beside the brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// Half as many across and down: 4:2:0.
    Quarter,
    /// Half as many across: 4:2:2.
    Half,
    /// As many: 4:4:4.
    Full,
}

/// Pictures that are shown as they are coded: progressive, of square pixels, in the levels of video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodedFormat {
    /// Pixels across that are shown.
    pub width: u32,
    /// Pixels down that are shown.
    pub height: u32,
    /// How colour is sampled.
    pub chroma: Chroma,
    /// Bits of each sample, from 8 to 14.
    pub depth: u32,
    /// What the colours are mixed of, by its number (ISO/IEC 23091-2, table 2).
    pub primaries: u32,
    /// How numbers become light, by its number (ISO/IEC 23091-2, table 3).
    pub transfer: u32,
    /// The colour matrix by its number (ISO/IEC 23091-2, table 4).
    pub matrix: u32,
}

/// What is said of colours: the numbers of primaries, transfer and matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ColourNumbers {
    primaries: u32,
    transfer: u32,
    matrix: u32,
}

impl ColourNumbers {
    const UNTOLD: Self = Self {
        primaries: CodedFormat::UNTOLD_COLOUR,
        transfer: CodedFormat::UNTOLD_COLOUR,
        matrix: CodedFormat::UNTOLD_COLOUR,
    };
}

/// Profiles that say how colour is sampled (ITU-T H.264, 7.3.2.1.1).
pub(super) const HIGH: [u32; 12] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 134, 138, 139];

/// The number for an aspect ratio of pixels that is written out (ITU-T H.264, table E-1).
const EXTENDED_RATIO: u32 = 255;

impl CodedFormat {
    /// The number of primaries, of a transfer and of a matrix that are not told.
    pub const UNTOLD_COLOUR: u32 = 2;

    /// What the sample entry of H.264 says of its pictures. `None` where they need something done before they are shown,
    /// where the entry contradicts them, and for every other codec.
    #[must_use]
    pub fn of(entry: &[u8]) -> Option<Self> {
        let sets = ParameterSets::of(entry).filter(|sets| sets.form == Form::Avc)?;
        let mut formats = sets.sets.iter().filter(|set| set.kind == avc::SPS).map(|set| sequence(&set.unit));
        let format = formats.next()??;
        // Several sequences in one stream have to look alike.
        if formats.any(|other| other != Some(format)) {
            return None;
        }
        let (width, height) = size(entry)?;
        let same_size = (u32::from(width), u32::from(height)) == (format.width, format.height);
        (same_size && format.agrees_with_boxes(inner_boxes(entry)?)).then_some(format)
    }

    const fn colours(&self) -> ColourNumbers {
        ColourNumbers { primaries: self.primaries, transfer: self.transfer, matrix: self.matrix }
    }

    /// Whether the boxes beside the parameter sets leave the pictures as they are.
    fn agrees_with_boxes(&self, mut boxes: ByteReader<'_>) -> bool {
        while let Some((name, content)) = boxes.next_box() {
            let agrees = match name {
                b"pasp" => square(content),
                b"colr" => colours(content) == Some(self.colours()),
                b"clap" => false,
                _ => true,
            };
            if !agrees {
                return false;
            }
        }
        true
    }
}

/// Bits of each sample of pictures that are coded as `entry` says: 8, 10 or 12, and for H.264 up to 14. `None` where the
/// entry does not say it, as that of `ProRes`.
#[must_use]
pub fn depth(entry: &[u8]) -> Option<u32> {
    let record = |name| inner_boxes(entry)?.find(name);
    match entry.get(4..8)? {
        b"avc1" => CodedFormat::of(entry).map(|format| format.depth),
        // ISO/IEC 14496-15, 8.3.3.1: the low three bits of the field are what luma has above 8.
        b"hvc1" => record(*b"hvcC")?.0.get(17).map(|field| 8 + u32::from(field & 7)),
        // AV1 in ISO-BMFF, 2.3.3: behind the tier stand a bit for more than 8 bits and one for 12.
        b"av01" => record(*b"av1C")?.0.get(2).map(|field| match field >> 5 & 3 {
            2 => 10,
            3 => 12,
            _ => 8,
        }),
        _ => None,
    }
}

/// Whether a `pasp` box is about square pixels.
fn square(mut pasp: ByteReader<'_>) -> bool {
    let across = pasp.u32();
    across.is_some_and(|across| across > 0) && across == pasp.u32()
}

/// The colours in a `colr` box of the levels of video (ISO/IEC 14496-12, 12.1.5). The older kind says nothing of levels.
fn colours(mut colr: ByteReader<'_>) -> Option<ColourNumbers> {
    let kind = colr.take(4)?;
    let primaries = u32::from(colr.u16()?);
    let transfer = u32::from(colr.u16()?);
    let matrix = u32::from(colr.u16()?);
    let video_levels = match kind {
        b"nclc" => true,
        b"nclx" => colr.u8()? >> 7 == 0,
        _ => false,
    };
    video_levels.then_some(ColourNumbers { primaries, transfer, matrix })
}

/// Reads the NAL unit of a sequence parameter set.
fn sequence(unit: &[u8]) -> Option<CodedFormat> {
    let content = unescaped(unit.get(1..)?);
    let bits = &mut Bits::new(&content);
    let profile = bits.field(8)?;
    bits.skip(16)?;
    bits.number()?;
    let samples = if HIGH.contains(&profile) { high_samples(bits)? } else { Samples { chroma: 1, depth: 8 } };
    let chroma = match samples.chroma {
        1 => Chroma::Quarter,
        2 => Chroma::Half,
        3 => Chroma::Full,
        _ => return None,
    };
    skip_orders(bits)?;
    // References, and gaps in their numbers.
    bits.number()?;
    bits.skip(1)?;
    let across = bits.number()?.checked_add(1)?.checked_mul(16)?;
    let down = bits.number()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.bit()?;
    if !frames_only {
        return None;
    }
    bits.skip(1)?;
    let mut hidden = Hidden::default();
    if bits.bit()? {
        hidden = Hidden::read(bits, chroma)?;
    }
    let colours = if bits.bit()? { shown_colours(bits)? } else { ColourNumbers::UNTOLD };
    Some(CodedFormat {
        width: across.checked_sub(hidden.across).filter(|&width| width > 0)?,
        height: down.checked_sub(hidden.down).filter(|&height| height > 0)?,
        chroma,
        depth: samples.depth,
        primaries: colours.primaries,
        transfer: colours.transfer,
        matrix: colours.matrix,
    })
}

/// How the samples of a picture are coded.
struct Samples {
    /// `chroma_format_idc`.
    chroma: u32,
    depth: u32,
}

/// The fields that high profiles add. `None` for planes that are coded apart, and for brightness of other depth than
/// colour.
fn high_samples(bits: &mut Bits<'_>) -> Option<Samples> {
    let chroma = bits.number()?;
    if chroma == 3 {
        (!bits.bit()?).then_some(())?;
    }
    let depth = bits.number()?;
    let same = bits.number()? == depth;
    bits.skip(1)?;
    if bits.bit()? {
        skip_scaling(bits, if chroma == 3 { 12 } else { 8 })?;
    }
    (same && depth <= 6).then_some(Samples { chroma, depth: depth + 8 })
}

/// Passes over lists of scaling factors: six of 16 numbers, the rest of 64.
pub(super) fn skip_scaling(bits: &mut Bits<'_>, lists: usize) -> Option<()> {
    for list in 0..lists {
        if !bits.bit()? {
            continue;
        }
        let mut last = 8_i32;
        let mut next = 8_i32;
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + bits.signed()?).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// Passes over how pictures are numbered and ordered.
fn skip_orders(bits: &mut Bits<'_>) -> Option<()> {
    bits.number()?;
    match bits.number()? {
        0 => {
            bits.number()?;
        }
        1 => {
            bits.skip(1)?;
            bits.number()?;
            bits.number()?;
            for _ in 0..bits.number()?.min(256) {
                bits.number()?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Pixels of the coded picture that are not shown.
#[derive(Default)]
struct Hidden {
    across: u32,
    down: u32,
}

impl Hidden {
    fn read(bits: &mut Bits<'_>, chroma: Chroma) -> Option<Self> {
        let across = bits.number()?.checked_add(bits.number()?)?;
        let down = bits.number()?.checked_add(bits.number()?)?;
        let unit_across = if chroma == Chroma::Full { 1 } else { 2 };
        let unit_down = if chroma == Chroma::Quarter { 2 } else { 1 };
        Some(Self { across: across.checked_mul(unit_across)?, down: down.checked_mul(unit_down)? })
    }
}

/// The colours in the description of how pictures are shown. `None` where their pixels are not square or their levels not
/// those of video.
fn shown_colours(bits: &mut Bits<'_>) -> Option<ColourNumbers> {
    if bits.bit()? {
        match bits.field(8)? {
            0 | 1 => {}
            EXTENDED_RATIO => {
                let across = bits.field(16)?;
                (across == bits.field(16)? && across > 0).then_some(())?;
            }
            _ => return None,
        }
    }
    // Overscan.
    if bits.bit()? {
        bits.skip(1)?;
    }
    if !bits.bit()? {
        return Some(ColourNumbers::UNTOLD);
    }
    bits.skip(3)?;
    let all_levels = bits.bit()?;
    let described = bits.bit()?;
    let colours = if described {
        ColourNumbers { primaries: bits.field(8)?, transfer: bits.field(8)?, matrix: bits.field(8)? }
    } else {
        ColourNumbers::UNTOLD
    };
    (!all_levels).then_some(colours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{NewBits, escaped};
    use crate::parameter_sets::Set;

    /// What is different about a sequence.
    #[derive(Clone, Copy)]
    struct Written {
        profile: u32,
        chroma: u32,
        depth: u32,
        frames_only: bool,
        ratio: u32,
        all_levels: bool,
        matrix: u32,
    }

    const USUAL: Written =
        Written { profile: 100, chroma: 1, depth: 8, frames_only: true, ratio: 1, all_levels: false, matrix: 1 };

    /// A sequence of 1920 by 1080 pixels.
    fn unit(written: Written) -> Vec<u8> {
        let mut bits = NewBits::default();
        bits.field(written.profile, 8);
        bits.field(0x0028, 16);
        bits.number(0);
        if written.profile == 100 {
            bits.number(written.chroma);
            bits.number(written.depth - 8);
            bits.number(written.depth - 8);
            bits.field(0, 2);
        }
        for number in [0, 0, 2, 4] {
            bits.number(number);
        }
        bits.field(0, 1);
        bits.number(119);
        bits.number(67);
        bits.bit(written.frames_only);
        bits.field(0b11, 2);
        for number in [0, 0, 0, if written.chroma == 1 { 4 } else { 8 }] {
            bits.number(number);
        }
        bits.field(0b11, 2);
        bits.field(written.ratio, 8);
        bits.field(0b01, 2);
        bits.field(5, 3);
        bits.bit(written.all_levels);
        bits.field(1, 1);
        bits.field(0x0101, 16);
        bits.field(written.matrix, 8);
        [vec![0x67], escaped(&bits.align())].concat()
    }

    fn entry(written: Written, more: &[u8]) -> Vec<u8> {
        let sequence = Set { kind: 7, id: 0, unit: unit(written) };
        let picture = Set { kind: 8, id: 0, unit: vec![0x68, 0x80] };
        let sets = ParameterSets { form: Form::Avc, head: vec![100, 0, 40], sets: vec![sequence, picture] };
        let mut entry = sets.entry(1920, 1080);
        entry.extend(more);
        entry
    }

    fn format(written: Written) -> Option<CodedFormat> {
        CodedFormat::of(&entry(written, &[]))
    }

    #[test]
    fn pictures_that_are_shown_as_coded_are_known() {
        let usual = CodedFormat {
            width: 1920,
            height: 1080,
            chroma: Chroma::Quarter,
            depth: 8,
            primaries: 1,
            transfer: 1,
            matrix: 1,
        };
        assert_eq!(format(USUAL), Some(usual));
        assert_eq!(format(Written { profile: 77, ..USUAL }), Some(usual));
        let deep = Written { chroma: 2, depth: 10, matrix: 9, ..USUAL };
        assert_eq!(format(deep), Some(CodedFormat { chroma: Chroma::Half, depth: 10, matrix: 9, ..usual }));
    }

    #[test]
    fn others_are_left_to_those_who_know_more() {
        for written in [
            Written { frames_only: false, ..USUAL },
            Written { ratio: 3, ..USUAL },
            Written { all_levels: true, ..USUAL },
            Written { chroma: 0, ..USUAL },
        ] {
            assert_eq!(format(written), None);
        }
        let colour =
            |matrix: u8, levels: u8| [&[0, 0, 0, 19][..], b"colrnclx", &[0, 1, 0, 1, 0, matrix, levels]].concat();
        assert!(CodedFormat::of(&entry(USUAL, &colour(1, 0))).is_some());
        assert_eq!(CodedFormat::of(&entry(USUAL, &colour(9, 0))), None);
        let bright = [&[0, 0, 0, 19][..], b"colrnclx", &[0, 9, 0, 18, 0, 1, 0]].concat();
        assert_eq!(CodedFormat::of(&entry(USUAL, &bright)), None, "the transfer is another");
        assert_eq!(CodedFormat::of(&entry(USUAL, &colour(1, 0x80))), None);
        let wide = [&[0, 0, 0, 16][..], b"pasp", &[0, 0, 0, 4, 0, 0, 0, 3]].concat();
        assert_eq!(CodedFormat::of(&entry(USUAL, &wide)), None);
    }

    #[test]
    fn a_set_that_ends_early_is_none() {
        let whole = entry(USUAL, &[]);
        for length in 0..whole.len() - 16 {
            assert_eq!(CodedFormat::of(&whole[..length]), None);
        }
    }
}
