//! What one run did and when: its events folded into a record that is kept beside the film, for the schedule of the page.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use storyreel_core::event::{AssemblyKind, Event, ShotKey, Stage};
use storyreel_core::index::BoardIndex;
use storyreel_core::sanitize::clean;

/// The file of the last run, in the folder that the store keeps for the film.
pub const FILE: &str = "run.json";

/// The version of the record. One of another version is not read.
const VERSION: u32 = 1;

/// What a run did for one film. Times are milliseconds since it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    version: u32,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// How long it took.
    pub took: u64,
    /// The shots that it took up or could not, in the order of the storyboard's names.
    pub shots: BTreeMap<String, Work>,
    /// The film, where it was put together.
    pub film: Option<Assembly>,
    /// What was worth knowing and stopped nothing, of the whole run.
    pub warnings: Vec<String>,
}

/// What was done for one shot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Who made it: a provider's id, or `local`; empty where nobody was asked.
    pub maker: String,
    /// When it was taken up.
    pub from: u64,
    /// When it was over.
    pub to: u64,
    /// Its stages by their words, each with its beginning.
    pub stages: Vec<(String, u64)>,
    /// What came of it.
    pub outcome: ShotOutcome,
    /// Why it failed, or the shot that it waited for in vain.
    pub said: Option<String>,
}

/// What came of a shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShotOutcome {
    /// It was still at work when the run ended.
    Open,
    /// Its clip is in the store.
    Stored,
    /// It failed.
    Failed,
    /// It was not tried, because a shot that it needs failed.
    Blocked,
    /// It was left to its service.
    UnderWay,
}

impl ShotOutcome {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "interrupted",
            Self::Stored => "stored",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::UnderWay => "under way",
        }
    }
}

/// How a film was put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assembly {
    /// When that began.
    pub from: u64,
    /// When it was over.
    pub to: u64,
    /// Whether there is a film.
    pub done: bool,
    /// How, or why not, in words.
    pub said: String,
    /// What was decided of clips and seams.
    pub notes: Vec<String>,
}

impl Assembly {
    /// The times of an assembly do not belong to another run than its own.
    fn without_times(self) -> Self {
        Self { from: 0, to: 0, ..self }
    }
}

impl RunSummary {
    /// The text of the record's file.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads the text of a record; `None` where it is of another version or damaged: it is only shown.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|run: &Self| run.version == VERSION)
    }
}

/// Listens to a run.
#[derive(Debug, Default)]
pub struct Recorder {
    shots: BTreeMap<ShotKey, Work>,
    films: BTreeMap<BoardIndex, Assembly>,
    /// What was decided before a film was begun, by its storyboard.
    early: BTreeMap<BoardIndex, Vec<String>>,
    warnings: Vec<String>,
}

impl Recorder {
    /// Takes in what was said `after` the beginning of the run.
    pub fn hear(&mut self, event: &Event, after: Duration) {
        let now = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        match event {
            Event::ShotStarted { key, maker, .. } => {
                self.shots.insert(key.clone(), Work { maker: clean(maker), ..Work::at(now) });
            }
            Event::ShotMoved { key, stage, .. } => self.moved(key, *stage, now),
            // What was there already was no work.
            Event::ShotStored { key, took: Some(_), .. } => self.end(key, now, ShotOutcome::Stored, None),
            Event::ShotFailed { key, message, .. } => self.end(key, now, ShotOutcome::Failed, Some(message)),
            Event::ShotUnderWay { key, reason, .. } => self.end(key, now, ShotOutcome::UnderWay, Some(reason)),
            Event::ShotBlocked { key, by } => self.end(key, now, ShotOutcome::Blocked, Some(by.as_str())),
            Event::FilmStarted { board } => {
                let notes = self.early.remove(board).unwrap_or_default();
                let begun = Assembly { from: now, to: now, done: false, said: String::new(), notes };
                self.films.insert(*board, begun);
            }
            Event::FilmNoted { board, message } => {
                let begun = self.films.get_mut(board).map(|film| &mut film.notes);
                begun.unwrap_or_else(|| self.early.entry(*board).or_default()).push(clean(message));
            }
            Event::FilmDone { board, way, .. } => {
                let said = match way {
                    AssemblyKind::UpToDate | AssemblyKind::Copied => "all pictures copied".to_owned(),
                    AssemblyKind::Encoded(why) => format!("encoded {}", clean(why)),
                };
                self.films.entry(*board).and_modify(|film| {
                    film.to = now;
                    film.done = true;
                    film.said = said;
                });
            }
            Event::FilmFailed { board, message } => {
                let said = clean(message);
                self.films.entry(*board).and_modify(|film| {
                    film.to = now;
                    film.said = said;
                });
            }
            Event::Warned { message } => self.warnings.push(clean(message)),
            _ => {}
        }
    }

    fn moved(&mut self, key: &ShotKey, stage: Stage, now: u64) {
        if let Some(work) = self.shots.get_mut(key) {
            work.to = now;
            if work.stages.last().is_none_or(|(last, _)| last != stage.word()) {
                work.stages.push((stage.word().to_owned(), now));
            }
        }
    }

    fn end(&mut self, key: &ShotKey, now: u64, outcome: ShotOutcome, said: Option<&str>) {
        let work = self.shots.entry(key.clone()).or_insert_with(|| Work::at(now));
        work.to = now;
        work.outcome = outcome;
        work.said = said.map(clean);
    }

    /// The record for the storyboard `board` of a run that began at `began`, in seconds since 1970, and took so long.
    /// What `older` says of what was not done this time still holds. `None` where nothing was done at all.
    #[must_use]
    pub fn run(
        &self,
        board: BoardIndex,
        began: u64,
        took: Duration,
        older: impl FnOnce() -> Option<RunSummary>,
    ) -> Option<RunSummary> {
        let own = self.shots.iter().filter(|(key, _)| key.board == board);
        let shots: BTreeMap<String, Work> = own.map(|(key, work)| (key.shot.to_string(), work.clone())).collect();
        let film = self.films.get(&board).cloned();
        if shots.is_empty() && film.is_none() {
            return None;
        }
        let older = if shots.is_empty() || film.is_none() { older() } else { None };
        match (older, film) {
            (Some(older), Some(film)) => Some(RunSummary { film: Some(film.without_times()), ..older }),
            (older, film) => {
                let film = film.or_else(|| older?.film.map(Assembly::without_times));
                let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                Some(RunSummary { version: VERSION, began, took, shots, film, warnings: self.warnings.clone() })
            }
        }
    }
}

impl Work {
    /// When the first of some stages began, named by their words; `None` where it came to none of them.
    pub(super) fn first_of(&self, stages: &[&str]) -> Option<u64> {
        let first = self.stages.iter().find(|(stage, _)| stages.contains(&stage.as_str()))?;
        Some(first.1)
    }

    fn at(now: u64) -> Self {
        Self { maker: String::new(), from: now, to: now, stages: Vec::new(), outcome: ShotOutcome::Open, said: None }
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::units::{Digest, Rate};

    use super::*;

    fn key(shot: &str) -> ShotKey {
        ShotKey { board: BoardIndex(0), shot: shot.parse().expect("a shot id") }
    }

    fn heard(events: &[(u64, Event)]) -> Recorder {
        let mut recorder = Recorder::default();
        events.iter().for_each(|(at, event)| recorder.hear(event, Duration::from_millis(*at)));
        recorder
    }

    fn stored(shot: &str, took: Option<u64>) -> Event {
        let clip = Digest::of(b"clip");
        let took = took.map(Duration::from_millis);
        Event::ShotStored {
            key: key(shot),
            clip,
            frames: 1,
            rate: Rate::FILM,
            took,
            last_frame: None,
            paid: None,
            estimated: None,
            differs: None,
        }
    }

    fn started(shot: &str) -> Event {
        Event::ShotStarted { key: key(shot), maker: "ark".to_owned(), expected: Duration::ZERO }
    }

    fn done(way: AssemblyKind) -> Event {
        Event::FilmDone { board: BoardIndex(0), output: "f.mp4".into(), length: Duration::ZERO, bytes: 1, way }
    }

    fn moved(stage: Stage) -> Event {
        Event::ShotMoved { key: key("a"), stage, fraction: None }
    }

    #[test]
    fn a_run_is_what_was_said_of_it() {
        let recorder = heard(&[
            (0, stored("old", None)),
            (5, started("a")),
            (6, moved(Stage::Queued)),
            (7, moved(Stage::Queued)),
            (9, moved(Stage::Rendering)),
            (30, stored("a", Some(25))),
            (31, started("b")),
            (40, Event::ShotFailed { key: key("b"), message: "no\u{1b}[2J".to_owned(), error: None }),
            (40, Event::ShotBlocked { key: key("c"), by: "b".parse().expect("a shot id") }),
            (45, Event::FilmNoted { board: BoardIndex(0), message: "a: the footage is used as it is".to_owned() }),
            (50, Event::FilmStarted { board: BoardIndex(0) }),
            (52, Event::FilmNoted { board: BoardIndex(0), message: "a: a seam".to_owned() }),
            (60, done(AssemblyKind::Encoded("3 of 9 frames".to_owned()))),
        ]);
        let run = recorder.run(BoardIndex(0), 7, Duration::from_millis(61), || None).expect("something was done");
        assert_eq!(run.shots.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
        let a = &run.shots["a"];
        assert_eq!((a.from, a.to, a.outcome), (5, 30, ShotOutcome::Stored));
        assert_eq!(a.stages, [("queued".to_owned(), 6), ("rendering".to_owned(), 9)]);
        let b = &run.shots["b"];
        assert_eq!((b.outcome, b.said.as_deref()), (ShotOutcome::Failed, Some("no[2J")));
        let c = &run.shots["c"];
        assert_eq!((c.outcome, c.said.as_deref()), (ShotOutcome::Blocked, Some("b")));
        let film = run.film.clone().expect("it was put together");
        assert_eq!((film.from, film.to, film.said.as_str()), (50, 60, "encoded 3 of 9 frames"));
        assert_eq!(film.notes, ["a: the footage is used as it is", "a: a seam"]);
        assert_eq!(RunSummary::read(&run.text()), Some(run));
        assert_eq!(RunSummary::read("{\"version\":2}"), None);
    }

    #[test]
    fn a_film_put_together_again_keeps_the_schedule_of_its_shots() {
        let first = heard(&[(5, started("a")), (30, stored("a", Some(25)))]);
        let older = first.run(BoardIndex(0), 7, Duration::from_millis(31), || None);
        let second = heard(&[(1, Event::FilmStarted { board: BoardIndex(0) }), (9, done(AssemblyKind::Copied))]);
        let run =
            second.run(BoardIndex(0), 99, Duration::from_millis(10), || older.clone()).expect("something was done");
        assert_eq!((run.began, run.took, run.shots.len()), (7, 31, 1));
        assert!(run.film.as_ref().is_some_and(|film| film.done && film.to == 0));
        let third =
            first.run(BoardIndex(0), 100, Duration::from_millis(31), || Some(run.clone())).expect("something was done");
        assert_eq!((third.began, third.film), (100, run.film));
        assert_eq!(heard(&[(0, stored("a", None))]).run(BoardIndex(0), 1, Duration::ZERO, || older), None);
    }
}
