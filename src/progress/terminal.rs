//! The live report on a terminal: finished shots scroll up, running ones stay below with their bars.
//!
//! indicatif owns the cursor and redraws ten times a second; what is drawn comes from [`RunView`]. All lines are one bar
//! of indicatif's, because only a list drawn at one go can put what does not fit under `+2 more`.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressState, ProgressStyle, TermLike};
use storyreel_core::sanitize::{clean, shorten};

use super::pipe::Pipe;
use super::say;
use super::view::{Paint, RunView, ScreenSize, TextColour};
use super::words::{frames, roughly, waits, wrap};
use super::{Detail, Event, ProgressOutput, Screen};

/// Time between two drawings.
const TICK: Duration = Duration::from_millis(100);

/// Draws on a terminal.
pub(super) struct Terminal {
    view: Arc<Mutex<RunView>>,
    cursor: TerminalCursor,
    paint: Paint,
    detail: Detail,
    /// There from the first event to the last.
    bar: Option<ProgressBar>,
}

impl Terminal {
    pub(super) fn new(screen: Screen, pipe: Pipe) -> Self {
        if screen.colour {
            // On Windows the question makes the console obey escape sequences.
            let _ = Term::stderr().features().colors_supported();
        }
        let paint = Paint(screen.colour);
        let view = Arc::new(Mutex::new(RunView::new(paint, Instant::now())));
        let cursor = TerminalCursor { pipe: Arc::new(Mutex::new(pipe)), width: screen.width, height: screen.height };
        Self { view, cursor, paint, detail: screen.detail, bar: None }
    }

    /// The bar that draws the view.
    fn bar(&self) -> ProgressBar {
        let view = Arc::clone(&self.view);
        let cursor = self.cursor.clone();
        let style = ProgressStyle::with_template("{lines}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let target = ProgressDrawTarget::term_like(Box::new(self.cursor.clone()));
        let bar = ProgressBar::with_draw_target(None, target).with_finish(ProgressFinish::AndClear);
        let style = style.with_key("lines", move |_: &ProgressState, to: &mut dyn fmt::Write| {
            let lines = locked(&view).lines(Instant::now(), cursor.size());
            let _ = to.write_str(&lines.join("\n"));
        });
        bar.set_style(style);
        bar.enable_steady_tick(TICK);
        bar
    }

    /// What scrolls up for an event, if anything does.
    fn scroll(&self, event: &Event) -> Vec<String> {
        let view = locked(&self.view);
        let titles = &view.titles;
        match event {
            Event::Started { shots, to_make, expected, .. } => {
                vec![shorten(&say::started(titles, *shots, *to_make, *expected), self.cursor.size().width - 1)]
            }
            Event::ShotStored { key, frames: n, rate, took: Some(took), paid, estimated, .. } => {
                let words = format!("{}, took {}{}", frames(*n, *rate), roughly(*took), say::paid(*paid, *estimated));
                self.note((TextColour::Good, "✓"), &titles.shot(key), &words)
            }
            Event::ShotStored { key, frames: n, rate, took: None, .. } if self.detail == Detail::Every => {
                self.note((TextColour::Dim, "·"), &titles.shot(key), &format!("{}, already there", frames(*n, *rate)))
            }
            Event::ShotWaits { key, pause, until, reason } => {
                self.note((TextColour::Dim, "·"), &titles.shot(key), &waits(*pause, *until, reason))
            }
            Event::ShotFailed { key, message, .. } => self.trouble((TextColour::Bad, "✗"), &titles.shot(key), message),
            Event::ShotUnderWay { key, reason, .. } => {
                self.note((TextColour::Dim, "·"), &titles.shot(key), &clean(reason))
            }
            Event::ShotBlocked { key, by } => {
                self.note((TextColour::Warn, "-"), &titles.shot(key), &format!("blocked: needs `{by}`, which failed"))
            }
            Event::FilmDone { board, output, length, bytes, way } => {
                self.note((TextColour::Good, "✓"), &titles.film(*board), &say::film(output, *length, *bytes, way))
            }
            Event::FilmFailed { board, message } => self.trouble((TextColour::Bad, "✗"), &titles.film(*board), message),
            Event::Warned { message } => self.trouble((TextColour::Warn, "!"), "warning", message),
            Event::Draining { running } => self.note((TextColour::Warn, "!"), "stopping", &say::draining(*running)),
            _ => Vec::new(),
        }
    }

    /// A line with a sign, a name and a few words; what does not fit goes on below.
    fn note(&self, sign: (TextColour, &str), name: &str, words: &str) -> Vec<String> {
        let columns = self.cursor.size().width.saturating_sub(5).max(10);
        let mut lines = wrap(&format!("{name}  {words}"), columns);
        for (n, line) in lines.iter_mut().enumerate() {
            *line = match n {
                0 => format!("  {} {line}", self.paint.on(sign.0, sign.1)),
                _ => format!("    {line}"),
            };
        }
        lines
    }

    /// Like a note, but the words of a failure keep their lines.
    fn trouble(&self, sign: (TextColour, &str), name: &str, message: &str) -> Vec<String> {
        let mut parts = message.lines().map(clean).filter(|part| !part.is_empty());
        let mut lines = self.note(sign, name, &parts.next().unwrap_or_default());
        let columns = self.cursor.size().width.saturating_sub(5).max(10);
        lines.extend(parts.flat_map(|part| wrap(&part, columns)).map(|line| format!("    {line}")));
        lines
    }
}

impl ProgressOutput for Terminal {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        locked(&self.view).take(event, Instant::now());
        if let Event::Finished { made, reused, failed, blocked, under_way, to_come, differ, took, bill, .. } = event {
            self.bar.take();
            let tone = if *failed + *blocked > 0 { TextColour::Warn } else { TextColour::Good };
            let counts = [*made, *reused, *failed, *blocked, *under_way, *to_come];
            let summary = say::finished(&locked(&self.view).titles, counts, differ, *took, bill);
            let columns = self.cursor.size().width - 1;
            let off = say::off(&locked(&self.view).titles, bill).into_iter().flat_map(|line| wrap(&line, columns));
            let off = off.map(|line| self.paint.on(TextColour::Warn, &line) + "\n").collect::<String>();
            let lines = wrap(&summary, columns).join("\n");
            return locked(&self.cursor.pipe).line(&(off + &self.paint.on(tone, &lines)));
        }
        if self.bar.is_none() {
            self.bar = Some(self.bar());
        }
        let lines = self.scroll(event);
        if let Some(bar) = self.bar.as_ref().filter(|_| !lines.is_empty()) {
            // indicatif's own printing fills lines up to the edge instead of ending them, which spoils copied text.
            bar.suspend(|| locked(&self.cursor.pipe).line(&lines.join("\n")))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        // The last bar to go clears its lines.
        self.bar.take();
        locked(&self.cursor.pipe).flush()
    }
}

/// The terminal as indicatif moves about in it.
#[derive(Clone)]
struct TerminalCursor {
    pipe: Arc<Mutex<Pipe>>,
    width: Option<u16>,
    height: Option<u16>,
}

impl TerminalCursor {
    fn size(&self) -> ScreenSize {
        ScreenSize { width: usize::from(self.width()).max(20), height: usize::from(self.height()).max(3) }
    }

    fn put(&self, text: &str) -> io::Result<()> {
        locked(&self.pipe).text(text)
    }

    /// Moves `n` steps in the direction of an escape sequence; a count of zero would be read as one.
    fn go(&self, n: usize, way: char) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.put(&format!("\u{1b}[{n}{way}")) }
    }
}

impl fmt::Debug for TerminalCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("width", &self.width).field("height", &self.height).finish_non_exhaustive()
    }
}

impl TermLike for TerminalCursor {
    fn width(&self) -> u16 {
        self.width.or_else(|| Term::stderr().size_checked().map(|(_, width)| width)).unwrap_or(80)
    }

    fn height(&self) -> u16 {
        self.height.or_else(|| Term::stderr().size_checked().map(|(height, _)| height)).unwrap_or(24)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.go(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.go(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.go(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.go(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.put(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.put(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.put("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        locked(&self.pipe).flush()
    }
}

/// What is behind `lock`. A panic elsewhere leaves a view that is still good enough to draw.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::ProgressFormat;
    use super::super::samples::{key, run, written};
    use super::*;

    const SCREEN: Screen =
        Screen { terminal: true, colour: false, detail: Detail::Usual, width: Some(80), height: Some(24) };

    /// What a screen of 80 columns shows after `stream`.
    fn shown(stream: &str) -> String {
        let mut rows: Vec<Vec<char>> = vec![Vec::new()];
        let mut row = 0_usize;
        let mut col = 0_usize;
        let mut rest = stream.chars();
        while let Some(c) = rest.next() {
            match c {
                '\r' => col = 0,
                '\n' => (row, col) = (row + 1, 0),
                '\u{1b}' => {
                    assert_eq!(rest.next(), Some('['));
                    let mut count = 0;
                    let letter = loop {
                        match rest.next().map(|c| (c, c.to_digit(10))) {
                            Some((_, Some(digit))) => count = count * 10 + digit as usize,
                            letter => break letter.map(|(c, _)| c),
                        }
                    };
                    match letter {
                        Some('A') => row -= count,
                        Some('B') => row += count,
                        Some('K') => rows[row].clear(),
                        _ => panic!("{letter:?} is not used without colour"),
                    }
                }
                _ => {
                    if col == 80 {
                        row += 1;
                        col = 0;
                    }
                    rows.resize(rows.len().max(row + 1), Vec::new());
                    let width = rows[row].len().max(col + 1);
                    rows[row].resize(width, ' ');
                    rows[row][col] = c;
                    col += 1;
                }
            }
            rows.resize(rows.len().max(row + 1), Vec::new());
        }
        let lines = rows.into_iter().map(|row| row.into_iter().collect::<String>().trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    #[test]
    fn what_ended_stays_and_what_ran_is_cleared() {
        let (_, err) = written(ProgressFormat::Auto, SCREEN, &run());
        assert_eq!(
            shown(&err),
            "The Keeper: 5 shots, 4 to make, about 3:50 min
  ✓ dawn  6 s, took 1:48 min, 0.76 USD
  ✗ climb  refused: no lighthouses
    change the prompt
  - lamp  blocked: needs `climb`, which failed
  ! warning  odd [2J]0;owned31mred
    line
  ! stopping  waiting for 1 running shot to finish; no other begins. Interrupt
    again to stop at once
  ✓ The Keeper  out/keeper.mp4, 31 s, 18.2 MB, encoded again: the clips differ
    in size
  ✗ The Keeper  disk full
1 shot made, 1 already there, 1 failed, 1 not tried, 1 not as asked for
(`dawn`), took 3:41 min, paid 0.76 USD as estimated"
        );
    }

    #[test]
    fn a_run_that_is_cut_short_leaves_a_clean_screen() {
        let mut events = vec![run().remove(0)];
        for n in 0..40 {
            let key = key(0, &format!("shot-{n}"));
            events.push(Event::ShotStarted { key, maker: "ark".to_owned(), expected: Duration::ZERO });
        }
        let (_, err) = written(ProgressFormat::Auto, SCREEN, &events);
        assert_eq!(shown(&err), "The Keeper: 5 shots, 4 to make, about 3:50 min");
    }
}
