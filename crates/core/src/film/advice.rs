//! What is not wrong, and yet worth saying.

use std::collections::HashSet;

use super::LinkReason;
use super::resolve::Resolver;
use crate::index::ShotIndex;
use crate::storyboard;
use crate::text::{Located, Problem};

impl Resolver<'_> {
    pub(super) fn advise(&mut self, shots: &[Located<storyboard::Shot>]) {
        for (&member, &times) in &self.without_pictures {
            let Some((name, found)) = self.words.member_at(member) else { continue };
            let Some(images) = &found.images else { continue };
            let shots = if times == 1 { "a shot".to_owned() } else { format!("{times} shots") };
            let message = format!("the pictures of `{name}` are not sent for {shots} with a first frame");
            let problem =
                Problem::advice("film::words_only", message).at(self.mark(images.span), "only the words are sent");
            self.problems.push(problem.help("a model takes frames or references, not both"));
        }
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
