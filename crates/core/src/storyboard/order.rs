//! Bringing the shots of a storyboard into another order: whole shots move in their files, and no other byte changes.
//!
//! A shot is the lines from its dash to the last one that is indented deeper, with the lines of comments that touch it: those
//! right above it, and, where an empty line follows them, those right below it. Everything else stays where it is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::MAX_DEPTH;
use super::edit::{id_of, is_same, shot_nodes};
use super::include::included_name;
use super::node::{self, Value, YamlNode};
use crate::source_file::{SourceFile, beside};
use crate::units::ShotId;

/// A file of a storyboard with its shots in another order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReorderedFile {
    /// Its path from the folder of the storyboard; `None` for the storyboard itself.
    pub path: Option<String>,
    /// Its text.
    pub text: String,
}

/// Why shots cannot be brought into an order by moving them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotReorder {
    /// A file of shots stands at one place of the film.
    #[error("shots of other files would stand between those of `{0}`")]
    Scattered(String),
    /// Shots that share a line, or of which one uses what another one defines.
    #[error("the shots in `{0}` cannot be moved by themselves")]
    Entangled(String),
    /// A shot whose id is not written out.
    #[error("the ids of the shots are not all written in the text")]
    Unnamed,
}

/// The files that change where the shots of `order` are to follow each other so. A shot that is not in it stays behind the one
/// that it follows in its file.
///
/// # Errors
/// Why no moving of shots gives that order.
pub fn reordered(source: &SourceFile, order: &[ShotId]) -> Result<Vec<ReorderedFile>, CannotReorder> {
    let places = order.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut reordering = Reordering { source, places, changed: Vec::new() };
    let moved = reordering.file(None, 0)?;
    if moved.count != order.len() {
        return Err(CannotReorder::Unnamed);
    }
    Ok(reordering.changed)
}

/// The places in an order that an item of a list of shots has: one shot, or all those of a file.
#[derive(Debug, Clone, Copy, Default)]
struct Places {
    count: usize,
    first: usize,
    last: usize,
}

impl Places {
    fn with(self, other: Self) -> Self {
        match (self.count, other.count) {
            (_, 0) => self,
            (0, _) => other,
            _ => Self {
                count: self.count + other.count,
                first: self.first.min(other.first),
                last: self.last.max(other.last),
            },
        }
    }

    const fn is_together(self) -> bool {
        self.count == 0 || self.last - self.first + 1 == self.count
    }
}

struct Reordering<'a> {
    source: &'a SourceFile,
    places: HashMap<&'a str, usize>,
    changed: Vec<ReorderedFile>,
}

impl Reordering<'_> {
    /// Orders the shots of a file, and of all files that it takes in.
    fn file(&mut self, path: Option<&str>, depth: usize) -> Result<Places, CannotReorder> {
        let source = self.source;
        let included = path.and_then(|path| source.included_file(path));
        let name = included.map_or(&source.name, |file| &file.name);
        let text = included.map_or(source.own_text(), |file| file.span.of(&source.text));
        let entangled = || CannotReorder::Entangled(name.clone());
        let text = whole_lines(text);
        let tree = node::read(&text).map_err(|_| entangled())?;
        let nodes = shot_nodes(&tree).filter(|_| depth <= MAX_DEPTH).ok_or_else(entangled)?;
        let mut all = Places::default();
        // Where each item is to stand, and where it does.
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let places = match included_name(node) {
                Some(name) => self.file(Some(&beside(path.unwrap_or_default(), &name)), depth + 1)?,
                None => self.shot(&text, node),
            };
            let before = wanted.last().map_or(0, |(place, _)| *place);
            wanted.push((if places.count > 0 { places.first } else { before }, at));
            all = all.with(places);
        }
        if path.is_some() && !all.is_together() {
            return Err(CannotReorder::Scattered(name.clone()));
        }
        wanted.sort_by_key(|(place, _)| *place);
        let wanted: Vec<usize> = wanted.into_iter().map(|(_, at)| at).collect();
        if !wanted.is_sorted() {
            let moved = moved(&text, &tree, &wanted).ok_or_else(entangled)?;
            let is_ended = included.map_or(source.own_text(), |file| file.span.of(&source.text)).len() == text.len();
            let kept = if is_ended { moved.len() } else { moved.len() - 1 };
            self.changed.push(ReorderedFile { path: path.map(str::to_owned), text: moved[..kept].to_owned() });
        }
        Ok(all)
    }

    fn shot(&self, text: &str, node: &YamlNode) -> Places {
        let place = id_of(text, node).and_then(|id| self.places.get(id));
        place.map_or_else(Places::default, |&at| Places { count: 1, first: at, last: at })
    }
}

/// The text with a line break at its end: the last line may go elsewhere.
fn whole_lines(text: &str) -> Cow<'_, str> {
    if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) }
}

/// The text with the items of its list in the order of their present places in `wanted`.
fn moved(text: &str, before: &YamlNode, wanted: &[usize]) -> Option<String> {
    let nodes = shot_nodes(before)?;
    let blocks = line_blocks(text, nodes).or_else(|| braces(text, nodes))?;
    let mut changed = text[..blocks.first()?.start].to_owned();
    for (at, &from) in wanted.iter().enumerate() {
        changed.push_str(&text[blocks[from].clone()]);
        let next = blocks.get(at + 1).map_or(text.len(), |next| next.start);
        changed.push_str(&text[blocks[at].end..next]);
    }
    let after = node::read(&changed).ok()?;
    is_moved(before, &after, wanted).then_some(changed)
}

/// A line of a text.
struct TextLine<'a> {
    start: usize,
    /// Without its line break.
    text: &'a str,
}

impl TextLine<'_> {
    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether it is a comment that stands no deeper than the dashes of the list. A deeper one belongs to the shot above, and
    /// may be one of its words.
    fn is_comment(&self, column: usize) -> bool {
        self.text.trim_start().starts_with('#') && self.indent() <= column
    }

    /// Whether it may stand between two shots.
    fn is_between(&self, column: usize) -> bool {
        self.is_blank() || self.is_comment(column)
    }

    fn has_dash(&self) -> bool {
        self.text.trim_start().strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

fn lines_of(text: &str) -> Vec<TextLine<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let own = line.strip_suffix('\n').unwrap_or(line);
        lines.push(TextLine { start, text: own.strip_suffix('\r').unwrap_or(own) });
        start += line.len();
    }
    lines
}

/// The bytes of each shot, where each begins with a dash on a line of its own: its lines without the last line break.
fn line_blocks(text: &str, nodes: &[YamlNode]) -> Option<Vec<Range<usize>>> {
    let lines = lines_of(text);
    let dashes: Option<Vec<usize>> = nodes.iter().map(|node| dash_line(&lines, node.span.start as usize)).collect();
    let dashes = dashes.filter(|dashes| dashes.is_sorted_by(|one, next| one < next))?;
    let column = lines[*dashes.first()?].indent();
    if dashes.iter().any(|&dash| lines[dash].indent() != column) {
        return None;
    }
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for (at, &dash) in dashes.iter().enumerate() {
        let limit = dashes.get(at + 1).copied().unwrap_or_else(|| end_of_list(&lines, dash + 1, column));
        let last = (dash..limit).rev().find(|&line| !lines[line].is_between(column)).unwrap_or(dash);
        let floor = blocks.last().map_or(0, |block| block.end);
        let mut start = dash;
        while start > floor && lines[start - 1].is_comment(column) {
            start -= 1;
        }
        if let Some(above) = blocks.last_mut() {
            above.end = with_comments_below(&lines, above.end, start, column);
        }
        blocks.push(start..last + 1);
    }
    if let Some(last) = blocks.last_mut() {
        last.end = with_comments_below(&lines, last.end, lines.len(), column);
    }
    let bytes = |block: Range<usize>| {
        let last = &lines[block.end - 1];
        lines[block.start].start..last.start + last.text.len()
    };
    Some(blocks.into_iter().map(bytes).collect())
}

/// The end of the comments right below a shot that an empty line parts from what follows.
fn with_comments_below(lines: &[TextLine<'_>], from: usize, limit: usize, column: usize) -> usize {
    let comments =
        lines[from..limit].iter().take_while(|line| line.is_comment(column) && line.indent() == column).count();
    let end = from + comments;
    if lines.get(end).is_none_or(TextLine::is_blank) { end } else { from }
}

/// The line with the dash of the item that begins at a byte.
fn dash_line(lines: &[TextLine<'_>], start: usize) -> Option<usize> {
    let own = lines.partition_point(|line| line.start <= start).checked_sub(1)?;
    let before = lines[own].text.get(..start - lines[own].start)?;
    if !before.trim().is_empty() {
        return lines[own].has_dash().then_some(own);
    }
    // It begins on a line below its dash.
    let above = lines[..own].iter().rposition(|line| !line.is_blank() && !line.text.trim_start().starts_with('#'))?;
    lines[above].has_dash().then_some(above)
}

/// The first line from `from` on that belongs to no item of a list whose dashes stand at `column`.
fn end_of_list(lines: &[TextLine<'_>], from: usize, column: usize) -> usize {
    let rest = lines[from..].iter().position(|line| !line.is_between(column) && line.indent() <= column);
    rest.map_or(lines.len(), |more| from + more)
}

/// The bytes of each shot, where all stand in braces.
fn braces(text: &str, nodes: &[YamlNode]) -> Option<Vec<Range<usize>>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for node in nodes {
        let start = node.span.start as usize;
        let end = end_in_braces(text, node)?;
        let is_behind = blocks.last().is_none_or(|last| last.end <= start);
        if !is_behind || !text.get(start..end)?.starts_with('{') {
            return None;
        }
        blocks.push(start..end);
    }
    Some(blocks)
}

/// The end of a value in braces, whose tree has the place of its beginning alone.
fn end_in_braces(text: &str, node: &YamlNode) -> Option<usize> {
    let (inner, closing) = match &node.value {
        Value::Map(map) => (map.iter().map(|(_, value)| value).collect::<Vec<_>>(), '}'),
        Value::List(list) => (list.iter().collect(), ']'),
        _ => return Some(node.span.start as usize + node.span.of(text).trim_end().len()),
    };
    let mut end = node.span.start as usize + 1;
    for value in inner {
        end = end.max(end_in_braces(text, value)?);
    }
    let mut rest = text.get(end..)?.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    while let Some(comment) = rest.strip_prefix('#') {
        rest = comment[comment.find('\n')?..].trim_start();
    }
    let after = rest.strip_prefix(closing)?;
    Some(text.len() - after.len())
}

/// Whether a storyboard says the same but for the order of its shots.
fn is_moved(before: &YamlNode, after: &YamlNode, wanted: &[usize]) -> bool {
    let (Value::Map(old), Value::Map(new)) = (&before.value, &after.value) else { return false };
    let (Some(old_shots), Some(new_shots)) = (shot_nodes(before), shot_nodes(after)) else { return false };
    let is_same_root = old.len() == new.len()
        && old.iter().zip(new).all(|((old_key, old), (new_key, new))| {
            old_key.value == new_key.value && (*old_key.value == *"shots" || is_same(&old.value, &new.value))
        });
    let is_same_shot =
        |(at, from): (usize, &usize)| new_shots.get(at).is_some_and(|new| is_same(&old_shots[*from].value, &new.value));
    is_same_root && old_shots.len() == new_shots.len() && wanted.iter().enumerate().all(is_same_shot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(order: &[&str]) -> Vec<ShotId> {
        order.iter().map(|id| id.parse().expect("an id")).collect()
    }

    fn moved(text: &str, order: &[&str]) -> Result<String, CannotReorder> {
        let source = SourceFile::new("film.yaml", text);
        let files = reordered(&source, &ids(order))?;
        assert!(files.len() <= 1 && files.iter().all(|file| file.path.is_none()));
        Ok(files.into_iter().next().map_or_else(|| text.to_owned(), |file| file.text))
    }

    const BOARD: &str = "# film\nshots:\n  # the door\n  # of the house\n  - id: a\n    prompt: |\n      x\n\n      # y\n\n\
        \x20   # seed: 4\n\n  - {id: b, prompt: y}  # b\n  # too dark\n\n  # --- act two ---\n\n# last\n  - id: c\n    \
        card: z\n\n# cuts\ncuts: {}\n";

    #[test]
    fn shots_move_with_their_lines_and_the_comments_that_touch_them() {
        let expected = "# film\nshots:\n# last\n  - id: c\n    card: z\n\n  # the door\n  # of the house\n  - id: a\n    \
            prompt: |\n      x\n\n      # y\n\n    # seed: 4\n\n  # --- act two ---\n\n  - {id: b, prompt: y}  # b\n  \
            # too dark\n\n# cuts\ncuts: {}\n";
        assert_eq!(moved(BOARD, &["c", "a", "b"]).as_deref(), Ok(expected));
        assert_eq!(moved(BOARD, &["a", "b", "c"]).as_deref(), Ok(BOARD));
        assert_eq!(moved(expected, &["a", "b", "c"]).as_deref(), Ok(BOARD));
        let windows = BOARD.replace('\n', "\r\n");
        assert_eq!(moved(&windows, &["c", "a", "b"]), Ok(expected.replace('\n', "\r\n")));
    }

    #[test]
    fn every_order_of_a_storyboard_keeps_its_lines() {
        for order in
            [["a", "b", "c"], ["a", "c", "b"], ["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"], ["c", "b", "a"]]
        {
            let text = moved(BOARD, &order).expect("they can be moved");
            let mut lines: Vec<&str> = text.lines().collect();
            let mut before: Vec<&str> = BOARD.lines().collect();
            lines.sort_unstable();
            before.sort_unstable();
            assert_eq!(lines, before);
        }
    }

    #[test]
    fn every_way_to_write_a_list_can_be_moved() {
        for (text, expected) in [
            (
                "shots: [{id: a, prompt: x}, {id: b,\n  prompt: y}]\n",
                "shots: [{id: b,\n  prompt: y}, {id: a, prompt: x}]\n",
            ),
            (
                "shots:\n- id: a\n  card: x\n-\n  # deep\n  id: b\n  card: |\n    y\nx-y: 1\n",
                "shots:\n-\n  # deep\n  id: b\n  card: |\n    y\n- id: a\n  card: x\nx-y: 1\n",
            ),
            ("shots:\n- {id: a}\n- id: b\n  card: |-\n    y", "shots:\n- id: b\n  card: |-\n    y\n- {id: a}"),
            ("shots:\n- {id: a}\n- id: b\n  card: |\n    y", "shots:\n- id: b\n  card: |\n    y\n- {id: a}"),
            (
                "shots:\n  - id: a\n    card: \"x\n      # y\"\n  - id: b # z\n    card: >\n      q\n...\n",
                "shots:\n  - id: b # z\n    card: >\n      q\n  - id: a\n    card: \"x\n      # y\"\n...\n",
            ),
            (
                "shots:\n  - &x {id: a}\n  - &y\n    id: b\nx-all: [*x, *y]\n",
                "shots:\n  - &y\n    id: b\n  - &x {id: a}\nx-all: [*x, *y]\n",
            ),
        ] {
            assert_eq!(moved(text, &["b", "a"]).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_in_the_order_stays_behind_what_it_follows() {
        let text = "shots:\n- {id: x}\n- {id: a}\n- {id: y}\n- {id: b}\n";
        assert_eq!(moved(text, &["b", "a"]).as_deref(), Ok("shots:\n- {id: x}\n- {id: b}\n- {id: a}\n- {id: y}\n"));
    }

    #[test]
    fn what_cannot_be_moved_by_itself_stays() {
        let entangled = Err(CannotReorder::Entangled("film.yaml".to_owned()));
        // The first defines what the second uses.
        assert_eq!(moved("shots:\n  - &a {id: a, prompt: x}\n  - {<<: *a, id: b}\n", &["b", "a"]), entangled);
        assert_eq!(
            moved("shots: [&a {id: a, prompt: x}, {id: b, seed: &s 1}, {id: c, seed: *s}]\n", &["c", "b", "a"]),
            entangled
        );
        // The empty lines at the end are words of the first.
        assert_eq!(moved("shots:\n- id: a\n  card: |+\n    x\n\n- id: b\n  card: |\n    y\n", &["b", "a"]), entangled);
        let ids = moved("shots:\n- {id: '{{x}}'}\n- {id: b}\n", &["b", "a"]);
        assert_eq!(ids, Err(CannotReorder::Unnamed));
    }

    #[test]
    fn files_of_shots_move_as_one_and_in_themselves() {
        let mut source =
            SourceFile::new("films/film.yaml", "shots:\n- {id: a}\n- include: parts/one.yaml\n- {id: d}\n");
        source.include("parts/one.yaml", None, Ok("shots:\n- {id: b}\n- include: two.yaml\n- {id: b2}"));
        source.include("parts/two.yaml", None, Ok("shots: [{id: c}, {id: 20}]"));
        let file =
            |path: Option<&str>, text: &str| ReorderedFile { path: path.map(str::to_owned), text: text.to_owned() };
        let moved = reordered(&source, &ids(&["d", "20", "c", "b", "a"]));
        let expected = vec![
            file(Some("parts/two.yaml"), "shots: [{id: 20}, {id: c}]"),
            file(Some("parts/one.yaml"), "shots:\n- include: two.yaml\n- {id: b2}\n- {id: b}"),
            file(None, "shots:\n- {id: d}\n- include: parts/one.yaml\n- {id: a}\n"),
        ];
        assert_eq!(moved, Ok(expected));
        let scattered = reordered(&source, &ids(&["a", "c", "b", "20", "d"]));
        assert_eq!(scattered, Err(CannotReorder::Scattered("films/parts/two.yaml".to_owned())));
    }
}
