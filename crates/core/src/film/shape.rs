//! The pixels of shots that follow a picture, and of the film.

use std::collections::HashSet;

use super::ability::given_size;
use super::{InputSource, Inputs, Inventory, Make, Shot};
use crate::catalog::Ratio;
use crate::index::ShotIndex;
use crate::units::Size;

/// The film is as large as most of its rendered shots; a film without any is as large as the usual model's clips.
pub(super) fn film_size(shots: &[Shot]) -> Size {
    let mut counts: Vec<(Size, usize)> = Vec::new();
    for shot in shots {
        let Make::Prompt(render) = &shot.make else { continue };
        match counts.iter_mut().find(|(size, _)| *size == render.spec.size) {
            Some((_, count)) => *count += 1,
            None => counts.push((render.spec.size, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts.iter().find(|(_, count)| Some(*count) == most).map_or(Size::new(1280, 720), |(size, _)| *size)
}

/// An adaptive shot that starts on a frame of another shot has that shot's shape.
pub(super) fn follow_shapes(shots: &mut [Shot], inventory: &Inventory) {
    for at in ShotIndex::all(shots.len()) {
        let mut seen = HashSet::new();
        let mut from = at;
        let given = loop {
            let Make::Prompt(render) = &shots[from].make else { break None };
            if render.spec.ratio != Ratio::Adaptive {
                break Some(render.spec.size);
            }
            let other = match &render.inputs {
                Inputs::Frames { first: InputSource::LastFrame(other) | InputSource::FirstFrame(other), .. } => *other,
                inputs => break given_size(inputs, inventory),
            };
            if !seen.insert(from) {
                break None;
            }
            from = other;
        };
        if let (Make::Prompt(render), Some(given)) = (&mut shots[at].make, given)
            && render.spec.ratio == Ratio::Adaptive
            && let Some(size) = render.spec.family.size(render.spec.resolution, Ratio::Adaptive, Some(given))
        {
            render.spec.size = size;
        }
    }
}
