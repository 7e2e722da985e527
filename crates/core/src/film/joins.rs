//! Joins that the shots are too short for.

use std::time::Duration;

use super::resolve::Resolver;
use super::{Film, JoinSpec, Make, Shot, Viewers};
use crate::storyboard::TransitionKind;
use crate::text::Problem;
use crate::units::spoken;

impl JoinSpec {
    /// How long it shows both shots at once.
    fn overlap(&self) -> Duration {
        if self.kind == TransitionKind::Cut { Duration::ZERO } else { self.length }
    }
}

impl Film {
    /// How long it will be: its shots, less what transitions show of two at once.
    #[must_use]
    pub fn length(&self) -> Duration {
        let overlap = self.shown().iter().skip(1).map(|shot| shot.join.overlap()).sum();
        let shots: Duration = self.shown().iter().map(Shot::shown_length).sum();
        shots.saturating_sub(overlap)
    }

    /// When each shot that the film shows will begin, by the lengths that are asked for. A transition begins with the shot that it leads to.
    #[must_use]
    pub fn starts(&self) -> Vec<Duration> {
        let shown = self.shown();
        let mut starts = Vec::with_capacity(shown.len());
        let mut end = Duration::ZERO;
        for (at, shot) in shown.iter().enumerate() {
            let overlap = if at == 0 { Duration::ZERO } else { shot.join.overlap() };
            let start = end.saturating_sub(overlap);
            starts.push(start);
            end = start + shot.shown_length();
        }
        starts
    }

    /// Tells every shot that the film shows when it begins.
    pub(super) fn tell_starts(&mut self) {
        let starts = self.starts();
        for (shot, start) in self.shots.iter_mut().zip(starts) {
            shot.film_start = Some(start).filter(|_| shot.seen_by == Viewers::People);
        }
    }
}

impl Shot {
    /// How long the film shows it, before transitions.
    #[must_use]
    pub fn shown_length(&self) -> Duration {
        self.trim.length(self.length)
    }
}

impl Resolver<'_> {
    /// A transition takes its length from both shots, and no frame can belong to two transitions.
    pub(super) fn check_joins(&mut self, shots: &[Shot]) {
        let shown: Vec<&Shot> = shots.iter().filter(|shot| !shot.skip).collect();
        for (place, shot) in shown.iter().enumerate() {
            // The first shot has no join before it; what its own key says is not used.
            let before = if place == 0 { Duration::ZERO } else { shot.join.overlap() };
            let next = shown.get(place + 1);
            let after = next.map_or(Duration::ZERO, |next| next.join.overlap());
            if before + after <= shot.shown_length() || has_no_length(shot) {
                continue;
            }
            let asked = match (before.is_zero(), after.is_zero()) {
                (false, false) => format!("the transitions before and after it take {}", spoken(before + after)),
                (false, true) => format!("the transition before it takes {}", spoken(before)),
                (true, _) => format!("the transition after it takes {}", spoken(after)),
            };
            let message = format!("`{}` is {} long, and {asked}", shot.id, spoken(shot.shown_length()));
            let mut problem = Problem::error("film::transition_long", message);
            for (joined, overlap) in [(shot, before), (next.unwrap_or(shot), after)] {
                let index = self.index.get(&joined.id).copied();
                let own =
                    self.board.shots.as_ref().zip(index).and_then(|(shots, at)| shots.get(at.0)?.transition.as_ref());
                if let Some(own) = own.filter(|_| !overlap.is_zero()) {
                    problem = problem.at(self.mark(own.span), format_args!("takes {}", spoken(overlap)));
                }
            }
            let problem = problem.at(shot.span, "too short for that");
            self.problems.push(problem.help("make the shot longer or a transition shorter"));
        }
    }
}

/// Whether the model decides how long the shot is.
fn has_no_length(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.spec.seconds.is_none())
}
