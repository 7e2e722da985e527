//! A storyboard as a git revision holds it, with its lock and its pictures. Git runs as a child with plain arguments; no
//! shell ever sees a name.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use storyreel_core::film::{self, Film, FilmName, Inventory, MediaFault};
use storyreel_core::graph::{self, ShotGraph};
use storyreel_core::lock::Lock;
use storyreel_core::plan::carried_over;
use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{self, StoryboardTree};
use storyreel_core::text::Problem;

use crate::cli::context::Context;
use crate::cli::failure::CommandFailure;
use crate::cli::load::{Loaded, inspect_media};
use crate::cli::trust::paths::is_outside;
use crate::cli::{exit, problems};
use crate::store::{LOCK_ENDING, Store};

/// A storyboard at a revision.
pub(super) struct Revision {
    /// The revision as the user named it.
    pub(super) name: String,
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

impl Revision {
    /// The storyboard of `loaded` as it was at the revision called `name`.
    pub(super) fn read(context: &Context, loaded: &Loaded, name: &str) -> Result<Self, CommandFailure> {
        let git = Git { folder: &loaded.folder };
        let commit = commit_of(&git, name)?;
        let made = RevisionFilm::read(context, &git, loaded, name, &commit)?;
        Ok(Self { name: name.to_owned(), commit, made })
    }
}

impl RevisionFilm {
    fn read(
        context: &Context,
        git: &Git<'_>,
        loaded: &Loaded,
        revision: &str,
        commit: &str,
    ) -> Result<Option<Self>, CommandFailure> {
        let Some(bytes) = git.blob(commit, &loaded.file_name()).map_err(|error| git_failed(&error))? else {
            return Ok(None);
        };
        let name = format!("{revision}:{}", loaded.name);
        let nameless = SourceFile::new(name.as_str(), "");
        let refusal = |source: &SourceFile, found: &[Problem]| not_comparable(context, revision, source, found);
        let mut source = storyboard::source(&name, bytes).map_err(|problem| refusal(&nameless, &[problem]))?;
        let tree = tree_at(git, commit, &mut source).map_err(|error| git_failed(&error))?;
        let tree = tree.map_err(|problem| refusal(&source, &[problem]))?;
        let mut overrides = loaded.overrides.clone();
        if let Some(row) = &loaded.overrides.row {
            let rows = tree.rows(&source, None).map_err(|found| refusal(&source, &found))?;
            let then = rows.into_iter().flatten().find(|then| then.id == row.id);
            // A table of the command line is in no revision: its row is taken as it is now.
            let Some(then) = then.map(Arc::new).or_else(|| context.rows_file().map(|_| Arc::clone(row))) else {
                return Ok(None);
            };
            overrides.row = Some(then);
        }
        let (board, found) = tree.into_board(&source, overrides.choices());
        let Some(mut board) = board else { return Err(refusal(&source, &found)) };
        let paths = film::paths(&mut board);
        let media = media_at(context, git, loaded, commit, &paths).map_err(|error| git_failed(&error))?;
        let source = Arc::new(source);
        let checked = film::resolve(&board, &source, &overrides, &media, found);
        let (made, found) = graph::build(&board, checked);
        let Some((film, graph)) = made else { return Err(not_comparable(context, revision, &source, &found)) };
        let own = &loaded.film_name;
        let lock = match lock_at(git, revision, commit, own)? {
            Some(lock) if lock.options == own.options() => lock,
            // That version had another film of this name.
            Some(_) => Lock::default(),
            None if own.is_plain() => Lock::default(),
            None => {
                let plain = lock_at(git, revision, commit, &own.plain())?.unwrap_or_default();
                carried_over(&film, &graph, &plain)
            }
        };
        Ok(Some(Self { film, graph, lock }))
    }
}

/// The YAML of a storyboard and of the files that it takes in, as they were at a commit.
fn tree_at(git: &Git<'_>, commit: &str, source: &mut SourceFile) -> io::Result<Result<StoryboardTree, Problem>> {
    loop {
        let tree = match StoryboardTree::read(source) {
            Ok(tree) => tree,
            Err(problem) => return Ok(Err(problem)),
        };
        if tree.missing().is_empty() {
            return Ok(Ok(tree));
        }
        for file in tree.missing() {
            let bytes = if is_tracked(&file.path) { git.blob(commit, &file.path)? } else { None };
            let text = bytes.map(|bytes| storyboard::source(&file.path, bytes).map(|read| read.text));
            let text = match text {
                Some(text) => text.map_err(|problem| problem.message),
                None => Err("that revision does not have it".to_owned()),
            };
            source.include(&file.path, Some(file.named_at), text.as_deref().map_err(Clone::clone));
        }
    }
}

/// Whether git can hold a file of this path.
fn is_tracked(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir | Component::ParentDir))
}

/// The problems that keep a revision from being compared with.
fn not_comparable(context: &Context, revision: &str, source: &SourceFile, found: &[Problem]) -> CommandFailure {
    let message = format!("the storyboard of `{revision}` cannot be compared with");
    CommandFailure::new(exit::PROBLEMS, message).after([problems::draw(context, source, found)])
}

/// The lock of a film at a revision; `None` where there was none.
fn lock_at(git: &Git<'_>, revision: &str, commit: &str, name: &FilmName) -> Result<Option<Lock>, CommandFailure> {
    let file = name.lock_file(LOCK_ENDING);
    let text = git.blob(commit, &file.to_string_lossy()).map_err(|error| git_failed(&error))?;
    let lock = text.map(|text| Lock::read(&String::from_utf8_lossy(&text))).transpose();
    lock.map_err(|error| CommandFailure::new(exit::INTERNAL, format!("cannot read the lock of `{revision}`: {error}")))
}

/// The commit that a revision stands for.
fn commit_of(git: &Git<'_>, revision: &str) -> Result<String, CommandFailure> {
    let wanted = format!("{revision}^{{commit}}");
    let output = git
        .run(["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
        .map_err(|error| git_failed(&error))?;
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
    Err(CommandFailure::new(exit::USAGE, message))
}

fn git_failed(error: &io::Error) -> CommandFailure {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "`--against` needs git, and there is none on the PATH".to_owned(),
        _ => format!("cannot run git: {error}"),
    };
    CommandFailure::new(exit::INTERNAL, message)
}

/// What stood under `paths` then: the files of now, and those that git says are others from the revision.
fn media_at(
    context: &Context,
    git: &Git<'_>,
    loaded: &Loaded,
    commit: &str,
    paths: &BTreeSet<String>,
) -> io::Result<Inventory> {
    let root = loaded.root();
    let (outside, inside): (BTreeSet<String>, BTreeSet<String>) =
        paths.iter().cloned().partition(|path| context.untrusted() && is_outside(&root, &loaded.folder.join(path)));
    let (mut media, _) = inspect_media(context, &loaded.folder, &inside, &loaded.store);
    media.extend(outside.into_iter().map(|path| (path, Err(MediaFault::Outside))));
    let changed = git.changed_since(commit)?;
    let mut wanted = paths.clone();
    wanted.retain(|path| {
        let written = path.strip_prefix("./").unwrap_or(path);
        is_below(path) && (changed.contains(written) || media.get(path).is_none_or(Result::is_err))
    });
    if wanted.is_empty() {
        return Ok(media);
    }
    let folder = tempfile::tempdir()?;
    let fetched = git.write_files(commit, &wanted, folder.path())?;
    let (then, _) = inspect_media(context, folder.path(), &fetched, &Store::at(folder.path().join("none")));
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

    /// The files below the folder that are others than at a commit, by their paths from the folder.
    fn changed_since(&self, commit: &str) -> io::Result<BTreeSet<String>> {
        let output = self.run([
            "diff",
            "--name-only",
            "-z",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--relative",
            commit,
            "--",
        ])?;
        let paths = output.stdout.split(|byte| *byte == 0).filter_map(|path| std::str::from_utf8(path).ok());
        Ok(paths.map(str::to_owned).collect())
    }

    /// Writes files of a commit below `target`, and returns those that were there.
    fn write_files(&self, commit: &str, paths: &BTreeSet<String>, target: &Path) -> io::Result<BTreeSet<String>> {
        let mut written = BTreeSet::new();
        for path in paths {
            if let Some(bytes) = self.blob(commit, path)?.filter(|bytes| !bytes.starts_with(POINTER)) {
                let file = target.join(path);
                file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                std::fs::write(file, bytes)?;
                written.insert(path.clone());
            }
        }
        Ok(written)
    }
}
