//! The strip: every shot of the film by its first and last frame, as wide as it is long.

use maud::{Markup, html};

use super::FilmReport;
use super::pictures::shown;
use super::said::{OneLine, length, moment};

/// Pixels that the shortest shot takes at least: enough to see two frames.
const NARROWEST: f64 = 132.0;

/// Bounds of pixels for a second of the film, so that neither a film of long shots nor one of flashes gets lost.
const SCALE: (f64, f64) = (14.0, 44.0);

pub(super) fn strip(review: &FilmReport<'_>) -> Markup {
    let shortest = (0..review.film.shown().len()).map(|at| review.span(at).1).fold(f64::MAX, f64::min);
    let scale = (NARROWEST / shortest).clamp(SCALE.0, SCALE.1);
    html! {
        section id="strip" aria-labelledby="strip-head" {
            h2 id="strip-head" { "Strip" }
            p.lead { "First and last frame of every shot, and every card; the width shows the length." }
            div.scroll tabindex="0" role="region" aria-label="The film's strip; scroll sideways" {
                ol.strip.upright[review.timeline.size.is_upright()] {
                    @for (at, (shot, view)) in review.film.shown().iter().zip(&review.shots).enumerate() {
                        @let (from, seconds) = review.span(at);
                        @let id = shot.id.as_str();
                        li style={ "--w:" (format!("{:.0}", (seconds * scale).max(NARROWEST))) "px" }
                            data-from=(format!("{from:.3}")) data-to=(format!("{:.3}", from + seconds)) {
                            a href={ "#shot-" (id) } {
                                span.pair {
                                    @if review.is_card(at) {
                                        (shown(&review.pictures, review.poster(at), &format!("The card {id}")))
                                    } @else {
                                        (shown(&review.pictures, view.first, &format!("First frame of {id}")))
                                        (shown(&review.pictures, view.last, &format!("Last frame of {id}")))
                                    }
                                }
                                span.id { (OneLine(id)) }
                                span.time { (moment(from)) " · " (length(seconds)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
