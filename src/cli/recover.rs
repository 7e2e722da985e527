//! `storyreel recover`: fetches what earlier runs have paid for, and never orders.

use std::path::Path;
use std::time::Duration;

use storyreel_core::event::{Event, Stage};
use storyreel_core::film::{Film, ProviderSpec};
use storyreel_core::provider::provider_by_id;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::spoken;
use storyreel_media::studio::Studio;

use super::args::Recover;
use super::connect::{Accesses, NoAccess, Renderers, allowed_access, connect_renderers};
use super::context::{Context, project_root};
use super::failure::{CommandFailure, Done, film_failed, internal};
use super::film_recipes::FilmRecipes;
use super::load::Loaded;
use super::{exit, trust};
use crate::engine::recover::{Recovered, Recovery, collectable};
use crate::journal::{Job, Journals};
use crate::progress::words::waits;
use crate::store::Store;

pub(super) fn recover(context: &Context, args: &Recover) -> Done {
    let storyboard = args.storyboard.as_deref().unwrap_or(Path::new(""));
    let store = context.store(storyboard);
    trust::refuse_linked_store(context, &project_root(storyboard), store.root())?;
    let mut journals = Journals::load(&store).map_err(internal)?;
    journals.take_in_open().map_err(internal)?;
    let mut jobs = collectable(journals.jobs());
    if !context.rows().is_empty() {
        let recipes = FilmRecipes::of(context, args.storyboard.as_deref());
        jobs.retain(|job| !recipes.films(job).is_empty());
    }
    if jobs.is_empty() {
        context.note("there is nothing to fetch");
        return Ok(exit::DONE);
    }
    let patience = if args.no_wait { Duration::ZERO } else { Duration::from_mins(30) };
    let loaded = args.storyboard.as_deref().map_or_else(Vec::new, |path| loaded_or_said(context, path));
    let films: Vec<&Film> = loaded.iter().map(|loaded| &loaded.film).collect();
    let Unfetched { later, forgotten } = fetch(context, &store, &jobs, &films, patience)?;
    if forgotten > 0 {
        return Ok(exit::DECIDE);
    }
    if later > 0 {
        let message = format!("{} not fetched yet; run the command again", count(later, "clip"));
        return Err(CommandFailure::drawn(exit::SHOTS_FAILED, message));
    }
    context.note("run `storyreel render` to use the clips");
    Ok(exit::DONE)
}

/// The films of a storyboard. What is wrong with it is said, and keeps nothing from being fetched.
fn loaded_or_said(context: &Context, path: &Path) -> Vec<Loaded> {
    Loaded::open_films(context, path).unwrap_or_else(|failure| {
        failure.print();
        Vec::new()
    })
}

/// How many clips are not here when all that can be fetched is.
#[derive(Debug, Default)]
pub(super) struct Unfetched {
    /// Clips that a later run will fetch.
    later: usize,
    /// Clips that their services no longer know.
    forgotten: usize,
}

/// What earlier runs have paid for and not fetched.
pub(super) fn open_jobs(store: &Store) -> Result<Vec<Job>, CommandFailure> {
    let journals = Journals::load(store).map_err(internal)?;
    Ok(collectable(journals.jobs()))
}

/// Fetches the clips of these jobs from where the environment or `films` say that their services are.
pub(super) fn fetch(
    context: &Context,
    store: &Store,
    jobs: &[Job],
    films: &[&Film],
    patience: Duration,
) -> Result<Unfetched, CommandFailure> {
    let ffmpeg = context.ffmpeg().map_err(film_failed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(internal)?;
    let renderers = renderers(context, jobs, films)?;
    let studio = Studio::new(ffmpeg);
    let mut recovery = Recovery::new(store, studio, renderers, patience);
    let mut unfetched = Unfetched::default();
    for job in jobs {
        let intent = job.state.intent();
        let name = intent.map_or_else(|| job.recipe.to_string(), |intent| intent.shot.to_string());
        let provider = intent.map_or("its service", |intent| intent.provider.as_str());
        let mut waits = WaitNotes { context, name: &name, provider, patience, said: false };
        let spec = spec_of(films, provider);
        let recovered =
            runtime.block_on(recovery.fetch(job, spec, &mut |event: &Event| waits.hear(event))).map_err(internal)?;
        context.note(&unfetched.count(&name, recovered));
    }
    Ok(unfetched)
}

/// What the films say of a service.
fn spec_of<'a>(films: &[&'a Film], provider: &str) -> Option<&'a ProviderSpec> {
    films.iter().find_map(|film| film.providers.get(provider))
}

/// Says once that a task is waited for, and every long pause.
struct WaitNotes<'a> {
    context: &'a Context,
    name: &'a str,
    provider: &'a str,
    patience: Duration,
    said: bool,
}

impl WaitNotes<'_> {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::ShotMoved { stage: Stage::Queued | Stage::Rendering, .. }
                if !self.patience.is_zero() && !std::mem::replace(&mut self.said, true) =>
            {
                self.context.note(&format!(
                    "{}: {} is still working on it; waiting up to {}. Ctrl-C stops waiting, and nothing is lost",
                    self.name,
                    clean(self.provider),
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

impl Unfetched {
    /// Counts what came of a job, and puts it into words.
    fn count(&mut self, name: &str, recovered: Recovered) -> String {
        match recovered {
            Recovered::Stored(clip) => {
                let differs = clip.differs.map_or_else(String::new, |words| format!("; it differs: {words}"));
                let frames = count(clip.facts.video.frames as usize, "frame");
                format!("{name}: fetched, {frames} from {}{differs}", clip.provider)
            }
            Recovered::Over(error) => format!("{name}: ended without a clip: {}", clean(&error.to_string())),
            Recovered::Forgotten(why) => {
                self.forgotten += 1;
                format!("{name}: its service no longer knows it ({}): `storyreel status` says what to do", clean(&why))
            }
            Recovered::Running(heard) => {
                self.later += 1;
                let heard = heard.map_or_else(String::new, |heard| format!(" (last answer: {})", clean(&heard)));
                format!("{name}: the service is still working on it{heard}")
            }
            Recovered::NotNow(why) => {
                self.later += 1;
                format!("{name}: not fetched: {}", clean(&why))
            }
        }
    }
}

/// The services that these jobs are at, as far as they can be reached.
fn renderers(context: &Context, jobs: &[Job], films: &[&Film]) -> Result<Renderers, CommandFailure> {
    let mut accesses = Accesses::new();
    for job in jobs {
        let Some(provider) = job.state.intent().and_then(|intent| provider_by_id(&intent.provider)) else { continue };
        if accesses.contains_key(provider.id) {
            continue;
        }
        match allowed_access(context, provider, spec_of(films, provider.id)) {
            Ok(access) => drop(accesses.insert(provider.id, access)),
            Err(error @ NoAccess::NotAllowed(_)) => {
                return Err(CommandFailure::new(exit::REFUSED, error.to_string()));
            }
            // A service that cannot be reached is said of each of its tasks.
            Err(_) => {}
        }
    }
    connect_renderers(accesses)
}
