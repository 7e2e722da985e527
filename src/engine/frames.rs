//! The exact first and last frames of clips, cut once and kept in the store.

use std::path::{Path, PathBuf};

use storyreel_core::lock::ClipRecord;
use storyreel_core::units::Digest;
use storyreel_media::media::Ffmpeg;

use super::failure::ShotFailure;
use crate::store::Store;

/// The exact last frame of a clip as PNG: from the store, or cut now where it is missing or damaged.
pub(super) async fn last_frame(
    ffmpeg: &Ffmpeg,
    store: &Store,
    work: &Path,
    record: &ClipRecord,
) -> Result<Digest, ShotFailure> {
    if let Some(digest) = record.last_frame.filter(|digest| store.check(digest).is_ok()) {
        return Ok(digest);
    }
    let png = work.join(format!("{}.last.png", record.clip.hex()));
    ffmpeg.last_frame(&store.check(&record.clip)?, &record.facts, &png).await?;
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
