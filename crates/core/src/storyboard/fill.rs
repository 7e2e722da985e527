//! Variables filled into the scalars of a storyboard.

use std::collections::BTreeMap;

use super::include::Entries;
use super::node::{Value, YamlNode};
use super::table::Row;
use crate::text::{Problem, Span, closest, listed};

/// Keys whose texts are for the writer alone.
const FOR_WRITERS: [&str; 1] = ["notes"];

/// A scalar into which a column of a table was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilledScalar {
    /// Where it stands.
    pub span: Span,
    /// Where the cell stands in the table.
    pub cell: Span,
}

/// What variables stand for.
pub(super) struct Variables<'a> {
    text: &'a str,
    values: BTreeMap<String, String>,
    row: Option<&'a Row>,
    pub(super) filled: Vec<FilledScalar>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Variables<'a> {
    /// The variables of the storyboard, then those of a row, then those of the command line: the last wins.
    pub(super) fn of(root: &Entries, text: &'a str, row: Option<&'a Row>, given: &[(String, String)]) -> Self {
        let mut values = BTreeMap::new();
        let declared = root.iter().find(|(key, _)| *key.value == *"vars").map(|(_, vars)| &vars.value);
        if let Some(Value::Map(vars)) = declared {
            for (name, value) in vars {
                let written = match &value.value {
                    Value::Text(text) => text.to_string(),
                    Value::Number(_) | Value::Bool(_) => value.span.of(text).trim().to_owned(),
                    _ => continue,
                };
                values.insert(name.value.to_string(), written);
            }
        }
        for cell in row.into_iter().flat_map(|row| &row.cells) {
            values.insert(cell.column.clone(), cell.text.clone());
        }
        let mut problems = Vec::new();
        for (name, value) in given {
            if values.insert(name.clone(), value.clone()).is_none() {
                let problem = Problem::error("film::unknown_var", format_args!("`--var {name}` has no effect"));
                let others = values.keys().map(String::as_str).filter(|key| key != name);
                problems.push(problem.help(match closest(name, others) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("declare `{name}` under `vars` in the storyboard first"),
                }));
            }
        }
        let row = row.filter(|row| row.cells.iter().any(|cell| given.iter().all(|(name, _)| *name != cell.column)));
        Self { text, values, row, filled: Vec::new(), problems }
    }

    /// Fills every scalar of the storyboard but the variables themselves.
    pub(super) fn fill(&mut self, root: &mut Entries) {
        for (key, value) in root {
            if !matches!(&*key.value, "vars" | "rows" | "matrix") {
                self.fill_entry(&key.value, value);
            }
        }
    }

    fn fill_entry(&mut self, key: &str, node: &mut YamlNode) {
        if !FOR_WRITERS.contains(&key) {
            self.fill_node(node);
        }
    }

    pub(super) fn fill_node(&mut self, node: &mut YamlNode) {
        let span = node.span;
        match &mut node.value {
            Value::Text(text) if text.contains("{{") => {
                let known = self.problems.len();
                let filled = self.filled_text(text, span).into();
                let is_whole = self.problems.len() == known;
                node.value = if is_whole { Value::Filled(filled) } else { Value::Unfilled(filled) };
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.fill_node(item)),
            Value::Map(map) => map.iter_mut().for_each(|(key, value)| self.fill_entry(&key.value, value)),
            _ => {}
        }
    }

    fn filled_text(&mut self, text: &str, span: Span) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((name, behind)) = after.split_once("}}") else {
                filled.push_str("{{");
                rest = after;
                continue;
            };
            rest = behind;
            let Some(value) = self.values.get(name.trim()) else {
                self.problems.push(self.unknown(span, name));
                filled.push_str(&format!("{{{{{name}}}}}"));
                continue;
            };
            filled.push_str(value);
            let cell = self.row.and_then(|row| row.cells.iter().find(|cell| cell.column == name.trim()));
            self.filled
                .extend(cell.filter(|cell| cell.text == *value).map(|cell| FilledScalar { span, cell: cell.span }));
        }
        filled.push_str(rest);
        filled
    }

    fn unknown(&self, span: Span, name: &str) -> Problem {
        let place = span.find(self.text, &format!("{{{{{name}}}}}"));
        let name = name.trim();
        let problem = Problem::error("film::unknown_var", format_args!("there is no variable `{name}`"))
            .at(place.first_line(self.text), "not declared");
        problem.help(match (closest(name, self.values.keys().map(String::as_str)), self.row) {
            (Some(near), _) => format!("did you mean `{{{{{near}}}}}`?"),
            (None, Some(row)) => {
                let columns = listed(row.cells.iter().map(|cell| cell.column.as_str()), 32);
                format!("declare it under `vars`, or give `{}` a column `{name}`: it has {columns}", row.table)
            }
            (None, None) => format!("declare it: `vars: {{{name}: …}}`"),
        })
    }
}
