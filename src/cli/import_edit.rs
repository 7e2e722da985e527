//! `storyreel import --into`: an edit of the film, as changes of its storyboard.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use storyreel_core::sanitize::{clean, count};
use storyreel_core::storyboard::{KeyEdit, KeyValue, edited, reordered};
use storyreel_core::units::ShotId;
use storyreel_exchange::exchange::CutList;
use storyreel_exchange::exchange::returned::{self, EditChanges};

use super::context::Context;
use super::exit;
use super::export::laid_film;
use super::failure::{CommandFailure, Done};
use super::load::Loaded;
use super::takes::choose::{EditedText, write_storyboard};
use super::trust::acceptance::refuse_untrusted;

/// The largest edit that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Brings what an editor changed into the storyboard at `board`.
pub(super) fn import_edit(context: &Context, edit: &Path, board: &Path) -> Done {
    let loaded = Loaded::open(context, board)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    if loaded.overrides.row.is_some() {
        let message = format!("the films of all rows share the text of {}", clean(&loaded.name));
        return Err(CommandFailure::new(exit::PROBLEMS, message).help("import into a storyboard of one film"));
    }
    let text = read_edit(edit)?;
    let laid = laid_film(context, &loaded)?;
    let reel = CutList { film: &loaded.film, timeline: &laid.timeline, clips: &laid.clips, sounds: &[] };
    let shown = clean(&edit.display().to_string());
    let mut changes = returned::changes(&reel, &text)
        .map_err(|why| CommandFailure::new(exit::PROBLEMS, format!("cannot import `{shown}`: {why}")))?;
    let mut texts: BTreeMap<PathBuf, EditedText> = BTreeMap::new();
    let said = apply(&loaded, board, &mut changes, &mut texts);
    for (path, text) in texts.iter().filter(|(_, text)| text.new != text.old) {
        write_storyboard(path, &text.old, &text.new)?;
    }
    said.iter().for_each(|line| context.note(line));
    let board = clean(&board.display().to_string());
    match said.len() {
        0 => context.note(&format!("{board}: the edit changes nothing")),
        changed => context.note(&format!("wrote {board}: {}", count(changed, "change"))),
    }
    if !changes.unexpressed.is_empty() {
        context.note("some of the edit could not be imported:");
        changes.unexpressed.iter().for_each(|line| context.note(&format!("  {}", clean(line))));
    }
    if !said.is_empty() {
        context.note(&format!("next:  storyreel plan {board}"));
    }
    Ok(exit::DONE)
}

fn read_edit(edit: &Path) -> Result<String, CommandFailure> {
    let shown = clean(&edit.display().to_string());
    let mut text = String::new();
    let read = File::open(edit).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    read.map_err(|error| CommandFailure::new(exit::USAGE, format!("cannot read `{shown}`: {error}")))?;
    if text.len() as u64 > LARGEST {
        let message = format!("`{shown}` has more than {} MB", LARGEST >> 20);
        return Err(CommandFailure::new(exit::PROBLEMS, message));
    }
    Ok(text)
}

/// Makes the changes in the texts, and says each; what cannot be made in place joins what could not be imported.
fn apply(
    loaded: &Loaded,
    board: &Path,
    changes: &mut EditChanges,
    texts: &mut BTreeMap<PathBuf, EditedText>,
) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(order) = &changes.order {
        let own = loaded.source.file_at(loaded.film.shots[0].span);
        let whole = whole_order(loaded, order);
        let is_alone = own.included.is_none() && whole.is_some();
        let text = texts.entry(board.to_owned()).or_insert_with(|| EditedText::of(loaded.source.own_text()));
        let moved = whole.filter(|_| is_alone).and_then(|whole| reordered(&text.new, &whole));
        let names: Vec<&str> = order.iter().map(ShotId::as_str).collect();
        match moved {
            Some(moved) => {
                text.new = moved;
                said.push(format!("order: {}", names.join(", ")));
            }
            None => changes
                .unexpressed
                .push(format!("the order {}: these shots cannot be moved in the text by themselves", names.join(", "))),
        }
    }
    for (shot, edits) in &changes.shots {
        let Some(found) = loaded.film.shots.iter().find(|other| other.id == *shot) else { continue };
        let file = loaded.source.file_at(found.span);
        let path = file.included.map_or_else(|| board.to_owned(), |file| loaded.folder.join(&file.path));
        let text = texts.entry(path).or_insert_with(|| EditedText::of(file.text));
        match edited(&text.new, shot, edits) {
            Ok(new) => {
                text.new = new;
                said.push(format!("{shot}: {}", described(edits)));
            }
            Err(error) => changes.unexpressed.push(error.to_string()),
        }
    }
    said
}

/// All shots of the storyboard, with those of the edit in its order and the others in their places. `None` where the storyboard
/// has shots of other files.
fn whole_order(loaded: &Loaded, order: &[ShotId]) -> Option<Vec<ShotId>> {
    let board = loaded.board();
    let mut next = order.iter();
    let mut whole = Vec::new();
    for shot in board.shots.iter().flat_map(|shots| &shots.value) {
        if loaded.source.file_at(shot.span).included.is_some() {
            return None;
        }
        let id: ShotId = shot.id.as_ref()?.parse().ok()?;
        whole.push(if order.contains(&id) { next.next()?.clone() } else { id });
    }
    Some(whole)
}

fn described(edits: &[KeyEdit]) -> String {
    let mut words = Vec::new();
    for KeyEdit { key, value } in edits {
        words.push(match value {
            Some(KeyValue::Flag(true)) if *key == "skip" => "left out (`skip: true`)".to_owned(),
            Some(value) => format!("`{key}: {value}`"),
            None => format!("no `{key}`"),
        });
    }
    words.join(", ")
}
