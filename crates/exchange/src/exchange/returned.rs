//! An edit that comes back: what an editor changed in the order and the length of the shots, as changes of the storyboard.

mod apply;
mod reader;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_json::Value;
use storyreel_core::film::Make;
use storyreel_core::storyboard::{KeyEdit, KeyValue};
use storyreel_core::timeline::Join;
use storyreel_core::units::{Rate, ShotId};

pub use self::apply::{BroughtBack, ChangedKeys, bring_back};
use self::reader::{EditReader, EditedShot, ReadEdit};
use super::{CutList, CutShot, rescaled};

/// An edit in `OpenTimelineIO`.
#[derive(Debug, Clone)]
pub struct EditDocument {
    document: Value,
}

/// The changes of a storyboard that make its film the edit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditChanges {
    /// The shots of the edit in its order, where the film has another one.
    pub order: Option<Vec<ShotId>>,
    /// The shots that are gone from it.
    pub removed: Vec<ShotId>,
    /// The shots of which it shows another part.
    pub trims: Vec<TrimChange>,
    /// What of it a storyboard cannot say.
    pub unexpressed: Vec<String>,
}

/// Another part of a shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrimChange {
    /// The shot.
    pub shot: ShotId,
    /// What becomes of its keys `in` and `out`.
    pub edits: Vec<KeyEdit>,
    /// The part that the edit shows, in frames of the film's rate from the beginning of the clip or the footage.
    pub wanted: Range<i64>,
    /// The part that the film shows.
    pub shown: Range<i64>,
}

impl EditDocument {
    /// Reads an edit.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        if reader::schema(&document) != "Timeline" {
            return Err("it is no timeline of OpenTimelineIO".to_owned());
        }
        Ok(Self { document })
    }

    /// Compares the edit with a film, by the names of the shots.
    ///
    /// # Errors
    /// None of the film's shots is in it.
    pub fn changes(&self, reel: &CutList<'_>) -> Result<EditChanges, String> {
        let parts = reel.parts();
        let ReadEdit { shots, elsewhere, exported, said } = EditReader::of(reel, &parts).read(&self.document)?;
        let mut changes = EditChanges { unexpressed: said, ..EditChanges::default() };
        let by_id: HashMap<&ShotId, &CutShot<'_>> = parts.iter().map(|part| (&part.shot.id, part)).collect();
        let shown: Vec<&ShotId> = shots.iter().map(|edited| &edited.shot).collect();
        let kept: HashSet<&ShotId> = shown.iter().copied().collect();
        let before: Vec<&ShotId> = parts.iter().map(|part| &part.shot.id).filter(|id| kept.contains(id)).collect();
        if before != shown {
            changes.order = Some(shown.into_iter().cloned().collect());
        }
        for id in parts.iter().map(|part| &part.shot.id).filter(|id| !kept.contains(id) && !elsewhere.contains(*id)) {
            // A shot that the exported film did not have was removed by nobody.
            if exported.as_ref().is_none_or(|exported| exported.contains(id.as_str())) {
                changes.removed.push(id.clone());
            } else {
                changes.unexpressed.push(format!("`{id}`, which was not in the film then, stays"));
            }
        }
        for (at, shot) in shots.iter().enumerate() {
            let Some(part) = by_id.get(&shot.shot) else { continue };
            let own = if at == 0 { 0 } else { overlap(part) };
            if own != shot.transition {
                changes.unexpressed.push(other_transition(shot, own));
            }
            let next = shots.get(at + 1).and_then(|next| by_id.get(&next.shot)).map_or(0, |next| overlap(next));
            changes.trims.extend(trim_change(reel.rate(), part, shot, own, next));
        }
        Ok(changes)
    }
}

fn other_transition(shot: &EditedShot, own: i64) -> String {
    let frames = |frames: i64| if frames == 0 { "a cut".to_owned() } else { format!("{frames} frames") };
    let found = frames(shot.transition);
    format!("the transition before `{}`: {found} in the edit, {} in the storyboard", shot.shot, frames(own))
}

/// The frames that the film shows at once of a shot and the one before it.
fn overlap(part: &CutShot<'_>) -> i64 {
    match part.segment.join {
        Join::Transition { frames, .. } => signed(frames),
        Join::Start | Join::Cut | Join::Chained { .. } => 0,
    }
}

fn signed(frames: u64) -> i64 {
    i64::try_from(frames).unwrap_or(i64::MAX)
}

/// What lets the film show the part of a shot that the edit shows, between transitions of so many frames.
fn trim_change(rate: Rate, part: &CutShot<'_>, shot: &EditedShot, before: i64, after: i64) -> Option<TrimChange> {
    let video = &part.segment.facts.video;
    let base = signed(part.source_start(rate)) - signed(part.from);
    // Footage counts from the beginning of its file, everything else from that of its clip.
    let (first, is_whole_known) = match &part.shot.make {
        Make::Footage { from, .. } => (base - signed(rate.frame_at(*from)), false),
        Make::Prompt(_) | Make::Card(_) | Make::Still(_) => (base, true),
    };
    // A transition is cut in its middle, the odd frame after the cut.
    let moved = moved_by(rate, part, shot);
    let wanted = shot.frames.start + moved - before / 2 - first..shot.frames.end + moved + (after - after / 2) - first;
    let start = base - first + signed(rescaled(part.segment.frames.start, video.rate, rate));
    let shown = start..start + signed(part.segment.length);
    let end = base - first + signed(rescaled(video.frames, video.rate, rate));
    let mut edits = Vec::new();
    if wanted.start != shown.start {
        let value = (wanted.start > 0).then(|| seconds(wanted.start, rate));
        edits.push(KeyEdit { key: "in", value });
    }
    if wanted.end != shown.end {
        let value = (!is_whole_known || wanted.end < end).then(|| seconds(wanted.end, rate));
        edits.push(KeyEdit { key: "out", value });
    }
    (!edits.is_empty()).then(|| TrimChange { shot: part.shot.id.clone(), edits, wanted, shown })
}

/// By how many frames an editor counts the frames of a file lower than we do: it may give a time code to a file that has none.
fn moved_by(rate: Rate, part: &CutShot<'_>, shot: &EditedShot) -> i64 {
    let has_time_code = part.footage().is_some_and(|footage| footage.time_code.is_some());
    shot.available.filter(|_| !has_time_code).map_or(0, |theirs| {
        let ours = part.footage().map_or(0, |footage| rescaled(footage.start().frames, footage.rate, rate));
        signed(ours) - theirs
    })
}

/// So many frames in seconds, to the thousandth: at 120 frames a second a frame has eight of them.
fn seconds(frames: i64, rate: Rate) -> KeyValue {
    let seconds = frames.max(0) as f64 * f64::from(rate.den) / f64::from(rate.num);
    KeyValue::Thousandths((seconds * 1_000.0).round() as i64)
}
