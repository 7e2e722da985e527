//! A plan for people at a terminal. Columns that a narrow screen has no room for are left out, the least important first.

use std::time::Duration;

use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::index::ShotIndex;
use storyreel_core::money::Money;
use storyreel_core::plan::against::PlanDifference;
use storyreel_core::plan::compare::{Cannot, ProfileQuote, Quote};
use storyreel_core::plan::edit_cost::EditCosts;
use storyreel_core::plan::words::{
    begins, chain, costs, counts, length, lengths, names, price, shown_lengths, sum, time, tokens, way,
};
use storyreel_core::plan::{BudgetLeft, PriceAge, Step};
use storyreel_core::sanitize::{clean, count, width};

use super::answer::{Against, Answer};
use super::reduction::ReductionSteps;
use crate::progress::table;

/// Spaces between two columns, and the least that the reasons keep.
const GAP: usize = 2;
const REASON: usize = 16;

/// Alternatives to an edit that are shown.
const MOST_ALTERNATIVES: usize = 3;

/// The whole answer.
pub(super) fn draw(answer: &Answer<'_>, columns: usize) -> String {
    let Answer { loaded, plan, .. } = answer;
    let shots = if answer.totals.is_nothing() && answer.times.is_empty() {
        free_shots(answer, columns)
    } else {
        paid_shots(answer, columns)
    };
    let mut text = String::new();
    for request in &loaded.requests {
        text.push_str(&format!("! {}: {}\n", clean(&request.place), request.description()));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!("{}\n\n{shots}\n\n{}; {}\n", heading(answer), counts(&plan.steps), costs(&answer.totals)));
    if plan.critical_path.len() > 1 {
        let long = if answer.times.is_empty() { String::new() } else { format!(", {}", time(plan.critical_time)) };
        text.push_str(&format!("longest chain: {}{long}\n", chain(&plan.critical_path)));
    }
    for (shot, stop) in answer.stops() {
        text.push_str(&format!("! {shot}: a render stops here: {stop}\n"));
    }
    text.push_str(&plan_notes(answer));
    if let Some(edits) = &answer.edits {
        text.push_str(&format!("\n{}", edit_costs(answer, edits, columns)));
    }
    if let Some(against) = &answer.against {
        text.push_str(&format!("\n{}", comparison(answer, against)));
    }
    if !answer.profiles.is_empty() {
        text.push_str(&format!("\n{}", profile_table(answer, columns)));
    }
    text
}

fn heading(answer: &Answer<'_>) -> String {
    let film = &answer.loaded.film;
    let shots = film.shown();
    if shots.iter().all(|shot| !matches!(&shot.make, Make::Prompt(render) if render.spec.seconds.is_none())) {
        return clean(&answer.loaded.summary());
    }
    let least: Duration = shots.iter().map(|shot| shown_lengths(shot).0).sum();
    let most: Duration = shots.iter().map(|shot| shown_lengths(shot).1).sum();
    format!("{}: {}, {}", clean(&answer.loaded.name), count(shots.len(), "shot"), length((least, most)))
}

/// What a shot is made of where no service makes it, or what it starts from.
pub(super) fn mode_label(shot: &Shot) -> &'static str {
    match &shot.make {
        Make::Prompt(render) => render.inputs.mode().label(),
        Make::Card(_) => "card",
        Make::Still(_) => "image",
        Make::Footage { .. } => "footage",
    }
}

/// The table of a film that is made here.
fn free_shots(answer: &Answer<'_>, columns: usize) -> String {
    let film = &answer.loaded.film;
    let shots = film.shots.iter().zip(begins(film)).zip(&answer.plan.steps);
    let rows = shots.map(|((shot, begins), step)| {
        let maker = match &shot.make {
            Make::Prompt(render) => format!("{} · {}", render.provider.id, render.spec.model),
            _ => "here".to_owned(),
        };
        let action = step.action.word().to_owned();
        let length = length(lengths(shot));
        let from = mode_label(shot).to_owned();
        vec![shot.id.to_string(), action, begins, length, maker, from, step.why.to_string()]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table::render(&["shot", "action", "begins", "length", "made by", "from", "why"], &rows, &[2, 3], columns)
}

/// A column: its name, whether it stands right, how readily it goes (0: never), and what a shot shows in it.
struct Column {
    name: &'static str,
    right: bool,
    goes: u8,
    cell: fn(&PlannedShot<'_>) -> String,
}

/// A shot, when in the film it begins, and what a render would do with it.
struct PlannedShot<'a> {
    shot: &'a Shot,
    begins: String,
    step: &'a Step,
}

const fn column(name: &'static str, right: bool, goes: u8, cell: fn(&PlannedShot<'_>) -> String) -> Column {
    Column { name, right, goes, cell }
}

const COLUMNS: &[Column] = &[
    column("shot", false, 0, |it| it.shot.id.to_string()),
    column("action", false, 0, |it| it.step.action.word().to_owned()),
    column("begins", true, 2, |it| it.begins.clone()),
    column("length", true, 0, |it| length(lengths(it.shot))),
    column("provider", false, 4, |it| provider_of(it.shot).to_owned()),
    column("model", false, 3, |it| model_of(it.shot).to_owned()),
    column("from", false, 5, |it| mode_label(it.shot).to_owned()),
    column("size", false, 6, |it| size_of(it.shot)),
    column("tokens", true, 7, |it| it.step.estimate.as_ref().map_or(String::new(), |it| tokens(it.tokens))),
    column("time", true, 1, |it| it.step.time_from.map_or(String::new(), |_| time(it.step.expected))),
    column("price", true, 0, |it| price(it.step)),
    column("why", false, 0, |it| it.step.why.to_string()),
];

/// Who makes a shot: a provider, or this machine.
pub(super) fn provider_of(shot: &Shot) -> &str {
    match &shot.make {
        Make::Prompt(render) => render.provider.id,
        _ => "here",
    }
}

/// The short name of a shot's model: that of its family.
pub(super) fn model_of(shot: &Shot) -> &str {
    match &shot.make {
        Make::Prompt(render) => render.spec.family.name,
        _ => "",
    }
}

fn size_of(shot: &Shot) -> String {
    match &shot.make {
        Make::Prompt(render) => render.spec.size.to_string(),
        _ => String::new(),
    }
}

/// A column with the cells of all shots.
struct FilledColumn {
    column: &'static Column,
    cells: Vec<String>,
}

impl FilledColumn {
    fn of(column: &'static Column, answer: &Answer<'_>) -> Self {
        let film = &answer.loaded.film;
        let shots = film.shots.iter().zip(begins(film)).zip(&answer.plan.steps);
        let shots = shots.map(|((shot, begins), step)| PlannedShot { shot, begins, step });
        Self { column, cells: shots.map(|shot| clean(&(column.cell)(&shot))).collect() }
    }

    /// The least number of columns of the screen that it needs.
    fn least_width(&self) -> usize {
        let widest = self.cells.iter().map(|cell| width(cell)).max().unwrap_or_default().max(self.column.name.len());
        if self.column.name == "why" { widest.min(REASON) } else { widest }
    }
}

/// The table of a film that costs money.
fn paid_shots(answer: &Answer<'_>, columns: usize) -> String {
    let mut shown: Vec<FilledColumn> = COLUMNS.iter().map(|column| FilledColumn::of(column, answer)).collect();
    while !fits(&shown, columns) {
        let removable = (0..shown.len()).filter(|&at| shown[at].column.goes > 0);
        let Some(last) = removable.max_by_key(|&at| shown[at].column.goes) else { break };
        shown.remove(last);
    }
    let header: Vec<&str> = shown.iter().map(|filled| filled.column.name).collect();
    let right: Vec<usize> = (0..shown.len()).filter(|&at| shown[at].column.right).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for at in 0..answer.plan.steps.len() {
        rows.push(shown.iter().map(|filled| filled.cells[at].clone()).collect());
    }
    table::render(&header, &rows, &right, columns)
}

fn fits(shown: &[FilledColumn], columns: usize) -> bool {
    let width: usize = shown.iter().map(FilledColumn::least_width).sum();
    width + GAP * (shown.len() - 1) <= columns
}

/// Lines below the table: time, models, prices, the budget.
fn plan_notes(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    if let (Some(wall), false) = (answer.wall, answer.times.is_empty()) {
        let from: Vec<String> = answer.times.iter().map(ToString::to_string).collect();
        text.push_str(&format!("takes about {} (estimated from {})\n", time(wall), from.join(" and ")));
    }
    for price in &answer.prices {
        text.push_str(&format!("{}\n", price_age(price)));
    }
    if let Some(left) = &answer.budget {
        text.push_str(&format!("{}\n", budget_left(left)));
    }
    text
}

fn budget_left(left: &BudgetLeft) -> String {
    let BudgetLeft { budget, most, unknown } = left;
    let rest = budget.micros.checked_sub(most.micros).map(|rest| Money::new(rest, budget.currency));
    match (rest, unknown) {
        (Some(rest), 0) => format!("budget {budget}: {rest} left"),
        (Some(rest), unknown) => {
            let shots = count(*unknown, "shot");
            format!("budget {budget}: {rest} left without {shots} of unknown price, which no limit lets through")
        }
        (None, _) => {
            format!("budget {budget}: this can cost {most}; `render` orders nothing that can exceed the budget")
        }
    }
}

/// Where a price comes from, and whether it is old.
pub(super) fn price_age(price: &PriceAge) -> String {
    let PriceAge { provider, model, read, days, reference } = price;
    let model = clean(model);
    match days {
        Some(days) if price.is_old() => {
            format!("price of {provider} {model}: as of {read}, {days} days ago; check it at {reference}")
        }
        Some(_) => format!("price of {provider} {model}: as of {read}"),
        None if read == "storyboard" => format!("price of {provider} {model}: from the storyboard"),
        None => format!("price of {provider} {model}: {}", clean(read)),
    }
}

fn edit_costs(answer: &Answer<'_>, edits: &EditCosts, columns: usize) -> String {
    let film = &answer.loaded.film;
    let mut rows = Vec::new();
    let mut hints = String::new();
    for (edit, cost) in edits.impact.edits.iter().zip(&edits.each) {
        let shot = &film.shots[edit.shot].id;
        let what = format!("{shot}: {}", answer.plan.steps[edit.shot].why);
        rows.push(vec![what, names(&film.shots, &edit.remade), sum(&cost.cost.totals), time(cost.cost.wall)]);
        for (alternative, cost) in edit.alternatives.iter().zip(&cost.alternatives).take(MOST_ALTERNATIVES) {
            let way = way(&film.shots, alternative);
            let remade = names(&film.shots, &alternative.remade);
            rows.push(vec![format!("· or {way}"), remade, sum(&cost.totals), time(cost.wall)]);
            let steps = ReductionSteps::of(answer.loaded, edit, alternative);
            let copy = clean(&steps.copy);
            hints.push_str(&format!("to {way} after editing {shot}:\n  {copy}\n  {}\n", steps.write));
        }
    }
    let table = table::render(&["edit", "renders again", "price", "time"], &rows, &[2, 3], columns);
    let because = match edits.impact.upstream.len() {
        0 => String::new(),
        n => format!(", and {n} that depend on them"),
    };
    let direct = count(edits.impact.direct.len(), "shot");
    let cost = sum(&edits.whole.totals);
    format!("edited: {direct} to make again{because}: {cost}, {}\n\n{table}\n{hints}", time(edits.whole.wall))
}

/// What is said where no shot is another: nothing changed, unless the storyboard asks for something that only the user may
/// allow.
pub(super) fn unchanged_text(answer: &Answer<'_>) -> &'static str {
    if answer.loaded.requests.is_empty() { "nothing changed" } else { "no shot changed" }
}

fn comparison(answer: &Answer<'_>, against: &Against) -> String {
    let comparison = &against.comparison;
    let difference = &comparison.difference;
    let commit = &against.commit[..12.min(against.commit.len())];
    let name = format!("{} ({commit})", clean(&against.revision));
    let Some(then) = &against.then else { return format!("against {name}: the storyboard does not exist there\n") };
    if difference.is_nothing() {
        return format!("against {name}: {}\n", unchanged_text(answer));
    }
    let mut text = format!("against {name}\n");
    for (what, shots) in changed_shots(&answer.loaded.film, then, difference) {
        if !shots.is_empty() {
            text.push_str(&format!("  {what:<9} {}\n", shots.join(", ")));
        }
    }
    let bought = sum(&difference.bought);
    text.push_str(&format!("  to make the changes: {bought}, {}\n", time(comparison.bought)));
    text.push_str(&format!(
        "  the whole film: {}, {} → {}, {}\n",
        sum(&difference.before),
        time(comparison.before),
        sum(&difference.after),
        time(comparison.after)
    ));
    if against.trusting {
        text.push_str("  there is no store here: the plan assumes that the clips in the lock exist\n");
    }
    text
}

/// The shots that differ, by how they do.
fn changed_shots(film: &Film, then: &Film, difference: &PlanDifference) -> [(&'static str, Vec<String>); 6] {
    let mut changed = Vec::new();
    for (at, fields) in &difference.changed {
        changed.push(format!("{} ({})", film.shots[*at].id, fields.join(", ")));
    }
    let mut moved = Vec::new();
    for &(at, old) in &difference.moved {
        moved.push(format!("{} ({} → {})", film.shots[at].id, old.0 + 1, at.0 + 1));
    }
    [
        ("added", shot_names(film, &difference.added)),
        ("removed", shot_names(then, &difference.removed)),
        ("changed", changed),
        ("follows", shot_names(film, &difference.upstream)),
        ("moved", moved),
        ("retaken", shot_names(film, &difference.retaken)),
    ]
}

fn shot_names(film: &Film, shots: &[ShotIndex]) -> Vec<String> {
    shots.iter().map(|&at| film.shots[at].id.to_string()).collect()
}

fn profile_table(answer: &Answer<'_>, columns: usize) -> String {
    let mut rows = Vec::new();
    for ProfileQuote { profile, quote } in &answer.profiles {
        let here = if *profile == answer.profile { " (this plan)" } else { "" };
        let name = format!("{}{here}", profile.as_deref().unwrap_or("none"));
        rows.push([vec![name], quote_cells(quote)].concat());
    }
    let table = table::render(&["profile", "price", "tokens", "time", "note"], &rows, &[1, 2, 3], columns);
    format!("the whole film from scratch, by profile\n\n{table}\n")
}

/// Price, tokens, time and what is to be said: the cells of a whole film made in some way.
pub(super) fn quote_cells(quote: &Result<Quote, Vec<Cannot>>) -> Vec<String> {
    match quote {
        Ok(quote) => {
            let price = sum(&quote.totals);
            let note = quote.downgrades.join("; ");
            if quote.ordered == 0 {
                return vec![price, String::new(), String::new(), note];
            }
            vec![price, tokens(quote.totals.tokens), time(quote.wall), note]
        }
        Err(reasons) => {
            let note = reasons.iter().map(reason_text).collect::<Vec<_>>().join("; ");
            vec!["cannot".to_owned(), String::new(), String::new(), note]
        }
    }
}

/// `dawn, climb: `x` does not render at 4k`.
pub(super) fn reason_text(reason: &Cannot) -> String {
    let shown = reason.shots.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (reason.shots.len(), reason.shots.len().saturating_sub(6)) {
        (0, _) if reason.by_default => format!("by default: {}", reason.why),
        (0, _) => format!("all shots: {}", reason.why),
        (_, 0) => format!("{shown}: {}", reason.why),
        (_, more) => format!("{shown} and {more} more: {}", reason.why),
    }
}
