//! Which packets of a film's sound are copied and which are encoded.
//!
//! A packet `k` of AAC covers the samples of blocks `k - 1` and `k`, 1,024 samples each, and yields block `k - 1` when
//! it is decoded. The film's first packet yields what lies before its beginning and is hidden. A packet can be copied
//! when both blocks that it covers sound as they do in its clip; every other packet is encoded from samples.

use std::ops::Range;

use storyreel_mp4::aac::{self, PACKET};

use super::majority::most;
use super::{SAMPLE_RATE, Segment, Timeline};

/// Length of the fade on either side of a cut, as a part of a second: 5 ms, which removes the click and is not heard
/// as a fade.
const FADE: u32 = 200;

/// Blocks that an encoder is given before the first one that counts, and after the last: measured, it takes two to
/// settle, and looks one ahead.
pub const RUN_UP: u64 = 2;

/// Fewer packets than this between two encoded stretches are encoded, too.
const LEAST: u64 = 2 * RUN_UP + 4;

/// How far beyond a clip's picture its sound is kept, in seconds: long enough for a last syllable (measured in the
/// field: 0.17 s), short enough not to talk over the next shot.
const OVERHANG: u64 = 1;

/// The sound of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFormat {
    /// Samples per second.
    pub rate: u32,
    /// 1 or 2.
    pub channels: u32,
}

/// What is known of a clip's sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipSound {
    /// It has none.
    Silent,
    /// Its packets can be copied.
    Packets {
        /// Where the first packet's samples begin, in samples from the beginning of the picture.
        first: i64,
        /// How many packets there are.
        count: u64,
        /// Where the sound ends, in samples from the beginning of the picture.
        end: i64,
    },
    /// It must be decoded as a whole.
    Decoded {
        /// Where the sound ends, in film samples from the beginning of the picture, where that is known.
        end: Option<i64>,
    },
}

/// How a fade runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    /// By equal steps: for the few milliseconds at a cut.
    Straight,
    /// By equal power: two sounds that have nothing to do with each other stay as loud as one.
    Power,
}

/// A fade at one end of a sound, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fade {
    length: u64,
    curve: Curve,
}

impl Fade {
    /// The fade of sound that a transition of `overlap` frames leaves `length` samples; the short one of a cut where
    /// there is none.
    fn of(overlap: u64, length: u64, rate: u64) -> Self {
        let least = rate / u64::from(FADE);
        match overlap {
            0 => Self { length: least, curve: Curve::Straight },
            _ => Self { length: length.max(least), curve: Curve::Power },
        }
    }

    fn gain(self, distance: u64) -> f32 {
        if distance >= self.length {
            return 1.0;
        }
        let part = distance as f32 / self.length as f32;
        match self.curve {
            Curve::Straight => part,
            Curve::Power => (part * std::f32::consts::FRAC_PI_2).sin(),
        }
    }
}

/// One segment's sound in the film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSound {
    /// The segment, by its place.
    pub segment: usize,
    /// The film samples where it is heard.
    pub heard: Range<u64>,
    /// For sound that is decoded as a whole: the samples before the part's beginning that are not used.
    pub skipped: u64,
    /// How many samples later than its picture it comes, because packets are moved as a whole; below zero, earlier.
    pub late: i64,
    /// For sound in packets: what to add to a film packet's number to have the clip's, and how many there are.
    shift: Option<(i64, u64)>,
    fade_in: Fade,
    fade_out: Fade,
}

impl SegmentSound {
    /// Whether it comes from sound that is decoded as a whole.
    #[must_use]
    pub const fn is_decoded(&self) -> bool {
        self.shift.is_none()
    }

    /// How loud it is at a film sample, from 0 to 1.
    #[must_use]
    pub fn gain(&self, sample: u64) -> f32 {
        if !self.heard.contains(&sample) {
            return 0.0;
        }
        self.fade_in.gain(sample - self.heard.start) * self.fade_out.gain(self.heard.end - 1 - sample)
    }

    /// The clip's packets that must be decoded for the film blocks `blocks`, and the block that the second of them
    /// yields: the first one only sets the decoder up. `None` where nothing is heard there or it has no packets.
    #[must_use]
    pub fn packets(&self, blocks: &Range<u64>) -> Option<(Range<u64>, u64)> {
        let (shift, count) = self.shift?;
        let heard = self.heard.start / PACKET..self.heard.end.div_ceil(PACKET);
        let blocks = blocks.start.max(heard.start)..blocks.end.min(heard.end);
        // Block b comes from film packet b + 1.
        let first = (blocks.start.cast_signed() + 1 + shift).clamp(1, count.cast_signed());
        let end = (blocks.end.cast_signed() + 1 + shift).min(count.cast_signed());
        (first < end).then(|| {
            let first = first.cast_unsigned();
            let end = end.cast_unsigned();
            (first - 1..end, (first.cast_signed() - 1 - shift).cast_unsigned())
        })
    }
}

/// Packets of a film's sound that come about in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stretch {
    /// Copied from a clip.
    Copy {
        /// The segment, by its place.
        segment: usize,
        /// Packets of the clip.
        packets: Range<u64>,
    },
    /// So many packets in which nothing is heard.
    Silence(u64),
    /// Encoded: the film's packets by number.
    Encode(Range<u64>),
}

/// How a film's sound comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundPlan {
    /// Its format.
    pub format: SoundFormat,
    /// Its length in samples: that of the picture, or more where the last clip's sound is longer.
    pub length: u64,
    /// What is heard, in film order.
    pub parts: Vec<SegmentSound>,
    /// All packets, in order.
    pub stretches: Vec<Stretch>,
}

/// Plans the sound of a film in `format`; `voices` has one for every segment. `apart` says of a clip's packet whether
/// it can stand beside a packet of another encoder; with `copy` false every packet is encoded.
#[must_use]
pub fn plan(
    timeline: &Timeline,
    format: SoundFormat,
    voices: &[ClipSound],
    copy: bool,
    apart: impl Fn(usize, u64) -> bool,
) -> SoundPlan {
    let parts = parts(timeline, format, voices);
    let picture = timeline.rate.ticks(timeline.frames(), u64::from(format.rate));
    let length = parts.iter().map(|part| part.heard.end).max().unwrap_or_default().max(picture);
    let packets = length.div_ceil(PACKET) + 1;
    let mut stretches = Stretches { list: Vec::new(), at: 0 };
    if copy {
        copies(&parts, packets, &apart).into_iter().for_each(|(at, stretch)| stretches.add(at, stretch));
    }
    stretches.encode_to(packets);
    SoundPlan { format, length, parts, stretches: stretches.list }
}

/// What every segment contributes.
fn parts(timeline: &Timeline, format: SoundFormat, voices: &[ClipSound]) -> Vec<SegmentSound> {
    let rate = u64::from(format.rate);
    voices.iter().enumerate().filter_map(|(n, voice)| part(timeline, rate, n, voice)).collect()
}

/// What segment `n` contributes at `rate` samples a second.
fn part(timeline: &Timeline, rate: u64, n: usize, voice: &ClipSound) -> Option<SegmentSound> {
    let segment = &timeline.segments[n];
    let start = timeline.rate.ticks(segment.at, rate);
    let end = timeline.rate.ticks(segment.at + segment.length, rate);
    let skipped = segment.facts.video.rate.ticks(segment.frames.start, rate);
    // Where the clip's picture begins in the film, the frames counted that are left out.
    let origin = start.cast_signed() - skipped.cast_signed();
    let (shift, late, sounds) = match *voice {
        ClipSound::Silent => return None,
        ClipSound::Packets { first, count, end } => {
            let shift = shift(origin + first);
            // The film's packet k yields the samples from (k - 1) * 1024 on.
            let late = (-1 - shift) * PACKET.cast_signed() - (origin + first);
            // What an encoder puts before the beginning is no sound of the clip.
            (Some((shift, count)), late, Some(first.max(0)..end))
        }
        ClipSound::Decoded { end } => (None, 0, end.map(|end| 0..end)),
    };
    // Where the clip has sound: a fade beyond that would leave the very edge that it is there to soften.
    let sounds = match sounds {
        None => start..end,
        Some(sounds) => {
            let first = (origin + late + sounds.start).max(0).cast_unsigned();
            let end = (origin + late + sounds.end).max(0).cast_unsigned();
            first..end
        }
    };
    // Sound that goes on after the picture is heard under the next one, unless a transition or a trimmed seam says
    // where it ends. What a codec adds to fill its last packet is less than a packet.
    let lead_out = timeline.segments.get(n + 1).map_or(0, Segment::overlap);
    let open = lead_out == 0 && segment.frames.end == segment.facts.video.frames;
    let over = sounds.end.cast_signed() - late - end.cast_signed();
    let over = if open && over > PACKET.cast_signed() { over.cast_unsigned().min(OVERHANG * rate) } else { 0 };
    let heard = start.max(sounds.start)..(end + over).min(sounds.end);
    // A transition's fades begin and end with it, wherever the sound does.
    let lead_in = segment.overlap();
    let faded_in = timeline.rate.ticks(segment.at + lead_in, rate).saturating_sub(heard.start);
    let faded_out = (heard.end + timeline.rate.ticks(lead_out, rate)).saturating_sub(end);
    let fade_in = Fade::of(lead_in, faded_in, rate);
    let fade_out = Fade::of(lead_out, faded_out, rate);
    (!heard.is_empty()).then_some(SegmentSound { segment: n, heard, skipped, late, shift, fade_in, fade_out })
}

/// The clip's packet for the film's packet 0, where the first packet's samples would begin at film sample `begin`:
/// rounded to whole packets, so that a clip is never off by more than half a packet, 10.7 ms at 48 kHz.
fn shift(begin: i64) -> i64 {
    let packet = PACKET.cast_signed();
    // The film's packet k yields the samples from (k - 1) * 1024 on.
    -1 - (begin + packet / 2).div_euclid(packet)
}

/// The stretches that need no encoding, with the number of their first packet.
fn copies(parts: &[SegmentSound], packets: u64, apart: &impl Fn(usize, u64) -> bool) -> Vec<(u64, Stretch)> {
    let mut found = Vec::new();
    let mut heard = 0;
    for (n, part) in parts.iter().enumerate() {
        // Where nothing is heard: both blocks of a packet lie between the sounds.
        silence(&mut found, heard, part.heard.start);
        let next = parts[n + 1..].iter().map(|part| part.heard.start).min().unwrap_or(u64::MAX);
        let pure = heard.max(part.heard.start + part.fade_in.length)
            ..next.min(part.heard.end - part.fade_out.length.min(part.heard.end));
        heard = heard.max(part.heard.end);
        let Some((shift, count)) = part.shift else { continue };
        // The packet's two blocks, k - 1 and k, are pure, and the clip has the packet, the one before and the one after.
        let least = (pure.start.div_ceil(PACKET) + 1).cast_signed().max(1 - shift);
        let most = (pure.end / PACKET).cast_signed().min(count.cast_signed() - 1 - shift);
        if least >= most {
            continue;
        }
        let mut range = (least + shift).cast_unsigned()..(most + shift).cast_unsigned();
        while !range.is_empty() && !apart(part.segment, range.start) {
            range.start += 1;
        }
        while !range.is_empty() && !apart(part.segment, range.end - 1) {
            range.end -= 1;
        }
        let at = (range.start.cast_signed() - shift).cast_unsigned();
        if range.end - range.start >= LEAST {
            found.push((at, Stretch::Copy { segment: part.segment, packets: range }));
        }
    }
    silence(&mut found, heard, (packets - 1) * PACKET);
    found
}

/// The packets that lie in the silence between two film samples.
fn silence(found: &mut Vec<(u64, Stretch)>, from: u64, to: u64) {
    let first = if from == 0 { 0 } else { from.div_ceil(PACKET) + 1 };
    let end = to / PACKET;
    if end > first && end - first >= LEAST {
        found.push((first, Stretch::Silence(end - first)));
    }
}

struct Stretches {
    list: Vec<Stretch>,
    at: u64,
}

impl Stretches {
    fn encode_to(&mut self, packet: u64) {
        if packet > self.at {
            self.list.push(Stretch::Encode(self.at..packet));
            self.at = packet;
        }
    }

    fn add(&mut self, at: u64, stretch: Stretch) {
        self.encode_to(at);
        self.at += match &stretch {
            Stretch::Copy { packets, .. } | Stretch::Encode(packets) => packets.end - packets.start,
            Stretch::Silence(count) => *count,
        };
        self.list.push(stretch);
    }
}

/// The format of a film's sound: that of the clips whose packets fill the most of it, so that these are copied; 48 kHz
/// stereo where none can be copied; `None` where no clip has sound.
pub(super) fn format(segments: &[Segment]) -> Option<SoundFormat> {
    let mut has_sound = false;
    let mut copied = Vec::new();
    for segment in segments {
        let Some(audio) = &segment.facts.audio else { continue };
        has_sound = true;
        if audio.codec == "aac" && aac::Config::new(audio.sample_rate, audio.channels).is_some() {
            copied.push((SoundFormat { rate: audio.sample_rate, channels: audio.channels }, segment.length));
        }
    }
    if !has_sound {
        return None;
    }
    let most = most(copied.into_iter(), SoundFormat::eq);
    Some(most.unwrap_or(SoundFormat { rate: SAMPLE_RATE, channels: 2 }))
}
