//! Files that a storyboard takes in: what they share is merged into its tree, and their shots stand where they are named.

use super::node::{self, Value, YamlNode};
use super::{MAX_BYTES, MAX_DEPTH, MAX_INCLUDED};
use crate::source_file::{SourceFile, beside};
use crate::text::{Located, Problem, Span, closest, listed};

/// The key under which files are named, at the top of a file and among its shots.
const INCLUDE: &str = "include";

/// What an included file shares, and how many levels of names each of these has.
const SHARED: [(&str, usize); 6] =
    [("vars", 1), ("defaults", 1), ("profiles", 2), ("cast", 2), ("providers", 2), ("scenes", 2)];

/// Keys of an included file that are about itself.
const OF_ITSELF: [&str; 3] = ["storyboard", "title", "description"];

/// The entries of a map.
pub(super) type Entries = Vec<(Located<Box<str>>, YamlNode)>;

/// A file that is named and whose text is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFile {
    /// Its path from the folder of the storyboard.
    pub path: String,
    /// Where it is named.
    pub named_at: Span,
}

/// The tree of a storyboard and of all that it takes in.
pub(super) struct WholeTree {
    pub(super) root: YamlNode,
    /// The defaults of files whose shots are taken in, which hold for these alone.
    pub(super) defaults: Vec<PartDefaults<YamlNode>>,
    pub(super) problems: Vec<Problem>,
    pub(super) missing: Vec<MissingFile>,
}

/// The defaults of a file whose shots are taken in.
#[derive(Debug, Clone)]
pub struct PartDefaults<T> {
    /// Where the text of the file stands.
    pub file: Span,
    /// Where the file is named: the defaults of the file that names it hold, too.
    pub named_at: Span,
    /// Its defaults; `None` where it has none.
    pub settings: Option<T>,
}

/// A file that is being taken in, and where it is named.
struct OpenFile {
    path: String,
    named_at: Span,
}

struct Includer<'a> {
    source: &'a SourceFile,
    /// The files that are being taken in, the innermost last.
    open: Vec<OpenFile>,
    /// Files that were taken in so far, each as often as it is named, and their bytes.
    taken: usize,
    taken_bytes: usize,
    defaults: Vec<PartDefaults<YamlNode>>,
    problems: Vec<Problem>,
    missing: Vec<MissingFile>,
}

/// Reads the whole tree of a source.
///
/// # Errors
/// The fault of the storyboard's own YAML: there is no tree then.
pub(super) fn read(source: &SourceFile) -> Result<WholeTree, Problem> {
    let mut root = node::read(source.own_text())?;
    let mut includer = Includer {
        source,
        open: Vec::new(),
        taken: 0,
        taken_bytes: 0,
        defaults: Vec::new(),
        problems: Vec::new(),
        missing: Vec::new(),
    };
    if let Value::Map(map) = &mut root.value {
        includer.take_in(map, "");
    }
    let Includer { defaults, problems, missing, .. } = includer;
    Ok(WholeTree { root, defaults, problems, missing })
}

impl Includer<'_> {
    /// Takes in what the map at the top of the file at `path` names.
    fn take_in(&mut self, map: &mut Entries, path: &str) {
        if let Some(at) = map.iter().position(|(key, _)| *key.value == *INCLUDE) {
            let (_, names) = map.remove(at);
            let mut shared = Entries::new();
            for name in self.names(names) {
                if let Some(entries) = self.shared_entries(&name, path) {
                    self.combine_shared(&mut shared, entries, map);
                }
            }
            overlay_shared(map, shared);
        }
        let Some((_, shots)) = map.iter_mut().find(|(key, _)| *key.value == *"shots") else { return };
        let Value::List(items) = &mut shots.value else { return };
        if items.iter().any(|item| included_name(item).is_some()) {
            for item in std::mem::take(items) {
                match included_name(&item) {
                    Some(name) => items.extend(self.included_shots(&name, path)),
                    None => items.push(item),
                }
            }
        }
    }

    /// The names that stand under `include`.
    fn names(&mut self, node: YamlNode) -> Vec<Located<String>> {
        let span = node.span;
        let items = match node.value {
            Value::List(items) => items,
            Value::Null => return Vec::new(),
            value => vec![YamlNode { span, value }],
        };
        let mut names = Vec::new();
        for item in items {
            match item.value {
                Value::Text(text) => {
                    names.push(Located { value: text.into(), span: trimmed(item.span, &self.source.text) });
                }
                found => {
                    let message = format!("expected the path of a file, found {}", found.kind());
                    let problem = Problem::error("storyboard::wrong_type", message);
                    self.problems.push(problem.at(item.span, "not a path").help("write `include: [cast.yaml]`"));
                }
            }
        }
        names
    }

    /// What a file named at the top shares, its own includes in it.
    fn shared_entries(&mut self, name: &Located<String>, from: &str) -> Option<Entries> {
        let mut map = self.opened(name, from)?;
        let path = beside(from, name);
        map.retain(|(key, _)| !key.value.starts_with("x-"));
        self.take_in(&mut map, &path);
        self.open.pop();
        let mut shared = Entries::new();
        for (key, value) in map {
            if SHARED.iter().any(|(name, _)| **name == *key.value) {
                shared.push((key, value));
            } else if *key.value == *"shots" {
                let problem = Problem::error("storyboard::include", "the shots of this file are not taken in here");
                let problem = problem.at(key.span, "not taken");
                self.problems
                    .push(problem.help(format!("to have its shots, write `- include: {}` among `shots`", **name)));
            } else if !OF_ITSELF.contains(&&*key.value) {
                self.problems.push(not_shared(&key));
            }
        }
        Some(shared)
    }

    /// The shots of a file that is named among shots.
    fn included_shots(&mut self, name: &Located<String>, from: &str) -> Vec<YamlNode> {
        let Some(mut map) = self.opened(name, from) else { return Vec::new() };
        let path = beside(from, name);
        let file = self.source.included_file(&path).map_or(name.span, |file| file.span);
        let at = self.defaults.len();
        self.defaults.push(PartDefaults { file, named_at: name.span, settings: None });
        let ignored: Vec<Located<Box<str>>> =
            map.iter().map(|(key, _)| key.clone()).filter(is_ignored_with_shots).collect();
        for key in ignored {
            let message =
                format!("`{}` of this file has no effect: its shots and its defaults alone are taken in", key.value);
            let problem = Problem::warning("storyboard::include", message).at(key.span, "not taken");
            let help = "put it into a file of its own, and name that under `include` at the top of the storyboard";
            self.problems.push(problem.help(help));
        }
        map.retain(|(key, _)| matches!(&*key.value, "shots" | "defaults"));
        self.take_in(&mut map, &path);
        self.open.pop();
        let mut shots = Vec::new();
        let mut has_shots = false;
        for (key, value) in map {
            match value.value {
                _ if *key.value == *"defaults" => self.defaults[at].settings = Some(value),
                Value::List(items) => {
                    has_shots = true;
                    shots = items;
                }
                found => {
                    let problem =
                        Problem::error("storyboard::wrong_type", format!("expected a list, found {}", found.kind()));
                    self.problems.push(problem.at(key.span, "no list"));
                    has_shots = true;
                }
            }
        }
        if !has_shots {
            let problem = Problem::error("storyboard::include", format!("`{}` has no `shots`", name.value));
            self.problems
                .push(problem.at(name.span, "no shots").help("name it under `include` at the top of the storyboard"));
        }
        shots
    }

    /// The map of a file, which counts as open from now on. `None` where there is none, and why is told.
    fn opened(&mut self, name: &Located<String>, from: &str) -> Option<Entries> {
        let path = beside(from, name);
        if let Some(circle) = self.circle(&path, name.span) {
            self.problems.push(circle);
            return None;
        }
        let bytes = self.source.included_file(&path).map_or(0, |file| file.span.end - file.span.start) as usize;
        self.taken += 1;
        self.taken_bytes += bytes;
        if self.open.len() >= MAX_DEPTH || self.taken > MAX_INCLUDED || self.taken_bytes > MAX_BYTES {
            let problem = Problem::error("storyboard::include", "too much is included");
            let help = format!(
                "a storyboard takes in at most {MAX_INCLUDED} files of {} MiB together, {MAX_DEPTH} within each other; a file \
                 counts as often as it is named",
                MAX_BYTES >> 20
            );
            self.problems.push(problem.at(name.span, "one too many").help(help));
            return None;
        }
        let Some(file) = self.source.included_file(&path) else {
            self.missing.push(MissingFile { path, named_at: name.span });
            return None;
        };
        if let Some(fault) = &file.fault {
            let problem = Problem::error("storyboard::include", format!("cannot read `{}`: {fault}", file.name));
            self.problems.push(problem.at(name.span, "named here"));
            return None;
        }
        let start = file.span.start;
        let root = match node::read(file.span.of(&self.source.text)) {
            Ok(mut root) => {
                shift(&mut root, start);
                root
            }
            Err(mut problem) => {
                problem.labels.iter_mut().for_each(|(span, _)| *span = span.shifted(start));
                self.problems.push(problem);
                return None;
            }
        };
        let found = match root.value {
            Value::Map(map) => {
                self.open.push(OpenFile { path, named_at: name.span });
                return Some(map);
            }
            found => found,
        };
        let problem =
            Problem::error("storyboard::include", format!("`{}` is no map of keys, but {}", **name, found.kind()));
        self.problems.push(problem.at(name.span, "included here"));
        None
    }

    /// The problem of a file that takes itself in.
    fn circle(&self, path: &str, named_at: Span) -> Option<Problem> {
        let at = self.open.iter().position(|open| open.path == path);
        let is_storyboard = path == file_name(&self.source.name);
        if at.is_none() && !is_storyboard {
            return None;
        }
        let problem =
            Problem::error("storyboard::include", format!("`{path}` includes itself")).at(named_at, "here again");
        let way = self.open[at.map_or(0, |at| at + 1)..].iter();
        let problem = way.fold(problem, |problem, open| problem.at(open.named_at, format!("takes in `{}`", open.path)));
        Some(problem.help("remove one of these includes"))
    }

    /// Adds what another file shares to `shared`. What both say otherwise is told, unless `own`, which wins, says it too.
    fn combine_shared(&mut self, shared: &mut Entries, more: Entries, own: &Entries) {
        for (key, value) in more {
            let own = own.iter().find(|(name, _)| name.value == key.value).map(|(_, value)| value);
            let Some((_, before)) = shared.iter_mut().find(|(name, _)| name.value == key.value) else {
                shared.push((key, value));
                continue;
            };
            let span = value.span;
            match (&mut before.value, value.value) {
                (Value::Map(before), Value::Map(more)) => self.combine(before, more, own, levels_of(&key.value)),
                (_, found) => {
                    let message = format!("expected a map of names, found {}", found.kind());
                    self.problems.push(Problem::error("storyboard::wrong_type", message).at(span, "not a map"));
                }
            }
        }
    }

    fn combine(&mut self, shared: &mut Entries, more: Entries, own: Option<&YamlNode>, levels: usize) {
        for (key, value) in more {
            let own = own.and_then(|own| entry(own, &key.value));
            let Some((first, before)) = shared.iter_mut().find(|(name, _)| name.value == key.value) else {
                shared.push((key, value));
                continue;
            };
            match (&mut before.value, value.value) {
                (Value::Map(before), Value::Map(more)) if levels > 1 => self.combine(before, more, own, levels - 1),
                (before, more) if own.is_some() || same(before, &more) => {}
                _ => {
                    let message = format!("two included files disagree about `{}`", key.value);
                    let problem = Problem::error("storyboard::include", message);
                    let problem = problem.at(key.span, "said here").at(first.span, "and otherwise here");
                    let name = &key.value;
                    self.problems
                        .push(problem.help(format!("say in the storyboard itself what `{name}` is, or say it once")));
                }
            }
        }
    }
}

/// The value of a key.
fn entry<'a>(node: &'a YamlNode, key: &str) -> Option<&'a YamlNode> {
    match &node.value {
        Value::Map(map) => map.iter().find(|(name, _)| *name.value == *key).map(|(_, value)| value),
        _ => None,
    }
}

fn levels_of(key: &str) -> usize {
    SHARED.iter().find(|(name, _)| *name == key).map_or(0, |(_, levels)| *levels)
}

/// The file that an item of a list of shots names.
pub(super) fn included_name(item: &YamlNode) -> Option<Located<String>> {
    let Value::Map(map) = &item.value else { return None };
    let [(key, name)] = &map[..] else { return None };
    match &name.value {
        Value::Text(text) if *key.value == *INCLUDE => Some(Located { value: text.to_string(), span: name.span }),
        _ => None,
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether a key of a file whose shots are taken in would be lost without a word.
fn is_ignored_with_shots(key: &Located<Box<str>>) -> bool {
    let own = ["shots", "defaults", "film", "budget"];
    !own.contains(&&*key.value) && !OF_ITSELF.contains(&&*key.value) && !key.value.starts_with("x-")
}

fn not_shared(key: &Located<Box<str>>) -> Problem {
    let names = SHARED.iter().map(|(name, _)| *name);
    let problem = Problem::error("storyboard::include", format!("an included file cannot say `{}`", key.value));
    problem.at(key.span, "not taken").help(match closest(&key.value, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it shares {}; say the rest in the storyboard", listed(names.chain([INCLUDE]), 12)),
    })
}

/// Adds to the storyboard's own entries what its files share beyond them.
fn overlay_shared(own: &mut Entries, shared: Entries) {
    for (key, value) in shared {
        match own.iter_mut().find(|(name, _)| name.value == key.value) {
            None => own.push((key, value)),
            Some((_, own)) => overlay(&mut own.value, value.value, levels_of(&key.value)),
        }
    }
}

/// Adds to a map what another one has beyond it, in so many levels of maps.
pub(super) fn overlay(own: &mut Value, under: Value, levels: usize) {
    let (Value::Map(own), Value::Map(under)) = (own, under) else { return };
    for (key, value) in under {
        match own.iter_mut().find(|(name, _)| name.value == key.value) {
            None => own.push((key, value)),
            Some((_, own)) if levels > 1 => overlay(&mut own.value, value.value, levels - 1),
            Some(_) => {}
        }
    }
}

/// Whether two values say the same, wherever they stand.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.to_bits() == other.to_bits(),
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(&one.value, &other.value))
        }
        (Value::Map(one), Value::Map(other)) => {
            let has = |(key, value): &(Located<Box<str>>, YamlNode)| {
                other.iter().any(|(name, other)| name.value == key.value && same(&value.value, &other.value))
            };
            one.len() == other.len() && one.iter().all(has)
        }
        _ => false,
    }
}

fn trimmed(span: Span, text: &str) -> Span {
    let covered = span.of(text);
    Span { end: span.end - (covered.len() - covered.trim_end().len()) as u32, ..span }
}

/// Moves every place in a tree by `start` bytes.
pub(super) fn shift(node: &mut YamlNode, start: u32) {
    node.span = node.span.shifted(start);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| shift(item, start)),
        Value::Map(map) => {
            for (key, value) in map {
                key.span = key.span.shifted(start);
                shift(value, start);
            }
        }
        _ => {}
    }
}
