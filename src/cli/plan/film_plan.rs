//! The plan of one film against its lock and store.

use storyreel_core::film::{Film, Make};
use storyreel_core::graph::ShotGraph;
use storyreel_core::lock::Lock;
use storyreel_core::plan::{self, KnownClips, Plan};

use super::times::LearntTimes;
use crate::cli::context::Context;
use crate::cli::failure::CommandFailure;
use crate::cli::load::Loaded;
use crate::cli::lock_trouble::LockTrouble;
use crate::store::Store;

/// The plan of a film, with the times that renders took before where any is rendered at a service.
pub(in crate::cli) fn plan_of(
    film: &Film,
    graph: &ShotGraph,
    store: &Store,
    lock: &Lock,
    known: &dyn KnownClips,
) -> Plan {
    if film.shots.iter().any(|shot| matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)) {
        plan::make_timed(film, graph, lock, known, &LearntTimes::of(store))
    } else {
        plan::make(film, graph, lock, known)
    }
}

/// The lock of a film.
pub(in crate::cli) fn film_lock(context: &Context, loaded: &Loaded) -> Result<Lock, CommandFailure> {
    loaded.lock(context).map_err(|trouble: LockTrouble| trouble.failure())
}
