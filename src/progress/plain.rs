//! One line for each event worth one, for logs and for screens without a cursor. The wording is stable.

use std::io;

use storyreel_core::event::ShotKey;
use storyreel_core::sanitize::clean;

use super::pipe::Pipe;
use super::say::{self, Titles};
use super::words::{frames, roughly, waits};
use super::{Detail, Event, ProgressOutput};

/// Writes lines.
pub(super) struct Plain {
    pipe: Pipe,
    words: EventWords,
}

impl Plain {
    pub(super) fn new(detail: Detail, pipe: Pipe) -> Self {
        Self { pipe, words: EventWords::new(detail) }
    }
}

/// Events in words.
pub(super) struct EventWords {
    titles: Titles,
    detail: Detail,
}

impl EventWords {
    pub(super) fn new(detail: Detail) -> Self {
        Self { titles: Titles::default(), detail }
    }

    /// The line for an event, if it is worth one. Events come in their order.
    pub(super) fn next(&mut self, event: &Event) -> Option<String> {
        if let Event::Started { titles, .. } = event {
            self.titles = Titles::new(titles);
        }
        self.line(event)
    }

    /// The name of a shot.
    pub(super) fn shot(&self, key: &ShotKey) -> String {
        self.titles.shot(key)
    }

    fn line(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::ShotFailed { key, message, .. } => format!("{}: failed: {}", self.titles.shot(key), clean(message)),
            Event::FilmFailed { board, message } => {
                format!("{}: could not be assembled: {}", self.titles.film(*board), clean(message))
            }
            Event::Warned { message } => format!("warning: {}", clean(message)),
            // That a shot is blocked follows from a failure.
            _ if self.detail == Detail::Quiet => return None,
            Event::Started { shots, to_make, expected, .. } => say::started(&self.titles, *shots, *to_make, *expected),
            Event::ShotStored { key, frames: n, rate, took: Some(took), paid, estimated, .. } => {
                let paid = say::paid(*paid, *estimated);
                format!("{}: stored, {}, took {}{paid}", self.titles.shot(key), frames(*n, *rate), roughly(*took))
            }
            Event::ShotStored { key, frames: n, rate, took: None, .. } if self.detail == Detail::Every => {
                format!("{}: already there, {}", self.titles.shot(key), frames(*n, *rate))
            }
            Event::FilmNoted { board, message } if self.detail == Detail::Every => {
                format!("{}: {}", self.titles.film(*board), clean(message))
            }
            Event::ShotWaits { key, pause, until, reason } => {
                format!("{}: {}", self.titles.shot(key), waits(*pause, *until, reason))
            }
            Event::ShotUnderWay { key, reason, .. } => format!("{}: {}", self.titles.shot(key), clean(reason)),
            Event::ShotBlocked { key, by } => format!("{}: blocked: needs `{by}`, which failed", self.titles.shot(key)),
            Event::FilmDone { board, output, length, bytes, way } => {
                format!("{}: {}", self.titles.film(*board), say::film(output, *length, *bytes, way))
            }
            Event::Draining { running } => format!("stopping: {}", say::draining(*running)),
            Event::Finished { made, reused, failed, blocked, under_way, to_come, differ, took, bill, .. } => {
                let mut lines = say::off(&self.titles, bill);
                let counts = [*made, *reused, *failed, *blocked, *under_way, *to_come];
                lines.push(format!("finished: {}", say::finished(&self.titles, counts, differ, *took, bill)));
                lines.join("\n")
            }
            Event::ShotStored { .. }
            | Event::ShotStarted { .. }
            | Event::ShotMoved { .. }
            | Event::FilmStarted { .. }
            | Event::FilmNoted { .. }
            | Event::FilmMoved { .. } => {
                return None;
            }
        })
    }
}

impl ProgressOutput for Plain {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.words.next(event).map_or(Ok(()), |line| self.pipe.line(&line))
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.pipe.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{key, run, written};
    use super::super::{ProgressFormat, Screen};
    use super::*;

    #[test]
    fn a_run_in_lines() {
        let (_, err) = written(ProgressFormat::Plain, Screen::default(), &run());
        assert_eq!(
            err,
            "The Keeper: 5 shots, 4 to make, about 3:50 min
dawn: stored, 6 s, took 1:48 min, 0.76 USD
climb: failed: refused: no lighthouses change the prompt
lamp: blocked: needs `climb`, which failed
warning: odd [2J]0;owned31mred line
stopping: waiting for 1 running shot to finish; no other begins. Interrupt again to stop at once
The Keeper: out/keeper.mp4, 31 s, 18.2 MB, encoded again: the clips differ in size
The Keeper: could not be assembled: disk full
finished: 1 shot made, 1 already there, 1 failed, 1 not tried, 1 not as asked for (`dawn`), took 3:41 min, paid 0.76 USD as estimated
"
        );
    }

    #[test]
    fn shots_that_are_there_already_are_listed_on_request() {
        let (_, err) = written(ProgressFormat::Plain, Screen { detail: Detail::Every, ..Screen::default() }, &run());
        assert_eq!(err.lines().nth(1), Some("credits: already there, 3 s"));
    }

    #[test]
    fn quiet_shows_what_went_wrong() {
        let (_, err) = written(
            ProgressFormat::Auto,
            Screen { detail: Detail::Quiet, terminal: true, ..Screen::default() },
            &run(),
        );
        let starts: Vec<&str> = err.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(starts, ["climb:", "warning:", "The"]);
    }

    fn failed(board: usize) -> Event {
        Event::ShotFailed { key: key(board, "a"), message: "x".to_owned(), error: None }
    }

    #[test]
    fn in_a_batch_shots_carry_the_title_of_their_film() {
        let titles = vec!["One".to_owned(), String::new()];
        let started = Event::Started { titles, shots: 2, to_make: 0, expected: std::time::Duration::ZERO };
        let (_, err) = written(ProgressFormat::Plain, Screen::default(), &[started, failed(0), failed(1)]);
        assert_eq!(err, "2 films: 2 shots, nothing to make\nOne · a: failed: x\nfilm 2 · a: failed: x\n");
    }
}
