//! `plan --compare`: the film on every model of every provider, in three formats.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::plan::compare::{Cannot, Offered, Quote, quote_as_written, quotes_everywhere};
use storyreel_core::provider::PROVIDERS;
use storyreel_core::storyboard::Storyboard;

use super::amounts::{CannotLine, QuoteLine};
use super::answer::comparison_input;
use super::markdown;
use super::markdown::{code, escape, folded};
use super::table::{quote_cells, reason_text};
use crate::cli::args::PlanFormat;
use crate::cli::context::Context;
use crate::cli::load::Loaded;
use crate::cli::output::write_json;
use crate::progress::table;

/// Writes the comparison of all films of one storyboard together.
pub(super) fn write_comparison(
    context: &Context,
    films: &[Loaded],
    format: PlanFormat,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let boards: Vec<Storyboard> = films.iter().map(Loaded::board).collect();
    let inputs = films.iter().zip(&boards).map(|(one, board)| (comparison_input(one, board), &one.overrides));
    let inputs: Vec<_> = inputs.collect();
    let offered = quotes_everywhere(&inputs);
    let written = quote_as_written(&inputs);
    let Some(loaded) = films.first() else { return Ok(()) };
    match format {
        PlanFormat::Table => out.write_all(offer_tables(films, &written, &offered, context.width).as_bytes()),
        PlanFormat::Json => write_json(&Comparison::of(context, loaded, &written, &offered), out),
        PlanFormat::Markdown => out.write_all(markdown_comment(loaded, &written, &offered).as_bytes()),
    }
}

/// Screens with fewer columns have no room for tokens.
const NARROW: usize = 100;

const HEADER: [&str; 6] = ["provider", "model", "price", "tokens", "time", "note"];

/// A film as its storyboard says, made from nothing, or why it cannot be made.
type WrittenQuote = Result<Quote, Vec<Cannot>>;

/// The row of the film as it is written; none where nothing of it is ordered at a service.
fn written_row(written: &WrittenQuote) -> Option<Vec<String>> {
    let is_ordered = written.as_ref().is_ok_and(|quote| quote.ordered > 0);
    is_ordered.then(|| [vec!["as written".to_owned(), String::new()], quote_cells(written)].concat())
}

fn offer_tables(films: &[Loaded], written: &WrittenQuote, offered: &[Offered], columns: usize) -> String {
    let (able, unable): (Vec<&Offered>, Vec<&Offered>) = offered.iter().partition(|offered| offered.quote.is_ok());
    let elsewhere = able.iter().map(|offered| offer_row(offered));
    let mut rows: Vec<Vec<String>> = written_row(written).into_iter().chain(elsewhere).collect();
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
    if rows.is_empty() {
        text.push_str("no provider can make this film as it is\n");
    } else {
        text.push_str(&format!("{}\n", table::render(&header, &rows, &right, columns)));
    }
    if !unable.is_empty() {
        let rows: Vec<Vec<String>> = unable.iter().map(|offered| reason_row(offered)).collect();
        let header = ["provider", "model", "why not"];
        text.push_str(&format!("\n{}\n", table::render(&header, &rows, &[], columns)));
    }
    for provider in PROVIDERS.iter().filter(|provider| provider.lists_models) {
        let is_kept = |loaded: &Loaded| loaded.overrides.catalogues.iter().any(|kept| kept.provider == provider.id);
        if !films.iter().any(is_kept) {
            let id = provider.id;
            text.push_str(&format!("\n{id}: run `storyreel providers --update {id}` to compare its models, too\n"));
        }
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

fn markdown_comment(loaded: &Loaded, written: &WrittenQuote, offered: &[Offered]) -> String {
    let written = written_row(written).map(|row| row.iter().map(|cell| escape(cell)).collect());
    let able: Vec<Vec<String>> = written.into_iter().chain(markdown_rows(offered, true)).collect();
    let able = markdown::table(&HEADER, &able);
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
    /// The whole film as it is written, every shot on its own provider and model, rendered from scratch; null where it cannot
    /// be made.
    as_written: Option<QuoteLine>,
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
    fn of(context: &Context, loaded: &Loaded, written: &WrittenQuote, offered: &[Offered]) -> Self {
        Self {
            version: 1,
            storyboard: loaded.name.clone(),
            title: loaded.film.title.clone(),
            profile: context.common.profile.clone(),
            as_written: QuoteLine::of(written),
            compare: offered.iter().map(Place::of).collect(),
        }
    }
}
