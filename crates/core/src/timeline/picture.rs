//! Which pictures of a film are copied and which are encoded, run by run.
//!
//! Coded pictures depend on each other, so a copy can begin only where decoding can, and end only where nothing kept
//! refers to what is left out. What lies between two copies is encoded once.

use std::ops::Range;

use storyreel_mp4::Sample;

use super::cue::Subtitles;
use super::{EncodeReason, Join, Segment, Timeline, TransitionKind, Treatment};

/// Fewer pictures than this are not worth a copy of their own: measured, the two extra encoder starts cost more.
const LEAST: u64 = 8;

/// Encoded runs longer than this are split, so that all processors have work: measured, the cost of a further start is
/// below one part in a hundred at this length.
const LONGEST: u64 = 130;

/// In which order the pictures of a clip are decoded and shown, and where they can be parted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureOrder {
    /// The place in showing order of each picture, in decoding order.
    pub shown: Vec<u32>,
    /// Pictures with which a copy can begin, ascending; equal places in both orders.
    starts: Vec<u64>,
    /// Numbers of pictures that can be kept: the first so many in decoding order are the first so many shown.
    cuts: Vec<u64>,
}

impl PictureOrder {
    /// The order of `samples`; `decodable` says whether nothing after the picture refers to anything before it. `None`
    /// where two pictures are shown at once.
    #[must_use]
    pub fn of(samples: &[Sample], mut decodable: impl FnMut(&Sample) -> bool) -> Option<Self> {
        let mut by_time: Vec<u32> = (0..u32::try_from(samples.len()).ok()?).collect();
        by_time.sort_by_key(|n| samples[*n as usize].shown);
        for pair in by_time.windows(2) {
            if samples[pair[0] as usize].shown == samples[pair[1] as usize].shown {
                return None;
            }
        }
        let mut shown = vec![0; samples.len()];
        (0..).zip(by_time).for_each(|(place, n)| shown[n as usize] = place);
        let mut starts = Vec::new();
        let mut cuts = Vec::new();
        let mut last = 0;
        for (n, sample) in samples.iter().enumerate() {
            let whole = n == 0 || cuts.last() == Some(&(n as u64));
            if sample.sync && whole && shown[n] as usize == n && decodable(sample) {
                starts.push(n as u64);
            }
            last = last.max(shown[n] as usize);
            if last == n {
                cuts.push(n as u64 + 1);
            }
        }
        Some(Self { shown, starts, cuts })
    }

    /// How many pictures a decoder must hold back before it can show one.
    #[must_use]
    pub fn delay(&self) -> u64 {
        (0..).zip(&self.shown).map(|(n, &shown): (u64, _)| n.saturating_sub(u64::from(shown))).max().unwrap_or_default()
    }

    /// The most pictures of `wanted` that can be copied.
    fn within(&self, wanted: &Range<u64>) -> Option<Range<u64>> {
        let start = self.start_after(wanted.start)?;
        let end = *self.cuts.get(self.cuts.partition_point(|&cut| cut <= wanted.end).checked_sub(1)?)?;
        let whole = start == wanted.start && end == wanted.end;
        (start < end && (whole || end - start >= LEAST)).then_some(start..end)
    }

    /// The last picture at or before `frame` from which on all can be decoded. The first one always counts: there is nothing
    /// before it.
    #[must_use]
    pub fn decodable_before(&self, frame: u64) -> u64 {
        let before = self.starts.partition_point(|&start| start <= frame);
        before.checked_sub(1).map_or(0, |last| self.starts[last])
    }

    /// The first picture at or after `frame` with which a copy can begin.
    fn start_after(&self, frame: u64) -> Option<u64> {
        self.starts.get(self.starts.partition_point(|&start| start < frame)).copied()
    }
}

/// Pictures that are made in one way, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureRun {
    /// Copied from a clip.
    Copy {
        /// The segment, by its place.
        segment: usize,
        /// Pictures of the clip.
        frames: Range<u64>,
    },
    /// Encoded from these parts in turn.
    Encode(Vec<EncodedPart>),
}

/// A part of an encoded run. Frames of segments are film frames from the segment's beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncodedPart {
    /// Frames of one segment.
    Plain {
        /// The segment, by its place.
        segment: usize,
        /// Its frames.
        frames: Range<u64>,
    },
    /// The end of one segment becomes the beginning of the next.
    Blend {
        /// What it looks like.
        kind: TransitionKind,
        /// The later segment, by its place; its first `frames` frames are used.
        segment: usize,
        /// Where the earlier segment's part begins.
        from: u64,
        /// Length.
        frames: u64,
    },
}

impl EncodedPart {
    /// Its length in film frames.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        match self {
            Self::Plain { frames, .. } => frames.end - frames.start,
            Self::Blend { frames, .. } => *frames,
        }
    }
}

impl PictureRun {
    /// Its length in film frames.
    #[must_use]
    pub fn frames(&self) -> u64 {
        match self {
            Self::Copy { frames, .. } => frames.end - frames.start,
            Self::Encode(parts) => parts.iter().map(EncodedPart::frames).sum(),
        }
    }
}

/// The runs of a film; `orders` has the order of every segment's clip that counts its frames as the film does.
#[must_use]
pub fn runs(timeline: &Timeline, orders: &[Option<&PictureOrder>]) -> Vec<PictureRun> {
    let mut list = Runs(Vec::new());
    let painted = painted(timeline);
    for (n, segment) in timeline.segments.iter().enumerate() {
        let lead = segment.overlap();
        if let Join::Transition { kind, frames } = segment.join
            && let Some(before) = n.checked_sub(1).map(|n| &timeline.segments[n])
        {
            list.encode(EncodedPart::Blend { kind, segment: n, from: before.length - frames, frames });
        }
        // What is graded cannot be copied.
        let Range { start, end } = bare(timeline, n);
        list.plain(n, lead..start, orders[n].is_some());
        // Neither can what subtitles are painted onto.
        let mut at = start;
        for under in painted.iter().map(|film| within(segment, film)).filter(|under| under.start < under.end) {
            let under = under.start.clamp(at, end)..under.end.clamp(at, end);
            list.body(n, segment, at..under.start, orders[n]);
            list.plain(n, under.clone(), orders[n].is_some());
            at = under.end;
        }
        list.body(n, segment, at..end, orders[n]);
    }
    list.0
}

/// The frames of a segment that neither a transition nor a seam changes.
fn bare(timeline: &Timeline, n: usize) -> Range<u64> {
    let segment = &timeline.segments[n];
    let end = segment.length - timeline.segments.get(n + 1).map_or(0, Segment::overlap);
    segment.graded(timeline.rate).clamp(segment.overlap(), end)..end
}

/// Segments that are coded as the film is and yet not copied, or not from their beginning on, because decoding cannot
/// begin there: the place of each, and why.
#[must_use]
pub fn late(timeline: &Timeline, orders: &[Option<&PictureOrder>]) -> Vec<(usize, EncodeReason)> {
    let mut late = Vec::new();
    for (n, segment) in timeline.segments.iter().enumerate() {
        let bare = bare(timeline, n);
        if segment.treatment != Treatment::Copy || bare.is_empty() {
            continue;
        }
        let begin = segment.frames.start + bare.start;
        let end = segment.frames.start + bare.end;
        match orders[n].and_then(|order| order.start_after(begin)) {
            Some(start) if start < end => {
                if begin == 0 && start > 0 {
                    late.push((n, EncodeReason::LateStart(start)));
                }
            }
            _ => late.push((n, EncodeReason::NoStart(begin))),
        }
    }
    late
}

/// The film's frames onto which subtitles are painted, in order.
fn painted(timeline: &Timeline) -> Vec<Range<u64>> {
    match &timeline.subtitles {
        Some(Subtitles::Burned(cues)) => cues.iter().map(|cue| cue.frames(timeline.rate)).collect(),
        _ => Vec::new(),
    }
}

/// Frames of the film as frames of the segment.
fn within(segment: &Segment, film: &Range<u64>) -> Range<u64> {
    let start = film.start.saturating_sub(segment.at).min(segment.length);
    let end = film.end.saturating_sub(segment.at).min(segment.length);
    start..end
}

struct Runs(Vec<PictureRun>);

impl Runs {
    /// Frames of one segment between its transitions.
    fn body(&mut self, n: usize, segment: &Segment, body: Range<u64>, order: Option<&PictureOrder>) {
        if body.is_empty() {
            return;
        }
        let first = segment.frames.start;
        let copied = order.filter(|_| segment.treatment == Treatment::Copy);
        let copied = copied.and_then(|order| order.within(&(first + body.start..first + body.end)));
        let Some(copied) = copied else {
            // Only a clip of the film's own rate can be read from the middle to the exact frame.
            self.plain(n, body, order.is_some());
            return;
        };
        self.plain(n, body.start..copied.start - first, true);
        let end = copied.end - first;
        self.0.push(PictureRun::Copy { segment: n, frames: copied });
        self.plain(n, end..body.end, true);
    }

    fn plain(&mut self, segment: usize, frames: Range<u64>, split: bool) {
        let mut at = frames.start;
        while at < frames.end {
            let left = frames.end - at;
            let step = if split { left.min(LONGEST) } else { left };
            self.encode(EncodedPart::Plain { segment, frames: at..at + step });
            at += step;
        }
    }

    fn encode(&mut self, part: EncodedPart) {
        match self.0.last_mut() {
            Some(PictureRun::Encode(parts)) if parts.iter().map(EncodedPart::frames).sum::<u64>() < LONGEST => {
                parts.push(part);
            }
            _ => self.0.push(PictureRun::Encode(vec![part])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples shown at `times`, one in `gap` a keyframe.
    fn order(times: &[i64], gap: usize) -> PictureOrder {
        let sample =
            |(n, &shown)| Sample { offset: 0, size: 1, shown, duration: 1, sync: usize::is_multiple_of(n, gap) };
        let samples: Vec<Sample> = times.iter().enumerate().map(sample).collect();
        PictureOrder::of(&samples, |_| true).expect("no two are shown at once")
    }

    #[test]
    fn a_copy_begins_at_a_keyframe_and_ends_where_nothing_is_torn() {
        // I P B B, I P B B, I P B B in decoding order.
        let order = order(&[0, 3, 1, 2, 4, 7, 5, 6, 8, 11, 9, 10], 4);
        assert_eq!(
            (order.starts.clone(), order.cuts.clone(), order.delay()),
            (vec![0, 4, 8], vec![1, 4, 5, 8, 9, 12], 1)
        );
        assert_eq!(order.within(&(0..12)), Some(0..12));
        assert_eq!(order.within(&(0..11)), Some(0..9));
        assert_eq!(order.within(&(1..12)), Some(4..12));
        // Too short to be worth it.
        assert_eq!(order.within(&(5..12)), None);
    }

    #[test]
    fn open_groups_are_no_place_to_begin() {
        // The second keyframe is shown after two pictures that come later and lean on what was before.
        let order = order(&[0, 1, 2, 5, 3, 4, 6, 7, 8, 9, 10, 11], 3);
        assert_eq!(order.starts, [0, 6, 9]);
        let none = PictureOrder::of(&[Sample { offset: 0, size: 1, shown: 0, duration: 1, sync: true }; 2], |_| true);
        assert_eq!(none, None);
    }
}
