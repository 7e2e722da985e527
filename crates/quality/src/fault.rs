//! What is wrong with a clip, where, and how much.

use std::ops::Range;

use super::FaultKind;

/// A fault of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipFault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Where, in seconds from the beginning of the clip.
    pub seconds: Range<f32>,
    /// How bad it is, in hundredths: 100 is as bad as it can be.
    pub severity: u8,
}

impl ClipFault {
    /// A fault of `severity`, from 0 to 1.
    pub(super) fn new(kind: FaultKind, seconds: Range<f32>, severity: f32) -> Self {
        // As it is written: what is read back is equal.
        let rounded = |at: f32| (at * 100.0).round() / 100.0;
        let seconds = rounded(seconds.start)..rounded(seconds.end);
        Self { kind, seconds, severity: (severity.clamp(0.01, 1.0) * 100.0).round() as u8 }
    }

    /// What it takes off a score, in hundredths.
    pub(super) fn lost(&self) -> u16 {
        self.kind.weight() * u16::from(self.severity)
    }
}

/// Stretches of at least `least` seconds over which `holds` says yes of every picture; each ends where the next picture is
/// shown, or the clip does.
pub(super) fn stretches<T>(
    items: &[T],
    time: impl Fn(&T) -> f32,
    end: f32,
    least: f32,
    holds: impl Fn(usize) -> bool,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    for n in 0..=items.len() {
        if n < items.len() && holds(n) {
            start.get_or_insert(n);
        } else if let Some(first) = start.take() {
            let until = items.get(n).map_or(end, &time);
            if until - time(&items[first]) >= least {
                found.push(first..n);
            }
        }
    }
    found
}
