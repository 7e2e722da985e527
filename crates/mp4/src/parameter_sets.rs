//! Parameter sets of H.264 and HEVC (ISO/IEC 14496-15).

/// The two codecs whose pictures name parameter sets that stand beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Avc,
    Hevc,
}

impl Form {
    /// The names of the sample entry and of the box with the record in it.
    pub(super) const fn names(self) -> ([u8; 4], [u8; 4]) {
        match self {
            Self::Avc => (*b"avc1", *b"avcC"),
            Self::Hevc => (*b"hvc1", *b"hvcC"),
        }
    }
}

/// Ids that the parameter sets of what is encoded here have, so that it can stand beside copies: other encoders choose
/// small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// What is encoded for a film.
    Film,
    /// What is encoded where footage is cut. It is copied into films, beside what is encoded for these.
    Footage,
}

/// A parameter set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// Its type as a NAL unit.
    pub(super) kind: u8,
    /// The id by which pictures and other sets name it.
    pub(super) id: u32,
    /// The NAL unit.
    pub(super) unit: Vec<u8>,
}

impl Set {
    /// Whether one id means two things.
    fn clashes_with(&self, other: &Self) -> bool {
        self.kind == other.kind && self.id == other.id && self.unit != other.unit
    }
}

/// A parameter set that gets another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RenamedSet {
    /// Its type as a NAL unit.
    pub(super) kind: u8,
    pub(super) old: u32,
    pub(super) new: u32,
}

/// The parameter sets of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSets {
    pub(super) form: Form,
    /// Profile, level and what else the record says of the stream.
    pub(super) head: Vec<u8>,
    /// In the order in which they are named: what others name comes first.
    pub(super) sets: Vec<Set>,
}

impl ParameterSets {
    /// Whether pictures of both can stand in one stream: no id means one thing here and another there.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.form == other.form && !self.sets.iter().any(|own| other.sets.iter().any(|set| own.clashes_with(set)))
    }

    /// New ids for all sets of `other`: the lowest of each kind that these do not have, up to `most`, the largest of a kind.
    pub(super) fn free_ids(&self, other: &Self, most: impl Fn(u8) -> u32) -> Option<Vec<RenamedSet>> {
        let mut renamed: Vec<RenamedSet> = Vec::new();
        for set in &other.sets {
            let is_taken = |id: u32| {
                self.sets.iter().any(|own| own.kind == set.kind && own.id == id)
                    || renamed.iter().any(|other| other.kind == set.kind && other.new == id)
            };
            let new = (0..=most(set.kind)).find(|&id| !is_taken(id))?;
            renamed.push(RenamedSet { kind: set.kind, old: set.id, new });
        }
        Some(renamed)
    }

    /// Its sets of one type, in order.
    pub(super) fn of_kind(&self, kind: u8) -> Vec<&Set> {
        self.sets.iter().filter(|set| set.kind == kind).collect()
    }
}
