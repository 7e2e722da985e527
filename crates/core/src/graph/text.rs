//! The graph for a terminal of 80 columns: chains run down along a rail, branches leave it to the right.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::sketch::{LinkReason, ShotKind, Sketch};
use crate::sanitize::{clean, count, pad, shorten, width};

/// Columns of a terminal that everything fits into.
const WIDTH: usize = 80;
/// Branches of branches beyond this depth are drawn as trees of their own.
const MAX_DEPTH: usize = 8;

/// Draws `sketch` as lines of text.
///
/// A shot hangs on one of the shots that it needs, by preference on the one whose last frame it takes; the others are
/// named on the line after it.
#[must_use]
pub fn draw(sketch: &Sketch) -> String {
    let forest = Forest::new(sketch);
    let links = sketch.valid_arrows().count();
    let mut text = String::new();
    let title = shorten(&clean(&sketch.title), WIDTH);
    if !title.is_empty() {
        text.push_str(&title);
        text.push('\n');
    }
    _ = writeln!(text, "{}, {}", count(sketch.nodes.len(), "shot"), count(links, "link"));
    let (trees, alone) = forest.rows();
    let columns = Columns::fit(sketch, trees.iter().flatten().chain(&alone));
    for rows in &trees {
        text.push('\n');
        for row in rows {
            forest.write(&mut text, row, &columns);
        }
    }
    if !alone.is_empty() {
        text.push_str(if trees.is_empty() { "\n" } else { "\nIndependent\n" });
        for row in &alone {
            forest.write(&mut text, row, &columns);
        }
    }
    text
}

/// One shot on its line.
struct GraphRow {
    shot: usize,
    /// The rail before the id.
    rail: String,
    /// The rail on the line after it.
    below: String,
    /// Whether the rail already shows the arrow it hangs on.
    hangs: bool,
}

/// How wide each column is.
struct Columns {
    id: usize,
    how: usize,
    caption: usize,
    scene: usize,
}

impl Columns {
    fn fit<'a>(sketch: &Sketch, rows: impl Iterator<Item = &'a GraphRow>) -> Self {
        let id = rows.map(|row| width(&row.rail) + width(sketch.nodes[row.shot].id.as_str())).max().unwrap_or(0);
        let scene = sketch.scenes().iter().map(|scene| width(&clean(scene))).max().unwrap_or(0).min(16);
        let caption = sketch.nodes.iter().map(|node| width(&clean(&node.caption))).max().unwrap_or(0);
        let id = id.min(36);
        let how = 11;
        let room = WIDTH.saturating_sub(id + how + scene + 6);
        Self { id, how, caption: caption.min(room), scene }
    }
}

/// The sketch as trees.
struct Forest<'a> {
    sketch: &'a Sketch,
    /// For each shot the arrow it hangs on.
    hangs: Vec<Option<(usize, LinkReason)>>,
    /// For each shot the shots that hang on it, the one that goes on along the rail last.
    children: Vec<Vec<usize>>,
}

impl<'a> Forest<'a> {
    fn new(sketch: &'a Sketch) -> Self {
        let mut hangs: Vec<Option<(usize, LinkReason)>> = vec![None; sketch.nodes.len()];
        for arrow in sketch.valid_arrows() {
            let best = hangs[arrow.to].is_none_or(|(from, reason)| (arrow.reason, arrow.from) < (reason, from));
            if best {
                hangs[arrow.to] = Some((arrow.from, arrow.reason));
            }
        }
        let mut children = vec![Vec::new(); sketch.nodes.len()];
        for (shot, hang) in hangs.iter().enumerate() {
            if let Some((from, _)) = hang {
                children[*from].push(shot);
            }
        }
        for (shot, children) in children.iter_mut().enumerate() {
            // The story goes on with the next shot in film order that takes the last frame.
            let next = children
                .iter()
                .copied()
                .min_by_key(|&child| (hangs[child].map(|(_, reason)| reason), child < shot, child));
            if let Some(next) = next {
                children.retain(|&child| child != next);
                children.push(next);
            }
        }
        Self { sketch, hangs, children }
    }

    /// The lines of each tree, and those of the shots that have no arrow.
    fn rows(&self) -> (Vec<Vec<GraphRow>>, Vec<GraphRow>) {
        let mut trees = Vec::new();
        let mut alone = Vec::new();
        let mut roots: VecDeque<usize> = (0..self.hangs.len()).filter(|&shot| self.hangs[shot].is_none()).collect();
        while let Some(root) = roots.pop_front() {
            if self.hangs[root].is_none() && self.children[root].is_empty() {
                let rail = "  ".to_owned();
                let below = "  ".to_owned();
                alone.push(GraphRow { shot: root, rail, below, hangs: true });
                continue;
            }
            let mut rows = Vec::new();
            self.grow(root, "", &mut rows, &mut roots);
            if let Some(row) = rows.first_mut() {
                row.hangs = false;
            }
            trees.push(rows);
        }
        (trees, alone)
    }

    /// Adds the chain that begins with `head` behind `indent`; branches too deep to draw join `later`.
    fn grow(&self, head: usize, indent: &str, rows: &mut Vec<GraphRow>, later: &mut VecDeque<usize>) {
        let mut next = Some(head);
        while let Some(shot) = next {
            let branches = self.children[shot].split_last();
            next = branches.map(|(&last, _)| last);
            let sign = match (shot == head, next.is_some()) {
                (true, true) if indent.is_empty() => "┌ ",
                (true, true) => "┬ ",
                (true, false) => "─ ",
                (false, true) => "├ ",
                (false, false) => "└ ",
            };
            let lead = indent.strip_suffix("│ ").filter(|_| shot == head).map(|outer| format!("{outer}├─"));
            let rail = format!("{}{sign}", lead.as_deref().unwrap_or(indent));
            let below = format!("{indent}{}", if next.is_some() { "│ " } else { "  " });
            rows.push(GraphRow { shot, rail, below, hangs: true });
            for &branch in branches.map_or(&[][..], |(_, branches)| branches) {
                if indent.chars().count() / 2 < MAX_DEPTH {
                    self.grow(branch, &format!("{indent}│ "), rows, later);
                } else {
                    later.push_back(branch);
                }
            }
        }
    }

    fn write(&self, text: &mut String, row: &GraphRow, columns: &Columns) {
        let node = &self.sketch.nodes[row.shot];
        let id = format!("{}{}", row.rail, node.id);
        let how = match self.hangs[row.shot].filter(|_| row.hangs) {
            Some((_, reason)) => reason.to_string(),
            None => kind(node.kind).to_owned(),
        };
        let scene = clean(node.scene.as_deref().unwrap_or_default());
        let cells = [
            pad(&shorten(&id, columns.id), columns.id),
            pad(&how, columns.how),
            pad(&shorten(&clean(&node.caption), columns.caption), columns.caption),
            shorten(&scene, columns.scene),
        ];
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        for line in self.also(row) {
            text.push_str(&shorten(&line, WIDTH));
            text.push('\n');
        }
    }

    /// The arrows that the rail of `row` does not show, in words.
    fn also(&self, row: &GraphRow) -> Vec<String> {
        let shown = self.hangs[row.shot].filter(|_| row.hangs);
        let others = self.sketch.valid_arrows().filter(|arrow| arrow.to == row.shot);
        let others = others.filter(|arrow| shown != Some((arrow.from, arrow.reason)));
        let mut lines: Vec<String> = Vec::new();
        for arrow in others {
            let part = format!("{} of {}", arrow.reason, self.sketch.nodes[arrow.from].id);
            match lines.last_mut() {
                Some(line) if width(line) + width(&part) + 2 <= WIDTH => *line = format!("{line}, {part}"),
                Some(_) => lines.push(format!("{}       {part}", row.below)),
                None => lines.push(format!("{}  also {part}", row.below)),
            }
        }
        lines
    }
}

/// What a shot that hangs on no other is made of.
fn kind(kind: ShotKind) -> &'static str {
    match kind {
        ShotKind::Prompt => "prompt",
        ShotKind::Card => "card",
        ShotKind::Still => "still",
        ShotKind::Footage => "footage",
    }
}

#[cfg(test)]
mod tests {
    use LinkReason::{Clip, FirstFrame, LastFrame};

    use super::super::sketch::samples;
    use super::*;

    #[test]
    fn a_chain_with_a_second_parent_and_a_card_alone() {
        assert_eq!(
            draw(&samples::keeper()),
            "The Keeper
4 shots, 3 links

┌ dawn     prompt       text · 6 s         Harbour
├ climb    last frame   first frame · 5 s  Harbour
└ crowd    last frame   reference · 5 s    Village
    also clip of dawn

Independent
  credits  card         card · 3 s
"
        );
    }

    #[test]
    fn branches_leave_the_rail_and_may_branch_again() {
        let shots: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|id| (id, "", ShotKind::Prompt, "x")).into();
        let arrows =
            [(0, 1, LastFrame), (1, 2, LastFrame), (0, 3, Clip), (3, 4, LastFrame), (3, 5, FirstFrame), (2, 5, Clip)];
        assert_eq!(
            draw(&samples::sketch("", &shots, &arrows)),
            "6 shots, 6 links

┌ a      prompt       x
├─┬ d    clip         x
│ ├── f  first frame  x
│ │     also clip of c
│ └ e    last frame   x
├ b      last frame   x
└ c      last frame   x
"
        );
    }

    #[test]
    fn everything_stays_within_the_terminal_and_harmless() {
        let ids: Vec<String> = (0..120).map(|n| format!("{n}-{}", "long".repeat(14))).collect();
        let shots: Vec<_> = ids
            .iter()
            .map(|id| (id.as_str(), "海港海港海港海港海港", ShotKind::Still, "a long caption, in words"))
            .collect();
        let arrows: Vec<_> = (1..120).flat_map(|n| [(n / 2, n, LastFrame), (0, n, Clip)]).collect();
        let drawn = draw(&samples::sketch(&"t".repeat(200), &shots, &arrows));
        assert!(drawn.lines().all(|line| width(line) <= WIDTH), "{drawn}");
        for id in &ids {
            assert!(drawn.contains(id.split_once('-').map_or("", |(n, _)| n)));
        }
        let nasty = draw(&samples::hostile());
        assert!(!nasty.chars().any(|c| c != '\n' && crate::sanitize::is_steering(c)));
    }
}
