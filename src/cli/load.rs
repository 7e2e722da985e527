//! From a file name to a film: read, parse, look at the media, resolve.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use storyreel_core::film::{
    self, Film, FilmChoices, FilmName, Inventory, Make, MediaFault, MediaKind, Overrides, PlacedText, VideoDetails,
};
use storyreel_core::graph::{self, ShotGraph};
use storyreel_core::lock::{Conflict, Joined, Lock};
use storyreel_core::plan;
use storyreel_core::sanitize::{chain, clean, count};
use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{self, Storyboard};
use storyreel_core::text::{Located, Problem, Severity, listed};
use storyreel_media::media::{Ffmpeg, MediaError};

use super::board_text::BoardText;
use super::cards::card_problems;
use super::context::{Context, folder_of, project_root};
use super::failure::CommandFailure;
use super::lock_trouble::LockTrouble;
use super::output::spare_sources;
use super::problems::broken_storyboard;
use super::reading::fast_subtitles;
use super::row_problems::{FilmProblems, merged, with_cells};
use super::trust;
use super::trust::paths::paths_outside;
use super::trust::request::TrustRequest;
use super::{exit, problems};
use crate::inventory::{self, InspectionCache, InspectionFiles, PlayedMedia};
use crate::store::{LOCK_ENDING, Store, insist_on_file};

/// A storyboard that can be made into a film.
pub(super) struct Loaded {
    pub(super) name: String,
    /// What the film is called: its lock, its file and its report are named after it.
    pub(super) film_name: FilmName,
    pub(super) folder: PathBuf,
    pub(super) film: Film,
    pub(super) graph: ShotGraph,
    pub(super) store: Store,
    pub(super) warnings: Vec<Problem>,
    /// What it asks for that is for the user to allow.
    pub(super) requests: Vec<TrustRequest>,
    /// The texts; films of one storyboard share them.
    pub(super) source: Arc<SourceFile>,
    /// What the command line and the row choose.
    pub(super) overrides: Overrides,
    /// What stands on disk, to resolve the storyboard in other ways.
    pub(super) media: Arc<Inventory>,
    path: PathBuf,
    /// What is known of its media. Saved already if there is a store; a first render makes one, and saves it then. The first
    /// film of a storyboard keeps it for all.
    pub(super) inspections: InspectionCache,
}

/// What was found on disk for a storyboard.
struct FoundMedia {
    inventory: Inventory,
    inspections: InspectionCache,
    /// Files that it names outside its project.
    outside: Vec<PlacedText>,
}

impl FoundMedia {
    /// Looks at the files that a storyboard names; of an untrusted one not at those outside the project.
    fn of(context: &Context, path: &Path, source: &SourceFile, named: &[Located<String>], store: &Store) -> Self {
        let folder = folder_of(path);
        let outside = paths_outside(source, named, &project_root(path), &folder);
        let included = |path: &str| source.included_file(path).is_some();
        let mut paths: BTreeSet<String> =
            named.iter().map(|path| path.value.clone()).filter(|path| !included(path)).collect();
        if context.untrusted() {
            paths.retain(|path| outside.iter().all(|placed| placed.text != *path));
        }
        let (mut inventory, inspections) = inspect_media(context, &folder, &paths, store);
        if context.untrusted() {
            inventory.extend(outside.iter().map(|placed| (placed.text.clone(), Err(MediaFault::Outside))));
        } else {
            inspections.save();
        }
        Self { inventory, inspections, outside }
    }
}

/// One film of a storyboard before its media are looked at.
struct ReadFilm {
    overrides: Overrides,
    board: Option<Storyboard>,
    found: Vec<Problem>,
}

/// What all films of a storyboard share.
struct SharedParts<'a> {
    context: &'a Context,
    path: &'a Path,
    name: String,
    source: Arc<SourceFile>,
    media: Arc<Inventory>,
    outside: Vec<PlacedText>,
    store: Store,
}

impl SharedParts<'_> {
    /// The film, or all that is wrong with it.
    fn film(&self, read: ReadFilm) -> Result<Loaded, Vec<Problem>> {
        let ReadFilm { overrides, board, found } = read;
        let Some(board) = board else { return Err(found) };
        let source = &self.source;
        let checked = film::resolve(&board, source, &overrides, &self.media, found);
        let (made, found) = graph::build(&board, checked);
        let found = film::said_once(found);
        let found: Vec<Problem> = found.into_iter().map(|problem| with_cells(problem, &board.filled)).collect();
        let Some((mut film, graph)) = made else { return Err(found) };
        self.context.count_servers(&mut film);
        let (faulty, poor): (Vec<Problem>, Vec<Problem>) = card_problems(&film, &folder_of(self.path), &self.media)
            .into_iter()
            .map(|problem| with_cells(problem, &board.filled))
            .partition(|problem| problem.severity == Severity::Error);
        let fast = fast_subtitles(&film).into_iter().map(|problem| with_cells(problem, &board.filled));
        let found: Vec<Problem> = found.into_iter().chain(poor).chain(fast).collect();
        let mut unusable = trust::unusable_addresses(&film);
        unusable.extend(faulty);
        if !unusable.is_empty() {
            let unusable = unusable.into_iter().map(|problem| with_cells(problem, &board.filled));
            return Err(unusable.chain(found).collect());
        }
        let requests = trust::film_requests(self.context, &film, &self.outside);
        let mut loaded = Loaded {
            name: self.name.clone(),
            film_name: film_name(&overrides, self.path),
            folder: folder_of(self.path),
            film,
            graph,
            store: self.store.clone(),
            warnings: found,
            requests,
            source: Arc::clone(source),
            overrides,
            media: Arc::clone(&self.media),
            path: self.path.to_owned(),
            inspections: InspectionCache::default(),
        };
        if self.context.untrusted() {
            let links = trust::link_requests(&loaded.root(), &loaded.written_files(), loaded.store.root());
            loaded.requests.extend(links);
        }
        loaded.settle_rate();
        Ok(loaded)
    }
}

impl Loaded {
    /// Reads a storyboard of one film; a failure says all its problems. Warnings alone do not keep it from being made.
    pub(super) fn open(context: &Context, path: &Path) -> Result<Self, CommandFailure> {
        let mut films = Self::open_films(context, path)?;
        if films.len() > 1 {
            let message = format!(
                "{} makes {} films, and this command is about one",
                clean(&path.to_string_lossy()),
                films.len()
            );
            let ids = films.iter().filter_map(|film| film.overrides.row.as_ref()).map(|row| row.id.as_str());
            let help = format!("choose one with `--row ID`: {}", listed(ids, 12));
            return Err(CommandFailure::new(exit::USAGE, message).help(help));
        }
        Ok(films.remove(0))
    }

    /// Reads a storyboard, and gives the film of every row that is wanted; a failure says the problems of all.
    pub(super) fn open_films(context: &Context, path: &Path) -> Result<Vec<Self>, CommandFailure> {
        let text = BoardText::read(context, path)?;
        let choices = text.choices(context, path)?;
        let BoardText { source, tree, named, .. } = text;
        let mut named = named;
        let mut read = Vec::with_capacity(choices.len());
        let mut choices = choices.into_iter();
        let last = choices.next_back();
        for overrides in choices {
            let (board, found) = tree.board(&source, overrides.choices());
            read.push(ReadFilm { overrides, board, found });
        }
        // The last film, of most storyboards the only one, takes the tree: a copy would be as large again.
        read.extend(last.map(|overrides| {
            let (board, found) = tree.into_board(&source, overrides.choices());
            ReadFilm { overrides, board, found }
        }));
        for film in &mut read {
            named.extend(film.board.iter_mut().flat_map(film::placed_paths));
        }
        let store = context.store(path);
        let FoundMedia { inventory, inspections, outside } = FoundMedia::of(context, path, &source, &named, &store);
        let shared = SharedParts {
            context,
            path,
            name: path.to_string_lossy().into_owned(),
            source: Arc::new(source),
            media: Arc::new(inventory),
            outside,
            store,
        };
        let mut films = Vec::with_capacity(read.len());
        let mut broken = Vec::new();
        for film in read {
            let row = film.overrides.row.clone();
            match shared.film(film) {
                Ok(film) => films.push(film),
                Err(problems) => broken.push(FilmProblems { row, problems }),
            }
        }
        if !broken.is_empty() {
            let found = merged(&shared.source, broken);
            return Err(broken_storyboard(context, &shared.source, &found));
        }
        if let Some(first) = films.first_mut() {
            first.inspections = inspections;
        }
        Ok(films)
    }

    /// The film that other texts of the same files would make, or all that is wrong with it.
    pub(super) fn with_source(&self, context: &Context, source: SourceFile) -> Result<Self, Vec<Problem>> {
        let (board, found) = storyboard::parse(&source, self.overrides.choices());
        let shared = SharedParts {
            context,
            path: &self.path,
            name: self.name.clone(),
            source: Arc::new(source),
            media: Arc::clone(&self.media),
            outside: Vec::new(),
            store: self.store.clone(),
        };
        shared.film(ReadFilm { overrides: self.overrides.clone(), board, found })
    }

    /// The files that are written for this film by itself, those of the store left out.
    fn written_files(&self) -> Vec<PathBuf> {
        let output = self.output();
        let lock = self.lock_file();
        let beside = ["html", "srt", "vtt"].map(|ending| output.with_extension(ending));
        let mut written = vec![lock.with_extension("yaml.old"), lock, output];
        written.extend(beside);
        written
    }

    /// Refuses output that would replace a file which the film is made from: a text, its lock, or one of its media.
    pub(super) fn spare_inputs(&self, output: &Path) -> Result<(), CommandFailure> {
        let included = self.source.included().iter().map(|file| &file.path);
        let named = included.chain(self.media.keys()).map(|path| self.folder.join(path));
        let files: Vec<PathBuf> = named.chain([self.path.clone(), self.lock_file()]).collect();
        let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        spare_sources(output, &files, "a file that the film is made from")
    }

    /// The root of the project in which the storyboard lies.
    pub(super) fn root(&self) -> PathBuf {
        project_root(&self.path)
    }

    /// Takes back the warning of a rate that rendered shots do not have where the clips that came have it. It is worth
    /// reading the lock only where there is such a warning.
    fn settle_rate(&mut self) {
        if !self.warnings.iter().any(is_rate_warning) {
            return;
        }
        let Ok(Some(Joined { lock, .. })) = self.joined_lock() else { return };
        let rate = self.film.rate;
        for shot in &self.film.shots {
            let clip = lock.shots.get(&shot.id);
            let has_rate = clip.is_some_and(|clip| !clip.facts.video.rate.is_below(rate));
            if matches!(shot.make, Make::Prompt(_)) && !has_rate {
                return;
            }
        }
        self.warnings.retain(|problem| !is_rate_warning(problem));
    }

    /// Opens every storyboard, so that the problems of all are seen at once. Two films that would write over each
    /// other's lock or file are refused.
    pub(super) fn open_all(context: &Context, paths: &[PathBuf]) -> Result<Vec<Self>, CommandFailure> {
        let all_locks = paths.iter().all(|path| is_lock(path));
        // `*.yaml` means the storyboards, and their locks lie beside them.
        let boards = paths.iter().filter(|path| all_locks || !is_lock(path));
        let mut opened = Vec::new();
        let mut failures = Vec::new();
        for path in boards {
            match Self::open_films(context, path) {
                Ok(films) => opened.extend(films),
                Err(failure) => failures.push(failure),
            }
        }
        if let Some(failure) = CommandFailure::joined(failures) {
            return Err(failure);
        }
        // One batch has one store: that of the first storyboard.
        if let Some(store) = opened.first().map(|first| first.store.clone()) {
            opened.iter_mut().for_each(|one| one.store = store.clone());
        }
        match shared_file(&opened) {
            Some(message) => Err(CommandFailure::new(exit::USAGE, message)),
            None => Ok(opened),
        }
    }

    /// The storyboard, read again: to keep the one that became the film would cost every command its memory.
    pub(super) fn board(&self) -> Storyboard {
        let (board, _) = storyboard::parse(&self.source, self.overrides.choices());
        board.expect("the same text was a storyboard before")
    }

    /// Says what is not wrong with these films but worth knowing; what holds of several films of a storyboard once.
    pub(super) fn warn_all(context: &Context, films: &[Self], least: Severity) {
        for films in Self::by_storyboard(films) {
            let found = Self::all_warnings(films);
            let shown: Vec<Problem> = found.into_iter().filter(|problem| problem.severity >= least).collect();
            if !shown.is_empty() {
                context.note(&problems::draw(context, &films[0].source, &shown));
            }
        }
    }

    /// The films of each storyboard.
    pub(super) fn by_storyboard(films: &[Self]) -> impl Iterator<Item = &[Self]> {
        films.chunk_by(|one, other| Arc::ptr_eq(&one.source, &other.source))
    }

    /// What the films of one storyboard are: `keeper.yaml: 6 shots, 31 s`, `ads.yaml: 40 films, 240 shots, 12 min`.
    pub(super) fn summary_of(films: &[Self]) -> String {
        match films {
            [one] => one.summary(),
            films => {
                let name = films.first().map_or("", |one| one.name.as_str());
                let length: Duration = films.iter().map(|one| one.film.length()).sum();
                let shots = count(films.iter().map(|one| one.film.shown().len()).sum(), "shot");
                let films = count(films.len(), "film");
                format!("{}: {films}, {shots}, {}", clean(name), storyreel_core::units::spoken(length))
            }
        }
    }

    /// The warnings of all films of one storyboard, each once.
    pub(super) fn all_warnings(films: &[Self]) -> Vec<Problem> {
        let of_film = |film: &Self| FilmProblems { row: film.overrides.row.clone(), problems: film.warnings.clone() };
        films.first().map_or_else(Vec::new, |first| merged(&first.source, films.iter().map(of_film).collect()))
    }

    /// Says what is not wrong with this film but worth knowing.
    pub(super) fn warn(&self, context: &Context, least: Severity) {
        Self::warn_all(context, std::slice::from_ref(self), least);
    }

    /// Where the lock of the film lies.
    pub(super) fn lock_file(&self) -> PathBuf {
        lock_file(&self.path, &self.film_name)
    }

    /// The lock of the film. Where it has none yet, what the plain film's says of the same recipes counts: earlier
    /// versions wrote one lock for all films of a storyboard.
    pub(super) fn lock(&self, context: &Context) -> Result<Lock, LockTrouble> {
        let options = self.film_name.options().to_owned();
        let other = self.path.with_file_name(self.film_name.other_lock_file(LOCK_ENDING));
        if let Some(joined) = read_lock(&other)?.filter(|_| !self.film_name.is_plain()) {
            return Err(LockTrouble::OfAnother { file: other, theirs: joined.lock.options, ours: options });
        }
        let Some(joined) = self.joined_lock()? else {
            return Ok(Lock { options, ..self.carried_over(context)? });
        };
        warn_of_markers(context, &self.lock_file(), &joined);
        if joined.lock.options == options {
            return Ok(joined.lock);
        }
        Err(LockTrouble::OfAnother { file: self.lock_file(), theirs: joined.lock.options, ours: options })
    }

    /// What the lock of the plain film says of shots that are made of the same recipes in this one.
    fn carried_over(&self, context: &Context) -> Result<Lock, LockTrouble> {
        if self.film_name.is_plain() {
            return Ok(Lock::default());
        }
        let file = lock_file(&self.path, &self.film_name.plain());
        let Some(other) = read_lock(&file)? else { return Ok(Lock::default()) };
        let lock = plan::carried_over(&self.film, &self.graph, &other.lock);
        if !lock.shots.is_empty() {
            let clips = count(lock.shots.len(), "clip");
            let file = clean(&file.to_string_lossy());
            let own = clean(&self.film_name.to_string());
            context.note(&format!("`{own}` has no lock yet: it uses {clips} from `{file}`"));
        }
        Ok(lock)
    }

    /// What the lock says, both sides of a conflict joined; nothing where there is none.
    fn joined_lock(&self) -> Result<Option<Joined>, LockTrouble> {
        read_lock(&self.lock_file())
    }

    /// The text of the lock, if there is one.
    pub(super) fn lock_text(&self) -> Result<Option<String>, LockTrouble> {
        lock_text_of(&self.lock_file())
    }

    /// The name of the storyboard's file in its folder.
    pub(super) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the plain film of the storyboard would be.
    pub(super) fn plain_output(&self) -> PathBuf {
        self.output_of(&self.film_name.plain())
    }

    /// The film's file: as the storyboard says, else `out/<storyboard>.mp4` (`.mov` for `ProRes`); with the choices
    /// of this film before the ending.
    pub(super) fn output(&self) -> PathBuf {
        self.output_of(&self.film_name)
    }

    fn output_of(&self, name: &FilmName) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let plain = self.film.output.clone().unwrap_or_else(|| format!("out/{stem}.{}", self.film.ending()));
        let own = name.beside(Path::new(&plain));
        // `out/film.mp4` reads better than `./out/film.mp4`.
        if self.folder == Path::new(".") { own } else { self.folder.join(own) }
    }

    /// The one path of a file below the storyboard's folder, whatever links lead to that.
    pub(super) fn true_path(&self, file: &Path) -> PathBuf {
        // The storyboard was read from there, so the folder has one true path.
        let folder = std::fs::canonicalize(&self.folder).unwrap_or_else(|_| self.folder.clone());
        folder.join(file.strip_prefix(&self.folder).unwrap_or(file))
    }

    /// `keeper.yaml: 6 shots, 31 s`.
    pub(super) fn summary(&self) -> String {
        let length: Duration = self.film.length();
        let shots = count(self.film.shown().len(), "shot");
        format!("{}: {shots}, {}", clean(&self.name), storyreel_core::units::spoken(length))
    }
}

fn is_rate_warning(problem: &Problem) -> bool {
    problem.code == film::RATE && problem.severity == Severity::Warning
}

fn is_lock(path: &Path) -> bool {
    path.to_string_lossy().ends_with(LOCK_ENDING)
}

/// What the film of a storyboard is called with these choices.
pub(super) fn film_name(overrides: &Overrides, storyboard: &Path) -> FilmName {
    FilmName::new(storyboard.file_stem().unwrap_or_default(), &FilmChoices::of(overrides))
}

/// The lock of the film of this name, beside its storyboard.
pub(super) fn lock_file(storyboard: &Path, name: &FilmName) -> PathBuf {
    storyboard.with_file_name(name.lock_file(LOCK_ENDING))
}

/// The lock in a file, both sides of a conflict joined; nothing where there is no file.
fn read_lock(file: &Path) -> Result<Option<Joined>, LockTrouble> {
    let Some(text) = lock_text_of(file)? else { return Ok(None) };
    match Joined::read(&text, &|_| None) {
        Ok(joined) => Ok(Some(joined)),
        Err(error) => Err(LockTrouble::Unreadable { file: file.to_owned(), why: error.to_string() }),
    }
}

fn lock_text_of(file: &Path) -> Result<Option<String>, LockTrouble> {
    match insist_on_file(file).and_then(|()| std::fs::read_to_string(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LockTrouble::Unreadable { file: file.to_owned(), why: error.to_string() }),
    }
}

/// What two of these films share that each must have for itself, in words.
fn shared_file(films: &[Loaded]) -> Option<String> {
    let mut locks = BTreeSet::new();
    let mut outputs = BTreeSet::new();
    for one in films {
        let output = one.output();
        if !locks.insert(one.true_path(&one.lock_file())) {
            let name = &one.film_name;
            return Some(format!("the film `{name}` is given twice"));
        }
        if !outputs.insert(one.true_path(&output)) {
            let output = output.display();
            return Some(format!("two storyboards would write `{output}`: set `film.output` in one of them"));
        }
    }
    None
}

/// Says that a lock came out of a merge with conflicts, and what that means.
fn warn_of_markers(context: &Context, file: &Path, joined: &Joined) {
    if !joined.had_markers {
        return;
    }
    let all: Vec<&Conflict> = joined.conflicts.iter().collect();
    let about = if all.is_empty() { String::new() } else { format!("; they differ in {}", conflict_names(&all)) };
    let file = clean(&file.to_string_lossy());
    context.note(&format!(
        "warning: `{file}` has conflict markers: both sides are kept, and the clips that the storyboard asks for are \
         used{about}; `render` and `lock rebuild` write it without them"
    ));
    let twice: Vec<&Conflict> = all.into_iter().filter(|conflict| conflict.paid_twice).collect();
    if !twice.is_empty() {
        let names = conflict_names(&twice);
        context.note(&format!("warning: both sides paid for the same clip of {names}: this side's is used"));
    }
}

fn conflict_names(conflicts: &[&Conflict]) -> String {
    listed(conflicts.iter().map(|conflict| conflict.shot.as_str()), 12)
}

/// Looks at the media files below `folder`.
pub(super) fn inspect_media(
    context: &Context,
    folder: &Path,
    paths: &BTreeSet<String>,
    store: &Store,
) -> (Inventory, InspectionCache) {
    let files = InspectionFiles { store: store.root().join("looks"), elsewhere: Context::media_memory(store) };
    inventory::take(folder, paths, files, &|file, kind| played_media(context, file, kind))
}

/// Plays a video or a sound as far as needed to know that it plays; nothing is known where there is no ffmpeg.
fn played_media(context: &Context, file: &Path, kind: MediaKind) -> Result<Option<PlayedMedia>, String> {
    let Ok(ffmpeg) = context.ffmpeg() else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return Ok(None) };
    let played = runtime.block_on(async {
        if matches!(kind, MediaKind::Audio(_)) {
            return played_sound(&ffmpeg, file).await;
        }
        match played_video(&ffmpeg, file).await {
            Err(MediaError::NoPicture(_)) => played_sound(&ffmpeg, file).await,
            played => played,
        }
    });
    match played {
        Ok(played) => Ok(Some(played)),
        Err(MediaError::Start { .. }) => Ok(None),
        Err(error) => Err(media_fault(error)),
    }
}

async fn played_sound(ffmpeg: &Ffmpeg, file: &Path) -> Result<PlayedMedia, MediaError> {
    let length = ffmpeg.plays_sound(file).await?;
    Ok(PlayedMedia { kind: MediaKind::Audio(Some(length)), video: None })
}

async fn played_video(ffmpeg: &Ffmpeg, file: &Path) -> Result<PlayedMedia, MediaError> {
    let played = ffmpeg.plays_picture(file).await?;
    let details = VideoDetails {
        size: played.size,
        rate: played.rate,
        codec: played.video.codec,
        colours: played.colours,
        is_interlaced: played.is_interlaced,
        sounds: played.sounds,
        heard: played.heard,
    };
    Ok(PlayedMedia { kind: MediaKind::Video(Some(played.length)), video: Some(details) })
}

/// What is wrong with a file, without its name: that stands before it already.
fn media_fault(error: MediaError) -> String {
    match error {
        MediaError::Damaged { what, .. } => format!("it is damaged ({what})"),
        MediaError::Failed { tail, .. } => format!("it does not play ({tail})"),
        error => chain(&error),
    }
}
