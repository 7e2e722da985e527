//! The pictures of a clip, one after another.

use super::picture::{Change, PictureLook, change};
use super::sampled::SampledPicture;

/// The least time between two pictures that are compared, in seconds: every third at 24 frames a second. What moves slowly
/// moves too little from one frame to the next. It is an odd number of frames at 24, 25 and 60 a second, so that frames
/// which differ by turns are seen to differ.
pub const SPACING: f32 = 0.11;

/// What is seen of a clip: some of its pictures, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClipLook {
    pub(super) seen: Vec<Seen>,
    /// The light of the last picture, pixel by pixel.
    last: Vec<u8>,
}

/// One of the pictures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// When it is shown, in seconds from the beginning.
    pub(super) at: f32,
    pub(super) look: PictureLook,
    /// How it differs from the one before; no change for the first.
    pub(super) change: Change,
}

impl ClipLook {
    /// Adds the picture that is shown at `at`, at least [`SPACING`] after the last.
    pub fn add(&mut self, at: f32, picture: SampledPicture<'_>) {
        let change = match self.seen.last() {
            Some(_) => change(&self.last, picture),
            None => Change { mean: 0.0, most: 0.0 },
        };
        self.seen.push(Seen { at, look: PictureLook::of(picture), change });
        self.last.clear();
        self.last.extend_from_slice(picture.luma());
    }
}
