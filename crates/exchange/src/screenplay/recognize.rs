//! What a file that should be a screenplay is, by its content.

use serde::de::IgnoredAny;

use super::{ElementKind, Screenplay, read};

/// An edit of `OpenTimelineIO`, as it is called in messages.
pub const OTIO: &str = "an edit in OpenTimelineIO";

/// An edit decision list, as it is called in messages.
pub const EDL: &str = "an edit decision list (EDL)";

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
    if let Some(kind) = other_text(begin) {
        return ScreenplayFormat::Other(kind);
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

/// What a text is that no screenplay can be, whatever its file is called.
fn other_text(text: &str) -> Option<&'static str> {
    if is_json(text) {
        return Some(if text.contains("\"OTIO_SCHEMA\"") { OTIO } else { "JSON" });
    }
    text.lines().find_map(|line| {
        if is_storyboard(line) {
            Some("a storyboard already")
        } else if is_edit_line(line) {
            Some(EDL)
        } else if is_subtitle_time(line) {
            Some("a file of subtitles")
        } else {
            None
        }
    })
}

fn is_json(text: &str) -> bool {
    let Some(after) = text.strip_prefix(['{', '[']) else { return false };
    // `[[` is a note, unless all of the text is JSON.
    let begins = after.trim_start().starts_with(['"', '{']) && !text.starts_with("{{");
    begins || serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The line that gives a storyboard its version.
fn is_storyboard(line: &str) -> bool {
    let version = line.strip_prefix("storyboard:").map(|rest| rest.trim_start_matches([' ', '"', '\'']));
    version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

/// An event of an edit list ends with four time codes; a line above the events says how they count.
fn is_edit_line(line: &str) -> bool {
    let mut words = line.split_whitespace().rev();
    let ends_with_times = (0..4).all(|_| words.next().is_some_and(is_time));
    ends_with_times || line.starts_with("FCM:") && line.trim_end().ends_with("DROP FRAME")
}

fn is_subtitle_time(line: &str) -> bool {
    line.split_once(" --> ").is_some_and(|(from, to)| {
        let to = to.split_whitespace().next().unwrap_or_default();
        is_time(from.trim()) && is_time(to)
    })
}

/// Whether a word is a time, such as `01:00:04:12` or `00:00:04,500`.
fn is_time(word: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = word.split([':', ';', '.', ',']).collect();
    word.contains(':') && matches!(parts.len(), 3 | 4) && parts.iter().all(|part| is_digits(part))
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
            (b"storyboard: 1\nshots: []\n", "fountain", ScreenplayFormat::Other("a storyboard already")),
            (b"storyboard: see the board.\n", "fountain", ScreenplayFormat::Fountain),
            (b"{\"a\": 1}", "json", ScreenplayFormat::Other("JSON")),
            (b"{ \"a\": 1, ", "fountain", ScreenplayFormat::Other("JSON")),
            (b"[1, 2]", "fountain", ScreenplayFormat::Other("JSON")),
            (b"[[He waits.]]\n\nShe waits.\n", "fountain", ScreenplayFormat::Fountain),
            (b"{{name}} waits.\n", "fountain", ScreenplayFormat::Fountain),
            (b"{\"OTIO_SCHEMA\": \"Timeline.1\"}", "otio", ScreenplayFormat::Other(OTIO)),
            (b"TITLE: x\nFCM: NON-DROP FRAME\n", "edl", ScreenplayFormat::Other(EDL)),
            (b"1 AX V C 00:00:00;00 00:00:01;00 00:00:00;00 00:00:01;00", "", ScreenplayFormat::Other(EDL)),
            (b"1\n00:00:01,000 --> 00:00:02,000\nNo.\n", "srt", ScreenplayFormat::Other("a file of subtitles")),
            (
                b"WEBVTT\n\n00:01.000 --> 00:02.000 align:start\nNo.\n",
                "",
                ScreenplayFormat::Other("a file of subtitles"),
            ),
            (b"From 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4", "fountain", ScreenplayFormat::Fountain),
            (b"INT. BAR - 01:00:04:12\n\nShe waits --> 10:30.\n", "fountain", ScreenplayFormat::Fountain),
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
