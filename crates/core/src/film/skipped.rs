//! Which shots the film shows, in which order, and which it leaves out.

use super::resolve::Resolver;
use super::{Film, Shot};
use crate::index::ShotIndex;
use crate::text::{Located, Problem, Span, closest};
use crate::units::ShotId;

impl Film {
    /// The shots that the film shows, in film order.
    #[must_use]
    pub fn shown(&self) -> &[Shot] {
        &self.shots[..self.shots.partition_point(|shot| !shot.skip)]
    }
}

impl Resolver<'_> {
    /// The shots that the film shows, in its order: those of the cut that is chosen, else all that are not skipped.
    pub(super) fn shown_shots(&mut self, shots: &[Shot]) -> Vec<ShotIndex> {
        let board = self.board;
        let cut =
            board.cut.as_deref().and_then(|name| board.cuts.as_ref()?.get(name)).and_then(|cut| cut.shots.as_ref());
        if let Some(names) = cut {
            return self.cut_shots(names);
        }
        if let (Some(first), true) = (shots.first(), shots.iter().all(|shot| shot.skip)) {
            let problem = Problem::error("film::all_skipped", "every shot is skipped, so there is no film");
            self.report(problem.at(first.span, "skipped, as all others").help("remove `skip` from a shot"));
        }
        ShotIndex::all(shots.len()).filter(|&at| !shots[at].skip).collect()
    }

    /// The shots of a cut. One that is not there is told, and so is one that continues another which is left out.
    fn cut_shots(&mut self, names: &Located<Vec<Located<String>>>) -> Vec<ShotIndex> {
        let mut shown: Vec<ShotIndex> = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        for name in &names.value {
            let found = name.parse().ok().and_then(|id: ShotId| self.index.get(&id).copied());
            match found {
                None => {
                    let problem = Problem::error("film::unknown_shot", format_args!("there is no shot `{}`", **name));
                    let problem = problem.at(name.span, "not a shot");
                    let near = closest(name, self.index.keys().map(ShotId::as_str));
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.report(Problem { help, ..problem });
                }
                Some(at) => match shown.iter().position(|before| *before == at) {
                    Some(before) => {
                        let message = format!("the cut has the shot `{}` twice", **name);
                        let problem = Problem::error("film::twice_in_cut", message).at(name.span, "again");
                        self.report(problem.at(places[before], "first here").help("a film shows a shot once"));
                    }
                    None => {
                        shown.push(at);
                        places.push(name.span);
                    }
                },
            }
        }
        if names.value.is_empty() {
            let problem = Problem::error("film::no_shots", "the cut has no shots").at(names.span, "no shots");
            self.report(problem.help("name at least one shot"));
        }
        for link in self.links.clone() {
            let Some(place) = shown.iter().position(|at| *at == link.to) else { continue };
            if !shown.contains(&link.from) {
                let to = self.shot_name(link.to);
                let from = self.shot_name(link.from);
                let message = format!("`{to}` takes the {} of `{from}`, which the cut leaves out", link.reason);
                let problem =
                    Problem::warning("film::cut_continues", message).at(places[place], "begins in the middle");
                let help = format!("`{from}` is made all the same; show it, too, or let the cut begin elsewhere");
                self.problems.push(problem.at(link.span, "said here").help(help));
            }
        }
        shown
    }

    fn shot_name(&self, at: ShotIndex) -> String {
        let shots = self.board.shots.as_ref();
        let shot = shots.and_then(|shots| shots.get(at.0));
        shot.and_then(|shot| shot.id.as_ref()).map_or_else(String::new, |id| id.value.clone())
    }
}
