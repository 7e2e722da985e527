//! Files of one module that import each other in a circle: nobody can read one of them without the others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Sources, code};

/// Files by their module path, for example `film::render`; the face of a module (`mod.rs`) by the path of the module.
struct Files<'a> {
    texts: BTreeMap<String, &'a str>,
    /// What a face hands on of its children, by its path: the name, and the path of the child.
    handed_on: BTreeMap<String, BTreeMap<String, String>>,
}

/// The circles among the files of a crate, each as the paths of its files.
pub(super) fn circles(sources: &Sources) -> Vec<Vec<String>> {
    let files = Files::of(sources);
    let imports: BTreeMap<String, BTreeSet<String>> =
        files.texts.keys().map(|path| (path.clone(), files.imports(path))).collect();
    let reached: BTreeMap<&String, BTreeSet<String>> =
        imports.keys().map(|path| (path, reachable(path, &imports))).collect();
    let mut circles = BTreeSet::new();
    for (path, others) in &reached {
        if others.contains(*path) {
            let together = others.iter().filter(|other| reached.get(other).is_some_and(|back| back.contains(*path)));
            circles.insert(together.cloned().collect::<Vec<_>>());
        }
    }
    circles.into_iter().collect()
}

fn reachable(from: &str, imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = imports.get(from).into_iter().flatten().collect();
    while let Some(path) = open.pop() {
        if found.insert(path.clone()) {
            open.extend(imports.get(path).into_iter().flatten());
        }
    }
    found
}

impl<'a> Files<'a> {
    fn of(sources: &'a Sources) -> Self {
        let mut files = Self { texts: BTreeMap::new(), handed_on: BTreeMap::new() };
        for (name, text) in sources {
            let path = module_path(name);
            // Tests see everything.
            if !path.split("::").any(|part| part == "tests") {
                files.texts.insert(path, text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
            }
        }
        for (path, text) in &files.texts {
            let mut names = BTreeMap::new();
            for import in uses(text).into_iter().filter(|import| import.is_public) {
                let [child, .., name] = import.parts.as_slice() else { continue };
                let child = joined(path, child);
                if files.texts.contains_key(&child) {
                    names.insert(name.clone(), child);
                }
            }
            files.handed_on.insert(path.clone(), names);
        }
        files
    }

    /// The files whose definitions the file at `path` imports.
    fn imports(&self, path: &str) -> BTreeSet<String> {
        let text = self.texts[path];
        let mut found = BTreeSet::new();
        for import in uses(text).into_iter().filter(|import| !import.is_public) {
            let own: Vec<&str> = path.split("::").filter(|part| !part.is_empty()).collect();
            let ups = import.parts.iter().take_while(|part| *part == "super").count();
            let (base, rest) = match import.parts.first().map(String::as_str) {
                Some("crate") => (Vec::new(), &import.parts[1..]),
                Some("self") => (own, &import.parts[1..]),
                Some("super") => (own[..own.len().saturating_sub(ups)].to_vec(), &import.parts[ups..]),
                _ => (own, &import.parts[..]),
            };
            let target = self.resolved(base.join("::"), rest);
            if target != path && !(import.is_child && target.is_empty()) {
                found.insert(target);
            }
        }
        found.retain(|target| !is_parent(target, path));
        found
    }

    fn resolved(&self, mut at: String, names: &[String]) -> String {
        for name in names {
            let child = joined(&at, name);
            if self.texts.contains_key(&child) {
                at = child;
            } else if let Some(child) = self.handed_on.get(&at).and_then(|names| names.get(name)) {
                at.clone_from(child);
            } else {
                break;
            }
        }
        at
    }
}

/// Whether `face` is the face of a module that holds the file at `path`. What it defines itself is there for its children.
fn is_parent(face: &str, path: &str) -> bool {
    face.is_empty() || path.strip_prefix(face).is_some_and(|rest| rest.starts_with("::"))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }
}

fn module_path(file: &str) -> String {
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    let face = matches!(parts.last(), Some(&("mod" | "lib" | "main")));
    parts[..parts.len() - usize::from(face)].join("::")
}

/// One path of an import or of a call that begins with `crate`, `super` or `self`.
struct Import {
    parts: Vec<String>,
    is_public: bool,
    /// Whether it begins with none of these words: the child of a face.
    is_child: bool,
}

/// Every path in a file that names something of its own crate; groups are taken apart, one level deep.
fn uses(text: &str) -> Vec<Import> {
    let text = code(text).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for statement in statements(&text) {
        let is_public = statement.starts_with("pub");
        let path = statement.split_once("use ").map_or(statement.as_str(), |(_, path)| path);
        let (head, names) = match path.split_once("::{") {
            Some((head, names)) => (head, names.trim_end_matches(['}', ';']).split(',').map(str::trim).collect()),
            None => (path.trim_end_matches(';'), vec![""]),
        };
        for name in names {
            let whole = if name.is_empty() { head.to_owned() } else { format!("{head}::{name}") };
            let whole = whole.split(" as ").next().unwrap_or_default();
            let parts: Vec<String> = whole.split("::").map(str::to_owned).collect();
            let is_child = !matches!(parts[0].as_str(), "crate" | "super" | "self");
            found.push(Import { parts, is_public, is_child });
        }
    }
    found
}

/// The `use` statements of a file, each on one line, and the paths in its other lines.
fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let begins = trimmed.starts_with("use ") || trimmed.starts_with("pub") && trimmed.contains(" use ");
        let statement = match open.take() {
            Some(begun) => format!("{begun}{trimmed}"),
            None if begins => trimmed.to_owned(),
            None => {
                found.extend(paths(trimmed));
                continue;
            }
        };
        if statement.ends_with(';') {
            found.push(statement);
        } else {
            open = Some(statement);
        }
    }
    found
}

/// The paths in a line that begin with `crate::` or `super::`.
fn paths(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = ["crate::", "super::"].iter().filter_map(|word| rest.find(word)).min() {
        let path = &rest[at..];
        let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))).unwrap_or(path.len());
        found.push(path[..end].trim_end_matches(':').to_owned());
        rest = &path[end..];
    }
    found
}

#[test]
fn a_circle_is_found_and_a_face_is_none() {
    let source = |files: &[(&str, &str)]| -> Sources {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let face = "mod a;\nmod b;\npub use a::Price;\npub use b::{Offer, Tax};\nuse a::total;\n";
    let circle = source(&[
        ("shop/mod.rs", face),
        ("shop/a.rs", "use super::Tax;\npub struct Price;\n"),
        ("shop/b.rs", "pub struct Tax;\nfn f() { super::a::total() }\n"),
    ]);
    assert_eq!(circles(&circle), [["shop::a".to_owned(), "shop::b".to_owned()]]);
    let face_of_all = source(&[
        ("shop/mod.rs", &format!("{face}pub struct Till;\n")),
        ("shop/a.rs", "use super::{Tax, Till};\npub struct Price;\n"),
        (
            "shop/b.rs",
            "use super::Till;\npub struct Tax;\n#[cfg(test)]\nmod tests {\n    use super::super::a::Price;\n}\n",
        ),
    ]);
    assert_eq!(circles(&face_of_all), Vec::<Vec<String>>::new());
}
