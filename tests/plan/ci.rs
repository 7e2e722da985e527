//! What jobs rely on: exit codes, the schema, the workflow and the action.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::edits::repository;
use super::{BOARD, TODAY, edit, made, plan, project};

#[test]
fn what_is_printed_is_what_the_schema_says() {
    let schema = super::super::support::Run::new().args(["schema", "plan"]).ok().json();
    jsonschema::draft202012::meta::validate(&schema).expect("it is a JSON Schema");
    let validator = jsonschema::draft202012::new(&schema).expect("it is a JSON Schema");
    let seen = repository();
    let valid = |args: &str| {
        let printed = plan(&seen, &format!("--format json {args}")).ok().json();
        let faults: Vec<String> =
            validator.iter_errors(&printed).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{args}: {faults:#?}");
        printed
    };
    valid("");
    edit(seen.path(), "Wide shot at dawn.", "Wide shot at noon.");
    assert!(valid("--against one --profiles").get("impact").is_some());
    valid("--compare");
    valid("--provider animatic");
    let mut broken = valid("");
    broken["totals"]["cost"] = serde_json::json!("3.05 USD");
    assert!(!validator.is_valid(&broken));
    let mut lacking = valid("");
    lacking["shots"][0].as_object_mut().expect("it is an object").remove("action");
    assert!(!validator.is_valid(&lacking));
}

#[test]
fn a_limit_is_an_exit_code() {
    let seen = project(BOARD).args(["check", "film.yaml"]).ok();
    plan(&seen, "--max-cost 25USD").ok().out_has("5 rendered");
    plan(&seen, "--max-cost 25").ok();
    plan(&seen, "--max-cost 4USD").code(4).out_has("5 rendered").err_has("more than the limit of 4.00 USD");
    plan(&seen, "--max-cost 100CNY").code(4).err_has("and no limit is set in USD");
    plan(&seen, "--max-cost 100USD --provider atlascloud --model seedance-2.0-fast").code(4).err_has("unknown");
    made(seen.path());
    plan(&seen, "--max-cost 0").ok();
}

/// The scripts of the steps by name, in the workflow of the examples or in the action.
fn scripts(path: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("it is in the repository");
    let file: Value = serde_saphyr::from_str(&text).expect("it is YAML");
    let steps = file.pointer("/jobs/plan/steps").or(file.pointer("/runs/steps")).and_then(Value::as_array);
    let steps = steps.expect("it has steps");
    let script = |step: &Value| Some((step["name"].as_str()?.to_owned(), step["run"].as_str()?.to_owned()));
    steps.iter().filter_map(script).collect()
}

/// Stands in for GitHub's own program: answers with the comment that is there, and keeps what is written.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$SEEN/calls"
case "$*" in
  *--paginate*) cat "$SEEN/comments" 2> /dev/null || true ;;
  *PATCH*"body=@$RUNNER_TEMP/plan.md"*) cp "$RUNNER_TEMP/plan.md" "$SEEN/patched" ;;
  "pr comment"*"--body-file $RUNNER_TEMP/plan.md") cp "$RUNNER_TEMP/plan.md" "$SEEN/posted" ;;
  *) exit 1 ;;
esac
"#;

#[test]
#[cfg(unix)]
fn the_workflow_posts_one_comment_and_keeps_it() {
    posts_one_comment_and_keeps_it("examples/github-actions/storyboard.yml");
}

#[test]
#[cfg(unix)]
fn the_action_posts_one_comment_and_keeps_it() {
    posts_one_comment_and_keeps_it("action.yml");
}

#[cfg(unix)]
#[track_caller]
fn posts_one_comment_and_keeps_it(file: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    let seen = repository();
    let folder = seen.path();
    edit(folder, "Wide shot at dawn.", "\"Wide shot at noon, @@everyone.\"");
    fs::remove_dir_all(folder.join(".storyreel")).expect("the folder is ours");
    let outside = tempfile::tempdir().expect("a folder can be made");
    let gh = outside.path().join("gh");
    fs::write(&gh, GH).expect("the folder is ours");
    fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let program = Path::new(env!("CARGO_BIN_EXE_storyreel")).parent().expect("it lies in a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [outside.path().to_owned(), program].into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).expect("no folder has a colon in its name");
    let run = |name: &str, limit: &str| {
        let scripts = scripts(file);
        let (_, script) = scripts.iter().find(|(step, _)| step == name).unwrap_or_else(|| panic!("no step `{name}`"));
        let mut command = Command::new("bash");
        command.args(["-e", "-c", script]).current_dir(folder).env("PATH", &path).env("SOURCE_DATE_EPOCH", TODAY);
        command.env("STORYBOARDS", "film.yaml").env("MAX_COST", limit).env("BASE", "one").env("NUMBER", "12");
        command.env("GITHUB_REPOSITORY", "a/b").env("GITHUB_STEP_SUMMARY", outside.path().join("summary"));
        command.env("RUNNER_TEMP", outside.path());
        command.env("SEEN", outside.path()).env_remove("STORYREEL_STORE");
        command.output().expect("there is a bash").status.code()
    };
    // A pull request may bring a link of any name.
    fs::write(outside.path().join("victim"), "untouched").expect("the folder is ours");
    std::os::unix::fs::symlink(outside.path().join("victim"), folder.join("plan.md")).expect("the folder is ours");
    for step in ["Check", "Plan", "Comment"] {
        assert_eq!(run(step, "25USD"), Some(0), "{step}");
    }
    let read = |name: &str| fs::read_to_string(outside.path().join(name)).unwrap_or_default();
    assert_eq!(read("victim"), "untouched", "the plan is written through a link of the checkout");
    assert!(read("posted").starts_with("<!-- storyreel plan -->\n") && read("patched").is_empty());
    assert!(read("posted").contains("prompt") && !read("posted").contains("@everyone"), "{}", read("posted"));
    assert_eq!(read("summary"), read("posted"));
    fs::write(outside.path().join("comments"), "77\n78\n").expect("the folder is ours");
    assert_eq!(run("Comment", "25USD"), Some(0));
    assert!(read("calls").contains("PATCH repos/a/b/issues/comments/77") && !read("patched").is_empty());
    assert_eq!((run("Limit", "25USD"), run("Limit", "1USD")), (Some(0), Some(4)));
}
