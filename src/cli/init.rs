//! `storyreel init`: a storyboard that renders at once.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use storyreel_core::sanitize::clean;
use storyreel_core::storyboard;

use super::args::Template;
use super::context::Context;
use super::{Done, exit};
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
    let schema = format!("{:#}\n", storyboard::schema());
    let storyboard = dir.join("storyboard.yaml");
    let shown = clean(&storyboard.display().to_string());
    let fault = |error: &io::Error| {
        context.complain(&format!("error: cannot write into `{}`: {error}", clean(&dir.display().to_string())));
        exit::INTERNAL
    };
    fs::create_dir_all(dir).map_err(|error| fault(&error))?;
    if !write_new(&storyboard, template.text()).map_err(|error| fault(&error))? {
        context.complain(&format!("error: `{shown}` is there already; give another folder"));
        return Err(exit::USAGE);
    }
    context.note(&format!("wrote {shown}"));
    // A project that is already under way keeps its own files.
    write_new(&dir.join("storyboard.schema.json"), &schema).map_err(|error| fault(&error))?;
    for (name, text) in [(".gitignore", GITIGNORE), (".gitattributes", GITATTRIBUTES)] {
        let file = dir.join(name);
        if write_new(&file, text).map_err(|error| fault(&error))? {
            continue;
        }
        let there = insist_on_file(&file).and_then(|()| fs::read_to_string(&file)).unwrap_or_default();
        let missing: Vec<&str> = text.lines().filter(|line| !there.lines().any(|own| own.trim() == *line)).collect();
        if !missing.is_empty() {
            context.note(&format!("kept your {name}; add to it:\n  {}", missing.join("\n  ")));
        }
    }
    context.note(&format!("next:  storyreel render {shown}"));
    Ok(exit::DONE)
}

/// Writes a file that is not there yet, and says whether it did.
fn write_new(file: &Path, text: &str) -> io::Result<bool> {
    match File::create_new(file) {
        Ok(mut new) => new.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
