//! How a list of arguments is written.

use std::ffi::OsString;
use std::path::Path;

/// A path as ffmpeg must be given it: with the protocol spelt out, a leading dash, a colon or a `%` means nothing.
#[must_use]
pub fn file_url(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// Arguments, one after another.
#[derive(Debug, Default)]
pub(super) struct ArgumentList {
    args: Vec<OsString>,
}

impl ArgumentList {
    /// Appends arguments written as one line of words without spaces inside.
    pub(super) fn words(&mut self, line: &str) {
        self.args.extend(line.split_whitespace().map(OsString::from));
    }

    /// Appends one argument as it is, spaces and all.
    pub(super) fn word(&mut self, word: impl Into<OsString>) {
        self.args.push(word.into());
    }

    /// Appends a file that is written.
    pub(super) fn output(&mut self, file: &Path) {
        self.word(file_url(file));
    }

    /// Appends a file that is read.
    pub(super) fn input(&mut self, file: &Path) {
        self.words("-i");
        self.word(file_url(file));
    }

    pub(super) fn into_args(self) -> Vec<OsString> {
        self.args
    }
}
