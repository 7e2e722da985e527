//! The title page.

use super::scan::ScriptLine;

/// Keys that writers use, in lower case. A title page begins with one of them: `FADE IN:` is none, and neither is what
/// somebody says. Below it others are keys, too.
const KEYS: [&str; 14] = [
    "title",
    "credit",
    "author",
    "authors",
    "source",
    "notes",
    "draft date",
    "date",
    "contact",
    "contact info",
    "copyright",
    "revision",
    "format",
    "episode",
];

/// Keys with their values, and the number of lines that they fill.
pub(super) fn page(lines: &[ScriptLine]) -> (Vec<(String, String)>, usize) {
    let mut page: Vec<(String, String)> = Vec::new();
    let blank = lines.iter().take_while(|line| line.text.trim().is_empty()).count();
    let mut used = blank;
    for line in &lines[blank..] {
        let text = line.text.trim_end();
        if text.is_empty() && !line.cut {
            break;
        }
        let indented = text.starts_with([' ', '\t']);
        match (key(text, page.is_empty()), page.last_mut()) {
            (Some((key, value)), _) if !indented => page.push((key, value.trim().to_owned())),
            (_, Some((_, value))) => {
                if !value.is_empty() && !text.trim().is_empty() {
                    value.push('\n');
                }
                value.push_str(text.trim());
            }
            (_, None) => return (Vec::new(), 0),
        }
        used += 1;
    }
    // Notes above the script are read as a part of it.
    if page.is_empty() { (page, 0) } else { (page, used) }
}

fn key(text: &str, first: bool) -> Option<(String, &str)> {
    let (key, value) = text.split_once(':')?;
    let words = !key.is_empty() && key.len() <= 40 && key.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-'));
    let lower = key.trim().to_lowercase();
    let known = KEYS.contains(&lower.as_str());
    // A sentence with a colon in it is no key: keys are a few words.
    let usual = !first && key.starts_with(char::is_uppercase) && key.split(' ').count() <= 3;
    (words && (known || usual)).then_some((lower, value))
}
