//! The templates: each teaches by being a good film.

use std::fs;

use serde_json::Value;

use crate::schemas::json;
use crate::support::{Run, newest};

const TEMPLATES: [&str; 4] = ["basic", "trailer", "explainer", "vertical-ad"];

#[test]
fn every_template_checks_without_a_word_and_becomes_a_film() {
    let schema = jsonschema::draft202012::new(&storyreel_core::storyboard::schema()).expect("it is a JSON Schema");
    let run = Run::new();
    let help = Run::new().args(["init", "--help"]).ok().stdout;
    for template in TEMPLATES {
        assert!(help.contains(&format!("- {template}:")), "{help}");
        let made = Run::new().args(["init", "film", "--template", template]).ok();
        let text = fs::read_to_string(made.path().join("film/storyboard.yaml")).expect("init wrote it");
        assert!(text.starts_with("# yaml-language-server: $schema=storyboard.schema.json\n"), "{template}");
        assert!(text.lines().any(|line| line.trim_start().starts_with("# ")), "{template} says nothing of itself");
        let faults: Vec<String> = schema.iter_errors(&json(&text)).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, [""; 0], "{template}");
        for profile in ["", "draft", "final"] {
            let known = profile.is_empty() || text.contains(&format!("\n  {profile}: "));
            let args = ["check", "film/storyboard.yaml", "--profile", profile];
            let said = made.again().args(&args[..if profile.is_empty() { 2 } else { 4 }]);
            if known {
                let said = said.ok().stderr;
                assert!(said.ends_with("no problems\n") && said.lines().count() == 1, "{template}: {said}");
            }
        }
        let plan = made.again().args(["plan", "film/storyboard.yaml", "--format", "json"]).ok().json();
        let shots = plan["film"]["shots"].as_u64().expect("a number");
        assert!((3..=12).contains(&shots), "{template} has {shots} shots");
        let seconds = plan["film"]["duration_s"].as_f64().expect("a number");
        made.again().args(["render", "film/storyboard.yaml", "--resolution", "480p", "-q"]).ok().out("").err("");
        let film = made.path().join("film/out/storyboard.mp4");
        assert!((length(&film) - seconds).abs() < 0.1, "{template}: {} s, planned {seconds} s", length(&film));
    }
    run.args(["init", "--template", "western"]).code(2).err_has("[possible values: basic, trailer");
}

fn length(film: &std::path::Path) -> f64 {
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "json"];
    let seen = newest::program("ffprobe").args(args).arg(film).output().expect("ffprobe is there");
    let seen: Value = serde_json::from_slice(&seen.stdout).expect("JSON");
    seen["format"]["duration"].as_str().and_then(|seconds| seconds.parse().ok()).expect("a length")
}

#[test]
fn a_folder_in_use_keeps_its_files_and_is_told_what_they_lack() {
    let run =
        Run::new().file(".gitignore", "/out/\n").file(".gitattributes", "*.lock.yaml  text eol=lf\n*.png binary\n");
    let seen = run.args(["init"]).ok();
    let lacks = "kept your .gitignore; add to it:\n  /.storyreel/\n\
                 kept your .gitattributes; add to it:\n  *.otio  linguist-generated\n  *.edl  linguist-generated\n";
    let wrote = "wrote ./storyboard.yaml\nwrote ./storyboard.schema.json\n";
    assert_eq!(seen.stderr, format!("{wrote}{lacks}next:  storyreel render ./storyboard.yaml\n"));
    assert_eq!(fs::read_to_string(seen.path().join(".gitignore")).ok().as_deref(), Some("/out/\n"));
    assert!(seen.path().join("storyboard.schema.json").is_file());
}

#[test]
fn every_file_that_is_written_is_named_and_means_something_to_git() {
    let seen = Run::new().args(["init", "film"]).ok();
    let mut told: Vec<&str> = seen.stderr.lines().filter_map(|line| line.strip_prefix("wrote film/")).collect();
    told.sort_unstable();
    let folder = seen.path().join("film");
    let mut there: Vec<String> = fs::read_dir(&folder)
        .expect("init made it")
        .map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(told, there);
    for (file, attribute, value) in [
        ("keeper.lock.yaml", "eol", "lf"),
        ("keeper.lock.yaml", "text", "set"),
        ("out/keeper.otio", "linguist-generated", "set"),
        ("out/keeper.edl", "linguist-generated", "set"),
        ("keeper.yaml", "linguist-generated", "unspecified"),
    ] {
        git(&folder, &["init", "--quiet"]);
        assert_eq!(git(&folder, &["check-attr", attribute, file]), format!("{file}: {attribute}: {value}\n"));
    }
}

/// What git says; it must have nothing to complain of.
fn git(folder: &std::path::Path, args: &[&str]) -> String {
    let done = std::process::Command::new("git").current_dir(folder).args(args).output().expect("git is installed");
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    String::from_utf8_lossy(&done.stdout).into_owned()
}
