//! How good a clip is that has just arrived, before anything that starts on it is ordered.

use std::path::Path;

use storyreel_core::clip::ClipFacts;
use storyreel_core::event::Event;
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::chain;
use storyreel_media::media::JudgedAgainst;

use super::message::Attempt;
use super::worker_context::WorkerContext;

/// The score of a clip with what was found, as it stands in the lock. A clip that cannot be judged is used all the same:
/// it is paid.
pub(super) async fn clip_score(
    context: &WorkerContext,
    recipe: &Recipe,
    attempt: &Attempt,
    facts: &ClipFacts,
    file: &Path,
) -> Option<String> {
    let store = &context.store;
    let sound = recipe.get("audio") == Some("true");
    let first_frame = attempt.intent.first_frame.and_then(|frame| store.check(&frame).ok());
    let head = attempt.intent.head.and_then(|clip| store.check(&clip).ok());
    let against = JudgedAgainst {
        sound,
        speech: sound && attempt.intent.speaks,
        first_frame: first_frame.as_deref(),
        head: head.as_deref(),
    };
    match context.studio.ffmpeg().judge(file, facts, &against).await {
        Ok(score) => Some(score.to_string()),
        Err(error) => {
            let message = format!("{}: its clip could not be judged: {}", attempt.intent.shot, chain(&error));
            context.messenger.say(Event::Warned { message });
            None
        }
    }
}
