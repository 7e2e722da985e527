//! `storyreel check` on storyboards with one mistake each: what the user is shown is the snapshot.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::support::{Run, Seen, media};

/// Fixtures that need more than `check FILE`, or do not end with exit code 3.
const UNUSUAL: &[(&str, i32, &[&str])] = &[
    ("advice-frame-unused", 0, &[]),
    ("advice-words-only", 0, &[]),
    ("card-no-font", 0, &[]),
    ("card-too-short", 0, &[]),
    ("dialogue-early", 0, &[]),
    ("dialogue-fast", 0, &[]),
    ("dialogue-late", 0, &[]),
    ("dialogue-too-long", 0, &[]),
    ("dialogue-untranslated", 0, &[]),
    ("fps-above", 0, &[]),
    ("model-retired", 0, &[]),
    ("card-faint", 0, &[]),
    ("model-silent", 0, &[]),
    ("narration-late", 0, &[]),
    ("number-twice", 0, &[]),
    ("profile-none", 3, &["--profile", "draft"]),
    ("profile-unknown", 3, &["--profile", "darft"]),
    ("service-first-frame-hinted", 0, &[]),
    ("service-frame-shape", 0, &[]),
    ("service-model-named-elsewhere", 0, &[]),
    ("service-model-retired", 0, &[]),
    ("sound-unheard", 0, &[]),
    ("voice-unsent", 0, &[]),
    ("variable-unknown-option", 3, &["--var", "wether=fog"]),
];

/// What no output may hold, whatever the fixture.
const SECRET: &str = "hunter2";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The names, without their ending, of the files of `folder` that end in `ending`.
fn stems(folder: &Path, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is in the repository");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    names.filter_map(|name| Some(name.to_str()?.strip_suffix(ending)?.to_owned())).collect()
}

/// A project with every media file that a fixture names.
fn project() -> Run {
    let run = Run::new();
    let whole = media::png(640, 400);
    let mut heavy = whole.clone();
    heavy.resize(31_400_000, 0);
    let run = run
        .file("refs/mara-front.png", &whole)
        .file("refs/mara-side.png", media::png(400, 400))
        .file("refs/half.png", &whole[..whole.len() / 2])
        .file("refs/heavy.png", heavy)
        .file("refs/small.png", media::png(320, 200))
        .file("refs/wide.jpg", media::jpeg(1600, 400))
        .file("refs/words.png", "not a picture\n")
        .file("refs/empty.png", "")
        .file("refs/horn.wav", media::silence(2));
    media::mp4(&run.path().join("refs/clip.mp4"));
    run
}

fn check(project: &Seen, stem: &str) {
    let file = format!("{stem}.yaml");
    let text = fs::read_to_string(folder("fixtures/problems").join(&file)).expect("it was listed");
    let (code, more) =
        UNUSUAL.iter().find(|(name, ..)| *name == stem).map_or((3, &[][..]), |(_, code, more)| (*code, *more));
    let seen = project.again().board(&file, &text).args(["check", file.as_str()]).args(more).code(code);
    let seen = seen.out("").says_nothing_of(SECRET);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(stem, seen.stderr));
}

#[test]
fn every_mistake_is_shown_as_recorded() {
    let project = project().args(["--version"]).ok();
    let failed: Vec<String> = stems(&folder("fixtures/problems"), ".yaml")
        .into_iter()
        .filter(|stem| catch_unwind(AssertUnwindSafe(|| check(&project, stem))).is_err())
        .collect();
    assert!(failed.is_empty(), "not as recorded in tests/snapshots: {failed:#?}");
}

#[test]
fn every_snapshot_and_every_exception_has_a_fixture() {
    let fixtures = stems(&folder("fixtures/problems"), ".yaml");
    let snapshots = stems(&folder("snapshots"), ".snap");
    assert!(snapshots.is_subset(&fixtures), "without a fixture: {:?}", &snapshots - &fixtures);
    assert!(fixtures.is_subset(&snapshots), "without a snapshot: {:?}", &fixtures - &snapshots);
    let exceptions: BTreeSet<String> = UNUSUAL.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert!(exceptions.is_subset(&fixtures), "without a fixture: {:?}", &exceptions - &fixtures);
}

#[test]
fn a_storyboard_without_problems_is_said_to_have_none() {
    let board = "storyboard: 1\nshots:\n  - {id: dawn, prompt: Rain.}\n";
    let seen = Run::new().board("film.yaml", board).args(["check", "film.yaml"]).ok();
    seen.out("").err("film.yaml: 1 shot, 5 s, no problems\n");
}

#[test]
fn the_problems_of_all_storyboards_are_shown_at_once() {
    let run = Run::new().board("one.yaml", "storyboard: 1\n").board("two.yaml", "storyboard: 2\nshots: []\n");
    let seen = run.args(["check", "one.yaml", "two.yaml", "three.yaml"]).code(3);
    seen.err_has("one.yaml").err_has("version 2").err_has("cannot read `three.yaml`");
}

/// The column at which `part` begins in a line.
fn column(line: &str, part: &str) -> Option<usize> {
    line.find(part).map(|at| line[..at].chars().count())
}

#[test]
fn on_terminals_of_any_width_the_mark_stands_under_its_words() {
    let file = "cast-unknown-far-in-a-line.yaml";
    let text = fs::read_to_string(folder("fixtures/problems").join(file)).expect("it is in the repository");
    for columns in ["60", "80", "100", "200"] {
        let run = Run::new().board("film.yaml", &text).env("COLUMNS", columns);
        let seen = run.args(["check", "film.yaml"]).code(3);
        let lines: Vec<&str> = seen.stderr.lines().collect();
        let at = lines.iter().position(|line| line.contains("@nobody")).expect("the excerpt has the name");
        assert_eq!(column(lines[at], "@nobody"), column(lines[at + 1], "───┬───"), "{columns}:\n{}", seen.stderr);
        assert!(seen.stderr.contains("[film.yaml:4:101]"), "{columns}:\n{}", seen.stderr);
        let limit = columns.parse().expect("it is a number");
        assert!(lines.iter().all(|line| line.chars().count() <= limit), "{columns}:\n{}", seen.stderr);
    }
}

#[test]
fn columns_are_counted_in_characters_of_the_file() {
    let words = "灯塔é ".repeat(40);
    let board = format!("storyboard: 1\nshots:\n  - {{id: a, prompt: \"{words}@nobody {words}\"}}\n");
    for columns in ["60", "300"] {
        let run = Run::new().board("film.yaml", &board).env("COLUMNS", columns);
        let seen = run.args(["check", "film.yaml"]).code(3);
        seen.err_has("[film.yaml:3:182]").err_has("@nobody");
    }
}
