//! `storyreel render`: plan, make, assemble.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::args::{ProgressArg, Render};
use super::context::Context;
use super::load::{Loaded, told};
use super::plan::planned;
use super::{Done, exit};
use crate::catalog::ANIMATIC;
use crate::engine::{self, Board, EngineError, Outcome, Ports};
use crate::event::Event;
use crate::inventory::Looks;
use crate::legible::count;
use crate::media::Ffmpeg;
use crate::plan::Action;
use crate::provider::Provider;
use crate::provider::animatic::Animatic;
use crate::report::{Progress, reporter};
use crate::store::Store;
use crate::studio::Studio;
use crate::text::{Severity, listed};

pub(super) fn render(context: &Context, wish: &Render) -> Done {
    let mut loaded = Loaded::open_all(context, &wish.boards.storyboards)?;
    if wish.output.is_some() && loaded.len() > 1 {
        return refuse(context, exit::USAGE, "`--output` names one film, but there are several storyboards");
    }
    loaded.iter().for_each(|one| one.warn(context, Severity::Warning));
    let Some(store) = loaded.first().map(|one| one.store.clone()) else { return Ok(exit::DONE) };
    let looks: Vec<Looks> = loaded.iter_mut().map(|one| std::mem::take(&mut one.looks)).collect();
    let mut boards = Vec::new();
    for one in loaded {
        boards.push(board(context, wish, one)?);
    }
    if let Some(output) = twice(&boards) {
        let message = format!("two storyboards would write `{}`: set `film.output` in one of them", output.display());
        return refuse(context, exit::USAGE, &message);
    }
    if wish.locked {
        check_locked(context, &boards)?;
    }
    let ffmpeg = context.ffmpeg().map_err(|error| {
        context.complain(&told(&error));
        exit::FILM_FAILED
    })?;
    let runtime = runtime(to_make(&boards)).map_err(|error| {
        context.complain(&told(&error));
        exit::INTERNAL
    })?;
    let code = runtime.block_on(run(context, wish, &mut boards, &store, ffmpeg));
    looks.iter().for_each(Looks::save);
    // Painting threads may be in the middle of a frame: they end with the process.
    runtime.shutdown_background();
    // The process ends here, so large films are not taken apart piece by piece; what has files to remove is gone.
    std::mem::forget(boards);
    code
}

fn board(context: &Context, wish: &Render, loaded: Loaded) -> Result<Board, u8> {
    if let Some(unknown) = wish.only.iter().find(|id| loaded.film.shots.iter().all(|shot| shot.id != **id)) {
        let ids = listed(loaded.film.shots.iter().map(|shot| shot.id.as_str()), 12);
        let message = format!("`--only {unknown}`: {} has no such shot; it has {ids}", loaded.name);
        return Err(refuse(context, exit::USAGE, &message).unwrap_or_else(|code| code));
    }
    let (plan, lock) = planned(context, &loaded)?;
    let output = match &wish.output {
        Some(output) => output.clone(),
        None => loaded.output(),
    };
    let only = (!wish.only.is_empty()).then(|| wish.only.clone());
    let lock_file = loaded.lock_file();
    Ok(Board { folder: loaded.folder, film: loaded.film, graph: loaded.graph, plan, lock, lock_file, output, only })
}

fn to_make(boards: &[Board]) -> bool {
    boards.iter().flat_map(|board| &board.plan.steps).any(|step| !matches!(step.action, Action::Reuse(_)))
}

/// Where nothing is to be made, one thread is enough to find that out.
fn runtime(to_make: bool) -> io::Result<Runtime> {
    let mut builder = if to_make { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.worker_threads(2).enable_all().build()
}

fn refuse(context: &Context, code: u8, message: &str) -> Done {
    context.complain(&format!("error: {}", crate::legible::clean(message)));
    Err(code)
}

fn twice(boards: &[Board]) -> Option<PathBuf> {
    let absolute = |board: &Board| std::path::absolute(&board.output).unwrap_or_else(|_| board.output.clone());
    let mut outputs: Vec<PathBuf> = boards.iter().map(absolute).collect();
    outputs.sort();
    outputs.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

/// With `--locked` nothing is made, so everything must be there.
fn check_locked(context: &Context, boards: &[Board]) -> Result<(), u8> {
    let mut missing = 0;
    for board in boards {
        for step in board.plan.steps.iter().filter(|step| !matches!(step.action, Action::Reuse(_))) {
            missing += 1;
            context.complain(&format!("{}: {}", step.shot, step.why));
        }
    }
    if missing == 0 {
        return Ok(());
    }
    let shots = count(missing, "shot");
    refuse(context, exit::REFUSED, &format!("{shots} would have to be made; run without `--locked` to make them"))
        .map(|_| ())
}

async fn run(context: &Context, wish: &Render, boards: &mut [Board], store: &Store, ffmpeg: Ffmpeg) -> Done {
    let to_make = to_make(boards);
    if to_make && let Err(error) = able(&ffmpeg).await {
        context.complain(&error);
        return Err(exit::FILM_FAILED);
    }
    let studio = Studio::new(ffmpeg);
    // Finished animatics wait in a folder of their own until they are fetched.
    let tray = match to_make.then(|| store.workspace()).transpose() {
        Ok(tray) => tray,
        Err(error) => {
            context.complain(&told(&error));
            return Err(exit::INTERNAL);
        }
    };
    let mut providers: BTreeMap<&'static str, Arc<dyn Provider>> = BTreeMap::new();
    if let Some(tray) = &tray {
        providers.insert(ANIMATIC, Arc::new(Animatic::new(Arc::clone(&studio), tray.path().to_owned())));
    }
    let (stop, stops) = unbounded_channel();
    tokio::spawn(listen(stop));
    let mut reporter =
        reporter(progress(wish.progress), context.screen(), Box::new(io::stdout()), Box::new(io::stderr()));
    let mut say = |event: &Event| {
        // A report that cannot be written stops no render.
        let _ = reporter.event(event);
    };
    let processors = wish.jobs.map_or_else(processors, usize::from);
    let ports = Ports { store, studio, providers, processors, fail_fast: wish.fail_fast, say: &mut say, stops };
    let result = engine::render(boards, ports).await;
    let _ = reporter.finish();
    conclude(context, result)
}

/// Whether this ffmpeg can do the work, asked before any of it begins.
async fn able(ffmpeg: &Ffmpeg) -> Result<(), String> {
    let found = ffmpeg.inspect().await.map_err(|error| told(&error))?;
    if found.is_complete() {
        return Ok(());
    }
    let lacking = listed(found.missing_encoders.into_iter().chain(found.missing_filters), 12);
    Err(format!("error: this ffmpeg lacks {lacking}: install a full build; `storyreel doctor` says how"))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

const fn progress(wish: ProgressArg) -> Progress {
    match wish {
        ProgressArg::Auto => Progress::Auto,
        ProgressArg::Plain => Progress::Plain,
        ProgressArg::Json => Progress::Json,
        ProgressArg::None => Progress::None,
    }
}

/// Passes every interrupt on.
async fn listen(stop: UnboundedSender<()>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            if stop.send(()).is_err() {
                return;
            }
        }
    }
    #[cfg(not(unix))]
    while tokio::signal::ctrl_c().await.is_ok() && stop.send(()).is_ok() {}
}

fn conclude(context: &Context, result: Result<Outcome, EngineError>) -> Done {
    let outcome = result.map_err(|error| {
        context.complain(&told(&error));
        exit::INTERNAL
    })?;
    if outcome.interrupted {
        context.complain("stopped; run the same command again to go on from here");
        return Ok(exit::INTERRUPTED);
    }
    if outcome.failed > 0 || outcome.blocked > 0 {
        let names = listed(outcome.not_made.iter().map(|key| key.shot.as_str()), 12);
        context.complain(&format!(
            "not made: {names}; what is made is kept; mend the cause and run the same command again"
        ));
        return Ok(exit::SHOTS_FAILED);
    }
    Ok(if outcome.films_failed > 0 { exit::FILM_FAILED } else { exit::DONE })
}
