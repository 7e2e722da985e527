//! What an edit costs, what would spare it, and what is different from another version.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{BOARD, edit, last_frame, made, plan, project, snapshot};
use crate::support::Seen;

/// A film that was made, and whose first shot was edited then.
fn edited() -> Seen {
    let seen = project(BOARD).args(["check", "film.yaml"]).ok();
    made(seen.path());
    edit(seen.path(), "Wide shot at dawn.", "Wide shot at noon.");
    seen
}

fn whys(document: &Value) -> Vec<String> {
    let shots = document["shots"].as_array().expect("it is a list");
    shots.iter().map(|shot| format!("{} {}", shot["id"], shot["why"]).replace('"', "")).collect()
}

#[test]
fn an_edit_has_a_price_and_so_have_the_ways_around_it() {
    let document = plan(&edited(), "--format json").ok().json();
    let impact = &document["impact"];
    assert_eq!([&impact["direct"], &impact["upstream"]], [&json!(["dawn"]), &json!(["climb", "lamp", "boat"])]);
    let edit = &impact["edits"][0];
    assert_eq!([&edit["shot"], &edit["why"]], [&json!("dawn"), &json!("prompt changed")]);
    let ways: Vec<(&Value, &Value, &Value)> = edit["alternatives"]
        .as_array()
        .expect("it is a list")
        .iter()
        .map(|it| (&it["way"], &it["starts"], &it["remade"]))
        .collect();
    // The boat leans on the whole clip of dawn: no frame spares it.
    assert_eq!(
        ways,
        [
            (&json!("cut"), &json!(["climb"]), &json!(["dawn", "boat"])),
            (&json!("keep_tail"), &json!(["climb"]), &json!(["dawn", "boat"])),
            (&json!("cut"), &json!(["lamp"]), &json!(["dawn", "climb", "boat"])),
        ]
    );
    let lowest = |cost: &Value| cost["cost"][0]["low"].clone();
    assert_eq!(lowest(&edit["alternatives"][2]["whole"]).as_str().map(|low| &low[..4]), Some("2.36"));
}

/// To do what the plan proposes costs what it says: the cut shot and all behind it stay.
#[test]
fn a_cut_keeps_the_rest_of_the_chain() {
    let seen = edited();
    let folder = seen.path();
    let hex = last_frame(folder, "climb").hex();
    let object = folder.join(".storyreel/objects").join(&hex[..2]).join(&hex);
    fs::copy(object, folder.join("climb-last.png")).expect("the store has it");
    edit(folder, "She strikes a match.", "She strikes a match., first_frame: climb-last.png");
    let document = plan(&seen, "--format json").ok().json();
    assert_eq!(
        whys(&document)[1..4],
        ["dawn prompt changed", "climb upstream dawn changed", "lamp up to date: the same frames from a file"]
    );
    assert_eq!(document["shots"][3]["action"], "reuse");
    // A picture of other bytes is another recipe.
    fs::copy(folder.join("dawn.png"), folder.join("climb-last.png")).expect("the folder is ours");
    let document = plan(&seen, "--format json").ok().json();
    assert_eq!([&document["shots"][3]["action"], &document["shots"][3]["why"]], ["render", "first_frame changed"]);
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").arg("-C").arg(folder).args(who).args(args).env("HOME", folder).output();
    let output = output.expect("there is a git");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository whose first commit holds a film that was made.
pub(super) fn repository() -> Seen {
    let seen = project(BOARD).file(".gitignore", ".storyreel\n").args(["check", "film.yaml"]).ok();
    let folder = seen.path();
    made(folder);
    let _ = fs::remove_file(folder.join("unfinished"));
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "One"]);
    git(folder, &["tag", "one"]);
    seen
}

/// A commit has another name wherever it is made.
fn steady(text: &str, folder: &Path) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(["rev-parse", "one"]).output().expect("there is a git");
    let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    text.replace(&commit, "[commit]").replace(&commit[..12], "[commit]")
}

fn change(folder: &Path) {
    edit(folder, "She strikes a match.", "She strikes two matches.");
    edit(folder, "  - {id: crowd, prompt: The village wakes., model: seedance-2.5, duration: -1}\n", "");
    edit(folder, "shots:\n", "shots:\n  - {id: harbour, prompt: Boats., duration: 10}\n");
    let boat = "  - {id: boat, prompt: A boat., references: {videos: [{clip_of: dawn}]}}\n";
    edit(folder, boat, "");
    edit(folder, "  - {id: title", &format!("{boat}  - {{id: title"));
    fs::write(folder.join("dawn.png"), crate::support::media::png(1270, 720)).expect("the folder is ours");
}

#[test]
fn an_older_version_is_compared_with() {
    let seen = repository();
    plan(&seen, "--against one").ok().out_has("nothing changed");
    change(seen.path());
    let against = plan(&seen, "--against one --format json").ok().json()["against"].clone();
    assert_eq!([&against["added"], &against["removed"]], [&json!(["harbour"]), &json!(["crowd"])]);
    assert_eq!(
        against["changed"],
        json!([
            {"shot": "dawn", "fields": ["first_frame"]},
            {"shot": "lamp", "fields": ["prompt"]},
        ])
    );
    assert_eq!([&against["upstream"], &against["lock_trusted"]], [&json!(["boat", "climb"]), &json!(false)]);
    assert_eq!(against["moved"], json!([{"shot": "boat", "from": 6, "to": 2}]));
    for (format, name) in [("table", "against-100"), ("markdown", "against-markdown")] {
        let seen = plan(&seen, &format!("--against one --format {format}")).ok().err("");
        snapshot(name, &steady(&seen.stdout, seen.path()));
    }
}

/// A job that checks a pull request has the lock and no store.
#[test]
fn without_a_store_the_lock_counts() {
    let seen = repository();
    edit(seen.path(), "Wide shot at dawn.", "Wide shot at noon.");
    fs::remove_dir_all(seen.path().join(".storyreel")).expect("the folder is ours");
    let document = plan(&seen, "--against HEAD --format json").ok().json();
    assert_eq!(document["against"]["lock_trusted"], true);
    assert_eq!([&document["totals"]["render"], &document["totals"]["reuse"]], [4, 2]);
    assert_eq!(document["impact"]["direct"], json!(["dawn"]));
    assert_eq!(whys(&document)[1], "dawn prompt changed");
    // Without a version to compare with nothing is taken at its word.
    assert_eq!(plan(&seen, "--format json").ok().json()["totals"]["reuse"], 0);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let seen = repository();
    plan(&seen, "--against two").code(2).err_has("there is no revision `two` in this repository");
    plan(&seen, "--against --output=/tmp/x").code(2);
    let seen = seen.again().args(["plan", "film.yaml", "--against=--output=x"]).code(2);
    seen.err_has("there is no revision `--output=x`");
    let elsewhere = project(BOARD).args(["plan", "film.yaml", "--against", "HEAD"]).code(2);
    elsewhere.err_has("is in no git repository");
    let none = project(BOARD).env("PATH", "/nonexistent").args(["plan", "film.yaml", "--against", "HEAD"]).code(1);
    none.err_has("`--against` needs git");
}
