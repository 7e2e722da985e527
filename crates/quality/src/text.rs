//! A score as one line, for locks and for people: `63: frozen from 2.10 s to 3.90 s (0.45), cut at 1.50 s (0.30)`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::{ClipFault, ClipScore, FaultKind};

impl FaultKind {
    /// What it is called, in a lock and to people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Frozen => "frozen",
            Self::Flicker => "flickers",
            Self::Cut => "another shot",
            Self::Blur => "softer than the first frame",
            Self::Bars => "black bars",
            Self::Silent => "silent",
            Self::SpeechCut => "speech is cut off",
            Self::ColourDrift => "light or colour left the head of the chain",
            Self::StructureDrift => "contrast or detail left the head of the chain",
        }
    }

    /// Whether it has a place in the clip, and is no matter of the whole.
    const fn is_placed(self) -> bool {
        !matches!(self, Self::ColourDrift | Self::StructureDrift)
    }
}

impl fmt::Display for ClipFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.seconds;
        write!(f, "{} from {start:.2} s to {end:.2} s ({:.2})", self.kind.name(), f32::from(self.severity) / 100.0)
    }
}

impl ClipFault {
    /// What a person is told: without the number, and without a place where it has none.
    #[must_use]
    pub fn words(&self) -> String {
        let Range { start, end } = self.seconds;
        let name = self.kind.name();
        match self.kind {
            FaultKind::Cut if end - start < 0.3 => format!("{name} begins at {end:.1} s"),
            FaultKind::Cut => format!("{name} is dissolved to from {start:.1} s to {end:.1} s"),
            FaultKind::SpeechCut => format!("{name} at the end"),
            kind if !kind.is_placed() => name.to_owned(),
            _ => format!("{name} from {start:.1} s to {end:.1} s"),
        }
    }
}

impl ClipScore {
    /// What is wrong, in words, the worst first; each kind once, with its worst place.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut faults: Vec<&ClipFault> = self.faults.iter().collect();
        faults.sort_by_key(|fault| std::cmp::Reverse(fault.lost()));
        let mut told = Vec::new();
        let mut words = Vec::new();
        for fault in faults {
            if !told.contains(&fault.kind) {
                told.push(fault.kind);
                words.push(fault.words());
            }
        }
        words
    }
}

impl fmt::Display for ClipScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.total)?;
        for (n, fault) in self.faults.iter().enumerate() {
            write!(f, "{} {fault}", if n == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// What a person is told of a score that stands in a lock: `63 of 100: frozen from 2.1 s to 3.9 s`.
#[must_use]
pub fn described(quality: &str) -> String {
    let Ok(score) = quality.parse::<ClipScore>() else { return quality.to_owned() };
    let words = score.words();
    let found = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
    format!("{} of 100{found}", score.total)
}

/// A text that spells no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadScore;

impl fmt::Display for BadScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a score reads `100`, or `63: frozen from 2.10 s to 3.90 s (0.45)`")
    }
}

impl std::error::Error for BadScore {}

impl FromStr for ClipScore {
    type Err = BadScore;

    fn from_str(text: &str) -> Result<Self, BadScore> {
        let (total, faults) = text.split_once(": ").unwrap_or((text, ""));
        let total = total.parse().ok().filter(|total| *total <= 100).ok_or(BadScore)?;
        let faults = faults.split(", ").filter(|fault| !fault.is_empty());
        Ok(Self { total, faults: faults.map(str::parse).collect::<Result<_, _>>()? })
    }
}

impl FromStr for ClipFault {
    type Err = BadScore;

    fn from_str(text: &str) -> Result<Self, BadScore> {
        let parts = || {
            let (name, rest) = text.split_once(" from ")?;
            let (start, rest) = rest.split_once(" s to ")?;
            let (end, severity) = rest.split_once(" s (")?;
            let kind = FaultKind::ALL.into_iter().find(|kind| kind.name() == name)?;
            let seconds = start.parse().ok()?..end.parse().ok()?;
            let severity: f32 = severity.strip_suffix(')')?.parse().ok()?;
            (0.0..=1.0).contains(&severity).then(|| Self::new(kind, seconds, severity))
        };
        parts().ok_or(BadScore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind, seconds: Range<f32>, severity: f32) -> ClipFault {
        ClipFault::new(kind, seconds, severity)
    }

    #[test]
    fn a_score_is_read_as_it_is_written() {
        let kinds = FaultKind::ALL.into_iter().enumerate();
        let faults: Vec<ClipFault> =
            kinds.map(|(n, kind)| fault(kind, 0.1 * n as f32..3.456, 0.07 * n as f32)).collect();
        for faults in [Vec::new(), faults[..1].to_vec(), faults] {
            let score = ClipScore::of(faults);
            assert_eq!(score.to_string().parse(), Ok(score));
        }
        for text in
            ["", "101", "-1", "80: ", "80: frozen", "80: frozen from 1 s to 2 s (2)", "80: odd from 1 s to 2 s (0.5)"]
        {
            let read = text.parse::<ClipScore>();
            assert!(read.is_err() || text == "80: ", "{text} is {read:?}");
        }
    }

    #[test]
    fn the_worst_comes_first_in_words() {
        let faults = vec![
            fault(FaultKind::Frozen, 2.1..3.9, 0.9),
            fault(FaultKind::Frozen, 0.0..0.7, 0.4),
            fault(FaultKind::Cut, 1.5..1.63, 1.0),
            fault(FaultKind::ColourDrift, 0.0..4.0, 0.3),
        ];
        let words = ClipScore::of(faults).words();
        assert_eq!(
            words,
            [
                "frozen from 2.1 s to 3.9 s",
                "another shot begins at 1.6 s",
                "light or colour left the head of the chain"
            ]
        );
    }

    #[test]
    fn a_clip_without_fault_has_a_hundred() {
        assert_eq!(ClipScore::of(Vec::new()).to_string(), "100");
        let black = ClipScore::of(vec![fault(FaultKind::Black, 0.0..4.0, 1.0)]);
        assert_eq!(black.to_string(), "0: black from 0.00 s to 4.00 s (1.00)");
    }
}
