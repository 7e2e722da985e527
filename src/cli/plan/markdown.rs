//! A plan as a comment on a pull request. What people wrote stands in code and escaped: it mentions nobody, links
//! nowhere and breaks out of nothing.

use storyreel_core::film::{Film, Make, Shot};
use storyreel_core::plan::Action;
use storyreel_core::plan::against::PlanDifference;
use storyreel_core::plan::compare::ProfileQuote;
use storyreel_core::plan::edit_cost::EditCosts;
use storyreel_core::plan::words::{
    begins, chain, costs, counts, length, lengths, names, price, sum, time, tokens, way,
};
use storyreel_core::sanitize::{clean, count, shorten};

use super::answer::{Against, Answer};
use super::reduction::ReductionSteps;
use super::table::{mode_label, model_of, price_age, provider_of, quote_cells, unchanged_text};

/// Tables that are longer are folded away.
const FOLDED: usize = 12;
/// Columns of a prompt that are shown.
const PROMPT: usize = 300;

/// Rows of a table, the rest is counted; and bytes of all before the prompts are left out: a comment on GitHub holds
/// 65,536 characters.
const ROWS: usize = 150;
const BYTES: usize = 60_000;

/// By this line a job finds its comment again.
const MARK: &str = "<!-- storyreel plan -->";

/// The whole answer.
pub(super) fn draw(answer: &Answer<'_>) -> String {
    let mut text = heading(answer);
    if let Some(against) = &answer.against {
        text.push_str(&comparison(answer, against));
    }
    text.push_str(&summary(answer));
    if let Some(edits) = &answer.edits {
        text.push_str(&edit_costs(answer, edits));
    }
    let shots = answer.plan.steps.len();
    text.push_str(&folded(&count(shots, "shot"), &shot_table(answer), shots <= FOLDED));
    if !answer.profiles.is_empty() {
        text.push_str(&folded("The whole film from scratch, by profile", &profile_table(answer), true));
    }
    let prompts = prompts(answer);
    if text.len() + prompts.len() < BYTES {
        text.push_str(&prompts);
    }
    let sources = sources(answer);
    if !sources.is_empty() {
        text.push_str(&folded("Where prices and times come from", &sources, false));
    }
    text
}

/// The film, and what it asks for that only the user may allow.
fn heading(answer: &Answer<'_>) -> String {
    let loaded = answer.loaded;
    let mut text = format!("{MARK}\n### {} · {}\n\n", code(&loaded.film.title), code(&loaded.name));
    for request in &loaded.requests {
        text.push_str(&format!("⚠ **{}**: {}\n\n", escape(&clean(&request.place)), escape(&request.description())));
    }
    text
}

/// What is made, for how much, and what should make one stop and look.
fn summary(answer: &Answer<'_>) -> String {
    let plan = answer.plan;
    let wall = match answer.wall {
        Some(wall) if !answer.times.is_empty() => format!(", takes about {}", time(wall)),
        _ => String::new(),
    };
    let mut text = format!("**{}; {}{wall}**\n", counts(&plan.steps), costs(&answer.totals));
    if plan.critical_path.len() > 1 {
        text.push_str(&format!("\nLongest chain: {}\n", code(&chain(&plan.critical_path))));
    }
    if let Some(left) = answer.budget.as_ref().filter(|left| left.is_exceeded()) {
        text.push_str(&format!("\n**Over the budget of {}: this can cost {}.**\n", left.budget, left.most));
    }
    for (shot, stop) in answer.stops() {
        text.push_str(&format!("\n⚠ {}\n", escape(&format!("{shot}: a render stops here: {stop}"))));
    }
    for old in answer.prices.iter().filter(|price| price.is_old()) {
        text.push_str(&format!("\n⚠ {}\n", escape(&price_age(old))));
    }
    text
}

/// Where prices and times come from; nothing where there are no prices.
fn sources(answer: &Answer<'_>) -> String {
    if answer.prices.is_empty() {
        return String::new();
    }
    let prices = answer.prices.iter().map(|price| format!("- {}\n", escape(&price_age(price))));
    let times = answer.times.iter().map(|from| format!("- times are estimated from {from}\n"));
    prices.chain(times).collect::<Vec<_>>().concat()
}

fn profile_table(answer: &Answer<'_>) -> String {
    let mut rows = Vec::new();
    for ProfileQuote { profile, quote } in &answer.profiles {
        let here = if *profile == answer.profile { " (this plan)" } else { "" };
        let name = profile.as_deref().map_or_else(|| "none".to_owned(), code);
        let cells = quote_cells(quote).iter().map(|cell| escape(cell)).collect::<Vec<_>>();
        rows.push([vec![format!("{name}{here}")], cells].concat());
    }
    table(&["profile", "price", "tokens", "time", "note"], &rows)
}

fn shot_table(answer: &Answer<'_>) -> String {
    let mut rows = Vec::new();
    let film = &answer.loaded.film;
    for ((shot, begins), step) in film.shots.iter().zip(begins(film)).zip(&answer.plan.steps) {
        rows.push(vec![
            code(shot.id.as_str()),
            step.action.word().to_owned(),
            begins,
            length(lengths(shot)),
            format!("{} {}", escape(provider_of(shot)), escape(model_of(shot))).trim().to_owned(),
            mode_label(shot).to_owned(),
            step.estimate.as_ref().map_or(String::new(), |estimate| tokens(estimate.tokens)),
            step.time_from.map_or(String::new(), |_| time(step.expected)),
            escape(&price(step)),
            escape(&step.why.to_string()),
        ]);
    }
    table(&["shot", "action", "begins", "length", "made by", "from", "tokens", "time", "price", "why"], &rows)
}

fn edit_costs(answer: &Answer<'_>, edits: &EditCosts) -> String {
    let film = &answer.loaded.film;
    let mut rows = Vec::new();
    let mut hints = String::new();
    for (edit, cost) in edits.impact.edits.iter().zip(&edits.each) {
        let id = code(film.shots[edit.shot].id.as_str());
        let what = format!("{id}: {}", escape(&answer.plan.steps[edit.shot].why.to_string()));
        let remade = code(&names(&film.shots, &edit.remade));
        rows.push(vec![what, remade, sum(&cost.cost.totals), time(cost.cost.wall)]);
        for (alternative, cost) in edit.alternatives.iter().zip(&cost.alternatives) {
            let way = escape(&way(&film.shots, alternative));
            let remade = code(&names(&film.shots, &alternative.remade));
            rows.push(vec![format!("… or {way}"), remade, sum(&cost.totals), time(cost.wall)]);
            let steps = ReductionSteps::of(answer.loaded, edit, alternative).sentence();
            hints.push_str(&format!("- {id}, {way}: {}\n", code(&steps)));
        }
    }
    let whole = format!("\n**What was edited: {}, {}**\n\n", sum(&edits.whole.totals), time(edits.whole.wall));
    let table = table(&["edit", "renders again", "price", "time"], &rows);
    let hints = if hints.is_empty() { hints } else { folded("How to render less again", &hints, false) };
    format!("{whole}{table}{hints}")
}

fn comparison(answer: &Answer<'_>, against: &Against) -> String {
    let comparison = &against.comparison;
    let difference = &comparison.difference;
    let commit = &against.commit[..12.min(against.commit.len())];
    let name = format!("{} ({})", code(&against.revision), code(commit));
    let Some(then) = &against.then else { return format!("Against {name}: the storyboard was not there.\n\n") };
    if difference.is_nothing() {
        return format!("Against {name}: {}.\n\n", unchanged_text(answer));
    }
    let rows = difference_rows(&answer.loaded.film, then, difference);
    let what = count(rows.len(), "difference");
    let table = folded(&what, &table(&["shot", "", "what"], &rows), rows.len() <= FOLDED);
    let money = format!(
        "To make the changes: **{}**, {}. The whole film: {}, {} → {}, {}.",
        sum(&difference.bought),
        time(comparison.bought),
        sum(&difference.before),
        time(comparison.before),
        sum(&difference.after),
        time(comparison.after)
    );
    let trust = if against.trusting {
        "\n\nThere is no store here: clips that the lock names are taken to be where it was written."
    } else {
        ""
    };
    format!("**Against {name}**\n\n{money}{trust}\n{table}\n")
}

/// A row for every shot that differs: its name, how it does, and what is to be said of it.
fn difference_rows(film: &Film, then: &Film, difference: &PlanDifference) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    rows.extend(difference.added.iter().map(|&at| difference_row(&film.shots[at], "added", "")));
    rows.extend(difference.removed.iter().map(|&at| difference_row(&then.shots[at], "removed", "")));
    for (at, fields) in &difference.changed {
        rows.push(difference_row(&film.shots[*at], "changed", &escape(&fields.join(", "))));
    }
    let follows = "starts on a shot that is rendered again";
    rows.extend(difference.upstream.iter().map(|&at| difference_row(&film.shots[at], "follows", follows)));
    for &(at, old) in &difference.moved {
        rows.push(difference_row(&film.shots[at], "moved", &format!("from place {} to {}", old.0 + 1, at.0 + 1)));
    }
    let other = "another clip in the lock";
    rows.extend(difference.retaken.iter().map(|&at| difference_row(&film.shots[at], "retaken", other)));
    rows
}

fn difference_row(shot: &Shot, how: &str, what: &str) -> Vec<String> {
    vec![code(shot.id.as_str()), how.to_owned(), what.to_owned()]
}

/// The prompts of what is rendered, folded away.
fn prompts(answer: &Answer<'_>) -> String {
    let shots = answer.loaded.film.shots.iter().zip(&answer.plan.steps);
    let rows = shots.filter_map(|(shot, step)| match (&shot.make, &step.action) {
        (Make::Prompt(render), Action::Render | Action::Ask { .. }) => {
            Some(vec![code(shot.id.as_str()), code(&shorten(&clean(&render.words), PROMPT))])
        }
        _ => None,
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() { String::new() } else { folded("Prompts", &table(&["shot", "prompt"], &rows), false) }
}

pub(super) fn folded(title: &str, body: &str, open: bool) -> String {
    let open = if open { " open" } else { "" };
    format!("\n<details{open}><summary>{title}</summary>\n\n{body}\n</details>\n")
}

/// A table whose cells are safe already.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    let rule = vec!["---".to_owned(); header.len()];
    let lines: Vec<String> = rows.iter().take(ROWS).map(|row| table_line(row)).collect();
    let more = match rows.len().saturating_sub(ROWS) {
        0 => String::new(),
        more => format!("\n… and {more} more\n"),
    };
    format!("{}{}{}{more}", table_line(&header), table_line(&rule), lines.concat())
}

fn table_line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Text that nothing is read into, in code: no mark-up, no mention, no reference, no link.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Text in which every mark is spelled as a number, so that Markdown and HTML see none.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        // These mean nothing inside a line, and texts are full of them.
        if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | '-' | ':' | ';' | '%' | '?') {
            safe.push_str(&format!("&#{};", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    // Addresses without a scheme become links, too.
    safe.replace("www.", "www&#46;").replace("://", "&#58;//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_stay_words() {
        let hostile = "</code></details>\n# x | y `z` @all #12 <img src=x> [a](javascript:b) **c** www.d.e https://f";
        let safe = code(hostile);
        let inner = safe.strip_prefix("<code>").and_then(|rest| rest.strip_suffix("</code>")).expect("it is in code");
        for mark in ["<", ">", "|", "`", "@", "[", "]", "(", "*", "\n", "www.", "://"] {
            assert!(!inner.contains(mark), "{mark} in {inner}");
        }
        assert_eq!(escape("plain words, 3.05 USD: 5–6 s"), "plain words, 3.05 USD: 5–6 s");
    }
}
