//! Shots of one run that are made once.

use std::collections::HashMap;
use std::time::Duration;

use super::{Action, Plan, Why};
use crate::units::{Digest, ShotId};

/// The shot for which another one is made, too.
struct First {
    film: usize,
    shot: ShotId,
}

/// Marks shots that are made for one before them as shared. `names` are those of the films of `plans`, in the same order.
pub fn share(names: &[String], plans: &mut [&mut Plan]) {
    let mut known: HashMap<Digest, First> = HashMap::new();
    for (film, plan) in plans.iter_mut().enumerate() {
        for step in &mut plan.steps {
            let is_made = matches!(step.action, Action::Render | Action::Local | Action::Collect { .. });
            let Some(identity) = step.identity.filter(|_| is_made) else { continue };
            let Some(first) = known.get(&identity) else {
                known.insert(identity, First { film, shot: step.shot.clone() });
                continue;
            };
            step.action = Action::Shared;
            step.why =
                Why::SameAs { film: (first.film != film).then(|| names[first.film].clone()), shot: first.shot.clone() };
            step.estimate = None;
            step.time_from = None;
            step.expected = Duration::ZERO;
        }
    }
}
