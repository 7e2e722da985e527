//! `storyreel report`: the film to look at, as one page or as one picture.

mod batch;
pub(super) mod gather;
mod run_log;
mod sheet;
pub(super) mod stills;

use std::fs;
use std::path::Path;

use storyreel_core::sanitize::clean;
use storyreel_core::text::Severity;

use super::args;
use super::context::{Context, folder_of};
use super::exit;
use super::failure::{CommandFailure, Done};
use super::film_file::film_file;
use super::load::Loaded;
use super::output::{cannot_write, check_output_file, spare_sources};
use super::plan::planned;
use super::sharing::bring_clips;
use super::trust;
use super::trust::acceptance::refuse_untrusted;
use crate::report;
use crate::store::write_whole;

pub(super) use run_log::RunLog;

pub(super) fn report(context: &Context, args: &args::Report) -> Done {
    let mut films = Loaded::open_films(context, &args.storyboard)?;
    refuse_untrusted(context, &films)?;
    Loaded::warn_all(context, &films, Severity::Warning);
    if films.len() > 1 {
        return batch::report(context, args, &films);
    }
    let loaded = films.remove(0);
    let (plan, lock) = planned(context, &loaded)?;
    let clips = gather::kept_clips(&loaded, &plan, &lock);
    bring_clips(&loaded.store, &plan, clips.iter().flatten())?;
    let output = args.output.clone().unwrap_or_else(|| loaded.output().with_extension("html"));
    for file in args.output.iter().chain(&args.sheet) {
        trust::refuse_link(context, &loaded.root(), file)?;
        check_output_file(file)?;
    }
    if let Some(picture) = &args.sheet {
        spare_film(&loaded, picture)?;
        let sources = sheet::SheetSources { context, loaded: &loaded, plan: &plan, clips: &clips };
        let sheet = sources.contact_sheet(picture, args.takes)?;
        write_file(context, picture, &sheet)?;
        if args.output.is_none() {
            return Ok(exit::DONE);
        }
    }
    spare_film(&loaded, &output)?;
    let page = report::page(&gather::film_report(context, &loaded, &plan, &clips, &output, args.embed)?);
    write_file(context, &output, page.as_bytes())
}

/// Writes a file, its folder included, and says so.
fn write_file(context: &Context, output: &Path, bytes: &[u8]) -> Done {
    write_silently(output, bytes)?;
    let shown = clean(&output.to_string_lossy());
    context.note(&format!("wrote {shown}, {}", crate::progress::words::bytes(bytes.len() as u64)));
    Ok(exit::DONE)
}

fn write_silently(output: &Path, bytes: &[u8]) -> Result<(), CommandFailure> {
    fs::create_dir_all(folder_of(output))
        .and_then(|()| write_whole(output, bytes, true))
        .map_err(|error| cannot_write(exit::INTERNAL, output, &error))
}

/// A slip of the hand must replace neither the film nor what it is made from.
fn spare_film(loaded: &Loaded, output: &Path) -> Result<(), CommandFailure> {
    let film = film_file(loaded).path;
    spare_sources(output, &[&loaded.output(), &film], "the film")?;
    loaded.spare_inputs(output)
}
