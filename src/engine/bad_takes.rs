//! Takes of a shot that a run has had and goes on from.

use storyreel_core::index::TaskId;
use storyreel_core::lock::ClipRecord;
use storyreel_core::units::Digest;

/// The takes of a shot that were judged to be bad.
#[derive(Debug, Default)]
pub(super) struct BadTakes {
    /// The recipe that the storyboard asks for.
    pub(super) asked: Option<Digest>,
    pub(super) takes: Vec<ClipRecord>,
    /// Tasks that wait for the same clip.
    pub(super) waiting: Vec<TaskId>,
}
