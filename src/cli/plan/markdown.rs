//! A plan as a comment on a pull request. What people wrote stands in code and escaped: it mentions nobody, links
//! nowhere and breaks out of nothing.

use storyreel_core::film::Make;
use storyreel_core::plan::Action;
use storyreel_core::sanitize::{clean, count, shorten};

use super::answer::{Against, Answer, Edits};
use super::table::{mode, model, price_age, provider, quoted, unchanged};
use super::words::{chain, costs, counts, length, lengths, names, price, sum, time, tokens, way};
use crate::cli::plan::how;

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
    let (loaded, plan) = (answer.loaded, answer.plan);
    let mut text = format!("{MARK}\n### {} · {}\n\n", code(&loaded.film.title), code(&loaded.name));
    for request in &loaded.requests {
        text.push_str(&format!("⚠ **{}**: {}\n\n", escape(&clean(&request.place)), escape(&request.described())));
    }
    let wall = match answer.wall {
        Some(wall) if !answer.times.is_empty() => format!(", takes about {}", time(wall)),
        _ => String::new(),
    };
    if let Some(against) = &answer.against {
        text.push_str(&compared(answer, against));
    }
    text.push_str(&format!("**{}; {}{wall}**\n", counts(plan), costs(&answer.totals)));
    if plan.critical_path.len() > 1 {
        text.push_str(&format!("\nLongest chain: {}\n", code(&chain(&plan.critical_path))));
    }
    if let Some(left) = answer.budget.as_ref().filter(|left| left.most.micros > left.budget.micros) {
        text.push_str(&format!("\n**Over the budget of {}: this can cost {}.**\n", left.budget, left.most));
    }
    for old in answer.prices.iter().filter(|price| price.is_old()) {
        text.push_str(&format!("\n⚠ {}\n", escape(&price_age(old))));
    }
    if let Some(edits) = &answer.edits {
        text.push_str(&edited(answer, edits));
    }
    text.push_str(&folded(&count(plan.steps.len(), "shot"), &shots(answer), plan.steps.len() <= FOLDED));
    if !answer.profiles.is_empty() {
        let rows = answer.profiles.iter().map(|(name, quote)| {
            let here = if *name == answer.profile { " (this plan)" } else { "" };
            let name = name.as_deref().map_or_else(|| "none".to_owned(), code);
            let cells = quoted(quote).iter().map(|cell| escape(cell)).collect::<Vec<_>>();
            [vec![format!("{name}{here}")], cells].concat()
        });
        let table = table(&["profile", "price", "tokens", "time", "note"], &rows.collect::<Vec<_>>());
        text.push_str(&folded("The whole film from nothing, by profile", &table, true));
    }
    let prompts = prompts(answer);
    if text.len() + prompts.len() < BYTES {
        text.push_str(&prompts);
    }
    let prices: Vec<String> = answer.prices.iter().map(|price| format!("- {}\n", escape(&price_age(price)))).collect();
    if !prices.is_empty() {
        let times: Vec<String> = answer.times.iter().map(|from| format!("- times are {from}\n")).collect();
        text.push_str(&folded("Where prices and times come from", &(prices.concat() + &times.concat()), false));
    }
    text
}

fn shots(answer: &Answer<'_>) -> String {
    let shots = answer.loaded.film.shots.iter().zip(&answer.plan.steps);
    let rows = shots.map(|(shot, step)| {
        let tokens = step.estimate.as_ref().map_or(String::new(), |estimate| tokens(estimate.tokens));
        let time = step.time_from.map_or(String::new(), |_| time(step.expected));
        vec![
            code(shot.id.as_str()),
            step.action.word().to_owned(),
            length(lengths(shot)),
            format!("{} {}", escape(provider(shot)), escape(model(shot))).trim().to_owned(),
            mode(shot).to_owned(),
            tokens,
            time,
            escape(&price(step)),
            escape(&step.why.to_string()),
        ]
    });
    table(&["shot", "action", "length", "made by", "from", "tokens", "time", "price", "why"], &rows.collect::<Vec<_>>())
}

fn edited(answer: &Answer<'_>, edits: &Edits) -> String {
    let (film, steps) = (&answer.loaded.film, &answer.plan.steps);
    let mut rows = Vec::new();
    let mut hints = String::new();
    for (edit, (cost, alternatives)) in edits.impact.edits.iter().zip(&edits.each) {
        let id = code(film.shots[edit.shot].id.as_str());
        let what = format!("{id}: {}", escape(&steps[edit.shot].why.to_string()));
        rows.push(vec![what, code(&names(&film.shots, &edit.remade)), sum(&cost.totals), time(cost.wall)]);
        for (alternative, cost) in edit.alternatives.iter().zip(alternatives) {
            let way = escape(&way(&film.shots, alternative));
            let again = code(&names(&film.shots, &alternative.remade));
            rows.push(vec![format!("… or {way}"), again, sum(&cost.totals), time(cost.wall)]);
            hints.push_str(&format!("- {id}, {way}: {}\n", code(&how(answer, edit, alternative).join(", and "))));
        }
    }
    let whole = format!("\n**What was edited: {}, {}**\n\n", sum(&edits.whole.totals), time(edits.whole.wall));
    let table = table(&["edit", "makes again", "price", "time"], &rows);
    let hints = if hints.is_empty() { hints } else { folded("How to make less again", &hints, false) };
    format!("{whole}{table}{hints}")
}

fn compared(answer: &Answer<'_>, against: &Against) -> String {
    let film = &answer.loaded.film;
    let Against { revision, difference, then, .. } = against;
    let short = &against.commit[..12.min(against.commit.len())];
    let name = format!("{} ({})", code(revision), code(short));
    let Some(then) = then else { return format!("Against {name}: the storyboard was not there.\n\n") };
    if difference.is_nothing() {
        return format!("Against {name}: {}.\n\n", unchanged(answer));
    }
    let id = |at: usize| code(film.shots[at].id.as_str());
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(difference.added.iter().map(|&at| vec![id(at), "added".to_owned(), String::new()]));
    let gone = difference.removed.iter().map(|&at| code(then.shots[at].id.as_str()));
    rows.extend(gone.map(|shot| vec![shot, "removed".to_owned(), String::new()]));
    rows.extend(
        difference.changed.iter().map(|(at, fields)| vec![id(*at), "changed".to_owned(), escape(&fields.join(", "))]),
    );
    let follows = "starts on what is made again";
    rows.extend(difference.upstream.iter().map(|&at| vec![id(at), "follows".to_owned(), follows.to_owned()]));
    rows.extend(
        difference
            .moved
            .iter()
            .map(|&(at, old)| vec![id(at), "moved".to_owned(), format!("from place {} to {}", old + 1, at + 1)]),
    );
    let other = "another clip in the lock";
    rows.extend(difference.retaken.iter().map(|&at| vec![id(at), "retaken".to_owned(), other.to_owned()]));
    let long = rows.len() > FOLDED;
    let what = count(rows.len(), "difference");
    let table = folded(&what, &table(&["shot", "", "what"], &rows), !long);
    let money = format!(
        "To make what is different: **{}**, {}. The whole film from nothing: {}, {} → {}, {}.",
        sum(&difference.bought),
        time(against.bought),
        sum(&difference.before),
        time(against.before),
        sum(&difference.after),
        time(against.after)
    );
    let trust = if against.trusting {
        "\n\nThere is no store here: clips that the lock names are taken to be where it was written."
    } else {
        ""
    };
    format!("**Against {name}**\n\n{money}{trust}\n{table}\n")
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
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    let rule = vec!["---".to_owned(); header.len()];
    let lines: Vec<String> = rows.iter().take(ROWS).map(|row| line(row)).collect();
    let more = match rows.len().saturating_sub(ROWS) {
        0 => String::new(),
        more => format!("\n… and {more} more\n"),
    };
    format!("{}{}{}{more}", line(&header), line(&rule), lines.concat())
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
