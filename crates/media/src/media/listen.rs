//! What is heard at the seams of a film, decoded from the file that was written.

use std::path::Path;

use storyreel_core::timeline::seam::{AROUND, Heard, hear};
use storyreel_core::timeline::sound::SoundPlan;
use storyreel_core::timeline::{Join, Timeline};
use storyreel_mp4::aac::PACKET;

use super::excerpts::{DecoderProcess, Excerpts};
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// A seam whose sound waits to be decoded.
struct SoundingSeam {
    /// The place of the later segment.
    segment: usize,
    /// How many packets around it are decoded.
    packets: u64,
    /// The sample of the join among what they yield.
    join: u64,
}

/// Listens to every seam of the film in `file` at which it has sound, with one child for all: the place of the later
/// segment, and what is heard. Nothing is heard without a plan.
pub(super) async fn listen(
    ffmpeg: &Ffmpeg,
    file: &Path,
    timeline: &Timeline,
    plan: Option<&SoundPlan>,
    work: &Path,
) -> Result<Vec<(usize, Heard)>, MediaError> {
    let Some(plan) = plan else { return Ok(Vec::new()) };
    let rate = u64::from(plan.format.rate);
    let around = (rate as f64 * AROUND) as u64;
    let mut excerpts = Excerpts::new(&work.join("seams.aac"), plan.format)?;
    let mut seams = Vec::new();
    let mut film = None;
    for (n, segment) in timeline.segments.iter().enumerate() {
        let join = timeline.rate.ticks(segment.at, rate);
        let heard = join.saturating_sub(around)..(join + around).min(plan.length);
        let sounds = plan.parts.iter().any(|part| part.heard.start < heard.end && heard.start < part.heard.end);
        if !matches!(segment.join, Join::Chained { .. }) || !sounds {
            continue;
        }
        let film = match &mut film {
            Some(film) => film,
            none => none.insert(ClipSource::open(file)?),
        };
        // Packet k yields block k - 1, once the one before it has set the decoder up.
        let first = heard.start / PACKET;
        let packets = first..(heard.end.div_ceil(PACKET) + 1).min(film.packets().len() as u64);
        excerpts.add(film, &packets)?;
        let join = join - first * PACKET;
        seams.push(SoundingSeam { segment: n, packets: packets.end - packets.start, join });
    }
    excerpts.finish()?;
    if seams.is_empty() { Ok(Vec::new()) } else { hear_all(excerpts.decode(ffmpeg, 1)?, &seams, plan).await }
}

/// What is heard at each of `seams`, whose samples `decoder` yields in turn.
async fn hear_all(
    mut decoder: DecoderProcess,
    seams: &[SoundingSeam],
    plan: &SoundPlan,
) -> Result<Vec<(usize, Heard)>, MediaError> {
    let rate = plan.format.rate;
    let mut found = Vec::new();
    for seam in seams {
        let count = (seam.packets * PACKET) as usize;
        let samples = decoder.read(count).await?;
        if samples.len() < count {
            return Err(decoder.fault().await);
        }
        let part = plan.parts.iter().find(|part| part.segment == seam.segment);
        let late = part.map_or(0, |part| part.late) as f32 * 1000.0 / rate as f32;
        let heard = hear(&samples[PACKET as usize..], seam.join as usize, rate, late);
        found.push((seam.segment, heard));
    }
    Ok(found)
}
