//! Every storyboard under `examples/` checks without a warning and becomes a film of the planned length.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::newest;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Folders of examples that are no storyboard of one film.
const OTHERS: [&str; 4] = ["github-actions", "screenplay", "ads", "series"];
/// Frames a second of every film.
const RATE: f64 = 24.0;

/// An empty folder that is the root of a project, wherever temporary folders lie on this machine.
pub(crate) fn project() -> TempDir {
    let folder = TempDir::with_prefix("storyreel-test-").expect("a temporary folder can be made");
    fs::create_dir(folder.path().join(".git")).expect("the folder is ours");
    folder
}

/// Copies a folder without what `render` writes into it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "out" && name != ".storyreel" {
            copy(&path, &to.join(name));
        } else if path.is_file() && !name.ends_with(".lock.yaml") {
            fs::copy(&path, to.join(name)).expect("the file can be copied");
        }
    }
}

/// The storyboards below `folder`: `name/name.yaml`.
fn storyboards(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.is_dir() && !OTHERS.iter().any(|other| path.ends_with(other)))
        .map(|path| path.join(path.file_name().expect("a folder has a name")).with_extension("yaml"))
        .collect();
    found.sort();
    assert!(found.len() >= 3 && found.iter().all(|path| path.is_file()), "{found:?}");
    found
}

fn storyreel(arguments: &[&str], storyboard: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_storyreel"))
        .args(arguments)
        .arg(storyboard)
        .env_remove("STORYREEL_STORE")
        .output()
        .expect("the program runs");
    assert!(
        output.status.success(),
        "{arguments:?} {}: {}",
        storyboard.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn examples_check_without_warnings() {
    for storyboard in storyboards(&Path::new(ROOT).join("examples")) {
        for profile in profiles(&storyboard) {
            let output = storyreel(
                &[&["check"], profile.iter().map(String::as_str).collect::<Vec<_>>().as_slice()].concat(),
                &storyboard,
            );
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.trim_end().ends_with("no problems") && said.lines().count() == 1, "{said}");
        }
    }
}

/// The arguments that choose each profile of a storyboard, and none of them.
fn profiles(storyboard: &Path) -> Vec<Vec<String>> {
    let name = storyboard.to_string_lossy().into_owned();
    let bytes = fs::read(storyboard).expect("the storyboard can be read");
    let source = storyreel_core::storyboard::source(&name, bytes).expect("it is UTF-8");
    let (board, _) = storyreel_core::storyboard::parse(&source, storyreel_core::storyboard::Choices::default());
    let board = board.expect("the storyboard can be read");
    let names: Vec<String> = board.profiles.iter().flat_map(|profiles| profiles.names()).map(str::to_owned).collect();
    assert!(!names.is_empty(), "{name} shows profiles");
    std::iter::once(Vec::new()).chain(names.into_iter().map(|name| vec!["--profile".to_owned(), name])).collect()
}

#[test]
fn examples_become_films() {
    let folder = project();
    let examples = folder.path().join("examples");
    copy(&Path::new(ROOT).join("examples"), &examples);
    for storyboard in storyboards(&examples) {
        let plan = storyreel(&["plan", "--format", "json"], &storyboard).stdout;
        let plan: Value = serde_json::from_slice(&plan).expect("the plan is JSON");
        let seconds = plan["film"]["duration_s"].as_f64().expect("a film has a length");
        storyreel(&["render", "--resolution", "480p"], &storyboard);
        let film = storyboard.with_file_name("out").join(storyboard.file_name().expect("it has a name"));
        let film = film.with_extension("mp4");
        assert_eq!(frames(&film), (seconds * RATE).round() as u64, "{}", film.display());
    }
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storyreel"));
    let output =
        command.current_dir(folder).args(arguments).env_remove("STORYREEL_STORE").env("COLUMNS", "100").output();
    let output = output.expect("the program runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn an_agency_makes_forty_films_from_a_table() {
    let folder = project();
    copy(&Path::new(ROOT).join("examples/ads"), folder.path());
    assert_eq!(run(folder.path(), &["check", "ads.yaml"]), "ads.yaml: 40 films, 120 shots, 4:40 min, no problems\n");
    let plan: Value =
        serde_json::from_str(&run(folder.path(), &["plan", "ads.yaml", "--format", "json"])).expect("JSON");
    // Each language has one brand card, and everything else is a film's own.
    assert_eq!((&plan["totals"]["films"], &plan["totals"]["shared"]), (&40.into(), &38.into()));
    let rows = ["--row", "moss-mug-en", "--row", "moss-mug-de", "--row", "oak-bowl-en"];
    run(folder.path(), &[&["render", "ads.yaml", "--jobs", "4"][..], &rows].concat());
    for name in ["moss-mug-en", "moss-mug-de", "oak-bowl-en"] {
        // 1.5, 4 and 2 s, less two dissolves of a quarter.
        assert_eq!(frames(&folder.path().join(format!("out/ads.{name}.mp4"))), 7 * 24, "{name}");
    }
    run(folder.path(), &[&["render", "ads.yaml", "--locked"][..], &rows].concat());
}

#[test]
fn a_series_shares_its_cast_its_style_and_its_opening() {
    let folder = project();
    copy(&Path::new(ROOT).join("examples/series"), folder.path());
    let episodes = ["one.yaml", "two.yaml", "three.yaml"];
    run(folder.path(), &[&["check"][..], &episodes].concat());
    run(folder.path(), &[&["check", "--profile", "final"][..], &episodes].concat());
    let said = run(folder.path(), &[&["render", "--progress", "plain"][..], &episodes].concat());
    // Twelve shots, of which the opening is in all three.
    assert!(
        said.contains("3 films: 12 shots, 12 to make") && said.contains("10 shots made, 2 already there"),
        "{said}"
    );
    for episode in ["one", "two", "three"] {
        assert_eq!(frames(&folder.path().join(format!("out/{episode}.mp4"))), 14 * 24, "{episode}");
    }
    let said = run(folder.path(), &[&["render", "--cut", "teaser", "--progress", "plain"][..], &episodes].concat());
    // The card is there already. Each teaser begins with an animatic of its own, which shows the time of the teaser.
    assert!(said.contains("3 shots made"), "{said}");
    assert_eq!(frames(&folder.path().join("out/two.teaser.mp4")), 6 * 24);
}

/// The number of pictures of a film, counted by decoding it.
fn frames(film: &Path) -> u64 {
    let fields = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
    let output = newest::program("ffprobe").args(fields).args(["-of", "csv=p=0"]).arg(film).output();
    let output = output.expect("ffprobe is there");
    let count = String::from_utf8_lossy(&output.stdout);
    count.trim().trim_end_matches(',').parse().unwrap_or_else(|_| panic!("ffprobe counts: {output:?}"))
}

/// A file of the repository that holds what the program prints. With `UPDATE_DOCS` in the environment it is written anew.
pub(crate) fn kept(path: &str, printed: &str) {
    let file = Path::new(ROOT).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, printed).expect("the file can be written");
    }
    let kept = fs::read_to_string(&file).expect("the file is there");
    assert!(
        kept == printed,
        "{path} is old; write it anew: UPDATE_DOCS=1 cargo test --test it -- readme format examples schemas"
    );
}

#[test]
fn examples_name_their_schema() {
    let examples = Path::new(ROOT).join("examples");
    let more =
        ["ads/ads.yaml", "series/one.yaml", "series/two.yaml", "series/three.yaml"].map(|name| examples.join(name));
    for storyboard in storyboards(&examples).into_iter().chain(more) {
        let text = fs::read_to_string(&storyboard).expect("the storyboard can be read");
        let first = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
        let path = storyboard.with_file_name(first.expect("the first line names the schema"));
        assert!(path.is_file(), "{}", path.display());
    }
}

/// The picture of the graph in the README is the one that the program draws.
#[test]
fn the_graph_in_the_repository_is_current() {
    let storyboard = Path::new(ROOT).join("examples/keeper/keeper.yaml");
    let drawn = storyreel(&["graph", "--format", "svg"], &storyboard).stdout;
    kept("examples/keeper/keeper.svg", &String::from_utf8_lossy(&drawn));
}
