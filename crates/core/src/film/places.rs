//! Where the values of a shot stand in the storyboard.

use super::KeyPlaces;
use crate::text::{Problem, Span};

/// Where the values of a shot stand in the storyboard.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShotPlaces {
    pub(super) shot: Span,
    /// All that belongs to the shot.
    pub(super) block: Span,
    /// The values of keys.
    pub(super) keys: KeyPlaces,
}

/// Labels the value's own place, and the shot when the value stands elsewhere (in the defaults or a profile).
pub(super) fn place(problem: Problem, value: Option<Span>, places: &ShotPlaces, label: &str) -> Problem {
    match value {
        None => problem.at(places.shot, label),
        Some(span) if (places.block.start..places.block.end).contains(&span.start) => problem.at(span, label),
        Some(span) => problem.at(span, label).at(places.shot, "for this shot"),
    }
}
