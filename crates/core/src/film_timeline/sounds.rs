//! Where in the film the sounds are heard that are laid over it.

use std::time::Duration;

use crate::film::{Film, SoundSpec, SoundStart};
use crate::timeline::{PlacedSound, Segment, Timeline};
use crate::units::{Rate, ShotId};

/// A sound with its place in the film.
#[derive(Debug, Clone)]
pub struct HeardSound<'a> {
    /// What is asked for.
    pub spec: &'a SoundSpec,
    /// The shot that it belongs to; none for narration.
    pub shot: Option<&'a ShotId>,
    /// Where it is heard.
    pub placed: PlacedSound,
}

/// The narration and the sounds of shots that are heard in a film whose shots are laid like this, in that order. A sound that
/// begins before what the film shows of its shot lacks its beginning; one that begins behind that is not heard.
#[must_use]
pub fn heard_sounds<'a>(film: &'a Film, timeline: &Timeline) -> Vec<HeardSound<'a>> {
    let mut heard = Vec::new();
    let rate = timeline.rate;
    for spec in &film.narration {
        let start = match &spec.start {
            SoundStart::Film(at) | SoundStart::Clip(at) => Some(micros(*at)),
            SoundStart::Shot { shot, offset } => {
                let segment = timeline.segments.iter().find(|segment| segment.shot == *shot);
                segment.map(|segment| ticks(rate, segment.at).saturating_add(offset * 1_000))
            }
        };
        let placed = start.and_then(|start| placed(spec, start, 0));
        heard.extend(placed.map(|placed| HeardSound { spec, shot: None, placed }));
    }
    for (shot, segment) in film.shown().iter().zip(&timeline.segments) {
        for spec in &shot.sounds {
            let placed = placed_in(spec, segment, rate);
            heard.extend(placed.map(|placed| HeardSound { spec, shot: Some(&shot.id), placed }));
        }
    }
    heard
}

/// A sound of a shot, which counts from the beginning of its clip.
fn placed_in(spec: &SoundSpec, segment: &Segment, rate: Rate) -> Option<PlacedSound> {
    let SoundStart::Clip(at) = &spec.start else { return None };
    let first = ticks(rate, segment.at);
    let end = ticks(rate, segment.at + segment.length);
    let skipped = ticks(segment.facts.video.rate, segment.frames.start);
    let start = first - skipped + micros(*at);
    if start < end { placed(spec, start, first) } else { None }
}

/// A sound that begins at a time in microseconds, of which nothing is heard before another.
fn placed(spec: &SoundSpec, start: i64, earliest: i64) -> Option<PlacedSound> {
    let cut = Duration::from_micros(earliest.saturating_sub(start).max(0).cast_unsigned());
    let from = spec.from + cut;
    if spec.to.is_some_and(|to| from >= to) {
        return None;
    }
    Some(PlacedSound {
        file: spec.file.digest,
        gain_db: spec.gain_db,
        at: Duration::from_micros(start.max(earliest).max(0).cast_unsigned()),
        from,
        to: spec.to,
        fade_in: if cut.is_zero() { spec.fade_in } else { Duration::ZERO },
        fade_out: spec.fade_out,
    })
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

/// When a frame begins, in microseconds.
fn ticks(rate: Rate, frame: u64) -> i64 {
    i64::try_from(rate.ticks(frame, 1_000_000)).unwrap_or(i64::MAX / 4)
}
