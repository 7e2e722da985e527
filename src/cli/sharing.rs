//! A run on a shared store: what is insisted on before it, and what is said after it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{Action, Plan};
use storyreel_core::sanitize::{chain, count};
use storyreel_core::units::Digest;

use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, internal};
use super::orders::{executed_steps, possible_orders};
use crate::engine::Board;
use crate::progress::words;
use crate::shared_store::{HearTransfer, Race, SharedStore, Transfer};
use crate::store::Store;

/// Opens the shared store, insists that it can be bought with where something may be ordered, and puts there what is
/// here and not there, so that nobody else pays for it.
pub(super) fn prepare(context: &Context, store: &Store, boards: &[Board], rebuy: bool) -> Result<(), CommandFailure> {
    let Some(shared) = store.shared() else { return Ok(()) };
    shared.open().map_err(|fault| CommandFailure::caused_by(exit::REFUSED, &fault))?;
    if possible_orders(boards, rebuy).iter().any(|step| step.estimate.is_some()) && !store.has_raced() {
        insist_on_race(context, shared)?;
        store.remember_race();
    }
    let mut here: BTreeMap<Digest, ClipRecord> = BTreeMap::new();
    for step in boards.iter().flat_map(executed_steps) {
        if let Action::Reuse(record) = &step.action {
            here.insert(record.recipe, (**record).clone());
        }
    }
    let here: Vec<ClipRecord> = here.into_values().collect();
    let unshared = store.unshared(&here).map_err(internal)?;
    if !unshared.is_empty() {
        let sent = store.share_all(&unshared, &transfer_progress(context)).map_err(internal)?;
        let clips = count(unshared.len(), "clip");
        context.note(&format!("{clips} put into {}, {}", shared.address(), words::bytes(sent.bytes)));
    }
    Ok(())
}

/// Brings the clips here of which a film is made, and these others, for what reads them as files.
pub(super) fn bring_clips<'a>(
    store: &Store,
    plan: &Plan,
    others: impl Iterator<Item = &'a ClipRecord>,
) -> Result<(), CommandFailure> {
    if store.shared().is_none() {
        return Ok(());
    }
    let made = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Reuse(record) => Some(record.clip),
        _ => None,
    });
    store.bring_quietly(made.chain(others.map(|record| record.clip))).map_err(internal)
}

/// Races, and refuses a store that lets two win.
fn insist_on_race(context: &Context, shared: &SharedStore) -> Result<(), CommandFailure> {
    context.note(&format!("checking that {} lets one machine alone buy a shot", shared.address()));
    let race = run_race(shared)?;
    if race.is_fair() { Ok(()) } else { Err(unfair(shared, race)) }
}

/// Races for names that nobody else has.
pub(super) fn run_race(shared: &SharedStore) -> Result<Race, CommandFailure> {
    let nonce = format!("{:016x}", fastrand::u64(..));
    shared.race(&nonce).map_err(|fault| CommandFailure::caused_by(exit::REFUSED, &fault))
}

/// Why a store is refused.
pub(super) fn unfair(shared: &SharedStore, race: Race) -> CommandFailure {
    let Race { rounds, creators, lost } = race;
    let message = format!(
        "{} lets two machines buy the same shot: in {lost} of {rounds} races, each of {creators} for one name, not exactly \
         one won; nothing was ordered",
        shared.address()
    );
    CommandFailure::new(exit::REFUSED, message).help(
        "use a service that honours conditional writes (`If-None-Match: *`) when requests come at once; this one can still \
         be read: `storyreel store pull`, and `render --locked`",
    )
}

/// What is said after a run whose clips could not all be put into the shared store.
pub(super) fn conclude(context: &Context, store: &Store, done: Done) -> Done {
    let Some(fault) = store.sharing_fault() else { return done };
    let fault = chain(&fault);
    if matches!(done, Ok(exit::DONE)) {
        let message = format!("what was made is here, and may not be in the shared store: {fault}");
        let help = "run the same command again: it puts it there, and makes nothing twice";
        return Err(CommandFailure::new(exit::INTERNAL, message).help(help));
    }
    context.complain(&format!("warning: {fault}"));
    done
}

/// Shows how far a transfer is, on a terminal.
pub(super) fn transfer_progress(context: &Context) -> HearTransfer {
    if !context.stderr_is_terminal || context.common.quiet {
        return Arc::new(|_| {});
    }
    Arc::new(|Transfer { done, all, bytes }| {
        let end = if done == all { "\n" } else { "" };
        // Nobody reading is no fault.
        let _ = write!(std::io::stderr().lock(), "\r{done} of {all} objects, {}   {end}", words::bytes(bytes));
    })
}
