//! An edit that comes back: what an editor changed in the order and the length of the shots, as changes of the storyboard.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use serde_json::Value;
use storyreel_core::film::Make;
use storyreel_core::sanitize::{clean, shorten};
use storyreel_core::storyboard::{KeyEdit, KeyValue};
use storyreel_core::timeline::Join;
use storyreel_core::units::{Rate, ShotId};

use super::{CutList, CutShot, rescaled};

/// The changes of a storyboard that make its film the edit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditChanges {
    /// The shots in the order of the edit, where it is another one. Shots that the film does not show are not in it.
    pub order: Option<Vec<ShotId>>,
    /// What becomes of keys of shots.
    pub shots: Vec<(ShotId, Vec<KeyEdit>)>,
    /// What of the edit a storyboard cannot say.
    pub unexpressed: Vec<String>,
}

/// A shot as the edit shows it.
struct EditedShot {
    shot: ShotId,
    /// The frames of its source between its two cuts, counted at the film's rate.
    frames: Range<i64>,
    /// The length of the transition before it, in frames of the film.
    transition: i64,
}

/// Compares an edit in `OpenTimelineIO` with the film that it was made of.
///
/// # Errors
/// Why it cannot be read, or that none of the film's shots is in it.
pub fn changes(reel: &CutList<'_>, text: &str) -> Result<EditChanges, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let mut reader = EditReader { rate: reel.rate(), known: known_shots(reel), said: Vec::new() };
    let edited = reader.read(&document)?;
    let mut changes = EditChanges { unexpressed: reader.said, ..EditChanges::default() };
    let parts = reel.parts();
    let by_id: HashMap<&ShotId, &CutShot<'_>> = parts.iter().map(|part| (&part.shot.id, part)).collect();
    let shown: Vec<&ShotId> = edited.iter().map(|edited| &edited.shot).collect();
    let kept: HashSet<&ShotId> = shown.iter().copied().collect();
    let before: Vec<&ShotId> = parts.iter().map(|part| &part.shot.id).filter(|id| kept.contains(id)).collect();
    if before != shown {
        changes.order = Some(shown.into_iter().cloned().collect());
    }
    for part in parts.iter().filter(|part| !kept.contains(&part.shot.id)) {
        let skip = KeyEdit { key: "skip", value: Some(KeyValue::Flag(true)) };
        changes.shots.push((part.shot.id.clone(), vec![skip]));
    }
    for (at, shot) in edited.iter().enumerate() {
        let Some(part) = by_id.get(&shot.shot) else { continue };
        let own = if at == 0 { 0 } else { overlap(part) };
        if own != shot.transition {
            let found = if shot.transition == 0 { "a cut".to_owned() } else { format!("{} frames", shot.transition) };
            let message =
                format!("the transition before `{}`: {found} in the edit, {own} in the storyboard", shot.shot);
            changes.unexpressed.push(message);
        }
        let next = edited.get(at + 1).and_then(|next| by_id.get(&next.shot)).map_or(0, |next| overlap(next));
        // A transition is cut in its middle, the odd frame after the cut.
        let seen = shot.frames.start - own / 2..shot.frames.end + (next - next / 2);
        let edits = trim_edits(reel.rate(), part, &seen);
        if !edits.is_empty() {
            changes.shots.push((shot.shot.clone(), edits));
        }
    }
    Ok(changes)
}

/// The frames that the film shows at once of a shot and the one before it.
fn overlap(part: &CutShot<'_>) -> i64 {
    match part.segment.join {
        Join::Transition { frames, .. } => i64::try_from(frames).unwrap_or(i64::MAX),
        Join::Start | Join::Cut | Join::Chained { .. } => 0,
    }
}

/// The keys that let the film show these frames of a shot's source.
fn trim_edits(rate: Rate, part: &CutShot<'_>, seen: &Range<i64>) -> Vec<KeyEdit> {
    let video = &part.segment.facts.video;
    let signed = |frames: u64| i64::try_from(frames).unwrap_or(i64::MAX);
    let base = signed(part.source_start(rate)) - signed(part.from);
    let now_start = base + signed(rescaled(part.segment.frames.start, video.rate, rate));
    let now_end = now_start + signed(part.segment.length);
    let end = base + signed(rescaled(video.frames, video.rate, rate));
    // Footage counts from the beginning of its file, everything else from that of its clip.
    let (first, is_whole_known) = match &part.shot.make {
        Make::Footage { from, .. } => (base - signed(rate.frame_at(*from)), false),
        Make::Prompt(_) | Make::Card(_) | Make::Still(_) => (base, true),
    };
    let mut edits = Vec::new();
    if seen.start != now_start {
        let value = (seen.start > first).then(|| seconds(seen.start - first, rate));
        edits.push(KeyEdit { key: "in", value });
    }
    if seen.end != now_end {
        let value = (!is_whole_known || seen.end < end).then(|| seconds(seen.end - first, rate));
        edits.push(KeyEdit { key: "out", value });
    }
    edits
}

/// So many frames in seconds, to the thousandth: at 120 frames a second a frame has eight of them.
fn seconds(frames: i64, rate: Rate) -> KeyValue {
    let seconds = frames.max(0) as f64 * f64::from(rate.den) / f64::from(rate.num);
    KeyValue::Thousandths((seconds * 1_000.0).round() as i64)
}

/// The shots that the film shows, by their names.
fn known_shots(reel: &CutList<'_>) -> BTreeMap<String, ShotId> {
    reel.film.shown().iter().map(|shot| (shot.id.to_string(), shot.id.clone())).collect()
}

struct EditReader {
    rate: Rate,
    known: BTreeMap<String, ShotId>,
    /// What has no place in a storyboard.
    said: Vec<String>,
}

impl EditReader {
    fn read(&mut self, document: &Value) -> Result<Vec<EditedShot>, String> {
        if schema(document) != "Timeline" {
            return Err("it is no timeline of OpenTimelineIO".to_owned());
        }
        let tracks = document["tracks"]["children"].as_array().ok_or("its timeline has no tracks")?;
        let pictures: Vec<&Value> = tracks.iter().filter(|track| track["kind"] == "Video").collect();
        let Some(first) = pictures.iter().position(|track| self.has_shots(track)) else {
            return Err("none of the film's shots is in it".to_owned());
        };
        for (at, track) in pictures.iter().enumerate() {
            if at != first && track["children"].as_array().is_some_and(|items| !items.is_empty()) {
                self.said.push(format!("the track of pictures {}", quoted(&track["name"])));
            }
        }
        Ok(self.track(pictures[first]))
    }

    fn has_shots(&self, track: &Value) -> bool {
        track["children"].as_array().is_some_and(|items| items.iter().any(|item| self.shot_of(item).is_some()))
    }

    fn track(&mut self, track: &Value) -> Vec<EditedShot> {
        let items = track["children"].as_array().map_or(&[][..], Vec::as_slice);
        let mut shots: Vec<EditedShot> = Vec::new();
        let mut transition = 0;
        for item in items {
            match schema(item) {
                "Clip" if item["enabled"] == false => transition = 0,
                "Clip" => {
                    let before = std::mem::take(&mut transition);
                    if let Some(shot) = self.clip(item, before) {
                        if shots.iter().any(|other| other.shot == shot.shot) {
                            self.said.push(format!("`{}` is in the edit more than once", shot.shot));
                            continue;
                        }
                        shots.push(shot);
                    }
                }
                "Transition" => transition = self.frames(&item["in_offset"]) + self.frames(&item["out_offset"]),
                "Gap" => {
                    let length = self.range(item).map_or(0, |range| range.end - range.start);
                    if length > 0 {
                        self.said.push(format!("{length} empty frames {}", after(&shots)));
                    }
                }
                other => self.said.push(format!("{} {}", named(other), after(&shots))),
            }
        }
        shots
    }

    fn clip(&mut self, item: &Value, transition: i64) -> Option<EditedShot> {
        let Some(shot) = self.shot_of(item) else {
            self.said.push(format!("the clip {}, which is no shot of the film", quoted(&item["name"])));
            return None;
        };
        for effect in item["effects"].as_array().into_iter().flatten() {
            let what = match schema(effect) {
                "LinearTimeWarp" | "FreezeFrame" | "TimeEffect" => "another speed".to_owned(),
                _ => format!("the effect {}", quoted(&effect["effect_name"])),
            };
            self.said.push(format!("{what} of `{shot}`"));
        }
        let Some(frames) = self.range(item) else {
            self.said.push(format!("the length of `{shot}`, which the edit does not say"));
            return None;
        };
        Some(EditedShot { shot, frames, transition })
    }

    /// The shot of a clip: as it was noted, else by the name that the clip was given.
    fn shot_of(&self, item: &Value) -> Option<ShotId> {
        let noted = item["metadata"]["storyreel"]["shot"].as_str();
        let name = item["name"].as_str().and_then(|name| name.split_whitespace().next());
        noted.into_iter().chain(name).find_map(|name| self.known.get(name)).cloned()
    }

    /// The frames of its source that an item shows: all that it has, where it does not say.
    fn range(&self, item: &Value) -> Option<Range<i64>> {
        let active = item["active_media_reference_key"].as_str().unwrap_or("DEFAULT_MEDIA");
        let available = &item["media_references"][active]["available_range"];
        let range = if item["source_range"].is_object() { &item["source_range"] } else { available };
        range.is_object().then(|| {
            let start = self.frames(&range["start_time"]);
            start..start + self.frames(&range["duration"])
        })
    }

    /// A time in frames of the film, rounded to the nearest.
    fn frames(&self, time: &Value) -> i64 {
        let own = f64::from(self.rate.num) / f64::from(self.rate.den);
        let value = time["value"].as_f64().unwrap_or_default();
        let rate = time["rate"].as_f64().filter(|rate| *rate > 0.0).unwrap_or(own);
        let frames = (value * own / rate).round();
        // A day at 120 frames a second is ten million; what is beyond a million days is no time.
        if frames.abs() < 1e13 { frames as i64 } else { 0 }
    }
}

/// The name of an object's kind, without its version.
fn schema(value: &Value) -> &str {
    value["OTIO_SCHEMA"].as_str().and_then(|name| name.split('.').next()).unwrap_or_default()
}

/// What an item is called that has no place in a film.
fn named(kind: &str) -> String {
    match kind {
        "Stack" | "Track" => "a nested edit".to_owned(),
        "" => "something that is no item".to_owned(),
        other => format!("a `{}`", shorten(&clean(other), 40)),
    }
}

fn after(shots: &[EditedShot]) -> String {
    shots.last().map_or("at the beginning".to_owned(), |last| format!("after `{}`", last.shot))
}

fn quoted(name: &Value) -> String {
    format!("`{}`", shorten(&clean(name.as_str().unwrap_or_default()), 60))
}
