//! `storyreel init`: a storyboard that renders at once.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use storyreel_core::sanitize::clean;
use storyreel_core::storyboard;

use super::args::Template;
use super::context::Context;
use super::exit;
use super::failure::{CommandFailure, Done};
use crate::store::insist_on_file;

const GITIGNORE: &str = "/.storyreel/\n/out/\n";
const GITATTRIBUTES: &str = "*.lock.yaml  text eol=lf\n*.otio  linguist-generated\n*.edl  linguist-generated\n";

impl Template {
    const fn text(self) -> &'static str {
        match self {
            Self::Basic => include_str!("template/basic.yaml"),
            Self::Trailer => include_str!("template/trailer.yaml"),
            Self::Explainer => include_str!("template/explainer.yaml"),
            Self::VerticalAd => include_str!("template/vertical-ad.yaml"),
        }
    }
}

pub(super) fn init(context: &Context, dir: &Path, template: Template) -> Done {
    let storyboard = dir.join("storyboard.yaml");
    let shown = clean(&storyboard.display().to_string());
    if !write_project(context, dir, &storyboard, template).map_err(|error| cannot_write_into(dir, &error))? {
        let message = format!("`{shown}` already exists; give another folder");
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    context.note(&format!("next:  storyreel render {shown}"));
    Ok(exit::DONE)
}

/// Says that a folder cannot be written into, and why.
fn cannot_write_into(dir: &Path, error: &io::Error) -> CommandFailure {
    CommandFailure::new(exit::INTERNAL, format!("cannot write into `{}`: {error}", dir.display()))
}

/// Writes the files of a project; says whether the storyboard was not there before.
fn write_project(context: &Context, dir: &Path, storyboard: &Path, template: Template) -> io::Result<bool> {
    fs::create_dir_all(dir)?;
    if !write_new(storyboard, template.text())? {
        return Ok(false);
    }
    context.note(&format!("wrote {}", clean(&storyboard.display().to_string())));
    // A project that is already under way keeps its own files.
    let schema = dir.join("storyboard.schema.json");
    if write_new(&schema, &format!("{:#}\n", storyboard::schema()))? {
        context.note(&format!("wrote {}", clean(&schema.display().to_string())));
    }
    for (name, text) in [(".gitignore", GITIGNORE), (".gitattributes", GITATTRIBUTES)] {
        let file = dir.join(name);
        if write_new(&file, text)? {
            context.note(&format!("wrote {}", clean(&file.display().to_string())));
            continue;
        }
        let there = insist_on_file(&file).and_then(|()| fs::read_to_string(&file)).unwrap_or_default();
        let missing: Vec<&str> = text.lines().filter(|line| !there.lines().any(|own| own.trim() == *line)).collect();
        if !missing.is_empty() {
            context.note(&format!("kept your {name}; add to it:\n  {}", missing.join("\n  ")));
        }
    }
    Ok(true)
}

/// Writes a file that is not there yet, and says whether it did.
fn write_new(file: &Path, text: &str) -> io::Result<bool> {
    match File::create_new(file) {
        Ok(mut new) => new.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
