//! The graph as a Mermaid flowchart, which code hosts draw inside Markdown.

use std::fmt::Write as _;

use super::sketch::{GraphNode, LinkReason, ShotKind, Sketch};
use crate::sanitize::clean;

/// Draws `sketch` as a Mermaid flowchart with one subgraph for each scene.
///
/// Shots are called `n0`, `n1` and so on in film order: a shot id may be a word of the language, such as `end`.
#[must_use]
pub fn draw(sketch: &Sketch) -> String {
    let mut chart = format!("---\ntitle: {}\n---\nflowchart LR\n", yaml(&sketch.title));
    let numbered: Vec<(usize, &GraphNode)> = sketch.nodes.iter().enumerate().collect();
    for (s, scene) in sketch.scenes().into_iter().enumerate() {
        _ = writeln!(chart, "  subgraph s{s}[\"{}\"]", escaped(scene));
        for (n, node) in numbered.iter().filter(|(_, node)| node.scene.as_deref() == Some(scene)) {
            _ = writeln!(chart, "    {}", shot(*n, node));
        }
        chart.push_str("  end\n");
    }
    for (n, node) in numbered.iter().filter(|(_, node)| node.scene.is_none()) {
        _ = writeln!(chart, "  {}", shot(*n, node));
    }
    let mut dotted = Vec::new();
    for (n, arrow) in sketch.valid_arrows().enumerate() {
        let line = if matches!(arrow.reason, LinkReason::FirstFrame | LinkReason::Frame) { "-.->" } else { "-->" };
        _ = writeln!(chart, "  n{} {line}|{}| n{}", arrow.from, arrow.reason, arrow.to);
        if arrow.reason == LinkReason::Clip {
            dotted.push(n.to_string());
        }
    }
    if !dotted.is_empty() {
        _ = writeln!(chart, "  linkStyle {} stroke-dasharray:1 4,stroke-linecap:round", dotted.join(","));
    }
    chart
}

/// The statement that declares one shot.
fn shot(n: usize, node: &GraphNode) -> String {
    let (open, close) = match node.kind {
        ShotKind::Prompt => ("(", ")"),
        ShotKind::Card => ("[", "]"),
        ShotKind::Still => ("[/", "/]"),
        ShotKind::Footage => ("[[", "]]"),
    };
    format!("n{n}{open}\"{}<br>{}\"{close}", node.id, escaped(&node.caption))
}

/// The title stands in a YAML header, where a JSON string is a string too.
fn yaml(text: &str) -> String {
    serde_json::Value::String(clean(text)).to_string()
}

/// `text` with every ASCII sign that Mermaid, Markdown or HTML could read as its own written as an entity.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in clean(text).chars() {
        if c.is_ascii_punctuation() && c != ',' {
            _ = write!(safe, "#{};", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    // An empty label is a syntax error.
    if safe.is_empty() { "#32;".to_owned() } else { safe }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::samples;
    use super::*;

    #[test]
    fn a_small_film_in_subgraphs() {
        assert_eq!(
            draw(&samples::keeper()),
            r#"---
title: "The Keeper"
---
flowchart LR
  subgraph s0["Harbour"]
    n0("dawn<br>text · 6 s")
    n1("climb<br>first frame · 5 s")
  end
  subgraph s1["Village"]
    n2("crowd<br>reference · 5 s")
  end
  n3["credits<br>card · 3 s"]
  n0 -->|last frame| n1
  n0 -->|clip| n2
  n1 -->|last frame| n2
  linkStyle 1 stroke-dasharray:1 4,stroke-linecap:round
"#
        );
    }

    #[test]
    fn signs_become_entities_and_letters_of_every_script_stay() {
        assert_eq!(escaped("a \"b\" [c] <d> #e; 1. f"), "a #34;b#34; #91;c#93; #60;d#62; #35;e#59; 1#46; f");
        assert_eq!(escaped("海港 🚢 café"), "海港 🚢 café");
        assert_eq!(escaped("\u{1b}\n"), "#32;");
        assert_eq!(yaml("a \"b\"\n--- # c"), r#""a \"b\" --- # c""#);
    }
}
