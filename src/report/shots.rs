//! Every shot: its clip, its frames, what it was made of, by whom, for how much.

use maud::{Markup, html};
use storyreel_core::catalog::InputRole;
use storyreel_core::film::{InputSource, Inputs, Make, Render, Shot};
use storyreel_core::index::ShotIndex;
use storyreel_core::lock::ClipRecord;
use storyreel_core::plan::{Action, Step, words};
use storyreel_core::timeline::Treatment;
use storyreel_core::units::{Size, spoken};
use storyreel_quality::described;

use super::bill::is_bought;
use super::pictures::{player, shown};
use super::said::{Lines, OneLine, length, moment};
use super::takes::takes;
use super::{FilmReport, ShotView};

pub(super) fn shots(review: &FilmReport<'_>) -> Markup {
    html! {
        section id="shots" aria-labelledby="shots-head" {
            h2 id="shots-head" { "Shots" }
            p.lead { "Press " kbd { "j" } " for the next shot, " kbd { "k" } " for the one before, " kbd { "p" } " to play it." }
            @for at in 0..review.film.shown().len() { (shot(review, at)) }
        }
    }
}

fn shot(review: &FilmReport<'_>, at: usize) -> Markup {
    let shot = &review.film.shots[at];
    let view = &review.shots[at];
    let step = &review.plan.steps[at];
    let id = shot.id.as_str();
    let (from, seconds) = review.span(at);
    let size = screen_size(review, at);
    html! {
        article.shot id={ "shot-" (id) } tabindex="-1" aria-labelledby={ "head-" (id) } {
            header {
                span.number aria-label="Number" { (OneLine(&shot.number)) }
                h3 id={ "head-" (id) } { (OneLine(id)) }
                @if let Some(scene) = &shot.scene { span.scene { (OneLine(scene)) } }
                span.time { (moment(from)) " – " (moment(from + seconds)) " · " (length(seconds)) }
                (action(step))
            }
            div.screens.upright[size.is_upright()] style={ "--ratio:" (size.width) "/" (size.height) } {
                @if shot.board.is_some() {
                    figure.board {
                        (shown(&review.pictures, view.board, &format!("Drawing of {id}")))
                        figcaption { "Board" }
                    }
                }
                (screen(review, at))
                @if !review.is_card(at) {
                    figure.last {
                        (shown(&review.pictures, view.last, &format!("Last frame of {id}")))
                        figcaption { "Last frame" }
                    }
                }
            }
            div.details {
                (made_of(shot))
                (dialogue(shot))
                (inputs(review, shot, view))
                @if let Some(notes) = &view.notes { h4 { "Notes" } p.notes { (Lines(notes)) } }
                (facts(review, at))
            }
            (takes(review, at))
        }
    }
}

/// What a render would do with the shot, and why.
fn action(step: &Step) -> Markup {
    let word = match step.action {
        Action::Reuse(_) => "made",
        Action::Local => "to make here",
        Action::Render => "to render",
        Action::Collect { .. } => "to fetch",
        Action::Ask { .. } => "needs a decision",
        Action::Shared => "is made with another shot",
    };
    html! {
        span class={ "action " (step.action.word()) } {
            (word)
            @if !matches!(step.action, Action::Reuse(_)) { ": " (OneLine(&step.why.to_string())) }
        }
    }
}

/// The clip over the picture that stands for it, which shows until it plays.
fn screen(review: &FilmReport<'_>, at: usize) -> Markup {
    let id = review.film.shots[at].id.as_str();
    let view = &review.shots[at];
    let size = screen_size(review, at);
    let what = if review.is_card(at) { "Card" } else { "First frame" };
    html! {
        figure.screen {
            div.stage.card[review.is_card(at)] style={ "--ratio:" (size.width) "/" (size.height) } {
                (shown(&review.pictures, review.poster(at), &format!("{what} of {id}")))
                @if let Some(clip) = &view.clip {
                    (player(&format!("the clip of {id}"), clip, &html! {
                        video controls preload="none" playsinline aria-label={ "Clip of " (id) } src=(OneLine(clip)) {}
                    }))
                }
            }
            figcaption {
                (what)
                @if view.clip.is_some() { " and clip" }
                @if view.taken.is_some() && !review.is_current(at) { strong.old { " of an older version" } }
            }
        }
    }
}

/// The pixels of the clip of a shot, and those of the film where there is no clip yet.
fn screen_size(review: &FilmReport<'_>, at: usize) -> Size {
    review.shots[at].taken.as_ref().map_or(review.timeline.size, |taken| taken.facts.video.size)
}

fn made_of(shot: &Shot) -> Markup {
    match &shot.make {
        Make::Prompt(render) => html! { h4 { "Prompt" } p.prompt dir="auto" { (Lines(&render.spec.prompt)) } },
        Make::Card(card) => html! {
            h4 { "Card" }
            @if !card.text.is_empty() { p.prompt dir="auto" { (Lines(&card.text)) } }
            @if let Some(subtitle) = &card.subtitle { p.notes dir="auto" { (Lines(subtitle)) } }
            @if !card.lines.is_empty() { p.notes dir="auto" { (Lines(&card.lines.join("\n"))) } }
        },
        Make::Still(file) => html! { h4 { "Still" } p.prompt { (OneLine(&file.path)) } },
        Make::Footage { file, from, to, audio } => html! {
            h4 { "Footage" }
            p.prompt { (OneLine(&file.path)) }
            p.notes {
                "from " (moment(from.as_secs_f64()))
                @if let Some(to) = to { " to " (moment(to.as_secs_f64())) }
                @if !audio { ", silent" }
            }
        },
    }
}

fn dialogue(shot: &Shot) -> Markup {
    html! {
        @if !shot.dialogue.is_empty() {
            h4 { "Dialogue" }
            ul.dialogue {
                @for spoken in &shot.dialogue {
                    li {
                        @if let Some(speaker) = &spoken.speaker_and_delivery() { b { (OneLine(speaker)) } " " }
                        q dir="auto" { (OneLine(&spoken.line)) }
                        @for (language, words) in &spoken.subtitles {
                            " " span.time { (language) } " " q dir="auto" lang=(language) { (OneLine(words)) }
                        }
                        @if let Some(at) = spoken.at { span.time { " at " (moment(at.as_secs_f64())) } }
                    }
                }
            }
        }
    }
}

/// What the shot starts from, each input with its picture where there is one.
fn inputs(review: &FilmReport<'_>, shot: &Shot, view: &ShotView) -> Markup {
    let roles: Vec<(&str, Markup)> = match &shot.make {
        Make::Prompt(render) => {
            render.inputs.roles().map(|(role, source)| (called(role, &render.inputs), named(review, source))).collect()
        }
        Make::Still(file) => vec![("Picture", html! { (OneLine(&file.path)) })],
        Make::Card(_) | Make::Footage { .. } => Vec::new(),
    };
    html! {
        @if !roles.is_empty() {
            h4 { "Starts from" }
            ul.inputs {
                @for (n, (role, name)) in roles.iter().enumerate() {
                    li {
                        @if let Some(picture) = view.inputs.get(n).copied().flatten() {
                            (shown(&review.pictures, Some(picture), role))
                        }
                        span.role { (role) ":" } " " span.name { (name) }
                    }
                }
            }
        }
    }
}

fn called(role: InputRole, inputs: &Inputs) -> &'static str {
    match (role, inputs) {
        (InputRole::FirstFrame, _) => "First frame",
        (InputRole::LastFrame, _) => "Last frame",
        (InputRole::ReferenceVideo, _) => "Clip",
        (InputRole::ReferenceAudio, _) => "Sound",
        _ => "Picture",
    }
}

fn named(review: &FilmReport<'_>, source: &InputSource) -> Markup {
    match source {
        InputSource::File(file) => html! { (OneLine(&file.path)) },
        InputSource::Remote(address) => html! { (OneLine(address)) },
        InputSource::LastFrame(of) => html! { "last frame of " (link(review, *of)) },
        InputSource::FirstFrame(of) => html! { "first frame of " (link(review, *of)) },
        InputSource::FrameAt(of, at) => html! { "frame of " (link(review, *of)) " at " (spoken(*at)) },
        InputSource::Clip(of) => html! { "clip of " (link(review, *of)) },
        InputSource::TakeFirstFrame(take) => html! { "first frame of take " (take) },
        InputSource::TakeTail(take) => html! { "last frame of take " (take) },
    }
}

fn link(review: &FilmReport<'_>, of: ShotIndex) -> Markup {
    let id = review.film.shots[of].id.as_str();
    // What the film leaves out is not on the page.
    html! {
        @if review.film.shots[of].skip { (OneLine(id)) } @else { a href={ "#shot-" (id) } { (OneLine(id)) } }
    }
}

/// How good the clip was judged to be.
fn quality(rows: &mut Vec<(&str, String)>, taken: &ClipRecord) {
    rows.extend(taken.quality.iter().map(|quality| ("Quality", described(quality))));
}

/// Name and value of everything that is known of the making.
fn facts(review: &FilmReport<'_>, at: usize) -> Markup {
    let shot = &review.film.shots[at];
    let step = &review.plan.steps[at];
    let taken = review.shots[at].taken.as_ref();
    let render = match &shot.make {
        Make::Prompt(render) => Some(&**render),
        _ => None,
    };
    let mut rows: Vec<(&str, String)> = Vec::new();
    by_whom(&mut rows, shot, render, taken);
    if let Some(taken) = taken {
        came(&mut rows, taken);
        quality(&mut rows, taken);
        costs(&mut rows, taken, is_bought(taken));
    }
    let price = words::price(step);
    if !price.is_empty() {
        rows.push(("Would cost", price));
        rows.push(("Would take", words::time(step.expected)));
    }
    let treatment = &review.timeline.segments[at].treatment;
    if review.made.as_ref().is_some_and(|film| film.current) {
        rows.push((
            "In the film",
            match treatment {
                Treatment::Copy => "copied".to_owned(),
                Treatment::Encode(reason) => format!("encoded: {reason}"),
            },
        ));
    }
    let differs = taken.and_then(|taken| taken.differs.as_deref());
    html! {
        div.facts {
            @if let Some(differs) = differs {
                p.differs { strong { "Not as asked for: " } (OneLine(differs)) }
            }
            dl {
                @for (name, value) in &rows { div { dt { (name) } dd { (OneLine(value)) } } }
            }
            @for note in assembly_notes(review, shot.id.as_str()) { p.notes { (OneLine(note)) } }
        }
    }
}

fn by_whom(rows: &mut Vec<(&str, String)>, shot: &Shot, render: Option<&Render>, taken: Option<&ClipRecord>) {
    let provider = taken.map(|taken| taken.provider.as_str()).or(render.map(|render| render.provider.id));
    rows.push(("Made by", provider.filter(|id| *id != "local").unwrap_or("storyreel itself").to_owned()));
    let model = taken.and_then(|taken| taken.model.as_deref()).or(render.map(|render| render.spec.model.as_str()));
    rows.extend(model.map(|model| ("Model", model.to_owned())));
    rows.push(("Take", taken.map_or(shot.take, |taken| taken.take).to_string()));
    let seed = taken.and_then(|taken| taken.seed).or(render.and_then(|render| render.spec.seed));
    rows.extend(seed.map(|seed| ("Seed", seed.to_string())));
    if taken.is_none()
        && let Some(render) = render
    {
        rows.push(("Size", format!("{} ({})", render.spec.size, render.spec.resolution)));
        rows.push(("Sound", if render.spec.audio { "wanted" } else { "none" }.to_owned()));
    }
}

fn came(rows: &mut Vec<(&str, String)>, taken: &ClipRecord) {
    let video = &taken.facts.video;
    rows.push(("Size", video.size.to_string()));
    rows.push(("Frames", format!("{} at {}/s, {}", video.frames, video.rate, video.codec)));
    rows.push((
        "Sound",
        match &taken.facts.audio {
            Some(audio) => format!("{} {} Hz × {}", audio.codec, audio.sample_rate, audio.channels),
            None => "none".to_owned(),
        },
    ));
    rows.extend(taken.task.as_ref().map(|task| ("Task", task.clone())));
    rows.push(("Clip", taken.clip.short()));
}

fn costs(rows: &mut Vec<(&str, String)>, taken: &ClipRecord, bought: bool) {
    if !bought {
        return;
    }
    rows.extend(taken.estimated.map(|amount| ("Estimated", amount.text())));
    rows.push(("Billed", taken.paid.map_or_else(|| "unknown".to_owned(), |paid| paid.text())));
    rows.extend(taken.tokens.map(|tokens| ("Tokens", words::grouped(tokens))));
    rows.extend(taken.price_read.as_ref().map(|day| ("Price read", day.clone())));
    rows.extend(taken.bought.map(|day| ("Bought", day.to_string())));
}

/// What was said of the shot when the film was put together.
fn assembly_notes<'a>(review: &'a FilmReport<'_>, id: &str) -> impl Iterator<Item = &'a str> {
    let film = review.made.as_ref().filter(|film| film.current).and_then(|film| film.assembly.as_ref());
    let notes = film.into_iter().flat_map(|film| &film.notes);
    notes.filter_map(move |note| note.strip_prefix(id)?.strip_prefix(": "))
}
