//! What shots need of each other.

use std::fmt;

use crate::index::ShotIndex;
use crate::text::Span;

/// One dependency, and the place in the storyboard that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Index of the shot that gives.
    pub from: ShotIndex,
    /// Index of the shot that takes.
    pub to: ShotIndex,
    /// What is handed on.
    pub reason: LinkReason,
    /// The place that says so.
    pub span: Span,
}

/// Why a shot needs another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkReason {
    /// It starts, ends or leans on the other's last frame.
    LastFrame,
    /// It starts, ends or leans on the other's first frame.
    FirstFrame,
    /// It starts, ends or leans on another frame of the other.
    Frame,
    /// It takes the other's whole clip as a reference.
    Clip,
}

impl fmt::Display for LinkReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastFrame => "last frame",
            Self::FirstFrame => "first frame",
            Self::Frame => "frame",
            Self::Clip => "clip",
        })
    }
}
