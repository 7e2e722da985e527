//! How long words take on the screen.
//!
//! People in films speak about 2.5 words a second (150 a minute), and a page of script, a minute of film by old
//! custom, holds 180 to 200 words of action: 3 a second. A Chinese, Japanese or Korean character counts as half a word.

use storyreel_core::sanitize::width;

/// The shortest clip that the usual models make, in seconds (`seedance-2.0`, as in the catalogue).
pub(super) const SHORTEST: u64 = 4;

/// The longest, in seconds.
pub(super) const LONGEST: u64 = 15;

/// Milliseconds that saying `text` takes.
pub(super) fn spoken(text: &str) -> u64 {
    half_words(text) * 200
}

/// Milliseconds that seeing what `text` says takes.
pub(super) fn seen(text: &str) -> u64 {
    half_words(text) * 1_000 / 6
}

/// Whole seconds for so many milliseconds, as a model makes them.
pub(super) fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1_000).clamp(SHORTEST, LONGEST)
}

fn half_words(text: &str) -> u64 {
    text.split_whitespace().map(half_words_of).sum()
}

fn half_words_of(word: &str) -> u64 {
    if word.is_ascii() {
        return if word.contains(|c: char| c.is_ascii_alphanumeric()) { 2 } else { 0 };
    }
    let wide = word.chars().filter(|c| is_wide(*c)).count() as u64;
    let narrow = word.chars().any(|c| c.is_alphanumeric() && !is_wide(c));
    wide + if narrow { 2 } else { 0 }
}

fn is_wide(c: char) -> bool {
    !c.is_ascii() && c.is_alphanumeric() && width(c.encode_utf8(&mut [0; 4])) == 2
}

/// The sentences of `text`, without the space around them.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut begin = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let next = chars.peek().map(|(_, c)| *c);
        let ends = match c {
            '.' | '!' | '?' | '…' | '"' | '”' => next.is_none_or(char::is_whitespace) && c != '"' && c != '”',
            '。' | '！' | '？' => true,
            _ => false,
        };
        if ends {
            sentences.push(text[begin..end].trim());
            begin = end;
        }
    }
    sentences.push(text[begin..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// `text` in pieces that take at most [`LONGEST`] to say: whole sentences where they fit, else words, else characters.
pub(super) fn sayable(text: &str) -> Vec<String> {
    let mut pieces = SayablePieces::default();
    for sentence in sentences(text) {
        if spoken(sentence) <= MOST {
            pieces.add(sentence, " ");
            continue;
        }
        for word in sentence.split_whitespace() {
            if spoken(word) <= MOST {
                pieces.add(word, " ");
                continue;
            }
            for c in word.chars() {
                pieces.add(c.encode_utf8(&mut [0; 4]), "");
            }
        }
    }
    pieces.texts
}

/// How long a piece may take to say, in milliseconds.
const MOST: u64 = LONGEST * 1_000;

/// Pieces of a text, each as long as may be.
#[derive(Default)]
struct SayablePieces {
    texts: Vec<String>,
    /// How long the last one takes to say, in milliseconds.
    used: u64,
}

impl SayablePieces {
    /// Appends a part to the last piece, behind `separator`, where there is time left for it; else begins another.
    fn add(&mut self, part: &str, separator: &str) {
        let takes = spoken(part);
        match self.texts.last_mut() {
            Some(last) if self.used + takes <= MOST => {
                last.push_str(separator);
                last.push_str(part);
                self.used += takes;
            }
            _ => {
                self.texts.push(part.to_owned());
                self.used = takes;
            }
        }
    }
}
