//! The command line: reads the world, calls the rest, writes what comes of it.

mod args;
mod board_text;
mod cards;
mod catalogues;
mod clips;
mod connect;
mod consent;
mod context;
mod doctor;
mod excerpt;
pub mod exit;
mod export;
mod failure;
mod film_file;
mod film_recipes;
mod film_timeline;
mod fonts;
mod import;
mod import_edit;
mod init;
mod load;
mod lock;
mod lock_trouble;
mod man;
mod options;
mod orders;
mod output;
mod plan;
mod problems;
mod provider_models;
mod provider_prices;
mod providers;
mod quoted_file;
mod reading;
mod recover;
mod refusal;
mod render;
mod report;
mod row_problems;
mod seams;
mod sharing;
mod status;
mod store;
mod takes;
mod trust;
mod watch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use args::{App, Command, Described, GraphFormat, LockCommand};
use clap::{CommandFactory as _, Parser as _};
use context::Context;
use failure::{CommandFailure, Done};
use fonts::DrawableCharacters;
use load::Loaded;
use output::print;
use storyreel_core::graph;
use storyreel_core::storyboard;
use storyreel_core::text::{Problem, Severity};

/// Runs the command that `args` spell, the program's name first. Returns the exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    run_command(args).unwrap_or_else(|failure| {
        failure.print();
        failure.code()
    })
}

fn run_command(args: impl IntoIterator<Item = OsString>) -> Done {
    let app = match App::try_parse_from(args) {
        Ok(app) => app,
        Err(error) => {
            // Help and version come this way, too.
            let printed = error.print();
            if error.use_stderr() {
                return Ok(exit::USAGE);
            }
            return printed.map(|()| exit::DONE).map_err(|error| CommandFailure::unwritten(&error));
        }
    };
    let context = Context::new(app.common)?;
    match app.command {
        Command::Init { dir, template } => init::init(&context, &dir, template),
        Command::Check { boards, seams, clips } => check(&context, &boards.storyboards, seams, clips),
        Command::Plan(options) => plan::plan(&context, &options),
        Command::Watch { boards } => watch::watch(&context, &boards.storyboards),
        Command::Render(options) => render::render(&context, &options),
        Command::Retake(options) => takes::retake::retake(&context, &options),
        Command::Takes(options) => takes::list::takes(&context, &options),
        Command::Choose(options) => takes::choose::choose(&context, &options),
        Command::Accept(options) => takes::accept::accept(&context, &options),
        Command::Status(args) => status::status(&context, &args),
        Command::Recover(args) => recover::recover(&context, &args),
        Command::Store { command } => store::run(&context, &command),
        Command::Lock { command: LockCommand::Rebuild { storyboard } } => lock::rebuild(&context, &storyboard),
        Command::Graph { storyboard, format } => draw_graph(&context, &storyboard, format),
        Command::Report(args) => report::report(&context, &args),
        Command::Export(args) => export::export(&context, &args),
        Command::Import(args) => import::import(&context, &args),
        Command::Providers(args) => providers::providers(&context, &args),
        Command::Trust { command } => trust::command::trust(&context, &command),
        Command::Doctor { film } => doctor::doctor(&context, film.as_deref()),
        Command::Schema { of: Described::Storyboard } => print(&format!("{:#}\n", storyboard::schema())),
        Command::Schema { of: Described::Plan } => print(&format!("{:#}\n", plan::schema())),
        Command::Schema { of: Described::Events } => print(&format!("{:#}\n", crate::progress::event_schema())),
        Command::Completions { shell } => completions(shell),
        Command::Man { dir } => man::man(&context, dir.as_deref()),
    }
}

fn check(context: &Context, storyboards: &[PathBuf], least_seam: Option<f32>, least_clip: Option<f32>) -> Done {
    let mut loaded = Loaded::open_all(context, storyboards)?;
    let mut fonts = DrawableCharacters::default();
    let untrusted = context.untrusted();
    let mut refused = false;
    for loaded in &mut loaded {
        let asked: Vec<Problem> = loaded.requests.iter().map(|request| request.as_problem(untrusted)).collect();
        refused |= untrusted && !asked.is_empty();
        loaded.warnings.splice(0..0, asked);
        loaded.warnings.extend(fonts.missing_warning(&loaded.film, |_| true));
    }
    for films in Loaded::by_storyboard(&loaded) {
        Loaded::warn_all(context, films, Severity::Advice);
        let found = Loaded::all_warnings(films);
        context.note(&format!("{}, {}", Loaded::summary_of(films), problems::count(&found)));
    }
    if refused {
        return Ok(exit::PROBLEMS);
    }
    let code = least_seam.map_or(exit::DONE, |least| seams::check_seams(context, &loaded, least));
    match least_clip {
        Some(least) => Ok(clips::check_clips(context, &loaded, least)?.max(code)),
        None => Ok(code),
    }
}

fn draw_graph(context: &Context, storyboard: &Path, format: GraphFormat) -> Done {
    let loaded = Loaded::open(context, storyboard)?;
    let sketch = loaded.graph.sketch(&loaded.film);
    print(&match format {
        GraphFormat::Text => graph::text::draw(&sketch),
        GraphFormat::Dot => graph::dot::draw(&sketch),
        GraphFormat::Mermaid => graph::mermaid::draw(&sketch),
        GraphFormat::Svg => graph::svg::draw(&sketch),
    })
}

fn completions(shell: clap_complete::Shell) -> Done {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut App::command(), "storyreel", &mut text);
    print(&String::from_utf8_lossy(&text))
}
