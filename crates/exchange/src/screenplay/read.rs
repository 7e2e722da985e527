//! Lines to the pieces of a screenplay.

use super::scan::{self, ScriptLine};
use super::{DialoguePart, Element, ElementKind, Screenplay, Speaker, title};

/// Reads a screenplay. Never fails, and takes time in proportion to the length of `text`.
#[must_use]
pub fn read(text: &str) -> Screenplay {
    let lines = scan::lines(text);
    let (title_page, used) = title::page(&lines);
    let mut reader = ScreenplayReader { lines: &lines, at: used, elements: Vec::new() };
    let mut after_blank = true;
    while let Some(line) = reader.lines.get(reader.at) {
        if line.is_gone() {
            reader.notes(reader.at);
            reader.at += 1;
        } else if line.text.trim().is_empty() {
            reader.notes(reader.at);
            after_blank = true;
            reader.at += 1;
        } else {
            reader.element(after_blank);
            after_blank = false;
        }
    }
    Screenplay { title_page, elements: reader.elements }
}

struct ScreenplayReader<'a> {
    lines: &'a [ScriptLine],
    at: usize,
    elements: Vec<Element>,
}

impl ScreenplayReader<'_> {
    /// Reads the element that begins on this line.
    fn element(&mut self, after_blank: bool) {
        let line = &self.lines[self.at];
        let text = line.text.trim();
        let alone = match self.next() {
            None => true,
            Some(next) => next.is_blank(),
        };
        if let Some(kind) = marked(text) {
            return self.single(kind);
        }
        if text.starts_with('>') && text.ends_with('<') && text.len() > 1 {
            return self.centered();
        }
        if let Some(transition) = text.strip_prefix('>') {
            return self.single(ElementKind::Transition(transition.trim().to_owned()));
        }
        if after_blank {
            if is_heading(text) {
                return self.single(scene(text));
            }
            if alone && is_transition(text) {
                return self.single(ElementKind::Transition(text.to_owned()));
            }
            if let Some(speaker) = speaker(text).filter(|_| !alone) {
                return self.dialogue(speaker);
            }
        }
        self.action();
    }

    /// The next line that is written.
    fn next(&self) -> Option<&ScriptLine> {
        self.lines[self.at + 1..].iter().find(|line| !line.is_gone())
    }

    fn push(&mut self, at: usize, kind: ElementKind) {
        self.elements.push(Element { line: self.lines[at].number, kind });
    }

    fn notes(&mut self, at: usize) {
        let ScriptLine { number, notes, .. } = &self.lines[at];
        self.elements.extend(
            notes.iter().map(|note| Element { line: *number, kind: ElementKind::Note(note.trim().to_owned()) }),
        );
    }

    fn single(&mut self, kind: ElementKind) {
        self.push(self.at, kind);
        self.notes(self.at);
        self.at += 1;
    }

    /// Centered lines one below the other are one text.
    fn centered(&mut self) {
        let begin = self.at;
        let mut texts = Vec::new();
        while let Some(line) = self.lines.get(self.at) {
            let text = line.text.trim();
            let Some(inner) = text.strip_prefix('>').and_then(|text| text.strip_suffix('<')) else { break };
            texts.push(inner.trim());
            self.at += 1;
        }
        self.paragraph(begin, ElementKind::Centered(texts.join("\n")));
    }

    fn action(&mut self) {
        let begin = self.at;
        let mut text = String::new();
        while let Some(line) = self.lines.get(self.at) {
            let words = line.text.trim();
            let starts_another = self.at > begin && (marked(words).is_some() || words.starts_with('>'));
            if line.is_blank() || starts_another {
                break;
            }
            if !line.is_gone() {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(words.strip_prefix('!').unwrap_or(words));
            }
            self.at += 1;
        }
        self.paragraph(begin, ElementKind::Action(text));
    }

    /// A piece that fills the lines from `begin` to here, and the notes on them.
    fn paragraph(&mut self, begin: usize, kind: ElementKind) {
        self.push(begin, kind);
        (begin..self.at).for_each(|at| self.notes(at));
    }

    fn dialogue(&mut self, speaker: Speaker) {
        let begin = self.at;
        let mut speech: Vec<(usize, DialoguePart)> = Vec::new();
        self.at += 1;
        while let Some(line) = self.lines.get(self.at) {
            // Two spaces keep an empty line within the dialogue.
            if line.is_blank() && !line.text.starts_with("  ") {
                break;
            }
            let text = line.text.trim();
            if let Some(manner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
                speech.push((line.number, DialoguePart::Manner(manner.trim().to_owned())));
            } else if let Some(lyric) = text.strip_prefix('~') {
                speech.push((line.number, DialoguePart::Lyric(lyric.trim().to_owned())));
            } else if let (false, Some((_, DialoguePart::Line(said)))) = (text.is_empty(), speech.last_mut()) {
                said.push(' ');
                said.push_str(text);
            } else if !text.is_empty() {
                speech.push((line.number, DialoguePart::Line(text.to_owned())));
            }
            self.at += 1;
        }
        self.paragraph(begin, ElementKind::Dialogue { speaker, speech });
    }
}

/// Lines that their first sign makes what they are, wherever they stand.
fn marked(text: &str) -> Option<ElementKind> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    match first {
        '=' if text.len() >= 3 && text.bytes().all(|byte| byte == b'=') => Some(ElementKind::PageBreak),
        '=' => Some(ElementKind::Synopsis(rest.trim().to_owned())),
        '#' => {
            let title = text.trim_start_matches('#');
            Some(ElementKind::Section { depth: text.len() - title.len(), title: title.trim().to_owned() })
        }
        '~' => Some(ElementKind::Lyric(rest.trim().to_owned())),
        // `...and then` is no heading.
        '.' if rest.starts_with(char::is_alphanumeric) => Some(scene(rest)),
        _ => None,
    }
}

fn scene(text: &str) -> ElementKind {
    let split = text.strip_suffix('#').and_then(|text| text.rsplit_once('#'));
    match split.filter(|(_, number)| is_scene_number(number)) {
        Some((heading, number)) => {
            ElementKind::Scene { heading: heading.trim().to_owned(), number: Some(number.to_owned()) }
        }
        None => ElementKind::Scene { heading: text.trim().to_owned(), number: None },
    }
}

fn is_scene_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | ')' | '('))
}

fn is_heading(text: &str) -> bool {
    let begins = ["INT./EXT", "INT/EXT", "EXT./INT", "EXT/INT", "I/E", "INT", "EXT", "EST"];
    begins.iter().any(|begin| {
        let head = text.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin));
        head && text[begin.len()..].starts_with(['.', ' '])
    })
}

fn is_transition(text: &str) -> bool {
    text.ends_with("TO:") && !text.contains(char::is_lowercase)
}

/// A line in capitals to its end, or any after `@`; what stands in closed brackets may be in any case.
fn speaker(text: &str) -> Option<Speaker> {
    let forced = text.strip_prefix('@');
    let speaker = speaker_of(forced.unwrap_or(text));
    let name = &speaker.name;
    let capitals = name.contains(char::is_uppercase) && !outside_brackets(text).contains(char::is_lowercase);
    let is_name = (capitals || forced.is_some()) && !name.is_empty() && !name.starts_with('!');
    is_name.then_some(speaker)
}

/// The parts of a line that is known to name who speaks.
pub(super) fn speaker_of(text: &str) -> Speaker {
    let stripped = text.strip_suffix('^');
    let dual = stripped.is_some();
    let text = stripped.unwrap_or(text).trim_end();
    match text.split_once('(') {
        Some((name, extension)) => {
            let extension = extension.trim_end().trim_end_matches(')').trim().to_owned();
            Speaker { name: name.trim().to_owned(), extension: Some(extension), dual }
        }
        None => Speaker { name: text.trim().to_owned(), extension: None, dual },
    }
}

/// The text without what stands in closed brackets. A bracket that is never closed begins nothing.
fn outside_brackets(text: &str) -> String {
    let mut outside = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        let Some((_, behind)) = after.split_once(')') else { break };
        outside.push_str(before);
        rest = behind;
    }
    outside.push_str(rest);
    outside
}
