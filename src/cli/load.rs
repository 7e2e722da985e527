//! From a file name to a film: read, parse, look at the media, resolve.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::context::{Context, folder_of};
use super::problems;
use crate::film::{self, Film, Inventory, Make, MediaKind};
use crate::graph::{self, ShotGraph};
use crate::inventory::{self, Looks};
use crate::legible::{chain, clean, count};
use crate::lock::{Joined, Lock};
use crate::store::{LOCK_ENDING, Store};
use crate::storyboard::{self, MAX_BYTES, Storyboard};
use crate::text::{Problem, Severity, SourceFile, listed};

/// A storyboard that can be made into a film.
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) film: Film,
    pub(super) graph: ShotGraph,
    pub(super) store: Store,
    pub(super) warnings: Vec<Problem>,
    pub(super) source: SourceFile,
    /// What stands on disk, to resolve the storyboard in other ways.
    pub(super) media: Inventory,
    path: PathBuf,
    /// Saved already if there is a store; a first render makes one, and saves them then.
    pub(super) looks: Looks,
}

/// Why there is none. What is wrong was said already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl Loaded {
    /// Reads a storyboard and reports all its problems; warnings alone do not keep it from being made.
    pub(super) fn open(context: &Context, path: &Path) -> Result<Self, Broken> {
        let name = path.to_string_lossy().into_owned();
        let bare = |problem: Problem| {
            context.complain(&problems::draw(
                context,
                &SourceFile { name: name.clone(), text: String::new() },
                &[problem],
            ));
            Broken
        };
        let source = read(path, &name).map_err(bare)?;
        let (board, found) = storyboard::parse(&source);
        let Some(board) = board else {
            report(context, &source, &found);
            return Err(Broken);
        };
        let (folder, store) = (folder_of(path), context.store(path));
        let (media, looks) = look(context, &folder, &film::paths(&board), &store);
        looks.save();
        let checked = film::resolve(&board, &source, &context.wish(), &media, found);
        let (made, found) = graph::build(&board, checked);
        let Some((film, graph)) = made else {
            report(context, &source, &found);
            return Err(Broken);
        };
        let path = path.to_owned();
        let mut loaded = Self { name, folder, film, graph, store, warnings: found, source, media, path, looks };
        loaded.settle_rate();
        Ok(loaded)
    }

    /// Takes back the warning of a rate that rendered shots do not have where the clips that came have it. It is worth
    /// reading the lock only where there is such a warning.
    fn settle_rate(&mut self) {
        let doubted = |problem: &Problem| problem.code == film::RATE && problem.severity == Severity::Warning;
        if !self.warnings.iter().any(doubted) {
            return;
        }
        let Ok(Some(Joined { lock, .. })) = self.joined() else { return };
        let rate = self.film.rate;
        let has =
            |shot: &film::Shot| lock.shots.get(&shot.id).is_some_and(|taken| !taken.facts.video.rate.is_below(rate));
        if self.film.shots.iter().filter(|shot| matches!(shot.make, Make::Prompt(_))).all(has) {
            self.warnings.retain(|problem| !doubted(problem));
        }
    }

    /// Opens every storyboard, so that the problems of all are seen at once.
    pub(super) fn open_all(context: &Context, paths: &[PathBuf]) -> Result<Vec<Self>, Broken> {
        let is_lock = |path: &Path| path.to_string_lossy().ends_with(LOCK_ENDING);
        let all_locks = paths.iter().all(|path| is_lock(path));
        // `*.yaml` means the storyboards, and their locks lie beside them.
        let boards = paths.iter().filter(|path| all_locks || !is_lock(path));
        let opened: Vec<Result<Self, Broken>> = boards.map(|path| Self::open(context, path)).collect();
        let mut opened: Vec<Self> = opened.into_iter().collect::<Result<_, _>>()?;
        // One batch has one store: that of the first storyboard.
        if let Some(store) = opened.first().map(|first| first.store.clone()) {
            opened.iter_mut().for_each(|one| one.store = store.clone());
        }
        Ok(opened)
    }

    /// The storyboard, read again: to keep the one that became the film would cost every command its memory.
    pub(super) fn board(&self) -> Storyboard {
        let (board, _) = storyboard::parse(&self.source);
        board.expect("the same text was a storyboard before")
    }

    /// Says what is not wrong but worth knowing.
    pub(super) fn warn(&self, context: &Context, least: Severity) {
        let shown: Vec<Problem> = self.warnings.iter().filter(|problem| problem.severity >= least).cloned().collect();
        if !shown.is_empty() {
            context.note(&problems::draw(context, &self.source, &shown));
        }
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.path.with_extension(LOCK_ENDING.trim_start_matches('.'))
    }

    /// The lock beside the storyboard; an empty one where there is none.
    pub(super) fn lock(&self, context: &Context) -> Result<Lock, String> {
        let Some(joined) = self.joined()? else { return Ok(Lock::default()) };
        warn_of_markers(context, &self.lock_file(), &joined);
        Ok(joined.lock)
    }

    /// What the lock says, both sides of a conflict joined; nothing where there is none.
    fn joined(&self) -> Result<Option<Joined>, String> {
        let read = |text: String| Joined::read(&text, &|_| None);
        let joined = self.lock_text()?.map(read).transpose();
        joined.map_err(|error| format!("cannot read `{}`: {error}", self.lock_file().display()))
    }

    /// The text of the lock, if there is one.
    pub(super) fn lock_text(&self) -> Result<Option<String>, String> {
        let file = self.lock_file();
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read `{}`: {error}", file.display())),
        }
    }

    /// The name of the storyboard's file in its folder.
    pub(super) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The film's file as the storyboard wishes, or `out/<storyboard>.mp4` (`.mov` for `ProRes`).
    pub(super) fn output(&self) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wish = self.film.output.clone().unwrap_or_else(|| format!("out/{stem}.{}", self.film.ending()));
        // `out/film.mp4` reads better than `./out/film.mp4`.
        if self.folder == Path::new(".") { wish.into() } else { self.folder.join(wish) }
    }

    /// `keeper.yaml: 6 shots, 31 s`.
    pub(super) fn summary(&self) -> String {
        let length: Duration = self.film.length();
        let shots = count(self.film.shots.len(), "shot");
        format!("{}: {shots}, {}", clean(&self.name), crate::units::spoken(length))
    }
}

/// Says that a lock came out of a merge with conflicts, and what that means.
fn warn_of_markers(context: &Context, file: &Path, joined: &Joined) {
    if !joined.had_markers {
        return;
    }
    let names = |twice: bool| {
        let conflicts = joined.conflicts.iter().filter(|conflict| !twice || conflict.paid_twice);
        Some(listed(conflicts.clone().map(|conflict| conflict.shot.as_str()), 12)).filter(|_| conflicts.count() > 0)
    };
    let about = names(false).map_or_else(String::new, |names| format!("; they differ in {names}"));
    let file = clean(&file.to_string_lossy());
    context.note(&format!(
        "warning: `{file}` has conflict markers: both sides are kept, and the clips that the storyboard asks for are \
         used{about}; `render` and `lock rebuild` write it without them"
    ));
    if let Some(twice) = names(true) {
        context.note(&format!("warning: both sides paid for the same clip of {twice}: this side's is used"));
    }
}

/// Looks at the media files below `folder`.
pub(super) fn look(context: &Context, folder: &Path, paths: &BTreeSet<String>, store: &Store) -> (Inventory, Looks) {
    inventory::take(folder, paths, &store.root().join("looks"), &|file, kind| length(context, file, kind))
}

fn report(context: &Context, source: &SourceFile, found: &[Problem]) {
    context.complain(&problems::draw(context, source, found));
    context.complain(&format!("{}: {}", clean(&source.name), problems::count(found)));
}

/// Reads at most a little more than a storyboard may have: `/dev/zero` is refused, too.
fn read(path: &Path, name: &str) -> Result<SourceFile, Problem> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => storyboard::source(name, bytes),
        Err(error) => {
            let problem = Problem::error("storyboard::unreadable", format_args!("cannot read `{name}`: {error}"));
            Err(problem.help("give the path of a storyboard; `storyreel init` writes one"))
        }
    }
}

/// The length of a video or a sound as ffprobe measures it; not known where there is no ffprobe or it fails.
fn length(context: &Context, file: &Path, kind: MediaKind) -> Option<Duration> {
    let ffmpeg = context.ffmpeg().ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    if matches!(kind, MediaKind::Audio(_)) {
        return runtime.block_on(ffmpeg.sound_length(file)).ok()?;
    }
    let facts = runtime.block_on(ffmpeg.probe(file)).ok()?;
    Some(Duration::from_secs_f64(facts.video.rate.seconds(facts.video.frames)))
}

/// An error with its causes, for the user.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    format!("error: {}", clean(&chain(error)))
}
