//! `storyreel import`: the draft of a storyboard from a screenplay.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use storyreel_core::sanitize::{clean, count};
use storyreel_core::storyboard::{self, MAX_BYTES};
use storyreel_exchange::screenplay::{self, Draft, Unmapped};

use super::args;
use super::context::{Context, folder_of};
use super::{Done, exit};
use crate::store::write_whole;

/// Shots that one storyboard holds.
const MOST_SHOTS: usize = 40_000;

/// Lines that are named of one thing that could not be mapped.
const MOST_LINES: usize = 12;

pub(super) fn import(context: &Context, wish: &args::Import) -> Done {
    let script = &wish.screenplay;
    let output = wish.output.clone().unwrap_or_else(|| script.with_extension("yaml"));
    let refuse = |message: &str, help: &str| {
        context.complain(&format!("error: {}\nhelp: {help}", clean(message)));
        exit::USAGE
    };
    let shown = output.display();
    if is_same(script, &output) {
        return Err(refuse(&format!("`{shown}` is the screenplay itself"), "give another name with `--output`"));
    }
    if output.exists() && !wish.force {
        return Err(refuse(
            &format!("`{shown}` is there already"),
            "give another name with `--output`, or `--force` to replace it",
        ));
    }
    let text = read(context, script)?;
    let draft = screenplay::draft(&screenplay::read(&text));
    let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
    tell(context, &draft);
    if draft.shots() == 0 {
        context.complain(&format!("error: there is no action and no dialogue in `{}`", clean(&name)));
        context.complain("help: is it a screenplay in the Fountain format? See https://fountain.io/syntax");
        return Err(exit::PROBLEMS);
    }
    let board = screenplay::write(&draft, &name);
    let folder = folder_of(&output);
    let wrote = fs::create_dir_all(&folder).and_then(|()| write_new(&output, board.as_bytes(), wish.force));
    if let Err(error) = wrote {
        context.complain(&format!("error: cannot write `{}`: {error}", clean(&shown.to_string())));
        return Err(exit::INTERNAL);
    }
    let (shots, cast) = (count(draft.shots(), "shot"), draft.cast.len());
    context.note(&format!("wrote {}: {shots}, a cast of {cast}", clean(&shown.to_string())));
    context.note(&format!("next:  storyreel check {}", clean(&shown.to_string())));
    Ok(exit::DONE)
}

/// Says what has no place in a storyboard, in the order of the script.
fn tell(context: &Context, draft: &Draft) {
    if draft.shots() > MOST_SHOTS {
        let shots = count(draft.shots(), "shot");
        context.note(&format!("warning: {shots} are more than one storyboard holds; divide the screenplay"));
    }
    if draft.unmapped.is_empty() {
        return;
    }
    context.note("not all of it has a place in a storyboard:");
    for Unmapped { lines, what } in &draft.unmapped {
        let shown: Vec<String> = lines.iter().take(MOST_LINES).map(ToString::to_string).collect();
        let more = lines.len().saturating_sub(MOST_LINES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let noun = if lines.len() == 1 { "line" } else { "lines" };
        context.note(&format!("  {noun} {}{more}: {}", shown.join(", "), clean(what)));
    }
}

/// Reads at most a little more than a storyboard may have: no draft of a longer script would be read again.
fn read(context: &Context, script: &Path) -> Result<String, u8> {
    let mut bytes = Vec::new();
    let name = script.to_string_lossy().into_owned();
    let opened = File::open(script).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    if let Err(error) = opened {
        context.complain(&format!("error: cannot read `{}`: {error}", clean(&name)));
        return Err(exit::USAGE);
    }
    storyboard::source(&name, bytes).map(|source| source.text).map_err(|problem| {
        context.complain(&format!("error: {}", clean(&problem.message)));
        problem.help.iter().for_each(|help| context.complain(&format!("help: {}", clean(help))));
        exit::PROBLEMS
    })
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Without `force` a file that has come meanwhile stays, too.
fn write_new(output: &Path, bytes: &[u8], force: bool) -> io::Result<()> {
    write_whole(output, bytes, force)?;
    if !force && fs::read(output)? != bytes {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    Ok(())
}
