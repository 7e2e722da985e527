//! Shots of one run that are made once.

use std::collections::HashMap;
use std::time::Duration;

use super::{Action, Plan, Why};
use crate::units::Digest;

/// The place of the shot for which another one is made, too.
#[derive(Clone, Copy)]
struct FirstShot {
    film: usize,
    step: usize,
}

/// Marks shots that are made for one before them as shared. `names` are those of the films of `plans`, in the same order.
pub fn share(names: &[String], plans: &mut [&mut Plan]) {
    let mut known: HashMap<Digest, FirstShot> = HashMap::new();
    for film in 0..plans.len() {
        for step in 0..plans[film].steps.len() {
            let own = &plans[film].steps[step];
            let is_made = matches!(own.action, Action::Render | Action::Local | Action::Collect { .. });
            let Some(identity) = own.identity.filter(|_| is_made) else { continue };
            let Some(&first) = known.get(&identity) else {
                known.insert(identity, FirstShot { film, step });
                continue;
            };
            let shot = plans[first.film].steps[first.step].shot.clone();
            let own = &mut plans[film].steps[step];
            own.action = Action::Shared;
            own.why = Why::SameAs { film: (first.film != film).then(|| names[first.film].clone()), shot };
            own.estimate = None;
            own.time_from = None;
            own.expected = Duration::ZERO;
        }
    }
}
