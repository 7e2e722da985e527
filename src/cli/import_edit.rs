//! `storyreel import --into`: an edit of the film, as changes of its storyboard.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::words::{costs, time};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::storyboard::KeyValue;
use storyreel_core::text::listed;
use storyreel_core::units::ShotId;
use storyreel_exchange::exchange::returned::{self, BroughtBack, ChangedKeys, EditChanges, EditDocument};
use storyreel_exchange::exchange::{Clip, CutList};

use super::args;
use super::context::Context;
use super::exit;
use super::export::clips_in_place;
use super::failure::{CommandFailure, Done};
use super::film_timeline::film_timeline;
use super::load::Loaded;
use super::problems::broken_storyboard;
use super::takes::choose::{EditedText, write_storyboard};
use super::takes::film_takes::{FilmTakes, RemadeShots};
use super::trust::acceptance::refuse_untrusted;
use super::trust::refuse_link;

/// The largest edit that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// How many shots are named in one line.
const MOST_NAMES: usize = 24;

/// How much is listed of what could not be imported.
const MOST_LINES: usize = 60;

/// Brings what an editor changed into the storyboard at `board`.
pub(super) fn import_edit(context: &Context, args: &args::Import, board: &Path) -> Done {
    let loaded = Loaded::open(context, board)?;
    refuse_untrusted(context, std::slice::from_ref(&loaded))?;
    refuse_shared_text(&loaded)?;
    let edit = read_edit(&args.screenplay)?;
    let takes = FilmTakes::of(context, &loaded)?;
    let clips = clips_in_place(context, &loaded, &takes.plan)?;
    let named = loaded.film.shots.iter().zip(clips);
    let clips = named.filter_map(|(shot, clip)| Some((shot.id.clone(), clip?))).collect();
    let comparison = ReturnedEdit { context, edit: &edit, name: &args.screenplay, clips };
    let first = comparison.changes(&loaded)?;
    let mut film = None;
    let brought = returned::bring_back(&loaded.film, &loaded.source, &first, |source| {
        let changed = loaded.with_source(context, source.clone()).map_err(|found| {
            let failure = broken_storyboard(context, source, &found);
            failure.help("nothing is written: with the changes of the edit the storyboard has these problems")
        })?;
        let left = comparison.changes(&changed);
        film = Some(changed);
        left
    })?;
    let texts = changed_texts(&loaded, board, &brought);
    if !args.dry_run {
        write(context, &loaded, &texts)?;
    }
    say(context, &brought);
    for file in texts.iter().map(|(file, _)| clean(&file.display().to_string())) {
        let done =
            if args.dry_run { format!("{file} would change; it is left as it is") } else { format!("wrote {file}") };
        context.note(&done);
    }
    let board = clean(&board.display().to_string());
    if texts.is_empty() {
        context.note(&format!("{board}: the edit changes nothing"));
        return Ok(exit::DONE);
    }
    if let Some(film) = film {
        say_remade(context, &takes.remade(&film.film, &film.graph, &takes.lock));
    }
    if !args.dry_run {
        context.note(&format!("next:  storyreel plan {board}"));
    }
    Ok(exit::DONE)
}

/// Refuses a film whose order and trims do not stand in the list of shots alone.
fn refuse_shared_text(loaded: &Loaded) -> Result<(), CommandFailure> {
    if loaded.overrides.row.is_some() {
        let message = format!("the films of all rows share the text of {}", clean(&loaded.name));
        return Err(CommandFailure::new(exit::PROBLEMS, message).help("import into a storyboard of one film"));
    }
    if let Some(cut) = &loaded.overrides.cut {
        let message = format!("the cut `{}` has an order of its own, which no edit is brought into", clean(cut));
        let failure = CommandFailure::new(exit::USAGE, message);
        return Err(failure.help("import into the film without `--cut`, or write its `shots` by hand"));
    }
    Ok(())
}

fn read_edit(edit: &Path) -> Result<EditDocument, CommandFailure> {
    let shown = clean(&edit.display().to_string());
    let mut bytes = Vec::new();
    let read = File::open(edit).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| CommandFailure::new(exit::USAGE, format!("cannot read `{shown}`: {error}")))?;
    let cannot = |why: &str| cannot_import(edit, why).help("save the edit as OpenTimelineIO (`.otio`)");
    if bytes.len() as u64 > LARGEST {
        return Err(cannot(&format!("it has more than {} MB", LARGEST >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8"))?;
    EditDocument::read(&text).map_err(|why| cannot(&why))
}

/// An edit, and what it is compared with.
struct ReturnedEdit<'a> {
    context: &'a Context,
    edit: &'a EditDocument,
    name: &'a Path,
    /// The clips that the edit was made of.
    clips: HashMap<ShotId, Clip>,
}

impl ReturnedEdit<'_> {
    /// What a film of these clips lacks of the edit.
    fn changes(&self, film: &Loaded) -> Result<EditChanges, CommandFailure> {
        let clips: Vec<Option<Clip>> = film.film.shots.iter().map(|shot| self.clips.get(&shot.id).cloned()).collect();
        let records: Vec<Option<ClipRecord>> =
            clips.iter().map(|clip| clip.as_ref().map(|clip| clip.taken.clone())).collect();
        let timeline = film_timeline(self.context, film, records.into_iter())?.timeline;
        let reel = CutList { film: &film.film, timeline: &timeline, clips: &clips, sounds: &[] };
        self.edit.changes(&reel).map_err(|why| cannot_import(self.name, &why))
    }
}

fn cannot_import(edit: &Path, why: &str) -> CommandFailure {
    let shown = clean(&edit.display().to_string());
    CommandFailure::new(exit::PROBLEMS, format!("cannot import `{shown}`: {why}"))
}

/// The files that change, as they were and as they are to be.
fn changed_texts(loaded: &Loaded, board: &Path, brought: &BroughtBack) -> Vec<(PathBuf, EditedText)> {
    let mut texts = Vec::new();
    let mut add = |file: PathBuf, old: &str, new: &str| {
        if old != new {
            texts.push((file, EditedText { old: old.to_owned(), new: new.to_owned() }));
        }
    };
    add(board.to_owned(), loaded.source.own_text(), brought.source.own_text());
    for (old, new) in loaded.source.included().iter().zip(brought.source.included()) {
        add(loaded.folder.join(&old.path), old.span.of(&loaded.source.text), new.span.of(&brought.source.text));
    }
    texts
}

fn write(context: &Context, loaded: &Loaded, texts: &[(PathBuf, EditedText)]) -> Result<(), CommandFailure> {
    for (file, _) in texts {
        refuse_link(context, &loaded.root(), file)?;
    }
    texts.iter().try_for_each(|(file, text)| write_storyboard(file, &text.old, &text.new))
}

/// Says what was written, or would be, and what of the edit is not in it.
fn say(context: &Context, brought: &BroughtBack) {
    if let Some(order) = &brought.order {
        context.note(&format!("order: {}", listed(order.iter().map(ShotId::as_str), MOST_NAMES)));
    }
    for (shot, keys) in &brought.keys {
        context.note(&format!("{shot}: {}", described(keys)));
    }
    if brought.left.is_empty() {
        return;
    }
    context.note("a storyboard cannot say some of the edit:");
    brought.left.iter().take(MOST_LINES).for_each(|line| context.note(&format!("  {}", clean(line))));
    let more = brought.left.len().saturating_sub(MOST_LINES);
    if more > 0 {
        context.note(&format!("  and {more} more"));
    }
}

/// Says which clips the new order asks for again: a shot may start on the frame of another one than before.
fn say_remade(context: &Context, remade: &RemadeShots) {
    if remade.shots.is_empty() {
        return;
    }
    let shots = listed(remade.shots.iter().map(ShotId::as_str), MOST_NAMES);
    let made = count(remade.shots.len(), "shot");
    let sum = costs(&remade.totals);
    let time = time(remade.time);
    context.note(&format!(
        "a render then makes {made} again, since the order decides what they start on and which number they show: {shots}; it \
         {sum}, {time}; `frozen: true` keeps a clip"
    ));
}

fn described(keys: &ChangedKeys) -> String {
    let mut words = Vec::new();
    for (key, value) in keys {
        words.push(match value {
            Some(KeyValue::Flag(true)) if *key == "skip" => "left out (`skip: true`)".to_owned(),
            Some(value) => format!("`{key}: {value}`"),
            None => format!("no `{key}`"),
        });
    }
    words.join(", ")
}
