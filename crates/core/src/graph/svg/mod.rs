//! The graph as a picture that stands alone: it brings its own colours for light and dark pages, fetches nothing and
//! runs nothing, so it may be embedded in a page or shown by a code host as an image.

mod route;
mod shot;
mod style;

use std::fmt::Write as _;

use super::layout::{self, Layout, Spot};
use super::sketch::{LinkReason, ShotKind, Sketch};
use crate::sanitize::{clean, count, shorten, xml};

/// More columns make a picture too wide to read inside a page.
const MAX_COLS: usize = 5;
/// Pixels round the drawing.
const MARGIN: f64 = 32.0;
/// Pixels between the columns: room for an arrow and its label.
const GAP: f64 = 70.0;
/// Pixels between the rows.
const ROW_GAP: f64 = 22.0;
/// Pixels for title and counts.
const HEAD: f64 = 84.0;
/// Pixels for the legend.
const LEGEND: f64 = 48.0;
/// Arrows that the description for screen readers names one by one; a longer list helps nobody.
const SPOKEN: usize = 60;

/// Draws `sketch` as an SVG document.
#[must_use]
pub fn draw(sketch: &Sketch) -> String {
    let layout = layout::lay(sketch, MAX_COLS);
    let grid = Grid::new(sketch, &layout);
    let title = xml(&sketch.title);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"reel\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<desc>{}</desc>\n<style>{}</style>\n\
         <rect class=\"page\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"14\"/>\n",
        described(sketch),
        style::SHEET,
        grid.width - 1.0,
        grid.height - 1.0,
        w = grid.width,
        h = grid.height,
    );
    head(&mut svg, sketch, &grid);
    let arrows: Vec<_> = sketch.valid_arrows().collect();
    let takers: Vec<usize> = arrows.iter().map(|arrow| arrow.to).collect();
    let arrivals = layout::arrivals(&layout, &takers);
    for (n, line) in route::lines(&grid, &layout, &arrivals, &takers).into_iter().enumerate() {
        let from = &sketch.nodes[arrows[n].from].id;
        let to = &sketch.nodes[arrows[n].to].id;
        line.write(&mut svg, arrows[n].reason, &format!("{to} takes the {} of {from}", arrows[n].reason));
    }
    let scenes = sketch.scenes();
    for (n, (node, spot)) in sketch.nodes.iter().zip(&layout.spots).enumerate() {
        let scene = scenes.iter().position(|&scene| node.scene.as_deref() == Some(scene));
        shot::write(&mut svg, &grid, n, node, scene, grid.corner(*spot));
    }
    legend(&mut svg, sketch, &grid);
    svg.push_str("</svg>\n");
    svg
}

/// Pixels for the columns and rows of a layout.
struct Grid {
    /// Height of a shot.
    shot: f64,
    width: f64,
    height: f64,
}

impl Grid {
    fn new(sketch: &Sketch, layout: &Layout) -> Self {
        let shot = if sketch.nodes.iter().any(|node| node.scene.is_some()) { 70.0 } else { 54.0 };
        // The legend of a film of one shot is wider than the shot.
        let cols = layout.cols.max(3) as f64;
        let width = 2.0 * MARGIN + cols * (shot::WIDTH + GAP) - GAP;
        let rows = layout.rows * (shot + ROW_GAP) - ROW_GAP;
        Self { shot, width, height: (HEAD + rows.max(0.0) + LEGEND + MARGIN).round() }
    }

    /// Upper left corner of a shot.
    fn corner(&self, spot: Spot) -> (f64, f64) {
        (Self::left(spot), (self.middle(spot.row) - self.shot / 2.0).round())
    }

    fn left(spot: Spot) -> f64 {
        MARGIN + spot.col as f64 * (shot::WIDTH + GAP)
    }

    fn right(spot: Spot) -> f64 {
        Self::left(spot) + shot::WIDTH
    }

    /// The height at which the middle of `row` is drawn.
    fn middle(&self, row: f64) -> f64 {
        (HEAD + row * (self.shot + ROW_GAP) - ROW_GAP / 2.0).round()
    }
}

/// What a screen reader says after the title.
fn described(sketch: &Sketch) -> String {
    let mut said = format!("{} in film order", count(sketch.nodes.len(), "shot"));
    let links: Vec<String> =
        sketch.pairs().map(|(from, to, reason)| format!("{} takes the {reason} of {}", to.id, from.id)).collect();
    let joint = if links.is_empty() { ", none needs another" } else { ". " };
    _ = write!(said, "{joint}{}", links[..links.len().min(SPOKEN)].join("; "));
    if links.len() > SPOKEN {
        _ = write!(said, "; and {} more", links.len() - SPOKEN);
    }
    said.push('.');
    xml(&said)
}

/// Title and counts.
fn head(svg: &mut String, sketch: &Sketch, grid: &Grid) {
    let columns = ((grid.width - 2.0 * MARGIN) / 13.5) as usize;
    let title = xml(&shorten(&clean(&sketch.title), columns));
    let links = sketch.valid_arrows().count();
    _ = writeln!(
        svg,
        "<text class=\"head\" x=\"{MARGIN}\" y=\"42\">{title}</text>\n<text class=\"muted\" x=\"{MARGIN}\" y=\"62\">{}, {}</text>",
        count(sketch.nodes.len(), "shot"),
        count(links, "link"),
    );
}

/// The kinds of shots and arrows that this drawing uses.
fn legend(svg: &mut String, sketch: &Sketch, grid: &Grid) {
    let y = grid.height - MARGIN + 2.0;
    let mut x = MARGIN;
    for kind in [ShotKind::Prompt, ShotKind::Card, ShotKind::Still, ShotKind::Footage] {
        if sketch.nodes.iter().any(|node| node.kind == kind) {
            let (class, word) = shot::names(kind);
            _ = write!(
                svg,
                "<g class=\"{class}\" transform=\"translate({} {})\">{}</g>",
                x + 3.0,
                y - 13.0,
                shot::icon(kind)
            );
            _ = writeln!(svg, "<text class=\"muted\" x=\"{}\" y=\"{y}\">{word}</text>", x + 30.0);
            x += 54.0 + 6.6 * word.len() as f64;
        }
    }
    let mut end = grid.width - MARGIN;
    for reason in [LinkReason::Clip, LinkReason::FirstFrame, LinkReason::LastFrame] {
        if sketch.valid_arrows().any(|arrow| arrow.reason == reason) {
            let word = reason.to_string();
            let wide = 6.2 * word.len() as f64;
            let text = end - wide;
            _ = writeln!(svg, "<text class=\"muted\" x=\"{text:.0}\" y=\"{y}\">{word}</text>");
            let class = route::class(reason);
            _ = writeln!(svg, "<path class=\"line {class}\" d=\"M{:.0} {}h26\"/>", text - 34.0, y - 4.0);
            end = text - 54.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::samples;
    use super::*;

    #[test]
    fn a_shot_an_arrow_and_the_legend_of_what_is_used() {
        let drawn = draw(&samples::keeper());
        assert!(drawn.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"reel\" width="));
        for part in [
            "<title>The Keeper</title>",
            "<desc>4 shots in film order. climb takes the last frame of dawn; crowd takes the clip of dawn; \
             crowd takes the last frame of climb.</desc>",
            ">first frame · 5 s</text>",
            ">Village</text>",
            ">4 shots, 3 links</text>",
            "<path class=\"line clip\"",
            ">card</text>",
        ] {
            assert!(drawn.contains(part), "{part} in {drawn}");
        }
        assert!(!drawn.contains(">still</text>"));
        assert!(!drawn.contains("class=\"line first\""));
        assert_eq!(drawn, draw(&samples::keeper()));
    }

    #[test]
    fn hostile_text_stays_text() {
        let drawn = draw(&samples::hostile());
        well_formed(&drawn);
        assert!(!drawn.contains("<script"));
        assert!(!drawn.chars().any(|c| c != '\n' && crate::sanitize::is_steering(c)));
        well_formed(&draw(&samples::keeper()));
        well_formed(&draw(&samples::sketch("", &[], &[])));
    }

    #[test]
    fn a_long_film_grows_down_and_not_across() {
        let ids: Vec<String> = (0..150).map(|n| format!("shot-{n}")).collect();
        let shots: Vec<_> = ids.iter().map(|id| (id.as_str(), "", ShotKind::Prompt, "")).collect();
        let arrows: Vec<_> = (1..150).map(|n| (n - 1, n, LinkReason::LastFrame)).collect();
        let sketch = samples::sketch("long", &shots, &arrows);
        let grid = Grid::new(&sketch, &layout::lay(&sketch, MAX_COLS));
        assert!(grid.width < 1300.0 && grid.height > 2000.0);
        assert!(draw(&sketch).contains("; and 89 more.</desc>"));
    }

    /// Every tag is closed in order, every attribute is quoted, every `&` begins a known entity.
    fn well_formed(document: &str) {
        let mut open = Vec::new();
        for piece in document.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').expect("a tag ends");
            assert!(!text.contains('>') || open.last() == Some(&"style"), "{piece}");
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            for entity in piece.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| entity.starts_with(name));
                assert!(known, "{entity}");
            }
            let name = tag.split(' ').next().unwrap_or_default();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}
