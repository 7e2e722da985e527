//! What is not wrong, and yet worth saying.

use std::collections::HashSet;

use super::LinkReason;
use super::repeated::MOST_PLACES;
use super::resolve::Resolver;
use crate::index::ShotIndex;
use crate::sanitize::count;
use crate::storyboard;
use crate::text::{Located, Problem};

impl Resolver<'_> {
    pub(super) fn advise(&mut self, shots: &[Located<storyboard::Shot>]) {
        for (&member, places) in &self.without_pictures {
            let Some((name, _)) = self.words.member_at(member) else { continue };
            let shots = if places.len() == 1 { "a shot".to_owned() } else { count(places.len(), "shot") };
            let message = format!("the pictures of `{name}` are not sent for {shots} with a first frame");
            let mut problem = Problem::advice("film::words_only", message);
            for place in places.iter().take(MOST_PLACES) {
                problem = problem.at(*place, "only the words are sent");
            }
            self.problems.push(problem.help("a model takes frames or references, not both"));
        }
        self.advise_on_voices();
        let taken: HashSet<ShotIndex> =
            self.links.iter().filter(|link| link.reason != LinkReason::Clip).map(|link| link.from).collect();
        for (at, shot) in ShotIndex::all(shots.len()).zip(shots) {
            let Some(flag) = shot.return_last_frame.as_ref().filter(|flag| flag.value) else { continue };
            if !taken.contains(&at) {
                let problem = Problem::advice("film::frame_unused", "no shot uses this last frame");
                self.problems.push(problem.at(flag.span, "not used").help(
                    "a next shot with a `prompt` and without a first frame or references starts on it; any other \
                         shot can name it with `last_frame_of`",
                ));
            }
        }
    }
}
