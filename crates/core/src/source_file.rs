//! The text of a storyboard together with those that it takes in: one number says where anything stands in any of them.

use std::sync::OnceLock;

use crate::text::Span;
use crate::units::Digest;

/// A text with the name that a person knows it by, and behind it the texts of the files that it takes in.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as the user gave it.
    pub name: String,
    /// The whole text without a byte-order mark, and those of the files that are taken in, one behind the other.
    pub text: String,
    /// Bytes of the file's own text.
    own: usize,
    included: Vec<IncludedFile>,
    digest: OnceLock<Digest>,
}

/// A file whose text stands behind that of a storyboard: one that it includes, or the table of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedFile {
    /// Its path from the folder of the storyboard.
    pub path: String,
    /// The path by which a person finds it.
    pub name: String,
    /// Where it is named; `None` where the command line names it.
    pub named_at: Option<Span>,
    /// Where its text stands.
    pub span: Span,
    /// Why there is no text.
    pub fault: Option<String>,
}

/// One of the files of a [`SourceFile`].
#[derive(Debug, Clone, Copy)]
pub struct FileText<'a> {
    /// The path by which a person finds it.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Where that begins in the whole text.
    pub start: usize,
    /// What is known of it, if it is not the storyboard itself.
    pub included: Option<&'a IncludedFile>,
}

impl SourceFile {
    /// A text that takes in no other.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { name: name.into(), own: text.len(), text, included: Vec::new(), digest: OnceLock::new() }
    }

    /// Puts the text of another file behind what is there, or what keeps it from being read. `path` is that from the folder
    /// of this file.
    pub fn include(&mut self, path: &str, named_at: Option<Span>, text: Result<&str, String>) {
        self.include_as(path, &beside(&self.name, path), named_at, text);
    }

    /// The same for a file that a person finds by the path `name`.
    pub fn include_as(&mut self, path: &str, name: &str, named_at: Option<Span>, text: Result<&str, String>) {
        self.digest.take();
        // No line may belong to two files.
        self.text.push('\n');
        let start = self.text.len();
        let fault = match text {
            Ok(text) => {
                self.text.push_str(text);
                None
            }
            Err(fault) => Some(fault),
        };
        let span = Span::new(start, self.text.len());
        let file = IncludedFile { path: path.to_owned(), name: name.to_owned(), named_at, span, fault };
        self.included.push(file);
    }

    /// The file's own text.
    #[must_use]
    pub fn own_text(&self) -> &str {
        &self.text[..self.own]
    }

    /// The digest of the whole text: what `sha256sum` says of a file that takes in no other, unless it begins with a
    /// byte-order mark. It is computed once, for whoever asks first: a plan needs none.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| Digest::of(self.text.as_bytes()))
    }

    /// The files that are taken in.
    #[must_use]
    pub fn included(&self) -> &[IncludedFile] {
        &self.included
    }

    /// The file of this path, from the folder of this one.
    #[must_use]
    pub fn included_file(&self, path: &str) -> Option<&IncludedFile> {
        self.included.iter().find(|file| file.path == path)
    }

    /// The file in which a place lies.
    #[must_use]
    pub fn file_at(&self, span: Span) -> FileText<'_> {
        let after = self.included.partition_point(|file| file.span.start <= span.start);
        match after.checked_sub(1).map(|at| &self.included[at]) {
            Some(file) => FileText {
                name: &file.name,
                text: file.span.of(&self.text),
                start: file.span.start as usize,
                included: Some(file),
            },
            None => FileText { name: &self.name, text: self.own_text(), start: 0, included: None },
        }
    }

    /// The file and the line of a place: `film.yaml:12`.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let file = self.file_at(span);
        format!("{}:{}", file.name, file.line(span))
    }
}

impl FileText<'_> {
    /// The line on which a place begins, from 1.
    #[must_use]
    pub fn line(&self, span: Span) -> usize {
        self.own(span).line(self.text)
    }

    /// A place as it is counted in this file alone.
    #[must_use]
    pub fn own(&self, span: Span) -> Span {
        let start = (span.start as usize).saturating_sub(self.start);
        let end = (span.end as usize).saturating_sub(self.start);
        Span::new(start, end.max(start))
    }
}

/// The path of a file that `file` names by `path`; an absolute one stays as it is.
#[must_use]
pub fn beside(file: &str, path: &str) -> String {
    let is_absolute = path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    let folder = file.rsplit_once(['/', '\\']).map(|(folder, _)| folder);
    match folder.filter(|_| !is_absolute) {
        Some(folder) => without_detours(&format!("{folder}/{path}")),
        None => without_detours(path),
    }
}

/// The path without `.` and without `..` behind a folder's name.
fn without_detours(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for (at, part) in path.split('/').enumerate() {
        match part {
            "." => {}
            "" if at > 0 => {}
            ".." if kept.last().is_some_and(|last| !matches!(*last, ".." | "")) => _ = kept.pop(),
            part => kept.push(part),
        }
    }
    kept.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_with_its_own_file_and_line() {
        let mut source = SourceFile::new("films/a.yaml", "one\ntwo");
        let named = Span::new(4, 7);
        source.include("parts/b.yaml", Some(named), Ok("three\nfour\n"));
        source.include("../c.csv", None, Err("it is not there".to_owned()));
        assert_eq!(source.own_text(), "one\ntwo");
        let four = source.text.find("four").expect("it is there");
        let span = Span::new(four, four + 4);
        assert_eq!(source.place(span), "films/parts/b.yaml:2");
        assert_eq!(source.place(named), "films/a.yaml:2");
        let file = source.file_at(span);
        assert_eq!((file.own(span).of(file.text), file.included.and_then(|file| file.named_at)), ("four", Some(named)));
        let table = source.included_file("../c.csv").expect("it is there");
        assert_eq!((table.name.as_str(), table.span.of(&source.text)), ("c.csv", ""));
        assert!(table.fault.is_some());
    }

    #[test]
    fn a_path_is_that_of_the_file_that_names_it() {
        for (file, path, expected) in [
            ("film.yaml", "cast.yaml", "cast.yaml"),
            ("scenes/a.yaml", "b.yaml", "scenes/b.yaml"),
            ("scenes/a.yaml", "../b.yaml", "b.yaml"),
            ("scenes/a.yaml", "../../b.yaml", "../b.yaml"),
            ("/films/a.yaml", "./b.yaml", "/films/b.yaml"),
            ("a.yaml", "../x/../b.yaml", "../b.yaml"),
            ("films/a.yaml", "/all/b.yaml", "/all/b.yaml"),
            ("films/a.yaml", "C:\\all\\b.yaml", "C:\\all\\b.yaml"),
        ] {
            assert_eq!(beside(file, path), expected, "{file} {path}");
        }
    }
}
