//! The map of the code, kept: who may import whom, where effects may be, how long a file may get.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Row, module, and what it may import of the crate: rows above its own, or its own row.
const MAP: &[(u8, &str, &[&str])] = &[
    (0, "text", &[]),
    (0, "units", &[]),
    (0, "money", &[]),
    (0, "word", &[]),
    (0, "legible", &[]),
    (0, "content", &[]),
    (1, "catalog", &["units", "money", "word"]),
    (1, "service", &["units", "money", "legible", "catalog"]),
    (1, "storyboard", &["text", "word", "catalog"]),
    (1, "clip", &["units"]),
    (1, "mp4", &["legible"]),
    (1, "timeline", &["units", "word", "mp4", "storyboard", "clip"]),
    (1, "lock", &["units", "money", "clip"]),
    (1, "job", &["units", "money", "legible", "catalog", "service"]),
    (1, "screenplay", &["legible"]),
    (2, "film", &["text", "units", "money", "word", "legible", "catalog", "service", "storyboard"]),
    (2, "graph", &["text", "units", "legible", "storyboard", "film"]),
    (2, "spend", &["units", "money", "service", "job"]),
    (2, "budget", &["units", "money", "legible", "job"]),
    (3, "recipe", &["units", "service", "storyboard", "film"]),
    (
        3,
        "plan",
        &["text", "units", "money", "legible", "catalog", "service", "storyboard", "lock", "film", "graph", "recipe"],
    ),
    (3, "gc", &["units", "lock"]),
    (3, "event", &["units", "money", "service"]),
    (3, "exchange", &["text", "units", "legible", "storyboard", "clip", "timeline", "lock", "film"]),
    (3, "review", &["units", "money", "legible", "service", "clip", "timeline", "lock", "film", "plan", "event"]),
    (4, "store", &["units", "lock", "spend", "recipe", "plan", "gc"]),
    (4, "journal", &["units", "service", "job", "spend", "store"]),
    (4, "inventory", &["units", "content", "film", "store"]),
    (4, "media", &["units", "content", "mp4", "clip", "timeline"]),
    (4, "picture", &["units"]),
    (5, "studio", &["units", "timeline", "media", "picture"]),
    (6, "provider", &["units", "legible", "content", "catalog", "service", "media", "picture", "studio"]),
    (
        7,
        "engine",
        &[
            "text",
            "units",
            "money",
            "legible",
            "catalog",
            "service",
            "storyboard",
            "clip",
            "mp4",
            "timeline",
            "lock",
            "job",
            "film",
            "graph",
            "spend",
            "budget",
            "recipe",
            "plan",
            "gc",
            "event",
            "exchange",
            "store",
            "journal",
            "media",
            "picture",
            "studio",
            "provider",
        ],
    ),
    (7, "report", &["text", "units", "money", "legible", "service", "event"]),
    (
        8,
        "cli",
        &[
            "text",
            "units",
            "money",
            "word",
            "legible",
            "catalog",
            "service",
            "storyboard",
            "clip",
            "mp4",
            "timeline",
            "lock",
            "job",
            "film",
            "graph",
            "spend",
            "budget",
            "recipe",
            "plan",
            "gc",
            "event",
            "exchange",
            "review",
            "screenplay",
            "store",
            "journal",
            "inventory",
            "media",
            "picture",
            "studio",
            "provider",
            "engine",
            "report",
        ],
    ),
];

/// The last row of the core, which computes and does nothing else.
const CORE: u8 = 3;

/// Files outside the core that compute only.
const PURE: &[&str] = &["engine/history.rs", "engine/pace.rs", "engine/retry.rs", "engine/scheduler.rs"];

/// What has or needs an effect.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime",
    "Instant::now",
    "tokio",
    "reqwest",
    "print!",
    "println!",
    "dbg!",
];

/// The only readers of the environment: the command line, and the search of the PATH for programs, which is ffmpeg's
/// own matter as it is a shell's.
const ENVIRONMENT: &[&str] = &["main.rs", "cli/context.rs", "media/find.rs"];

/// What must not be left behind.
const FORBIDDEN: &[&str] = &["todo!", "unimplemented!", "FIXME", "#[allow(", "#![allow("];

/// Lines of a file, tests included.
const LONGEST: usize = 420;

/// Every fault of the file at `path` below `src`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let module = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    if !matches!(module, "lib" | "main") {
        match MAP.iter().find(|(_, name, _)| *name == module) {
            None => faults.push(format!("{path}: `{module}` is not in the table")),
            Some((row, _, allowed)) => {
                for import in imports(text).iter().filter(|import| **import != module && !allowed.contains(import)) {
                    faults.push(format!("{path}: `{module}` may not import `{import}`"));
                }
                if *row <= CORE || PURE.contains(&path) {
                    let found = EFFECTS.iter().filter(|effect| code(text).any(|line| line.contains(**effect)));
                    faults
                        .extend(found.map(|effect| format!("{path}: the core has no effects, but here is `{effect}`")));
                }
            }
        }
    }
    if !ENVIRONMENT.contains(&path) && code(text).any(|line| line.contains("std::env")) {
        faults.push(format!("{path}: only {ENVIRONMENT:?} read the environment"));
    }
    for word in FORBIDDEN.iter().filter(|word| text.contains(**word)) {
        faults.push(format!("{path}: `{word}` is left"));
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        faults.push(format!("{path}: {lines} lines are more than {LONGEST}"));
    }
    faults
}

/// Lines that are not comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules of the crate that `crate::…` paths name, in grouped imports, too.
fn imports(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for after in code(text).flat_map(|line| line.split("crate::").skip(1)) {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        found.insert(if end == 0 { "{…}: write one path a line" } else { &after[..end] });
    }
    found
}

/// Rust files below `folder`, by their path in `src`.
fn sources(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path: PathBuf = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, root, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root).expect("it lies below").to_string_lossy().replace('\\', "/");
            found.insert(name, fs::read_to_string(&path).expect("it is text"));
        }
    }
}

fn all() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    sources(&root, &root, &mut found);
    found
}

#[test]
fn the_source_keeps_to_the_map() {
    let faults: Vec<String> = all().iter().flat_map(|(path, text)| faults(path, text)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_map_has_no_way_up_and_nothing_that_is_not_there() {
    let sources = all();
    let row = |name: &str| MAP.iter().find(|(_, module, _)| *module == name).map(|(row, ..)| *row);
    for (own, module, allowed) in MAP {
        let there = |path: &String| path.split('/').next().unwrap_or_default().trim_end_matches(".rs") == *module;
        assert!(sources.keys().any(there), "there is no module `{module}`");
        for import in *allowed {
            assert!(row(import).is_some_and(|row| row <= *own), "`{module}` may not import `{import}` from below");
        }
    }
}

#[test]
fn the_map_in_the_documentation_is_this_one() {
    let lib = &all()["lib.rs"];
    for (row, module, _) in MAP {
        let line = lib.lines().find(|line| line.starts_with(&format!("//! | {row} |")));
        let line = line.unwrap_or_else(|| panic!("src/lib.rs has no row {row}"));
        assert!(line.contains(&format!("`{module}`")), "src/lib.rs: row {row} does not name `{module}`");
    }
}

#[test]
fn what_breaks_the_map_is_found() {
    for (path, text, expected) in [
        ("film/mod.rs", "use crate::store::Store;\n", "`film` may not import `store`"),
        ("film/mod.rs", "fn f() { crate::engine::render() }\n", "`film` may not import `engine`"),
        ("report/json.rs", "use crate::engine::Outcome;\n", "`report` may not import `engine`"),
        ("film/mod.rs", "use crate::{store, text};\n", "write one path a line"),
        ("plan.rs", "use std::fs;\n", "here is `std::fs`"),
        ("units.rs", "fn f() { eprintln!(\"x\") }\n", "here is `println!`"),
        ("engine/scheduler.rs", "let now = Instant::now();\n", "here is `Instant::now`"),
        ("store.rs", "let x = std::env::var(\"X\");\n", "read the environment"),
        ("helpers.rs", "", "is not in the table"),
        ("cli/mod.rs", "#[allow(unused)]\n", "is left"),
    ] {
        let found = faults(path, text);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{path} {text:?}: {found:?}");
    }
    assert!(faults("units.rs", &"\n".repeat(LONGEST + 1)).iter().any(|fault| fault.contains("lines")));
    for (path, text) in [
        ("film/mod.rs", "use crate::text::Span;\n// crate::store is far away, and so is std::fs\n"),
        ("graph/svg/mod.rs", "use crate::graph::Link;\n"),
        ("store.rs", "use std::fs;\nuse crate::units::Digest;\n"),
        ("cli/context.rs", "let x = std::env::var(\"X\");\n"),
    ] {
        assert_eq!(faults(path, text), Vec::<String>::new(), "{path} {text:?}");
    }
}
