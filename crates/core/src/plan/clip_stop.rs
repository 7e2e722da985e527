//! Clips that are there, and from which nothing goes on.

use std::fmt;

use crate::film::{Make, Shot};
use crate::lock::ClipRecord;
use crate::provider::FirstFrame;
use crate::sanitize::clean;
use crate::storyboard::OnBad;
use storyreel_quality::described;

/// What is said of a clip that begins with another picture than it was given.
pub const FIRST_FRAME_DIFFERS: &str = "its first frame is not the given picture";

/// Why nothing goes on from a clip, which is kept as a take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipStop {
    /// The service did not pass its first frame on, in these words.
    FrameDropped(String),
    /// It is judged to be bad, and the storyboard says to stop then: its score, with what was found.
    Bad(String),
}

impl ClipStop {
    /// Why nothing goes on from the clip that a shot has.
    #[must_use]
    pub fn of(shot: &Shot, record: &ClipRecord) -> Option<Self> {
        if let Some(dropped) = Self::dropped_frame(shot, record) {
            return Some(dropped);
        }
        let policy = shot.quality;
        let is_stopping = policy.on_bad == OnBad::Stop && policy.is_bad(record.score()) && record.task.is_some();
        is_stopping.then(|| Self::bad(record))
    }

    /// A gateway or server may drop a first frame without a word, and then each further shot of the chain would be paid for
    /// a picture that it does not begin with. A shot that is frozen is accepted as it is.
    #[must_use]
    pub fn dropped_frame(shot: &Shot, record: &ClipRecord) -> Option<Self> {
        let Make::Prompt(render) = &shot.make else { return None };
        if render.provider.first_frame != FirstFrame::Passed || shot.frozen {
            return None;
        }
        let all = record.differs.as_deref()?;
        let differs = all.split("; ").find(|words| words.starts_with(FIRST_FRAME_DIFFERS))?;
        let way = if render.provider.takes_form {
            "set `frames` of the provider as its gateway wants them, and take the shot again"
        } else {
            "use a model that starts from pictures"
        };
        let id = render.provider.id;
        let words =
            format!("`{id}` did not pass the first frame on: {differs}; {way}, or keep the clip with `frozen: true`");
        Some(Self::FrameDropped(words))
    }

    /// That a clip is bad.
    #[must_use]
    pub fn bad(record: &ClipRecord) -> Self {
        Self::Bad(clean(&described(record.quality.as_deref().unwrap_or_default())))
    }
}

impl fmt::Display for ClipStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FrameDropped(words) => write!(f, "{words}; nothing goes on from the clip, which is kept as a take"),
            Self::Bad(score) => write!(
                f,
                "its clip is bad: it scores {score}; it is kept as a take: take the shot again, choose another take, or set \
                 `quality: {{on_bad: keep}}`"
            ),
        }
    }
}
