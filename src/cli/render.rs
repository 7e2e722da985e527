//! `storyreel render`: plan, make, assemble.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use storyreel_core::budget::Cap;
use storyreel_core::event::Event;
use storyreel_core::film::Film;
use storyreel_core::lock::Lock;
use storyreel_core::plan::saved::{SavedBoard, SavedPlan};
use storyreel_core::plan::{self, Action, Step};
use storyreel_core::provider::ANIMATIC;
use storyreel_core::sanitize::count;
use storyreel_core::text::{Problem, Severity, SourceFile, listed};
use storyreel_core::timeline::{Codec, encoder_name};
use storyreel_media::media::Ffmpeg;
use storyreel_media::studio::Studio;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::args::{ProgressArg, RenderOptions};
use super::connect;
use super::consent;
use super::context::Context;
use super::fonts::DrawableCharacters;
use super::load::{Loaded, error_chain};
use super::plan::{planned, saved};
use super::problems;
use super::recover;
use super::refusal;
use super::report::Watch;
use super::trust;
use super::{Done, exit, unwritten};
use crate::animatic::Animatic;
use crate::engine::{self, Board, EngineError, Ports, RunOutcome};
use crate::inventory::InspectionCache;
use crate::journal::Job;
use crate::progress::{ProgressFormat, progress_output};
use crate::store::{Store, insist_on_file, write_whole};

pub(super) fn render(context: &Context, wish: &RenderOptions) -> Done {
    let mut loaded = Loaded::open_all(context, &wish.boards.storyboards)?;
    if wish.output.is_some() && loaded.len() > 1 {
        return Err(refuse(context, exit::USAGE, "`--output` names one film, but there are several storyboards"));
    }
    trust::refuse_untrusted(context, &loaded)?;
    trust::name(context, &loaded);
    loaded.iter().for_each(|one| one.warn(context, Severity::Warning));
    let Some(store) = loaded.first().map(|one| one.store.clone()) else { return Ok(exit::DONE) };
    let sources: Vec<SourceFile> = loaded.iter().map(|one| one.source.clone()).collect();
    let looks: Vec<InspectionCache> = loaded.iter_mut().map(|one| std::mem::take(&mut one.looks)).collect();
    let mut boards = Vec::new();
    let mut plans = Vec::new();
    for one in loaded {
        let (board, plan) = board(context, wish, one)?;
        boards.push(board);
        plans.extend(plan);
    }
    if let Some(file) = &wish.plan {
        check_plan(context, file, plans)?;
    }
    if let Some(board) = boards.iter().find(|board| board.film.codec == Some(Codec::Prores) && !is_mov(&board.output)) {
        let output = storyreel_core::sanitize::clean(&board.output.to_string_lossy());
        let message = format!("a film in ProRes is a QuickTime file: let `{output}` end in `.mov`");
        return Err(refuse(context, exit::USAGE, &message));
    }
    for board in &boards {
        insist_on_file(&board.output).map_err(|error| {
            let output = storyreel_core::sanitize::clean(&board.output.to_string_lossy());
            refuse(context, exit::USAGE, &format!("cannot write `{output}`: {error}"))
        })?;
    }
    if wish.locked {
        check_locked(context, &boards)?;
    }
    warn_of_fonts(context, &boards, &sources);
    let cap = consent::cap(context, wish, &boards)?;
    let access = connect::required_access(context, &boards)?;
    consent::consent(context, wish, &boards, &cap)?;
    let ffmpeg = context.ffmpeg().map_err(|error| {
        context.complain(&error_chain(&error));
        exit::FILM_FAILED
    })?;
    let runtime = runtime(to_make(&boards)).map_err(|error| {
        context.complain(&error_chain(&error));
        exit::INTERNAL
    })?;
    fetch_unclaimed(context, &boards, &store)?;
    let means = Means { store: &store, ffmpeg, cap, access };
    let code = runtime.block_on(run(context, wish, &mut boards, &sources, means));
    looks.iter().for_each(InspectionCache::save);
    // Painting threads may be in the middle of a frame: they end with the process.
    runtime.shutdown_background();
    // The process ends here, so large films are not taken apart piece by piece; what has files to remove is gone.
    std::mem::forget(boards);
    code
}

/// A storyboard ready to be made; with `--plan` also as a plan would be saved now.
fn board(context: &Context, wish: &RenderOptions, loaded: Loaded) -> Result<(Board, Option<SavedBoard>), u8> {
    if let Some(unknown) = wish.only.iter().find(|id| loaded.film.shots.iter().all(|shot| shot.id != **id)) {
        let ids = listed(loaded.film.shots.iter().map(|shot| shot.id.as_str()), 12);
        let message = format!("`--only {unknown}`: {} has no such shot; it has {ids}", loaded.name);
        return Err(refuse(context, exit::USAGE, &message));
    }
    let (plan, lock) = planned(context, &loaded)?;
    let save = wish.plan.as_ref().map(|_| saved(context, &loaded, &plan)).transpose()?;
    let output = match &wish.output {
        Some(output) => output.clone(),
        None => loaded.output(),
    };
    trust::refuse_link(context, &loaded.root(), &output)?;
    let only = (!wish.only.is_empty()).then(|| wish.only.clone());
    let lock_file = loaded.lock_file();
    settle(&lock_file, &lock).map_err(|error| {
        context.complain(&error_chain(&error));
        exit::INTERNAL
    })?;
    let Loaded { folder, film, graph, .. } = loaded;
    Ok((Board { folder, film, graph, plan, lock, lock_file, output, only }, save))
}

/// Writes a lock without the conflict markers that it was read with, or with the choice among its spare clips; and one that
/// is not there yet with what counts for it already.
fn settle(file: &Path, lock: &Lock) -> io::Result<()> {
    let Ok(text) = std::fs::read_to_string(file) else {
        return if lock.shots.is_empty() { Ok(()) } else { write_whole(file, lock.text().as_bytes(), true) };
    };
    if lock.spare.is_empty() && !text.contains("<<<<<<<") {
        return Ok(());
    }
    let settled = lock.text();
    if text == settled { Ok(()) } else { write_whole(file, settled.as_bytes(), true) }
}

/// Says before a shot is painted that it would show boxes.
fn warn_of_fonts(context: &Context, boards: &[Board], sources: &[SourceFile]) {
    let mut fonts = DrawableCharacters::default();
    for (board, source) in boards.iter().zip(sources) {
        let asked = |at: usize| {
            let step = &board.plan.steps[at];
            let wanted = board.only.as_ref().is_none_or(|only| only.contains(&step.shot));
            wanted && !matches!(step.action, Action::Reuse(_))
        };
        if let Some(problem) = fonts.lacking(&board.film, asked) {
            context.note(&problems::draw(context, source, &[problem]));
        }
    }
}

fn to_make(boards: &[Board]) -> bool {
    boards.iter().flat_map(|board| &board.plan.steps).any(|step| !matches!(step.action, Action::Reuse(_)))
}

/// Where nothing is to be made, one thread is enough to find that out.
fn runtime(to_make: bool) -> io::Result<Runtime> {
    let mut builder = if to_make { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.worker_threads(2).enable_all().build()
}

/// What was paid for shots of these storyboards and asked for otherwise since (another prompt, another provider) is
/// fetched where it was ordered: it costs nothing, and nothing that is paid is lost.
fn fetch_unclaimed(context: &Context, boards: &[Board], store: &Store) -> Result<(), u8> {
    let steps = || boards.iter().flat_map(|board| &board.plan.steps);
    // What is closed and known is up to the run itself; with nothing to make, nothing is looked up.
    let to_make: Vec<&Step> = steps().filter(|step| !matches!(step.action, Action::Reuse(_) | Action::Local)).collect();
    if to_make.is_empty() {
        return Ok(());
    }
    let strays: Vec<Job> = (recover::open_jobs(context, store)?.into_iter())
        .filter(|job| {
            let of_shot = |step: &&Step| job.state.intent().is_some_and(|intent| intent.shot == step.shot);
            let wanted = to_make.iter().any(|step| step.recipe == Some(job.recipe));
            !wanted && steps().any(|step| of_shot(&step))
        })
        .collect();
    if !strays.is_empty() {
        context.note("earlier orders of these shots are fetched first:");
        let films: Vec<&Film> = boards.iter().map(|board| &board.film).collect();
        recover::fetch(context, store, &strays, &films, std::time::Duration::ZERO)?;
    }
    Ok(())
}

/// Says why nothing is done, and gives the exit code back.
pub(super) fn refuse(context: &Context, code: u8, message: &str) -> u8 {
    context.complain(&format!("error: {}", storyreel_core::sanitize::clean(message)));
    code
}

fn is_mov(output: &Path) -> bool {
    output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mov"))
}

/// A saved plan is carried out as it is, or not at all.
fn check_plan(context: &Context, file: &Path, now: Vec<SavedBoard>) -> Result<(), u8> {
    let shown = storyreel_core::sanitize::clean(&file.to_string_lossy());
    let text = std::fs::read_to_string(file)
        .map_err(|error| refuse(context, exit::USAGE, &format!("cannot read the plan `{shown}`: {error}")))?;
    let plan = SavedPlan::read(&text).map_err(|error| refuse(context, exit::USAGE, &format!("`{shown}`: {error}")))?;
    let changes = plan::saved::differences(&plan, &SavedPlan::new(now));
    if changes.is_empty() {
        return Ok(());
    }
    for change in &changes {
        context.complain(&storyreel_core::sanitize::clean(change));
    }
    let message =
        format!("`{shown}` no longer says what would be done; nothing was ordered. Plan again and look at it");
    Err(refuse(context, exit::REFUSED, &message))
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
    let message = format!("{shots} would have to be made; run without `--locked` to make them");
    Err(refuse(context, exit::REFUSED, &message))
}

/// What a run works with, as far as it is known before it begins.
struct Means<'a> {
    store: &'a Store,
    ffmpeg: Ffmpeg,
    cap: Cap,
    access: connect::Accesses,
}

async fn run(
    context: &Context,
    wish: &RenderOptions,
    boards: &mut [Board],
    sources: &[SourceFile],
    means: Means<'_>,
) -> Done {
    let Means { store, ffmpeg, cap, access } = means;
    let to_make = to_make(boards);
    let codecs: Vec<Codec> = boards.iter().filter_map(|board| board.film.codec).collect();
    if (to_make || !codecs.is_empty())
        && let Err(error) = able(&ffmpeg, &codecs).await
    {
        context.complain(&error);
        return Err(exit::FILM_FAILED);
    }
    let studio = Studio::new(ffmpeg);
    // Finished animatics wait in a folder of their own until they are fetched.
    let tray = match to_make.then(|| store.workspace()).transpose() {
        Ok(tray) => tray,
        Err(error) => {
            context.complain(&error_chain(&error));
            return Err(exit::INTERNAL);
        }
    };
    let mut providers = connect::connect_renderers(context, access)?;
    if let Some(tray) = &tray {
        providers.insert(ANIMATIC, Arc::new(Animatic::new(Arc::clone(&studio), tray.path().to_owned())));
    }
    let (stop, stops) = unbounded_channel();
    tokio::spawn(listen(stop));
    let mut reporter =
        progress_output(progress(wish.progress), context.screen(), Box::new(io::stdout()), Box::new(io::stderr()));
    let mut watch = Watch::begin();
    let mut unsaid: Option<io::Error> = None;
    let mut say = |event: &Event| {
        watch.hear(event);
        // A report that cannot be written stops no render: what is paid for is brought home.
        if let Err(error) = reporter.event(event) {
            unsaid = unsaid.take().or(Some(error));
        }
    };
    let processors = wish.jobs.map_or_else(processors, usize::from);
    let ports = Ports {
        store,
        studio,
        providers,
        processors,
        fail_fast: wish.fail_fast,
        cap,
        rebuy: wish.rebuy,
        say: &mut say,
        stops,
    };
    let result = engine::render(boards, ports).await;
    if let Err(error) = reporter.finish() {
        unsaid = unsaid.take().or(Some(error));
    }
    watch.keep(store, boards);
    let code = conclude(context, result, boards, sources)?;
    match unsaid.filter(|_| progress(wish.progress) == ProgressFormat::Json) {
        // The stream of events is data: a run of which a program heard nothing is no success.
        Some(error) if code == exit::DONE => Err(unwritten(&error)),
        _ => Ok(code),
    }
}

/// Whether this ffmpeg can do the work and encode in the codecs that films are to be in, asked before any of it begins.
async fn able(ffmpeg: &Ffmpeg, codecs: &[Codec]) -> Result<(), String> {
    let found = ffmpeg.inspect_once(Context::ffmpeg_memory().as_deref()).await.map_err(|error| error_chain(&error))?;
    if let Some(codec) = codecs.iter().find(|codec| found.missing_codecs.contains(codec)) {
        let encoder = encoder_name(*codec);
        return Err(format!(
            "error: this ffmpeg lacks the encoder {encoder}, which `film.codec: {codec}` needs: install a full build, \
             or choose another codec"
        ));
    }
    if found.is_complete() {
        return Ok(());
    }
    let lacking = listed(found.missing_encoders.into_iter().chain(found.missing_filters), 12);
    Err(format!("error: this ffmpeg lacks {lacking}: install a full build; `storyreel doctor` says how"))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

const fn progress(wish: ProgressArg) -> ProgressFormat {
    match wish {
        ProgressArg::Auto => ProgressFormat::Auto,
        ProgressArg::Plain => ProgressFormat::Plain,
        ProgressArg::Json => ProgressFormat::Json,
        ProgressArg::None => ProgressFormat::None,
    }
}

/// Passes every interrupt on: Ctrl-C, a terminal that is closed, and the wish of whoever ends programs.
async fn listen(stop: UnboundedSender<()>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        loop {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hangup.recv() => {} }
            if stop.send(()).is_err() {
                return;
            }
        }
    }
    #[cfg(not(unix))]
    while tokio::signal::ctrl_c().await.is_ok() && stop.send(()).is_ok() {}
}

fn conclude(
    context: &Context,
    result: Result<RunOutcome, EngineError>,
    boards: &[Board],
    sources: &[SourceFile],
) -> Done {
    let outcome = result.map_err(|error| {
        context.complain(&error_chain(&error));
        exit::INTERNAL
    })?;
    let mut told = BTreeSet::new();
    for (board, source) in sources.iter().enumerate() {
        let own = outcome.troubles.iter().filter(|trouble| trouble.key.board == board);
        let mut found: Vec<Problem> =
            own.filter_map(|trouble| refusal::problem(&boards[board].film, trouble)).collect();
        // What is about the account and not about a shot has no place. One remedy for all shots is said once.
        found.retain(|problem| !problem.labels.is_empty() || told.insert((problem.code, problem.help.clone())));
        if !found.is_empty() {
            context.complain(&problems::draw(context, source, &found));
        }
    }
    if outcome.interrupted {
        context.complain("stopped; run the same command again to go on from here");
        return Ok(exit::INTERRUPTED);
    }
    if outcome.failed > 0 || outcome.blocked > 0 {
        let names = listed(outcome.not_made.iter().map(|key| key.shot.as_str()), 12);
        let what = match outcome.unclear {
            0 => "mend the cause and run the same command again",
            _ => "`storyreel status` says what is to be decided; then run the same command again",
        };
        context.complain(&format!("not made: {names}; what is made is kept; {what}"));
        return Ok(if outcome.unclear > 0 { exit::DECIDE } else { exit::SHOTS_FAILED });
    }
    Ok(if outcome.films_failed > 0 { exit::FILM_FAILED } else { exit::DONE })
}
