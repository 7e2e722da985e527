//! `storyreel man`: the manual pages, from the same types as the help.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::args::App;
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done, internal};
use super::output::print;
use crate::store::write_whole;

/// Prints the page of the program, or writes one for every command into `dir`.
pub(super) fn man(context: &Context, dir: Option<&Path>) -> Done {
    let mut app = App::command();
    app.build();
    let Some(dir) = dir else { return print(&page_text(&app).map_err(internal)?) };
    let pages = write_pages(&app, dir).map_err(|error| {
        CommandFailure::new(exit::INTERNAL, format!("cannot write into `{}`: {error}", dir.display()))
    })?;
    context.note(&format!("wrote {pages} pages into {}; read one: man storyreel-render", dir.display()));
    Ok(exit::DONE)
}

/// Writes the pages of `command` and of those below it; returns how many there are.
fn write_pages(command: &clap::Command, dir: &Path) -> io::Result<usize> {
    fs::create_dir_all(dir)?;
    write_whole(&dir.join(format!("{}.1", page_name(command))), page_text(command)?.as_bytes(), true)?;
    command.get_subcommands().try_fold(1, |pages, command| Ok(pages + write_pages(command, dir)?))
}

/// `storyreel-store-gc`.
fn page_name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// What stands behind the options in the help has headings of its own; the generator would make one paragraph of it.
fn page_text(command: &clap::Command) -> io::Result<String> {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let bare = command.clone().after_help(None::<&str>);
    let mut page = Vec::new();
    let source = format!("storyreel {}", env!("CARGO_PKG_VERSION"));
    Man::new(bare).title(page_name(command)).source(source).render(&mut page)?;
    let mut roff = Roff::default();
    for paragraph in after.split("\n\n") {
        let heading = paragraph.lines().next().and_then(|line| line.strip_suffix(':'));
        roff.control("SH", [heading.unwrap_or("NOTES").to_uppercase().as_str()]);
        roff.control("nf", []);
        for line in paragraph.lines().skip(usize::from(heading.is_some())) {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
    if !after.is_empty() {
        roff.to_writer(&mut page)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}
