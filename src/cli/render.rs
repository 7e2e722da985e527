//! `storyreel render`: plan, make, assemble.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::budget::Cap;
use storyreel_core::event::Event;
use storyreel_core::film::Film;
use storyreel_core::index::BoardIndex;
use storyreel_core::job::time;
use storyreel_core::lock::Lock;
use storyreel_core::plan::saved::{SavedBoard, SavedPlan, differences};
use storyreel_core::plan::{Action, Step};
use storyreel_core::provider::ANIMATIC;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::source_file::SourceFile;
use storyreel_core::text::{Problem, Severity, listed};
use storyreel_core::timeline::{Codec, encoder_name};
use storyreel_media::media::Ffmpeg;
use storyreel_media::studio::Studio;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::args::{ProgressArg, RenderOptions, RunOptions};
use super::connect::{Accesses, connect_renderers, required_access};
use super::consent::{require_consent, spending_cap};
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, film_failed, internal};
use super::film_file::FilmFileRecord;
use super::fonts::DrawableCharacters;
use super::load::Loaded;
use super::output::check_output_file;
use super::plan::{planned, saved_board};
use super::problems;
use super::recover;
use super::refusal;
use super::report::RunLog;
use super::sharing;
use super::trust;
use super::trust::acceptance::{refuse_untrusted, warn_of_requests};
use crate::animatic::Animatic;
use crate::engine::{self, Board, BoardTarget, EngineError, Patience, Ports, RunOutcome};
use crate::inventory::InspectionCache;
use crate::journal::{Job, Journal};
use crate::progress::{ProgressFormat, ProgressOutput, progress_output, words};
use crate::store::{Store, write_lock};

pub(super) fn render(context: &Context, options: &RenderOptions) -> Done {
    let loaded = Loaded::open_all(context, &options.boards.storyboards)?;
    if options.output.is_some() && loaded.len() > 1 {
        let message = "`--output` is for one storyboard, and there are several";
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    refuse_untrusted(context, &loaded)?;
    warn_of_requests(context, &loaded);
    Loaded::warn_all(context, &loaded, Severity::Warning);
    let Some(store) = loaded.first().map(|one| one.store.clone()) else { return Ok(exit::DONE) };
    let mut batch = Batch::of(context, options, loaded)?;
    batch.check(options)?;
    batch.warn_of_fonts(context);
    let cap = spending_cap(&options.run, &batch.boards)?;
    let accesses = required_access(context, &batch.boards)?;
    require_consent(context, &options.run, &batch.boards, &cap)?;
    let done = carry_out(context, &options.run, &mut batch, &store, Spending { cap, accesses });
    // The process ends here, so large films are not taken apart piece by piece; what has files to remove is gone.
    std::mem::forget(batch);
    done
}

/// What a run may spend, and where.
pub(super) struct Spending {
    pub(super) cap: Cap,
    pub(super) accesses: Accesses,
}

/// Makes what was agreed to: earlier orders are fetched first.
pub(super) fn carry_out(
    context: &Context,
    options: &RunOptions,
    batch: &mut Batch,
    store: &Store,
    spending: Spending,
) -> Done {
    let ffmpeg = context.ffmpeg().map_err(film_failed)?;
    let runtime = runtime(batch.has_work()).map_err(internal)?;
    sharing::prepare(context, store, &batch.boards, options.rebuy)?;
    fetch_unclaimed(context, &batch.boards, store)?;
    let Spending { cap, accesses } = spending;
    let resources = RunResources { store, ffmpeg, cap, accesses };
    let done = runtime.block_on(run(context, options, batch, resources));
    batch.inspections.iter().for_each(InspectionCache::save);
    // Painting threads may be in the middle of a frame: they end with the process.
    runtime.shutdown_background();
    sharing::conclude(context, store, done)
}

/// The storyboards of one call, ready to be made.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) boards: Vec<Board>,
    pub(super) sources: Vec<Arc<SourceFile>>,
    pub(super) inspections: Vec<InspectionCache>,
    /// Where it is kept to which file each film was written.
    film_records: Vec<FilmFileRecord>,
    /// Their plans as they would be saved now; only with `--plan`.
    saved: Vec<SavedBoard>,
}

impl Batch {
    fn of(context: &Context, options: &RenderOptions, loaded: Vec<Loaded>) -> Result<Self, CommandFailure> {
        let mut batch = Self::default();
        for one in loaded {
            batch.add(context, options, one)?;
        }
        Ok(batch)
    }

    fn add(&mut self, context: &Context, options: &RenderOptions, loaded: Loaded) -> Result<(), CommandFailure> {
        check_only(options, &loaded)?;
        let (plan, lock) = planned(context, &loaded)?;
        if options.plan.is_some() {
            self.saved.push(saved_board(&loaded, &plan)?);
        }
        let output = options.output.clone().unwrap_or_else(|| loaded.output());
        trust::refuse_link(context, &loaded.root(), &output)?;
        loaded.spare_inputs(&output)?;
        let lock_file = loaded.lock_file();
        write_settled_lock(&lock_file, &lock).map_err(internal)?;
        self.film_records.push(FilmFileRecord::of(&loaded));
        let only = (!options.only.is_empty()).then(|| options.only.clone());
        let Loaded { folder, film, graph, source, inspections, .. } = loaded;
        let film = Arc::new(film);
        self.boards.push(Board { folder, film, graph, plan, lock, lock_file, output, only, target: BoardTarget::Film });
        self.sources.push(source);
        self.inspections.push(inspections);
        Ok(())
    }

    /// Refuses what the command line asks for and the plans do not allow.
    fn check(&self, options: &RenderOptions) -> Result<(), CommandFailure> {
        if let Some(file) = &options.plan {
            check_plan(file, self.saved.clone())?;
        }
        for board in &self.boards {
            check_ending(board)?;
        }
        for board in &self.boards {
            check_output_file(&board.output)?;
        }
        if options.locked { check_locked(&self.boards) } else { Ok(()) }
    }

    /// Says before a shot is painted that it would show boxes.
    fn warn_of_fonts(&self, context: &Context) {
        let mut fonts = DrawableCharacters::default();
        for (board, source) in self.boards.iter().zip(&self.sources) {
            if let Some(problem) = fonts.missing_warning(&board.film, |at| is_made(board, at)) {
                context.note(&problems::draw(context, source, &[problem]));
            }
        }
    }

    /// Whether any shot is to be made.
    fn has_work(&self) -> bool {
        let mut steps = self.boards.iter().flat_map(|board| &board.plan.steps);
        steps.any(|step| !matches!(step.action, Action::Reuse(_)))
    }

    /// The codecs that the storyboards ask for.
    fn codecs(&self) -> Vec<Codec> {
        self.boards.iter().filter_map(|board| board.film.codec).collect()
    }
}

/// Whether a run makes a shot.
fn is_made(board: &Board, at: usize) -> bool {
    let step = &board.plan.steps[at];
    let is_wanted = board.only.as_ref().is_none_or(|only| only.contains(&step.shot));
    is_wanted && !matches!(step.action, Action::Reuse(_))
}

/// Refuses `--only` with a shot that the film does not have.
fn check_only(options: &RenderOptions, loaded: &Loaded) -> Result<(), CommandFailure> {
    let shots = &loaded.film.shots;
    let Some(unknown) = options.only.iter().find(|id| shots.iter().all(|shot| shot.id != **id)) else {
        return Ok(());
    };
    let ids = listed(shots.iter().map(|shot| shot.id.as_str()), 12);
    let message = format!("`--only {unknown}`: {} has no such shot; it has {ids}", loaded.name);
    Err(CommandFailure::new(exit::USAGE, message))
}

/// Writes a lock without the conflict markers that it was read with, or with the choice among its takes; and one that
/// is not there yet with what counts for it already.
pub(super) fn write_settled_lock(file: &Path, lock: &Lock) -> io::Result<()> {
    let Ok(text) = std::fs::read_to_string(file) else {
        return if lock.shots.is_empty() { Ok(()) } else { write_lock(file, &lock.text()) };
    };
    if lock.takes.is_empty() && !text.contains("<<<<<<<") {
        return Ok(());
    }
    let settled = lock.text();
    if text == settled { Ok(()) } else { write_lock(file, &settled) }
}

/// A saved plan is carried out as it is, or not at all.
fn check_plan(file: &Path, current: Vec<SavedBoard>) -> Result<(), CommandFailure> {
    let shown = clean(&file.to_string_lossy());
    let text = std::fs::read_to_string(file)
        .map_err(|error| CommandFailure::new(exit::USAGE, format!("cannot read the plan `{shown}`: {error}")))?;
    let plan =
        SavedPlan::read(&text).map_err(|error| CommandFailure::new(exit::USAGE, format!("`{shown}`: {error}")))?;
    let changes = differences(&plan, &SavedPlan::new(current));
    if changes.is_empty() {
        return Ok(());
    }
    let message = format!("`{shown}` is out of date, so nothing was ordered. Plan again and check the result");
    Err(CommandFailure::new(exit::REFUSED, message).after(changes.iter().map(|change| clean(change))))
}

/// A film in `ProRes` is a `QuickTime` file.
fn check_ending(board: &Board) -> Result<(), CommandFailure> {
    let is_mov = board.output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mov"));
    if board.film.codec != Some(Codec::Prores) || is_mov {
        return Ok(());
    }
    let output = clean(&board.output.to_string_lossy());
    let message = format!("ProRes films are QuickTime files: `{output}` must end in `.mov`");
    Err(CommandFailure::new(exit::USAGE, message))
}

/// With `--locked` nothing is made, so everything must be there.
fn check_locked(boards: &[Board]) -> Result<(), CommandFailure> {
    let steps = boards.iter().flat_map(|board| &board.plan.steps);
    let missing: Vec<&Step> = steps.filter(|step| !matches!(step.action, Action::Reuse(_))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let shots = count(missing.len(), "shot");
    let message = format!("{shots} would have to be made; run without `--locked` to make them");
    let lines = missing.iter().map(|step| format!("{}: {}", step.shot, step.why));
    Err(CommandFailure::new(exit::REFUSED, message).after(lines))
}

/// Where nothing is to be made, one thread is enough to find that out.
fn runtime(has_work: bool) -> io::Result<Runtime> {
    let mut builder = if has_work { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.worker_threads(2).enable_all().build()
}

/// What was paid for shots of these storyboards and asked for otherwise since (another prompt, another provider) is
/// fetched where it was ordered: it costs nothing, and nothing that is paid is lost.
fn fetch_unclaimed(context: &Context, boards: &[Board], store: &Store) -> Result<(), CommandFailure> {
    let steps: Vec<&Step> = boards.iter().flat_map(|board| &board.plan.steps).collect();
    // What is closed and known is up to the run itself; with nothing to order, nothing is looked up.
    let ordered: Vec<&Step> =
        steps.iter().copied().filter(|step| !matches!(step.action, Action::Reuse(_) | Action::Local)).collect();
    if ordered.is_empty() {
        return Ok(());
    }
    let mut unclaimed = recover::open_jobs(store)?;
    unclaimed.retain(|job| is_of_any(job, &steps) && !ordered.iter().any(|step| step.recipe == Some(job.recipe)));
    if !unclaimed.is_empty() {
        context.note("fetching earlier orders of these shots first:");
        let films: Vec<&Film> = boards.iter().map(|board| &*board.film).collect();
        recover::fetch(context, store, &unclaimed, &films, Duration::ZERO)?;
    }
    Ok(())
}

/// Whether a job was ordered for the shot of one of these steps.
fn is_of_any(job: &Job, steps: &[&Step]) -> bool {
    job.state.intent().is_some_and(|intent| steps.iter().any(|step| step.shot == intent.shot))
}

/// What a run works with, as far as it is known before it begins.
struct RunResources<'a> {
    store: &'a Store,
    ffmpeg: Ffmpeg,
    cap: Cap,
    accesses: Accesses,
}

async fn run(context: &Context, options: &RunOptions, batch: &mut Batch, resources: RunResources<'_>) -> Done {
    let RunResources { store, ffmpeg, cap, accesses } = resources;
    let has_work = batch.has_work();
    let codecs = batch.codecs();
    if has_work || !codecs.is_empty() {
        check_ffmpeg(&ffmpeg, &codecs).await?;
    }
    let studio = Studio::new(ffmpeg);
    // Finished animatics wait in a folder of their own until they are fetched.
    let animatics = has_work.then(|| store.workspace()).transpose().map_err(internal)?;
    let mut providers = connect_renderers(accesses)?;
    if let Some(folder) = &animatics {
        providers.insert(ANIMATIC, Arc::new(Animatic::new(Arc::clone(&studio), folder.path().to_owned())));
    }
    let format = progress_format(options.progress);
    let mut audience = Audience::new(context, format);
    let ports = Ports {
        store,
        studio,
        providers,
        processors: options.jobs.map_or_else(processors, usize::from),
        fail_fast: options.fail_fast,
        cap,
        rebuy: options.rebuy,
        patience: Patience { for_tasks: !options.no_wait, for_runs: Duration::from_secs(options.wait) },
        stops: interrupts(),
    };
    let result = engine::render(&mut batch.boards, ports, &mut |event: &Event| audience.hear(event)).await;
    for (written, output) in audience.written_films() {
        batch.film_records[written.0].keep(output);
    }
    let unsaid = audience.finish(store, &batch.boards);
    let code = conclude(context, result, batch)?;
    match unsaid.and_then(|error| unsaid_failure(format, &error)) {
        Some(failure) if code == exit::DONE => Err(failure),
        _ => Ok(code),
    }
}

/// Everyone who hears the events of a run: the user, and the log for the report.
struct Audience {
    progress: Box<dyn ProgressOutput>,
    log: RunLog,
    /// The films that are there whole, each with its file.
    written: BTreeMap<BoardIndex, PathBuf>,
    /// The first event that could not be shown. It stops no render: what is paid for is brought home.
    unsaid: Option<io::Error>,
}

impl Audience {
    fn new(context: &Context, format: ProgressFormat) -> Self {
        let progress = progress_output(format, context.screen(), Box::new(io::stdout()), Box::new(io::stderr()));
        Self { progress, log: RunLog::begin(), written: BTreeMap::new(), unsaid: None }
    }

    fn hear(&mut self, event: &Event) {
        self.log.record(event);
        if let Event::FilmDone { board, output, .. } = event {
            self.written.insert(*board, output.clone());
        }
        if let Err(error) = self.progress.event(event) {
            self.unsaid.get_or_insert(error);
        }
    }

    fn written_films(&self) -> impl Iterator<Item = (&BoardIndex, &Path)> {
        self.written.iter().map(|(board, output)| (board, output.as_path()))
    }

    /// Ends the progress, keeps the log, and returns why something could not be shown.
    fn finish(self, store: &Store, boards: &[Board]) -> Option<io::Error> {
        let Self { progress, log, unsaid, .. } = self;
        let ended = progress.finish();
        log.save(store, boards);
        unsaid.or(ended.err())
    }
}

/// What becomes of a run whose events could not be shown.
fn unsaid_failure(format: ProgressFormat, error: &io::Error) -> Option<CommandFailure> {
    match format {
        // The stream of events is data: a run of which a program heard nothing is no success.
        ProgressFormat::Json | ProgressFormat::OpenJd => Some(CommandFailure::unwritten(error)),
        // Nobody reading what is for people is no fault.
        _ if error.kind() == io::ErrorKind::BrokenPipe => None,
        _ => Some(CommandFailure::new(exit::INTERNAL, format!("cannot write to standard error: {error}"))),
    }
}

/// Whether this ffmpeg can do the work and encode in the codecs that films are to be in, asked before any of it begins.
async fn check_ffmpeg(ffmpeg: &Ffmpeg, codecs: &[Codec]) -> Result<(), CommandFailure> {
    let found = ffmpeg.inspect_once(Context::ffmpeg_memory().as_deref(), codecs).await.map_err(film_failed)?;
    let message = if let Some(codec) = codecs.iter().find(|codec| found.lacks(**codec)) {
        let encoder = encoder_name(*codec);
        format!(
            "this ffmpeg lacks the encoder {encoder}, which `film.codec: {codec}` needs: install a full build, or \
             choose another codec"
        )
    } else if found.is_complete() {
        return Ok(());
    } else {
        let lacking = listed(found.missing_encoders.into_iter().chain(found.missing_filters), 12);
        format!("this ffmpeg lacks {lacking}: install a full build; `storyreel doctor` says how")
    };
    Err(CommandFailure::new(exit::FILM_FAILED, message))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

const fn progress_format(arg: ProgressArg) -> ProgressFormat {
    match arg {
        ProgressArg::Auto => ProgressFormat::Auto,
        ProgressArg::Plain => ProgressFormat::Plain,
        ProgressArg::Json => ProgressFormat::Json,
        ProgressArg::Openjd => ProgressFormat::OpenJd,
        ProgressArg::None => ProgressFormat::None,
    }
}

/// Every interrupt from now on: Ctrl-C, a terminal that is closed, and a request to end the program. None of them ends
/// the program by itself any more when this returns.
fn interrupts() -> UnboundedReceiver<()> {
    let (stop, stops) = unbounded_channel();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            let Ok(mut interrupts) = signal(kind) else { continue };
            let stop = stop.clone();
            tokio::spawn(async move { while interrupts.recv().await.is_some() && stop.send(()).is_ok() {} });
        }
    }
    #[cfg(not(unix))]
    tokio::spawn(async move { while tokio::signal::ctrl_c().await.is_ok() && stop.send(()).is_ok() {} });
    stops
}

/// What became of the run.
fn conclude(context: &Context, result: Result<RunOutcome, EngineError>, batch: &Batch) -> Done {
    let outcome = result.map_err(internal)?;
    let refusals = provider_refusals(context, &outcome, batch);
    if outcome.interrupted {
        let message = "stopped; run the same command again to continue";
        return Err(CommandFailure::drawn(exit::INTERRUPTED, message).after(refusals));
    }
    if outcome.failed > 0 || outcome.blocked > 0 {
        let names = listed(outcome.not_made.iter().map(|key| key.shot.as_str()), 12);
        let what = match outcome.unclear {
            0 => "fix the cause and run the same command again",
            _ => "`storyreel status` shows what you must decide; then run the same command again",
        };
        let is_busy = outcome.elsewhere > 0 && outcome.elsewhere == outcome.failed;
        let (code, what) = match () {
            () if outcome.unclear > 0 => (exit::DECIDE, what),
            () if is_busy => (exit::BUSY, "another run is making it: run the same command again later"),
            () => (exit::SHOTS_FAILED, what),
        };
        let message = format!("not made: {names}; finished clips are kept; {what}");
        return Err(CommandFailure::drawn(code, message).after(refusals));
    }
    refusals.iter().for_each(|refusal| context.complain(refusal));
    if outcome.films_failed > 0 {
        return Ok(exit::FILM_FAILED);
    }
    let Some(next) = outcome.next else { return Ok(exit::DONE) };
    let message = format!("under way; run the same command again at {}", time_and_wait(next));
    Err(CommandFailure::drawn(exit::UNDER_WAY, message))
}

/// A time in seconds since 1970, and how far away it is.
pub(super) fn time_and_wait(next: u64) -> String {
    let wait = Duration::from_secs(next.saturating_sub(Journal::now()));
    format!("{} (in {})", time::utc(next), words::roughly(wait))
}

/// What services said of shots, drawn for every storyboard.
fn provider_refusals(context: &Context, outcome: &RunOutcome, batch: &Batch) -> Vec<String> {
    let mut said = BTreeSet::new();
    let mut drawn = Vec::new();
    for (at, (board, source)) in BoardIndex::all(batch.boards.len()).zip(batch.boards.iter().zip(&batch.sources)) {
        let own = outcome.troubles.iter().filter(|trouble| trouble.key.board == at);
        let mut found: Vec<Problem> = own.filter_map(|trouble| refusal::problem(&board.film, trouble)).collect();
        // What is about the account and not about a shot has no place. One remedy for all shots is said once.
        found.retain(|problem| !problem.labels.is_empty() || said.insert((problem.code, problem.help.clone())));
        if !found.is_empty() {
            drawn.push(problems::draw(context, source, &found));
        }
    }
    drawn
}
