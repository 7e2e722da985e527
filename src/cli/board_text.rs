//! The texts of a storyboard: its own, those of the files that it takes in, and the table of its rows.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use storyreel_core::film::Overrides;
use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{self, MAX_BYTES, MissingFile, Row, StoryboardTree};
use storyreel_core::text::{Located, Problem, closest, listed};

use super::context::{Context, folder_of, project_root};
use super::failure::CommandFailure;
use super::problems::{self, broken_storyboard};
use super::trust::paths::is_outside;
use super::{catalogues, exit};
use crate::store::insist_on_file;

/// A storyboard as it was read, with all that it takes in.
pub(super) struct BoardText {
    pub(super) source: SourceFile,
    pub(super) tree: StoryboardTree,
    /// The files that it takes in, where they are named.
    pub(super) named: Vec<Located<String>>,
    /// The table of the command line, as it is known in the source.
    table: Option<String>,
}

impl BoardText {
    /// Reads a storyboard, the files that it includes and its table.
    pub(super) fn read(context: &Context, path: &Path) -> Result<Self, CommandFailure> {
        let name = path.to_string_lossy().into_owned();
        let mut source = read_text(path, &name, 0).map_err(|problem| {
            let nameless = SourceFile::new(name.as_str(), "");
            CommandFailure::drawn(exit::PROBLEMS, problems::draw(context, &nameless, &[problem]))
        })?;
        let table = context.rows_file().map(|rows| add_table(&mut source, rows));
        let mut named = Vec::new();
        let tree = loop {
            let tree = StoryboardTree::read(&source)
                .map_err(|problem| broken_storyboard(context, &source, std::slice::from_ref(&problem)))?;
            if tree.missing().is_empty() {
                break tree;
            }
            for file in tree.missing() {
                if source.included_file(&file.path).is_none() {
                    named.push(Located { value: file.path.clone(), span: file.named_at });
                    add_file(context, path, &mut source, file);
                }
            }
        };
        Ok(Self { source, tree, named, table })
    }

    /// What is chosen for each film of the storyboard.
    pub(super) fn choices(&self, context: &Context, path: &Path) -> Result<Vec<Overrides>, CommandFailure> {
        let catalogues = catalogues::of_project(context, &project_root(path))?;
        let overrides = Overrides { catalogues, ..context.overrides() };
        let rows = self.tree.rows(&self.source, self.table.as_deref());
        let rows = rows.map_err(|found| broken_storyboard(context, &self.source, &found))?;
        let wanted = context.rows();
        let Some(rows) = rows else {
            if let Some(id) = wanted.first() {
                let message = format!("`--row {id}`: {} has no rows", self.source.name);
                return Err(CommandFailure::new(exit::USAGE, message)
                    .help("add `rows: TABLE`, or give one with `--rows TABLE`"));
            }
            return Ok(vec![overrides]);
        };
        for id in wanted {
            if rows.iter().all(|row| row.id != *id) {
                return Err(unknown_row(&self.source.name, id, &rows));
            }
        }
        let chosen = rows.into_iter().filter(|row| wanted.is_empty() || wanted.contains(&row.id));
        Ok(chosen.map(|row| Overrides { row: Some(Arc::new(row)), ..overrides.clone() }).collect())
    }
}

fn unknown_row(storyboard: &str, id: &str, rows: &[Row]) -> CommandFailure {
    let ids = || rows.iter().map(|row| row.id.as_str());
    let failure = CommandFailure::new(exit::USAGE, format!("`--row {id}`: {storyboard} has no such row"));
    match closest(id, ids()) {
        Some(near) => failure.help(format!("did you mean `--row {near}`?")),
        None => failure.help(format!("it has {}", listed(ids(), 12))),
    }
}

/// Adds the table of the command line to the source; gives its path there.
fn add_table(source: &mut SourceFile, rows: &Path) -> String {
    let name = rows.to_string_lossy().into_owned();
    let absolute = std::path::absolute(rows).unwrap_or_else(|_| rows.to_owned());
    let path = absolute.to_string_lossy().into_owned();
    let text = read_text(rows, &name, source.text.len()).map(|read| read.text).map_err(|problem| problem.message);
    source.include_as(&path, &name, None, text.as_deref().map_err(Clone::clone));
    path
}

/// Adds a file that the storyboard at `path` names to its source.
fn add_file(context: &Context, path: &Path, source: &mut SourceFile, file: &MissingFile) {
    let place = folder_of(path).join(&file.path);
    let text = if context.untrusted() && is_outside(&project_root(path), &place) {
        Err("it lies outside the project".to_owned())
    } else {
        insist_on_file(&place).map_err(|error| error.to_string()).and_then(|()| {
            let read = read_text(&place, &file.path, source.text.len());
            read.map(|read| read.text).map_err(|problem| reason(&problem))
        })
    };
    source.include(&file.path, Some(file.named_at), text.as_deref().map_err(Clone::clone));
}

/// Why a file cannot be read, without its name: that is told already.
fn reason(problem: &Problem) -> String {
    let message = &problem.message;
    let behind = message.strip_prefix("cannot read `").and_then(|rest| rest.split_once("`: "));
    behind.map_or_else(|| message.clone(), |(_, why)| why.to_owned())
}

/// Reads at most a little more than a storyboard may have, `before` bytes being there already: `/dev/zero` is refused, too.
fn read_text(path: &Path, name: &str, before: usize) -> Result<SourceFile, Problem> {
    let mut bytes = Vec::new();
    let most = (MAX_BYTES as u64 + 1).saturating_sub(before as u64);
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        Ok(_) if before + bytes.len() > MAX_BYTES => Err(storyboard::too_large(name)),
        Ok(_) => storyboard::source(name, bytes),
        Err(error) => {
            let problem = Problem::error("storyboard::unreadable", format_args!("cannot read `{name}`: {error}"));
            Err(problem.help("give the path of a storyboard; `storyreel init` writes one"))
        }
    }
}
