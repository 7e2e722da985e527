//! When the shots were made, or will be: a Gantt picture, and the same as a table.

use std::collections::BTreeMap;

use maud::{Markup, html};
use storyreel_core::film::Film;
use storyreel_core::index::ShotIndex;
use storyreel_core::plan::Plan;

use super::run::{RunSummary, ShotOutcome};
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

impl Schedule {
    /// What a run did.
    #[must_use]
    pub fn of_run(film: &Film, plan: &Plan, run: &RunSummary) -> Self {
        let index: BTreeMap<&str, ShotIndex> =
            ShotIndex::all(film.shots.len()).map(|at| (film.shots[at].id.as_str(), at)).collect();
        let over = |at: ShotIndex| Some((run.shots.get(film.shots[at].id.as_str())?.to, at));
        let needs = |name: &str| index.get(name).map_or(&[][..], |&at| &plan.steps[at].needs[..]);
        let mut bars: Vec<Bar> = Vec::new();
        for (name, work) in run.shots.iter().filter(|(name, _)| index.contains_key(name.as_str())) {
            let stage = |wanted: &[&str]| {
                work.stages.iter().find(|(word, _)| wanted.contains(&word.as_str())).map(|(_, at)| *at)
            };
            let fetching = stage(&["fetching", "verifying"]).unwrap_or(work.to);
            // What is made here has no queue; a service that is never seen at work was waited for until it was done.
            let waited = work.stages.iter().any(|(word, _)| word == "queued" || word == "submitting");
            let making = stage(&["rendering"]).unwrap_or(if waited { fetching } else { work.from });
            let ready = needs(name).iter().filter_map(|&need| over(need)).map(|(to, _)| to).max().unwrap_or(0);
            bars.push(Bar {
                name: name.clone(),
                maker: work.maker.clone(),
                ready: ready.min(work.from),
                from: work.from,
                making,
                fetching,
                to: work.to,
                outcome: work.outcome,
                said: work.said.clone(),
                critical: false,
            });
        }
        let last = run.shots.iter().filter_map(|(name, work)| Some((work.to, *index.get(name.as_str())?))).max();
        let mut next = last.map(|(_, at)| at);
        while let Some(at) = next {
            let name = film.shots[at].id.as_str();
            bars.iter_mut().filter(|bar| bar.name == name).for_each(|bar| bar.critical = true);
            next = plan.steps[at].needs.iter().filter_map(|&need| over(need)).max().map(|(_, at)| at);
        }
        if let Some(assembly) = run.film.as_ref().filter(|film| film.to > 0) {
            bars.push(Bar {
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
            });
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
    let failed = || schedule.bars.iter().filter(|bar| bar.outcome != ShotOutcome::Stored && bar.said.is_some());
    html! {
        @if failed().next().is_some() || !schedule.warnings.is_empty() {
            h3 { "What went wrong" }
            ul.errors {
                @for bar in failed() {
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

fn picture(schedule: &Schedule) -> Markup {
    let end = schedule.bars.iter().map(|bar| bar.to).max().unwrap_or(0).max(schedule.took).max(1);
    let x = |at: u64| at.min(end) as f64 / end as f64 * AXIS + NAMES;
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
                @let at = format!("{:.1}", x(tick));
                line.tick x1=(at) x2=(at) y1=(HEAD - 6.0) y2=(height - 8.0) {}
                text.tick x=(at) y=(HEAD - 12.0) { (time(tick)) }
            }
            @for (row, bar) in schedule.bars.iter().enumerate() { (drawn(bar, row, &x)) }
        }
    }
}

fn drawn(bar: &Bar, row: usize, x: &dyn Fn(u64) -> f64) -> Markup {
    let top = ROW.mul_add(row as f64, HEAD);
    let middle = format!("{}", top + ROW / 2.0);
    let name = storyreel_core::sanitize::shorten(&bar.name, 15);
    let part = |class: &str, from: u64, to: u64| {
        // Something that took place is never invisible.
        let width = (x(to) - x(from)).max(if class == "makes" { 1.5 } else { 0.0 });
        html! {
            @if width > 0.0 {
                rect class=(class) x=(format!("{:.1}", x(from))) y=(top + 5.0) width=(format!("{width:.1}")) height=(ROW - 10.0) rx="2" {}
            }
        }
    };
    html! {
        g class={ "work " (bar.outcome.word()) @if bar.critical { " critical" } } {
            title { (OneLine(&bar.name)) ": " (time(bar.from)) " to " (time(bar.to)) @if let Some(said) = &bar.said { ", " (OneLine(said)) } }
            text.name x="6" y=(top + ROW / 2.0 + 4.0) { (OneLine(&name)) }
            text.maker x=(NAMES - 10.0) y=(top + ROW / 2.0 + 4.0) { (OneLine(&storyreel_core::sanitize::shorten(&bar.maker, 11))) }
            @if bar.from > bar.ready { line.held x1=(format!("{:.1}", x(bar.ready))) x2=(format!("{:.1}", x(bar.from))) y1=(middle) y2=(middle) {} }
            (part("waits", bar.from, bar.making))
            (part("makes", bar.making, bar.fetching))
            (part("fetches", bar.fetching, bar.to))
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
