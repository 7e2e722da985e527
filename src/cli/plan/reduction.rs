//! How less is made again after an edit: which file is copied, and what is written.

use std::path::Path;

use storyreel_core::plan::impact::{Alternative, Edit, Reduction};
use storyreel_core::units::Digest;

use crate::cli::load::Loaded;

/// What to do, in order.
pub(super) struct ReductionSteps {
    /// Which file is copied to where.
    pub(super) copy: String,
    /// What is written in which shots.
    pub(super) write: String,
}

impl ReductionSteps {
    /// How an alternative to an edit is done.
    pub(super) fn of(loaded: &Loaded, edit: &Edit, alternative: &Alternative) -> Self {
        let shots = &loaded.film.shots;
        match &alternative.way {
            Reduction::Cut { shot, from, frame } => {
                let from = shots[*from].id.as_str();
                Self {
                    copy: copy_of_frame(loaded, frame, from),
                    write: format!("write `first_frame: {from}-last.png` in {}", shots[*shot].id),
                }
            }
            Reduction::KeepTail { frame, starts } => {
                let own = shots[edit.shot].id.as_str();
                let starts: Vec<&str> = starts.iter().map(|&at| shots[at].id.as_str()).collect();
                Self {
                    copy: copy_of_frame(loaded, frame, own),
                    write: format!(
                        "write `last_frame: {own}-last.png` in {own}, `first_frame: {own}-last.png` in {}",
                        starts.join(", ")
                    ),
                }
            }
        }
    }

    /// Both in a sentence.
    pub(super) fn sentence(&self) -> String {
        format!("{}, and {}", self.copy, self.write)
    }
}

/// The old last frame of a shot, copied beside the storyboard.
fn copy_of_frame(loaded: &Loaded, frame: &Digest, shot: &str) -> String {
    let here = std::path::absolute(Path::new(".")).unwrap_or_default();
    let object = loaded.store.object(frame);
    let object = object.strip_prefix(&here).unwrap_or(&object);
    format!("copy {} to {shot}-last.png beside the storyboard", object.display())
}
