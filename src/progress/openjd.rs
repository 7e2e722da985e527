//! Messages of Open Job Description, one a line: how far a task is, what it is doing, why it failed. A render farm reads
//! them from the output of the task. The words are those of the plain output, cleaned, so that no title or answer of a
//! service can begin a message of its own.

use std::collections::BTreeMap;
use std::io;

use storyreel_core::event::{ShotKey, Stage};
use storyreel_core::index::BoardIndex;

use super::pipe::Pipe;
use super::plain::EventWords;
use super::{Detail, Event, ProgressOutput};

/// Writes messages.
pub(super) struct OpenJd {
    pipe: Pipe,
    words: EventWords,
    detail: Detail,
    work: WorkDone,
    /// The last part that was written, in tenths of a percent.
    written: Option<u32>,
    /// The stage that was last said of each shot.
    stages: BTreeMap<ShotKey, Stage>,
}

impl OpenJd {
    pub(super) fn new(detail: Detail, pipe: Pipe) -> Self {
        let words = EventWords::new(detail);
        Self { pipe, words, detail, work: WorkDone::default(), written: None, stages: BTreeMap::new() }
    }

    fn say(&mut self, message: &str, text: &str) -> io::Result<()> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.try_for_each(|line| self.pipe.line(&format!("openjd_{message}: {line}")))
    }

    /// What the plain output does not say, because a log need not hold it: the stage that a shot has come to.
    fn stage_words(&mut self, event: &Event) -> Option<String> {
        let Event::ShotMoved { key, stage, .. } = event else { return None };
        let before = self.stages.insert(key.clone(), *stage);
        let is_new = before != Some(*stage) && self.detail != Detail::Quiet;
        is_new.then(|| format!("{}: {}", self.words.shot(key), stage.word()))
    }
}

impl ProgressOutput for OpenJd {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let line = self.words.next(event).or_else(|| self.stage_words(event));
        let message = match event {
            Event::ShotFailed { .. } | Event::FilmFailed { .. } => "fail",
            _ => "status",
        };
        if let Some(line) = line {
            self.say(message, &line)?;
        }
        self.work.take(event);
        let tenths = self.work.tenths();
        if self.written.is_none_or(|written| written < tenths) {
            self.written = Some(tenths);
            self.pipe.line(&format!("openjd_progress: {}.{}", tenths / 10, tenths % 10))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.pipe.flush()
    }
}

/// How much of a run is done. A shot that is to be made and a film count alike.
#[derive(Debug, Default)]
struct WorkDone {
    all: usize,
    done: usize,
    shots: BTreeMap<ShotKey, f32>,
    films: BTreeMap<BoardIndex, f32>,
    is_over: bool,
}

impl WorkDone {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Started { titles, to_make, .. } => {
                *self = Self { all: titles.len() + to_make, ..Self::default() };
            }
            Event::ShotMoved { key, stage: Stage::Rendering, fraction: Some(fraction) } => {
                self.shots.insert(key.clone(), *fraction);
            }
            // What was there already is no work.
            Event::ShotStored { key, took: Some(_), .. }
            | Event::ShotFailed { key, .. }
            | Event::ShotBlocked { key, .. }
            | Event::ShotUnderWay { key, .. } => {
                self.shots.remove(key);
                self.done += 1;
            }
            Event::FilmMoved { board, fraction } => _ = self.films.insert(*board, *fraction),
            Event::FilmDone { board, .. } | Event::FilmFailed { board, .. } => {
                self.films.remove(board);
                self.done += 1;
            }
            Event::Finished { .. } => self.is_over = true,
            _ => {}
        }
    }

    /// The part that is done, in tenths of a percent; all of it only at the end.
    fn tenths(&self) -> u32 {
        if self.is_over {
            return 1000;
        }
        let begun: f32 = self.shots.values().chain(self.films.values()).map(|part| part.clamp(0.0, 1.0)).sum();
        let part = (self.done as f32 + begun) / (self.all.max(1) as f32);
        (part.clamp(0.0, 1.0) * 999.0) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NASTY, key, run, written};
    use super::super::{ProgressFormat, Screen};
    use super::*;

    #[test]
    fn a_run_in_messages() {
        let (out, err) = written(ProgressFormat::OpenJd, Screen::default(), &run());
        assert_eq!(
            out,
            "openjd_status: The Keeper: 5 shots, 4 to make, about 3:50 min
openjd_progress: 0.0
openjd_status: dawn: queued
openjd_status: dawn: rendering
openjd_progress: 9.9
openjd_status: dawn: stored, 6 s, took 1:48 min, 0.76 USD
openjd_progress: 19.9
openjd_fail: climb: failed: refused: no lighthouses change the prompt
openjd_progress: 39.9
openjd_status: lamp: blocked: needs `climb`, which failed
openjd_progress: 59.9
openjd_status: warning: odd [2J]0;owned31mred line
openjd_status: stopping: waiting for 1 running shot to finish; no other begins. Interrupt again to stop at once
openjd_progress: 64.9
openjd_status: The Keeper: out/keeper.mp4, 31 s, 18.2 MB, encoded again: the clips differ in size
openjd_progress: 79.9
openjd_fail: The Keeper: could not be assembled: disk full
openjd_progress: 99.9
openjd_status: finished: 1 shot made, 1 already there, 1 failed, 1 not tried, 1 not as asked for (`dawn`), took 3:41 min, paid 0.76 USD as estimated
openjd_progress: 100.0
"
        );
        assert_eq!(err, "");
    }

    #[test]
    fn every_line_is_one_message_whatever_a_title_says() {
        let mut events = run();
        let titles = vec![format!("openjd_env: PATH=/tmp\nopenjd_fail: {NASTY}"), String::new()];
        events.push(Event::Started { titles, shots: 1, to_make: 0, expected: std::time::Duration::ZERO });
        events.push(Event::Warned { message: "one\nopenjd_env: KEY=x\n\n".to_owned() });
        events.push(Event::ShotFailed { key: key(0, "a"), message: "\n".to_owned(), error: None });
        let (out, _) = written(ProgressFormat::OpenJd, Screen::default(), &events);
        for line in out.lines() {
            let kinds = ["openjd_status: ", "openjd_progress: ", "openjd_fail: "];
            let text = kinds.iter().find_map(|kind| line.strip_prefix(kind));
            assert!(text.is_some_and(|text| !text.is_empty()), "{line}");
        }
        assert!(!out.contains("\nopenjd_env"));
    }
}
