//! Cards whose words have no room, or cannot be read on their ground: told before anything is made or bought.

use std::path::Path;

use storyreel_core::film::{CardSpec, Film, Inventory, Make, Shot};
use storyreel_core::sanitize::{chain, width};
use storyreel_core::text::Problem;
use storyreel_core::units::Size;
use storyreel_media::picture::{CardContrast, Painter};
use storyreel_media::studio::title_card;

/// A film of at least this size has room for a few words on a card in any font.
const USUAL: Size = Size::new(180, 180);

/// Columns and lines that count as a few words.
const FEW: (usize, usize) = (60, 4);

/// The least contrast of large words, and of small ones (WCAG 2.2, success criterion 1.4.3).
const LEAST: (f64, f64) = (3.0, 4.5);

/// The problems of cards: an error where some words would be missing, a warning where they can hardly be read. `folder` is that
/// of the storyboard; files that may not be read are not in `media`.
pub(super) fn card_problems(film: &Film, folder: &Path, media: &Inventory) -> Vec<Problem> {
    // Most films have no such card, and need no fonts to know.
    let mut painter = None;
    let mut problems = Vec::new();
    for shot in &film.shots {
        let Make::Card(card) = &shot.make else { continue };
        if is_plain(card) && is_short(film.size, card) {
            continue;
        }
        let may_be_read = card.files().all(|file| matches!(media.get(&file.path), Some(Ok(_))));
        if may_be_read {
            let painter = painter.get_or_insert_with(Painter::new);
            problems.extend(card_problem(painter, film, shot, card, folder));
        }
    }
    problems
}

fn card_problem(painter: &mut Painter, film: &Film, shot: &Shot, card: &CardSpec, folder: &Path) -> Option<Problem> {
    let painted = match title_card(folder, card, film.size, film.rate, film.rate.frames(shot.length)) {
        Ok(painted) => painted,
        Err(error) => {
            let problem = Problem::error("film::unreadable", chain(&error)).at(shot.span, "cannot be painted");
            return Some(problem.help("repair or replace the file"));
        }
    };
    if !painter.card_fits(&painted) {
        let message = format!("the card `{}` has no room for all of its words at {}", shot.id, film.size);
        let problem = Problem::error("film::card_full", message).at(shot.span, "some words would be missing");
        return Some(problem.help("use fewer words, share them among several cards, or let them `roll`"));
    }
    if card.background.is_none() && card.color.is_none() {
        return None;
    }
    let CardContrast { large, small } = painter.card_contrast(&painted);
    let large = large.filter(|contrast| *contrast < LEAST.0).map(|contrast| ("large", contrast, LEAST.0));
    let small = small.filter(|contrast| *contrast < LEAST.1).map(|contrast| ("small", contrast, LEAST.1));
    let (words, contrast, least) = large.or(small)?;
    let message = format!(
        "the {words} words of the card `{}` have a contrast of {contrast:.1} with their ground, and need {least}",
        shot.id
    );
    let problem = Problem::warning("film::card_contrast", message).at(shot.span, "hard to read");
    Some(problem.help("choose a darker or a lighter `color`, or another `background`"))
}

/// Whether it has words alone.
fn is_plain(card: &CardSpec) -> bool {
    card.files().next().is_none() && card.background.is_none() && card.color.is_none()
}

fn is_short(film: Size, card: &CardSpec) -> bool {
    let lines: usize = card.words().map(|words| words.lines().count().max(1)).sum();
    let columns: usize = card.words().map(width).sum();
    film.width >= USUAL.width && film.height >= USUAL.height && lines <= FEW.1 && columns <= FEW.0
}
