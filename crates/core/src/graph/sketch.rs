//! A graph reduced to what a drawing needs.

pub use crate::film::LinkReason;
use crate::units::ShotId;

/// What a shot is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShotKind {
    /// Rendered from a prompt.
    Prompt,
    /// A title card.
    Card,
    /// A still image with a slow move.
    Still,
    /// Existing footage.
    Footage,
}

/// One shot in a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    /// The shot.
    pub id: ShotId,
    /// Its scene: untrusted text.
    pub scene: Option<String>,
    /// What it is made of.
    pub kind: ShotKind,
    /// A few words under the id, for example `first frame · 5 s`: untrusted text.
    pub caption: String,
}

/// One dependency in a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrow {
    /// Index of the shot that gives.
    pub from: usize,
    /// Index of the shot that takes.
    pub to: usize,
    /// What is handed on.
    pub reason: LinkReason,
}

/// A film's graph as a drawing sees it: shots in film order, arrows without cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// The film's title: untrusted text.
    pub title: String,
    /// The shots in film order.
    pub nodes: Vec<GraphNode>,
    /// The dependencies, ordered by (`to`, `from`).
    pub arrows: Vec<Arrow>,
}

impl Sketch {
    /// The scenes in the order in which they first appear.
    pub(super) fn scenes(&self) -> Vec<&str> {
        let mut scenes: Vec<&str> = Vec::new();
        for scene in self.nodes.iter().filter_map(|node| node.scene.as_deref()) {
            if !scenes.contains(&scene) {
                scenes.push(scene);
            }
        }
        scenes
    }

    /// The arrows that join two different shots of this sketch; a drawing has no other way to show one.
    pub(super) fn valid_arrows(&self) -> impl Iterator<Item = Arrow> {
        let shots = self.nodes.len();
        self.arrows.iter().copied().filter(move |a| a.from < shots && a.to < shots && a.from != a.to)
    }

    /// The arrows as giver, taker and reason.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&GraphNode, &GraphNode, LinkReason)> {
        self.valid_arrows().map(|arrow| (&self.nodes[arrow.from], &self.nodes[arrow.to], arrow.reason))
    }
}

#[cfg(test)]
pub(super) mod samples {
    //! Films that the tests of all drawings share.

    use super::{Arrow, GraphNode, LinkReason, ShotKind, Sketch};

    /// A sketch of shots (id, scene or nothing, kind, caption) and arrows.
    pub(crate) fn sketch(
        title: &str,
        shots: &[(&str, &str, ShotKind, &str)],
        arrows: &[(usize, usize, LinkReason)],
    ) -> Sketch {
        let mut nodes = Vec::new();
        for &(id, scene, kind, caption) in shots {
            nodes.push(GraphNode {
                id: id.parse().expect("a shot id"),
                scene: Some(scene.to_owned()).filter(|scene| !scene.is_empty()),
                kind,
                caption: caption.to_owned(),
            });
        }
        let arrows = arrows.iter().map(|&(from, to, reason)| Arrow { from, to, reason }).collect();
        Sketch { title: title.to_owned(), nodes, arrows }
    }

    /// Four shots: a chain that ends in a reference, and a card on its own.
    pub(crate) fn keeper() -> Sketch {
        sketch(
            "The Keeper",
            &[
                ("dawn", "Harbour", ShotKind::Prompt, "text · 6 s"),
                ("climb", "Harbour", ShotKind::Prompt, "first frame · 5 s"),
                ("crowd", "Village", ShotKind::Prompt, "reference · 5 s"),
                ("credits", "", ShotKind::Card, "card · 3 s"),
            ],
            &[(0, 1, LinkReason::LastFrame), (0, 2, LinkReason::Clip), (1, 2, LinkReason::LastFrame)],
        )
    }

    /// Text that tries to leave the place it is put in.
    pub(crate) fn hostile() -> Sketch {
        let nasty = "</text><script>alert('1')</script> \"]; x --> y & \\N %% #quot; `**b**` \u{1b}[31m\u{0}\u{202e} 海港 🚢\n---";
        sketch(
            nasty,
            &[
                ("end", nasty, ShotKind::Prompt, nasty),
                ("0", "1. one", ShotKind::Still, ""),
                ("x_y-z", "", ShotKind::Footage, "]]>"),
            ],
            &[
                (0, 1, LinkReason::FirstFrame),
                (1, 2, LinkReason::LastFrame),
                (9, 1, LinkReason::Clip),
                (2, 2, LinkReason::Clip),
            ],
        )
    }
}
