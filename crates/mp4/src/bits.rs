//! Bits of coded streams: fields of any length, Exp-Golomb numbers, and the bytes that keep start codes from appearing.

/// Reads bits off the front of some bytes, from the highest on; `None` where they end too early.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bits were read.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// A field of at most 32 bits.
    pub(super) fn field(&mut self, bits: u32) -> Option<u32> {
        (0..bits).try_fold(0, |value, _| Some(value << 1 | u32::from(self.bit()?)))
    }

    pub(super) fn skip(&mut self, bits: usize) -> Option<()> {
        self.at += bits;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    /// An Exp-Golomb number (ITU-T H.264 and H.265, 9.1 and 9.2).
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros | self.field(zeros)?) - 1)
    }

    /// Reads some Exp-Golomb numbers that say nothing here; signed ones are as long.
    pub(super) fn skip_numbers(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.number().map(drop))
    }

    /// A signed Exp-Golomb number (ITU-T H.264, 9.1.1).
    pub(super) fn signed(&mut self) -> Option<i32> {
        let number = self.number()?;
        let half = number.div_ceil(2).cast_signed();
        Some(if number % 2 == 1 { half } else { -half })
    }
}

/// Writes bits one after another.
#[derive(Default)]
pub(super) struct NewBits {
    bytes: Vec<u8>,
    /// Bits in the last byte.
    filled: usize,
}

impl NewBits {
    pub(super) fn bit(&mut self, bit: bool) {
        if self.filled.is_multiple_of(8) {
            self.bytes.push(0);
            self.filled = 0;
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.filled);
        }
        self.filled += 1;
    }

    pub(super) fn field(&mut self, value: u32, bits: u32) {
        (0..bits).rev().for_each(|n| self.bit(value >> n & 1 == 1));
    }

    pub(super) fn number(&mut self, value: u32) {
        let bits = (value + 1).ilog2();
        self.field(0, bits);
        self.field(value + 1, bits + 1);
    }

    /// Copies bits from `from`, up to bit `end` of what it reads.
    pub(super) fn copy(&mut self, from: &mut Bits<'_>, end: usize) -> Option<()> {
        while from.position() < end {
            self.bit(from.bit()?);
        }
        Some(())
    }

    /// Ones to the next whole byte: how the head of a slice is filled before what is coded arithmetically.
    pub(super) fn align_with_ones(mut self) -> Vec<u8> {
        while !self.filled.is_multiple_of(8) {
            self.bit(true);
        }
        self.bytes
    }

    /// A one, and zeros to the next whole byte: how headers and sets end.
    pub(super) fn align(mut self) -> Vec<u8> {
        self.bit(true);
        self.bytes
    }
}

/// Where the content of a NAL unit ends, in bits: before its last one.
pub(super) fn end_of(content: &[u8]) -> Option<usize> {
    let last = content.iter().rposition(|&byte| byte != 0)?;
    Some(last * 8 + 7 - content[last].trailing_zeros() as usize)
}

/// The content of a NAL unit: without the bytes of 3 that stand between two zeros and what would look like a start code.
pub(super) fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// A NAL unit of a content: the opposite of [`unescaped`].
pub(super) fn escaped(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 64);
    let mut zeros = 0;
    for &byte in content {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_fields_read_back() {
        let mut bits = NewBits::default();
        let numbers = [0, 1, 2, 3, 14, 15, 63, 1000];
        bits.field(5, 3);
        numbers.iter().for_each(|&number| bits.number(number));
        let bytes = bits.align();
        let mut read = Bits::new(&bytes);
        assert_eq!(read.field(3), Some(5));
        assert_eq!(numbers.map(|_| read.number()), numbers.map(Some));
        assert_eq!((read.bit(), Bits::new(&[0, 0, 0, 0, 0, 0]).number()), (Some(true), None));
    }

    #[test]
    fn what_looks_like_a_start_code_is_hidden_and_found_again() {
        let content = [0, 0, 1, 0, 0, 0, 0, 3, 9, 0, 0, 4];
        let unit = escaped(&content);
        assert_eq!(unit, [0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3, 9, 0, 0, 4]);
        assert_eq!(unescaped(&unit), content);
    }
}
