//! How good a clip is that has just arrived, before anything that starts on it is ordered.

use std::path::Path;

use storyreel_core::clip::ClipFacts;
use storyreel_core::event::Event;
use storyreel_core::job::Intent;
use storyreel_core::sanitize::chain;
use storyreel_media::media::{JudgedAgainst, MediaError};
use storyreel_quality::ClipScore;

use super::worker_context::WorkerContext;

/// Decodes a clip from end to end and gives its score. One that decodes and cannot be judged has none; it is used all the
/// same, because it is paid.
pub(super) async fn clip_score(
    context: &WorkerContext,
    intent: &Intent,
    asked_sound: bool,
    facts: &ClipFacts,
    file: &Path,
) -> Result<Option<ClipScore>, MediaError> {
    let store = &context.store;
    let first_frame = intent.first_frame.and_then(|frame| store.check(&frame).ok());
    let head = intent.head.and_then(|clip| store.check(&clip).ok());
    let against = JudgedAgainst {
        sound: asked_sound,
        speech: asked_sound && intent.speaks,
        first_frame: first_frame.as_deref(),
        head: head.as_deref(),
    };
    let ffmpeg = context.studio.ffmpeg();
    let error = match ffmpeg.judge(file, facts, &against).await {
        Ok(score) => return Ok(Some(score)),
        Err(error) => error,
    };
    // The clip may be whole, and what it is compared with may not.
    ffmpeg.verify_decodes(file).await?;
    let message = format!("{}: its clip could not be judged: {}", intent.shot, chain(&error));
    context.messenger.say(Event::Warned { message });
    Ok(None)
}
