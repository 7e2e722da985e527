//! Spoken lines broken into lines that can be read under a picture.

use crate::sanitize::{clean, width};
use unicode_segmentation::UnicodeSegmentation as _;

/// Columns of a line of subtitles: 42 Latin letters or 21 Chinese characters, which is what a picture of 16:9 holds at
/// the usual size.
pub(super) const COLUMNS: usize = 42;

/// Lines that are shown at once.
pub(super) const LINES: usize = 2;

/// `text` in lines of at most [`COLUMNS`], as few as need be and as even as can be.
pub(super) fn lines(text: &str) -> Vec<String> {
    let text = clean(text);
    let greedy = broken(&text, COLUMNS);
    if greedy.len() < 2 || greedy.len() > LINES {
        return greedy;
    }
    let even = width(&text).div_ceil(greedy.len());
    (even..COLUMNS).map(|columns| broken(&text, columns)).find(|lines| lines.len() == greedy.len()).unwrap_or(greedy)
}

fn broken(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide <= columns {
            let line = lines.last_mut().expect("a line is in use");
            line.push(' ');
            line.push_str(word);
            used += 1 + wide;
            continue;
        }
        // A word that fills more than a line, as a sentence of Chinese does, is broken where the line ends.
        lines.push(String::new());
        used = 0;
        for cluster in word.graphemes(true) {
            let wide = width(cluster);
            if used > 0 && used + wide > columns {
                lines.push(String::new());
                used = 0;
            }
            lines.last_mut().expect("a line was pushed").push_str(cluster);
            used += wide.max(1);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_even_and_never_too_wide() {
        assert_eq!(lines("One more night."), ["One more night."]);
        assert_eq!(
            lines("The lamp has been dark for twenty years, and nobody has asked why."),
            ["The lamp has been dark for twenty", "years, and nobody has asked why."]
        );
        let chinese = "看见灯了我们回家".repeat(5);
        assert_eq!(lines(&chinese).iter().map(|line| width(line)).collect::<Vec<_>>(), [40, 40]);
        let long = lines(&"x".repeat(100));
        assert!(long.iter().all(|line| width(line) <= COLUMNS) && long.concat().len() == 100, "{long:?}");
        assert!(lines(" \n\u{200b}").is_empty());
    }
}
