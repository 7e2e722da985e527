//! `storyreel init`: a storyboard that renders at once.

use std::fs;
use std::path::Path;

use super::context::Context;
use super::{Done, exit};
use crate::storyboard;

const STORYBOARD: &str = include_str!("template/storyboard.yaml");
const GITIGNORE: &str = "/.storyreel/\n/out/\n";
const GITATTRIBUTES: &str = "*.lock.yaml  text eol=lf\n*.otio *.edl  linguist-generated\n";

pub(super) fn init(context: &Context, dir: &Path) -> Done {
    let schema = format!("{:#}\n", storyboard::schema());
    let storyboard = dir.join("storyboard.yaml");
    if storyboard.exists() {
        context.complain(&format!("error: `{}` is there already; give another folder", storyboard.display()));
        return Err(exit::USAGE);
    }
    let files = [
        ("storyboard.yaml", STORYBOARD),
        ("storyboard.schema.json", schema.as_str()),
        (".gitignore", GITIGNORE),
        (".gitattributes", GITATTRIBUTES),
    ];
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(dir)?;
        for (name, text) in files {
            // A project that is already under way keeps its own files.
            if !dir.join(name).exists() {
                fs::write(dir.join(name), text)?;
            }
        }
        Ok(())
    };
    if let Err(error) = write() {
        context.complain(&format!("error: cannot write into `{}`: {error}", dir.display()));
        return Err(exit::INTERNAL);
    }
    context.note(&format!("wrote {}", storyboard.display()));
    context.note(&format!("next:  storyreel render {}", storyboard.display()));
    Ok(exit::DONE)
}
