//! A storyboard read once, and decoded for each film that is made of it.

use super::decode::{Decode as _, StoryboardDecoder};
use super::fill::Variables;
use super::include::{self, Entries, MissingFile, PartDefaults, WholeTree, overlay};
use super::node::{Value, YamlNode};
use super::table::{self, Row};
use super::{Settings, Storyboard, check_version, raw};
use crate::source_file::{SourceFile, beside};
use crate::text::{Located, Problem, closest, listed};

/// What is chosen beyond the text of a storyboard.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices<'a> {
    /// `--var name=text`.
    pub vars: &'a [(String, String)],
    /// The row of which the film is.
    pub row: Option<&'a Row>,
    /// `--cut`.
    pub cut: Option<&'a str>,
}

/// The YAML of a storyboard and of the files that it takes in.
#[derive(Debug)]
pub struct StoryboardTree {
    root: YamlNode,
    defaults: Vec<PartDefaults<YamlNode>>,
    problems: Vec<Problem>,
    missing: Vec<MissingFile>,
}

/// Reads a storyboard. Every problem of shape is reported; what could be read is returned all the same, so that its
/// meaning can be checked in the same pass.
#[must_use]
pub fn parse(source: &SourceFile, choices: Choices<'_>) -> (Option<Storyboard>, Vec<Problem>) {
    match StoryboardTree::read(source) {
        Ok(tree) => tree.into_board(source, choices),
        Err(problem) => (None, vec![problem]),
    }
}

impl StoryboardTree {
    /// Reads the YAML.
    ///
    /// # Errors
    /// The first fault of the storyboard's own YAML: there is no tree then.
    pub fn read(source: &SourceFile) -> Result<Self, Problem> {
        let WholeTree { root, defaults, problems, missing } = include::read(source)?;
        let mut tree = Self { root, defaults, problems, missing };
        if let Some(rows) = tree.rows_file() {
            let path = beside("", &rows.value);
            if source.included_file(&path).is_none() {
                tree.missing.push(MissingFile { path, named_at: rows.span });
            }
        }
        Ok(tree)
    }

    /// The files that are named and whose texts are not in the source.
    #[must_use]
    pub fn missing(&self) -> &[MissingFile] {
        &self.missing
    }

    fn entry(&self, key: &str) -> Option<&YamlNode> {
        let Value::Map(map) = &self.root.value else { return None };
        map.iter().find(|(name, _)| *name.value == *key).map(|(_, value)| value)
    }

    /// The table that the storyboard names.
    fn rows_file(&self) -> Option<Located<String>> {
        let rows = self.entry("rows")?;
        match &rows.value {
            Value::Text(path) => Some(Located { value: path.to_string(), span: rows.span }),
            _ => None,
        }
    }

    /// The rows of which each makes a film, of the table at the path `given` or else of the one that the storyboard names,
    /// and of `matrix`. `None` for a storyboard of one film.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn rows(&self, source: &SourceFile, given: Option<&str>) -> Result<Option<Vec<Row>>, Vec<Problem>> {
        let named = self.rows_file().map(|rows| beside("", &rows.value));
        let path = given.map(str::to_owned).or(named);
        let table = path.and_then(|path| source.included_file(&path));
        let rows = table.map(|table| table::rows_of(source, table)).transpose()?;
        match self.entry("matrix") {
            Some(matrix) => {
                let matrix = table::matrix_of(&source.text, &matrix.value, matrix.span)?;
                table::combined(source, &matrix, rows).map(Some)
            }
            None => Ok(rows),
        }
    }

    /// The storyboard of one film.
    #[must_use]
    pub fn board(&self, source: &SourceFile, choices: Choices<'_>) -> (Option<Storyboard>, Vec<Problem>) {
        let tree = Self {
            root: self.root.clone(),
            defaults: self.defaults.clone(),
            problems: self.problems.clone(),
            missing: self.missing.clone(),
        };
        tree.into_board(source, choices)
    }

    /// The same, of a tree that is no longer needed.
    #[must_use]
    pub fn into_board(mut self, source: &SourceFile, choices: Choices<'_>) -> (Option<Storyboard>, Vec<Problem>) {
        let mut problems = std::mem::take(&mut self.problems);
        let mut filled = Vec::new();
        if let Value::Map(map) = &mut self.root.value {
            problems.extend(choices.cut.and_then(|name| choose_cut(map, name)));
            let mut variables = Variables::of(map, &source.text, choices.row, choices.vars);
            variables.fill(map);
            for part in &mut self.defaults {
                if let Some(settings) = &mut part.settings {
                    variables.fill_node(settings);
                }
            }
            filled = variables.filled;
            problems.extend(variables.problems);
        }
        let mut decoder = StoryboardDecoder::new(source);
        let mut board = raw::decode(self.root, &mut decoder);
        let part_defaults = self.defaults.into_iter().map(|part| PartDefaults {
            file: part.file,
            named_at: part.named_at,
            settings: part.settings.and_then(|settings| Settings::decode(settings, &mut decoder)),
        });
        let part_defaults = part_defaults.collect();
        problems.extend(decoder.problems);
        if let Some(board) = &mut board {
            board.part_defaults = part_defaults;
            board.filled = filled;
            board.cut = choices.cut.map(str::to_owned);
            super::each_path(board, &mut |path, span| {
                if let Some(file) = source.file_at(span).included.filter(|_| !is_address(path)) {
                    *path = beside(&file.path, path);
                }
            });
            check_version(board, &mut problems);
        }
        (board, problems)
    }
}

/// Whether a path names no file.
fn is_address(path: &str) -> bool {
    path.contains("://")
}

/// Has the film's settings say what the cut says of them. Gives the problem of a cut that is not there.
fn choose_cut(map: &mut Entries, name: &str) -> Option<Problem> {
    let cuts = map.iter_mut().find(|(key, _)| *key.value == *"cuts").map(|(_, cuts)| &mut cuts.value);
    let mut names = Vec::new();
    let mut own = None;
    if let Some(Value::Map(cuts)) = cuts {
        for (key, cut) in cuts {
            if let (true, Value::Map(settings)) = (*key.value == *name, &mut cut.value) {
                let (shots, settings_of_film): (Entries, Entries) =
                    std::mem::take(settings).into_iter().partition(|(key, _)| *key.value == *"shots");
                *settings = shots;
                own = Some((settings_of_film, cut.span));
            }
            names.push(key.value.to_string());
        }
    }
    let Some((settings, span)) = own else {
        let problem = Problem::error("film::unknown_cut", format_args!("there is no cut `{name}`"));
        return Some(match closest(name, names.iter().map(String::as_str)) {
            Some(near) => problem.help(format_args!("did you mean `--cut {near}`?")),
            None if names.is_empty() => problem.help("the storyboard has no `cuts`"),
            None => problem.help(format_args!("the storyboard has {}", listed(names.iter().map(String::as_str), 12))),
        });
    };
    let (about, of_film): (Entries, Entries) =
        settings.into_iter().partition(|(key, _)| matches!(&*key.value, "title" | "description"));
    for (key, value) in about {
        map.retain(|(name, _)| name.value != key.value);
        map.push((key, value));
    }
    let mut film = Value::Map(of_film);
    match map.iter_mut().find(|(key, _)| *key.value == *"film") {
        Some((_, plain)) => {
            overlay(&mut film, std::mem::replace(&mut plain.value, Value::Null), 1);
            plain.value = film;
        }
        None => {
            let key = Located { value: "film".into(), span };
            map.push((key, YamlNode { span, value: film }));
        }
    }
    None
}
