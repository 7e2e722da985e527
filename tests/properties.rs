//! What holds for every text: nothing panics, and every place that a problem names lies within the text.

use std::sync::Arc;

use proptest::prelude::*;
use storyreel_core::film::{self, Inventory, MediaFault, Overrides};
use storyreel_core::graph;
use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{self, StoryboardTree};
use storyreel_core::text::{Problem, Span};

/// A storyboard that uses nearly every key of the format.
const BOARD: &str = r#"storyboard: 1
title: Der Wärter — 守塔人
x-common: &common {ratio: 16:9, resolution: 720p}
defaults: {duration: 5, audio: true, seed: 7, style: "35mm, {{weather}}", transition: cut, seam: auto}
profiles:
  draft: {model: seedance-2.0-mini, resolution: 480p}
vars: {weather: heavy rain}
cast:
  mara:
    name: Mara
    look: a woman in her sixties
    images: [refs/mara.png]
providers: {animatic: {max_in_flight: 3}}
budget: {max: 25, currency: USD}
film:
  output: out/keeper.mp4
  music: {file: score.mp3, gain_db: -12, duck: true, fade_out: 3}
  loudness: -14
  subtitles: sidecar
  chapters: scenes
shots:
  - id: dawn
    scene: Harbour
    prompt: |
      Wide shot at dawn, {{weather}} — “fog”.
      @mara walks the pier.
    duration: 6
    return_last_frame: true
  - id: climb
    prompt: "@mara climbs; écoute @@home a@b.c"
    dialogue:
      - {speaker: mara, line: "One more night.", at: 1.5}
  - id: lamp
    prompt: >
      She strikes a match.
    first_frame: {last_frame_of: climb}
    last_frame: refs/lamp.png
    transition: {type: dissolve, duration: 0.5}
  - id: crowd
    prompt: The village wakes.
    references:
      images: [refs/village.png, {last_frame_of: lamp}]
      videos: [{clip_of: dawn}]
      audio: [https://sounds.example/horn.mp3]
  - id: credits
    card: {text: The Keeper, subtitle: "a story reel"}
    duration: 3
  - {id: archive, clip: storm.mp4, in: 2, out: 6}
  - {id: still, image: refs/tower.jpg}
"#;

/// Reads and resolves `text` as the program does, and looks at every problem found.
fn examine(text: &str) -> Result<(), TestCaseError> {
    let Ok(source) = storyboard::source("film.yaml", text.as_bytes().to_vec()) else { return Ok(()) };
    let SourceFile { text, .. } = &source;
    let (board, mut problems) = storyboard::parse(&source, storyboard::Choices::default());
    if let Some(board) = board {
        let missing = |path| (path, Err(MediaFault::Missing(vec!["mara.png".to_owned()])));
        let inventory: Inventory = film::paths(&mut board.clone()).into_iter().map(missing).collect();
        let checked = film::resolve(&board, &Arc::new(source.clone()), &Overrides::default(), &inventory, problems);
        let (film, found) = graph::build(&board, checked);
        prop_assert!(film.is_some() || !found.is_empty(), "no film and no reason why");
        problems = found;
    } else {
        prop_assert!(!problems.is_empty(), "no storyboard and no reason why");
    }
    for problem in &problems {
        for (span, label) in &problem.labels {
            let (start, end) = (span.start as usize, span.end as usize);
            let fits = start <= end && text.is_char_boundary(start) && text.is_char_boundary(end);
            prop_assert!(fits, "{} `{label}` at {start}..{end} of {} bytes", problem.code, text.len());
        }
        prop_assert!(!problem.message.is_empty() && !problem.message.contains('\n'), "{problem:?}");
    }
    Ok(())
}

/// One small accident.
#[derive(Debug, Clone)]
enum Accident {
    LoseLine(usize),
    DoubleLine(usize),
    SwapLines(usize, usize),
    LoseChar(usize),
    Insert(usize, String),
    Cut(usize),
}

impl Accident {
    fn happen(&self, text: &str) -> String {
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let line = |at: usize| at % lines.len().max(1);
        let at_char = |at: usize| text.char_indices().nth(at % text.chars().count().max(1)).map_or(0, |(at, _)| at);
        match self {
            _ if text.is_empty() => String::new(),
            Self::LoseLine(at) => {
                lines.remove(line(*at));
                lines.concat()
            }
            Self::DoubleLine(at) => {
                lines.insert(line(*at), lines[line(*at)]);
                lines.concat()
            }
            Self::SwapLines(a, b) => {
                let (a, b) = (line(*a), line(*b));
                lines.swap(a, b);
                lines.concat()
            }
            Self::LoseChar(at) => {
                let mut text = text.to_owned();
                text.remove(at_char(*at));
                text
            }
            Self::Insert(at, piece) => {
                let mut text = text.to_owned();
                text.insert_str(at_char(*at), piece);
                text
            }
            Self::Cut(at) => text[..at_char(*at)].to_owned(),
        }
    }
}

fn accident() -> impl Strategy<Value = Accident> {
    let at = || any::<usize>();
    let yaml = prop::sample::select(vec![
        ":",
        "- ",
        "\n",
        "\n  ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "|",
        ">",
        "&a ",
        "*a",
        "!!int ",
        "? ",
        "#",
        "\t",
        "é",
        "\u{1f3ac}",
        "\u{301}",
        "\r",
        "{{",
        "}}",
        "@",
        "~",
        "-1",
        ".inf",
        "1e400",
        "<<: *common",
        "---\n",
        "\u{feff}",
    ]);
    prop_oneof![
        at().prop_map(Accident::LoseLine),
        at().prop_map(Accident::DoubleLine),
        (at(), at()).prop_map(|(a, b)| Accident::SwapLines(a, b)),
        at().prop_map(Accident::LoseChar),
        (at(), yaml).prop_map(|(at, piece)| Accident::Insert(at, piece.to_owned())),
        (at(), any::<char>()).prop_map(|(at, c)| Accident::Insert(at, c.to_string())),
        at().prop_map(Accident::Cut),
    ]
}

#[test]
fn the_storyboard_of_these_tests_is_sound_but_for_its_files() {
    let source = storyboard::source("film.yaml", BOARD.as_bytes().to_vec()).expect("it is text");
    let (board, problems) = storyboard::parse(&source, storyboard::Choices::default());
    assert!(board.is_some() && problems.is_empty(), "{problems:?}");
}

/// Reads a storyboard with an included file and a table, and looks at every problem of every film.
fn examine_many(own: &str, included: &str, table: &str) -> Result<(), TestCaseError> {
    let mut source = SourceFile::new("film.yaml", own);
    source.include("part.yaml", Some(Span::new(0, 1)), Ok(included));
    source.include("cast.yaml", Some(Span::new(0, 1)), Ok(CAST));
    source.include("rows.csv", None, Ok(table));
    let Ok(tree) = StoryboardTree::read(&source) else { return Ok(()) };
    let fits = |problems: &[Problem]| -> Result<(), TestCaseError> {
        for (span, label) in problems.iter().flat_map(|problem| &problem.labels) {
            let file = source.file_at(*span);
            let own = file.own(*span);
            let is_inside =
                own.end as usize <= file.text.len() && file.text.get(own.start as usize..own.end as usize).is_some();
            prop_assert!(is_inside, "`{label}` at {span:?} is not inside {}", file.name);
        }
        Ok(())
    };
    let rows = match tree.rows(&source, Some("rows.csv")) {
        Ok(rows) => rows.unwrap_or_default(),
        Err(problems) => {
            prop_assert!(!problems.is_empty());
            return fits(&problems);
        }
    };
    for row in rows.iter().take(3) {
        let overrides = Overrides { row: Some(Arc::new(row.clone())), ..Overrides::default() };
        let (board, mut problems) = tree.board(&source, overrides.choices());
        if let Some(mut board) = board {
            let inventory: Inventory =
                film::paths(&mut board).into_iter().map(|path| (path, Err(MediaFault::Outside))).collect();
            let (film, found) = graph::build(
                &board,
                film::resolve(&board, &Arc::new(source.clone()), &overrides, &inventory, problems),
            );
            prop_assert!(film.is_some() || !found.is_empty(), "no film and no reason why");
            problems = found;
        }
        fits(&problems)?;
    }
    Ok(())
}

/// Cells as people and programs write them.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,6}", "[0-9]{1,3}", Just("\"a, \"\"b\"\"\nc\"".to_owned()), Just("\"open".to_owned()), ".{0,8}"]
}

fn rows() -> impl Strategy<Value = String> {
    let line = prop::collection::vec(cell(), 1..5).prop_map(|cells| cells.join(","));
    let lines = prop::collection::vec(line, 0..6);
    (lines, prop_oneof![Just("\n"), Just("\r\n")], prop_oneof![Just("id,name,seconds"), Just("name"), Just("")])
        .prop_map(|(lines, end, head)| [&[head.to_owned()], &lines[..]].concat().join(end))
}

const MANY: &str = "storyboard: 1\ntitle: '{{name}}'\ninclude: [cast.yaml]\ndefaults: {duration: '{{seconds}}'}\nscenes: {S: {seed: 1}}\n\
                    cuts: {c: {shots: [a]}}\nshots:\n  - {id: a, scene: S, prompt: '@mara and {{name}}'}\n  - include: part.yaml\n";

const CAST: &str = "cast: {mara: {look: '{{name}}'}}\nvars: {name: x, seconds: 5}\n";

const PART: &str = "defaults: {duration: 4, ratio: '9:16'}\n\
                    shots:\n  - {id: b, prompt: B}\n  - {id: c, card: C}\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        examine(&text)?;
    }

    #[test]
    fn any_shot_is_read_or_refused(key in "[a-z_]{1,18}", value in "[ -~é–\n]{0,40}") {
        examine(&format!("storyboard: 1\nshots:\n  - id: dawn\n    {key}: {value}\n"))?;
    }

    #[test]
    fn many_films_with_accidents_are_read_or_refused(
        own in prop::collection::vec(accident(), 0..4),
        part in prop::collection::vec(accident(), 0..4),
        table in rows(),
    ) {
        let own = own.iter().fold(MANY.to_owned(), |text, accident| accident.happen(&text));
        let part = part.iter().fold(PART.to_owned(), |text, accident| accident.happen(&text));
        examine_many(&own, &part, &table)?;
    }

    #[test]
    fn a_storyboard_with_accidents_is_read_or_refused(accidents in prop::collection::vec(accident(), 1..8)) {
        let text = accidents.iter().fold(BOARD.to_owned(), |text, accident| accident.happen(&text));
        examine(&text)?;
    }
}

/// A storyboard of a few shots in one of the ways in which people write them.
fn written_board() -> impl Strategy<Value = (String, usize)> {
    let shot = (any::<bool>(), any::<bool>(), prop::option::of(1_u32..9), any::<bool>(), "[ -~é守]{0,12}");
    (prop::collection::vec(shot, 1..6), any::<bool>(), any::<prop::sample::Index>()).prop_map(|(shots, crlf, pick)| {
        let mut text = "storyboard: 1  # a film\nshots:\n".to_owned();
        for (at, (is_flow, id_first, take, has_comment, words)) in shots.iter().enumerate() {
            let words = serde_json::Value::from(words.as_str());
            let mut keys = vec![format!("prompt: {words}")];
            keys.extend(take.map(|take| format!("take: {take}")));
            keys.insert(if *id_first { 0 } else { keys.len() }, format!("id: s{at}"));
            let comment = if *has_comment { "  # {a: b}, c" } else { "" };
            let written = if *is_flow {
                format!("  - {{{}}}{comment}\n", keys.join(", "))
            } else {
                format!("  - {}{comment}\n", keys.join(&format!("{comment}\n    ")))
            };
            text.push_str(&written);
        }
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        (text, pick.index(shots.len()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_choice_changes_the_keys_of_one_shot_and_no_other_byte((text, shot) in written_board(), take in 1_i64..99) {
        let id = format!("s{shot}").parse().expect("an id");
        let edits = [storyboard::KeyEdit { key: "take", value: Some(storyboard::KeyValue::Number(take)) }];
        let changed = storyboard::edited(&text, &id, &edits).expect("each shot stands for itself");
        let (before, after) = (takes_of(&text), takes_of(&changed));
        for at in 0..before.len() {
            prop_assert_eq!(after[at], if at == shot { take } else { before[at] }, "{}\n{}", text, changed);
        }
        // Without the take of that shot the texts are the same, byte for byte.
        let own = format!("take: {take}");
        let old = format!("take: {}", before[shot]);
        let same = changed.lines().filter(|line| !text.lines().any(|older| older == *line)).collect::<Vec<_>>();
        prop_assert!(same.len() <= 1, "{:?}", same);
        prop_assert!(same.iter().all(|line| line.contains(&own)), "{:?}", same);
        let lost = text.lines().filter(|line| !changed.lines().any(|newer| newer == *line)).collect::<Vec<_>>();
        prop_assert!(lost.len() <= 1 && lost.iter().all(|line| line.contains(&old) || line.contains('{')), "{:?}", lost);
    }
}

/// The take of every shot.
fn takes_of(text: &str) -> Vec<i64> {
    let source = SourceFile::new("film.yaml", text);
    let (board, found) = storyboard::parse(&source, storyboard::Choices::default());
    assert!(found.is_empty(), "{found:?}\n{text}");
    let shots = board.expect("it is one").shots.expect("it has shots").value;
    shots.iter().map(|shot| shot.take.as_ref().map_or(1, |take| take.value)).collect()
}
