//! `plan --compare`: the film on every model of every provider, in three formats.

use schemars::JsonSchema;
use serde::Serialize;
use storyreel_core::film::Film;
use storyreel_core::plan::Plan;
use storyreel_core::plan::compare::{Cannot, Offered, Quote, everywhere};
use storyreel_core::sanitize::{self, clean};

use super::answer::{ground, wall};
use super::json::{Sum, sums};
use super::markdown;
use super::markdown::{code, escape, folded};
use super::table::{quoted, reason};
use crate::cli::args::PlanFormat;
use crate::cli::context::Context;
use crate::cli::load::Loaded;
use crate::progress::table;

/// The comparison of one storyboard.
pub(super) fn compare(context: &Context, loaded: &Loaded, format: PlanFormat) -> String {
    let wall = |film: &Film, plan: &Plan| wall(film, plan, &|_| true);
    let board = loaded.board();
    let offered = everywhere(&ground(loaded, &board, &wall), &context.overrides());
    match format {
        PlanFormat::Table => draw(loaded, &offered, context.width),
        PlanFormat::Json => {
            let document = Comparison::of(context, loaded, &offered);
            let text = serde_json::to_string_pretty(&document).expect("texts and numbers can be written as JSON");
            format!("{}\n", sanitize::json(&text))
        }
        PlanFormat::Markdown => comment(loaded, &offered),
    }
}

/// Screens with fewer columns have no room for tokens.
const NARROW: usize = 100;

const HEADER: [&str; 6] = ["provider", "model", "price", "tokens", "time", "note"];

fn draw(loaded: &Loaded, offered: &[Offered], columns: usize) -> String {
    let (able, unable): (Vec<&Offered>, Vec<&Offered>) = offered.iter().partition(|offered| offered.quote.is_ok());
    let row = |offered: &&Offered| {
        [vec![offered.provider.id.to_owned(), offered.family.to_owned()], quoted(&offered.quote)].concat()
    };
    let mut rows: Vec<Vec<String>> = able.iter().map(row).collect();
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
    let mut text = format!("{}: the whole film from nothing\n\n", clean(&loaded.summary()));
    if able.is_empty() {
        text.push_str("no provider can make this film as it is\n");
    } else {
        text.push_str(&format!("{}\n", table::render(&header, &rows, &right, columns)));
    }
    if !unable.is_empty() {
        let rows = unable.iter().map(|offered| {
            let why = offered.quote.as_ref().err().into_iter().flatten().map(reason).collect::<Vec<_>>().join("; ");
            vec![offered.provider.id.to_owned(), offered.family.to_owned(), why]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        text.push_str(&format!(
            "\n{}\n",
            table::render(&["provider", "model", "cannot, because"], &rows, &[], columns)
        ));
    }
    text
}

fn comment(loaded: &Loaded, offered: &[Offered]) -> String {
    let row = |offered: &Offered| {
        let cells = quoted(&offered.quote);
        let cells = cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>();
        [vec![offered.provider.id.to_owned(), offered.family.to_owned()], cells].concat()
    };
    let rows = |able: bool| offered.iter().filter(|offered| offered.quote.is_ok() == able).map(row).collect::<Vec<_>>();
    let (able, unable) = (markdown::table(&HEADER, &rows(true)), rows(false));
    let unable = match unable.len() {
        0 => String::new(),
        n => folded(&format!("Cannot be made there: {n}"), &markdown::table(&HEADER, &unable), false),
    };
    format!(
        "### {} · {}\n\nThe whole film from nothing.\n\n{able}{unable}",
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
    family: &'static str,
    /// The provider's own id for the model.
    model: &'static str,
    /// The whole film there, made from nothing; null where it cannot be made there.
    quote: Option<QuoteLine>,
    /// Why it cannot be made there; empty where it can.
    cannot: Vec<CannotLine>,
}

/// A whole film, made from nothing.
#[derive(Serialize, JsonSchema)]
pub(super) struct QuoteLine {
    /// Least and most in each currency.
    cost: Vec<Sum>,
    /// Shots that are ordered and whose price is not known: they are in no sum.
    unknown_price: usize,
    /// Whether a price is a fit and not exact.
    about: bool,
    /// Shots that are ordered at a service.
    ordered: usize,
    /// Least tokens.
    tokens: u64,
    /// Most tokens.
    tokens_high: u64,
    /// Expected length of the run in seconds.
    seconds: f64,
    /// What is lost against what the storyboard asks for.
    downgrades: Vec<String>,
}

impl QuoteLine {
    fn of(quote: &Quote) -> Self {
        Self {
            cost: sums(&quote.totals),
            unknown_price: quote.totals.unknown,
            about: quote.totals.about,
            ordered: quote.ordered,
            tokens: quote.totals.tokens.0,
            tokens_high: quote.totals.tokens.1,
            seconds: quote.wall.as_secs_f64().ceil(),
            downgrades: quote.downgrades.clone(),
        }
    }
}

/// A reason why a film cannot be made in some way.
#[derive(Serialize, JsonSchema)]
pub(super) struct CannotLine {
    /// The shots that it is about; empty where it is about all.
    shots: Vec<String>,
    /// What is wrong.
    why: String,
}

/// The two sides of a quote for programs.
pub(super) fn lines(quote: &Result<Quote, Vec<Cannot>>) -> (Option<QuoteLine>, Vec<CannotLine>) {
    let cannot = quote.as_ref().err().into_iter().flatten();
    let cannot = cannot.map(|reason| CannotLine { shots: reason.shots.clone(), why: reason.why.clone() });
    (quote.as_ref().ok().map(QuoteLine::of), cannot.collect())
}

impl Comparison {
    fn of(context: &Context, loaded: &Loaded, offered: &[Offered]) -> Self {
        let place = |offered: &Offered| {
            let (quote, cannot) = lines(&offered.quote);
            Place { provider: offered.provider.id, family: offered.family, model: offered.model, quote, cannot }
        };
        Self {
            version: 1,
            storyboard: loaded.name.clone(),
            title: loaded.film.title.clone(),
            profile: context.common.profile.clone(),
            compare: offered.iter().map(place).collect(),
        }
    }
}
