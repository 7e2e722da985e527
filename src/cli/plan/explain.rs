//! `plan --explain SHOT.KEY`: which value of a setting counts for a shot, and why.

use storyreel_core::film::{self, SettingLayer};
use storyreel_core::sanitize::clean;

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::failure::{CommandFailure, Done};
use crate::cli::load::Loaded;
use crate::cli::output::print;
use crate::cli::problems;

/// Prints the values of a setting for a shot of each of these films; films that say the same are told once.
pub(super) fn explain(context: &Context, place: &str, films: &[Loaded]) -> Done {
    let Some((shot, key)) = place.split_once('.') else {
        let place = clean(place);
        let message = format!("`--explain {place}`: write SHOT.KEY, such as `{place}.model`");
        return Err(CommandFailure::new(exit::USAGE, message));
    };
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for loaded in films {
        let layers = film::explain(&loaded.board(), &loaded.source, &loaded.overrides, shot, key);
        let layers = layers.map_err(|problem| {
            CommandFailure::drawn(exit::USAGE, problems::draw(context, &loaded.source, &[problem]))
        })?;
        let words = words(shot, key, &layers);
        let name = clean(&loaded.film_name.to_string());
        match said.iter_mut().find(|(known, _)| *known == words) {
            Some((_, names)) => names.push(name),
            None => said.push((words, vec![name])),
        }
    }
    let has_several = said.len() > 1;
    let texts = said.into_iter().map(|(words, names)| match &names[..] {
        [name] if has_several => format!("{name}\n{words}"),
        [name, rest @ ..] if has_several => format!("{name} and {} more\n{words}", rest.len()),
        _ => words,
    });
    print(&texts.collect::<Vec<_>>().join("\n"))
}

fn words(shot: &str, key: &str, layers: &[SettingLayer]) -> String {
    let name = clean(&format!("{shot}.{key}"));
    let Some((counts, rest)) = layers.split_first() else {
        return format!("{name} is not said anywhere: what is built in counts\n");
    };
    let mut text = format!("{name}: {}\n  set by {}\n", clean(&counts.value), source(counts));
    for layer in rest {
        text.push_str(&format!("  wins over {} of {}\n", clean(&layer.value), source(layer)));
    }
    text
}

fn source(layer: &SettingLayer) -> String {
    match &layer.place {
        Some(place) => clean(&format!("{} ({place})", layer.layer)),
        None => clean(&layer.layer),
    }
}
