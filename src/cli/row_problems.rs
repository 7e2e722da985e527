//! Problems of many films from one text: told once, with the rows of which they hold.

use std::collections::HashMap;
use std::sync::Arc;

use storyreel_core::source_file::SourceFile;
use storyreel_core::storyboard::{FilledScalar, Row};
use storyreel_core::text::{Problem, Severity, Span};

/// Rows that are named; more are counted.
const MOST_NAMES: usize = 6;

/// What was found in the film of a row.
pub(super) struct FilmProblems {
    pub(super) row: Option<Arc<Row>>,
    pub(super) problems: Vec<Problem>,
}

/// The problem with the cells of the table that were filled in where it lies.
pub(super) fn with_cells(mut problem: Problem, filled: &[FilledScalar]) -> Problem {
    let Some((first, _)) = problem.labels.first().cloned() else { return problem };
    for scalar in filled.iter().filter(|scalar| scalar.span.start <= first.start && first.end <= scalar.span.end) {
        if problem.labels.iter().all(|(span, _)| *span != scalar.cell) {
            problem.labels.push((scalar.cell, "filled in from here".to_owned()));
        }
    }
    problem
}

/// What makes problems of two films the same: all but the cells that were filled in.
#[derive(PartialEq, Eq, Hash)]
struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
    place: Option<Span>,
}

/// The problems of all films of a storyboard, each once. Those that do not hold of all films name their rows.
pub(super) fn merged(source: &SourceFile, films: Vec<FilmProblems>) -> Vec<Problem> {
    let count = films.len();
    let mut said: Vec<(Problem, Vec<Arc<Row>>)> = Vec::new();
    let mut known: HashMap<Finding, usize> = HashMap::new();
    for film in films {
        for problem in film.problems {
            let finding = Finding {
                severity: problem.severity,
                code: problem.code,
                message: problem.message.clone(),
                place: problem.labels.first().map(|(span, _)| *span),
            };
            let at = *known.entry(finding).or_insert(said.len());
            if at == said.len() {
                said.push((problem, Vec::new()));
            }
            said[at].1.extend(film.row.clone());
        }
    }
    let named = said.into_iter().map(|(problem, rows)| {
        if rows.len() == count && count > 1 { problem } else { with_rows(source, problem, &rows) }
    });
    named.collect()
}

fn with_rows(source: &SourceFile, mut problem: Problem, rows: &[Arc<Row>]) -> Problem {
    if rows.is_empty() {
        return problem;
    }
    let mut names: Vec<String> =
        rows.iter().take(MOST_NAMES).map(|row| format!("`{}` ({})", row.id, source.place(row.span))).collect();
    if rows.len() > MOST_NAMES {
        names.push(format!("{} more", rows.len() - MOST_NAMES));
    }
    let noun = if rows.len() == 1 { "row" } else { "rows" };
    let line = format!("{noun} {}", names.join(", "));
    problem.help = Some(problem.help.map_or_else(|| line.clone(), |help| format!("{help}\n{line}")));
    problem
}
