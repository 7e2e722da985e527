//! The shot list: a row for every shot of the film, for spreadsheets (CSV as RFC 4180 has it).

use storyreel_core::film::{Make, Shot};
use storyreel_core::language::LanguageTag;
use storyreel_core::time_code::{TimeCode, nominal};
use storyreel_core::units::Rate;

use super::{CutList, CutShot, plain};

/// The columns, in their order. Behind them stands one for the subtitles of each language; more may come behind those.
const COLUMNS: [&str; 16] = [
    "number", "id", "scene", "in", "out", "duration", "prompt", "dialogue", "seconds", "made_of", "provider", "model",
    "take", "made", "board", "file",
];

/// Writes the shots in film order, with their times in the film as time codes that begin at 00:00:00:00. A shot begins and ends
/// where it is cut; a transition is cut in its middle. What a spreadsheet would take for a formula has an apostrophe before it.
#[must_use]
pub fn write(reel: &CutList<'_>) -> String {
    let mut text = String::new();
    let languages = &reel.film.languages;
    let read = languages.iter().map(|language| format!("subtitle_{language}"));
    row(&mut text, COLUMNS.map(str::to_owned).into_iter().chain(read));
    for part in reel.parts() {
        let read = languages.iter().map(|language| subtitles(part.shot, language));
        row(&mut text, cells(&part, reel.rate()).into_iter().chain(read));
    }
    text
}

fn cells(part: &CutShot<'_>, rate: Rate) -> [String; COLUMNS.len()] {
    let shot = part.shot;
    let length = part.span.end - part.span.start;
    let render = match &shot.make {
        Make::Prompt(render) => Some(render),
        Make::Card(_) | Make::Still(_) | Make::Footage { .. } => None,
    };
    [
        shot.number.clone(),
        shot.id.to_string(),
        shot.scene.as_deref().unwrap_or_default().to_owned(),
        time_code(part.span.start, rate),
        time_code(part.span.end, rate),
        time_code(length, rate),
        shown(shot),
        dialogue(shot),
        format!("{:.3}", rate.seconds(length)),
        made_of(shot).to_owned(),
        render.map_or("", |render| render.provider.id).to_owned(),
        render.map_or("", |render| render.spec.model.as_str()).to_owned(),
        shot.take.to_string(),
        if part.clip.is_some() { "yes" } else { "no" }.to_owned(),
        shot.board.as_ref().map_or_else(String::new, |board| board.path.clone()),
        part.clip.map_or_else(String::new, |clip| clip.file.url.clone()),
    ]
}

/// What is seen.
fn shown(shot: &Shot) -> String {
    match &shot.make {
        Make::Prompt(render) => render.words.clone(),
        Make::Card(card) => card.words().collect::<Vec<_>>().join("\n"),
        Make::Still(file) | Make::Footage { file, .. } => file.path.clone(),
    }
}

fn made_of(shot: &Shot) -> &'static str {
    match &shot.make {
        Make::Prompt(_) => "prompt",
        Make::Card(_) => "card",
        Make::Still(_) => "image",
        Make::Footage { .. } => "clip",
    }
}

/// The lines that are spoken, one below the other.
fn dialogue(shot: &Shot) -> String {
    let mut lines = Vec::new();
    for spoken in &shot.dialogue {
        lines.push(match &spoken.speaker_and_delivery() {
            Some(speaker) => format!("{speaker}: {}", spoken.line),
            None => spoken.line.clone(),
        });
    }
    lines.join("\n")
}

/// What is read of these in a language, one below the other.
fn subtitles(shot: &Shot, language: &LanguageTag) -> String {
    let lines = shot.dialogue.iter().filter_map(|spoken| spoken.read_in(Some(language)));
    lines.collect::<Vec<_>>().join("\n")
}

fn time_code(frames: u64, rate: Rate) -> String {
    TimeCode { frames, frames_per_second: nominal(rate), drops_frames: false }.to_string()
}

fn row(text: &mut String, cells: impl IntoIterator<Item = String>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&quoted(&cell));
    }
    text.push_str("\r\n");
}

/// A cell as it stands in the file. A storyboard may be a stranger's, and spreadsheets run what begins like a formula.
fn quoted(cell: &str) -> String {
    let cell = plain(cell);
    let is_formula = cell.starts_with(['=', '+', '-', '@']);
    let cell = if is_formula { format!("'{cell}") } else { cell };
    if cell.contains([',', '"', '\n', ';', '\t']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_and_never_formulas() {
        assert_eq!(quoted("A door."), "A door.");
        assert_eq!(quoted("\"Go,\" she said"), "\"\"\"Go,\"\" she said\"");
        assert_eq!(quoted("one\r\ntwo"), "\"one\ntwo\"");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("@SUM(1)"), "'@SUM(1)");
    }
}
