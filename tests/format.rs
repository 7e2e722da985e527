//! The reference of the format is what the schema says, and the schema says enough.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use storyreel_core::storyboard;

use crate::examples::kept;

const PAGE: &str = "docs/format.md";

/// The schema and the page that tells it.
struct Reference {
    schema: Value,
    page: String,
}

impl Reference {
    fn open() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        Self { schema: storyboard::schema(), page: fs::read_to_string(file).expect("the page is there") }
    }

    fn record(&self, name: &str) -> &Value {
        if name == "Storyboard" { &self.schema } else { &self.schema["$defs"][name] }
    }

    fn keys(&self, name: &str) -> Vec<(&String, &Value)> {
        let properties = self.record(name)["properties"].as_object();
        // The order of the text, which the types keep; a JSON object of this library does not.
        let order = self.record(name)["x-order"].as_array().cloned().unwrap_or_default();
        let place = |key: &str| order.iter().position(|other| other == key);
        let mut keys: Vec<_> = properties.into_iter().flatten().collect();
        keys.sort_by_key(|(key, _)| place(key));
        keys
    }

    /// Names of `kind` (`keys` or `words`) that have a mark, each with the heading above it.
    fn told(&self, kind: &str) -> Vec<(String, String)> {
        let (mut told, mut heading) = (Vec::new(), String::new());
        for line in self.page.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                heading = title.to_lowercase().replace(' ', "-");
            } else if let Some((names, _)) = mark(line, kind) {
                told.extend(names.split(' ').map(|name| (name.to_owned(), heading.clone())));
            }
        }
        told
    }

    /// The page with every table written anew from the schema.
    fn written(&self) -> String {
        let mut page = String::new();
        let mut stale = false;
        for line in self.page.lines() {
            // The lines of the old table.
            stale = stale && (line.is_empty() || line.starts_with('|'));
            if stale {
                continue;
            }
            let table = mark(line, "keys")
                .map(|(names, but)| self.table(names, but))
                .or_else(|| mark(line, "words").map(|(name, _)| self.words(name)));
            page.push_str(line);
            page.push('\n');
            if let Some(table) = table {
                page.push_str(&format!("{table}\n"));
                stale = true;
            }
        }
        format!("{}\n", page.trim_end())
    }

    fn table(&self, names: &str, but: &str) -> String {
        let mut table = "| key | meaning | value | example |\n| --- | --- | --- | --- |\n".to_owned();
        let left_out: BTreeSet<&String> = self.keys(but).into_iter().map(|(key, _)| key).collect();
        for name in names.split(' ') {
            for (key, value) in self.keys(name).into_iter().filter(|(key, _)| !left_out.contains(key)) {
                let required = self.record(name)["required"].as_array().is_some_and(|all| all.contains(&json!(key)));
                let default = value.get("default").map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
                let default = default.map(|value| format!("; default `{value}`"));
                let must = if required { "; **required**" } else { "" };
                let examples = value["x-examples"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let examples: Vec<String> = examples.map(|example| format!("`{example}`")).collect();
                let cells = [
                    format!("`{key}`"),
                    words_of(value),
                    format!("{}{}{must}", self.takes(value), default.unwrap_or_default()),
                    examples.join("<br>"),
                ];
                table.push_str(&row(&cells));
            }
        }
        table
    }

    fn words(&self, name: &str) -> String {
        let called = name.chars().fold(String::new(), |mut words, c| {
            words.push_str(if c.is_uppercase() && !words.is_empty() { " " } else { "" });
            words.extend(c.to_lowercase());
            words
        });
        let mut table = format!("| {called} | meaning |\n| --- | --- |\n");
        for word in self.record(name)["oneOf"].as_array().expect("it is a set of words") {
            table.push_str(&row(&[format!("`{}`", word["const"].as_str().unwrap_or_default()), words_of(word)]));
        }
        table
    }

    /// What may stand as a value.
    fn takes(&self, value: &Value) -> String {
        if let Some(name) = value["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            return self.takes_of(name);
        }
        if let Some(choices) = value["anyOf"].as_array() {
            let is_variable = |choice: &&Value| choice["$ref"] == "#/$defs/Variable";
            let choices = choices.iter().filter(|choice| !is_variable(choice));
            return choices.map(|choice| self.takes(choice)).collect::<Vec<_>>().join(" or ");
        }
        let bound = |key: &str| value[key].as_f64();
        match value["type"].as_str() {
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("array") => format!("list of {}", self.takes(&value["items"])),
            Some("object") => format!("names, each with {}", self.takes(&value["additionalProperties"])),
            Some(kind @ ("number" | "integer")) => {
                let kind = if kind == "integer" { "a whole number" } else { "a number" };
                match (bound("minimum"), bound("maximum")) {
                    (Some(least), Some(most)) if most <= least => format!("{least}"),
                    (Some(least), Some(most)) => format!("{kind} from {least} to {most}"),
                    (Some(least), None) => format!("{kind}, {least} or more"),
                    _ => kind.to_owned(),
                }
            }
            _ => "text".to_owned(),
        }
    }

    fn takes_of(&self, name: &str) -> String {
        let record = self.record(name);
        let there = |kind: &str| self.told(kind).into_iter().find(|(told, _)| told == name).map(|(_, heading)| heading);
        match record["oneOf"].as_array() {
            Some(words) if record.get("properties").is_none() => match there("words") {
                Some(heading) if words.len() > 7 => format!("a [word](#{heading})"),
                _ => {
                    let words = words.iter().filter_map(|word| word["const"].as_str());
                    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
                }
            },
            _ if record.get("properties").is_some() => {
                let heading = there("keys").unwrap_or_default();
                format!("[keys](#{heading})")
            }
            _ => self.takes(record),
        }
    }
}

/// The names of a line `<!-- keys: Shot but Settings -->`, and those that are left out.
fn mark<'a>(line: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let names = line.strip_prefix("<!-- ")?.strip_prefix(kind)?.strip_prefix(": ")?.strip_suffix(" -->")?;
    Some(names.split_once(" but ").unwrap_or((names, "")))
}

fn words_of(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().replace('\n', " ")
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn properties(record: &Value) -> impl Iterator<Item = (&String, &Value)> {
    record["properties"].as_object().map(Map::iter).into_iter().flatten()
}

/// With `UPDATE_DOCS` in the environment the page is written anew.
#[test]
fn the_reference_is_current() {
    kept(PAGE, &Reference::open().written());
}

#[test]
fn the_reference_has_a_table_for_every_record_and_set_of_words() {
    let reference = Reference::open();
    let (keys, words) = (reference.told("keys"), reference.told("words"));
    let told = |names: &[(String, String)], name: &String| names.iter().any(|(told, _)| told == name);
    for (name, record) in reference.schema["$defs"].as_object().expect("the schema has definitions") {
        let (kind, told) = match (record.get("properties"), record.get("oneOf")) {
            (Some(_), _) => ("keys", told(&keys, name)),
            (None, Some(_)) => ("words", told(&words, name)),
            (None, None) => continue,
        };
        assert!(told, "{PAGE} does not tell {name}: write `<!-- {kind}: {name} -->` where its table belongs");
    }
    assert!(told(&keys, &"Storyboard".to_owned()));
}

/// Editors and the reference show examples and defaults, so they are what the key takes.
#[test]
fn every_key_has_an_example_that_it_takes() {
    let schema = storyboard::schema();
    let records = schema["$defs"].as_object().expect("the schema has definitions");
    let all = records.iter().map(|(name, record)| (format!("#/$defs/{name}"), record));
    for (place, record) in all.chain([("#".to_owned(), &schema)]) {
        for (key, value) in properties(record) {
            let path = format!("{place}/properties/{key}");
            let texts = value["x-examples"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let examples: Vec<Value> = texts.map(|text| crate::schemas::json(text)[key].clone()).collect();
            assert!(!examples.is_empty(), "{path} has no example: add `/// Example: `{key}: …`` to its doc comment");
            let mut one = schema.clone();
            one.as_object_mut().expect("a schema").retain(|key, _| key == "$defs" || key == "properties");
            let root = json!({"$defs": one["$defs"], "properties": one["properties"], "$ref": path});
            let validator = jsonschema::draft202012::new(&root).expect("it is a JSON Schema");
            for value in examples.iter().chain(value.get("default")) {
                assert!(validator.is_valid(value), "{path} does not take {value}");
            }
            for left in ["Example:", "Default:"] {
                assert!(!words_of(value).contains(left), "{path}: `{left}` and YAML in backticks stand on a line");
            }
        }
    }
}
