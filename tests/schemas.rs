//! The published JSON Schema: the one that the program prints, and one that agrees with the program.

mod events;

use std::fs;
use std::path::Path;

use serde_json::Value;
use storyreel_core::storyboard;

use crate::examples::kept;
use crate::support::Run;

const FILE: &str = "schemas/storyboard.schema.json";

const PLAN: &str = "schemas/plan.schema.json";

/// Fixtures whose mistake is one of shape, by the first word of their name.
const SHAPE: &[&str] = &["shape", "type", "word", "source", "shots", "version", "take", "seed"];

/// Fixtures among them whose mistake needs the meaning of the text.
const MEANING: &[&str] = &["source-prompt-empty"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// YAML as JSON, as an editor sees it.
pub(crate) fn json(text: &str) -> Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).expect("it is YAML")
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&storyboard::schema()).expect("it is a JSON Schema")
}

#[track_caller]
fn accepted(validator: &jsonschema::Validator, name: &str, text: &str) {
    let faults: Vec<String> = validator.iter_errors(&json(text)).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}");
}

#[test]
fn the_published_schema_is_the_printed_one() {
    let printed = Run::new().args(["schema"]).ok().err("");
    kept(FILE, &printed.stdout);
}

#[test]
fn the_published_schema_of_plans_is_the_printed_one() {
    kept(PLAN, &Run::new().args(["schema", "plan"]).ok().err("").stdout);
}

#[test]
fn the_schema_is_a_schema_that_explains_every_key() {
    jsonschema::draft202012::meta::validate(&storyboard::schema()).expect("it is a JSON Schema");
    let schema = storyboard::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let records = schema["$defs"].as_object().expect("it has records").values().chain([&schema]);
    for (key, value) in records.filter_map(|record| record["properties"].as_object()).flatten() {
        assert!(value["description"].is_string(), "`{key}` has no description: {value}");
    }
}

#[test]
fn the_schema_accepts_what_the_program_accepts() {
    let validator = validator();
    let project = Run::new().args(["init", "demo"]).ok();
    let template = fs::read_to_string(project.path().join("demo/storyboard.yaml")).expect("init wrote it");
    accepted(&validator, "the template of init", &template);
    let written = fs::read_to_string(project.path().join("demo/storyboard.schema.json")).expect("init wrote it");
    assert_eq!(serde_json::from_str::<Value>(&written).expect("it is JSON"), storyboard::schema());
    for example in examples(&root().join("examples")) {
        let text = fs::read_to_string(&example).expect("it can be read");
        accepted(&validator, &example.display().to_string(), &text);
    }
}

/// The storyboards below `folder`; none where there is no such folder.
pub(crate) fn examples(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(examples(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            // Examples hold other YAML, too: locks, a workflow.
            found.extend(text.lines().any(|line| line.starts_with("storyboard:")).then_some(path));
        }
    }
    found
}

#[test]
fn the_schema_rejects_every_mistake_of_shape() {
    let validator = validator();
    let fixtures = fs::read_dir(root().join("tests/fixtures/problems")).expect("the folder is in the repository");
    let mut seen = 0;
    for path in fixtures.map(|entry| entry.expect("it can be listed").path()) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("its name is plain");
        let kind = stem.split('-').next().unwrap_or_default();
        if SHAPE.contains(&kind) && !MEANING.contains(&stem) {
            let text = fs::read_to_string(&path).expect("it is text");
            assert!(!validator.is_valid(&json(&text)), "{stem} is accepted");
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} fixtures have a mistake of shape");
}
