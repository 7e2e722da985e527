//! Why a command ends before its work is done: an exit code, and what is said about it.

use std::error::Error;
use std::io::{self, Write as _};

use storyreel_core::sanitize::{chain, clean};

use super::exit;

/// How a command ends: with an exit code when it came to its end, else with a failure, so that `?` can end it early.
pub(super) type Done = Result<u8, CommandFailure>;

/// A command that cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandFailure {
    code: u8,
    /// Paragraphs for standard error, in order; each begins a line of its own.
    report: Vec<String>,
}

impl CommandFailure {
    /// What is wrong, in a sentence.
    pub(super) fn new(code: u8, message: impl AsRef<str>) -> Self {
        Self::drawn(code, error_line(message.as_ref()))
    }

    /// An error with its causes.
    pub(super) fn caused_by(code: u8, error: &dyn Error) -> Self {
        Self::new(code, chain(error))
    }

    /// A text that is fit to be shown as it is, such as drawn problems.
    pub(super) fn drawn(code: u8, text: impl Into<String>) -> Self {
        Self { code, report: vec![text.into()] }
    }

    /// Standard output that could not be written. A reader who went away needs no words.
    pub(super) fn unwritten(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { code: exit::CLOSED_PIPE, report: Vec::new() },
            _ => Self::new(exit::INTERNAL, format!("cannot write to standard output: {error}")),
        }
    }

    /// What to do about it.
    pub(super) fn help(mut self, help: impl AsRef<str>) -> Self {
        self.report.push(format!("help: {}", clean(help.as_ref())));
        self
    }

    /// Lines that lead up to it; they are fit to be shown.
    pub(super) fn after(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.report.splice(0..0, lines);
        self
    }

    /// All that several failures say, with the exit code of the first; nothing for none.
    pub(super) fn joined(failures: impl IntoIterator<Item = Self>) -> Option<Self> {
        failures.into_iter().reduce(|mut first, next| {
            first.report.extend(next.report);
            first
        })
    }

    /// The exit code.
    pub(super) const fn code(&self) -> u8 {
        self.code
    }

    /// Says it on standard error. Nobody reading is no fault.
    pub(super) fn print(&self) {
        let mut screen = io::stderr().lock();
        for paragraph in &self.report {
            let _ = writeln!(screen, "{}", paragraph.trim_end_matches('\n'));
        }
    }
}

/// `error: cannot write x`.
pub(super) fn error_line(message: &str) -> String {
    format!("error: {}", clean(message))
}

/// A fault of storyreel itself or of the machine.
pub(super) fn internal<E: Error>(error: E) -> CommandFailure {
    CommandFailure::caused_by(exit::INTERNAL, &error)
}

/// Why a film cannot be put together.
pub(super) fn film_failed<E: Error>(error: E) -> CommandFailure {
    CommandFailure::caused_by(exit::FILM_FAILED, &error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_led_up_to_it_what_it_is_and_what_to_do() {
        let failure = CommandFailure::new(exit::USAGE, "odd \u{1b}[2J\nname")
            .help("give\nanother")
            .after(["one: new".to_owned(), "two: new".to_owned()]);
        assert_eq!(failure.report, ["one: new", "two: new", "error: odd [2J name", "help: give another"]);
        assert_eq!(failure.code(), exit::USAGE);
    }

    #[test]
    fn several_failures_are_all_said_and_the_first_decides_the_exit_code() {
        let failures = [CommandFailure::drawn(exit::PROBLEMS, "× a\n"), CommandFailure::new(exit::USAGE, "b")];
        let joined = CommandFailure::joined(failures).expect("there are two");
        assert_eq!(joined.report, ["× a\n", "error: b"]);
        assert_eq!(joined.code(), exit::PROBLEMS);
        assert_eq!(CommandFailure::joined([]), None);
    }

    #[test]
    fn a_reader_who_went_away_needs_no_words() {
        let gone = CommandFailure::unwritten(&io::ErrorKind::BrokenPipe.into());
        assert_eq!((gone.code(), gone.report.len()), (exit::CLOSED_PIPE, 0));
        let full = CommandFailure::unwritten(&io::ErrorKind::StorageFull.into());
        assert_eq!((full.code(), full.report.len()), (exit::INTERNAL, 1));
    }
}
