//! Findings that say the same of several places, told once.

use std::collections::{BTreeMap, HashMap};

use crate::text::{Problem, listed};

/// Places of one finding that are shown.
pub(super) const MOST_PLACES: usize = 4;

/// Names that one finding lists.
const MOST_NAMES: usize = 12;

/// The code of a name in a prompt that the cast does not have.
pub(super) const UNKNOWN_CAST: &str = "film::unknown_cast";

/// Findings that say the same of several places become one that shows them.
#[must_use]
pub fn said_once(problems: Vec<Problem>) -> Vec<Problem> {
    let mut said: Vec<Problem> = Vec::with_capacity(problems.len());
    let mut first_of: HashMap<(&'static str, String), usize> = HashMap::new();
    let mut more: BTreeMap<usize, usize> = BTreeMap::new();
    let mut names: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for problem in problems {
        let same = first_of.entry((problem.code, subject(&problem))).or_insert(said.len());
        let Some(first) =
            said.get_mut(*same).filter(|first| problem.code == UNKNOWN_CAST || first.help == problem.help)
        else {
            names.entry(said.len()).or_default().extend(quoted(&problem));
            said.push(problem);
            continue;
        };
        names.entry(*same).or_default().extend(quoted(&problem));
        match problem.labels.into_iter().next() {
            Some(label) if first.labels.contains(&label) => {}
            Some(label) if first.labels.len() < MOST_PLACES => first.labels.push(label),
            Some(_) => *more.entry(*same).or_default() += 1,
            None => {}
        }
    }
    for (at, names) in names {
        if let Some(message) = said.get(at).and_then(|problem| joined_message(problem, &names)) {
            said[at].message = message;
        }
    }
    for (at, count) in more {
        if let Some(problem) = said.get_mut(at) {
            let rest = format!("the same in {count} more");
            problem.help = Some(match &problem.help {
                Some(help) => format!("{help} ({rest})"),
                None => rest,
            });
        }
    }
    said
}

/// What makes two findings of one code equal: their words. People who are not in the cast are one finding, whatever they
/// are called, unless one of the cast is called nearly the same.
fn subject(problem: &Problem) -> String {
    let has_near = problem.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
    if problem.code == UNKNOWN_CAST && !has_near { String::new() } else { problem.message.clone() }
}

/// The name in a finding about somebody who is not in the cast.
fn quoted(problem: &Problem) -> Option<String> {
    let name = (problem.code == UNKNOWN_CAST).then(|| problem.message.split('`').nth(1))?;
    name.map(str::to_owned)
}

/// The message for several people who are not in the cast; `None` for one.
fn joined_message(problem: &Problem, names: &[String]) -> Option<String> {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if !distinct.contains(&name.as_str()) {
            distinct.push(name);
        }
    }
    let is_several = problem.code == UNKNOWN_CAST && distinct.len() > 1;
    is_several.then(|| format!("the cast has nobody called {}", listed(distinct, MOST_NAMES)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn finding(message: &str, at: usize, help: &str) -> Problem {
        Problem::error("film::x", message).at(Span::new(at, at + 1), "here").help(help)
    }

    #[test]
    fn equal_findings_become_one_with_their_places() {
        let mut all: Vec<Problem> = (0..51).map(|at| finding("no", at, "do it")).collect();
        all.push(finding("no", 60, "do something else"));
        all.push(finding("other", 61, "do it"));
        let said = said_once(all);
        assert_eq!(said.len(), 3);
        assert_eq!(said[0].labels.len(), MOST_PLACES);
        assert_eq!(said[0].help.as_deref(), Some("do it (the same in 47 more)"));
        assert_eq!(said[1].help.as_deref(), Some("do something else"));
    }

    #[test]
    fn people_who_are_not_in_the_cast_are_named_together() {
        let names = ["ann", "bob", "ann", "cid"];
        let unknown = (0..).zip(names).map(|(at, name)| {
            let message = format!("nobody in the cast is called `{name}`");
            Problem::error(UNKNOWN_CAST, message)
                .at(Span::new(at, at + 1), "not in `cast`")
                .help(format!("add `{name}`"))
        });
        let said = said_once(unknown.collect());
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].message, "the cast has nobody called `ann`, `bob` and `cid`");
        assert_eq!(said[0].labels.len(), 4);
    }
}
