//! Made clips, good and bad, on which the thresholds of the judge were set and its errors are counted.

pub(crate) mod clips;
pub(crate) mod film;
pub(crate) mod moment;
pub(crate) mod paint;
pub(crate) mod voice;
