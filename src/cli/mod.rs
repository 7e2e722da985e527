//! The command line: reads the world, calls the rest, writes what comes of it.

mod args;
mod connect;
mod consent;
mod context;
mod doctor;
pub mod exit;
mod export;
mod film_timeline;
mod fonts;
mod import;
mod init;
mod load;
mod lock;
mod man;
mod options;
mod plan;
mod problems;
mod providers;
mod recover;
mod refusal;
mod render;
mod report;
mod seams;
mod status;
mod store;
mod trust;
mod watch;

use std::ffi::OsString;
use std::io::{self, Write as _};

use args::{App, Command, Described, GraphFormat, LockCommand};
use clap::{CommandFactory as _, Parser as _};
use context::Context;
use fonts::DrawableCharacters;
use load::{Broken, Loaded};
use storyreel_core::graph;
use storyreel_core::storyboard;
use storyreel_core::text::Severity;

/// Runs the command that `args` spell, the program's name first. Returns the exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let app = match App::try_parse_from(args) {
        Ok(app) => app,
        Err(error) => {
            // Help and version come this way, too.
            let printed = error.print();
            return match (error.use_stderr(), printed) {
                (true, _) => exit::USAGE,
                (false, Ok(())) => exit::DONE,
                (false, Err(error)) => unwritten(&error),
            };
        }
    };
    let context = Context::new(app.common);
    let done = match app.command {
        Command::Init { dir, template } => init::init(&context, &dir, template),
        Command::Check { boards, seams } => check(&context, &boards.storyboards, seams),
        Command::Plan(wish) => plan::plan(&context, &wish),
        Command::Watch { boards } => watch::watch(&context, &boards.storyboards),
        Command::Render(wish) => render::render(&context, &wish),
        Command::Status(wish) => status::status(&context, &wish),
        Command::Recover(wish) => recover::recover(&context, &wish),
        Command::Store { command } => store::run(&context, &command),
        Command::Lock { command: LockCommand::Rebuild { storyboard } } => lock::rebuild(&context, &storyboard),
        Command::Graph { storyboard, format } => draw(&context, &storyboard, format),
        Command::Report(wish) => report::report(&context, &wish),
        Command::Export(wish) => export::export(&context, &wish),
        Command::Import(wish) => import::import(&context, &wish),
        Command::Providers { id, format } => providers::providers(&context, id.as_deref(), format),
        Command::Trust { command } => trust::permissions::trust(&context, &command),
        Command::Doctor { film } => doctor::doctor(&context, film.as_deref()),
        Command::Schema { of: Described::Storyboard } => print(&format!("{:#}\n", storyboard::schema())),
        Command::Schema { of: Described::Plan } => print(&format!("{:#}\n", plan::schema())),
        Command::Schema { of: Described::Events } => print(&format!("{:#}\n", crate::progress::event_schema())),
        Command::Completions { shell } => completions(shell),
        Command::Man { dir } => man::man(&context, dir.as_deref()),
    };
    done.unwrap_or_else(|code| code)
}

/// How a command ends: an exit code either way, so that `?` can end it early.
type Done = Result<u8, u8>;

impl From<Broken> for u8 {
    fn from(_: Broken) -> Self {
        exit::PROBLEMS
    }
}

/// Writes a text to standard output.
fn print(text: &str) -> Done {
    print_with(|out| out.write_all(text.as_bytes()))
}

/// Writes data to standard output. What could not be written is never a success.
fn print_with(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Done {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(exit::DONE),
        Err(error) => {
            // What is left in the buffer would be tried once more.
            let _ = out.into_parts();
            Err(unwritten(&error))
        }
    }
}

/// The exit code for standard output that could not be written, with the words where a reader did not just go away.
pub(super) fn unwritten(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return exit::CLOSED_PIPE;
    }
    let _ = writeln!(io::stderr().lock(), "error: cannot write to standard output: {error}");
    exit::INTERNAL
}

fn check(context: &Context, storyboards: &[std::path::PathBuf], least: Option<f32>) -> Done {
    let mut loaded = Loaded::open_all(context, storyboards)?;
    let mut fonts = DrawableCharacters::default();
    let untrusted = context.untrusted();
    let mut refused = false;
    for loaded in &mut loaded {
        let asked: Vec<_> = loaded.requests.iter().map(|request| request.problem(untrusted)).collect();
        refused |= untrusted && !asked.is_empty();
        loaded.warnings.splice(0..0, asked);
        loaded.warnings.extend(fonts.lacking(&loaded.film, |_| true));
        loaded.warn(context, Severity::Advice);
        context.note(&format!("{}, {}", loaded.summary(), problems::count(&loaded.warnings)));
    }
    if refused {
        return Ok(exit::PROBLEMS);
    }
    Ok(least.map_or(exit::DONE, |least| seams::check(context, &loaded, least)))
}

fn draw(context: &Context, storyboard: &std::path::Path, format: GraphFormat) -> Done {
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
