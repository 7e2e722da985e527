//! The arrows of the picture: curves from the right side of the giving shot to the left side of the taking one.

use std::fmt::Write as _;

use super::super::layout::{Layout, Route};
use super::super::sketch::LinkReason;
use super::{GAP, Grid, shot};

/// Length of an arrowhead in pixels.
const TIP: f64 = 7.0;

/// A drawn arrow.
pub(super) struct DrawnArrow {
    path: String,
    /// Where the arrowhead ends.
    end: (f64, f64),
    /// The middle of its label.
    label: (f64, f64),
}

/// The drawn arrows in the order of the sketch. `arrivals` lists for each shot the arrows that reach it.
pub(super) fn lines(grid: &Grid, layout: &Layout, arrivals: &[Vec<usize>], takers: &[usize]) -> Vec<DrawnArrow> {
    let mut lines = Vec::with_capacity(layout.routes.len());
    for route in &layout.routes {
        let near = &arrivals[takers[route.arrow]];
        let rank = near.iter().position(|&arrow| arrow == route.arrow).unwrap_or(0) as f64;
        let step = (grid.shot - 24.0) / near.len() as f64;
        let port = (rank - (near.len() - 1) as f64 / 2.0) * step.min(14.0);
        lines.push(line(grid, route, port));
    }
    lines
}

/// Draws one arrow that arrives `port` pixels below the middle of its shot.
fn line(grid: &Grid, route: &Route, port: f64) -> DrawnArrow {
    let last = route.stops.len() - 2;
    let start = route.stops[0].spot;
    let mut path = format!("M{} {}", Grid::right(start), grid.middle(start.row));
    let mut label = (0.0, 0.0);
    let mut end = (0.0, 0.0);
    for (n, step) in route.stops.windows(2).enumerate() {
        let a = step[0].spot;
        let b = step[1].spot;
        let from = (Grid::right(a), grid.middle(a.row));
        let to = (Grid::left(b), grid.middle(b.row) + if n == last { port.round() } else { 0.0 });
        let stop = (if n == last { to.0 - TIP + 1.0 } else { to.0 }, to.1);
        if let Some(turn) = step[1].turn {
            let back = grid.middle(turn.row);
            fold(&mut path, from, stop, back, turn.rank as f64 * 5.0);
            label = (to.0 + shot::WIDTH / 2.0, back + 3.5);
        } else {
            let bend = GAP / 2.0;
            _ = write!(path, "C{} {} {} {} {} {}", from.0 + bend, from.1, to.0 - bend, to.1, stop.0, stop.1);
            // On a nearly level line the label stands above it, on a slope in the middle of it.
            let level = (from.1 - to.1).abs() < 16.0;
            let y = if level { from.1.min(to.1) - 5.0 } else { f64::midpoint(from.1, to.1) + 3.5 };
            label = (f64::midpoint(from.0, to.0) - TIP / 2.0, y);
        }
        if n < last {
            _ = write!(path, "H{}", Grid::right(b));
        }
        end = to;
    }
    DrawnArrow { path, end, label }
}

/// Leads the line round: out to the right, back through the height `turn`, in from the left.
fn fold(path: &mut String, from: (f64, f64), to: (f64, f64), turn: f64, out: f64) {
    let r = 9.0;
    let right = from.0 + 10.0 + out.min(14.0);
    let left = to.0 - 8.0 - out.min(10.0);
    _ = write!(path, "H{}q{r} 0 {r} {r}V{}", right - r, turn - r);
    _ = write!(path, "q0 {r} -{r} {r}H{}q-{r} 0 -{r} {r}V{}", left + r, to.1 - r);
    _ = write!(path, "q0 {r} {r} {r}H{}", to.0);
}

impl DrawnArrow {
    /// Writes the line, its head and its label.
    pub(super) fn write(&self, svg: &mut String, reason: LinkReason, words: &str) {
        let (x, y) = self.end;
        let (lx, ly) = self.label;
        _ = writeln!(
            svg,
            "<g><title>{words}</title><path class=\"line {}\" d=\"{}\"/><path class=\"tip\" d=\"M{x} {y}l-{TIP} -4v8z\"/>\
             <text class=\"why\" x=\"{lx}\" y=\"{ly}\" text-anchor=\"middle\">{reason}</text></g>",
            class(reason),
            self.path,
        );
    }
}

/// The class of lines for a reason.
pub(super) const fn class(reason: LinkReason) -> &'static str {
    match reason {
        LinkReason::LastFrame => "last",
        LinkReason::FirstFrame | LinkReason::Frame => "first",
        LinkReason::Clip => "clip",
    }
}
