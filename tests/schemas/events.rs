//! `--progress json`: the page and the schema are made from the types, and the lines of real runs keep to them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use storyreel::progress;

use super::root;
use crate::examples::kept;
use crate::loopback::{Call, Fault, Loopback, Pick, Settings};
use crate::support::{Run, Seen};

const FILE: &str = "schemas/events.schema.json";

const PAGE: &str = "docs/events.md";

/// What stands on the page around the part that is made from the schema.
const BEGIN: &str = "<!-- events -->\n";
const END: &str = "<!-- end of events -->";

/// The schema of one line, closed: a field that it does not describe is a fault.
fn closed_schema() -> Value {
    let mut schema = progress::event_schema();
    for event in schema["oneOf"].as_array_mut().expect("a line is one of several events") {
        event["additionalProperties"] = json!(false);
    }
    for definition in schema["$defs"].as_object_mut().expect("it has definitions").values_mut() {
        if definition["properties"].is_object() {
            definition["additionalProperties"] = json!(false);
        }
    }
    schema
}

/// Checks every line of a run. Returns the kinds of events that it had.
#[track_caller]
fn checked(output: &str) -> BTreeSet<String> {
    let validator = jsonschema::draft202012::new(&closed_schema()).expect("it is a JSON Schema");
    let mut kinds = BTreeSet::new();
    let last = output.lines().last().unwrap_or_default();
    assert!(last.contains("\"event\":\"finished\""), "the last line is another one: {last}");
    for (at, line) in output.lines().enumerate() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in\n{line}"));
        let faults: Vec<String> = validator.iter_errors(&event).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{line}\n{faults:#?}");
        assert_eq!(event.get("version").is_some(), at == 0, "only the first line has the version: {line}");
        kinds.insert(event["event"].as_str().expect("the schema says so").to_owned());
    }
    kinds
}

#[track_caller]
fn has(kinds: &BTreeSet<String>, wanted: &[&str]) {
    for kind in wanted {
        assert!(kinds.contains(*kind), "no `{kind}` among {kinds:?}");
    }
}

#[test]
fn the_published_schema_of_events_is_the_printed_one() {
    kept(FILE, &Run::new().args(["schema", "events"]).ok().err("").stdout);
}

#[test]
fn the_schema_of_events_is_a_schema_that_explains_every_field() {
    let schema = progress::event_schema();
    jsonschema::draft202012::meta::validate(&schema).expect("it is a JSON Schema");
    let events = schema["oneOf"].as_array().expect("a line is one of several events");
    assert!(events.len() > 14, "only {} events", events.len());
    let definitions = schema["$defs"].as_object().expect("it has definitions").values();
    for record in events.iter().chain(definitions) {
        assert!(record["description"].is_string(), "no description: {record}");
        for (name, value) in record["properties"].as_object().into_iter().flatten() {
            assert!(name == "event" || value["description"].is_string(), "`{name}` has no description: {record}");
        }
        for word in record["oneOf"].as_array().into_iter().flatten() {
            assert!(word["description"].is_string(), "no description: {word}");
        }
    }
}

#[test]
fn a_line_that_is_none_is_rejected() {
    let validator = jsonschema::draft202012::new(&closed_schema()).expect("it is a JSON Schema");
    let good = json!({"event": "shot_moved", "board": 0, "shot": "a", "stage": "queued", "fraction": 0.5});
    assert!(validator.is_valid(&good));
    for (field, value) in [
        ("event", json!("shot_danced")),
        ("stage", json!("dreaming")),
        ("fraction", json!(2)),
        ("board", json!("0")),
        ("colour", json!("red")),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}

const ANIMATIC: &str = "storyboard: 1\ntitle: Test\ndefaults: {provider: animatic, resolution: 480p, duration: 4}\n\
                        shots:\n  - {id: dawn, prompt: Dawn, return_last_frame: true}\n  - {id: climb, prompt: She climbs}\n  \
                        - {id: end, card: The End, duration: 1}\n";

fn render(run: Run) -> Run {
    run.args(["render", "film.yaml", "--progress", "json"])
}

#[test]
fn the_events_of_an_animatic_keep_to_the_schema() {
    let seen = render(Run::new().board("film.yaml", ANIMATIC)).ok();
    let kinds = checked(&seen.stdout);
    has(&kinds, &["started", "shot_started", "shot_moved", "shot_stored", "film_started", "film_done", "finished"]);
    let again = render(seen.again()).ok();
    has(&checked(&again.stdout), &["started", "film_done", "finished"]);
}

/// Two shots of which one is refused, and a third that needs it.
const PAID: &str = "storyboard: 1\ntitle: Paid\ndefaults: {provider: ark, resolution: 480p, duration: 4}\n\
                    providers: {ark: {poll: {initial: 1, max: 1}, max_in_flight: 1, deadline: 120}}\nshots:\n  \
                    - {id: dawn, prompt: Dawn, return_last_frame: true}\n  - {id: climb, prompt: She climbs}\n  \
                    - {id: gull, prompt: A gull}\n";

fn served(run: Run, service: &Loopback) -> Run {
    service.env().into_iter().fold(run, |run, (name, value)| run.env(&name, value))
}

#[test]
fn the_events_of_a_paid_run_with_a_fault_keep_to_the_schema() {
    let service = Loopback::start(Settings::new().fault(Call::Submit, Pick::Nth(1), Fault::InputModeration(None)));
    let run = served(Run::new().board("film.yaml", PAID), &service);
    let failed = render(run).args(["--yes"]).code(5);
    let kinds = checked(&failed.stdout);
    has(&kinds, &["shot_failed", "shot_blocked", "shot_stored", "finished"]);
    let made = render(served(failed.again(), &service)).args(["--yes"]).ok();
    has(&checked(&made.stdout), &["shot_stored", "film_done", "finished"]);
    assert!(made.stdout.contains("\"currency\":\"CNY\""), "it is paid:\n{}", made.stdout);
}

/// What is refused before it begins is told on standard error and by the exit code.
#[test]
fn a_run_that_does_not_begin_has_no_events() {
    let locked = |text: &str| render(Run::new().board("film.yaml", text)).args(["--locked"]);
    let refused: Seen = locked(ANIMATIC).code(4);
    assert_eq!((refused.stdout.as_str(), refused.stderr.is_empty()), ("", false));
    let wrong = render(Run::new().board("film.yaml", "storyboard: 1\nshots: []\n")).code(3);
    assert_eq!((wrong.stdout.as_str(), wrong.stderr.is_empty()), ("", false));
}

/// The part of the page that is made from the schema.
fn written() -> String {
    let schema = progress::event_schema();
    let mut page = String::new();
    for event in schema["oneOf"].as_array().expect("a line is one of several events") {
        let name = event["properties"]["event"]["const"].as_str().expect("an event has a name");
        page.push_str(&format!("\n### `{name}`\n\n{}\n", description(event)));
        page.push_str(&fields(event));
    }
    page.push_str("\n## Values\n");
    for (name, record) in schema["$defs"].as_object().expect("it has definitions") {
        page.push_str(&format!("\n### {}\n\n{}\n", heading(name), description(record)));
        page.push_str(&fields(record));
        page.push_str(&words(record));
    }
    page
}

/// A table of the fields: those that are always there in the order of the types, then the others.
fn fields(record: &Value) -> String {
    let Some(properties) = record["properties"].as_object() else { return String::new() };
    let required: Vec<&str> = record["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let optional = properties.keys().map(String::as_str).filter(|name| !required.contains(name));
    let names = required.iter().copied().chain(optional).filter(|name| !matches!(*name, "event" | "version"));
    let mut table = "\n| field | value | meaning |\n| --- | --- | --- |\n".to_owned();
    for name in names {
        let value = &properties[name];
        let absent = if required.contains(&name) { "" } else { "; may be absent" };
        table.push_str(&format!("| `{name}` | {}{absent} | {} |\n", kind(value), description(value)));
    }
    table
}

/// A table of a closed set of words.
fn words(record: &Value) -> String {
    let Some(words) = record["oneOf"].as_array() else { return String::new() };
    let mut table = "\n| value | meaning |\n| --- | --- |\n".to_owned();
    for word in words {
        table.push_str(&format!("| `{}` | {} |\n", word["const"].as_str().unwrap_or_default(), description(word)));
    }
    table
}

/// What kind of value it is.
fn kind(value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        let title = heading(name);
        return format!("[{}](#{})", title.to_lowercase(), title.to_lowercase().replace(' ', "-"));
    }
    if let Some(choices) = value["anyOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &value["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(word_for).collect::<Vec<_>>().join(" or "),
        Value::String(kind) if kind == "array" => format!("list of {}", self::kind(&value["items"])),
        kind => word_for(kind.as_str().unwrap_or_default()).to_owned(),
    }
}

fn word_for(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "integer" => "whole number",
        "boolean" => "`true` or `false`",
        other => other,
    }
}

/// `ErrorKind` as a heading: `Error kind`.
fn heading(name: &str) -> String {
    let mut title = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !title.is_empty() {
            title.push(' ');
            title.extend(letter.to_lowercase());
        } else {
            title.push(letter);
        }
    }
    title
}

fn description(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// With `UPDATE_DOCS` in the environment the page is written anew.
#[test]
fn the_page_of_events_is_current() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page is there");
    let (before, rest) = page.split_once(BEGIN).expect("the page has a mark where the events begin");
    let (_, after) = rest.split_once(END).expect("the page has a mark where the events end");
    kept(PAGE, &format!("{before}{BEGIN}{}\n{END}{after}", written()));
}

/// The lines that the page shows are lines that a run can print.
#[test]
fn the_lines_on_the_page_keep_to_the_schema() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page is there");
    let (_, rest) = page.split_once("```json\n").expect("the page shows a run");
    let (shown, _) = rest.split_once("```").expect("the block is closed");
    has(&checked(shown), &["started", "shot_stored", "film_done", "finished"]);
}
