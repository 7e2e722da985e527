//! Cards with more words than they have room for: an error before anything is made or bought.

use storyreel_core::film::{Film, Make};
use storyreel_core::sanitize::width;
use storyreel_core::text::Problem;
use storyreel_core::units::Size;
use storyreel_media::picture::{Painter, TitleCard};

/// A film of at least this size has room for a few words on a card in any font.
const USUAL: Size = Size::new(180, 180);

/// Columns and lines that count as a few words.
const FEW: (usize, usize) = (60, 4);

/// An error for every card on which some words would be missing.
pub(super) fn overfull_cards(film: &Film) -> Vec<Problem> {
    // Most films have no such card, and need no fonts to know.
    let mut painter = None;
    let mut problems = Vec::new();
    for shot in &film.shots {
        let Make::Card { text, subtitle } = &shot.make else { continue };
        if is_short(film.size, text, subtitle.as_deref().unwrap_or_default()) {
            continue;
        }
        let card =
            TitleCard { size: film.size, rate: film.rate, frames: 1, text: text.clone(), subtitle: subtitle.clone() };
        if !painter.get_or_insert_with(Painter::new).card_fits(&card) {
            let message = format!("the card `{}` has no room for all of its words at {}", shot.id, film.size);
            let problem = Problem::error("film::card_full", message).at(shot.span, "some words would be missing");
            problems.push(problem.help("use fewer words, or share them among several cards"));
        }
    }
    problems
}

fn is_short(film: Size, text: &str, subtitle: &str) -> bool {
    let lines = text.lines().count() + subtitle.lines().count();
    let columns = width(text) + width(subtitle);
    film.width >= USUAL.width && film.height >= USUAL.height && lines <= FEW.1 && columns <= FEW.0
}
