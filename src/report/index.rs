//! The page of many films: a line for each, to sort, with a way to the page of each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use storyreel_core::money::Sums;
use storyreel_core::plan::Totals;
use storyreel_core::plan::words::sum;
use storyreel_core::sanitize::count;

use super::PagePicture;
use super::page::document;
use super::said::{OneLine, length};

const STYLE: &str = include_str!("index.css");
const SCRIPT: &str = include_str!("index.js");

/// All that the page shows of many films.
#[derive(Debug)]
pub struct BatchReport {
    /// The name of the storyboard's file, without its folder.
    pub storyboard: String,
    /// What the films are called together.
    pub title: String,
    /// The films.
    pub films: Vec<FilmLine>,
    /// What the films have cost.
    pub paid: Sums,
    /// What a render of all would cost; a shot that several have in common counts once.
    pub left: Totals,
}

/// A film of many.
#[derive(Debug)]
pub struct FilmLine {
    /// What it is called.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Where its own page is: a URL.
    pub page: String,
    /// A small picture of it.
    pub poster: Option<PagePicture>,
    /// Its length in seconds.
    pub seconds: f64,
    /// Its shots, and how many of them are made.
    pub shots: usize,
    /// The shots that are made as the storyboard has them now.
    pub made: usize,
    /// What there is of the film itself.
    pub state: FilmState,
    /// What its clips have cost.
    pub paid: Sums,
    /// What a render would cost.
    pub left: Totals,
    /// The lowest score of its seams, from 0 to 100.
    pub worst_seam: Option<f32>,
    /// The lowest score of its clips, from 0 to 100.
    pub worst_clip: Option<u8>,
}

/// What there is of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FilmState {
    /// Nothing is made.
    Planned,
    /// Some shots are made.
    Begun,
    /// It is on disk, and a render would make another one.
    Old,
    /// It is on disk as the storyboard has it.
    Made,
}

impl FilmState {
    const fn words(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Begun => "begun",
            Self::Old => "to be made again",
            Self::Made => "made",
        }
    }
}

/// A column by which the films can be sorted.
struct SortKey {
    name: &'static str,
    /// Whether its values are numbers.
    is_number: bool,
}

const COLUMNS: [SortKey; 8] = [
    SortKey { name: "Film", is_number: false },
    SortKey { name: "Length", is_number: true },
    SortKey { name: "Shots", is_number: true },
    SortKey { name: "State", is_number: true },
    SortKey { name: "Paid", is_number: true },
    SortKey { name: "To pay", is_number: true },
    SortKey { name: "Worst seam", is_number: true },
    SortKey { name: "Worst clip", is_number: true },
];

/// The page as an HTML document. It fetches nothing.
#[must_use]
pub fn index(report: &BatchReport) -> String {
    let made = report.films.iter().filter(|film| film.state == FilmState::Made).count();
    let seconds: f64 = report.films.iter().map(|film| film.seconds).sum();
    let body = html! {
        a.skip href="#films" { "Skip to the films" }
        header.top {
            p.brand { "storyreel" }
            h1 dir="auto" { (OneLine(&report.title)) }
            p.under { (count(report.films.len(), "film")) " · " (length(seconds)) " · " (made) " made" }
        }
        main {
            dl.totals {
                div { dt { "Films" } dd { (made) " of " (report.films.len()) span { "made as they are written now" } } }
                div { dt { "Shots" } dd { (report.films.iter().map(|film| film.made).sum::<usize>()) " of " (report.films.iter().map(|film| film.shots).sum::<usize>()) } }
                div { dt { "Paid" } dd { (OneLine(&amount(&report.paid))) span { "for clips of these films, each once" } } }
                div { dt { "Still to pay" } dd { (OneLine(&sum(&report.left))) span { "for a render of all" } } }
            }
            section id="films" aria-labelledby="films-head" {
                h2.unseen id="films-head" { "Films" }
                p.notes { kbd { "j" } " " kbd { "k" } " films · " kbd { "Enter" } " opens one · a heading sorts" }
                div.scroll tabindex="0" role="region" aria-label="Films; scroll sideways" {
                    table.films {
                        thead { tr {
                            th scope="col" { span.unseen { "Picture" } }
                            @for key in &COLUMNS {
                                th scope="col" data-number[key.is_number] { button type="button" { (key.name) } }
                            }
                        } }
                        tbody { @for film in &report.films { (line(film)) } }
                    }
                }
            }
        }
        footer { p { "Made by storyreel " (env!("CARGO_PKG_VERSION")) " from " code { (OneLine(&report.storyboard)) } "." } }
    };
    document(&report.title, &[STYLE], SCRIPT, &body)
}

fn line(film: &FilmLine) -> Markup {
    html! {
        tr {
            td.poster {
                @match &film.poster {
                    Some(poster) => img alt="" decoding="async" width=(poster.size.width) height=(poster.size.height)
                        src={ "data:image/jpeg;base64," (STANDARD.encode(&poster.jpeg)) };,
                    None => span.none {},
                }
            }
            th scope="row" { a href=(OneLine(&film.page)) { (OneLine(&film.name)) } span dir="auto" { (OneLine(&film.title)) } }
            td data-value=(film.seconds) { (length(film.seconds)) }
            td data-value=(film.made) { (film.made) " of " (film.shots) }
            td data-value=(film.state as u8) class=[(film.state == FilmState::Old).then_some("old")] { (film.state.words()) }
            td data-value=(most(&film.paid)) { (OneLine(&amount(&film.paid))) }
            td data-value=(most(&film.left.high)) { (OneLine(&sum(&film.left))) }
            td data-value=(film.worst_seam.map_or(101.0, f32::round)) { (score(film.worst_seam.map(|score| score.round() as u8))) }
            td data-value=(film.worst_clip.map_or(101, u16::from)) { (score(film.worst_clip)) }
        }
    }
}

fn score(score: Option<u8>) -> Markup {
    html! {
        @match score {
            Some(score) => span.score class={ @if score < 60 { "poor" } @else if score < 80 { "fair" } @else { "good" } } { (score) },
            None => "–",
        }
    }
}

/// Sums in words.
fn amount(sums: &Sums) -> String {
    let sums: Vec<String> = sums.iter().map(|sum| sum.to_string()).collect();
    if sums.is_empty() { "nothing".to_owned() } else { sums.join(" and ") }
}

/// By what sums are sorted.
fn most(sums: &Sums) -> u64 {
    sums.iter().map(|sum| sum.micros).max().unwrap_or(0)
}
