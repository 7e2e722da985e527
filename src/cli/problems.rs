//! Problems of a storyboard as a person sees them: the source attached, drawn by miette.

use std::collections::BTreeMap;
use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity as Grade, SourceCode};
use storyreel_core::sanitize;
use storyreel_core::source_file::{FileText, SourceFile};
use storyreel_core::text::{self, Problem, Severity, Span};

use super::context::Context;
use super::failure::CommandFailure;
use super::quoted_file::QuotedFile;
use super::{excerpt, exit};

/// More are counted, not drawn: nobody reads them all, and the first ones often cause the others.
const MOST: usize = 100;

/// Columns of a message or a help.
const LONGEST_TEXT: usize = 1_000;

/// Columns of a piece of one: what it quotes from the storyboard in backticks may be of any length.
const LONGEST_PIECE: usize = 160;

/// Draws `problems` of `source`; the last line counts them. Nothing for no problems.
pub(super) fn draw(context: &Context, source: &SourceFile, problems: &[Problem]) -> String {
    let mut drawing = Drawing::of(context, source);
    for problem in problems.iter().take(MOST) {
        drawing.problem(problem);
    }
    if let Some(more) = problems.len().checked_sub(MOST).filter(|more| *more > 0) {
        drawing.drawn.push_str(&format!("and {} more\n", sanitize::count(more, "problem")));
    }
    drawing.drawn
}

/// Problems of a storyboard and of the files that it takes in.
struct Drawing<'a> {
    source: &'a SourceFile,
    handler: GraphicalReportHandler,
    columns: usize,
    /// Texts of files as they can be shown, by where they begin.
    shown: BTreeMap<usize, String>,
    drawn: String,
}

impl<'a> Drawing<'a> {
    fn of(context: &Context, source: &'a SourceFile) -> Self {
        let theme = if context.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let columns = context.width.min(120);
        let handler = GraphicalReportHandler::new_themed(theme).with_width(columns).with_links(false);
        // A word of the format that is broken at its hyphen cannot be copied.
        let handler = handler.with_word_splitter(textwrap::WordSplitter::NoHyphenation);
        Self { source, handler, columns, shown: BTreeMap::new(), drawn: String::new() }
    }

    /// Draws a problem in the file where its first place lies, and what is said of other files below it.
    fn problem(&mut self, problem: &Problem) {
        let first = problem.labels.first().map(|(span, _)| *span).unwrap_or_default();
        let file = self.source.file_at(first);
        let is_here = |span: Span| self.source.file_at(span).start == file.start;
        let (here, elsewhere): (Vec<_>, Vec<_>) = problem.labels.iter().cloned().partition(|(span, _)| is_here(*span));
        self.draw_in(file, &Problem { labels: here, help: with_way(self.source, file, problem), ..problem.clone() });
        for (span, label) in elsewhere {
            let place = Problem::advice("", label).at(span, "here");
            self.draw_in(self.source.file_at(span), &place);
        }
        self.drawn.push('\n');
    }

    fn draw_in(&mut self, file: FileText<'_>, problem: &Problem) {
        let shown = self.shown.entry(file.start).or_insert_with(|| without_steering(&mask_secrets(file.text)));
        let labels: Vec<(Span, String)> =
            problem.labels.iter().map(|(span, label)| (file.own(*span), label.clone())).collect();
        let excerpt = excerpt::cut(shown, &labels, self.columns);
        let source = QuotedFile::new(file, excerpt.text, &excerpt.labels, &labels);
        let drawn = Drawn { problem, source: &source, labels: excerpt.labels, quotable: excerpt.quotable };
        // Writing to a String cannot fail.
        let _ = self.handler.render_report(&mut self.drawn, &drawn);
    }
}

/// What to do about a problem, and how the file in which it lies came into the storyboard.
fn with_way(source: &SourceFile, file: FileText<'_>, problem: &Problem) -> Option<String> {
    let mut lines: Vec<String> = problem.help.iter().cloned().collect();
    let mut next = file.included;
    while let Some(at) = next.and_then(|file| file.named_at) {
        let from = source.file_at(at);
        let name = next.map_or("", |file| file.name.as_str());
        lines.push(format!("`{name}` is named at {}", source.place(at)));
        next = from.included;
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The problems of a storyboard that cannot be made into a film.
pub(super) fn broken_storyboard(context: &Context, source: &SourceFile, found: &[Problem]) -> CommandFailure {
    let count = format!("{}: {}", sanitize::clean(&source.name), count(found));
    CommandFailure::drawn(exit::PROBLEMS, count).after([draw(context, source, found)])
}

/// `3 errors and 1 warning`.
pub(super) fn count(problems: &[Problem]) -> String {
    let mut parts = Vec::new();
    for (severity, noun) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Advice, "hint")] {
        let number = problems.iter().filter(|problem| problem.severity == severity).count();
        if number > 0 {
            parts.push(sanitize::count(number, noun));
        }
    }
    match parts.split_last() {
        None => "no problems".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// The text with stars in place of every value whose key says that it is a secret, byte for byte: a line is quoted for
/// what stands beside the mistake, too.
fn mask_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(':') {
            let before_quote = before.trim_end_matches(['"', '\'']);
            let name = before_quote.rsplit(|c| !is_key_character(c)).next().unwrap_or_default();
            shown.push_str(before);
            shown.push(':');
            rest = after;
            if text::is_secret(name) || name == "key" {
                let end = rest.find([',', '}', '\n']).unwrap_or(rest.len());
                for c in rest[..end].chars() {
                    if c.is_whitespace() {
                        shown.push(c);
                    } else {
                        shown.push_str(&"*".repeat(c.len_utf8()));
                    }
                }
                rest = &rest[end..];
            }
        }
        shown.push_str(rest);
    }
    shown
}

fn is_key_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// The text with every character that could steer a terminal replaced, byte for byte, so that places stay right.
fn without_steering(text: &str) -> String {
    if !text.contains(steers_terminal) {
        return text.to_owned();
    }
    let replaced = text.chars().map(|c| match c {
        '\r' => " ".to_owned(),
        c if steers_terminal(c) => "?".repeat(c.len_utf8()),
        c => c.to_string(),
    });
    replaced.collect()
}

fn steers_terminal(c: char) -> bool {
    c != '\n' && c != '\t' && sanitize::is_steering(c)
}

/// A text of a problem, fit to be shown.
fn shortened_text(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(shortened_line).collect();
    lines.join("\n")
}

fn shortened_line(text: &str) -> String {
    let pieces: Vec<String> =
        sanitize::clean(text).split('`').map(|piece| sanitize::shorten(piece, LONGEST_PIECE)).collect();
    sanitize::shorten(&pieces.join("`"), LONGEST_TEXT)
}

struct Drawn<'a> {
    problem: &'a Problem,
    source: &'a QuotedFile,
    /// The places of the problem in `source`.
    labels: Vec<(Span, String)>,
    quotable: bool,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shortened_text(&self.problem.message))?;
        if !self.quotable
            && let Some((span, _)) = self.labels.first()
        {
            let before = self.source.text().get(..span.start as usize).unwrap_or_default();
            write!(f, " (line {}, too long to show)", 1 + before.matches('\n').count())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.problem.code.is_empty()).then(|| Box::new(self.problem.code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Grade> {
        Some(match self.problem.severity {
            Severity::Advice => Grade::Advice,
            Severity::Warning => Grade::Warning,
            Severity::Error => Grade::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.problem.help.as_deref().map(shortened_text)?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (self.quotable && !self.labels.is_empty()).then_some(self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.labels.iter().enumerate().map(|(at, (Span { start, end }, label))| {
            let len = end.saturating_sub(*start) as usize;
            let start = *start as usize;
            let label = Some(shortened_text(label));
            if at == 0 {
                LabeledSpan::new_primary_with_span(label, (start, len))
            } else {
                LabeledSpan::new_with_span(label, (start, len))
            }
        });
        self.quotable.then(|| Box::new(labels) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}
