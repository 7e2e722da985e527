//! What a file that should be a screenplay is, by its content.

use super::{ElementKind, Screenplay, read};

/// Endings that say that a text is a screenplay in Fountain, whatever is in it.
const FOUNTAIN_ENDINGS: [&str; 3] = ["fountain", "spmd", "ftn"];

/// Lines of Markdown in a text that make it one.
const MARKDOWN_LINES: usize = 3;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenplayFormat {
    /// A screenplay in Fountain.
    Fountain,
    /// A screenplay of Final Draft.
    FinalDraft,
    /// No screenplay that can be read; what it is, such as `a PDF`.
    Other(&'static str),
}

/// Recognizes the format of a file of `bytes` whose name has this ending.
#[must_use]
pub fn recognize(bytes: &[u8], ending: &str) -> ScreenplayFormat {
    let head = &bytes[..bytes.len().min(1 << 16)];
    let signatures: [(&[u8], &str); 5] = [
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive, such as a document of Word or a project of a screenplay program"),
        (b"{\\rtf", "a document in RTF"),
        (b"\xD0\xCF\x11\xE0", "a document of an older Word"),
        (b"\x1F\x8B", "a compressed file"),
    ];
    for (signature, kind) in signatures {
        if head.starts_with(signature) {
            return ScreenplayFormat::Other(kind);
        }
    }
    if head.contains(&0) {
        return ScreenplayFormat::Other("a binary file");
    }
    let text = String::from_utf8_lossy(bytes);
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    if begin.starts_with('<') {
        return markup(begin);
    }
    if FOUNTAIN_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return ScreenplayFormat::Fountain;
    }
    plain_text(&text)
}

fn markup(text: &str) -> ScreenplayFormat {
    let head: String = text.chars().take(2_000).collect();
    let lower = head.to_lowercase();
    if head.contains("<FinalDraft") {
        ScreenplayFormat::FinalDraft
    } else if lower.contains("<html") || lower.starts_with("<!doctype html") {
        ScreenplayFormat::Other("a web page")
    } else {
        ScreenplayFormat::Other("XML, and not of Final Draft")
    }
}

fn plain_text(text: &str) -> ScreenplayFormat {
    if text.lines().any(|line| line.starts_with("storyboard:")) {
        return ScreenplayFormat::Other("a storyboard already");
    }
    if begins_as_json(text) {
        return ScreenplayFormat::Other("JSON");
    }
    let screenplay = read(text);
    let has_headings = screenplay.elements.iter().any(|element| is_usual_heading(&element.kind));
    if has_headings || has_title(&screenplay) {
        return ScreenplayFormat::Fountain;
    }
    if text.lines().filter(|line| is_markdown(line)).take(MARKDOWN_LINES).count() == MARKDOWN_LINES {
        return ScreenplayFormat::Other("a text in Markdown");
    }
    let has_dialogue = screenplay.elements.iter().any(|element| matches!(element.kind, ElementKind::Dialogue { .. }));
    if has_dialogue { ScreenplayFormat::Fountain } else { ScreenplayFormat::Other("a text without scenes or dialogue") }
}

fn begins_as_json(text: &str) -> bool {
    let begin = text.trim_start();
    begin.starts_with("{\"") || begin.starts_with("[{") || begin.starts_with("{\n")
}

fn has_title(screenplay: &Screenplay) -> bool {
    screenplay.title_page.iter().any(|(key, _)| key == "title")
}

/// A heading that says inside or outside. One that is forced by a full stop may be the name of a file.
fn is_usual_heading(kind: &ElementKind) -> bool {
    let ElementKind::Scene { heading, .. } = kind else { return false };
    let upper = heading.to_uppercase();
    ["INT", "EXT", "EST", "I/E"].iter().any(|begin| upper.starts_with(begin))
}

fn is_markdown(line: &str) -> bool {
    let line = line.trim_start();
    ["```", "# ", "## ", "### ", "- ", "* ", "| ", "[!["].iter().any(|begin| line.starts_with(begin))
        || line.contains("](")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_what_is_in_it() {
        for (bytes, ending, expected) in [
            (&b"%PDF-1.7\n"[..], "fountain", ScreenplayFormat::Other("a PDF")),
            (b"{\\rtf1\\ansi}", "txt", ScreenplayFormat::Other("a document in RTF")),
            (b"\0\x01\x02", "fountain", ScreenplayFormat::Other("a binary file")),
            (b"<?xml version=\"1.0\"?>\n<FinalDraft Version=\"5\">", "xml", ScreenplayFormat::FinalDraft),
            (b"<!DOCTYPE html><html>", "txt", ScreenplayFormat::Other("a web page")),
            (b"<svg/>", "fdx", ScreenplayFormat::Other("XML, and not of Final Draft")),
            (b"storyboard: 1\nshots: []\n", "yaml", ScreenplayFormat::Other("a storyboard already")),
            (b"{\"a\": 1}", "json", ScreenplayFormat::Other("JSON")),
            (b"# Tool\n\nLICENSE\nMIT\n\n- one\n- two\n", "md", ScreenplayFormat::Other("a text in Markdown")),
            (b"Some words.\n", "txt", ScreenplayFormat::Other("a text without scenes or dialogue")),
            (b"Some words.\n", "fountain", ScreenplayFormat::Fountain),
            (b"INT. BAR - NIGHT\n\nShe waits.\n", "txt", ScreenplayFormat::Fountain),
            (b"INT. BAR - NIGHT\n\n# Act\n# Two\n# Three\n", "md", ScreenplayFormat::Fountain),
            (b"Title: Bar\n\nShe waits.\n", "", ScreenplayFormat::Fountain),
            (b"She waits.\n\nMARA\nNo.\n", "txt", ScreenplayFormat::Fountain),
        ] {
            assert_eq!(recognize(bytes, ending), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
