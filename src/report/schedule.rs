//! When the shots were made, or will be: a Gantt picture, and the same as a table.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use storyreel_core::film::Film;
use storyreel_core::index::ShotIndex;
use storyreel_core::plan::Plan;

use super::run::{Assembly, RunSummary, ShotOutcome, Work};
use super::said::{OneLine, length};

/// Who did what when. Times are milliseconds since the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Whether it happened; else it is what the scheduler expects.
    pub happened: bool,
    /// How long all of it took.
    pub took: u64,
    /// The work, a bar each, by its beginning.
    pub bars: Vec<Bar>,
    /// What was worth knowing.
    pub warnings: Vec<String>,
}

/// The work on one shot, or on the film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The shot's id, or `film`.
    pub name: String,
    /// Who made it.
    pub maker: String,
    /// When all that it needs was there.
    pub ready: u64,
    /// When it was taken up.
    pub from: u64,
    /// When its making began, after it was sent and waited.
    pub making: u64,
    /// When the finished clip was on its way here.
    pub fetching: u64,
    /// When it was over.
    pub to: u64,
    /// What came of it.
    pub outcome: ShotOutcome,
    /// Why.
    pub said: Option<String>,
    /// Whether it is on the chain that the length of the whole hangs on.
    pub critical: bool,
}

impl Bar {
    fn of_shot(name: &str, work: &Work, ready: u64) -> Self {
        let fetching = work.first_of(&["fetching", "verifying"]).unwrap_or(work.to);
        // What is made here has no queue; a service that is never seen at work was waited for until it was done.
        let has_waited = work.first_of(&["queued", "submitting"]).is_some();
        let making = work.first_of(&["rendering"]).unwrap_or(if has_waited { fetching } else { work.from });
        Self {
            name: name.to_owned(),
            maker: work.maker.clone(),
            ready: ready.min(work.from),
            from: work.from,
            making,
            fetching,
            to: work.to,
            outcome: work.outcome,
            said: work.said.clone(),
            critical: false,
        }
    }

    fn of_assembly(assembly: &Assembly) -> Self {
        Self {
            name: "film".to_owned(),
            maker: "storyreel".to_owned(),
            ready: assembly.from,
            from: assembly.from,
            making: assembly.from,
            fetching: assembly.to,
            to: assembly.to,
            outcome: if assembly.done { ShotOutcome::Stored } else { ShotOutcome::Failed },
            said: Some(assembly.said.clone()),
            critical: true,
        }
    }
}

/// What a run did, seen with the film and the plan that tell which shot needs which.
struct ScheduledFilm<'a> {
    film: &'a Film,
    plan: &'a Plan,
    run: &'a RunSummary,
}

impl<'a> ScheduledFilm<'a> {
    /// When the work on a shot was over; `None` where the run did not take it up.
    fn over_at(&self, shot: ShotIndex) -> Option<u64> {
        let work = self.run.shots.get(self.film.shots[shot].id.as_str())?;
        Some(work.to)
    }

    /// When everything that a shot needs was there.
    fn ready_at(&self, shot: ShotIndex) -> u64 {
        let needs = &self.plan.steps[shot].needs;
        needs.iter().filter_map(|&need| self.over_at(need)).max().unwrap_or(0)
    }

    /// The ids of the shots on the chain that ends with the shot `last`: each with the need that was over last.
    fn critical_chain(&self, last: Option<ShotIndex>) -> BTreeSet<&'a str> {
        let mut chain = BTreeSet::new();
        let mut next = last;
        while let Some(shot) = next {
            chain.insert(self.film.shots[shot].id.as_str());
            let needs = self.plan.steps[shot].needs.iter();
            let latest = needs.filter_map(|&need| Some((self.over_at(need)?, need))).max();
            next = latest.map(|(_, need)| need);
        }
        chain
    }
}

impl Schedule {
    /// What a run did.
    #[must_use]
    pub fn of_run(film: &Film, plan: &Plan, run: &RunSummary) -> Self {
        let index: BTreeMap<&str, ShotIndex> =
            ShotIndex::all(film.shots.len()).map(|at| (film.shots[at].id.as_str(), at)).collect();
        let film_run = ScheduledFilm { film, plan, run };
        let mut bars: Vec<Bar> = Vec::new();
        let mut last = None;
        for (name, work) in &run.shots {
            let Some(&at) = index.get(name.as_str()) else { continue };
            bars.push(Bar::of_shot(name, work, film_run.ready_at(at)));
            last = last.max(Some((work.to, at)));
        }
        let critical = film_run.critical_chain(last.map(|(_, at)| at));
        for bar in &mut bars {
            bar.critical = critical.contains(bar.name.as_str());
        }
        if let Some(assembly) = run.film.as_ref().filter(|film| film.to > 0) {
            bars.push(Bar::of_assembly(assembly));
        }
        bars.sort_by_key(|bar| bar.from);
        Self { happened: true, took: run.took, bars, warnings: run.warnings.clone() }
    }
}

/// Sizes of the picture in pixels: the names, the time axis, a row, and what is above the rows.
const NAMES: f64 = 190.0;
const AXIS: f64 = 760.0;
const ROW: f64 = 24.0;
const HEAD: f64 = 30.0;

pub(super) fn schedules(schedules: &[Schedule]) -> Markup {
    html! {
        @if !schedules.is_empty() {
            section id="schedule" aria-labelledby="schedule-head" {
                h2 id="schedule-head" { "Schedule" }
                @for schedule in schedules { (shown(schedule)) }
            }
        }
    }
}

fn shown(schedule: &Schedule) -> Markup {
    let what = if schedule.happened { "the last run" } else { "a render now" };
    html! {
        p.lead {
            @if schedule.happened { "The run that made shots last, " } @else { "What a render is expected to do now, " }
            (time(schedule.took)) ". "
            span.key.critical-key { "longest chain" }
            @if schedule.happened { " " span.key.waits-key { "waiting" } }
            " " span.key.makes-key { "rendering" }
            @if schedule.happened { " " span.key.fetches-key { "fetching" } }
        }
        div.scroll tabindex="0" role="region" aria-label={ "Picture of " (what) "; scroll sideways" } { (picture(schedule)) }
        details {
            summary { "The same as a table" }
            div.scroll tabindex="0" role="region" aria-label={ "Table of " (what) } { (table(schedule)) }
        }
        (errors(schedule))
    }
}

fn errors(schedule: &Schedule) -> Markup {
    let failed: Vec<&Bar> =
        schedule.bars.iter().filter(|bar| bar.outcome != ShotOutcome::Stored && bar.said.is_some()).collect();
    html! {
        @if !failed.is_empty() || !schedule.warnings.is_empty() {
            h3 { "What went wrong" }
            ul.errors {
                @for bar in failed {
                    li {
                        b { (OneLine(&bar.name)) } " " (bar.outcome.word()) ": "
                        @if bar.outcome == ShotOutcome::Blocked { "it needs " }
                        (OneLine(bar.said.as_deref().unwrap_or_default()))
                    }
                }
                @for warning in &schedule.warnings { li { (OneLine(warning)) } }
            }
        }
    }
}

/// The axis of time in the picture.
#[derive(Clone, Copy)]
struct TimeAxis {
    /// Where it ends, in milliseconds.
    end: u64,
}

impl TimeAxis {
    fn x(self, at: u64) -> f64 {
        at.min(self.end) as f64 / self.end as f64 * AXIS + NAMES
    }
}

fn picture(schedule: &Schedule) -> Markup {
    let end = schedule.bars.iter().map(|bar| bar.to).max().unwrap_or(0).max(schedule.took).max(1);
    let axis = TimeAxis { end };
    let height = HEAD + ROW * schedule.bars.len() as f64 + 10.0;
    let width = NAMES + AXIS + 20.0;
    let chain: Vec<&str> = schedule.bars.iter().filter(|bar| bar.critical).map(|bar| bar.name.as_str()).collect();
    let described = format!(
        "{} in {}. The longest chain is {}.",
        storyreel_core::sanitize::count(schedule.bars.len(), "piece") + " of work",
        time(schedule.took),
        chain.join(", then ")
    );
    html! {
        svg.gantt role="img" aria-label=(OneLine(&described)) width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } {
            @for tick in ticks(end) {
                @let at = format!("{:.1}", axis.x(tick));
                line.tick x1=(at) x2=(at) y1=(HEAD - 6.0) y2=(height - 8.0) {}
                text.tick x=(at) y=(HEAD - 12.0) { (time(tick)) }
            }
            @for (row, bar) in schedule.bars.iter().enumerate() { (drawn(bar, row, axis)) }
        }
    }
}

fn drawn(bar: &Bar, row: usize, axis: TimeAxis) -> Markup {
    let top = ROW.mul_add(row as f64, HEAD);
    let middle = format!("{}", top + ROW / 2.0);
    let name = storyreel_core::sanitize::shorten(&bar.name, 15);
    html! {
        g class={ "work " (bar.outcome.word()) @if bar.critical { " critical" } } {
            title { (OneLine(&bar.name)) ": " (time(bar.from)) " to " (time(bar.to)) @if let Some(said) = &bar.said { ", " (OneLine(said)) } }
            text.name x="6" y=(top + ROW / 2.0 + 4.0) { (OneLine(&name)) }
            text.maker x=(NAMES - 10.0) y=(top + ROW / 2.0 + 4.0) { (OneLine(&storyreel_core::sanitize::shorten(&bar.maker, 11))) }
            @if bar.from > bar.ready { line.held x1=(format!("{:.1}", axis.x(bar.ready))) x2=(format!("{:.1}", axis.x(bar.from))) y1=(middle) y2=(middle) {} }
            (piece("waits", top, axis.x(bar.from), axis.x(bar.making)))
            (piece("makes", top, axis.x(bar.making), axis.x(bar.fetching)))
            (piece("fetches", top, axis.x(bar.fetching), axis.x(bar.to)))
        }
    }
}

/// A part of a bar: the time in which the shot waited, was made or fetched.
fn piece(class: &str, top: f64, from: f64, to: f64) -> Markup {
    // Something that took place is never invisible.
    let least = if class == "makes" { 1.5 } else { 0.0 };
    let width = (to - from).max(least);
    html! {
        @if width > 0.0 {
            rect class=(class) x=(format!("{from:.1}")) y=(top + 5.0) width=(format!("{width:.1}")) height=(ROW - 10.0) rx="2" {}
        }
    }
}

fn table(schedule: &Schedule) -> Markup {
    html! {
        table.times {
            thead { tr {
                @for name in ["Shot", "By", "Begins", "Held", "Waits", "Renders", "Ends", "Outcome"] { th scope="col" { (name) } }
            } }
            tbody {
                @for bar in &schedule.bars {
                    tr {
                        th scope="row" { (OneLine(&bar.name)) @if bar.critical { " ◆" span.unseen { " on the longest chain" } } }
                        td { (OneLine(&bar.maker)) }
                        td { (time(bar.from)) }
                        td { (time(bar.from - bar.ready)) }
                        td { (time(bar.making.saturating_sub(bar.from))) }
                        td { (time(bar.fetching.saturating_sub(bar.making))) }
                        td { (time(bar.to)) }
                        td { @if schedule.happened { (bar.outcome.word()) } @else { "expected" } }
                    }
                }
            }
        }
    }
}

fn time(ms: u64) -> String {
    length(ms as f64 / 1000.0)
}

/// Five to ten round moments up to `end`.
fn ticks(end: u64) -> Vec<u64> {
    let steps =
        [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000];
    let longest = 3_600_000 * (end / 36_000_000 + 1);
    let step = steps.into_iter().find(|step| end / step <= 9).unwrap_or(longest);
    (0..=end / step).map(|n| n * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_a_few_round_moments() {
        assert_eq!(ticks(7_800), [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000]);
        for end in [1, 900, 61_000, 426_000, 7_200_000, 90_000_000] {
            assert!((1..=11).contains(&ticks(end).len()), "{end}: {:?}", ticks(end));
        }
    }
}
