//! Both commands of the README share one build of every dependency.

use std::collections::BTreeSet;
use std::process::Command;

use super::root;

/// The packages that are built, each with its version and features; the program itself has features of its own.
pub(super) fn packages(arguments: &[&str]) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p}: {f}"])
        .args(arguments)
        .output()
        .expect("cargo is there");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).expect("it is text");
    let lines = text.lines().map(|line| line.trim_end_matches("(*)").trim_end());
    lines.filter(|line| !line.is_empty() && !line.starts_with("storyreel v")).map(str::to_owned).collect()
}

#[test]
fn the_film_needs_no_package_that_the_tests_build_otherwise() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("there is a page");
    assert!(readme.contains("cargo run --locked -- render"), "the film is made by another build");
    assert!(readme.contains("cargo test --locked --workspace --features buckets"), "the tests are of another build");
    let film = packages(&["--edges", "normal,build"]);
    let tests = packages(&["--edges", "normal,build,dev", "--workspace", "--features", "buckets"]);
    let other: Vec<&String> = film.difference(&tests).collect();
    assert!(film.len() > 200, "{film:?}");
    assert!(other.is_empty(), "these are built twice: {other:#?}");
}

/// A library of macros that also runs on the target is another build than the one inside of the compiler, and every macro
/// on top of it is built twice.
#[test]
fn no_library_of_macros_is_built_for_the_program() {
    let all = ["--workspace", "--features", "buckets", "--edges", "normal,dev,no-proc-macro"];
    let built = packages(&all);
    let of_macros: Vec<&String> = built.iter().filter(|line| line.starts_with("proc-macro2 ")).collect();
    assert!(built.len() > 200, "{built:?}");
    assert!(of_macros.is_empty(), "{of_macros:?}");
}
