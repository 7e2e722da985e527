//! The options of ffmpeg and ffprobe are spelt in one place.

use std::collections::BTreeSet;

use super::map::CRATES;
use super::{code, sources};

/// The crate and the folder that spell them.
const OWNER: &str = "storyreel-core";
const FOLDER: &str = "ffmpeg/";

/// The crate that runs the programs: in its texts no word may look like an option, known or not.
const RUNNER: &str = "storyreel-media";

/// Messages that show the user a command to type.
const SHOWN: [(&str, &str); 3] = [(OWNER, "film/limits.rs"), (OWNER, "content.rs"), (RUNNER, "picture_file.rs")];

/// The words of string literals that look like options: a dash, and a letter behind it.
fn options(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for literal in literals(text) {
        let words = literal.split_whitespace();
        found.extend(words.filter(|word| is_option(word)).map(str::to_owned));
    }
    found
}

/// The string literals outside of comments, those that go on over several lines, too.
fn literals(text: &str) -> Vec<String> {
    let text = code(text).collect::<Vec<_>>().join("\n").replace("'\"'", "");
    let mut literals = Vec::new();
    let mut open: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, &mut open) {
            ('"', None) => open = Some(String::new()),
            ('"', Some(_)) => literals.extend(open.take()),
            // Whatever is escaped separates words as well as a space does.
            ('\\', Some(literal)) => {
                chars.next();
                literal.push(' ');
            }
            (c, Some(literal)) => literal.push(c),
            (_, None) => {}
        }
    }
    literals
}

fn is_option(word: &str) -> bool {
    let name = word.strip_prefix('-').unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || "_:0".contains(c))
}

/// What stands before the tests of a file, which may run ffmpeg by themselves.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// What the module in the core spells, without its tests.
fn spelt_in_the_core() -> BTreeSet<String> {
    let owner = CRATES.iter().find(|owner| owner.name == OWNER).expect("there is such a crate");
    let mut spelt = BTreeSet::new();
    for (path, text) in sources(owner) {
        if path.starts_with(FOLDER) && !path.ends_with("tests.rs") {
            spelt.extend(options(&text));
        }
    }
    spelt
}

#[test]
fn the_options_of_ffmpeg_are_spelt_in_one_place() {
    let spelt = spelt_in_the_core();
    for known in ["-i", "-f", "-c:v", "-filter_complex", "-show_entries", "-loglevel"] {
        assert!(spelt.contains(known), "{known} is not among {spelt:?}");
    }
    let mut found = Vec::new();
    for owner in CRATES {
        for (path, text) in sources(owner) {
            let is_shown = SHOWN.iter().any(|(name, file)| *name == owner.name && *file == path);
            if is_shown || (owner.name == OWNER && path.starts_with(FOLDER)) {
                continue;
            }
            for option in options(without_tests(&text)) {
                if owner.name == RUNNER || spelt.contains(&option) {
                    found.push(format!("{}: {path} spells `{option}`", owner.name));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_option_is_found_in_a_text() {
    let text =
        "args.words(\"-map 0:a:0 -c:a \\\n    -vn\"); args.push(\"-i\");\n    // \"-sn\"\nlet x = '\"'; y -z \"-f\"\n";
    assert_eq!(options(text), ["-c:a", "-f", "-i", "-map", "-vn"].map(str::to_owned).into());
    assert!(options("\"a - b\"; \"- one\"; \"-1\"; \"--help\"; x-y; \".storyreel-\"").is_empty());
}
