//! `storyreel import`: the draft of a storyboard from a screenplay, and an edit of a film.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use storyreel_core::sanitize::{clean, count};
use storyreel_core::storyboard::{self, MAX_BYTES};
use storyreel_exchange::screenplay::{self, Draft, Screenplay, ScreenplayFormat, Unmapped};

use super::args;
use super::context::{Context, folder_of};
use super::exit;
use super::failure::{CommandFailure, Done};
use super::import_edit::import_edit;
use super::output::{cannot_write, is_same_file};
use crate::store::write_whole;

/// Shots that one storyboard holds.
const MOST_SHOTS: usize = 40_000;

/// Lines that are named of one thing that could not be mapped.
const MOST_LINES: usize = 12;

pub(super) fn import(context: &Context, args: &args::Import) -> Done {
    if let Some(board) = &args.into {
        return import_edit(context, args, board);
    }
    let script = &args.screenplay;
    let output = args.output.clone().unwrap_or_else(|| script.with_extension("yaml"));
    check_output(script, &output, args.force)?;
    let draft = screenplay::draft(&read_screenplay(script)?);
    let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
    warn_of_unmapped(context, &draft);
    if draft.shots() == 0 {
        let message = format!("`{name}` has neither action nor dialogue");
        let help = "is it a screenplay in the Fountain format? See https://fountain.io/syntax";
        return Err(CommandFailure::new(exit::PROBLEMS, message).help(help));
    }
    let board = screenplay::write(&draft, &name);
    let folder = folder_of(&output);
    fs::create_dir_all(&folder)
        .and_then(|()| write_new(&output, board.as_bytes(), args.force))
        .map_err(|error| cannot_write(exit::INTERNAL, &output, &error))?;
    let shown = clean(&output.display().to_string());
    let shots = count(draft.shots(), "shot");
    context.note(&format!("wrote {shown}: {shots}, a cast of {}", draft.cast.len()));
    context.note(&format!("next:  storyreel check {shown}"));
    Ok(exit::DONE)
}

/// Refuses to replace the screenplay, and without `force` any other file.
fn check_output(script: &Path, output: &Path, force: bool) -> Result<(), CommandFailure> {
    let shown = output.display();
    if is_same_file(script, output) {
        let message = format!("`{shown}` is the screenplay itself");
        return Err(CommandFailure::new(exit::USAGE, message).help("give another name with `--output`"));
    }
    if output.exists() && !force {
        let message = format!("`{shown}` already exists");
        let help = "give another name with `--output`, or `--force` to replace it";
        return Err(CommandFailure::new(exit::USAGE, message).help(help));
    }
    Ok(())
}

/// Says what has no place in a storyboard, in the order of the script.
fn warn_of_unmapped(context: &Context, draft: &Draft) {
    if draft.shots() > MOST_SHOTS {
        let shots = count(draft.shots(), "shot");
        context.note(&format!("warning: {shots} are too many for one storyboard; split the screenplay"));
    }
    if draft.unmapped.is_empty() {
        return;
    }
    context.note("some of it could not be imported:");
    for Unmapped { lines, what } in &draft.unmapped {
        let shown: Vec<String> = lines.iter().take(MOST_LINES).map(ToString::to_string).collect();
        let more = lines.len().saturating_sub(MOST_LINES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let noun = if lines.len() == 1 { "line" } else { "lines" };
        context.note(&format!("  {noun} {}{more}: {}", shown.join(", "), clean(what)));
    }
}

/// Reads at most a little more than a storyboard may have: no draft of a longer script would be read again.
fn read_screenplay(script: &Path) -> Result<Screenplay, CommandFailure> {
    let mut bytes = Vec::new();
    let name = script.to_string_lossy().into_owned();
    File::open(script)
        .and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| CommandFailure::new(exit::USAGE, format!("cannot read `{name}`: {error}")))?;
    let ending = script.extension().unwrap_or_default().to_string_lossy();
    let format = screenplay::recognize(&bytes, &ending);
    if let ScreenplayFormat::Other(kind) = format {
        let message = format!("`{name}` is {kind}, not a screenplay in Fountain or of Final Draft");
        return Err(CommandFailure::new(exit::PROBLEMS, message).help(help_for(kind)));
    }
    let text = storyboard::source(&name, bytes).map(|source| source.text).map_err(|problem| {
        let failure = CommandFailure::new(exit::PROBLEMS, &problem.message);
        problem.help.iter().fold(failure, CommandFailure::help)
    })?;
    if format == ScreenplayFormat::Fountain {
        return Ok(screenplay::read(&text));
    }
    screenplay::read_final_draft(&text).map_err(|why| {
        let failure = CommandFailure::new(exit::PROBLEMS, format!("cannot read `{name}`: {why}"));
        failure.help("save it again in Final Draft, or export it as Fountain")
    })
}

/// What to do with a file that is no screenplay.
fn help_for(kind: &str) -> &'static str {
    match kind {
        screenplay::OTIO => "bring the edit into its storyboard with `storyreel import FILE --into STORYBOARD`",
        screenplay::EDL => {
            "save the edit as OpenTimelineIO (`.otio`), and bring it into its storyboard with \
             `storyreel import FILE --into STORYBOARD`"
        }
        "a storyboard already" => "check it with `storyreel check`",
        "a text without scenes or dialogue" | "a text in Markdown" => {
            "if it is a screenplay, give it the ending `.fountain`; see https://fountain.io/syntax"
        }
        _ => "export it from the program that made it as Fountain (`.fountain`) or Final Draft (`.fdx`)",
    }
}

/// Without `force` a file that has come meanwhile stays, too.
fn write_new(output: &Path, bytes: &[u8], force: bool) -> io::Result<()> {
    write_whole(output, bytes, force)?;
    if !force && fs::read(output)? != bytes {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    Ok(())
}
