//! Text to lines, with boneyards and notes taken out.

/// A line of a screenplay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ScriptLine {
    /// Its number, from 1.
    pub(super) number: usize,
    /// What is left of it, without its end.
    pub(super) text: String,
    /// The notes that begin on it, in order.
    pub(super) notes: Vec<String>,
    /// Whether a boneyard or a note was taken out of it.
    pub(super) cut: bool,
}

impl ScriptLine {
    /// Whether it parts paragraphs: nothing is on it and nothing was.
    pub(super) fn is_blank(&self) -> bool {
        !self.cut && self.text.trim().is_empty()
    }

    /// Whether all that was on it is taken out: it counts as not written.
    pub(super) fn is_gone(&self) -> bool {
        self.cut && self.text.trim().is_empty()
    }
}

/// The lines of `text`. Takes time in proportion to its length, whatever is opened and never closed in it.
pub(super) fn lines(text: &str) -> Vec<ScriptLine> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = Vec::new();
    let mut line = ScriptLine { number: 1, ..ScriptLine::default() };
    let mut at = 0;
    // What is opened before these places is not closed.
    let mut boneyards_until = 0;
    let mut notes_until = 0;
    while let Some(next) = text[at..].find(['\n', '/', '[']).map(|next| at + next) {
        line.text.push_str(&text[at..next]);
        let rest = &text[next..];
        if rest.starts_with('\n') {
            let number = line.number + 1;
            lines.push(std::mem::replace(&mut line, ScriptLine { number, ..ScriptLine::default() }));
            at = next + 1;
        } else if rest.starts_with("/*") && next >= boneyards_until {
            match rest[2..].find("*/") {
                Some(end) => at = skip(&mut line, &mut lines, &rest[..end + 4], next),
                None => {
                    boneyards_until = text.len();
                    at = next;
                }
            }
        } else if rest.starts_with("[[") && next >= notes_until {
            match note_end(&rest[2..]) {
                Ok(end) => {
                    line.notes.push(rest[2..end + 2].to_owned());
                    at = skip(&mut line, &mut lines, &rest[..end + 4], next);
                }
                Err(end) => {
                    notes_until = next + 2 + end;
                    at = next;
                }
            }
        } else {
            line.text.push_str(&rest[..1]);
            at = next + 1;
        }
    }
    line.text.push_str(&text[at..]);
    lines.push(line);
    lines
}

/// Leaves out `piece`, which begins at `at`. Returns where it ends.
fn skip(line: &mut ScriptLine, lines: &mut Vec<ScriptLine>, piece: &str, at: usize) -> usize {
    line.cut = true;
    for _ in piece.matches('\n') {
        let number = line.number + 1;
        lines.push(std::mem::replace(line, ScriptLine { number, cut: true, ..ScriptLine::default() }));
    }
    at + piece.len()
}

/// Where a note ends; where the paragraph ends without an end of the note, since an empty line ends what was no note.
fn note_end(text: &str) -> Result<usize, usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find([']', '\n']).map(|at| from + at) {
        let rest = &text[at..];
        if rest.starts_with("]]") {
            return Ok(at);
        }
        if rest.starts_with("\n\n") {
            return Err(at);
        }
        from = at + 1;
    }
    Err(text.len())
}
