//! Exact frames of clips, cut once and kept in the store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use storyreel_core::lock::ClipRecord;
use storyreel_core::units::Digest;
use storyreel_media::media::Ffmpeg;

use super::failure::ShotFailure;
use crate::store::Store;

/// The frame that a clip hands on, as PNG: its exact last one, or that of an earlier take. From the store, or cut now where
/// it is missing or damaged.
pub(super) async fn last_frame(
    ffmpeg: &Ffmpeg,
    store: &Store,
    work: &Path,
    record: &ClipRecord,
) -> Result<Digest, ShotFailure> {
    if let Some(digest) = record.last_frame.filter(|digest| store.check(digest).is_ok()) {
        return Ok(digest);
    }
    let clip = record.hands_on();
    let file = store.check(&clip)?;
    let png = work.join(format!("{}.last.png", clip.hex()));
    if clip == record.clip {
        ffmpeg.last_frame(&file, &record.facts, &png).await?;
    } else {
        ffmpeg.last_frame(&file, &ffmpeg.probe(&file).await?, &png).await?;
    }
    Ok(store.adopt(&png)?)
}

/// The exact first frame of a clip as PNG, cut into the workspace.
pub(super) async fn first_frame(
    ffmpeg: &Ffmpeg,
    store: &Store,
    work: &Path,
    record: &ClipRecord,
) -> Result<PathBuf, ShotFailure> {
    let png = work.join(format!("{}.first.png", record.clip.hex()));
    ffmpeg.first_frame(&store.check(&record.clip)?, &png).await?;
    Ok(store.object(&store.adopt(&png)?))
}

/// The frame of a clip that is shown at a time from its beginning, as PNG: the last one where the clip is over by then.
pub(super) async fn frame_at(
    ffmpeg: &Ffmpeg,
    store: &Store,
    work: &Path,
    record: &ClipRecord,
    at: Duration,
) -> Result<PathBuf, ShotFailure> {
    let video = &record.facts.video;
    let frame = (at.as_secs_f64() / video.rate.seconds(1) + 1e-6) as u64;
    let frame = frame.min(video.frames.saturating_sub(1));
    let png = work.join(format!("{}.{frame}.png", record.clip.hex()));
    ffmpeg.numbered_frame(&store.check(&record.clip)?, frame, &png).await?;
    Ok(store.object(&store.adopt(&png)?))
}
