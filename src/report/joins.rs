//! Every join: the last frame beside the first, and what was measured and done there.

use maud::{Markup, html};
use storyreel_core::sanitize::count;
use storyreel_core::timeline::seam::SeamFinding;
use storyreel_core::timeline::{Join, Seam};

use super::FilmReport;
use super::pictures::shown;
use super::said::{OneLine, length, moment};

/// Seconds of the film on either side of a join that is played.
const AROUND: f64 = 1.5;

/// A fault below this rounds to nothing.
const SEEN: f32 = 0.005;

pub(super) fn joins(review: &FilmReport<'_>) -> Markup {
    html! {
        @if review.film.shown().len() > 1 {
            section id="joins" aria-labelledby="joins-head" {
                h2 id="joins-head" { "Joins" }
                p.lead { "The last frame of a shot beside the first frame of the next." }
                @if !review.drifting.is_empty() {
                    ul.drifting {
                        @for shot in &review.drifting {
                            li { a href={ "#shot-" (shot.shot) } { (OneLine(&shot.shot)) } ": " (OneLine(&shot.advice())) }
                        }
                    }
                }
                div.joins { @for at in 1..review.film.shown().len() { (join(review, at)) } }
            }
        }
    }
}

fn join(review: &FilmReport<'_>, at: usize) -> Markup {
    let before = review.film.shots[at - 1].id.as_str();
    let after = review.film.shots[at].id.as_str();
    let left = review.shots[at - 1].last;
    let right = review.shots[at].first;
    let segment = &review.timeline.segments[at];
    let from = review.rate().seconds(segment.at);
    let overlap = review.rate().seconds(segment.overlap());
    let finding = review.seams.iter().find(|(shot, _)| *shot == at).map(|(_, finding)| finding);
    let playable = review.made.as_ref().is_some_and(|film| film.current);
    html! {
        article.join id={ "join-" (after) } aria-labelledby={ "join-head-" (after) } {
            header {
                h3 id={ "join-head-" (after) } { a href={ "#shot-" (before) } { (OneLine(before)) } " → " a href={ "#shot-" (after) } { (OneLine(after)) } }
                span.kind { (kind(&segment.join, overlap)) }
                span.time { (moment(from)) }
            }
            div.pair {
                figure {
                    (shown(&review.pictures, left, &format!("Last frame of {before}")))
                    figcaption { "Last of " (OneLine(before)) }
                }
                figure {
                    (shown(&review.pictures, right, &format!("First frame of {after}")))
                    figcaption { "First of " (OneLine(after)) @if review.is_card(at) { ", before its words" } }
                }
            }
            @if let Some(finding) = finding { (measured(finding)) }
            @if playable {
                button.watch type="button" hidden data-watch-from=(format!("{:.3}", (from - AROUND).max(0.0)))
                    data-watch-to=(format!("{:.3}", from + overlap + AROUND)) { "Play this join" }
            }
        }
    }
}

fn kind(join: &Join, overlap: f64) -> String {
    match join {
        Join::Start | Join::Cut => "cut".to_owned(),
        Join::Chained { seam: Seam::Auto } => "continues".to_owned(),
        Join::Chained { seam } => format!("continues, {seam}"),
        Join::Transition { kind, .. } => format!("{kind}, {}", length(overlap)),
    }
}

fn measured(finding: &SeamFinding) -> Markup {
    let before = &finding.before;
    let after = &finding.after;
    let pairs = before.parts().into_iter().zip(after.parts()).map(|((name, was), (_, is))| (name, was, is));
    // What was never wrong is no news.
    let parts: Vec<(&str, f32, f32)> = pairs.filter(|(_, was, is)| was.max(*is) >= SEEN).collect();
    html! {
        div.measured {
            p.score {
                "Score " span.was { (format!("{:.0}", before.total)) } " → "
                strong class=(grade(after.total)) { (format!("{:.0}", after.total)) } " of 100"
            }
            @if !parts.is_empty() { table {
                caption.unseen { "Faults at this join, 0 none to 1, before and after" }
                thead { tr { th scope="col" { "Fault" } th scope="col" { "Before" } th scope="col" { "After" } } }
                tbody {
                    @for (name, was, is) in &parts {
                        tr {
                            th scope="row" { (name) }
                            td { (bar(*was)) }
                            td { (bar(*is)) }
                        }
                    }
                }
            } }
                        p.done { (done(finding)) }
        }
    }
}

fn grade(total: f32) -> &'static str {
    match total {
        total if total >= 80.0 => "good",
        total if total >= 60.0 => "fair",
        _ => "poor",
    }
}

/// A size from 0 to 1 as a bar with its number.
fn bar(size: f32) -> Markup {
    html! {
        span.bar style={ "--size:" (format!("{:.0}", size.clamp(0.0, 1.0) * 100.0)) "%" } { (format!("{size:.2}")) }
    }
}

/// What was found and done, in words.
fn done(finding: &SeamFinding) -> String {
    let mend = finding.mend;
    let mut said = vec![match finding.duplicates {
        0 => "No frame repeated".to_owned(),
        n => format!("{} repeated", count(n as usize, "frame")),
    }];
    if finding.slow_before + finding.slow_after > 0 {
        said.push(format!("{} slow before and {} after", finding.slow_before, finding.slow_after));
    }
    said.push(match (mend.drop_before, mend.drop_after) {
        (0, 0) => "nothing left out".to_owned(),
        (before, after) => format!("left out {before} before and {after} after"),
    });
    if mend.grade.is_some() {
        said.push("colours matched".to_owned());
    }
    if let Some(heard) = finding.heard_after {
        let step = heard.step_db;
        let late = heard.late_ms;
        said.push(format!("heard: {step:+.1} dB, sound and picture {:.0} ms apart", late.abs()));
    }
    format!("{}.", said.join("; "))
}
