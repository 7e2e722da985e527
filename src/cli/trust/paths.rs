//! Where paths of a storyboard really lead.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use storyreel_core::film::PlacedText;
use storyreel_core::source_file::SourceFile;
use storyreel_core::text::Located;

/// The files outside the project that a storyboard names, each once.
pub(in crate::cli) fn paths_outside(
    source: &SourceFile,
    named: &[Located<String>],
    root: &Path,
    folder: &Path,
) -> Vec<PlacedText> {
    let mut seen = BTreeSet::new();
    let named = named.iter().filter(|path| seen.insert(path.value.clone()));
    let out = named.filter(|path| is_outside(root, &folder.join(&path.value)));
    let placed =
        out.map(|path| PlacedText { place: source.place(path.span), span: path.span, text: path.value.clone() });
    placed.collect()
}

/// Whether a file that a storyboard names lies outside its project, through `..`, as an absolute path, or through a link.
pub(in crate::cli) fn is_outside(root: &Path, file: &Path) -> bool {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    // What is not there is held against the root by its words alone.
    let real = absolute.canonicalize().unwrap_or_else(|_| without_dots(&absolute));
    !real.starts_with(root)
}

/// The path with `.` and `..` taken out, as far as words tell.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The first link on the way from `root` to `file`, the file included.
pub(super) fn first_link(root: &Path, file: &Path) -> Option<PathBuf> {
    let root = std::path::absolute(root).ok()?;
    let file = without_dots(&std::path::absolute(file).ok()?);
    let below = file.strip_prefix(&root).ok()?;
    let mut at = root.clone();
    below.components().find_map(|part| {
        at.push(part);
        let facts = std::fs::symlink_metadata(&at).ok()?;
        facts.is_symlink().then(|| at.clone())
    })
}

/// Links in `folder` and in the folders within it, `depth` levels deep; none where it cannot be listed.
pub(super) fn links_within(folder: &Path, depth: u32) -> Vec<PathBuf> {
    let mut links = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_symlink() {
            links.push(entry.path());
        } else if kind.is_dir() && depth > 1 {
            links.extend(links_within(&entry.path(), depth - 1));
        }
    }
    links
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn dots_links_and_absolute_paths_lead_out_and_names_do_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("project");
        std::fs::create_dir_all(root.join("refs")).expect("made");
        std::fs::write(folder.path().join("secret.png"), "x").expect("written");
        std::fs::write(root.join("refs/a..b.png"), "x").expect("written");
        std::os::unix::fs::symlink("../../secret.png", root.join("refs/link.png")).expect("linked");
        for (path, outside) in [
            ("refs/a..b.png", false),
            ("refs/../refs/a..b.png", false),
            ("refs/none.png", false),
            ("../secret.png", true),
            ("../none.png", true),
            ("refs/link.png", true),
            ("/etc/hostname", true),
        ] {
            assert_eq!(is_outside(&root, &root.join(path)), outside, "{path}");
        }
    }

    #[test]
    fn a_link_on_the_way_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir(root.join("real")).expect("made");
        std::os::unix::fs::symlink("real", root.join("out")).expect("linked");
        assert_eq!(first_link(root, &root.join("out/film.mp4")), Some(root.join("out")));
        assert_eq!(first_link(root, &root.join("real/film.mp4")), None);
        assert_eq!(first_link(root, &root.join("none/film.mp4")), None);
    }
}
