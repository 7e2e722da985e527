//! `check --seams`: whether every seam of a film that was made is good enough, for CI.

use storyreel_core::sanitize::{clean, count};

use super::context::Context;
use super::exit;
use super::film_file::film_file;
use super::load::Loaded;
use super::plan::film_plan::film_lock;
use crate::engine::seams::kept;
use crate::report::chains::drifting;

/// Compares the scores of every film's seams, as they were measured when it was put together, with the least that is
/// wanted, from 0 to 100, and returns the exit code. A film that was not made yet has no seams that could be good.
pub(super) fn check_seams(context: &Context, loaded: &[Loaded], least: f32) -> u8 {
    let mut code = exit::DONE;
    for one in loaded {
        let output = film_file(one).path;
        let Some(seams) = kept(&one.store.film_folder(&output)) else {
            let name = clean(&one.name);
            let film = clean(&output.to_string_lossy());
            context.complain(&format!("{name}: the seams of `{film}` are not measured yet: render it first"));
            code = exit::SHOTS_FAILED;
            continue;
        };
        let mut poor = 0;
        for seam in seams.iter().filter(|seam| seam.finding.after.total < least) {
            let score = seam.finding.after;
            context.complain(&format!(
                "{}: {} to {} scores {:.0} of 100: {}",
                clean(&one.name),
                clean(&seam.from),
                clean(&seam.to),
                score.total,
                score.faults().join(", ")
            ));
            poor += 1;
        }
        context.note(&format!("{}: {}, {poor} below {least}", clean(&one.name), count(seams.len(), "seam")));
        for link in drifting(&one.film, &film_lock(context, one).unwrap_or_default()) {
            context.note(&format!("{}: {}", clean(&one.name), link.advice()));
        }
        if poor > 0 {
            code = exit::SHOTS_FAILED;
        }
    }
    code
}
