//! Where the results of a command go: standard output, and files that must be fit to be written.

use std::fs;
use std::io::{self, Write as _};
use std::path::{self, Path};
use std::str;

use serde::Serialize;
use storyreel_core::sanitize::{self, clean};

use super::exit;
use super::failure::{CommandFailure, Done};
use crate::store::insist_on_file;

/// Writes a text to standard output.
pub(super) fn print(text: &str) -> Done {
    print_with(|out| out.write_all(text.as_bytes()))
}

/// Writes data to standard output. What could not be written is never a success.
pub(super) fn print_with(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Done {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(exit::DONE),
        Err(error) => {
            // What is left in the buffer would be tried once more.
            let _ = out.into_parts();
            Err(CommandFailure::unwritten(&error))
        }
    }
}

/// Writes a document for programs to standard output, as [`write_json`] does.
pub(super) fn print_json(document: &impl Serialize) -> Done {
    print_with(|out| write_json(document, out))
}

/// Writes a document as indented JSON, with every character that could steer a terminal as an escape, and ends the line.
pub(super) fn write_json(document: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut safe = SafeJson { out, held: Vec::with_capacity(SafeJson::HELD) };
    serde_json::to_writer_pretty(&mut safe, document)?;
    safe.write_all(b"\n")?;
    safe.pass_on()
}

/// Escapes JSON on its way, so that a large document need not stand in memory as a text.
struct SafeJson<'a> {
    out: &'a mut dyn io::Write,
    /// What is not passed on yet: a serialiser writes a few bytes at a time.
    held: Vec<u8>,
}

impl SafeJson<'_> {
    /// Bytes that are held at most.
    const HELD: usize = 1 << 14;

    fn pass_on(&mut self) -> io::Result<()> {
        // A serialiser writes marks and whole stretches of strings: no character is split between two writes.
        let text = str::from_utf8(&self.held).map_err(io::Error::other)?;
        self.out.write_all(sanitize::json(text).as_bytes())?;
        self.held.clear();
        Ok(())
    }
}

impl io::Write for SafeJson<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.len() + bytes.len() > Self::HELD {
            self.pass_on()?;
        }
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

/// Refuses a file that the command line names for output, where no file can be written: a device, a pipe, a folder.
pub(super) fn check_output_file(file: &Path) -> Result<(), CommandFailure> {
    insist_on_file(file).map_err(|error| cannot_write(exit::USAGE, file, &error))
}

/// Refuses output that would replace one of `sources`, which the message calls `what`.
pub(super) fn spare_sources(output: &Path, sources: &[&Path], what: &str) -> Result<(), CommandFailure> {
    if sources.iter().any(|source| is_same_file(source, output)) {
        let message = format!("`{}` is {what}; give another name", output.display());
        return Err(CommandFailure::new(exit::USAGE, message));
    }
    Ok(())
}

/// Whether two paths lead to one file, or would if it were there.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => matches!((path::absolute(one), path::absolute(other)), (Ok(one), Ok(other)) if one == other),
    }
}

/// Says which file cannot be written, and why.
pub(super) fn cannot_write(code: u8, file: &Path, error: &io::Error) -> CommandFailure {
    CommandFailure::new(code, format!("cannot write `{}`: {error}", clean(&file.to_string_lossy())))
}
