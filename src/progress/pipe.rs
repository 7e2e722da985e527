//! A writer that says once that it can write no more.

use std::io::{self, Write};

/// Passes everything on until the other end fails, says so, and drops the rest: the run goes on, and nobody listens.
pub(super) struct Pipe(Option<Box<dyn Write + Send>>);

impl Pipe {
    pub(super) fn new(inner: Box<dyn Write + Send>) -> Self {
        Self(Some(inner))
    }

    /// Writes `text` and a newline, at once.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.text(&format!("{text}\n"))?;
        self.flush()
    }

    /// Writes `text`.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.on_inner(|inner| inner.write_all(text.as_bytes()))
    }

    /// Hands what was written over to the reader.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.on_inner(|inner| inner.flush())
    }

    fn on_inner(&mut self, act: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let Some(inner) = &mut self.0 else { return Ok(()) };
        let result = act(inner.as_mut());
        if result.is_err() {
            self.0 = None;
        }
        result
    }
}
