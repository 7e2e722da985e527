//! What a film says of itself: where it comes from, and which storyboard it was made from.

use crate::film::{CardGround, Film, InputSource, Inputs, Make, Shot};
use crate::label::{Label, Origin};
use crate::lock::ClipRecord;
use crate::sanitize::clean;
use storyreel_mp4::Tags;

/// What stands in the file of `film`, made of `clips`, one for every shot. Prompts stay out.
pub(super) fn tags(film: &Film, clips: &[&ClipRecord]) -> Tags {
    let mut models: Vec<String> = Vec::new();
    for (shot, clip) in film.shots.iter().zip(clips) {
        let Some(name) = model_name(shot, clip) else { continue };
        if !models.contains(&name) {
            models.push(name);
        }
    }
    let made = film.shots.iter().filter(|shot| is_made_by_model(shot)).count();
    let has_sounds = film.shown().iter().any(|shot| !shot.sounds.is_empty());
    let sound = film.music.is_some() || !film.narration.is_empty() || has_sounds;
    let origin = match made {
        0 if sound || film.shots.iter().any(shows_files) => Origin::Files,
        0 => Origin::Drawn,
        _ if made == film.shots.len() && !sound => Origin::Model,
        _ => Origin::ModelAndOther,
    };
    let storyboard = format!("storyreel, from the storyboard {}", film.storyboard.digest());
    let comment = match models.join(", ") {
        none if none.is_empty() => format!("Made by {storyboard}"),
        models => format!("Made with AI ({models}) by {storyboard}"),
    };
    let title = clean(&film.title);
    let label = Label { title: title.clone(), origin, models };
    Tags { title, comment: Some(comment), xmp: Some(label.packet()) }
}

/// Whether a generative model made the shot.
fn is_made_by_model(shot: &Shot) -> bool {
    matches!(&shot.make, Make::Prompt(render) if render.provider.is_paid)
}

/// The model's name in this program, and in brackets the service's own where that is another.
fn model_name(shot: &Shot, clip: &ClipRecord) -> Option<String> {
    let Make::Prompt(render) = &shot.make else { return None };
    if !render.provider.is_paid {
        return None;
    }
    let family = render.spec.family.name;
    let own = clip.model.as_ref().unwrap_or(&render.spec.model);
    Some(if own == family { family.to_owned() } else { format!("{family} ({})", clean(own)) })
}

/// Whether a shot that no model made shows or lets hear files of the user's.
fn shows_files(shot: &Shot) -> bool {
    match &shot.make {
        Make::Card(card) => matches!(card.background, Some(CardGround::Picture(_))),
        Make::Still(_) | Make::Footage { .. } => true,
        Make::Prompt(render) => has_given_inputs(&render.inputs),
    }
}

fn has_given_inputs(inputs: &Inputs) -> bool {
    inputs.roles().any(|(_, source)| matches!(source, InputSource::File(_) | InputSource::Remote(_)))
}
