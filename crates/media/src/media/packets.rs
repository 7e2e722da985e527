//! The packets of a stream as ffprobe lists them.

/// The packets of one stream.
#[derive(Default)]
pub(super) struct Packets {
    pub(super) count: u64,
    /// Times of the shown ones.
    pub(super) stamps: Vec<i64>,
    /// When the shown ones are decoded.
    pub(super) decoded: Vec<i64>,
    /// By how much the first one with a time is shown later than it is decoded.
    pub(super) delay: Option<i64>,
    /// When the last one is shown, and its end. One that is shown earlier may seem to last longer: in MP4 files lengths
    /// count from decoding to decoding.
    pub(super) last: Option<i64>,
    pub(super) end: i64,
}

impl Packets {
    /// Some containers say of few pictures when they are shown, and of all when they are decoded: they are shown in the same
    /// rhythm.
    pub(super) fn settle(&mut self) {
        if self.stamps.len() < self.decoded.len() {
            let delay = self.delay.unwrap_or_default();
            self.stamps = self.decoded.iter().map(|time| time + delay).collect();
        }
        self.stamps.sort_unstable();
    }

    /// Ends the last one as soon as most others end: only MP4 says how long it lasts.
    pub(super) fn end_soon(&mut self) {
        if let (Some(last), Some(usual)) = (self.stamps.last(), usual_gap(&self.stamps)) {
            self.end = self.end.min(last + usual);
        }
    }

    /// Where the last one ends at the latest: not all of them say how long they last.
    pub(super) fn reach(&self) -> i64 {
        let mut stamps = self.stamps.clone();
        stamps.sort_unstable();
        let last = self.last.unwrap_or_default();
        self.end.max(last + usual_gap(&stamps).unwrap_or_default())
    }
}

/// The distance of most times from the next.
fn usual_gap(stamps: &[i64]) -> Option<i64> {
    let mut gaps: Vec<i64> = stamps.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}
