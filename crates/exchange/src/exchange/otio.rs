//! `OpenTimelineIO` JSON: the whole clips with the parts that the film shows, so that an editor can slip every join.
//!
//! Times are whole frames at the film's rate; what a media file has is counted at its own, from the time code of its first
//! frame where it has one. A transition is cut in its middle, the odd frame after the cut.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use storyreel_core::clip::ClipFacts;
use storyreel_core::film::Make;
use storyreel_core::film_timeline::cues;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::clean;
use storyreel_core::time_code::nominal;
use storyreel_core::timeline::TransitionKind;
use storyreel_core::units::{Rate, ShotId};

use super::chapters::scenes;
use super::{Blend, Clip, CutList, CutShot, FootageFile, MediaFile, Role, SoundLane, plain};

/// The key of the media that is shown.
pub(super) const ACTIVE: &str = "DEFAULT_MEDIA";

/// Writes the film as an `OpenTimelineIO` file.
#[must_use]
pub fn write(reel: &CutList<'_>) -> String {
    let parts = reel.parts();
    let rate = reel.rate();
    let mut tracks = vec![track("Pictures", "Video", true, &pictures(reel, &parts))];
    if parts.iter().any(sounds) {
        tracks.push(track("Sound of the clips", "Audio", true, &sound(reel, &parts)));
    }
    tracks.extend(reel.sound_lanes().iter().map(|lane| sound_track(reel, lane)));
    for (at, children) in dialogue(reel).into_iter().enumerate() {
        let name = if at == 0 { "Dialogue".to_owned() } else { format!("Dialogue {}", at + 1) };
        // It holds words and no sound: a place for voices that are yet to be recorded.
        tracks.push(track(&name, "Audio", false, &children));
    }
    let title = clean(&reel.timeline.tags.title);
    let size = reel.timeline.size;
    let document = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": title,
        "global_start_time": time(rate, 3_600 * nominal(rate)),
        "metadata": {"storyreel": {
            "version": 1, "frames": reel.timeline.frames(), "rate": rate.to_string(),
            "width": size.width, "height": size.height,
            "shots": parts.iter().map(|part| part.shot.id.as_str()).collect::<Vec<_>>(),
        }},
        "tracks": {
            "OTIO_SCHEMA": "Stack.1", "name": "tracks", "source_range": null, "effects": [], "enabled": true,
            "metadata": {}, "markers": scene_markers(reel), "children": tracks,
        },
    });
    format!("{document:#}\n")
}

fn time(rate: Rate, frames: u64) -> Value {
    let rate = f64::from(rate.num) / f64::from(rate.den);
    json!({"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": frames as f64})
}

fn range(rate: Rate, start: u64, length: u64) -> Value {
    json!({"OTIO_SCHEMA": "TimeRange.1", "start_time": time(rate, start), "duration": time(rate, length)})
}

fn track(name: &str, kind: &str, enabled: bool, children: &[Value]) -> Value {
    json!({
        "OTIO_SCHEMA": "Track.1", "name": name, "kind": kind, "source_range": null, "effects": [], "markers": [],
        "enabled": enabled, "metadata": {}, "children": children,
    })
}

fn clip(name: &str, rate: Rate, start: u64, length: u64, media: &Value, note: &Value, markers: &[Value]) -> Value {
    json!({
        "OTIO_SCHEMA": "Clip.2", "name": name, "source_range": range(rate, start, length), "effects": [],
        "markers": markers, "enabled": true, "metadata": {"storyreel": note},
        "media_references": media, "active_media_reference_key": ACTIVE,
    })
}

fn gap(rate: Rate, length: u64) -> Value {
    json!({
        "OTIO_SCHEMA": "Gap.1", "name": "", "source_range": range(rate, 0, length), "effects": [], "markers": [],
        "enabled": true, "metadata": {},
    })
}

fn marker(name: &str, colour: &str, comment: &str, marked: &Value, note: &Value) -> Value {
    json!({
        "OTIO_SCHEMA": "Marker.2", "name": name, "color": colour, "comment": comment, "marked_range": marked,
        "metadata": {"storyreel": note},
    })
}

/// A track of sounds, as long as the film.
fn sound_track(reel: &CutList<'_>, lane: &SoundLane<'_>) -> Value {
    let rate = reel.rate();
    let mut children = Vec::new();
    let mut end = 0;
    for (sound, span) in &lane.sounds {
        if span.start > end {
            children.push(gap(rate, span.start - end));
        }
        let (name, role) = match sound.role {
            Role::Music => ("Music", "music"),
            Role::Narration => ("Narration", "narration"),
            Role::Effect => (sound.file.name.as_str(), "sound"),
        };
        let shot = sound.shot.as_ref().map(ShotId::as_str);
        let note = json!({"role": role, "gain_db": sound.gain_db, "of_shot": shot});
        let media = json!({ACTIVE: external(&sound.file, None, None)});
        children.push(clip(name, rate, sound.from, span.end - span.start, &media, &note, &[]));
        end = span.end;
    }
    let left = reel.timeline.frames().saturating_sub(end);
    if left > 0 {
        children.push(gap(rate, left));
    }
    track(&lane.name, "Audio", true, &children)
}

fn pictures(reel: &CutList<'_>, parts: &[CutShot<'_>]) -> Vec<Value> {
    let mut children = Vec::with_capacity(parts.len());
    for part in parts {
        children.extend(part.blend.map(|blend| transition(reel.rate(), blend)));
        children.push(picture(reel.rate(), part, true));
    }
    children
}

/// The clips' own sound, cut where the pictures are; silence between clips that have none.
fn sound(reel: &CutList<'_>, parts: &[CutShot<'_>]) -> Vec<Value> {
    let mut children = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        if !sounds(part) {
            children.push(gap(reel.rate(), part.span.end - part.span.start));
            continue;
        }
        let follows = at.checked_sub(1).is_some_and(|before| sounds(&parts[before]));
        children.extend(part.blend.filter(|_| follows).map(|blend| transition(reel.rate(), blend)));
        children.push(picture(reel.rate(), part, false));
    }
    children
}

fn sounds(part: &CutShot<'_>) -> bool {
    part.clip.is_some_and(|clip| clip.taken.facts.audio.is_some())
}

fn transition(rate: Rate, blend: Blend) -> Value {
    let kind = if blend.kind == TransitionKind::Dissolve { "SMPTE_Dissolve" } else { "Custom_Transition" };
    json!({
        "OTIO_SCHEMA": "Transition.1", "name": blend.kind.to_string(), "transition_type": kind,
        "in_offset": time(rate, blend.before), "out_offset": time(rate, blend.after),
        "metadata": {"storyreel": {"transition": blend.kind.to_string()}},
    })
}

/// A shot on a track. Its prompt is a marker on the picture only: once is enough.
fn picture(rate: Rate, part: &CutShot<'_>, marked: bool) -> Value {
    let mut media = Map::new();
    match part.clip {
        Some(Clip { taken, file, others, footage }) => {
            media.insert(ACTIVE.to_owned(), external(file, Some(taken), footage.as_ref()));
            for (other, file) in others {
                media.insert(format!("take {}", other.take), external(file, Some(other), None));
            }
        }
        None => {
            let missing = json!({
                "OTIO_SCHEMA": "MissingReference.1", "name": part.shot.id.as_str(),
                "available_range": available(&part.segment.facts), "metadata": {},
            });
            media.insert(ACTIVE.to_owned(), missing);
        }
    }
    let start = part.source_start(rate);
    let mark = words(part).filter(|_| marked).map(|words| {
        let name = if matches!(part.shot.make, Make::Card(_)) { "card" } else { "prompt" };
        marker(name, "YELLOW", &words, &range(rate, start, 1), &json!({}))
    });
    let length = part.span.end - part.span.start;
    clip(part.shot.id.as_str(), rate, start, length, &Value::Object(media), &note(part), mark.as_slice())
}

/// What is written of a shot on its marker.
fn words(part: &CutShot<'_>) -> Option<String> {
    match &part.shot.make {
        Make::Prompt(render) => Some(plain(&render.words)),
        Make::Card(card) => Some(plain(&card.words().collect::<Vec<_>>().join("\n"))),
        Make::Still(_) | Make::Footage { .. } => None,
    }
}

/// What the markers of an export say, by which they are known when they come back without our notes: the titles of scenes, the
/// spoken lines, and the words of the shots.
pub(super) fn written_on_markers(reel: &CutList<'_>, parts: &[CutShot<'_>]) -> HashSet<String> {
    let scenes = scenes(reel.film, reel.timeline).into_iter().map(|scene| scene.title);
    let lines = lines(reel).into_iter().map(|line| line.text);
    let written = scenes.chain(lines).chain(parts.iter().filter_map(words));
    written.map(|words| clean(&words)).collect()
}

fn external(file: &MediaFile, taken: Option<&ClipRecord>, footage: Option<&FootageFile>) -> Value {
    let available = match footage {
        Some(footage) => Some(range(footage.rate, footage.start().frames, footage.frames)),
        None => taken.map(|taken| available(&taken.facts)),
    };
    json!({
        "OTIO_SCHEMA": "ExternalReference.1", "name": file.name, "target_url": file.url,
        "available_range": available,
        "metadata": taken.map_or(json!({}), |taken| json!({"storyreel": origin(taken)})),
    })
}

/// All that a clip has, counted at its own rate.
fn available(facts: &ClipFacts) -> Value {
    range(facts.video.rate, 0, facts.video.frames)
}

/// Where a clip comes from.
fn origin(taken: &ClipRecord) -> Value {
    json!({
        "clip": taken.clip.to_string(), "recipe": taken.recipe.to_string(), "take": taken.take,
        "provider": taken.provider, "model": taken.model, "task": taken.task,
    })
}

/// What an edit that comes back is matched by.
fn note(part: &CutShot<'_>) -> Value {
    let mut note = json!({
        "shot": part.shot.id.as_str(), "number": clean(&part.shot.number), "scene": part.shot.scene.as_deref().map(clean), "take": part.shot.take,
        "made": part.clip.is_some(),
    });
    match &part.shot.make {
        Make::Prompt(render) => {
            note["prompt"] = plain(&render.spec.prompt).into();
            note["provider"] = render.provider.id.into();
            note["model"] = render.spec.model.as_str().into();
            note["seed"] = render.spec.seed.into();
        }
        Make::Card(card) => {
            note["card"] = plain(&card.text).into();
            note["subtitle"] = card.subtitle.as_deref().map(plain).into();
            if !card.lines.is_empty() {
                note["lines"] = plain(&card.lines.join("\n")).into();
            }
        }
        Make::Still(file) => note["image"] = file.path.as_str().into(),
        Make::Footage { file, .. } => {
            note["footage"] = file.path.as_str().into();
            let time_code = part.footage().and_then(|footage| footage.time_code);
            note["time_code"] = time_code.map(|first| first.to_string()).into();
        }
    }
    if let Some(board) = &part.shot.board {
        note["board"] = board.path.as_str().into();
    }
    if let Some(clip) = part.clip {
        note["recipe"] = clip.taken.recipe.to_string().into();
        note["clip"] = clip.taken.clip.to_string().into();
    }
    note
}

fn scene_markers(reel: &CutList<'_>) -> Vec<Value> {
    let scenes = scenes(reel.film, reel.timeline);
    let ends = scenes.iter().skip(1).map(|scene| scene.at).chain([reel.timeline.frames()]);
    let mut markers: Vec<Value> = scenes
        .iter()
        .zip(ends)
        .map(|(scene, end)| {
            let marked = range(reel.rate(), scene.at, end.saturating_sub(scene.at));
            marker(&clean(&scene.title), "GREEN", "", &marked, &json!({"scene": clean(&scene.title)}))
        })
        .collect();
    markers.extend(lines(reel).into_iter().map(|line| {
        let name = line.speaker.as_deref().unwrap_or("dialogue").to_owned();
        marker(
            &name,
            "CYAN",
            &line.text,
            &range(reel.rate(), line.from, line.length),
            &json!({"speaker": line.speaker}),
        )
    }));
    markers
}

/// A spoken line in film frames.
struct SpokenLine {
    from: u64,
    length: u64,
    speaker: Option<String>,
    text: String,
}

fn lines(reel: &CutList<'_>) -> Vec<SpokenLine> {
    let frames = reel.timeline.frames();
    let mut lines = Vec::new();
    for cue in cues(reel.film, reel.timeline) {
        let from = frame_at(cue.from, reel.rate()).min(frames.saturating_sub(1));
        let length = frame_at(cue.to, reel.rate()).min(frames).saturating_sub(from).max(1);
        lines.push(SpokenLine { from, length, speaker: cue.speaker, text: cue.lines.join(" ") });
    }
    lines
}

/// The frame that is shown `ms` milliseconds after the beginning.
fn frame_at(ms: u64, rate: Rate) -> u64 {
    let exact = u128::from(ms) * u128::from(rate.num) / (1_000 * u128::from(rate.den));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// Spoken lines as clips without media; lines at the same time lie on tracks of their own.
fn dialogue(reel: &CutList<'_>) -> Vec<Vec<Value>> {
    let rate = reel.rate();
    let mut lanes: Vec<(u64, Vec<Value>)> = Vec::new();
    for line in lines(reel) {
        let free = lanes.iter().position(|(end, _)| *end <= line.from);
        let lane = free.unwrap_or_else(|| {
            lanes.push((0, Vec::new()));
            lanes.len() - 1
        });
        let (end, children) = &mut lanes[lane];
        if line.from > *end {
            children.push(gap(rate, line.from - *end));
        }
        let name = line.speaker.as_ref().map_or(line.text.clone(), |speaker| format!("{speaker}: {}", line.text));
        let missing = json!({
            "OTIO_SCHEMA": "MissingReference.1", "name": "", "available_range": range(rate, 0, line.length), "metadata": {},
        });
        let note = json!({"role": "dialogue", "speaker": line.speaker, "line": line.text});
        children.push(clip(&name, rate, 0, line.length, &json!({ACTIVE: missing}), &note, &[]));
        *end = line.from + line.length;
    }
    lanes.into_iter().map(|(_, children)| children).collect()
}
