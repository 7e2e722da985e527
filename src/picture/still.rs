//! A still image as a shot: it fills the frame and moves slowly, on every frame.

use super::motion::{Sampler, View};
use super::yuv::Picture;
use super::{Reel, Still, plate};
use crate::units::{Rate, Size};

/// How much larger than the frame the picture is kept, so that there is somewhere to move to.
const SPARE: f64 = 0.08;

/// A painted [`Still`].
pub(super) struct StillReel {
    size: Size,
    rate: Rate,
    frames: u64,
    source: Picture,
    views: [View; 2],
    sampler: Sampler,
    shown: Picture,
    /// The frame in `shown`.
    painted: Option<u64>,
}

impl StillReel {
    pub(super) fn new(still: &Still) -> Self {
        let size = still.size;
        let grown = |side: u32| ((f64::from(side) * (1.0 + SPARE) / 2.0).round() as u32 * 2).max(2);
        let large = Size::new(grown(size.width), grown(size.height));
        let image = if still.image.width() == 0 || still.image.height() == 0 {
            super::backdrop::draw(&still.seed, large)
        } else {
            plate::cover(&still.image, large).into_owned()
        };
        Self {
            size,
            rate: still.rate,
            frames: still.frames,
            source: Picture::from_rgb(&image),
            views: views(&still.seed, size, large),
            sampler: Sampler::default(),
            shown: Picture::new(size),
            painted: None,
        }
    }
}

impl Reel for StillReel {
    fn size(&self) -> Size {
        self.size
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    fn frames(&self) -> u64 {
        self.frames
    }

    fn paint(&mut self, n: u64, out: &mut [u8]) {
        if self.painted != Some(n) {
            let last = self.frames.saturating_sub(1);
            let along = if last == 0 { 0.0 } else { n.min(last) as f64 / last as f64 };
            let [from, to] = self.views;
            let between = |a: f64, b: f64| (b - a).mul_add(along, a);
            let view = View { x: between(from.x, to.x), y: between(from.y, to.y), step: between(from.step, to.step) };
            self.sampler.sample(&self.source, view, &mut self.shown);
            self.painted = Some(n);
        }
        self.shown.copy_rows(out, self.size, 0);
    }
}

/// Where the move begins and ends: a push-in, a pull-out, or a pan with a slight push-in.
fn views(seed: &[u8; 32], size: Size, large: Size) -> [View; 2] {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let step = (f64::from(large.width) / width).min(f64::from(large.height) / height);
    // `x` and `y` place the window within the room that is left: 0 at one edge, 1 at the other.
    let view = |step: f64, x: f64, y: f64| View {
        x: (f64::from(large.width) - width * step) * x,
        y: (f64::from(large.height) - height * step) * y,
        step,
    };
    let whole = view(step, 0.5, 0.5);
    let close = view(step / (1.0 + SPARE), 0.5, 0.5);
    let (near, nearer) = (step / (1.0 + 0.75 * SPARE), step / (1.0 + SPARE));
    match seed[0] % 6 {
        0 | 1 => [whole, close],
        2 => [close, whole],
        3 => [view(near, 0.0, 0.5), view(nearer, 1.0, 0.5)],
        4 => [view(near, 1.0, 0.5), view(nearer, 0.0, 0.5)],
        _ => [view(near, 0.5, 1.0), view(nearer, 0.5, 0.0)],
    }
}
