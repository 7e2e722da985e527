//! The board of a film: the drawings of its shots, their numbers, and the time of the film at which they begin.

use std::collections::HashMap;

use super::inputs::PICTURE;
use super::resolve::Resolver;
use super::{File, Film, Link, Make, Shot, Viewers};
use crate::index::ShotIndex;
use crate::storyboard;
use crate::text::{Located, Problem, Span};

/// What shots are numbered by: between two of them there is room for shots that come later.
const STEP: u64 = 10;

/// The most characters of a number: what a slate has room for.
const LONGEST: usize = 8;

impl Shot {
    /// The drawing, where the animatic shows it. A frame that reaches a service must not.
    #[must_use]
    pub fn drawn(&self) -> Option<&File> {
        self.board.as_ref().filter(|_| self.seen_by == Viewers::People)
    }

    /// The number, where the animatic shows it.
    #[must_use]
    pub fn slate(&self) -> Option<&str> {
        (self.seen_by == Viewers::People).then_some(self.number.as_str())
    }

    /// When in the film its clip begins, in milliseconds, by the lengths that are asked for, where the animatic shows it. It is
    /// below zero where the film begins with a later part of the clip.
    #[must_use]
    pub fn film_time(&self) -> Option<i64> {
        let start = i64::try_from(self.film_start?.as_millis()).ok()?;
        let cut = i64::try_from(self.trim.from.as_millis()).ok()?;
        Some(start - cut)
    }
}

impl Resolver<'_> {
    /// The number of every shot of the storyboard: the one that is given, else the next ten above all before it.
    pub(super) fn number_shots(&mut self, shots: &[Located<storyboard::Shot>]) -> Vec<String> {
        let mut numbers: Vec<String> = Vec::with_capacity(shots.len());
        let mut taken: HashMap<String, Span> = HashMap::new();
        let mut highest = 0;
        for (at, shot) in ShotIndex::all(shots.len()).zip(shots) {
            let number = match &shot.number {
                Some(given) => self.given_number(given),
                None => ((highest / STEP + 1) * STEP).to_string(),
            };
            highest = highest.max(leading(&number));
            let place = shot.number.as_ref().map_or_else(|| self.shot_span(at), |given| given.span);
            match taken.get(&number) {
                Some(first) => {
                    let message = format!("two shots have the number {number}");
                    let problem = Problem::warning("film::duplicate_number", message).at(place, "this number is taken");
                    let help = format!("write `number: {number}A`, or another that is free");
                    self.report(problem.at(*first, "by this shot").help(help));
                }
                None => _ = taken.insert(number.clone(), place),
            }
            numbers.push(number);
        }
        numbers
    }

    fn given_number(&mut self, given: &Located<String>) -> String {
        let number = given.trim();
        let is_plain = number.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '/'));
        if number.is_empty() || number.chars().count() > LONGEST || !is_plain {
            let message = format!("`{number}` cannot be the number of a shot");
            let problem = Problem::error("film::number", message).at(self.mark(given.span), "not a number");
            self.report(problem.help(format_args!("use up to {LONGEST} digits and letters, as in `20A`")));
        }
        number.to_owned()
    }

    /// The drawing of a shot.
    pub(super) fn board_picture(&mut self, shot: &storyboard::Shot) -> Option<File> {
        self.local_file(shot.board.as_ref()?, PICTURE).map(|(file, _)| file)
    }
}

/// The digits that a number begins with.
fn leading(number: &str) -> u64 {
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().unwrap_or_default()
}

impl Film {
    /// Tells every shot that is made here whether it gives a frame or its clip to a service, directly or through others.
    /// `links` are those of its shots.
    pub(super) fn mark_feeding(&mut self, links: &[Link]) {
        let mut fed: Vec<bool> = self.shots.iter().map(is_bought).collect();
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            // Most links lead from a shot to the next one.
            for link in links.iter().rev() {
                if fed[link.to.0] && !fed[link.from.0] {
                    fed[link.from.0] = true;
                    is_settled = false;
                }
            }
        }
        for (shot, fed) in self.shots.iter_mut().zip(fed) {
            shot.seen_by = if fed && !is_bought(shot) { Viewers::Services } else { Viewers::People };
        }
    }
}

fn is_bought(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)
}
