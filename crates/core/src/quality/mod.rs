//! Quality.
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
mod series;
mod similar;
mod sound;

pub use fault::ClipFault;
pub use judge::{ClipMeasures, judge};
pub use kind::FaultKind;
pub use picture::{PictureLook, ROWS, SampledPicture};
pub use series::ClipLook;
pub use sound::SoundLevels;

/// How good a clip is.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipScore {
    /// From 0 to 100; 100 is a clip without fault.
    pub total: u8,
    /// What is wrong with it.
    pub faults: Vec<ClipFault>,
}
