//! A source text, places in it, and what is wrong there.

use std::fmt;
use std::ops::Deref;

/// A half-open range of bytes in a [`SourceFile`](crate::source_file::SourceFile). Texts are kept below 4 GiB (see
/// `storyboard::MAX_BYTES`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The same, so many bytes further on.
    #[must_use]
    pub(crate) const fn shifted(self, bytes: u32) -> Self {
        Self { start: self.start + bytes, end: self.end + bytes }
    }

    /// The text that the span covers; empty where the span does not fit `text`.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The line of `text` on which the span begins, from 1.
    #[must_use]
    pub fn line(self, text: &str) -> usize {
        let before = text.get(..self.start as usize).unwrap_or_default();
        1 + before.matches('\n').count()
    }

    /// The place of `part` inside this span of `text`, or the span itself when it is not there to the letter.
    #[must_use]
    pub fn find(self, text: &str, part: &str) -> Self {
        self.of(text).find(part).map_or(self, |at| {
            let start = self.start as usize + at;
            Self::new(start, start + part.len())
        })
    }

    /// The span cut to the first line of what it covers: long prompts are pointed at, not quoted whole.
    #[must_use]
    pub fn first_line(self, text: &str) -> Self {
        let covered = self.of(text);
        let skipped = match covered.find('\n') {
            // `|` and `>` open a block whose words begin on the next line.
            Some(at) if covered.starts_with(['|', '>']) => at + 1 + indent(&covered[at + 1..]),
            _ => 0,
        };
        let line = covered[skipped..].lines().next().unwrap_or_default().trim_end();
        let start = self.start as usize + skipped;
        Self::new(start, start + line.len())
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A value and where it stands in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// Probably not what was meant; the film can be made.
    Warning,
    /// The film cannot be made.
    Error,
}

/// One thing that is wrong with a storyboard: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name, `phase::what`, for scripts and for looking it up.
    pub code: &'static str,
    /// What is wrong: a lower-case fragment without a final stop.
    pub message: String,
    /// The places, the offending one first; none where the whole file is meant.
    pub labels: Vec<(Span, String)>,
    /// What to do: an imperative.
    pub help: Option<String>,
}

impl Problem {
    /// Something that keeps the film from being made.
    #[must_use]
    pub fn error(code: &'static str, message: impl fmt::Display) -> Self {
        Self::new(Severity::Error, code, &message)
    }

    /// Something that is probably not what was meant.
    #[must_use]
    pub fn warning(code: &'static str, message: impl fmt::Display) -> Self {
        Self::new(Severity::Warning, code, &message)
    }

    /// Something worth knowing.
    #[must_use]
    pub fn advice(code: &'static str, message: impl fmt::Display) -> Self {
        Self::new(Severity::Advice, code, &message)
    }

    fn new(severity: Severity, code: &'static str, message: &dyn fmt::Display) -> Self {
        Self { severity, code, message: message.to_string(), labels: Vec::new(), help: None }
    }

    /// Adds a place and what is to be seen there. The first one added is the offending place.
    #[must_use]
    pub fn at(mut self, span: Span, label: impl fmt::Display) -> Self {
        self.labels.push((span, label.to_string()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl fmt::Display) -> Self {
        self.help = Some(help.to_string());
        self
    }
}

/// The entry of `names` that `wrong` was probably meant to be.
#[must_use]
pub fn closest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).clamp(1, 3);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wrong.to_lowercase(), name), name))
        .filter(|&(distance, _)| distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Whether a key of this name holds something that nobody but its owner may see, rather than names where it is kept.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let kept = ["api_key", "api-key", "apikey", "secret", "token", "password"].iter().any(|word| name.contains(word));
    kept && !name.ends_with("_env")
}

/// `` `a`, `b` and `c` ``; at most `most` names, the rest counted.
#[must_use]
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.len() > most {
        let rest = names.len() - most;
        names.truncate(most);
        names.push(format!("{rest} more"));
    }
    match names.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_finds_parts_and_first_lines() {
        let text = "prompt: |\n    one {{x}}\n    two\n";
        let block = Span::new(8, text.len());
        assert_eq!(block.find(text, "{{x}}").of(text), "{{x}}");
        assert_eq!(block.find(text, "absent"), block);
        assert_eq!(block.first_line(text).of(text), "one {{x}}");
        assert_eq!(Span::new(0, 6).first_line(text).of(text), "prompt");
        assert_eq!(Span::new(5, 900).of(text), "");
        assert_eq!([block.line(text), Span::new(20, 21).line(text), Span::new(900, 901).line(text)], [1, 2, 1]);
    }

    #[test]
    fn the_closest_name_is_near_or_absent() {
        assert_eq!(closest("promt", ["prompt", "provider"]), Some("prompt"));
        assert_eq!(closest("Prompt", ["prompt"]), Some("prompt"));
        assert_eq!(closest("xyz", ["prompt", "provider"]), None);
        assert_eq!(closest("ab", ["cd"]), None);
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        assert!(["api_key", "API_KEY", "client-secret", "token"].iter().all(|name| is_secret(name)));
        assert!(!["api_key_env", "prompt", "key_frame"].iter().any(|name| is_secret(name)));
    }

    #[test]
    fn names_are_listed_as_words() {
        assert_eq!(listed([], 3), "none");
        assert_eq!(listed(["a"], 3), "`a`");
        assert_eq!(listed(["a", "b"], 3), "`a` and `b`");
        assert_eq!(listed(["a", "b", "c"], 3), "`a`, `b` and `c`");
        assert_eq!(listed(["a", "b", "c", "d"], 2), "`a`, `b` and 2 more");
    }
}
