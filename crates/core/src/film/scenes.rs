//! Settings of scenes that no shot is in.

use super::resolve::Resolver;
use crate::storyboard::Shot;
use crate::text::{Located, Problem, closest, listed};

impl Resolver<'_> {
    /// Settings of a scene without shots are a name that was written otherwise. Files that others share may have more.
    pub(super) fn check_scenes(&mut self, shots: &[Located<Shot>]) {
        let board = self.board;
        let known = || shots.iter().filter_map(|shot| shot.scene.as_ref()).map(|scene| scene.value.trim());
        for (name, _) in board.scenes.iter().flat_map(|scenes| &scenes.0) {
            if self.source.file_at(name.span).included.is_some() || known().any(|scene| scene == name.value) {
                continue;
            }
            let message = format!("no shot is in the scene `{}`", name.value);
            let problem = Problem::warning("film::scene_unused", message).at(name.span, "no effect");
            self.report(problem.help(match closest(&name.value, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the scenes of the shots are {}", listed(known(), 12)),
            }));
        }
    }
}
