//! Makes any text safe to set: no control characters, bounded length, bounded stacks of accents.

/// The longest text that is set, in characters; the rest is replaced by an ellipsis. A prompt of this length already
/// takes dozens of pages.
pub(super) const LONGEST: usize = 12_000;

/// The most lines a text begins by itself; further line ends become spaces.
const MOST_LINES: usize = 200;

/// Accents kept on one letter. Written languages need at most four.
const MOST_MARKS: usize = 6;

/// The text as it will be set: line ends unified and never doubled, other white space collapsed to single spaces,
/// controls, invisible formatting and explicit bidirectional overrides dropped.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * LONGEST));
    let mut gap = None;
    let mut count = 0;
    let mut lines = 1;
    let mut marks = 0;
    for c in text.chars() {
        if is_line_end(c) {
            gap = Some(if lines < MOST_LINES { '\n' } else { ' ' });
        } else if c.is_whitespace() {
            gap = gap.or(Some(' '));
        } else if !c.is_control() && !is_invisible(c) {
            marks = if extends(c) && c != JOINER { marks + 1 } else { 0 };
            if marks > MOST_MARKS {
                continue;
            }
            if count >= LONGEST {
                out.push('…');
                break;
            }
            if let Some(gap) = gap.take().filter(|_| !out.is_empty()) {
                out.push(gap);
                lines += usize::from(gap == '\n');
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

/// The same on one line.
pub(super) fn clean_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// Joins two emoji into one.
pub(super) const JOINER: char = '\u{200d}';

/// Asks for the colour form of the character before it.
pub(super) const COLOUR_FORM: char = '\u{fe0f}';

/// Whether the character is drawn onto the one before it, so that both must come from one font.
pub(super) fn extends(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{3099}'..='\u{309a}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' | JOINER | '\u{200c}')
}

/// Whether the character is shown as an emoji when nothing else is said (Unicode property `Emoji_Presentation`,
/// with the few unassigned neighbours in its blocks).
pub(super) fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23ec}' | '\u{23f0}' | '\u{23f3}' | '\u{25fd}' | '\u{25fe}'
        | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267f}' | '\u{2693}' | '\u{26a1}' | '\u{26aa}'
        | '\u{26ab}' | '\u{26bd}' | '\u{26be}' | '\u{26c4}' | '\u{26c5}' | '\u{26ce}' | '\u{26d4}' | '\u{26ea}'
        | '\u{26f2}' | '\u{26f3}' | '\u{26f5}' | '\u{26fa}' | '\u{26fd}' | '\u{2705}' | '\u{270a}' | '\u{270b}'
        | '\u{2728}' | '\u{274c}' | '\u{274e}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}'
        | '\u{27b0}' | '\u{27bf}' | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{1f004}' | '\u{1f0cf}'
        | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f201}'..='\u{1f265}'
        | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{1f7e0}'..='\u{1f7eb}' | '\u{1f90c}'..='\u{1faff}')
}

/// Whether the character belongs to Chinese, Japanese or Korean writing, its punctuation included.
pub(super) fn is_cjk(c: char) -> bool {
    is_hangul(c)
        || matches!(c,
            '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
            | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether the character is a Japanese syllable.
pub(super) fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9d}')
}

/// Whether the character is Korean.
pub(super) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}')
}

/// Whether the character belongs to a script written from right to left (Hebrew to Thaana, and their forms).
pub(super) fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// Makes a line that begins with it run from left to right.
pub(super) const LEFT_TO_RIGHT: char = '\u{200e}';

/// Makes a line that begins with it run from right to left.
pub(super) const RIGHT_TO_LEFT: char = '\u{200f}';

/// The mark that makes a line run as `words` do after a `name` in a script of the other direction, which would turn the
/// whole line around.
pub(super) fn direction_mark(name: &str, words: &str) -> Option<char> {
    let words_turn = runs_from_right(words)?;
    let name_turns = runs_from_right(name)?;
    let mark = if words_turn { RIGHT_TO_LEFT } else { LEFT_TO_RIGHT };
    (words_turn != name_turns).then_some(mark)
}

/// Whether the first letter belongs to a script written from right to left; `None` without letters.
fn runs_from_right(text: &str) -> Option<bool> {
    text.chars().find(|c| c.is_alphabetic()).map(is_right_to_left)
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Formatting without a shape, and the explicit overrides that could turn a whole panel around.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_go_and_white_space_collapses() {
        assert_eq!(clean(" a\0b\t\tc \u{7}\r\n\r\n d\u{202e}e\u{200b}\u{2028}f \n"), "ab c\nde\nf");
        assert_eq!(clean_line("a\nb"), "a b");
        assert_eq!(clean("\0\n\t \u{feff}"), "");
    }

    #[test]
    fn a_line_runs_as_its_words_do_whoever_says_them() {
        assert_eq!(direction_mark("Mara", "\"שלום!\" Mara"), Some(RIGHT_TO_LEFT));
        assert_eq!(direction_mark("Mara", "(عربي)"), Some(RIGHT_TO_LEFT));
        assert_eq!(direction_mark("שרה", "\u{2026} so, שלום"), Some(LEFT_TO_RIGHT));
        assert_eq!(direction_mark("Mara", "One more night."), None);
        assert_eq!(direction_mark("שרה", "שלום"), None);
        assert_eq!(direction_mark("Mara", "1, 2, 3"), None);
    }

    #[test]
    fn length_and_accents_are_bounded() {
        assert_eq!(clean(&"x".repeat(50_000)).chars().count(), LONGEST + 1);
        assert_eq!(clean(&format!("e{}", "\u{301}".repeat(900))).chars().count(), 1 + MOST_MARKS);
        assert_eq!(clean(&"a\n".repeat(5_000)).lines().count(), MOST_LINES);
        assert_eq!(clean("👩\u{200d}🚀"), "👩\u{200d}🚀");
    }
}
