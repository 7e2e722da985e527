//! Shots that wait for each other.

use std::collections::{HashMap, HashSet, VecDeque};

use petgraph::algo::tarjan_scc;

use super::digraph;
use crate::film::Link;
use crate::index::ShotIndex;
use crate::storyboard::Storyboard;
use crate::text::Problem;

/// One problem for every knot of shots that wait for each other, with each step of its shortest cycle labelled.
pub(super) fn cycles(board: &Storyboard, links: &[Link]) -> Vec<Problem> {
    let shots = board.shots.as_ref().map_or(0, |shots| shots.len());
    let graph = digraph(shots, links);
    let mut knots: Vec<Vec<ShotIndex>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|knot| knot.len() > 1)
        .map(|knot| knot.into_iter().map(|node| ShotIndex(node.index())).collect())
        .collect();
    knots.iter_mut().for_each(|knot| knot.sort_unstable());
    knots.sort();
    knots.iter().map(|knot| describe(&shortest_cycle(knot, links), board)).collect()
}

fn name(board: &Storyboard, shot: ShotIndex) -> &str {
    let shot = board.shots.as_ref().and_then(|shots| shots.get(shot.0));
    shot.and_then(|shot| shot.id.as_ref()).map_or("?", |id| id.value.as_str())
}

/// The links of a shortest cycle through the first shot of `knot` that lies on one as short as any.
fn shortest_cycle(knot: &[ShotIndex], links: &[Link]) -> Vec<Link> {
    let members: HashSet<ShotIndex> = knot.iter().copied().collect();
    let mut inside = Vec::new();
    for link in links {
        if members.contains(&link.from) && members.contains(&link.to) {
            inside.push(link);
        }
    }
    // A knot of thousands of shots needs no shortest cycle, only a short one: a few starts are enough.
    let found = knot.iter().take(50).filter_map(|&start| cycle_from(start, &inside));
    found.min_by_key(Vec::len).unwrap_or_default()
}

fn cycle_from(start: ShotIndex, links: &[&Link]) -> Option<Vec<Link>> {
    let mut by_shot: HashMap<ShotIndex, Vec<&Link>> = HashMap::new();
    for link in links {
        by_shot.entry(link.from).or_default().push(link);
    }
    let mut came: HashMap<ShotIndex, &Link> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(shot) = queue.pop_front() {
        for link in by_shot.get(&shot).into_iter().flatten() {
            if came.contains_key(&link.to) {
                continue;
            }
            came.insert(link.to, link);
            if link.to == start {
                let mut cycle = vec![**link];
                while cycle[cycle.len() - 1].from != start {
                    cycle.push(*came[&cycle[cycle.len() - 1].from]);
                }
                cycle.reverse();
                return Some(cycle);
            }
            queue.push_back(link.to);
        }
    }
    None
}

fn describe(cycle: &[Link], board: &Storyboard) -> Problem {
    let mut path: Vec<String> = cycle.iter().map(|link| format!("`{}`", name(board, link.from))).collect();
    path.extend(path.first().cloned());
    let message = format!("shots wait for each other: {}", path.join(" → "));
    let mut problem = Problem::error("graph::cycle", message)
        .help("break the circle at one of the marked places: use a file there, or no picture");
    for link in cycle {
        let label = format!("`{}` needs the {} of `{}`", name(board, link.to), link.reason, name(board, link.from));
        problem = problem.at(link.span, label);
    }
    problem
}
