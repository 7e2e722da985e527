//! The graph in the language of Graphviz.

use std::fmt::Write as _;

use super::sketch::{GraphNode, LinkReason, ShotKind, Sketch};
use crate::sanitize::clean;

/// Draws `sketch` as a Graphviz digraph with one cluster for each scene.
#[must_use]
pub fn draw(sketch: &Sketch) -> String {
    let title = quoted(&sketch.title);
    let mut dot = format!(
        "digraph {title} {{\n  graph [rankdir=LR, label={title}, labelloc=t, fontname=\"sans-serif\", compound=true]\n  \
         node [fontname=\"sans-serif\", fontsize=11, style=\"rounded,filled\", fillcolor=\"#f4f5fb\", color=\"#5b67d6\"]\n  \
         edge [fontname=\"sans-serif\", fontsize=9, color=\"#7c8696\"]\n"
    );
    for (n, scene) in sketch.scenes().into_iter().enumerate() {
        _ = writeln!(dot, "  subgraph \"cluster_{n}\" {{\n    label={}\n    color=\"#c3c8d2\"", quoted(scene));
        for node in sketch.nodes.iter().filter(|node| node.scene.as_deref() == Some(scene)) {
            _ = writeln!(dot, "    {}", shot(node));
        }
        dot.push_str("  }\n");
    }
    for node in sketch.nodes.iter().filter(|node| node.scene.is_none()) {
        _ = writeln!(dot, "  {}", shot(node));
    }
    for (from, to, reason) in sketch.pairs() {
        let style = match reason {
            LinkReason::LastFrame => "solid",
            LinkReason::FirstFrame | LinkReason::Frame => "dashed",
            LinkReason::Clip => "dotted",
        };
        _ = writeln!(dot, "  \"{}\" -> \"{}\" [label=\"{reason}\", style={style}]", from.id, to.id);
    }
    dot.push_str("}\n");
    dot
}

/// The statement that declares one shot.
fn shot(node: &GraphNode) -> String {
    let look = match node.kind {
        ShotKind::Prompt => "shape=box",
        ShotKind::Card => "shape=note, style=filled, fillcolor=\"#fdf3dc\", color=\"#a8741a\"",
        ShotKind::Still => "shape=tab, style=filled, fillcolor=\"#e2f4f0\", color=\"#1f7d6d\"",
        ShotKind::Footage => "shape=box3d, style=filled, fillcolor=\"#f8e9ef\", color=\"#a4456f\"",
    };
    format!("\"{}\" [label=\"{}\\n{}\", {look}]", node.id, node.id, escaped(&node.caption))
}

/// `text` as a quoted string that Graphviz shows as it stands.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Graphviz reads backslash sequences and HTML entities in labels, quoted or not.
fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::super::sketch::samples;
    use super::*;

    #[test]
    fn a_small_film_in_clusters() {
        let drawn = draw(&samples::keeper());
        let body: Vec<&str> = drawn.lines().skip(4).collect();
        assert_eq!(
            body.join("\n"),
            r##"  subgraph "cluster_0" {
    label="Harbour"
    color="#c3c8d2"
    "dawn" [label="dawn\ntext · 6 s", shape=box]
    "climb" [label="climb\nfirst frame · 5 s", shape=box]
  }
  subgraph "cluster_1" {
    label="Village"
    color="#c3c8d2"
    "crowd" [label="crowd\nreference · 5 s", shape=box]
  }
  "credits" [label="credits\ncard · 3 s", shape=note, style=filled, fillcolor="#fdf3dc", color="#a8741a"]
  "dawn" -> "climb" [label="last frame", style=solid]
  "dawn" -> "crowd" [label="clip", style=dotted]
  "climb" -> "crowd" [label="last frame", style=solid]
}"##
        );
    }

    #[test]
    fn text_cannot_end_its_string_or_be_read_as_an_entity() {
        assert_eq!(quoted("\"]; x -> \\N &lt;\n\u{1b}"), r#""\"]; x -> \\N &amp;lt;""#);
        assert!(
            draw(&samples::hostile())
                .lines()
                .all(|line| line.matches('"').count() % 2 == line.matches("\\\"").count() % 2)
        );
    }
}
