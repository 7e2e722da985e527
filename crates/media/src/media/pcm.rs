//! Arithmetic of decoded sound, apart from what waits for programs and files: samples from -1 to 1, those of all channels
//! by turns.

/// The samples that ffmpeg's format `f32le` spells.
pub(super) fn samples_of(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

/// Samples in ffmpeg's format `f32le`.
pub(super) fn bytes_of(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Adds `samples` to those of `mixed` as far as there are both, each moment as loud as `gain` says of its number.
pub(super) fn add_scaled(mixed: &mut [f32], samples: &[f32], channels: usize, gain: impl Fn(u64) -> f32) {
    let moments = mixed.chunks_exact_mut(channels).zip(samples.chunks_exact(channels));
    for ((sums, samples), moment) in moments.zip(0..) {
        let gain = gain(moment);
        for (sum, sample) in sums.iter_mut().zip(samples) {
            *sum += sample * gain;
        }
    }
}

/// The part of the full loudness at a distance from the silent end of a fade, both in samples.
pub(super) fn ramp(distance: u64, fade: u64) -> f32 {
    if distance < fade { distance as f32 / fade as f32 } else { 1.0 }
}
