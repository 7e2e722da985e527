//! The takes of a shot side by side: to play in step, and each with the shots around it.

use maud::{Markup, html};
use storyreel_core::lock::ClipRecord;
use storyreel_core::units::Size;
use storyreel_quality::described;

use super::FilmReport;
use super::pictures::{player, shown};
use super::said::OneLine;

/// A take of a shot that is in the store.
#[derive(Debug)]
pub struct TakeView {
    /// What is known of its clip.
    pub record: ClipRecord,
    /// Where the page finds the clip: a URL.
    pub clip: String,
    /// Its first frame, by its place among the pictures.
    pub first: Option<usize>,
    /// Whether the film is made of it.
    pub in_film: bool,
    /// What a render would make if it were chosen, in words.
    pub price: String,
    /// The command that chooses it.
    pub command: String,
}

/// The takes of a shot; nothing where there is one alone.
pub(super) fn takes(review: &FilmReport<'_>, at: usize) -> Markup {
    let takes = &review.shots[at].takes;
    let id = review.film.shots[at].id.as_str();
    html! {
        @if takes.len() > 1 {
            section.takes aria-labelledby={ "takes-" (id) } {
                h4 id={ "takes-" (id) } { "Takes" }
                p.notes {
                    "Press " kbd { "t" } " to play all in step, " kbd { "1" } " to " kbd { (takes.len().min(9)) }
                    " to see one with the shots around it."
                }
                div.steps {
                    button.instep type="button" hidden { "Play in step" }
                }
                div.scroll tabindex="0" role="region" aria-label={ "Takes of " (id) "; scroll sideways" } {
                    ol { @for take in takes { (one(review, at, take)) } }
                }
            }
        }
    }
}

fn one(review: &FilmReport<'_>, at: usize, take: &TakeView) -> Markup {
    let id = review.film.shots[at].id.as_str();
    let record = &take.record;
    let number = record.take;
    let Size { width, height } = record.facts.video.size;
    let before = at.checked_sub(1).and_then(|before| review.shots[before].clip.as_deref());
    let after = review.shots[..review.film.shown().len()].get(at + 1).and_then(|after| after.clip.as_deref());
    html! {
        li.take.chosen[take.in_film] {
            p.head { strong { "Take " (number) } @if take.in_film { " · in the film" } }
            div.stage style={ "--ratio:" (width) "/" (height) } data-before=[before] data-after=[after] {
                (shown(&review.pictures, take.first, &format!("First frame of take {number} of {id}")))
                (player(&format!("take {number} of {id}"), &take.clip, &video(take, id)))
            }
            p.notes { (OneLine(&made_by(record))) }
            @if let Some(quality) = &record.quality { p.notes { (OneLine(&described(quality))) } }
            @if let Some(differs) = &record.differs { p.differs { (OneLine(differs)) } }
            @if !take.in_film {
                p.notes { "Choosing it makes " (OneLine(&take.price)) }
                p { code { (OneLine(&take.command)) } }
            }
            button.around type="button" hidden { "Play with the shots around it" }
        }
    }
}

fn video(take: &TakeView, id: &str) -> Markup {
    html! {
        video controls preload="none" playsinline aria-label={ "Take " (take.record.take) " of " (id) }
            src=(OneLine(&take.clip)) {}
    }
}

/// Who made a take, with which seed, and for how much.
fn made_by(record: &ClipRecord) -> String {
    let mut parts = vec![record.provider.clone()];
    parts.extend(record.model.clone());
    parts.extend(record.seed.map(|seed| format!("seed {seed}")));
    parts.extend(record.paid.map(|paid| paid.to_string()));
    parts.join(" · ")
}
