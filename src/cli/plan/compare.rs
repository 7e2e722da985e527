//! `plan --compare`: the film on every model of every provider, in three formats.

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::plan::compare::{Offered, quotes_everywhere};
use storyreel_core::sanitize;
use storyreel_core::storyboard::Storyboard;

use super::amounts::{CannotLine, QuoteLine};
use super::answer::comparison_input;
use super::markdown;
use super::markdown::{code, escape, folded};
use super::table::{quote_cells, reason_text};
use crate::cli::args::PlanFormat;
use crate::cli::context::Context;
use crate::cli::load::Loaded;
use crate::progress::table;

/// The comparison of all films of one storyboard together.
pub(super) fn comparison(context: &Context, films: &[Loaded], format: PlanFormat) -> String {
    let boards: Vec<Storyboard> = films.iter().map(Loaded::board).collect();
    let inputs = films.iter().zip(&boards).map(|(one, board)| (comparison_input(one, board), &one.overrides));
    let offered = quotes_everywhere(&inputs.collect::<Vec<_>>());
    let Some(loaded) = films.first() else { return String::new() };
    match format {
        PlanFormat::Table => offer_tables(films, &offered, context.width),
        PlanFormat::Json => {
            let document = Comparison::of(context, loaded, &offered);
            let text = serde_json::to_string_pretty(&document).expect("texts and numbers can be written as JSON");
            format!("{}\n", sanitize::json(&text))
        }
        PlanFormat::Markdown => markdown_comment(loaded, &offered),
    }
}

/// Screens with fewer columns have no room for tokens.
const NARROW: usize = 100;

const HEADER: [&str; 6] = ["provider", "model", "price", "tokens", "time", "note"];

fn offer_tables(films: &[Loaded], offered: &[Offered], columns: usize) -> String {
    let (able, unable): (Vec<&Offered>, Vec<&Offered>) = offered.iter().partition(|offered| offered.quote.is_ok());
    let mut rows: Vec<Vec<String>> = able.iter().map(|offered| offer_row(offered)).collect();
    let mut header = HEADER.to_vec();
    let mut right = vec![2, 3, 4];
    if rows.iter().all(|row| row[5].is_empty()) {
        header.pop();
        rows.iter_mut().for_each(|row| row.truncate(5));
    }
    if columns < NARROW {
        // Tokens say what the price says already.
        header.remove(3);
        rows.iter_mut().for_each(|row| drop(row.remove(3)));
        right.pop();
    }
    let what = if films.len() == 1 { "the whole film" } else { "all films together" };
    let mut text = format!("{}: {what}, rendered from scratch\n\n", Loaded::summary_of(films));
    if able.is_empty() {
        text.push_str("no provider can make this film as it is\n");
    } else {
        text.push_str(&format!("{}\n", table::render(&header, &rows, &right, columns)));
    }
    if !unable.is_empty() {
        let rows: Vec<Vec<String>> = unable.iter().map(|offered| reason_row(offered)).collect();
        let header = ["provider", "model", "why not"];
        text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[], columns)));
    }
    text
}

fn offer_row(offered: &Offered) -> Vec<String> {
    [vec![offered.provider.id.to_owned(), offered.family.clone()], quote_cells(&offered.quote)].concat()
}

fn reason_row(offered: &Offered) -> Vec<String> {
    let reasons = offered.quote.as_ref().err().into_iter().flatten();
    let reasons: Vec<String> = reasons.map(reason_text).collect();
    vec![offered.provider.id.to_owned(), offered.family.clone(), reasons.join("; ")]
}

/// The rows of offers that can make the film, or of those that cannot, escaped.
fn markdown_rows(offered: &[Offered], able: bool) -> Vec<Vec<String>> {
    let chosen = offered.iter().filter(|offered| offered.quote.is_ok() == able);
    chosen.map(|offered| offer_row(offered).iter().map(|cell| escape(cell)).collect()).collect()
}

fn markdown_comment(loaded: &Loaded, offered: &[Offered]) -> String {
    let able = markdown::table(&HEADER, &markdown_rows(offered, true));
    let unable = markdown_rows(offered, false);
    let unable = match unable.len() {
        0 => String::new(),
        n => folded(&format!("Not possible: {n}"), &markdown::table(&HEADER, &unable), false),
    };
    format!(
        "### {} · {}\n\nThe whole film, rendered from scratch.\n\n{able}{unable}",
        code(&loaded.film.title),
        code(&loaded.name)
    )
}

/// `plan --compare --format json`: one object for each storyboard.
#[derive(Serialize, JsonSchema)]
pub(super) struct Comparison {
    /// Version of the format: 1.
    version: u32,
    /// The storyboard's file as the command line named it.
    storyboard: String,
    /// The film's title.
    title: String,
    /// `--profile`; null without one.
    profile: Option<String>,
    /// Every model of every provider, the cheapest first.
    compare: Vec<Place>,
}

/// A model of a provider.
#[derive(Serialize, JsonSchema)]
struct Place {
    /// The provider's id.
    provider: &'static str,
    /// The model's family.
    family: String,
    /// The provider's own id for the model.
    model: String,
    /// The whole film there, rendered from scratch; null where it cannot be made there.
    quote: Option<QuoteLine>,
    /// Why it cannot be made there; empty where it can.
    cannot: Vec<CannotLine>,
}

impl Place {
    fn of(offered: &Offered) -> Self {
        Self {
            provider: offered.provider.id,
            family: offered.family.clone(),
            model: offered.model.clone(),
            quote: QuoteLine::of(&offered.quote),
            cannot: CannotLine::all_of(&offered.quote),
        }
    }
}

impl Comparison {
    fn of(context: &Context, loaded: &Loaded, offered: &[Offered]) -> Self {
        Self {
            version: 1,
            storyboard: loaded.name.clone(),
            title: loaded.film.title.clone(),
            profile: context.common.profile.clone(),
            compare: offered.iter().map(Place::of).collect(),
        }
    }
}
