//! How a film's file counts time.

use crate::units::Rate;

/// Ticks per second of the film's picture track: the smallest doubling of the rate's numerator that is at least
/// 10,000 (the rule ffmpeg's own MP4 muxer follows), so that every frame begins on a whole tick.
#[must_use]
pub fn timescale(rate: Rate) -> u64 {
    let mut scale = u64::from(rate.num);
    while scale < 10_000 {
        scale *= 2;
    }
    scale
}

/// Ticks of [`timescale`] that one frame lasts.
#[must_use]
pub fn ticks_per_frame(rate: Rate) -> u64 {
    timescale(rate) / u64::from(rate.num) * u64::from(rate.den)
}
