//! The plan of many films: a line for each, and one sum.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::film::Film;
use storyreel_core::plan::words::{costs, counts, sum, time};
use storyreel_core::plan::{Action, Plan, RunTime as _, Step, TimeFrom, Totals};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::spoken;

use super::amounts::Sum;
use super::run_time::SimulatedTime;
use crate::cli::load::Loaded;
use crate::progress::table;

/// The films of one run.
pub(super) struct BatchPlan<'a> {
    films: Vec<FilmSummary<'a>>,
    totals: Totals,
    wall: Duration,
}

/// A film, and what it adds to the run.
struct FilmSummary<'a> {
    loaded: &'a Loaded,
    plan: &'a Plan,
    totals: Totals,
    wall: Duration,
}

impl<'a> BatchPlan<'a> {
    /// The plans of these films, in which shots that several have in common are marked as shared.
    pub(super) fn of(films: &[(&'a Loaded, &'a Plan)]) -> Self {
        let summary = |&(loaded, plan): &(&'a Loaded, &'a Plan)| FilmSummary {
            loaded,
            plan,
            totals: Totals::of(&plan.steps),
            wall: SimulatedTime.of_films(&[(&loaded.film, plan)]),
        };
        let together: Vec<(&Film, &Plan)> = films.iter().map(|(loaded, plan)| (&loaded.film, *plan)).collect();
        Self {
            films: films.iter().map(summary).collect(),
            totals: Totals::of(films.iter().flat_map(|(_, plan)| &plan.steps)),
            wall: SimulatedTime.of_films(&together),
        }
    }

    fn steps(&self) -> impl Iterator<Item = &'a Step> {
        self.films.iter().flat_map(|film| &film.plan.steps)
    }

    /// What is ordered, and for how much: `240 rendered, 12 reused; costs 31.20 USD`.
    fn sum(&self) -> String {
        let films = count(self.films.len(), "film");
        let shots = count(self.films.iter().map(|film| film.loaded.film.shots.len()).sum(), "shot");
        let wall = if self.wall.is_zero() { String::new() } else { format!("; takes about {}", time(self.wall)) };
        format!("{films}, {shots}: {}; {}{wall}", counts(self.steps()), costs(&self.totals))
    }

    /// A table for people at a terminal.
    pub(super) fn table(&self, columns: usize) -> String {
        let head = ["film", "shots", "length", "new", "shared", "reused", "price", "time"];
        let rows: Vec<Vec<String>> = self.films.iter().map(FilmSummary::cells).collect();
        format!("{}\n\n{}\n", table::render(&head, &rows, &[1, 2, 3, 4, 5, 6, 7], columns), self.sum())
    }

    /// The same for a comment on a change.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::from("| film | shots | length | new | shared | reused | price | time |\n");
        text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        for film in &self.films {
            let cells: Vec<String> = film.cells().iter().map(|cell| cell.replace('|', "\\|")).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        format!("{text}\n**{}**\n", self.sum())
    }

    /// The sums for programs.
    pub(super) fn totals(&self) -> BatchTotals {
        let number = |word: &str| self.steps().filter(|step| step.action.word() == word).count();
        let mut times: Vec<TimeFrom> = self.steps().filter_map(|step| step.time_from).collect();
        times.sort_unstable();
        times.dedup();
        BatchTotals {
            films: self.films.len(),
            shots: self.films.iter().map(|film| film.loaded.film.shots.len()).sum(),
            ask: number("ask"),
            collect: number("collect"),
            cost: Sum::all_of(&self.totals),
            local: number("local"),
            render: number("render"),
            reuse: number("reuse"),
            shared: number("shared"),
            seconds: self.wall.as_secs_f64().ceil(),
            times_from: times.into_iter().map(TimeFrom::word).collect(),
            tokens: self.totals.tokens.1,
            unknown_price: self.totals.unknown,
        }
    }
}

impl FilmSummary<'_> {
    fn cells(&self) -> Vec<String> {
        let number = |wanted: &dyn Fn(&Action) -> bool| {
            self.plan.steps.iter().filter(|step| wanted(&step.action)).count().to_string()
        };
        vec![
            clean(&self.loaded.film_name.to_string()),
            self.loaded.film.shown().len().to_string(),
            spoken(self.loaded.film.length()),
            number(&|action| !matches!(action, Action::Reuse(_) | Action::Shared)),
            number(&|action| matches!(action, Action::Shared)),
            number(&|action| matches!(action, Action::Reuse(_))),
            sum(&self.totals),
            if self.wall.is_zero() { "–".to_owned() } else { time(self.wall) },
        ]
    }
}

/// Sums over the films of a run. A shot that several films have in common counts in the first of them.
#[derive(Serialize, JsonSchema)]
pub(super) struct BatchTotals {
    /// Number of films.
    films: usize,
    /// Number of shots.
    shots: usize,
    /// Shots whose paid order needs a decision.
    ask: usize,
    /// Shots that were paid earlier and are only fetched.
    collect: usize,
    /// What is to be spent, in each currency.
    cost: Vec<Sum>,
    /// Shots that are made on this machine.
    local: usize,
    /// Shots that are ordered.
    render: usize,
    /// Shots whose clip is there.
    reuse: usize,
    /// Shots that are made for a shot before them.
    shared: usize,
    /// Expected length of the run in seconds, under the limits of the services.
    seconds: f64,
    /// Where the times of orders come from: `documented`, `history`; empty where nothing is ordered.
    times_from: Vec<&'static str>,
    /// Most tokens.
    tokens: u64,
    /// Shots to be ordered whose price is not known: they are in no sum.
    unknown_price: usize,
}
