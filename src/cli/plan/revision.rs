//! A storyboard as a git revision holds it, with its lock and its pictures. Git runs as a child with plain arguments; no
//! shell ever sees a name.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path};
use std::process::{Command, Output, Stdio};

use storyreel_core::film::{self, Film, FilmName, Inventory, MediaFault};
use storyreel_core::graph::{self, ShotGraph};
use storyreel_core::lock::Lock;
use storyreel_core::plan::carried_over;
use storyreel_core::storyboard;
use storyreel_core::text::SourceFile;

use crate::cli::context::Context;
use crate::cli::load::{Loaded, look};
use crate::cli::render::refuse;
use crate::cli::trust::is_outside;
use crate::cli::{exit, problems};
use crate::store::LOCK_ENDING;
use crate::store::Store;

/// A storyboard at a revision.
pub(super) struct Then {
    /// The revision as the user named it.
    pub(super) revision: String,
    /// The commit that it stands for.
    pub(super) commit: String,
    /// The film of that revision; `None` where the storyboard was not there yet.
    pub(super) made: Option<RevisionFilm>,
}

pub(super) struct RevisionFilm {
    pub(super) film: Film,
    pub(super) graph: ShotGraph,
    pub(super) lock: Lock,
}

/// How the beginning of a large file that git keeps elsewhere looks.
const POINTER: &[u8] = b"version https://git-lfs";

/// The storyboard of `loaded` as it was at `revision`.
pub(super) fn then(context: &Context, loaded: &Loaded, revision: &str) -> Result<Then, u8> {
    let git = Git { folder: &loaded.folder };
    let commit = commit(context, &git, revision)?;
    let none = Then { revision: revision.to_owned(), commit: commit.clone(), made: None };
    let file = loaded.file_name();
    let Some(bytes) = git.blob(&commit, &file).map_err(|error| fault(context, &error))? else { return Ok(none) };
    let name = format!("{revision}:{}", loaded.name);
    let broken = |source: &SourceFile, found: &[storyreel_core::text::Problem]| {
        context.complain(&problems::draw(context, source, found));
        refuse(context, exit::PROBLEMS, &format!("the storyboard of `{revision}` cannot be compared with"))
    };
    let nameless = SourceFile { name: name.clone(), text: String::new() };
    let source = storyboard::source(&name, bytes).map_err(|problem| broken(&nameless, &[problem]))?;
    let (board, found) = storyboard::parse(&source);
    let Some(board) = board else { return Err(broken(&source, &found)) };
    let media = media(context, &git, loaded, &commit, &film::paths(&board)).map_err(|error| fault(context, &error))?;
    let checked = film::resolve(&board, &source, &context.overrides(), &media, found);
    let (made, found) = graph::build(&board, checked);
    let Some((film, graph)) = made else { return Err(broken(&source, &found)) };
    let lock_of = |name: &FilmName| -> Result<Option<Lock>, u8> {
        let file = name.file(LOCK_ENDING);
        let text = git.blob(&commit, &file.to_string_lossy()).map_err(|error| fault(context, &error))?;
        let lock = text.map(|text| Lock::read(&String::from_utf8_lossy(&text))).transpose();
        lock.map_err(|error| refuse(context, exit::INTERNAL, &format!("cannot read the lock of `{revision}`: {error}")))
    };
    let name = &loaded.film_name;
    let lock = match lock_of(name)? {
        Some(lock) if lock.options == name.options() => lock,
        // That version had another film of this name.
        Some(_) => Lock::default(),
        None if name.is_plain() => Lock::default(),
        None => carried_over(&film, &graph, &lock_of(&name.plain())?.unwrap_or_default()),
    };
    Ok(Then { made: Some(RevisionFilm { film, graph, lock }), ..none })
}

/// The commit that a revision stands for.
fn commit(context: &Context, git: &Git<'_>, revision: &str) -> Result<String, u8> {
    let wanted = format!("{revision}^{{commit}}");
    let output = git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
    let output = output.map_err(|error| fault(context, &error))?;
    let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) && commit.len() >= 40 {
        return Ok(commit);
    }
    let inside = git.run(["rev-parse", "--git-dir"]).is_ok_and(|output| output.status.success());
    let message = if inside {
        format!("there is no revision `{revision}` in this repository: `--against` takes a commit, branch or tag")
    } else {
        format!("`{}` is in no git repository, so there is nothing to compare with", git.folder.display())
    };
    Err(refuse(context, exit::USAGE, &message))
}

fn fault(context: &Context, error: &io::Error) -> u8 {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "`--against` needs git, and there is none on the PATH".to_owned(),
        _ => format!("cannot run git: {error}"),
    };
    refuse(context, exit::INTERNAL, &message)
}

/// What stood under `paths` then: the files of now, and those that git says are others from the revision.
fn media(
    context: &Context,
    git: &Git<'_>,
    loaded: &Loaded,
    commit: &str,
    paths: &BTreeSet<String>,
) -> io::Result<Inventory> {
    let (outside, inside): (BTreeSet<String>, BTreeSet<String>) = paths
        .iter()
        .cloned()
        .partition(|path| context.untrusted() && is_outside(&loaded.root(), &loaded.folder.join(path)));
    let (mut media, _) = look(context, &loaded.folder, &inside, &loaded.store);
    media.extend(outside.into_iter().map(|path| (path, Err(MediaFault::Outside))));
    let diff =
        ["diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--no-renames", "--relative", commit, "--"];
    let output = git.run(diff)?;
    let other: BTreeSet<&str> =
        output.stdout.split(|byte| *byte == 0).filter_map(|p| std::str::from_utf8(p).ok()).collect();
    let differs = |path: &&String| {
        let written = path.strip_prefix("./").unwrap_or(path);
        is_below(path) && (other.contains(written) || media.get(*path).is_none_or(Result::is_err))
    };
    let wanted: Vec<String> = paths.iter().filter(differs).cloned().collect();
    if wanted.is_empty() {
        return Ok(media);
    }
    let folder = tempfile::tempdir()?;
    let mut fetched = BTreeSet::new();
    for path in wanted {
        if let Some(bytes) = git.blob(commit, &path)?.filter(|bytes| !bytes.starts_with(POINTER)) {
            let file = folder.path().join(&path);
            file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(file, bytes)?;
            fetched.insert(path);
        }
    }
    let (then, _) = look(context, folder.path(), &fetched, &Store::at(folder.path().join("none")));
    media.extend(then);
    Ok(media)
}

/// Whether a path stays below the folder that it is relative to.
fn is_below(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

struct Git<'a> {
    folder: &'a Path,
}

impl Git<'_> {
    fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> io::Result<Output> {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.folder).arg("--no-optional-locks").arg("--literal-pathspecs").args(args);
        command.stdin(Stdio::null()).output()
    }

    /// The bytes of a file at a commit, by its path from the folder; `None` where it was not there.
    fn blob(&self, commit: &str, path: &str) -> io::Result<Option<Vec<u8>>> {
        let path = path.strip_prefix("./").unwrap_or(path);
        let output = self.run(["cat-file", "blob", &format!("{commit}:./{path}")])?;
        Ok(output.status.success().then_some(output.stdout))
    }
}
