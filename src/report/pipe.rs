//! A writer that takes a reader's leaving for a wish and not for a fault.

use std::io::{self, Write};

/// Passes everything on until the other end is closed, and drops the rest.
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
        match act(inner.as_mut()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.0 = None;
                Ok(())
            }
            result => result,
        }
    }
}
