//! `storyreel recover`: fetches what earlier runs have paid for, and never orders.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::args::Recover;
use super::context::Context;
use super::load::{Loaded, told};
use super::{Done, crew, exit};
use crate::engine::recover::{Fetching, Recovered, collectable};
use crate::film::Film;
use crate::journal::{Job, Journal, Journals};
use crate::legible::{clean, count};
use crate::provider::Provider;
use crate::service::service;
use crate::store::Store;

pub(super) fn recover(context: &Context, wish: &Recover) -> Done {
    let store = context.store(wish.storyboard.as_deref().unwrap_or(Path::new("")));
    let jobs = open_jobs(context, &store)?;
    if jobs.is_empty() {
        context.note("nothing is to be fetched");
        return Ok(exit::DONE);
    }
    let patience = if wish.no_wait { Duration::ZERO } else { Duration::from_mins(30) };
    // What is wrong with the storyboard is said, and keeps nothing from being fetched.
    let loaded = wish.storyboard.as_deref().and_then(|path| Loaded::open(context, path).ok());
    let films: Vec<&Film> = loaded.iter().map(|loaded| &loaded.film).collect();
    let Left { unfetched, forgotten } = fetch(context, &store, &jobs, &films, patience)?;
    if forgotten > 0 {
        return Ok(exit::DECIDE);
    }
    if unfetched > 0 {
        context.complain(&format!("{} not fetched yet; run the command again", count(unfetched, "clip")));
        return Ok(exit::SHOTS_FAILED);
    }
    context.note("run `storyreel render`: it takes what is in the store");
    Ok(exit::DONE)
}

/// What is left when all that can be fetched is.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Clips that a later run will fetch.
    unfetched: usize,
    /// Clips that their services no longer know.
    forgotten: usize,
}

/// What earlier runs have paid for and not fetched.
pub(super) fn open_jobs(context: &Context, store: &Store) -> Result<Vec<Job>, u8> {
    let journals = Journals::load(store).map_err(|error| {
        context.complain(&told(&error));
        exit::INTERNAL
    })?;
    Ok(collectable(journals.jobs()))
}

/// Fetches the clips of these jobs from where the environment or `films` say that their services are.
pub(super) fn fetch(
    context: &Context,
    store: &Store,
    jobs: &[Job],
    films: &[&Film],
    patience: Duration,
) -> Result<Left, u8> {
    let fault = |error: &dyn std::error::Error| {
        context.complain(&told(error));
        exit::INTERNAL
    };
    let ffmpeg = context.ffmpeg().map_err(|error| {
        context.complain(&told(&error));
        exit::FILM_FAILED
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| fault(&error))?;
    let providers = providers(context, jobs, films)?;
    let mut fetching = Fetching { store, ffmpeg: &ffmpeg, providers, journal: Journal::new(store), patience };
    let mut left = Left::default();
    for job in jobs {
        let name = job.state.intent().map_or_else(|| job.recipe.to_string(), |intent| intent.shot.to_string());
        let line = match runtime.block_on(fetching.fetch(job)).map_err(|error| fault(&error))? {
            Recovered::Stored(taken) => {
                let differs = taken.differs.map_or_else(String::new, |words| format!("; it differs: {words}"));
                let frames = count(taken.facts.video.frames as usize, "frame");
                format!("{name}: fetched, {frames} from {}{differs}", taken.provider)
            }
            Recovered::Over(error) => format!("{name}: over without a clip: {}", clean(&error.to_string())),
            Recovered::Forgotten(error) => {
                left.forgotten += 1;
                let why = clean(&error.to_string());
                format!("{name}: its service no longer knows it ({why}): `storyreel status` says what to do")
            }
            Recovered::Running => {
                left.unfetched += 1;
                format!("{name}: the service still works on it")
            }
            Recovered::NotNow(why) => {
                left.unfetched += 1;
                format!("{name}: not fetched: {}", clean(&why))
            }
        };
        context.note(&line);
    }
    Ok(left)
}

/// The services that these jobs are at, as far as they can be reached.
fn providers(
    context: &Context,
    jobs: &[Job],
    films: &[&Film],
) -> Result<BTreeMap<&'static str, Arc<dyn Provider>>, u8> {
    let mut access = crew::Accesses::new();
    for job in jobs {
        let Some(service) = job.state.intent().and_then(|intent| service(&intent.service)) else { continue };
        if !access.contains_key(service.id)
            && let Ok(found) = context.access(service, films.iter().find_map(|film| film.providers.get(service.id)))
        {
            access.insert(service.id, (service, found));
        }
    }
    crew::hire(context, access)
}
