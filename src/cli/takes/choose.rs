//! `storyreel choose`: which takes the film is made of, written into the storyboard.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use storyreel_core::film::{Shot, TakeKeys};
use storyreel_core::plan::words::{costs, time};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::storyboard::{KeyEdit, KeyValue, edited};
use storyreel_core::text::listed;
use storyreel_core::units::ShotId;

use super::film_takes::{Choice, FilmTakes};
use crate::cli::args::Choose;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done};
use crate::cli::load::Loaded;
use crate::cli::output::cannot_write;
use crate::cli::trust::acceptance::refuse_untrusted;
use crate::store::write_whole;

pub(in crate::cli) fn choose(context: &Context, options: &Choose) -> Done {
    let loaded = Loaded::open(context, &options.storyboard)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    if let Some(row) = &loaded.overrides.row {
        return Err(shared_text(&loaded, &row.id));
    }
    let takes = FilmTakes::of(context, &loaded)?;
    let mut texts: BTreeMap<PathBuf, EditedText> = BTreeMap::new();
    let mut said = Vec::new();
    for (id, take) in &options.choices {
        let (_, shot) = takes.shot(id)?;
        let Some(record) = takes.lock.take(id, *take) else { return Err(no_such_take(&takes, id, *take)) };
        let choice = takes.choice(shot, record);
        let edits = edits(&loaded, shot, &choice.keys.keys);
        let file = loaded.source.file_at(shot.span);
        let path = file.included.map_or_else(|| options.storyboard.clone(), |file| loaded.folder.join(&file.path));
        let text = texts.entry(path).or_insert_with(|| EditedText::of(file.text));
        text.new = edited(&text.new, id, &edits).map_err(|error| {
            let place = file.included.map_or_else(String::new, |file| format!("{}: ", clean(&file.name)));
            CommandFailure::new(exit::PROBLEMS, format!("{place}{error}"))
        })?;
        said.push(consequence(shot, *take, &choice));
    }
    for (path, text) in texts.iter().filter(|(_, text)| text.new != text.old) {
        write_storyboard(path, &text.old, &text.new)?;
    }
    said.iter().for_each(|line| context.note(line));
    Ok(exit::DONE)
}

/// The text of a storyboard, or of a file whose shots it takes in, as it was and as it is to be.
pub(in crate::cli) struct EditedText {
    pub(in crate::cli) old: String,
    pub(in crate::cli) new: String,
}

impl EditedText {
    pub(in crate::cli) fn of(text: &str) -> Self {
        Self { old: text.to_owned(), new: text.to_owned() }
    }
}

/// Why a take cannot be chosen for the film of one row.
fn shared_text(loaded: &Loaded, row: &str) -> CommandFailure {
    let name = clean(&loaded.name);
    let message =
        format!("the films of all rows share the text of {name}, so no take can be chosen for `{}` alone", clean(row));
    CommandFailure::new(exit::PROBLEMS, message)
        .help("give the table a column such as `hero_take`, and write `take: \"{{hero_take}}\"` in the shot")
}

fn no_such_take(takes: &FilmTakes<'_>, id: &ShotId, take: u32) -> CommandFailure {
    let mut numbers: Vec<u32> = takes.lock.of_shot(id).map(|record| record.take).collect();
    numbers.sort_unstable();
    let known = match numbers.len() {
        0 => "it is not rendered yet".to_owned(),
        _ => format!(
            "it has {}",
            listed(numbers.iter().map(u32::to_string).collect::<Vec<_>>().iter().map(String::as_str), 12)
        ),
    };
    CommandFailure::new(exit::USAGE, format!("`{id}` has no take {take}; {known}"))
}

/// What is to be written so that the shot asks for a take with these keys.
fn edits(loaded: &Loaded, shot: &Shot, keys: &TakeKeys) -> Vec<KeyEdit> {
    let board = loaded.board();
    let shots = board.shots.iter().flat_map(|shots| &shots.value);
    let raw = shots.into_iter().find(|raw| raw.id.as_ref().is_some_and(|id| id.value == shot.id.as_str()));
    let mut edits = Vec::new();
    let is_written = raw.is_some_and(|raw| raw.take.is_some());
    if is_written || keys.take != 1 {
        edits.push(KeyEdit { key: "take", value: Some(KeyValue::Number(i64::from(keys.take))) });
    }
    match keys.tail_of {
        Some(tail) => edits.push(KeyEdit { key: "tail_of", value: Some(KeyValue::Number(i64::from(tail))) }),
        None if raw.is_some_and(|raw| raw.tail_of.is_some()) => edits.push(KeyEdit { key: "tail_of", value: None }),
        None => {}
    }
    let words = [("provider", &keys.provider), ("model", &keys.model)];
    for (key, value) in words {
        edits.extend(value.iter().map(|word| KeyEdit { key, value: Some(KeyValue::Word(word.clone())) }));
    }
    edits.extend(keys.seed.iter().map(|seed| KeyEdit { key: "seed", value: Some(KeyValue::Number(*seed)) }));
    edits
}

/// What a render then makes, in words.
fn consequence(shot: &Shot, take: u32, choice: &Choice) -> String {
    let id = &shot.id;
    let words =
        if choice.keys.is_exact { "" } else { "; it was made of other words or settings than the storyboard has now" };
    if choice.remade.is_empty() {
        return format!("{id}: take {take}{words}; nothing has to be made again");
    }
    let shots = listed(choice.remade.iter().map(ShotId::as_str), 6);
    let made = count(choice.remade.len(), "shot");
    format!(
        "{id}: take {take}{words}; a render makes {made}: {shots}; it {}, {}",
        costs(&choice.totals),
        time(choice.time)
    )
}

/// Writes the text over the file, which must still be what was read.
pub(in crate::cli) fn write_storyboard(file: &Path, old: &str, new: &str) -> Result<(), CommandFailure> {
    let shown = clean(&file.to_string_lossy());
    let bytes = fs::read(file).map_err(|error| cannot_write(exit::INTERNAL, file, &error))?;
    let mark = "\u{feff}".as_bytes();
    let is_marked = bytes.starts_with(mark);
    let body = if is_marked { &bytes[mark.len()..] } else { &bytes[..] };
    if body != old.as_bytes() {
        let message = format!("`{shown}` was changed meanwhile; nothing is written: run the command again");
        return Err(CommandFailure::new(exit::INTERNAL, message));
    }
    let mut text = if is_marked { mark.to_vec() } else { Vec::new() };
    text.extend_from_slice(new.as_bytes());
    // A link stays one: what it leads to is written.
    let target = fs::canonicalize(file).map_err(|error| cannot_write(exit::INTERNAL, file, &error))?;
    write_whole(&target, &text, true).map_err(|error| cannot_write(exit::INTERNAL, file, &error))
}
