//! Which value of a setting counts for a shot, and which it wins over.

use super::Overrides;
use super::settings::Layers;
use crate::source_file::SourceFile;
use crate::storyboard::{KeyedRecord as _, Settings, Shot, Storyboard};
use crate::text::{Problem, Span, closest, listed};

/// A value of a setting in one of the places where it can stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingLayer {
    /// Where that is: `the shot`, `profile final`, `scene Harbour`, `defaults`.
    pub layer: String,
    /// The value as it is written; with its variables filled in, where there are any.
    pub value: String,
    /// The file and line; `None` for the command line.
    pub place: Option<String>,
}

/// The values of the setting `key` for a shot, the one that counts first; empty where what is built in counts.
///
/// # Errors
/// There is no such shot, or no such setting.
pub fn explain(
    board: &Storyboard,
    source: &SourceFile,
    overrides: &Overrides,
    shot: &str,
    key: &str,
) -> Result<Vec<SettingLayer>, Problem> {
    let shots = board.shots.as_ref().map_or(&[][..], |shots| &shots.value);
    let ids = || shots.iter().filter_map(|shot| shot.id.as_ref()).map(|id| id.value.as_str());
    let found = shots.iter().find(|raw| raw.id.as_ref().is_some_and(|id| id.value == shot));
    let Some(raw) = found else { return Err(unknown("film::unknown_shot", "shot", shot, ids().collect())) };
    if !Settings::KEYS.contains(&key) && !Shot::KEYS.contains(&key) {
        return Err(unknown("storyboard::unknown_key", "setting", key, Settings::KEYS.to_vec()));
    }
    let mut layers = Vec::new();
    let given = match key {
        "provider" => overrides.provider.clone(),
        "model" => overrides.model.clone(),
        "resolution" => overrides.resolution.map(|resolution| resolution.to_string()),
        _ => None,
    };
    layers.extend(given.map(|value| SettingLayer { layer: format!("--{key}"), value, place: None }));
    let mut add = |layer: String, span: Option<Span>| {
        let Some(span) = span else { return };
        let written = span.of(&source.text).trim().to_owned();
        layers.push(SettingLayer {
            layer,
            value: filled(board, source, span, written),
            place: Some(source.place(span)),
        });
    };
    add("the shot".to_owned(), raw.place_of(key));
    let mut problems = Vec::new();
    for (name, settings) in Layers::of(board, overrides, &mut problems).named(raw, overrides, source) {
        add(name, settings.place_of(key));
    }
    match problems.pop() {
        Some(problem) => Err(problem),
        None => Ok(layers),
    }
}

/// The text with the cells of a row behind it, where any were filled in.
fn filled(board: &Storyboard, source: &SourceFile, span: Span, written: String) -> String {
    let cells = board.filled.iter().filter(|scalar| scalar.span.start <= span.start && span.end <= scalar.span.end);
    let cells: Vec<String> = cells
        .map(|scalar| format!("{} ({})", scalar.cell.of(&source.text).trim(), source.place(scalar.cell)))
        .collect();
    if cells.is_empty() { written } else { format!("{written}, filled in with {}", cells.join(", ")) }
}

fn unknown(code: &'static str, what: &str, name: &str, known: Vec<&str>) -> Problem {
    let problem = Problem::error(code, format!("there is no {what} `{name}`"));
    problem.help(match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", listed(known, 32)),
    })
}
