//! The JSON Schema of the format, from the very records that read it.

use serde_json::{Value, json};

use super::raw::Storyboard;

/// The JSON Schema (draft 2020-12) of a storyboard.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Storyboard).to_value();
    drop_nulls(&mut schema);
    schema["$id"] = json!("storyboard.schema.json");
    schema["title"] = json!("storyreel storyboard, version 1");
    schema["patternProperties"] = json!({"^x-": {"description": "A place for YAML anchors; ignored."}});
    for record in ["/$defs/Shot"] {
        if let Some(shot) = schema.pointer_mut(record) {
            shot["oneOf"] = ["prompt", "card", "clip", "image"].iter().map(|key| json!({"required": [key]})).collect();
        }
    }
    schema
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
