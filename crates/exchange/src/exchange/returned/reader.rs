//! The shots that an edit shows, and what else is in it.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use serde_json::Value;
use storyreel_core::sanitize::{clean, shorten};
use storyreel_core::units::{Rate, ShotId};

use crate::exchange::{CutList, CutShot, otio};

/// The deepest nesting that is looked into.
const MOST_LEVELS: usize = 32;

/// A shot as the edit shows it.
pub(super) struct EditedShot {
    pub(super) shot: ShotId,
    /// The frames of its source between its two cuts, counted at the film's rate.
    pub(super) frames: Range<i64>,
    /// The first frame that its source has, where the edit says so.
    pub(super) available: Option<i64>,
    /// The length of the transition before it, in frames of the film.
    pub(super) transition: i64,
}

/// An edit as it was read.
pub(super) struct ReadEdit {
    /// The shots on the track of pictures.
    pub(super) shots: Vec<EditedShot>,
    /// The shots that lie elsewhere in it.
    pub(super) elsewhere: HashSet<ShotId>,
    /// The shots that the film had when it was exported, where the edit still says so.
    pub(super) exported: Option<HashSet<String>>,
    /// What has no place in a storyboard.
    pub(super) said: Vec<String>,
}

/// What is known of a shot.
struct KnownShot {
    id: ShotId,
    /// The clip of which the film is made.
    clip: Option<String>,
}

pub(super) struct EditReader {
    rate: Rate,
    shots: BTreeMap<String, KnownShot>,
    /// What is written on the markers that an export makes.
    markers: HashSet<String>,
    elsewhere: HashSet<ShotId>,
    said: Vec<String>,
}

impl EditReader {
    /// A reader of edits of a film.
    pub(super) fn of(reel: &CutList<'_>, parts: &[CutShot<'_>]) -> Self {
        let known = parts.iter().map(|part| {
            let clip = part.clip.map(|clip| clip.taken.clip.to_string());
            (part.shot.id.to_string(), KnownShot { id: part.shot.id.clone(), clip })
        });
        Self {
            rate: reel.rate(),
            shots: known.collect(),
            markers: otio::written_on_markers(reel, parts),
            elsewhere: HashSet::new(),
            said: Vec::new(),
        }
    }

    /// Reads the track of pictures on which the shots are, and looks for what else there is.
    pub(super) fn read(mut self, document: &Value) -> Result<ReadEdit, String> {
        let tracks = document["tracks"]["children"].as_array().ok_or("its timeline has no tracks")?;
        let pictures: Vec<&Value> = tracks.iter().filter(|track| track["kind"] == "Video").collect();
        let shots_on = |track: &Value| items(track).iter().filter(|item| self.shot_of(item).is_some()).count();
        // The first of those that have most.
        let most = pictures.iter().map(|track| shots_on(track)).max().unwrap_or_default();
        let Some(main) = pictures.iter().position(|track| most > 0 && shots_on(track) == most) else {
            return Err("none of the film's shots is in it".to_owned());
        };
        let shots = self.track(pictures[main]);
        for (at, track) in pictures.iter().enumerate() {
            if at != main && !items(track).is_empty() {
                self.said.push(format!("the track of pictures {}", quoted(&track["name"])));
                self.look_for_shots(track, 0);
            }
        }
        self.sounds(tracks, &shots);
        self.markers(&document["tracks"], "the film");
        tracks.iter().for_each(|track| self.markers(track, "a track"));
        let exported = document["metadata"]["storyreel"]["shots"].as_array();
        let exported = exported.map(|ids| ids.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        Ok(ReadEdit { shots, elsewhere: self.elsewhere, exported, said: self.said })
    }

    fn track(&mut self, track: &Value) -> Vec<EditedShot> {
        let mut shots: Vec<EditedShot> = Vec::new();
        let mut transition = 0;
        for item in items(track) {
            match schema(item) {
                "Clip" if item["enabled"] == false => transition = 0,
                "Clip" => {
                    let before = std::mem::take(&mut transition);
                    if let Some(shot) = self.clip(item, before) {
                        self.place(&mut shots, shot);
                    }
                }
                "Transition" => transition = self.frames(&item["in_offset"]) + self.frames(&item["out_offset"]),
                "Gap" => {
                    let length = self.range(item).map_or(0, |range| range.end - range.start);
                    if length > 0 {
                        self.said.push(format!("{length} empty frames {}", after(&shots)));
                    }
                }
                other => {
                    self.said.push(format!("{} {}", named(other), after(&shots)));
                    self.look_for_shots(item, 0);
                }
            }
        }
        shots
    }

    /// Puts a shot behind the others. One that is split where nothing was left out is whole.
    fn place(&mut self, shots: &mut Vec<EditedShot>, shot: EditedShot) {
        let Some(first) = shots.iter().position(|other| other.shot == shot.shot) else {
            shots.push(shot);
            return;
        };
        let goes_on = first + 1 == shots.len() && shots[first].frames.end == shot.frames.start && shot.transition == 0;
        if goes_on {
            shots[first].frames.end = shot.frames.end;
            return;
        }
        let Range { start, end } = shot.frames;
        self.said.push(format!("`{}` is in the edit more than once: its frames {start} to {end}", shot.shot));
    }

    fn clip(&mut self, item: &Value, transition: i64) -> Option<EditedShot> {
        let Some(known) = self.shot_of(item) else {
            self.said.push(format!("the clip {}, which is no shot of the film", quoted(&item["name"])));
            return None;
        };
        let shot = known.id.clone();
        let noted = item["metadata"]["storyreel"]["clip"].as_str();
        let is_other = noted.zip(known.clip.as_deref()).is_some_and(|(noted, clip)| noted != clip);
        if is_other {
            self.said.push(format!("`{shot}`: the film has another clip of it by now; its trims were brought over"));
        }
        self.effects(item, &shot);
        self.markers(item, &format!("`{shot}`"));
        let active = active_key(item);
        if let Some(take) = active.strip_prefix("take ") {
            self.said
                .push(format!("take {} of `{shot}`: choose it with `storyreel choose`", shorten(&clean(take), 12)));
        }
        let Some(frames) = self.range(item) else {
            self.said.push(format!("the length of `{shot}`, which the edit does not say"));
            return None;
        };
        let available = &item["media_references"][active]["available_range"];
        let available = available.is_object().then(|| self.frames(&available["start_time"]));
        Some(EditedShot { shot, frames, available, transition })
    }

    fn effects(&mut self, item: &Value, shot: &ShotId) {
        for effect in item["effects"].as_array().into_iter().flatten() {
            let what = match schema(effect) {
                "LinearTimeWarp" if effect["time_scalar"].as_f64() == Some(1.0) => continue,
                "LinearTimeWarp" | "FreezeFrame" | "TimeEffect" => "another speed".to_owned(),
                _ => format!("the effect {}", quoted(&effect["effect_name"])),
            };
            self.said.push(format!("{what} of `{shot}`"));
        }
    }

    /// Lists the markers of an item that are the editor's own.
    fn markers(&mut self, item: &Value, place: &str) {
        for marker in item["markers"].as_array().into_iter().flatten() {
            let words = [&marker["name"], &marker["comment"]].map(|words| clean(words.as_str().unwrap_or_default()));
            let is_ours = marker["metadata"]["storyreel"].is_object()
                || words.iter().any(|words| !words.is_empty() && self.markers.contains(words));
            if !is_ours {
                let words = words.iter().filter(|words| !words.is_empty()).cloned().collect::<Vec<_>>().join(": ");
                self.said.push(format!("the marker `{}` at {place}", shorten(&words, 120)));
            }
        }
    }

    /// Lists what was changed of the sound of shots, and sounds of the editor's own.
    fn sounds(&mut self, tracks: &[Value], shots: &[EditedShot]) {
        for track in tracks.iter().filter(|track| track["kind"] == "Audio") {
            for item in items(track).iter().filter(|item| schema(item) == "Clip") {
                match self.shot_of(item).map(|known| known.id.clone()) {
                    Some(shot) => self.sound(item, &shot, shots),
                    None if item["metadata"]["storyreel"].is_object() => {}
                    None => {
                        let track = quoted(&track["name"]);
                        self.said.push(format!("the sound {} on the track {track}", quoted(&item["name"])));
                    }
                }
            }
        }
    }

    fn sound(&mut self, item: &Value, shot: &ShotId, shots: &[EditedShot]) {
        let mut shown = shots.iter().filter(|other| other.shot == *shot);
        let is_within = |heard: &Range<i64>, shown: &EditedShot| {
            // A shot that is split has its sound in as many pieces.
            heard.start >= shown.frames.start && heard.end <= shown.frames.end
        };
        if let (Some(heard), Some(shown)) = (self.range(item), shown.next())
            && !is_within(&heard, shown)
        {
            self.said.push(format!("the sound of `{shot}` is not cut where its picture is"));
        }
        if item["effects"].as_array().is_some_and(|effects| !effects.is_empty()) {
            self.said.push(format!("the effects of the sound of `{shot}`"));
        }
    }

    /// Remembers the shots below an item, which are not gone.
    fn look_for_shots(&mut self, item: &Value, level: usize) {
        if let Some(known) = self.shot_of(item) {
            let shot = known.id.clone();
            self.elsewhere.insert(shot);
        }
        if level < MOST_LEVELS {
            items(item).iter().for_each(|item| self.look_for_shots(item, level + 1));
        }
    }

    /// The shot of a clip: as it was noted, else by the name that the clip was given.
    fn shot_of(&self, item: &Value) -> Option<&KnownShot> {
        if schema(item) != "Clip" {
            return None;
        }
        let noted = item["metadata"]["storyreel"]["shot"].as_str();
        let name = item["name"].as_str().and_then(|name| name.split_whitespace().next());
        noted.into_iter().chain(name).find_map(|name| self.shots.get(name))
    }

    /// The frames of its source that an item shows: all that it has, where it does not say.
    fn range(&self, item: &Value) -> Option<Range<i64>> {
        let available = &item["media_references"][active_key(item)]["available_range"];
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
pub(super) fn schema(value: &Value) -> &str {
    value["OTIO_SCHEMA"].as_str().and_then(|name| name.split('.').next()).unwrap_or_default()
}

fn items(track: &Value) -> &[Value] {
    track["children"].as_array().map_or(&[], Vec::as_slice)
}

fn active_key(item: &Value) -> &str {
    item["active_media_reference_key"].as_str().unwrap_or(otio::ACTIVE)
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
