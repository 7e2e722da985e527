//! Which clips can stand beside each other as they are coded: their parameter sets themselves are looked at, and where one id
//! means two things, the clip's pictures are copied with new ids.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use storyreel_core::timeline::{Codec, EncodeReason, Timeline, Treatment};
use storyreel_core::units::ShotId;
use storyreel_mp4::{ParameterSets, Renumber};

use super::renumber::rewrite;
use super::source::ClipSource;

/// Clips whose coded pictures were written anew, by their paths.
pub(super) type Rewritten = HashMap<PathBuf, ClipSource>;

/// What all copies so far have in common.
struct Copies {
    /// Their parameter sets, where their codec has such.
    sets: Option<ParameterSets>,
    /// The first of them, and the kind of its sample entry.
    first: ShotId,
    kind: Vec<u8>,
}

/// Settles for every segment whether it is copied: clips whose fingerprints differ can stand side by side as long as no id
/// means two things. Those whose ids mean something else get new ones, in files in `work`.
pub(super) fn settle(timeline: &mut Timeline, sources: &[&ClipSource], work: &Path) -> Rewritten {
    let mut copies: Option<Copies> = None;
    let mut rewritten = Rewritten::new();
    for wanted in [true, false] {
        for (segment, source) in timeline.segments.iter_mut().zip(sources) {
            let candidate = match segment.treatment {
                Treatment::Copy => wanted,
                Treatment::Encode(EncodeReason::Parameters(_)) => !wanted,
                Treatment::Encode(_) => false,
            };
            let Some((entry, sets)) = source.coding().filter(|_| candidate) else { continue };
            let kind = entry[4..8].to_vec();
            let named = matches!(timeline.format.codec, Codec::H264 | Codec::Hevc);
            if named && sets.as_ref().is_none_or(|sets| sets.claims(timeline.format.ids)) {
                segment.treatment = Treatment::Encode(EncodeReason::Loose);
                continue;
            }
            let first = segment.shot.clone();
            let known = copies.get_or_insert_with(|| Copies { sets: sets.clone(), first, kind: kind.clone() });
            segment.treatment = if known.takes(sets, &kind) || known.takes_renumbered(source, work, &mut rewritten) {
                Treatment::Copy
            } else {
                Treatment::Encode(EncodeReason::Parameters(known.first.clone()))
            };
        }
    }
    rewritten
}

impl Copies {
    /// Takes pictures with these parameter sets, if they agree with what is there.
    fn takes(&mut self, sets: Option<ParameterSets>, kind: &[u8]) -> bool {
        match (&mut self.sets, sets) {
            (Some(known), Some(sets)) => {
                let agree = known.agrees_with(&sets);
                if agree {
                    known.absorb(&sets);
                }
                agree
            }
            _ => self.kind == kind,
        }
    }

    /// Takes the pictures of `source` with new ids, if all of them can have such.
    fn takes_renumbered(&mut self, source: &ClipSource, work: &Path, rewritten: &mut Rewritten) -> bool {
        if rewritten.contains_key(&source.path) {
            return true;
        }
        let (Some(known), Some((entry, _))) = (&mut self.sets, source.coding()) else { return false };
        let Some((numbers, sets)) = Renumber::beside(entry, known) else { return false };
        let Some((width, height)) = storyreel_mp4::size(entry) else { return false };
        let file = work.join(format!("renumbered-{}", rewritten.len()));
        let Some(samples) = rewrite(source, &numbers, &file) else { return false };
        known.absorb(&sets);
        rewritten.insert(source.path.clone(), source.rewritten(sets.entry(width, height), samples, file));
        true
    }
}
