//! Made clips, good and bad, on which the thresholds of the judge were set and its errors are counted.

mod clips;
mod film;
mod moment;
mod paint;
mod voice;

pub use clips::{Half, Head, MadeClip, clips};
pub use film::{ClipFile, Pictures, make};
pub use moment::Subject;
