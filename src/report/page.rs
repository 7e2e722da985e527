//! The page as a whole: its head, the film with its chapters, the sections, and what its script may do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use storyreel_core::sanitize::{clean, count};
use storyreel_core::units::Digest;

use super::said::{Lines, OneLine, bytes, moment};
use super::{FilmReport, MadeFilm, PagePicture, bill, joins, pictures, schedule, shots, sound, strip};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page as an HTML document. It fetches nothing but the clips and the film that it names.
#[must_use]
pub fn page(review: &FilmReport<'_>) -> String {
    let title = &review.film.title;
    let body = html! {
                a.skip href="#shots" { "Skip to the shots" }
                header.top {
                    p.brand { "storyreel" @if !review.is_begun() { " " span.badge { "plan" } } }
                    h1 dir="auto" { (OneLine(title)) }
                    p.under { (under(review)) }
                    @if let Some(description) = &review.film.description { p.description dir="auto" { (Lines(description)) } }
                }
                (menu(review))
                main {
                    section id="film" aria-labelledby="film-head" {
                        h2.unseen id="film-head" { "Film" }
                        (film(review))
                        (gone(review))
                        (bill::totals(review))
                        (sound::sound(review))
                    }
                    (strip::strip(review))
                    (shots::shots(review))
                    (joins::joins(review))
                    (graph(review))
                    (schedule::schedules(&review.schedules))
                }
                footer { p { "Made by storyreel " (env!("CARGO_PKG_VERSION")) " from " code { (OneLine(&review.storyboard)) } "." } }
                (pictures::table(&review.pictures))
    };
    document(title, &[], SCRIPT, &body)
}

/// An HTML document that fetches nothing but media files that it names, with the common style and `more` of its own.
pub(super) fn document(title: &str, more: &[&str], script: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, more, script))
            body {
                (body)
                script { (PreEscaped(script)) }
            }
        }
    };
    page.into_string()
}

fn head(title: &str, more: &[&str], script: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy(script));
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            meta name="generator" content={ "storyreel " (env!("CARGO_PKG_VERSION")) };
            title { (OneLine(title)) " · storyreel" }
            style { (PreEscaped(STYLE)) @for style in more { (PreEscaped(style)) } }
        }
    }
}

/// Nothing is fetched but media files, and no script runs but the page's own, whatever a text may have got past.
fn policy(script: &str) -> String {
    let script = STANDARD.encode(Digest::of(script.as_bytes()).as_bytes());
    format!(
        "default-src 'none'; img-src data:; media-src 'self' file: data: blob:; style-src 'unsafe-inline'; \
         script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

fn under(review: &FilmReport<'_>) -> String {
    let shots = count(review.film.shown().len(), "shot");
    let size = review.timeline.size;
    format!("{} · {shots} · {size} · {} frames a second", clean(&review.name), review.rate())
}

fn menu(review: &FilmReport<'_>) -> Markup {
    html! {
        nav aria-label="Sections" {
            ul {
                li { a href="#film" { "Film" } }
                li { a href="#strip" { "Strip" } }
                li { a href="#shots" { "Shots" } }
                @if review.film.shown().len() > 1 { li { a href="#joins" { "Joins" } } }
                li { a href="#graph" { "Graph" } }
                @if !review.schedules.is_empty() { li { a href="#schedule" { "Schedule" } } }
            }
            p.hint aria-hidden="true" { kbd { "j" } " " kbd { "k" } " shots · " kbd { "p" } " play" }
        }
    }
}

fn film(review: &FilmReport<'_>) -> Markup {
    let size = review.timeline.size;
    match &review.made {
        Some(film) => html! {
            div.cinema {
                div.stage style={ "--ratio:" (size.width) "/" (size.height) } {
                    (pictures::shown(&review.pictures, poster(review), "A frame of the film"))
                    (pictures::player("the film", &film.url, &player(film)))
                }
                (chapters(review))
            }
            p.note {
                code { (OneLine(&film.path)) } ", " (bytes(film.bytes))
                @if let Some(assembly) = &film.assembly { ", " (OneLine(&assembly.said)) }
                @if !film.current { ". " strong.old { "A render would make a different film." } }
            }
        },
        None => html! {
            p.note.unmade {
                @if review.is_begun() {
                    "The film is not assembled yet. Below are the finished shots, and what a render would do."
                }
                @else { "Nothing is made yet. Below is the plan: what a render would do, why, for how much and in what order." }
            }
        },
    }
}

/// Says so where the film was written to a file that is there no more.
fn gone(review: &FilmReport<'_>) -> Markup {
    html! {
        @if let Some(file) = &review.gone {
            p.note { "The film was written to " code { (OneLine(file)) } ", which is not there any more." }
        }
    }
}

fn graph(review: &FilmReport<'_>) -> Markup {
    html! {
        section id="graph" aria-labelledby="graph-head" {
            h2 id="graph-head" { "Graph" }
            p.lead { "Which shot needs which." }
            div.scroll tabindex="0" role="region" aria-label="Picture of the graph; scroll sideways" {
                (PreEscaped(&review.graph))
            }
        }
    }
}

impl FilmReport<'_> {
    /// The picture that stands for the film.
    #[must_use]
    pub fn poster_picture(&self) -> Option<&PagePicture> {
        self.pictures.get(poster(self)?)
    }
}

/// The picture of the first shot that is no card, if there is one.
fn poster(review: &FilmReport<'_>) -> Option<usize> {
    let shots = 0..review.film.shown().len();
    let pictured = shots.clone().find(|&at| !review.is_card(at) && review.poster(at).is_some());
    let any = pictured.or_else(|| shots.clone().find(|&at| review.poster(at).is_some()));
    any.and_then(|at| review.poster(at))
}

fn player(film: &MadeFilm) -> Markup {
    html! {
        video id="the-film" controls preload="none" playsinline aria-label="The film" src=(OneLine(&film.url)) {
            @if !film.captions.is_empty() {
                track kind="captions" srclang="und" label="Dialogue" default
                    src={ "data:text/vtt;base64," (STANDARD.encode(&film.captions)) };
            }
        }
    }
}

/// Places in the film: its chapters, else its scenes, else its shots.
fn chapters(review: &FilmReport<'_>) -> Markup {
    let rate = review.rate();
    let of_film = review.timeline.chapters.iter().map(|chapter| (rate.seconds(chapter.at), chapter.title.as_str()));
    let mut places: Vec<(f64, &str)> = of_film.collect();
    if places.is_empty() {
        for (at, shot) in review.film.shown().iter().enumerate() {
            let title = shot.scene.as_deref();
            if title.is_some() && title != review.film.shots[..at].last().and_then(|shot| shot.scene.as_deref()) {
                places.extend(title.map(|title| (review.span(at).0, title)));
            }
        }
    }
    if places.is_empty() {
        places =
            (0..review.film.shown().len()).map(|at| (review.span(at).0, review.film.shots[at].id.as_str())).collect();
    }
    html! {
        ol.chapters aria-label="Chapters" {
            @for (at, title) in &places {
                li { button type="button" data-at=(format!("{at:.3}")) { span.time { (moment(*at)) } " " span { (OneLine(title)) } } }
            }
        }
    }
}
