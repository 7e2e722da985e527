//! The animatic of one shot, frame by frame.

use storyreel_core::units::{Rate, Size};

use super::fonts::FontLibrary;
use super::motion::{Sampler, Viewport};
use super::panel::{Panel, PanelLayout};
use super::yuv::YuvPicture;
use super::{BackgroundPlate, PaintedClip, Sheet, bar, plate};

/// How much the picture grows over the shot.
const PUSH_IN: f64 = 0.06;

/// The share of the shot after which the end plate begins to show.
const DISSOLVE_FROM: f64 = 0.6;

/// Shots shorter than this many frames move on every frame: on twos they would hardly move.
const SHORT: u64 = 8;

/// A painted [`Sheet`].
pub(super) struct SheetReel {
    size: Size,
    rate: Rate,
    frames: u64,
    measures: PanelLayout,
    panel: Panel,
    start: YuvPicture,
    end: Option<YuvPicture>,
    /// Whether the picture is that of the shot before. It ends as it begins: a chain of shots would else creep into its
    /// middle, a little further with each.
    returns: bool,
    sampler: Sampler,
    /// The picture area as last painted, and the step it was painted for.
    shown: YuvPicture,
    step: Option<u64>,
}

impl SheetReel {
    pub(super) fn new(fonts: &mut FontLibrary, sheet: &Sheet) -> Self {
        let measures = PanelLayout::of(sheet.size);
        let area = Size::new(sheet.size.width, measures.picture);
        Self {
            size: sheet.size,
            rate: sheet.rate,
            frames: sheet.frames,
            panel: Panel::paint(fonts, sheet, &measures),
            start: plate::lay_out(&sheet.start, &sheet.seed, area, sheet.size),
            end: sheet.end.as_ref().map(|plate| plate::lay_out(plate, &sheet.seed, area, sheet.size)),
            returns: matches!(sheet.start, BackgroundPlate::Handover(_)),
            sampler: Sampler::default(),
            shown: YuvPicture::new(area),
            step: None,
            measures,
        }
    }

    /// Paints the picture area for step `step` of `steps`.
    fn move_to(&mut self, step: u64, steps: u64) {
        let along = if steps == 0 { 0.0 } else { step as f64 / steps as f64 };
        let share = match &self.end {
            // A single frame is its own last frame.
            Some(_) if steps == 0 => 256,
            Some(_) => dissolve(along),
            None => 0,
        };
        if let Some(end) = self.end.as_ref().filter(|_| share == 256) {
            self.shown.clone_from(end);
            return;
        }
        let [luma, ..] = &self.start.planes;
        // The middle of the picture area stays in place, so rows only ever leave downwards, under the panel.
        let grown = if self.returns { there_and_back(along) } else { along };
        let view = if step == 0 || self.returns && step == steps {
            Viewport::WHOLE
        } else {
            Viewport::zoom(luma.width, luma.height, PUSH_IN.mul_add(grown, 1.0))
        };
        self.sampler.sample(&self.start, view, &mut self.shown);
        if let Some(end) = self.end.as_ref().filter(|_| share > 0) {
            self.shown.mix(end, share);
        }
    }
}

impl PaintedClip for SheetReel {
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
        let last = self.frames.saturating_sub(1);
        let n = n.min(last);
        let each = if self.frames < SHORT { 1 } else { 2 };
        let step = n / each;
        if self.step != Some(step) {
            self.move_to(step, last / each);
            self.step = Some(step);
        }
        let top = self.measures.picture as usize;
        self.shown.copy_rows(out, self.size, 0);
        self.panel.ground.copy_rows(out, self.size, top);
        let pages = self.panel.pages.len() as u64;
        let page = (u128::from(n) * u128::from(pages) / u128::from(self.frames.max(1))) as usize;
        if let Some(page) = self.panel.pages.get(page).filter(|_| page > 0) {
            page.copy_rows(out, self.size, top + self.panel.page_top);
        }
        self.panel.clock.show(n, out, self.size, top);
        bar::show(out, self.size, top, bar::height(self.measures.unit), n, self.frames);
    }
}

/// From 0 to 1 and back to 0 while `along` goes from 0 to 1, with no jerk at either end.
fn there_and_back(along: f64) -> f64 {
    (1.0 - (std::f64::consts::TAU * along).cos()) / 2.0
}

/// How much of the end plate shows, 0 to 256, at `along` the shot: 0 to 1. It starts and ends gently.
fn dissolve(along: f64) -> u16 {
    let at = ((along - DISSOLVE_FROM) / (1.0 - DISSOLVE_FROM)).clamp(0.0, 1.0);
    (at * at * 2.0f64.mul_add(-at, 3.0) * 256.0).round() as u16
}
