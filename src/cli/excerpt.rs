//! The lines that a problem quotes, cut around its places: a line that the terminal breaks has its marks under other words.

use std::ops::Range;

use storyreel_core::sanitize;
use storyreel_core::text::Span;

/// Lines that are quoted before and after a place.
const AROUND: usize = 1;

/// Columns of the frame around quoted lines, without the number of the line.
const FRAME: usize = 5;

/// Columns between a mark and what is said of it.
const TO_LABEL: usize = 4;

/// The least that is shown of a line.
const LEAST: usize = 24;

/// Bytes that a place may cover; more is not quoted.
const LONGEST_PLACE: usize = 1_000;

/// Bytes of a line of which a part is quoted.
const LONGEST_LINE: usize = 10_000;

/// Columns that a tab takes.
const TAB: usize = 4;

/// Stands for what was cut off.
const CUT: char = '…';

/// A text whose long lines near the places of a problem are cut.
pub(super) struct Excerpt {
    pub(super) text: String,
    /// The places in it.
    pub(super) labels: Vec<(Span, String)>,
    /// Whether the places are short enough to be shown.
    pub(super) quotable: bool,
}

/// Cuts `text` for a terminal of `columns` around the places in `labels`. Lines keep their numbers.
pub(super) fn cut(text: &str, labels: &[(Span, String)], columns: usize) -> Excerpt {
    let quotable = labels.iter().all(|(span, _)| is_quotable(text, *span));
    let lines = if quotable { cut_lines(text, labels, columns) } else { Vec::new() };
    if lines.is_empty() {
        return Excerpt { text: text.to_owned(), labels: labels.to_vec(), quotable };
    }
    let mut excerpt = String::with_capacity(text.len());
    let mut done = 0;
    for line in &lines {
        excerpt.push_str(&text[done..line.whole.start]);
        excerpt.push_str(&line.shown(text));
        done = line.whole.end;
    }
    excerpt.push_str(&text[done..]);
    let moved = labels.iter().map(|(span, label)| {
        let start = moved(&lines, span.start as usize);
        let end = moved(&lines, span.end as usize);
        (Span::new(start, end.max(start)), label.clone())
    });
    Excerpt { text: excerpt, labels: moved.collect(), quotable }
}

fn is_quotable(text: &str, span: Span) -> bool {
    let start = span.start as usize;
    let end = span.end as usize;
    let before = text.get(..start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let after = text.get(end..).and_then(|text| text.find('\n')).map_or(text.len(), |at| end + at);
    end.saturating_sub(start) <= LONGEST_PLACE && after.saturating_sub(before) <= LONGEST_LINE
}

/// A line of which a part is shown. All are bytes of the whole text.
struct CutLine {
    whole: Range<usize>,
    kept: Range<usize>,
}

impl CutLine {
    fn shown(&self, text: &str) -> String {
        let kept = &text[self.kept.clone()];
        let before = if self.is_cut_before() { CUT.to_string() } else { String::new() };
        let after = if self.kept.end < self.whole.end { CUT.to_string() } else { String::new() };
        format!("{before}{kept}{after}")
    }

    fn is_cut_before(&self) -> bool {
        self.kept.start > self.whole.start
    }

    /// Bytes of the line as it is shown.
    fn len(&self) -> usize {
        let cuts = usize::from(self.is_cut_before()) + usize::from(self.kept.end < self.whole.end);
        self.kept.len() + cuts * CUT.len_utf8()
    }
}

/// Where byte `at` of the whole text is in the text with cut lines.
fn moved(lines: &[CutLine], at: usize) -> usize {
    let mut place = at;
    for line in lines {
        if line.whole.end < at {
            place = place - line.whole.len() + line.len();
        } else if line.whole.start <= at {
            let before = if line.is_cut_before() { CUT.len_utf8() } else { 0 };
            let inside = at.clamp(line.kept.start, line.kept.end) - line.kept.start;
            place = place - (at - line.whole.start) + before + inside;
        }
    }
    place
}

/// The lines near the places that are wider than the terminal, in their order.
fn cut_lines(text: &str, labels: &[(Span, String)], columns: usize) -> Vec<CutLine> {
    let quoted: Vec<Range<usize>> = labels.iter().map(|(span, _)| quoted_lines(text, *span)).collect();
    let mut lines: Vec<CutLine> = Vec::new();
    for (number, whole) in lines_of(text).enumerate() {
        let is_near = quoted.iter().any(|quoted| quoted.start <= whole.start && whole.end <= quoted.end);
        let gutter = FRAME + (number + 1 + AROUND).to_string().len();
        let room = columns.saturating_sub(gutter).max(LEAST);
        if is_near && columns_of(&text[whole.clone()]) > room {
            lines.push(cut_line(text, whole, labels, room));
        }
    }
    lines
}

/// The lines of the text without their ends.
fn lines_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let begin = start;
        start = begin + line.len() + 1;
        begin..begin + line.len()
    })
}

/// The lines that are quoted for a place: those that have a part of it, and those around.
fn quoted_lines(text: &str, span: Span) -> Range<usize> {
    let start = span.start as usize;
    let end = (span.end as usize).max(start);
    let before = text.get(..start).and_then(|text| text.rmatch_indices('\n').nth(AROUND));
    let after = text.get(end..).and_then(|text| text.match_indices('\n').nth(AROUND));
    before.map_or(0, |(at, _)| at)..after.map_or(text.len(), |(at, _)| end + at)
}

/// The part of a line that is shown in `room` columns: the place and what is said of it, with some words before it.
fn cut_line(text: &str, whole: Range<usize>, labels: &[(Span, String)], room: usize) -> CutLine {
    let line = &text[whole.clone()];
    let inside = labels.iter().find(|(span, _)| whole.contains(&(span.start as usize)));
    // Both ends may be cut, and each cut takes a column.
    let room = room.saturating_sub(2);
    let mut first = 0;
    if let Some((span, label)) = inside {
        let start = columns_of(&text[whole.start..span.start as usize]);
        let end = columns_of(&text[whole.start..(span.end as usize).clamp(span.start as usize, whole.end)]);
        let said = usize::midpoint(start, end) + TO_LABEL + sanitize::width(label);
        first = start.saturating_sub(room / 3);
        if end.max(said) > first + room {
            first = end.max(said).saturating_sub(room).min(start);
        }
        first = first.min(columns_of(line).saturating_sub(room));
    }
    let from = byte_at(line, first);
    let to = byte_at(line, first + room);
    CutLine { kept: whole.start + from..whole.start + to.max(from), whole }
}

/// The first byte that is `column` columns from the line's beginning, or further.
fn byte_at(line: &str, column: usize) -> usize {
    let mut columns = 0;
    for (at, c) in line.char_indices() {
        if columns >= column {
            return at;
        }
        columns += columns_of_char(c);
    }
    line.len()
}

fn columns_of(text: &str) -> usize {
    text.chars().map(columns_of_char).sum()
}

fn columns_of_char(c: char) -> usize {
    if c == '\t' { TAB } else { sanitize::width(c.encode_utf8(&mut [0; 4])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that is shown for `marked` in `line`, with the mark in brackets.
    fn shown(line: &str, marked: &str, columns: usize) -> String {
        let text = format!("first\n{line}\nlast");
        let start = text.find(marked).expect("it is there");
        let span = Span::new(start, start + marked.len());
        let excerpt = cut(&text, &[(span, "not in `cast`".to_owned())], columns);
        assert_eq!(excerpt.text.lines().count(), 3);
        let place = excerpt.labels[0].0;
        assert_eq!(place.of(&excerpt.text), marked, "{}", excerpt.text);
        let line = excerpt.text.lines().nth(1).expect("three lines").to_owned();
        assert!(columns_of(&line) + FRAME < columns, "{line}");
        line
    }

    #[test]
    fn a_long_line_is_cut_around_its_place() {
        let words = "word ".repeat(60);
        assert_eq!(shown("short @nobody", "@nobody", 80), "short @nobody");
        assert!(shown(&format!("@nobody {words}"), "@nobody", 80).starts_with("@nobody word"));
        assert!(shown(&format!("@nobody {words}"), "@nobody", 80).ends_with(CUT));
        let end = shown(&format!("{words}@nobody"), "@nobody", 80);
        assert!(end.starts_with(CUT) && end.ends_with("@nobody"), "{end}");
        let middle = shown(&format!("{words}@nobody {words}"), "@nobody", 40);
        assert!(middle.starts_with(CUT) && middle.ends_with(CUT), "{middle}");
        let wide = shown(&format!("{}@nobody{}", "灯".repeat(90), "塔".repeat(90)), "@nobody", 60);
        assert!(wide.starts_with('…') && wide.contains("灯@nobody塔"), "{wide}");
    }

    #[test]
    fn places_on_several_lines_move_with_what_is_cut_before_them() {
        let long = "x".repeat(300);
        let text = format!("{long} one\n{long} two\nthree {long}\nfar\nfar\n{long}\n");
        let labels = ["three", "one", "two"].map(|word| {
            let start = text.find(word).expect("it is there");
            (Span::new(start, start + word.len()), word.to_owned())
        });
        let excerpt = cut(&text, &labels, 80);
        let found: Vec<&str> = excerpt.labels.iter().map(|(span, _)| span.of(&excerpt.text)).collect();
        assert_eq!(found, ["three", "one", "two"]);
        assert_eq!(excerpt.text.lines().last(), Some(long.as_str()), "what is not quoted stays");
    }

    #[test]
    fn a_place_that_is_too_long_is_not_quoted() {
        let text = "x".repeat(2_000);
        assert!(!cut(&text, &[(Span::new(0, 1_500), String::new())], 80).quotable);
        assert!(cut(&text, &[(Span::new(1_000, 1_500), String::new())], 80).quotable);
        assert!(!cut(&"x".repeat(20_000), &[(Span::new(9, 12), String::new())], 80).quotable);
    }
}
