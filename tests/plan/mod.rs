//! The plan: what it says before money is spent.

mod ci;
mod edits;
mod saved;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use storyreel::inventory::{self, InspectionFiles};
use storyreel::store::Store;
use storyreel_core::clip::{ClipFacts, VideoFacts};
use storyreel_core::film::{self, Inventory, Overrides};
use storyreel_core::graph;
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::{ClipRecord, Lock};
use storyreel_core::recipe::{EarlierTakes, Recipe};
use storyreel_core::storyboard;
use storyreel_core::units::{Digest, Rate, Size};

use crate::support::{Run, media};

/// 2026-11-20: prices are as old as on that day.
const TODAY: &str = "1795132800";

/// A chain of three, a shot whose model decides the length, and one that leans on a clip.
const BOARD: &str = "\
storyboard: 1
title: The Keeper
defaults: {provider: byteplus, model: seedance-2.0, resolution: 720p, duration: 5}
profiles:
  draft: {model: seedance-2.0-mini, resolution: 480p}
  final: {resolution: 1080p}
budget: {max: 20, currency: USD}
shots:
  - {id: title, card: {text: The Keeper}, duration: 3}
  - {id: dawn, prompt: Wide shot at dawn., first_frame: dawn.png, return_last_frame: true}
  - {id: climb, prompt: She climbs the stair., return_last_frame: true}
  - {id: lamp, prompt: She strikes a match.}
  - {id: crowd, prompt: The village wakes., model: seedance-2.5, duration: -1}
  - {id: boat, prompt: A boat., references: {videos: [{clip_of: dawn}]}}
";

/// A project with a storyboard and a picture.
fn project(board: &str) -> Run {
    Run::new().board("film.yaml", board).file("dawn.png", media::png(1280, 720)).env("SOURCE_DATE_EPOCH", TODAY)
}

/// A plan of the same project.
fn plan(seen: &crate::support::Seen, args: &str) -> Run {
    let run = seen.again().env("SOURCE_DATE_EPOCH", TODAY);
    run.args(["plan", "film.yaml"]).args(args.split_whitespace())
}

/// What is on disk in the project.
fn inventory(folder: &Path, board: &storyboard::Storyboard) -> Inventory {
    let (inventory, _) =
        inventory::take(folder, &film::paths(&mut board.clone()), InspectionFiles::default(), &|_, _| Ok(None));
    inventory
}

/// Fills store and lock as if every shot of the storyboard had been made: what a clip holds says whose it is.
fn made(folder: &Path) {
    let bytes = fs::read(folder.join("film.yaml")).expect("it is there");
    let source = storyboard::source("film.yaml", bytes).expect("it is text");
    let (board, problems) = storyboard::parse(&source, storyboard::Choices::default());
    let board = board.expect("it is a storyboard");
    let checked = film::resolve(&board, &Arc::new(source), &Overrides::default(), &inventory(folder, &board), problems);
    let (film, graph) = graph::build(&board, checked).0.expect("it can be made");
    let store = Store::at(folder.join(".storyreel"));
    let mut clips: BTreeMap<ShotIndex, ClipRecord> = BTreeMap::new();
    for at in graph.order() {
        let shot = &film.shots[at];
        let recipe = Recipe::of(&film, at, EarlierTakes::Numbered, &|other| clips.get(&other).map(|taken| taken.clip))
            .expect("all are there");
        let keep = |bytes: &[u8]| {
            let file = folder.join("unfinished");
            fs::write(&file, bytes).expect("the folder is ours");
            store.adopt(&file).expect("the store is ours")
        };
        let frame = [&media::png(1280, 720)[..], shot.id.as_str().as_bytes()].concat();
        let video = VideoFacts {
            codec: "h264".to_owned(),
            size: Size::new(1280, 720),
            pixels: "yuv420p".to_owned(),
            rate: Rate::FILM,
            frames: 121,
            parameters: "none".into(),
        };
        let facts = ClipFacts { video, audio: None, bytes: 9 };
        let clip = keep(format!("clip of {}", shot.id).as_bytes());
        let last_frame = graph.hands_on(at).then(|| keep(&frame));
        let taken = ClipRecord { last_frame, ..ClipRecord::new(recipe.digest(), clip, 1, "byteplus", facts) };
        store.record(&recipe, &taken).expect("the store is ours");
        clips.insert(at, taken);
    }
    let shots = clips.into_iter().map(|(at, taken)| (film.shots[at].id.clone(), taken)).collect();
    fs::write(folder.join("film.lock.yaml"), Lock { shots, ..Lock::default() }.text()).expect("the folder is ours");
}

/// Rewrites the storyboard.
#[track_caller]
fn edit(folder: &Path, from: &str, to: &str) {
    let file = folder.join("film.yaml");
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(text.contains(from), "`{from}` is not in the storyboard");
    fs::write(file, text.replace(from, to)).expect("the folder is ours");
}

/// The last frame that the lock names for a shot.
fn last_frame(folder: &Path, shot: &str) -> Digest {
    let text = fs::read_to_string(folder.join("film.lock.yaml")).expect("it is there");
    let lock = Lock::read(&text).expect("it is a lock");
    lock.shots[&shot.parse().expect("it is an id")].last_frame.expect("its frame was handed on")
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/plan"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
