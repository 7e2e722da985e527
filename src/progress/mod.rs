//! What the user sees while a run goes on: outputs draw [`Event`]s and know nothing of how they came about.
//!
//! Whatever an event carries as text is untrusted. Every output cleans it, so that no prompt, title or answer of a
//! service can steer the terminal. An output returns errors of its writer, except that a closed pipe is no error.

mod event_line;
mod json;
mod openjd;
mod pipe;
mod plain;
mod say;
pub mod table;
mod terminal;
mod view;
pub mod words;

pub use event_line::event_schema;

use std::io::{self, Write};

use pipe::Pipe;
use storyreel_core::event::Event;

/// Something that shows the events of a run.
pub trait ProgressOutput: Send {
    /// Shows one event.
    fn event(&mut self, event: &Event) -> io::Result<()>;
    /// Ends the output, whether or not the run came to its end, and leaves a clean screen.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// How progress is shown: `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProgressFormat {
    /// Live lines on a terminal, [`ProgressFormat::Plain`] elsewhere.
    #[default]
    Auto,
    /// One line for each event worth one, on standard error; for logs.
    Plain,
    /// One JSON object for each event, on standard output; for programs.
    Json,
    /// Messages of Open Job Description, on standard output; for render farms.
    OpenJd,
    /// Nothing. Failures still reach the user through the result of the run.
    None,
}

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Only warnings and failures: `--quiet`.
    Quiet,
    /// What is made and what goes wrong. Shots that are there already are counted at the end, not listed.
    #[default]
    Usual,
    /// Every shot: `--verbose`.
    Every,
}

/// What is known about standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Screen {
    /// Whether it is a terminal.
    pub terminal: bool,
    /// Whether to colour.
    pub colour: bool,
    /// How much is shown. JSON is data and not affected.
    pub detail: Detail,
    /// Columns; `None` asks the terminal, again and again, since a window can be resized.
    pub width: Option<u16>,
    /// Lines, like `width`.
    pub height: Option<u16>,
}

/// The output for `progress`. What programs read goes to `out`, everything else to `err`.
#[must_use]
pub fn progress_output(
    progress: ProgressFormat,
    screen: Screen,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
) -> Box<dyn ProgressOutput> {
    match progress {
        ProgressFormat::None => Box::new(Silent),
        ProgressFormat::Json => Box::new(json::Json::new(Pipe::new(out))),
        ProgressFormat::OpenJd => Box::new(openjd::OpenJd::new(screen.detail, Pipe::new(out))),
        ProgressFormat::Auto if screen.terminal && screen.detail != Detail::Quiet => {
            Box::new(terminal::Terminal::new(screen, Pipe::new(err)))
        }
        ProgressFormat::Auto | ProgressFormat::Plain => Box::new(plain::Plain::new(screen.detail, Pipe::new(err))),
    }
}

/// Shows nothing.
struct Silent;

impl ProgressOutput for Silent {
    fn event(&mut self, _: &Event) -> io::Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod samples {
    //! A run that the tests of all outputs share.

    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use storyreel_core::event::{AssemblyKind, Bill, Charge, Event, FrameFrom, Paid, ShotKey, Stage};
    use storyreel_core::index::BoardIndex;
    use storyreel_core::money::{Currency, Money};
    use storyreel_core::provider::reply::{Charged, ErrorKind, ProviderError, Retry};
    use storyreel_core::units::{Digest, Rate};

    use super::{ProgressFormat, Screen, progress_output};

    /// A writer whose text can be read back.
    #[derive(Clone, Default)]
    pub(super) struct Tape(Arc<Mutex<Vec<u8>>>);

    impl Tape {
        pub(super) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("nothing panics while it writes").clone()).expect("UTF-8")
        }
    }

    impl Write for Tape {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nothing panics while it writes").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What an output wrote to standard output and standard error.
    pub(super) fn written(progress: ProgressFormat, screen: Screen, events: &[Event]) -> (String, String) {
        let out = Tape::default();
        let err = Tape::default();
        let mut output = progress_output(progress, screen, Box::new(out.clone()), Box::new(err.clone()));
        for event in events {
            output.event(event).expect("a tape takes everything");
        }
        output.finish().expect("a tape takes everything");
        (out.text(), err.text())
    }

    pub(super) fn key(board: usize, shot: &str) -> ShotKey {
        ShotKey { board: BoardIndex(board), shot: shot.parse().expect("a shot id") }
    }

    /// Text that tries to clear the screen, recolour it and rename the window.
    pub(super) const NASTY: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31mred\r\nline\u{202e}";

    const PRICE: Money = Money::new(762_300, Currency::USD);

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn stored(shot: &str, frames: u64, took: Option<Duration>) -> Event {
        Event::ShotStored {
            key: key(0, shot),
            clip: Digest::from_bytes([7; 32]),
            frames,
            rate: Rate::FILM,
            took,
            last_frame: took.map(|_| FrameFrom::Service),
            paid: took.map(|_| PRICE),
            estimated: took.map(|_| PRICE),
            differs: took.map(|_| "it has no sound".to_owned()),
        }
    }

    fn refused() -> ProviderError {
        let refused = ProviderError::new("ark", ErrorKind::Refused, Retry::Never, Charged::No, "no lighthouses");
        let mut refused = refused.code("InputTextSensitiveContentDetected");
        refused.request_id = Some("r-1".to_owned());
        refused
    }

    fn bill() -> Bill {
        let key = key(0, "dawn");
        Bill(vec![Charge { key, provider: "ark", estimated: Some((PRICE, PRICE)), paid: Paid::Known(PRICE) }])
    }

    /// Every kind of event once.
    pub(super) fn run() -> Vec<Event> {
        vec![
            Event::Started { titles: vec!["The Keeper".to_owned()], shots: 5, to_make: 4, expected: seconds(230) },
            stored("credits", 72, None),
            Event::ShotStarted { key: key(0, "dawn"), maker: "ark".to_owned(), expected: seconds(110) },
            Event::ShotMoved { key: key(0, "dawn"), stage: Stage::Queued, fraction: None },
            Event::ShotMoved { key: key(0, "dawn"), stage: Stage::Rendering, fraction: Some(0.5) },
            stored("dawn", 145, Some(seconds(108))),
            Event::ShotFailed {
                key: key(0, "climb"),
                message: "refused: no lighthouses\nchange the prompt".to_owned(),
                error: Some(Box::new(refused())),
            },
            Event::ShotBlocked { key: key(0, "lamp"), by: "climb".parse().expect("a shot id") },
            Event::Warned { message: format!("odd {NASTY}") },
            Event::Draining { running: 1 },
            Event::FilmStarted { board: BoardIndex(0) },
            Event::FilmMoved { board: BoardIndex(0), fraction: 0.25 },
            Event::FilmDone {
                board: BoardIndex(0),
                output: "out/keeper.mp4".into(),
                length: seconds(31),
                bytes: 18_234_567,
                way: AssemblyKind::Encoded("the clips differ in size".to_owned()),
            },
            Event::FilmFailed { board: BoardIndex(0), message: "disk full".to_owned() },
            Event::Finished {
                made: 1,
                reused: 1,
                failed: 1,
                blocked: 1,
                under_way: 0,
                to_come: 0,
                next: None,
                differ: vec![key(0, "dawn")],
                took: seconds(221),
                bill: bill(),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::index::BoardIndex;
    use storyreel_core::sanitize::is_steering;

    use super::samples::{NASTY, run, written};
    use super::*;

    /// Whether something is written to standard output, and to standard error.
    fn used_streams(progress: ProgressFormat, screen: Screen) -> (bool, bool) {
        let (out, err) = written(progress, screen, &run());
        (!out.is_empty(), !err.is_empty())
    }

    #[test]
    fn each_progress_format_keeps_to_its_stream() {
        let terminal = Screen { terminal: true, width: Some(80), height: Some(24), ..Screen::default() };
        let quiet = Screen { detail: Detail::Quiet, ..terminal };
        assert_eq!(used_streams(ProgressFormat::Auto, terminal), (false, true));
        assert_eq!(used_streams(ProgressFormat::Auto, Screen::default()), (false, true));
        assert_eq!(used_streams(ProgressFormat::Plain, terminal), (false, true));
        assert_eq!(used_streams(ProgressFormat::Json, quiet), (true, false));
        assert_eq!(used_streams(ProgressFormat::OpenJd, quiet), (true, false));
        assert_eq!(used_streams(ProgressFormat::None, terminal), (false, false));
    }

    #[test]
    fn nothing_hostile_reaches_a_stream_unchanged() {
        let mut events = run();
        events.push(Event::Started {
            titles: vec![NASTY.to_owned(), "b".to_owned()],
            shots: 1,
            to_make: 1,
            expected: std::time::Duration::ZERO,
        });
        events.push(Event::FilmFailed { board: BoardIndex(0), message: NASTY.to_owned() });
        events.push(Event::ShotStarted {
            key: samples::key(0, "a"),
            maker: NASTY.to_owned(),
            expected: std::time::Duration::ZERO,
        });
        events.push(Event::ShotFailed { key: samples::key(0, "a"), message: NASTY.to_owned(), error: None });
        for progress in [ProgressFormat::Plain, ProgressFormat::Json, ProgressFormat::OpenJd] {
            let (out, err) = written(progress, Screen::default(), &events);
            assert!(!(out + &err).chars().any(|c| c != '\n' && is_steering(c)), "{progress:?}");
        }
        let screen = Screen { terminal: true, width: Some(80), height: Some(24), ..Screen::default() };
        let (_, err) = written(ProgressFormat::Auto, screen, &events);
        for sign in ["\u{1b}[2J", "\u{1b}]", "\u{7}", "\u{9b}", "\u{202e}"] {
            assert!(!err.contains(sign), "{sign:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_said_once_and_the_rest_is_dropped() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        for progress in [ProgressFormat::Auto, ProgressFormat::Plain, ProgressFormat::Json, ProgressFormat::OpenJd] {
            let mut output = progress_output(progress, Screen::default(), Box::new(Closed), Box::new(Closed));
            let failed = run().iter().filter(|event| output.event(event).is_err()).count();
            assert_eq!(failed, 1, "{progress:?}");
            assert!(output.finish().is_ok());
        }
    }
}
