//! A shot's identity: what changes it, and what does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use storyreel_core::film::{self, FileFormat, InspectedMedia, Inventory, MediaKind, Overrides};
use storyreel_core::index::ShotIndex;
use storyreel_core::recipe::{EarlierTakes, Recipe};
use storyreel_core::storyboard;
use storyreel_core::units::{Digest, Size};

const BOARD: &str = "\
storyboard: 1
title: One
defaults: {style: soft}
vars: {weather: rain}
cast: {mara: {name: Mara, look: grey}}
shots:
  - {id: one, prompt: first}
  - id: two
    scene: A
    prompt: \"{{weather}} on @mara\"
    duration: 5
    seed: 7
    first_frame: a.png
    last_frame: {last_frame_of: one}
    dialogue: [{speaker: mara, line: Hello, at: 1}]
";

fn inventory() -> Inventory {
    let picture = |bytes: &[u8]| {
        let kind = MediaKind::Image(Size::new(640, 360));
        Ok(InspectedMedia { digest: Digest::of(bytes), bytes: 9, kind, format: FileFormat::Picture, video: None })
    };
    BTreeMap::from([
        ("a.png".to_owned(), picture(b"a")),
        ("b.png".to_owned(), picture(b"b")),
        ("c.png".to_owned(), picture(b"a")),
    ])
}

/// The recipe of shot `two`, whose upstream clip has the digest of `clip`.
fn recipe(text: &str, clip: &[u8]) -> Recipe {
    let source = storyboard::source("board.yaml", text.as_bytes().to_vec()).expect("it is text");
    let (board, problems) = storyboard::parse(&source, storyboard::Choices::default());
    let checked = film::resolve(
        &board.expect("it is a storyboard"),
        &Arc::new(source),
        &Overrides::default(),
        &inventory(),
        problems,
    );
    let film = checked.film.unwrap_or_else(|| panic!("{:#?}", checked.problems));
    let two = film.shots.iter().position(|shot| shot.id.as_str() == "two").expect("it is there");
    Recipe::of(&film, ShotIndex(two), EarlierTakes::Numbered, &|_| Some(Digest::of(clip))).expect("every clip is known")
}

fn digest(text: &str) -> Digest {
    recipe(text, b"clip").digest()
}

#[track_caller]
fn edited(from: &str, to: &str) -> Digest {
    assert!(BOARD.contains(from), "`{from}` is not in the storyboard");
    digest(&BOARD.replace(from, to))
}

#[test]
fn whatever_decides_the_picture_changes_the_identity() {
    let before = digest(BOARD);
    for (from, to) in [
        ("weather: rain", "weather: fog"),
        ("style: soft", "style: hard"),
        ("name: Mara", "name: Maria"),
        ("look: grey", "look: red"),
        ("duration: 5", "duration: 6"),
        ("duration: 5", "duration: 5\n    model: seedance-2.5"),
        ("duration: 5", "duration: 5\n    resolution: 480p"),
        ("duration: 5", "duration: 5\n    ratio: 1:1"),
        ("duration: 5", "duration: 5\n    audio: false"),
        ("duration: 5", "duration: 5\n    watermark: true"),
        ("duration: 5", "duration: 5\n    take: 2"),
        ("seed: 7", "seed: 8"),
        ("    seed: 7\n", ""),
        ("first_frame: a.png", "first_frame: b.png"),
        ("{last_frame_of: one}", "{first_frame_of: one}"),
        ("    last_frame: {last_frame_of: one}\n", ""),
        ("line: Hello", "line: Goodbye"),
        ("on @mara", "over @mara"),
        // An animatic shows these of its shot: name, scene, number, drawing, and the time of the film.
        ("scene: A", "scene: B"),
        ("scene: A", "scene: A\n    number: 20A"),
        ("scene: A", "scene: A\n    board: b.png"),
        ("id: one, prompt: first", "id: one, prompt: first, duration: 4"),
    ] {
        assert_ne!(edited(from, to), before, "`{from}` → `{to}`");
    }
    assert_ne!(recipe(BOARD, b"another clip").digest(), before, "another clip upstream");
}

#[test]
fn whatever_does_not_leaves_it() {
    let before = digest(BOARD);
    for (from, to) in [
        ("title: One", "title: Two"),
        ("scene: A", "scene: A   # a comment"),
        ("scene: A", "scene: A\n    notes: louder"),
        ("scene: A", "scene: A\n    seam: keep"),
        ("scene: A", "scene: A\n    return_last_frame: true"),
        // The same bytes under another name.
        ("first_frame: a.png", "first_frame: c.png"),
        ("duration: 5", "duration: 5.0"),
        ("id: one, prompt: first", "id: one, prompt: something else"),
        ("shots:\n", "film: {chapters: shots}\nproviders: {animatic: {max_in_flight: 1}}\nshots:\n"),
        ("\"{{weather}} on @mara\"", "|\n      {{ weather }} on @mara\n"),
        ("at: 1", "at: 2"),
    ] {
        assert_eq!(edited(from, to), before, "`{from}` → `{to}`");
    }
    // What another shot starts on stays, whatever is drawn for a shot that is bought.
    let bought = BOARD.replace("{style: soft}", "{style: soft, provider: byteplus}");
    let before = digest(&bought);
    let (one, two) = bought.split_once("  - id: two").expect("two shots");
    let (head, one) = one.split_once("shots:\n").expect("a list");
    assert_eq!(digest(&format!("{head}shots:\n  - id: two{two}{one}")), before, "the order of the shots");
    for keys in ["number: 20A", "board: b.png", "transition: dissolve"] {
        assert_eq!(digest(&bought.replace("scene: A", &format!("scene: A\n    {keys}"))), before, "{keys}");
    }
}

/// A service must not see a drawing, and moving an animatic in the film must not buy again what starts on it.
#[test]
fn an_animatic_that_a_service_starts_on_shows_nothing_of_the_board() {
    let fed = BOARD.replace(
        "{id: one, prompt: first}",
        "{id: one, prompt: first, provider: byteplus, first_frame: {last_frame_of: two}}",
    );
    let fed = fed.replace("    last_frame: {last_frame_of: one}\n", "");
    let before = digest(&fed);
    assert_ne!(before, digest(&fed.replace("scene: A", "scene: B")), "it is an animatic all the same");
    for keys in ["number: 20A", "board: b.png"] {
        assert_eq!(digest(&fed.replace("scene: A", &format!("scene: A\n    {keys}"))), before, "{keys}");
    }
    assert_eq!(digest(&fed.replace("prompt: first,", "prompt: first, duration: 8,")), before, "the time of the film");
}

#[test]
fn a_recipe_reads_back_and_names_what_changed() {
    let before = recipe(BOARD, b"clip");
    assert_eq!(Recipe::read(&before.text()).as_ref(), Some(&before));
    let after = recipe(&BOARD.replace("duration: 5", "duration: 6").replace("seed: 7", "seed: 8"), b"clip");
    assert_eq!(after.changes(&before), ["duration", "seed"]);
    // Another provider says it all: what only the animatic asks for goes with it.
    let elsewhere = recipe(&BOARD.replace("{style: soft}", "{style: soft, provider: byteplus}"), b"clip");
    assert_eq!(elsewhere.changes(&before), ["model", "provider"]);
}
