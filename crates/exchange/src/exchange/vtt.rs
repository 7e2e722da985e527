//! `WebVTT`: subtitles for web pages, with who speaks.

use storyreel_core::film_timeline::cues_in;
use storyreel_core::language::LanguageTag;
use storyreel_core::sanitize::clean;
use storyreel_core::timeline::cue::Cue;

use super::CutList;

/// What is read of the film in a language, or of one that names none.
#[must_use]
pub fn write(reel: &CutList<'_>, language: Option<&LanguageTag>) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for Cue { from, to, speaker, lines } in cues_in(reel.film, reel.timeline, language) {
        let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
        let voice = speaker.map_or(String::new(), |speaker| format!("<v {}>", escaped(&clean(&speaker))));
        text.push_str(&format!("\n{} --> {}\n{voice}{}\n", moment(from), moment(to), lines.join("\n")));
    }
    text
}

fn moment(ms: u64) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}

/// `-->` cannot stand in a cue either, and goes with its `>`.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
