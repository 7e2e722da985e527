//! Shots that the film leaves out.

use std::collections::HashMap;

use super::resolve::Resolver;
use super::{Film, InputSource, Inputs, Link, Make, Shot};
use crate::index::ShotIndex;
use crate::text::Problem;

impl Film {
    /// The shots that the film shows, in film order.
    #[must_use]
    pub fn shown(&self) -> &[Shot] {
        &self.shots[..self.shots.partition_point(|shot| !shot.skip)]
    }
}

impl Resolver<'_> {
    /// A film must show something.
    pub(super) fn check_skipped(&mut self, shots: &[Shot]) {
        if let (Some(first), true) = (shots.first(), shots.iter().all(|shot| shot.skip)) {
            let problem = Problem::error("film::all_skipped", "every shot is skipped, so there is no film");
            self.report(problem.at(first.span, "skipped, as all others").help("remove `skip` from a shot"));
        }
    }
}

/// The film with its shots in the order of [`Film::shots`], and the links between them. Skipped shots on which none starts
/// that is shown, directly or by others, are left out.
#[must_use]
pub fn without_skipped(mut film: Film, links: Vec<Link>) -> (Film, Vec<Link>) {
    if film.shots.iter().all(|shot| !shot.skip) {
        return (film, links);
    }
    let kept = kept_shots(&film.shots, &links);
    let place: HashMap<ShotIndex, ShotIndex> = kept.iter().copied().zip(ShotIndex::all(kept.len())).collect();
    let mut shots: Vec<Option<Shot>> = film.shots.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(kept.len());
    for old in &kept {
        let Some(mut shot) = shots[*old].take() else { continue };
        if let Make::Prompt(render) = &mut shot.make {
            move_inputs(&mut render.inputs, &place);
        }
        ordered.push(shot);
    }
    film.shots = ordered;
    film.left_out = shots.into_iter().flatten().map(|shot| shot.id).collect();
    let mut moved = Vec::with_capacity(links.len());
    for link in links {
        if let (Some(&from), Some(&to)) = (place.get(&link.from), place.get(&link.to)) {
            moved.push(Link { from, to, ..link });
        }
    }
    (film, moved)
}

/// The shots that are made: first those that are shown, then those that these need.
fn kept_shots(shots: &[Shot], links: &[Link]) -> Vec<ShotIndex> {
    let mut kept: Vec<ShotIndex> = ShotIndex::all(shots.len()).filter(|&at| !shots[at].skip).collect();
    let mut is_kept: Vec<bool> = shots.iter().map(|shot| !shot.skip).collect();
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
