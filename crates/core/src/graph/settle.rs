//! How the items of one column share its rows.

/// Where an item of a column wants to stand, how much room it needs there, and how strongly it wants to.
pub(super) struct PreferredPosition {
    pub(super) row: f64,
    pub(super) size: f64,
    pub(super) pull: f64,
}

/// The rows nearest to `preferred` (least squares) that keep their order and leave each item its size: neighbours that
/// want the same place are merged into a block which settles where its members want it on average.
pub(super) fn apart(preferred: &[PreferredPosition]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = Vec::new();
    // Each block with its start, its pull and how many items it has.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (n, position) in preferred.iter().enumerate() {
        if n > 0 {
            offset += f64::midpoint(preferred[n - 1].size, position.size);
        }
        offsets.push(offset);
        blocks.push((position.row - offset, position.pull, 1));
        while let [.., (before, m, i), (last, n, k)] = blocks[..]
            && before > last
        {
            blocks.truncate(blocks.len() - 2);
            blocks.push(((before * m + last * n) / (m + n), m + n, i + k));
        }
    }
    let starts = blocks.iter().flat_map(|&(start, _, n)| std::iter::repeat_n(start, n));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(row: f64, pull: f64) -> PreferredPosition {
        PreferredPosition { row, size: 1.0, pull }
    }

    fn rows(preferred: &[PreferredPosition]) -> String {
        format!("{:.2?}", apart(preferred))
    }

    #[test]
    fn items_stand_where_they_prefer_and_otherwise_side_by_side() {
        assert_eq!(rows(&[at(0.0, 1.0), at(3.0, 1.0)]), "[0.00, 3.00]");
        assert_eq!(rows(&[at(1.0, 1.0), at(1.0, 1.0), at(9.0, 1.0)]), "[0.50, 1.50, 9.00]");
        assert_eq!(rows(&[at(1.0, 1.0), at(1.0, 0.0)]), "[1.00, 2.00]");
        assert_eq!(rows(&[]), "[]");
    }
}
