//! The dependency graph of a film: which shot needs a frame or the clip of which.

mod cycle;
pub mod dot;
mod layout;
pub mod mermaid;
mod settle;
pub mod sketch;
pub mod svg;
pub mod text;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use cycle::cycles;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use sketch::{Arrow, GraphNode, ShotKind, Sketch};

use crate::film::{CheckedFilm, Film, Link, LinkReason, Make};
use crate::index::ShotIndex;
use crate::storyboard::Storyboard;
use crate::text::{Problem, Severity};

/// The shots of a film by their index, with what each needs. Without cycles.
#[derive(Debug, Clone)]
pub struct ShotGraph {
    graph: DiGraph<(), LinkReason>,
}

impl ShotGraph {
    fn of(film: &Film, links: &[Link]) -> Self {
        Self { graph: digraph(film.shots.len(), links) }
    }

    /// The shots whose frames or clips `shot` needs, each once, in film order.
    #[must_use]
    pub fn parents(&self, shot: ShotIndex) -> Vec<ShotIndex> {
        self.beside(shot, petgraph::Direction::Incoming)
    }

    /// The shots that need a frame or the clip of `shot`, each once, in film order.
    #[must_use]
    pub fn children(&self, shot: ShotIndex) -> Vec<ShotIndex> {
        self.beside(shot, petgraph::Direction::Outgoing)
    }

    fn beside(&self, shot: ShotIndex, direction: petgraph::Direction) -> Vec<ShotIndex> {
        let neighbours = self.graph.neighbors_directed(NodeIndex::new(shot.0), direction);
        let mut shots: Vec<ShotIndex> = neighbours.map(|node| ShotIndex(node.index())).collect();
        shots.sort_unstable();
        shots.dedup();
        shots
    }

    /// Whether another shot takes the last frame of `shot`.
    #[must_use]
    pub fn hands_on(&self, shot: ShotIndex) -> bool {
        self.graph.edges(NodeIndex::new(shot.0)).any(|edge| *edge.weight() == LinkReason::LastFrame)
    }

    /// Every shot after all that it needs; among equals the film order holds.
    #[must_use]
    pub fn order(&self) -> Vec<ShotIndex> {
        let shots = ShotIndex::all(self.graph.node_count());
        let mut waiting: Vec<usize> = shots.clone().map(|shot| self.parents(shot).len()).collect();
        let mut ready: BinaryHeap<Reverse<ShotIndex>> = shots.filter(|&shot| waiting[shot] == 0).map(Reverse).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse(shot)) = ready.pop() {
            order.push(shot);
            for child in self.children(shot) {
                waiting[child] -= 1;
                if waiting[child] == 0 {
                    ready.push(Reverse(child));
                }
            }
        }
        order
    }

    /// What a drawing needs.
    #[must_use]
    pub fn sketch(&self, film: &Film) -> Sketch {
        let nodes = film.shots.iter().map(|shot| {
            let length = crate::units::spoken(shot.length);
            let (kind, caption) = match &shot.make {
                Make::Prompt(render) => (ShotKind::Prompt, format!("{} · {length}", render.inputs.mode().label())),
                Make::Card(_) => (ShotKind::Card, format!("card · {length}")),
                Make::Still(_) => (ShotKind::Still, format!("still · {length}")),
                Make::Footage { .. } => (ShotKind::Footage, format!("footage · {length}")),
            };
            GraphNode { id: shot.id.clone(), scene: shot.scene.as_deref().map(str::to_owned), kind, caption }
        });
        let mut arrows: Vec<Arrow> = self
            .graph
            .edge_references()
            .map(|edge| Arrow { from: edge.source().index(), to: edge.target().index(), reason: *edge.weight() })
            .collect();
        arrows.sort_by_key(|arrow| (arrow.to, arrow.from, arrow.reason));
        arrows.dedup();
        Sketch { title: film.title.clone(), nodes: nodes.collect(), arrows }
    }
}

/// The graph of a resolved film, if its shots do not wait for each other, and all that is to be said about both, in the
/// order of the text.
#[must_use]
pub fn build(board: &Storyboard, checked: CheckedFilm) -> (Option<(Film, ShotGraph)>, Vec<Problem>) {
    let CheckedFilm { film, links, film_links, mut problems } = checked;
    problems.extend(cycles(board, &links));
    problems.sort_by_key(|problem| problem.labels.first().map(|(span, _)| span.start));
    let broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    let made = film.filter(|_| !broken).map(|film| {
        let graph = ShotGraph::of(&film, &film_links);
        (film, graph)
    });
    (made, problems)
}

fn digraph(shots: usize, links: &[Link]) -> DiGraph<(), LinkReason> {
    let mut graph = DiGraph::with_capacity(shots, links.len());
    for _ in 0..shots {
        graph.add_node(());
    }
    for link in links {
        graph.add_edge(NodeIndex::new(link.from.0), NodeIndex::new(link.to.0), link.reason);
    }
    graph
}
