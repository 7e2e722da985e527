//! The film for other tools: an edit that an editor opens, subtitles, chapter marks. Values to text, one file a format.

mod chapters;
pub mod edl;
pub mod ffmetadata;
pub mod openjd;
pub mod otio;
pub mod returned;
pub mod shot_list;
pub mod srt;
pub mod url;
pub mod vtt;
pub mod xmeml;

use std::ops::Range;

pub use chapters::chapters;

use storyreel_core::clip::{ClipFacts, StreamParameters, VideoFacts};
use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::{clean, is_steering, shorten};
use storyreel_core::time_code::{TimeCode, nominal};
use storyreel_core::timeline::{Join, Segment, Timeline, TransitionKind};
use storyreel_core::units::{Digest, Rate, ShotId};

/// A film to be handed on.
#[derive(Debug, Clone, Copy)]
pub struct CutList<'a> {
    /// What was asked for.
    pub film: &'a Film,
    /// How its clips lie in time, a segment for every shot of the film; [`planned`] stands in for clips that are not
    /// made yet.
    pub timeline: &'a Timeline,
    /// Where the clips are, one for every shot of the film; `None` for those that are not made yet.
    pub clips: &'a [Option<Clip>],
    /// Music, narration and sounds of shots.
    pub sounds: &'a [Sound],
}

/// The clip of a shot, where another tool finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// The clip that the film shows.
    pub taken: ClipRecord,
    /// Its file.
    pub file: MediaFile,
    /// Other takes of the same shot, each with its file, by their number.
    pub others: Vec<(ClipRecord, MediaFile)>,
    /// Where the clip lies in its file, if that is the whole footage from which it was cut.
    pub footage: Option<FootageFile>,
}

/// A file of footage, as the camera left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FootageFile {
    /// Its frames per second.
    pub rate: Rate,
    /// All of its frames.
    pub frames: u64,
    /// Its frame with which the clip begins.
    pub from: u64,
    /// The number of its first frame, where the camera wrote one.
    pub time_code: Option<TimeCode>,
}

impl FootageFile {
    /// The number of its first frame, counted at its own rate; zero where the camera wrote none.
    fn start(&self) -> TimeCode {
        let frames_per_second = nominal(self.rate);
        let zero = TimeCode { frames: 0, frames_per_second, drops_frames: false };
        self.time_code.map_or(zero, |first| first.counted_at(frames_per_second))
    }
}

/// Columns of what is said of a shot in its name.
const WORDS: usize = 48;

/// What a clip is called in an editor: the shot and the first words of what it shows.
#[must_use]
pub fn clip_name(shot: &Shot) -> String {
    let words = match &shot.make {
        Make::Prompt(render) => &render.words,
        Make::Card(card) => card.heading(),
        Make::Still(file) | Make::Footage { file, .. } => file_name(&file.path),
    };
    format!("{} {}", shot.id, shorten(&clean(words), WORDS)).trim_end().to_owned()
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A media file as another tool sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// Its name, for lists.
    pub name: String,
    /// A URL: absolute with `file:`, or relative to the file that names it; see [`url`].
    pub url: String,
}

/// A sound file that is laid beside the clips.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// What it is for.
    pub role: Role,
    /// The shot that it belongs to.
    pub shot: Option<ShotId>,
    /// The sound file.
    pub file: MediaFile,
    /// Gain in decibels, where the storyboard sets it.
    pub gain_db: Option<f64>,
    /// The film frame at which it begins.
    pub at: u64,
    /// Where in the file it begins, in frames of the film's rate.
    pub from: u64,
    /// How many film frames it lasts; to the film's end when absent.
    pub length: Option<u64>,
}

/// Sounds that can lie on one track, and what the track is called.
#[derive(Debug)]
struct SoundLane<'a> {
    name: String,
    sounds: Vec<(&'a Sound, Range<u64>)>,
}

impl<'a> CutList<'a> {
    /// The sounds of each role on as few tracks as they need, each with the film frames in which it is heard.
    fn sound_lanes(&self) -> Vec<SoundLane<'a>> {
        let frames = self.timeline.frames();
        let mut lanes: Vec<SoundLane<'a>> = Vec::new();
        for (role, name) in [(Role::Music, "Music"), (Role::Narration, "Narration"), (Role::Effect, "Sounds")] {
            let mut heard: Vec<(&Sound, Range<u64>)> = Vec::new();
            for sound in self.sounds.iter().filter(|sound| sound.role == role && sound.at < frames) {
                let left = frames - sound.at;
                heard.push((sound, sound.at..sound.at + sound.length.unwrap_or(left).min(left).max(1)));
            }
            heard.sort_by_key(|(_, span)| span.start);
            let first = lanes.len();
            for (sound, span) in heard {
                let is_free = |lane: &SoundLane<'_>| lane.sounds.last().is_none_or(|(_, last)| last.end <= span.start);
                match lanes[first..].iter().position(is_free) {
                    Some(at) => lanes[first + at].sounds.push((sound, span)),
                    None => {
                        let number = lanes.len() - first + 1;
                        let name = if number == 1 { name.to_owned() } else { format!("{name} {number}") };
                        lanes.push(SoundLane { name, sounds: vec![(sound, span)] });
                    }
                }
            }
        }
        lanes
    }
}

/// What a sound is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Music under the film.
    Music,
    /// Spoken words over the film.
    Narration,
    /// A sound that belongs to a shot.
    Effect,
}

/// What stands in for the clip of a shot that is not made yet: as long as it is planned, alike the film, silent. It is
/// laid in the timeline and never written anywhere.
#[must_use]
pub fn planned(film: &Film, shot: &Shot) -> ClipRecord {
    let video = VideoFacts {
        codec: "h264".to_owned(),
        size: film.size,
        pixels: "yuv420p".to_owned(),
        rate: film.rate,
        frames: film.rate.frames(shot.length),
        parameters: StreamParameters::default(),
    };
    let unmade = Digest::of(shot.id.as_str().as_bytes());
    ClipRecord::new(unmade, unmade, shot.take, "none", ClipFacts { video, audio: None, bytes: 0 })
}

/// A shot between its two cuts. A transition is cut in its middle, as edit lists have it.
#[derive(Debug)]
struct CutShot<'a> {
    shot: &'a Shot,
    segment: &'a Segment,
    clip: Option<&'a Clip>,
    /// The film frames between the cuts.
    span: Range<u64>,
    /// The frame of the clip at which the first of these stands, counted at the film's rate.
    from: u64,
    /// The transition before it.
    blend: Option<Blend>,
}

/// A transition between two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Blend {
    kind: TransitionKind,
    /// Film frames before the cut.
    before: u64,
    /// Film frames after the cut.
    after: u64,
}

impl<'a> CutList<'a> {
    fn rate(&self) -> Rate {
        self.timeline.rate
    }

    /// The parts in film order. The spans touch each other and fill the film.
    fn parts(&self) -> Vec<CutShot<'a>> {
        let segments = &self.timeline.segments;
        let mut blends = Vec::new();
        // Where one shot gives way to the next.
        let mut cuts = Vec::new();
        for (n, segment) in segments.iter().enumerate() {
            let before = n.checked_sub(1).map(|before| &segments[before]);
            let blend = blend(before, segment);
            cuts.push(segment.at + blend.map_or(0, |blend| blend.before));
            blends.push(blend);
        }
        let mut parts = Vec::new();
        for (n, ((shot, clip), segment)) in self.film.shots.iter().zip(self.clips).zip(segments).enumerate() {
            let start = cuts[n];
            let end = cuts.get(n + 1).copied().unwrap_or(segment.at + segment.length);
            let used = rescaled(segment.frames.start, segment.facts.video.rate, self.rate());
            let from = used + (start - segment.at);
            let span = start..end.max(start);
            parts.push(CutShot { shot, segment, clip: clip.as_ref(), span, from, blend: blends[n] });
        }
        parts
    }
}

impl CutShot<'_> {
    fn footage(&self) -> Option<&FootageFile> {
        self.clip.and_then(|clip| clip.footage.as_ref())
    }

    /// The frame of its file at which the first of the film's frames stands, counted at the film's rate from midnight
    /// where the file has a time code.
    fn source_start(&self, rate: Rate) -> u64 {
        let before =
            self.footage().map_or(0, |footage| rescaled(footage.start().frames + footage.from, footage.rate, rate));
        before + self.from
    }
}

/// The transition of `segment`, if it shares frames with the one before.
fn blend(before: Option<&Segment>, segment: &Segment) -> Option<Blend> {
    let Join::Transition { kind, .. } = segment.join else { return None };
    let shared = before.map_or(0, |before| (before.at + before.length).saturating_sub(segment.at));
    let half = shared / 2;
    (shared > 0).then_some(Blend { kind, before: half, after: shared - half })
}

/// `frames` at the rate `of` as frames at the rate `to`, rounded to the nearest.
fn rescaled(frames: u64, of: Rate, to: Rate) -> u64 {
    if of == to {
        return frames;
    }
    let exact = u128::from(frames) * u128::from(of.den) * u128::from(to.num);
    let unit = u128::from(of.num) * u128::from(to.den);
    u64::try_from((exact + unit / 2) / unit).unwrap_or(u64::MAX)
}

/// `text` with its line ends, and without anything else that steers a screen.
fn plain(text: &str) -> String {
    text.chars().filter(|&c| c == '\n' || !is_steering(c)).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests;
