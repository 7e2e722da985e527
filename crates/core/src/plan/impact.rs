//! What an edit costs: which shots are made again directly, which only because of another, and what would spare them.

use std::collections::BTreeSet;

use super::{Action, KnownClips, Plan, Why};
use crate::catalog::Mode;
use crate::film::{Film, InputSource, Inputs, Make, Render};
use crate::graph::ShotGraph;
use crate::index::ShotIndex;
use crate::lock::Lock;
use crate::units::Digest;

/// What edits since the lock was written make necessary.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impact {
    /// Shots that are made again for a reason of their own, by index.
    pub direct: Vec<ShotIndex>,
    /// Shots that are made again because a shot that they need is.
    pub upstream: Vec<ShotIndex>,
    /// Each edit with what follows from it.
    pub edits: Vec<Edit>,
}

/// One edited shot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The shot, by index.
    pub shot: ShotIndex,
    /// All that is made again because of it, itself included, in film order.
    pub remade: Vec<ShotIndex>,
    /// Ways to make less again, the shortest first.
    pub alternatives: Vec<Alternative>,
}

/// A way to make less again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// What is done.
    pub way: Reduction,
    /// What is still made again, in film order.
    pub remade: Vec<ShotIndex>,
}

/// What is done to make less again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reduction {
    /// `shot` starts on the file of the old last frame of `from`: it and all behind it stay, and the join shows a jump.
    Cut {
        /// The shot that starts on a file.
        shot: ShotIndex,
        /// The shot whose frame that was.
        from: ShotIndex,
        /// The old last frame.
        frame: Digest,
    },
    /// The edited shot ends on its own old last frame, and the shots that start on it start on the file of that frame:
    /// they stay, and the join holds as far as the model keeps to the frame.
    KeepTail {
        /// The old last frame.
        frame: Digest,
        /// The shots that start on it.
        starts: Vec<ShotIndex>,
    },
}

/// What the plan makes again of the shots that the lock knows.
#[must_use]
pub fn of(film: &Film, graph: &ShotGraph, plan: &Plan, lock: &Lock, known: &dyn KnownClips) -> Impact {
    let ground = ImpactInput { film, graph, plan, lock, known };
    let mut direct = Vec::new();
    let mut upstream = Vec::new();
    let mut edits = Vec::new();
    for shot in ShotIndex::all(plan.steps.len()) {
        if !ground.again(shot) {
            continue;
        }
        let step = &plan.steps[shot];
        if !matches!(step.why, Why::Upstream(_)) {
            direct.push(shot);
            edits.push(ground.edit(shot));
            continue;
        }
        upstream.push(shot);
        // A shot whose parent was made anew by an earlier run is where this run begins.
        if !step.needs.iter().any(|&parent| ground.again(parent)) {
            edits.push(ground.edit(shot));
        }
    }
    Impact { direct, upstream, edits }
}

struct ImpactInput<'a> {
    film: &'a Film,
    graph: &'a ShotGraph,
    plan: &'a Plan,
    lock: &'a Lock,
    known: &'a dyn KnownClips,
}

impl ImpactInput<'_> {
    /// Whether a shot is made again: it was made before, and something about it is different now.
    fn again(&self, index: ShotIndex) -> bool {
        let step = &self.plan.steps[index];
        matches!(step.action, Action::Render | Action::Local)
            && self.lock.shots.contains_key(&step.shot)
            && !matches!(step.why, Why::New)
    }

    fn edit(&self, shot: ShotIndex) -> Edit {
        let remade = self.reach(shot, &BTreeSet::new());
        let mut alternatives: Vec<Alternative> =
            remade.iter().filter_map(|&at| self.cut(shot, at, &remade)).chain(self.keep_tail(shot, &remade)).collect();
        alternatives.sort_by_key(|alternative| alternative.remade.len());
        Edit { shot, remade, alternatives }
    }

    /// What is made again because of `shot` when the shots of `kept` start on files.
    fn reach(&self, shot: ShotIndex, kept: &BTreeSet<ShotIndex>) -> Vec<ShotIndex> {
        let mut reached = BTreeSet::from([shot]);
        let mut queue = vec![shot];
        while let Some(next) = queue.pop() {
            for child in self.graph.children(next) {
                let follows = matches!(self.plan.steps[child].why, Why::Upstream(_)) && self.again(child);
                if follows && !kept.contains(&child) && reached.insert(child) {
                    queue.push(child);
                }
            }
        }
        reached.into_iter().collect()
    }

    /// The shot whose last frame `at` starts on, and that old frame, if `at` would stay as it is on that frame's file.
    fn start(&self, at: ShotIndex, remade: &[ShotIndex]) -> Option<(ShotIndex, Digest)> {
        let Inputs::Frames { first: InputSource::LastFrame(from), last } = &self.render(at)?.inputs else {
            return None;
        };
        let other = last.as_ref().and_then(InputSource::shot);
        if !remade.contains(from) || other.is_some_and(|other| remade.contains(&other)) {
            return None;
        }
        let clip = self.lock.shots.get(&self.film.shots[at].id)?.clip;
        Some((*from, self.old_frame(*from)?)).filter(|_| self.known.has(&clip))
    }

    fn render(&self, at: ShotIndex) -> Option<&Render> {
        match &self.film.shots[at].make {
            Make::Prompt(render) => Some(render),
            _ => None,
        }
    }

    /// The last frame of the locked clip of a shot, if the store has it.
    fn old_frame(&self, shot: ShotIndex) -> Option<Digest> {
        let frame = self.lock.shots.get(&self.film.shots[shot].id)?.last_frame?;
        self.known.has(&frame).then_some(frame)
    }

    fn cut(&self, edited: ShotIndex, at: ShotIndex, remade: &[ShotIndex]) -> Option<Alternative> {
        let (from, frame) = self.start(at, remade).filter(|_| at != edited)?;
        Some(Alternative {
            way: Reduction::Cut { shot: at, from, frame },
            remade: self.reach(edited, &BTreeSet::from([at])),
        })
    }

    fn keep_tail(&self, edited: ShotIndex, remade: &[ShotIndex]) -> Option<Alternative> {
        let render = self.render(edited)?;
        // A last frame alone is no mode of any model, and references exclude frames.
        let Inputs::Frames { last: None, .. } = render.inputs else { return None };
        let modes = render.provider.offer(&render.spec.model).map_or(render.spec.family.modes, |offer| offer.modes);
        let frame = self.old_frame(edited).filter(|_| modes.contains(&Mode::FirstLast))?;
        let starts: BTreeSet<ShotIndex> = (remade.iter().copied())
            .filter(|&at| at != edited && self.start(at, remade).is_some_and(|(from, _)| from == edited))
            .collect();
        let left = self.reach(edited, &starts);
        let spared = left.len() < remade.len();
        spared.then(|| Alternative {
            way: Reduction::KeepTail { frame, starts: starts.into_iter().collect() },
            remade: left,
        })
    }
}
