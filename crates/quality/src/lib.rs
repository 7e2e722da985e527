//! How good a clip is: what is wrong with it, where and how much, from small pictures of it and the levels of its sound.
//!
//! A clip is judged before anything that starts on it is ordered, so what is measured must be cheap: every column of a few
//! rows of some of its pictures, which shows detail and grain as they are, and the loudness of every fiftieth of a second.
//! Each measure stands in a module of its own with its source and its thresholds; `docs/quality.md` has the clips on which
//! they were set, and how often they err. What a storyboard asked a picture to show is not known here: a fade to black, a
//! strobe or a night are no faults.

mod bars;
mod black;
mod blur;
mod cut;
mod detail;
mod drift;
mod fault;
mod flicker;
mod frozen;
mod judge;
mod kind;
mod picture;
mod sampled;
mod series;
mod similar;
mod sound;
#[cfg(test)]
mod tests;
mod text;

pub use fault::ClipFault;
pub use judge::{ClipMeasures, judge};
pub use kind::FaultKind;
pub use picture::PictureLook;
pub use sampled::{ROWS, SampledPicture};
pub use series::{ClipLook, SPACING};
pub use sound::SoundLevels;
pub use text::{BadScore, described};

/// How good a clip is.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipScore {
    /// From 0 to 100; 100 is a clip without fault.
    pub total: u8,
    /// What is wrong with it.
    pub faults: Vec<ClipFault>,
}
