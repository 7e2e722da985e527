//! What a repository needs beside its code: workflows, the action, the image, and the pages for contributors.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The workflows of the repository and of the examples.
fn workflows() -> Vec<String> {
    let mut paths = Vec::new();
    for folder in [".github/workflows", "examples/github-actions"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            let is_workflow = path.extension().is_some_and(|ending| ending == "yml");
            paths.extend(is_workflow.then(|| format!("{folder}/{name}")));
        }
    }
    assert!(paths.len() >= 3, "{paths:?}");
    paths
}

/// The steps of every job of a workflow.
fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().expect("a workflow has jobs");
    jobs.values().flat_map(|job| job["steps"].as_array().expect("a job has steps")).collect()
}

/// The first value of a key in `Cargo.toml`.
fn cargo(key: &str) -> String {
    let start = format!("{key} = \"");
    let text = read("Cargo.toml");
    let line = text.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("no {key}"));
    line.trim_end_matches('"').to_owned()
}

/// `1.92` and `1.92.0` as numbers that can be compared.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or_else(|_| panic!("`{version}` is no version"))).collect()
}

/// What others choose never becomes a part of a script: it reaches it by the environment.
#[track_caller]
fn insists_on_environment(path: &str, step: &Value) {
    let script = step["run"].as_str().unwrap_or_default();
    assert!(!script.contains("${{"), "{path}: a script has an expression in its text; use `env`:\n{script}");
}

#[test]
fn workflows_can_do_little_and_put_no_expression_into_a_script() {
    for path in workflows() {
        let workflow = yaml(&path);
        assert!(workflow["on"].is_object(), "{path} says when it runs");
        assert_eq!(workflow["permissions"]["contents"], "read", "{path}: a job asks for more by itself");
        for job in workflow["jobs"].as_object().expect("a workflow has jobs").values() {
            assert!(job["timeout-minutes"].is_u64(), "{path}: a job has no end");
        }
        for step in steps(&workflow) {
            assert!(step["run"].is_string() != step["uses"].is_string(), "{path}: {step}");
            insists_on_environment(&path, step);
            let uses = step["uses"].as_str().unwrap_or_default();
            let persists = step["with"]["persist-credentials"] != false;
            let checkout = path.starts_with(".github") && uses.starts_with("actions/checkout");
            assert!(!(checkout && persists), "{path}: later steps can read the token of the checkout");
        }
    }
}

#[test]
fn ci_tries_all_systems_and_the_oldest_rust() {
    let text = read(".github/workflows/ci.yml");
    for needed in ["ubuntu-", "macos-", "windows-", ".ci/run", "rust-version", "cargo-deny", "clippy"] {
        assert!(text.contains(needed), "ci.yml has no `{needed}`");
    }
}

/// A profile that is made for releases is used for them.
#[test]
fn a_release_has_checksums_and_every_binary_that_the_action_downloads() {
    let release = read(".github/workflows/release.yml");
    let action = read("action.yml");
    let targets: Vec<&str> = release.split("target: ").skip(1).filter_map(|rest| rest.split('}').next()).collect();
    let archives: Vec<&str> =
        action.split("archive=storyreel-").skip(1).filter_map(|rest| rest.split(".tar").next()).collect();
    assert!(archives.len() >= 4, "{archives:?}");
    for archive in archives {
        assert!(targets.contains(&archive), "no release has {archive}: {targets:?}");
    }
    assert!(release.contains("sha256sum storyreel-*") && action.contains("--check"));
    let dist = read("Cargo.toml").contains("[profile.dist]");
    assert_eq!(dist, release.contains("--profile dist"), "releases are built with the profile that is made for them");
}

fn runs_storyreel(step: &Value) -> bool {
    let script = step["run"].as_str().unwrap_or_default();
    script.lines().any(|line| line.starts_with("storyreel "))
}

#[test]
fn the_action_takes_its_inputs_by_the_environment_and_uses_all() {
    let action = yaml("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().expect("it has steps");
    for step in steps {
        insists_on_environment("action.yml", step);
        assert_eq!(step["shell"], "bash", "{step}");
    }
    let used: Vec<String> = steps.iter().map(|step| format!("{} {}", step["env"], step["if"])).collect();
    let used = used.join("\n");
    for input in action["inputs"].as_object().expect("it has inputs").keys() {
        assert!(used.contains(&format!("inputs.{input}")), "the input `{input}` does nothing");
        assert!(read("docs/ci.md").contains(&format!("| `{input}` |")), "docs/ci.md does not tell `{input}`");
    }
    let storyreel: Vec<&Value> = steps.iter().filter(|step| runs_storyreel(step)).collect();
    assert_eq!(storyreel.len(), 3, "plan, check and limit");
    for step in storyreel {
        assert_eq!(step["env"]["STORYREEL_UNTRUSTED"], "1", "a pull request is a stranger's text: {step}");
    }
}

#[test]
fn one_version_stands_everywhere() {
    let version = cargo("version");
    assert_eq!(yaml("action.yml")["inputs"]["version"]["default"], version.as_str(), "action.yml");
    let page = read("docs/ci.md");
    for line in [format!("uses: storyreel/storyreel@v{version}"), format!("rev: v{version}")] {
        assert!(page.contains(&line), "docs/ci.md has no `{line}`");
    }
    assert_eq!(cargo("repository"), "https://github.com/storyreel/storyreel");
    assert!(page.contains(&cargo("repository")));
}

#[test]
fn the_image_is_built_with_a_rust_that_can_and_runs_without_root() {
    let text = read("Dockerfile");
    let image = text.lines().find_map(|line| line.strip_prefix("FROM rust:")).expect("it is built with Rust");
    let version = image.split('-').next().expect("an image has a tag");
    assert!(numbers(version) >= numbers(&cargo("rust-version")), "Rust {version} is too old");
    let user = text.lines().rev().find_map(|line| line.strip_prefix("USER ")).expect("it has a user");
    assert!(user != "root" && user != "0");
    for package in ["ffmpeg", "fontconfig", "fonts-noto-cjk", "fonts-noto-color-emoji", "ca-certificates", "git"] {
        assert!(text.contains(package), "no {package} in the image");
    }
}

#[test]
fn the_hook_checks_storyboards() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = &hooks[0];
    assert_eq!((&hook["id"], &hook["entry"]), (&"storyreel-check".into(), &"storyreel check".into()));
    assert!(read("docs/ci.md").contains("- id: storyreel-check"));
}

/// Every licence of `deny.toml` is named once, and in order, so that a change is one line.
#[test]
fn licences_are_in_order() {
    let text = read("deny.toml");
    let (_, list) = text.split_once("allow = [").expect("it allows licences");
    let (list, _) = list.split_once(']').expect("the list ends");
    let names: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(names.len() > 3 && names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

const FOLDERS: &[&str] =
    &["src/", "tests/", "docs/", "crates/", "examples/", "benches/", "schemas/", ".github/", ".ci/"];

/// Whether a word in code is a path of this repository.
fn is_path(word: &str) -> bool {
    !word.contains([' ', '<', '*', ':']) && FOLDERS.iter().any(|folder| word.starts_with(folder))
}

/// Files and folders that a page names, in links and in code.
fn named_paths(text: &str) -> Vec<String> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let links = links.filter(|link| !link.is_empty() && !link.contains("://"));
    let code = text.split('`').skip(1).step_by(2).filter(|word| is_path(word));
    links.chain(code).map(str::to_owned).collect()
}

#[test]
fn the_pages_for_contributors_name_files_that_are_there() {
    for page in ["CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"] {
        for path in named_paths(&read(page)) {
            let file: PathBuf = Path::new(ROOT).join(&path);
            assert!(file.exists(), "{page} names `{path}`, which is not there");
        }
    }
    let paths = named_paths(&read("ARCHITECTURE.md"));
    assert!(paths.len() > 15, "{paths:?}");
}

fn place(text: &str, part: &str) -> usize {
    text.find(part).unwrap_or_else(|| panic!("the README has no `{part}`"))
}

/// A newcomer reads the README to its end.
#[test]
fn the_readme_is_short_and_begins_with_the_film() {
    let text = read("README.md");
    assert!(text.lines().count() <= 200, "{} lines", text.lines().count());
    let film = place(&text, "<!-- command: film -->");
    let install = place(&text, "cargo install");
    let commands = place(&text, "| command | does |");
    assert!(film < install && install < commands);
}
