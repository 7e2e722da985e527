//! The command line: reads the world, calls the rest, writes what comes of it.

mod args;
mod context;
mod doctor;
pub mod exit;
mod init;
mod load;
mod plan;
mod problems;
mod providers;
mod render;

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::{CommandFactory as _, Parser as _};

use crate::graph;
use crate::storyboard;
use crate::text::Severity;
use args::{App, Command, GraphFormat};
use context::Context;
use load::{Broken, Loaded};

/// Runs the command that `args` spell, the program's name first. Returns the exit code.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let app = match App::try_parse_from(args) {
        Ok(app) => app,
        Err(error) => {
            // Help and version come this way, too; a closed pipe is no fault.
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE } else { exit::DONE };
        }
    };
    let context = Context::new(app.common);
    let done = match app.command {
        Command::Init { dir } => init::init(&context, &dir),
        Command::Check(boards) => check(&context, &boards.storyboards),
        Command::Plan { boards, format } => plan::plan(&context, &boards.storyboards, format),
        Command::Render(wish) => render::render(&context, &wish),
        Command::Graph { storyboard, format } => draw(&context, &storyboard, format),
        Command::Providers => providers::list(&context),
        Command::Doctor => doctor::doctor(&context),
        Command::Schema => print(&format!("{:#}\n", storyboard::schema())),
        Command::Completions { shell } => completions(shell),
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

/// Writes data to standard output. A reader that has gone away has all that it wanted.
fn print_with(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Done {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(exit::DONE),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(exit::DONE),
        Err(_) => Err(exit::INTERNAL),
    }
}

fn check(context: &Context, storyboards: &[std::path::PathBuf]) -> Done {
    for loaded in Loaded::open_all(context, storyboards)? {
        loaded.warn(context, Severity::Advice);
        context.note(&format!("{}, {}", loaded.summary(), problems::count(&loaded.warnings)));
    }
    Ok(exit::DONE)
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
