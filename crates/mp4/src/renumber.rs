//! New ids for the parameter sets of a stream, so that it can stand beside another one that uses the same ids.

use super::avc_slice::AvcRenumber;
use super::hevc;
use super::hevc_slice::HevcRenumber;
use super::parameter_sets::{Form, Ids, ParameterSets};

/// The largest ids of parameter sets of H.264 that others than what is encoded here may have: of a sequence, and of a picture.
/// Encoders give the same to both.
const MOST_AVC: u32 = 28;

/// New ids for the parameter sets of a stream and the heads of its slices.
#[derive(Debug)]
pub struct Renumber(Codec);

#[derive(Debug)]
enum Codec {
    Avc(AvcRenumber),
    Hevc(HevcRenumber),
}

impl Renumber {
    /// Gives the parameter sets of an `hvc1` sample entry the ids of what is encoded here. `None` where it is another entry or
    /// uses means of the format that are not followed here.
    #[must_use]
    pub fn of(entry: &[u8], ids: Ids) -> Option<(Self, ParameterSets)> {
        let mut sets = ParameterSets::of(entry).filter(|sets| sets.form == Form::Hevc)?;
        let renamed = hevc::own_ids(&sets, ids);
        let numbers = HevcRenumber::of(&mut sets, renamed)?;
        Some((Self(Codec::Hevc(numbers)), sets))
    }

    /// Gives the parameter sets of a sample entry ids that neither `others` nor what is encoded here has. `None` where it has
    /// no such sets, or uses means of the format that are not followed here.
    #[must_use]
    pub fn beside(entry: &[u8], others: &ParameterSets) -> Option<(Self, ParameterSets)> {
        let mut sets = ParameterSets::of(entry).filter(|sets| sets.form == others.form)?;
        let codec = match sets.form {
            Form::Avc => {
                let renamed = others.free_ids(&sets, |_| MOST_AVC)?;
                Codec::Avc(AvcRenumber::of(&mut sets, renamed)?)
            }
            Form::Hevc => {
                let renamed = others.free_ids(&sets, hevc::most)?;
                Codec::Hevc(HevcRenumber::of(&mut sets, renamed)?)
            }
        };
        Some((Self(codec), sets))
    }

    /// A sample of that stream with the new ids.
    #[must_use]
    pub fn sample(&self, sample: &[u8]) -> Option<Vec<u8>> {
        match &self.0 {
            Codec::Avc(numbers) => numbers.sample(sample),
            Codec::Hevc(numbers) => numbers.sample(sample),
        }
    }
}
