//! What most of a film is.

/// The kind that has the most frames, as the first of its kind stands for it. The earliest kind wins a tie, so that the
/// choice does not depend on the order of comparison.
pub fn most<T>(values: impl Iterator<Item = (T, u64)>, same: impl Fn(&T, &T) -> bool) -> Option<T> {
    let mut kinds: Vec<(T, u64)> = Vec::new();
    for (value, frames) in values {
        match kinds.iter_mut().find(|(known, _)| same(known, &value)) {
            Some((_, sum)) => *sum += frames,
            None => kinds.push((value, frames)),
        }
    }
    kinds.into_iter().rev().max_by_key(|(_, frames)| *frames).map(|(value, _)| value)
}
