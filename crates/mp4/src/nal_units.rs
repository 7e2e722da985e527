//! The NAL units of a sample, each behind its length in 4 bytes (ISO/IEC 14496-15, 5.3).

use super::boxes::{ByteReader, put};

/// What becomes of a NAL unit in a sample that is rewritten.
pub(super) enum UnitChange {
    /// It stays as it is.
    Kept,
    /// It is left out.
    Dropped,
    /// Another stands in its place.
    Rewritten(Vec<u8>),
}

/// Bytes that heads with longer ids may need.
const GROWTH: usize = 64;

/// A sample with its units as `change` makes them. `None` where it has none to give for one of them, and where the sample
/// ends inside a unit.
pub(super) fn rewritten_sample(sample: &[u8], change: impl Fn(&[u8]) -> Option<UnitChange>) -> Option<Vec<u8>> {
    let mut rest = ByteReader(sample);
    let mut out = Vec::with_capacity(sample.len() + GROWTH);
    while !rest.0.is_empty() {
        let length = rest.u32()?;
        let unit = rest.take(length as usize)?;
        match change(unit)? {
            UnitChange::Dropped => {}
            UnitChange::Kept => {
                put(&mut out, length);
                out.extend(unit);
            }
            UnitChange::Rewritten(unit) => {
                put(&mut out, u32::try_from(unit.len()).ok()?);
                out.extend(unit);
            }
        }
    }
    Some(out)
}
