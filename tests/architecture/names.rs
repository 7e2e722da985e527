//! Names of types: one thing each in the whole workspace.

use std::collections::BTreeMap;

use super::map::CRATES;
use super::{code, sources};

/// Types of a hundred that may share their name with another, at most.
const MOST_SHARED: usize = 2;

/// The name of the type that a line defines.
fn defined(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().peekable();
    if words.peek().is_some_and(|word| word.starts_with("pub")) {
        words.next();
    }
    if !matches!(words.next()?, "struct" | "enum" | "trait" | "type") {
        return None;
    }
    let name = words.next()?;
    name.split(|c: char| !c.is_ascii_alphanumeric()).next().filter(|name| !name.is_empty())
}

#[test]
fn a_type_name_stands_for_one_thing() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut types = 0;
    for owner in CRATES {
        for (path, text) in sources(owner) {
            // Types of a trait and types that a test makes for itself are indented.
            for name in code(&text).filter(|line| !line.starts_with(' ')).filter_map(defined) {
                types += 1;
                places.entry(name.to_owned()).or_default().push(format!("{}/{path}", owner.sources));
            }
        }
    }
    places.retain(|_, places| places.len() > 1);
    let shared: usize = places.values().map(Vec::len).sum();
    assert!(shared * 100 < types * MOST_SHARED, "{shared} of {types} types share their name: {places:#?}");
}

#[test]
fn names_are_read_from_definitions_alone() {
    for (line, expected) in [
        ("pub struct Price {", Some("Price")),
        ("pub(super) enum Tax<'a> {", Some("Tax")),
        ("struct Marker;", Some("Marker")),
        ("type Prices = Vec<Price>;", Some("Prices")),
        ("let price = Price::default();", None),
        ("impl Price {", None),
    ] {
        assert_eq!(defined(line), expected, "{line}");
    }
}
