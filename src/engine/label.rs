//! What a film says of itself: where it comes from, and which storyboard it was made from.

use storyreel_core::film::{Film, InputSource, Inputs, Make, Shot};
use storyreel_core::label::{Label, Origin};
use storyreel_core::lock::ClipRecord;
use storyreel_core::sanitize::clean;
use storyreel_mp4::Tags;

/// What stands in the file of `film`, made of the clips that `taken` names. Prompts stay out.
pub(super) fn tags(film: &Film, taken: &[&ClipRecord]) -> Tags {
    let mut models: Vec<String> = Vec::new();
    for (shot, taken) in film.shots.iter().zip(taken) {
        let Some(name) = model(shot, taken) else { continue };
        if !models.contains(&name) {
            models.push(name);
        }
    }
    let made = film.shots.iter().filter(|shot| model_made(shot)).count();
    let sound = film.music.is_some() || !film.narration.is_empty();
    let origin = match made {
        0 if sound || film.shots.iter().any(shows_files) => Origin::Files,
        0 => Origin::Drawn,
        _ if made == film.shots.len() && !sound => Origin::Model,
        _ => Origin::ModelAndOther,
    };
    let storyboard = format!("storyreel, from the storyboard {}", film.storyboard);
    let comment = match models.join(", ") {
        none if none.is_empty() => format!("Made by {storyboard}"),
        models => format!("Made with AI ({models}) by {storyboard}"),
    };
    let title = clean(&film.title);
    let label = Label { title: title.clone(), origin, models };
    Tags { title, comment: Some(comment), xmp: Some(label.packet()) }
}

/// Whether a generative model made the shot.
fn model_made(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)
}

/// The model's name in this program, and in brackets the service's own where that is another.
fn model(shot: &Shot, taken: &ClipRecord) -> Option<String> {
    let Make::Prompt(render) = &shot.make else { return None };
    let (family, own) = (render.family.name, taken.model.as_ref().unwrap_or(&render.model));
    let name = if own == family { family.to_owned() } else { format!("{family} ({})", clean(own)) };
    render.provider.is_paid.then_some(name)
}

/// Whether a shot that no model made shows or lets hear files of the user's.
fn shows_files(shot: &Shot) -> bool {
    match &shot.make {
        Make::Card { .. } => false,
        Make::Still(_) | Make::Footage { .. } => true,
        Make::Prompt(render) => given(&render.inputs),
    }
}

fn given(inputs: &Inputs) -> bool {
    inputs.roles().any(|(_, source)| matches!(source, InputSource::File(_) | InputSource::Remote(_)))
}
