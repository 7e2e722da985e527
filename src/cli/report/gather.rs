//! From a storyboard, its lock, its store and its film on disk to the values that the page shows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storyreel_core::film::{Film, InputSource, Make};
use storyreel_core::graph::svg;
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::plan::{Action, KnownClips as _, Plan, Step};
use storyreel_core::sanitize::clean;
use storyreel_core::storyboard::{Shot, Subtitles};
use storyreel_core::text::Located;
use storyreel_core::timeline::Timeline;
use storyreel_core::timeline::seam::SeamFinding;
use storyreel_exchange::exchange::{self, CutList, url};

use super::run_log::last_run;
use super::stills::{End, SIDE, Stills};
use crate::cli::context::{Context, folder_of};
use crate::cli::exit;
use crate::cli::failure::CommandFailure;
use crate::cli::film_file::film_file;
use crate::cli::film_timeline::{FilmTimeline, film_timeline};
use crate::cli::load::Loaded;
use crate::cli::plan::run_time::{Start, starts};
use crate::cli::takes::film_takes::FilmTakes;
use crate::engine;
use crate::engine::seams::{self, FilmSeam};
use crate::report::chains::drifting;
use crate::report::run::{RunSummary, ShotOutcome};
use crate::report::schedule::{Bar, Schedule};
use crate::report::{FilmReport, MadeFilm, ShotView, TakeView};

/// The clip of every shot that the store holds: the one of the plan, else the one that the lock names.
pub(super) fn kept_clips(loaded: &Loaded, plan: &Plan, lock: &Lock) -> Vec<Option<ClipRecord>> {
    let mut clips = Vec::new();
    for step in &plan.steps {
        let older = lock.shots.get(&step.shot).filter(|clip| loaded.store.has(&clip.clip));
        clips.push(kept_clip(step).or_else(|| older.cloned()));
    }
    clips
}

/// How the film lies in time, by the clips that the plan keeps, and what was seen at its seams.
pub(super) fn kept_timeline(context: &Context, loaded: &Loaded, plan: &Plan) -> Result<FilmTimeline, CommandFailure> {
    film_timeline(context, loaded, plan.steps.iter().map(kept_clip))
}

/// The findings at seams: those of the film on disk, which was listened to, else what was seen.
fn seam_findings(kept: &Path, seen: &[(usize, FilmSeam)], is_made: bool) -> Vec<(usize, SeamFinding)> {
    let heard = seams::kept(kept).filter(|_| is_made).unwrap_or_default();
    let mut findings = Vec::new();
    for (at, seam) in seen {
        let heard = heard.iter().find(|heard| heard.from == seam.from && heard.to == seam.to);
        findings.push((*at, heard.unwrap_or(seam).finding.clone()));
    }
    findings
}

/// The clip that the plan keeps.
fn kept_clip(step: &Step) -> Option<ClipRecord> {
    match &step.action {
        Action::Reuse(clip) => Some((**clip).clone()),
        _ => None,
    }
}

pub(super) fn film_report<'a>(
    context: &Context,
    loaded: &'a Loaded,
    plan: &'a Plan,
    clips: &[Option<ClipRecord>],
    page: &Path,
    embed: bool,
) -> Result<FilmReport<'a>, CommandFailure> {
    let FilmTimeline { timeline, seams } = kept_timeline(context, loaded, plan)?;
    let media = MediaPlacement::new(page, embed).map_err(|error| unreadable_media(&error))?;
    let takes = FilmTakes::of(context, loaded)?;
    let mut stills = Stills::of_clips(context, loaded, clips.iter().flatten().chain(takes.all_here()), SIDE);
    let mut shots = shot_views(loaded, clips, &media, &mut stills).map_err(|error| unreadable_media(&error))?;
    add_takes(&takes, &media, &mut stills, &mut shots).map_err(|error| unreadable_media(&error))?;
    let file = film_file(loaded);
    let run = last_run(&loaded.store, file.gone.as_deref().unwrap_or(&file.path));
    let made = MadeFilmSources { loaded, plan, timeline: &timeline, run: run.as_ref(), media: &media };
    let made = made.film(&file.path).map_err(|error| unreadable_media(&error))?;
    let is_current = made.as_ref().is_some_and(|film| film.current);
    Ok(FilmReport {
        storyboard: loaded.file_name(),
        name: loaded.film_name.described(),
        film: &loaded.film,
        plan,
        graph: graph_picture(loaded),
        made,
        gone: file.gone.map(|gone| gone.to_string_lossy().into_owned()),
        shots,
        drifting: drifting(&loaded.film, &takes.lock),
        seams: seam_findings(&loaded.store.film_folder(&file.path), &seams, is_current),
        schedules: schedules(&loaded.film, plan, run.as_ref()),
        pictures: stills.pictures,
        timeline,
    })
}

fn unreadable_media(error: &io::Error) -> CommandFailure {
    CommandFailure::new(exit::INTERNAL, format!("cannot read the data for the page: {error}"))
}

fn graph_picture(loaded: &Loaded) -> String {
    let mut sketch = loaded.graph.sketch(&loaded.film);
    sketch.title = clean(&sketch.title);
    svg::draw(&sketch)
}

/// When the shots were made, and when those will be that are to be made.
fn schedules(film: &Film, plan: &Plan, run: Option<&RunSummary>) -> Vec<Schedule> {
    let run = run.filter(|run| !run.shots.is_empty());
    let happened = run.map(|run| Schedule::of_run(film, plan, run));
    let expected = Some(expected_schedule(film, plan)).filter(|schedule| !schedule.bars.is_empty());
    happened.into_iter().chain(expected).collect()
}

/// What there is of every shot.
fn shot_views(
    loaded: &Loaded,
    clips: &[Option<ClipRecord>],
    media: &MediaPlacement,
    stills: &mut Stills,
) -> io::Result<Vec<ShotView>> {
    let board = loaded.board();
    let raw = board.shots.as_ref().map_or(&[][..], |shots| &shots.value[..]);
    let mut views = Vec::new();
    for (at, clip) in clips.iter().enumerate() {
        let url = clip.as_ref().map(|clip| media.url_of(&loaded.store.object(&clip.clip))).transpose()?;
        views.push(ShotView {
            taken: clip.clone(),
            clip: url,
            first: clip.as_ref().and_then(|clip| stills.frame_index(&clip.clip, End::First)),
            last: clip.as_ref().and_then(|clip| stills.frame_index(&clip.clip, End::Last)),
            board: board_picture(loaded, at, stills),
            inputs: input_pictures(loaded, at, clips, stills),
            notes: notes_of(raw, loaded.film.shots[at].id.as_str()),
            takes: Vec::new(),
        });
    }
    Ok(views)
}

/// Adds the takes of every shot that has several.
fn add_takes(
    takes: &FilmTakes<'_>,
    media: &MediaPlacement,
    stills: &mut Stills,
    views: &mut [ShotView],
) -> io::Result<()> {
    let loaded = takes.loaded;
    for (at, (shot, view)) in ShotIndex::all(views.len()).zip(loaded.film.shots.iter().zip(views)) {
        if !takes.lock.takes.contains_key(&shot.id) {
            continue;
        }
        for record in takes.here(&shot.id) {
            let storyboard = loaded.file_name();
            view.takes.push(TakeView {
                record: record.clone(),
                clip: media.url_of(&loaded.store.object(&record.clip))?,
                first: stills.frame_index(&record.clip, End::First),
                in_film: takes.is_in_film(at, record),
                price: takes.choice(shot, record).described(),
                command: format!("storyreel choose {storyboard} {}={}", shot.id, record.take),
            });
        }
    }
    Ok(())
}

/// What the storyboard notes of a shot for people.
pub(in crate::cli) fn notes_of(raw: &[Located<Shot>], id: &str) -> Option<String> {
    let shot = raw.iter().find(|shot| shot.id.as_ref().is_some_and(|name| name.value == id))?;
    shot.notes.as_ref().map(|notes| notes.value.clone())
}

/// The drawing of a shot.
pub(in crate::cli) fn board_picture(loaded: &Loaded, at: usize, stills: &mut Stills) -> Option<usize> {
    let board = loaded.film.shots[at].board.as_ref()?;
    stills.given_index(&loaded.folder.join(&board.path), &board.digest)
}

/// The pictures of what a shot starts from.
pub(in crate::cli) fn input_pictures(
    loaded: &Loaded,
    at: usize,
    clips: &[Option<ClipRecord>],
    stills: &mut Stills,
) -> Vec<Option<usize>> {
    match &loaded.film.shots[at].make {
        Make::Still(file) => vec![stills.given_index(&loaded.folder.join(&file.path), &file.digest)],
        Make::Prompt(render) => {
            let sources = render.inputs.roles().map(|(_, source)| source);
            sources.map(|source| input_picture(loaded, source, clips, stills)).collect()
        }
        Make::Card(_) | Make::Footage { .. } => Vec::new(),
    }
}

fn input_picture(
    loaded: &Loaded,
    source: &InputSource,
    clips: &[Option<ClipRecord>],
    stills: &mut Stills,
) -> Option<usize> {
    match source {
        InputSource::File(file) => stills.given_index(&loaded.folder.join(&file.path), &file.digest),
        InputSource::Remote(_)
        | InputSource::FrameAt(..)
        | InputSource::TakeFirstFrame(_)
        | InputSource::TakeTail(_) => None,
        InputSource::LastFrame(of) => stills.frame_index(&clips[*of].as_ref()?.clip, End::Last),
        InputSource::FirstFrame(of) | InputSource::Clip(of) => {
            stills.frame_index(&clips[*of].as_ref()?.clip, End::First)
        }
    }
}

/// What the film on disk is compared with.
struct MadeFilmSources<'a> {
    loaded: &'a Loaded,
    plan: &'a Plan,
    timeline: &'a Timeline,
    run: Option<&'a RunSummary>,
    media: &'a MediaPlacement,
}

impl MadeFilmSources<'_> {
    /// The film in `file`; `None` where there is none.
    fn film(&self, file: &Path) -> io::Result<Option<MadeFilm>> {
        let Ok(facts) = fs::metadata(file) else { return Ok(None) };
        let film = &self.loaded.film;
        let clips: Option<Vec<ClipRecord>> = self.plan.steps.iter().map(kept_clip).collect();
        let current = clips
            .is_some_and(|clips| engine::is_made(&self.loaded.store, film, &clips.iter().collect::<Vec<_>>(), file));
        Ok(Some(MadeFilm {
            url: self.media.url_of(file)?,
            path: file.to_string_lossy().into_owned(),
            bytes: facts.len(),
            current,
            captions: self.captions(),
            assembly: self.run.and_then(|run| run.film.clone()).filter(|film| film.done),
        }))
    }

    /// The spoken lines; empty where there are none, and where they are burnt into the picture: they would be read twice.
    fn captions(&self) -> String {
        let film = &self.loaded.film;
        let clips = vec![None; film.shots.len()];
        let reel = CutList { film, timeline: self.timeline, clips: &clips, sounds: &[] };
        let captions = exchange::vtt::write(&reel, film.languages.first());
        if film.subtitles == Subtitles::Burn || !captions.contains("-->") { String::new() } else { captions }
    }
}

/// What a render is expected to do now.
fn expected_schedule(film: &Film, plan: &Plan) -> Schedule {
    let starts = starts(film, plan);
    let mut bars: Vec<Bar> = starts.iter().map(|start| expected_bar(film, plan, &starts, start)).collect();
    bars.sort_by_key(|bar| bar.from);
    let took = bars.iter().map(|bar| bar.to).max().unwrap_or(0);
    Schedule { happened: false, took, bars, warnings: Vec::new() }
}

fn expected_bar(film: &Film, plan: &Plan, starts: &[Start], start: &Start) -> Bar {
    let step = &plan.steps[start.shot];
    let from = milliseconds(start.after);
    let to = from + milliseconds(step.expected);
    let maker = match &film.shots[start.shot].make {
        Make::Prompt(render) => render.provider.id,
        _ => "storyreel",
    };
    let needed = step.needs.iter().filter_map(|need| starts.iter().find(|other| other.shot == *need));
    let ready = needed.map(|other| milliseconds(other.after + plan.steps[other.shot].expected)).max();
    Bar {
        name: step.shot.to_string(),
        maker: maker.to_owned(),
        ready: ready.unwrap_or(0).min(from),
        from,
        making: from,
        fetching: to,
        to,
        outcome: ShotOutcome::Stored,
        said: None,
        critical: plan.critical_path.contains(&step.shot),
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How the page finds media files: beside it, or within it.
pub(super) struct MediaPlacement {
    /// The folder of the page.
    folder: PathBuf,
    embed: bool,
}

impl MediaPlacement {
    pub(super) fn new(page: &Path, embed: bool) -> io::Result<Self> {
        let folder = folder_of(page);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder: fs::canonicalize(folder)?, embed })
    }

    pub(super) fn url_of(&self, file: &Path) -> io::Result<String> {
        if self.embed {
            return Ok(format!("data:video/mp4;base64,{}", STANDARD.encode(fs::read(file)?)));
        }
        Ok(url::relative(&self.folder, &fs::canonicalize(file)?))
    }
}
