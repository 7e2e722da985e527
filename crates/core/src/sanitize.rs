//! Text made fit to be shown: cleaned, measured, shortened and escaped. Titles, prompts and the words of services are
//! untrusted, so whatever draws them passes them through here first. It must not know what the text is about.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// `text` on one line, without anything that steers a terminal or turns the direction of reading: runs of white space
/// become one space, control characters and invisible direction marks are dropped.
#[must_use]
pub fn clean(text: &str) -> String {
    // Most names and words are like this, and tables have many of them.
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars().filter(|&c| c.is_whitespace() || !is_steering(c)) {
        if !c.is_whitespace() {
            line.push(c);
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// An error with all that caused it: `cannot write x: no space left`.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Whether `c` is a command to a screen rather than a character on it, or stands in no XML document.
#[must_use]
pub fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

/// How many terminal columns `text` fills: two for a Chinese character or an emoji.
#[must_use]
pub fn width(text: &str) -> usize {
    // Most words of a table are plain ASCII, and a table can have ten thousand rows.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { text.width() }
}

/// `text` in at most `columns` terminal columns; what had to go is marked by `…`. Characters that belong together,
/// such as an emoji and its skin tone, stay together.
#[must_use]
pub fn shorten(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += width(cluster);
        if used + 1 > columns {
            break;
        }
        short.push_str(cluster);
    }
    short.truncate(short.trim_end().len());
    if columns > 0 {
        short.push('…');
    }
    short
}

/// `text` with spaces after it until it fills `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` cleaned and escaped for the content or a quoted attribute of XML and HTML.
#[must_use]
pub fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// The letter of a to z or the digit that stands for a lower-case letter in names of files: common Latin letters lose their
/// accents. `None` for all else.
#[must_use]
pub const fn ascii_letter(c: char) -> Option<char> {
    Some(match c {
        'a'..='z' | '0'..='9' => c,
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'æ' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'œ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        'ß' => 's',
        _ => return None,
    })
}

/// JSON has line ends between its values.
fn steers_in_json(c: char) -> bool {
    c != '\n' && is_steering(c)
}

/// JSON text with every character that could steer a terminal as an escape, which means the same: such characters stand
/// only inside strings. The line ends between the values stay.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    // What serialisers write is plain ASCII but for the texts of people.
    if text.bytes().all(|byte| byte == b'\n' || matches!(byte, b' '..=b'~')) || !text.contains(steers_in_json) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if steers_in_json(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// A number and its noun: `1 shot`, `2 shots`, `2 entries`.
#[must_use]
pub fn count(n: usize, noun: &str) -> String {
    let vowel_y = ["ay", "ey", "oy", "uy"].iter().any(|end| noun.ends_with(end));
    match noun.strip_suffix('y') {
        _ if n == 1 => format!("1 {noun}"),
        Some(stem) if !vowel_y => format!("{n} {stem}ies"),
        _ => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_screen_survives() {
        assert_eq!(clean("  a\r\n\tb  "), "a b");
        assert_eq!(clean("\u{1b}[2J\u{1b}]0;title\u{7}x\u{9b}31m\u{7f}"), "[2J]0;titlex31m");
        assert_eq!(clean("abc\u{202e}cba\u{2066}\u{200b}\u{feff}"), "abccba");
        assert_eq!(clean("line\u{2028}line\u{85}line"), "line line line");
        assert_eq!(clean("👩🏽‍🚀 海港"), "👩🏽‍🚀 海港");
    }

    #[test]
    fn text_is_measured_and_cut_by_columns() {
        assert_eq!(width("海港 harbour"), 12);
        assert_eq!(shorten("harbour", 7), "harbour");
        assert_eq!(shorten("harbour", 6), "harbo…");
        assert_eq!(shorten("海港海港", 6), "海港…");
        assert_eq!(shorten("ab 海港", 4), "ab…");
        assert_eq!(shorten("👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀", 5), "👩🏽‍🚀👩🏽‍🚀…");
        assert_eq!(shorten("x", 0), "");
        assert_eq!(pad("海", 4), "海  ");
        assert_eq!(pad("long", 2), "long");
    }

    #[test]
    fn xml_is_safe_as_content_and_as_attribute() {
        assert_eq!(xml("<a href=\"x\" b='y'>&\u{0}\u{ffff}"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    }

    #[test]
    fn json_keeps_its_meaning_and_steers_nothing() {
        let title = "a\u{202e}b\u{7f}\u{9b}c\u{1b}\u{7} \u{2028}海";
        let written = format!("{:#}", serde_json::json!({"title": title, "n": 1}));
        let safe = json(&written);
        assert!(!safe.chars().any(|c| c != '\n' && is_steering(c)), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).expect("it is JSON")["title"], title);
        assert!(matches!(json("{\n  \"title\": \"海\"\n}"), Cow::Borrowed(_)));
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!([count(0, "shot"), count(1, "shot"), count(2, "shot")], ["0 shots", "1 shot", "2 shots"]);
        assert_eq!([count(1, "entry"), count(3, "entry"), count(3, "key")], ["1 entry", "3 entries", "3 keys"]);
    }
}
