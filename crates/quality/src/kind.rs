//! Kinds of faults.

/// What may be wrong with a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// Nothing is to be seen.
    Black,
    /// Nothing moves, not even grain.
    Frozen,
    /// The exposure goes up and down.
    Flicker,
    /// Another shot begins inside the clip, at once or by a dissolve.
    Cut,
    /// The picture is softer than its first frame.
    Blur,
    /// Black bars that are not there all the time.
    Bars,
    /// Nothing is heard where sound was asked for.
    Silent,
    /// The clip ends while somebody speaks.
    SpeechCut,
    /// Light and colour are others than at the head of the chain.
    ColourDrift,
    /// Contrast or detail are others than at the head of the chain.
    StructureDrift,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Black,
        Self::Frozen,
        Self::Flicker,
        Self::Cut,
        Self::Blur,
        Self::Bars,
        Self::Silent,
        Self::SpeechCut,
        Self::ColourDrift,
        Self::StructureDrift,
    ];

    /// What the worst fault of this kind takes off a score of 100.
    pub(super) const fn weight(self) -> u16 {
        match self {
            Self::Black | Self::Frozen => 100,
            Self::Cut | Self::Bars | Self::Silent => 60,
            Self::Flicker | Self::Blur => 55,
            Self::SpeechCut => 45,
            Self::ColourDrift | Self::StructureDrift => 50,
        }
    }
}
