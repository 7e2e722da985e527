//! The map of the code, kept: who may import whom, where effects may be, how long a file may get, how types are called.

mod builds;
mod circles;
mod ffmpeg;
mod map;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use builds::packages;
use map::{CRATES, Crate, Module};

/// Rust files by their path in the folder of their crate's sources.
type Sources = BTreeMap<String, String>;

/// The crates that compute and do nothing else.
const PURE_CRATES: &[&str] = &["storyreel-mp4", "storyreel-quality", "storyreel-core", "storyreel-exchange"];

/// Packages that no pure crate may have below it: what runs, connects, draws, decodes or prints.
const IMPURE_PACKAGES: &[&str] = &[
    "tokio",
    "reqwest",
    "hyper",
    "rustls",
    "ffmpeg-sidecar",
    "image",
    "cosmic-text",
    "console",
    "indicatif",
    "miette",
    "clap",
    "tempfile",
];

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
const LONGEST: usize = 600;

/// Every fault of the file at `path` below the sources of `owner`.
fn faults(owner: &Crate, path: &str, text: &str) -> Vec<String> {
    let mut faults = wrong_imports(owner, path, text);
    if PURE_CRATES.contains(&owner.name) {
        let found = EFFECTS.iter().filter(|effect| code(text).any(|line| line.contains(**effect)));
        faults.extend(found.map(|effect| format!("{path}: the core has no effects, but here is `{effect}`")));
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

fn wrong_imports(owner: &Crate, path: &str, text: &str) -> Vec<String> {
    let name = module_of(path);
    if owner.modules.is_empty() || matches!(name, "lib" | "main") {
        return Vec::new();
    }
    let Some(module) = owner.modules.iter().find(|module| module.name == name) else {
        return vec![format!("{path}: `{name}` is not in the table")];
    };
    imports(text)
        .into_iter()
        .filter(|import| *import != name && !module.uses.contains(import))
        .map(|import| format!("{path}: `{name}` may not import `{import}`"))
        .collect()
}

fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
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

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files below `folder`, by their path in `root`.
fn read_sources(folder: &Path, root: &Path, found: &mut Sources) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path: PathBuf = entry.expect("it can be listed").path();
        if path.is_dir() {
            read_sources(&path, root, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root).expect("it lies below").to_string_lossy().replace('\\', "/");
            found.insert(name, fs::read_to_string(&path).expect("it is text"));
        }
    }
}

fn sources(owner: &Crate) -> Sources {
    let folder = root().join(owner.sources);
    let mut found = BTreeMap::new();
    read_sources(&folder, &folder, &mut found);
    found
}

#[test]
fn the_source_keeps_to_the_map() {
    let mut found = Vec::new();
    for owner in CRATES {
        found.extend(sources(owner).iter().flat_map(|(path, text)| faults(owner, path, text)));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_map_has_no_way_up_and_nothing_that_is_not_there() {
    for (at, owner) in CRATES.iter().enumerate() {
        for used in owner.uses {
            assert!(CRATES[..at].iter().any(|other| other.name == *used), "`{}` may not use `{used}`", owner.name);
        }
        let sources = sources(owner);
        for (at, module) in owner.modules.iter().enumerate() {
            assert!(sources.keys().any(|path| module_of(path) == module.name), "there is no module `{}`", module.name);
            for import in module.uses {
                let stands_above = |other: &Module| other.name == *import;
                assert!(owner.modules[..at].iter().any(stands_above), "`{}` may not import `{import}`", module.name);
            }
        }
    }
}

#[test]
fn no_files_of_a_module_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for owner in CRATES {
        found.extend(circles::circles(&sources(owner)).into_iter().map(|circle| (owner.name, circle)));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The packages of the workspace that the manifest of a crate names below `[dependencies]`.
fn workspace_dependencies(owner: &Crate) -> BTreeSet<String> {
    let folder = root().join(owner.sources).parent().expect("sources lie in a folder").to_owned();
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("there is a manifest");
    let after = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let table = after.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| name.starts_with("storyreel")).map(str::to_owned).collect()
}

#[test]
fn crates_use_no_others_than_the_map_says() {
    for owner in CRATES {
        let allowed: BTreeSet<String> = owner.uses.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(workspace_dependencies(owner), allowed, "{}", owner.name);
    }
}

#[test]
fn nothing_below_the_pure_crates_has_effects() {
    for name in PURE_CRATES {
        let packages = packages(&["--edges", "normal", "--package", name]);
        let names: BTreeSet<&str> = packages.iter().filter_map(|line| line.split(' ').next()).collect();
        assert!(names.contains(name), "{names:?}");
        let impure: Vec<&&str> = IMPURE_PACKAGES.iter().filter(|package| names.contains(*package)).collect();
        assert!(impure.is_empty(), "{name} has {impure:?} below it");
    }
}

#[test]
fn the_map_in_the_documentation_is_this_one() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("there is a page");
    for owner in CRATES {
        assert!(page.contains(&format!("`{}`", owner.name)), "ARCHITECTURE.md does not name `{}`", owner.name);
        for module in owner.modules {
            assert!(page.contains(&format!("`{}`", module.name)), "ARCHITECTURE.md does not name `{}`", module.name);
        }
    }
}

#[test]
fn what_breaks_the_map_is_found() {
    let found = |name: &str, path: &str, text: &str| {
        let owner = CRATES.iter().find(|owner| owner.name == name).expect("there is such a crate");
        faults(owner, path, text)
    };
    for (owner, path, text, expected) in [
        ("storyreel-core", "film/mod.rs", "use crate::plan::Plan;\n", "`film` may not import `plan`"),
        ("storyreel-core", "film/mod.rs", "fn f() { crate::budget::ask() }\n", "`film` may not import `budget`"),
        ("storyreel", "progress/json.rs", "use crate::engine::Outcome;\n", "`progress` may not import `engine`"),
        ("storyreel-core", "film/mod.rs", "use crate::{plan, text};\n", "write one path a line"),
        ("storyreel-core", "plan.rs", "use std::fs;\n", "here is `std::fs`"),
        ("storyreel-core", "units.rs", "fn f() { eprintln!(\"x\") }\n", "here is `println!`"),
        ("storyreel-core", "scheduler/mod.rs", "let now = Instant::now();\n", "here is `Instant::now`"),
        ("storyreel", "store.rs", "let x = std::env::var(\"X\");\n", "read the environment"),
        ("storyreel", "helpers.rs", "", "is not in the table"),
        ("storyreel", "cli/mod.rs", "#[allow(unused)]\n", "is left"),
    ] {
        let found = found(owner, path, text);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{path} {text:?}: {found:?}");
    }
    let long = "\n".repeat(LONGEST + 1);
    assert!(found("storyreel-core", "units.rs", &long).iter().any(|fault| fault.contains("lines")));
    for (owner, path, text) in [
        ("storyreel-core", "film/mod.rs", "use crate::text::Span;\n// crate::plan is far away, and so is std::fs\n"),
        ("storyreel-core", "graph/svg/mod.rs", "use crate::graph::Link;\n"),
        ("storyreel", "journal.rs", "use std::fs;\nuse crate::store::Store;\n"),
        ("storyreel", "cli/context.rs", "let x = std::env::var(\"X\");\n"),
    ] {
        assert_eq!(found(owner, path, text), Vec::<String>::new(), "{path} {text:?}");
    }
}
