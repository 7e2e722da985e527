//! Emphasis: `*italics*`, `**bold**`, `_underlined_`, and the backslash that keeps such a sign as it is.

/// `text` without its marks of emphasis. A mark that opens nothing or closes nothing is a sign like any other.
pub(super) fn plain(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Emphasis ends with its line.
fn line(text: &str) -> String {
    if !text.contains(['*', '_', '\\']) {
        return text.to_owned();
    }
    let pieces = pieces(text);
    let mut shown = vec![true; pieces.len()];
    // The latest mark of each kind that is open: one, two and three stars, and the line below.
    let mut open: [Option<usize>; 4] = [None; 4];
    for (at, piece) in pieces.iter().enumerate() {
        let Some(kind) = kind(piece) else { continue };
        let before = at.checked_sub(1).map_or(" ", |before| pieces[before]);
        let after = pieces.get(at + 1).copied().unwrap_or(" ");
        let closes = !before.ends_with(char::is_whitespace);
        let opens = !after.starts_with(char::is_whitespace);
        if let (true, Some(begin)) = (closes, open[kind]) {
            shown[begin] = false;
            shown[at] = false;
            open[kind] = None;
        } else if opens {
            open[kind] = Some(at);
        }
    }
    let kept = pieces.iter().zip(shown).filter(|(_, shown)| *shown).map(|(piece, _)| *piece);
    kept.map(|piece| if piece.len() > 1 { piece.strip_prefix('\\').unwrap_or(piece) } else { piece }).collect()
}

fn kind(piece: &str) -> Option<usize> {
    match piece {
        "*" => Some(0),
        "**" => Some(1),
        "***" => Some(2),
        "_" => Some(3),
        _ => None,
    }
}

/// Runs of stars, single lines, escaped signs, and what is between.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.as_bytes()[0] {
            b'*' => rest.len() - rest.trim_start_matches('*').len(),
            b'\\' if matches!(rest.as_bytes().get(1), Some(b'*' | b'_' | b'\\')) => 2,
            b'\\' | b'_' => 1,
            _ => rest.find(['*', '_', '\\']).unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}
