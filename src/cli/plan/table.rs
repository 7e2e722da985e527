//! A plan for people at a terminal. Columns that a narrow screen has no room for go, the least telling first.

use storyreel_core::film::{Make, Shot};
use storyreel_core::plan::Step;
use storyreel_core::plan::compare::{Cannot, Quote};
use storyreel_core::sanitize::{clean, count, width};

use super::answer::{Against, Answer, Edits, PriceAge};
use super::words::{chain, costs, counts, length, lengths, names, price, sum, time, tokens, way};
use crate::cli::plan::how;
use crate::progress::table;

/// Spaces between two columns, and the least that the reasons keep.
const GAP: usize = 2;
const REASON: usize = 16;

/// The whole answer.
pub(super) fn draw(answer: &Answer<'_>, columns: usize) -> String {
    let Answer { loaded, plan, .. } = answer;
    let shown = if answer.totals.is_nothing() && answer.times.is_empty() {
        free(answer, columns)
    } else {
        paid(answer, columns)
    };
    let requests =
        loaded.requests.iter().map(|request| format!("! {}: {}\n", clean(&request.place), request.described()));
    let mut requests = requests.collect::<Vec<_>>().concat();
    if !requests.is_empty() {
        requests.push('\n');
    }
    let mut text = format!("{requests}{}\n\n{shown}\n\n{}; {}\n", heading(answer), counts(plan), costs(&answer.totals));
    if plan.critical_path.len() > 1 {
        let long = if answer.times.is_empty() { String::new() } else { format!(", {}", time(plan.critical_time)) };
        text.push_str(&format!("longest chain: {}{long}\n", chain(&plan.critical_path)));
    }
    notes(answer, &mut text);
    if let Some(edits) = &answer.edits {
        text.push_str(&format!("\n{}", edited(answer, edits, columns)));
    }
    if let Some(against) = &answer.against {
        text.push_str(&format!("\n{}", compared(answer, against)));
    }
    if !answer.profiles.is_empty() {
        text.push_str(&format!("\n{}", profiles(answer, columns)));
    }
    text
}

fn heading(answer: &Answer<'_>) -> String {
    let film = &answer.loaded.film;
    if film.shots.iter().all(|shot| !matches!(&shot.make, Make::Prompt(render) if render.seconds.is_none())) {
        return clean(&answer.loaded.summary());
    }
    let lengths = film.shots.iter().map(lengths);
    let range = lengths
        .fold((std::time::Duration::ZERO, std::time::Duration::ZERO), |sum, (low, high)| (sum.0 + low, sum.1 + high));
    format!("{}: {}, {}", clean(&answer.loaded.name), count(film.shots.len(), "shot"), length(range))
}

/// What a shot is made of where no service makes it, or what it starts from.
pub(super) fn mode(shot: &Shot) -> &'static str {
    match &shot.make {
        Make::Prompt(render) => render.inputs.mode().label(),
        Make::Card { .. } => "card",
        Make::Still(_) => "image",
        Make::Footage { .. } => "footage",
    }
}

/// The table of a film that is made here.
fn free(answer: &Answer<'_>, columns: usize) -> String {
    let shots = answer.loaded.film.shots.iter().zip(&answer.plan.steps);
    let rows = shots.map(|(shot, step)| {
        let maker = match &shot.make {
            Make::Prompt(render) => format!("{} · {}", render.provider.id, render.model),
            _ => "here".to_owned(),
        };
        let word = step.action.word().to_owned();
        let length = length(lengths(shot));
        vec![shot.id.to_string(), word, length, maker, mode(shot).to_owned(), step.why.to_string()]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table::render(&["shot", "action", "length", "made by", "from", "why"], &rows, &[2], columns)
}

/// A column: its name, whether it stands right, how readily it goes (0: never), and what a shot shows in it.
struct Column {
    name: &'static str,
    right: bool,
    goes: u8,
    cell: fn(&Shot, &Step) -> String,
}

const fn column(name: &'static str, right: bool, goes: u8, cell: fn(&Shot, &Step) -> String) -> Column {
    Column { name, right, goes, cell }
}

const COLUMNS: &[Column] = &[
    column("shot", false, 0, |shot, _| shot.id.to_string()),
    column("action", false, 0, |_, step| step.action.word().to_owned()),
    column("length", true, 0, |shot, _| length(lengths(shot))),
    column("provider", false, 3, |shot, _| provider(shot).to_owned()),
    column("model", false, 2, |shot, _| model(shot).to_owned()),
    column("from", false, 4, |shot, _| mode(shot).to_owned()),
    column("size", false, 5, |shot, _| size(shot)),
    column("tokens", true, 6, |_, step| step.estimate.as_ref().map_or(String::new(), |it| tokens(it.tokens))),
    column("time", true, 1, |_, step| step.time_from.map_or(String::new(), |_| time(step.expected))),
    column("price", true, 0, |_, step| price(step)),
    column("why", false, 0, |_, step| step.why.to_string()),
];

/// Who makes a shot: a provider, or this machine.
pub(super) fn provider(shot: &Shot) -> &str {
    match &shot.make {
        Make::Prompt(render) => render.provider.id,
        _ => "here",
    }
}

/// The short name of a shot's model: that of its family where the provider's own id says no more.
pub(super) fn model(shot: &Shot) -> &str {
    match &shot.make {
        Make::Prompt(render) => render.provider.offer(&render.model).map_or(&render.model, |offer| offer.family),
        _ => "",
    }
}

fn size(shot: &Shot) -> String {
    match &shot.make {
        Make::Prompt(render) => render.size.to_string(),
        _ => String::new(),
    }
}

/// The table of a film that costs money.
fn paid(answer: &Answer<'_>, columns: usize) -> String {
    let film = &answer.loaded.film;
    let cells = COLUMNS.iter().map(|column| {
        let cells = film.shots.iter().zip(&answer.plan.steps).map(|(shot, step)| clean(&(column.cell)(shot, step)));
        (column, cells.collect::<Vec<String>>())
    });
    let mut shown: Vec<(&Column, Vec<String>)> = cells.collect();
    let fits = |shown: &[(&Column, Vec<String>)]| {
        let wide = shown.iter().map(|(column, cells)| {
            let widest = cells.iter().map(|cell| width(cell)).max().unwrap_or_default().max(column.name.len());
            if column.name == "why" { widest.min(REASON) } else { widest }
        });
        wide.sum::<usize>() + GAP * (shown.len() - 1) <= columns
    };
    while !fits(&shown) {
        let Some(last) = (0..shown.len()).filter(|&at| shown[at].0.goes > 0).max_by_key(|&at| shown[at].0.goes) else {
            break;
        };
        shown.remove(last);
    }
    let header: Vec<&str> = shown.iter().map(|(column, _)| column.name).collect();
    let right: Vec<usize> = (0..shown.len()).filter(|&at| shown[at].0.right).collect();
    let row = |at: usize| shown.iter().map(|(_, cells)| cells[at].clone()).collect();
    let rows: Vec<Vec<String>> = (0..film.shots.len()).map(row).collect();
    table::render(&header, &rows, &right, columns)
}

/// Lines below the table: time, models, prices, the budget.
fn notes(answer: &Answer<'_>, text: &mut String) {
    if let (Some(wall), false) = (answer.wall, answer.times.is_empty()) {
        let from: Vec<String> = answer.times.iter().map(ToString::to_string).collect();
        text.push_str(&format!("takes about {}, by {}\n", time(wall), from.join(" and ")));
    }
    for price in &answer.prices {
        text.push_str(&format!("{}\n", price_age(price)));
    }
    if let Some(left) = &answer.budget {
        let (budget, most) = (left.budget, left.most);
        text.push_str(&match budget.micros.checked_sub(most.micros) {
            Some(rest) => {
                format!("budget {budget}: {} left\n", storyreel_core::money::Money::new(rest, budget.currency))
            }
            None => format!("budget {budget}: this can cost {most}, and `render` stops before it is exceeded\n"),
        });
    }
}

/// Where a price comes from, and whether it is old.
pub(super) fn price_age(price: &PriceAge) -> String {
    let PriceAge { provider, model, read, days, reference } = price;
    let model = clean(model);
    match days {
        Some(days) if price.is_old() => {
            format!("price of {provider} {model} read {read}, {days} days ago: look it up again at {reference}")
        }
        Some(_) => format!("price of {provider} {model} read {read}"),
        None => format!("price of {provider} {model} from the storyboard, {}", clean(read)),
    }
}

fn edited(answer: &Answer<'_>, edits: &Edits, columns: usize) -> String {
    let (film, steps) = (&answer.loaded.film, &answer.plan.steps);
    let mut rows = Vec::new();
    let mut hints = Vec::new();
    for (edit, (cost, alternatives)) in edits.impact.edits.iter().zip(&edits.each) {
        let what = format!("{}: {}", film.shots[edit.shot].id, steps[edit.shot].why);
        rows.push(vec![what, names(&film.shots, &edit.remade), sum(&cost.totals), time(cost.wall)]);
        for (alternative, cost) in edit.alternatives.iter().zip(alternatives).take(3) {
            let what = format!("· or {}", way(&film.shots, alternative));
            rows.push(vec![what, names(&film.shots, &alternative.remade), sum(&cost.totals), time(cost.wall)]);
            let [copy, write] = how(answer, edit, alternative);
            let way = way(&film.shots, alternative);
            hints.push(format!(
                "to {way}, after the edit of {}:\n  {}\n  {write}\n",
                film.shots[edit.shot].id,
                clean(&copy)
            ));
        }
    }
    let table = table::render(&["edit", "makes again", "price", "time"], &rows, &[2, 3], columns);
    let impact = &edits.impact;
    let (direct, upstream) = (impact.direct.len(), impact.upstream.len());
    let because = match upstream {
        0 => String::new(),
        n => format!(", {n} more because of them"),
    };
    let (cost, hints) = (sum(&edits.whole.totals), hints.concat());
    let whole = format!("edited: {} made again{because}", count(direct, "shot"));
    format!("{whole}: {cost}, {}\n\n{table}\n{hints}", time(edits.whole.wall))
}

/// What is said where no shot is another: nothing changed, unless the storyboard asks for something that only the user may
/// allow.
pub(super) fn unchanged(answer: &Answer<'_>) -> &'static str {
    if answer.loaded.requests.is_empty() { "nothing changed" } else { "no shot changed" }
}

fn compared(answer: &Answer<'_>, against: &Against) -> String {
    let film = &answer.loaded.film;
    let Against { revision, difference, then, .. } = against;
    let name = format!("{} ({})", clean(revision), &against.commit[..12.min(against.commit.len())]);
    let Some(then) = then else { return format!("against {name}: the storyboard was not there\n") };
    if difference.is_nothing() {
        return format!("against {name}: {}\n", unchanged(answer));
    }
    let mut lines = Vec::new();
    let mut line = |what: &str, shots: Vec<String>| {
        if !shots.is_empty() {
            lines.push(format!("  {what:<9} {}\n", shots.join(", ")));
        }
    };
    let id = |&at: &usize| film.shots[at].id.to_string();
    line("added", difference.added.iter().map(id).collect());
    line("removed", difference.removed.iter().map(|&at| then.shots[at].id.to_string()).collect());
    line(
        "changed",
        difference.changed.iter().map(|(at, fields)| format!("{} ({})", id(at), fields.join(", "))).collect(),
    );
    line("follows", difference.upstream.iter().map(id).collect());
    line("moved", difference.moved.iter().map(|(at, old)| format!("{} ({} → {})", id(at), old + 1, at + 1)).collect());
    line("retaken", difference.retaken.iter().map(id).collect());
    let (bought, before, after) = (sum(&difference.bought), sum(&difference.before), sum(&difference.after));
    lines.push(format!("  to make what is different: {bought}, {}\n", time(against.bought)));
    lines.push(format!(
        "  the whole film from nothing: {before}, {} → {after}, {}\n",
        time(against.before),
        time(against.after)
    ));
    if against.trusting {
        lines.push(
            "  there is no store here: clips that the lock names are taken to be where it was written\n".to_owned(),
        );
    }
    format!("against {name}\n{}", lines.concat())
}

fn profiles(answer: &Answer<'_>, columns: usize) -> String {
    let rows: Vec<Vec<String>> = answer
        .profiles
        .iter()
        .map(|(name, quote)| {
            let here = if *name == answer.profile { " (this plan)" } else { "" };
            let name = format!("{}{here}", name.as_deref().unwrap_or("none"));
            [vec![name], quoted(quote)].concat()
        })
        .collect();
    let table = table::render(&["profile", "price", "tokens", "time", "note"], &rows, &[1, 2, 3], columns);
    format!("the whole film from nothing, by profile\n\n{table}\n")
}

/// Price, tokens, time and what is to be said: the cells of a whole film made in some way.
pub(super) fn quoted(quote: &Result<Quote, Vec<Cannot>>) -> Vec<String> {
    match quote {
        Ok(quote) => {
            let none = quote.ordered == 0;
            let (tokens, wall) = (tokens(quote.totals.tokens), time(quote.wall));
            let ordered = |cell: String| if none { String::new() } else { cell };
            vec![sum(&quote.totals), ordered(tokens), ordered(wall), quote.downgrades.join("; ")]
        }
        Err(reasons) => {
            let (empty, note) = (String::new(), reasons.iter().map(reason).collect::<Vec<_>>().join("; "));
            vec!["cannot".to_owned(), empty.clone(), empty, note]
        }
    }
}

/// `dawn, climb: `x` does not render at 4k`.
pub(super) fn reason(reason: &Cannot) -> String {
    let shown = reason.shots.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (reason.shots.len(), reason.shots.len().saturating_sub(6)) {
        (0, _) => format!("all shots: {}", reason.why),
        (_, 0) => format!("{shown}: {}", reason.why),
        (_, more) => format!("{shown} and {more} more: {}", reason.why),
    }
}
