//! The table of which each row makes a film: CSV, JSON lines or a list in YAML, and the combinations of `matrix`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::include::{Entries, shift};
use super::node::{self, Value};
use crate::source_file::{IncludedFile, SourceFile};
use crate::text::{Located, Problem, Span};

/// The most films that one storyboard makes.
const MOST_ROWS: usize = 10_000;

/// The column that names a row.
const ID: &str = "id";

/// A row of a table: what makes one film of a storyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// The table in which it stands.
    pub table: String,
    /// Where it stands.
    pub span: Span,
    /// What it fills in.
    pub cells: Vec<Cell>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The variable that it is of.
    pub column: String,
    /// What is filled in.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TableFormat {
    /// RFC 4180, with a header.
    Csv,
    /// An object a line (<https://jsonlines.org>).
    JsonLines,
    /// A list of maps.
    Yaml,
}

impl TableFormat {
    fn of(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_lowercase();
        Some(match ending.as_str() {
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::JsonLines,
            "yaml" | "yml" | "json" => Self::Yaml,
            _ => return None,
        })
    }
}

/// The rows of a table.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn rows_of(source: &SourceFile, table: &IncludedFile) -> Result<Vec<Row>, Vec<Problem>> {
    if let Some(fault) = &table.fault {
        let problem = Problem::error("rows::unreadable", format!("cannot read `{}`: {fault}", table.name));
        return Err(vec![match table.named_at {
            Some(span) => problem.at(span, "named here"),
            None => problem,
        }]);
    }
    let mut reader = TableReader { text: &source.text, table, rows: Vec::new(), problems: Vec::new() };
    match TableFormat::of(&table.name) {
        Some(TableFormat::Csv) => reader.csv(),
        Some(TableFormat::JsonLines) => reader.json_lines(),
        Some(TableFormat::Yaml) => reader.yaml(),
        None => {
            let problem = Problem::error("rows::format", format!("`{}` is no kind of table that is read", table.name));
            let problem =
                problem.help("a table is a `.csv` file with a header, a `.jsonl` file, or a list in a `.yaml` file");
            reader.problems.push(match table.named_at {
                Some(span) => problem.at(span, "named here"),
                None => problem,
            });
        }
    }
    reader.finish()
}

struct TableReader<'a> {
    text: &'a str,
    table: &'a IncludedFile,
    rows: Vec<Row>,
    problems: Vec<Problem>,
}

impl TableReader<'_> {
    fn finish(mut self) -> Result<Vec<Row>, Vec<Problem>> {
        if self.rows.is_empty() && self.problems.is_empty() {
            let problem = Problem::error("rows::empty", format!("`{}` has no rows", self.table.name));
            self.problems.push(problem.help("give it a header and a line for every film"));
        }
        self.problems.extend(named_twice(&self.rows));
        self.problems.extend(too_many(self.rows.len(), self.rows.first().map(|row| row.span)));
        if self.problems.is_empty() { Ok(self.rows) } else { Err(self.problems) }
    }

    /// Adds a row, named by its column `id` or else by its first one.
    fn add(&mut self, span: Span, cells: Vec<Cell>) {
        let Some(naming) = cells.iter().find(|cell| cell.column == ID).or(cells.first()) else { return };
        let id = naming.text.trim().to_owned();
        if id.is_empty() {
            let problem = Problem::error("rows::no_id", format!("a row has no name: its `{}` is empty", naming.column));
            self.problems.push(
                problem.at(naming.span, "empty").help("every film is named after its row: give each another name"),
            );
            return;
        }
        self.rows.push(Row { id, table: self.table.name.clone(), span, cells });
    }

    fn csv(&mut self) {
        let start = self.table.span.start as usize;
        let mut lines = csv_records(self.table.span.of(self.text), start).into_iter();
        let Some(header) = lines.next() else { return };
        for (at, name) in header.fields.iter().enumerate() {
            let problem = if name.value.trim().is_empty() {
                Problem::error("rows::header", "a column has no name")
            } else if header.fields[..at].iter().any(|before| before.value.trim() == name.value.trim()) {
                Problem::error("rows::header", format!("two columns are called `{}`", name.value.trim()))
            } else {
                continue;
            };
            self.problems.push(problem.at(name.span, "in the header").help("give every column a name of its own"));
        }
        let columns = header.fields.len();
        for line in lines {
            if let Some(open) = line.open_quote {
                let problem = Problem::error("rows::quote", "a quotation mark is not closed");
                self.problems
                    .push(problem.at(open, "opened here").help("close it; a mark inside a cell is written twice"));
                return;
            }
            if line.fields.len() != columns {
                let cells = plural(line.fields.len(), "cell");
                let message = format!("a row has {cells}, and the header {}", plural(columns, "column"));
                let help = "a cell with a comma or a line end in it stands in double quotes";
                self.problems.push(Problem::error("rows::cells", message).at(line.span, cells).help(help));
                continue;
            }
            let cells = header.fields.iter().zip(line.fields);
            let cells = cells.map(|(name, cell)| Cell {
                column: name.value.trim().to_owned(),
                text: cell.value,
                span: cell.span,
            });
            let cells = cells.collect();
            self.add(line.span, cells);
        }
    }

    fn json_lines(&mut self) {
        let mut start = self.table.span.start as usize;
        for line in self.table.span.of(self.text).split_inclusive('\n') {
            let written = line.trim();
            let begin = start + line.find(written).unwrap_or_default();
            start += line.len();
            let span = Span::new(begin, begin + written.len());
            if written.is_empty() {
                continue;
            }
            match serde_json::from_str::<JsonRow>(written) {
                Ok(JsonRow(fields)) => {
                    let cell = |(column, text)| {
                        let span = span.find(self.text, &format!("\"{column}\""));
                        Cell { column, text, span }
                    };
                    let cells = fields.into_iter().map(cell).collect();
                    self.add(span, cells);
                }
                Err(error) => {
                    let message = error.to_string();
                    let message = message.split(" at line ").next().unwrap_or_default();
                    let at = (begin + error.column().saturating_sub(1)).min(span.end as usize);
                    let problem = Problem::error("rows::json", format!("this line is no row in JSON: {message}"));
                    let help = "a line is one object whose values are texts, numbers, `true` or `false`";
                    self.problems.push(problem.at(Span::new(at, at + 1), "here").help(help));
                }
            }
        }
    }

    fn yaml(&mut self) {
        let start = self.table.span.start;
        let root = match node::read(self.table.span.of(self.text)) {
            Ok(mut root) => {
                shift(&mut root, start);
                root
            }
            Err(mut problem) => {
                problem.labels.iter_mut().for_each(|(span, _)| *span = span.shifted(start));
                self.problems.push(problem);
                return;
            }
        };
        let Value::List(items) = root.value else {
            let problem = Problem::error("rows::list", format!("`{}` is no list of rows", self.table.name));
            self.problems.push(problem.help("write `- {id: one, …}` for each film"));
            return;
        };
        for item in items {
            let Value::Map(map) = item.value else {
                let problem = Problem::error(
                    "rows::list",
                    format!("expected a row as `column: value`, found {}", item.value.kind()),
                );
                self.problems.push(problem.at(item.span.first_line(self.text), "not a row"));
                continue;
            };
            let span = item.span.first_line(self.text);
            if let Some(cells) = self.yaml_cells(map) {
                self.add(span, cells);
            }
        }
    }

    fn yaml_cells(&mut self, map: Entries) -> Option<Vec<Cell>> {
        let mut cells = Vec::with_capacity(map.len());
        for (column, value) in map {
            match scalar(self.text, &value.value, value.span) {
                Some(text) => cells.push(Cell { column: column.value.into(), text, span: value.span }),
                None => {
                    let problem = Problem::error("rows::value", format!("a cell cannot be {}", value.value.kind()));
                    self.problems
                        .push(problem.at(value.span.first_line(self.text), "no text, number, `true` or `false`"));
                    return None;
                }
            }
        }
        Some(cells)
    }
}

/// A scalar as it is written; `None` for what is none.
fn scalar(text: &str, value: &Value, span: Span) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Text(text) | Value::Filled(text) | Value::Unfilled(text) => Some(text.to_string()),
        Value::Number(_) | Value::Bool(_) => Some(span.of(text).trim().to_owned()),
        Value::List(_) | Value::Map(_) => None,
    }
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Two rows of one name.
fn named_twice(rows: &[Row]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in rows {
        match first.get(row.id.as_str()) {
            Some(before) => {
                let problem = Problem::error("rows::same_id", format!("two rows are called `{}`", row.id));
                let problem = problem.at(row.span, "and this one").at(*before, "this one");
                problems
                    .push(problem.help("every film is named after its row: give each another name, in a column `id`"));
            }
            None => _ = first.insert(&row.id, row.span),
        }
    }
    problems
}

fn too_many(films: usize, place: Option<Span>) -> Option<Problem> {
    if films <= MOST_ROWS {
        return None;
    }
    let problem = Problem::error("rows::too_many", format!("{films} films are more than one storyboard can make"));
    let problem = problem.help(format!("make at most {MOST_ROWS} in one call, with several tables"));
    Some(match place {
        Some(span) => problem.at(span, "from here on"),
        None => problem,
    })
}

/// The rows of `matrix`, each combined with each of `rows` where there are any.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn combined(
    source: &SourceFile,
    matrix: &Located<Vec<MatrixAxis>>,
    rows: Option<Vec<Row>>,
) -> Result<Vec<Row>, Vec<Problem>> {
    let unnamed = Row { id: String::new(), table: source.name.clone(), span: matrix.span, cells: Vec::new() };
    let mut combined = rows.unwrap_or_else(|| vec![unnamed]);
    for axis in &matrix.value {
        if let Some(problem) = too_many(combined.len() * axis.values.len(), Some(axis.span)) {
            return Err(vec![problem]);
        }
        let mut more = Vec::with_capacity(combined.len() * axis.values.len());
        for row in &combined {
            for value in &axis.values {
                let mut next = row.clone();
                let joint = if next.id.is_empty() { "" } else { "-" };
                next.id = format!("{}{joint}{}", next.id, value.text);
                next.cells.retain(|cell| cell.column != value.column);
                next.cells.push(value.clone());
                more.push(next);
            }
        }
        combined = more;
    }
    let twice = named_twice(&combined);
    if twice.is_empty() { Ok(combined) } else { Err(twice) }
}

/// The values of one variable of `matrix`.
#[derive(Debug, Clone)]
pub(super) struct MatrixAxis {
    span: Span,
    values: Vec<Cell>,
}

/// What stands under `matrix`.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn matrix_of(text: &str, value: &Value, span: Span) -> Result<Located<Vec<MatrixAxis>>, Vec<Problem>> {
    let expected = |span: Span, found: &Value| {
        let message = format!("expected `name: [value, value]`, found {}", found.kind());
        Problem::error("rows::matrix", message).at(span.first_line(text), "no list of values")
    };
    let Value::Map(map) = value else { return Err(vec![expected(span, value)]) };
    let mut axes = Vec::new();
    let mut problems = Vec::new();
    for (name, list) in map {
        let Value::List(items) = &list.value else {
            problems.push(expected(list.span, &list.value));
            continue;
        };
        let mut values = Vec::new();
        for item in items {
            match scalar(text, &item.value, item.span) {
                Some(text) => values.push(Cell { column: name.value.to_string(), text, span: item.span }),
                None => problems.push(expected(item.span, &item.value)),
            }
        }
        if items.is_empty() {
            let problem = Problem::error("rows::matrix", format!("`{}` has no values", name.value));
            problems.push(problem.at(name.span, "no films are made").help("give it at least one value"));
        }
        axes.push(MatrixAxis { span: name.span, values });
    }
    if problems.is_empty() { Ok(Located { value: axes, span }) } else { Err(problems) }
}

/// A line of a CSV file.
struct CsvRecord {
    span: Span,
    fields: Vec<Located<String>>,
    /// The place of a quotation mark that nothing closes.
    open_quote: Option<Span>,
}

/// The records of a CSV text that begins at byte `start` of the whole.
fn csv_records(text: &str, start: usize) -> Vec<CsvRecord> {
    let mut reader = csv_core::Reader::new();
    let mut records = Vec::new();
    let mut fields: Vec<Located<String>> = Vec::new();
    let mut rest = text.as_bytes();
    let mut field = Vec::new();
    let mut buffer = [0; 1024];
    let mut begin = 0;
    loop {
        let (result, read, written) = reader.read_field(rest, &mut buffer);
        field.extend_from_slice(&buffer[..written]);
        rest = &rest[read..];
        let end = text.len() - rest.len();
        match result {
            csv_core::ReadFieldResult::InputEmpty | csv_core::ReadFieldResult::OutputFull => {}
            csv_core::ReadFieldResult::Field { record_end } => {
                let raw = &text[begin..end];
                let blank = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
                let raw = raw[blank..].trim_end_matches(['\r', '\n', ',']);
                let span = Span::new(start + begin + blank, start + begin + blank + raw.len());
                let value = String::from_utf8_lossy(&std::mem::take(&mut field)).into_owned();
                fields.push(Located { value, span });
                begin = end;
                if record_end {
                    records.push(csv_record(std::mem::take(&mut fields), text, start));
                }
            }
            csv_core::ReadFieldResult::End => return records,
        }
    }
}

fn csv_record(fields: Vec<Located<String>>, text: &str, start: usize) -> CsvRecord {
    let first = fields.first().map_or(0, |field| field.span.start);
    let last = fields.last().map_or(first, |field| field.span.end);
    let mut open_quote = None;
    for field in &fields {
        let raw = &text[field.span.start as usize - start..field.span.end as usize - start];
        let marks = raw.matches('"').count();
        if raw.starts_with('"') && marks % 2 == 1 {
            open_quote = Some(Span { end: field.span.start + 1, ..field.span });
        }
    }
    CsvRecord { span: Span { start: first, end: last }, fields, open_quote }
}

/// An object of texts, numbers and truth values, in its order.
struct JsonRow(Vec<(String, String)>);

impl<'de> Deserialize<'de> for JsonRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(JsonRowVisitor)
    }
}

struct JsonRowVisitor;

impl<'de> Visitor<'de> for JsonRowVisitor {
    type Value = JsonRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<JsonRow, A::Error> {
        let mut fields: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = access.next_entry::<String, serde_json::Value>()? {
            let text = match value {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text,
                serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.to_string(),
                _ => return Err(A::Error::custom(format_args!("`{name}` is a list or an object"))),
            };
            if fields.iter().any(|(before, _)| *before == name) {
                return Err(A::Error::custom(format_args!("`{name}` is given twice")));
            }
            fields.push((name, text));
        }
        Ok(JsonRow(fields))
    }
}
