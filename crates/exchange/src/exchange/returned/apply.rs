//! The changes of an edit in the texts of a storyboard.

use std::collections::BTreeMap;

use storyreel_core::film::Film;
use storyreel_core::sanitize::clean;
use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{KeyEdit, KeyValue, edited, reordered};
use storyreel_core::text::listed;
use storyreel_core::units::ShotId;

use super::{EditChanges, TrimChange};

/// How often the trims are compared with the film that the texts then make: a trim may undo what was left out at a seam of its
/// neighbour, and that may do the same once more.
const MOST_ROUNDS: usize = 4;

/// How many shots are named in one line.
const MOST_NAMES: usize = 24;

/// What becomes of the keys of a shot; `None` removes a key.
pub type ChangedKeys = BTreeMap<&'static str, Option<KeyValue>>;

/// A storyboard into which an edit was brought.
#[derive(Debug, Clone)]
pub struct BroughtBack {
    /// Its texts.
    pub source: SourceFile,
    /// The order that was written, where it is another one.
    pub order: Option<Vec<ShotId>>,
    /// What was written of each shot.
    pub keys: BTreeMap<ShotId, ChangedKeys>,
    /// What the storyboard cannot say, or not in this text.
    pub left: Vec<String>,
}

/// Makes the changes of an edit in the texts of `film`. `compare` says what the film of other texts still lacks of the edit.
///
/// # Errors
/// Those of `compare`: the changed texts make no film.
pub fn bring_back<E>(
    film: &Film,
    source: &SourceFile,
    first: &EditChanges,
    mut compare: impl FnMut(&SourceFile) -> Result<EditChanges, E>,
) -> Result<BroughtBack, E> {
    let mut texts = ChangedTexts {
        film,
        old: source,
        texts: BTreeMap::new(),
        order: None,
        keys: BTreeMap::new(),
        refused: Vec::new(),
    };
    if let Some(order) = &first.order {
        texts.reorder(order);
    }
    let skip = [KeyEdit { key: "skip", value: Some(KeyValue::Flag(true)) }];
    for shot in &first.removed {
        texts.change(shot, &skip);
    }
    let mut left = compare(&texts.source())?;
    for _ in 0..MOST_ROUNDS {
        let mut is_changed = false;
        for trim in &left.trims {
            is_changed |= texts.change(&trim.shot, &trim.edits);
        }
        if !is_changed {
            break;
        }
        left = compare(&texts.source())?;
    }
    let source = texts.source();
    let ChangedTexts { order, keys, refused, .. } = texts;
    let mut said = refused;
    said.extend(left.trims.iter().map(unexpressed_trim));
    said.extend(left.unexpressed);
    Ok(BroughtBack { source, order, keys, left: said })
}

fn unexpressed_trim(trim: &TrimChange) -> String {
    let TrimChange { shot, wanted, shown, .. } = trim;
    format!(
        "the part of `{shot}`: frames {} to {} in the edit, {} to {} in the storyboard",
        wanted.start, wanted.end, shown.start, shown.end
    )
}

struct ChangedTexts<'a> {
    film: &'a Film,
    old: &'a SourceFile,
    /// The texts that change, by their paths from the folder of the storyboard; `None` for its own.
    texts: BTreeMap<Option<String>, String>,
    order: Option<Vec<ShotId>>,
    keys: BTreeMap<ShotId, ChangedKeys>,
    /// What the text does not let be written.
    refused: Vec<String>,
}

impl ChangedTexts<'_> {
    fn source(&self) -> SourceFile {
        let text_of = |path: Option<&str>| self.texts.get(&path.map(str::to_owned)).map(String::as_str);
        let mut source = SourceFile::new(&self.old.name, text_of(None).unwrap_or_else(|| self.old.own_text()));
        for file in self.old.included() {
            let text = text_of(Some(&file.path)).unwrap_or_else(|| file.span.of(&self.old.text));
            let text = file.fault.clone().map_or(Ok(text), Err);
            source.include_as(&file.path, &file.name, file.named_at, text);
        }
        source
    }

    fn reorder(&mut self, order: &[ShotId]) {
        match reordered(self.old, order) {
            Ok(files) => {
                self.texts.extend(files.into_iter().map(|file| (file.path, file.text)));
                self.order = Some(order.to_vec());
            }
            Err(why) => {
                let names = listed(order.iter().map(ShotId::as_str), MOST_NAMES);
                self.refused.push(format!("the order {names}: {why}"));
            }
        }
    }

    /// Writes keys of a shot, and says whether its text is another one for it.
    fn change(&mut self, shot: &ShotId, edits: &[KeyEdit]) -> bool {
        let Some(found) = self.film.shots.iter().find(|other| other.id == *shot) else { return false };
        let file = self.old.file_at(found.span);
        let path = file.included.map(|file| file.path.clone());
        let text = self.texts.get(&path).map_or(file.text, String::as_str);
        match edited(text, shot, edits) {
            Ok(new) if new == text => false,
            Ok(new) => {
                self.texts.insert(path, new);
                let keys = self.keys.entry(shot.clone()).or_default();
                keys.extend(edits.iter().map(|edit| (edit.key, edit.value.clone())));
                true
            }
            Err(why) => {
                let place = file.included.map_or_else(String::new, |file| format!("{}: ", clean(&file.name)));
                let message = format!("{place}{why}");
                if !self.refused.contains(&message) {
                    self.refused.push(message);
                }
                false
            }
        }
    }
}
