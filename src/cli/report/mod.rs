//! `storyreel report`: the film to look at, as one page or as one picture.

mod gather;
mod sheet;
mod stills;
mod watch;

use std::fs;
use std::path::Path;

use storyreel_core::sanitize::clean;
use storyreel_core::text::Severity;

use super::args;
use super::context::{Context, folder_of};
use super::load::Loaded;
use super::{Done, exit};
use crate::cli::trust;
use crate::report;
use crate::store::write_whole;

pub(super) use watch::Watch;

pub(super) fn report(context: &Context, wish: &args::Report) -> Done {
    let loaded = Loaded::open(context, &wish.storyboard)?;
    trust::refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    loaded.warn(context, Severity::Warning);
    let (plan, lock) = super::plan::planned(context, &loaded)?;
    let clips = gather::clips(&loaded, &plan, &lock);
    for file in wish.output.iter().chain(&wish.sheet) {
        trust::refuse_link(context, &loaded.root(), file)?;
    }
    if let Some(picture) = &wish.sheet {
        spare_sources(context, &loaded, wish, picture)?;
        sheet::write(context, &loaded, &plan, &clips, picture)?;
        if wish.output.is_none() {
            return Ok(exit::DONE);
        }
    }
    let output = wish.output.clone().unwrap_or_else(|| loaded.output().with_extension("html"));
    spare_sources(context, &loaded, wish, &output)?;
    let page = report::page(&gather::film_report(context, &loaded, &plan, &clips, &output, wish.embed)?);
    write(context, &output, page.as_bytes())
}

/// Writes a file, its folder included, and says so.
fn write(context: &Context, output: &Path, bytes: &[u8]) -> Done {
    let wrote = fs::create_dir_all(folder_of(output)).and_then(|()| write_whole(output, bytes, true));
    let shown = clean(&output.to_string_lossy());
    wrote.map_err(|error| {
        context.complain(&format!("error: cannot write `{shown}`: {error}"));
        exit::INTERNAL
    })?;
    context.note(&format!("wrote {shown}, {}", crate::progress::words::bytes(bytes.len() as u64)));
    Ok(exit::DONE)
}

/// A slip of the hand must replace neither the storyboard nor its lock nor the film.
fn spare_sources(context: &Context, loaded: &Loaded, wish: &args::Report, output: &Path) -> Result<(), u8> {
    let same = |file: &Path| matches!((fs::canonicalize(file), fs::canonicalize(output)), (Ok(a), Ok(b)) if a == b);
    if same(&wish.storyboard) || same(&loaded.lock_file()) || same(&loaded.output()) {
        let shown = clean(&output.to_string_lossy());
        context.complain(&format!("error: `{shown}` is the storyboard, its lock or the film; give another name"));
        return Err(exit::USAGE);
    }
    Ok(())
}
