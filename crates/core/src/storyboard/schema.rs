//! The JSON Schema of the format, from the very records that read it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::raw::{Settings, Storyboard};

/// The JSON Schema (draft 2020-12) of a storyboard.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Storyboard).to_value();
    drop_nulls(&mut schema);
    explain_overrides(&mut schema);
    structure(&mut schema);
    accept_variables(&mut schema);
    schema["$id"] = json!("storyboard.schema.json");
    schema["title"] = json!("storyreel storyboard, version 1");
    schema["patternProperties"] = json!({"^x-": {"description": "A place for YAML anchors; ignored."}});
    schema["$defs"]["Shot"]["oneOf"] =
        ["prompt", "card", "clip", "image"].iter().map(|key| json!({"required": [key]})).collect();
    schema
}

/// What a description holds besides words: lines of its own in the doc comment, each with YAML in backticks.
///
/// ```text
/// /// Picture shape.
/// ///
/// /// Default: `16:9`
/// /// Example: `ratio: 9:16`
/// ```
///
/// An example is a pair of key and value, as it stands in a storyboard; `x-examples` keeps its text. Editors offer what
/// `examples` holds as values, which suits single values only; maps and lists they show in an explanation.
fn structure(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get("description").cloned() {
                explain(map, &text);
            }
            map.values_mut().for_each(structure);
        }
        Value::Array(items) => items.iter_mut().for_each(structure),
        _ => {}
    }
}

fn explain(map: &mut Map<String, Value>, text: &str) {
    let mut words = Vec::new();
    let mut single = Vec::new();
    let mut texts = Vec::new();
    let mut shown = Vec::new();
    for line in text.lines() {
        if let Some(example) = quoted(line, "Example: ") {
            texts.push(example);
            match yaml(example).as_object().and_then(|pair| pair.values().next()) {
                Some(Value::Object(_) | Value::Array(_)) => shown.push(example),
                value => single.push(value.cloned().unwrap_or_default()),
            }
        } else if let Some(default) = quoted(line, "Default: ") {
            map.insert("default".to_owned(), yaml(default));
        } else {
            words.push(line);
        }
    }
    // Lines of a doc comment are broken where they are full, which says nothing.
    let words = words.join(" ").trim().to_owned();
    let block = if shown.is_empty() { String::new() } else { format!("\n\n```yaml\n{}\n```", shown.join("\n")) };
    if words.contains('`') || !block.is_empty() {
        map.insert("markdownDescription".to_owned(), format!("{words}{block}").into());
    }
    map.insert("description".to_owned(), words.into());
    if !texts.is_empty() {
        map.insert("x-examples".to_owned(), texts.into());
    }
    if !single.is_empty() {
        map.insert("examples".to_owned(), single.into());
    }
}

/// What stands in backticks after `mark`.
fn quoted<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    line.strip_prefix(mark)?.strip_prefix('`')?.strip_suffix('`')
}

/// A doc comment that is no YAML is found by the tests: its example is null then, which no key accepts.
fn yaml(text: &str) -> Value {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true }).unwrap_or_default()
}

/// A value that is no plain text may be one that variables give: `"{{seconds}}"`.
fn accept_variables(schema: &mut Value) {
    let words: BTreeSet<String> = schema["$defs"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, record)| is_closed(record))
        .map(|(name, _)| format!("#/$defs/{name}"))
        .collect();
    let records = schema["$defs"].as_object_mut().into_iter().flat_map(Map::values_mut);
    records.for_each(|record| accept_in_record(record, &words));
    accept_in_record(schema, &words);
    schema["$defs"]["Variable"] = json!({
        "type": "string",
        "pattern": "\\{\\{.+\\}\\}",
        "description": "A text into which a variable is filled.",
    });
}

/// Whether a type is neither a record nor any text.
fn is_closed(value: &Value) -> bool {
    let is_scalar = matches!(value["type"].as_str(), Some("integer" | "number" | "boolean"));
    is_scalar
        || value.get("enum").is_some()
        || value.get("pattern").is_some()
        || value["oneOf"][0].get("const").is_some()
}

fn accept_in_record(record: &mut Value, words: &BTreeSet<String>) {
    let properties = record.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        // A program must know the version before it fills anything in.
        if name == "storyboard" {
            continue;
        }
        let is_word = property["$ref"].as_str().is_some_and(|name| words.contains(name));
        if !is_word && !is_closed(property) {
            continue;
        }
        let Some(all) = property.as_object_mut() else { continue };
        let about = ["description", "markdownDescription", "default", "examples", "x-examples"];
        let (outer, inner): (Map<String, Value>, Map<String, Value>) =
            std::mem::take(all).into_iter().partition(|(key, _)| about.contains(&key.as_str()));
        *all = outer;
        all.insert("anyOf".to_owned(), json!([inner, {"$ref": "#/$defs/Variable"}]));
    }
}

/// On a shot the settings mean what they mean in `defaults`, and an editor says so.
fn explain_overrides(schema: &mut Value) {
    for key in Settings::KEYS {
        let mut explained = schema["$defs"]["Settings"]["properties"][key].clone();
        let text = explained["description"].as_str().unwrap_or_default();
        let (words, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let own = format!("{words} A shot's own value wins over the profile and the defaults.\n\n{rest}");
        explained["description"] = own.into();
        schema["$defs"]["Shot"]["properties"][key] = explained;
    }
}

/// Every field is an `Option`, which the derive shows as "or null"; a person reads that as noise.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Array(kinds)) = map.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [only] = kinds.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|choice| *choice != json!({"type": "null"}));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
