//! What is said of a film that was put together: what was encoded again and why, and what was decided at every join.

use storyreel_core::event::AssemblyKind;
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::count;
use storyreel_core::timeline::cue::Subtitles;
use storyreel_core::timeline::{Join, Segment, Timeline};
use storyreel_media::media::AssembledFilm;

use super::seams::FilmSeam;

/// Reasons that fit on a line.
const MOST_REASONS: usize = 3;

/// How many frames were encoded, now or when footage became a clip, and why.
pub(super) fn assembly_kind(timeline: &Timeline, made: &AssembledFilm, clips: &[&ClipRecord]) -> AssemblyKind {
    let before = encoded_before(made, clips);
    let encoded = made.encoded + before.iter().map(|footage| footage.frames).sum::<u64>();
    if encoded == 0 {
        return AssemblyKind::Copied;
    }
    let why = reasons(timeline, made, &before).join("; ");
    AssemblyKind::Encoded(format!("{encoded} of {} frames ({why})", made.frames))
}

/// Footage that was encoded when it became a clip, of which the film has copies.
struct EncodedFootage<'a> {
    /// The place of its segment in the film.
    place: usize,
    frames: u64,
    why: &'a str,
}

fn encoded_before<'a>(made: &AssembledFilm, clips: &[&'a ClipRecord]) -> Vec<EncodedFootage<'a>> {
    let mut found = Vec::new();
    for (place, clip) in clips.iter().enumerate() {
        let (frames, _) = made.ways[place];
        if let (Some(why), 1..) = (clip.encoded.as_deref(), frames) {
            found.push(EncodedFootage { place, frames, why });
        }
    }
    found
}

fn reasons(timeline: &Timeline, made: &AssembledFilm, before: &[EncodedFootage<'_>]) -> Vec<String> {
    let transitions = timeline.segments.iter().filter(|segment| segment.overlap() > 0).count();
    let seams = timeline.segments.iter().filter(|segment| is_mended(segment)).count();
    let burned = match &timeline.subtitles {
        Some(Subtitles::Burned(cues)) => cues.len(),
        _ => 0,
    };
    let counted = [(transitions, "transition"), (seams, "seam"), (burned, "subtitle")];
    let mut reasons = Vec::new();
    for (number, what) in counted {
        if number > 0 {
            reasons.push(count(number, what));
        }
    }
    let now = made.reasons.iter().map(|(place, reason)| (*place, reason.as_str()));
    let of_clips: Vec<(usize, &str)> = now.chain(before.iter().map(|footage| (footage.place, footage.why))).collect();
    for (place, reason) in of_clips.iter().take(MOST_REASONS) {
        reasons.push(format!("{}: {reason}", timeline.segments[*place].shot));
    }
    let more = of_clips.len().saturating_sub(MOST_REASONS);
    if more > 0 {
        reasons.push(format!("{more} more"));
    }
    reasons
}

/// Whether something was done to the picture of a segment at the seam where it begins.
const fn is_mended(segment: &Segment) -> bool {
    segment.frames.start > 0 || segment.grade.is_some()
}

/// Everything that was decided: for every join and every clip which way was record and why, and for every seam what was
/// found.
pub(super) fn notes(timeline: &Timeline, made: &AssembledFilm, seams: &[FilmSeam]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut before: Option<&Segment> = None;
    for (place, segment) in timeline.segments.iter().enumerate() {
        if let Some(before) = before {
            notes.push(format!("{} to {}: {}", before.shot, segment.shot, join_note(segment.join)));
        }
        notes.push(segment_note(place, segment, made));
        before = Some(segment);
    }
    notes.extend(seams.iter().map(seam_note));
    notes
}

fn segment_note(place: usize, segment: &Segment, made: &AssembledFilm) -> String {
    let way = match made.ways[place] {
        (0, 0) => "shown only in transitions".to_owned(),
        (copied, 0) => format!("{} copied", frames(copied)),
        (0, encoded) => format!("{} encoded", frames(encoded)),
        (copied, encoded) => format!("{} copied, {encoded} encoded at a join", frames(copied)),
    };
    let mut parts = vec![way];
    for (of, why) in made.reasons.iter().chain(&made.decoded) {
        if *of == place {
            parts.push(why.clone());
        }
    }
    format!("{}: {}", segment.shot, parts.join("; "))
}

/// What a join does to the picture.
fn join_note(join: Join) -> String {
    match join {
        Join::Start | Join::Cut => "cut".to_owned(),
        Join::Chained { seam } => format!("one continues the other, seam {seam}"),
        Join::Transition { kind, frames: length } => format!("{kind}, {} encoded", frames(length)),
    }
}

fn seam_note(seam: &FilmSeam) -> String {
    let finding = &seam.finding;
    let mend = finding.mend;
    let graded = if mend.grade.is_some() { ", colours matched" } else { "" };
    format!(
        "{} to {}: {} repeated, {} and {} slow; {} and {} left out{graded}; score {:.0}, was {:.0}",
        seam.from,
        seam.to,
        frames(finding.duplicates),
        finding.slow_before,
        finding.slow_after,
        mend.drop_before,
        mend.drop_after,
        finding.after.total,
        finding.before.total
    )
}

fn frames(number: u64) -> String {
    count(number as usize, "frame")
}
