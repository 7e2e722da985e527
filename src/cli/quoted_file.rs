//! A file as miette reads it: its lines may be cut, its places are those of the whole file.

use miette::{MietteError, MietteSpanContents, NamedSource, SourceCode, SourceSpan, SpanContents};
use storyreel_core::sanitize;
use storyreel_core::source_file::FileText;
use storyreel_core::text::Span;

const LANGUAGE: &str = "yaml";

/// The text that is quoted from a file, and where its places are in the file.
pub(super) struct QuotedFile {
    source: NamedSource<String>,
    /// Places by the byte of the quoted text where they begin, with their columns in the file, from 0.
    columns: Vec<(usize, usize)>,
}

impl QuotedFile {
    /// `shown` are the labels as they lie in `text`, `labels` the same ones as they lie in the file.
    pub(super) fn new(file: FileText<'_>, text: String, shown: &[(Span, String)], labels: &[(Span, String)]) -> Self {
        let starts = shown.iter().map(|(span, _)| span.start as usize);
        let columns = labels.iter().map(|(span, _)| column(file.text, *span));
        let source = NamedSource::new(sanitize::clean(file.name), text).with_language(LANGUAGE);
        Self { source, columns: starts.zip(columns).collect() }
    }

    pub(super) fn text(&self) -> &str {
        self.source.inner()
    }
}

impl SourceCode for QuotedFile {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.source.read_span(span, before, after)?;
        let known = self.columns.iter().find(|(start, _)| *start == span.offset());
        let column = known.map_or(read.column(), |(_, column)| *column);
        let name = self.source.name().to_owned();
        let placed =
            MietteSpanContents::new_named(name, read.data(), *read.span(), read.line(), column, read.line_count());
        Ok(Box::new(placed.with_language(LANGUAGE)))
    }
}

/// The characters before a place on its line.
fn column(text: &str, place: Span) -> usize {
    let before = text.get(..place.start as usize).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().chars().count()
}
