//! Bringing the shots in the text of a storyboard into another order, and changing no other byte.

use std::collections::HashMap;
use std::ops::Range;

use super::edit::{is_same, shot_nodes};
use super::node::{self, Value, YamlNode};
use crate::units::ShotId;

/// The text with its shots in the order of `order`, in which each shot of the list stands once. Each moves with the lines of
/// comments right above it. `None` where the shots cannot be moved in place: they do not stand in the text by themselves, or
/// share parts of it.
#[must_use]
pub fn reordered(text: &str, order: &[ShotId]) -> Option<String> {
    let before = node::read(text).ok()?;
    let nodes = shot_nodes(&before)?;
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, node) in nodes.iter().enumerate() {
        places.insert(id_of(node)?, at);
    }
    let wanted: Option<Vec<usize>> = order.iter().map(|id| places.get(id.as_str()).copied()).collect();
    let wanted = wanted.filter(|wanted| wanted.len() == nodes.len() && places.len() == nodes.len())?;
    let pieces = pieces(text, nodes)?;
    let mut changed = text[..pieces[0].start].to_owned();
    for (at, &from) in wanted.iter().enumerate() {
        changed.push_str(&text[pieces[from].clone()]);
        // What stands between two shots stays where it is.
        let end = pieces[at].end;
        let next = pieces.get(at + 1).map_or(text.len(), |next| next.start);
        changed.push_str(&text[end..next]);
    }
    let after = node::read(&changed).ok()?;
    is_moved(&before, &after, &wanted).then_some(changed)
}

fn id_of(node: &YamlNode) -> Option<&str> {
    let Value::Map(map) = &node.value else { return None };
    let (_, id) = map.iter().find(|(key, _)| *key.value == *"id")?;
    if let Value::Text(text) = &id.value { Some(text) } else { None }
}

/// The bytes that move with each shot: whole lines, where each begins with a dash on a line of its own; else its own braces.
fn pieces(text: &str, nodes: &[YamlNode]) -> Option<Vec<Range<usize>>> {
    let starts: Vec<usize> = nodes.iter().map(|node| node.span.start as usize).collect();
    if let Some(lines) = starts.iter().map(|start| first_line(text, *start)).collect::<Option<Vec<usize>>>() {
        let mut pieces = Vec::new();
        for (at, start) in lines.iter().enumerate() {
            let limit = lines.get(at + 1).copied().unwrap_or(text.len());
            let last = nodes[at].span.end as usize;
            let mut end = if at + 1 < lines.len() { limit } else { end_of_line(text, last.min(text.len())) };
            // Empty lines and comments behind a shot belong to what follows.
            while let Some(line) = last_line(text, *start, end).filter(|line| is_blank(&text[line.clone()])) {
                end = line.start;
            }
            pieces.push(*start..end);
        }
        // The last shot may lack the end of its line, which it would need elsewhere.
        return pieces.iter().all(|piece| text[piece.clone()].ends_with('\n')).then_some(pieces);
    }
    let spans = nodes.iter().map(|node| node.span.start as usize..node.span.end as usize);
    let spans: Vec<Range<usize>> = spans.map(|span| span.start..span.start + text[span].trim_end().len()).collect();
    spans.iter().all(|span| text[span.clone()].starts_with('{') && text[span.clone()].ends_with('}')).then_some(spans)
}

/// Where the lines of a shot begin that has a dash on its first line: with the comments right above it.
fn first_line(text: &str, start: usize) -> Option<usize> {
    let mut line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    if text[line..start].trim() != "-" {
        return None;
    }
    while let Some(above) = last_line(text, 0, line) {
        if !text[above.clone()].trim_start().starts_with('#') {
            break;
        }
        line = above.start;
    }
    Some(line)
}

/// The last line before `end`, its line break included, that begins at `from` or later.
fn last_line(text: &str, from: usize, end: usize) -> Option<Range<usize>> {
    let body = text.get(from..end)?.strip_suffix('\n')?;
    let start = from + body.rfind('\n').map_or(0, |at| at + 1);
    (start < end).then_some(start..end)
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// The place behind the line of a byte, its line break included.
fn end_of_line(text: &str, at: usize) -> usize {
    // The end of a block may be the beginning of the line that follows it.
    if at > 0 && text[..at].ends_with('\n') {
        return at;
    }
    text[at..].find('\n').map_or(text.len(), |more| at + more + 1)
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

    fn moved(text: &str, order: &[&str]) -> Option<String> {
        let order: Vec<ShotId> = order.iter().map(|id| id.parse().expect("an id")).collect();
        reordered(text, &order)
    }

    #[test]
    fn shots_move_with_their_lines_and_their_comments() {
        let text = "# film\nshots:\n  # the door\n  - id: a\n    prompt: |\n      x\n\n      y\n\n  - {id: b, prompt: y}  # b\n\n  # last\n  - id: c\n    card: z\ncuts: {}\n";
        let expected = "# film\nshots:\n  # last\n  - id: c\n    card: z\n\n  # the door\n  - id: a\n    prompt: |\n      x\n\n      y\n\n  - {id: b, prompt: y}  # b\ncuts: {}\n";
        assert_eq!(moved(text, &["c", "a", "b"]).as_deref(), Some(expected));
        assert_eq!(moved(text, &["a", "b", "c"]).as_deref(), Some(text));
        let flow = "shots: [{id: a, prompt: x}, {id: b,\n  prompt: y}]\n";
        assert_eq!(moved(flow, &["b", "a"]).as_deref(), Some("shots: [{id: b,\n  prompt: y}, {id: a, prompt: x}]\n"));
    }

    #[test]
    fn what_cannot_be_moved_in_place_stays() {
        assert_eq!(moved("shots:\n  - &a {id: a, prompt: x}\n  - {<<: *a, id: b}\n", &["b", "a"]), None);
        assert_eq!(moved("shots:\n  - include: x.yaml\n  - {id: b, prompt: y}\n", &["b"]), None);
        assert_eq!(moved("shots:\n  - {id: a, prompt: x}\n  - {id: b, prompt: y}\n", &["b"]), None);
    }
}
