//! Where the results of a command go: standard output, and files that must be fit to be written.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use storyreel_core::sanitize::clean;

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

/// Whether two paths lead to one file that is there.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Says which file cannot be written, and why.
pub(super) fn cannot_write(code: u8, file: &Path, error: &io::Error) -> CommandFailure {
    CommandFailure::new(code, format!("cannot write `{}`: {error}", clean(&file.to_string_lossy())))
}
