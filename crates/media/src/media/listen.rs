//! What is heard at the seams of a film, decoded from the file that was written.

use std::path::Path;

use storyreel_core::timeline::seam::{AROUND, Heard, hear};
use storyreel_core::timeline::sound::SoundPlan;
use storyreel_core::timeline::{Join, Timeline};
use storyreel_mp4::aac::PACKET;

use super::excerpts::Excerpts;
use super::source::ClipSource;
use super::{Ffmpeg, MediaError};

/// Listens to every seam of the film in `file` at which it has sound, with one child for all: the place of the later
/// segment, and what is heard.
pub(super) async fn listen(
    ffmpeg: &Ffmpeg,
    file: &Path,
    timeline: &Timeline,
    plan: &SoundPlan,
    work: &Path,
) -> Result<Vec<(usize, Heard)>, MediaError> {
    let rate = plan.format.rate;
    let around = (f64::from(rate) * AROUND) as u64;
    let mut excerpts = Excerpts::new(&work.join("seams.aac"), plan.format)?;
    let mut seams = Vec::new();
    let mut film = None;
    for (n, segment) in timeline.segments.iter().enumerate() {
        let join = timeline.rate.ticks(segment.at, u64::from(rate));
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
        seams.push((n, packets.end - packets.start, join - first * PACKET));
    }
    excerpts.finish()?;
    if seams.is_empty() {
        return Ok(Vec::new());
    }
    let mut decoder = excerpts.decode(ffmpeg, 1)?;
    let mut found = Vec::new();
    for (n, packets, join) in seams {
        let count = (packets * PACKET) as usize;
        let samples = decoder.read(count).await?;
        if samples.len() < count {
            return Err(decoder.fault().await);
        }
        let late = plan.parts.iter().find(|part| part.segment == n).map_or(0, |part| part.late);
        let late = late as f32 * 1000.0 / rate as f32;
        found.push((n, hear(&samples[PACKET as usize..], join as usize, rate, late)));
    }
    Ok(found)
}
