//! The order in which a film has its shots: first those that it shows, then those on which these start.

use std::collections::HashMap;

use super::{InputSource, Inputs, Link, Make, Shot};
use crate::index::ShotIndex;
use crate::units::ShotId;

/// Shots in the order of [`Film::shots`](super::Film::shots), and the links between them.
pub(super) struct Arrangement {
    pub(super) shots: Vec<Shot>,
    pub(super) links: Vec<Link>,
    /// Skipped shots on which none starts that is shown, directly or by others.
    pub(super) left_out: Vec<ShotId>,
}

impl Arrangement {
    /// The shots with those of `shown` first, in that order.
    pub(super) fn of(shots: Vec<Shot>, links: &[Link], shown: &[ShotIndex]) -> Self {
        if ShotIndex::all(shots.len()).eq(shown.iter().copied()) {
            return Self { shots, links: links.to_vec(), left_out: Vec::new() };
        }
        let kept = kept_shots(shots.len(), links, shown);
        let place: HashMap<ShotIndex, ShotIndex> = kept.iter().copied().zip(ShotIndex::all(kept.len())).collect();
        let mut shots: Vec<Option<Shot>> = shots.into_iter().map(Some).collect();
        let mut ordered = Vec::with_capacity(kept.len());
        for (at, old) in kept.iter().enumerate() {
            let Some(mut shot) = shots[old.0].take() else { continue };
            shot.skip = at >= shown.len();
            if let Make::Prompt(render) = &mut shot.make {
                move_inputs(&mut render.inputs, &place);
            }
            ordered.push(shot);
        }
        let left_out = shots.into_iter().flatten().map(|shot| shot.id).collect();
        let mut moved = Vec::with_capacity(links.len());
        for link in links {
            if let (Some(&from), Some(&to)) = (place.get(&link.from), place.get(&link.to)) {
                moved.push(Link { from, to, ..*link });
            }
        }
        Self { shots: ordered, links: moved, left_out }
    }
}

/// The shots that are made: first those that are shown, then those that these need.
fn kept_shots(count: usize, links: &[Link], shown: &[ShotIndex]) -> Vec<ShotIndex> {
    let mut kept = shown.to_vec();
    let mut is_kept = vec![false; count];
    kept.iter().for_each(|at| is_kept[at.0] = true);
    let mut next = 0;
    while let Some(&to) = kept.get(next) {
        for link in links.iter().filter(|link| link.to == to) {
            if !std::mem::replace(&mut is_kept[link.from.0], true) {
                kept.push(link.from);
            }
        }
        next += 1;
    }
    kept
}

fn move_inputs(inputs: &mut Inputs, place: &HashMap<ShotIndex, ShotIndex>) {
    let sources: Vec<&mut InputSource> = match inputs {
        Inputs::Text => Vec::new(),
        Inputs::Frames { first, last } => std::iter::once(first).chain(last).collect(),
        Inputs::References { images, videos, audio } => images.iter_mut().chain(videos).chain(audio).collect(),
    };
    for source in sources {
        match source {
            InputSource::LastFrame(shot)
            | InputSource::FirstFrame(shot)
            | InputSource::FrameAt(shot, _)
            | InputSource::Clip(shot) => *shot = place.get(shot).copied().unwrap_or(*shot),
            InputSource::File(_)
            | InputSource::Remote(_)
            | InputSource::TakeFirstFrame(_)
            | InputSource::TakeTail(_) => {}
        }
    }
}
