//! What a service said of a shot, under the place in the storyboard that it is about, with what to do.

use storyreel_core::catalog::InputRole;
use storyreel_core::film::{Film, InputSource, Make, Render};
use storyreel_core::index::ShotIndex;
use storyreel_core::provider::remedy;
use storyreel_core::provider::reply::{About, ErrorKind, ProviderError};
use storyreel_core::text::{Problem, Span};
use storyreel_core::units::spoken;

use crate::engine::Trouble;

/// The problem that a service has with a shot; `None` where nobody can do anything about it here.
pub(super) fn problem(film: &Film, trouble: &Trouble) -> Option<Problem> {
    let error = trouble.error.as_ref()?;
    let shot = film.shots.iter().find(|shot| shot.id == trouble.key.shot)?;
    let Make::Prompt(render) = &shot.make else { return None };
    let problem = Problem::error(code(error.kind)?, error).help(remedy(error));
    if error.kind.stops_the_provider() {
        return Some(problem);
    }
    let (place, label) = place_of(film, render, error);
    let problem = problem.at(place.unwrap_or(shot.span), label);
    Some(if place.is_some_and(|place| place != shot.span) { problem.at(shot.span, "in this shot") } else { problem })
}

const fn code(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Refused => "service::refused",
        ErrorKind::OutputRefused => "service::output_refused",
        ErrorKind::NotAvailable => "service::not_available",
        ErrorKind::Billing => "service::billing",
        ErrorKind::Auth => "service::key",
        ErrorKind::Request => "service::request",
        _ => return None,
    })
}

/// The place that an error is about, and what stands there.
fn place_of(film: &Film, render: &Render, error: &ProviderError) -> (Option<Span>, String) {
    let places = &render.places;
    let input = match error.about {
        Some(About::Input(at)) => Some(at),
        Some(About::Image(at)) => {
            input_of(render, at, |role| !matches!(role, InputRole::ReferenceVideo | InputRole::ReferenceAudio))
        }
        Some(About::Video(at)) => input_of(render, at, |role| role == InputRole::ReferenceVideo),
        Some(About::Sound(at)) => input_of(render, at, |role| role == InputRole::ReferenceAudio),
        _ => None,
    };
    if let Some((span, label)) =
        input.and_then(|at| Some((*places.each_input.get(at)?, input_label(film, render, at)?)))
    {
        return (Some(span), label);
    }
    let (place, label) = match (error.kind, error.about) {
        (_, Some(About::Prompt)) => (Some(places.prompt), "these words"),
        (_, Some(About::Input(_) | About::Image(_) | About::Video(_) | About::Sound(_))) => {
            (places.keys.inputs, "what it starts from")
        }
        (_, Some(About::Audio)) => (places.keys.audio.or(Some(places.prompt)), "this sound"),
        (_, Some(About::Model)) | (ErrorKind::NotAvailable, None) => (places.keys.model, "this model"),
        (_, Some(About::Duration)) => (places.keys.duration, "this length"),
        (_, Some(About::Ratio)) => (places.keys.ratio, "this shape"),
        (_, Some(About::Resolution)) => (places.keys.resolution, "this resolution"),
        (ErrorKind::Refused | ErrorKind::OutputRefused, None) => (Some(places.prompt), "this shot"),
        (_, None) => (None, "this shot"),
    };
    (place, label.to_owned())
}

/// The number among all inputs of one that is counted among its kind; the only one of its kind where no number is given.
fn input_of(render: &Render, at: Option<usize>, is_kind: impl Fn(InputRole) -> bool) -> Option<usize> {
    let of_kind: Vec<usize> =
        render.inputs.roles().enumerate().filter(|(_, (role, _))| is_kind(*role)).map(|(at, _)| at).collect();
    match at {
        Some(at) => of_kind.get(at).copied(),
        None if of_kind.len() == 1 => of_kind.first().copied(),
        None => None,
    }
}

/// What an input is, for the label under it.
fn input_label(film: &Film, render: &Render, at: usize) -> Option<String> {
    let (role, source) = render.inputs.roles().nth(at)?;
    Some(match source {
        InputSource::LastFrame(from) => format!("the last frame of {}", quoted_name(film, *from)),
        InputSource::FirstFrame(from) => format!("the first frame of {}", quoted_name(film, *from)),
        InputSource::FrameAt(from, at) => format!("the frame of {} at {}", quoted_name(film, *from), spoken(*at)),
        InputSource::Clip(from) => format!("the clip of {}", quoted_name(film, *from)),
        InputSource::TakeFirstFrame(take) => format!("the first frame of take {take}"),
        InputSource::TakeTail(take) => format!("the last frame of take {take}"),
        InputSource::File(_) | InputSource::Remote(_) => match role {
            InputRole::ReferenceVideo => "this video",
            InputRole::ReferenceAudio => "this sound",
            _ => "this picture",
        }
        .to_owned(),
    })
}

fn quoted_name(film: &Film, at: ShotIndex) -> String {
    film.shots.get(at.0).map(|shot| format!("`{}`", shot.id)).unwrap_or_default()
}
