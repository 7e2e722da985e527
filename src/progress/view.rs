//! The live lines of a run, as a function of what has happened, the time and the size of the screen. It writes nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use storyreel_core::event::{Event, ShotKey, Stage};
use storyreel_core::index::BoardIndex;
use storyreel_core::sanitize::{clean, pad, shorten, width};

use super::say::Titles;
use super::words::clock;

/// Frames of the spinner, ten a second.
const SPIN: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// A bar shorter than this says nothing.
const LEAST_BAR: usize = 8;
/// The widest a bar becomes.
const MOST_BAR: usize = 32;
/// A guess from time never shows a shot as done.
const GUESS_LIMIT: f64 = 0.95;

/// A colour by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextColour {
    /// It went well.
    Good,
    /// It failed.
    Bad,
    /// It needs a look.
    Warn,
    /// It moves.
    Live,
    /// It matters less.
    Dim,
}

/// Whether to colour, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    /// `text` in the colour of `tone`.
    pub(super) fn on(self, tone: TextColour, text: &str) -> String {
        let code = match tone {
            _ if !self.0 || text.is_empty() => return text.to_owned(),
            TextColour::Good => "32",
            TextColour::Bad => "31",
            TextColour::Warn => "33",
            TextColour::Live => "36",
            TextColour::Dim => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Columns and lines of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScreenSize {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A shot or a film that is being made.
#[derive(Debug)]
struct Running {
    name: String,
    maker: String,
    stage: &'static str,
    fraction: Option<f64>,
    since: Instant,
    expected: Duration,
}

impl Running {
    /// The part done: as reported, else guessed from the time.
    fn part(&self, now: Instant) -> f64 {
        if let Some(fraction) = self.fraction {
            return fraction;
        }
        if self.expected.is_zero() {
            return 0.0;
        }
        let guess = (now - self.since).as_secs_f64() / self.expected.as_secs_f64().max(0.001);
        guess.min(GUESS_LIMIT)
    }
}

/// Columns of the screen, and of what stands in the rows of shots and films.
#[derive(Clone, Copy)]
struct RowColumns {
    screen: usize,
    names: usize,
    makers: usize,
}

/// What is known about a run.
#[derive(Debug)]
pub(super) struct RunView {
    pub(super) titles: Titles,
    pub(super) paint: Paint,
    begun: Instant,
    expected: Duration,
    shots: usize,
    to_make: usize,
    settled: usize,
    made: usize,
    failed: usize,
    draining: bool,
    running: BTreeMap<ShotKey, Running>,
    films: BTreeMap<BoardIndex, Running>,
}

impl RunView {
    pub(super) fn new(paint: Paint, now: Instant) -> Self {
        Self {
            titles: Titles::default(),
            paint,
            begun: now,
            expected: Duration::ZERO,
            shots: 0,
            to_make: 0,
            settled: 0,
            made: 0,
            failed: 0,
            draining: false,
            running: BTreeMap::new(),
            films: BTreeMap::new(),
        }
    }

    /// Takes an event in.
    pub(super) fn take(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { titles, shots, to_make, expected } => {
                *self = Self::new(self.paint, now);
                self.titles = Titles::new(titles);
                self.shots = *shots;
                self.to_make = *to_make;
                self.expected = *expected;
            }
            Event::ShotStarted { key, maker, expected } => {
                let maker = shorten(&clean(maker), 14);
                let running = Running {
                    name: self.titles.shot(key),
                    maker,
                    stage: "starting",
                    fraction: None,
                    since: now,
                    expected: *expected,
                };
                self.running.insert(key.clone(), running);
            }
            Event::ShotMoved { key, stage, fraction } => {
                if let Some(running) = self.running.get_mut(key) {
                    running.stage = stage.word();
                    // What is done on the way here is not a part of what the service does.
                    let counts = *stage == Stage::Rendering;
                    running.fraction = fraction.filter(|_| counts).map(|part| f64::from(part.clamp(0.0, 1.0)));
                }
            }
            Event::ShotStored { key, took, .. } => {
                self.made += usize::from(took.is_some());
                self.settle(key);
            }
            Event::ShotFailed { key, .. } => {
                self.failed += 1;
                self.settle(key);
            }
            Event::ShotBlocked { key, .. } | Event::ShotUnderWay { key, .. } => self.settle(key),
            Event::Draining { .. } => self.draining = true,
            _ => self.take_film(event, now),
        }
    }

    fn settle(&mut self, key: &ShotKey) {
        self.settled += 1;
        self.running.remove(key);
    }

    fn take_film(&mut self, event: &Event, now: Instant) {
        match event {
            Event::FilmStarted { board } => {
                let name = self.titles.film(*board);
                let maker = "film".to_owned();
                let expected = Duration::ZERO;
                let film = Running { name, maker, stage: "joining", fraction: Some(0.0), since: now, expected };
                self.films.insert(*board, film);
            }
            Event::FilmMoved { board, fraction } => {
                if let Some(film) = self.films.get_mut(board) {
                    film.fraction = Some(f64::from(fraction.clamp(0.0, 1.0)));
                }
            }
            Event::FilmDone { board, .. } | Event::FilmFailed { board, .. } => _ = self.films.remove(board),
            Event::Finished { .. } => {
                self.running.clear();
                self.films.clear();
            }
            _ => {}
        }
    }

    /// The lines for a screen of `size`: what runs, the longest running first, and the whole.
    pub(super) fn lines(&self, now: Instant, size: ScreenSize) -> Vec<String> {
        let mut rows: Vec<&Running> = self.films.values().chain(self.running.values()).collect();
        rows.sort_by_key(|running| running.since);
        // One line is for the whole, one for what does not fit, and one stays free for the cursor.
        let room = size.height.saturating_sub(3).max(1);
        let hidden = if rows.len() > room { rows.len() - room } else { 0 };
        rows.truncate(room);
        let widest_name = rows.iter().map(|row| width(&row.name)).max().unwrap_or(0);
        let columns = RowColumns {
            screen: size.width,
            names: widest_name.min(size.width / 3),
            makers: rows.iter().map(|row| width(&row.maker)).max().unwrap_or(0),
        };
        let mut lines: Vec<String> = rows.iter().map(|row| self.row(row, now, columns)).collect();
        if hidden > 0 {
            lines.push(self.paint.on(TextColour::Dim, &format!("    +{hidden} more")));
        }
        lines.push(self.whole(now, size.width));
        lines
    }

    /// The line of one shot or film.
    fn row(&self, row: &Running, now: Instant, columns: RowColumns) -> String {
        let RowColumns { screen, names, makers } = columns;
        let spin = SPIN[((now - row.since).as_millis() / 100 % 10) as usize];
        let name = pad(&shorten(&row.name, names), names);
        let took = clock(now - row.since);
        let time = if row.expected.is_zero() { took } else { format!("{took} / {}", clock(row.expected)) };
        let mut left = screen.saturating_sub(1 + 4 + names + 2 + 10 + 2 + 13);
        let maker = if left > makers + 2 { format!("{}  ", pad(&row.maker, makers)) } else { String::new() };
        left = left.saturating_sub(width(&maker) + 2);
        let bar = if left >= LEAST_BAR { self.bar(row.part(now), left.min(MOST_BAR)) + "  " } else { String::new() };
        let line = format!("{name}  {}{:<10}  ", self.paint.on(TextColour::Dim, &maker), row.stage);
        format!("  {} {line}{bar}{}", self.paint.on(TextColour::Live, spin), self.paint.on(TextColour::Dim, &time))
    }

    /// The line of the whole run.
    fn whole(&self, now: Instant, screen: usize) -> String {
        let shots = format!("{} of {} shots", self.settled, self.shots);
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let left = match self.left(now) {
            Some(Duration::ZERO) => ", longer than expected".to_owned(),
            Some(left) => format!(", about {} left", clock(left)),
            None => String::new(),
        };
        let stopping = if self.draining { ", stopping" } else { "" };
        let time = format!("{}{left}{stopping}", clock(now - self.begun));
        let used = 2 + width(&shots) + width(&failed) + 2 + width(&time);
        if used >= screen {
            return shorten(&format!("  {shots}{failed}  {time}"), screen.saturating_sub(1));
        }
        let room = screen.saturating_sub(used + 3);
        let bar = if room >= LEAST_BAR { self.bar(self.part(now), room.min(MOST_BAR)) + "  " } else { String::new() };
        format!("  {shots}{}  {bar}{time}", self.paint.on(TextColour::Bad, &failed))
    }

    /// The part of the whole that is done.
    fn part(&self, now: Instant) -> f64 {
        if self.shots == 0 {
            return 0.0;
        }
        let running: f64 = self.running.values().map(|running| running.part(now)).sum();
        ((self.settled as f64 + running) / self.shots as f64).clamp(0.0, 1.0)
    }

    /// The time left: at first what was expected, later more and more what the work done so far suggests. Guesses from
    /// time are no evidence here.
    fn left(&self, now: Instant) -> Option<Duration> {
        if self.expected.is_zero() || self.to_make == 0 || self.settled >= self.shots {
            return None;
        }
        let passed = (now - self.begun).as_secs_f64();
        let reported: f64 = self.running.values().filter_map(|running| running.fraction).sum();
        let done = (((self.made + self.failed) as f64 + reported) / self.to_make as f64).clamp(0.0, 1.0);
        let measured = if done > 0.0 { passed / done } else { 0.0 };
        let whole = self.expected.as_secs_f64() * (1.0 - done) + measured * done;
        Some(Duration::from_secs_f64((whole - passed).clamp(0.0, 1e6)))
    }

    /// A bar of `columns`.
    fn bar(&self, part: f64, columns: usize) -> String {
        let halves = (part * columns as f64 * 2.0).round() as usize;
        let full = halves / 2;
        let half = halves % 2;
        let done = "━".repeat(full) + if half == 1 { "╸" } else { "" };
        let rest = "─".repeat(columns - full - half);
        self.paint.on(TextColour::Live, &done) + &self.paint.on(TextColour::Dim, &rest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{key, run};
    use super::*;

    fn view(events: &[(u64, Event)], paint: bool, at: u64, size: (usize, usize)) -> String {
        let begun = Instant::now();
        let mut view = RunView::new(Paint(paint), begun);
        for (second, event) in events {
            view.take(event, begun + Duration::from_secs(*second));
        }
        view.lines(begun + Duration::from_secs(at), ScreenSize { width: size.0, height: size.1 }).join("\n")
    }

    fn shot(n: usize) -> Event {
        let expected = Duration::from_secs(110);
        Event::ShotStarted { key: key(0, &format!("shot-{n}")), maker: "ark".to_owned(), expected }
    }

    #[test]
    fn one_line_for_each_shot_and_one_for_the_whole() {
        let mut events: Vec<_> = run().into_iter().take(5).map(|event| (0, event)).collect();
        events.push((20, shot(2)));
        assert_eq!(
            view(&events, false, 40, (80, 24)),
            "  ⠋ dawn    ark  rendering   ━━━━━━━━━━━━━━━━────────────────  0:40 / 1:50
  ⠋ shot-2  ark  starting    ━━━━━━──────────────────────────  0:20 / 1:50
  1 of 5 shots  ━━━━━━━━━━━─────────────────────  0:40, about 3:21 left"
        );
    }

    #[test]
    fn lines_stay_within_the_screen() {
        let mut events = vec![(0, run().remove(0))];
        events.extend((0..40).map(|n| (n as u64, shot(n))));
        for (columns, rows) in [(200, 60), (80, 24), (60, 10), (40, 5), (24, 3)] {
            let drawn = view(&events, false, 60, (columns, rows));
            assert!(drawn.lines().count() < rows.max(4), "{drawn}");
            assert!(columns < 40 || drawn.lines().all(|line| width(line) < columns), "{columns}\n{drawn}");
        }
        let drawn = view(&events, false, 60, (80, 10));
        assert!(drawn.contains("+33 more") && drawn.contains("shot-0 ") && !drawn.contains("shot-39"), "{drawn}");
    }

    #[test]
    fn colour_is_only_an_addition() {
        let events: Vec<_> = run().into_iter().take(7).map(|event| (0, event)).collect();
        let plain = view(&events, false, 9, (80, 24));
        let coloured = view(&events, true, 9, (80, 24));
        let codes = ["\u{1b}[32m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[36m", "\u{1b}[2m", "\u{1b}[0m"];
        assert_eq!(codes.iter().fold(coloured, |text, code| text.replace(code, "")), plain);
        assert!(!plain.contains('\u{1b}'));
    }

    #[test]
    fn a_run_past_its_time_says_so_and_a_finished_one_has_no_time_left() {
        let mut events = vec![(0, run().remove(0))];
        events.extend((0..4).map(|n| (0, shot(n))));
        assert!(view(&events, false, 2000, (80, 24)).contains("longer than expected"));
        let all: Vec<_> = run().into_iter().map(|event| (0, event)).collect();
        assert!(!view(&all, false, 60, (80, 24)).contains("dawn"));
    }
}
