//! `storyreel recover`: fetches what earlier runs have paid for, and never orders.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::event::{Event, Stage};
use storyreel_core::film::Film;
use storyreel_core::provider::provider_by_id;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::spoken;
use storyreel_media::studio::Studio;
use storyreel_providers::Renderer;

use super::args::Recover;
use super::context::{Context, NoAccess, project_root};
use super::load::{Loaded, error_chain};
use super::render::refuse;
use super::{Done, connect, exit, trust};
use crate::engine::recover::{Recovered, Recovery, collectable};
use crate::journal::{Job, Journals};
use crate::progress::words::waits;
use crate::store::Store;

pub(super) fn recover(context: &Context, wish: &Recover) -> Done {
    let storyboard = wish.storyboard.as_deref().unwrap_or(Path::new(""));
    let store = context.store(storyboard);
    trust::refuse_linked_store(context, &project_root(storyboard), store.root())?;
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
        context.complain(&error_chain(&error));
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
        context.complain(&error_chain(error));
        exit::INTERNAL
    };
    let ffmpeg = context.ffmpeg().map_err(|error| {
        context.complain(&error_chain(&error));
        exit::FILM_FAILED
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| fault(&error))?;
    let providers = providers(context, jobs, films)?;
    let studio = Studio::new(ffmpeg);
    let mut recovery = Recovery::new(store, studio, providers, patience);
    let mut left = Left::default();
    for job in jobs {
        let intent = job.state.intent();
        let name = intent.map_or_else(|| job.recipe.to_string(), |intent| intent.shot.to_string());
        let service = intent.map_or("its service", |intent| intent.service.as_str());
        let wish = films.iter().find_map(|film| film.providers.get(service));
        let mut waits = Waits { context, name: &name, service, patience, said: false };
        let mut say = |event: &Event| waits.hear(event);
        let recovered = runtime.block_on(recovery.fetch(job, wish, &mut say)).map_err(|error| fault(&error))?;
        context.note(&left.count(&name, recovered));
    }
    Ok(left)
}

/// Says once that a task is waited for, and every long pause.
struct Waits<'a> {
    context: &'a Context,
    name: &'a str,
    service: &'a str,
    patience: Duration,
    said: bool,
}

impl Waits<'_> {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::ShotMoved { stage: Stage::Queued | Stage::Rendering, .. }
                if !self.patience.is_zero() && !std::mem::replace(&mut self.said, true) =>
            {
                let (name, service) = (self.name, clean(self.service));
                self.context.note(&format!(
                    "{name}: {service} still works on it; waiting for up to {}: Ctrl-C leaves it there, and nothing is lost",
                    spoken(self.patience)
                ));
            }
            Event::ShotWaits { pause, until, reason, .. } => {
                self.context.note(&format!("{}: {}", self.name, waits(*pause, *until, reason)));
            }
            Event::Warned { message } => self.context.note(&format!("warning: {}", clean(message))),
            _ => {}
        }
    }
}

impl Left {
    /// Counts what came of a job, and says it.
    fn count(&mut self, name: &str, recovered: Recovered) -> String {
        match recovered {
            Recovered::Stored(taken) => {
                let differs = taken.differs.map_or_else(String::new, |words| format!("; it differs: {words}"));
                let frames = count(taken.facts.video.frames as usize, "frame");
                format!("{name}: fetched, {frames} from {}{differs}", taken.provider)
            }
            Recovered::Over(error) => format!("{name}: over without a clip: {}", clean(&error.to_string())),
            Recovered::Forgotten(why) => {
                self.forgotten += 1;
                format!("{name}: its service no longer knows it ({}): `storyreel status` says what to do", clean(&why))
            }
            Recovered::Running(said) => {
                self.unfetched += 1;
                let said =
                    said.map_or_else(String::new, |said| format!(" (the last that was heard: {})", clean(&said)));
                format!("{name}: the service still works on it{said}")
            }
            Recovered::NotNow(why) => {
                self.unfetched += 1;
                format!("{name}: not fetched: {}", clean(&why))
            }
        }
    }
}

/// The services that these jobs are at, as far as they can be reached.
fn providers(
    context: &Context,
    jobs: &[Job],
    films: &[&Film],
) -> Result<BTreeMap<&'static str, Arc<dyn Renderer>>, u8> {
    let mut access = connect::Accesses::new();
    for job in jobs {
        let Some(service) = job.state.intent().and_then(|intent| provider_by_id(&intent.service)) else { continue };
        if access.contains_key(service.id) {
            continue;
        }
        let wish = films.iter().find_map(|film| film.providers.get(service.id));
        match connect::allowed_access(context, service, wish) {
            Ok(found) => drop(access.insert(service.id, (service, found))),
            Err(error @ NoAccess::NotAllowed(_)) => return Err(refuse(context, exit::REFUSED, &error.to_string())),
            // A service that cannot be reached is said of each of its tasks.
            Err(_) => {}
        }
    }
    connect::connect_renderers(context, access)
}
