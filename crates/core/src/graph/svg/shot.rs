//! One shot of the picture: a box whose outline and icon show what the shot is made of.

use std::fmt::Write as _;

use super::super::sketch::{GraphNode, ShotKind};
use super::{Grid, style};
use crate::sanitize::{clean, shorten, xml};

/// Pixels across a shot.
pub(super) const WIDTH: f64 = 180.0;
/// Pixels from the left edge to the text.
const TEXT: f64 = 43.0;

/// Writes shot `n` of the film with its upper left corner at `corner`.
pub(super) fn write(
    svg: &mut String,
    grid: &Grid,
    n: usize,
    node: &GraphNode,
    scene: Option<usize>,
    corner: (f64, f64),
) {
    let (class, word) = names(node.kind);
    let height = grid.shot;
    let (x, y) = corner;
    let place = node.scene.as_deref().map_or(String::new(), |scene| format!(", {}", xml(scene)));
    _ = writeln!(
        svg,
        "<g class=\"{class}\" transform=\"translate({x} {y})\"><title>{}: {word}, {}{place}</title>{}",
        node.id,
        xml(&node.caption),
        outline(node.kind, height),
    );
    _ = write!(svg, "<g transform=\"translate(13 {})\">{}</g>", height / 2.0 - 9.0, icon(node.kind));
    let rows = if scene.is_some() { 3.0 } else { 2.0 };
    let first = height / 2.0 - rows * 8.0 + 12.0;
    let id = xml(&shorten(node.id.as_str(), 15));
    _ = write!(svg, "<text class=\"id\" x=\"{TEXT}\" y=\"{first}\">{id}</text>");
    _ = write!(svg, "<text class=\"no\" x=\"{}\" y=\"15\">{}</text>", WIDTH - 9.0, n + 1);
    let caption = xml(&shorten(&clean(&node.caption), 22));
    _ = write!(svg, "<text class=\"caption\" x=\"{TEXT}\" y=\"{}\">{caption}</text>", first + 16.0);
    if let (Some(scene), Some(name)) = (scene, &node.scene) {
        let name = xml(&shorten(&clean(name), 19));
        let colour = scene % style::SCENE_COLOURS;
        _ = write!(svg, "<text class=\"scene s{colour}\" x=\"{TEXT}\" y=\"{}\">{name}</text>", first + 32.0);
    }
    svg.push_str("</g>\n");
}

/// Class and word for a kind.
pub(super) const fn names(kind: ShotKind) -> (&'static str, &'static str) {
    match kind {
        ShotKind::Prompt => ("prompt", "prompt"),
        ShotKind::Card => ("card", "card"),
        ShotKind::Still => ("still", "still"),
        ShotKind::Footage => ("footage", "footage"),
    }
}

fn rectangle(height: f64, radius: u32) -> String {
    format!("<rect class=\"box\" width=\"{WIDTH}\" height=\"{height}\" rx=\"{radius}\"/>")
}

/// The box: round for a prompt, square for a card, with a folded corner for a still, perforated for footage.
fn outline(kind: ShotKind, height: f64) -> String {
    match kind {
        ShotKind::Prompt => rectangle(height, 13),
        ShotKind::Card => {
            let w = WIDTH - 6.0;
            let h = height - 6.0;
            rectangle(height, 3)
                + &format!("<rect class=\"box\" x=\"3\" y=\"3\" width=\"{w}\" height=\"{h}\" rx=\"1\"/>")
        }
        ShotKind::Still => {
            let edge = WIDTH - 14.0;
            let across = WIDTH - 19.0;
            let down = height - 14.0;
            format!(
                "<path class=\"box\" d=\"M5 0h{across}a5 5 0 0 1 5 5v{}l-14 14H5a5 5 0 0 1-5-5V5a5 5 0 0 1 5-5z\" \
                 transform=\"translate(0 0)\"/><path class=\"tint\" d=\"M{edge} {height}v-9a5 5 0 0 1 5-5h9z\"/>",
                down - 5.0,
                across = across + 9.0,
            )
        }
        ShotKind::Footage => {
            let mut holes = String::new();
            let mut x = 10.0;
            while x < WIDTH - 12.0 {
                _ = write!(holes, "M{x} 3.5h5v3h-5zM{x} {}h5v3h-5z", height - 6.5);
                x += 11.0;
            }
            rectangle(height, 4) + &format!("<path class=\"tint\" d=\"{holes}\"/>")
        }
    }
}

/// An icon of 18 by 18 pixels.
pub(super) const fn icon(kind: ShotKind) -> &'static str {
    match kind {
        ShotKind::Prompt => {
            "<rect class=\"tint\" x=\"-3\" y=\"-3\" width=\"24\" height=\"24\" rx=\"7\"/>\
             <path class=\"mark\" d=\"M9 2.5c.7 4 2.5 5.8 6.5 6.5c-4 .7-5.8 2.5-6.5 6.5c-.7-4-2.5-5.8-6.5-6.5c4-.7 5.8-2.5 6.5-6.5z\"/>"
        }
        ShotKind::Card => {
            "<rect class=\"tint\" x=\"-3\" y=\"-3\" width=\"24\" height=\"24\" rx=\"7\"/>\
             <path class=\"mark\" d=\"M4 6V3.5h10V6M9 3.5V14.5M6.5 14.5h5\"/>"
        }
        ShotKind::Still => {
            "<rect class=\"tint\" x=\"-3\" y=\"-3\" width=\"24\" height=\"24\" rx=\"7\"/>\
             <path class=\"mark\" d=\"M2 3h14v12H2zM2 12l4-4 4 4 2.5-2.5L16 13M11.5 6.3h.1\"/>"
        }
        ShotKind::Footage => {
            "<rect class=\"tint\" x=\"-3\" y=\"-3\" width=\"24\" height=\"24\" rx=\"7\"/>\
             <path class=\"mark\" d=\"M2 3h14v12H2zM7.5 6.5v5l4-2.5z\"/>"
        }
    }
}
