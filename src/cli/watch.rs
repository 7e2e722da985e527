//! `storyreel watch`: check and plan again whenever something is saved.
//!
//! The files are looked at five times a second rather than watched by the system: that costs a few milliseconds a
//! second for hundreds of files, and it works alike for editors that save by renaming, on network drives, in containers,
//! and for files that are not there yet, each of which needs an exception of its own elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use storyreel_core::film;
use storyreel_core::sanitize::{clean, count};
use storyreel_core::text::{Severity, listed};

use super::board_text::BoardText;
use super::context::{Context, folder_of};
use super::failure::{CommandFailure, Done, internal};
use super::fonts::DrawableCharacters;
use super::load::{Loaded, film_name, lock_file};
use super::{exit, plan, problems};

/// The time between two checks of the files.
const TICK: Duration = Duration::from_millis(200);

/// Clears the screen and what was scrolled off it, and goes to its first line.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// The files as they were at one time.
type FileStates = BTreeMap<PathBuf, FileState>;

/// A file by what changes when it is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileState {
    Missing,
    There { modified: SystemTime, bytes: u64 },
}

impl FileState {
    fn of(file: &Path) -> Self {
        match fs::metadata(file) {
            Ok(facts) => {
                let modified = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                Self::There { modified, bytes: facts.len() }
            }
            Err(_) => Self::Missing,
        }
    }
}

/// Runs until the user ends it.
pub(super) fn watch(context: &Context, storyboards: &[PathBuf]) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(internal)?;
    // One listener for all rounds: a Ctrl-C that comes while a plan is drawn ends the wait after it.
    let mut stop = Box::pin(tokio::signal::ctrl_c());
    let mut files: Vec<PathBuf> = Vec::new();
    let mut changed: Vec<PathBuf> = Vec::new();
    loop {
        // Seen before they are read: what is saved meanwhile is found by the next look.
        for storyboard in storyboards {
            add_files_of(context, storyboard, &mut files);
        }
        let mut seen = file_states(&files);
        show(context, storyboards, &files, &changed).map_err(|error| CommandFailure::unwritten(&error))?;
        let ended = runtime.block_on(async {
            tokio::select! {
                _ = &mut stop => true,
                found = settled_change(&mut seen, &files) => {
                    changed = found;
                    false
                }
            }
        });
        if ended {
            return Ok(exit::INTERRUPTED);
        }
    }
}

/// Waits until something is other than it was and has been so for a tick: a program that saves several files, or one by
/// taking it away and putting another in its place, is at work for a moment. Returns the files that are other.
async fn settled_change(seen: &mut FileStates, files: &[PathBuf]) -> Vec<PathBuf> {
    let first = seen.clone();
    loop {
        tokio::time::sleep(TICK).await;
        let now = file_states(files);
        if now == *seen && now != first {
            return files.iter().filter(|file| now.get(*file) != first.get(*file)).cloned().collect();
        }
        *seen = now;
    }
}

fn file_states(files: &[PathBuf]) -> FileStates {
    files.iter().map(|file| (file.clone(), FileState::of(file))).collect()
}

/// Adds the storyboard, its lock and every file that it names. While it cannot be read, those of before stay.
fn add_files_of(context: &Context, storyboard: &Path, files: &mut Vec<PathBuf>) {
    let folder = folder_of(storyboard);
    let mut own_files = vec![storyboard.to_owned()];
    if let Ok(text) = BoardText::read(context, storyboard) {
        own_files.extend(context.rows_file().map(Path::to_owned));
        let mut paths: Vec<String> = text.named.iter().map(|file| file.value.clone()).collect();
        for overrides in text.choices(context, storyboard).unwrap_or_else(|_| vec![context.overrides()]) {
            own_files.push(lock_file(storyboard, &film_name(&overrides, storyboard)));
            let (mut board, _) = text.tree.board(&text.source, overrides.choices());
            paths.extend(board.iter_mut().flat_map(film::paths));
        }
        // `lamp.png` reads better than `./lamp.png`.
        let beside = |path: String| if folder == Path::new(".") { path.into() } else { folder.join(path) };
        own_files.extend(paths.into_iter().map(beside));
    } else {
        own_files.push(lock_file(storyboard, &film_name(&context.overrides(), storyboard)));
    }
    let known: BTreeSet<PathBuf> = files.iter().cloned().collect();
    own_files.retain(|file| !known.contains(file));
    for file in own_files {
        if !files.contains(&file) {
            files.push(file);
        }
    }
}

/// Shows every storyboard as it is: what is wrong with it, and else its plan.
fn show(context: &Context, storyboards: &[PathBuf], files: &[PathBuf], changed: &[PathBuf]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        write!(out, "{CLEAR}")?;
    } else if !changed.is_empty() {
        writeln!(out, "\n---- {} changed\n", file_names(changed))?;
    }
    out.flush()?;
    for storyboard in storyboards {
        let mut films = match Loaded::open_films(context, storyboard) {
            Ok(films) => films,
            Err(failure) => {
                failure.print();
                continue;
            }
        };
        let mut fonts = DrawableCharacters::default();
        for film in &mut films {
            film.warnings.extend(fonts.missing_warning(&film.film, |_| true));
        }
        Loaded::warn_all(context, &films, Severity::Advice);
        match plan::plan_table(context, &films) {
            Ok(table) => writeln!(out, "{}", table.trim_end())?,
            Err(failure) => failure.print(),
        }
        let found = problems::count(&Loaded::all_warnings(&films));
        context.note(&format!("{}, {found}", Loaded::summary_of(&films)));
    }
    out.flush()?;
    context.note(&format!("watching {} ({}); Ctrl-C ends it", file_names(storyboards), count(files.len(), "file")));
    Ok(())
}

fn file_names(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| clean(&file.display().to_string())).collect();
    listed(names.iter().map(String::as_str), 3)
}
