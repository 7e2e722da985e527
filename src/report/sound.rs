//! What is heard besides the shots: music, narration and sounds.

use std::time::Duration;

use maud::{Markup, html};
use storyreel_core::film::{MusicSpec, SoundSpec};
use storyreel_core::film_timeline::{HeardSound, heard_sounds};
use storyreel_core::units::{moment, spoken};

use super::FilmReport;
use super::said::OneLine;

/// The music, every part of the narration and every sound of a shot; nothing where the film has none.
pub(super) fn sound(review: &FilmReport<'_>) -> Markup {
    let film = review.film;
    let heard = heard_sounds(film, &review.timeline);
    html! {
        @if film.music.is_some() || !heard.is_empty() {
            dl.sound {
                @if let Some(music) = &film.music {
                    div { dt { "Music" } dd { code { (OneLine(&music.file.path)) } span { (after_name(&music_words(music))) } } }
                }
                @for sound in &heard { (laid_sound(sound)) }
            }
        }
    }
}

/// A sound with its place in the film, which the script makes play.
fn laid_sound(heard: &HeardSound<'_>) -> Markup {
    let at = heard.placed.at;
    html! {
        div {
            dt { @if let Some(shot) = heard.shot { "Sound of " (OneLine(shot.as_str())) } @else { "Narration" } }
            dd {
                button type="button" data-at=(format!("{:.3}", at.as_secs_f64())) { (moment(at)) }
                " " code { (OneLine(&heard.spec.file.path)) } span { (after_name(&sound_words(heard.spec))) }
            }
        }
    }
}

/// What is said of a file, set off from its name; nothing where nothing is.
fn after_name(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" · {words}") }
}

fn music_words(music: &MusicSpec) -> String {
    let mut words = part_words(music.from, music.to);
    words.extend(gain_words(music.gain_db));
    if music.duck {
        words.push("softer while the shots sound".to_owned());
    }
    words.extend(fade_words(music.fade_in, music.fade_out));
    if music.repeat {
        words.push("again and again to the film’s end".to_owned());
    }
    words.join(", ")
}

fn sound_words(part: &SoundSpec) -> String {
    let mut words = part_words(part.from, part.to);
    words.extend(gain_words(part.gain_db));
    words.extend(fade_words(part.fade_in, part.fade_out));
    words.join(", ")
}

/// The part of the file that is heard, where it is not known to be the whole of it.
fn part_words(from: Duration, to: Option<Duration>) -> Vec<String> {
    match to {
        Some(to) => vec![format!("from {} to {}", moment(from), moment(to))],
        None if from.is_zero() => Vec::new(),
        None => vec![format!("from {}", moment(from))],
    }
}

fn gain_words(gain_db: f32) -> Option<String> {
    (gain_db != 0.0).then(|| format!("{gain_db:+} dB"))
}

fn fade_words(fade_in: Duration, fade_out: Duration) -> Vec<String> {
    let mut words = Vec::new();
    for (name, fade) in [("in", fade_in), ("out", fade_out)] {
        if !fade.is_zero() {
            words.push(format!("fades {name} over {}", spoken(fade)));
        }
    }
    words
}
