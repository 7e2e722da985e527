//! Tables for a terminal: columns of text, no lines around them.

use storyreel_core::sanitize::{clean, width as columns_of};
use unicode_segmentation::UnicodeSegmentation as _;

/// The least that the flexible column keeps on a screen that is too narrow.
const LEAST: usize = 12;
/// Spaces between two columns.
const GAP: usize = 2;

/// Lays `rows` out under `header` in at most `width` terminal columns. The columns listed in `right` are aligned to
/// the right; the last of the others gives way, and breaks its text over lines, when the table is too wide.
///
/// Cells are cleaned; a row that is shorter than the header ends in empty cells. The text ends without a newline.
#[must_use]
pub fn render(header: &[&str], rows: &[Vec<String>], right: &[usize], width: usize) -> String {
    let heading = header.iter().map(|name| name.to_uppercase()).collect();
    let rows = rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect());
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    let mut widths = vec![0; header.len()];
    for row in &rows {
        widths.iter_mut().zip(row).for_each(|(wide, cell)| *wide = columns_of(cell).max(*wide));
    }
    let over = (widths.iter().sum::<usize>() + GAP * header.len().saturating_sub(1)).saturating_sub(width);
    if let Some(flexible) = (0..header.len()).rev().find(|n| !right.contains(n)) {
        let wide = widths[flexible];
        widths[flexible] = wide.saturating_sub(over).max(LEAST.min(wide));
    }
    let mut text = String::new();
    for row in &rows {
        lay(row, &widths, right, &mut text);
    }
    // The last newline is the caller's.
    text.pop();
    text
}

/// Writes one row: a line, or several where a cell is wider than its column.
fn lay(row: &[String], widths: &[usize], right: &[usize], text: &mut String) {
    let fits = row.iter().zip(widths).all(|(cell, wide)| columns_of(cell) <= *wide);
    if fits {
        return line(row.iter().map(String::as_str), widths, right, text);
    }
    let broken: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, wide)| fold(cell, *wide)).collect();
    for n in 0..broken.iter().map(Vec::len).max().unwrap_or_default() {
        line(broken.iter().map(|lines| lines.get(n).map_or("", String::as_str)), widths, right, text);
    }
}

/// `cell` in lines of at most `wide` columns, broken at spaces, and within a word that is longer than a line.
fn fold(cell: &str, wide: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in cell.split(' ') {
        match lines.last_mut() {
            Some(line) if !line.is_empty() && columns_of(line) + 1 + columns_of(word) <= wide => line.push(' '),
            Some(line) if !line.is_empty() => lines.push(String::new()),
            _ => {}
        }
        for cluster in word.graphemes(true) {
            match lines.last_mut() {
                Some(line) if line.is_empty() || columns_of(line) + columns_of(cluster) <= wide => {
                    line.push_str(cluster);
                }
                _ => lines.push(cluster.to_owned()),
            }
        }
    }
    lines
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize], right: &[usize], text: &mut String) {
    for (n, (cell, wide)) in cells.zip(widths).enumerate() {
        let space = wide.saturating_sub(columns_of(cell));
        let gap = if n + 1 < widths.len() { GAP } else { 0 };
        let (before, after) = if right.contains(&n) { (space, gap) } else { (0, space + gap) };
        text.extend(std::iter::repeat_n(' ', before));
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', after));
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|&cell| cell.to_owned()).collect()).collect()
    }

    #[test]
    fn columns_line_up_and_numbers_stand_right() {
        let rows = rows(&[&["dawn", "12.50", "new"], &["climb", "0.69", "prompt changed"], &["crédits"]]);
        assert_eq!(
            render(&["shot", "cost", "why"], &rows, &[1], 80),
            "SHOT      COST  WHY
dawn     12.50  new
climb     0.69  prompt changed
crédits"
        );
    }

    #[test]
    fn the_last_text_column_gives_way() {
        let rows = rows(&[&["海港", "the lighthouse keeper wakes the village", "1"], &["🚢", "sea", "22"]]);
        let drawn = render(&["scene", "what", "n"], &rows, &[2], 30);
        assert_eq!(
            drawn,
            "SCENE  WHAT                  N
海港   the lighthouse        1
       keeper wakes the
       village
🚢     sea                  22"
        );
        assert!(drawn.lines().all(|line| columns_of(line) <= 30));
    }

    #[test]
    fn a_word_longer_than_its_column_is_broken_and_kept_whole() {
        assert_eq!(
            render(&["a"], &rows(&[&["see lighthousekeepers 海港"]]), &[], 12),
            "A\nsee\nlighthouseke\nepers 海港"
        );
    }

    #[test]
    fn a_table_without_rows_and_one_with_hostile_cells() {
        assert_eq!(render(&["a", "b"], &[], &[], 80), "A  B");
        assert_eq!(render(&["a"], &rows(&[&["x\u{1b}[31m\ny"]]), &[], 80), "A\nx[31m y");
        assert_eq!(render(&[], &[], &[], 80), "");
    }
}
