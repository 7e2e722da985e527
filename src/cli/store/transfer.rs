//! What films need, between the store of a project and a shared one; and whether a shared store is fit to be used.

use std::collections::BTreeMap;
use std::path::PathBuf;

use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::Action;
use storyreel_core::recipe::Recipe;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::Digest;

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done, internal};
use crate::cli::load::Loaded;
use crate::cli::output::print;
use crate::cli::plan::planned;
use crate::cli::sharing::{run_race, transfer_progress, unfair};
use crate::cli::trust::acceptance::refuse_untrusted;
use crate::progress::words;
use crate::shared_store::{Race, SharedStore};
use crate::store::Store;

/// The shared store that the command line names.
fn shared_store(context: &Context) -> Result<&SharedStore, CommandFailure> {
    context.shared_store().ok_or_else(|| {
        let message = "name the shared store: `--store s3://bucket/prefix` (`gs://`, `az://`, `file:///folder`)";
        CommandFailure::new(exit::USAGE, message)
    })
}

/// `store check`.
pub(super) fn check(context: &Context) -> Done {
    let Some(shared) = context.shared_store() else {
        let store = context.store(&PathBuf::new());
        let root = clean(&store.root().display().to_string());
        return print(&format!("{root}: a store of this machine; its runs know of each other by locks\n"));
    };
    shared.open().map_err(|fault| CommandFailure::caused_by(exit::REFUSED, &fault))?;
    let race = run_race(shared)?;
    if !race.is_fair() {
        return Err(unfair(shared, race));
    }
    context.store(&PathBuf::new()).remember_race();
    let Race { rounds, creators, .. } = race;
    print(&format!(
        "{}: layout 1; in {rounds} of {rounds} races, each of {creators} for one name, exactly one won\n",
        shared.address()
    ))
}

/// The clips that films are made of, and all that their locks name, by recipe.
fn clips_of(context: &Context, loaded: &[Loaded]) -> Result<BTreeMap<Digest, ClipRecord>, CommandFailure> {
    let mut clips = BTreeMap::new();
    for one in loaded {
        let (plan, lock) = planned(context, one)?;
        clips.extend(lock.facts().map(|(_, taken)| (taken.recipe, taken.clone())));
        for step in &plan.steps {
            if let Action::Reuse(record) = &step.action {
                clips.insert(record.recipe, (**record).clone());
            }
        }
    }
    Ok(clips)
}

/// The films, and the store of the first, which is that of all.
fn opened(context: &Context, storyboards: &[PathBuf]) -> Result<(Vec<Loaded>, Store), CommandFailure> {
    let loaded = Loaded::open_all(context, storyboards)?;
    refuse_untrusted(context, &loaded)?;
    match loaded.first().map(|first| first.store.clone()) {
        Some(store) => Ok((loaded, store)),
        None => Err(CommandFailure::new(exit::USAGE, "there is no storyboard")),
    }
}

/// `store push`.
pub(super) fn push(context: &Context, storyboards: &[PathBuf]) -> Done {
    let shared = shared_store(context)?;
    shared.open().map_err(|fault| CommandFailure::caused_by(exit::REFUSED, &fault))?;
    let (loaded, store) = opened(context, storyboards)?;
    let clips: Vec<ClipRecord> = clips_of(context, &loaded)?.into_values().collect();
    let here = clips.iter().filter(|taken| store.object(&taken.clip).exists()).count();
    let unshared = store.unshared(&clips).map_err(internal)?;
    let sent = store.share_all(&unshared, &transfer_progress(context)).map_err(internal)?;
    let text = format!(
        "pushed {} to {}: {}, {}; {} there already\n",
        count(unshared.len(), "clip"),
        shared.address(),
        count(sent.objects, "object"),
        words::bytes(sent.bytes),
        here - unshared.len()
    );
    print(&text)
}

/// `store pull`.
pub(super) fn pull(context: &Context, storyboards: &[PathBuf]) -> Done {
    let shared = shared_store(context)?;
    let (loaded, store) = opened(context, storyboards)?;
    let clips = clips_of(context, &loaded)?;
    let mut objects: Vec<Digest> = clips.values().map(|taken| taken.clip).collect();
    objects.extend(clips.values().filter_map(|taken| taken.last_frame));
    objects.retain(|object| !store.object(object).exists());
    objects.sort_unstable();
    objects.dedup();
    let present = store.present_there(&objects).map_err(internal)?;
    let missing = clips.values().filter(|taken| !store.object(&taken.clip).exists() && !present.contains(&taken.clip));
    let missing = missing.count();
    let came = store.bring(present.iter().copied(), &transfer_progress(context)).map_err(internal)?;
    keep_receipts(&store, shared, &clips)?;
    let missing = if missing == 0 { String::new() } else { format!("; {} not there", count(missing, "clip")) };
    print(&format!(
        "pulled from {}: {}, {}{missing}\n",
        shared.address(),
        count(came.objects, "object"),
        words::bytes(came.bytes)
    ))
}

/// Keeps the receipts of clips that came, so that this store knows what they are without the other.
fn keep_receipts(
    store: &Store,
    shared: &SharedStore,
    clips: &BTreeMap<Digest, ClipRecord>,
) -> Result<(), CommandFailure> {
    let unknown: Vec<Digest> = clips.keys().filter(|recipe| store.clip_here(recipe).is_none()).copied().collect();
    let recipes: Vec<Recipe> =
        shared.recipes(&unknown).map_err(|fault| CommandFailure::caused_by(exit::INTERNAL, &fault))?;
    for recipe in recipes {
        let Some(taken) = clips.get(&recipe.digest()) else { continue };
        if store.object(&taken.clip).exists() {
            store.keep_receipt(&recipe, taken).map_err(internal)?;
        }
    }
    Ok(())
}
